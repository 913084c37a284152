package io.evbuffer.bufferevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.BufferEnd;

/** The invariants of the contract's section 16 that hold for a socket, checked at every callback of every test. */
final class BufferEventInvariants {
    private BufferEventInvariants() {}

    /**
     * At the entry of a read or write callback.
     *
     * @param endsFrozen false between a change of the transport and its first transfer.
     */
    static void atCallback(final SocketBufferEvent s, final boolean endsFrozen) {
        assertTrue(s.base().inLoopThread(), "BEV-1: not on the loop's thread");
        assertFalse(s.isClosed(), "BEV-2: callback after close");
        assertTrue(s.references() >= 2, "BEV-19: the creator's reference and the routine's, not " + s.references());
        state(s);
        if (endsFrozen) {
            assertTrue(s.input().isFrozen(BufferEnd.END), "BEV-12: the tail of the input is open");
            assertTrue(s.output().isFrozen(BufferEnd.START), "BEV-12: the front of the output is open");
        }
    }

    /** At the entry of an event callback. */
    static void atEvent(final SocketBufferEvent s, final boolean endsFrozen, final EventFlags what) {
        atCallback(s, endsFrozen);
        assertFalse(what == EventFlags.NONE, "BEV-15: empty event");
        final boolean ends = what.has(EventFlags.EOF) || what.has(EventFlags.ERROR) || what.has(EventFlags.TIMEOUT);
        if (!s.options().has(Options.DEFER_CALLBACKS)) {
            final int kinds = (what.has(EventFlags.EOF) ? 1 : 0)
                    + (what.has(EventFlags.ERROR) ? 1 : 0)
                    + (what.has(EventFlags.TIMEOUT) ? 1 : 0)
                    + (what.has(EventFlags.CONNECTED) ? 1 : 0);
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
    static void state(final SocketBufferEvent s) {
        final long readHigh = s.highWatermark(Directions.READ);
        assertEquals(
                readHigh > 0 && s.input().length() >= readHigh,
                s.isReadSuspended(SuspendReason.WATERMARK),
                "BEV-6: suspended for the mark " + readHigh + " with "
                        + s.input().length() + " bytes");
        final Wire wire = s.wire();
        final boolean connecting = s.isConnecting();
        if (wire != null) {
            assertTrue(!wire.isWatchingRead() || s.wantsRead(wire), "BEV-7: read interest without wish");
            assertTrue(
                    !wire.isWatchingWrite() || connecting || s.wantsWrite(wire), "BEV-8: write interest without wish");
        }
        if (s.readTimer.isArmed()) {
            assertTrue(s.readTimeoutNanos() > 0 && s.wants(Directions.READ), "BEV-11: read timer without wish");
        }
        if (s.writeTimer.isArmed()) {
            assertTrue(
                    connecting || (s.wants(Directions.WRITE) && !s.output().isEmpty()),
                    "BEV-11: write timer without work");
        }
        assertTrue(s.input().checkInvariants());
        assertTrue(s.output().checkInvariants());
    }

    /** When nothing is under way any more. */
    static void atRest(final SocketBufferEvent s) {
        state(s);
        final Wire wire = s.wire();
        if (wire != null) {
            assertEquals(s.wantsRead(wire), wire.isWatchingRead(), "BEV-10: read interest");
            assertEquals(
                    s.wantsWrite(wire) && !s.output().isEmpty(),
                    wire.isWatchingWrite(),
                    "BEV-8, BEV-9: write interest");
        }
        assertFalse(s.notices.isQueued(), "BEV-17: a pass is queued");
    }
}
