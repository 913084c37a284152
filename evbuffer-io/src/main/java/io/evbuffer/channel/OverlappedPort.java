package io.evbuffer.channel;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousChannel;
import java.nio.channels.CompletionHandler;
import org.jspecify.annotations.Nullable;

/** One direction of an asynchronous channel: starts operations, one at a time. */
interface OverlappedPort {
    /** The most vectors of one operation on a socket (contract 1.5). */
    int MOST_VECTORS = 16;

    /** What the operations are done on. */
    AsynchronousChannel channel();

    /** The most vectors that one operation takes. */
    int vectors();

    /**
     * Starts an operation on the first views, whose handler is then called once, by any thread, this one included. If this
     * throws, the handler is not called any more, and nothing is done with the views.
     *
     * @param views stay as they are until then.
     */
    void start(ByteBuffer[] views, int count, CompletionHandler<Number, @Nullable Object> handler);

    /** The operation has transferred so many bytes. */
    default void advance(final long bytes) {}

    /** Ends the operation by closing the channel: only the system's own end of it makes the memory free. */
    default void close() throws IOException {
        channel().close();
    }

    /** A handler is called with the number that the call's form boxes, and looks at no more than a number. */
    @SuppressWarnings("unchecked")
    static <N extends Number> CompletionHandler<N, @Nullable Object> telling(
            final CompletionHandler<Number, @Nullable Object> handler) {
        return (CompletionHandler<N, @Nullable Object>) (CompletionHandler<?, @Nullable Object>) handler;
    }
}
