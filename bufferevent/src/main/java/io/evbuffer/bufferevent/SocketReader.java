package io.evbuffer.bufferevent;

import io.evbuffer.BufferEnd;
import io.evbuffer.EvBuffer;
import io.evbuffer.channel.ScatterSource;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The read path of a socket: from readiness to one read notice, and to the end of the stream.
 *
 * <p>A read that filled what it offered is repeated in the same turn, up to {@value #TRANSFERS_PER_TURN} times the most
 * that one read may take and up to {@value #READS_PER_TURN} reads, so that one busy connection delays others by no more
 * than that. An end found behind bytes is told after them, and waits while READ is disabled.
 */
final class SocketReader {
    static final int READS_PER_TURN = 16;
    static final int TRANSFERS_PER_TURN = 4;

    private static final EventFlags END = EventFlags.READING.with(EventFlags.EOF);
    private static final EventFlags FAILED = EventFlags.READING.with(EventFlags.ERROR);

    private final SocketBufferEvent owner;
    private boolean ended; // the stream is over and this was not told yet
    private @Nullable Throwable failure; // why, if it did not end well

    SocketReader(final SocketBufferEvent owner) {
        this.owner = owner;
    }

    /** Says whether an end was found that READ, being disabled, could not tell. */
    boolean holdsEnd() {
        return ended;
    }

    /** The transport cannot be waited for: this is to be told as its end. */
    void holdEnd(final Throwable why) {
        ended = true;
        failure = why;
    }

    /** Another transport: its end has not come yet. */
    void reset() {
        ended = false;
        failure = null;
    }

    /** The transport is readable, or an end waits to be told. */
    void readable(final Wire wire) {
        if (!ended && takeAll(wire)) {
            owner.readTimer.progressed();
            owner.inputArrived(false);
        }
        if (ended && owner.isCurrent(wire) && owner.isEnabled(Directions.READ)) {
            final Throwable why = failure;
            reset();
            wire.closeTold();
            if (why == null) {
                owner.endDirection(Directions.READ, END, null, false);
            } else {
                owner.endDirection(Directions.READ, FAILED, ConnectionException.transferring(why), false);
            }
        }
        owner.input().trim(); // spare room goes home: an idle connection holds no segment, and taking it again is a pop
    }

    /** Reads what the budget of a turn allows. Returns whether bytes arrived. */
    private boolean takeAll(final Wire wire) {
        final int single = owner.maxSingleRead();
        long budget = (long) TRANSFERS_PER_TURN * single;
        boolean arrived = false;
        int reads = 0;
        while (budget > 0 && reads++ < READS_PER_TURN && owner.wantsRead(wire)) {
            final long allowed = owner.budget(Directions.READ);
            if (allowed <= 0) {
                break; // it rests; a read of no bytes could pass for the end of the stream
            }
            final long room = Math.min(Math.min(owner.readRoom(), allowed), Math.min(single, budget));
            final long taken = take(wire, room);
            if (taken <= 0) {
                break;
            }
            arrived = true;
            budget -= taken;
            owner.charge(Directions.READ, taken);
            if (!wire.wasFilled() || owner.takesTurns()) {
                break; // the transport is empty, and asking again would cost a call to hear so; or others wait
            }
        }
        return arrived;
    }

    private long take(final Wire wire, final long atMost) {
        final EvBuffer input = owner.input();
        final long before = input.length();
        input.unfreeze(BufferEnd.END);
        owner.tally.reads++;
        try {
            final long taken = wire.read(input, atMost);
            ended = taken == ScatterSource.END_OF_STREAM;
            return taken;
        } catch (final IOException e) {
            holdEnd(e);
            return 0;
        } catch (final RuntimeException | LinkageError e) {
            final long taken = input.length() - before;
            if (taken > 0) {
                owner.report(e); // a listener of the input threw it; the bytes are there all the same
            } else {
                holdEnd(e);
            }
            return taken;
        } finally {
            if (owner.wire() == wire) {
                input.freeze(BufferEnd.END); // a listener may have set another transport: then it stays open until used
            }
        }
    }
}
