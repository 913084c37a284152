package io.evbuffer.channel;

import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousByteChannel;
import java.nio.channels.CompletionHandler;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** A {@link HeldSocket} of which no more is known than that it is a channel of bytes: without vectors. */
record HeldStream(HeldSocket socket) implements AsynchronousByteChannel {
    @Override
    public <A> void read(
            final ByteBuffer target, final A attachment, final CompletionHandler<Integer, ? super A> handler) {
        socket.read(target, 0, TimeUnit.SECONDS, attachment, handler);
    }

    @Override
    public <A> void write(
            final ByteBuffer source, final A attachment, final CompletionHandler<Integer, ? super A> handler) {
        socket.write(source, 0, TimeUnit.SECONDS, attachment, handler);
    }

    @Override
    public Future<Integer> read(final ByteBuffer target) {
        return socket.read(target);
    }

    @Override
    public Future<Integer> write(final ByteBuffer source) {
        return socket.write(source);
    }

    @Override
    public boolean isOpen() {
        return socket.isOpen();
    }

    @Override
    public void close() {
        socket.close();
    }

    @Override
    public String toString() {
        return "held stream";
    }
}
