package io.evbuffer.perf.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.evbuffer.perf.bench.AppendBenchmark.Append;
import io.evbuffer.perf.bench.BodyBenchmark.Body;
import io.evbuffer.perf.bench.CreateBenchmark.Create;
import io.evbuffer.perf.bench.FifoBenchmark.Fifo;
import io.evbuffer.perf.bench.LinesBenchmark.Lines;
import io.evbuffer.perf.bench.MoveBenchmark.Move;
import io.evbuffer.perf.bench.MulticastBenchmark.Multicast;
import io.evbuffer.perf.bench.PrependBenchmark.Prepend;
import io.evbuffer.perf.bench.RandomCopyOutBenchmark.RandomCopyOut;
import io.evbuffer.perf.bench.SearchBenchmark.Search;
import io.evbuffer.perf.bench.TakeBenchmark.Take;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** All contenders of a workload do the same work: the same bytes and the same answers, call after call. */
class ContendersTest {
    private static final int CALLS = 200; // more than one round of every source's offsets

    @ParameterizedTest
    @ValueSource(ints = {16, 64, 4096})
    void appendingLeavesTheSameBytesWithEveryContender(final int length) {
        final List<Supplier<Append>> contenders = List.of(
                AppendBenchmark.OurAppend::new,
                AppendBenchmark.NettyAdaptiveAppend::new,
                AppendBenchmark.NettyPooledAppend::new,
                AppendBenchmark.OkioAppend::new,
                AppendBenchmark.NioAppend::new);
        final byte[] source = Bytes.pattern(length + 64);
        final int appends = (length == 4096 ? 1024 * 1024 : 64 * 1024) / length;
        final byte[] expected = new byte[appends * length];
        for (int i = 0; i < appends; i++) System.arraycopy(source, i % 64, expected, i * length, length);

        for (final Supplier<Append> contender : contenders) {
            final Append work = contender.get();
            work.length = length;
            work.start();
            for (int i = 0; i < 3; i++) {
                work.appendAll(appends);
                assertThat(work.content()).as(work.toString()).isEqualTo(expected);
                assertThat(work.drain()).as(work.toString()).isEqualTo(expected.length);
                assertThat(work.content()).as(work.toString()).isEmpty();
                assertThat(work.appendAndDrain())
                        .as(work.toString())
                        .isEqualTo((long) AppendBenchmark.APPENDS * length);
            }
            work.close();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 64})
    void packetsLeaveTheQueueInOrderWithEveryContender(final int backlog) {
        final List<Fifo> contenders = List.of(
                new FifoBenchmark.OurFifo(),
                new FifoBenchmark.NettyAdaptiveFifo(),
                new FifoBenchmark.NettyPooledFifo(),
                new FifoBenchmark.OkioFifo(),
                new FifoBenchmark.NioFifo());
        final byte[] source = Bytes.pattern(FifoBenchmark.PACKET + 64);

        for (final Fifo work : contenders) {
            work.backlog = backlog;
            work.start();
            for (int i = 1; i <= CALLS; i++) {
                final int offset = i % 64;
                final byte[] expected = Arrays.copyOfRange(source, offset, offset + FifoBenchmark.PACKET);
                assertThat(work.pass())
                        .isEqualTo(FifoBenchmark.PACKET + expected[0] + expected[FifoBenchmark.PACKET - 1]);
                assertThat(work.removed()).as(work.toString()).isEqualTo(expected);
            }
            work.close();
        }
    }

