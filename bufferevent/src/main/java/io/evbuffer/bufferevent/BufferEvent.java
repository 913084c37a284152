package io.evbuffer.bufferevent;

import io.evbuffer.BufferChange;
import io.evbuffer.BufferEnd;
import io.evbuffer.EvBuffer;
import io.evbuffer.event.Event;
import io.evbuffer.event.EventBase;
import io.evbuffer.event.Transport;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A buffered connection: an input and an output buffer, and three callbacks that say when to look at them.
 *
 * <pre>
 *                       transport -&gt; tail [   input   ] front -&gt; read callback drains
 *                       transport &lt;- front [  output  ] tail &lt;- anybody appends
 *
 *   a direction works while it is enabled (the user's wish) and no reason suspends it (ours)
 * </pre>
 *
 * <table>
 * <caption>The three slots</caption>
 * <tr><th>slot</th><th>runs when</th></tr>
 * <tr><td>read</td><td>bytes arrived and the input holds at least the read low mark</td></tr>
 * <tr><td>write</td><td>output was written, or writing was enabled, and the output holds at most the write low mark</td></tr>
 * <tr><td>event</td><td>connected, end of stream, error, timeout</td></tr>
 * </table>
 *
 * <p>Read callbacks announce arrival, not presence: bytes left in the input cause no further callback until more arrive.
 * A callback may call anything on this or any other BufferEvent; nothing but {@link #trigger} and {@link #triggerEvent}
 * runs a callback before it returns.
 *
 * <p>Invariants: <b>BEV-6</b> reading is suspended for the WATERMARK exactly while the input is at its high mark.
 * <b>BEV-12</b> the tail of the input and the front of the output are frozen: the transport alone works there (but for the
 * time between a change of the transport and its first transfer). <b>BEV-16</b> when an end, error or timeout of a direction
 * is told, that direction is no longer enabled. <b>BEV-19</b> the references are those of the creator, of the user, of each
 * routine that runs and of the queued pass.
 *
 * <p>Ownership: the creator holds one reference and gives it up by {@link #close()}. The transport is the user's, unless
 * {@link Options#CLOSE_ON_FREE} is set. Memory is home when the last reference is gone, or the base is closed.
 *
 * <p>Threads: the thread of the base's loop. While the loop runs, calls from other threads throw
 * {@link IllegalStateException}. With {@link Options#THREADSAFE} any thread may call. What changes something never waits for
 * another thread's callback: where the lock is busy the call is made up by the loop, in order, so that its effect comes
 * after it has returned and what would be thrown goes to the error handler of the base. Flushing, connecting and replacing
 * the transport are always the loop's. Only {@link #lock()}, reading, direct use of the buffers and putting a layer on it
 * wait for the lock. Callbacks run on the loop's thread in any case, with the lock unless {@link Options#UNLOCK_CALLBACKS} is set.
 */
public abstract sealed class BufferEvent implements AutoCloseable
        permits SocketBufferEvent, PairBufferEvent, LayeredBufferEvent {
    /** The most that one transfer moves unless said otherwise, in bytes. */
    public static final int DEFAULT_MAX_SINGLE = 16 * 1024;

    /** What a rate limit that is not set leaves, in bytes. */
    public static final long UNLIMITED = Long.MAX_VALUE;

    /** No timeout, for {@link #setTimeouts}. */
    public static final long NO_TIMEOUT = Event.NO_TIMEOUT;

    private static final VarHandle ENABLED;

    static {
        try {
            ENABLED = MethodHandles.lookup().findVarHandle(BufferEvent.class, "enabled", int.class);
        } catch (final ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    final Access access;
    final Lifetime life;
    final IdleTimer readTimer;
    final IdleTimer writeTimer;
    final Notices notices;
    final Slots slots;
    final Tally tally = new Tally();
    private EventBase base;
    private LiveBufferEvents live;
    private final Options options;
    private final EvBuffer input;
    private final EvBuffer output;
    private final SuspendReasons readSuspended = new SuspendReasons();
    private final SuspendReasons writeSuspended = new SuspendReasons();
    private final Watermarks readMarks = new Watermarks();
    private final Watermarks writeMarks = new Watermarks();

    @Nullable
    BufferEvent nextLive; // of the same base

    @Nullable
    BufferEvent previousLive;

    @Nullable
    LayeredBufferEvent above; // the layer that stands on this one

    private int enabled = Directions.WRITE_BIT; // what the user wants; changed with the lock, any thread may look
    private int priority;
    private int maxSingleRead = DEFAULT_MAX_SINGLE;
    private int maxSingleWrite = DEFAULT_MAX_SINGLE;
    private @Nullable Event deadline; // of closeAfterFlush
    private @Nullable BackPressure pressure; // made with its callback
    private boolean hasMoved; // from another base

    /** Registers nothing, sends nothing, calls nobody. */
    BufferEvent(final EventBase base, final Options options) {
        this(base, options, options.has(Options.THREADSAFE) ? new SharedLock() : null);
    }

    /** As above, with the lock of a partner or a layer; null for none. */
    BufferEvent(final EventBase base, final Options options, final @Nullable SharedLock shared) {
        ensureConsistent(options);
        this.base = base;
        this.access = new Access(this);
        this.life = new Lifetime(this, access);
        if (shared == null) {
            access.ensureThread("create");
        }
        this.priority = base.priorities() / 2;
        this.live = LiveBufferEvents.of(base);
        this.options = options;
        this.input = new EvBuffer(base.pool());
        this.output = new EvBuffer(base.pool());
        this.notices = new Notices(this);
        this.slots = new Slots(this, notices);
        this.readTimer = new IdleTimer(this, () -> timedOut(Directions.READ));
        this.writeTimer = new IdleTimer(this, () -> timedOut(Directions.WRITE));
        input.maxRead(maxSingleRead);
        input.addListener((buffer, change) -> {
            access.ensureThread("changing the input");
            tally.bytesIn += change.added();
            inputChanged(change);
        });
        output.addListener((buffer, change) -> {
            access.ensureThread("changing the output");
            if (!life.isFreed()) {
                tally.bytesOut += change.deleted();
            }
            if (pressure != null) {
                pressure.changed(output.length(), writeMarks);
            }
            outputChanged(change);
        });
        input.freeze(BufferEnd.END);
        output.freeze(BufferEnd.START);
        if (shared != null) {
            access.adopt(shared);
        }
        live.add(this);
    }

    // ---- what it is -------------------------------------------------------------------------------------------------

    /**
     * The base it lives on. Any thread.
     *
     * @return the same object for its whole life, unless {@link #base(EventBase)} moves it.
     */
    public final EventBase base() {
        return base;
    }

    /**
     * Moves it to another base, with its transport, callbacks, marks, limits and buffers; from now on it belongs to the loop
     * there. Only a socket can move, and only while its old base has nothing to do for it: READ is disabled, no output is
     * about to leave, no connect or lookup is under way, no timer runs, no callback is about to run. Its priority becomes the
     * middle one there, unless another was set.
     *
     * <p><b>Cost:</b> a few small objects; no byte is copied. Bytes that it holds stay in the memory of the old base until they
     * are taken.
     *
     * @param newBase where to live. If its loop runs in another thread, what comes next has to be done there, by way of
     *                {@link EventBase#execute}.
     * @throws IllegalArgumentException if its priority does not exist there.
     * @throws IllegalStateException    if its kind keeps its base, another layer stands on it, the old base has something to do
     *                                  for it, the new one is closed, this is freed, or the calling thread is not that of the
     *                                  old loop; nothing has changed.
     * @throws io.evbuffer.event.EventException if the new base cannot wait for such a transport; nothing has changed.
     */
    public final void base(final EventBase newBase) {
        Objects.requireNonNull(newBase, "newBase");
        ensureLive("base");
        if (access.isForeign()) {
            throw refused("base", "its loop runs in another thread");
        }
        final SharedLock held = access.lock();
        if (held != null && !held.tryAcquire()) {
            throw refused("base", "another thread is at work on it");
        }
        try {
            life.ensureLive("base");
            ensureMayLeaveBase();
            if (newBase != base) {
                moveTo(newBase);
            }
        } finally {
            SharedLock.giveBack(held);
        }
    }

    private void ensureMayLeaveBase() {
        if (!hasOwnBase()) {
            throw refused("base", "this kind keeps its base");
        }
        if (above != null) {
            throw refused("base", "a layer stands on it, " + above);
        }
        if (notices.isQueued() || (pressure != null && pressure.isQueued()) || access.hasCalls()) {
            throw refused("base", "its callbacks are about to run");
        }
        if (readTimer.isArmed() || writeTimer.isArmed() || isRegistered()) {
            throw refused("base", "something is registered for it");
        }
    }

    private void moveTo(final EventBase newBase) {
        final LiveBufferEvents newLive = LiveBufferEvents.of(newBase);
        final int newPriority = priority == base.priorities() / 2 ? newBase.priorities() / 2 : priority;
        if (newPriority >= newBase.priorities()) {
            throw new IllegalArgumentException("priority " + newPriority + " of " + newBase.priorities());
        }
        leaveBase(newBase, newPriority);
        readTimer.leaveBase();
        writeTimer.leaveBase();
        live.remove(this);
        hasMoved = true;
        base = newBase;
        live = newLive;
        priority = newPriority;
        input.source(newBase.pool());
        output.source(newBase.pool());
        live.add(this);
    }

    /**
     * How it was built. Any thread.
     *
     * @return the options given at construction.
     */
    public final Options options() {
        return options;
    }

    /**
     * What arrived. The user drains its front; its tail is frozen, as the transport alone appends. Draining below the high
     * mark lets reading go on. Draining it on another thread while the loop runs throws {@link IllegalStateException}, but
     * too late to prevent it.
     *
     * @return the same buffer for its whole life; owned by this BufferEvent and closed with it.
     */
    public final EvBuffer input() {
        return input;
    }

    /**
     * What waits to be sent. The user appends at its tail, which is the same as {@link #write(byte[]) write}; its front is
     * frozen, as the transport alone takes. Appending on another thread while the loop runs throws
     * {@link IllegalStateException}, but too late to prevent it.
     *
     * @return the same buffer for its whole life; owned by this BufferEvent and closed with it.
     */
    public final EvBuffer output() {
        return output;
    }

    /**
     * The BufferEvent that this one stands on.
     *
     * @return the same object for its whole life; null unless this is a filter or TLS over another BufferEvent.
     */
    public @Nullable BufferEvent underlying() {
        return null;
    }

    /**
     * The other end of a pair.
     *
     * @return null unless this is one end of a pair, and once one of the two is freed.
     */
    public @Nullable BufferEvent partner() {
        return null;
    }

    /**
     * The bytes that have not left yet, in the outputs of this and of all that it stands on.
     *
     * @return in bytes; 0 once freed.
     */
    public final long pendingOutput() {
        final BufferEvent below = below();
        final long own = isWorking() ? output.length() + changedOutput() : 0;
        return below == null ? own : own + below.pendingOutput();
    }

    // ---- transport --------------------------------------------------------------------------------------------------

    /**
     * The transport, of the lowest layer if this stands on others.
     *
     * @return the one that was given or opened; null if there is none, as with a pair.
     */
    public abstract @Nullable Transport transport();

    /**
     * Works on another transport from now on. The old one is left alone and not closed; a connect attempt is abandoned, and
     * what was to be told of ends and errors is dropped. Buffers, marks, timeouts and callbacks stay. Both frozen ends are
     * open until the next transfer, so that stale bytes can be discarded. A layer hands the transport down.
     *
     * @param transport a non-blocking stream socket of the same base; null for none.
     * @throws IllegalArgumentException if it blocks or listens.
     * @throws IllegalStateException    if this is freed, its kind has no transport, or the calling thread is not the
     *                                  loop's.
     */
    public abstract void setTransport(@Nullable Transport transport);

    /**
     * As {@link #setTransport}, but closes the old transport first.
     *
     * @param transport a non-blocking stream socket of the same base; null for none.
     * @throws IOException              if the old one cannot be closed; then the new one is not taken, and the old one no
     *                                  longer used.
     * @throws IllegalArgumentException if it blocks or listens.
     * @throws IllegalStateException    if this is freed, its kind has no transport, or the calling thread is not the
     *                                  loop's.
     */
    public abstract void replaceTransport(@Nullable Transport transport) throws IOException;

    /**
     * Ends the stream in the direction out: when the output has left, the peer sees the end of the stream. Layers end what
     * they encode and hand the end down. Writing fails from now on, reading goes on. A second call has no effect.
     *
     * @throws IllegalStateException if this is freed, or the calling thread is not the loop's.
     */
    public abstract void shutdownOutput();

    // ---- directions -------------------------------------------------------------------------------------------------

    /**
     * The directions that the user wants, whether or not they are suspended at the moment. At first: WRITE.
     *
     * @return what was enabled and neither disabled nor ended since; nothing once freed.
     */
    public final Directions enabled() {
        return Directions.of((int) ENABLED.getOpaque(this));
    }

    /**
     * Wants directions. What is not suspended starts at once, with its full timeout; repeating it restarts that. Reading
     * that was off and finds enough bytes unread raises a read notice from the loop. Writing on a connection whose output
     * is at or below the write low mark raises one write notice in a later turn. After an end or an error the direction is
     * tried again.
     *
     * <p><b>Cost:</b> at most one change of interest for each direction, which the base makes once per turn.
     *
     * @param directions what to start.
     * @throws IllegalStateException if this is freed, or the calling thread is not the loop's.
     */
    public final void enable(final Directions directions) {
        ensureLive("enable");
        if (access.isOutside()) {
            access.locked(() -> enable(directions));
            return;
        }
        if (directions.has(Directions.WRITE)) {
            enabled |= Directions.WRITE_BIT;
            if (writeSuspended.isEmpty()) {
                startWriting();
            } else {
                writeAsked();
            }
        }
        if (directions.has(Directions.READ)) {
            final boolean wasOff = (enabled & Directions.READ_BIT) == 0;
            enabled |= Directions.READ_BIT;
            if (readSuspended.isEmpty()) {
                startReading();
            }
            if (wasOff && hasEnoughInput()) {
                slots.raiseReadIfEnough();
            }
        }
    }

    /**
     * Wants directions no more. Buffered bytes stay. A notice that is already on its way from the loop still comes.
     *
     * @param directions what to stop.
     * @throws IllegalStateException if this is freed, or the calling thread is not the loop's.
     */
    public final void disable(final Directions directions) {
        ensureLive("disable");
        if (access.isOutside()) {
            access.locked(() -> disable(directions));
            return;
        }
        stop(directions.bits());
    }

    // ---- callbacks --------------------------------------------------------------------------------------------------

    /**
     * Replaces all three callbacks. A slot that is null swallows its notices, those that wait already too.
     *
     * <p><b>Cost:</b> no allocation. A write callback is told by a pass of the loop of its own each time that the output is down
     * to its low mark; a server that answers what it reads has one only while it waits for output to leave.
     *
     * @param read  runs when bytes arrived.
     * @param write runs when output left.
     * @param event runs when the connection was made, ended or failed.
     * @throws IllegalStateException if this is freed, or the calling thread is not the loop's.
     */
    public final void setCallbacks(
            final @Nullable BufferEventCallback read,
            final @Nullable BufferEventCallback write,
            final @Nullable BufferEventNotice event) {
        ensureLive("setCallbacks");
        if (access.isOutside()) {
            access.locked(() -> setCallbacks(read, write, event));
            return;
        }
        slots.set(read, write, event);
    }

    /**
     * The read slot.
     *
     * @return what {@link #setCallbacks} put there, or null.
     */
    public final @Nullable BufferEventCallback readCallback() {
        return slots.read();
    }

    /**
     * The write slot.
     *
     * @return what {@link #setCallbacks} put there, or null.
     */
    public final @Nullable BufferEventCallback writeCallback() {
        return slots.write();
    }

    /**
     * The event slot.
     *
     * @return what {@link #setCallbacks} put there, or null.
     */
    public final @Nullable BufferEventNotice eventCallback() {
        return slots.event();
    }

    /**
     * Runs the read or write callback by hand where the buffer's length allows it under the low mark. At once, unless this
     * BufferEvent or the option defers it. Whether the direction is enabled does not matter.
     *
     * @param directions which callbacks.
     * @param how        whether to look at the marks, and whether to defer.
     * @throws IllegalStateException if this is freed, or the calling thread is not the loop's.
     */
    public final void trigger(final Directions directions, final TriggerOptions how) {
        ensureLive("trigger");
        if (access.isOutside()) {
            access.locked(() -> trigger(directions, how));
            return;
        }
        final boolean anyLength = how.has(TriggerOptions.IGNORE_WATERMARKS);
        final boolean later = how.has(TriggerOptions.DEFER) || access.isForeign();
        life.hold();
        try {
            if (directions.has(Directions.READ) && (anyLength || input.length() >= readMarks.low())) {
                slots.raiseRead(later);
            }
            if (directions.has(Directions.WRITE) && (anyLength || output.length() <= writeMarks.low())) {
                slots.raiseWrite(later);
            }
        } finally {
            life.letGo();
        }
    }

    /**
     * Runs the event callback by hand. At once, unless this BufferEvent or the option defers it; deferred flags join those
     * that wait already. Changes no state.
     *
     * @param what the flags to deliver.
     * @param how  whether to defer; the marks play no part.
     * @throws IllegalArgumentException if {@code what} is empty.
     * @throws IllegalStateException    if this is freed, or the calling thread is not the loop's.
     */
    public final void triggerEvent(final EventFlags what, final TriggerOptions how) {
        ensureLive("triggerEvent");
        if (what == EventFlags.NONE) {
            throw new IllegalArgumentException("an event needs a flag");
        }
        if (access.isOutside()) {
            access.locked(() -> triggerEvent(what, how));
            return;
        }
        life.hold();
        try {
            raiseEvent(what, null, how.has(TriggerOptions.DEFER) || access.isForeign());
        } finally {
            life.letGo();
        }
    }

    // ---- data -------------------------------------------------------------------------------------------------------

    /**
     * Appends bytes to the output. Legal in every state before {@code close}: what cannot leave yet waits.
     *
     * <p><b>Cost:</b> one copy; the bytes leave at the end of the turn with all others of it. Never blocks.
     *
     * @param source the bytes; none has no effect.
     * @throws IllegalStateException if this is freed or its output shut down, or the calling thread is not the loop's.
     * @throws io.evbuffer.memory.BufferLimitException if the pool has no more; nothing was appended.
     */
    public final void write(final byte[] source) {
        ensureLive("write");
        final SharedLock held = access.lock();
        if (access.takeToChange(held)) {
            try {
                ensureWritable("write");
                output.add(source);
            } finally {
                SharedLock.giveBack(held);
            }
        } else {
            writeLater(bytes -> bytes.add(source));
        }
    }

    /**
     * Appends bytes to the output, as {@link #write(byte[])}.
     *
     * @param source the bytes.
     * @param offset where they begin.
     * @param length how many.
     * @throws IndexOutOfBoundsException if the range is not in {@code source}.
     * @throws IllegalStateException     if this is freed or its output shut down, or the calling thread is not the loop's.
     */
    public final void write(final byte[] source, final int offset, final int length) {
        ensureLive("write");
        final SharedLock held = access.lock();
        if (access.takeToChange(held)) {
            try {
                ensureWritable("write");
                output.add(source, offset, length);
            } finally {
                SharedLock.giveBack(held);
            }
        } else {
            writeLater(bytes -> bytes.add(source, offset, length));
        }
    }

    /**
     * Appends bytes to the output, as {@link #write(byte[])}.
     *
     * @param source the bytes.
     * @param offset where they begin.
     * @param length how many.
     * @throws IndexOutOfBoundsException if the range is not in {@code source}.
     * @throws IllegalStateException     if this is freed or its output shut down, or the calling thread is not the loop's.
     */
    public final void write(final DirectBuffer source, final int offset, final int length) {
        ensureLive("write");
        final SharedLock held = access.lock();
        if (access.takeToChange(held)) {
            try {
                ensureWritable("write");
                output.add(source, offset, length);
            } finally {
                SharedLock.giveBack(held);
            }
        } else {
            writeLater(bytes -> bytes.add(source, offset, length));
        }
    }

    /**
     * Appends what remains in a buffer to the output, as {@link #write(byte[])}.
     *
     * @param source its position moves to its limit.
     * @throws IllegalStateException if this is freed or its output shut down, or the calling thread is not the loop's.
     */
    public final void write(final ByteBuffer source) {
        ensureLive("write");
        final SharedLock held = access.lock();
        if (access.takeToChange(held)) {
            try {
                ensureWritable("write");
                output.add(source);
            } finally {
                SharedLock.giveBack(held);
            }
        } else {
            writeLater(bytes -> bytes.add(source));
        }
    }

    /** The bytes are taken now and appended by the loop, as another thread has the lock. */
    private void writeLater(final Consumer<EvBuffer> filler) {
        final EvBuffer bytes = new EvBuffer(base.pool());
        try {
            filler.accept(bytes);
        } catch (final RuntimeException | Error e) {
            bytes.close();
            throw e;
        }
        access.onLoop(() -> writeBuffer(bytes), bytes);
    }

    /**
     * Moves all bytes of a buffer to the end of the output.
     *
     * <p><b>Cost:</b> O(1) or O(chains), no copy. <b>Ownership:</b> the bytes are the output's; {@code source} is empty.
     *
     * @param source the buffer to empty; the output itself has no effect.
     * @throws IllegalStateException if this is freed or its output shut down, the front of {@code source} is frozen, or
     *                               the calling thread is not the loop's; nothing moved.
     */
    public final void writeBuffer(final EvBuffer source) {
        ensureLive("writeBuffer");
        if (source == output) {
            return;
        }
        if (source != input && access.isOutside()) {
            writeFromOutside(source);
            return;
        }
        final SharedLock held = access.take(); // of the input as well
        try {
            ensureWritable("writeBuffer");
            output.addBuffer(source);
        } finally {
            SharedLock.giveBack(held);
        }
    }

    /** The source may have a lock too, and nobody who has one of the two waits for the other: so first one, then the other. */
    private void writeFromOutside(final EvBuffer source) {
        final EvBuffer bytes = new EvBuffer(base.pool());
        bytes.addBuffer(source);
        final SharedLock held = access.lock();
        if (!access.takeToChange(held)) {
            access.onLoop(() -> writeBuffer(bytes), bytes);
            return;
        }
        try (bytes) {
            try {
                ensureWritable("writeBuffer");
                output.addBuffer(bytes);
            } finally {
                SharedLock.giveBack(held);
                source.prependBuffer(bytes); // what was refused
            }
        }
    }

    /**
     * Takes bytes out of the input. Works while the caller holds a reference, even when freed.
     *
     * @param target where they go.
     * @param offset where they begin there.
     * @param length how many at most.
     * @return how many it were; 0 if the input is empty or its front is frozen.
     * @throws IndexOutOfBoundsException if the range is not in {@code target}.
     * @throws IllegalStateException     if no reference is left, or the calling thread is not the loop's.
     */
    public final int read(final byte[] target, final int offset, final int length) {
        Objects.checkFromIndexSize(offset, length, target.length);
        final SharedLock held = access.take();
        try {
            return canRead() ? input.remove(target, offset, length) : 0;
        } finally {
            SharedLock.giveBack(held);
        }
    }

    /**
     * Takes bytes out of the input, as {@link #read(byte[], int, int)}.
     *
     * @param target where they go.
     * @param offset where they begin there.
     * @param length how many at most.
     * @return how many it were; 0 if the input is empty or its front is frozen.
     * @throws IndexOutOfBoundsException if the range is not in {@code target}.
     * @throws IllegalStateException     if no reference is left, or the calling thread is not the loop's.
     */
    public final int read(final MutableDirectBuffer target, final int offset, final int length) {
        target.boundsCheck(offset, length);
        final SharedLock held = access.take();
        try {
            return canRead() ? input.remove(target, offset, length) : 0;
        } finally {
            SharedLock.giveBack(held);
        }
    }

    /**
     * Takes bytes out of the input into what remains of a buffer, as {@link #read(byte[], int, int)}.
     *
     * @param target its position moves on by the bytes taken.
     * @return how many it were; 0 if the input is empty or its front is frozen.
     * @throws IllegalStateException if no reference is left, or the calling thread is not the loop's.
     */
    public final int read(final ByteBuffer target) {
        final SharedLock held = access.take();
        try {
            return canRead() ? input.remove(target) : 0;
        } finally {
            SharedLock.giveBack(held);
        }
    }

    /**
     * Moves the whole input to the end of a buffer. No copy.
     *
     * @param target the buffer that gets the bytes.
     * @throws IllegalStateException if no reference is left, the front of the input or the end of {@code target} is frozen,
     *                               or the calling thread is not the loop's; nothing moved.
     */
    public final void readBuffer(final EvBuffer target) {
        ensureNotFinalized("readBuffer");
        target.addBuffer(input); // takes the locks of both in an order that all keep to
    }

    /**
     * Moves what can be moved now, instead of at the end of the turn. Never blocks, never runs a callback.
     *
     * <p><b>Cost:</b> on a socket as many gathering writes as at the end of a turn, of {@link #maxSingleWrite()} bytes each, four
     * times that much at most, even if the transport has taken no more before. Many small outputs leave cheaper at the end of the
     * turn, one write after the other; what is larger than some 16 KiB leaves cheaper at once, while the processor's caches hold it.
     *
     * @param directions which way.
     * @param mode       how hard to try.
     * @return whether anything moved.
     * @throws IllegalStateException if this is freed, or the calling thread is not the loop's.
     */
    public final boolean flush(final Directions directions, final FlushMode mode) {
        ensureLive("flush");
        if (access.isOutside()) {
            return lockedFlush(directions, mode);
        }
        life.hold();
        try {
            return flushNow(directions, mode);
        } finally {
            life.letGo();
        }
    }

    private boolean lockedFlush(final Directions directions, final FlushMode mode) {
        if (access.isForeign()) {
            access.onLoop(() -> flush(directions, mode)); // I/O is the loop's
            return false;
        }
        final SharedLock held = access.take();
        try {
            return flush(directions, mode);
        } finally {
            SharedLock.giveBack(held);
        }
    }

    // ---- tuning -----------------------------------------------------------------------------------------------------

    /**
     * Sets the marks. The read low mark is what the input must hold for a read callback; at the read high mark reading
     * pauses, and a socket's input never grows beyond it; the write low mark is what the output may hold for a write
     * callback; the write high mark limits nothing here, but is told by {@link #backPressure}. Raises no notice of the three
     * slots; reading pauses or goes on at once.
     *
     * @param directions whose marks.
     * @param low        in bytes; 0 means any amount.
     * @param high       in bytes; 0 means no limit.
     * @throws IllegalArgumentException if one is negative, or the read high mark is below the read low mark; the old ones
     *                                  stay.
     * @throws IllegalStateException    if this is freed, or the calling thread is not the loop's.
     */
    public final void setWatermark(final Directions directions, final long low, final long high) {
        ensureLive("setWatermark");
        if (low < 0 || high < 0) {
            throw new IllegalArgumentException("negative mark: low " + low + ", high " + high);
        }
        if (directions.has(Directions.READ) && high > 0 && high < low) {
            throw new IllegalArgumentException(
                    "read high " + high + " is below read low " + low + ": nothing would be told");
        }
        if (access.isOutside()) {
            access.locked(() -> setWatermark(directions, low, high));
            return;
        }
        if (directions.has(Directions.WRITE)) {
            writeMarks.set(low, high);
            if (pressure != null) {
                pressure.changed(output.length(), writeMarks);
            }
        }
        if (directions.has(Directions.READ)) {
            readMarks.set(low, high);
            applyReadHigh();
        }
    }

    /**
     * Sets who is told when the output rises to the write high mark, and when it has fallen to the write low mark again: so a
     * producer knows when to pause. Nothing is dropped or refused in between. Whoever is set while it is up is told so first.
     *
     * @param callback null for nobody.
     * @throws IllegalStateException if this is freed, or the calling thread is not the loop's.
     */
    public final void backPressure(final @Nullable BackPressureCallback callback) {
        ensureLive("backPressure");
        if (access.isOutside()) {
            access.locked(() -> backPressure(callback));
            return;
        }
        BackPressure watch = pressure;
        if (watch == null) {
            watch = new BackPressure(this);
            pressure = watch;
        }
        watch.callback(callback);
        watch.changed(output.length(), writeMarks);
    }

    /**
     * Who is told of back-pressure.
     *
     * @return what {@link #backPressure(BackPressureCallback)} was given, or null.
     */
    public final @Nullable BackPressureCallback backPressure() {
        return pressure == null ? null : pressure.callback();
    }

    /**
     * What this has done so far.
     *
     * @return a snapshot; taken by another thread than the loop's it may be a little behind.
     */
    public final BufferEventCounters counters() {
        return tally.counters(base.nowNanos());
    }

    /**
     * The low mark of one direction.
     *
     * @param direction READ or WRITE.
     * @return in bytes.
     * @throws IllegalArgumentException if it is not exactly one direction.
     */
    public final long lowWatermark(final Directions direction) {
        return marks(direction).low();
    }

    /**
     * The high mark of one direction.
     *
     * @param direction READ or WRITE.
     * @return in bytes; 0 means no limit.
     * @throws IllegalArgumentException if it is not exactly one direction.
     */
    public final long highWatermark(final Directions direction) {
        return marks(direction).high();
    }

    /**
     * Sets how long a direction may stay without progress. Time counts only while the direction is wanted and has something
     * to do: reading while it is enabled and not suspended, writing while output waits. While connecting, the write
     * timeout is the time allowed for that. When it is over the direction is disabled and TIMEOUT told, once.
     *
     * <p>A loop that is late cuts nobody off: of a turn of the loop no more than a quarter of the time allowed counts
     * ({@link EventBase#heardNanos}), and before a timeout is told the system is asked once more for bytes, or for room.
     *
     * <p><b>Cost:</b> progress writes a time stamp; the timer moves once per timeout, and one that runs out is a system call.
     *
     * @param readNanos  in nanoseconds, or {@link #NO_TIMEOUT}.
     * @param writeNanos in nanoseconds, or {@link #NO_TIMEOUT}.
     * @throws IllegalArgumentException if one is neither positive nor {@link #NO_TIMEOUT}; the old ones stay.
     * @throws IllegalStateException    if this is freed, or the calling thread is not the loop's.
     */
    public final void setTimeouts(final long readNanos, final long writeNanos) {
        ensureLive("setTimeouts");
        checkTimeout("read", readNanos);
        checkTimeout("write", writeNanos);
        if (access.isOutside()) {
            access.locked(() -> setTimeouts(readNanos, writeNanos));
            return;
        }
        readTimer.timeoutNanos(readNanos);
        writeTimer.timeoutNanos(writeNanos);
        restartTimers();
    }

    /**
     * The read timeout.
     *
     * @return in nanoseconds, or {@link #NO_TIMEOUT}.
     */
    public final long readTimeoutNanos() {
        return readTimer.timeoutNanos();
    }

    /**
     * The write timeout.
     *
     * @return in nanoseconds, or {@link #NO_TIMEOUT}.
     */
    public final long writeTimeoutNanos() {
        return writeTimer.timeoutNanos();
    }

    /**
     * The most that one read takes from the transport.
     *
     * @return in bytes.
     */
    public final int maxSingleRead() {
        return maxSingleRead;
    }

    /**
     * Sets the most that one read takes from the transport. A turn reads up to four times as much.
     *
     * @param bytes in bytes; 0 or less restores {@link #DEFAULT_MAX_SINGLE}.
     * @throws IllegalStateException if this is freed, or the calling thread is not the loop's.
     */
    public final void maxSingleRead(final int bytes) {
        ensureLive("maxSingleRead");
        if (access.isOutside()) {
            access.locked(() -> maxSingleRead(bytes));
            return;
        }
        maxSingleRead = bytes > 0 ? bytes : DEFAULT_MAX_SINGLE;
        input.maxRead(maxSingleRead);
    }

    /**
     * The most that one write gives to the transport.
     *
     * @return in bytes.
     */
    public final int maxSingleWrite() {
        return maxSingleWrite;
    }

    /**
     * Sets the most that one write gives to the transport. A turn writes up to four times as much.
     *
     * @param bytes in bytes; 0 or less restores {@link #DEFAULT_MAX_SINGLE}.
     * @throws IllegalStateException if this is freed, or the calling thread is not the loop's.
     */
    public final void maxSingleWrite(final int bytes) {
        ensureLive("maxSingleWrite");
        if (access.isOutside()) {
            access.locked(() -> maxSingleWrite(bytes));
            return;
        }
        maxSingleWrite = bytes > 0 ? bytes : DEFAULT_MAX_SINGLE;
    }

    /**
     * The priority of its callbacks.
     *
     * @return 0 is most urgent.
     */
    public final int priority() {
        return priority;
    }

    /**
     * Sets the priority of its callbacks; at first it is the middle one of the base.
     *
     * @param newPriority 0, the most urgent, to {@code base().priorities() - 1}.
     * @throws IllegalArgumentException if there is no such priority.
     * @throws IllegalStateException    if one of its callbacks is about to run, this is a pair or a filter, which keep the
     *                                  middle priority, this is freed, or the calling thread is not the loop's; nothing has
     *                                  changed.
     */
    public final void priority(final int newPriority) {
        ensureLive("priority");
        if (newPriority < 0 || newPriority >= base.priorities()) {
            throw new IllegalArgumentException("priority " + newPriority + " of " + base.priorities());
        }
        if (!hasPriority()) {
            throw refused("priority", "this kind keeps the middle one");
        }
        if (access.isOutside()) {
            access.locked(() -> priority(newPriority));
            return;
        }
        if (notices.isQueued()) {
            throw refused("priority", "its callbacks are about to run");
        }
        final List<Event> events = new ArrayList<>();
        collectEvents(events);
        readTimer.collectEvent(events);
        writeTimer.collectEvent(events);
        for (int i = 0; i < events.size(); i++) {
            try {
                events.get(i).priority(newPriority);
            } catch (final IllegalStateException active) {
                for (int changed = 0; changed < i; changed++) {
                    events.get(changed).priority(priority);
                }
                throw active;
            }
        }
        notices.priority(newPriority);
        priority = newPriority;
    }

    // ---- rate limits ------------------------------------------------------------------------------------------------

    /**
     * Limits how fast bytes are read from and written to the transport. A direction that has used up what it may rests until
     * the next ticks; the rest of the limits of a group holds beside this one. Without effect on kinds without a transport.
     *
     * @param cfg what to allow, or null for no limit. The same object again changes nothing; another one cuts what is left to
     *            its burst and never raises it.
     * @throws IllegalStateException if this is freed, or the calling thread is not the loop's.
     */
    public final void setRateLimit(final @Nullable TokenBucketCfg cfg) {
        ensureLive("setRateLimit");
        if (access.isOutside()) {
            access.locked(() -> setRateLimit(cfg));
            return;
        }
        final RateLimits limits = limits();
        if (limits != null) {
            limits.set(cfg);
        }
    }

    /**
     * The limit of its own.
     *
     * @return what {@link #setRateLimit} was given last; null if there is no limit.
     */
    public final @Nullable TokenBucketCfg rateLimit() {
        final RateLimits limits = limits();
        return limits == null ? null : limits.cfg();
    }

    /**
     * What its own limit leaves for reading by now. Changes nothing.
     *
     * @return in bytes, negative after a transfer that was larger; {@link #UNLIMITED} without a limit of its own.
     */
    public final long readLimit() {
        final RateLimits limits = limits();
        return limits == null ? UNLIMITED : limits.left(Directions.READ);
    }

    /**
     * What its own limit leaves for writing by now. Changes nothing.
     *
     * @return in bytes, negative after a transfer that was larger; {@link #UNLIMITED} without a limit of its own.
     */
    public final long writeLimit() {
        final RateLimits limits = limits();
        return limits == null ? UNLIMITED : limits.left(Directions.WRITE);
    }

    /**
     * What the next read may move under all limits: its own, its group's and {@link #maxSingleRead()}. Changes nothing.
     *
     * @return in bytes, 0 or more.
     */
    public final long maxToRead() {
        final RateLimits limits = limits();
        return limits == null ? maxSingleRead : Math.min(maxSingleRead, limits.wouldAllow(Directions.READ));
    }

    /**
     * What the next write may move under all limits: its own, its group's and {@link #maxSingleWrite()}. Changes nothing.
     *
     * @return in bytes, 0 or more.
     */
    public final long maxToWrite() {
        final RateLimits limits = limits();
        return limits == null ? maxSingleWrite : Math.min(maxSingleWrite, limits.wouldAllow(Directions.WRITE));
    }

    /**
     * Takes from what its own limit leaves for reading, as if bytes had been read. Reading rests or goes on at once.
     *
     * @param bytes how many; a negative number puts back, above the burst until the next tick.
     * @throws IllegalStateException if it has no limit of its own, is freed, or the calling thread is not the loop's.
     */
    public final void decrementReadLimit(final long bytes) {
        decrementLimit(Directions.READ, bytes);
    }

    /**
     * Takes from what its own limit leaves for writing, as if bytes had been written. Writing rests or goes on at once.
     *
     * @param bytes how many; a negative number puts back, above the burst until the next tick.
     * @throws IllegalStateException if it has no limit of its own, is freed, or the calling thread is not the loop's.
     */
    public final void decrementWriteLimit(final long bytes) {
        decrementLimit(Directions.WRITE, bytes);
    }

    private void decrementLimit(final Directions direction, final long bytes) {
        ensureLive("decrementing a rate limit");
        if (access.isOutside()) {
            access.locked(() -> decrementLimit(direction, bytes));
            return;
        }
        final RateLimits limits = limits();
        if (limits == null) {
            throw refused("decrementing a rate limit", "its kind has none");
        }
        limits.decrement(direction, bytes);
    }

    /**
     * Shares the limit of a group from now on, and of this one only. While the group rests, so does this. Without effect on
     * kinds without a transport.
     *
     * @param group which one, of any base; null for none.
     * @throws IllegalStateException if the group is closed, this is freed, or the calling thread is not the loop's.
     */
    public final void addToRateLimitGroup(final @Nullable RateLimitGroup group) {
        ensureLive("addToRateLimitGroup");
        if (access.isOutside()) {
            access.locked(() -> addToRateLimitGroup(group));
            return;
        }
        final RateLimits limits = limits();
        if (limits != null) {
            limits.join(group);
        }
    }

    /**
     * Leaves its group, if it is in one.
     *
     * @throws IllegalStateException if this is freed, or the calling thread is not the loop's.
     */
    public final void removeFromRateLimitGroup() {
        addToRateLimitGroup(null);
    }

    /**
     * Its group.
     *
     * @return the one it shares a limit with, or null.
     */
    public final @Nullable RateLimitGroup rateLimitGroup() {
        final RateLimits limits = limits();
        return limits == null ? null : limits.group();
    }

    // ---- life -------------------------------------------------------------------------------------------------------

    /**
     * Takes a reference: input and memory stay after {@link #close()} until it is released.
     *
     * @throws IllegalStateException if no reference is left, or the calling thread is not the loop's.
     */
    public final void retain() {
        ensureNotFinalized("retain");
        life.hold();
    }

    /**
     * Gives a reference back. The last one frees.
     *
     * @return whether it was the last.
     * @throws IllegalStateException if no reference is left, or the calling thread is not the loop's.
     */
    public final boolean release() {
        access.ensureThread("release");
        return life.release();
    }

    /**
     * Frees: no callback starts any more, output that waits is discarded, interests and timers go at once. The creator's
     * reference is given up; with the last one the memory goes home, and the transport is closed where
     * {@link Options#CLOSE_ON_FREE} says so. Legal inside any callback. A second call has no effect.
     *
     * @throws IllegalStateException if the calling thread is not the loop's.
     */
    @Override
    public final void close() {
        access.ensureThread("close");
        if (isWorking() && access.isOutside()) {
            access.locked(this::close);
            return;
        }
        if (isWorking()) {
            try {
                free();
            } finally {
                life.letGo();
            }
        }
    }

    /**
     * Frees as soon as the output has left: nothing is read any more, no callback runs, and what waits is sent, even where
     * writing was disabled. What this stands on is waited for as well. An error, or the end of the time given, frees at
     * once. Every call but {@link #close()}, {@link #retain()}, {@link #release()} and reading what is left in the input
     * fails from now on.
     *
     * <p>A peer that still sends meanwhile may lose the last bytes, as systems answer unread input with a reset.
     *
     * @param limitNanos the time allowed, in nanoseconds.
     * @throws IllegalArgumentException if it is not positive.
     * @throws IllegalStateException    if this is freed, or the calling thread is not the loop's.
     */
    public final void closeAfterFlush(final long limitNanos) {
        ensureLive("closeAfterFlush");
        if (limitNanos <= 0) {
            throw new IllegalArgumentException("time limit of " + limitNanos + " ns");
        }
        if (access.isOutside()) {
            access.locked(() -> closeAfterFlush(limitNanos));
            return;
        }
        life.leaving();
        slots.set(null, null, null);
        notices.cancel();
        if (pressure != null) {
            pressure.cancel();
        }
        stop(Directions.READ_BIT);
        output.freeze(BufferEnd.END);
        enabled = Directions.WRITE_BIT;
        if (isDrained()) {
            close();
        } else {
            deadline = new Event(base, Event.NO_DESCRIPTOR, Event.FINALIZE, (event, result) -> close(), null);
            deadline.add(limitNanos);
            connectedTold(); // if that was still to come: it was cancelled above, and the output waits for it
            leave();
        }
    }

    /**
     * Takes the lock, if there is one, and a reference: so several calls are one step for other threads, and nothing here is
     * freed meanwhile. What is called with it overtakes calls that still wait for the loop to make them up. Waits while another
     * thread holds the lock: who calls this inside a callback of a BufferEvent that
     * another thread locks likewise may wait for ever. To be followed by {@link #unlock()} on the same thread.
     *
     * @throws IllegalStateException if no reference is left, or there is no lock and the calling thread is not the loop's.
     */
    public final void lock() {
        final SharedLock held = access.take();
        try {
            retain();
        } catch (final IllegalStateException gone) {
            SharedLock.giveBack(held);
            throw gone;
        }
    }

    /**
     * Gives back the reference and the lock that {@link #lock()} took. The last reference frees.
     *
     * @throws IllegalStateException if no reference is left, or there is no lock and the calling thread is not the loop's.
     */
    public final void unlock() {
        final SharedLock held = access.lock();
        try {
            release();
        } finally {
            SharedLock.giveBack(held);
        }
    }

    /**
     * Says whether {@link #close()} or {@link #closeAfterFlush} was called, or the last reference released.
     *
     * @return true from then on.
     */
    public final boolean isClosed() {
        return !life.looksLive();
    }

    /**
     * Names kind, state and buffers, for logs.
     *
     * @return one line.
     */
    @Override
    public String toString() {
        return getClass().getSimpleName() + "[" + life + ", enabled " + enabled() + ", input "
                + (life.isFinalized() ? 0 : input.length()) + ", output "
                + (life.isFinalized() ? 0 : output.length()) + "]";
    }

    // ---- what a kind does -------------------------------------------------------------------------------------------

    /** What this stands on, whether or not the user knows of it. */
    @Nullable
    BufferEvent below() {
        return null;
    }

    /** Bytes on their way from the output to the one below. */
    long changedOutput() {
        return 0;
    }

    /** Says whether the connection stands, so that bytes can move. */
    boolean isConnected() {
        return true;
    }

    /** READ has become wanted: interest and timer start, if the kind can read now. */
    abstract void startReading();

    /** READ is not wanted any more: interest and timer go. */
    abstract void stopReading();

    /** WRITE was enabled: what waits may leave, and the write callback is asked for more. */
    abstract void startWriting();

    /** WRITE is not wanted any more: interest and timer go. */
    abstract void stopWriting();

    /** WRITE was enabled while something holds it back: once that is over the write callback is asked for more. */
    void writeAsked() {}

    /** What held WRITE back is over; nobody enabled it anew. */
    void writeResumed() {
        startWriting();
    }

    /** Says whether it can move to another base. */
    boolean hasOwnBase() {
        return false;
    }

    /** Says whether the reactor has something to do for its kind. */
    boolean isRegistered() {
        return false;
    }

    /** It is about to live on another base, at another priority: its kind makes there what it has in the reactor. */
    void leaveBase(final EventBase newBase, final int newPriority) {}

    /** What limits its transfers; null where this kind moves nothing itself. */
    @Nullable
    RateLimits limits() {
        return null;
    }

    /** The length of the output changed. */
    abstract void outputChanged(BufferChange change);

    /** Adds the events of its transport, if there are any. */
    void collectEvents(final List<Event> events) {}

    /** Says whether it can run at another priority than the middle one. */
    abstract boolean hasPriority();

    abstract boolean flushNow(Directions directions, FlushMode mode);

    /** The times allowed have changed: what runs starts anew. */
    void restartTimers() {
        if (wants(Directions.READ)) {
            readTimer.restart();
        }
        if (wants(Directions.WRITE) && !output.isEmpty()) {
            writeTimer.restart();
        }
    }

    /** Before a timeout is told: moves what could move in this direction by now. Returns whether something did. */
    boolean movesAtLast(final Directions direction) {
        return false;
    }

    /** The same for a layer above whose time is over; what runs out here is told by the timers of this one alone. */
    void triesAtLast(final Directions direction) {
        movesAtLast(direction);
    }

    /** CONNECTED was told, or nobody wanted to know: work may begin. */
    void connectedTold() {}

    /** Does what it has to do at the end of a turn. */
    abstract void takeOver();

    /** Nothing remains to be sent, here and below. */
    boolean isDrained() {
        return output.isEmpty();
    }

    /** It frees itself when it is drained: what waits leaves, whatever was disabled. */
    void leave() {
        startWriting();
    }

    /** Freed: whatever is under way stops now, references or not. */
    abstract void abandon();

    /** No reference is left: gives the transport up. */
    abstract void unlink();

    // ---- for the kinds and their parts ------------------------------------------------------------------------------

    /** Neither freed nor finalized: I/O may go on. */
    final boolean isWorking() {
        return life.isWorking();
    }

    final boolean wants(final Directions direction) {
        return isEnabled(direction) && reasons(direction).isEmpty();
    }

    final boolean isEnabled(final Directions direction) {
        return (enabled & direction.bits()) != 0;
    }

    final boolean isReadSuspended(final SuspendReason reason) {
        return readSuspended.has(reason);
    }

    final boolean isSuspended(final Directions direction, final SuspendReason reason) {
        return reasons(direction).has(reason);
    }

    final boolean hasEnoughInput() {
        return input.length() >= Math.max(1, readMarks.low());
    }

    /** How many bytes may be read before the high mark is reached. */
    final long readRoom() {
        return readMarks.room(input.length());
    }

    /** What all BufferEvents of the base share. */
    final LiveBufferEvents live() {
        return live;
    }

    final int references() {
        return life.references();
    }

    /** The lock; null where all is the loop's. */
    final @Nullable SharedLock sharedLock() {
        return access.lock();
    }

    /** Says whether another thread than that of its base may put it into the list of that base, or take it out. */
    final boolean isLiveShared() {
        return access.isShared() || hasMoved;
    }

    final void suspend(final Directions direction, final SuspendReason reason) {
        final SuspendReasons reasons = reasons(direction);
        if (!reasons.has(reason)) {
            tally.suspended(reason);
        }
        if (reasons.add(reason)) {
            rest(direction);
        }
    }

    final void resume(final Directions direction, final SuspendReason reason) {
        if (reasons(direction).remove(reason) && isEnabled(direction)) {
            if (direction == Directions.READ) {
                startReading();
            } else {
                writeResumed();
            }
        }
    }

    private void rest(final Directions direction) {
        if (direction == Directions.READ) {
            stopReading();
        } else {
            stopWriting();
        }
    }

    private SuspendReasons reasons(final Directions direction) {
        return direction == Directions.READ ? readSuspended : writeSuspended;
    }

    /** Bytes arrived: tells it under the low mark. */
    final void inputArrived(final boolean later) {
        if (input.length() >= readMarks.low()) {
            slots.raiseRead(later);
        }
    }

    /** A write attempt ended: tells it under the low mark. */
    final void outputLeft(final boolean later) {
        if (life.isLive() && output.length() <= writeMarks.low()) {
            slots.raiseWrite(later);
        }
        closeIfDrained();
    }

    /** What had to be sent first may have left: this or a layer above that waits for it frees itself. */
    final void closeIfDrained() {
        if (life.isLeaving() && isDrained()) {
            close();
        }
        if (above != null) {
            above.closeIfDrained();
        }
    }

    /** How many bytes the layer above may append to the output before the high mark is reached. */
    final long writeRoom() {
        return writeMarks.room(output.length());
    }

    /** Says whether the layer above is at work at the end of a turn, and calls {@link #takeOver} when it is done. */
    final boolean isBeingFilled() {
        return above != null && above.isHandingOver();
    }

    final boolean isLeaving() {
        return life.isLeaving();
    }

    /** Lets the write timer follow the output. Returns whether there is more that may leave than before. */
    final boolean outputGrew(final BufferChange change) {
        if (output.isEmpty()) {
            writeTimer.cancel();
            return false;
        }
        if (change.added() == 0 || !wants(Directions.WRITE)) {
            return false;
        }
        if (change.originalLength() == 0) {
            writeTimer.progressed();
        }
        return true;
    }

    final boolean isOutputLow() {
        return output.length() <= writeMarks.low();
    }

    /** Directions have come to their end: they are disabled, then told. */
    final void endDirection(
            final Directions directions, final EventFlags what, final @Nullable Throwable cause, final boolean later) {
        stop(directions.bits());
        raiseEvent(what, cause, later);
    }

    /** Tells an end or an error. While leaving there is nobody to tell, and nothing left to do unless only reading ended. */
    final void raiseEvent(final EventFlags what, final @Nullable Throwable cause, final boolean later) {
        if (life.isLeaving()) {
            if (what.has(EventFlags.WRITING) || !what.has(EventFlags.READING)) {
                close();
            }
        } else {
            slots.raiseEvent(what, cause, later);
        }
    }

    /** Hands what user code threw to the error handler of the base. */
    final void report(final Throwable failure) {
        base.report(this, failure);
    }

    /** No bytes have moved for the time allowed. */
    void timedOut(final Directions direction) {
        final SharedLock held = life.enter();
        try {
            if (movesAtLast(direction)) {
                return;
            }
            final boolean reading = direction == Directions.READ;
            endDirection(
                    direction,
                    EventFlags.TIMEOUT.with(reading ? EventFlags.READING : EventFlags.WRITING),
                    new ConnectionException.IdleTimeout(direction, (reading ? readTimer : writeTimer).timeoutNanos()),
                    false);
        } finally {
            life.exit(held);
        }
    }

    static void ensureConsistent(final Options options) {
        if (options.has(Options.UNLOCK_CALLBACKS) && !options.has(Options.DEFER_CALLBACKS)) {
            throw new IllegalArgumentException("UNLOCK_CALLBACKS needs DEFER_CALLBACKS: " + options);
        }
    }

    final void ensureLive(final String operation) {
        access.ensureThread(operation);
        life.ensureLive(operation);
    }

    // ---- inside -----------------------------------------------------------------------------------------------------

    final void stop(final int bits) {
        enabled &= ~bits;
        if ((bits & Directions.READ_BIT) != 0) {
            stopReading();
        }
        if ((bits & Directions.WRITE_BIT) != 0) {
            stopWriting();
        }
    }

    private void inputChanged(final BufferChange change) {
        if (!life.isLive()) {
            return;
        }
        applyReadHigh();
        final boolean held = readSuspended.has(SuspendReason.WATERMARK) && change.deleted() > 0;
        if (held) {
            tally.held(base.nowNanos());
        }
        if (held && isEnabled(Directions.READ) && hasEnoughInput()) {
            slots.raiseReadIfEnough(); // there was progress, but no arrival will follow: without this it would stall
        }
    }

    private void applyReadHigh() {
        final boolean was = readSuspended.has(SuspendReason.WATERMARK);
        final boolean isFull = readMarks.isFull(input.length());
        if (isFull && !was) {
            tally.held(base.nowNanos());
            suspend(Directions.READ, SuspendReason.WATERMARK);
        } else if (was && !isFull) {
            tally.drained(base.nowNanos());
            resume(Directions.READ, SuspendReason.WATERMARK);
        }
    }

    private Watermarks marks(final Directions direction) {
        return direction.isRead() ? readMarks : writeMarks;
    }

    private boolean canRead() {
        ensureNotFinalized("read");
        return !input.isEmpty() && !input.isFrozen(BufferEnd.START);
    }

    /** With the lock: everything stops and nobody is called any more, whoever holds a reference. */
    final void free() {
        life.freed();
        enabled = 0;
        slots.set(null, null, null);
        notices.cancel();
        if (pressure != null) {
            pressure.cancel();
        }
        readTimer.cancel();
        writeTimer.cancel();
        if (deadline != null) {
            deadline.close();
        }
        abandon();
        if (above != null) {
            above.belowFreed();
        }
        output.unfreeze(BufferEnd.START);
        output.freeze(BufferEnd.END);
        try {
            output.drain(output.length());
        } finally {
            output.freeze(BufferEnd.START);
        }
    }

    /** With the lock: buffers and transport are given up. */
    final void finish() {
        life.finalized();
        unlink();
        readTimer.close();
        writeTimer.close();
        input.close();
        output.close();
        live.remove(this);
        access.close();
    }

    private void ensureWritable(final String operation) {
        life.ensureLive(operation);
        if (output.isFrozen(BufferEnd.END)) {
            throw refused(operation, "its output takes no more: it is shut down, or its end frozen");
        }
    }

    private void ensureNotFinalized(final String operation) {
        access.ensureThread(operation);
        life.ensureNotFinalized(operation);
    }

    final IllegalStateException refused(final String operation, final String why) {
        return new IllegalStateException(operation + " refused on " + this + ": " + why);
    }

    static void checkTimeout(final String name, final long nanos) {
        if (nanos <= 0 && nanos != NO_TIMEOUT) {
            throw new IllegalArgumentException(name + " timeout of " + nanos + " ns");
        }
    }
}
