package io.evbuffer.perf.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class EchoServerTest {
    /** {@code -Decho.bytes=N} changes how much goes through the 64 connections. */
    private static final long SOAK_BYTES = Long.getLong("echo.bytes", 1L << 30);

    private static final int SOAK_CONNECTIONS = 64;

    /** Far below what 64 connections would hold without back-pressure. */
    private static final long SOAK_MEMORY = 64L * 1024 * 1024;

    /** Enough for some connections at their marks. */
    private static final long LITTLE_MEMORY = 16L * 1024 * 1024;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @Test
    void manyConnectionsGetEveryByteBackInOrderAndNothingLeaks() throws IOException {
        final EchoThread echo = new EchoThread(SOAK_MEMORY);
        try (echo) {
            new EchoClients(local(echo.port())).run(SOAK_CONNECTIONS, SOAK_BYTES / SOAK_CONNECTIONS);
            echo.stop();
            assertThat(echo.liveSegments()).isZero();
            assertThat(echo.stats().copied()).isZero();
            assertThat(echo.stats().moved()).isEqualTo(SOAK_BYTES / SOAK_CONNECTIONS * SOAK_CONNECTIONS);
        }
    }

    @Test
    void aPeerThatReadsNothingIsReadNoMoreWhileOthersAreServed() throws Exception {
        final long total = 4 * LITTLE_MEMORY;
        final byte[] chunk = new byte[64 * 1024];
        final AtomicLong written = new AtomicLong();
        final EchoThread echo = new EchoThread(LITTLE_MEMORY);
        try (echo) {
            final Thread writer;
            try (Socket deaf = new Socket(InetAddress.getLoopbackAddress(), echo.port())) {
                writer = Thread.ofVirtual().start(() -> {
                    try {
                        while (written.get() < total) {
                            deaf.getOutputStream().write(chunk);
                            written.addAndGet(chunk.length);
                        }
                    } catch (final IOException e) {
                        // closed below, as it cannot go on
                    }
                });
                long before;
                do {
                    before = written.get();
                    new EchoClients(local(echo.port())).run(4, 1 << 20);
                } while (written.get() != before);
                assertThat(written.get()).isLessThan(total);
            }
            writer.join();
            echo.stop();
            assertThat(echo.liveSegments()).isZero();
        }
    }

    @Test
    void stoppingWithOpenConnectionsGivesAllSegmentsBack() throws IOException {
        final EchoThread echo = new EchoThread(SOAK_MEMORY);
        try (echo;
                Socket peer = new Socket(InetAddress.getLoopbackAddress(), echo.port())) {
            peer.getOutputStream().write(new byte[100_000]);
            assertThat(peer.getInputStream().readNBytes(1000)).hasSize(1000);
            echo.stop();
            assertThat(echo.liveSegments()).isZero();
        }
    }

    @Test
    void theProgramPrintsItsPortAndStopsCleanlyOnSigterm() throws Exception {
        final Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        final Process server = new ProcessBuilder(
                        java.toString(),
                        "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        EchoServer.class.getName(),
                        "--port",
                        "0",
                        "--backend",
                        "nio")
                .redirectErrorStream(true)
                .start();
        try {
            final String first = server.inputReader(UTF_8).readLine();
            assertThat(first).matches("listening on [1-9][0-9]*");
            final int port = Integer.parseInt(first.substring(first.lastIndexOf(' ') + 1));
            try (Socket peer = new Socket(InetAddress.getLoopbackAddress(), port)) {
                peer.getOutputStream().write("hello".getBytes(UTF_8));
                assertThat(peer.getInputStream().readNBytes(5)).isEqualTo("hello".getBytes(UTF_8));
                server.toHandle().destroy(); // SIGTERM, with a connection open; leaves our end of the pipe open
                assertThat(server.waitFor(60, TimeUnit.SECONDS)).isTrue();
            }
            assertThat(server.inputReader(UTF_8).readAllAsString())
                    .matches("stopped, 0 live segments, at most [1-9][0-9]* bytes off the heap\n");
        } finally {
            server.destroyForcibly();
        }
    }

    @Test
    void aPortInUseIsToldWithStatus1() throws IOException {
        try (ServerSocket taken = new ServerSocket(0)) {
            assertThat(run("--port", Integer.toString(taken.getLocalPort()))).isEqualTo(1);
            assertThat(err.toString(UTF_8))
                    .startsWith("EchoServer: ")
                    .contains(Integer.toString(taken.getLocalPort()), "in use")
                    .hasLineCount(1);
            assertThat(out.toString(UTF_8)).isEmpty();
        }
    }

    private int run(final String... args) {
        return EchoServer.run(
                List.of(args).toArray(String[]::new),
                new PrintStream(out, true, UTF_8),
                new PrintStream(err, true, UTF_8));
    }

    private static InetSocketAddress local(final int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }
}
