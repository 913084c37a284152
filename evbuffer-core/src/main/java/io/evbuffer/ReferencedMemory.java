package io.evbuffer;

import io.evbuffer.memory.Segment;
import io.evbuffer.memory.SegmentHome;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import org.agrona.DirectBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Memory of the caller's that buffers show: the home of its segments, which tells the caller when the last one is back.
 *
 * <p>Ownership: keeps the memory reachable until then. Threads: segments come home on any thread.
 */
final class ReferencedMemory implements SegmentHome {
    private final DirectBuffer memory;
    private final long extent;
    private final @Nullable ReleaseHandler handler;
    private final @Nullable Object attachment;
    private final AtomicInteger segments;

    ReferencedMemory(
            final DirectBuffer memory,
            final long extent,
            final int segments,
            final @Nullable ReleaseHandler handler,
            final @Nullable Object attachment) {
        this.memory = memory;
        this.extent = extent;
        this.handler = handler;
        this.attachment = attachment;
        this.segments = new AtomicInteger(segments);
    }

    /** A chain that shows a range of one buffer of this memory. */
    Chain show(final DirectBuffer buffer, final int offset, final int length) {
        final int end = offset + length;
        final Segment segment = new Segment(this, buffer.addressOffset(), end, nioOf(buffer, end));
        final Chain chain = Chain.on(segment.lend());
        chain.flags = Chain.REFERENCE;
        chain.misalign = offset;
        chain.length = length;
        return chain;
    }

    /** NIO's view of a buffer's bytes, where the buffer stands on one. */
    private static @Nullable ByteBuffer nioOf(final DirectBuffer buffer, final int end) {
        final ByteBuffer under = buffer.byteBuffer();
        return under == null ? null : under.duplicate().clear().slice(buffer.wrapAdjustment(), end);
    }

    @Override
    public void recycle(final Segment segment) {
        if (segments.decrementAndGet() == 0) released();
    }

    void released() {
        if (handler != null) handler.released(memory, extent, attachment);
    }
}
