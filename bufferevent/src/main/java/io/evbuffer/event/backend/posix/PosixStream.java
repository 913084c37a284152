package io.evbuffer.event.backend.posix;

import io.evbuffer.EvIovec;
import io.evbuffer.channel.FileSource;
import io.evbuffer.event.Event;
import io.evbuffer.event.Transport;
import io.evbuffer.event.backend.SystemCalls;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ConnectionPendingException;
import java.nio.channels.NoConnectionPendingException;
import java.nio.channels.NotYetConnectedException;
import org.jspecify.annotations.Nullable;

/** A stream socket: bytes go straight between the vectors' memory and the system. */
public final class PosixStream extends PosixTransport {
    private static final byte FRESH = 0;
    private static final byte CONNECTING = 1;
    private static final byte CONNECTED = 2;

    private byte progress;
    private boolean staysRegistered;
    private volatile @Nullable Readiness readiness; // of the backend where it stays registered
    private @Nullable SocketAddress peer;

    /** A socket that is not connected yet. */
    PosixStream(final SystemCalls calls, final int fd, final int family) {
        super(calls, fd, family);
    }

    /** A socket that was accepted. */
    PosixStream(final SystemCalls calls, final int fd, final int family, final @Nullable SocketAddress peer) {
        super(calls, fd, family);
        this.peer = peer;
        progress = CONNECTED;
    }

    // ---- bytes ----

    @Override
    public long read(final EvIovec vectors) throws IOException {
        if (progress != CONNECTED && !isReady()) return WOULD_BLOCK;
        final int fd = enter();
        try {
            calls.count(SystemCalls.Kind.READ);
            final long result = PosixNative.get().read(fd, vectors);
            if (result == 0) return END_OF_STREAM;
            final Readiness known = readiness;
            if (known != null) tellUse(known, Event.READ, result, vectors);
            if (result > 0) return result;
            if (result == -Errno.EAGAIN) return WOULD_BLOCK;
            throw Errno.ofSocket((int) -result);
        } finally {
            exit();
        }
    }

    @Override
    public long write(final EvIovec vectors) throws IOException {
        if (progress != CONNECTED && !isReady()) return 0;
        final int fd = enter();
        try {
            calls.count(SystemCalls.Kind.WRITE);
            final long result = PosixNative.get().write(fd, vectors);
            final Readiness known = readiness;
            if (known != null) tellUse(known, Event.WRITE, result, vectors);
            if (result >= 0) return result;
            if (result == -Errno.EAGAIN) return 0;
            throw Errno.ofSocket((int) -result);
        } finally {
            exit();
        }
    }

    @Override
    public long send(final FileSource file, final long position, final long count) throws IOException {
        if (!(file instanceof final PosixFile source)) return CANNOT_SEND; // of the other world: piece by piece
        if (progress != CONNECTED && !isReady()) return 0;
        final int fd = enter();
        try {
            calls.count(SystemCalls.Kind.WRITE);
            final long sent = source.sendTo(fd, position, count);
            final Readiness known = readiness;
            if (known != null && sent == 0)
                known.usedUp(Event.WRITE, true); // less than asked for may be the file's doing
            return sent;
        } finally {
            exit();
        }
    }

    /**
     * A transfer that was cut short tells as much as one that was refused. Not so of local sockets, which also stop where
     * descriptors were passed along.
     */
    private void tellUse(final Readiness known, final int bits, final long result, final EvIovec vectors) {
        if (result == -Errno.EAGAIN) known.usedUp(bits, true);
        else if (result >= 0 && family != PosixNative.AF_UNIX && result < vectors.totalLength())
            known.usedUp(bits, false);
    }

    /** A connect that nobody has finished yet is finished by the first read or write. */
    private boolean isReady() throws IOException {
        if (!isOpen()) throw new ClosedChannelException();
        if (progress == FRESH) throw new NotYetConnectedException();
        return finishConnect();
    }

