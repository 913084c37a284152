package io.evbuffer.perf.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.agrona.DirectBuffer;

/**
 * The path that a request's target names, decoded and made plain: {@code /a%20b//./c?d} is {@code a b/c}, {@code /a/} is
 * {@code a/index.html}.
 *
 * <p>A path never leaves the root: a segment {@code ..} is refused, however it is written, and so is whatever might be a
 * separator to the file system but is none to HTTP. Symbolic links are the file cache's concern.
 *
 * <p><b>Cost:</b> one pass, nothing on the heap; the bytes stand here until the next call. Threads: one.
 */
final class TargetPath {
    static final int OK = 0;
    static final int BAD_REQUEST = 400;
    static final int FORBIDDEN = 403;
    static final int NOT_FOUND = 404;

    private static final int MAX_SEGMENT = 255; // no file has a longer name
    private static final byte[] INDEX = HttpText.bytes("index.html");
    private static final byte[] SCHEME_END = HttpText.bytes("://");

    private final byte[] bytes = new byte[RequestHead.MAX_TARGET + INDEX.length + 1];
    private int length;

    /** Decodes a target. Returns OK or the status that refuses it. */
    int decode(final DirectBuffer source, final int start, final int end) {
        int at = pathStart(source, start, end);
        if (at < 0) return BAD_REQUEST;
        length = 0;
        int segment = 0; // where the present one begins
        while (at < end && source.getByte(at) != '?') {
            int b = source.getByte(at++);
            if (b == '/') {
                final int answer = endSegment(segment);
                if (answer != OK) return answer;
                if (length > segment) bytes[length++] = '/';
                segment = length;
                continue;
            }
            if (b == '%') {
                b = end - at < 2 ? 0 : escaped(source.getByte(at), source.getByte(at + 1));
                at += 2;
                if (b == 0) return BAD_REQUEST;
                if (b == '/') return NOT_FOUND; // part of a name, and no file has such a one
            }
            if (b == '\\') return FORBIDDEN;
            bytes[length++] = (byte) b;
        }
        final int answer = endSegment(segment);
        if (answer == OK && length == segment) {
            System.arraycopy(INDEX, 0, bytes, length, INDEX.length);
            length += INDEX.length;
        }
        return answer;
    }

    /** The byte that two hexadecimal digits mean, or 0, which may not stand in a path, if they are none. */
    private static int escaped(final int high, final int low) {
        final int value = 16 * Character.digit(high, 16) + Character.digit(low, 16);
        return Character.digit(high, 16) < 0 || Character.digit(low, 16) < 0 ? 0 : value;
    }

    /** Behind scheme and authority, if a proxy has sent them; -1 if there is no path. */
    private static int pathStart(final DirectBuffer source, final int start, final int end) {
        if (source.getByte(start) == '/') return start;
        int at = start;
        while (at < end && Character.isLetter(source.getByte(at))) at++;
        if (at == start || end - at <= SCHEME_END.length) return -1;
        for (final byte b : SCHEME_END) if (source.getByte(at++) != b) return -1;
        final int authority = at;
        while (at < end && source.getByte(at) != '/' && source.getByte(at) != '?') at++;
        return at == authority ? -1 : at;
    }

    /** A segment is whole: drops it if it means nothing, refuses it if it means the parent. */
    private int endSegment(final int start) {
        final int count = length - start;
        if (count > MAX_SEGMENT) return NOT_FOUND;
        if (count == 1 && bytes[start] == '.') length = start;
        return count == 2 && bytes[start] == '.' && bytes[start + 1] == '.' ? FORBIDDEN : OK;
    }

    byte[] bytes() {
        return bytes;
    }

    int length() {
        return length;
    }

    @Override
    public String toString() {
        return new String(bytes, 0, length, UTF_8);
    }
}
