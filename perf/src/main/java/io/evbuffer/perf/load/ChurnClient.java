package io.evbuffer.perf.load;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Makes connections to an echo server, some at a time, and has each of them say one thing.
 *
 * <pre>
 *   connect, message ──►   ◄── the same message   end of stream ──►   ◄── end of stream
 * </pre>
 *
 * <p>Who ends a stream first keeps its port for a minute. That is the client, so on Linux each comes from another of 250
 * addresses of the loopback network, which have 28,000 ports each; elsewhere all come from one.
 *
 * <p>Ownership: closing it closes its connections. Threads: one.
 */
final class ChurnClient implements AutoCloseable {
    private static final boolean MANY_ADDRESSES = System.getProperty("os.name").startsWith("Linux");
    private static final int ADDRESSES = 250;
    private static final int FIRST_ADDRESS = 2;
    private static final long STALL_MILLIS = TimeUnit.SECONDS.toMillis(60);

    private final InetSocketAddress server;
    private final int atOnce;
    private final int bytes;
    private final Selector selector = Selector.open();
    private final Pattern pattern = new Pattern();
    private final ByteBuffer message;
    private final byte[] received;
    private final ByteBuffer room;
    private int begun; // connections, since ever
    private int toBegin;
    private int standing;
    private @Nullable IOException failure;

    /**
     * A client without connections.
     *
     * @param atOnce how many connections stand at the same time.
     * @param bytes of the message of each, few enough that one write takes them.
     */
    ChurnClient(final InetSocketAddress server, final int atOnce, final int bytes) throws IOException {
        this.server = server;
        this.atOnce = atOnce;
        this.bytes = bytes;
        message = ByteBuffer.allocateDirect(bytes);
        received = new byte[bytes];
        room = ByteBuffer.allocateDirect(bytes + 1);
    }

    /** A connection: its number, and how many bytes came back. */
    private static final class Visit {
        final int number;
        int back;

        Visit(final int number) {
            this.number = number;
        }
    }

    /**
     * Makes so many connections, and returns when the server has ended all of them.
     *
     * @throws IOException if anything else comes back, or nothing; then the client is of no use any more.
     */
    void churn(final int count) throws IOException {
        toBegin = count;
        while (standing < atOnce && toBegin > 0) begin();
        while (standing > 0) {
            if (selector.select(this::proceed, STALL_MILLIS) == 0) {
                throw new IOException("nothing moves, " + standing + " connections wait");
            }
            if (failure != null) throw failure;
            while (standing < atOnce && toBegin > 0) begin();
        }
    }

    private void begin() throws IOException {
        final SocketChannel channel = SocketChannel.open();
        final Visit visit = new Visit(begun++);
        standing++;
        toBegin--;
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        if (MANY_ADDRESSES) channel.bind(new InetSocketAddress(source(visit.number), 0));
        final SelectionKey key = channel.register(selector, SelectionKey.OP_CONNECT, visit);
        if (channel.connect(server)) speak(key, visit);
    }

    private static InetAddress source(final int number) throws IOException {
        return InetAddress.getByAddress(
                new byte[] {127, 0, 0, (byte) (FIRST_ADDRESS + Math.floorMod(number, ADDRESSES))});
    }

    private void proceed(final SelectionKey key) {
        final Visit visit = (Visit) key.attachment();
        try {
            if (key.isConnectable()) {
                if (((SocketChannel) key.channel()).finishConnect()) speak(key, visit);
            } else {
                listen(key, visit);
            }
        } catch (final IOException e) {
            if (failure == null) {
                failure = new IOException(
                        "connection " + visit.number + ", " + visit.back + " bytes back: " + e.getMessage(), e);
            }
        }
    }

    private void speak(final SelectionKey key, final Visit visit) throws IOException {
        pattern.write(message.clear(), visit.number, 0);
        if (((SocketChannel) key.channel()).write(message.flip()) < bytes) throw new IOException("a short write");
        key.interestOps(SelectionKey.OP_READ);
    }

    private void listen(final SelectionKey key, final Visit visit) throws IOException {
        final SocketChannel channel = (SocketChannel) key.channel();
        final int length = channel.read(room.clear());
        if (length < 0) {
            if (visit.back < bytes) throw new IOException("an early end");
            channel.close();
            standing--;
            return;
        }
        if (visit.back + length > bytes) throw new IOException("too many bytes");
        room.flip().get(received, 0, length);
        if (pattern.mismatch(visit.number, visit.back, received, length) >= 0) throw new IOException("other bytes");
        visit.back += length;
        if (visit.back == bytes) channel.shutdownOutput();
    }

    @Override
    public void close() throws IOException {
        for (final SelectionKey key : selector.keys()) key.channel().close();
        selector.close();
    }
}
