package io.evbuffer.perf.load;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** All contenders of the http row give the same answers to the same requests. */
class WebServersTest {
    private static final Instant MODIFIED = Instant.parse("1994-11-06T08:49:37Z");
    private static final String MODIFIED_TEXT = "Sun, 06 Nov 1994 08:49:37 GMT";
    private static final List<Integer> LENGTHS = List.of(0, 1, 4096, 16_384, 16_385, 1_048_576, 3_000_001);
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private static ServerLoads loads;
    private static Path root;

    @BeforeAll
    static void prepare() throws IOException {
        loads = new ServerLoads();
        root = loads.folder("web");
        for (final int length : LENGTHS) write(length + ".bin", bytes(length, length));
        Files.writeString(root.resolveSibling("secret.bin"), "not for you");
    }

    @AfterAll
    static void delete() throws IOException {
        loads.close();
    }

    private static void write(final String name, final byte[] bytes) throws IOException {
        Files.write(root.resolve(name), bytes);
        Files.setLastModifiedTime(root.resolve(name), FileTime.from(MODIFIED));
    }

    private static byte[] bytes(final int length, final int seed) {
        final byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    static List<String> contenders() {
        return loads.contenders(HttpTrial.KIND);
    }

    private static HttpRequest.Builder request(final ServerProcess server, final String target) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + target))
                .timeout(LIMIT);
    }

    private static HttpResponse<byte[]> send(final HttpClient client, final HttpRequest.Builder request)
            throws IOException, InterruptedException {
        return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    private static HttpClient client() {
        return HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    }

    @ParameterizedTest
    @MethodSource("contenders")
    void everyFileArrivesWhole(final String contender) throws Exception {
        try (ServerProcess server = HttpTrial.server(loads, contender, root);
                HttpClient client = client()) {
            for (int round = 0; round < 3; round++) {
                for (final int length : LENGTHS) {
                    final HttpResponse<byte[]> response = send(client, request(server, "/" + length + ".bin"));
                    assertThat(response.statusCode()).isEqualTo(200);
                    assertThat(response.body()).isEqualTo(bytes(length, length));
                    assertThat(response.headers().firstValueAsLong("content-length"))
                            .hasValue(length);
                    assertThat(response.headers().firstValue("content-type")).contains("application/octet-stream");
                    assertThat(response.headers().firstValue("last-modified")).contains(MODIFIED_TEXT);
                    assertThat(response.headers().firstValue("date").orElseThrow())
                            .endsWith(" GMT");
                    assertThat(response.headers().firstValue("accept-ranges")).isPresent();
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("contenders")
    void whatIsNotSentIsTold(final String contender) throws Exception {
        try (ServerProcess server = HttpTrial.server(loads, contender, root);
                HttpClient client = client()) {
            assertThat(send(client, request(server, "/nothing")).statusCode()).isEqualTo(404);
            for (final int length : LENGTHS) {
                final HttpResponse<byte[]> head =
                        send(client, request(server, "/" + length + ".bin").HEAD());
                assertThat(head.statusCode()).isEqualTo(200);
                assertThat(head.body()).isEmpty();
                assertThat(head.headers().firstValueAsLong("content-length")).hasValue(length);
            }
            final HttpResponse<byte[]> unchanged =
                    send(client, request(server, "/4096.bin").header("If-Modified-Since", MODIFIED_TEXT));
            assertThat(unchanged.statusCode()).isEqualTo(304);
            assertThat(unchanged.body()).isEmpty();
            assertThat(send(client, request(server, "/1.bin").DELETE()).statusCode())
                    .isEqualTo(405);
        }
    }

    @ParameterizedTest
    @MethodSource("contenders")
    void nothingBesideTheRootIsServed(final String contender) throws Exception {
        try (ServerProcess server = HttpTrial.server(loads, contender, root)) {
            for (final String target : List.of("/../secret.bin", "/%2e%2e/secret.bin", "/%zz", "/1.bin%00")) {
                try (Socket socket = connect(server)) {
                    socket.getOutputStream().write(get(target, "Connection: close\r\n"));
                    assertThat(new String(socket.getInputStream().readAllBytes(), ISO_8859_1))
                            .matches("(?s)HTTP/1.1 4\\d\\d .*")
                            .doesNotContain("not for you");
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("contenders")
    void pipelinedRequestsAreAnsweredInOrder(final String contender) throws Exception {
        final int rounds = 20;
        try (ServerProcess server = HttpTrial.server(loads, contender, root);
                Socket socket = connect(server)) {
            final CompletableFuture<Void> writer = CompletableFuture.runAsync(
                    () -> {
                        try {
                            for (int round = 0; round < rounds; round++) {
                                for (final int length : LENGTHS) {
                                    socket.getOutputStream().write(get("/" + length + ".bin", ""));
                                }
                            }
                            socket.getOutputStream().write(get("/1.bin", "Connection: close\r\n"));
                        } catch (final IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    },
                    Thread::startVirtualThread);
            final InputStream in = new BufferedInputStream(socket.getInputStream());
            for (int round = 0; round < rounds; round++) {
                for (final int length : LENGTHS)
                    assertThat(Arrays.equals(body(in), bytes(length, length))).isTrue();
            }
            assertThat(body(in)).isEqualTo(bytes(1, 1));
            assertThat(in.read()).isEqualTo(-1);
            writer.join();
        }
    }

    /** More than all servers and the system hold together is asked for before anything is read. */
    @ParameterizedTest
    @MethodSource("contenders")
    void aClientThatReadsNothingKeepsNobodyElseWaiting(final String contender) throws Exception {
        try (ServerProcess server = HttpTrial.server(loads, contender, root);
                HttpClient client = client();
                Socket deaf = connect(server)) {
            for (int i = 0; i < 100; i++) deaf.getOutputStream().write(get("/3000001.bin", ""));
            for (int i = 0; i < 20; i++) {
                assertThat(send(client, request(server, "/4096.bin")).body()).isEqualTo(bytes(4096, 4096));
            }
            final InputStream in = new BufferedInputStream(deaf.getInputStream());
            for (int i = 0; i < 100; i++) assertThat(body(in)).hasSize(3_000_001);
        }
    }

    /** nginx is told to keep what it has opened for an hour. */
    @ParameterizedTest
    @ValueSource(strings = {"evbuffer", "nettyEpoll", "nettyEpollTuned"})
    void aFileThatChangesIsServedAnew(final String contender) throws Exception {
        try (ServerProcess server = HttpTrial.server(loads, contender, root);
                HttpClient client = client()) {
            for (final int length : new int[] {2000, 200_000}) {
                write("changing.bin", bytes(length, 1));
                assertThat(untilItIs(client, server, bytes(length, 1))).isTrue();
                write("changing.bin", bytes(length + 1, 2));
                assertThat(untilItIs(client, server, bytes(length + 1, 2))).isTrue();
            }
        }
    }

    private static boolean untilItIs(final HttpClient client, final ServerProcess server, final byte[] bytes)
            throws IOException, InterruptedException {
        final Instant end = Instant.now().plus(LIMIT);
        while (!Arrays.equals(send(client, request(server, "/changing.bin")).body(), bytes)) {
            if (Instant.now().isAfter(end)) return false;
        }
        return true;
    }

    private static Socket connect(final ServerProcess server) throws IOException {
        final Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
        socket.setSoTimeout(Math.toIntExact(LIMIT.toMillis()));
        return socket;
    }

    private static byte[] get(final String target, final String fields) {
        return ("GET " + target + " HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n").getBytes(ISO_8859_1);
    }

    /** Of the next response, which has to be a good one. */
    private static byte[] body(final InputStream in) throws IOException {
        assertThat(line(in)).isEqualTo("HTTP/1.1 200 OK");
        int length = -1;
        for (String field = line(in); !field.isEmpty(); field = line(in)) {
            if (field.toLowerCase(Locale.ROOT).startsWith("content-length: "))
                length = Integer.parseInt(field.substring(16));
        }
        final byte[] body = in.readNBytes(length);
        if (body.length < length) throw new EOFException(body.length + " bytes of " + length);
        return body;
    }

    private static String line(final InputStream in) throws IOException {
        final StringBuilder line = new StringBuilder();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) throw new EOFException("in a head, after '" + line + "'");
            if (b != '\r') line.append((char) b);
        }
        return line.toString();
    }
}
