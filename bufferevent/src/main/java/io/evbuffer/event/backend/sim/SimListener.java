package io.evbuffer.event.backend.sim;

import io.evbuffer.event.Event;
import io.evbuffer.event.Transport;
import io.evbuffer.event.backend.ListeningTransport;
import java.io.IOException;
import java.net.SocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** A listening socket of a world: connections that wait to be accepted. */
final class SimListener extends SimSocket implements ListeningTransport {
    private static final int DEFAULT_BACKLOG = 128;

    private final Deque<SimStream> waiting = new ArrayDeque<>();
    private int backlog;

    SimListener(final SimBackend backend, final int number) {
        super(backend, number);
    }

    @Override
    int readiness() {
        return waiting.isEmpty() ? 0 : Event.READ;
    }

    @Override
    public void bind(final @Nullable SocketAddress address, final int wantedBacklog) throws IOException {
        ensureOpen();
        if (local != null) throw new IOException("bound already: " + this);
        local = world.network().bind(address, this);
        backlog = wantedBacklog > 0 ? wantedBacklog : DEFAULT_BACKLOG;
    }

    /** Whether a connection more can wait. */
    boolean hasRoom() {
        return waiting.size() < backlog;
    }

    /** A connection has come in. */
    void arrived(final SimStream server) {
        waiting.add(server);
        edge(Event.READ);
    }

    @Override
    public @Nullable Transport accept() throws IOException {
        ensureOpen();
        if (local == null) throw new IOException("not listening: " + this);
        if (waiting.isEmpty()) return null;
        final int free = world.takeNumber(world.faults().accept());
        final SimStream server = waiting.remove();
        server.number = free;
        backend.opened(server);
        world.trace("accept", number, free);
        return server;
    }

    @Override
    void end() {
        if (local != null) world.network().unbind(this);
        while (!waiting.isEmpty()) waiting.remove().abandon();
    }
}
