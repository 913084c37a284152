package io.evbuffer;

import io.evbuffer.memory.Segment;
import io.evbuffer.memory.SegmentHome;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.agrona.DirectBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Memory of the caller's that buffers show: the home of its segments, which tells the caller when the last one is back. Then
 * it goes to its {@link ReferenceStack}, with its segments and their nodes, to be used again.
 *
 * <p>Invariants: <b>R1</b> {@code live} is 0 exactly while this is on its stack or about to be. <b>R2</b> on the stack it
 * keeps nothing of the caller's reachable.
 *
 * <p>Ownership: keeps the memory reachable until the last segment is back. Threads: begun by the buffer's; segments come home
 * on any thread.
 */
final class ReferencedMemory implements SegmentHome {
    /** Segments kept for another time; a longer list of vectors leaves its others to the garbage collector. */
    private static final int MOST_KEPT = 64;

    private final ReferenceStack stack;
    private final AtomicInteger live = new AtomicInteger();
    private @Nullable Segment[] segments = new Segment[1];
    private int shown;
    private @Nullable DirectBuffer memory;
    private long extent;
    private @Nullable ReleaseHandler handler;
    private @Nullable Object attachment;
    private @Nullable UnloadedBytes unloaded; // instead of memory: each segment has a hold of these

    @Nullable
    ReferencedMemory next; // on the stack

    ReferencedMemory(final ReferenceStack stack) {
        this.stack = stack;
    }

    /** Begins to show memory in {@code count} segments. */
    ReferencedMemory begin(
            final DirectBuffer of,
            final long length,
            final int count,
            final @Nullable ReleaseHandler toldAtTheEnd,
            final @Nullable Object handedOver) {
        memory = of;
        extent = length;
        handler = toldAtTheEnd;
        attachment = handedOver;
        live.setPlain(count); // nobody else knows it now
        return this;
    }

    /** Begins to show bytes that are not in memory in {@code count} segments. */
    ReferencedMemory begin(final UnloadedBytes of, final int count) {
        unloaded = of;
        live.setPlain(count);
        return this;
    }

    /** A chain that shows a range of one buffer of this memory. */
    Chain show(final DirectBuffer buffer, final int offset, final int length) {
        final int end = offset + length;
        final Segment segment = nextSegment(buffer.addressOffset(), end);
        segment.rewrap(
                buffer.addressOffset(),
                end,
                buffer.byteBuffer(),
                buffer.byteBuffer() == null ? 0 : buffer.wrapAdjustment());
        return Chain.reference(segment.lend(), offset);
    }

    /** A chain that shows a range of the bytes that are not in memory; it has a hold of them, taken here. */
    Chain showUnloaded(final long position, final int length) {
        final UnloadedBytes bytes = Objects.requireNonNull(unloaded);
        final Segment segment = nextSegment(position, length);
        segment.rewrap(position, length, null, 0);
        bytes.retain();
        try {
            return Chain.unloaded(bytes, segment.lend());
        } catch (final Throwable e) { // no memory for a node
            bytes.release();
            throw e;
        }
    }

    private Segment nextSegment(final long address, final int capacity) {
        if (shown == segments.length) segments = Arrays.copyOf(segments, 2 * shown);
        Segment segment = segments[shown];
        if (segment == null) {
            segment = new Segment(this, address, capacity, null);
            segments[shown] = segment;
        }
        shown++;
        return segment;
    }

    @Override
    public void recycle(final Segment segment) {
        final UnloadedBytes held = unloaded; // read before others may use this again
        if (live.decrementAndGet() == 0) released();
        if (held != null) held.release();
    }

    private void released() {
        final DirectBuffer released = memory;
        final long bytes = extent;
        final ReleaseHandler told = handler;
        final Object handedOver = attachment;
        forget();
        stack.push(this);
        if (told != null && released != null) told.released(released, bytes, handedOver);
    }

    private void forget() {
        memory = null;
        handler = null;
        attachment = null;
        unloaded = null;
        for (int i = 0; i < shown; i++) {
            final Segment segment = segments[i];
            if (segment != null) segment.rewrap(segment.address(), segment.capacity(), null, 0);
        }
        shown = 0;
        if (segments.length > MOST_KEPT) segments = Arrays.copyOf(segments, MOST_KEPT);
    }
}
