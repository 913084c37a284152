package io.evbuffer.perf.compare;

import io.evbuffer.perf.load.ServerLoads;
import io.evbuffer.perf.load.ServerTrial;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Measures servers, each in a process of its own, under a load from this one: processor time of the server per operation, in
 * nanoseconds.
 */
final class ServerMeasurer implements Measurer {
    private static final String PACKAGE = ServerLoads.class.getPackageName();

    /** A slice of the warm-up is better if it takes less than this part of the best before. */
    private static final double BETTER = 0.95;

    /**
     * If it was no better for so long, the warm-up ends, as compilers that share the server's processor may take three seconds for
     * what comes next.
     */
    private static final long SETTLED_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** Nothing is compiled while it runs; caches and connections are warm soon. */
    private static final long COMPILED_WARMUP_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final ServerLoads loads;

    ServerMeasurer(final ServerLoads loads) {
        this.loads = loads;
    }

    /** The workloads for which there are servers here. */
    static List<Workload> all(final ServerLoads loads) {
        final List<Workload> workloads = new ArrayList<>();
        for (final ServerLoads.Kind kind : loads.kinds()) {
            for (final Map<String, String> shape : kind.shapes()) {
                workloads.add(new Workload(PACKAGE + "." + kind.name(), shape, kind.contenders()));
            }
        }
        return workloads;
    }

    /** Whether a workload is a server's. */
    static boolean does(final Workload workload) {
        return workload.area().equals(PACKAGE);
    }

    @Override
    public Sample measure(final Workload workload, final String contender, final Timing timing) throws IOException {
        final List<Iterations.Measured> iterations = new ArrayList<>();
        final String kind = workload.type().substring(PACKAGE.length() + 1);
        try (ServerTrial trial = loads.start(kind, contender, workload.parameters())) {
            iterations.addAll(measure(trial, timing, ServerLoads.isCompiled(contender), System::nanoTime));
        }
        return new Sample(iterations, null, Map.of());
    }

    /** Warms up and iterates; a load that knows only whole seconds runs less often, in the same time if that is enough. */
    static List<Iterations.Measured> measure(
            final ServerTrial trial, final Timing timing, final boolean compiled, final LongSupplier clock)
            throws IOException {
        final long iterationNanos = TimeUnit.MILLISECONDS.toNanos(timing.iterationMillis());
        final long shortest = trial.shortestNanos();
        final int count = shortest > iterationNanos ? Iterations.FEW : timing.iterations();
        final long warmupNanos = timing.nanos() - count * Math.max(shortest, iterationNanos);
        warmUp(
                trial,
                TimeUnit.MILLISECONDS.toNanos(timing.warmupMillis()),
                Math.max(shortest, compiled ? Math.min(warmupNanos, COMPILED_WARMUP_NANOS) : warmupNanos),
                clock);
        final List<Iterations.Measured> iterations = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            final double before = Yardstick.time();
            final double number = trial.run(iterationNanos);
            iterations.add(new Iterations.Measured(number, Math.max(before, Yardstick.time())));
        }
        return iterations;
    }

    /** Slices until it gets no better, or the time is over. */
    static void warmUp(final ServerTrial trial, final long sliceNanos, final long mostNanos, final LongSupplier clock)
            throws IOException {
        final long start = clock.getAsLong();
        double best = Double.POSITIVE_INFINITY;
        for (long now = start, better = start; now - start < mostNanos && now - better < SETTLED_NANOS; ) {
            final double number = trial.run(Math.min(sliceNanos, mostNanos));
            now = clock.getAsLong();
            if (number < BETTER * best) better = now;
            best = Math.min(best, number);
        }
    }

    @Override
    public @Nullable String latency(final Workload workload, final String contender, final Timing timing) {
        return null;
    }

    @Override
    public Map<String, Double> counts(final Workload workload, final String contender) {
        return Map.of();
    }
}
