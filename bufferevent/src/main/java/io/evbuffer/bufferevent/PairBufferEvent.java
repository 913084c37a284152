package io.evbuffer.bufferevent;

import io.evbuffer.BufferChange;
import io.evbuffer.BufferEnd;
import io.evbuffer.EvBuffer;
import io.evbuffer.event.EventBase;
import io.evbuffer.event.Transport;
import io.evbuffer.event.TurnEndTask;
import org.jspecify.annotations.Nullable;

/**
 * One end of a pipe between two parts of a program: what one end writes, the other reads.
 *
 * <pre>{@code
 * PairBufferEvent[] ends = PairBufferEvent.create(base, Options.NONE);
 * ends[1].setCallbacks(source -> answer(source.input()), null, null);
 * ends[1].enable(Directions.READ);
 * ends[0].write(question);
 * }</pre>
 *
 * <p>Bytes move at the end of a turn, all that waits and without a copy, as far as the writer's WRITE and the reader's READ
 * are enabled, neither is suspended, and the reader's high mark allows: a reader that is full holds the bytes in the writer's
 * output. {@link #flush} moves at once; with {@link FlushMode#FLUSH} or {@link FlushMode#FINISHED} whatever is enabled and
 * beyond any mark. Callbacks always come from the loop, as with {@link Options#DEFER_CALLBACKS}.
 *
 * <table>
 * <caption>What the other end is told</caption>
 * <tr><th>here</th><th>there</th></tr>
 * <tr><td>{@link #shutdownOutput()}, or {@code flush(WRITE, FINISHED)}</td><td>READING + EOF, after the bytes</td></tr>
 * <tr><td>{@code flush(READ, FINISHED)}</td><td>WRITING + EOF</td></tr>
 * <tr><td>{@link #close()}</td><td>READING + EOF; what it writes after that fails with WRITING + ERROR</td></tr>
 * </table>
 *
 * <p>Invariants: <b>BEV-23</b> the partner of the partner is this, or both have none. <b>BEV-24</b> each byte written is in
 * the output, or has reached the partner, or was discarded when one end was freed; once, and in order.
 *
 * <p>A pair has no transport, no connection to wait for and the middle priority. Ownership: each end is closed by itself, in
 * any order. Threads and failure as in {@link BufferEvent}.
 */
public final class PairBufferEvent extends BufferEvent {
    private static final EventFlags END = EventFlags.READING.with(EventFlags.EOF);
    private static final EventFlags READER_GONE = EventFlags.WRITING.with(EventFlags.EOF);
    private static final EventFlags READ_FAILED = EventFlags.READING.with(EventFlags.ERROR);
    private static final EventFlags FAILED = EventFlags.WRITING.with(EventFlags.ERROR);

    private final TurnEndTask turnEnd = this::turnEnd;
    private @Nullable PairBufferEvent partner;
    private boolean queued; // to be worked on at the end of this turn
    private boolean ended; // nothing more will come
    private boolean endTold; // since READ was enabled
    private boolean shutdown; // no more output will come
    private boolean shutDown; // and the partner knows

    private PairBufferEvent(final EventBase base, final Options options, final @Nullable SharedLock shared) {
        super(base, options.with(Options.DEFER_CALLBACKS), shared);
    }

    /**
     * Makes both ends. Moves nothing and calls nobody; WRITE is enabled on both, READ on neither.
     *
     * @param base    where they live.
     * @param options how they work; {@link Options#DEFER_CALLBACKS} is added, {@link Options#CLOSE_ON_FREE} has no effect.
     * @return the two ends, each with one reference that is the caller's.
     * @throws IllegalStateException if the base is closed, or its loop runs in another thread.
     */
    public static PairBufferEvent[] create(final EventBase base, final Options options) {
        return create(base, options, options.has(Options.THREADSAFE) ? new SharedLock() : null);
    }

    /** With the lock that both share; null for none. */
    static PairBufferEvent[] create(final EventBase base, final Options options, final @Nullable SharedLock shared) {
        final PairBufferEvent one = new PairBufferEvent(base, options, shared);
        final PairBufferEvent other = new PairBufferEvent(base, options, shared);
        one.partner = other;
        other.partner = one;
        return new PairBufferEvent[] {one, other};
    }

    /**
     * The other end.
     *
     * @return null once one of the two is freed.
     */
    @Override
    public @Nullable PairBufferEvent partner() {
        return partner;
    }

    /**
     * The transport, which a pair has not.
     *
     * @return null.
     */
    @Override
    public @Nullable Transport transport() {
        return null;
    }

    /**
     * Fails: a pair has no transport.
     *
     * @throws IllegalStateException always.
     */
    @Override
    public void setTransport(final @Nullable Transport transport) {
        throw refused("setTransport", "a pair has no transport");
    }

    /**
     * Fails: a pair has no transport.
     *
     * @throws IllegalStateException always.
     */
    @Override
    public void replaceTransport(final @Nullable Transport transport) {
        throw refused("replaceTransport", "a pair has no transport");
    }

    @Override
    public void shutdownOutput() {
        ensureLive("shutdownOutput");
        if (access.isOutside()) {
            access.locked(this::shutdownOutput);
            return;
        }
        if (!shutdown) {
            shutdown = true;
            output().freeze(BufferEnd.END);
            request();
        }
    }

    // ---- moving -----------------------------------------------------------------------------------------------------

    /** Tries to move at the end of this turn. */
    private void request() {
        if (!queued && !isBeingFilled() && isWorking()) {
            queued = true;
            base().atTurnEnd(turnEnd);
        }
    }

