package io.evbuffer.perf.load;

import io.evbuffer.bufferevent.BufferEvent;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * What each connection sends: the byte at a position follows from connection and position, with a period that is a prime. What
 * is lost, doubled or exchanged, within a connection or between two, does not fit.
 */
final class Pattern {
    /** The most bytes that are compared at once. */
    static final int LONGEST = 64 * 1024;

    private static final int PERIOD = 65_521;
    private static final int SHIFT = 7_919; // between the patterns of two connections

    private final byte[] bytes = new byte[PERIOD + LONGEST];

    Pattern() {
        for (int i = 0; i < bytes.length; i++) bytes[i] = (byte) (((i % PERIOD) * 0x9E3779B1) >>> 24);
    }

    private static int start(final int connection, final long position) {
        return (int) ((position + (long) connection * SHIFT) % PERIOD);
    }

    /** Writes what a connection has from a position on. */
    void write(final BufferEvent target, final int connection, final long position, final int length) {
        for (int written = 0; written < length; written += LONGEST) {
            target.write(bytes, start(connection, position + written), Math.min(LONGEST, length - written));
        }
    }

    /** Fills a buffer with what a connection has from a position on, at most {@value #LONGEST} bytes. */
    void write(final ByteBuffer target, final int connection, final long position) {
        target.put(bytes, start(connection, position), target.remaining());
    }

    /** The index of the first byte that is not what a connection has from a position on; -1 if there is none. */
    int mismatch(final int connection, final long position, final byte[] received, final int length) {
        final int start = start(connection, position);
        return Arrays.mismatch(received, 0, length, bytes, start, start + length);
    }
}
