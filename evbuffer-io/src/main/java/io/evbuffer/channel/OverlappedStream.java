package io.evbuffer.channel;

import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousByteChannel;
import java.nio.channels.AsynchronousChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One direction of an asynchronous channel of which no more is known: it takes one vector. */
final class OverlappedStream implements OverlappedPort {
    private final AsynchronousByteChannel channel;
    private final boolean reads;

    private OverlappedStream(final AsynchronousByteChannel channel, final boolean reads) {
        this.channel = Objects.requireNonNull(channel, "channel");
        this.reads = reads;
    }

    /** The port of a socket with as many vectors as are given, of any other channel with one. */
    static OverlappedPort of(final AsynchronousByteChannel channel, final boolean reads, final int vectors) {
        if (channel instanceof final AsynchronousSocketChannel socket)
            return new OverlappedSocket(socket, reads, vectors);
        return new OverlappedStream(channel, reads);
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
        if (reads) channel.read(views[0], null, OverlappedPort.<Integer>telling(handler));
        else channel.write(views[0], null, OverlappedPort.<Integer>telling(handler));
    }

    @Override
    public String toString() {
        return channel.toString();
    }
}
