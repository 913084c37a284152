package io.evbuffer.perf.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.evbuffer.event.EvWatch;
import io.evbuffer.event.EventBase;
import io.evbuffer.event.LoopMetrics;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpServerTest {
    private static final HttpLimits PATIENT = new HttpLimits(300, 300);
    private static final Instant MODIFIED = Instant.parse("1994-11-06T08:49:37Z");
    private static final String MODIFIED_TEXT = "Sun, 06 Nov 1994 08:49:37 GMT";

    @TempDir
    Path root;

    private byte[] small;
    private byte[] large;

    static List<String> backends() {
        return EventBase.supportedMethods();
    }

    @BeforeEach
    void files() throws IOException {
        small = file("small.txt", 4096);
        large = file("large.bin", 3_000_001);
        file("index.html", 10);
        file("empty", 0);
        file("a b.json", 11);
        Files.createDirectories(root.resolve("folder"));
        file("folder/index.html", 12);
    }

    private byte[] file(final String name, final int length) throws IOException {
        final byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        Files.write(root.resolve(name), bytes);
        Files.setLastModifiedTime(root.resolve(name), FileTime.from(MODIFIED));
        return bytes;
    }

    private RunningServer start(final String backend) throws IOException {
        return start(backend, PATIENT);
    }

    private RunningServer start(final String backend, final HttpLimits limits) throws IOException {
        return new RunningServer(backend, base -> new HttpServer(base, root, limits, null));
    }

    @ParameterizedTest
    @MethodSource("backends")
    void javasOwnClientGetsEveryFileWhole(final String backend) throws Exception {
        try (RunningServer server = start(backend);
                HttpClient client = HttpClient.newHttpClient()) {
            for (int round = 0; round < 3; round++) {
                assertThat(get(client, server, "/small.txt").body()).isEqualTo(small);
                assertThat(get(client, server, "/large.bin").body()).isEqualTo(large);
                assertThat(get(client, server, "/empty").body()).isEmpty();
                assertThat(get(client, server, "/").body()).hasSize(10);
                assertThat(get(client, server, "/folder/?query").body()).hasSize(12);
                assertThat(get(client, server, "/a%20b.json").body()).hasSize(11);
                assertThat(get(client, server, "/nothing").statusCode()).isEqualTo(404);
            }
            final HttpResponse<byte[]> json = get(client, server, "/a%20b.json");
            assertThat(json.headers().firstValue("content-type")).contains("application/json");
            assertThat(json.headers().firstValue("last-modified")).contains(MODIFIED_TEXT);
            assertThat(json.headers().firstValue("date")).isPresent();
            assertThat(json.headers().firstValue("accept-ranges")).contains("bytes");
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void rangesArePartsOfTheFile(final String backend) throws Exception {
        try (RunningServer server = start(backend);
                RawClient client = new RawClient(server)) {
            for (final int[] part : new int[][] {{0, 1}, {100, 4096}, {17, 2_000_000}, {2_999_990, 3_000_001}}) {
                final RawClient.Response response = client.get(
                                "/large.bin", "Range: bytes=" + part[0] + "-" + (part[1] - 1) + "\r\n")
                        .response();
                assertThat(response.status()).isEqualTo(206);
                assertThat(response.field("Content-Range"))
                        .isEqualTo("bytes " + part[0] + "-" + (part[1] - 1) + "/" + large.length);
                assertThat(response.body()).isEqualTo(Arrays.copyOfRange(large, part[0], part[1]));
            }
            assertThat(client.get("/small.txt", "Range: bytes=-5\r\n")
                            .response()
                            .body())
                    .isEqualTo(Arrays.copyOfRange(small, 4091, 4096));
            final RawClient.Response none =
                    client.get("/small.txt", "Range: bytes=4096-\r\n").response();
            assertThat(none.status()).isEqualTo(416);
            assertThat(none.field("Content-Range")).isEqualTo("bytes */4096");
            assertThat(client.get("/small.txt", "Range: bytes=0-1,3-4\r\n")
                            .response()
                            .status())
                    .isEqualTo(200);
        }
    }

    @Test
    void aRangeHoldsOnlyForTheFileTheClientKnows() throws Exception {
        try (RunningServer server = start(null);
                RawClient client = new RawClient(server)) {
            assertThat(client.get("/small.txt", "Range: bytes=0-1\r\nIf-Range: " + MODIFIED_TEXT + "\r\n")
                            .response()
                            .status())
                    .isEqualTo(206);
            assertThat(client.get("/small.txt", "Range: bytes=0-1\r\nIf-Range: \"tag\"\r\n")
                            .response()
                            .body())
                    .isEqualTo(small);
        }
    }

    @Test
    void anUnchangedFileIsNotSentAgain() throws Exception {
        try (RunningServer server = start(null);
                RawClient client = new RawClient(server)) {
            assertThat(modifiedSince(client, MODIFIED_TEXT)).isEqualTo(304);
            assertThat(modifiedSince(client, "Mon, 07 Nov 1994 08:49:37 GMT")).isEqualTo(304);
            assertThat(modifiedSince(client, "Sat, 05 Nov 1994 08:49:37 GMT")).isEqualTo(200);
            assertThat(modifiedSince(client, "yesterday")).isEqualTo(200);
            assertThat(modifiedSince(client, "")).isEqualTo(200);
        }
    }

    private static int modifiedSince(final RawClient client, final String time) throws IOException {
        return client.get("/small.txt", "If-Modified-Since: " + time + "\r\n")
                .response()
                .status();
    }

    @Test
    void aFileThatChangesIsServedAnew() throws Exception {
        try (RunningServer server = start(null);
                RawClient client = new RawClient(server)) {
            assertThat(client.get("/small.txt").response().body()).isEqualTo(small);
            Files.write(root.resolve("small.txt"), "new".getBytes(UTF_8));
            RawClient.Response response;
            do { // for a second the old one may still be served, whole
                response = client.get("/small.txt").response();
                assertThat(response.body()).isIn(small, "new".getBytes(UTF_8));
            } while (response.body().length != 3);
            Files.delete(root.resolve("small.txt"));
            do {
                response = client.get("/small.txt").response();
                assertThat(response.status()).isIn(200, 404);
            } while (response.status() != 404);
        }
    }

    @Test
    void headHasNoBody() throws Exception {
        try (RunningServer server = start(null);
                RawClient client = new RawClient(server)) {
            for (final String target : List.of("/large.bin", "/nothing", "/..")) {
                final RawClient.Response response = client.send("HEAD " + target + " HTTP/1.1\r\nHost: h\r\n\r\n")
                        .response(false);
                assertThat(response.status()).isIn(200, 404, 403);
                assertThat(response.field("Content-Length")).isNotEqualTo("0");
            }
            assertThat(client.get("/small.txt").response().body()).isEqualTo(small);
            client.send("HEAD /nothing HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
            assertThat(client.response(false).field("Connection")).isEqualTo("close");
            assertThat(client.rest()).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void pipelinedRequestsAreAnsweredInOrder(final String backend) throws Exception {
        try (RunningServer server = start(backend);
                RawClient client = new RawClient(server)) {
            final int requests = 1000;
            final StringBuilder all = new StringBuilder();
            for (int i = 0; i < requests; i++) {
                all.append("GET /small.txt HTTP/1.1\r\nHost: h\r\nRange: bytes=")
                        .append(i)
                        .append("-\r\n\r\n");
            }
            final CompletableFuture<Void> sent = CompletableFuture.runAsync(
                    () -> {
                        try {
                            client.send(all.toString());
                        } catch (final IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    },
                    Thread::startVirtualThread);
            for (int i = 0; i < requests; i++) {
                assertThat(client.response().body()).isEqualTo(Arrays.copyOfRange(small, i, small.length));
            }
            sent.join();
        }
    }

    @Test
    void bytesMayComeOneByOne() throws Exception {
        try (RunningServer server = start(null);
                RawClient client = new RawClient(server)) {
            final String text = "\r\nGET /small.txt HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc";
            for (int round = 0; round < 2; round++) {
                for (final char c : text.toCharArray()) client.send(String.valueOf(c));
                assertThat(client.response().body()).isEqualTo(small);
            }
        }
    }

    @Test
    void countedBodiesAreSkippedAndNeverTakenForRequests() throws Exception {
        try (RunningServer server = start(null);
                RawClient client = new RawClient(server)) {
            final String inner = "GET /nothing HTTP/1.1\r\nHost: h\r\n\r\n";
            final String post = "POST /small.txt HTTP/1.1\r\nHost: h\r\nContent-Length: ";
            client.send(post + inner.length() + "\r\n\r\n" + inner);
            client.get("/small.txt");
            assertThat(client.response().status()).isEqualTo(405);
            assertThat(client.response().body()).isEqualTo(small);
            client.send(post + HttpConnection.BODY_LIMIT + "\r\n\r\n" + "x".repeat((int) HttpConnection.BODY_LIMIT));
            final RawClient.Response refused = client.response();
            assertThat(refused.field("Allow")).isEqualTo("GET, HEAD");
            assertThat(client.get("/small.txt").response().body()).isEqualTo(small);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "400|GET / HTTP/1.1\r\n\r\n",
                "400|GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
                "400|GET / HTTP/1.1\r\nHost: h\r\n folded\r\n\r\n",
                "400|GET /%00 HTTP/1.1\r\nHost: h\r\n\r\n",
                "400|\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n",
                "400|\u0016\u0003\u0001\u0002\u0000",
                "413|PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 65537\r\n\r\n",
                "501|POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "505|GET / HTTP/2.0\r\n\r\n",
            })
    void whatIsNoRequestIsToldAndNothingBehindItIsAnswered(final String line) throws Exception {
        final int status = Integer.parseInt(line.substring(0, 3));
        try (RunningServer server = start(null);
                RawClient client = new RawClient(server)) {
            client.send(line.substring(4)).get("/small.txt");
            final RawClient.Response response = client.response();
            assertThat(response.status()).isEqualTo(status);
            assertThat(response.field("Connection")).isEqualTo("close");
            client.socket().shutdownOutput();
            assertThat(client.rest()).isEmpty();
        }
    }

    @Test
    void longHeadsAreRefused() throws Exception {
        try (RunningServer server = start(null)) {
            try (RawClient client = new RawClient(server)) {
                client.send("GET /" + "a".repeat(10_000));
                assertThat(client.response().status()).isEqualTo(414);
            }
            try (RawClient client = new RawClient(server)) {
                client.send("GET / HTTP/1.1\r\nX: " + "a".repeat(10_000));
                assertThat(client.response().status()).isEqualTo(431);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "403 /../secret",
                "403 /%2e%2e/secret",
                "403 /folder/../small.txt",
                "403 /out",
                "404 /folder",
                "404 /small.txt/",
                "404 /..%2fsecret",
                "404 /folder/nothing/at/all"
            })
    void nothingBesideTheRootIsServed(final String line) throws Exception {
        Files.createDirectories(root.resolve("site/folder"));
        Files.writeString(root.resolve("secret"), "secret");
        Files.writeString(root.resolve("site/small.txt"), "small");
        Files.createSymbolicLink(root.resolve("site/out"), root.resolve("secret"));
        Files.createSymbolicLink(root.resolve("site/in"), root.resolve("site/small.txt"));
        try (RunningServer server =
                        new RunningServer(null, base -> new HttpServer(base, root.resolve("site"), PATIENT, null));
                RawClient client = new RawClient(server)) {
            final RawClient.Response response = client.get(line.substring(4)).response();
            assertThat(response.status()).isEqualTo(Integer.parseInt(line.substring(0, 3)));
            assertThat(client.get("/in").response().body()).isEqualTo("small".getBytes(UTF_8));
        }
    }

    @Test
    void theConnectionEndsWhenTheClientWantsIt() throws Exception {
        try (RunningServer server = start(null)) {
            try (RawClient client = new RawClient(server)) {
                client.get("/small.txt", "Connection: close\r\n").get("/small.txt");
                assertThat(client.response().field("Connection")).isEqualTo("close");
                assertThat(client.rest()).isEmpty();
            }
            try (RawClient client = new RawClient(server)) {
                client.send("GET /small.txt HTTP/1.0\r\n\r\n");
                assertThat(client.response().body()).isEqualTo(small);
                assertThat(client.rest()).isEmpty();
            }
            try (RawClient client = new RawClient(server)) {
                for (int i = 0; i < 3; i++) {
                    client.send("GET /small.txt HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
                    assertThat(client.response().field("Connection")).isEqualTo("keep-alive");
                }
            }
            try (RawClient client = new RawClient(server)) { // half closed behind its requests
                client.get("/large.bin").get("/large.bin").socket().shutdownOutput();
                assertThat(client.response().body()).isEqualTo(large);
                assertThat(client.response().body()).isEqualTo(large);
                assertThat(client.rest()).isEmpty();
            }
        }
    }

    @Test
    void aClientThatExpectsToBeAskedForItsBodyIsAnsweredAtOnce() throws Exception {
        try (RunningServer server = start(null);
                RawClient client = new RawClient(server)) {
            client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
            final RawClient.Response response = client.response();
            assertThat(response.status()).isEqualTo(405);
            assertThat(response.field("Connection")).isEqualTo("close");
            client.socket().shutdownOutput();
            assertThat(client.rest()).isEmpty();
        }
    }

    // ---- hostile clients --------------------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(
            strings = {"G", "GET / HTTP/1.1\r\nHost: h\r\n", "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab"
            })
    void aRequestThatTakesTooLongIsCutOff(final String beginning) throws Exception {
        try (RunningServer server = start(null, new HttpLimits(1, 300));
                RawClient slow = new RawClient(server);
                RawClient other = new RawClient(server)) {
            slow.send(beginning);
            assertThat(other.get("/small.txt").response().body()).isEqualTo(small);
            RawClient.Response response = slow.response();
            if (response.status() == 405) response = slow.response(); // told before the body came
            assertThat(response.status()).isEqualTo(408);
            slow.socket().shutdownOutput();
            assertThat(slow.rest()).isEmpty();
            assertThat(other.get("/small.txt").response().body()).isEqualTo(small);
        }
    }

    @Test
    void aClientThatSaysNothingIsCutOffWithoutAWord() throws Exception {
        try (RunningServer server = start(null, new HttpLimits(300, 1));
                RawClient client = new RawClient(server)) {
            assertThat(client.rest()).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void clientsThatReadNothingHoldLittleMemoryAndAreCutOff(final String backend) throws Exception {
        final CompletableFuture<EventBase> base = new CompletableFuture<>();
        final List<RawClient> deaf = new ArrayList<>();
        try (RunningServer server = new RunningServer(backend, opened -> {
            base.complete(opened);
            return new HttpServer(opened, root, new HttpLimits(300, 1), null);
        })) {
            for (int i = 0; i < 40; i++) {
                final RawClient client = new RawClient(server);
                deaf.add(client);
                for (int request = 0; request < 50; request++) client.get(i % 2 == 0 ? "/large.bin" : "/small.txt");
            }
            try (RawClient other = new RawClient(server)) {
                assertThat(other.get("/large.bin").response().body()).isEqualTo(large);
            }
            listenerAlone(base.join()).get(1, TimeUnit.MINUTES);
            for (final RawClient client : deaf) client.close();
            assertThat(server.peakMemory()).isLessThan(16L << 20);
        }
    }

    /** Completes when the loop goes to sleep with no event left but the listener's. */
    private static CompletableFuture<Void> listenerAlone(final EventBase base) {
        final CompletableFuture<Void> alone = new CompletableFuture<>();
        base.execute(() -> EvWatch.newPrepare(
                base,
                (watch, wait) -> {
                    if (base.countEvents(EventBase.COUNT_ADDED) == 1) alone.complete(null);
                },
                null));
        return alone;
    }

    @Test
    void randomBytesAndResetsHarmNobodyElse() throws Exception {
        final Random random = new Random(7);
        try (RunningServer server = start(null, new HttpLimits(1, 300));
                RawClient other = new RawClient(server)) {
            for (int i = 0; i < 200; i++) {
                final byte[] noise = new byte[1 + random.nextInt(20_000)];
                random.nextBytes(noise);
                try (RawClient client = new RawClient(server)) {
                    if (i % 3 == 1) client.get("/large.bin");
                    if (i % 3 == 2) client.send("GET /large.bin HTTP/1.1\r\nHo");
                    else client.socket().getOutputStream().write(noise);
                    if (i % 2 == 0) client.reset();
                } catch (final IOException e) {
                    // refused before all was sent
                }
                if (i % 10 == 0) {
                    assertThat(other.get("/large.bin").response().body()).isEqualTo(large);
                }
            }
            assertThat(other.get("/small.txt").response().body()).isEqualTo(small);
        }
    }

    @Test
    void aFileCutShortEndsTheConnectionThatPromisedIt() throws Exception {
        try (RunningServer server = start(null);
                RawClient client = new RawClient(server);
                RawClient other = new RawClient(server)) {
            assertThat(client.get("/large.bin").response().body()).isEqualTo(large);
            Files.write(root.resolve("large.bin"), new byte[100_000]);
            client.get("/large.bin"); // known with its old length for a second
            try {
                assertThat(client.response().body()).hasSize(100_000); // the second is over
            } catch (final IOException e) {
                assertThat(client.rest()).isEmpty();
            }
            assertThat(other.get("/small.txt").response().body()).isEqualTo(small);
        }
    }

    // ---- as a whole -------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void severalReactorsServeOnePort(final boolean sharedPort) throws Exception {
        for (final String backend : EventBase.supportedMethods()) {
            final ServerOptions options = new ServerOptions(0, backend, 3, RunningServer.MEMORY);
            try (RunningServer server =
                    new RunningServer(options, sharedPort, base -> new HttpServer(base, root, PATIENT, null))) {
                final List<RawClient> clients = new ArrayList<>();
                for (int i = 0; i < 20; i++) clients.add(new RawClient(server));
                for (final RawClient client : clients) client.get("/large.bin").get("/small.txt");
                for (final RawClient client : clients) {
                    assertThat(client.response().body()).isEqualTo(large);
                    assertThat(client.response().body()).isEqualTo(small);
                    client.close();
                }
            }
        }
    }

    /**
     * It reads and writes once and waits once in a turn, as the loop counts them: it may wait in vain. Until the compiler sees
     * through such a call the JDK makes a memory segment of 40 bytes for it, which a client that asks one thing at a time does
     * not get the compiler to do; a server under load comes to 0.
     */
    @Test
    void aRequestForACachedFileCostsAtMostTheMemorySegmentsOfItsSystemCalls() throws Exception {
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        final AtomicReference<LoopMetrics> loops = new AtomicReference<>();
        try (RunningServer server = new RunningServer(null, base -> {
                    loops.set(base.metrics());
                    return new HttpServer(base, root, PATIENT, null);
                });
                RawClient client = new RawClient(server)) {
            final byte[] response = new byte[64 * 1024];
            final byte[] request = "GET /small.txt HTTP/1.1\r\nHost: localhost:8080\r\n\r\n".getBytes(UTF_8);
            final long loop = Arrays.stream(threads.getThreadInfo(threads.getAllThreadIds()))
                    .filter(info -> info != null && info.getThreadName().equals("server"))
                    .findFirst()
                    .orElseThrow()
                    .getThreadId();
            client.get("/small.txt").response();
            int length = 0;
            long leastBeside = Long.MAX_VALUE;
            for (int round = 0; round < 20; round++) {
                final long turnsBefore = loops.get().turns();
                final long before = threads.getThreadAllocatedBytes(loop);
                for (int i = 0; i < 1000; i++) {
                    client.socket().getOutputStream().write(request);
                    if (length == 0) length = lengthOfOne(client, response);
                    else
                        assertThat(client.socket().getInputStream().readNBytes(response, 0, length))
                                .isEqualTo(length);
                }
                final long allocated = threads.getThreadAllocatedBytes(loop) - before;
                final long waits = loops.get().turns() - turnsBefore + 1; // one may be under way
                leastBeside = Math.min(leastBeside, allocated - 40 * (waits + 2 * 1000));
            }
            assertThat(leastBeside)
                    .as("bytes beside those of 1000 requests' calls, in the best of 20 rounds")
                    .isLessThanOrEqualTo(0);
        }
    }

    /** All responses are alike but for the digits of the date. */
    private int lengthOfOne(final RawClient client, final byte[] buffer) throws IOException {
        int length = 0;
        final InputStream in = client.socket().getInputStream();
        while (!new String(buffer, 0, length, UTF_8).contains("\r\n\r\n")) length += in.readNBytes(buffer, length, 1);
        return length + in.readNBytes(buffer, length, small.length);
    }

    @Test
    void aFolderThatIsNotThereIsToldWithStatus1() {
        final ByteArrayOutputStream err = new ByteArrayOutputStream();
        final String[] args = {
            "--port", "0", "--root", root.resolve("small.txt").toString()
        };

        assertThat(HttpServer.run(args, System.out, new PrintStream(err, true, UTF_8)))
                .isEqualTo(1);
        assertThat(err.toString(UTF_8))
                .startsWith("HttpServer: ")
                .contains("small.txt")
                .hasLineCount(1);
    }

    private static HttpResponse<byte[]> get(final HttpClient client, final RunningServer server, final String target)
            throws Exception {
        final URI uri = URI.create("http://127.0.0.1:" + server.port() + target);
        return client.send(
                HttpRequest.newBuilder(uri).version(HttpClient.Version.HTTP_1_1).build(), BodyHandlers.ofByteArray());
    }
}
