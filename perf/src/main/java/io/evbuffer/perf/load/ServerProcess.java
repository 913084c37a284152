package io.evbuffer.perf.load;

import io.evbuffer.perf.compare.Forks;
import io.evbuffer.perf.server.EchoServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** An {@link EchoServer} in a process of its own, with the class path of this one. */
final class ServerProcess implements AutoCloseable {
    private static final long END_SECONDS = 60;

    private final Process process;
    private final BufferedReader words;
    private final int port;

    private ServerProcess(final Process process, final BufferedReader words, final int port) {
        this.process = process;
        this.words = words;
        this.port = port;
    }

    /**
     * Starts a server on any port, and returns when it listens.
     *
     * @param backend what it waits with, null for the best there is.
     * @throws IOException if it does not start; its own words went to our standard error.
     */
    static ServerProcess start(final @Nullable String backend) throws IOException {
        final List<String> arguments = new ArrayList<>(List.of("--port", "0"));
        if (backend != null) arguments.addAll(List.of("--backend", backend));
        final Process process = new ProcessBuilder(command(EchoServer.class, arguments))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        final BufferedReader words = process.inputReader(StandardCharsets.UTF_8);
        final String first = words.readLine();
        if (first == null || !first.matches("listening on [0-9]+")) {
            process.destroyForcibly();
            throw new IOException("the server does not listen: " + first);
        }
        return new ServerProcess(process, words, Integer.parseInt(first.substring(first.lastIndexOf(' ') + 1)));
    }

    /** What starts a program of ours in a JVM of its own. */
    static List<String> command(final Class<?> program, final List<String> arguments) {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(Forks.flags());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
        command.addAll(arguments);
        return command;
    }

    InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    int port() {
        return port;
    }

    /** The processor time it has used so far, of all its threads. */
    long processorNanos() throws IOException {
        return process.info()
                .totalCpuDuration()
                .orElseThrow(() -> new IOException("this system does not tell the processor time of a process"))
                .toNanos();
    }

    /**
     * Asks it to end, and waits until it has.
     *
     * @throws IOException if it does not, or has lost memory.
     */
    void stop() throws IOException {
        process.toHandle().destroy(); // our end of its output stays open
        final StringBuilder last = new StringBuilder();
        words.lines().forEach(line -> last.append(line).append('\n'));
        try {
            if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) throw new IOException("the server does not end");
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while the server ended", e);
        }
        if (!last.toString().startsWith("stopped, 0 live segments, ")) { // the status is that of any JVM on SIGTERM
            throw new IOException("the server ended with " + process.exitValue() + ": " + last);
        }
    }

    /** Ends it whatever it does. */
    @Override
    public void close() {
        process.destroyForcibly();
    }
}
