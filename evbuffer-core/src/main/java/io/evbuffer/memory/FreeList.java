package io.evbuffer.memory;

/**
 * The segments of one size class that are at home and at hand: a stack in an array.
 *
 * <p>Room is made when segments are cut, so that {@link #push} allocates only when segments come home that somebody else
 * had cut. Last in, first out: the segment taken next is the one whose bytes are most likely still in the processor's
 * cache.
 *
 * <p>Threads: belongs to one thread, or to whoever holds the pool's lock. {@code taken} and {@code returned} are read by
 * other threads for statistics only.
 */
final class FreeList {
    final int sizeClass;
    final int segmentSize;
    private Segment[] segments = new Segment[16];
    private int size;
    long taken;
    long returned;

    FreeList(final int sizeClass, final int segmentSize) {
        this.sizeClass = sizeClass;
        this.segmentSize = segmentSize;
    }

    int size() {
        return size;
    }

    Segment get(final int index) {
        return segments[index];
    }

    /** Makes room for {@code total} segments in all. */
    void ensureRoom(final int total) {
        if (segments.length < total) segments = java.util.Arrays.copyOf(segments, Math.max(total, segments.length * 2));
    }

    void push(final Segment segment) {
        if (size == segments.length) ensureRoom(size + 1);
        final int top = size;
        // Who was taken last returns first: it is still there, and nothing need be told to the garbage collector.
        if (segments[top] != segment) segments[top] = segment;
        size = top + 1;
    }

    Segment pop() {
        return segments[--size];
    }

    void clear() {
        java.util.Arrays.fill(segments, 0, size, null);
        size = 0;
    }
}
