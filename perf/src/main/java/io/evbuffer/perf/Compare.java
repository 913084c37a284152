package io.evbuffer.perf;

import io.evbuffer.perf.compare.Comparison;
import io.evbuffer.perf.compare.Results;
import io.evbuffer.perf.growth.Growth;
import io.evbuffer.perf.growth.GrowthTable;
import io.evbuffer.perf.report.Report;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.runner.RunnerException;

/**
 * Runs our benchmarks beside the same work in other libraries, and prints one table.
 *
 * <pre>
 *   java -cp benchmarks.jar io.evbuffer.perf.Compare --quick --json out.json
 *   java -jar benchmarks.jar compare --full
 * </pre>
 *
 * <p>A JVM without the flags that our code needs starts another one that has them: see {@link FlaggedJvm}.
 *
 * <p>Exits with 2 if the arguments are wrong, with 1 if a contender failed, which keeps none of the others from being measured, the
 * growth that {@code --growth} names is not flat, a file cannot be read or written, or something is worse than in the file that {@code --against} names.
 */
public final class Compare {
    private static final int FAILED = 1;
    private static final int MISUSED = 2;

    private Compare() {}

    /**
     * Runs the program.
     *
     * @param args as {@code --help} shows them.
     */
    public static void main(final String[] args) {
        final int status =
                FlaggedJvm.isHere() ? run(args, System.out, System.err) : FlaggedJvm.compare(args, System.err);
        if (status != 0) System.exit(status);
    }

    static int run(final String[] args, final PrintStream out, final PrintStream err) {
        if (args.length == 1 && args[0].equals("--help")) {
            out.println(CompareOptions.USAGE);
            return 0;
        }
        try {
            return run(CompareOptions.parse(args), out);
        } catch (final PatternSyntaxException e) {
            err.println("Compare: --only is no regular expression: " + e.getMessage());
            return MISUSED;
        } catch (final IllegalArgumentException e) {
            err.println("Compare: " + e.getMessage());
            err.println(CompareOptions.USAGE);
            return MISUSED;
        } catch (final IOException | RunnerException e) {
            err.println("Compare: " + e.getMessage());
            return FAILED;
        }
    }

    private static int run(final CompareOptions options, final PrintStream out) throws IOException, RunnerException {
        final Path log = options.log() == null ? Files.createTempFile("evbuffer-jmh-", ".log") : options.log();
        final Comparison comparison = new Comparison(out, log);
        final Results results = switch (options.rounds()) {
            case CompareOptions.COUNTS -> comparison.count(options.only());
            case 0 -> comparison.runQuickly(options.only(), Comparison.QUICK_NANOS);
            default -> comparison.run(options.only(), options.rounds());
        };
        if (options.json() != null) {
            results.write(options.json());
            out.println("results: " + options.json().toAbsolutePath().normalize());
        }
        final GrowthTable growth = options.growth() == null ? null : GrowthTable.read(options.growth());
        if (options.report() != null) {
            new Report(results, growth).write(options.report());
            out.println("report: " + options.report().toAbsolutePath().normalize());
        }
        final boolean failed = isFailed(results, growth, out);
        final int judgement = options.against() == null
                ? 0
                : Guard.judge(Results.read(options.against()), results, Guard.TOLERANCE, out);
        return failed ? FAILED : judgement;
    }

    /** Whether a contender failed, or a byte costs more in a larger buffer, which is told. */
    static boolean isFailed(final Results results, final @Nullable GrowthTable growth, final PrintStream out) {
        final List<String> growing = growth == null ? List.of() : Growth.growing(growth);
        if (!growing.isEmpty()) {
            out.println("FAILED: the cost of a byte grows with the buffer in " + String.join(", ", growing));
        }
        return !growing.isEmpty()
                || results.workloads().stream()
                        .anyMatch(workload -> !workload.failures().isEmpty());
    }
}
