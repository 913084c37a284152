package io.evbuffer.bufferevent;

import io.evbuffer.BufferChange;
import io.evbuffer.BufferEnd;
import io.evbuffer.event.Transport;
import io.evbuffer.event.TurnEndTask;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A {@link BufferEvent} that stands on another one: what it writes is changed on its way into the output below, and what
 * arrives below is changed on its way into its input.
 *
 * <pre>
 *             callbacks of the user                        write
 *                     ^                                      |
 *               [   input   ]                          [   output   ]        the layer
 *                     ^  pump                                |  pump
 *               [   input   ]                          [   output   ]        the underlying, whose slots are the layer's
 * </pre>
 *
 * <p>All work is one routine in two parts: {@link #pump} moves what can be moved and calls no user, {@link #tell} then says
 * what came of it. Nothing enters {@link #pump} while it runs: whatever the underlying or a user's function asks for
 * meanwhile makes it run once more. Output that a turn appends is worked on at its end, all at once.
 *
 * <p>Invariants: <b>BEV-25</b> the underlying's reading is suspended for the FILTER exactly while the layer does not read.
 * <b>L1</b> the layer holds one reference on the underlying until it is finalized itself.
 *
 * <p>Ownership: the underlying stays the user's, unless {@link Options#CLOSE_ON_FREE} is set; then it is freed with the
 * layer. An underlying that the user frees first ends the layer with READING + WRITING + ERROR. Threads and failure as in
 * {@link BufferEvent}.
 */
public abstract sealed class LayeredBufferEvent extends BufferEvent permits FilterBufferEvent, TlsBufferEvent {
    final BufferEvent below; // the underlying
    private final BufferEventCallback arrived = source -> arrived();
    private final BufferEventCallback left = source -> left();
    private final BufferEventNotice told = (source, what, cause) -> told(what, cause);
    private final TurnEndTask turnEnd = this::turnEnd;
    private Directions endedBelow = Directions.NONE; // to be tried again there when they are enabled here
    private boolean queued; // for the end of this turn
    private boolean handingOver; // at the end of a turn: what is put below leaves right after
    private boolean working; // pump is on the stack
    private boolean again; // and was asked for meanwhile
    private boolean shutdown; // no more output will come
    private boolean shutDown; // and the end was handed down

    /** Takes the slots of the underlying and a reference; enables it both ways, but nothing is read until the layer reads. */
    LayeredBufferEvent(final BufferEvent underlying, final Options options) {
        super(usable(underlying).base(), options, lockFor(underlying, options));
        below = underlying;
        final SharedLock shared = access.lock();
        if (shared != null && below.access.lock() == null) {
            if (base().inLoopThread()) {
                shared.holdForTurn(base());
            }
            below.access.share(shared);
        }
        below.life.hold();
        below.above = this;
        below.slots.set(arrived, left, told);
        below.suspend(Directions.READ, SuspendReason.FILTER);
        below.enable(Directions.BOTH);
    }

    private static BufferEvent usable(final BufferEvent underlying) {
        underlying.ensureLive("stand on this");
        if (underlying.above != null) {
            throw underlying.refused("stand on this", "another layer does, " + underlying.above);
        }
        return underlying;
    }

    /** All that works together has one lock: that of the underlying, or a new one for it as well. */
    private static @Nullable SharedLock lockFor(final BufferEvent underlying, final Options options) {
        final SharedLock present = underlying.access.lock();
        return present == null && options.has(Options.THREADSAFE) ? new SharedLock() : present;
    }

    /**
     * The BufferEvent that this one stands on.
     *
     * @return the same object for its whole life.
     */
    @Override
    public @Nullable BufferEvent underlying() {
        return below;
    }

    @Override
    final BufferEvent below() {
        return below;
    }

    @Override
    public final @Nullable Transport transport() {
        return below.transport();
    }

    @Override
    public void setTransport(final @Nullable Transport transport) {
        ensureLive("setTransport");
        if (access.isOutside()) {
            access.onLoopOrLocked(() -> setTransport(transport));
            return;
        }
        below.setTransport(transport);
        newStream();
    }

    @Override
    public void replaceTransport(final @Nullable Transport transport) throws IOException {
        ensureLive("replaceTransport");
        if (access.isForeign()) {
            access.onLoop(() -> replaceFromLoop(transport));
            return;
        }
        final SharedLock held = access.take();
        try {
            below.replaceTransport(transport);
            newStream();
        } finally {
            SharedLock.giveBack(held);
        }
    }

    final void replaceFromLoop(final @Nullable Transport transport) {
        try {
            replaceTransport(transport);
        } catch (final IOException e) {
            report(e);
        }
    }

    final void newStream() {
        notices.dropEvents();
        forgetEnds();
        if (shutDown) {
            shutdown = false;
            shutDown = false;
            output().unfreeze(BufferEnd.END);
        }
    }

    @Override
    public final void shutdownOutput() {
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

    // ---- connecting by name -----------------------------------------------------------------------------------------

    /**
     * Looks up a host by the Java platform's resolver and connects the socket at the bottom to it, as
     * {@link #connectHostname(HostResolver, HostHints, String, int)} does.
     *
     * @param host a name, or an address in text form.
     * @param port 1 to 65535.
     * @throws IllegalArgumentException if the port is another.
     * @throws IllegalStateException    as there.
     */
    public final void connectHostname(final String host, final int port) {
        connectHostname(null, HostHints.ANY, host, port);
    }

    /**
     * Looks up a host and connects the socket at the bottom to it. As
     * {@link SocketBufferEvent#connectHostname(HostResolver, HostHints, String, int)}; the outcome is told by this layer, with
     * TLS when the handshake is done too. Another transport, or closing the socket, cancels the lookup.
     *
     * @param resolver who is asked; null for {@link HostResolver#system()}. Not asked for an address in text form.
     * @param hints    what narrows the answer.
     * @param host     a name, or an address in text form.
     * @param port     1 to 65535.
     * @throws IllegalArgumentException if the port is another.
     * @throws IllegalStateException    if there is no socket at the bottom; if an attempt or a lookup is under way, which goes
     *                                  on; if an engine of TLS has served a connection and there is no supplier of others; if
     *                                  this is freed; or the calling thread is not the loop's.
     */
    public final void connectHostname(
            final @Nullable HostResolver resolver, final HostHints hints, final String host, final int port) {
        ensureLive("connectHostname");
        if (access.isOutside()) {
            access.onLoopOrLocked(() -> connectBelow(resolver, hints, host, port));
            return;
        }
        connectBelow(resolver, hints, host, port);
    }

    /** As above, on what this stands on; then a new stream begins here. */
    void connectBelow(final @Nullable HostResolver resolver, final HostHints hints, final String host, final int port) {
        switch (below) {
            case final SocketBufferEvent it -> it.connectHostname(resolver, hints, host, port);
            case final LayeredBufferEvent it -> it.connectHostname(resolver, hints, host, port);
            case final PairBufferEvent it -> throw refused("connectHostname", "there is no socket below, but " + it);
        }
        newStream();
    }

    /**
     * How the last lookup of {@link #connectHostname(String, int)} by the socket at the bottom ended.
     *
     * @return NONE if it found addresses or is under way, or if there was none.
     */
    public final DnsError dnsError() {
        return bottom() instanceof final SocketBufferEvent socket ? socket.dnsError() : DnsError.NONE;
    }

    /** What moves the bytes: the lowest of all that this stands on. */
    final BufferEvent bottom() {
        BufferEvent bottom = below;
        for (BufferEvent next = bottom.below(); next != null; next = bottom.below()) {
            bottom = next;
        }
        return bottom;
    }

    // ---- what a layer does ------------------------------------------------------------------------------------------

    /** Moves what can be moved, both ways. Runs no callback of the user and raises nothing. */
    abstract void pump();

    /** Raises what the work brought about: bytes, ends, errors; later where it is not the time for callbacks. */
    abstract void tell(boolean later);

    /** The underlying was connected, has ended or failed. Work follows. */
    abstract void belowEvent(EventFlags what, @Nullable Throwable cause);

    /** The underlying has a new input, which may be worked on. */
    void belowArrived() {}

    /** The underlying has ended, which waits to be told until the layer reads. */
    abstract boolean holdsEnd();

    /** Another transport: what was to be told of the end of the old one is dropped. */
    abstract void forgetEnds();

    // ---- the work ---------------------------------------------------------------------------------------------------

    /** Works at the end of this turn. */
    final void request() {
        if (!queued && !isBeingFilled() && isWorking()) {
            queued = true;
            base().atTurnEnd(turnEnd);
        }
    }

    /** What is asked of the underlying meanwhile need not wait for the end of the next turn: it is told when to begin. */
    final boolean isHandingOver() {
        return handingOver;
    }

    /** Works now, or once more if it is doing so. */
    final void work(final boolean later) {
        if (beginWork()) {
            try {
                pump();
            } finally {
                endWork(later);
            }
        }
    }

    /** Begins to work. Returns false if work is on the stack already: then it is done once more. */
    final boolean beginWork() {
        if (working) {
            again = true;
            return false;
        }
        life.hold();
        working = true;
        again = false;
        return true;
    }

    /** Ends what {@link #beginWork} began: works once more if that was asked for, and tells what came of it. */
    final void endWork(final boolean later) {
        try {
            while (again && isWorking()) {
                again = false;
                pump();
            }
        } finally {
            working = false;
            try {
                if (isWorking()) {
                    tell(later || notices.isQueued()); // not before what waits to be told already
                }
                if (isWorking()) {
                    closeIfDrained();
                }
            } finally {
                life.letGo();
            }
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
    final void takeOver() {
        if (!isWorking()) {
            return;
        }
        life.hold();
        handingOver = true;
        try {
            work(true);
        } finally {
            handingOver = false;
            if (isWorking()) {
                resumeWriteTimer();
            }
            below.takeOver();
            life.letGo();
        }
    }

    /** Output may have been left: time counts for it. */
    void resumeWriteTimer() {
        if (wants(Directions.WRITE) && !output().isEmpty()) {
            writeTimer.resume();
        }
    }

    /** No more output will come, and this has to be said below once all of it is there. */
    final boolean mustEndOutput() {
        return (shutdown || isLeaving()) && !shutDown;
    }

    /** All output and what ends it are below. Who only leaves, and leaves the underlying to the user, keeps it open. */
    final void endOutputBelow() {
        shutDown = true;
        if ((shutdown || options().has(Options.CLOSE_ON_FREE)) && !below.isClosed()) {
            below.shutdownOutput();
        }
    }

    @Override
    boolean isDrained() {
        return !mustEndOutput() && (shutDown || output().isEmpty()) && below.isDrained();
    }

    // ---- what comes from below --------------------------------------------------------------------------------------

    private void arrived() {
        final SharedLock held = access.take(); // the underlying may have let go of it
        try {
            if (isWorking()) {
                belowArrived();
                work(false);
            }
        } finally {
            SharedLock.giveBack(held);
        }
    }

    private void left() {
        final SharedLock held = access.take();
        try {
            if (isWorking()) {
                work(false);
            }
        } finally {
            SharedLock.giveBack(held);
        }
    }

    private void told(final EventFlags what, final @Nullable Throwable cause) {
        final SharedLock held = life.enter();
        try {
            if (isWorking()) {
                endedBelow = endedBelow.with(directionsOf(what));
                belowEvent(what, cause);
                work(false);
            }
        } finally {
            life.exit(held);
        }
    }

    static Directions directionsOf(final EventFlags what) {
        final Directions reading = what.has(EventFlags.READING) ? Directions.READ : Directions.NONE;
        return what.has(EventFlags.WRITING) ? reading.with(Directions.WRITE) : reading;
    }

    /** The user freed the underlying: nothing will come or go any more. */
    final void belowFreed() {
        if (isWorking()) {
            endDirection(
                    Directions.BOTH,
                    EventFlags.READING.with(EventFlags.WRITING).with(EventFlags.ERROR),
                    new ConnectionException.Io(new IllegalStateException("the underlying BufferEvent was closed")),
                    true);
        }
    }

    // ---- what every layer does --------------------------------------------------------------------------------------

    /** Lets the underlying read, or holds it back (BEV-25). */
    final void readBelow(final boolean on) {
        if (on) {
            below.resume(Directions.READ, SuspendReason.FILTER);
        } else {
            below.suspend(Directions.READ, SuspendReason.FILTER);
        }
    }

    @Override
    void startReading() {
        readTimer.restart();
        if (!holdsEnd()) {
            tryAgainBelow(Directions.READ);
        }
        readBelow(true);
        if (holdsEnd() || !below.input().isEmpty()) {
            request();
        }
    }

    @Override
    void stopReading() {
        readTimer.cancel();
        readBelow(false);
    }

    @Override
    void startWriting() {
        tryAgainBelow(Directions.WRITE);
        if (!output().isEmpty()) {
            writeTimer.restart();
        }
        request();
    }

    @Override
    void stopWriting() {
        writeTimer.cancel();
    }

    /** Timers run after I/O and before the end of the turn: what waits for that is worked on first. */
    @Override
    boolean movesAtLast(final Directions direction) {
        final boolean reading = direction == Directions.READ;
        final IdleTimer timer = reading ? readTimer : writeTimer;
        if (isHeldBelow(direction)) {
            timer.restart();
            return true;
        }
        below.triesAtLast(direction);
        if (!isWorking() || !wants(direction) || (!reading && !waitsToLeave()) || timer.goesOn()) {
            return true;
        }
        if (reading ? below.input().isEmpty() && !holdsEnd() : !queued) {
            return false;
        }
        final long before = reading ? input().length() : output().length();
        work(true);
        final boolean waits = isWorking() && wants(direction) && (reading || !output().isEmpty());
        if (waits && before == (reading ? input().length() : output().length())) {
            return false;
        }
        if (waits) {
            timer.restart();
        }
        return true;
    }

    @Override
    void triesAtLast(final Directions direction) {
        below.triesAtLast(direction);
        if (isWorking() && (direction == Directions.READ ? !below.input().isEmpty() || holdsEnd() : queued)) {
            work(true);
        }
    }

    /** There is output for which the write timer counts. */
    boolean waitsToLeave() {
        return !output().isEmpty();
    }

    /** Says whether the transport rests under a limit, or waits for a lookup: that is no idleness, and no time counts. */
    final boolean isHeldBelow(final Directions direction) {
        final BufferEvent bottom = bottom();
        return bottom.isSuspended(direction, SuspendReason.BANDWIDTH)
                || bottom.isSuspended(direction, SuspendReason.GROUP_BANDWIDTH)
                || bottom.isSuspended(direction, SuspendReason.LOOKUP);
    }

    /** What ended below is tried again, as it was enabled here. */
    final void tryAgainBelow(final Directions direction) {
        if (endedBelow.has(direction)) {
            endedBelow = endedBelow.without(direction);
            if (!below.isClosed()) {
                below.enable(direction);
            }
        }
    }

    @Override
    void outputChanged(final BufferChange change) {
        if (outputGrew(change)) {
            request();
        }
    }

    @Override
    boolean isConnected() {
        return below.isConnected();
    }

    @Override
    final void leave() {
        if (!below.isClosed()) {
            below.enable(Directions.WRITE);
        }
        startWriting();
    }

    @Override
    void abandon() {
        if (below.above == this) {
            below.above = null;
        }
        final Slots slots = below.slots;
        slots.set(
                slots.read() == arrived ? null : slots.read(),
                slots.write() == left ? null : slots.write(),
                slots.event() == told ? null : slots.event());
        if (options().has(Options.CLOSE_ON_FREE) || underlying() == null) {
            below.close();
        } else {
            readBelow(true);
        }
    }

    @Override
    void unlink() {
        below.life.letGo();
    }
}
