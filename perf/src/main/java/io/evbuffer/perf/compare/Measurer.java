package io.evbuffer.perf.compare;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.runner.RunnerException;

/** Measures contenders of a workload once, each in a process of its own. */
interface Measurer {
    /**
     * Measures times.
     *
     * @param contenders some of the workload's, in the order in which they run.
     * @param outcome is told what became of each of them.
     */
    void measure(Workload workload, List<String> contenders, Timing timing, Outcome outcome);

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

    /** Is told what became of contenders: one's failure is no reason not to measure the others. */
    interface Outcome {
        /** It has been measured. */
        void found(String contender, Sample sample);

        /** It has no numbers, or none that count: the process could not be started, failed, or said something else. */
        void failed(String contender, Exception why);
    }

    /** What is done with a contender. */
    interface Step {
        /**
         * Does it.
         *
         * @throws IOException if the process cannot be started or says something else.
         * @throws RunnerException if it failed.
         */
        void with(String contender) throws IOException, RunnerException;
    }

    /** Does something with one contender after the other; who fails is told. */
    static void each(final List<String> contenders, final Outcome outcome, final Step step) {
        for (final String contender : contenders) {
            try {
                step.with(contender);
            } catch (final IOException | RunnerException | RuntimeException e) {
                outcome.failed(contender, e);
            }
        }
    }

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
