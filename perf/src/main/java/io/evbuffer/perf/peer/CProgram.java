package io.evbuffer.perf.peer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A program in C whose source is in our jar, compiled with {@code -O2} by this machine's compiler.
 *
 * <p>Where there is no compiler or a library is missing, {@link #absence()} says so. Closing it deletes source and program.
 */
public final class CProgram implements AutoCloseable {
    /** The system property that names another compiler than gcc. */
    public static final String COMPILER_PROPERTY = "cc";

    private static final int LIMIT_SECONDS = 300;

    private final Path program;
    private final String absence;

    private CProgram(final Path program, final String absence) {
        this.program = program;
        this.absence = absence;
    }

    /**
     * Compiles a program with what {@code -Dcc} names, or gcc.
     *
     * @param name of its source, without {@code .c}.
     * @param folder exists; two files are put there.
     * @return a program, or the reason why there is none.
     * @throws IOException if the folder cannot be written.
     */
    public static CProgram compile(final String name, final Path folder) throws IOException {
        return compile(name, folder, System.getProperty(COMPILER_PROPERTY, "gcc"));
    }

    /**
     * Compiles a program.
     *
     * @param name of its source, without {@code .c}.
     * @param folder exists; two files are put there.
     * @param compiler the command, as {@code gcc}.
     * @return a program, or the reason why there is none.
     * @throws IOException if the folder cannot be written.
     */
    public static CProgram compile(final String name, final Path folder, final String compiler) throws IOException {
        final Path program = folder.resolve(name);
        final Path source = folder.resolve(name + ".c");
        try (InputStream text = CProgram.class.getResourceAsStream(name + ".c")) {
            if (text == null) throw new IOException(name + ".c is missing in the jar");
            Files.copy(text, source, StandardCopyOption.REPLACE_EXISTING);
        }
        final Output compiled;
        try {
            compiled = run(List.of(
                    compiler,
                    "-O2",
                    "-pthread",
                    "-o",
                    program.toString(),
                    source.toString(),
                    "-levent_core",
                    "-levent_pthreads"));
        } catch (final IOException e) {
            return absent(program, "no compiler '" + compiler + "'");
        }
        return compiled.status() == 0
                ? new CProgram(program, "")
                : absent(program, compiled.text().lines().findFirst().orElse("the compiler failed without a word"));
    }

    private static CProgram absent(final Path program, final String reason) {
        return new CProgram(program, reason + "; apt-get install gcc libevent-dev");
    }

    /**
     * Why there is no program, with what would help.
     *
     * @return empty if there is one.
     */
    public String absence() {
        return absence;
    }

    /**
     * Where the program is, if it is.
     *
     * @return the path of an executable file.
     */
    public Path path() {
        return program;
    }

    /**
     * Runs the program to its end.
     *
     * @param arguments as on a command line.
     * @return what it said and its status.
     * @throws IOException if it does not start, or not end in five minutes.
     */
    public Output run(final String... arguments) throws IOException {
        final List<String> command = new ArrayList<>(List.of(program.toString()));
        command.addAll(List.of(arguments));
        return run(command);
    }

    /** Deletes the program and its source. */
    @Override
    public void close() throws IOException {
        Files.deleteIfExists(program);
        Files.deleteIfExists(program.resolveSibling(program.getFileName() + ".c"));
    }

    private static Output run(final List<String> command) throws IOException {
        final Process process =
                new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        try {
            final String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException(command.getFirst() + " does not end");
            }
            return new Output(process.exitValue(), text);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while " + command.getFirst() + " ran", e);
        } finally {
            process.destroy();
        }
    }

    /**
     * What a program left.
     *
     * @param status 0 if all is well.
     * @param text on both of its streams.
     */
    public record Output(int status, String text) {}
}
