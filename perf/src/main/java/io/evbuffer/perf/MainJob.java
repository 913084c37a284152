package io.evbuffer.perf;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * The main job: a real file through the whole library and back, then the benchmarks beside their peers.
 *
 * <pre>
 *   main-job              both, the benchmarks in short
 *   main-job --full       both; all options are {@link Compare}'s
 *   main-job file         the file alone
 * </pre>
 *
 * <p>A system property, {@code file}, is the file to send, by default the {@code lib/modules} of the running JDK. A
 * difference, a leak or a failed benchmark ends the process with 1.
 */
final class MainJob {
    private static final String FILE_PROPERTY = "file";
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
        final boolean fileAlone = List.of(args).contains("file");
        try {
            if (!fileAlone) CompareOptions.parse(args); // wrong ones are told before anything runs
            new MainJob(System.out, Path.of(System.getProperty("java.io.tmpdir"))).sendFile(fileToSend());
        } catch (final IOException | IllegalArgumentException | IllegalStateException e) {
            System.err.println("main job: " + e.getMessage());
            System.exit(1);
        }
        if (!fileAlone) Compare.main(args);
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
