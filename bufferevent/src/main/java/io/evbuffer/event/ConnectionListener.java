package io.evbuffer.event;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.ProtocolException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Accepts connections on a listening socket and gives each to a callback.
 *
 * <p>A turn accepts at most {@value #ACCEPTS_PER_TURN} connections. Without a callback, or disabled, it leaves connections in
 * the socket's backlog, where they keep. When accepting fails, because descriptors are exhausted for example, the error
 * callback is told and accepting pauses for 10 ms, doubled by each failure up to 1 s, until an accept works or
 * {@link #enable()} is called.
 *
 * <p>Ownership: an accepted connection is the callback's. The listening socket is closed with the listener if
 * {@link #CLOSE_ON_FREE} is set, else it stays its maker's.
 *
 * <p><b>Threads:</b> any; callbacks run on the loop's thread. After {@link #disable()} or {@link #close()} on that thread no
 * callback follows, after one on another thread at most the one that runs.
 */
public final class ConnectionListener implements AutoCloseable {
    /** Accepted sockets stay in blocking mode. */
    public static final int LEAVE_SOCKETS_BLOCKING = 1;

    /** {@link #close()} closes the listening socket. */
    public static final int CLOSE_ON_FREE = 1 << 1;

    /** Descriptors are not passed on to other programs; on the JVM they never are. */
    public static final int CLOSE_ON_EXEC = 1 << 2;

    /** The address may be bound again soon after its last use. Not for local sockets. */
    public static final int REUSEABLE = 1 << 3;

    /** Any thread may call; always so. */
    public static final int THREADSAFE = 1 << 4;

    /** Starts disabled. */
    public static final int DISABLED = 1 << 5;

    /**
     * A connection is reported when data has come, or when none has come for half a minute. For protocols in which the client
     * speaks first; without effect on nio, on local sockets, and with {@link #on}.
     */
    public static final int DEFERRED_ACCEPT = 1 << 6;

    /** Several listeners share a port. Not for local sockets. */
    public static final int REUSEABLE_PORT = 1 << 7;

    /** IPv6 only; the nio backend cannot. */
    public static final int BIND_IPV6ONLY = 1 << 8;

    /** Both kinds of IP on one socket, as is usual where the system has both. */
    public static final int BIND_IPV4_AND_IPV6 = 1 << 9;

    /** The backlog unless another is given. */
    public static final int DEFAULT_BACKLOG = 128;

    static final int ACCEPTS_PER_TURN = 64;

    private static final int DEFER_SECONDS = 30;

    private static final int ALL_FLAGS = (1 << 10) - 1;
    private static final long FIRST_PAUSE = 10_000_000;
    private static final long LONGEST_PAUSE = 1_000_000_000;
    private static final long LOG_INTERVAL = 5_000_000_000L;
    private static final Logger LOG = System.getLogger(ConnectionListener.class.getName());
    private static final boolean LOGS = prepareToLog();

    private final EventBase base;
    private final Transport transport;
    private final int flags;
    private final boolean keepAlive;
    private final Event acceptEvent;
    private final Event resumeTimer;

    private volatile @Nullable AcceptCallback callback;
    private volatile @Nullable AcceptErrorCallback errorCallback;
    private volatile boolean enabled; // changed with the monitor, as is what follows
    private volatile boolean closed;
    private boolean paused;
    private long pause; // the last one, 0 after an accept that worked

    // Of the loop's thread:
    private long lastLogged = Long.MIN_VALUE;
    private int unlogged;

    private ConnectionListener(
            final EventBase base,
            final Transport transport,
            final int flags,
            final boolean keepAlive,
            final @Nullable AcceptCallback callback) {
        this.base = base;
        this.transport = transport;
        this.flags = flags;
        this.keepAlive = keepAlive;
        this.callback = callback;
        this.enabled = (flags & DISABLED) == 0;
        acceptEvent = new Event(
                base, transport, Event.READ | Event.PERSIST | Event.FINALIZE, (event, result) -> acceptAll(), this);
        resumeTimer = new Event(base, Event.NO_DESCRIPTOR, Event.FINALIZE, (event, result) -> resume(), this);
    }

    /**
     * Opens a socket, binds it and listens.
     *
     * @param base whose loop accepts.
     * @param local where; port 0 lets the system choose.
     * @param flags any of the flags of this class.
     * @param backlog how many connections may wait, negative for {@value #DEFAULT_BACKLOG}.
     * @param callback is given the connections; null to set it later.
     * @return a new listener, the caller's to close; it closes the socket only if it has {@link #CLOSE_ON_FREE}.
     * @throws EventException if the system refuses, with its {@link IOException} as the cause; nothing stays open.
     * @throws IllegalArgumentException if {@code backlog} is 0, or flags are unknown, contradict each other or the address.
     */
    public static ConnectionListener bind(
            final EventBase base,
            final SocketAddress local,
            final int flags,
            final int backlog,
            final @Nullable AcceptCallback callback) {
        Objects.requireNonNull(local, "local");
        final boolean isPath = local instanceof UnixDomainSocketAddress;
        checkFlags(flags, isPath);
        if (backlog == 0) throw new IllegalArgumentException("a backlog of 0 is for sockets that listen already");
        final Transport transport = base.openListener(local);
        try {
            if (!isPath) {
                transport.option(StandardSocketOptions.SO_REUSEADDR, (flags & REUSEABLE) != 0);
                if ((flags & REUSEABLE_PORT) != 0) transport.option(StandardSocketOptions.SO_REUSEPORT, true);
            }
            if ((flags & BIND_IPV6ONLY) != 0) bindToSixOnly(base, transport);
            if ((flags & DEFERRED_ACCEPT) != 0 && !isPath) deferAccept(transport);
            transport.bind(local, backlog < 0 ? DEFAULT_BACKLOG : backlog);
            return start(new ConnectionListener(base, transport, flags, !isPath, callback));
        } catch (final IOException | RuntimeException e) {
            closeAfter(transport, e);
            if (e instanceof final EventException refused) throw refused;
            throw new EventException("cannot listen on " + local + ": " + e.getMessage(), e);
        }
    }

    private static void deferAccept(final Transport transport) throws IOException {
        try {
            transport.option(Transport.DEFER_ACCEPT, DEFER_SECONDS);
        } catch (final UnsupportedOperationException e) {
            LOG.log(Level.DEBUG, "connections are reported before their data has come", e);
        }
    }

    private static void bindToSixOnly(final EventBase base, final Transport transport) throws IOException {
        try {
            transport.option(Transport.IPV6_ONLY, true);
        } catch (final UnsupportedOperationException e) {
            throw new EventException("the " + base.method() + " backend cannot bind to IPv6 only", e);
        }
    }

    /**
     * Listens with a socket that is there.
     *
     * @param base whose loop accepts.
     * @param listening a listening socket of that base; it stays the caller's unless {@link #CLOSE_ON_FREE} is set.
     * @param flags LEAVE_SOCKETS_BLOCKING, CLOSE_ON_FREE, CLOSE_ON_EXEC, THREADSAFE, DISABLED.
     * @param backlog 0 if it listens already; otherwise it is made to, as by {@link #bind}, on an address the system chooses if
     *     it has none.
     * @param callback is given the connections; null to set it later.
     * @return a new listener, the caller's to close.
     * @throws EventException if the backend or the system refuses; the socket stays the caller's.
     * @throws IllegalArgumentException if flags are unknown.
     */
    public static ConnectionListener on(
            final EventBase base,
            final Transport listening,
            final int flags,
            final int backlog,
            final @Nullable AcceptCallback callback) {
        checkFlags(flags, false);
        try {
            if (backlog != 0 && listening.localAddress() == null) {
                listening.bind(null, backlog < 0 ? DEFAULT_BACKLOG : backlog);
            }
        } catch (final IOException e) {
            throw new EventException("cannot listen with " + listening + ": " + e.getMessage(), e);
        }
        return start(new ConnectionListener(base, listening, flags, false, callback));
    }

    private static void checkFlags(final int flags, final boolean isPath) {
        if ((flags & ~ALL_FLAGS) != 0)
            throw new IllegalArgumentException("unknown flags: 0x" + Integer.toHexString(flags));
        final int both = BIND_IPV6ONLY | BIND_IPV4_AND_IPV6;
        if ((flags & both) == both)
            throw new IllegalArgumentException("IPv6 only and both kinds of IP contradict each other");
        if (isPath && (flags & (REUSEABLE | REUSEABLE_PORT)) != 0) {
            throw new IllegalArgumentException("the address of a local socket cannot be reused");
        }
    }

    private static ConnectionListener start(final ConnectionListener listener) {
        try {
            listener.listenAsWanted();
            return listener;
        } catch (final RuntimeException e) {
            listener.closeEvents();
            throw e;
        }
    }

    private static void closeAfter(final Transport transport, final Exception cause) {
        try {
            transport.close();
        } catch (final IOException e) {
            cause.addSuppressed(e);
        }
    }

    // ---- look ----

    /**
     * The base whose loop accepts.
     *
     * @return as given.
     */
    public EventBase base() {
        return base;
    }

    /**
     * The listening socket.
     *
     * @return stays whose it was.
     */
    public Transport transport() {
        return transport;
    }

    /**
     * The address it listens on.
     *
     * @return with the port that the system chose, if it did.
     * @throws EventException if the socket is closed.
     */
    public SocketAddress localAddress() {
        try {
            final SocketAddress address = transport.localAddress();
            if (address == null) throw new EventException("not bound: " + transport);
            return address;
        } catch (final IOException e) {
            throw new EventException("no address: " + e.getMessage(), e);
        }
    }

    /**
     * Tells whether it accepts, or would if it had a callback and no pause.
     *
     * @return as last set by {@link #enable()} or {@link #disable()}.
     */
    public boolean isEnabled() {
        return enabled;
    }

    // ---- change ----

    /**
     * Accepts from now on; ends a pause.
     *
     * @throws EventException if the backend cannot wait for the socket any more; the listener is as before.
     * @throws IllegalStateException if the listener or its base is closed.
     */
    public void enable() {
        synchronized (this) {
            if (closed) throw new IllegalStateException("the listener is closed");
            if (callback != null) acceptEvent.add(); // first: all that can fail
            enabled = true;
            paused = false;
            pause = 0;
            resumeTimer.delNoblock();
        }
    }

    /** Leaves connections in the backlog from now on. */
    public void disable() {
        synchronized (this) {
            enabled = false;
            paused = false;
            resumeTimer.delNoblock();
            listenAsWanted();
        }
    }

    /**
     * Sets who is given the connections, from the next one on.
     *
     * @param newCallback null to leave connections in the backlog.
     * @throws EventException if the backend cannot wait for the socket any more; the listener is as before.
     * @throws IllegalStateException if the base is closed and the listener waits for its first callback.
     */
    public void callback(final @Nullable AcceptCallback newCallback) {
        synchronized (this) {
            final AcceptCallback before = callback;
            callback = newCallback;
            try {
                listenAsWanted();
            } catch (final EventException | IllegalStateException e) {
                callback = before;
                throw e;
            }
        }
    }

    /**
     * Sets who is told of failures.
     *
     * @param newCallback null to have them logged, one line in five seconds.
     */
    public void errorCallback(final @Nullable AcceptErrorCallback newCallback) {
        errorCallback = newCallback;
    }

    /** Ends the listener, and the socket if {@link #CLOSE_ON_FREE} is set. A second call does nothing. */
    @Override
    public void close() {
        synchronized (this) {
            if (closed) return;
            closed = true;
            enabled = false;
            closeEvents();
        }
        if ((flags & CLOSE_ON_FREE) == 0) return;
        try {
            transport.close();
        } catch (final IOException e) {
            LOG.log(Level.WARNING, "the listening socket cannot be closed", e);
        }
    }

    private void closeEvents() {
        acceptEvent.close();
        resumeTimer.close();
    }

    /** With the monitor: waits for connections, or does not. */
    private void listenAsWanted() {
        if (closed) return;
        if (enabled && callback != null && !paused) acceptEvent.add();
        else acceptEvent.delNoblock();
    }

    // ---- accept ----

    private void acceptAll() throws Exception {
        for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
            final AcceptCallback taker = callback;
            if (!enabled || taker == null) return;
            final Transport accepted;
            final SocketAddress peer;
            try {
                accepted = transport.accept();
                if (accepted == null) return;
                prepare(accepted);
                peer = peerOf(accepted);
                if (peer == null) continue;
            } catch (final IOException e) {
                if (isOfOneConnection(e)) continue;
                failed(e);
                return;
            }
            pause = 0;
            taker.on(this, accepted, peer);
        }
    }

    /** Who is at the other end; null, and the transport closed, if that was reset before it was taken. */
    private static @Nullable SocketAddress peerOf(final Transport accepted) throws IOException {
        SocketAddress peer = null;
        try {
            peer = accepted.remoteAddress();
            return peer;
        } finally {
            if (peer == null) accepted.close();
        }
    }

    private void prepare(final Transport accepted) throws IOException {
        try {
            if (keepAlive) accepted.option(StandardSocketOptions.SO_KEEPALIVE, true);
            if ((flags & LEAVE_SOCKETS_BLOCKING) != 0) accepted.blocking(true);
        } catch (final IOException e) {
            closeAfter(accepted, e);
            throw new ConnectException(e.getMessage()); // gone before it was here: of one connection
        }
    }

    /** Failures of one connection that was not there any more: the next may be sound. */
    private static boolean isOfOneConnection(final IOException e) {
        if (e instanceof ConnectException || e instanceof NoRouteToHostException || e instanceof ProtocolException)
            return true;
        final String message = e.getMessage();
        return e instanceof SocketException
                && message != null
                && (message.startsWith("Network is")
                        || message.startsWith("Host is down")
                        || message.contains("aborted"));
    }

    private void failed(final IOException cause) throws Exception {
        synchronized (this) {
            pause = pause == 0 ? FIRST_PAUSE : Math.min(2 * pause, LONGEST_PAUSE);
            if (!enabled) return;
            paused = true;
            listenAsWanted();
            resumeTimer.add(pause);
        }
        final AcceptErrorCallback told = errorCallback;
        if (told != null) told.on(this, cause);
        else log(cause);
    }

    private void resume() throws Exception {
        try {
            synchronized (this) {
                paused = false;
                listenAsWanted();
            }
        } catch (final EventException e) {
            failed(new IOException(e.getMessage(), e)); // the socket was closed behind our back
        }
    }

    /**
     * Asks here for what the first line that is logged would look up in files, the settings and the time zone: when it is
     * about exhausted descriptors, no file can be opened any more, and a class whose start failed stays unusable.
     */
    private static boolean prepareToLog() {
        Objects.requireNonNull(ZonedDateTime.now(ZoneId.systemDefault()));
        return LOG.isLoggable(Level.WARNING);
    }

    private void log(final IOException cause) {
        final long now = base.nowNanos();
        if (!LOGS || (lastLogged != Long.MIN_VALUE && now - lastLogged < LOG_INTERVAL)) {
            unlogged++;
            return;
        }
        LOG.log(Level.WARNING, "cannot accept on " + transport + " (" + unlogged + " more since the last line)", cause);
        lastLogged = now;
        unlogged = 0;
    }

    @Override
    public String toString() {
        return "ConnectionListener[" + transport + (closed ? ", closed]" : enabled ? "]" : ", disabled]");
    }
}
