package io.evbuffer.bufferevent;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** The other end of a connection, driven by the test. */
final class Peer {
    private final SocketChannel channel;
    private final ByteBuffer chunk = ByteBuffer.allocateDirect(64 * 1024);
    private final ByteArrayOutputStream received = new ByteArrayOutputStream();
    private boolean ended;

    Peer(final SocketChannel channel) {
        this.channel = channel;
    }

    SocketChannel channel() {
        return channel;
    }

    /** Sends all of it, which must fit in the kernel's buffers. */
    void send(final byte[] bytes) {
        try {
            final ByteBuffer rest = ByteBuffer.wrap(bytes);
            while (rest.hasRemaining()) {
                channel.write(rest);
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void send(final int count) {
        send(new byte[count]);
    }

    /** Sends what the kernel takes, from a position on; returns how much. */
    int sendSome(final byte[] bytes, final int from) {
        try {
            return channel.write(ByteBuffer.wrap(bytes, from, bytes.length - from));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Takes what has come; returns how much has come so far. */
    int received() {
        try {
            while (!ended) {
                chunk.clear();
                final int count = channel.read(chunk);
                if (count <= 0) {
                    ended = count < 0;
                    break;
                }
                for (int i = 0; i < count; i++) {
                    received.write(chunk.get(i));
                }
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        return received.size();
    }

    byte[] bytes() {
        return received.toByteArray();
    }

    /** Says whether the end of the stream has come. */
    boolean sawEnd() {
        received();
        return ended;
    }

    void shutdownOutput() throws IOException {
        channel.shutdownOutput();
    }

    void close() throws IOException {
        channel.close();
    }

    /** Breaks the connection off. */
    void reset() throws IOException {
        channel.setOption(StandardSocketOptions.SO_LINGER, 0);
        channel.close();
    }
}
