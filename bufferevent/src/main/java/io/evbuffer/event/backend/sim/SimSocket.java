package io.evbuffer.event.backend.sim;

import io.evbuffer.event.Event;
import io.evbuffer.event.Transport;
import io.evbuffer.event.backend.Descriptor;
import io.evbuffer.event.backend.ReadySink;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectableChannel;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What sockets of a world have in common: a number, options, and what is waited for and reported.
 *
 * <p>Readiness is a state, told by {@link #readiness()}; an edge is noted when a part of it becomes true, or more of what made
 * it true comes.
 */
abstract sealed class SimSocket implements Transport permits SimStream, SimListener {
    private static final int DIRECTIONS = Event.READ | Event.WRITE | Event.CLOSED;

    private static final Set<SocketOption<?>> OPTIONS = Set.of(
            StandardSocketOptions.SO_KEEPALIVE,
            StandardSocketOptions.SO_LINGER,
            StandardSocketOptions.SO_RCVBUF,
            StandardSocketOptions.SO_REUSEADDR,
            StandardSocketOptions.SO_REUSEPORT,
            StandardSocketOptions.SO_SNDBUF,
            StandardSocketOptions.TCP_NODELAY);

    final SimWorld world;
    final SimBackend backend;
    int number; // -1 while a connection waits to be accepted
    private final Map<SocketOption<?>, Object> options = new HashMap<>();

    @Nullable
    InetSocketAddress local;

    private boolean closed;

    // What the base waits for:
    private @Nullable Descriptor descriptor;
    private int wanted;
    private int edges;
    boolean listed; // among those that may be ready

    SimSocket(final SimBackend backend, final int number) {
        this.backend = backend;
        this.world = backend.world();
        this.number = number;
    }

    // ---- readiness ----

    /** READ, WRITE and CLOSED as they are now. */
    abstract int readiness();

    /** Whether the connection is broken: kernels tell so whether asked or not. */
    boolean isBroken() {
        return false;
    }

    /** Notes that something has come. */
    final void edge(final int bits) {
        edges |= bits;
        if (descriptor != null) backend.list(this);
    }

    final void register(final Descriptor newDescriptor, final int bits) {
        descriptor = newDescriptor;
        wanted = bits;
        edges = readiness(); // as with epoll, what is ready at the time of asking is an edge
        backend.list(this);
    }

    final void unregister() {
        descriptor = null;
        wanted = 0;
        edges = 0;
    }

    /** What is to be reported now. */
    final int reportable() {
        if (descriptor == null) return 0;
        final int now = (wanted & Event.ET) != 0 ? edges & readiness() : readiness();
        final boolean broken = isBroken() && now != 0;
        return broken ? now & DIRECTIONS : now & wanted & DIRECTIONS;
    }

    /**
     * Reports what is ready.
     *
     * @return whether it may be ready at the next poll, too.
     */
    final boolean report(final ReadySink sink) {
        final int bits = reportable();
        if (bits == 0) return false;
        edges &= ~bits;
        world.trace("ready", number, bits);
        sink.ready(Objects.requireNonNull(descriptor), bits);
        return descriptor != null && (wanted & Event.ET) == 0;
    }

    // ---- Transport ----

    @Override
    public final boolean isOpen() {
        return !closed;
    }

    final void ensureOpen() throws ClosedChannelException {
        if (closed) throw new ClosedChannelException();
    }

    @Override
    public final <T> void option(final SocketOption<T> name, final T value) throws IOException {
        ensureOpen();
        if (!OPTIONS.contains(name)) throw new UnsupportedOperationException(name + " in a simulated network");
        options.put(name, name.type().cast(Objects.requireNonNull(value, "value")));
    }

    @Override
    public final <T> @Nullable T option(final SocketOption<T> name) throws IOException {
        ensureOpen();
        if (!OPTIONS.contains(name)) throw new UnsupportedOperationException(name + " in a simulated network");
        final Object value = options.get(name);
        if (value != null) return name.type().cast(value);
        if (name.type() == Boolean.class) return name.type().cast(false);
        return name.type().cast(name.equals(StandardSocketOptions.SO_LINGER) ? -1 : world.capacity());
    }

    /** Whether the end is to be abrupt: lingering for no time at all. */
    final boolean lingersNot() {
        return Integer.valueOf(0).equals(options.get(StandardSocketOptions.SO_LINGER));
    }

    @Override
    public final @Nullable InetSocketAddress localAddress() throws IOException {
        ensureOpen();
        return local;
    }

    @Override
    public final @Nullable SelectableChannel channel() {
        return null;
    }

    @Override
    public final int descriptor() {
        return number;
    }

    @Override
    public final void close() {
        if (closed) return;
        closed = true;
        world.trace("close", number, 0);
        unregister();
        end();
        backend.closed(this);
    }

    /** The socket was closed. */
    abstract void end();

    @Override
    public final String toString() {
        return getClass().getSimpleName() + "[" + number + ", " + local + "]";
    }
}
