package io.evbuffer.memory;

import java.nio.ByteBuffer;
import java.util.Arrays;
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
 * <p>Segments are cut one by one as they are needed, so that pages nobody asked for are never touched. The free ones are
 * a stack that is linked through them.
 *
 * <p>Invariants: <b>L1</b> {@code 0 <= free <= cut}, and {@code free} is the length of the stack. <b>L2</b> while {@code
 * free == cut} nobody knows a segment of this slab but the slab, and {@code idleSince} says since when.
 *
 * <p>Threads: guarded by the pool's lock, but for what is final.
 */
final class Slab {
    /** Sharers kept by a slab of few segments; one of many keeps as many as it has segments. More are the pool's to grant. */
    private static final int LEAST_SHARERS = 256;

    private static final Object[] NO_SHARERS = {};

    final SlabPool pool;
    final int index; // unique in the life of the pool
    final int sizeClass;
    final int segmentSize;
    int slot; // the place in its SlabClass
    long idleSince; // pool time, valid while idle
    private final ByteBuffer memory;
    private final Segment[] segments;
    private int cut;
    private final long address;
    private int free;
    private @Nullable Segment firstFree;
    private Object[] sharers = NO_SHARERS; // of the owner's thread, as is their count
    private int sharerCount;

    Slab(
            final SlabPool pool,
            final int index,
            final int sizeClass,
            final int segmentSize,
            final ByteBuffer memory,
            final long now) {
        this.pool = pool;
        this.index = index;
        this.sizeClass = sizeClass;
        address = BufferUtil.address(memory);
        this.segmentSize = segmentSize;
        this.memory = memory;
        idleSince = now;
        segments = new Segment[memory.capacity() / segmentSize];
    }

    ByteBuffer memory() {
        return memory;
    }

    int offsetOf(final Segment segment) {
        return (int) (segment.address() - address);
    }

    boolean isOwnersThread() {
        return pool.owner() == Thread.currentThread();
    }

    @Nullable
    Object popSharer() {
        return sharerCount == 0 ? null : sharers[--sharerCount];
    }

    void pushSharer(final Object sharer) {
        if (sharerCount == sharers.length && !growSharers()) return;
        sharers[sharerCount++] = sharer;
    }

    /** Makes room for more, at most twice as many; tells whether there is some. */
    private boolean growSharers() {
        final int room = sharers.length;
        final int wanted = room + Math.max(8, room);
        final int own = ownSharers();
        final int granted = room < own ? Math.min(wanted, own) : room + pool.grantSharers(wanted - room);
        if (granted == room) return false;
        try {
            sharers = Arrays.copyOf(sharers, granted);
            return true;
        } catch (final OutOfMemoryError e) { // then without: the release that leaves it must not fail
            if (room >= own) pool.grantedBack(granted - room);
            return false;
        }
    }

    private int ownSharers() {
        return Math.max(LEAST_SHARERS, segments.length);
    }

    int bytes() {
        return memory.capacity();
    }

    int cut() {
        return cut;
    }

    int free() {
        return free;
    }

    boolean isUsedUp() {
        return cut == segments.length;
    }

    /** Whether all that was cut is home. */
    boolean isIdle() {
        return free == cut;
    }

    Segment segment(final int i) {
        return segments[i];
    }

    Segment cutNext(final @Nullable Magazine magazine) {
        final Segment segment = new Segment(pool, memory.slice(cut * segmentSize, segmentSize));
        segment.slab = this;
        segment.magazine = magazine;
        segments[cut++] = segment;
        return segment;
    }

    /** Takes a free segment; there must be one. */
    Segment pop() {
        final Segment segment = java.util.Objects.requireNonNull(firstFree);
        firstFree = segment.next;
        segment.next = null;
        free--;
        return segment;
    }

    void push(final Segment segment) {
        segment.next = firstFree;
        firstFree = segment;
        free++;
    }

    void unmap() {
        pool.grantedBack(
                Math.max(0, sharers.length - ownSharers())); // nobody pushes any more, as all segments are home
        sharers = NO_SHARERS;
        sharerCount = 0;
        SlabMemory.unmap(memory);
    }
}
