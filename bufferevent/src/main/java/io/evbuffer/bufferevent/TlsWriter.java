package io.evbuffer.bufferevent;

import io.evbuffer.BufferChange;
import io.evbuffer.BufferEnd;
import io.evbuffer.EvBuffer;
import io.evbuffer.memory.BufferLimitException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The way out of a TLS connection: what the engine itself has to say, and the output as records.
 *
 * <pre>
 *   output ---seal a batch---&gt; sealed ---pass down, as far as there is room---&gt; output below
 * </pre>
 *
 * <p>What the engine has to say goes first: a handshake, an answer, a key that is used up, an alert, a farewell. Of the output a
 * turn seals as much as a socket writes in one, in batches of as many records as there is room for below, which share a
 * segment.
 *
 * <p><b>Invariants:</b> <b>BEV-29</b> nothing leaves in clear, and nothing of the output before CONNECTED was told. <b>W1</b>
 * no more output is sealed while records wait here for room below. <b>W2</b> the front of the output is open while a record
 * is being encrypted only.
 *
 * <p>Ownership: the records that wait are its own, until {@link #close()}.
 */
final class TlsWriter {
    private static final int TRANSFERS_PER_TURN = SocketWriter.TRANSFERS_PER_TURN;
    private static final int BATCH = 3; // records that one segment of the largest size holds

    private static final int SOCKET_WRITE_HIGH = BATCH * TlsEngine.MOST_SEALED;

    private final TlsBufferEvent owner;
    private final BufferEvent below;
    private final @Nullable SocketBufferEvent socket; // of its own; null over another BufferEvent
    private final EvBuffer sealed; // records that the underlying has no room for
    private boolean lacksMemory; // for the record that the engine was to make last
    private boolean onlyAnswers; // nothing but the answer to the peer's close_notify has yet to leave

    TlsWriter(final TlsBufferEvent owner, final @Nullable SocketBufferEvent socket) {
        this.owner = owner;
        this.below = owner.below;
        this.socket = socket;
        this.sealed = new EvBuffer(owner.base().pool());
    }

    /** A socket of its own is given as much as one segment holds, and its output counts as this one's. */
    void serve(final SocketBufferEvent own) {
        own.setWatermark(Directions.WRITE, 0, SOCKET_WRITE_HIGH);
        own.output().addListener((buffer, change) -> socketOutputChanged(change));
    }

    private void socketOutputChanged(final BufferChange change) {
        if (change.deleted() > 0) {
            owner.writeTimer.progressed();
            if (owner.isWorking()) {
                owner.settle();
                if (owner.news.hasTaken() && owner.lowWatermark(Directions.WRITE) > 0 && isPendingLow()) {
                    owner.request(); // the socket itself tells when it has given all
                }
            }
        }
    }

    // ---- state ------------------------------------------------------------------------------------------------------

    /** How many bytes of records wait for room below. */
    long waiting() {
        return sealed.length();
    }

    boolean lacksMemory() {
        return lacksMemory;
    }

    /** What was sealed counts as having left: over a socket of its own by the low mark, else as the underlying has it. */
    boolean hasLeft() {
        return socket == null || isPendingLow();
    }

    private boolean isPendingLow() {
        return owner.pendingOutput() <= owner.lowWatermark(Directions.WRITE);
    }

    /** Spare room goes home. */
    void trim() {
        sealed.trim();
    }

    /** Records of another connection mean nothing to this one. */
    void discardBelow() {
        final EvBuffer out = below.output();
        final boolean frozen = out.isFrozen(BufferEnd.START);
        out.unfreeze(BufferEnd.START);
        out.drain(out.length());
        if (frozen) {
            out.freeze(BufferEnd.START);
        }
    }

    /** Another transport: records of the old one mean nothing to it. */
    void restart() {
        lacksMemory = false;
        onlyAnswers = false;
        sealed.drain(sealed.length());
    }

    void close() {
        sealed.close();
    }

    /** What the engine has to say has no room below or no memory, and nothing is decrypted before it is said. */
    boolean mustWriteToRead() {
        return tls().needsWrap() && (lacksMemory || !sealed.isEmpty());
    }

    /** More output may be sealed. */
    boolean maySeal() {
        return sealed.isEmpty() && hasRoomBelow() && hasMoreToSeal();
    }

    private boolean hasMoreToSeal() {
        return owner.handshake.isOpen()
                && !owner.news.isOutputOver()
                && !owner.output().isEmpty()
                && owner.wants(Directions.WRITE)
                && !tls().needsUnwrap()
                && !tls().needsTask();
    }

    /**
     * More output may be sealed for what is below. A socket of its own gets a batch, and no more until it has taken that: who
     * never reads holds one segment here, and there is room left for what the engine itself has to say.
     */
    private boolean hasRoomBelow() {
        if (socket == null) {
            return below.writeRoom() > 0;
        }
        return socket.output().isEmpty()
                || (!socket.waitsToWrite()
                        && TlsEngine.mostSealed(owner.output().length()) <= socket.writeRoom());
    }

    // ---- the output -------------------------------------------------------------------------------------------------

    /** Encrypts what a turn may, and hands it down. */
    void pump() {
        try {
            sayWhatIsDue();
            long budget = sealedPerTurn();
            makeRoomBelow();
            while (maySeal()) {
                if (owner.engine().isOutboundDone()) {
                    fail(new SSLException("the TLS connection is closed for output"));
                    return;
                }
                if (budget <= 0) {
                    owner.request();
                    return;
                }
                final long taken = sealBatch(budget);
                if (taken < 0) {
                    return;
                }
                budget -= taken;
                passDown();
                if (socket != null && (budget <= 0 || !hasRoomBelow())) {
                    socket.giveNow();
                }
            }
            sayWhatIsDue(); // a key may have been used up
        } catch (final SSLException e) {
            owner.errors.add(e);
            sayFarewell();
            fail(e);
        }
    }

    /** What still waits in the socket leaves before a batch comes: two of them would hold a segment each. */
    private void makeRoomBelow() {
        if (socket != null
                && !socket.output().isEmpty()
                && owner.output().length() > TlsEngine.MOST_PLAIN
                && maySeal()) {
            socket.giveNow();
        }
    }

    /** As a socket, but whole batches, so that a peer that stops reading is not left with a part of one. */
    private long sealedPerTurn() {
        final long most = (long) TRANSFERS_PER_TURN * owner.maxSingleWrite();
        final long batch = BATCH * TlsEngine.MOST_PLAIN;
        return most < batch ? most : most / batch * batch;
    }

    /**
     * Encrypts records that leave together: one, and as many more as there is room for below. Returns how many bytes of the
     * output they hold; -1 if there are none.
     */
    private long sealBatch(final long budget) throws SSLException {
        final long room = Math.min(below.writeRoom(), SOCKET_WRITE_HIGH);
        final long records = Math.max(1, room / TlsEngine.MOST_SEALED);
        final long batch = Math.min(Math.min(budget, owner.output().length()), records * TlsEngine.MOST_PLAIN);
        prepare((int) batch);
        long taken = 0;
        while (taken < batch && wrap(Math.min(batch - taken, owner.maxSingleWrite()))) {
            taken += tls().consumed();
            if (tls().consumed() > 0) {
                owner.news.outputTaken();
            }
            if (!hasMoreToSeal() || sealed.length() + TlsEngine.mostSealed(batch - taken) > room) {
                return taken;
            }
        }
        return sealed.isEmpty() ? -1 : taken;
    }

    private void prepare(final int batch) {
        if (batch > TlsEngine.MOST_PLAIN) {
            final EvBuffer source = owner.output();
            source.unfreeze(BufferEnd.START);
            try {
                tls().prepare(source, batch, sealed);
            } finally {
                source.freeze(BufferEnd.START);
            }
        }
    }

    private void fail(final SSLException why) {
        owner.news.outputFailed(new ConnectionException.TlsFailure(why));
    }

    /** Encrypts one record, or what the engine itself has to say. Returns false if it has nothing. */
    boolean wrap(final long most) throws SSLException {
        final EvBuffer source = owner.output();
        source.unfreeze(BufferEnd.START);
        try {
            final boolean done = tls().wrap(source, most, owner.flags().has(TlsFlags.BATCH_WRITE), sealed);
            lacksMemory = false;
            if (done && owner.handshake.isUnderWay()) {
                owner.timers.flightSaid();
            }
            return done;
        } catch (final RuntimeException | LinkageError e) {
            if (tls().consumed() > 0) {
                owner.report(e); // a listener of the output threw it; the bytes have moved all the same
                return true;
            }
            if (owner.isEnabled(Directions.WRITE) || !lacksMemory) {
                outputLacksMemory(e); // else it was told, and what the engine itself has to say waits
            }
            lacksMemory = true;
            return false;
        } finally {
            source.freeze(BufferEnd.START);
        }
    }

    private void outputLacksMemory(final Throwable why) {
        owner.news.lacksMemory(EventFlags.WRITING, new ConnectionException.Io(why));
    }

    /** Hands records down, as far as the write high mark there allows. */
    void passDown() {
        if (sealed.isEmpty() || below.isClosed()) {
            return;
        }
        final EvBuffer target = below.output();
        if (target.isFrozen(BufferEnd.END)) {
            sealed.drain(sealed.length()); // the stream has been ended there
            return;
        }
        final long room = below.writeRoom();
        final long before = sealed.length();
        try {
            if (room >= before) {
                target.addBuffer(sealed);
            } else if (room > 0) {
                sealed.removeBuffer(target, room);
            }
        } catch (final BufferLimitException e) {
            if (sealed.length() < before) {
                throw e; // a listener's
            }
            outputLacksMemory(e);
        }
    }

    /** Encrypts and hands down all there is room for, however much that is, and flushes below. Returns whether bytes moved. */
    boolean flush(final FlushMode mode) {
        final long before = owner.output().length();
        if (!owner.tasks.isRunning() && owner.handshake.isOpen()) {
            long left;
            do {
                left = owner.output().length();
                pump();
            } while (owner.output().length() < left);
        }
        passDown();
        final boolean moved = !below.isClosed() && below.flush(Directions.WRITE, mode);
        return moved || owner.output().length() < before;
    }

    // ---- what the engine itself has to say --------------------------------------------------------------------------

    /** Says what has to be said before anything more is decrypted. Returns false if that has no room below, or no memory. */
    boolean sayFirst() throws SSLException {
        if (!sealed.isEmpty() || (!wrap(0) && tls().needsWrap())) {
            return false;
        }
        passDown();
        return true;
    }

    /** Tickets, a change of keys, the answer to a close_notify. */
    private void sayWhatIsDue() throws SSLException {
        while (tls().needsWrap() && sealed.isEmpty() && wrap(0)) {
            passDown();
        }
    }

    /**
     * The engine may have an alert for the peer: it leaves at once, as the user may free the connection when told. Some engines
     * throw once more before they say it.
     */
    void sayFarewell() {
        for (int failures = 0; failures < 2 && tls().needsWrap(); failures++) {
            try {
                while (tls().needsWrap() && wrap(0)) {
                    // until nothing is left to say
                }
                break;
            } catch (final SSLException again) {
                owner.errors.add(again);
            }
        }
        passDown();
        try {
            if (!below.isClosed()) {
                below.flush(Directions.WRITE, FlushMode.FLUSH);
            }
        } catch (final IllegalStateException gone) {
            // a pair, and nobody is at its other end
        }
    }

    // ---- the end ----------------------------------------------------------------------------------------------------

    /** The peer has said that it is done. */
    void peerIsDone() {
        onlyAnswers = owner.pendingOutput() == 0;
    }

    /** No more output will come, and all there was is sealed: says so to the peer, and then ends the stream below. */
    void finish() {
        if (!owner.mustEndOutput() || !sealed.isEmpty() || !isOutputDone() || !owner.wants(Directions.WRITE)) {
            return;
        }
        try {
            tls().closeOutput();
            while (tls().needsWrap() && wrap(0)) {
                // close_notify
            }
            if (lacksMemory) {
                return;
            }
        } catch (final SSLException e) {
            owner.errors.add(e);
        }
        passDown();
        if (sealed.isEmpty()) {
            owner.endOutputBelow();
        }
    }

    private boolean isOutputDone() {
        return owner.output().isEmpty() || owner.news.isOutputOver();
    }

    /** The underlying can write no more. */
    void endBelow(final boolean failed, final @Nullable Throwable cause) {
        if (owner.handshake.isUnderWay()) {
            owner.handshake.end(cause == null ? new ConnectionException.BrokenPipe(null) : cause);
        } else if (!owner.news.isOutputOver()
                && !(onlyAnswers && owner.output().isEmpty() && owner.engine().isOutboundDone())) {
            owner.news.outputEnded(failed, cause);
        }
    }

    /** Not to be kept across a step: a listener of a buffer may set another transport. */
    private TlsEngine tls() {
        return owner.tls();
    }
}
