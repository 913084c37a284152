package io.evbuffer.memory;

import java.nio.ByteBuffer;

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
    final int index;
    final int segmentSize;
    private final ByteBuffer memory;
    private final Segment[] segments;
    private int cut;
    private int live; // only counted after the pool was closed

    Slab(final int index, final ByteBuffer memory, final int segmentSize) {
        this.index = index;
        this.memory = memory;
        this.segmentSize = segmentSize;
        segments = new Segment[memory.capacity() / segmentSize];
    }

    int bytes() {
        return memory.capacity();
    }

    boolean isUsedUp() {
        return cut == segments.length;
    }

    Segment cutNext(final SegmentSource source) {
        final Segment segment = new Segment(source, memory.slice(cut * segmentSize, segmentSize));
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
