package io.evbuffer.bufferevent;

import io.evbuffer.EvIovec;
import io.evbuffer.event.EventBase;
import io.evbuffer.memory.Segment;
import io.evbuffer.memory.SlabPool;
import java.nio.ByteBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * One segment and a few vectors that all TLS connections of a base share, as only one of them encrypts or decrypts at a
 * time.
 *
 * <pre>
 *   segment   [ record: one that came in, gathered   | sealed: one that goes out, before its size is known ]
 * </pre>
 */
final class TlsScratch implements AutoCloseable {
    private static final int SIZE = 64 * 1024;
    private static final int RECORD_SIZE = 24 * 1024; // the longest record that TLS allows has 18,437 bytes
    private static final int VECTORS = 8;

    final ByteBuffer record;
    final ByteBuffer sealed;
    final EvIovec data = new EvIovec(VECTORS);
    final EvIovec space = new EvIovec(2);
    final EvIovec run = new EvIovec(1);
    final UnsafeBuffer view = new UnsafeBuffer(0, 0);
    private final ByteBuffer[] oneTarget = new ByteBuffer[1];
    private final ByteBuffer[] twoTargets = new ByteBuffer[2];
    private final Segment segment;

    private TlsScratch(final SlabPool pool) {
        segment = pool.take(SIZE);
        final ByteBuffer all = segment.writeView().clear();
        record = all.slice(0, RECORD_SIZE);
        sealed = all.slice(RECORD_SIZE, all.capacity() - RECORD_SIZE);
    }

    static TlsScratch of(final EventBase base) {
        return base.part(TlsScratch.class, () -> new TlsScratch(base.pool()));
    }

    /** The views of the space, and nothing beside them: some engines look at all of an array. */
    ByteBuffer[] targets(final int vectors) {
        final ByteBuffer[] targets = vectors == 1 ? oneTarget : twoTargets;
        System.arraycopy(space.views(), 0, targets, 0, vectors);
        return targets;
    }

    @Override
    public void close() {
        segment.release();
    }
}
