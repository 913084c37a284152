package io.evbuffer.perf.bench.channel;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** A connection over the loopback device: one end for a contender, one for the harness. */
final class Connection implements AutoCloseable {
    final SocketChannel near;
    final FarEnd far;

    /**
     * Connects.
     *
     * @param blocking whether the contender's end blocks.
     */
    Connection(final boolean blocking) {
        try (ServerSocketChannel server = listen()) {
            near = SocketChannel.open();
            near.setOption(StandardSocketOptions.SO_SNDBUF, FarEnd.SOCKET_BUFFER);
            near.setOption(StandardSocketOptions.SO_RCVBUF, FarEnd.SOCKET_BUFFER);
            near.setOption(StandardSocketOptions.TCP_NODELAY, true);
            near.connect(server.getLocalAddress());
            near.configureBlocking(blocking);
            far = new FarEnd(server.accept());
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A listening socket whose connections have room for what is under way. */
    static ServerSocketChannel listen() throws IOException {
        return ServerSocketChannel.open()
                .setOption(StandardSocketOptions.SO_RCVBUF, FarEnd.SOCKET_BUFFER)
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    @Override
    public void close() {
        far.close();
        try {
            near.close();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
