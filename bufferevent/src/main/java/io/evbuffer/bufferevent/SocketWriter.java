package io.evbuffer.bufferevent;

import io.evbuffer.BufferEnd;
import io.evbuffer.EvBuffer;
import io.evbuffer.event.EventException;
import io.evbuffer.event.TurnEndTask;
import java.io.IOException;

/**
 * The write path of a socket: all that a turn appended leaves at its end, in one gathering write.
 *
 * <pre>
 *   append -&gt; queued for the end of the turn -&gt; write -&gt; all gone:  done
 *                            ^                       |-&gt; refused:   write interest, go on when writable
 *                            '--- budget used up ----'
 * </pre>
 *
 * <p>Write interest is registered only after the transport refused or took less than it was given. It is left for one more
 * report after the output has drained, since a busy connection is refused again soon; that report, finding nothing to do,
 * removes it.
 */
final class SocketWriter implements TurnEndTask {
    static final int WRITES_PER_TURN = 16;
    static final int TRANSFERS_PER_TURN = 4;

    private static final EventFlags FAILED = EventFlags.WRITING.with(EventFlags.ERROR);

    private final SocketBufferEvent owner;
    private boolean queued; // for the end of this turn
    private boolean refused; // by the transport, and not writable since
    private boolean asked; // WRITE was enabled: one notice is due although nothing may be written
    private boolean shutdown; // no more output will come
    private boolean shutDown; // and the peer knows

    SocketWriter(final SocketBufferEvent owner) {
        this.owner = owner;
    }

    boolean isQueued() {
        return queued;
    }

    /** Output waits for the transport to become writable. */
    boolean isRefused() {
        return refused && !owner.output().isEmpty();
    }

    /** Output waits, or the half-close: tries at the end of this turn, unless the transport has to become writable first. */
    void request() {
        if (!queued && !refused && !owner.isBeingFilled()) {
            queued = true;
            owner.base().atTurnEnd(this);
        }
    }

    /** As {@link #request}, if there is anything to do at all. */
    void requestIfAny() {
        if (asked || shutdown || !owner.output().isEmpty()) {
            request();
        }
    }

    /** WRITE was enabled on a connection: its write callback is asked for more, if its output is low. */
    void ask() {
        asked = owner.isOutputLow();
    }

    /** Another transport: what the old one refused or was told does not count. A half-close not sent yet stays wanted. */
    void reset() {
        refused = false;
        asked = false;
        if (shutDown) {
            shutdown = false;
            shutDown = false;
            owner.output().unfreeze(BufferEnd.END);
        }
    }

    /** Nothing leaves for now. What was asked for is still due if WRITE is only held back. */
    void stop() {
        refused = false;
        asked = asked && owner.isEnabled(Directions.WRITE);
    }

    /** The output ends here: once it is empty the peer is told. */
    void shutdownOutput() {
        shutdown = true;
        owner.output().freeze(BufferEnd.END);
        request();
    }

    boolean isShutdown() {
        return shutdown;
    }

    @Override
    public void turnEnd() {
        final SharedLock held = owner.life.enter();
        try {
            queued = false;
            if (asked || !isRefused()) { // in this turn, when a layer gave more than it took
                attemptNow();
            }
        } finally {
            owner.life.exit(held);
        }
    }

    /** The layer above has handed over what it had: it leaves now, unless the transport has to become writable first. */
    void takeOver() {
        if (!queued && !refused && (asked || shutdown || !owner.output().isEmpty())) {
            owner.life.hold();
            try {
                attemptNow();
            } finally {
                owner.life.letGo();
            }
        }
    }

    /**
     * The layer above has more than it may put here: what is here leaves now, unless the transport has to become writable
     * first, or others of a group wait for their turn.
     */
    void giveNow() {
        if (!refused && !owner.output().isEmpty() && !owner.takesTurns()) {
            attemptNow();
        }
    }

    private void attemptNow() {
        final Wire wire = owner.wire();
        if (wire != null) {
            attempt(wire, true);
        }
    }

    /** The transport takes bytes again. */
    void writable(final Wire wire) {
        refused = false;
        if (owner.output().isEmpty() || !owner.wantsWrite(wire)) {
            wire.watchWrite(false);
        } else {
            attempt(wire, false);
        }
    }

    /** Writes what the budget of a turn allows, and tells so. Returns whether bytes left. */
    boolean attempt(final Wire wire, final boolean later) {
        final boolean wanted = owner.wantsWrite(wire);
        final boolean tell = asked && wanted;
        if (wanted) {
            asked = false;
        }
        boolean left = false;
        if (wanted && !owner.output().isEmpty()) {
            try {
                left = giveAll(wire);
                goOn(wire, left);
            } catch (final IOException | EventException e) {
                fail(e, later);
                return left;
            }
        }
        if (shutdown && !shutDown && wire.isUsable() && owner.output().isEmpty()) {
            try {
                endOutput(wire);
            } catch (final IOException e) {
                fail(e, later);
                return left;
            }
        }
        if (left || tell) {
            owner.outputLeft(later);
        }
        return left;
    }

    private boolean giveAll(final Wire wire) throws IOException {
        final EvBuffer output = owner.output();
        final int single = owner.maxSingleWrite();
        long budget = (long) TRANSFERS_PER_TURN * single;
        boolean left = false;
        int writes = 0;
        refused = false;
        while (budget > 0 && writes++ < WRITES_PER_TURN && !output.isEmpty() && owner.wantsWrite(wire)) {
            final long allowed = owner.budget(Directions.WRITE);
            if (allowed <= 0) {
                break; // it rests
            }
            final long given = Math.min(Math.min(output.length(), allowed), Math.min(single, budget));
            final long taken = give(wire, given);
            left |= taken > 0;
            budget -= taken;
            owner.charge(Directions.WRITE, taken);
            if (!wire.tookAll()) {
                refused = owner.wantsWrite(wire); // unless a listener of the output has turned away meanwhile
                break; // its buffers are full; asking again would cost a call to hear so
            }
            if (owner.takesTurns()) {
                break;
            }
        }
        return left;
    }

    private long give(final Wire wire, final long atMost) throws IOException {
        final EvBuffer output = owner.output();
        final long before = output.length();
        output.unfreeze(BufferEnd.START);
        owner.tally.writes++;
        try {
            return wire.write(output, atMost);
        } catch (final RuntimeException | LinkageError e) {
            final long taken = before - output.length();
            if (taken <= 0) {
                throw new IOException(e);
            }
            owner.report(e); // a listener of the output threw it; the bytes have left all the same
            return taken;
        } finally {
            if (owner.wire() == wire) {
                output.freeze(
                        BufferEnd.START); // a listener may have set another transport: then it stays open until used
            }
        }
    }

    /** After a write: waits for the transport, or for the next turn, or for nothing. */
    private void goOn(final Wire wire, final boolean left) {
        if (left) {
            owner.writeTimer.progressed();
        }
        if (!owner.output().isEmpty() && owner.wantsWrite(wire)) {
            owner.writeTimer.resume();
            if (refused) {
                wire.watchWrite(true);
            } else {
                request();
            }
        }
    }

    private void endOutput(final Wire wire) throws IOException {
        wire.watchWrite(false);
        shutDown = true;
        wire.transport().shutdownOutput();
    }

    private void fail(final Exception cause, final boolean later) {
        owner.endDirection(Directions.WRITE, FAILED, ConnectionException.transferring(cause), later);
    }
}
