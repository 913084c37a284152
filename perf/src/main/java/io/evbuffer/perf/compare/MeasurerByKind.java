package io.evbuffer.perf.compare;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.runner.RunnerException;

/** Hands servers to one measurer and all other workloads to another. */
record MeasurerByKind(ServerMeasurer servers, Measurer others) implements Measurer {
    private Measurer of(final Workload workload) {
        return ServerMeasurer.does(workload) ? servers : others;
    }

    @Override
    public void measure(
            final Workload workload, final List<String> contenders, final Timing timing, final Outcome outcome) {
        of(workload).measure(workload, contenders, timing, outcome);
    }

    @Override
    public @Nullable String latency(final Workload workload, final String contender, final Timing timing)
            throws IOException, RunnerException {
        return of(workload).latency(workload, contender, timing);
    }

    @Override
    public Map<String, Double> counts(final Workload workload, final String contender)
            throws IOException, RunnerException {
        return of(workload).counts(workload, contender);
    }
}
