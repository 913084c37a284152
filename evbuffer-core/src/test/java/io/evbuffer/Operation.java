package io.evbuffer;

import static io.evbuffer.Layout.ascii;

import io.evbuffer.memory.Segment;
import java.nio.ByteBuffer;
import org.agrona.DirectBuffer;
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
    STATS(null, (it, other) -> it.stats(new EvBufferStats())),
    ADD_VECTORS(BufferEnd.END, (it, other) -> it.addIovec(new ByteBuffer[] {ByteBuffer.wrap(ascii("abc"))})),
    ADD_NO_VECTORS(BufferEnd.END, (it, other) -> it.addIovec(new ByteBuffer[0])),
    ADD_PRINTF(BufferEnd.END, (it, other) -> it.addPrintf("%d", 1)),
    ADD_REFERENCE(BufferEnd.END, (it, other) -> it.addReference(direct(3), null, null)),
    ADD_REFERENCE_RANGE(BufferEnd.END, (it, other) -> it.addReference(direct(3), 1, 1, null, null)),
    ADD_NO_REFERENCE(BufferEnd.END, (it, other) -> it.addReference(direct(3), 1, 0, null, null)),
    ADD_REFERENCES(BufferEnd.END, (it, other) -> it.addIovecReference(new DirectBuffer[] {direct(3)}, null, null)),
    SHARE_AS_TARGET(BufferEnd.END, (it, other) -> it.addBufferReference(other)),
    SHARE_AS_SOURCE(null, (it, other) -> other.addBufferReference(it)),
    ADD_UNLOADED(BufferEnd.END, (it, other) -> it.addUnloaded(new Absent(), 0, 0)),
    DRAINS_TO_FD(null, (it, other) -> it.drainsToFd(true)),
    READ_LINE(BufferEnd.START, (it, other) -> it.readLine(EolStyle.LF)),
    READ_LINE_TO_ARRAY(BufferEnd.START, (it, other) -> it.readLine(EolStyle.LF, new byte[2], 0, 2)),
    READ_LINE_TO_DIRECT_BUFFER(BufferEnd.START, (it, other) -> it.readLine(EolStyle.LF, direct(2), 0, 2)),
    READ_LINE_TO_BYTE_BUFFER(BufferEnd.START, (it, other) -> it.readLine(EolStyle.LF, ByteBuffer.allocate(2))),
    PEEK_LINE(null, (it, other) -> it.peekLine(EolStyle.LF, new UnsafeBuffer(0, 0), new EolMatch())),
    SEARCH(null, (it, other) -> it.search(ascii("c"), 0)),
    SEARCH_DIRECT_BUFFER(null, (it, other) -> it.search(direct(1), 0, 1, 0)),
    SEARCH_RANGE(null, (it, other) -> it.searchRange(ascii("c"), 0, 1)),
    SEARCH_RANGE_DIRECT_BUFFER(null, (it, other) -> it.searchRange(direct(1), 0, 1, 0, 1)),
    SEARCH_EOL(null, (it, other) -> it.searchEol(0, EolStyle.LF, new EolMatch())),
    PEEK_LOADED(null, (it, other) -> it.peekLoaded(-1, new EvIovec(2))),
    FRONT_UNLOADED(null, (it, other) -> it.frontUnloaded(new UnloadedExtent())),
    PIN_FOR_READ(BufferEnd.END, (it, other) -> it.pinForRead(1, new EvIovec(2)).abort()),
    PIN_FOR_WRITE(BufferEnd.START, (it, other) -> it.pinForWrite(new EvIovec(2)).abort()),
    MARK(null, (it, other) -> it.mark(0).close()),
    OWNER(null, (it, other) -> it.owner("connection 7")),
    DEFER_CALLBACKS(null, (it, other) -> it.deferCallbacks(Runnable::run)),
    RETAIN(null, (it, other) -> it.retain().release());

    private static UnsafeBuffer direct(final int capacity) {
        return new UnsafeBuffer(ByteBuffer.allocateDirect(capacity));
    }

    /** Bytes that nobody asks for. */
    private static final class Absent implements UnloadedBytes {
        @Override
        public void retain() {}

        @Override
        public void release() {}

        @Override
        public Segment load(final long position, final int length) {
            throw new AssertionError("there are no bytes to load");
        }
    }

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
