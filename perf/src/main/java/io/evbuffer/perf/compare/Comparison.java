package io.evbuffer.perf.compare;

import io.evbuffer.perf.load.ServerLoads;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.runner.RunnerException;

/**
 * All workloads, or some, on all contenders: forks of their own, in turn, and one table of what came of it.
 *
 * <p>Behind Java's contenders runs {@link LibeventPeer}, where it can. Each number is the median of the medians of
 * all forks, but for iterations during which somebody else used the same core, as the {@link Yardstick} tells. One round shows where one
 * stands, with an error of some ten percent; three, warmed up longer, may be quoted. Beside the times stands what is allocated
 * on the heap. A contender that fails is told below the table, and keeps none of the others from being measured.
 */
public final class Comparison {
    /** A quick comparison takes three minutes; the start and the end of it all need some seconds of them. */
    public static final long QUICK_NANOS = TimeUnit.SECONDS.toNanos(170);

    /**
     * How many times as many forks a contender may have if somebody else used the same core all the time. A quick comparison only
     * marks such numbers.
     */
    private static final int PATIENCE = 3;

    /** After so long nobody gets more forks than the others; three times all of them take about that. */
    private static final long MORE_NANOS = TimeUnit.HOURS.toNanos(2);

    /** Fewer forks are over before a rehearsal has paid. */
    private static final int MANY = 4;

    private final PrintStream out;
    private final Path log;

    /**
     * Prepares a comparison.
     *
     * @param out where progress and the table are printed.
     * @param log a file for JMH's own words, overwritten.
     */
    public Comparison(final PrintStream out, final Path log) {
        this.out = out;
        this.log = log;
    }

    /**
     * Compares what fits into some time: see {@code QuickChoice} for what is left out first.
     *
     * @param pattern a regular expression, found anywhere in the benchmark's full name; empty for all.
     * @param nanos the most it may take.
     * @return what was found; the table is printed already.
     * @throws IOException if the log cannot be written.
     * @throws RunnerException if no benchmark matches.
     */
    public Results runQuickly(final String pattern, final long nanos) throws IOException, RunnerException {
        final long start = System.nanoTime();
        return run(pattern, JmhMeasurer.MEDIAN, (contest, workloads) -> {
            final long left = nanos - (System.nanoTime() - start);
            final List<Workload> chosen = Contest.chooseQuickly(workloads, left);
            contest.runQuickly(chosen, left);
            return String.format(
                    Locale.ROOT,
                    "Quick: %d of %d workloads, %d of their %d contenders; --full has all.",
                    chosen.size(),
                    workloads.size(),
                    contenders(chosen),
                    contenders(workloads));
        });
    }

    private static int contenders(final List<Workload> workloads) {
        return workloads.stream()
                .mapToInt(workload -> workload.contenders().size())
                .sum();
    }

    /**
     * Compares all in rounds.
     *
     * @param pattern as above.
     * @param rounds forks of each contender, 1 or more.
     * @return what was found; the table is printed already.
     * @throws IllegalArgumentException if there are to be no rounds.
     * @throws IOException if the log cannot be written.
     * @throws RunnerException if no benchmark matches.
     */
    public Results run(final String pattern, final int rounds) throws IOException, RunnerException {
        if (rounds < 1) throw new IllegalArgumentException(rounds + " rounds, at least 1 is needed");
        return run(pattern, JmhMeasurer.MEDIAN, (contest, workloads) -> {
            contest.run(workloads, rounds, rounds == 1 ? 1 : rounds * PATIENCE, MORE_NANOS);
            return "";
        });
    }

    /**
     * Counts what ours allocates and which system calls it makes, with the first values of all parameters: a minute.
     *
     * @param pattern as above.
     * @return what was found; the table is printed already.
     * @throws IOException if the log cannot be written.
     * @throws RunnerException if no benchmark matches.
     */
    public Results count(final String pattern) throws IOException, RunnerException {
        return run(pattern, JmhMeasurer.LEAST, (contest, workloads) -> {
            final Map<String, Workload> first = new LinkedHashMap<>();
            for (final Workload workload : workloads) {
                if (!ServerMeasurer.does(workload)) first.putIfAbsent(workload.type(), workload);
            }
            contest.count(first.values().stream()
                    .map(workload -> workload.withOnly(List.of(Workload.OURS)))
                    .toList());
            return "";
        });
    }

