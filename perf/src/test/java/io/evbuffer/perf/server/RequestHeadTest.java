package io.evbuffer.perf.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.evbuffer.EvBuffer;
import io.evbuffer.testing.BufferFixture;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestHeadTest {
    private static final String HOST = "Host: h\r\n";

    @RegisterExtension
    final BufferFixture buffers = new BufferFixture();

    private final RequestHead head = new RequestHead();

    @Test
    void aSmallRequestIsRead() {
        assertThat(read("GET /a?b HTTP/1.1\r\nHost: h\r\n\r\n")).isEqualTo(RequestHead.COMPLETE);
        assertThat(head.method()).isEqualTo(RequestHead.Method.GET);
        assertThat(target()).isEqualTo("/a?b");
        assertThat(head.length()).isEqualTo(30);
        assertThat(head.keepsAlive()).isTrue();
        assertThat(head.isOld()).isFalse();
        assertThat(head.expects()).isFalse();
        assertThat(head.bodyLength()).isZero();
        assertThat(head.range().isGiven()).isFalse();
    }

    @Test
    void nothingOfARequestStaysForTheNext() {
        final List<String> lines = List.of(
                "HEAD /x HTTP/1.0",
                "Connection: keep-alive",
                "Expect: 100-continue",
                "Content-Length: 5",
                "Range: bytes=1-2",
                "If-Range: x",
                "If-Modified-Since: y");
        read(String.join("\r\n", lines) + "\r\n\r\n");
        assertThat(head.method()).isEqualTo(RequestHead.Method.HEAD);
        assertThat(head.bodyLength()).isEqualTo(5);
        assertThat(head.expects()).isTrue();

        assertThat(read("GET / HTTP/1.1\r\n" + HOST + "\r\n")).isEqualTo(RequestHead.COMPLETE);
        assertThat(head.method()).isEqualTo(RequestHead.Method.GET);
        assertThat(head.bodyLength()).isZero();
        assertThat(head.expects()).isFalse();
        assertThat(head.isOld()).isFalse();
        assertThat(head.range().isGiven()).isFalse();
        assertThat(head.ifRange().isGiven()).isFalse();
        assertThat(head.ifModifiedSince().isGiven()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 64})
    void aHeadMayComeInPieces(final int piece) {
        final String text =
                "GET /some/where HTTP/1.1\r\nHost: example.org:80\r\nRange: bytes=0-9\r\nX: \t y z \t \r\n\r\n";
        final EvBuffer input = buffers.empty();
        int answer = RequestHead.MORE;
        long searched = 0;
        for (int at = 0; at < text.length(); at += piece) {
            assertThat(answer).isEqualTo(RequestHead.MORE);
            input.add(text.substring(at, Math.min(text.length(), at + piece)).getBytes(ISO_8859_1));
            answer = head.read(input, searched);
            searched = input.length();
        }
        assertThat(answer).isEqualTo(RequestHead.COMPLETE);
        assertThat(target()).isEqualTo("/some/where");
        assertThat(value(head.range())).isEqualTo("bytes=0-9");
        assertThat(head.length()).isEqualTo(text.length());
    }

    @Test
    void aHeadMayLieInManyChains() {
        final String text = "GET /some/where HTTP/1.1\r\nHost: example.org:80\r\n\r\nGET";
        final EvBuffer input = buffers.empty();
        for (final byte b : text.getBytes(ISO_8859_1)) {
            final EvBuffer one = buffers.empty();
            one.add(new byte[] {b});
            input.addBuffer(one);
        }
        assertThat(head.read(input, 0)).isEqualTo(RequestHead.COMPLETE);
        assertThat(target()).isEqualTo("/some/where");
        assertThat(input.length()).isEqualTo(text.length());
    }

    @Test
    void whatFollowsTheHeadIsLeftAlone() {
        final EvBuffer input = input("GET /1 HTTP/1.1\r\n" + HOST + "\r\nGET /2 HTTP/1.1\r\n" + HOST + "\r\nGET /3");

        assertThat(head.read(input, 0)).isEqualTo(RequestHead.COMPLETE);
        assertThat(target()).isEqualTo("/1");
        input.drain(head.length());
        assertThat(head.read(input, 0)).isEqualTo(RequestHead.COMPLETE);
        assertThat(target()).isEqualTo("/2");
        input.drain(head.length());
        assertThat(head.read(input, 0)).isEqualTo(RequestHead.MORE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.1||true",
                "1.1|Connection: close|false",
                "1.1|CONNECTION:CLOSE|false",
                "1.1|Connection: upgrade , Close|false",
                "1.1|Connection: closed|true",
                "1.1|Connection: close, keep-alive|false",
                "1.0||false",
                "1.0|Connection: Keep-Alive|true",
                "1.0|Connection: close, keep-alive|false",
                "1.2||true"
            })
    void theConnectionStaysAsVersionAndFieldSay(final String line) {
        final String[] parts = line.split("\\|", -1);
        final String field = parts[1].isEmpty() ? "" : parts[1] + "\r\n";

        assertThat(read("GET / HTTP/" + parts[0] + "\r\n" + HOST + field + "\r\n"))
                .isEqualTo(RequestHead.COMPLETE);
        assertThat(head.keepsAlive()).isEqualTo(Boolean.parseBoolean(parts[2]));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET  / HTTP/1.1\r\nHost: h",
                "GET /\r\nHost: h",
                "GET / \r\nHost: h",
                " GET / HTTP/1.1\r\nHost: h",
                "GET\t/\tHTTP/1.1\r\nHost: h",
                "GET / a HTTP/1.1\r\nHost: h",
                "GET /#a HTTP/1.1\r\nHost: h",
                "GET /\u00e4 HTTP/1.1\r\nHost: h",
                "GET /\u0001 HTTP/1.1\r\nHost: h",
                "G(T / HTTP/1.1\r\nHost: h",
                "GET / HTTP/1.1 \r\nHost: h",
                "GET / http/1.1\r\nHost: h",
                "GET / HTTP/1\r\nHost: h",
                "GET / HTTP/11.1\r\nHost: h",
                "GET / HTTP/1.1\nHost: h",
                "GET / HTTP/1.1\r\n\nHost: h",
                "GET / HTTP/1.1\r\rHost: h",
                "GET / HTTP/1.1\r\nHost: h\nX: y",
                "GET / HTTP/1.1\r\nHost: h\rX: y",
                "GET / HTTP/1.1\r\nHost: h\r\n folded",
                "GET / HTTP/1.1\r\n folded: x\r\nHost: h",
                "GET / HTTP/1.1\r\nHost: h\r\n\tfolded",
                "GET / HTTP/1.1\r\nHost : h",
                "GET / HTTP/1.1\r\nHost: h\r\nX y: z",
                "GET / HTTP/1.1\r\nHost: h\r\n: z",
                "GET / HTTP/1.1\r\nHost: h\r\nnothing",
                "GET / HTTP/1.1\r\nHost: h\r\nX: a\u0000b",
                "GET / HTTP/1.1\r\nHost: h\r\nX: a\u007fb",
                "GET / HTTP/1.1",
                "GET / HTTP/1.1\r\nX: y",
                "GET / HTTP/1.1\r\nHost: a\r\nHost: a",
                "GET / HTTP/1.1\r\nHost: a\r\nHOST: b",
            })
    void aMalformedHeadIsRefused(final String text) {
        assertThat(read(text + "\r\n\r\n")).isEqualTo(RequestHead.BAD_REQUEST);
    }

    /** What two servers in a row could take for two different requests. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 1\r\nContent-Length: 1",
                "Content-Length: 1\r\nContent-Length: 2",
                "content-length: 1\r\nCONTENT-LENGTH: 2",
                "Content-Length: 1, 1",
                "Content-Length: +1",
                "Content-Length: -1",
                "Content-Length: 0x1",
                "Content-Length: 1 2",
                "Content-Length: 1;a",
                "Content-Length:",
                "Content-Length: \u0661",
                "Content-Length: 9999999999999999999",
                "Content-Length : 1",
                "Content-Length\t: 1",
                "Content-Length: 1\r\nTransfer-Encoding: chunked",
                "Transfer-Encoding: chunked\r\nContent-Length: 1",
                "Transfer-Encoding : chunked",
                "Transfer-Encoding:\r\n chunked",
                "X: y\nContent-Length: 1",
                "X: y\rContent-Length: 1",
            })
    void anAmbiguousBodyIsRefused(final String fields) {
        assertThat(read("GET / HTTP/1.1\r\n" + HOST + fields + "\r\n\r\n")).isEqualTo(RequestHead.BAD_REQUEST);
    }

    @ParameterizedTest
    @ValueSource(strings = {"chunked", "gzip, chunked", "identity", "xchunked", ""})
    void aBodyInATransferCodingIsRefused(final String coding) {
        final String field = "Transfer-Encoding: " + coding + "\r\n";

        assertThat(read("GET / HTTP/1.1\r\n" + HOST + field + "\r\n")).isEqualTo(RequestHead.NOT_IMPLEMENTED);
        assertThat(read("GET / HTTP/1.0\r\n" + HOST + field + "\r\n")).isEqualTo(RequestHead.BAD_REQUEST);
    }

    @Test
    void aCountedBodyIsTold() {
        assertThat(read("POST / HTTP/1.1\r\n" + HOST + "Content-Length: 00123\r\n\r\n"))
                .isEqualTo(RequestHead.COMPLETE);
        assertThat(head.method()).isEqualTo(RequestHead.Method.OTHER);
        assertThat(head.bodyLength()).isEqualTo(123);
    }

    @ParameterizedTest
    @ValueSource(strings = {"get", "GETS", "GE", "POST", "!#$%&'*+-.^_`|~aZ09"})
    void anyTokenMayBeAMethod(final String method) {
        assertThat(read(method + " / HTTP/1.1\r\n" + HOST + "\r\n")).isEqualTo(RequestHead.COMPLETE);
        assertThat(head.method()).isEqualTo(RequestHead.Method.OTHER);
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/2.0", "HTTP/0.9", "HTTP/9.9"})
    void anotherMajorVersionIsRefused(final String version) {
        assertThat(read("GET / " + version + "\r\n\r\n")).isEqualTo(RequestHead.VERSION_NOT_SUPPORTED);
    }

    @Test
    void anEmptyLineBeforeTheHeadIsTold() {
        assertThat(read("\r\nGET / HTTP/1.1\r\n" + HOST + "\r\n")).isEqualTo(RequestHead.EMPTY_LINE);
        assertThat(read("\r\n")).isEqualTo(RequestHead.EMPTY_LINE);
        assertThat(read("\r\n\r\n")).isEqualTo(RequestHead.EMPTY_LINE);
        assertThat(read("\r")).isEqualTo(RequestHead.MORE);
        assertThat(read("\rG")).isEqualTo(RequestHead.BAD_REQUEST);
    }

    @Test
    void whatCanBecomeNoHeadIsRefusedAtOnce() {
        assertThat(read("")).isEqualTo(RequestHead.MORE);
        assertThat(read("\u0016\u0003\u0001")).isEqualTo(RequestHead.BAD_REQUEST);
        assertThat(read("\n")).isEqualTo(RequestHead.BAD_REQUEST);
        assertThat(read("GET / HTTP/1.1\n")).isEqualTo(RequestHead.BAD_REQUEST);
        assertThat(read("GET / HTTP/1.1\r\nHost: h\n")).isEqualTo(RequestHead.BAD_REQUEST);
        assertThat(read("GET / HTTP/1.1\r\nHost: h\r\n")).isEqualTo(RequestHead.MORE);
        final EvBuffer input = input("GET / HTTP/1.1\r\n");
        assertThat(head.read(input, 0)).isEqualTo(RequestHead.MORE);
        input.add("\n".getBytes(ISO_8859_1));
        assertThat(head.read(input, 16)).isEqualTo(RequestHead.BAD_REQUEST);
    }

    @Test
    void lengthsAreLimited() {
        final String line = " HTTP/1.1\r\n" + HOST;
        final String longest = "/" + "a".repeat(RequestHead.MAX_TARGET - 1);

        assertThat(read("GET " + longest + line + "\r\n")).isEqualTo(RequestHead.COMPLETE);
        assertThat(read("GET " + longest + "a" + line + "\r\n")).isEqualTo(RequestHead.TARGET_TOO_LONG);
        assertThat(read("GET /" + "a".repeat(RequestHead.MAX_LENGTH))).isEqualTo(RequestHead.TARGET_TOO_LONG);
        assertThat(read("GET /" + line + "X: " + "a".repeat(RequestHead.MAX_LENGTH)))
                .isEqualTo(RequestHead.HEAD_TOO_LARGE);
        final String most = "GET /" + line + "X: ";
        final int room = RequestHead.MAX_LENGTH - most.length() - 4;
        assertThat(read(most + "a".repeat(room) + "\r\n\r\n")).isEqualTo(RequestHead.COMPLETE);
        assertThat(read(most + "a".repeat(room + 1) + "\r\n\r\n")).isEqualTo(RequestHead.HEAD_TOO_LARGE);
        assertThat(read("GET /" + line + "X:\r\n".repeat(RequestHead.MAX_FIELDS - 1) + "\r\n"))
                .isEqualTo(RequestHead.COMPLETE);
        assertThat(read("GET /" + line + "X:\r\n".repeat(RequestHead.MAX_FIELDS) + "\r\n"))
                .isEqualTo(RequestHead.HEAD_TOO_LARGE);
    }

    @Test
    void valuesAreTakenWithoutTheBlanksAroundThem() {
        read("GET / HTTP/1.1\r\n" + HOST + "range:bytes=1-\r\nIF-RANGE: \t a b \t\r\nIf-Modified-Since:   \r\n\r\n");

        assertThat(value(head.range())).isEqualTo("bytes=1-");
        assertThat(value(head.ifRange())).isEqualTo("a b");
        assertThat(head.ifModifiedSince().isGiven()).isTrue();
        assertThat(value(head.ifModifiedSince())).isEmpty();
    }

    /** Every answer is one of those told, and the same whether the bytes come at once or one by one. */
    @Test
    void randomHeadsAreAnsweredAlikeInAnyPieces() {
        final String[] words = {
            "GET",
            " ",
            "/",
            "HTTP/1.1",
            "\r\n",
            "\r",
            "\n",
            "Host: h",
            "Content-Length: 1",
            "Transfer-Encoding: chunked",
            ":",
            "X",
            "\t",
            "\0",
            "\u00ff",
            "\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: h\r\n"
        };
        final Random random = new Random(1);
        for (int round = 0; round < 5_000; round++) {
            final StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(12); i >= 0; i--) text.append(words[random.nextInt(words.length)]);
            final int whole = read(text.toString());

            final EvBuffer input = buffers.empty();
            int answer = RequestHead.MORE;
            for (int at = 0; at < text.length() && answer == RequestHead.MORE; at++) {
                final long searched = input.length();
                input.add(new byte[] {(byte) text.charAt(at)});
                answer = head.read(input, searched);
            }
            assertThat(answer).as(text.toString()).isEqualTo(whole);
            input.drain(input.length());
        }
    }

    private EvBuffer input(final String text) {
        final EvBuffer input = buffers.empty();
        input.add(text.getBytes(ISO_8859_1));
        return input;
    }

    private int read(final String text) {
        last = input(text);
        return head.read(last, 0);
    }

    private EvBuffer last; // its memory is shown by the head

    private String target() {
        return head.view().getStringWithoutLengthAscii(head.targetStart(), head.targetEnd() - head.targetStart());
    }

    private String value(final RequestHead.FieldValue value) {
        return head.view().getStringWithoutLengthAscii(value.start, value.end - value.start);
    }
}
