package io.evbuffer.perf.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TargetPathTest {
    private final TargetPath path = new TargetPath();

    @ParameterizedTest
    @CsvSource({
        "/, index.html",
        "/?a/b, index.html",
        "/a, a",
        "/a/b.txt, a/b.txt",
        "/a/, a/index.html",
        "/a/., a/index.html",
        "/a?x=../.., a",
        "/a%3fb, a?b",
        "/a%20b, a b",
        "/%c3%A4, \u00e4",
        "//a///b, a/b",
        "/./a/./b, a/b",
        "/..., ...",
        "/.a/..b, .a/..b",
        "/a%2520, a%20",
        "http://host:80/a, a",
        "HTTPS://host/a?b, a",
        "http://host, index.html",
        "http://host?/a, index.html"
    })
    void targetsAreDecoded(final String target, final String expected) {
        assertThat(decode(target)).isEqualTo(TargetPath.OK);
        assertThat(path).hasToString(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/..", "/../a", "/a/../b", "/a/..", "/%2e%2e/a", "/.%2E/a", "/a/%2e./", "/a\\..\\b", "/%5ca"})
    void whatWouldLeaveAFolderIsForbidden(final String target) {
        assertThat(decode(target)).isEqualTo(TargetPath.FORBIDDEN);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a",
                "*",
                "/%",
                "/%1",
                "/%zz",
                "/%0",
                "/%00",
                "/a%00.txt",
                "host:80",
                "http:/a",
                "http://",
                "http:///a"
            })
    void whatIsNoPathIsABadRequest(final String target) {
        assertThat(decode(target)).isEqualTo(TargetPath.BAD_REQUEST);
    }

    @Test
    void namesThatNoFileCanHaveAreNotFound() {
        assertThat(decode("/a%2fb")).isEqualTo(TargetPath.NOT_FOUND);
        assertThat(decode("/..%2f..%2fetc/passwd")).isEqualTo(TargetPath.NOT_FOUND);
        assertThat(decode("/" + "a".repeat(256))).isEqualTo(TargetPath.NOT_FOUND);
        assertThat(decode("/" + "a".repeat(256) + "/b")).isEqualTo(TargetPath.NOT_FOUND);
        assertThat(decode("/" + "a".repeat(255))).isEqualTo(TargetPath.OK);
    }

    @Test
    void theLongestTargetHasRoom() {
        final String longest = "/" + ("a".repeat(255) + "/").repeat(16).substring(0, RequestHead.MAX_TARGET - 1);
        assertThat(longest).hasSize(RequestHead.MAX_TARGET);

        assertThat(decode(longest)).isEqualTo(TargetPath.OK);
        assertThat(path.length()).isEqualTo(longest.length() - 1);
        assertThat(decode(longest.substring(0, longest.length() - 1) + "/")).isEqualTo(TargetPath.OK);
        assertThat(path.toString()).endsWith("/index.html");
    }

    private int decode(final String target) {
        final byte[] bytes = ("GET " + target + " ").getBytes(UTF_8);
        return path.decode(new UnsafeBuffer(bytes), 4, bytes.length - 1);
    }
}
