package io.evbuffer.channel;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** Two connected TCP sockets on the loopback interface. */
final class SocketPair implements AutoCloseable {
    final SocketChannel client;
    final SocketChannel server;

    private SocketPair(final SocketChannel client, final SocketChannel server) {
        this.client = client;
        this.server = server;
    }

    static SocketPair open() throws IOException {
        try (ServerSocketChannel listener = ServerSocketChannel.open()) {
            listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            final SocketChannel client = SocketChannel.open(listener.getLocalAddress());
            return new SocketPair(client, listener.accept());
        }
    }

    @Override
    public void close() throws IOException {
        client.close();
        server.close();
    }
}
