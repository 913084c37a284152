package io.evbuffer.bufferevent;

import io.evbuffer.memory.BufferLimitException;
import org.jspecify.annotations.Nullable;

/**
 * What has come about on a TLS connection and is not told yet.
 *
 * <p>It is noted by the work, which calls no user, and told when the work is done: CONNECTED, bytes that arrived, the end of
 * reading, output that left, the end of writing and what concerns the connection, in this order. Bytes and the end of
 * reading wait while READ is disabled, output until it counts as having left.
 *
 * <p>A direction whose end is noted is over. Want of memory is told as a failure and ends nothing: whoever enables the
 * direction again makes it be tried again. What fails in a handshake is told once for both directions.
 *
 * <p><b>Invariants:</b> <b>BEV-44</b> at most one end of each direction is told for each transport. <b>N1</b> an end of reading
 * is told behind all bytes that came before it.
 */
final class TlsNews {
    private static final EventFlags END = EventFlags.READING.with(EventFlags.EOF);
    private static final EventFlags INPUT_FAILED = EventFlags.READING.with(EventFlags.ERROR);
    private static final EventFlags OUTPUT_ENDED = EventFlags.WRITING.with(EventFlags.EOF);
    private static final EventFlags OUTPUT_FAILED = EventFlags.WRITING.with(EventFlags.ERROR);

    private final TlsBufferEvent owner;
    private boolean connected; // the handshake has succeeded
    private boolean arrived; // plain bytes
    private boolean taken; // output, as records
    private boolean inputOver; // its end is found, or told
    private boolean outputOver; // writing is impossible
    private boolean restsHandshake; // it failed or lacks memory: the news of the input is that of both directions
    private EventFlags input = EventFlags.NONE; // the end of reading
    private @Nullable Throwable inputCause;
    private EventFlags other = EventFlags.NONE; // of writing, or of the connection
    private @Nullable Throwable otherCause;

    TlsNews(final TlsBufferEvent owner) {
        this.owner = owner;
    }

    // ---- what is known ----------------------------------------------------------------------------------------------

    boolean isInputOver() {
        return inputOver;
    }

    boolean isOutputOver() {
        return outputOver;
    }

    /** The end of reading, or want of memory for it, waits to be told. */
    boolean hasInputEnd() {
        return input != EventFlags.NONE;
    }

    /** The handshake has failed or lacks memory, which waits to be told. */
    boolean restsHandshake() {
        return restsHandshake;
    }

    /** Output has been sealed, which waits to be told. */
    boolean hasTaken() {
        return taken;
    }

    // ---- what comes about -------------------------------------------------------------------------------------------

    void connected() {
        connected = true;
    }

    void arrived() {
        arrived = true;
    }

    void outputTaken() {
        taken = true;
    }

    void inputEnded() {
        inputOver = true;
        noteInput(END, null);
    }

    void inputFailed(final Throwable cause) {
        inputOver = true;
        noteInput(INPUT_FAILED, cause);
    }

    void outputFailed(final Throwable cause) {
        outputEnded(true, cause);
    }

    void outputEnded(final boolean failed, final @Nullable Throwable cause) {
        outputOver = true;
        add(failed ? OUTPUT_FAILED : OUTPUT_ENDED, cause);
    }

    /** Something of writing or of the connection. The last cause wins. */
    void add(final EventFlags what, final @Nullable Throwable cause) {
        other = other.with(what);
        otherCause = cause;
    }

    /** Both directions end, and nothing else is told of either. */
    void handshakeFailed(final @Nullable Throwable cause) {
        other = EventFlags.NONE;
        otherCause = null;
        inputOver = true;
        outputOver = true;
        restHandshake(cause);
    }

    /**
     * No end of the stream, here or below: nothing has moved, and enabling the direction again tries again. In a handshake
     * that is either direction.
     */
    void lacksMemory(final EventFlags what, final Throwable cause) {
        if (owner.handshake.isUnderWay()) {
            restHandshake(cause);
            return;
        }
        if (what.has(EventFlags.READING) && !hasInputEnd() && !inputOver) {
            noteInput(INPUT_FAILED, cause);
        }
        if (what.has(EventFlags.WRITING) && !outputOver) {
            add(OUTPUT_FAILED, cause);
        }
    }

    static boolean isLackOfMemory(final Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null && cause.getCause() != cause) {
            cause = cause.getCause();
        }
        return cause instanceof BufferLimitException;
    }

    private void restHandshake(final @Nullable Throwable cause) {
        restsHandshake = true;
        noteInput(INPUT_FAILED, cause);
    }

    private void noteInput(final EventFlags what, final @Nullable Throwable cause) {
        input = what;
        inputCause = cause;
    }

    // ---- another transport ------------------------------------------------------------------------------------------

    /** Its directions have not ended. Bytes that came by the old one are told all the same. */
    void restart() {
        connected = false;
        inputOver = false;
        outputOver = false;
        restsHandshake = false;
    }

    /** What was to be told of the end of the old one is dropped. */
    void forgetEnds() {
        noteInput(EventFlags.NONE, null);
        other = EventFlags.NONE;
        otherCause = null;
    }

    // ---- telling ----------------------------------------------------------------------------------------------------

    void tell(final boolean later) {
        tellConnected(later);
        if (arrived && owner.handshake.isOpen() && owner.isWorking()) {
            arrived = false;
            owner.readTimer.progressed();
            if (owner.isEnabled(Directions.READ)) {
                owner.inputArrived(later);
            }
        }
        tellEndOfInput(later);
        if (taken && owner.isWorking() && owner.writer.hasLeft()) {
            taken = false;
            owner.outputLeft(true);
        }
        if (other != EventFlags.NONE && owner.isWorking()) {
            final EventFlags what = other;
            final Throwable cause = otherCause;
            other = EventFlags.NONE;
            otherCause = null;
            owner.endDirection(LayeredBufferEvent.directionsOf(what), what, cause, later);
        }
    }

    private void tellConnected(final boolean later) {
        if (connected) {
            connected = false;
            if (owner.isLeaving()) {
                owner.connectedTold();
            } else {
                owner.slots.raiseConnected(later);
            }
        }
    }

    private void tellEndOfInput(final boolean later) {
        if (!hasInputEnd() || !owner.isWorking() || !(restsHandshake || owner.isEnabled(Directions.READ))) {
            return;
        }
        if (!restsHandshake && owner.notices.tellsReadLater(owner.options().has(Options.DEFER_CALLBACKS))) {
            owner.request(); // after the read notice, whose callback may disable READ: then the end waits again
            return;
        }
        final EventFlags what = input;
        final Throwable cause = inputCause;
        noteInput(EventFlags.NONE, null);
        if (!restsHandshake) {
            owner.endDirection(Directions.READ, what, cause, later);
        } else if (owner.isLeaving()) {
            owner.close();
        } else {
            restsHandshake = false;
            owner.endDirection(Directions.BOTH, what, cause, later);
        }
    }
}
