package io.evbuffer.event.backend.nio;

import io.evbuffer.EvIovec;
import io.evbuffer.event.Transport;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** A listening socket over a {@link ServerSocketChannel}. */
final class NioListener extends NioTransport {
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

    @Override
    public long read(final EvIovec vectors) throws IOException {
        throw noStream();
    }

    @Override
    public long write(final EvIovec vectors) throws IOException {
        throw noStream();
    }

    @Override
    public boolean connect(final SocketAddress peer) throws IOException {
        throw noStream();
    }

    @Override
    public boolean finishConnect() throws IOException {
        throw noStream();
    }

    @Override
    public boolean isConnected() {
        return false;
    }

    @Override
    public void shutdownOutput() throws IOException {
        throw noStream();
    }

    @Override
    public @Nullable SocketAddress remoteAddress() {
        return null;
    }

    private IOException noStream() {
        return new IOException("a listening socket is no stream: " + channel);
    }
}
