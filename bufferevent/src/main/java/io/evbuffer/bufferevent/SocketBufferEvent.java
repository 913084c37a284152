package io.evbuffer.bufferevent;

import io.evbuffer.BufferChange;
import io.evbuffer.BufferEnd;
import io.evbuffer.event.Event;
import io.evbuffer.event.EventBase;
import io.evbuffer.event.EventException;
import io.evbuffer.event.Transport;
import java.io.IOException;
import java.net.SocketAddress;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A {@link BufferEvent} over a stream socket.
 *
 * <p>What a turn of the loop appends to the output leaves at the end of that turn in one gathering write; interest in
 * writing is registered only after the transport refused. Reading goes straight into segments of the base's pool, in sizes
 * that follow what arrived; an idle connection holds no segment. Files added to the output ({@link
 * io.evbuffer.channel.FileSegment}) are sent from where they are, where the transport knows how.
 *
 * <pre>{@code
 * SocketBufferEvent echo = SocketBufferEvent.create(base, accepted, Options.CLOSE_ON_FREE);
 * echo.setCallbacks(source -> source.writeBuffer(source.input()), null, (source, what, cause) -> source.close());
 * echo.enable(Directions.READ);
 * }</pre>
 *
 * <p>A transport can be there from the start, be given later by {@link #setTransport}, or be opened by {@link #connect}.
 * Ownership, threads and failure as in {@link BufferEvent}.
 */
public final class SocketBufferEvent extends BufferEvent {
    private final SocketReader reader = new SocketReader(this);
    private final SocketWriter writer = new SocketWriter(this);
    private final Connector connector = new Connector(this);
    private @Nullable RateLimits limits; // made when first asked for
    private @Nullable HostConnect hosts; // made when first asked for
    private boolean probing; // for a close of the peer while READ is disabled
    private @Nullable Wire wire; // the transport as we use it; another one with each transport and each connect

    private SocketBufferEvent(final EventBase base, final @Nullable Transport transport, final Options options) {
        super(base, options);
        output().drainsToFd(true); // a transport sends files, or is given them piece by piece
        if (transport != null) {
            wire = new Wire(this, transport);
        }
    }

    /**
     * Makes a BufferEvent. It registers nothing, sends nothing and calls nobody; WRITE is enabled, READ is not.
     *
     * @param base      where it lives.
     * @param transport a non-blocking stream socket of that base; null if it comes later. It stays the caller's, unless
     *                  {@link Options#CLOSE_ON_FREE} is among the options.
     * @param options   how it works.
     * @return a BufferEvent whose only reference is the caller's.
     * @throws IllegalArgumentException if the transport blocks or listens, or the options contradict each other.
     * @throws IllegalStateException    if the base is closed, or its loop runs in another thread.
     */
    public static SocketBufferEvent create(
            final EventBase base, final @Nullable Transport transport, final Options options) {
        ensureStream(transport);
        return new SocketBufferEvent(base, transport, options);
    }

    // ---- transport --------------------------------------------------------------------------------------------------

    @Override
    public @Nullable Transport transport() {
        return wire == null ? null : wire.transport();
    }

    @Override
    public void setTransport(final @Nullable Transport transport) {
        ensureLive("setTransport");
        ensureStream(transport);
        if (access.isOutside()) {
            access.onLoopOrLocked(() -> setTransport(transport));
            return;
        }
        swap(transport);
    }

    @Override
    public void replaceTransport(final @Nullable Transport transport) throws IOException {
        ensureLive("replaceTransport");
        ensureStream(transport);
        if (access.isForeign()) {
            access.onLoop(() -> replaceFromLoop(transport));
            return;
        }
        final SharedLock held = access.take();
        try {
            replace(transport);
        } finally {
            SharedLock.giveBack(held);
        }
    }

    private void replaceFromLoop(final @Nullable Transport transport) {
        try {
            replaceTransport(transport);
        } catch (final IOException e) {
            report(e);
        }
    }

    private void replace(final @Nullable Transport transport) throws IOException {
        cancelLookup();
        connector.abandon();
        final Wire old = wire;
        if (old != null) {
            final IOException failure = old.close();
            if (failure != null) {
                throw failure;
            }
        }
        swap(transport);
    }

    // ---- connect and half-close -------------------------------------------------------------------------------------

    /**
     * Connects, on the transport that is set or on one opened for it. If the call returns, exactly one outcome follows as an
     * event, in a later turn: CONNECTED, or ERROR, or after the write timeout TIMEOUT + WRITING. Nothing is read or written
     * before. A transport opened here is closed when the attempt fails; one that was given is the user's to close.
     *
     * @param peer where to.
     * @throws IOException           if the attempt could not even begin: no descriptor, unreachable at once. No event
     *                               follows, and this object can try again.
     * @throws IllegalStateException if an attempt is under way, which goes on; or this is freed; or the calling thread is
     *                               not the loop's.
     */
    public void connect(final SocketAddress peer) throws IOException {
        Objects.requireNonNull(peer, "peer");
        ensureCanConnect();
        if (access.isForeign()) {
            access.onLoop(() -> connectFromLoop(peer));
            return;
        }
        final SharedLock held = access.take();
        try {
            connector.connect(peer);
        } finally {
            SharedLock.giveBack(held);
        }
    }

    /** The caller has long returned: what it cannot be told by an exception is an event. */
    private void connectFromLoop(final SocketAddress peer) {
        try {
            connect(peer);
        } catch (final IOException | EventException e) {
            raiseEvent(EventFlags.ERROR, ConnectionException.whileConnecting(e, peer), true);
        }
    }

    /**
     * Waits for the outcome of an attempt that was begun elsewhere on the transport that is set. Otherwise as
     * {@link #connect(SocketAddress)}.
     *
     * @throws IllegalStateException if no transport is set, an attempt is under way, or this is freed; or the calling
     *                               thread is not the loop's.
     */
    public void connect() {
        ensureCanConnect();
        if (access.isOutside()) {
            access.onLoopOrLocked(this::connect);
            return;
        }
        final Transport transport = transport();
        if (transport == null) {
            throw new IllegalStateException("connect without an address needs a transport that is connecting: " + this);
        }
        connector.adopt(transport);
    }

    /**
     * Looks up a host by the Java platform's resolver and connects to it, as {@link #connectHostname(HostResolver, HostHints,
     * String, int)} does.
     *
     * @param host a name, or an address in text form.
     * @param port 1 to 65535.
     * @throws IllegalArgumentException if the port is another.
     * @throws IllegalStateException    if an attempt or a lookup is under way, which goes on; or this is freed; or the calling
     *                                  thread is not the loop's.
     */
    public void connectHostname(final String host, final int port) {
        connectHostname(null, HostHints.ANY, host, port);
    }

    /**
     * Looks up a host and connects to it. Nothing here waits: while the lookup goes on nothing is read or written and no
     * timeout counts. Then all its addresses are tried in order until one answers, within one write timeout. Exactly one
     * outcome follows as an event, in a later turn: CONNECTED; ERROR, with {@link ConnectionException.LookupFailed} or with
     * the cause of the last attempt, to which those before are added as suppressed; or TIMEOUT + WRITING.
     *
     * <p>On a transport that is set, one attempt is made: with the first address. Setting another transport, or closing,
     * cancels a lookup; no event follows then.
     *
     * @param resolver who is asked; null for {@link HostResolver#system()}. Not asked for an address in text form.
     * @param hints    what narrows the answer.
     * @param host     a name, or an address in text form.
     * @param port     1 to 65535.
     * @throws IllegalArgumentException if the port is another.
     * @throws IllegalStateException    if an attempt or a lookup is under way, which goes on; or this is freed; or the calling
     *                                  thread is not the loop's.
     */
    public void connectHostname(
            final @Nullable HostResolver resolver, final HostHints hints, final String host, final int port) {
        Objects.requireNonNull(hints, "hints");
        Objects.requireNonNull(host, "host");
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("a host is reached at a port from 1 to 65535, not " + port);
        }
        ensureCanConnect();
        if (access.isForeign()) {
            access.onLoop(() -> connectHostname(resolver, hints, host, port));
            return;
        }
        if (access.isOutside()) {
            access.locked(() -> connectHostname(resolver, hints, host, port));
            return;
        }
        HostConnect connect = hosts;
        if (connect == null) {
            connect = new HostConnect(this);
            hosts = connect;
        }
        connect.connect(resolver == null ? HostResolver.system() : resolver, hints, host, port);
    }

    /**
     * How the last lookup of {@link #connectHostname(String, int)} ended.
     *
     * @return NONE if it found addresses or is under way, or if there was none.
     */
    public DnsError dnsError() {
        return hosts == null ? DnsError.NONE : hosts.dnsError();
    }

    @Override
    public void shutdownOutput() {
        ensureLive("shutdownOutput");
        if (access.isOutside()) {
            access.locked(this::shutdownOutput);
            return;
        }
        if (!writer.isShutdown()) {
            writer.shutdownOutput();
        }
    }

    /**
     * Chooses whether a close of the peer is noticed while READ is disabled: then CLOSED_BY_PEER is told, once for each
     * transport, and nothing else changes. Only where the backend notices it without reading
     * ({@link EventBase#FEATURE_EARLY_CLOSE}); elsewhere this has no effect. At first: no.
     *
     * @param on true to notice it.
     * @throws IllegalStateException if this is freed, or the calling thread is not the loop's.
     */
    public void probePeerClose(final boolean on) {
        ensureLive("probePeerClose");
        if (access.isOutside()) {
            access.locked(() -> probePeerClose(on));
            return;
        }
        probing = on && (base().features() & EventBase.FEATURE_EARLY_CLOSE) != 0;
        probe();
    }

    private void probe() {
        if (wire != null && (probing || wire.isWatchingClosed())) {
            wire.watchClosed(probing && !isClosed() && connector.isIdle() && !isEnabled(Directions.READ));
        }
    }

    /** The reactor: the peer has finished. */
    void closedByPeer(final Wire source) {
        final SharedLock held = life.enter();
        try {
            if (isCurrent(source) && !isClosed() && source.isWatchingClosed()) {
                source.closeTold();
                raiseEvent(EventFlags.CLOSED_BY_PEER, null, false);
            }
        } finally {
            life.exit(held);
        }
    }

    // ---- for its parts ----------------------------------------------------------------------------------------------

    @Nullable
    Wire wire() {
        return wire;
    }

    boolean isConnecting() {
        return connector.isConnecting();
    }

    boolean isLookingUp() {
        return hosts != null && hosts.isLookingUp();
    }

    private void cancelLookup() {
        if (hosts != null) {
            hosts.cancel();
        }
    }

    /** The one outcome of a connect is there: no further address is tried. */
    void forgetHosts() {
        if (hosts != null) {
            hosts.forget();
        }
    }

    /** An attempt has failed. Returns whether another address of the host is tried instead of telling so. */
    boolean triesAnotherHost(final ConnectionException cause, final boolean openedChannel) {
        return hosts != null && hosts.goesOnAfter(cause, openedChannel);
    }

    /** Begins an attempt with one address of several. */
    void connectToNext(final SocketAddress peer, final boolean isFirst) throws IOException {
        connector.connect(peer, isFirst);
    }

    @Override
    RateLimits limits() {
        RateLimits made = limits;
        if (made == null) {
            made = new RateLimits(this);
            limits = made;
        }
        return made;
    }

    /** How many bytes its limits let the next transfer move; with none the direction is suspended. */
    long budget(final Directions direction) {
        return limits == null ? UNLIMITED : limits.budget(direction);
    }

    /** Bytes have moved; afterwards the direction may be suspended. */
    void charge(final Directions direction, final long bytes) {
        if (limits != null) {
            limits.moved(direction, bytes);
        }
    }

    /** Says whether one transfer in a turn is all it gets, as others of a group wait for theirs. */
    boolean takesTurns() {
        return limits != null && limits.takesTurns();
    }

    boolean isCurrent(final Wire other) {
        return wire == other && isWorking();
    }

    boolean wantsRead(final Wire other) {
        return isCurrent(other) && other.isUsable() && connector.isIdle() && wants(Directions.READ);
    }

    boolean wantsWrite(final Wire other) {
        return isCurrent(other) && other.isUsable() && connector.isIdle() && wants(Directions.WRITE);
    }

    /** The reactor, or an end that waits to be told: the transport is readable. */
    void readable(final Wire source) {
        final SharedLock held = life.enter();
        try {
            if (isCurrent(source) && connector.isIdle()) {
                reader.readable(source);
            }
        } finally {
            life.exit(held);
        }
    }

    /** The reactor, or a connect that was answered at once: the transport is writable. */
    void writable(final Wire source) {
        final SharedLock held = life.enter();
        try {
            if (isCurrent(source)) {
                if (connector.isIdle()) {
                    writer.writable(source);
                } else {
                    connector.writable(source);
                }
            }
        } finally {
            life.exit(held);
        }
    }

    /** A connect attempt begins on this transport: a new wire, on which nothing moves yet. */
    Wire attach(final Transport transport) {
        readTimer.cancel();
        if (wire != null) {
            wire.detach();
        }
        reader.reset();
        writer.reset();
        final Wire fresh = new Wire(this, transport);
        wire = fresh;
        return fresh;
    }

    void dropAndClose(final Wire old) {
        wire = null;
        final IOException failure = old.close();
        if (failure != null) {
            report(failure);
        }
    }

    /** The connection stands and everybody knows: what is wanted starts. */
    void begin() {
        if (wire != null && wantsWrite(wire) && !output().isEmpty()) {
            writeTimer.restart();
        }
        writer.requestIfAny();
        if (wants(Directions.READ)) {
            startReading();
        }
        probe();
    }

    private void swap(final @Nullable Transport transport) {
        cancelLookup();
        connector.abandon();
        notices.dropEvents();
        readTimer.cancel();
        writeTimer.cancel();
        if (wire != null) {
            wire.detach();
            wire = null;
        }
        reader.reset();
        writer.reset();
        input().unfreeze(BufferEnd.END);
        output().unfreeze(BufferEnd.START);
        if (transport != null) {
            wire = new Wire(this, transport);
            if (wants(Directions.WRITE)) {
                startWriting();
            }
            if (wants(Directions.READ)) {
                startReading();
            }
            probe();
        }
    }

    private void ensureCanConnect() {
        ensureLive("connect");
        if (!connector.isIdle() || isLookingUp()) {
            throw new IllegalStateException("connect while an attempt is under way: " + this);
        }
    }

    private static void ensureStream(final @Nullable Transport transport) {
        if (transport != null && transport.isBlocking()) {
            throw new IllegalArgumentException("a BufferEvent needs a transport in non-blocking mode: " + transport);
        }
        if (transport != null && transport.isListener()) {
            throw new IllegalArgumentException("a BufferEvent needs a stream, no socket that listens: " + transport);
        }
    }

    // ---- what this kind does ----------------------------------------------------------------------------------------

    @Override
    void startReading() {
        probe();
        if (connector.isIdle()) {
            readTimer.restart();
            if (wire != null && wire.isUsable()) {
                try {
                    wire.watchRead(true);
                } catch (final EventException e) {
                    reader.holdEnd(e); // closed under our hands, for example: an event as any other failure to read
                }
                if (reader.holdsEnd()) {
                    wire.readLater();
                }
            }
        }
    }

    @Override
    void stopReading() {
        readTimer.cancel();
        if (wire != null) {
            wire.watchRead(false);
        }
        probe();
    }

    @Override
    void startWriting() {
        if (connector.isTelling()) {
            writer.ask(); // begin() takes it up
        } else if (wire != null && wantsWrite(wire)) {
            if (!output().isEmpty()) {
                writeTimer.restart();
            }
            writer.ask();
            writer.requestIfAny();
        }
    }

    @Override
    void stopWriting() {
        writer.stop();
        if (connector.isIdle()) {
            writeTimer.cancel();
            if (wire != null) {
                wire.watchWrite(false);
            }
        }
    }

    @Override
    void writeAsked() {
        if (connector.isIdle() && wire != null && wire.isUsable()) {
            writer.ask();
        }
    }

    @Override
    void writeResumed() {
        if (wire != null && wantsWrite(wire)) {
            if (!output().isEmpty()) {
                writeTimer.restart();
            }
            writer.requestIfAny();
        }
    }

    @Override
    void outputChanged(final BufferChange change) {
        if (output().isEmpty()) {
            if (connector.isIdle()) {
                writeTimer.cancel();
            }
        } else if (change.added() > 0 && wire != null && wantsWrite(wire)) {
            if (change.originalLength() == 0) {
                writeTimer.progressed();
            }
            writer.request();
        }
    }

    @Override
    void takeOver() {
        writer.takeOver();
    }

    /** Output waits for the transport to become writable. */
    boolean waitsToWrite() {
        return writer.isRefused();
    }

    /** As {@link SocketWriter#giveNow}. */
    void giveNow() {
        writer.giveNow();
    }

    @Override
    void collectEvents(final List<Event> events) {
        if (wire != null) {
            wire.collectEvents(events);
        }
    }

    @Override
    boolean hasPriority() {
        return true;
    }

    @Override
    boolean hasOwnBase() {
        return true;
    }

    @Override
    boolean isRegistered() {
        return !connector.isIdle()
                || isLookingUp()
                || writer.isQueued()
                || (wire != null && wire.isWatching())
                || (limits != null && limits.isTimerArmed());
    }

    @Override
    void leaveBase(final EventBase newBase, final int newPriority) {
        final Wire old = wire;
        if (old != null) {
            wire = old.onBase(newBase, newPriority); // first, as it may be refused
            old.detach();
        }
        if (limits != null) {
            limits.leaveBase();
        }
    }

    @Override
    boolean flushNow(final Directions directions, final FlushMode mode) {
        return wire != null
                && mode != FlushMode.NORMAL
                && directions.has(Directions.WRITE)
                && !output().isEmpty()
                && writer.attempt(wire, true);
    }

    @Override
    void restartTimers() {
        if (connector.isConnecting()) {
            writeTimer.restart();
            return;
        }
        if (connector.isIdle() && wants(Directions.READ)) {
            readTimer.restart();
        }
        if (wire != null && wantsWrite(wire) && !output().isEmpty()) {
            writeTimer.restart();
        }
    }

    @Override
    void timedOut(final Directions direction) {
        if (direction == Directions.WRITE && connector.isConnecting()) {
            final SharedLock held = life.enter();
            try {
                connector.timedOut();
            } finally {
                life.exit(held);
            }
        } else {
            super.timedOut(direction);
        }
    }

    /** Asks the system: the reactor may have had so much to report that this one's turn has not come yet. */
    @Override
    boolean movesAtLast(final Directions direction) {
        final Wire asked = wire;
        if (asked == null || !waitsToMove(asked, direction)) {
            return false;
        }
        triesAtLast(direction);
        return !waitsToMove(asked, direction) || (direction == Directions.READ ? readTimer : writeTimer).goesOn();
    }

    @Override
    void triesAtLast(final Directions direction) {
        final Wire asked = wire;
        if (asked == null || !waitsToMove(asked, direction)) {
            return;
        }
        if (direction == Directions.READ) {
            reader.readable(asked);
        } else {
            writer.attempt(asked, false);
        }
    }

    private boolean waitsToMove(final Wire on, final Directions direction) {
        return direction == Directions.READ ? wantsRead(on) : wantsWrite(on) && !output().isEmpty();
    }

    @Override
    boolean isConnected() {
        return wire != null && wire.isUsable() && connector.isIdle();
    }

    @Override
    void connectedTold() {
        connector.told();
    }

    @Override
    void abandon() {
        cancelLookup();
        connector.abandon();
        if (limits != null) {
            limits.end();
        }
        if (wire != null) {
            wire.giveUp();
        }
    }

    @Override
    void unlink() {
        final Wire last = wire;
        if (last != null) {
            if (options().has(Options.CLOSE_ON_FREE)) {
                dropAndClose(last);
            } else {
                wire = null;
                last.detach();
            }
        }
    }
}
