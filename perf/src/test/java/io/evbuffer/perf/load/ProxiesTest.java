package io.evbuffer.perf.load;

import static io.evbuffer.perf.server.BlockingEnds.bytes;
import static io.evbuffer.perf.server.BlockingEnds.readAll;
import static io.evbuffer.perf.server.BlockingEnds.write;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** All contenders of the proxy row do the same with the same connections. */
class ProxiesTest {
    private static final int MUCH = 20_000_000;
    private static final int MILLIS = 30_000;
    private static final int AT_MOST_HELD = 64 << 20; // by proxy and system

    private static ServerLoads loads;

    private final ServerSocket behind;

    ProxiesTest() throws IOException {
        behind = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        behind.setSoTimeout(MILLIS);
    }

    @BeforeAll
    static void prepare() throws IOException {
        loads = new ServerLoads();
    }

    @AfterAll
    static void delete() throws IOException {
        loads.close();
    }

    @AfterEach
    void close() throws IOException {
        behind.close();
    }

    static List<String> contenders() {
        return loads.contenders(ProxyTrial.KIND);
    }

    private ServerProcess start(final String contender) throws IOException {
        final ServerProcess proxy = ProxyTrial.server(loads, contender, behind.getLocalPort());
        if (contender.equals(HaProxy.NAME)) behind.accept().close(); // somebody has looked whether it listens
        return proxy;
    }

    private static Socket connect(final ServerProcess proxy) throws IOException {
        final Socket socket = new Socket(InetAddress.getLoopbackAddress(), proxy.port());
        socket.setSoTimeout(MILLIS);
        return socket;
    }

    private Socket accept() throws IOException {
        final Socket socket = behind.accept();
        socket.setSoTimeout(MILLIS);
        return socket;
    }

    @ParameterizedTest
    @MethodSource("contenders")
    void bytesGoBothWaysAtOnce(final String contender) throws Exception {
        final byte[] there = bytes(1, MUCH);
        final byte[] back = bytes(2, MUCH);
        try (ServerProcess proxy = start(contender);
                Socket client = connect(proxy);
                Socket server = accept()) {
            final CompletableFuture<Void> fromClient = write(client, there);
            final CompletableFuture<Void> fromServer = write(server, back);
            final CompletableFuture<byte[]> atServer = readAll(server);
            assertThat(client.getInputStream().readAllBytes()).isEqualTo(back);
            assertThat(atServer.join()).isEqualTo(there);
            fromClient.join();
            fromServer.join();
        }
    }

    @ParameterizedTest
    @MethodSource("contenders")
    void eachDirectionEndsByItself(final String contender) throws Exception {
        try (ServerProcess proxy = start(contender)) {
            for (final boolean fromClient : new boolean[] {true, false}) {
                try (Socket client = connect(proxy);
                        Socket server = accept()) {
                    final Socket first = fromClient ? client : server;
                    final Socket second = fromClient ? server : client;
                    say(first, "question");
                    first.shutdownOutput();
                    assertThat(second.getInputStream().readAllBytes()).isEqualTo("question".getBytes(UTF_8));
                    say(second, "answer");
                    assertThat(first.getInputStream().readNBytes(6)).isEqualTo("answer".getBytes(UTF_8));
                    say(second, "more");
                    second.shutdownOutput();
                    assertThat(first.getInputStream().readAllBytes()).isEqualTo("more".getBytes(UTF_8));
                }
            }
        }
    }

    /** On epoll Netty 4.2.18 fails if the system takes no more of a connection whose input has ended: its peer tells why. */
    static List<String> contendersThatWriteAfterTheEnd() {
        return contenders().stream()
                .map(contender -> contender.replace("nettyEpoll", "nettyNio"))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("contendersThatWriteAfterTheEnd")
    void anEndDoesNotOvertakeTheBytesBeforeIt(final String contender) throws Exception {
        final byte[] sent = bytes(3, MUCH);
        try (ServerProcess proxy = start(contender);
                Socket client = connect(proxy);
                Socket server = accept()) {
            final CompletableFuture<Void> writer = write(server, sent);
            assertThat(client.getInputStream().readNBytes(1)).containsExactly(sent[0]);
            say(client, "go on");
            client.shutdownOutput();
            assertThat(server.getInputStream().readAllBytes()).isEqualTo("go on".getBytes(UTF_8));
            assertThat(client.getInputStream().readAllBytes()).hasSize(MUCH - 1).endsWith(sent[MUCH - 1]);
            writer.join();
        }
    }

    @ParameterizedTest
    @MethodSource("contenders")
    void whoReadsNothingHoldsTheOtherBack(final String contender) throws Exception {
        try (ServerProcess proxy = start(contender);
                Socket client = connect(proxy);
                Socket server = accept()) {
            final Socket busy = server;
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
            assertThat(written.get()).isLessThan(AT_MOST_HELD);
            assertThat(client.getInputStream().readNBytes(1)).hasSize(1);
            busy.close();
            writer.join();
        }
    }

    private void passesOneOn(final ServerProcess proxy) throws IOException {
        try (Socket client = connect(proxy);
                Socket server = accept()) {
            client.getOutputStream().write(7);
            assertThat(server.getInputStream().read()).isEqualTo(7);
        }
    }

    @ParameterizedTest
    @MethodSource("contenders")
    void theEndOfOneConnectionIsTheEndOfTheOther(final String contender) throws Exception {
        try (ServerProcess proxy = start(contender)) {
            for (final boolean byClient : new boolean[] {true, false}) {
                try (Socket client = connect(proxy);
                        Socket server = accept()) {
                    say(client, "hello");
                    assertThat(server.getInputStream().readNBytes(5)).isEqualTo("hello".getBytes(UTF_8));
                    final Socket first = byClient ? client : server;
                    final Socket second = byClient ? server : client;
                    first.setSoLinger(true, 0);
                    first.close();
                    assertThat(endOf(second)).isTrue();
                }
            }
            passesOneOn(proxy);
        }
    }

    /** By a reset or not. */
    private static boolean endOf(final Socket socket) {
        try {
            return socket.getInputStream().read() < 0;
        } catch (final SocketException e) {
            return true;
        } catch (final IOException e) {
            return false; // time is up
        }
    }

    private static void say(final Socket socket, final String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(UTF_8));
    }
}