    @Test
    void headersStandBeforeThePayloadWithEveryContender() {
        final List<Prepend> contenders = List.of(
                new PrependBenchmark.OurPrepend(),
                new PrependBenchmark.NettyAdaptivePrepend(),
                new PrependBenchmark.NettyPooledPrepend(),
                new PrependBenchmark.OkioPrepend(),
                new PrependBenchmark.NioPrepend());
        final byte[] source = Bytes.pattern(PrependBenchmark.PAYLOAD + 64);

        for (final Prepend work : contenders) {
            for (int i = 1; i <= CALLS; i++) {
                final int offset = i % 64;
                final byte[] expected = new byte[16 + 8 + PrependBenchmark.PAYLOAD];
                System.arraycopy(source, offset + 1, expected, 0, 16);
                System.arraycopy(source, offset, expected, 16, 8);
                System.arraycopy(source, offset, expected, 24, PrependBenchmark.PAYLOAD);
                work.build();
                assertThat(work.content()).as(work.toString()).isEqualTo(expected);
                assertThat(work.drain()).as(work.toString()).isEqualTo(expected.length);
            }
            work.close();
        }
    }

    @Test
    void linesComeOutAsTheyWentInWithEveryContender() {
        final List<Lines> contenders = List.of(
                new LinesBenchmark.OurLines(),
                new LinesBenchmark.NettyAdaptiveLines(),
                new LinesBenchmark.NettyPooledLines(),
                new LinesBenchmark.OkioLines(),
                new LinesBenchmark.NioLines());
        long sum = 0;
        for (int i = 0; i < LinesBenchmark.LINES; i++) sum += LinesBenchmark.LENGTH - 1 + 'a' + i % 16;

        for (final Lines work : contenders) {
            for (int i = 0; i < 5; i++) {
                assertThat(work.pass()).as(work.toString()).isEqualTo(sum);
                assertThat(Arrays.copyOf(work.line(), LinesBenchmark.LENGTH - 1))
                        .as(work.toString())
                        .isEqualTo(Bytes.letters(15, LinesBenchmark.LENGTH - 1));
            }
            work.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "4", "16", "adversarial"})
    void everyContenderSearchesToTheEnd(final String needle) {
        final List<Search> contenders = List.of(
                new SearchBenchmark.OurSearch(),
                new SearchBenchmark.NettyAdaptiveSearch(),
                new SearchBenchmark.NettyPooledSearch(),
                new SearchBenchmark.OkioSearch(),
                new SearchBenchmark.NioSearch());

        for (final Search work : contenders) {
            work.needle = needle;
            work.start();
            assertThat(work.search()).as(work.toString()).isEqualTo(-1);
            work.add(work.sought());
            assertThat(work.search()).as(work.toString()).isEqualTo(SearchBenchmark.LENGTH);
            work.close();
        }
    }

    @Test
    void movedPiecesKeepTheirOrderWithEveryContender() {
        final List<Move> contenders = List.of(
                new MoveBenchmark.OurMove(),
                new MoveBenchmark.NettyAdaptiveMove(),
                new MoveBenchmark.NettyPooledMove(),
                new MoveBenchmark.OkioMove(),
                new MoveBenchmark.NioMove());
        final byte[] expected = Bytes.pattern(MoveBenchmark.CHAINS * 8192);

        for (final Move work : contenders) {
            work.fill();
            for (int i = 0; i < 5; i++) {
                assertThat(work.content()).as(work.toString()).isEqualTo(expected);
                assertThat(work.move()).as(work.toString()).isEqualTo(expected.length);
            }
            work.close();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1024, 4096, 65536})
    void aTakenPieceHoldsItsByteWithEveryContender(final int size) {
        final List<Take> contenders = List.of(
                new TakeBenchmark.OurTake(),
                new TakeBenchmark.NettyAdaptiveTake(),
                new TakeBenchmark.NettyPooledTake(),
                new TakeBenchmark.JettyTake(),
                new TakeBenchmark.NioTake(),
                new SharedTakeBenchmark.OurTake(),
                new SharedTakeBenchmark.NettyAdaptiveTake(),
                new SharedTakeBenchmark.JettyTake(),
                new SharedTakeBenchmark.NioTake());

        for (final Take work : contenders) {
            work.size = size;
            for (int i = 1; i <= CALLS; i++) {
                assertThat(work.takeAndReturn()).as(work.toString()).isEqualTo((byte) i);
            }
            work.close();
        }
    }

