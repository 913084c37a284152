package io.evbuffer.perf.compare;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.runner.RunnerException;

/** Measures a contender of a workload once, in a process of its own. */
interface Measurer {
    /**
     * Measures times.
     *
     * @throws IOException if the process cannot be started or says something else.
     * @throws RunnerException if it failed.
     */
    Sample measure(Workload workload, String contender, Timing timing) throws IOException, RunnerException;

    /**
     * Measures single invocations, if the workload wants that.
     *
     * @return an HdrHistogram of nanoseconds, compressed, in Base64; null if this cannot be had.
     * @throws IOException if the process cannot be started or says something else.
     * @throws RunnerException if it failed.
     */
    @Nullable
    String latency(Workload workload, String contender, Timing timing) throws IOException, RunnerException;

    /**
     * Counts what does not depend on time, in a process in which time does not count: system calls per operation, memory.
     *
     * @return by name; empty where nothing can be counted.
     * @throws IOException if the process cannot be started or says something else.
     * @throws RunnerException if it failed.
     */
    Map<String, Double> counts(Workload workload, String contender) throws IOException, RunnerException;

    /**
     * What one process found.
     *
     * @param iterations times per operation, and the yardstick's.
     * @param bytesPerOp allocated on the Java heap, the median of the iterations; null if there is no such heap.
     * @param extras the benchmark's own counters.
     */
    record Sample(
            List<Iterations.Measured> iterations, @Nullable Double bytesPerOp, Map<String, Double> extras) {}
}
