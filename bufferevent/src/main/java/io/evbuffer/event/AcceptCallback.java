package io.evbuffer.event;

import java.net.SocketAddress;

/** Is given each connection that a {@link ConnectionListener} accepts. */
@FunctionalInterface
public interface AcceptCallback {
    /**
     * Called on the loop's thread, with no lock held.
     *
     * @param listener who accepted; it may be disabled, closed or given another callback.
     * @param accepted the connection, the callback's from now on, whatever happens.
     * @param peer the other end.
     * @throws Exception goes to the base's error handler; the listener goes on.
     */
    void on(ConnectionListener listener, Transport accepted, SocketAddress peer) throws Exception;
}
