package io.evbuffer.perf.compare;

import com.sun.management.UnixOperatingSystemMXBean;
import io.evbuffer.perf.load.ServerLoads;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Measures servers, each in a process of its own, under a load from this one: processor time of the server per operation, in
 * nanoseconds.
 *
 * <p>All servers of a workload are alive at the same time and have their iterations in turn. One after the other, the very same
 * server took 138 and 193 ns for a message within a minute, as the machine was another one by then; in turn it meets with all of
 * them. Who has nothing to do sleeps. Where this process may not open so many files, it loads as many servers as it can, then the next
 * ones.
 */
final class ServerMeasurer implements Measurer {
    private static final String PACKAGE = ServerLoads.class.getPackageName();

    /** Descriptors of a load beside its connections: pipes of the server, the reactor's. */
    private static final int BESIDE_CONNECTIONS = 32;

    /** Descriptors that this process has anyway: jars, standard streams. */
    private static final int OUR_DESCRIPTORS = 128;

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
    public void measure(
            final Workload workload, final List<String> contenders, final Timing timing, final Outcome outcome) {
        final String kind = workload.type().substring(PACKAGE.length() + 1);
        final Starter starter = contender -> new ServerRun(
                loads.start(kind, contender, workload.parameters()),
                timing,
                ServerLoads.isCompiled(contender),
                System::nanoTime);
        final int most = together(mostDescriptors(), workload.parameters());
        try {
            loads.occupy();
            try {
                for (int from = 0; from < contenders.size(); from += most) {
                    inTurn(contenders.subList(from, Math.min(from + most, contenders.size())), starter, outcome);
                }
            } finally {
                loads.vacate();
            }
        } catch (final IOException e) {
            contenders.forEach(contender -> outcome.failed(contender, e));
        }
    }

    private static long mostDescriptors() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof final UnixOperatingSystemMXBean system
                ? system.getMaxFileDescriptorCount()
                : Long.MAX_VALUE;
    }

    /** How many servers can be loaded at the same time, by the descriptors that this process may have. */
    static int together(final long descriptors, final Map<String, String> parameters) {
        final long each = Long.parseLong(parameters.getOrDefault("connections", "1")) + BESIDE_CONNECTIONS;
        return Math.clamp((descriptors - OUR_DESCRIPTORS) / each, 1, Integer.MAX_VALUE);
    }

    /** Starts a server. */
    interface Starter {
        /**
         * Starts it.
         *
         * @throws IOException if the server does not start, or takes no connections.
         */
        ServerRun start(String contender) throws IOException;
    }

    /** Starts all, warms up all, and lets each of them do an iteration, until all are done. */
    static void inTurn(final List<String> contenders, final Starter starter, final Outcome outcome) {
        final Map<String, ServerRun> runs = new LinkedHashMap<>();
        final Step end =
                contender -> Objects.requireNonNull(runs.remove(contender)).close();
        final Outcome ending = new Outcome() {
            @Override
            public void found(final String contender, final Sample sample) {
                outcome.found(contender, sample);
            }

            @Override
            public void failed(final String contender, final Exception why) {
                outcome.failed(contender, why);
                if (runs.containsKey(contender)) Measurer.each(List.of(contender), outcome, end);
            }
        };
        try {
            Measurer.each(contenders, ending, contender -> runs.put(contender, starter.start(contender)));
            Measurer.each(
                    List.copyOf(runs.keySet()),
                    ending,
                    contender -> of(runs, contender).warmUp());
            for (List<String> turn = undone(runs); !turn.isEmpty(); turn = undone(runs)) {
                Measurer.each(turn, ending, contender -> of(runs, contender).iterate());
            }
            runs.forEach((contender, run) -> outcome.found(contender, run.sample()));
        } finally {
            Measurer.each(List.copyOf(runs.keySet()), outcome, end);
        }
    }

    private static ServerRun of(final Map<String, ServerRun> runs, final String contender) {
        return Objects.requireNonNull(runs.get(contender));
    }

    private static List<String> undone(final Map<String, ServerRun> runs) {
        return runs.keySet().stream()
                .filter(contender -> !of(runs, contender).isDone())
                .toList();
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
