package io.evbuffer.perf.server;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.Set;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TlsServersTest {
    private static final HttpLimits PATIENT = new HttpLimits(300, 300);
    private static final String PASSWORD = "a secret";

    @TempDir
    Path folder;

    private final byte[] large = new byte[3_000_001];
    private Path store;
    private TlsKeys keys;

    @BeforeEach
    void prepare() throws IOException {
        new Random(1).nextBytes(large);
        Files.createDirectory(folder.resolve("root"));
        Files.write(folder.resolve("root/large.bin"), large);
        Files.writeString(folder.resolve("root/small"), "small");
        store = folder.resolve("keys.p12");
        TlsKeys.generate(store, PASSWORD.toCharArray());
        keys = TlsKeys.ofClient(arguments());
    }

    private Arguments arguments() {
        return new Arguments(
                new String[] {"--keystore", store.toString(), "--password", PASSWORD}, TlsKeys.OPTIONS, Set.of());
    }

    private RunningServer https(final HttpLimits limits) throws IOException {
        final TlsKeys own = TlsKeys.ofServer(arguments());
        return new RunningServer(null, base -> new HttpServer(base, folder.resolve("root"), limits, own));
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void filesComeWholeByEachProtocol(final String protocol) throws Exception {
        try (RunningServer server = https(PATIENT);
                HttpClient client = client(protocol)) {
            for (int round = 0; round < 3; round++) {
                final HttpResponse<byte[]> response = get(client, server, "/large.bin");
                assertThat(response.sslSession().orElseThrow().getProtocol()).isEqualTo(protocol);
                assertThat(response.body()).isEqualTo(large);
                assertThat(get(client, server, "/small").body()).isEqualTo("small".getBytes(UTF_8));
                assertThat(get(client, server, "/nothing").statusCode()).isEqualTo(404);
            }
        }
    }

    @Test
    void aFileLargerThanTheMemoryIsEncryptedPieceByPiece() throws Exception {
        final Path file = folder.resolve("root/huge");
        try (RandomAccessFile huge = new RandomAccessFile(file.toFile(), "rw")) {
            huge.setLength(2 * RunningServer.MEMORY);
            huge.seek(RunningServer.MEMORY);
            huge.write(large);
        }
        final Path got = folder.resolve("got");
        try (RunningServer server = https(PATIENT);
                HttpClient client = client("TLSv1.3")) {
            client.send(request(server, "/huge"), BodyHandlers.ofFile(got));
            assertThat(Files.mismatch(got, file)).isEqualTo(-1);
            assertThat(server.peakMemory()).isLessThan(RunningServer.MEMORY / 4);
        }
    }

    @Test
    void aClosedConnectionSaysSoToTheClient() throws Exception {
        try (RunningServer server = https(PATIENT);
                SSLSocket socket =
                        (SSLSocket) keys.context().getSocketFactory().createSocket("localhost", server.port())) {
            socket.getOutputStream()
                    .write("GET /large.bin HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n".getBytes(US_ASCII));
            final byte[] all = socket.getInputStream().readAllBytes(); // fails where no close_notify comes
            assertThat(all.length).isGreaterThan(large.length);
        }
    }

    @Test
    void aProxySpeaksTlsOnBothSides() throws Exception {
        try (RunningServer server = https(PATIENT);
                RunningServer proxy = proxy(server, keys);
                HttpClient client = client("TLSv1.3")) {
            for (int round = 0; round < 3; round++) {
                assertThat(get(client, proxy, "/large.bin").body()).isEqualTo(large);
                assertThat(get(client, proxy, "/small").body()).isEqualTo("small".getBytes(UTF_8));
            }
        }
    }

    @Test
    void aProxyDoesNotTalkToAServerThatItDoesNotTrust() throws Exception {
        final TlsKeys others = TlsKeys.ofClient(new Arguments(new String[0], TlsKeys.OPTIONS, Set.of()));
        try (RunningServer server = https(PATIENT);
                RunningServer proxy = proxy(server, others);
                SSLSocket socket =
                        (SSLSocket) keys.context().getSocketFactory().createSocket("localhost", proxy.port())) {
            socket.setSoTimeout(30_000);
            try {
                socket.getOutputStream().write("GET /small HTTP/1.1\r\nHost: h\r\n\r\n".getBytes(US_ASCII));
                assertThat(socket.getInputStream().readAllBytes()).isEmpty();
            } catch (final IOException e) {
                assertThat(e).isNotInstanceOf(java.net.SocketTimeoutException.class);
            }
        }
    }

    private RunningServer proxy(final RunningServer server, final TlsKeys outside) throws IOException {
        final TlsKeys inside = TlsKeys.ofServer(arguments());
        return new RunningServer(null, base -> new Proxy(base, "localhost", server.port(), inside, outside, null));
    }

    @Test
    void whoDoesNotShakeHandsIsCutOffAndOthersAreServed() throws Exception {
        final Random random = new Random(3);
        try (RunningServer server = https(new HttpLimits(1, 300));
                HttpClient client = client("TLSv1.3")) {
            for (int i = 0; i < 50; i++) {
                try (Socket socket = server.connect()) {
                    final byte[] noise = new byte[1 + random.nextInt(5000)];
                    random.nextBytes(noise);
                    socket.getOutputStream().write(noise);
                    if (i % 2 == 0) socket.setSoLinger(true, 0);
                } catch (final SocketException e) {
                    // refused before all was sent
                }
            }
            try (Socket silent = server.connect();
                    Socket slow = server.connect()) {
                slow.getOutputStream().write(0x16);
                assertThat(endOf(silent)).isTrue();
                assertThat(endOf(slow)).isTrue();
            }
            assertThat(get(client, server, "/large.bin").body()).isEqualTo(large);
        }
    }

    @Test
    void aServerMakesAKeyIfItIsGivenNone() throws Exception {
        final TlsKeys made = TlsKeys.ofServer(new Arguments(new String[0], TlsKeys.OPTIONS, Set.of()));

        assertThat(made.accepting().getUseClientMode()).isFalse();
    }

    @Test
    void aKeyStoreThatIsNoneIsToldWithStatus1() throws Exception {
        final ByteArrayOutputStream err = new ByteArrayOutputStream();
        final Path wrong = Files.writeString(folder.resolve("wrong"), "no keys");
        final String[] args = {
            "--port", "0", "--root", folder.toString(), "--tls", "--keystore", wrong.toString(), "--password", "x"
        };

        assertThat(HttpServer.run(args, System.out, new PrintStream(err, true, UTF_8)))
                .isEqualTo(1);
        assertThat(err.toString(UTF_8)).startsWith("HttpServer: ").contains("wrong");
    }

    private static boolean endOf(final Socket socket) throws IOException {
        try {
            socket.getInputStream().readAllBytes();
            return true;
        } catch (final SocketException e) {
            return true;
        }
    }

    private HttpClient client(final String protocol) {
        final SSLParameters parameters = new SSLParameters();
        parameters.setProtocols(new String[] {protocol});
        return HttpClient.newBuilder()
                .sslContext(keys.context())
                .sslParameters(parameters)
                .version(HttpClient.Version.HTTP_1_1)
                .build();
    }

    private static HttpResponse<byte[]> get(final HttpClient client, final RunningServer server, final String target)
            throws Exception {
        return client.send(request(server, target), BodyHandlers.ofByteArray());
    }

    private static HttpRequest request(final RunningServer server, final String target) {
        return HttpRequest.newBuilder(URI.create("https://localhost:" + server.port() + target))
                .build();
    }
}
