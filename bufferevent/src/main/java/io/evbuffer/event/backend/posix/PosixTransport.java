package io.evbuffer.event.backend.posix;

import io.evbuffer.event.Transport;
import io.evbuffer.event.backend.SystemCalls;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectableChannel;
import org.jspecify.annotations.Nullable;

/**
 * A socket by its descriptor: options, addresses, the end.
 *
 * <p>Any thread may close it, while another one is in a call. A number that is closed may be given to another file at once, so
 * a call counts itself in and out, and the last one out of a closed socket closes the descriptor: no byte is ever read from or
 * written to a stranger. No call waits, so this is soon.
 *
 * <p>Threads: used by one at a time, closed by any.
 */
abstract sealed class PosixTransport implements Transport permits PosixStream, PosixListener {
    private static final int CLOSED = 1;
    private static final int GONE = 2;
    private static final int USER = 4;
    private static final VarHandle USE;

    static {
        try {
            USE = MethodHandles.lookup().findVarHandle(PosixTransport.class, "use", int.class);
        } catch (final ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    final SystemCalls calls;
    final int family;
    private final int fd;
    private boolean blocking;
    private volatile int use; // CLOSED, then GONE when the descriptor is, and USER for each call that is under way

    PosixTransport(final SystemCalls calls, final int fd, final int family) {
        this.calls = calls;
        this.fd = fd;
        this.family = family;
        OpenSockets.add(fd, this);
    }

    /** Begins a call: the descriptor stays what it is until {@link #exit()}. */
    final int enter() throws ClosedChannelException {
        if (((int) USE.getAndAdd(this, USER) & CLOSED) != 0) {
            exit();
            throw new ClosedChannelException();
        }
        return fd;
    }

    /** Ends a call. Returns 0, or the error if it was the last one of a closed socket and the close failed. */
    final int exit() {
        if ((int) USE.getAndAdd(this, -USER) != USER + CLOSED || !USE.compareAndSet(this, CLOSED, CLOSED + GONE))
            return 0;
        calls.count(SystemCalls.Kind.OTHER);
        return PosixNative.get().close(fd);
    }

    /** The number, for messages and for look-ups only. */
    final int number() {
        return fd;
    }

    @Override
    public final boolean isOpen() {
        return (use & CLOSED) == 0;
    }

    @Override
    public final int descriptor() {
        return isOpen() ? fd : Integer.MAX_VALUE; // a number that no file has: what is done with it fails
    }

    @Override
    public final @Nullable SelectableChannel channel() {
        return null;
    }

    @Override
    public final <T> void option(final SocketOption<T> name, final T value) throws IOException {
        final int socket = enter();
        try {
            calls.count(SystemCalls.Kind.OTHER);
            SocketOptions.set(socket, family, name, value);
        } finally {
            exit();
        }
    }

    @Override
    public final <T> @Nullable T option(final SocketOption<T> name) throws IOException {
        final int socket = enter();
        try {
            calls.count(SystemCalls.Kind.OTHER);
            return SocketOptions.get(socket, family, name);
        } finally {
            exit();
        }
    }

    @Override
    public final void blocking(final boolean on) throws IOException {
        final int socket = enter();
        try {
            calls.count(SystemCalls.Kind.OTHER);
            final int result = PosixNative.get().blocking(socket, on);
            if (result < 0) throw Errno.ofSocket(-result);
            blocking = on;
        } finally {
            exit();
        }
    }

    @Override
    public final boolean isBlocking() {
        return blocking;
    }

    @Override
    public final @Nullable SocketAddress localAddress() throws IOException {
        final int socket = enter();
        try {
            calls.count(SystemCalls.Kind.OTHER);
            final PosixNative system = PosixNative.get();
            final int result = system.localAddress(socket);
            if (result < 0) throw Errno.ofSocket(-result);
            return PosixAddress.get(system.address(), system.addressLength());
        } finally {
            exit();
        }
    }

    /** Binds to an address of the socket's family; null is any. */
    final void bindTo(final int socket, final @Nullable SocketAddress local) throws IOException {
        final PosixNative system = PosixNative.get();
        final SocketAddress address = local != null ? local : PosixSockets.ANY;
        calls.count(SystemCalls.Kind.OTHER);
        final int result = system.bind(socket, PosixAddress.put(address, family, system.address()));
        if (result < 0) throw Errno.ofSocket(-result);
    }

    @Override
    public final void close() throws IOException {
        int before;
        do {
            before = use;
            if ((before & CLOSED) != 0) return;
        } while (!USE.compareAndSet(this, before, before + USER + CLOSED));
        OpenSockets.remove(fd); // before the number can be another's
        closing();
        final int result = exit();
        if (result < 0 && result != -Errno.EINTR) throw Errno.ofSocket(-result);
    }

    /** The descriptor is about to be closed. */
    void closing() {}

    @Override
    public final String toString() {
        return "Transport[descriptor " + fd + (isOpen() ? "]" : ", closed]");
    }
}
