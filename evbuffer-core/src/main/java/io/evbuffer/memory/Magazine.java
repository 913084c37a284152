package io.evbuffer.memory;

import org.jspecify.annotations.Nullable;

/**
 * The segments of one size class that its user has at hand: a bounded stack in an array.
 *
 * <p>Last in, first out: the segment taken next is the one whose bytes are most likely still in the processor's cache.
 * What does not fit goes home to its slab, the coldest half at once, so that a long burst costs one lock for many
 * segments and the pool can see which slabs are empty.
 *
 * <p>Threads: belongs to the pool's owner, or to whoever entered its {@link Stripe}. Others read {@code size} for
 * statistics only.
 */
final class Magazine extends TakeCounter {
    /** Bytes at hand in one class: an owner may take and return so much without a lock. */
    private static final int MOST_BYTES = 1 << 20;

    private static final int LEAST_SEGMENTS = 32;
    private static final int MOST_SEGMENTS = 256;

    final SlabPool pool;
    final int sizeClass;
    private final Segment[] segments;
    private int size;

    Magazine(final SlabPool pool, final LeakTracking level, final int sizeClass, final int capacity) {
        super(level, sizeClass * 31 + 7);
        this.pool = pool;
        this.sizeClass = sizeClass;
        segments = new Segment[capacity];
    }

    /** How many segments of a class an owner keeps at hand. */
    static int capacityFor(final int sizeClass) {
        return Math.min(MOST_SEGMENTS, Math.max(LEAST_SEGMENTS, MOST_BYTES / SizeClasses.size(sizeClass)));
    }

    int size() {
        return size;
    }

    int capacity() {
        return segments.length;
    }

    /** Takes the top; there must be one. */
    Segment pop() {
        return segments[--size];
    }

    @Nullable
    Segment popOrNull() {
        return size == 0 ? null : segments[--size];
    }

    /** Puts a segment on top; tells whether there was room. */
    boolean push(final Segment segment) {
        final int top = size;
        if (top == segments.length) return false;
        // Who was taken last returns first: it is still there, and nothing need be told to the garbage collector.
        if (segments[top] != segment) segments[top] = segment;
        size = top + 1;
        return true;
    }

    /** Takes up to {@code most} free segments; there must be nothing in it. */
    void refill(final SlabClass from, final int most) {
        size = from.take(segments, most);
    }

    /** Sends the {@code count} coldest segments home. */
    void sendHome(final SlabClass to, final int count) {
        to.put(segments, count);
        final int left = size - count;
        System.arraycopy(segments, count, segments, 0, left);
        java.util.Arrays.fill(segments, left, size, null);
        size = left;
    }
}
