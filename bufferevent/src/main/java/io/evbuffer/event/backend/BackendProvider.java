package io.evbuffer.event.backend;

import io.evbuffer.event.EventConfig;
import java.io.IOException;

/** A kind of backend: what it is called, what it can do, and how to open one. */
public interface BackendProvider {
    /**
     * The method's name, as configuration and environment know it.
     *
     * @return in lower case.
     */
    String name();

    /**
     * The features it has on this platform at best; what an open backend has may be less.
     *
     * @return the FEATURE bits of {@link io.evbuffer.event.EventBase}.
     */
    int features();

    /**
     * Opens a backend, or fails and leaves nothing behind.
     *
     * @param config what the user asks for.
     * @return a backend of one base.
     * @throws IOException why it cannot be had here; the next kind is then tried.
     */
    Backend open(EventConfig config) throws IOException;
}
