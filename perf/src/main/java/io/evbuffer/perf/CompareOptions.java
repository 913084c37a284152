package io.evbuffer.perf;

import java.nio.file.Path;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The arguments of {@link Compare}.
 *
 * @param rounds forks of each contender, 0 for as many workloads and contenders as fit into three minutes, or
 *     {@value #COUNTS}
 * @param only a regular expression that contenders' full names or workloads' titles must match somewhere; empty for all.
 * @param json where the results are written, or null.
 * @param report where the page is written, or null.
 * @param growth what the {@code growth} command has written, to be shown on the page, or null.
 * @param against older results that ratios may not be much worse than, or null.
 * @param log for JMH's own words, null for a temporary file.
 */
record CompareOptions(
        int rounds,
        String only,
        @Nullable Path json,
        @Nullable Path report,
        @Nullable Path growth,
        @Nullable Path against,
        @Nullable Path log) {
    static final String USAGE = "usage: Compare [--quick | --full | --rounds N | --counts] [--only REGEX] [--json FILE]"
            + " [--report FILE [--growth FILE]] [--against FILE] [--log FILE]\n"
            + "  --quick         three minutes, less of everything; the default\n"
            + "  --full          all workloads and contenders, three forks each\n"
            + "  --rounds N      the same with N forks each\n"
            + "  --counts        only what ours allocates and which system calls it makes: a minute\n"
            + "  --only REGEX    contenders whose full name matches somewhere, as bench\\.Move.*okio; if none does, workloads\n"
            + "                  whose title does, as 'file send, bytes 4096'; in any case of letters\n"
            + "  --json FILE     writes the results there\n"
            + "  --report FILE   writes a page with charts there\n"
            + "  --growth FILE   what the growth command wrote, for that page\n"
            + "  --against FILE  fails where a ratio is worse than in this older FILE; see Guard\n"
            + "  --log FILE      where JMH's own words go";

    /** Stands for no time at all. */
    static final int COUNTS = -1;

    private static final int FULL_ROUNDS = 3;

    /**
     * Reads the arguments.
     *
     * @throws IllegalArgumentException naming the first one that is wrong.
     */
    static CompareOptions parse(final String... args) {
        int rounds = 0;
        String only = "";
        Path json = null;
        Path report = null;
        Path growth = null;
        Path against = null;
        Path log = null;
        for (int i = 0; i < args.length; i++) {
            switch (args[i]) {
                case "--quick" -> rounds = 0;
                case "--full" -> rounds = FULL_ROUNDS;
                case "--counts" -> rounds = COUNTS;
                case "--rounds" -> rounds = rounds(value(args, i++));
                case "--only" ->
                    only = Pattern.compile("(?i)" + value(args, i++)).pattern();
                case "--json" -> json = Path.of(value(args, i++));
                case "--report" -> report = Path.of(value(args, i++));
                case "--growth" -> growth = Path.of(value(args, i++));
                case "--against" -> against = Path.of(value(args, i++));
                case "--log" -> log = Path.of(value(args, i++));
                default -> throw new IllegalArgumentException("unknown argument '" + args[i] + "'");
            }
        }
        return new CompareOptions(rounds, only, json, report, growth, against, log);
    }

    private static String value(final String[] args, final int option) {
        if (option + 1 == args.length) throw new IllegalArgumentException(args[option] + " needs a value");
        return args[option + 1];
    }

    private static int rounds(final String value) {
        try {
            final int rounds = Integer.parseInt(value);
            if (rounds > 0) return rounds;
        } catch (final NumberFormatException e) {
            // told below
        }
        throw new IllegalArgumentException("not a number of rounds: '" + value + "'");
    }
}
