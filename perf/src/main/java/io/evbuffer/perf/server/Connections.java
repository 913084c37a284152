package io.evbuffer.perf.server;

import io.evbuffer.bufferevent.BufferEvent;
import io.evbuffer.bufferevent.Options;
import io.evbuffer.bufferevent.SocketBufferEvent;
import io.evbuffer.bufferevent.TlsBufferEvent;
import io.evbuffer.bufferevent.TlsState;
import io.evbuffer.event.EventBase;
import io.evbuffer.event.Transport;
import org.jspecify.annotations.Nullable;

/** Makes what a server talks to its clients with. */
final class Connections {
    private Connections() {}

    /** A connection that a client has opened, in clear or, with keys, by TLS. It closes the transport with itself. */
    static BufferEvent accepted(final EventBase base, final Transport transport, final @Nullable TlsKeys keys) {
        return keys == null
                ? SocketBufferEvent.create(base, transport, Options.CLOSE_ON_FREE)
                : TlsBufferEvent.create(base, transport, keys.accepting(), TlsState.ACCEPTING, Options.CLOSE_ON_FREE);
    }
}
