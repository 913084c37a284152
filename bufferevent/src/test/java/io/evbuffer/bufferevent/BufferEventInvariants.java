package io.evbuffer.bufferevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.BufferEnd;

/** The invariants of the contract's section 16 that hold for every kind, checked at every callback of every test. */
final class BufferEventInvariants {
    private BufferEventInvariants() {}

    /**
     * At the entry of a read or write callback.
     *
     * @param endsFrozen false between a change of the transport and its first transfer.
     */
    static void atCallback(final BufferEvent s, final boolean endsFrozen) {
        assertTrue(s.base().inLoopThread(), "BEV-1: not on the loop's thread");
        if (s.sharedLock() != null) {
            assertEquals(
                    !s.options().has(Options.UNLOCK_CALLBACKS),
                    s.sharedLock().isMine(),
                    "BEV-22: the lock in callbacks of " + s.options());
        }
        assertFalse(s.isClosed(), "BEV-2: callback after close");
        assertTrue(s.references() >= 2, "BEV-19: the creator's reference and the routine's, not " + s.references());
        state(s);
        if (endsFrozen) {
            assertTrue(s.input().isFrozen(BufferEnd.END), "BEV-12: the tail of the input is open");
            assertTrue(s.output().isFrozen(BufferEnd.START), "BEV-12: the front of the output is open");
        }
    }

    /** At the entry of an event callback. */
    static void atEvent(final BufferEvent s, final boolean endsFrozen, final EventFlags what) {
        atCallback(s, endsFrozen);
        assertFalse(what == EventFlags.NONE, "BEV-15: empty event");
        final boolean ends = what.has(EventFlags.EOF) || what.has(EventFlags.ERROR) || what.has(EventFlags.TIMEOUT);
        if (!s.options().has(Options.DEFER_CALLBACKS)) {
            final int kinds = (what.has(EventFlags.EOF) ? 1 : 0)
                    + (what.has(EventFlags.ERROR) ? 1 : 0)
                    + (what.has(EventFlags.TIMEOUT) ? 1 : 0)
                    + (what.has(EventFlags.CONNECTED) ? 1 : 0)
                    + (what.has(EventFlags.CLOSED_BY_PEER) ? 1 : 0);
            assertEquals(1, kinds, "BEV-15: not deferred, yet " + what);
            if (ends && what.has(EventFlags.READING)) {
                assertFalse(s.enabled().has(Directions.READ), "BEV-16: READ still enabled at " + what);
            }
            if (ends && what.has(EventFlags.WRITING)) {
                assertFalse(s.enabled().has(Directions.WRITE), "BEV-16: WRITE still enabled at " + what);
            }
        }
    }

    /** What holds between any two steps of a live BufferEvent. */
    static void state(final BufferEvent s) {
        final long readHigh = s.highWatermark(Directions.READ);
        assertEquals(
                readHigh > 0 && s.input().length() >= readHigh,
                s.isReadSuspended(SuspendReason.WATERMARK),
                "BEV-6: suspended for the mark " + readHigh + " with "
                        + s.input().length() + " bytes");
        final boolean connecting = s instanceof final SocketBufferEvent socket && socket.isConnecting();
        if (s instanceof final SocketBufferEvent socket) {
            interests(socket);
        }
        if (s instanceof final PairBufferEvent pair) {
            ends(pair);
        }
        if (s instanceof final FilterBufferEvent layer && !layer.isClosed()) {
            layers(layer);
        }
        if (s.readTimer.isArmed()) {
            assertTrue(s.readTimeoutNanos() > 0 && s.wants(Directions.READ), "BEV-11: read timer without wish");
        }
        if (s.writeTimer.isArmed()) {
            assertTrue(connecting || (s.wants(Directions.WRITE) && hasToWrite(s)), "BEV-11: write timer without work");
        }
        assertTrue(s.input().checkInvariants());
        assertTrue(s.output().checkInvariants());
    }

    /** TLS shakes hands without output, and watches over what its own socket has not given to the system yet. */
    private static boolean hasToWrite(final BufferEvent s) {
        return s instanceof TlsBufferEvent
                ? s.pendingOutput() > 0 || !s.isConnected()
                : !s.output().isEmpty();
    }

    private static void interests(final SocketBufferEvent s) {
        final Wire wire = s.wire();
        if (wire != null) {
            assertTrue(!wire.isWatchingRead() || s.wantsRead(wire), "BEV-7: read interest without wish");
            assertTrue(
                    !wire.isWatchingWrite() || s.isConnecting() || s.wantsWrite(wire),
                    "BEV-8: write interest without wish");
        }
    }

    private static void ends(final PairBufferEvent pair) {
        final PairBufferEvent partner = pair.partner();
        if (partner != null) {
            assertSame(pair, partner.partner(), "BEV-23: the partner of the partner");
        }
    }

    private static void layers(final FilterBufferEvent layer) {
        final BufferEvent below = layer.underlying();
        if (!below.isClosed()) {
            assertEquals(
                    !layer.wants(Directions.READ),
                    below.isReadSuspended(SuspendReason.FILTER),
                    "BEV-25: the underlying is held back exactly while the layer does not read");
        }
    }

    /** When nothing is under way any more. */
    static void atRest(final BufferEvent s) {
        state(s);
        final SocketBufferEvent socket = s instanceof final SocketBufferEvent found ? found : null;
        final Wire wire = socket == null ? null : socket.wire();
        if (wire != null) {
            assertEquals(socket.wantsRead(wire), wire.isWatchingRead(), "BEV-10: read interest");
            assertEquals(
                    socket.wantsWrite(wire) && !s.output().isEmpty(),
                    wire.isWatchingWrite(),
                    "BEV-8, BEV-9: write interest");
        }
        assertFalse(s.notices.isQueued(), "BEV-17: a pass is queued");
    }
}
