package io.evbuffer.perf;

import io.evbuffer.perf.compare.Results;
import io.evbuffer.perf.growth.GrowthTable;
import io.evbuffer.perf.report.Report;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;

/** Makes the page from files that {@link Compare} and {@code growth} have written. */
final class ReportCommand {
    private static final String USAGE = "usage: report RESULTS.json [GROWTH.json] TARGET.html";
    private static final int MISUSED = 2;

    private ReportCommand() {}

    static int run(final String[] args, final PrintStream out, final PrintStream err) {
        if (args.length != 2 && args.length != 3) {
            err.println(USAGE);
            return MISUSED;
        }
        final Path target = Path.of(args[args.length - 1]);
        try {
            final GrowthTable growth = args.length == 3 ? GrowthTable.read(Path.of(args[1])) : null;
            new Report(Results.read(Path.of(args[0])), growth).write(target);
        } catch (final IOException e) {
            err.println("report: " + e);
            return 1;
        }
        out.println("report: " + target.toAbsolutePath().normalize());
        return 0;
    }
}
