package io.evbuffer.event.backend.posix;

import io.evbuffer.event.Transport;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The transports of this process by their descriptors, so that a backend knows what a number is. Numbers are the process's, so
 * this is one for all backends; the system gives the lowest that is free, so the table is about as long as it has entries.
 *
 * <p><b>Cost:</b> looking takes no lock. <b>Threads:</b> any.
 */
public final class OpenSockets {
    private static final VarHandle ELEMENT = MethodHandles.arrayElementVarHandle(PosixTransport[].class);

    // Changed with the class's lock. A reader sees what was there when it began, or later.
    private static volatile @Nullable PosixTransport[] byNumber = new PosixTransport[64];

    private OpenSockets() {}

    static synchronized void add(final int fd, final PosixTransport transport) {
        if (fd >= byNumber.length) byNumber = Arrays.copyOf(byNumber, Math.max(fd + 1, 2 * byNumber.length));
        ELEMENT.setRelease(byNumber, fd, transport);
    }

    static synchronized void remove(final int fd) {
        ELEMENT.setRelease(byNumber, fd, (PosixTransport) null);
    }

    /**
     * The transport with a descriptor.
     *
     * @param fd the number.
     * @return null if it is none of ours.
     */
    public static @Nullable Transport transport(final int fd) {
        return find(fd);
    }

    private static @Nullable PosixTransport find(final int fd) {
        final @Nullable PosixTransport[] table = byNumber;
        return fd < table.length ? (PosixTransport) ELEMENT.getAcquire(table, fd) : null;
    }

    /**
     * Tells whether a number is the descriptor of an open transport, and so of a socket.
     *
     * @param fd the number.
     * @return true if so.
     */
    public static boolean contains(final int fd) {
        return find(fd) != null;
    }

    /**
     * The stream with a descriptor.
     *
     * @param fd the number.
     * @return null if it is none of ours, or listens.
     */
    public static @Nullable PosixStream stream(final int fd) {
        return find(fd) instanceof final PosixStream stream ? stream : null;
    }
}
