package io.evbuffer.channel;

import io.evbuffer.EvIovec;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;

/**
 * Whatever fills vectors with bytes in one call: a channel, a transport of a reactor, a test's script.
 *
 * <p>An implementation reads into the first vector until it is full, then into the next. If it cannot use all of them in
 * one call, it cuts them ({@link EvIovec#limit}), so that the caller sees what was asked for. It keeps nothing of the
 * vectors after it returned.
 *
 * <p><b>Threads:</b> as the channel behind it; a vector belongs to one thread.
 */
@FunctionalInterface
public interface ScatterSource {
    /** Answer of {@link #read}: nothing is there now, more may come. */
    long WOULD_BLOCK = 0;

    /** Answer of {@link #read}: nothing will come any more. */
    long END_OF_STREAM = -1;

    /**
     * Reads once, at most as many bytes as the vectors hold.
     *
     * <p><b>Cost:</b> one system call, no heap allocation.
     * <p><b>Ownership:</b> the memory stays the buffer's that lent it. Nothing counts as read but what the result says.
     *
     * @param vectors where the bytes go, in order; at least one vector, and none of 0 bytes.
     * @return bytes read, 1 or more; or {@link #WOULD_BLOCK}, or {@link #END_OF_STREAM}.
     * @throws IOException what the channel says; no byte was read.
     */
    long read(EvIovec vectors) throws IOException;

    /**
     * Adapts an NIO channel. A {@link java.nio.channels.ScatteringByteChannel} is read with its scattering call, or with the
     * plain one when there is a single vector; any other channel is read into the first vector only.
     *
     * @param channel stays the caller's, who closes it.
     * @return a source over the channel.
     * @throws IllegalArgumentException if the channel is one of datagrams: {@link DatagramReader} reads those.
     */
    static ScatterSource of(final ReadableByteChannel channel) {
        return NioSource.over(channel);
    }

    /**
     * Adapts a file that is read from a position on. The channel's own position stays where it is; the source counts its
     * own. It is read into the first vector only.
     *
     * @param channel open for reading; stays the caller's, who closes it.
     * @param position where to begin, 0 or more.
     * @return a source over the file, which ends where the file does at the time of the read.
     * @throws IllegalArgumentException if {@code position} is negative.
     */
    static ScatterSource of(final FileChannel channel, final long position) {
        return new PositionedSource(channel, position);
    }
}
