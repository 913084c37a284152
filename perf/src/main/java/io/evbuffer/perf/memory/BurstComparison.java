package io.evbuffer.perf.memory;

import io.evbuffer.memory.SlabPool;
import io.evbuffer.perf.compare.Forks;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/**
 * The memory of a burst, and what is left of it when the burst is over: a JVM a contender, one after the other.
 *
 * <p>After the burst each is left alone for {@value #IDLE_STEPS} quarters of a second, in which it may do what its library
 * offers for idle times; then one garbage collection, so that what only waits for that does not count. Mapped is what the
 * library says; resident is what the kernel says ({@code Rss}), less what was there before the first message.
 */
public final class BurstComparison {
    private static final List<String> CONTENDERS = List.of("evbuffer", "netty-adaptive", "netty-pooled", "okio");
    private static final String LINE = "%-16s%14s%14s%14s%14s";
    private static final int IDLE_STEPS = 16;
    private static final long STEP_MILLIS = 250;
    private static final double MEBI = 1024 * 1024;
    private static final Path RESIDENT = Path.of("/proc/self/smaps_rollup");

    private BurstComparison() {}

    /**
     * Runs all contenders, or, in the JVM of one of them, that one.
     *
     * @param out where the table is printed.
     * @param args nothing, or a contender's name.
     * @return whether our pool was back at its floor.
     * @throws IOException if a JVM cannot be started, or fails.
     */
    public static boolean run(final PrintStream out, final List<String> args) throws IOException {
        if (!args.isEmpty()) {
            out.println(measure(Burst.of(args.get(0))).asLine());
            return true;
        }
        out.println(String.format(Locale.ROOT, LINE, "MiB", "mapped, peak", "resident", "mapped, idle", "resident"));
        boolean atFloor = true;
        for (final String contender : CONTENDERS) {
            final Sizes sizes = inItsOwnJvm(contender);
            out.println(String.format(
                    Locale.ROOT,
                    LINE,
                    contender,
                    mebi(sizes.mappedAtPeak),
                    mebi(sizes.residentAtPeak),
                    mebi(sizes.mappedIdle),
                    mebi(sizes.residentIdle)));
            if (contender.equals(CONTENDERS.get(0))) atFloor = sizes.mappedIdle <= SlabPool.DEFAULT_FLOOR;
        }
        out.println("our floor: " + mebi(SlabPool.DEFAULT_FLOOR) + " MiB, " + (atFloor ? "reached" : "NOT REACHED"));
        return atFloor;
    }

    private static String mebi(final long bytes) {
        return bytes == Sizes.UNKNOWN ? "-" : String.format(Locale.ROOT, "%.1f", bytes / MEBI);
    }

    private static Sizes inItsOwnJvm(final String contender) throws IOException {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(Forks.flags());
        command.addAll(List.of(
                "-Xmx1500m",
                "-XX:MaxDirectMemorySize=2g",
                "-Dio.netty.leakDetection.level=disabled",
                "-cp",
                System.getProperty("java.class.path"),
                "io.evbuffer.perf.Main",
                "burst",
                contender));
        final Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        process.getOutputStream().close();
        try {
            final String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            final int status = process.waitFor();
            if (status != 0) throw new IOException("the JVM of " + contender + " ended with " + status + ": " + text);
            return Sizes.ofLine(text.lines().reduce("", (last, next) -> next));
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while " + contender + " ran", e);
        } finally {
            process.destroy();
        }
    }

    private static Sizes measure(final Burst burst) {
        burst.add(0); // classes are loaded, first memory is there
        burst.remove(0);
        System.gc();
        final OptionalLong residentBefore = resident();
        for (int i = 0; i < Burst.MESSAGES; i++) burst.add(i);
        final long mappedAtPeak = burst.mapped();
        final OptionalLong residentAtPeak = resident();
        for (int i = 0; i < Burst.MESSAGES; i++) burst.remove(i);
        for (int i = 0; i < IDLE_STEPS; i++) {
            sleep();
            burst.idle();
        }
        System.gc();
        return new Sizes(
                mappedAtPeak, less(residentAtPeak, residentBefore), burst.mapped(), less(resident(), residentBefore));
    }

    private static void sleep() {
        try {
            Thread.sleep(STEP_MILLIS);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private static long less(final OptionalLong now, final OptionalLong before) {
        return now.isPresent() && before.isPresent()
                ? Math.max(0, now.getAsLong() - before.getAsLong())
                : Sizes.UNKNOWN;
    }

    /** The process's resident bytes; empty where the kernel does not tell. */
    static OptionalLong resident() {
        try {
            return Files.readAllLines(RESIDENT).stream()
                    .filter(line -> line.startsWith("Rss:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
                    .findFirst();
        } catch (final IOException e) {
            return OptionalLong.empty();
        }
    }

    /** What one contender used, in bytes. */
    record Sizes(long mappedAtPeak, long residentAtPeak, long mappedIdle, long residentIdle) {
        static final long UNKNOWN = -1;

        String asLine() {
            return mappedAtPeak + " " + residentAtPeak + " " + mappedIdle + " " + residentIdle;
        }

        static Sizes ofLine(final String line) {
            final String[] numbers = line.split(" ", -1);
            return new Sizes(
                    Long.parseLong(numbers[0]),
                    Long.parseLong(numbers[1]),
                    Long.parseLong(numbers[2]),
                    Long.parseLong(numbers[3]));
        }
    }
}
