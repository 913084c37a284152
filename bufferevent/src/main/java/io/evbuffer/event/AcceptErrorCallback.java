package io.evbuffer.event;

import java.io.IOException;

/** Is told why a {@link ConnectionListener} could not accept. */
@FunctionalInterface
public interface AcceptErrorCallback {
    /**
     * Called on the loop's thread, with no lock held, once for each failure. Accepting then pauses, unless the callback
     * disables or closes the listener.
     *
     * @param listener who failed to accept.
     * @param cause what the system said.
     * @throws Exception goes to the base's error handler.
     */
    void on(ConnectionListener listener, IOException cause) throws Exception;
}
