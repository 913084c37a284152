package io.evbuffer.perf;

import io.evbuffer.perf.compare.Results;
import io.evbuffer.perf.compare.Verdict;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Tells whether a newer comparison is worse than an older one; {@link Verdict} says what counts as worse.
 *
 * <pre>
 *   java -cp benchmarks.jar io.evbuffer.perf.Guard old.json new.json --tolerance 1.10
 * </pre>
 *
 * <p>Exits with 1 if anything is worse or nothing can be compared, with 2 if the arguments are wrong.
 */
public final class Guard {
    /** By how many times a ratio may be worse, if nothing is said. */
    static final double TOLERANCE = 1.10;

    private static final String USAGE = "usage: Guard OLD.json NEW.json [--tolerance 1.10]";
    private static final int FAILED = 1;
    private static final int MISUSED = 2;

    private Guard() {}

    /**
     * Runs the program.
     *
     * @param args as above.
     */
    public static void main(final String[] args) {
        final int status = run(args, System.out, System.err);
        if (status != 0) System.exit(status);
    }

    static int run(final String[] args, final PrintStream out, final PrintStream err) {
        final List<Path> files = new ArrayList<>();
        double tolerance = TOLERANCE;
        try {
            for (int i = 0; i < args.length; i++) {
                if (!args[i].startsWith("--")) {
                    files.add(Path.of(args[i]));
                } else if (args[i].equals("--tolerance") && i + 1 < args.length) {
                    tolerance = tolerance(args[++i]);
                } else {
                    throw new IllegalArgumentException("unknown argument '" + args[i] + "'");
                }
            }
            if (files.size() != 2) throw new IllegalArgumentException("two files are compared");
        } catch (final IllegalArgumentException e) {
            err.println("Guard: " + e.getMessage());
            err.println(USAGE);
            return MISUSED;
        }
        try {
            return judge(Results.read(files.get(0)), Results.read(files.get(1)), tolerance, out);
        } catch (final IOException e) {
            err.println("Guard: " + e);
            return FAILED;
        }
    }

    /** Says what is worse; 0 if nothing is. */
    static int judge(final Results before, final Results after, final double tolerance, final PrintStream out) {
        final Verdict verdict = Verdict.of(before, after, tolerance);
        verdict.worse().forEach(line -> out.println("worse: " + line));
        verdict.better().forEach(line -> out.println("better: " + line));
        if (!verdict.notJudged().isEmpty()) {
            out.println("only in one of both: " + String.join("; ", verdict.notJudged()));
        }
        out.println("guard: " + verdict.judged() + " workloads compared, "
                + verdict.worse().size() + " numbers worse");
        return verdict.worse().isEmpty() && verdict.judged() > 0 ? 0 : FAILED;
    }

    private static double tolerance(final String value) {
        try {
            final double tolerance = Double.parseDouble(value);
            if (tolerance >= 1 && Double.isFinite(tolerance)) return tolerance;
        } catch (final NumberFormatException e) {
            // told below
        }
        throw new IllegalArgumentException("no tolerance of 1 or more: '" + value + "'");
    }
}
