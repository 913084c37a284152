package io.evbuffer.testing;

import io.evbuffer.UnloadedBytes;
import io.evbuffer.memory.Segment;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;

/**
 * Stands for a file: the bytes of the {@link ByteSequence} with seed 0, not in memory until they are loaded. Counts its
 * holders and the segments it has loaded, and refuses loads as a test asks.
 *
 * <p>Threads: of one thread.
 */
public final class UnloadedSequence implements UnloadedBytes {
    private int holders;
    private int segments;
    private long loads;
    private long refuseEvery;

    /** Creates a file that nobody holds. */
    public UnloadedSequence() {}

    @Override
    public void retain() {
        holders++;
    }

    @Override
    public void release() {
        if (--holders < 0) throw new AssertionError("released more often than retained");
    }

    @Override
    public Segment load(final long position, final int length) {
        if (holders < 1) throw new AssertionError("loaded, but held by nobody");
        loads++;
        if (refuseEvery > 0 && loads % refuseEvery == 0) {
            throw new UncheckedIOException(new IOException("load " + loads + " refused, as the test asked"));
        }
        segments++;
        final ByteBuffer memory = ByteBuffer.allocateDirect(length);
        memory.put(0, ByteSequence.bytes(position, length));
        return new Segment(segment -> segments--, memory).lend();
    }

    /**
     * Refuses every n-th load, with {@link UncheckedIOException}.
     *
     * @param n 1 for all; 0 for none.
     */
    public void failEvery(final long n) {
        refuseEvery = n;
    }

    /**
     * How often bytes were to be loaded.
     *
     * @return refused loads included.
     */
    public long loads() {
        return loads;
    }

    /** Checks that nobody holds the file, or a segment loaded from it. */
    public void checkAllHome() {
        if (holders != 0 || segments != 0) {
            throw new AssertionError(holders + " holders and " + segments + " loaded segments are left");
        }
    }
}
