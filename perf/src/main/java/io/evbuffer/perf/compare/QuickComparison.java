package io.evbuffer.perf.compare;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * The suites in short: one fork a contender, some tenths of a second each, contenders of one workload one after the other,
 * so that what else happens on the machine meets them all. Behind them runs {@link LibeventPeer}, where it can.
 *
 * <p>Good for seeing where one stands, with an error of some ten percent; numbers to be quoted come from JMH's own command
 * line. Each number is the median of its iterations.
 */
public final class QuickComparison {
    private static final int WARMUPS = 4;
    private static final int ITERATIONS = 5;
    private static final TimeValue WARMUP_TIME = TimeValue.milliseconds(200);
    private static final TimeValue ITERATION_TIME = TimeValue.milliseconds(100);
    private static final double MEDIAN = 50;
    private static final String COMPILER_PROPERTY = "cc";

    private final PrintStream out;
    private final Path log;

    /**
     * Prepares a comparison.
     *
     * @param out where progress and the table are printed.
     * @param log a file for JMH's own words, overwritten.
     */
    public QuickComparison(final PrintStream out, final Path log) {
        this.out = out;
        this.log = log;
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
        final int total = workloads.stream()
                .mapToInt(workload -> workload.contenders().size())
                .sum();
        if (total == 0) throw new RunnerException("no benchmark matches '" + pattern + "'");
        final Path folder = log.toAbsolutePath().getParent();
        if (folder != null) Files.createDirectories(folder);
        final Path programs = Files.createTempDirectory("evbuffer-libevent-");
        final ComparisonTable table = new ComparisonTable(
                "ns per operation", Workload.column(Workload.OURS), Workload.column(Workload.FLOOR));
        final String absence;
        try (LibeventPeer libevent = LibeventPeer.compile(programs, System.getProperty(COMPILER_PROPERTY, "gcc"));
                PrintStream words = new PrintStream(Files.newOutputStream(log), true, StandardCharsets.UTF_8)) {
            absence = libevent.absence();
            final long start = System.nanoTime();
            int done = 0;
            for (final Workload workload : workloads) {
                for (final String contender : workload.contenders()) {
                    if (contender.equals(workload.contenders().get(0))) {
                        out.println(progress(done, total, System.nanoTime() - start, workload.title()));
                    }
                    table.put(workload.title(), Workload.column(contender), measure(workload, contender, words));
                    done++;
                }
                if (libevent.does(workload.title())) {
                    table.put(workload.title(), LibeventPeer.NAME, libevent.measure(workload.title()));
                }
            }
        } finally {
            Files.deleteIfExists(programs);
        }
        out.println();
        out.print(table.render());
        out.println("ratio: ours to the best peer's; behind in " + table.losses() + " of " + workloads.size()
                + ". to nio: ours to buffers of known size by hand, a floor and no peer. Details: " + log);
        if (!absence.isEmpty()) out.println("libevent is not compared: " + absence);
    }

    private static String progress(final int done, final int total, final long nanos, final String title) {
        final String left;
        if (done == 0) {
            left = "";
        } else {
            final long seconds = TimeUnit.NANOSECONDS.toSeconds(nanos / done * (total - done));
            left = String.format(Locale.ROOT, ", %d:%02d left", seconds / 60, seconds % 60);
        }
        return String.format(Locale.ROOT, "[%2d of %d%s] %s", done + 1, total, left, title);
    }

    private static double measure(final Workload workload, final String contender, final PrintStream words)
            throws RunnerException {
        final ChainedOptionsBuilder options = Forks.options(new OptionsBuilder().build())
                .include("^" + Pattern.quote(workload.method(contender)) + "$")
                .forks(1)
                .warmupIterations(WARMUPS)
                .warmupTime(WARMUP_TIME)
                .measurementIterations(ITERATIONS)
                .measurementTime(ITERATION_TIME);
        for (final Map.Entry<String, String> parameter : workload.parameters().entrySet()) {
            options.param(parameter.getKey(), parameter.getValue());
        }
        final RunResult result = new Runner(
                        options.build(), OutputFormatFactory.createFormatInstance(words, VerboseMode.NORMAL))
                .runSingle();
        return result.getPrimaryResult().getStatistics().getPercentile(MEDIAN);
    }
}
