package io.evbuffer.perf.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.evbuffer.perf.bench.FramesBenchmark.Frames;
import io.evbuffer.perf.bench.HttpHeadBenchmark.HttpHead;
import io.evbuffer.perf.bench.TypedAccessBenchmark.TypedAccess;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** As {@link ContendersTest}, for the workloads that decode a stream. */
class ProtocolContendersTest {
    @Test
    void everyFrameIsCutWhereItEndsWithEveryContender() {
        final List<Frames> contenders = List.of(
                new FramesBenchmark.OurFrames(),
                new FramesBenchmark.NettyAdaptiveFrames(),
                new FramesBenchmark.NettyPooledFrames(),
                new FramesBenchmark.OkioFrames(),
                new FramesBenchmark.VertxFrames(),
                new FramesBenchmark.NioFrames());
        final int[] lengths = Frames.lengths();
        final byte[] stream = contenders.getFirst().bytes();
        long expected = 0;
        int at = 0;
        for (final int length : lengths) {
            final byte first = stream[at + Integer.BYTES];
            at += Integer.BYTES + length;
            expected = 31 * expected + length + 7 * first + stream[at - 1];
        }

        assertThat(at).isEqualTo(stream.length);
        assertThat(lengths).hasSize(FramesBenchmark.FRAMES);
        for (final int length : lengths) assertThat(length).isBetween(10, 1000);
        for (final Frames work : contenders) {
            for (int i = 0; i < 5; i++)
                assertThat(work.pass()).as(work.toString()).isEqualTo(expected);
            work.close();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 1460, 16384})
    void everyLineOfAHeadIsReadWithEveryContender(final int fragment) {
        final List<HttpHead> contenders = List.of(
                new HttpHeadBenchmark.OurHttpHead(),
                new HttpHeadBenchmark.NettyAdaptiveHttpHead(),
                new HttpHeadBenchmark.NettyPooledHttpHead(),
                new HttpHeadBenchmark.OkioHttpHead(),
                new HttpHeadBenchmark.VertxHttpHead(),
                new HttpHeadBenchmark.NioHttpHead());
        final byte[] stream = contenders.getFirst().bytes();
        final String text = new String(stream, StandardCharsets.US_ASCII);
        final byte[] target = new byte[HttpHeadBenchmark.LONGEST_LINE];

        assertThat(text.split("\r\n\r\n")).hasSize(HttpHeadBenchmark.HEADS);
        for (final HttpHead work : contenders) {
            work.fragment = fragment;
            work.prepare();
            final StringBuilder read = new StringBuilder();
            for (int at = 0; at < stream.length; at += fragment) {
                work.add(stream, at, Math.min(fragment, stream.length - at));
                for (int length = work.readLine(target); length >= 0; length = work.readLine(target)) {
                    read.append(new String(target, 0, length, StandardCharsets.US_ASCII))
                            .append("\r\n");
                }
                work.done();
            }
            assertThat(read).as(work.toString()).hasToString(text);
            final long sum = work.pass();
            assertThat(work.pass()).as(work.toString()).isEqualTo(sum);
            work.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"big", "little"})
    void numbersHaveTheSameBytesInOnePieceAndInManyWithEveryContender(final String order) {
        final List<TypedAccess> contenders = List.of(
                new TypedAccessBenchmark.OurTypedAccess(),
                new TypedAccessBenchmark.NettyAdaptiveTypedAccess(),
                new TypedAccessBenchmark.NettyPooledTypedAccess(),
                new TypedAccessBenchmark.OkioTypedAccess(),
                new TypedAccessBenchmark.VertxTypedAccess(),
                new TypedAccessBenchmark.AgronaTypedAccess(),
                new TypedAccessBenchmark.MemorySegmentTypedAccess(),
                new TypedAccessBenchmark.NioTypedAccess(),
                new FragmentedAccessBenchmark.OurFragmentedAccess(),
                new FragmentedAccessBenchmark.NettyAdaptiveFragmentedAccess(),
                new FragmentedAccessBenchmark.NettyPooledFragmentedAccess(),
                new FragmentedAccessBenchmark.OkioFragmentedAccess(),
                new FragmentedAccessBenchmark.NioFragmentedAccess());

        for (final TypedAccess work : contenders) {
            work.order = order;
            work.start();
            long value = 0;
            for (int pass = 0; pass < 3; pass++) {
                final ByteBuffer expected = ByteBuffer.allocate(TypedAccessBenchmark.LENGTH)
                        .order(order.equals("big") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
                long sum = 0;
                for (int i = 0; i < TypedAccessBenchmark.RECORDS; i++) {
                    value += 0x9E3779B97F4A7C15L;
                    expected.putShort((short) value)
                            .putInt((int) (value >>> 16))
                            .putLong(value);
                    sum = 31 * sum + (short) value + 3L * (int) (value >>> 16) + 7 * value;
                }
                work.write();
                assertThat(work.content()).as(work.toString()).isEqualTo(expected.array());
                assertThat(work.read()).as(work.toString()).isEqualTo(sum);
            }
            work.close();
        }
    }

    @Test
    void ourFragmentsAreAsSmallAsTheyAreSaidToBe() {
        final FragmentedAccessBenchmark.OurFragmentedAccess work = new FragmentedAccessBenchmark.OurFragmentedAccess();
        work.start();
        work.write();

        assertThat(work.buffer.countChains()).isEqualTo(FragmentedAccessBenchmark.FRAGMENTS);
        assertThat(work.buffer.contiguousLength()).isEqualTo(FragmentedAccessBenchmark.FRAGMENT);
        work.close();
    }
}
