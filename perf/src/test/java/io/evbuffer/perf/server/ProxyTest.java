package io.evbuffer.perf.server;

import static io.evbuffer.perf.server.BlockingEnds.bytes;
import static io.evbuffer.perf.server.BlockingEnds.readAll;
import static io.evbuffer.perf.server.BlockingEnds.write;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.evbuffer.EvBufferStats;
import io.evbuffer.event.EventBase;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProxyTest {
    private static final int MUCH = 20_000_000;

    private final EvBufferStats stats = new EvBufferStats();
    private final ServerSocket behind;

    ProxyTest() throws IOException {
        behind = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        behind.setSoTimeout(30_000);
    }

    @AfterEach
    void close() throws IOException {
        behind.close();
    }

    static List<String> backends() {
        return EventBase.supportedMethods();
    }

    private RunningServer start(final String backend) throws IOException {
        return start(backend, "127.0.0.1", behind.getLocalPort());
    }

    private RunningServer start(final String backend, final String host, final int port) throws IOException {
        return new RunningServer(backend, base -> new Proxy(base, host, port, null, null, stats));
    }

    private Socket accept() throws IOException {
        final Socket socket = behind.accept();
        socket.setSoTimeout(30_000);
        return socket;
    }

    @ParameterizedTest
    @MethodSource("backends")
    void bytesGoBothWaysAtOnceAndNoneIsCopied(final String backend) throws Exception {
        final byte[] there = bytes(1, MUCH);
        final byte[] back = bytes(2, MUCH);
        try (RunningServer proxy = start(backend)) {
            try (Socket client = proxy.connect();
                    Socket server = accept()) {
                final CompletableFuture<Void> fromClient = write(client, there);
                final CompletableFuture<Void> fromServer = write(server, back);
                final CompletableFuture<byte[]> atServer = readAll(server);
                assertThat(client.getInputStream().readAllBytes()).isEqualTo(back);
                assertThat(atServer.join()).isEqualTo(there);
                fromClient.join();
                fromServer.join();
            }
            proxy.stop();
            assertThat(stats.moved()).isEqualTo(2L * MUCH);
            assertThat(stats.copied()).isZero();
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void eachDirectionEndsByItself(final String backend) throws Exception {
        try (RunningServer proxy = start(backend)) {
            try (Socket client = proxy.connect();
                    Socket server = accept()) {
                client.getOutputStream().write("question".getBytes(UTF_8));
                client.shutdownOutput();
                assertThat(server.getInputStream().readAllBytes()).isEqualTo("question".getBytes(UTF_8));
                server.getOutputStream().write("answer".getBytes(UTF_8));
                assertThat(client.getInputStream().readNBytes(6)).isEqualTo("answer".getBytes(UTF_8));
                server.shutdownOutput();
                assertThat(client.getInputStream().read()).isEqualTo(-1);
            }
            try (Socket client = proxy.connect();
                    Socket server = accept()) {
                server.shutdownOutput();
                assertThat(client.getInputStream().read()).isEqualTo(-1);
                client.getOutputStream().write("late".getBytes(UTF_8));
                client.shutdownOutput();
                assertThat(server.getInputStream().readAllBytes()).isEqualTo("late".getBytes(UTF_8));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whoReadsNothingHoldsTheOtherBackAndLittleMemory(final boolean clientIsDeaf) throws Exception {
        try (RunningServer proxy = start(null)) {
            try (Socket client = proxy.connect();
                    Socket server = accept()) {
                final Socket deaf = clientIsDeaf ? client : server;
                final Socket busy = clientIsDeaf ? server : client;
                final AtomicLong written = new AtomicLong();
                final CompletableFuture<Void> writer = CompletableFuture.runAsync(
                        () -> {
                            final byte[] chunk = new byte[64 * 1024];
                            try {
                                while (true) {
                                    busy.getOutputStream().write(chunk);
                                    written.addAndGet(chunk.length);
                                }
                            } catch (final IOException e) {
                                // closed below, as it cannot go on
                            }
                        },
                        Thread::startVirtualThread);
                long before;
                do { // others are served meanwhile
                    before = written.get();
                    for (int i = 0; i < 20; i++) passesOneOn(proxy);
                } while (written.get() != before);
                assertThat(deaf.getInputStream().readNBytes(1)).hasSize(1);
                busy.close();
                writer.join();
            }
            assertThat(proxy.peakMemory()).isLessThan(16L << 20);
        }
    }

    private void passesOneOn(final RunningServer proxy) throws IOException {
        try (Socket client = proxy.connect();
                Socket server = accept()) {
            client.getOutputStream().write(7);
            assertThat(server.getInputStream().read()).isEqualTo(7);
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void aClientIsClosedIfThereIsNoServer(final String backend) throws Exception {
        try (RunningServer proxy = start(backend)) {
            behind.close();
            for (int i = 0; i < 10; i++) {
                try (Socket client = proxy.connect()) {
                    assertThat(endOf(client)).isTrue();
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void theServerCanBeGivenByItsName(final String backend) throws Exception {
        try (RunningServer proxy = start(backend, "localhost", behind.getLocalPort());
                Socket client = proxy.connect();
                Socket server = accept()) {
            client.getOutputStream().write("question".getBytes(UTF_8));
            assertThat(server.getInputStream().readNBytes(8)).isEqualTo("question".getBytes(UTF_8));
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void aClientIsSentAwayIfNobodyIsCalledSo(final String backend) throws Exception {
        try (RunningServer proxy = start(backend, "no-such-name.invalid", 80);
                Socket client = proxy.connect()) {
            client.getOutputStream().write("question".getBytes(UTF_8));
            assertThat(endOf(client)).isTrue();
        }
    }

    @Test
    void whatWasReceivedBeforeAResetStillArrives() throws Exception {
        final byte[] answer = bytes(3, MUCH);
        try (RunningServer proxy = start(null)) {
            try (Socket client = proxy.connect();
                    Socket server = accept()) {
                final CompletableFuture<Void> writer = write(server, answer);
                assertThat(client.getInputStream().readAllBytes()).isEqualTo(answer);
                writer.join();
                reset(server);
                assertThat(endOf(client)).isTrue();
            }
            try (Socket client = proxy.connect();
                    Socket server = accept()) {
                reset(client);
                assertThat(endOf(server)).isTrue();
            }
        }
    }

    @Test
    void connectionsResetInTheMiddleLeaveNothing() throws Exception {
        final Random random = new Random(5);
        final CountDownLatch done = new CountDownLatch(1);
        final Thread server = Thread.ofVirtual().start(() -> {
            while (done.getCount() > 0) {
                try {
                    final Socket socket = accept();
                    Thread.ofVirtual().start(() -> {
                        try (socket) {
                            socket.getInputStream().transferTo(socket.getOutputStream());
                        } catch (final IOException e) {
                            // reset by the client, as is to be seen here
                        }
                    });
                } catch (final IOException e) {
                    return;
                }
            }
        });
        try (RunningServer proxy = start(null)) {
            for (int i = 0; i < 200; i++) {
                try (Socket client = proxy.connect()) {
                    client.getOutputStream().write(new byte[1 + random.nextInt(50_000)]);
                    if (i % 3 == 0) client.getInputStream().readNBytes(1);
                    if (i % 2 == 0) client.setSoLinger(true, 0);
                }
            }
            try (Socket client = proxy.connect()) {
                client.getOutputStream().write("still here".getBytes(UTF_8));
                client.shutdownOutput();
                assertThat(client.getInputStream().readAllBytes()).isEqualTo("still here".getBytes(UTF_8));
            }
        }
        done.countDown();
        behind.close();
        server.join();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--listen 0",
                "--listen 0 --to",
                "--listen 0 --to host",
                "--listen 0 --to :80",
                "--listen 0 --to h:x",
                "--listen 0 --to h:0"
            })
    void wrongArgumentsAreAnsweredWithUsageAndStatus2(final String arguments) {
        final ByteArrayOutputStream err = new ByteArrayOutputStream();

        assertThat(Proxy.run(arguments.split(" "), System.out, new PrintStream(err, true, UTF_8)))
                .isEqualTo(2);
        assertThat(err.toString(UTF_8)).startsWith("Proxy: ").contains("--to HOST:PORT");
    }

    /** Waits for the end of the stream, or a reset, as long as bytes come. */
    private static boolean endOf(final Socket socket) throws IOException {
        try {
            socket.getInputStream().readAllBytes();
            return true;
        } catch (final SocketException e) {
            return true;
        }
    }

    private static void reset(final Socket socket) throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }
}