    private void turnEnd() {
        final SharedLock held = life.enter();
        try {
            queued = false;
            takeOver();
        } finally {
            life.exit(held);
        }
    }

    @Override
    void takeOver() {
        if (isWorking()) {
            life.hold();
            try {
                give();
                if (ended && isEnabled(Directions.READ)) {
                    tellEnd();
                }
            } finally {
                life.letGo();
            }
        }
    }

    /** Gives the partner what it takes, and what it has to know. Returns whether bytes moved. */
    private boolean give() {
        if (!wants(Directions.WRITE)) {
            return false;
        }
        final PairBufferEvent to = partner;
        if (to == null) {
            if (!output().isEmpty()) {
                endDirection(Directions.WRITE, FAILED, new ConnectionException.BrokenPipe(null), true);
            }
            return false;
        }
        final boolean moved = to.wants(Directions.READ) && move(to, Math.min(output().length(), to.readRoom()));
        if (wants(Directions.WRITE) && !output().isEmpty()) {
            writeTimer.resume();
        }
        endOutput();
        return moved;
    }

    private void endOutput() {
        final PairBufferEvent to = partner;
        if (shutdown && !shutDown && to != null && output().isEmpty()) {
            shutDown = true;
            to.ended = true;
            to.tellEnd();
        }
    }

    /** Tells that nothing more will come, once for each time that READ is enabled. */
    private void tellEnd() {
        if (!endTold || isEnabled(Directions.READ)) {
            endTold = true;
            endDirection(Directions.READ, END, null, true);
        }
    }

    /** Moves so many bytes and tells both ends. Returns whether there were any. */
    private boolean move(final PairBufferEvent to, final long count) {
        if (count <= 0) {
            return false;
        }
        life.hold();
        to.life.hold();
        try {
            final RuntimeException failure = moveBytes(to, count);
            if (failure != null) {
                to.endDirection(Directions.READ, READ_FAILED, new ConnectionException.Io(failure), true);
                return false;
            }
            to.readTimer.progressed();
            to.inputArrived(true);
            writeTimer.progressed();
            outputLeft(true);
            return true;
        } finally {
            to.life.letGo();
            life.letGo();
        }
    }

    /** Returns why it was not possible, or null. */
    private @Nullable RuntimeException moveBytes(final PairBufferEvent to, final long count) {
        final EvBuffer from = output();
        final EvBuffer target = to.input();
        final long before = from.length();
        from.unfreeze(BufferEnd.START);
        target.unfreeze(BufferEnd.END);
        try {
            if (count == before) {
                target.addBuffer(from);
            } else {
                from.removeBuffer(target, count);
            }
        } catch (final RuntimeException e) {
            if (from.length() == before) {
                return e;
            }
            report(e); // a listener of one of the buffers threw it; the bytes have moved all the same
        } finally {
            target.freeze(BufferEnd.END);
            from.freeze(BufferEnd.START);
        }
        return null;
    }

    // ---- what this kind does ----------------------------------------------------------------------------------------

    @Override
    void startReading() {
        readTimer.restart();
        endTold = false;
        final PairBufferEvent from = partner;
        if (from != null && from.hasWork()) {
            from.request();
        }
        if (ended) {
            request();
        }
    }

    @Override
    void stopReading() {
        readTimer.cancel();
    }

    @Override
    void startWriting() {
        if (!output().isEmpty()) {
            writeTimer.restart();
        }
        if (hasWork()) {
            request();
        }
    }

    @Override
    void stopWriting() {
        writeTimer.cancel();
    }

    private boolean hasWork() {
        return !output().isEmpty() || shutdown;
    }

    @Override
    void outputChanged(final BufferChange change) {
        if (outputGrew(change)) {
            request();
        }
    }

    /** Timers run before the end of the turn: what waits for that is moved first. */
    @Override
    boolean movesAtLast(final Directions direction) {
        if (direction == Directions.READ) {
            final PairBufferEvent from = partner;
            if (from == null || !from.queued || !from.give()) {
                return false;
            }
            if (wants(Directions.READ)) {
                readTimer.restart();
            }
            return true;
        }
        return queued && give();
    }

    @Override
    boolean hasPriority() {
        return false;
    }

    @Override
    boolean flushNow(final Directions directions, final FlushMode mode) {
        final PairBufferEvent to = partner;
        if (to == null) {
            throw refused("flush", "the other end was closed");
        }
        if (mode == FlushMode.NORMAL) {
            return false;
        }
        boolean moved = false;
        if (directions.has(Directions.WRITE)) {
            moved = move(to, output().length());
            endOutput();
        }
        if (directions.has(Directions.READ)) {
            moved |= to.move(this, to.output().length());
            to.endOutput();
        }
        if (mode == FlushMode.FINISHED && to.isWorking()) {
            to.partnerFinished(directions);
        }
        return moved;
    }

    private void partnerFinished(final Directions there) {
        if (there.has(Directions.WRITE)) {
            tellEnd();
        }
        if (there.has(Directions.READ)) {
            endDirection(Directions.WRITE, READER_GONE, null, true);
        }
    }

    @Override
    void abandon() {
        final PairBufferEvent to = partner;
        partner = null;
        if (to != null) {
            to.partnerFreed();
        }
    }

    private void partnerFreed() {
        partner = null;
        ended = true;
        tellEnd();
        if (!output().isEmpty()) {
            request();
        }
    }

    @Override
    void unlink() {}
}
