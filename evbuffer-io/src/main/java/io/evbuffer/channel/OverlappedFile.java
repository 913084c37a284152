package io.evbuffer.channel;

import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousChannel;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.CompletionHandler;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One direction of an asynchronous file, from a position on that it counts itself. It takes one vector. */
final class OverlappedFile implements OverlappedPort {
    private final AsynchronousFileChannel channel;
    private final boolean reads;
    private long position; // changes with no operation in flight, so that the next one sees it

    OverlappedFile(final AsynchronousFileChannel channel, final boolean reads, final long position) {
        if (position < 0) throw new IllegalArgumentException("negative position: " + position);
        this.channel = Objects.requireNonNull(channel, "channel");
        this.reads = reads;
        this.position = position;
    }

    @Override
    public AsynchronousChannel channel() {
        return channel;
    }

    @Override
    public int vectors() {
        return 1;
    }

    @Override
    public void start(
            final ByteBuffer[] views, final int count, final CompletionHandler<Number, @Nullable Object> handler) {
        if (reads) channel.read(views[0], position, null, OverlappedPort.<Integer>telling(handler));
        else channel.write(views[0], position, null, OverlappedPort.<Integer>telling(handler));
    }

    @Override
    public void advance(final long bytes) {
        position += bytes;
    }

    @Override
    public String toString() {
        return channel + " at " + position;
    }
}
