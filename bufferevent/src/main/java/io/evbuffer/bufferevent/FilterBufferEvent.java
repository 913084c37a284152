package io.evbuffer.bufferevent;

import io.evbuffer.BufferChange;
import io.evbuffer.BufferEnd;
import io.evbuffer.EvBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A {@link BufferEvent} that changes the bytes of another one on their way: a compressor, a framing, a cipher.
 *
 * <pre>{@code
 * FilterBufferEvent frames = FilterBufferEvent.create(socket, unpack, pack, Options.CLOSE_ON_FREE);
 * frames.setCallbacks(source -> answer(source.input()), null, (source, what, cause) -> source.close());
 * frames.enable(Directions.READ);
 * }</pre>
 *
 * <p>The input filter runs when bytes have arrived below and this reads; it stops at the read high mark and then holds the
 * underlying back. The output filter runs at the end of each turn that appended output, and on {@link #flush}; it stops at
 * the write high mark of the underlying. The write callback says that the underlying has taken the bytes, not that they are
 * sent: {@link #pendingOutput()} counts those on their way, and {@link #closeAfterFlush} waits for them. Events of the
 * underlying are told here with the same flags; an end of the stream is told after the input filter has run with
 * {@link FlushMode#FINISHED}, and after its bytes.
 *
 * <p>Callbacks, marks and timeouts are its own. Invariants: <b>BEV-26</b> a filter is never called while it runs.
 * <b>BEV-27</b> in NORMAL mode it is called neither with the target at its mark nor with the direction disabled.
 * <b>BEV-45</b> the context is closed once, after the last call of a filter.
 *
 * <p>Ownership, threads and failure as in {@link LayeredBufferEvent}.
 */
public final class FilterBufferEvent extends LayeredBufferEvent {
    private static final EventFlags END = EventFlags.READING.with(EventFlags.EOF);
    private static final EventFlags INPUT_FAILED = EventFlags.READING.with(EventFlags.ERROR);
    private static final EventFlags OUTPUT_FAILED = EventFlags.WRITING.with(EventFlags.ERROR);
    private static final long NO_LIMIT = -1;
    private static final long UNLIMITED = Long.MAX_VALUE;

    private final FilterStage inputStage;
    private final FilterStage outputStage;
    private final @Nullable AutoCloseable context;
    private EventFlags news = EventFlags.NONE; // of the underlying, to be told after the bytes
    private @Nullable Throwable newsCause;
    private EventFlags end = EventFlags.NONE; // of the underlying, to be told when this reads
    private @Nullable Throwable endCause;
    private boolean inputFinished; // the input filter knows of that end
    private boolean consumed; // output was taken, which is to be told

    private FilterBufferEvent(
            final BufferEvent underlying,
            final @Nullable BufferFilter input,
            final @Nullable BufferFilter output,
            final Options options,
            final @Nullable AutoCloseable context) {
        super(underlying, options);
        inputStage = new FilterStage(this, input);
        outputStage = new FilterStage(this, output);
        this.context = context;
    }

    /**
     * Puts a filter on a BufferEvent, whose callbacks become the filter's. Both directions are enabled there, but nothing is
     * read before the filter reads. Sends nothing and calls nobody.
     *
     * @param underlying what it stands on. It stays the caller's, unless {@link Options#CLOSE_ON_FREE} is among the options.
     * @param input      changes what arrives; null passes it on as it is.
     * @param output     changes what is written; null passes it on as it is.
     * @param options    how it works.
     * @return a BufferEvent whose only reference is the caller's.
     * @throws IllegalArgumentException if the options contradict each other.
     * @throws IllegalStateException    if the underlying is freed, another layer stands on it, or the calling thread is not
     *                                  the loop's.
     */
    public static FilterBufferEvent create(
            final BufferEvent underlying,
            final @Nullable BufferFilter input,
            final @Nullable BufferFilter output,
            final Options options) {
        return create(underlying, input, output, options, null);
    }

    /**
     * As {@link #create(BufferEvent, BufferFilter, BufferFilter, Options)}, with something that ends with the filter, such as
     * {@code inflater::end}.
     *
     * @param underlying what it stands on.
     * @param input      changes what arrives; null passes it on as it is.
     * @param output     changes what is written; null passes it on as it is.
     * @param options    how it works.
     * @param context    closed once, after the last call of a filter; what it throws goes to the error handler of the base.
     * @return a BufferEvent whose only reference is the caller's.
     * @throws IllegalArgumentException if the options contradict each other.
     * @throws IllegalStateException    if the underlying is freed, another layer stands on it, or the calling thread is not
     *                                  the loop's.
     */
    public static FilterBufferEvent create(
            final BufferEvent underlying,
            final @Nullable BufferFilter input,
            final @Nullable BufferFilter output,
            final Options options,
            final @Nullable AutoCloseable context) {
        final SharedLock held = underlying.access.take();
        try {
            return new FilterBufferEvent(underlying, input, output, options, context);
        } finally {
            SharedLock.giveBack(held);
        }
    }

    // ---- the work ---------------------------------------------------------------------------------------------------

    @Override
    void pump() {
        pumpInput();
        finishInput();
        pumpOutput();
        finishOutput();
    }

    private void pumpInput() {
        while (canFilterInput()) {
            runInput(readRoom(), FlushMode.NORMAL);
            if (!inputStage.wantsMore()) {
                break;
            }
        }
    }

    private boolean canFilterInput() {
        return wants(Directions.READ) && readRoom() > 0 && inputStage.canRun(below.input());
    }

    /** The underlying has ended: what the filter keeps comes out now, if reading is possible. */
    private void finishInput() {
        if (holdsEnd() && !inputFinished && wants(Directions.READ) && !inputStage.hasFailed()) {
            inputFinished = true;
            do {
                runInput(UNLIMITED, FlushMode.FINISHED);
            } while (inputStage.wantsMore() && isWorking());
        }
    }

    private void pumpOutput() {
        while (canFilterOutput()) {
            runOutput(below.writeRoom(), FlushMode.NORMAL);
            if (!outputStage.wantsMore()) {
                break;
            }
        }
    }

    private boolean canFilterOutput() {
        return wants(Directions.WRITE) && below.writeRoom() > 0 && outputStage.canRun(output());
    }

    /** No more output will come: what the filter keeps comes out now, and then the underlying ends. */
    private void finishOutput() {
        if (mustEndOutput() && wants(Directions.WRITE) && below.writeRoom() > 0 && !outputStage.hasFailed()) {
            flushOutput(FlushMode.FINISHED);
            if (!outputStage.hasFailed()) {
                endOutputBelow();
            }
        }
    }

    private void flushInput(final FlushMode mode) {
        final EvBuffer source = below.input();
        do {
            runInput(UNLIMITED, mode);
        } while (!source.isEmpty() && inputStage.wantsMore() && isWorking());
    }

    private void flushOutput(final FlushMode mode) {
        do {
            runOutput(UNLIMITED, mode);
        } while (isWorking() && !output().isEmpty() && outputStage.wantsMore());
    }

    private void runInput(final long room, final FlushMode mode) {
        final EvBuffer target = input();
        target.unfreeze(BufferEnd.END);
        try {
            inputStage.run(below.input(), target, room == UNLIMITED ? NO_LIMIT : room, mode);
        } finally {
            target.freeze(BufferEnd.END);
        }
    }

    private void runOutput(final long room, final FlushMode mode) {
        final EvBuffer source = output();
        source.unfreeze(BufferEnd.START);
        try {
            outputStage.run(source, below.output(), room == UNLIMITED ? NO_LIMIT : room, mode);
        } finally {
            source.freeze(BufferEnd.START);
        }
    }

    @Override
    void tell(final boolean later) {
        if (inputStage.takeProduced()) {
            readTimer.progressed();
            inputArrived(later);
        }
        outputStage.takeProduced();
        if (consumed && isWorking()) {
            consumed = false;
            writeTimer.progressed();
            outputLeft(later);
        }
        tellFailure(inputStage, Directions.READ, INPUT_FAILED, later);
        tellFailure(outputStage, Directions.WRITE, OUTPUT_FAILED, later);
        if (news != EventFlags.NONE && isWorking()) {
            final EventFlags what = news;
            final Throwable cause = newsCause;
            news = EventFlags.NONE;
            newsCause = null;
            endDirection(directionsOf(what), what, cause, later);
        }
        if (holdsEnd() && inputFinished && isWorking() && isEnabled(Directions.READ)) {
            tellEnd(later);
        }
    }

    /** After the read notice, whose callback may disable READ: then the end waits again. */
    private void tellEnd(final boolean later) {
        if (notices.tellsReadLater(options().has(Options.DEFER_CALLBACKS))) {
            request();
        } else {
            final EventFlags what = end;
            final Throwable cause = endCause;
            end = EventFlags.NONE;
            endCause = null;
            endDirection(directionsOf(what), what, cause, later);
        }
    }

    private void tellFailure(
            final FilterStage stage, final Directions direction, final EventFlags what, final boolean later) {
        final ConnectionException failure = stage.takeFailure();
        if (failure != null && isWorking()) {
            endDirection(direction, what, failure, later);
        }
    }

    // ---- what comes from below --------------------------------------------------------------------------------------

    @Override
    void belowArrived() {
        inputStage.sourceGrew();
        inputFinished = false;
    }

    @Override
    void belowEvent(final EventFlags what, final @Nullable Throwable cause) {
        if (what == EventFlags.CONNECTED) {
            if (!isLeaving()) {
                slots.raiseEvent(what, null, notices.isQueued());
            }
        } else if (!what.has(EventFlags.EOF) || !what.has(EventFlags.READING)) {
            addNews(what, cause);
        } else if (what == END || wants(Directions.READ)) {
            addEnd(what, cause);
        } else {
            addEnd(END, null);
            addNews(what.without(EventFlags.READING), cause);
        }
    }

    /** Told after the bytes that came before it, whether or not this reads. Nothing is written any more if writing ended. */
    private void addNews(final EventFlags what, final @Nullable Throwable cause) {
        news = news.with(what);
        newsCause = cause;
        if (what.has(EventFlags.WRITING)) {
            stop(Directions.WRITE_BIT);
        }
    }

    /** Told after the bytes that came before it, and only when this reads. */
    private void addEnd(final EventFlags what, final @Nullable Throwable cause) {
        end = end.with(what);
        endCause = cause;
        if (what.has(EventFlags.WRITING)) {
            stop(Directions.WRITE_BIT);
        }
    }

    @Override
    void forgetEnds() {
        end = EventFlags.NONE;
        endCause = null;
        news = EventFlags.NONE;
        newsCause = null;
        inputFinished = false;
    }

    @Override
    boolean holdsEnd() {
        return end != EventFlags.NONE;
    }

    // ---- what this kind does ----------------------------------------------------------------------------------------

    @Override
    void startReading() {
        inputStage.restart();
        super.startReading();
    }

    @Override
    void startWriting() {
        outputStage.restart();
        super.startWriting();
    }

    @Override
    void outputChanged(final BufferChange change) {
        consumed |= change.deleted() > 0;
        if (change.added() > 0) {
            outputStage.sourceGrew();
        }
        super.outputChanged(change);
    }

    @Override
    boolean hasPriority() {
        return false;
    }

    @Override
    boolean flushNow(final Directions directions, final FlushMode mode) {
        if (!beginWork()) {
            return false; // from inside a filter: done when that is over
        }
        boolean moved = false;
        try {
            if (directions.has(Directions.READ)) {
                moved = !below.isClosed() && below.flush(Directions.READ, mode);
                pumpInput();
                if (mode != FlushMode.NORMAL && !inputStage.hasFailed()) {
                    flushInput(mode);
                }
            }
            if (directions.has(Directions.WRITE)) {
                pumpOutput();
                if (mode != FlushMode.NORMAL && !outputStage.hasFailed()) {
                    flushOutput(mode);
                }
                moved |= !below.isClosed() && below.flush(Directions.WRITE, mode);
            }
            moved |= inputStage.hasProduced() || outputStage.hasProduced() || consumed;
        } finally {
            endWork(true);
        }
        return moved;
    }

    @Override
    void unlink() {
        inputStage.close();
        outputStage.close();
        super.unlink();
        if (context != null) {
            try {
                context.close();
            } catch (final Exception e) {
                report(e);
            }
        }
    }
}
