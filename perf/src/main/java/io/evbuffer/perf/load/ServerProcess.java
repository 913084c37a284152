package io.evbuffer.perf.load;

import io.evbuffer.perf.compare.Forks;
import io.evbuffer.perf.server.EchoServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A server in a process of its own that says where it listens, as {@link EchoServer} does. */
final class ServerProcess implements AutoCloseable {
    private static final long START_SECONDS = 10;
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
     * Starts an {@link EchoServer} with the class path of this process on any port, and returns when it listens.
     *
     * @param backend what it waits with, null for the best there is.
     * @throws IOException if it does not start; its own words went to our standard error.
     */
    static ServerProcess start(final @Nullable String backend) throws IOException {
        final List<String> arguments = new ArrayList<>(List.of("--port", "0"));
        if (backend != null) arguments.addAll(List.of("--backend", backend));
        return start(command(EchoServer.class, arguments));
    }

    /**
     * Starts a server whose first line is {@code listening on PORT}, and returns when it listens.
     *
     * @param command as for a shell, a word each.
     * @throws IOException if it does not start; its own words went to our standard error.
     */
    static ServerProcess start(final List<String> command) throws IOException {
        final Process process = new ProcessBuilder(command)
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

    /**
     * Starts a server that says nothing, and returns when it listens.
     *
     * @param command as for a shell, a word each.
     * @param port of the loopback interface, where it will listen.
     * @throws IOException if it ends, or does not listen in time; its own words went to our standard error.
     */
    static ServerProcess start(final List<String> command, final int port) throws IOException {
        final Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        final ServerProcess server = new ServerProcess(process, process.inputReader(StandardCharsets.UTF_8), port);
        final long start = System.nanoTime();
        while (true) {
            try {
                SocketChannel.open(server.address()).close();
                return server;
            } catch (final IOException e) {
                if (!process.isAlive() || System.nanoTime() - start > TimeUnit.SECONDS.toNanos(START_SECONDS)) {
                    server.close();
                    throw new IOException("does not listen on " + port + ": " + String.join(" ", command), e);
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1)); // it says nothing that could be waited for
            }
        }
    }

    /** A port that nobody has at the moment. */
    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** What starts a program of ours in a JVM of its own. */
    static List<String> command(final Class<?> program, final List<String> arguments) {
        return command(program, List.of(), arguments);
    }

    /** The same with more flags for the JVM. */
    static List<String> command(final Class<?> program, final List<String> flags, final List<String> arguments) {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(Forks.flags());
        command.addAll(flags);
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
        return ProcessTime.nanos(process.toHandle());
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

    /** Ends it and what it has started, whatever they do. */
    @Override
    public void close() {
        final List<ProcessHandle> started = process.descendants().toList();
        process.destroyForcibly(); // before them: nginx starts a worker anew that has ended
        started.forEach(ProcessHandle::destroyForcibly);
    }
}