    @Test
    void aShortLivedBufferGivesItsByteBackWithEveryContender() {
        final List<Create> contenders = List.of(
                new CreateBenchmark.OurCreate(),
                new CreateBenchmark.NettyAdaptiveCreate(),
                new CreateBenchmark.NettyPooledCreate(),
                new CreateBenchmark.OkioCreate(),
                new CreateBenchmark.NioCreate());

        for (final Create work : contenders) {
            for (int i = 1; i <= CALLS; i++)
                assertThat(work.live()).as(work.toString()).isEqualTo((byte) i);
            work.close();
        }
    }

    @Test
    void everyTargetIsShownTheBytesAndLetsGoOfThemWithEveryContender() {
        final List<Multicast> contenders = List.of(
                new MulticastBenchmark.OurMulticast(),
                new MulticastBenchmark.NettyAdaptiveMulticast(),
                new MulticastBenchmark.NettyPooledMulticast(),
                new MulticastBenchmark.OkioMulticast(),
                new MulticastBenchmark.NioMulticast());
        final byte[] expected = Bytes.pattern(64 * 1024);

        for (final Multicast work : contenders) {
            for (int i = 0; i < 3; i++) {
                work.shareAll();
                for (int target = 0; target < MulticastBenchmark.TARGETS; target++) {
                    assertThat(work.content(target)).as(work.toString()).isEqualTo(expected);
                }
                assertThat(work.drainAll())
                        .as(work.toString())
                        .isEqualTo((long) MulticastBenchmark.TARGETS * expected.length);
                assertThat(work.content(0)).as(work.toString()).isEmpty();
            }
            work.close();
        }
    }

    @Test
    void copiesFromTheMiddleAreRightWithEveryContender() {
        final List<RandomCopyOut> contenders = List.of(
                new RandomCopyOutBenchmark.OurRandomCopyOut(),
                new RandomCopyOutBenchmark.NettyAdaptiveRandomCopyOut(),
                new RandomCopyOutBenchmark.NettyPooledRandomCopyOut(),
                new RandomCopyOutBenchmark.OkioRandomCopyOut(),
                new RandomCopyOutBenchmark.NioRandomCopyOut());
        final int length = RandomCopyOutBenchmark.COPIED;
        final byte[] all = Bytes.pattern(1024 * 1024);
        final byte[] copy = new byte[length];

        for (final RandomCopyOut work : contenders) {
            for (final int place : RandomCopyOut.places()) {
                work.copyOut(place, copy);
                assertThat(copy).as(work.toString()).isEqualTo(Arrays.copyOfRange(all, place, place + length));
            }
            work.close();
        }
    }

    @Test
    void aBodyIsReadInTheOrderInWhichItCameWithEveryContender() {
        final List<Body> contenders = List.of(
                new BodyBenchmark.OurBody(),
                new BodyBenchmark.NettyAdaptiveBody(),
                new BodyBenchmark.NettyPooledBody(),
                new BodyBenchmark.NettyCompositeBody(),
                new BodyBenchmark.OkioBody(),
                new BodyBenchmark.NioBody());
        final byte[] source = Bytes.pattern(BodyBenchmark.PIECE + 64);
        final byte[] piece = new byte[BodyBenchmark.PIECE];

        for (final Body work : contenders) {
            work.mebibytes = 1;
            work.prepare();
            for (int i = 0; i < 100; i++) work.add(source, i % 64);
            for (int i = 0; i < 100; i++) {
                work.remove(piece);
                assertThat(piece)
                        .as(work.toString())
                        .isEqualTo(Arrays.copyOfRange(source, i % 64, i % 64 + piece.length));
            }
            final long sum = work.pass(256);
            assertThat(work.pass(256)).as(work.toString()).isEqualTo(sum);
            assertThat(work.lastRead())
                    .as(work.toString())
                    .isEqualTo(Arrays.copyOfRange(source, 63, 63 + piece.length));
            work.close();
        }
    }
}
