package io.evbuffer.event.backend.nio;

import io.evbuffer.EvIovec;
import io.evbuffer.channel.FileSource;
import io.evbuffer.event.Transport;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** A stream socket over a {@link SocketChannel}. */
final class NioStream extends NioTransport {
    private final SocketChannel channel;

    NioStream(final NioBackend backend, final SocketChannel channel) {
        super(backend, channel);
        this.channel = channel;
    }

    @Override
    public long read(final EvIovec vectors) throws IOException {
        if (isStillConnecting()) return WOULD_BLOCK;
        final int count = vectors.size();
        return count == 1 ? channel.read(vectors.view(0)) : channel.read(vectors.views(), 0, count);
    }

    @Override
    public long write(final EvIovec vectors) throws IOException {
        if (isStillConnecting()) return 0;
        final int count = vectors.size();
        return count == 1 ? channel.write(vectors.view(0)) : channel.write(vectors.views(), 0, count);
    }

    @Override
    public long send(final FileSource file, final long position, final long count) throws IOException {
        return isStillConnecting() ? 0 : file.transferTo(position, count, channel);
    }

    /** A connect that nobody has finished yet is finished by the first read or write. */
    private boolean isStillConnecting() throws IOException {
        return !channel.isConnected() && channel.isConnectionPending() && !channel.finishConnect();
    }

    @Override
    public boolean connect(final SocketAddress peer) throws IOException {
        return channel.connect(resolved(peer));
    }

    @Override
    public boolean finishConnect() throws IOException {
        return channel.finishConnect();
    }

    @Override
    public boolean isConnected() {
        return channel.isConnected();
    }

    @Override
    public void bind(final @Nullable SocketAddress local, final int backlog) throws IOException {
        channel.bind(local == null ? null : resolved(local));
    }

    @Override
    public Transport accept() throws IOException {
        throw new IOException("not a listening socket: " + channel);
    }

    @Override
    public void shutdownOutput() throws IOException {
        channel.shutdownOutput();
    }

    @Override
    public @Nullable SocketAddress remoteAddress() throws IOException {
        return channel.getRemoteAddress();
    }
}
