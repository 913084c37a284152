package io.evbuffer.perf.compare;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The original as a contender: libevent on the same work, by a C program that this machine's compiler makes.
 *
 * <p>The program's source is in our jar ({@code libevent_peer.c}). It is compiled with {@code -O2} when a comparison begins;
 * where there is no compiler or no libevent, {@link #absence()} says so and nothing is measured.
 */
final class LibeventPeer implements AutoCloseable {
    /** What it is called among the contenders. */
    static final String NAME = "libevent";

    private static final String PROGRAM = "libevent_peer";
    private static final String SOURCE = PROGRAM + ".c";
    private static final int LIMIT_SECONDS = 300;

    private final Path program;
    private final Set<String> workloads;
    private final String absence;

    private LibeventPeer(final Path program, final Set<String> workloads, final String absence) {
        this.program = program;
        this.workloads = workloads;
        this.absence = absence;
    }

    /**
     * Compiles the program into a folder.
     *
     * @param folder exists; two files are put there.
     * @param compiler the command, as {@code gcc}.
     * @return a peer that does all its workloads, or none.
     * @throws IOException if the folder cannot be written, or the compiled program does not run.
     */
    static LibeventPeer compile(final Path folder, final String compiler) throws IOException {
        final Path source = folder.resolve(SOURCE);
        final Path program = folder.resolve(PROGRAM);
        try (InputStream text = LibeventPeer.class.getResourceAsStream(SOURCE)) {
            if (text == null) throw new IOException(SOURCE + " is missing in the jar");
            Files.copy(text, source, StandardCopyOption.REPLACE_EXISTING);
        }
        final Output compiled;
        try {
            compiled = run(
                    compiler,
                    "-O2",
                    "-pthread",
                    "-o",
                    program.toString(),
                    source.toString(),
                    "-levent_core",
                    "-levent_pthreads");
        } catch (final IOException e) {
            return absent(program, "no compiler '" + compiler + "'");
        }
        if (compiled.status != 0) return absent(program, firstLine(compiled.text));
        final Output list = run(program.toString(), "--list");
        if (list.status != 0) throw new IOException(program + " --list: " + list.text);
        return new LibeventPeer(program, Set.copyOf(list.text.lines().toList()), "");
    }

    private static LibeventPeer absent(final Path program, final String reason) {
        return new LibeventPeer(program, Set.of(), reason + "; apt-get install gcc libevent-dev");
    }

    /** Why nothing is measured, with what would help; empty if it is. */
    String absence() {
        return absence;
    }

    /** Whether the program knows a workload, by its title. */
    boolean does(final String workload) {
        return workloads.contains(workload);
    }

    /** The titles of all workloads that the program knows. */
    Set<String> workloads() {
        return workloads;
    }

    /**
     * Measures a workload, which takes a second.
     *
     * @param workload its title, one that the program knows.
     * @return the rounds, in nanoseconds per operation.
     * @throws IOException if the program fails.
     */
    List<Iterations.Measured> measure(final String workload) throws IOException {
        final List<Iterations.Measured> rounds = new ArrayList<>();
        final Output output = run(program.toString(), workload);
        if (output.status != 0) {
            throw new IOException(program + " '" + workload + "' ended with " + output.status + ": " + output.text);
        }
        for (final String line : output.text.lines().toList()) {
            final String[] parts = line.split("\t", -1);
            if (parts.length != 3 || !parts[0].equals(workload)) throw new IOException(program + " printed " + line);
            rounds.add(new Iterations.Measured(Double.parseDouble(parts[1]), Double.parseDouble(parts[2])));
        }
        return rounds;
    }

    /** Deletes the program and its source. */
    @Override
    public void close() throws IOException {
        Files.deleteIfExists(program);
        Files.deleteIfExists(program.resolveSibling(SOURCE));
    }

    private static Output run(final String... command) throws IOException {
        final Process process =
                new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        try {
            final String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) throw new IOException(command[0] + " does not end");
            return new Output(process.exitValue(), text);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while " + command[0] + " ran", e);
        } finally {
            process.destroy();
        }
    }

    private static String firstLine(final String text) {
        return text.lines().findFirst().orElse("the compiler failed without a word");
    }

    private record Output(int status, String text) {}
}
