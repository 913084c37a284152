package io.evbuffer.perf.load;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class EchoLoadTest {
    /** {@code -Dload.connections=10000} is the load that the server is made for. */
    private static final String CONNECTIONS = System.getProperty("load.connections", "500");

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @ParameterizedTest
    @MethodSource("io.evbuffer.event.EventBase#supportedMethods")
    void aServerGivesEachConnectionOfAnotherProcessItsOwnBytesBack(final String backend) throws Exception {
        try (ServerProcess server = ServerProcess.start(backend)) {
            final Process client = new ProcessBuilder(ServerProcess.command(
                            EchoLoad.class,
                            List.of(
                                    "--port",
                                    Integer.toString(server.port()),
                                    "--connections",
                                    CONNECTIONS,
                                    "--bytes",
                                    "20000",
                                    "--message",
                                    "1777",
                                    "--backend",
                                    backend)))
                    .redirectErrorStream(true)
                    .start();
            final String words = client.inputReader(UTF_8).readAllAsString();

            assertThat(client.waitFor()).as(words).isZero();
            assertThat(words)
                    .contains("connections on " + backend + ", ")
                    .contains(String.format(
                            "%,d bytes came back as they were sent", 20_000L * Integer.parseInt(CONNECTIONS)));
            server.stop();
        }
    }

    @Test
    void aByteThatComesBackChangedIsAFailureThatSaysWhichOne() throws IOException {
        assertThat(against((peer, bytes) -> {
                    bytes[300]++;
                    peer.getOutputStream().write(bytes);
                }))
                .isEqualTo(1);
        assertThat(err.toString(UTF_8))
                .contains("connection 0, ")
                .contains("differs ")
                .hasLineCount(1);
        assertThat(out.toString(UTF_8)).isEmpty();
    }

    @Test
    void aByteTooManyIsAFailure() throws IOException {
        assertThat(against((peer, bytes) -> {
                    peer.getOutputStream().write(bytes);
                    peer.getOutputStream().write(1);
                }))
                .isEqualTo(1);
        assertThat(err.toString(UTF_8)).contains("connection 0, ");
    }

    @Test
    void anEarlyEndIsAFailure() throws IOException {
        assertThat(against((peer, bytes) -> peer.getOutputStream().write(bytes, 0, 10)))
                .isEqualTo(1);
        assertThat(err.toString(UTF_8))
                .contains("connection 0, 10 of 2000 bytes back: ")
                .contains("EOF");
    }

    @Test
    void aServerThatIsNotThereIsAFailure() throws IOException {
        final int port;
        try (ServerSocket gone = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = gone.getLocalPort();
        }
        assertThat(run("--port", Integer.toString(port), "--connections", "3")).isEqualTo(1);
        assertThat(err.toString(UTF_8)).contains("connection 0, ", "refused");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "--port",
                "--port x",
                "--port 0",
                "--port 1 --connections -3",
                "--port 1 --message 1000000",
                "--port 1 --backend kqueue",
                "--port 1 --colour blue"
            })
    void wrongArgumentsAreAnsweredWithUsageAndStatus2(final String arguments) {
        assertThat(run(arguments.isEmpty() ? new String[0] : arguments.split(" ")))
                .isEqualTo(2);
        assertThat(err.toString(UTF_8)).startsWith("EchoLoad: ").contains("usage: EchoLoad --port PORT");
        assertThat(out.toString(UTF_8)).isEmpty();
    }

    private interface Answer {
        void to(Socket peer, byte[] bytes) throws IOException;
    }

    /** One connection that sends 2000 bytes, 1000 at a time, to a server that answers the first 1000 in its own way and ends. */
    private int against(final Answer answer) throws IOException {
        try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            final Thread server = Thread.ofVirtual().start(() -> {
                try (Socket peer = listener.accept()) {
                    answer.to(peer, peer.getInputStream().readNBytes(1000));
                    peer.shutdownOutput();
                    peer.getInputStream().readAllBytes();
                } catch (final IOException e) {
                    // the client has ended it
                }
            });
            final int status = run(
                    "--port",
                    Integer.toString(listener.getLocalPort()),
                    "--connections",
                    "1",
                    "--bytes",
                    "2000",
                    "--message",
                    "1000");
            join(server);
            return status;
        }
    }

    private static void join(final Thread thread) {
        try {
            thread.join();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private int run(final String... args) {
        return EchoLoad.run(args, new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8));
    }
}
