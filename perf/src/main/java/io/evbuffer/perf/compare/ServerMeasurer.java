package io.evbuffer.perf.compare;

import io.evbuffer.perf.load.ServerLoads;
import io.evbuffer.perf.load.ServerTrial;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Measures servers, each in a process of its own, under a load from this one: processor time of the server per operation, in
 * nanoseconds.
 */
final class ServerMeasurer implements Measurer {
    private static final String PACKAGE = ServerLoads.class.getPackageName();

    /**
     * How many times as long a server may warm up as a loop of JMH's: it has more to compile, its compilers share its processor, and
     * their time is in its own. A connection that comes and goes was seen to cost 400 us of it after three seconds, 55 after twelve.
     */
    private static final long WARMUP_FACTOR = 8;

    private static final long SLICE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /** A slice of the warm-up is better if it takes less than this part of the best before. */
    private static final double BETTER = 0.95;

    /**
     * So many slices in a row that are no better end it: five seconds, as compilers that share the server's processor may take three
     * for what comes next.
     */
    private static final int SETTLED = 10;

    /** The clock of a process is exact, but one turn may have much to do and the next one nothing. */
    private static final long ITERATION_FACTOR = 10;

    private static final int ITERATIONS_PART = 4;

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
            warmUp(trial, TimeUnit.MILLISECONDS.toNanos(WARMUP_FACTOR * timing.warmups() * timing.warmupMillis()));
            final long nanos = TimeUnit.MILLISECONDS.toNanos(ITERATION_FACTOR * timing.iterationMillis());
            for (int i = 0; i < Math.max(1, timing.iterations() / ITERATIONS_PART); i++) {
                final double before = Yardstick.time();
                final double number = trial.run(nanos);
                iterations.add(new Iterations.Measured(number, Math.max(before, Yardstick.time())));
            }
        }
        return new Sample(iterations, null, Map.of());
    }

    /** Until it gets no better, or the time is over. */
    static void warmUp(final ServerTrial trial, final long mostNanos) throws IOException {
        final long start = System.nanoTime();
        double best = Double.POSITIVE_INFINITY;
        for (int settled = 0; settled < SETTLED && System.nanoTime() - start < mostNanos; ) {
            final double number = trial.run(Math.min(SLICE_NANOS, mostNanos));
            settled = number < BETTER * best ? 0 : settled + 1;
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
