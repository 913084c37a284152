package io.evbuffer.event.backend.nio;

import io.evbuffer.event.Transport;
import io.evbuffer.event.backend.ListeningTransport;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** A listening socket over a {@link ServerSocketChannel}. */
final class NioListener extends NioTransport implements ListeningTransport {
    private final ServerSocketChannel channel;

    NioListener(final NioBackend backend, final ServerSocketChannel channel) {
        super(backend, channel);
        this.channel = channel;
    }

    @Override
    public void bind(final @Nullable SocketAddress local, final int backlog) throws IOException {
        channel.bind(local == null ? null : resolved(local), backlog);
    }

    @Override
    public @Nullable Transport accept() throws IOException {
        final SocketChannel accepted = channel.accept();
        return accepted == null ? null : new NioStream(backend, NioBackend.nonBlocking(accepted));
    }
}
