package io.evbuffer.memory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs a main class of the tests in a JVM of its own, with the flags a test wants and no others. */
final class Forked {
    private Forked() {}

    /** Runs {@code main} and returns what it printed, on either stream. */
    static String run(final Class<?> main, final String... flags) throws IOException, InterruptedException {
        return run(List.of(), main, flags);
    }

    /** The same with a command in front that starts another one. */
    static String run(final List<String> launcher, final Class<?> main, final String... flags)
            throws IOException, InterruptedException {
        final List<String> command = new ArrayList<>(launcher);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(flags));
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(main.getName());
        final ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
        final Process process = builder.start();
        process.getOutputStream().close();
        final String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(2, TimeUnit.MINUTES)) throw new AssertionError("does not end: " + command);
        if (process.exitValue() != 0) throw new AssertionError("exit " + process.exitValue() + ":\n" + printed);
        return printed;
    }
}
