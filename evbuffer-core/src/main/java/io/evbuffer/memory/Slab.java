package io.evbuffer.memory;

import java.nio.ByteBuffer;
import org.agrona.BufferUtil;
import org.jspecify.annotations.Nullable;

/**
 * One mapping and the segments cut from it, all of one size.
 *
 * <pre>
 *   0          size        2*size                  cut*size             memory.capacity()
 *   +----------+-----------+----- ... -------------+-- not yet cut -----+
 *   | segment 0| segment 1 |                       |                    |
 *   +----------+-----------+----- ... -------------+--------------------+
 * </pre>
 *
 * <p>Segments are cut one by one as they are needed, so that pages nobody asked for are never touched.
 *
 * <p>Threads: guarded by the pool's lock.
 */
final class Slab {
    private static final int MOST_SHARERS = 256;

    final int index;
    final int segmentSize;
    private final ByteBuffer memory;
    private final Segment[] segments;
    private int cut;
    private final long address;
    private @Nullable SlabPool pool;
    private final Object[] sharers = new Object[MOST_SHARERS];
    private int sharerCount; // owner's thread
    private int live; // only counted after the pool was closed

    Slab(final int index, final ByteBuffer memory, final int segmentSize) {
        this.index = index;
        this.memory = memory;
        address = BufferUtil.address(memory);
        this.segmentSize = segmentSize;
        segments = new Segment[memory.capacity() / segmentSize];
    }

    ByteBuffer memory() {
        return memory;
    }

    int offsetOf(final Segment segment) {
        return (int) (segment.address() - address);
    }

    boolean isOwnersThread() {
        return pool != null && pool.owner() == Thread.currentThread();
    }

    @Nullable
    Object popSharer() {
        return sharerCount == 0 ? null : sharers[--sharerCount];
    }

    void pushSharer(final Object sharer) {
        if (sharerCount < MOST_SHARERS) sharers[sharerCount++] = sharer;
    }

    int bytes() {
        return memory.capacity();
    }

    boolean isUsedUp() {
        return cut == segments.length;
    }

    Segment cutNext(final SlabPool pool) {
        this.pool = pool;
        final Segment segment = new Segment(pool, memory.slice(cut * segmentSize, segmentSize));
        segment.slab = this;
        segments[cut++] = segment;
        return segment;
    }

    int cut() {
        return cut;
    }

    Segment segment(final int i) {
        return segments[i];
    }

    void live(final int count) {
        live = count;
    }

    /** One segment less is out; tells whether none is left. */
    boolean returnedLast() {
        return --live == 0;
    }

    void unmap() {
        SlabMemory.unmap(memory);
    }
}
