package io.evbuffer.perf.compare;

import io.evbuffer.perf.load.ServerTrial;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * A server from its warm-up to its last iteration. Others may run between any two of them.
 *
 * <p>Ownership: closing it ends the server.
 */
final class ServerRun implements AutoCloseable {
    /** A slice of the warm-up is better if it takes less than this part of the best before. */
    private static final double BETTER = 0.95;

    /**
     * If it was no better for so long, the warm-up ends, as compilers that share the server's processor may take three seconds for
     * what comes next.
     */
    private static final long SETTLED_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** Nothing is compiled while it runs; caches and connections are warm soon. */
    private static final long COMPILED_WARMUP_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final ServerTrial trial;
    private final LongSupplier clock;
    private final long sliceNanos;
    private final long warmupNanos;
    private final long iterationNanos;
    private final int count;
    private final List<Iterations.Measured> iterations = new ArrayList<>();

    /**
     * Prepares a run; a load that knows only whole seconds runs less often, in the same time if that is enough.
     *
     * @param compiled whether it was machine code before it was started.
     * @param clock in nanoseconds.
     */
    ServerRun(final ServerTrial trial, final Timing timing, final boolean compiled, final LongSupplier clock) {
        this.trial = trial;
        this.clock = clock;
        sliceNanos = TimeUnit.MILLISECONDS.toNanos(timing.warmupMillis());
        iterationNanos = TimeUnit.MILLISECONDS.toNanos(timing.iterationMillis());
        final long shortest = trial.shortestNanos();
        count = shortest > iterationNanos ? Iterations.FEW : timing.iterations();
        final long left = timing.nanos() - count * Math.max(shortest, iterationNanos);
        warmupNanos = Math.max(shortest, compiled ? Math.min(left, COMPILED_WARMUP_NANOS) : left);
    }

    /**
     * Slices until it gets no better, or the time is over.
     *
     * @throws IOException if the server does not do what it should.
     */
    void warmUp() throws IOException {
        final long start = clock.getAsLong();
        double best = Double.POSITIVE_INFINITY;
        for (long now = start, better = start; now - start < warmupNanos && now - better < SETTLED_NANOS; ) {
            final double number = trial.run(Math.min(sliceNanos, warmupNanos));
            now = clock.getAsLong();
            if (number < BETTER * best) better = now;
            best = Math.min(best, number);
        }
    }

    /** Whether all iterations have run. */
    boolean isDone() {
        return iterations.size() == count;
    }

    /**
     * Runs one iteration.
     *
     * @throws IOException if the server does not do what it should.
     */
    void iterate() throws IOException {
        final double before = Yardstick.time();
        final double number = trial.run(iterationNanos);
        iterations.add(new Iterations.Measured(number, Math.max(before, Yardstick.time())));
    }

    /** What the iterations found: nothing but times. */
    Measurer.Sample sample() {
        return new Measurer.Sample(List.copyOf(iterations), null, Map.of());
    }

    @Override
    public void close() throws IOException {
        trial.close();
    }
}
