package io.evbuffer.memory;

/**
 * Lends {@link Segment}s and takes them back: the seam between buffers and memory.
 *
 * <p>{@link SlabPool} is the source for production. Tests use sources with tiny segments, or such that refuse the n-th
 * take, to meet every border and every failure.
 *
 * <p>Threads: {@link #take} as the implementation says; {@link SegmentHome#recycle} may be called by any thread, whichever
 * releases last.
 */
public interface SegmentSource extends SegmentHome {
    /**
     * Lends a segment with one holder, the caller, who owes one {@link Segment#release()}.
     *
     * @param minCapacity least number of bytes the segment must have; 0 or more.
     * @return a segment of at least this capacity; its bytes are undefined.
     * @throws IllegalArgumentException if {@code minCapacity} is negative.
     * @throws MemoryLimitException if the source has no memory left; nothing has changed.
     * @throws IllegalStateException if the source is closed.
     */
    Segment take(int minCapacity);

    /**
     * The largest capacity that this source lends cheaply. Callers that need more, and need it not in one piece, take
     * several segments of this size.
     *
     * @return bytes, 1 or more; the same value at each call.
     */
    int preferredCapacity();
}
