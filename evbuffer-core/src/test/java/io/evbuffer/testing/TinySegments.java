package io.evbuffer.testing;

import io.evbuffer.EvBuffer;
import io.evbuffer.memory.MemoryLimitException;
import io.evbuffer.memory.Segment;
import io.evbuffer.memory.SegmentSource;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * A source of segments so small that a short test meets every border, that refuses a take on demand, and that sees wrong
 * accesses.
 *
 * <pre>
 *   block   +-------+-----------+-------+-----------+-------+
 *           | guard | segment 0 | guard | segment 1 | guard | ...
 *           +-------+-----------+-------+-----------+-------+
 * </pre>
 *
 * <p>Segments have the given size; who asks for more gets the next multiple of it. They are used again, last in first
 * out, as a pool does. <b>T1</b> Guards around a segment hold a pattern; one that was overwritten is found when the segment
 * comes home. <b>T2</b> Segments at home hold a pattern; one that was written meanwhile is found at its next take or at the
 * close. <b>T3</b> A segment comes home once for each lending.
 *
 * <p>Threads: safe, with a lock.
 */
public final class TinySegments implements SegmentSource, AutoCloseable {
    /** The size of segments unless the constructor says otherwise. */
    public static final int DEFAULT_SIZE = 16;

    private static final int GUARD = 16;
    private static final byte GUARD_BYTE = (byte) 0xA5;
    private static final byte FREE_BYTE = (byte) 0xDB;
    private static final int BLOCK = 64 * 1024;

    private final int size;
    private final Map<Integer, ArrayDeque<Segment>> home = new HashMap<>();
    private final Map<Segment, ByteBuffer> surroundings = new HashMap<>();
    private final Set<Segment> live = new HashSet<>();
    private ByteBuffer block = ByteBuffer.allocateDirect(BLOCK);
    private long takes;
    private long refusals;
    private long refuseAt;
    private long refuseEvery;

    /** Creates a source of segments of {@value #DEFAULT_SIZE} bytes. */
    public TinySegments() {
        this(DEFAULT_SIZE);
    }

    /**
     * Creates a source.
     *
     * @param size capacity of the segments in bytes, 1 or more.
     */
    public TinySegments(final int size) {
        if (size < 1) throw new IllegalArgumentException("a segment has at least one byte: " + size);
        this.size = size;
    }

    /**
     * A new buffer on this source.
     *
     * @return empty; the caller closes it.
     */
    public EvBuffer newBuffer() {
        return new EvBuffer(this);
    }

    @Override
    public int preferredCapacity() {
        return size;
    }

    @Override
    public synchronized Segment take(final int minCapacity) {
        if (minCapacity < 0) throw new IllegalArgumentException("negative capacity: " + minCapacity);
        takes++;
        if (takes == refuseAt || (refuseEvery > 0 && takes % refuseEvery == 0)) {
            refusals++;
            throw new MemoryLimitException(
                    "take " + takes + " of " + minCapacity + " bytes refused, as the test asked");
        }
        final int capacity = Math.max(1, (minCapacity + size - 1) / size) * size;
        final ArrayDeque<Segment> idle = idle(capacity);
        final Segment segment = idle.isEmpty() ? cut(capacity) : idle.pop();
        checkUntouched(segment);
        live.add(segment);
        return segment.lend();
    }

    private ArrayDeque<Segment> idle(final int capacity) {
        return home.computeIfAbsent(capacity, any -> new ArrayDeque<>());
    }

    private Segment cut(final int capacity) {
        final int extent = capacity + 2 * GUARD;
        final ByteBuffer around;
        if (extent > BLOCK / 4) {
            around = ByteBuffer.allocateDirect(extent);
        } else {
            if (block.remaining() < extent) block = ByteBuffer.allocateDirect(BLOCK);
            around = block.slice(block.position(), extent);
            block.position(block.position() + extent);
        }
        for (int i = 0; i < extent; i++) {
            around.put(i, i < GUARD || i >= GUARD + capacity ? GUARD_BYTE : FREE_BYTE);
        }
        final Segment segment = new Segment(this, around.slice(GUARD, capacity));
        surroundings.put(segment, around);
        return segment;
    }

    @Override
    public synchronized void recycle(final Segment segment) {
        final ByteBuffer around = surroundings.get(segment);
        if (around == null) throw new AssertionError("not a segment of this source: " + segment);
        if (!live.remove(segment)) throw new AssertionError("T3: came home twice: " + segment);
        for (int i = 0; i < GUARD; i++) {
            if (around.get(i) != GUARD_BYTE || around.get(around.capacity() - 1 - i) != GUARD_BYTE) {
                throw new AssertionError("T1: written outside of " + segment);
            }
        }
        for (int i = 0; i < segment.capacity(); i++) around.put(GUARD + i, FREE_BYTE);
        idle(segment.capacity()).push(segment);
    }

    private void checkUntouched(final Segment segment) {
        final ByteBuffer around = Objects.requireNonNull(surroundings.get(segment));
        for (int i = 0; i < segment.capacity(); i++) {
            if (around.get(GUARD + i) != FREE_BYTE) throw new AssertionError("T2: written while at home: " + segment);
        }
    }

    /**
     * Refuses one take from here on, with {@link MemoryLimitException}.
     *
     * @param n 1 for the next take, 2 for the one after it.
     */
    public synchronized void failAt(final long n) {
        if (n < 1) throw new IllegalArgumentException("takes are counted from 1: " + n);
        refuseAt = takes + n;
    }

    /**
     * Refuses every n-th take.
     *
     * @param n 1 for all; 0 for none.
     */
    public synchronized void failEvery(final long n) {
        refuseEvery = n;
    }

    /** Refuses no take any more. */
    public synchronized void failNever() {
        refuseAt = 0;
        refuseEvery = 0;
    }

    /**
     * The segments somebody holds.
     *
     * @return 0 or more.
     */
    public synchronized int live() {
        return live.size();
    }

    /**
     * How often a segment was asked for.
     *
     * @return refused takes included.
     */
    public synchronized long takes() {
        return takes;
    }

    /**
     * How often a take was refused.
     *
     * @return 0 or more.
     */
    public synchronized long refusals() {
        return refusals;
    }

    /** Checks that every segment is home (T3) and was left alone there (T2). */
    public synchronized void checkAllHome() {
        if (!live.isEmpty()) throw new AssertionError(live.size() + " segments are not home: " + live);
        for (final ArrayDeque<Segment> idle : home.values()) idle.forEach(this::checkUntouched);
    }

    /** Checks that every segment is home, for try-with-resources around a test. */
    @Override
    public void close() {
        checkAllHome();
    }

    @Override
    public synchronized String toString() {
        return "TinySegments[size=" + size + ", live=" + live.size() + ", takes=" + takes + ", refused=" + refusals
                + "]";
    }
}
