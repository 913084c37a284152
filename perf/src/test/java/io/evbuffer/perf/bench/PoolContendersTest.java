package io.evbuffer.perf.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.evbuffer.perf.bench.ChurnBenchmark.Churn;
import io.evbuffer.perf.bench.ContendedTakeBenchmark.ContendedTake;
import io.evbuffer.perf.bench.VirtualTakeBenchmark.VirtualTake;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** As {@link ContendersTest}, for the workloads about taking memory and giving it back. */
class PoolContendersTest {
    @ParameterizedTest
    @ValueSource(strings = {"fixed", "small", "mixed"})
    void aReplacedPieceStillHoldsWhatWasWrittenWhenItWasTakenWithEveryContender(final String sizes) {
        final List<Churn> contenders = List.of(
                new ChurnBenchmark.OurChurn(),
                new ChurnBenchmark.NettyAdaptiveChurn(),
                new ChurnBenchmark.NettyPooledChurn(),
                new ChurnBenchmark.JettyChurn(),
                new ChurnBenchmark.MemorySegmentChurn(),
                new ChurnBenchmark.NioChurn());

        for (final Churn work : contenders) {
            work.sizes = sizes;
            work.start();
            final byte[] contents = new byte[ChurnBenchmark.LIVE];
            for (int i = 0; i < contents.length; i++) contents[i] = (byte) i;
            for (int i = 1; i <= 20_000; i++) { // more than the plan is long
                final long sum = work.replace();
                assertThat(sum).as("%s, step %d", work, i).isEqualTo(2L * contents[work.replaced()]);
                contents[work.replaced()] = (byte) (i % (1 << 14));
            }
            work.close();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 8})
    void allThreadsTogetherReadWhatTheyWroteWithEveryContender(final int threads) throws InterruptedException {
        final List<ContendedTake> contenders = List.of(
                new ContendedTakeBenchmark.OurContendedTake(),
                new ContendedTakeBenchmark.NettyAdaptiveContendedTake(),
                new ContendedTakeBenchmark.NettyPooledContendedTake(),
                new ContendedTakeBenchmark.JettyContendedTake(),
                new ContendedTakeBenchmark.MemorySegmentContendedTake(),
                new ContendedTakeBenchmark.NioContendedTake());

        for (final ContendedTake work : contenders) {
            work.threads = threads;
            work.start();
            // Each byte as often as any other, twice: 256 of them come to -128.
            for (int i = 0; i < 2; i++) {
                assertThat(work.pass()).as(work.toString()).isEqualTo(-ContendedTakeBenchmark.TAKES);
            }
            work.close();
        }
    }

    @Test
    void allVirtualThreadsReadWhatTheyWroteWithEveryContender() throws InterruptedException {
        final List<VirtualTake> contenders = List.of(
                new VirtualTakeBenchmark.OurVirtualTake(),
                new VirtualTakeBenchmark.NettyAdaptiveVirtualTake(),
                new VirtualTakeBenchmark.NettyPooledVirtualTake(),
                new VirtualTakeBenchmark.JettyVirtualTake(),
                new VirtualTakeBenchmark.MemorySegmentVirtualTake(),
                new VirtualTakeBenchmark.NioVirtualTake(),
                new VirtualTakeBenchmark.NoVirtualTake());

        for (final VirtualTake work : contenders) {
            work.threads = 1000;
            work.start();
            assertThat(work.pass()).as(work.toString()).isEqualTo(VirtualTakeBenchmark.THREADS * 2L * (7 * 8 / 2));
            work.close();
        }
    }
}
