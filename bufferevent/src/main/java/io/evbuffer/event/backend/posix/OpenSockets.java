package io.evbuffer.event.backend.posix;

import org.agrona.collections.Int2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The transports of this process by their descriptors, so that a backend knows what a number is. Numbers are the process's, so
 * this is one for all backends.
 *
 * <p><b>Threads:</b> any; a lock is held for a look-up.
 */
public final class OpenSockets {
    private static final Int2ObjectHashMap<PosixTransport> BY_NUMBER = new Int2ObjectHashMap<>();

    private OpenSockets() {}

    static void add(final int fd, final PosixTransport transport) {
        synchronized (BY_NUMBER) {
            BY_NUMBER.put(fd, transport);
        }
    }

    static void remove(final int fd) {
        synchronized (BY_NUMBER) {
            BY_NUMBER.remove(fd);
        }
    }

    /**
     * Tells whether a number is the descriptor of an open transport, and so of a socket.
     *
     * @param fd the number.
     * @return true if so.
     */
    public static boolean contains(final int fd) {
        synchronized (BY_NUMBER) {
            return BY_NUMBER.containsKey(fd);
        }
    }

    /**
     * The stream with a descriptor.
     *
     * @param fd the number.
     * @return null if it is none of ours, or listens.
     */
    public static @Nullable PosixStream stream(final int fd) {
        synchronized (BY_NUMBER) {
            return BY_NUMBER.get(fd) instanceof final PosixStream stream ? stream : null;
        }
    }
}
