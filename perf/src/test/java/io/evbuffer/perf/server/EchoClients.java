package io.evbuffer.perf.server;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/**
 * Many connections to an echo server on plain NIO, in one thread. Each sends a stream of its own and compares every byte
 * that comes back with what it must be at that place.
 *
 * <p>The byte at a position follows from connection and position by a pattern whose period is a prime: what is lost, doubled
 * or exchanged, within a connection or between two, does not fit.
 */
final class EchoClients {
    private static final int PERIOD = 65_521;
    private static final int CHUNK = 128 * 1024;
    private static final int SHIFT = 7_919; // between the patterns of two connections

    private final ByteBuffer pattern = ByteBuffer.allocateDirect(PERIOD + CHUNK);
    private final ByteBuffer received = ByteBuffer.allocateDirect(CHUNK);
    private final InetSocketAddress server;

    EchoClients(final InetSocketAddress server) {
        this.server = server;
        for (int i = 0; i < pattern.capacity(); i++) {
            final int mixed = (i % PERIOD) * 0x9E3779B1;
            pattern.put(i, (byte) (mixed >>> 24));
        }
    }

    private final class Connection {
        final int number;
        final long length;
        final SocketChannel channel;
        long sent;
        long back;

        Connection(final int number, final long length) throws IOException {
            this.number = number;
            this.length = length;
            channel = SocketChannel.open(server);
            channel.configureBlocking(false);
        }

        /** What the stream has from a position on, at most a chunk. */
        private ByteBuffer expected(final long position, final int most) {
            final int start = (int) ((position + (long) number * SHIFT) % PERIOD);
            return pattern.slice(start, (int) Math.min(Math.min(most, CHUNK), length - position));
        }

        void send(final SelectionKey key) throws IOException {
            while (sent < length) {
                final int taken = channel.write(expected(sent, CHUNK));
                if (taken == 0) return;
                sent += taken;
            }
            channel.shutdownOutput();
            key.interestOpsAnd(~SelectionKey.OP_WRITE);
        }

        /** Returns whether the stream has ended. */
        boolean receive() throws IOException {
            final int count = channel.read(received.clear());
            if (count < 0) {
                if (back != length) throw wrong("ended");
                channel.close();
                return true;
            }
            if (back + count > length) throw wrong("got " + count + " bytes more");
            final int difference = received.flip().mismatch(expected(back, count));
            if (difference >= 0) throw wrong("differs " + difference + " bytes on");
            back += count;
            return false;
        }

        private AssertionError wrong(final String what) {
            return new AssertionError("connection " + number + " of " + length + " bytes " + what + " after " + back);
        }
    }

    /** Sends {@code bytesEach} on each connection and returns when all came back and all have ended. */
    void run(final int connections, final long bytesEach) throws IOException {
        try (Selector selector = Selector.open()) {
            for (int i = 0; i < connections; i++) {
                final Connection connection = new Connection(i, bytesEach);
                connection.channel.register(selector, SelectionKey.OP_READ | SelectionKey.OP_WRITE, connection);
            }
            int open = connections;
            while (open > 0) {
                if (selector.select(60_000) == 0) throw new AssertionError("nothing moves, " + open + " open");
                for (final SelectionKey key : selector.selectedKeys()) {
                    final Connection connection = (Connection) key.attachment();
                    if (key.isWritable()) connection.send(key);
                    if (key.isReadable() && connection.receive()) open--;
                }
                selector.selectedKeys().clear();
            }
        }
    }
}
