package io.evbuffer.perf.server;

import io.evbuffer.event.EventBase;
import io.evbuffer.event.Transport;
import java.io.IOException;

/** What a server does with the connections of one reactor. Threads: of that reactor's loop. */
interface Service extends AutoCloseable {
    /** A connection has been accepted; it is this service's from now on, unless this throws. */
    void serve(Transport accepted) throws IOException;

    /** The loop has ended. Connections end with the base, a moment later. */
    @Override
    void close();

    /** Makes the service of each reactor. */
    @FunctionalInterface
    interface Factory {
        /** Called on the thread that makes the reactors, before the loop runs. */
        Service open(EventBase base) throws IOException;
    }
}
