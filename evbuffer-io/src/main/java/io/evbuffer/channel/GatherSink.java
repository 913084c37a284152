package io.evbuffer.channel;

import io.evbuffer.EvIovec;
import java.io.IOException;
import java.nio.channels.FileChannel;
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
    /** Answer of {@link #send}: bytes of this file have to be brought into memory and written. */
    long CANNOT_SEND = FileSource.CANNOT_TRANSFER;

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
     * Sends bytes of a file once, without bringing them into the memory of this process. A sink that knows how overrides it;
     * one that answers {@link #CANNOT_SEND} is given the bytes as vectors instead, one segment at a time.
     *
     * <p><b>Cost:</b> one system call that sends, no heap allocation.
     *
     * @param file stays the caller's.
     * @param position in the file, of the first byte.
     * @param count bytes at most, 1 or more.
     * @return bytes taken, 0 if the sink has no room now; or {@link #CANNOT_SEND}.
     * @throws java.io.EOFException if the file ends at or before {@code position}.
     * @throws IOException what the file or the channel says; no byte was taken.
     */
    default long send(final FileSource file, final long position, final long count) throws IOException {
        return CANNOT_SEND;
    }

    /**
     * Adapts an NIO channel. A {@link java.nio.channels.GatheringByteChannel} is written with its gathering call, or with the
     * plain one when there is a single vector; any other channel is given the first vector only. Files over a {@link FileChannel} are sent by
     * {@link FileChannel#transferTo} to sockets, pipes and files, which is {@code sendfile} on Linux and macOS.
     *
     * @param channel stays the caller's, who closes it.
     * @return a sink over the channel.
     * @throws IllegalArgumentException if it is a {@link java.nio.channels.DatagramChannel}: {@link DatagramWriter} keeps a
     *     datagram in one piece.
     */
    static GatherSink of(final WritableByteChannel channel) {
        return NioSink.over(channel);
    }

    /**
     * Adapts a file channel that is written by position: bytes go to {@code position} and on, and the channel's own position
     * is left alone, so that several sinks may write one file.
     *
     * <p><b>Cost:</b> a call of the sink is one system call for each vector, as NIO has no gathering write by position. Files
     * are sent through memory.
     *
     * @param channel open for writing, not for appending; stays the caller's, who closes it.
     * @param position in the file, of the first byte to write, 0 or more.
     * @return a sink over a part of the file.
     * @throws IllegalArgumentException if {@code position} is negative.
     */
    static GatherSink of(final FileChannel channel, final long position) {
        return new PositionedSink(channel, position);
    }
}
