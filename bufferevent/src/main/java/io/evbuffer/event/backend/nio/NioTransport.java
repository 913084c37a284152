package io.evbuffer.event.backend.nio;

import io.evbuffer.event.Transport;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.UnknownHostException;
import java.nio.channels.NetworkChannel;
import java.nio.channels.SelectableChannel;
import org.jspecify.annotations.Nullable;

/** What the transports over NIO channels have in common: options, the local address, the end. */
abstract sealed class NioTransport implements Transport permits NioStream, NioListener {
    final NioBackend backend;
    private final NetworkChannel network;
    private final SelectableChannel selectable; // the same object

    <C extends SelectableChannel & NetworkChannel> NioTransport(final NioBackend backend, final C channel) {
        this.backend = backend;
        this.network = channel;
        this.selectable = channel;
    }

    @Override
    public final SelectableChannel channel() {
        return selectable;
    }

    @Override
    public final boolean isOpen() {
        return network.isOpen();
    }

    @Override
    public final <T> void option(final SocketOption<T> name, final T value) throws IOException {
        network.setOption(name, value);
    }

    @Override
    public final <T> @Nullable T option(final SocketOption<T> name) throws IOException {
        return network.getOption(name);
    }

    @Override
    public final @Nullable SocketAddress localAddress() throws IOException {
        return network.getLocalAddress();
    }

    @Override
    public final void close() throws IOException {
        if (!network.isOpen()) return;
        network.close();
        backend.closed(selectable);
    }

    static SocketAddress resolved(final SocketAddress address) throws UnknownHostException {
        if (address instanceof final InetSocketAddress inet && inet.isUnresolved()) {
            throw new UnknownHostException(inet.getHostString());
        }
        return address;
    }

    @Override
    public final String toString() {
        return "Transport[" + network + "]";
    }
}