    // ---- the connection ----

    @Override
    public boolean connect(final SocketAddress to) throws IOException {
        final int fd = enter();
        try {
            if (progress == CONNECTED) throw new AlreadyConnectedException();
            if (progress == CONNECTING) throw new ConnectionPendingException();
            calls.count(SystemCalls.Kind.OTHER);
            final PosixNative system = PosixNative.get();
            final int result = system.connect(fd, PosixAddress.put(to, family, system.address()));
            if (result < 0 && result != -Errno.EINPROGRESS && result != -Errno.EINTR) throw Errno.ofSocket(-result);
            progress = result == 0 ? CONNECTED : CONNECTING;
            final Readiness known = readiness;
            if (known != null && result != 0) known.startsAnew();
            return result == 0;
        } finally {
            exit();
        }
    }

    @Override
    public boolean finishConnect() throws IOException {
        final int fd = enter();
        try {
            if (progress == CONNECTED) return true;
            if (progress == FRESH) throw new NoConnectionPendingException();
            calls.count(SystemCalls.Kind.OTHER);
            if (PosixNative.get().connectEnded(fd) == 0) {
                final Readiness known = readiness;
                if (known != null) known.usedUp(Event.READ | Event.WRITE, true);
                return false;
            }
            calls.count(SystemCalls.Kind.OTHER);
            final int error = SocketOptions.error(fd);
            progress = error == 0 ? CONNECTED : FRESH;
            if (error != 0) throw Errno.ofSocket(error);
            return true;
        } finally {
            exit();
        }
    }

    @Override
    public boolean isConnected() {
        return progress == CONNECTED;
    }

    @Override
    public void bind(final @Nullable SocketAddress local, final int backlog) throws IOException {
        final int fd = enter();
        try {
            bindTo(fd, local);
        } finally {
            exit();
        }
    }

    @Override
    public Transport accept() throws IOException {
        throw new IOException("not a listening socket: " + this);
    }

    @Override
    public void shutdownOutput() throws IOException {
        final int fd = enter();
        try {
            if (progress != CONNECTED) throw new NotYetConnectedException();
            calls.count(SystemCalls.Kind.OTHER);
            final int result = PosixNative.get().shutdown(fd, PosixNative.SHUT_WR);
            // The peer has broken the connection off meanwhile: there is nothing left to end.
            if (result < 0 && result != -Errno.ENOTCONN) throw Errno.ofSocket(-result);
        } finally {
            exit();
        }
    }

    // ---- of a backend ----

    /**
     * Tells whether all reading and writing goes through this object, so that its descriptor may stay registered.
     *
     * @return true from {@link #stayRegistered()} on.
     */
    public boolean staysRegistered() {
        return staysRegistered;
    }

    /** All reading and writing goes through this object. */
    public void stayRegistered() {
        staysRegistered = true;
    }

    /**
     * What the backend knows where this is registered.
     *
     * @return null if it is nowhere.
     */
    public @Nullable Readiness readiness() {
        return readiness;
    }

    /**
     * Takes what a backend knows: it is told from now on, and another one no more.
     *
     * @param known of the backend where this is registered now.
     */
    public void readiness(final Readiness known) {
        final Readiness before = readiness;
        readiness = known;
        if (before != null) before.ends(true);
    }

    @Override
    void closing() {
        final Readiness known = readiness;
        readiness = null;
        if (known != null) known.ends(false);
    }

    @Override
    public @Nullable SocketAddress remoteAddress() throws IOException {
        final int fd = enter();
        try {
            if (progress != CONNECTED) return null;
            SocketAddress known = peer;
            if (known == null) {
                calls.count(SystemCalls.Kind.OTHER);
                final PosixNative system = PosixNative.get();
                if (system.remoteAddress(fd) < 0) return null; // gone already
                known = PosixAddress.get(system.address(), system.addressLength());
                peer = known;
            }
            return known;
        } finally {
            exit();
        }
    }
}
