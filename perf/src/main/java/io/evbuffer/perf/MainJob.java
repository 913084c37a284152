package io.evbuffer.perf;

import io.evbuffer.perf.compare.QuickComparison;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.runner.RunnerException;

/**
 * The main job: a real file through the whole library and back, then the benchmarks in short.
 *
 * <pre>
 *   main-job              both
 *   main-job file         the file alone
 *   main-job compare      the benchmarks alone
 *   main-job compare RE   those whose names have a match of the regular expression
 * </pre>
 *
 * <p>System properties: {@code file} is the file to send, by default the {@code lib/modules} of the running JDK; {@code
 * bench.rounds} is how often the benchmarks run, by default once; {@code bench.log} is where JMH's own words go. A difference, a leak or a failed benchmark ends the process with 1.
 */
final class MainJob {
    private static final String FILE_PROPERTY = "file";
    private static final String LOG_PROPERTY = "bench.log";
    private static final String ROUNDS_PROPERTY = "bench.rounds";
    private static final int CHUNK = 64 * 1024;
    private static final double MEGA = 1e6;
    private static final double MEBI = 1024 * 1024;

    private final PrintStream out;
    private final Path folder;

    /** A job that prints to {@code out} and keeps what comes back in {@code folder} until it is compared. */
    MainJob(final PrintStream out, final Path folder) {
        this.out = out;
        this.folder = folder;
    }

    static void main(final String[] args) {
        final String part = args.length == 0 ? "" : args[0];
        try {
            final MainJob job = new MainJob(System.out, Path.of(System.getProperty("java.io.tmpdir")));
            switch (part) {
                case "" -> {
                    job.sendFile(fileToSend());
                    job.compare("");
                }
                case "file" -> job.sendFile(fileToSend());
                case "compare" -> job.compare(args.length == 1 ? "" : "(?i)" + args[1]);
                default ->
                    throw new IllegalArgumentException(
                            "unknown part '" + Arrays.toString(args) + "' of the main job: file, compare or nothing");
            }
        } catch (final IOException | RunnerException | IllegalArgumentException | IllegalStateException e) {
            System.err.println("main job: " + e.getMessage());
            System.exit(1);
        }
    }

    /** The file that the property names, or the JDK's own. */
    static Path fileToSend() throws IOException {
        final String named = System.getProperty(FILE_PROPERTY, "");
        final Path file =
                named.isBlank() ? Path.of(System.getProperty("java.home"), "lib", "modules") : Path.of(named.strip());
        if (Files.isRegularFile(file) && Files.isReadable(file)) return file;
        throw new IOException(
                Files.exists(file)
                        ? "not a file that can be read: " + file
                        : "there is no file " + file + ", name one with -Dfile=PATH");
    }

    /** Sends a file round, compares it with what came back, and prints what it took. */
    void sendFile(final Path file) throws IOException {
        final Path copy = Files.createTempFile(folder, "evbuffer-main-job-", ".copy");
        try {
            out.println("sending " + file + " through a connection and back");
            final RoundTrip.Result result = RoundTrip.run(file, copy);
            final String sent = sha256(file);
            final String received = sha256(copy);
            print(result, sent, received);
            if (!sent.equals(received)) throw new IOException("the file came back changed");
            if (result.liveSegments() != 0) throw new IOException(result.liveSegments() + " segments leaked");
        } finally {
            Files.deleteIfExists(copy);
        }
    }

    private void print(final RoundTrip.Result result, final String sent, final String received) {
        final double seconds = (double) result.nanos() / TimeUnit.SECONDS.toNanos(1);
        line("size", digits(result.bytes()) + " bytes");
        line("SHA-256 sent", sent);
        line("SHA-256 back", received + (sent.equals(received) ? "  equal" : "  DIFFERENT"));
        line("speed", digits(result.bytes() / MEGA / seconds, 0) + " MB/s, " + digits(seconds, 2) + " s");
        line("file reads, writes", digits(result.reads()) + " scattering, " + digits(result.writes()) + " gathering");
        line("in user space", digits(result.copied()) + " bytes copied, " + digits(result.moved()) + " bytes moved");
        line("off-heap memory", digits(result.peakMemory() / MEBI, 1) + " MiB at its peak");
        line("segments live", digits(result.liveSegments()));
        out.println();
    }

    private void line(final String name, final String value) {
        out.println("  " + name + " ".repeat(20 - name.length()) + value);
    }

    /** As people read it: 1,234.5. */
    private static String digits(final double number, final int fraction) {
        return String.format(Locale.ROOT, "%,." + fraction + "f", number);
    }

    private static String digits(final long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    private void compare(final String pattern) throws IOException, RunnerException {
        final String named = System.getProperty(LOG_PROPERTY, "");
        final Path log = named.isBlank() ? Files.createTempFile("evbuffer-jmh-", ".log") : Path.of(named);
        new QuickComparison(out, log, rounds()).run(pattern);
    }

    private static int rounds() {
        final String named = System.getProperty(ROUNDS_PROPERTY, "");
        try {
            return named.isBlank() ? 1 : Integer.parseInt(named.strip());
        } catch (final NumberFormatException e) {
            throw new IllegalArgumentException("-D" + ROUNDS_PROPERTY + " is not a number: " + named, e);
        }
    }

    /** The digest of a file, read without any of our own code. */
    private static String sha256(final Path file) throws IOException {
        final MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (final NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
        final byte[] chunk = new byte[CHUNK];
        try (InputStream in = Files.newInputStream(file)) {
            for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) digest.update(chunk, 0, n);
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
