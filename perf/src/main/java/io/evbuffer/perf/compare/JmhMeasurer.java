package io.evbuffer.perf.compare;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import org.openjdk.jmh.util.Statistics;

/**
 * Measures Java's contenders by JMH, in a fork each, and the one in C by its program.
 *
 * <p>What a benchmark reports beside its time ({@code @AuxCounters}) is among a sample's extras under its own name.
 */
final class JmhMeasurer implements Measurer {
    /** What JMH's profiler of the heap calls the bytes allocated per operation. */
    private static final String ALLOCATED = "gc.alloc.rate.norm";

    /** What the profilers report that run beside. */
    private static final String OF_COLLECTOR = "gc.";

    /** Of the iterations' allocation: the median, as a benchmark allocates what it does now and then. */
    static final double MEDIAN = 50;

    /** The least, as compilers that are not done make code that allocates more. */
    static final double LEAST = 0;

    /** So many that what else the thread calls, three times or so, hardly counts. */
    private static final int COUNTED_INVOCATIONS = 200;

    private static final int COUNTED_IF_LARGE = 5;
    private static final int LARGE = 1000; // operations in an invocation
    private static final int LATENCY_DIGITS = 2;

    private final LibeventPeer libevent;
    private final PrintStream words;
    private final double allocationPercentile;
    private ClassArchive archive = ClassArchive.NONE;

    /** Measures with this program in C, prints JMH's own words there, and takes one of the iterations' allocations. */
    JmhMeasurer(final LibeventPeer libevent, final PrintStream words, final double allocationPercentile) {
        this.libevent = libevent;
        this.words = words;
        this.allocationPercentile = allocationPercentile;
    }

    /**
     * Lets a contender run for nothing but an archive of the classes that forks load; all later ones start with that.
     *
     * @param file where it is written; who calls this deletes it.
     */
    void rehearse(final Workload workload, final String contender, final Path file) {
        archive = ClassArchive.writing(file);
        try {
            measure(workload, contender, Timing.within(0));
        } catch (final IOException | RunnerException e) {
            words.println("no archive of classes: " + e.getMessage());
        } finally {
            archive = ClassArchive.reading(file);
        }
    }

    /** One fork after the other: each has the machine for itself. */
    @Override
    public void measure(
            final Workload workload, final List<String> contenders, final Timing timing, final Outcome outcome) {
        Measurer.each(contenders, outcome, contender -> outcome.found(contender, measure(workload, contender, timing)));
    }

    private Sample measure(final Workload workload, final String contender, final Timing timing)
            throws IOException, RunnerException {
        if (contender.equals(LibeventPeer.NAME)) {
            return new Sample(libevent.measure(workload.title(), timing.iterations()), null, Map.of());
        }
        final RunResult result = run(options(workload, contender, Mode.AverageTime, timing)
                .addProfiler(GCProfiler.class)
                .addProfiler(Yardstick.class));
        final Result<?> allocated = result.getSecondaryResults().get(ALLOCATED);
        return new Sample(
                iterations(result),
                allocated == null ? null : allocated.getStatistics().getPercentile(allocationPercentile),
                extras(result));
    }

    private static List<Iterations.Measured> iterations(final RunResult run) {
        final List<Iterations.Measured> iterations = new ArrayList<>();
        for (final BenchmarkResult fork : run.getBenchmarkResults()) {
            for (final IterationResult iteration : fork.getIterationResults()) {
                final Result<?> yardstick = iteration.getSecondaryResults().get(Yardstick.LABEL);
                if (yardstick == null)
                    throw new IllegalStateException("no yardstick beside " + iteration.getPrimaryResult());
                iterations.add(
                        new Iterations.Measured(iteration.getPrimaryResult().getScore(), yardstick.getScore()));
            }
        }
        return iterations;
    }

    private static Map<String, Double> extras(final RunResult run) {
        final Map<String, Double> extras = new TreeMap<>();
        run.getSecondaryResults().forEach((name, result) -> {
            if (name.equals(Yardstick.LABEL) || name.startsWith(OF_COLLECTOR)) return;
            if (Double.isFinite(result.getScore())) extras.put(name, result.getScore());
        });
        return extras;
    }

    @Override
    public @Nullable String latency(final Workload workload, final String contender, final Timing timing)
            throws RunnerException {
        if (contender.equals(LibeventPeer.NAME)) return null;
        final RunResult run = run(options(workload, contender, Mode.SampleTime, timing));
        return encoded(run.getPrimaryResult().getStatistics());
    }

    @Override
    public Map<String, Double> counts(final Workload workload, final String contender) throws RunnerException {
        if (contender.equals(LibeventPeer.NAME)) return Map.of();
        final int invocations = workload.operations() < LARGE ? COUNTED_INVOCATIONS : COUNTED_IF_LARGE;
        final ChainedOptionsBuilder options = options(workload, contender, Mode.SingleShotTime, Timing.within(0))
                .warmupIterations(1)
                .warmupBatchSize(invocations)
                .measurementIterations(1)
                .measurementBatchSize(invocations)
                .jvmArgsAppend(Footprint.TRACKING)
                .addProfiler(Footprint.class);
        if (workload.doesCalls() && SystemCalls.areCountable()) options.addProfiler(SystemCalls.class);
        return extras(run(options));
    }

    /** The numbers of JMH's samples, in nanoseconds, as a histogram that any reader of HdrHistograms understands. */
    static String encoded(final Statistics samples) {
        final Histogram histogram = new Histogram(LATENCY_DIGITS);
        for (final Iterator<Map.Entry<Double, Long>> all = samples.getRawData(); all.hasNext(); ) {
            final Map.Entry<Double, Long> sample = all.next();
            histogram.recordValueWithCount(Math.max(0, Math.round(sample.getKey())), sample.getValue());
        }
        final ByteBuffer bytes = ByteBuffer.allocate(histogram.getNeededByteBufferCapacity());
        final int length = histogram.encodeIntoCompressedByteBuffer(bytes);
        return Base64.getEncoder().encodeToString(Arrays.copyOf(bytes.array(), length));
    }

    private ChainedOptionsBuilder options(
            final Workload workload, final String contender, final Mode mode, final Timing timing) {
        final ChainedOptionsBuilder options = Forks.options(new OptionsBuilder().build())
                .include("^" + Pattern.quote(workload.method(contender)) + "$")
                .mode(mode)
                .jvmArgs(Stream.concat(Forks.inherited().stream(), archive.flags().stream())
                        .toArray(String[]::new))
                .forks(1)
                .warmupIterations(timing.warmups())
                .warmupTime(TimeValue.milliseconds(timing.warmupMillis()))
                .measurementIterations(timing.iterations())
                .measurementTime(TimeValue.milliseconds(timing.iterationMillis()));
        workload.parameters().forEach(options::param);
        return options;
    }

    private RunResult run(final ChainedOptionsBuilder options) throws RunnerException {
        final Collection<RunResult> results = new Runner(
                        options.build(), OutputFormatFactory.createFormatInstance(words, VerboseMode.NORMAL))
                .run(); // not runSingle: it counts a benchmark once for each of its own modes
        if (results.size() != 1) throw new RunnerException(results.size() + " results of one benchmark");
        return results.iterator().next();
    }
}
