package io.evbuffer.channel;

import io.evbuffer.memory.Segment;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link FileSegment} stands on: an open file that is read by position. Over a {@link FileChannel}, as {@link #of}
 * makes it, or over a descriptor of a reactor's own.
 *
 * <p>Every call names the position it means; a position that the file itself keeps is neither used nor moved.
 *
 * <p><b>Threads:</b> any, several at a time, as file segments are shared by the buffers of several threads.
 */
public interface FileSource extends AutoCloseable {
    /** Answer of {@link #read}: the file ends at or before the position. */
    int END_OF_FILE = -1;

    /** Answer of {@link #transferTo}: bytes of this file cannot go to such a channel without passing through memory. */
    long CANNOT_TRANSFER = -1;

    /**
     * The length of the file now.
     *
     * @return bytes.
     * @throws IOException what the system says, for example that the file is closed.
     */
    long size() throws IOException;

    /**
     * Reads once into memory.
     *
     * <p><b>Cost:</b> one system call, no heap allocation.
     *
     * @param position in the file, of the first byte to read.
     * @param target whose memory is written; nobody but the caller may know it.
     * @param offset in {@code target}, of the first byte to write.
     * @param length bytes at most, 1 or more.
     * @return bytes read, perhaps fewer than asked for, or {@link #END_OF_FILE}.
     * @throws IOException what the system says.
     */
    int read(long position, Segment target, int offset, int length) throws IOException;

    /**
     * Maps a range of the file for reading, if this source can.
     *
     * @param position in the file, of the first byte.
     * @param length bytes, 1 or more; the file is known to have them now.
     * @return the mapping, the caller's to end; or null if this source maps nothing.
     * @throws IOException what the system says.
     */
    default @Nullable Mapping map(final long position, final int length) throws IOException {
        return null;
    }

    /**
     * Sends bytes of the file to an NIO channel once, without bringing them into the memory of this process ({@code sendfile}
     * on Linux), as much as the channel takes now.
     *
     * @param position in the file, of the first byte.
     * @param count bytes at most, 1 or more.
     * @param target where they go.
     * @return bytes sent, 0 if the channel has no room now; or {@link #CANNOT_TRANSFER}, always for the same channel.
     * @throws java.io.EOFException if the file ends at or before {@code position}.
     * @throws IOException what the file or the channel says; no byte was sent.
     */
    default long transferTo(final long position, final long count, final WritableByteChannel target)
            throws IOException {
        return CANNOT_TRANSFER;
    }

    /**
     * Closes the file. A second call does nothing.
     *
     * @throws IOException what the system says; it is closed all the same.
     */
    @Override
    void close() throws IOException;

    /** A range of a file that stands in the memory of this process until {@link #unmap()}, also after the file was closed. */
    interface Mapping {
        /**
         * The memory, from index 0 to its capacity.
         *
         * @return always the same, direct; its position and limit never move.
         */
        ByteBuffer memory();

        /** Takes the memory away. Called once, when nobody touches it any more. */
        void unmap();
    }

    /**
     * Adapts a file channel that is open for reading.
     *
     * <p>An interrupt that meets a thread inside a call closes the channel, as NIO has it, and then whatever the other
     * buffers show of this file can no longer be sent or loaded.
     *
     * @param channel closed by {@link #close}; its own position is left alone.
     * @return a source over the channel.
     */
    static FileSource of(final FileChannel channel) {
        return new NioFile(channel);
    }
}
