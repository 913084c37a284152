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

    /** A server has more to compile than a loop of JMH's. */
    private static final long WARMUP_FACTOR = 2;

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
            trial.run(TimeUnit.MILLISECONDS.toNanos(WARMUP_FACTOR * timing.warmups() * timing.warmupMillis()));
            final long nanos = TimeUnit.MILLISECONDS.toNanos(ITERATION_FACTOR * timing.iterationMillis());
            for (int i = 0; i < Math.max(1, timing.iterations() / ITERATIONS_PART); i++) {
                final double before = Yardstick.time();
                final double number = trial.run(nanos);
                iterations.add(new Iterations.Measured(number, Math.max(before, Yardstick.time())));
            }
        }
        return new Sample(iterations, null, Map.of());
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
