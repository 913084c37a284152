package io.evbuffer.event.backend.posix;

import io.evbuffer.channel.FileSource;
import io.evbuffer.event.EventException;
import io.evbuffer.event.Transport;
import io.evbuffer.event.backend.Descriptor;
import io.evbuffer.event.backend.SystemCalls;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Opens the sockets and files of a backend that calls the kernel directly.
 *
 * <p>As with NIO, a socket that is asked for without an address, or to listen on any, takes both kinds of IP where the system
 * has both; and a socket that listens may reuse its address.
 */
public final class PosixSockets {
    static final InetSocketAddress ANY = new InetSocketAddress(0);

    private final String method;
    private final boolean debug;
    private final SystemCalls calls = new SystemCalls();

    /** Whether sockets of IPv6 can be had that take IPv4 as well: asked once. */
    private static final class DualStack {
        static final boolean AVAILABLE = !Boolean.getBoolean("java.net.preferIPv4Stack") && test();

        private static boolean test() {
            final int fd = PosixNative.get().socket(PosixNative.AF_INET6);
            if (fd < 0) return false;
            try {
                return SocketOptions.onlySix(fd, false) >= 0;
            } finally {
                PosixNative.get().close(fd);
            }
        }
    }

    /**
     * Creates the opener of one backend.
     *
     * @param method the backend's name, for messages.
     * @param debug whether descriptors are looked at before they are waited for: {@link #ensureNeverWaits}.
     */
    public PosixSockets(final String method, final boolean debug) {
        this.method = method;
        this.debug = debug;
    }

    /**
     * The calls of the backend and its transports.
     *
     * @return always the same object, which goes on counting.
     */
    public SystemCalls calls() {
        return calls;
    }

    /**
     * Opens a stream socket.
     *
     * @param address of the family wanted, null for the usual.
     * @return a new transport.
     * @throws IOException what the system says.
     */
    public Transport openStream(final @Nullable SocketAddress address) throws IOException {
        final int family = family(address);
        return new PosixStream(calls, socket(family), family);
    }

    /**
     * Opens a socket to listen with.
     *
     * @param address of the family wanted, null for the usual.
     * @return a new transport that is not bound.
     * @throws IOException what the system says.
     */
    public Transport openListener(final @Nullable SocketAddress address) throws IOException {
        final int family = family(address);
        final PosixListener listener = new PosixListener(calls, socket(family), family);
        if (family != PosixNative.AF_UNIX) listener.option(StandardSocketOptions.SO_REUSEADDR, true);
        return listener;
    }

    private static int family(final @Nullable SocketAddress address) {
        if (address instanceof UnixDomainSocketAddress) return PosixNative.AF_UNIX;
        final boolean isFour = address instanceof final InetSocketAddress inet
                && inet.getAddress() instanceof final Inet4Address four
                && !four.isAnyLocalAddress();
        return isFour || !DualStack.AVAILABLE ? PosixNative.AF_INET : PosixNative.AF_INET6;
    }

    private int socket(final int family) throws IOException {
        calls.count(SystemCalls.Kind.OTHER);
        final int fd = PosixNative.get().socket(family);
        if (fd < 0) throw Errno.ofSocket(-fd);
        if (family == PosixNative.AF_INET6) {
            calls.count(SystemCalls.Kind.OTHER);
            SocketOptions.onlySix(fd, false);
        }
        return fd;
    }

    /**
     * Opens a file for reading.
     *
     * @param path where it is.
     * @return a source that transports of this kind send by themselves.
     * @throws IOException what the system says.
     */
    public FileSource openFile(final Path path) throws IOException {
        if (path.getFileSystem().equals(FileSystems.getDefault())) return PosixFile.open(path);
        return FileSource.of(FileChannel.open(path, StandardOpenOption.READ)); // a file that the system does not know
    }

    /**
     * Refuses a descriptor whose reads and writes may wait, and with them all events of the loop. Looked at in debug mode alone:
     * it costs system calls.
     *
     * @param descriptor to be waited for.
     * @throws EventException if it is in blocking mode.
     */
    public void ensureNeverWaits(final Descriptor descriptor) {
        if (!debug) return;
        calls.count(SystemCalls.Kind.OTHER);
        if (PosixNative.get().mayWait(descriptor.number())) {
            throw new EventException("the descriptor is in blocking mode: " + descriptor);
        }
    }

    /**
     * Refuses a channel.
     *
     * @param channel an NIO channel, from which no public way leads to its descriptor.
     * @return to be thrown.
     */
    public EventException refuse(final Object channel) {
        return new EventException(method + " waits for descriptors and its own transports, not for " + channel
                + ": NIO channels need nio");
    }
}
