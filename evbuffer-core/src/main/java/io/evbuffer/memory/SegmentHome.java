package io.evbuffer.memory;

/**
 * Where a {@link Segment} goes when its last holder lets go: its pool, or whoever lent the memory.
 *
 * <p>Threads: called by whichever thread releases last.
 */
@FunctionalInterface
public interface SegmentHome {
    /**
     * Takes a segment back. Called by {@link Segment#release()}, never by users.
     *
     * @param segment a segment of this home that nobody holds any more.
     */
    void recycle(Segment segment);
}