    /** How a contest is held; what is to be said of it at the end, or nothing. */
    private interface Mode {
        String run(Contest contest, List<Workload> workloads);
    }

    private Results run(final String pattern, final double allocationPercentile, final Mode mode)
            throws IOException, RunnerException {
        final Path folder = log.toAbsolutePath().getParent();
        if (folder != null) Files.createDirectories(folder);
        final Environment environment = Environment.current();
        final Path programs = Files.createTempDirectory("evbuffer-libevent-");
        final Contest contest;
        final List<String> order;
        final String absence;
        final String note;
        final Path archive = programs.resolve("classes.jsa");
        try (LibeventPeer libevent = LibeventPeer.compile(programs);
                ServerLoads servers = new ServerLoads();
                PrintStream words = new PrintStream(Files.newOutputStream(log), true, StandardCharsets.UTF_8)) {
            absence = libevent.absence();
            final List<Workload> all = new ArrayList<>(Suite.all());
            all.addAll(ServerMeasurer.all(servers));
            final List<Workload> workloads = Suite.choose(all, pattern).stream()
                    .map(workload -> libevent.does(workload.title()) ? workload.plus(LibeventPeer.NAME) : workload)
                    .toList();
            order = workloads.stream().map(Workload::title).toList();
            if (workloads.isEmpty()) throw new RunnerException("no benchmark matches '" + pattern + "'");
            final JmhMeasurer forks = new JmhMeasurer(libevent, words, allocationPercentile);
            rehearse(forks, workloads, archive);
            contest = new Contest(
                    new MeasurerByKind(new ServerMeasurer(servers), forks),
                    new Progress(out, System::nanoTime),
                    System::nanoTime);
            note = mode.run(contest, workloads);
        } finally {
            Files.deleteIfExists(archive);
            Files.deleteIfExists(programs);
        }
        final Results results = new Results(
                environment,
                contest.measurements().rows().stream()
                        .sorted(Comparator.comparingInt(row -> order.indexOf(row.title())))
                        .toList());
        print(results);
        for (final Row row : results.workloads()) {
            row.failures()
                    .forEach((contender, reason) ->
                            out.println("FAILED: " + row.title() + ", " + contender + ": " + reason));
        }
        out.println(contest.measurements().disturbances());
        if (!contest.leftOut().isEmpty()) {
            out.println("No time was left for: " + String.join("; ", contest.leftOut()));
        }
        if (!note.isEmpty()) out.println(note);
        if (!absence.isEmpty()) out.println("libevent is not compared: " + absence);
        return results;
    }

    /** A peer in Java, if there is one: it loads more than ours does. */
    private static void rehearse(final JmhMeasurer forks, final List<Workload> workloads, final Path archive) {
        final List<Workload> inForks = workloads.stream()
                .filter(workload -> !ServerMeasurer.does(workload))
                .toList();
        if (contenders(inForks) <= MANY) return;
        final Workload first = inForks.getFirst();
        first.contenders().stream()
                .filter(contender -> !contender.equals(LibeventPeer.NAME))
                .max(Comparator.comparing(contender -> !contender.equals(Workload.OURS)))
                .ifPresent(contender -> forks.rehearse(first, contender, archive));
    }

    private void print(final Results results) {
        out.println();
        out.print(new ComparisonTable(results.workloads()).render());
        out.println("Medians of " + results.workloads().size()
                + " workloads with half their interquartile range, lower is better. ratio: ours to the best peer's; behind in "
                + results.losses()
                + ". to floor: ours to buffers of known size by hand, which are no peer. B/op: what ours allocates."
                + " Details: " + log);
    }
}
