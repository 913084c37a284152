package io.evbuffer.perf.server;

import io.evbuffer.bufferevent.BufferEvent;
import io.evbuffer.event.EventBase;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The head of a response, written once into memory of its own and from there to a connection.
 *
 * <p><b>Cost:</b> one copy of what is written; nothing on the heap, but for the text of the date, once a second. Threads: one; it
 * serves all connections of a reactor, one after the other.
 */
final class ResponseHead {
    private static final int ROOM = 1024;
    private static final byte[] DATE = HttpText.bytes("\r\nDate: ");
    private static final byte[] LENGTH = HttpText.bytes("Content-Length: ");
    private static final byte[] RANGE = HttpText.bytes("Content-Range: bytes ");
    private static final byte[] NO_RANGE = HttpText.bytes("Content-Range: bytes */");
    private static final byte[] LINE_END = HttpText.bytes("\r\n");
    private static final byte[] CLOSE = HttpText.bytes("Connection: close\r\n");
    private static final byte[] KEEP_ALIVE = HttpText.bytes("Connection: keep-alive\r\n");

    private final EventBase base;
    private final UnsafeBuffer bytes = new UnsafeBuffer(new byte[ROOM]);
    private int length;
    private long dateSecond = Long.MIN_VALUE;
    private byte[] date = {};

    ResponseHead(final EventBase base) {
        this.base = base;
    }

    /** Begins with a status line, as {@code HTTP/1.1 200 OK} without its end, and the date. */
    ResponseHead begin(final byte[] statusLine) {
        final long second = TimeUnit.NANOSECONDS.toSeconds(base.wallNanos());
        if (second != dateSecond) {
            date = HttpDate.bytes(second);
            dateSecond = second;
        }
        length = 0;
        return text(statusLine).text(DATE).text(date).text(LINE_END);
    }

    ResponseHead text(final byte[] text) {
        bytes.putBytes(length, text);
        length += text.length;
        return this;
    }

    ResponseHead contentLength(final long count) {
        return text(LENGTH).number(count).text(LINE_END);
    }

    ResponseHead contentRange(final long first, final long last, final long size) {
        return text(RANGE)
                .number(first)
                .mark('-')
                .number(last)
                .mark('/')
                .number(size)
                .text(LINE_END);
    }

    ResponseHead noContentRange(final long size) {
        return text(NO_RANGE).number(size).text(LINE_END);
    }

    /** Says what becomes of the connection, where the client would expect something else. */
    ResponseHead connection(final boolean closes, final boolean toOldClient) {
        if (closes) return text(CLOSE);
        return toOldClient ? text(KEEP_ALIVE) : this;
    }

    private ResponseHead number(final long value) {
        length += bytes.putLongAscii(length, value);
        return this;
    }

    private ResponseHead mark(final char c) {
        bytes.putByte(length++, (byte) c);
        return this;
    }

    /** Ends the head and appends it to what a connection sends. */
    void endTo(final BufferEvent connection) {
        text(LINE_END);
        connection.write(bytes, 0, length);
    }
}
