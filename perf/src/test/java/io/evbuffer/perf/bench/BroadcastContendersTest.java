package io.evbuffer.perf.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.evbuffer.perf.bench.BroadcastBenchmark.Broadcast;
import io.evbuffer.perf.bench.BroadcastBenchmark.JettyBroadcast;
import io.evbuffer.perf.bench.HandOverBenchmark.HandOver;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** As {@link ContendersTest}, for the workloads in which bytes are filled by one and read by others. */
class BroadcastContendersTest {
    private static final int[] DRAINED = {1000, 3000, 4096, 10_000, 20_000};

    @ParameterizedTest
    @ValueSource(ints = {1, 10, 1000})
    void everyOutputDrainsTheMessagesInOrderWithEveryContender(final int outputs) {
        final List<Broadcast> contenders = List.of(
                new BroadcastBenchmark.OurBroadcast(),
                new BroadcastBenchmark.NettyAdaptiveBroadcast(),
                new BroadcastBenchmark.NettyPooledBroadcast(),
                new BroadcastBenchmark.OkioBroadcast(),
                new BroadcastBenchmark.JettyBroadcast(),
                new BroadcastBenchmark.NioBroadcast());

        for (final Broadcast work : contenders) {
            work.outputs = outputs;
            work.start();
            final long[] drained = new long[outputs];
            for (int messages = 1; messages <= 200; messages++) {
                long expected = 0;
                for (int i = 0; i < outputs; i++) {
                    final int step = DRAINED[i % DRAINED.length];
                    while (drained[i] + step <= (long) messages * BroadcastBenchmark.MESSAGE) {
                        expected = 31 * expected + byteOfAllMessages(drained[i]);
                        drained[i] += step;
                    }
                }
                assertThat(work.pass()).as("%s, message %d", work, messages).isEqualTo(expected);
            }
            work.close();
        }
    }

    /** Message n, counted from 1, begins at the n-th byte of the pattern; after 64 of them it begins anew. */
    private static byte byteOfAllMessages(final long position) {
        final long message = position / BroadcastBenchmark.MESSAGE + 1;
        return (byte) ((message % 64 + position % BroadcastBenchmark.MESSAGE) % 251);
    }

    @Test
    void jettysMessagesGoHomeWhenTheLastOutputHasDrainedThem() {
        final JettyBroadcast work = new JettyBroadcast();
        work.outputs = 5;
        work.start();
        for (int i = 0; i < 100; i++) work.pass();

        assertThat(work.lent()).isBetween(1L, 6L);
        work.close();
        assertThat(work.lent()).isZero();
    }

    @Test
    void theOtherThreadReadsEveryPieceInOrderWithEveryContender() throws InterruptedException {
        final List<HandOver<?>> contenders = List.of(
                new HandOverBenchmark.OurHandOver(),
                new HandOverBenchmark.NettyAdaptiveHandOver(),
                new HandOverBenchmark.NettyPooledHandOver(),
                new HandOverBenchmark.OkioHandOver(),
                new HandOverBenchmark.JettyHandOver(),
                new HandOverBenchmark.NioHandOver());
        final byte[] source = Bytes.pattern(HandOverBenchmark.LENGTH + 64);
        long expected = 0;
        for (int pass = 0; pass < 10; pass++) {
            for (int i = 0; i < HandOverBenchmark.PIECES; i++) {
                expected = 31 * expected + source[i % 64] + source[i % 64 + HandOverBenchmark.LENGTH - 1];
            }
        }

        for (final HandOver<?> work : contenders) {
            work.start();
            for (int pass = 0; pass < 10; pass++) assertThat(work.pass()).isEqualTo(HandOverBenchmark.PIECES);
            work.close();
            assertThat(work.checksum()).as(work.toString()).isEqualTo(expected);
        }
    }
}
