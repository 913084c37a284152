package io.evbuffer.channel;

import io.evbuffer.EvIovec;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;

/**
 * Whatever takes bytes from vectors in one call: a channel, a transport of a reactor, a test's script.
 *
 * <p>An implementation takes the bytes in order and may take fewer than there are. If it cannot offer all vectors in one
 * call, it cuts them ({@link EvIovec#limit}), so that the caller sees what was offered. It keeps nothing of the vectors
 * after it returned.
 *
 * <p><b>Threads:</b> as the channel behind it; a vector belongs to one thread.
 */
@FunctionalInterface
public interface GatherSink {
    /**
     * Writes once.
     *
     * <p><b>Cost:</b> one system call, no heap allocation.
     * <p><b>Ownership:</b> the memory stays the buffer's that lent it, and may be shared with others: it is for reading only.
     *
     * @param vectors the bytes, in order; at least one vector, and none of 0 bytes.
     * @return bytes taken, 0 if the sink has no room now.
     * @throws IOException what the channel says; no byte was taken.
     */
    long write(EvIovec vectors) throws IOException;

    /**
     * Adapts an NIO channel. A {@link java.nio.channels.GatheringByteChannel} is written with its gathering call, or with the
     * plain one when there is a single vector; any other channel is given the first vector only.
     *
     * @param channel stays the caller's, who closes it.
     * @return a sink over the channel.
     */
    static GatherSink of(final WritableByteChannel channel) {
        return NioSink.over(channel);
    }
}
