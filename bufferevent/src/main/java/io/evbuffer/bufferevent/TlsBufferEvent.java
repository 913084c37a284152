package io.evbuffer.bufferevent;

import io.evbuffer.BufferChange;
import io.evbuffer.BufferEnd;
import io.evbuffer.EvBuffer;
import io.evbuffer.event.Event;
import io.evbuffer.event.EventBase;
import io.evbuffer.event.EventException;
import io.evbuffer.event.Transport;
import io.evbuffer.memory.BufferLimitException;
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
    private static final EventFlags END = EventFlags.READING.with(EventFlags.EOF);
    private static final EventFlags INPUT_FAILED = EventFlags.READING.with(EventFlags.ERROR);
    private static final EventFlags OUTPUT_FAILED = EventFlags.WRITING.with(EventFlags.ERROR);
    private static final int TRANSFERS_PER_TURN = 4; // as a socket
    private static final int SOCKET_SINGLE = 64 * 1024; // a few records: they are not cut for the system
    private static final int BATCH = 3; // records that one segment of the largest size holds
    private static final int SOCKET_WRITE_HIGH = BATCH * TlsEngine.MOST_SEALED;

    private final @Nullable SocketBufferEvent socket; // of its own; null over another BufferEvent
    private final TlsState role;
    private final TlsEngines engines;
    private final TlsScratch scratch;
    private final TlsTasks tasks;
    private final TlsErrors errors = new TlsErrors();
    private final IdleTimer flightTimer; // for what the peer has to say next in a handshake
    private final EvBuffer sealed; // records that the underlying has no room for

    private TlsEngine engine;
    private Phase phase = Phase.WAITING;
    private TlsFlags flags = TlsFlags.NONE;
    private boolean connected; // the underlying said so
    private boolean endedBelow; // nothing more will come from there
    private @Nullable Throwable failureBelow; // why, if it did not end well
    private boolean arrived; // plain bytes, not told yet
    private boolean consumed; // output was sealed, not told yet
    private boolean inputOver; // the end of reading is found, or told
    private boolean outputOver; // writing is impossible, and this was told
    private boolean lacksMemory; // for the record that the engine was to make last
    private boolean onlyAnswers; // nothing but the answer to the peer's close_notify has yet to leave
    private boolean connectedDue;
    private boolean answered; // the peer, in a handshake, since this was last cleared
    private boolean handshakeRests; // it failed or lacks memory, and this is to be told: both directions end by it
    private EventFlags inputNews = EventFlags.NONE; // the end of reading, to be told
    private @Nullable Throwable inputCause;
    private EventFlags otherNews = EventFlags.NONE; // of writing or of connecting, to be told
    private @Nullable Throwable otherCause;

    private TlsBufferEvent(
            final BufferEvent below,
            final @Nullable SocketBufferEvent socket,
            final TlsEngines engines,
            final TlsState role,
            final Options options) {
        super(below, options);
        this.socket = socket;
        this.role = role;
        this.engines = engines;
        this.scratch = TlsScratch.of(base());
        this.engine = new TlsEngine(engines.next(), scratch);
        this.tasks = new TlsTasks(this);
        this.flightTimer = new IdleTimer(this, this::handshakeTimedOut);
        this.sealed = new EvBuffer(base().pool());
        if (socket == null) {
            below.setWatermark(Directions.READ, 0, 0); // a mark could keep back a part of a handshake message
        } else {
            socket.maxSingleRead(SOCKET_SINGLE);
            socket.maxSingleWrite(SOCKET_SINGLE);
            socket.setWatermark(Directions.WRITE, 0, SOCKET_WRITE_HIGH);
            socket.output().addListener((buffer, change) -> socketOutputChanged(change));
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
            final SharedLock held = socket.take();
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
            final SharedLock held = underlying.take();
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
        final SharedLock held = take();
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
        final SharedLock held = take();
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
        if (isOutside()) {
            locked(() -> tasks.executor(executor));
        } else {
            tasks.executor(executor);
        }
    }

    /**
     * Limits how long the peer may take for each of its flights of a handshake: from when this has said what it had to say
     * until the last byte of the answer is there. Bytes that trickle in do not prolong it. What is computed here does not
     * count, nor does the time in which that waits for its turn: a server that is late cuts nobody off. Meanwhile the time stands
     * still, and if the flight is not complete it goes on with what was left. A handshake has two or three flights of each
     * side. When the time is over TIMEOUT alone is told and both directions are disabled, once;
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
        if (isOutside()) {
            locked(() -> handshakeTimeout(nanos));
            return;
        }
        flightTimer.timeoutNanos(nanos);
        settle();
    }

    /**
     * How long the peer may take for each of its flights of a handshake.
     *
     * @return in nanoseconds, or {@link #NO_TIMEOUT}.
     */
    public long handshakeTimeoutNanos() {
        return flightTimer.timeoutNanos();
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
        if (isForeign()) {
            onLoop(() -> connectFromLoop(peer));
            return;
        }
        final SharedLock held = take();
        try {
            final SSLEngine next = engines.next();
            own.connect(peer);
            restart(next);
            own.setTimeouts(NO_TIMEOUT, writeTimeoutNanos());
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
        if (isOutside()) {
            onLoopOrLocked(this::connect);
            return;
        }
        final SSLEngine next = engines.next();
        own.connect();
        restart(next);
        own.setTimeouts(NO_TIMEOUT, writeTimeoutNanos());
    }

    @Override
    void connectBelow(final @Nullable HostResolver resolver, final HostHints hints, final String host, final int port) {
        final SSLEngine next = engines.next();
        super.connectBelow(resolver, hints, host, port);
        restart(next);
        if (socket != null) {
            socket.setTimeouts(NO_TIMEOUT, writeTimeoutNanos());
        }
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
        if (isOutside()) {
            onLoopOrLocked(() -> setTransport(transport));
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
        if (isForeign()) {
            onLoop(() -> replaceFromLoop(transport));
            return;
        }
        final SharedLock held = take();
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
        tasks.abandon();
        resumeAll();
        readTimer.cancel();
        writeTimer.cancel();
        if (next != null && next != engine.engine()) {
            TlsEngines.release(engine.engine());
            engine = new TlsEngine(next, scratch);
        }
        phase = next == null ? Phase.OVER : Phase.WAITING;
        connected = false;
        endedBelow = false;
        failureBelow = null;
        inputOver = false;
        outputOver = false;
        lacksMemory = false;
        onlyAnswers = false;
        connectedDue = false;
        handshakeRests = false;
        sealed.drain(sealed.length());
        discardBelow();
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
        inputNews = EventFlags.NONE;
        inputCause = null;
        otherNews = EventFlags.NONE;
        otherCause = null;
    }

    /** Records of another connection mean nothing to this one. */
    private void discardBelow() {
        final EvBuffer in = below.input();
        in.drain(in.length());
        final EvBuffer out = below.output();
        final boolean frozen = out.isFrozen(BufferEnd.START);
        out.unfreeze(BufferEnd.START);
        out.drain(out.length());
        if (frozen) {
            out.freeze(BufferEnd.START);
        }
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
        if (isOutside()) {
            onLoopOrLocked(this::renegotiate);
            return;
        }
        if (phase != Phase.OPEN || inputOver || outputOver) {
            throw refused("renegotiate", "it is " + phase);
        }
        final String protocol = engine.engine().getSession().getProtocol();
        if ("TLSv1.3".equals(protocol)) {
            throw refused("renegotiate", protocol + " has no renegotiation");
        }
        try {
            engine.engine().beginHandshake();
        } catch (final SSLException e) {
            throw new IllegalStateException("renegotiate refused on " + this, e);
        }
        if (!engine.isShakingHands()) {
            throw refused("renegotiate", "its engine knows no second handshake");
        }
        shakeHandsFromNow();
        settle();
        request();
    }

    private void shakeHandsFromNow() {
        phase = Phase.SHAKING_HANDS;
        readTimer.cancel();
        writeTimer.cancel();
        restartTimers();
    }

    // ---- the work ---------------------------------------------------------------------------------------------------

    @Override
    void pump() {
        passDown();
        if (!tasks.isRunning()) {
            if (phase == Phase.WAITING) {
                begin();
            }
            if (phase == Phase.SHAKING_HANDS) {
                shakeHands();
            }
            if (phase == Phase.OPEN) {
                pumpInput();
                pumpOutput();
                finishOutput();
            }
        }
        passDown();
        input().trim();
        sealed.trim();
        settle();
    }

    private void begin() {
        if (enabled() == Directions.NONE || !(connected || below.isConnected())) {
            return;
        }
        engines.begun();
        if (socket != null) {
            socket.setTimeouts(NO_TIMEOUT, NO_TIMEOUT);
        }
        if (role == TlsState.OPEN) {
            phase = Phase.OPEN;
            restartTimers();
            return;
        }
        try {
            engine.engine().beginHandshake();
            shakeHandsFromNow();
        } catch (final SSLException e) {
            handshakeFailed(e);
        }
    }

    private void shakeHands() {
        try {
            boolean goesOn = true;
            while (goesOn && phase == Phase.SHAKING_HANDS && !handshakeRests && enabled() != Directions.NONE) {
                if (engine.needsTask()) {
                    startTasks();
                    return;
                }
                goesOn = engine.needsWrap() ? wrap(0) || !engine.needsWrap() : unwrap();
                if (engine.engine().isInboundDone()) {
                    throw new SSLException("the peer closed during the handshake");
                }
                if (goesOn && (engine.hasFinished() || !engine.isShakingHands())) {
                    shaken();
                }
            }
        } catch (final SSLException e) {
            handshakeFailed(e);
            return;
        }
        if (endedBelow && phase == Phase.SHAKING_HANDS && !handshakeRests && enabled() != Directions.NONE) {
            final Throwable why = failureBelow;
            if (why == null) {
                handshakeFailed(new SSLException("the peer ended the stream during the handshake"));
            } else {
                handshakeOver(why);
            }
        }
    }

    private void shaken() {
        phase = Phase.TELLING;
        connectedDue = true;
        readTimer.cancel();
        writeTimer.cancel();
    }

    private void handshakeFailed(final SSLException why) {
        errors.add(why);
        sayFarewell();
        handshakeOver(new ConnectionException.TlsFailure(why));
    }

    private void handshakeOver(final @Nullable Throwable why) {
        phase = Phase.OVER;
        otherNews = EventFlags.NONE;
        otherCause = null;
        inputOver = true;
        outputOver = true;
        handshakeRests = true;
        inputNews = INPUT_FAILED;
        inputCause = why;
    }

    /** The engine may have an alert for the peer: it leaves at once, as the user may free this when told. */
    private void sayFarewell() {
        for (int failures = 0;
                failures < 2 && engine.needsWrap();
                failures++) { // some throw once more before they say it
            try {
                while (engine.needsWrap() && wrap(0)) {
                    // until nothing is left to say
                }
                break;
            } catch (final SSLException again) {
                errors.add(again);
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

    // ---- computations elsewhere -------------------------------------------------------------------------------------

    private void startTasks() throws SSLException {
        try {
            tasks.start(engine.engine());
        } catch (final RuntimeException | Error refused) { // for want of a thread, too
            throw new SSLException("the executor refused a computation of the handshake", refused);
        }
        answered = true;
        suspend(Directions.READ, SuspendReason.TLS_TASK);
        suspend(Directions.WRITE, SuspendReason.TLS_TASK);
    }

    /** The computations are done; the engine itself throws what they threw, unless they could not even be run. */
    void tasksDone(final @Nullable Throwable failure) {
        resumeAll();
        if (failure != null) {
            report(failure);
        }
        if (isWorking()) {
            work(false);
        }
    }

    private void resumeAll() {
        resume(Directions.READ, SuspendReason.TLS_TASK);
        resume(Directions.WRITE, SuspendReason.TLS_TASK);
    }

    // ---- reading ----------------------------------------------------------------------------------------------------

    private void pumpInput() {
        long budget = (long) TRANSFERS_PER_TURN * maxSingleRead();
        try {
            while (mayRead()) {
                if (budget <= 0) {
                    request();
                    return;
                }
                if (engine.needsTask()) {
                    startTasks();
                    return;
                }
                if (engine.needsWrap()) {
                    if (!sealed.isEmpty() || (!wrap(0) && engine.needsWrap())) {
                        return; // what must be said first has no room below
                    }
                    passDown();
                } else if (!unwrap()) {
                    break;
                }
                budget -= engine.consumed();
                if (engine.engine().isInboundDone()) {
                    onlyAnswers = pendingOutput() == 0;
                    endInput(END, null);
                }
            }
            if (endedBelow && mayRead()) {
                endTruncated();
            }
        } catch (final SSLException e) {
            errors.add(e);
            endInput(INPUT_FAILED, new ConnectionException.TlsFailure(e));
            sayFarewell();
        }
    }

    private boolean mayRead() {
        return phase == Phase.OPEN
                && !inputOver
                && inputNews == EventFlags.NONE
                && !tasks.isRunning()
                && (wants(Directions.READ) || mustReadToWrite());
    }

    /** A handshake that the peer began, or that was begun again, waits for it: no matter who wants to read. */
    private boolean mustReadToWrite() {
        return engine.needsUnwrap() && !isReadSuspended(SuspendReason.WATERMARK);
    }

    /** What the engine has to say has no room below or no memory, and nothing is decrypted before it is said. */
    private boolean mustWriteToRead() {
        return engine.needsWrap() && (lacksMemory || !sealed.isEmpty());
    }

    private void endTruncated() {
        final Throwable why = failureBelow;
        final boolean within = !below.input().isEmpty();
        if (why != null) {
            endInput(INPUT_FAILED, why);
        } else if (within || !flags.has(TlsFlags.DIRTY_SHUTDOWN)) {
            final SSLException cut = new SSLException(
                    within ? "the stream ended within a record" : "the stream ended without close_notify");
            errors.add(cut);
            endInput(INPUT_FAILED, new ConnectionException.TlsFailure(cut));
        } else {
            endInput(END, null);
        }
    }

    private void endInput(final EventFlags what, final @Nullable Throwable cause) {
        inputOver = true;
        inputNews = what;
        inputCause = cause;
    }

    /** Decrypts one record. Returns false if there is none. */
    private boolean unwrap() throws SSLException {
        final TlsEngine current = engine;
        final EvBuffer target = input();
        target.unfreeze(BufferEnd.END);
        try {
            return current.unwrap(below.input(), target);
        } catch (final RuntimeException | LinkageError e) {
            if (current.consumed() > 0 || current.produced() > 0) {
                report(e); // a listener of a buffer threw it; the bytes have moved all the same
                return true;
            }
            lacksMemory(INPUT_FAILED, new ConnectionException.Io(e));
            return false;
        } finally {
            target.freeze(BufferEnd.END);
            arrived |= current.produced() > 0;
        }
    }

    // ---- writing ----------------------------------------------------------------------------------------------------

    private void pumpOutput() {
        try {
            sayWhatIsDue();
            long budget = sealedPerTurn();
            while (maySeal()) {
                if (engine.engine().isOutboundDone()) {
                    failOutput(new SSLException("the TLS connection is closed for output"));
                    return;
                }
                if (budget <= 0) {
                    request();
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
            errors.add(e);
            sayFarewell();
            failOutput(e);
        }
    }

    /** As a socket, but whole batches, so that a peer that stops reading is not left with a part of one. */
    private long sealedPerTurn() {
        final long most = (long) TRANSFERS_PER_TURN * maxSingleWrite();
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
        final long batch = Math.min(Math.min(budget, output().length()), records * TlsEngine.MOST_PLAIN);
        prepare((int) batch);
        long taken = 0;
        while (taken < batch && wrap(Math.min(batch - taken, maxSingleWrite()))) {
            taken += engine.consumed();
            consumed |= engine.consumed() > 0;
            if (!hasMoreToSeal() || sealed.length() + TlsEngine.mostSealed(batch - taken) > room) {
                return taken;
            }
        }
        return sealed.isEmpty() ? -1 : taken;
    }

    private void prepare(final int batch) {
        if (batch > TlsEngine.MOST_PLAIN) {
            final EvBuffer source = output();
            source.unfreeze(BufferEnd.START);
            try {
                engine.prepare(source, batch, sealed);
            } finally {
                source.freeze(BufferEnd.START);
            }
        }
    }

    /** Tickets, a change of keys, the answer to a close_notify. */
    private void sayWhatIsDue() throws SSLException {
        while (engine.needsWrap() && sealed.isEmpty() && wrap(0)) {
            passDown();
        }
    }

    private boolean maySeal() {
        return sealed.isEmpty() && hasRoomBelow() && hasMoreToSeal();
    }

    private boolean hasMoreToSeal() {
        return phase == Phase.OPEN
                && !outputOver
                && !output().isEmpty()
                && wants(Directions.WRITE)
                && !engine.needsUnwrap()
                && !engine.needsTask();
    }

    private void failOutput(final SSLException why) {
        outputOver = true;
        addNews(OUTPUT_FAILED, new ConnectionException.TlsFailure(why));
    }

    /** No more output will come, and all there was is sealed: says so to the peer, and then ends the stream below. */
    private void finishOutput() {
        if (!mustEndOutput() || !sealed.isEmpty() || !(output().isEmpty() || outputOver) || !wants(Directions.WRITE)) {
            return;
        }
        try {
            engine.closeOutput();
            while (engine.needsWrap() && wrap(0)) {
                // close_notify
            }
            if (lacksMemory) {
                return;
            }
        } catch (final SSLException e) {
            errors.add(e);
        }
        passDown();
        if (sealed.isEmpty()) {
            endOutputBelow();
        }
    }

    /** Encrypts one record, or what the engine itself has to say. Returns false if it has nothing. */
    private boolean wrap(final long most) throws SSLException {
        final EvBuffer source = output();
        source.unfreeze(BufferEnd.START);
        try {
            final boolean done = engine.wrap(source, most, flags.has(TlsFlags.BATCH_WRITE), sealed);
            lacksMemory = false;
            if (done && phase == Phase.SHAKING_HANDS) {
                answered = true;
                flightTimer.progressed();
            }
            return done;
        } catch (final RuntimeException | LinkageError e) {
            if (engine.consumed() > 0) {
                report(e); // a listener of the output threw it; the bytes have moved all the same
                return true;
            }
            if (isEnabled(Directions.WRITE) || !lacksMemory) {
                outputLacksMemory(e); // else it was told, and what the engine itself has to say waits
            }
            lacksMemory = true;
            return false;
        } finally {
            source.freeze(BufferEnd.START);
        }
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
                || (!socket.waitsToWrite() && TlsEngine.mostSealed(output().length()) <= socket.writeRoom());
    }

    /** Hands records down, as far as the write high mark there allows. */
    private void passDown() {
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

    // ---- want of memory ---------------------------------------------------------------------------------------------

    /**
     * No end of the stream, here or below: nothing has moved, and enabling the direction again tries again. In a handshake
     * that is either direction.
     */
    private void lacksMemory(final EventFlags what, final Throwable cause) {
        if (phase == Phase.SHAKING_HANDS) {
            handshakeRests = true;
            inputNews = INPUT_FAILED;
            inputCause = cause;
            return;
        }
        if (what.has(EventFlags.READING) && inputNews == EventFlags.NONE && !inputOver) {
            inputNews = INPUT_FAILED;
            inputCause = cause;
        }
        if (what.has(EventFlags.WRITING) && !outputOver) {
            addNews(OUTPUT_FAILED, cause);
        }
    }

    private void outputLacksMemory(final Throwable why) {
        lacksMemory(OUTPUT_FAILED, new ConnectionException.Io(why));
    }

    private static boolean isLackOfMemory(final Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null && cause.getCause() != cause) {
            cause = cause.getCause();
        }
        return cause instanceof BufferLimitException;
    }

    // ---- telling ----------------------------------------------------------------------------------------------------

    @Override
    void tell(final boolean later) {
        if (connectedDue) {
            connectedDue = false;
            if (isLeaving()) {
                connectedTold();
            } else {
                slots.raiseConnected(later);
            }
        }
        if (arrived && phase == Phase.OPEN && isWorking()) {
            arrived = false;
            readTimer.progressed();
            if (isEnabled(Directions.READ)) {
                inputArrived(later);
            }
        }
        tellEndOfInput(later);
        if (consumed && isWorking() && (socket == null || isPendingLow())) {
            consumed = false;
            outputLeft(true);
        }
        if (otherNews != EventFlags.NONE && isWorking()) {
            final EventFlags what = otherNews;
            final Throwable cause = otherCause;
            otherNews = EventFlags.NONE;
            otherCause = null;
            endDirection(directionsOf(what), what, cause, later);
        }
        if (isWorking() && !later && maySeal()) {
            work(true); // what the callbacks wrote goes with the end of this turn, not of the next
        }
    }

    private boolean isPendingLow() {
        return pendingOutput() <= lowWatermark(Directions.WRITE);
    }

    private void tellEndOfInput(final boolean later) {
        if (inputNews == EventFlags.NONE || !isWorking() || !(handshakeRests || isEnabled(Directions.READ))) {
            return;
        }
        if (!handshakeRests && notices.tellsReadLater(options().has(Options.DEFER_CALLBACKS))) {
            request(); // after the read notice, whose callback may disable READ: then the end waits again
            return;
        }
        final EventFlags what = inputNews;
        final Throwable cause = inputCause;
        inputNews = EventFlags.NONE;
        inputCause = null;
        if (!handshakeRests) {
            endDirection(Directions.READ, what, cause, later);
        } else if (isLeaving()) {
            close();
        } else {
            handshakeRests = false;
            endDirection(Directions.BOTH, what, cause, later);
        }
    }

    @Override
    void connectedTold() {
        if (phase == Phase.TELLING) {
            phase = Phase.OPEN;
            restartTimers();
            if (isForeign()) {
                request(); // its closer is another thread; the work is the loop's
            } else {
                work(true);
            }
        }
    }

    // ---- what comes from below --------------------------------------------------------------------------------------

    @Override
    void belowArrived() {
        if (phase == Phase.SHAKING_HANDS) {
            readTimer.progressed();
            writeTimer.progressed();
        } else if (socket != null) {
            readTimer.progressed();
        }
    }

    @Override
    void belowEvent(final EventFlags what, final @Nullable Throwable cause) {
        if (what.has(EventFlags.CONNECTED)) {
            connected = true;
        }
        final boolean failed = what.has(EventFlags.ERROR);
        final boolean ended = failed || what.has(EventFlags.EOF);
        if (cause != null && !what.has(EventFlags.EOF) && isLackOfMemory(cause)) {
            lacksMemory(what, cause);
            return;
        }
        if (ended && what.has(EventFlags.READING)) {
            endedBelow = true;
            failureBelow = failed ? cause : null;
        }
        if (ended && what.has(EventFlags.WRITING)) {
            endOfWritingBelow(what, cause);
        }
        if (failed && directionsOf(what) == Directions.NONE) {
            addNews(EventFlags.ERROR, cause);
        }
        if (what.has(EventFlags.TIMEOUT)) {
            addNews(what.without(EventFlags.EOF).without(EventFlags.ERROR).without(EventFlags.CONNECTED), cause);
        }
    }

    private void endOfWritingBelow(final EventFlags what, final @Nullable Throwable cause) {
        if (phase == Phase.SHAKING_HANDS) {
            handshakeOver(cause == null ? new ConnectionException.BrokenPipe(null) : cause);
        } else if (!outputOver
                && !(onlyAnswers && output().isEmpty() && engine.engine().isOutboundDone())) {
            outputOver = true;
            addNews(EventFlags.WRITING.with(what.has(EventFlags.ERROR) ? EventFlags.ERROR : EventFlags.EOF), cause);
        }
    }

    private void addNews(final EventFlags what, final @Nullable Throwable cause) {
        otherNews = otherNews.with(what);
        otherCause = cause;
    }

    @Override
    boolean holdsEnd() {
        return inputNews != EventFlags.NONE || (endedBelow && !inputOver);
    }

    // ---- what this kind does ----------------------------------------------------------------------------------------

    /** Lets the underlying read as far as this has use for it (BEV-25). */
    private void settle() {
        readBelow(readsBelow());
        if (!awaitsFlight()) {
            flightTimer.cancel();
        } else if (tasks.isRunning()) {
            flightTimer.pause();
        } else {
            flightTimer.goOn();
        }
        if (!hasOutputTimer()) {
            writeTimer.cancel();
        } else if (!writeTimer.isArmed()) {
            writeTimer.resume();
        }
    }

    /** In a handshake a flight of the peer is not complete, or it does not take what was said. */
    private boolean awaitsFlight() {
        return phase == Phase.SHAKING_HANDS && isWorking() && enabled() != Directions.NONE && !handshakeRests;
    }

    /** It is the peer's turn, and its time that passes. */
    private boolean waitsForFlight() {
        return awaitsFlight() && !tasks.isRunning();
    }

    private boolean readsBelow() {
        if (!isWorking() || tasks.isRunning()) {
            return false;
        }
        return switch (phase) {
            case WAITING, SHAKING_HANDS -> enabled() != Directions.NONE;
            case OPEN -> !inputOver && !mustWriteToRead() && (wants(Directions.READ) || mustReadToWrite());
            case TELLING, OVER -> false;
        };
    }

    /** Counts what waits here, and what waits to be given to the system where the socket is this one's own. */
    private boolean hasOutputTimer() {
        return switch (phase) {
            case SHAKING_HANDS -> wants(Directions.WRITE);
            case OPEN -> wants(Directions.WRITE) && (socket == null ? !output().isEmpty() : pendingOutput() > 0);
            case WAITING, TELLING, OVER -> false;
        };
    }

    private void socketOutputChanged(final BufferChange change) {
        if (change.deleted() > 0) {
            writeTimer.progressed();
            if (isWorking()) {
                settle();
                if (consumed && lowWatermark(Directions.WRITE) > 0 && isPendingLow()) {
                    request(); // the socket itself tells when it has given all
                }
            }
        }
    }

    @Override
    void resumeWriteTimer() {
        settle();
    }

    @Override
    void startReading() {
        restartReadTimer();
        tryAgain(Directions.READ);
        settle();
        if (phase != Phase.OPEN
                || holdsEnd()
                || lacksMemory
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
        if (hasOutputTimer()) {
            writeTimer.restart();
        }
        settle();
        request();
    }

    /** A handshake uses both directions, whichever is enabled. */
    private void tryAgain(final Directions direction) {
        final boolean both = phase == Phase.SHAKING_HANDS;
        if (!inputOver && !endedBelow && (both || direction == Directions.READ)) {
            tryAgainBelow(Directions.READ);
        }
        if (!outputOver && (both || direction == Directions.WRITE)) {
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
            if (change.added() > 0 && maySeal()) {
                request();
            }
        }
    }

    @Override
    void restartTimers() {
        restartReadTimer();
        if (hasOutputTimer()) {
            writeTimer.restart();
        }
        if (socket != null && phase == Phase.WAITING) {
            socket.setTimeouts(NO_TIMEOUT, writeTimeoutNanos()); // until the connection stands
        }
    }

    private void restartReadTimer() {
        final boolean counts = phase == Phase.OPEN ? !inputOver : phase == Phase.SHAKING_HANDS || hasNoTransport();
        if (counts && wants(Directions.READ)) {
            readTimer.restart();
        }
    }

    private boolean hasNoTransport() {
        return phase == Phase.WAITING && socket != null && socket.transport() == null && !socket.isLookingUp();
    }

    /** Limits are the transport's, as they count what is on the wire. */
    @Override
    @Nullable
    RateLimits limits() {
        return bottom().limits();
    }

    @Override
    void readTimedOut() {
        if (phase == Phase.SHAKING_HANDS) {
            handshakeTimedOut();
        } else {
            super.readTimedOut();
        }
    }

    @Override
    void writeTimedOut() {
        if (phase == Phase.SHAKING_HANDS) {
            handshakeTimedOut();
        } else {
            super.writeTimedOut();
        }
    }

    private void handshakeTimedOut() {
        hold();
        try {
            answered = isHeldBelow(Directions.READ) || isHeldBelow(Directions.WRITE);
            work(false); // what has arrived by now counts
            if (!answered && waitsForFlight()) {
                endDirection(
                        Directions.BOTH, EventFlags.TIMEOUT, new ConnectionException.ConnectTimeout(null, null), false);
            } else if (isWorking()) {
                restartTimers();
            }
        } finally {
            letGo();
        }
    }

    @Override
    boolean isConnected() {
        return phase == Phase.OPEN;
    }

    @Override
    long changedOutput() {
        return sealed.length();
    }

    @Override
    boolean isDrained() {
        return sealed.isEmpty() && super.isDrained();
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
        flightTimer.collectEvent(events);
    }

    @Override
    boolean flushNow(final Directions directions, final FlushMode mode) {
        if (mode == FlushMode.NORMAL || !directions.has(Directions.WRITE) || !beginWork()) {
            return false;
        }
        final long before = output().length();
        boolean moved = false;
        try {
            if (!tasks.isRunning() && phase == Phase.OPEN) {
                long left;
                do {
                    left = output().length();
                    pumpOutput();
                } while (output().length() < left);
            }
            passDown();
            moved = !below.isClosed() && below.flush(Directions.WRITE, mode);
            moved |= output().length() < before;
        } finally {
            endWork(true);
        }
        return moved;
    }

    @Override
    void abandon() {
        tasks.abandon();
        flightTimer.close();
        super.abandon();
    }

    @Override
    void unlink() {
        TlsEngines.release(engine.engine());
        sealed.close();
        super.unlink();
    }

    /** Where the connection is. */
    private enum Phase {
        /** Nothing is under way: no connection below yet, or nothing enabled. */
        WAITING,
        /** A handshake is under way. */
        SHAKING_HANDS,
        /** It has succeeded, and this is about to be told. */
        TELLING,
        /** Data flows. */
        OPEN,
        /** The handshake failed, or the transport was taken away. */
        OVER
    }
}
