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
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * A {@link BufferEvent} that speaks TLS, by any {@link SSLEngine}: over a socket of its own, or over another BufferEvent. It is
 * tested with the JDK's engine and with Conscrypt's.
 *
 * <pre>{@code
 * TlsBufferEvent secure = TlsBufferEvent.create(base, accepted, context.createSSLEngine(), TlsState.ACCEPTING,
 *         Options.CLOSE_ON_FREE);
 * secure.setCallbacks(source -> source.writeBuffer(source.input()), null, (source, what, cause) -> source.close());
 * secure.enable(Directions.READ);
 * }</pre>
 *
 * <p>The handshake begins by itself as soon as the connection stands and a direction is enabled, and uses both directions.
 * CONNECTED says that it has succeeded; output that was written before leaves then. What the engine is told decides the rest:
 * protocols, certificates, the server's name, ALPN ({@link SSLEngine#getApplicationProtocol()}). A client takes a session up
 * again if its engine was made with the name and port of the peer by the same {@code SSLContext}. Lengthy computations run
 * off the loop ({@link #delegateTo}).
 *
 * <table>
 * <caption>How a stream ends</caption>
 * <tr><th>the peer</th><th>told</th><th>with {@link TlsFlags#DIRTY_SHUTDOWN}</th></tr>
 * <tr><td>said that it is done</td><td>READING + EOF</td><td>the same</td></tr>
 * <tr><td>ended the stream between two records</td><td>READING + ERROR</td><td>READING + EOF</td></tr>
 * <tr><td>ended it within a record, reset it, sent nonsense or an alert</td><td>READING + ERROR</td><td>the same</td></tr>
 * </table>
 *
 * <p>An end is told once, after the bytes that came before it, and waits while READ is disabled. {@link #close()} tells the
 * peer nothing; {@link #shutdownOutput()} and {@link #closeAfterFlush} send close_notify. Up to TLS 1.2 an engine answers the
 * peer's close_notify by its own, and some, as Conscrypt's, do so in TLS 1.3 too: after it nothing can be written; what is
 * written then fails with WRITING + ERROR.
 *
 * <p>Write callbacks always come from the loop. Over a socket of its own they say that all was given to the system, else that
 * the underlying has taken it. The input may exceed the read high mark by what one record holds. Timeouts watch for progress;
 * during the handshake the first of them to run out tells TIMEOUT alone and disables both directions. A peer that trickles makes
 * progress without end; {@link #handshakeTimeout(long)} bounds what it may take. Rate limits are those of
 * the socket at the bottom: they count what is on the wire, the handshake included; without a socket they have no effect.
 *
 * <p>Invariants: <b>BEV-29</b> nothing leaves in clear, and nothing of the output before CONNECTED was told. <b>BEV-44</b> at
 * most one end of each direction is told for each transport.
 *
 * <p>Ownership: an engine belongs to one BufferEvent. Threads and failure as in {@link LayeredBufferEvent}.
 */
public final class TlsBufferEvent extends LayeredBufferEvent {
    private static final int SOCKET_SINGLE = 64 * 1024; // a few records: they are not cut for the system

    final TlsHandshake handshake;
    final TlsReader reader;
    final TlsWriter writer;
    final TlsNews news;
    final TlsTimers timers;
    final TlsTasks tasks;
    final TlsErrors errors = new TlsErrors();
    private final @Nullable SocketBufferEvent socket; // of its own; null over another BufferEvent
    private final TlsEngines engines;
    private final TlsScratch scratch;
    private TlsEngine engine; // another one with each transport
    private TlsFlags flags = TlsFlags.NONE;

    private TlsBufferEvent(
            final BufferEvent below,
            final @Nullable SocketBufferEvent socket,
            final TlsEngines engines,
            final TlsState role,
            final Options options) {
        super(below, options);
        this.socket = socket;
        this.engines = engines;
        this.scratch = TlsScratch.of(base());
        this.engine = new TlsEngine(engines.next(), scratch);
        this.handshake = new TlsHandshake(this, engines, role);
        this.reader = new TlsReader(this);
        this.writer = new TlsWriter(this, socket);
        this.news = new TlsNews(this);
        this.timers = new TlsTimers(this, socket);
        this.tasks = new TlsTasks(this);
        if (socket == null) {
            below.setWatermark(Directions.READ, 0, 0); // a mark could keep back a part of a handshake message
        } else {
            socket.maxSingleRead(SOCKET_SINGLE);
            socket.maxSingleWrite(SOCKET_SINGLE);
            writer.serve(socket);
        }
        request();
    }

    // ---- making -----------------------------------------------------------------------------------------------------

    /**
     * Speaks TLS over a socket. Sends nothing and calls nobody; WRITE is enabled, READ is not.
     *
     * @param base      where it lives.
     * @param transport a non-blocking stream socket of that base; null if it comes later. It stays the caller's, unless
     *                  {@link Options#CLOSE_ON_FREE} is among the options.
     * @param engine    serves one connection.
     * @param state     where to begin.
     * @param options   how it works.
     * @return a BufferEvent whose only reference is the caller's.
     * @throws IllegalArgumentException if the transport blocks or listens, the options contradict each other, or the engine
     *                                  belongs to another BufferEvent or is not in the state given.
     * @throws IllegalStateException    if the base is closed, or its loop runs in another thread.
     */
    public static TlsBufferEvent create(
            final EventBase base,
            final @Nullable Transport transport,
            final SSLEngine engine,
            final TlsState state,
            final Options options) {
        return overSocket(base, transport, new TlsEngines(state, engine), state, options);
    }

    /**
     * As {@link #create(EventBase, Transport, SSLEngine, TlsState, Options)}, with an engine for each connection: the object
     * can be used again, by {@link #setTransport} or {@link #connect}.
     *
     * @param base      where it lives.
     * @param transport a non-blocking stream socket of that base; null if it comes later.
     * @param engines   makes an engine for each transport.
     * @param state     where to begin.
     * @param options   how it works.
     * @return a BufferEvent whose only reference is the caller's.
     */
    public static TlsBufferEvent create(
            final EventBase base,
            final @Nullable Transport transport,
            final Supplier<? extends SSLEngine> engines,
            final TlsState state,
            final Options options) {
        return overSocket(base, transport, new TlsEngines(state, engines), state, options);
    }

    /**
     * Speaks TLS over another BufferEvent, whose callbacks become this one's and whose read marks go. Sends nothing and calls
     * nobody; WRITE is enabled, READ is not.
     *
     * @param underlying what it stands on. It stays the caller's, unless {@link Options#CLOSE_ON_FREE} is among the options.
     * @param engine     serves one connection.
     * @param state      where to begin.
     * @param options    how it works.
     * @return a BufferEvent whose only reference is the caller's.
     * @throws IllegalArgumentException if the options contradict each other, or the engine belongs to another BufferEvent or
     *                                  is not in the state given.
     * @throws IllegalStateException    if the underlying is freed, another layer stands on it, or the calling thread is not
     *                                  the loop's.
     */
    public static TlsBufferEvent over(
            final BufferEvent underlying, final SSLEngine engine, final TlsState state, final Options options) {
        return overOther(underlying, new TlsEngines(state, engine), state, options);
    }

    /**
     * As {@link #over(BufferEvent, SSLEngine, TlsState, Options)}, with an engine for each connection.
     *
     * @param underlying what it stands on.
     * @param engines    makes an engine for each transport.
     * @param state      where to begin.
     * @param options    how it works.
     * @return a BufferEvent whose only reference is the caller's.
     */
    public static TlsBufferEvent over(
            final BufferEvent underlying,
            final Supplier<? extends SSLEngine> engines,
            final TlsState state,
            final Options options) {
        return overOther(underlying, new TlsEngines(state, engines), state, options);
    }

    private static TlsBufferEvent overSocket(
            final EventBase base,
            final @Nullable Transport transport,
            final TlsEngines engines,
            final TlsState state,
            final Options options) {
        try {
            ensureConsistent(options);
            TlsScratch.of(base);
            final SocketBufferEvent socket = SocketBufferEvent.create(
                    base, transport, options.without(Options.DEFER_CALLBACKS).without(Options.UNLOCK_CALLBACKS));
            final SharedLock held = socket.access.take();
            try {
                return new TlsBufferEvent(socket, socket, engines, state, options);
            } finally {
                SharedLock.giveBack(held);
            }
        } catch (final RuntimeException refused) {
            engines.refused(options);
            throw refused;
        }
    }

    private static TlsBufferEvent overOther(
            final BufferEvent underlying, final TlsEngines engines, final TlsState state, final Options options) {
        try {
            ensureConsistent(options);
            TlsScratch.of(underlying.base());
            final SharedLock held = underlying.access.take();
            try {
                return new TlsBufferEvent(underlying, null, engines, state, options);
            } finally {
                SharedLock.giveBack(held);
            }
        } catch (final RuntimeException refused) {
            engines.refused(options);
            throw refused;
        }
    }

    // ---- what it is -------------------------------------------------------------------------------------------------

    /**
     * The engine that works at present, to ask it for its session and what was agreed upon. Steps of it are not the caller's
     * to take.
     *
     * @return another one with each transport.
     */
    public SSLEngine engine() {
        return engine.engine();
    }

    /**
     * The BufferEvent that this one stands on.
     *
     * @return null if it has a socket of its own.
     */
    @Override
    public @Nullable BufferEvent underlying() {
        return socket == null ? below : null;
    }

    /**
     * How it treats the end of the stream and small writes.
     *
     * @return what was set and not cleared since.
     */
    public TlsFlags flags() {
        return flags;
    }

    /**
     * Sets flags.
     *
     * @param more which ones.
     * @return the flags before.
     * @throws IllegalArgumentException if there is none among them.
     * @throws IllegalStateException    if this is freed, or the calling thread is not the loop's.
     */
    public TlsFlags setFlags(final TlsFlags more) {
        return changeFlags(more, true);
    }

    /**
     * Clears flags.
     *
     * @param fewer which ones.
     * @return the flags before.
     * @throws IllegalArgumentException if there is none among them.
     * @throws IllegalStateException    if this is freed, or the calling thread is not the loop's.
     */
    public TlsFlags clearFlags(final TlsFlags fewer) {
        return changeFlags(fewer, false);
    }

    private TlsFlags changeFlags(final TlsFlags mask, final boolean on) {
        ensureLive("changing flags");
        if (mask == TlsFlags.NONE) {
            throw new IllegalArgumentException("no flag to change");
        }
        final SharedLock held = access.take();
        try {
            final TlsFlags before = flags;
            flags = on ? before.with(mask) : before.without(mask);
            return before;
        } finally {
            SharedLock.giveBack(held);
        }
    }

    /**
     * Takes the newest of the errors that the engine threw; three are remembered.
     *
     * @return null if there is none left.
     */
    public @Nullable SSLException takeError() {
        final SharedLock held = access.take();
        try {
            return errors.take();
        } finally {
            SharedLock.giveBack(held);
        }
    }

    /**
     * Says who does the lengthy computations of a handshake; else a few threads do, as many as there are processors, for all
     * connections in their order. Who checks certificates by asking the network has a reason to name another executor, so
     * that one that waits keeps no others waiting; virtual threads in great numbers are no good one, as engines of a context
     * share locks with the loop, which then waits for them.
     *
     * @param executor runs them off the loop; one that refuses fails the handshake.
     * @throws IllegalStateException if this is freed, or the calling thread is not the loop's.
     */
    public void delegateTo(final Executor executor) {
        ensureLive("delegateTo");
        Objects.requireNonNull(executor, "executor");
        if (access.isOutside()) {
            access.locked(() -> tasks.executor(executor));
        } else {
            tasks.executor(executor);
        }
    }

    /**
     * Limits how long the peer may take for each of its flights of a handshake: from when this has said what it had to say
     * until the last byte of the answer is there. Bytes that trickle in do not prolong it. What is computed here does not
     * count, nor does the time in which that waits for its turn, and of a long turn of the loop little
     * ({@link EventBase#heardNanos}): a server that is late cuts nobody off. Meanwhile the time stands still, and if the flight
     * is not complete it goes on with what was left. A handshake has two or three flights of each side. When the time is over TIMEOUT alone is told and both directions are disabled, once;
     * enabling one gives the same time again.
     *
     * <p>The timeouts of {@link #setTimeouts} apply as well, and watch whether bytes move.
     *
     * @param nanos in nanoseconds, or {@link #NO_TIMEOUT}, as from the beginning. In a handshake it counts from now.
     * @throws IllegalArgumentException if it is neither positive nor {@link #NO_TIMEOUT}; the old one stays.
     * @throws IllegalStateException    if this is freed, or the calling thread is not the loop's.
     */
    public void handshakeTimeout(final long nanos) {
        ensureLive("handshakeTimeout");
        checkTimeout("handshake", nanos);
        if (access.isOutside()) {
            access.locked(() -> handshakeTimeout(nanos));
            return;
        }
        timers.flightNanos(nanos);
        settle();
    }

    /**
     * How long the peer may take for each of its flights of a handshake.
     *
     * @return in nanoseconds, or {@link #NO_TIMEOUT}.
     */
    public long handshakeTimeoutNanos() {
        return timers.flightNanos();
    }

    // ---- connection -------------------------------------------------------------------------------------------------

    /**
     * Connects, and then shakes hands. As {@link SocketBufferEvent#connect(SocketAddress)}, but CONNECTED tells that both are
     * done; ERROR alone, that no connection came about; READING + ERROR, that the handshake failed.
     *
     * @param peer where to.
     * @throws IOException           if the attempt could not even begin. No event follows, and this object can try again.
     * @throws IllegalStateException if this stands on another BufferEvent, which is the one to connect; if an attempt is under
     *                               way; if the engine has served a connection and there is no supplier of others; if this is
     *                               freed; or the calling thread is not the loop's.
     */
    public void connect(final SocketAddress peer) throws IOException {
        ensureLive("connect");
        final SocketBufferEvent own = socketToConnect();
        if (access.isForeign()) {
            access.onLoop(() -> connectFromLoop(peer));
            return;
        }
        final SharedLock held = access.take();
        try {
            final SSLEngine next = engines.next();
            own.connect(peer);
            restart(next);
            timers.connecting();
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
     * Waits for the outcome of an attempt that was begun elsewhere on the transport that is set, and then shakes hands.
     * Otherwise as {@link #connect(SocketAddress)}.
     *
     * @throws IllegalStateException if no transport is set, and as there.
     */
    public void connect() {
        ensureLive("connect");
        final SocketBufferEvent own = socketToConnect();
        if (access.isOutside()) {
            access.onLoopOrLocked(this::connect);
            return;
        }
        final SSLEngine next = engines.next();
        own.connect();
        restart(next);
        timers.connecting();
    }

    @Override
    void connectBelow(final @Nullable HostResolver resolver, final HostHints hints, final String host, final int port) {
        final SSLEngine next = engines.next();
        super.connectBelow(resolver, hints, host, port);
        restart(next);
        timers.connecting();
    }

    private SocketBufferEvent socketToConnect() {
        final SocketBufferEvent own = socket;
        if (own == null) {
            throw refused("connect", "it stands on another BufferEvent, which is the one to connect");
        }
        return own;
    }

    /**
     * Works on another transport from now on, and shakes hands there in its first role. Otherwise as
     * {@link SocketBufferEvent#setTransport}.
     *
     * @param transport a non-blocking stream socket of the same base; null for none.
     * @throws IllegalArgumentException if it blocks or listens.
     * @throws IllegalStateException    if the engine has served a connection and there is no supplier of others; if the lowest
     *                                  layer has no transport; if this is freed, or the calling thread is not the loop's.
     */
    @Override
    public void setTransport(final @Nullable Transport transport) {
        ensureLive("setTransport");
        if (access.isOutside()) {
            access.onLoopOrLocked(() -> setTransport(transport));
            return;
        }
        final SSLEngine next = transport == null ? null : engines.next();
        super.setTransport(transport);
        restart(next);
        thaw();
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
            final SSLEngine next = transport == null ? null : engines.next();
            super.replaceTransport(transport);
            restart(next);
            thaw();
        } finally {
            SharedLock.giveBack(held);
        }
    }

    /** Stale bytes can be discarded, until the next transfer. */
    private void thaw() {
        input().unfreeze(BufferEnd.END);
        output().unfreeze(BufferEnd.START);
    }

    private void restart(final @Nullable SSLEngine next) {
        tasks.restart();
        timers.cancelBoth();
        if (next != null && next != engine.engine()) {
            TlsEngines.release(engine.engine());
            engine = new TlsEngine(next, scratch);
        }
        handshake.restart(next != null);
        reader.restart();
        writer.restart();
        news.restart();
        reader.discardBelow();
        writer.discardBelow();
        newStream();
        below.enable(Directions.BOTH);
        if (socket != null && socket.priority() != priority()) {
            socket.priority(priority());
        }
        settle();
        request();
    }

    @Override
    void forgetEnds() {
        news.forgetEnds();
    }

    /**
     * Shakes hands once more, up to TLS 1.2, if the engine knows how: the JDK's does, Conscrypt's does not. Data of the peer may
     * arrive meanwhile; output waits. CONNECTED tells the end.
     *
     * @throws IllegalStateException if no handshake was completed, the protocol is TLS 1.3, which has nothing of the kind,
     *                               the engine refuses, this is freed, or the calling thread is not the loop's; nothing has
     *                               changed.
     */
    public void renegotiate() {
        ensureLive("renegotiate");
        if (access.isOutside()) {
            access.onLoopOrLocked(this::renegotiate);
            return;
        }
        handshake.renegotiate();
        settle();
        request();
    }

    // ---- the work ---------------------------------------------------------------------------------------------------

    /** The engine with what it needs here. Another one once another transport is set, as a listener of a buffer may do. */
    TlsEngine tls() {
        return engine;
    }

    @Override
    void pump() {
        writer.passDown();
        if (!tasks.isRunning()) {
            handshake.goOn();
            if (handshake.isOpen()) {
                reader.pump();
                writer.pump();
                writer.finish();
            }
        }
        writer.passDown();
        input().trim();
        writer.trim();
        settle();
    }

    /** Lets the underlying read as far as this has use for it (BEV-25), and those timers run that count. */
    void settle() {
        readBelow(reader.wantsMoreBelow());
        timers.settle();
    }

    @Override
    void tell(final boolean later) {
        news.tell(later);
        if (isWorking() && !later && writer.maySeal()) {
            work(true); // what the callbacks wrote goes with the end of this turn, not of the next
        }
    }

    @Override
    void connectedTold() {
        handshake.told();
    }

    // ---- what comes from below --------------------------------------------------------------------------------------

    @Override
    void belowArrived() {
        timers.belowArrived();
    }

    @Override
    void belowEvent(final EventFlags what, final @Nullable Throwable cause) {
        if (what.has(EventFlags.CONNECTED)) {
            handshake.belowConnected();
        }
        final boolean failed = what.has(EventFlags.ERROR);
        final boolean ended = failed || what.has(EventFlags.EOF);
        if (cause != null && !what.has(EventFlags.EOF) && TlsNews.isLackOfMemory(cause)) {
            news.lacksMemory(what, cause);
            return;
        }
        if (ended && what.has(EventFlags.READING)) {
            reader.endBelow(failed ? cause : null);
        }
        if (ended && what.has(EventFlags.WRITING)) {
            writer.endBelow(failed, cause);
        }
        if (failed && directionsOf(what) == Directions.NONE) {
            news.add(EventFlags.ERROR, cause);
        }
        if (what.has(EventFlags.TIMEOUT)) {
            news.add(what.without(EventFlags.EOF).without(EventFlags.ERROR).without(EventFlags.CONNECTED), cause);
        }
    }

    @Override
    boolean holdsEnd() {
        return news.hasInputEnd() || (reader.hasEndedBelow() && !news.isInputOver());
    }

    // ---- what this kind does ----------------------------------------------------------------------------------------

    @Override
    void resumeWriteTimer() {
        settle();
    }

    @Override
    void startReading() {
        timers.restartRead();
        tryAgain(Directions.READ);
        settle();
        if (!handshake.isOpen()
                || holdsEnd()
                || writer.lacksMemory()
                || engine.holdsBack()
                || !below.input().isEmpty()) {
            request();
        }
    }

    @Override
    void stopReading() {
        readTimer.cancel();
        settle();
    }

    @Override
    void startWriting() {
        tryAgain(Directions.WRITE);
        timers.restartWrite();
        settle();
        request();
    }

    /** A handshake uses both directions, whichever is enabled. */
    private void tryAgain(final Directions direction) {
        final boolean both = handshake.isUnderWay();
        if (!news.isInputOver() && !reader.hasEndedBelow() && (both || direction == Directions.READ)) {
            tryAgainBelow(Directions.READ);
        }
        if (!news.isOutputOver() && (both || direction == Directions.WRITE)) {
            tryAgainBelow(Directions.WRITE);
        }
    }

    @Override
    void stopWriting() {
        writeTimer.cancel();
        settle();
    }

    @Override
    void outputChanged(final BufferChange change) {
        if (change.deleted() > 0 || (change.added() > 0 && change.originalLength() == 0)) {
            writeTimer.progressed();
        }
        if (isWorking()) {
            settle();
            if (change.added() > 0 && writer.maySeal()) {
                request();
            }
        }
    }

    @Override
    void restartTimers() {
        timers.restart();
    }

    @Override
    boolean waitsToLeave() {
        return timers.countsForOutput();
    }

    @Override
    void timedOut(final Directions direction) {
        if (handshake.isUnderWay()) {
            timers.handshakeTimedOut(direction == Directions.READ ? readTimer : writeTimer);
        } else {
            super.timedOut(direction);
        }
    }

    /** Limits are the transport's, as they count what is on the wire. */
    @Override
    @Nullable
    RateLimits limits() {
        return bottom().limits();
    }

    @Override
    boolean isConnected() {
        return handshake.isOpen();
    }

    @Override
    long changedOutput() {
        return writer.waiting();
    }

    @Override
    boolean isDrained() {
        return writer.waiting() == 0 && super.isDrained();
    }

    @Override
    boolean hasPriority() {
        return true;
    }

    @Override
    void collectEvents(final List<Event> events) {
        if (socket != null) {
            socket.collectEvents(events);
        }
        timers.collectEvents(events);
    }

    @Override
    boolean flushNow(final Directions directions, final FlushMode mode) {
        if (mode == FlushMode.NORMAL || !directions.has(Directions.WRITE) || !beginWork()) {
            return false;
        }
        try {
            return writer.flush(mode);
        } finally {
            endWork(true);
        }
    }

    @Override
    void abandon() {
        tasks.abandon();
        timers.close();
        super.abandon();
    }

    @Override
    void unlink() {
        TlsEngines.release(engine.engine());
        writer.close();
        super.unlink();
    }
}
