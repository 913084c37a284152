package io.evbuffer.perf.stress;

import io.evbuffer.memory.Segment;
import io.evbuffer.memory.SegmentSource;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Lends new segments and counts what comes back.
 *
 * <p>States of stress tests are made by the thousand, so memory is neither mapped nor freed for them: segments lie over one
 * ring, which is so long that a place in it is used again only when its last user is long done.
 *
 * <p>Threads: takes belong to one thread at a time, recycling to any.
 */
final class CountingSource implements SegmentSource {
    private static final int CAPACITY = 256;
    private static final int PLACES = 1 << 16;
    private static final ByteBuffer RING = ByteBuffer.allocateDirect(PLACES * CAPACITY);
    private static final AtomicInteger NEXT_PLACE = new AtomicInteger();

    private final AtomicInteger recycled = new AtomicInteger();
    private int taken;

    @Override
    public Segment take(final int minCapacity) {
        if (minCapacity > CAPACITY) throw new IllegalArgumentException("no scenario needs " + minCapacity + " bytes");
        taken++;
        final int place = NEXT_PLACE.getAndIncrement() & (PLACES - 1);
        return new Segment(this, RING.slice(place * CAPACITY, CAPACITY)).lend();
    }

    @Override
    public void recycle(final Segment segment) {
        recycled.incrementAndGet();
    }

    @Override
    public int preferredCapacity() {
        return CAPACITY;
    }

    /** Segments lent less segments that came back: 0 if each came back once. */
    int outstanding() {
        return taken - recycled.get();
    }
}
