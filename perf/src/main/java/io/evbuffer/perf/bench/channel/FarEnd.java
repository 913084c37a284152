package io.evbuffer.perf.bench.channel;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** The harness's end of a connection: takes what a contender sent and sends what it shall read, by plain NIO. */
final class FarEnd implements AutoCloseable {
    /** Enough for all that is under way at once in any workload, so that one write of a contender may take it all. */
    static final int SOCKET_BUFFER = 2 * 1024 * 1024;

    private final SocketChannel channel;
    private final ByteBuffer space = ByteBuffer.allocateDirect(1024 * 1024);
    private final ByteBuffer content = ByteBuffer.allocateDirect(1024 * 1024);

    /** Takes a connected channel and owns it. */
    FarEnd(final SocketChannel channel) throws IOException {
        this.channel = channel;
        channel.configureBlocking(false);
    }

    /** Bytes that have come since the last call, none if there are none; what they were is forgotten. */
    long take() throws IOException {
        final int taken = channel.read(space.clear());
        if (taken < 0) throw new IOException("the contender has closed its end");
        return taken;
    }

    /** The next bytes that come, as many as the array has; waits for them. */
    void take(final byte[] bytes) throws IOException {
        int taken = 0;
        while (taken < bytes.length) taken += takeSome(bytes, taken);
    }

    /** The bytes that have come since the last call, from an index of the array on; how many. */
    int takeSome(final byte[] bytes, final int from) throws IOException {
        space.clear().limit(Math.min(space.capacity(), bytes.length - from));
        final int read = channel.read(space);
        if (read < 0) throw new IOException("the contender has closed its end");
        space.flip().get(bytes, from, read);
        return read;
    }

    /** Sends that many bytes of whatever content, all of them. */
    void give(final int length) throws IOException {
        content.clear().limit(length);
        while (content.hasRemaining()) channel.write(content);
    }

    /** Puts in what {@link #give} sends. */
    void content(final byte[] bytes) {
        content.clear().put(bytes);
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
