package io.evbuffer;

import io.evbuffer.memory.Segment;

/**
 * Bytes that are not in memory, such as a range of a file, counted by their holders.
 *
 * <p>Buffers that show them hold them, move them and share them without loading; what has to be looked at is loaded. Threads:
 * any, as buffers of several threads may show the same bytes.
 */
public interface UnloadedBytes {
    /**
     * Adds a holder.
     *
     * @throws IllegalStateException if the last holder is gone.
     */
    void retain();

    /** Gives up one holding; the last one releases whatever these bytes stand on. */
    void release();

    /**
     * Brings a range into memory.
     *
     * @param position of the first byte, 0 or more.
     * @param length bytes, 1 or more.
     * @return a segment that nobody else knows, lent to the caller, whose memory begins with these bytes; it is never written
     *     to. Who shows it is a holder of these bytes as long as that lasts.
     * @throws java.io.UncheckedIOException if they cannot be had, for example because a file was cut short.
     * @throws io.evbuffer.memory.BufferLimitException if there is no memory for them.
     */
    Segment load(long position, int length);
}
