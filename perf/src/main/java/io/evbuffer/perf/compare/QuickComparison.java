package io.evbuffer.perf.compare;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * The suites in short: some tenths of a second in a fork of its own for each contender, contenders of one workload one after
 * the other, so that what else happens on the machine meets them all. Behind them runs {@link LibeventPeer}, where it can.
 * All of that is done in as many rounds as asked for, so that a contender's forks lie minutes apart.
 *
 * <p>Each number is the median of the iterations of all rounds, but for those during which somebody else used the same core, as
 * the {@link Yardstick} tells. One round shows where one stands, with an error of some ten percent; three, warmed up
 * longer, may be quoted. Beside the times stands what ours allocates on the heap.
 */
public final class QuickComparison {
    private static final int WARMUPS = 4;

    /** If there are several rounds: on two shared processors compilers need more than a second for what is linked late. */
    private static final int WARMUPS_OF_ROUNDS = 12;

    /**
     * How many times as many forks a contender may have if somebody else used the same core all the time. A single round is to be
     * quick, and only marks such numbers.
     */
    private static final int PATIENCE = 3;

    /** Many short ones: another's work comes and goes in milliseconds. */
    private static final int ITERATIONS = 50;

    private static final TimeValue WARMUP_TIME = TimeValue.milliseconds(200);
    private static final TimeValue ITERATION_TIME = TimeValue.milliseconds(10);
    private static final double MEDIAN = 50;
    private static final String COMPILER_PROPERTY = "cc";

    /** What JMH's profiler of the heap calls the bytes allocated per operation. */
    private static final String ALLOCATED = "gc.alloc.rate.norm";

    private final PrintStream out;
    private final Path log;
    private final int rounds;

    /**
     * Prepares a comparison.
     *
     * @param out where progress and the table are printed.
     * @param log a file for JMH's own words, overwritten.
     * @param rounds forks of each contender, 1 or more.
     * @throws IllegalArgumentException if there are to be no rounds.
     */
    public QuickComparison(final PrintStream out, final Path log, final int rounds) {
        if (rounds < 1) throw new IllegalArgumentException(rounds + " rounds, at least 1 is needed");
        this.out = out;
        this.log = log;
        this.rounds = rounds;
    }

    /**
     * Runs all benchmarks whose names match and prints the table.
     *
     * @param pattern a regular expression, found anywhere in the full name; empty for all.
     * @throws IOException if the log cannot be written.
     * @throws RunnerException if a benchmark failed; the log says more.
     */
    public void run(final String pattern) throws IOException, RunnerException {
        final List<Workload> workloads = Suite.find(pattern);
        if (workloads.isEmpty()) throw new RunnerException("no benchmark matches '" + pattern + "'");
        final Path folder = log.toAbsolutePath().getParent();
        if (folder != null) Files.createDirectories(folder);
        final Path programs = Files.createTempDirectory("evbuffer-libevent-");
        final Measurements measurements = new Measurements();
        final String absence;
        try (LibeventPeer libevent = LibeventPeer.compile(programs, System.getProperty(COMPILER_PROPERTY, "gcc"));
                PrintStream words = new PrintStream(Files.newOutputStream(log), true, StandardCharsets.UTF_8)) {
            absence = libevent.absence();
            final Progress progress = new Progress(out, rounds * contenders(workloads));
            final int most = rounds == 1 ? 1 : rounds * PATIENCE;
            for (int round = 0; round < most; round++) {
                for (final Workload workload : workloads) {
                    progress.show(workload.title());
                    measure(workload, round >= rounds, measurements, libevent, words);
                    if (round < rounds) progress.add(workload.contenders().size());
                }
            }
        } finally {
            Files.deleteIfExists(programs);
        }
        final ComparisonTable table = measurements.table();
        out.println();
        out.print(table.render());
        out.println("ratio: ours to the best peer's; behind in " + table.losses() + " of " + workloads.size()
                + ". to nio: ours to buffers of known size by hand, a floor and no peer. B/op: what ours allocates."
                + " Details: " + log);
        out.println(measurements.disturbances());
        if (!absence.isEmpty()) out.println("libevent is not compared: " + absence);
    }

    private static int contenders(final List<Workload> workloads) {
        return workloads.stream()
                .mapToInt(workload -> workload.contenders().size())
                .sum();
    }

    /** Measures the contenders of a workload once, or only those that were disturbed too often so far. */
    private void measure(
            final Workload workload,
            final boolean disturbedOnly,
            final Measurements measurements,
            final LibeventPeer libevent,
            final PrintStream words)
            throws IOException, RunnerException {
        final String title = workload.title();
        for (final String contender : workload.contenders()) {
            final String column = Workload.column(contender);
            if (disturbedOnly && measurements.isEnough(title, column)) continue;
            final RunResult result = run(workload, contender, rounds == 1 ? WARMUPS : WARMUPS_OF_ROUNDS, words);
            measurements.of(title, column).add(result);
            final Result<?> allocated = result.getSecondaryResults().get(ALLOCATED);
            if (allocated != null && contender.equals(Workload.OURS)) {
                measurements.allocated(title, allocated.getStatistics().getPercentile(MEDIAN));
            }
        }
        if (libevent.does(title) && !(disturbedOnly && measurements.isEnough(title, LibeventPeer.NAME))) {
            libevent.measure(title, measurements.of(title, LibeventPeer.NAME));
        }
    }

    private static RunResult run(
            final Workload workload, final String contender, final int warmups, final PrintStream words)
            throws RunnerException {
        final ChainedOptionsBuilder options = Forks.options(new OptionsBuilder().build())
                .include("^" + Pattern.quote(workload.method(contender)) + "$")
                .forks(1)
                .warmupIterations(warmups)
                .warmupTime(WARMUP_TIME)
                .measurementIterations(ITERATIONS)
                .measurementTime(ITERATION_TIME)
                .addProfiler(GCProfiler.class)
                .addProfiler(Yardstick.class);
        for (final Map.Entry<String, String> parameter : workload.parameters().entrySet()) {
            options.param(parameter.getKey(), parameter.getValue());
        }
        return new Runner(options.build(), OutputFormatFactory.createFormatInstance(words, VerboseMode.NORMAL))
                .runSingle();
    }
}
