package io.evbuffer.channel;

import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One direction of an asynchronous socket, which scatters and gathers: an operation costs a hand-over to another thread and
 * back, so many chains are to share one. Measured on loopback, JDK 25: 16 chains of 1 KiB take 33 µs and 264 B of the JDK's
 * garbage in one operation, 187 µs and 2176 B in 16.
 *
 * <p>The JDK's own time limits are not used: on Windows a read that ran out of time goes on in the system, into memory that
 * would be somebody else's by then.
 */
final class OverlappedSocket implements OverlappedPort {
    private static final long NO_LIMIT = 0;

    private final AsynchronousSocketChannel channel;
    private final boolean reads;
    private final int vectors;

    OverlappedSocket(final AsynchronousSocketChannel channel, final boolean reads, final int vectors) {
        this.channel = Objects.requireNonNull(channel, "channel");
        this.reads = reads;
        this.vectors = vectors;
    }

    @Override
    public AsynchronousChannel channel() {
        return channel;
    }

    @Override
    public int vectors() {
        return vectors;
    }

    @Override
    public void start(
            final ByteBuffer[] views, final int count, final CompletionHandler<Number, @Nullable Object> handler) {
        if (reads) read(views, count, handler);
        else write(views, count, handler);
    }

    private void read(
            final ByteBuffer[] views, final int count, final CompletionHandler<Number, @Nullable Object> handler) {
        if (count == 1) {
            channel.read(views[0], NO_LIMIT, TimeUnit.SECONDS, null, OverlappedPort.<Integer>telling(handler));
        } else {
            channel.read(views, 0, count, NO_LIMIT, TimeUnit.SECONDS, null, OverlappedPort.<Long>telling(handler));
        }
    }

    private void write(
            final ByteBuffer[] views, final int count, final CompletionHandler<Number, @Nullable Object> handler) {
        if (count == 1) {
            channel.write(views[0], NO_LIMIT, TimeUnit.SECONDS, null, OverlappedPort.<Integer>telling(handler));
        } else {
            channel.write(views, 0, count, NO_LIMIT, TimeUnit.SECONDS, null, OverlappedPort.<Long>telling(handler));
        }
    }

    @Override
    public String toString() {
        return channel.toString();
    }
}
