package io.evbuffer.perf.compare;

import java.util.Collection;
import java.util.List;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.ScalarResult;
import org.openjdk.jmh.runner.IterationType;

/**
 * Tells whether the processor was all ours during an iteration: times a loop of plain arithmetic before and after it.
 *
 * <p>A virtual processor is often one of two threads of a core, and whoever has the other thread is not seen from here: no
 * time is stolen, but the core's units are shared. Code that keeps them busy then takes up to twice as long, code that
 * waits for its own results hardly longer. Seen with this loop, {@code LinesBenchmark} and Netty in turns of two
 * milliseconds: in 20 % of the turns the loop took 1.6 times as long, ours 1.7 times, Netty's lines 1.08 times.
 *
 * <p>The loop touches no memory and depends on nothing that is measured, so a slow one condemns an iteration without regard
 * to what came of it. Cost: a millisecond beside each iteration. Threads: JMH's thread that starts iterations.
 */
public final class Yardstick implements InternalProfiler {
    /** What the result is called: ns per pass of the loop, the slower of before and after. */
    static final String LABEL = "yardstick";

    private static final int PASS = 1500;
    private static final int PASSES = 120;
    private static final int WARM = 20_000;
    private static final int START = 12345;

    private static boolean warm;

    private double before;

    @Override
    public String getDescription() {
        return "Time of a loop of arithmetic before and after each iteration";
    }

    @Override
    public void beforeIteration(final BenchmarkParams benchmark, final IterationParams iteration) {
        before = iteration.getType() == IterationType.MEASUREMENT ? time() : 0;
    }

    @Override
    public Collection<ScalarResult> afterIteration(
            final BenchmarkParams benchmark, final IterationParams iteration, final IterationResult result) {
        if (before == 0) return List.of();
        return List.of(new ScalarResult(LABEL, Math.max(before, time()), "ns", AggregationPolicy.MAX));
    }

    /** Nanoseconds of a pass of the loop, now. */
    static double time() {
        if (!warm) {
            nanosPerPass(WARM);
            warm = true;
        }
        return nanosPerPass(PASSES);
    }

    private static double nanosPerPass(final int passes) {
        long sum = 0;
        final long start = System.nanoTime();
        for (int i = 0; i < passes; i++) sum += pass();
        final long end = System.nanoTime();
        if (sum == 0) throw new IllegalStateException("the yardstick's loop was not run");
        return (double) (end - start) / passes;
    }

    /** Short steps of several kinds, most of which can be done at the same time; branches that can be foretold. */
    static long pass() {
        long sum = 0;
        int step = START;
        for (int i = 0; i < PASS; i++) {
            if ((i & 7) == 3) {
                sum += step;
            } else if (i % 5 == 2) {
                sum ^= i;
            } else {
                sum += 3;
            }
            if ((sum & 1) == 0) step++;
        }
        return sum + step;
    }
}
