package io.evbuffer.perf.stress;

import io.evbuffer.perf.compare.Forks;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Runs the stress tests on this class path and tells whether they all ran and passed.
 *
 * <p>jcstress ends well when nothing matches, and passes over tests for which the machine has too few processors. So what it
 * says it ran is counted: at least every scenario there is, or every one asked for.
 */
public final class StressRun {
    /** Every scenario in one JVM of its own, for a moment: half a minute for all. */
    private static final List<String> SHORT = List.of(
            "-sc",
            "false",
            "-af",
            "NONE",
            "-f",
            "1",
            "-fsm",
            "1",
            "-iters",
            "1",
            "-time",
            "400",
            "-strideSize",
            "16",
            "-strideCount",
            "16");

    private static final Pattern RESULTS = Pattern.compile(
            "\\(Results: (\\d+) planned; (\\d+) passed, (\\d+) failed, (\\d+) soft errs, (\\d+) hard errs\\)");
    private static final String LIST = "META-INF/TestList";
    private static final String LIST_ENTRY = "JCTEST";

    private StressRun() {}

    /**
     * Runs all scenarios in short, or what jcstress is told.
     *
     * @param out where the result is told.
     * @param folder for reports and jcstress's own words; made if need be.
     * @param args jcstress's arguments; none for the short mode.
     * @return whether something ran and everything passed.
     * @throws IOException if jcstress cannot be started or the folder not be written.
     */
    public static boolean run(final PrintStream out, final Path folder, final List<String> args) throws IOException {
        Files.createDirectories(folder);
        final Path log = folder.resolve("jcstress.log");
        final Process process = new ProcessBuilder(command(folder, args))
                .directory(folder.toFile()) // it leaves a file where it stands
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        process.getOutputStream().close();
        final int status = waitFor(process);
        final String words = Files.readString(log);
        final Outcome outcome = Outcome.of(words);
        final int least = args.isEmpty() ? scenarios() : 1;
        final boolean passed = status == 0 && outcome.planned >= least && outcome.passed == outcome.planned;
        if (!passed) out.print(words);
        out.println("stress: " + outcome.passed + " of " + outcome.planned + " runs of two threads passed, " + least
                + " or more were due" + (passed ? "" : ", jcstress ended with " + status) + ". Details: " + log);
        return passed;
    }

    private static List<String> command(final Path folder, final List<String> args) {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-cp", absoluteClassPath()));
        command.add("org.openjdk.jcstress.Main");
        command.addAll(args.isEmpty() ? SHORT : args);
        command.addAll(List.of("-jvmArgs", String.join(" ", Forks.flags())));
        command.addAll(List.of("-r", folder.resolve("report").toAbsolutePath().toString()));
        return command;
    }

    /** As jcstress runs in another folder. */
    private static String absoluteClassPath() {
        final List<String> entries = new ArrayList<>();
        for (final String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            if (!entry.isEmpty()) entries.add(Path.of(entry).toAbsolutePath().toString());
        }
        return String.join(File.pathSeparator, entries);
    }

    private static int waitFor(final Process process) throws IOException {
        try {
            return process.waitFor();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while jcstress ran", e);
        } finally {
            process.destroy();
        }
    }

    /** The scenarios that jcstress's processor found when this was compiled. */
    static int scenarios() throws IOException {
        try (InputStream list = StressRun.class.getClassLoader().getResourceAsStream(LIST)) {
            if (list == null) throw new IOException("no " + LIST + ": jcstress's annotation processor did not run");
            return (int) new BufferedReader(new InputStreamReader(list, StandardCharsets.UTF_8))
                    .lines()
                    .filter(line -> line.startsWith(LIST_ENTRY))
                    .count();
        }
    }

    /** What jcstress counted; nothing planned if it did not come so far. */
    record Outcome(int planned, int passed) {
        /** The last count in jcstress's words. */
        static Outcome of(final String words) {
            final Matcher counts = RESULTS.matcher(words);
            Outcome last = new Outcome(0, 0);
            while (counts.find()) {
                last = new Outcome(Integer.parseInt(counts.group(1)), Integer.parseInt(counts.group(2)));
            }
            return last;
        }
    }
}
