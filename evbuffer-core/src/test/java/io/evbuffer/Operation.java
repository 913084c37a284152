package io.evbuffer;

import static io.evbuffer.Layout.ascii;

import java.nio.ByteBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Every operation of a buffer, with small arguments, and which end of it must not be frozen (contract 3.3).
 *
 * <p>Each is run on {@code it}, which holds some bytes; {@code other} holds some as well.
 */
enum Operation {
    ADD_ARRAY(BufferEnd.END, (it, other) -> it.add(ascii("x"))),
    ADD_NOTHING(BufferEnd.END, (it, other) -> it.add(new byte[0])),
    ADD_RANGE(BufferEnd.END, (it, other) -> it.add(ascii("abc"), 1, 1)),
    ADD_DIRECT_BUFFER(BufferEnd.END, (it, other) -> it.add(new UnsafeBuffer(new byte[3]), 1, 1)),
    ADD_BYTE_BUFFER(BufferEnd.END, (it, other) -> it.add(ByteBuffer.wrap(ascii("abc")))),
    PREPEND_ARRAY(BufferEnd.START, (it, other) -> it.prepend(ascii("x"))),
    PREPEND_NOTHING(null, (it, other) -> it.prepend(new byte[0])),
    PREPEND_DIRECT_BUFFER(BufferEnd.START, (it, other) -> it.prepend(new UnsafeBuffer(new byte[3]), 1, 1)),
    PREPEND_NO_DIRECT_BUFFER(null, (it, other) -> it.prepend(new UnsafeBuffer(new byte[3]), 1, 0)),
    PREPEND_BYTE_BUFFER(BufferEnd.START, (it, other) -> it.prepend(ByteBuffer.wrap(ascii("abc")))),
    PREPEND_NO_BYTE_BUFFER(null, (it, other) -> it.prepend(ByteBuffer.allocate(0))),
    ADD_BUFFER_AS_TARGET(BufferEnd.END, (it, other) -> it.addBuffer(other)),
    ADD_BUFFER_AS_SOURCE(BufferEnd.START, (it, other) -> other.addBuffer(it)),
    ADD_BUFFER_TO_ITSELF(null, (it, other) -> it.addBuffer(it)),
    ADD_EMPTY_BUFFER(null, (it, other) -> {
        other.drain(other.length());
        it.addBuffer(other);
    }),
    PREPEND_BUFFER_AS_TARGET(BufferEnd.START, (it, other) -> it.prependBuffer(other)),
    PREPEND_BUFFER_AS_SOURCE(BufferEnd.START, (it, other) -> other.prependBuffer(it)),
    PREPEND_BUFFER_TO_ITSELF(null, (it, other) -> it.prependBuffer(it)),
    REMOVE_BUFFER_AS_SOURCE(BufferEnd.START, (it, other) -> it.removeBuffer(other, 1)),
    REMOVE_BUFFER_AS_TARGET(BufferEnd.END, (it, other) -> other.removeBuffer(it, 1)),
    REMOVE_ALL_OF_BUFFER_AS_SOURCE(BufferEnd.START, (it, other) -> it.removeBuffer(other, Long.MAX_VALUE)),
    REMOVE_ALL_OF_BUFFER_AS_TARGET(BufferEnd.END, (it, other) -> other.removeBuffer(it, Long.MAX_VALUE)),
    REMOVE_NOTHING_OF_BUFFER(null, (it, other) -> it.removeBuffer(other, 0)),
    REMOVE_BUFFER_TO_ITSELF(null, (it, other) -> it.removeBuffer(it, 1)),
    DRAIN(BufferEnd.START, (it, other) -> it.drain(1)),
    DRAIN_ALL(BufferEnd.START, (it, other) -> it.drain(Long.MAX_VALUE)),
    DRAIN_NOTHING(BufferEnd.START, (it, other) -> it.drain(0)),
    REMOVE_TO_ARRAY(BufferEnd.START, (it, other) -> it.remove(new byte[2], 0, 2)),
    REMOVE_NOTHING(null, (it, other) -> it.remove(new byte[2], 0, 0)),
    REMOVE_TO_DIRECT_BUFFER(BufferEnd.START, (it, other) -> it.remove(new UnsafeBuffer(new byte[2]), 0, 2)),
    REMOVE_TO_BYTE_BUFFER(BufferEnd.START, (it, other) -> it.remove(ByteBuffer.allocate(2))),
    COPY_OUT_TO_ARRAY(BufferEnd.START, (it, other) -> it.copyOut(new byte[2], 0, 2)),
    COPY_OUT_NOTHING(null, (it, other) -> it.copyOut(new byte[2], 0, 0)),
    COPY_OUT_FROM_POSITION(BufferEnd.START, (it, other) -> it.copyOut(1, new byte[2], 0, 2)),
    COPY_OUT_FROM_END(null, (it, other) -> it.copyOut(it.length(), new byte[2], 0, 2)),
    COPY_OUT_TO_DIRECT_BUFFER(BufferEnd.START, (it, other) -> it.copyOut(new UnsafeBuffer(new byte[2]), 0, 2)),
    COPY_OUT_TO_BYTE_BUFFER(BufferEnd.START, (it, other) -> it.copyOut(ByteBuffer.allocate(2))),
    COPY_TO_ARRAY(BufferEnd.START, (it, other) -> it.copyToArray()),
    EXPAND(null, (it, other) -> it.expand(10)),
    EXPAND_FAST(null, (it, other) -> it.expandFast(10, 2)),
    RESERVE(BufferEnd.END, (it, other) -> it.reserveSpace(10, new EvIovec(2))),
    RESERVE_NOTHING(BufferEnd.END, (it, other) -> it.reserveSpace(0, new EvIovec(2))),
    COMMIT_NOTHING(BufferEnd.END, (it, other) -> it.commitSpace(new EvIovec(2))),
    COMMIT_COUNT(BufferEnd.END, (it, other) -> it.commitSpace(new EvIovec(2), 0)),
    PULL_UP(null, (it, other) -> it.pullUp(-1, new UnsafeBuffer(0, 0))),
    PEEK(null, (it, other) -> it.peek(-1, new EvIovec(2))),
    PEEK_FROM_POSITION(null, (it, other) -> it.peek(-1, 1, new EvIovec(2))),
    COUNT_EXTENTS(null, (it, other) -> it.countExtents(-1, 0)),
    CONTIGUOUS_LENGTH(null, (it, other) -> it.contiguousLength()),
    TRIM(null, (it, other) -> it.trim()),
    MAX_LENGTH(null, (it, other) -> it.maxLength(1000)),
    MAX_READ(null, (it, other) -> it.maxRead(1000)),
    FREEZE(null, (it, other) -> it.freeze(BufferEnd.END)),
    UNFREEZE(null, (it, other) -> it.unfreeze(BufferEnd.START)),
    ADD_LISTENER(null, (it, other) -> it.addListener((buffer, change) -> {})),
    REMOVE_LISTENER(null, (it, other) -> it.removeListener((buffer, change) -> {})),
    STATS(null, (it, other) -> it.stats(new EvBufferStats()));

    interface Body {
        void run(EvBuffer it, EvBuffer other);
    }

    /** The end that must not be frozen, or null. */
    final @Nullable BufferEnd needs;

    private final Body body;

    Operation(final @Nullable BufferEnd needs, final Body body) {
        this.needs = needs;
        this.body = body;
    }

    void run(final EvBuffer it, final EvBuffer other) {
        body.run(it, other);
    }
}
