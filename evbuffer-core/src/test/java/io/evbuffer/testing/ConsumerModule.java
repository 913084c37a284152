package io.evbuffer.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;

/**
 * A module that a test writes, compiles against other modules and starts from the module path, in a JVM of its own.
 *
 * <p>Tests run on the class path, where descriptors mean nothing. This is how they prove one: the module sees what the
 * descriptor exports and no more, and what the descriptor requires is found by the JVM alone.
 *
 * <p>Compiler and JVM are those of the running JDK. Threads: one.
 */
public final class ConsumerModule {
    /** For a JVM that starts, prints a line and ends; far beyond what that takes. */
    private static final long LIMIT_SECONDS = 120;

    private final Path folder;
    private final String modulePath;

    private ConsumerModule(Path folder, String modulePath) {
        this.folder = folder;
        this.modulePath = modulePath;
    }

    /**
     * Prepares a module that is compiled and run against other modules.
     *
     * @param folder an empty folder for sources and classes.
     * @param ofEachModule one class of each module that shall stand on the module path, in the form (jar or folder) in
     *     which the running test has it.
     * @return the module, still without sources.
     */
    public static ConsumerModule in(Path folder, Class<?>... ofEachModule) {
        final List<String> places = new ArrayList<>();
        for (final Class<?> type : ofEachModule) {
            places.add(placeOf(type).toString());
        }
        return new ConsumerModule(folder, String.join(File.pathSeparator, places));
    }

    /**
     * Writes the sources and compiles them, all warnings on and each of them an error.
     *
     * @param sources text by file name, {@code module-info.java} among them.
     * @return what the compiler said; empty if it was content.
     * @throws IOException if the folder cannot be written.
     */
    public String compile(Map<String, String> sources) throws IOException {
        final List<String> arguments = new ArrayList<>(List.of(
                "-Xlint:all", "-Werror", "-p", modulePath, "-d", classes().toString()));
        for (final Map.Entry<String, String> source : sources.entrySet()) {
            final Path file = folder.resolve("sources").resolve(source.getKey());
            Files.createDirectories(Objects.requireNonNull(file.getParent()));
            Files.writeString(file, source.getValue());
            arguments.add(file.toString());
        }
        final ToolProvider javac = ToolProvider.findFirst("javac")
                .orElseThrow(() -> new IllegalStateException("no javac: tests need a JDK, not a JRE"));
        final StringWriter said = new StringWriter();
        try (PrintWriter out = new PrintWriter(said)) {
            javac.run(out, out, arguments.toArray(new String[0]));
        }
        return said.toString();
    }

    /**
     * Starts a class of the compiled module and waits for its end.
     *
     * @param moduleAndClass as {@code java -m} takes it: {@code module/package.Class}.
     * @param flags further arguments for the JVM.
     * @return all that it printed, to either stream.
     * @throws IOException if the JVM cannot be started.
     * @throws InterruptedException if the waiting thread is interrupted.
     */
    public String run(String moduleAndClass, String... flags) throws IOException, InterruptedException {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(flags));
        command.addAll(List.of("-p", modulePath + File.pathSeparator + classes(), "-m", moduleAndClass));
        final Path printed = folder.resolve("printed.txt");
        final ProcessBuilder java =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(printed.toFile());
        // A JVM says that it picked these up, which would stand in what was printed.
        Stream.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS").forEach(java.environment()::remove);
        final Process process = java.start();
        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("still running after " + LIMIT_SECONDS + " s: " + String.join(" ", command));
        }
        return Files.readString(printed, UTF_8);
    }

    private Path classes() {
        return folder.resolve("classes");
    }

    private static Path placeOf(Class<?> type) {
        try {
            return Path.of(
                    type.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (final URISyntaxException e) {
            throw new IllegalArgumentException("not from a file: " + type, e);
        }
    }
}
