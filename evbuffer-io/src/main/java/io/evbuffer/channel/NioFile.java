package io.evbuffer.channel;

import io.evbuffer.memory.Segment;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.FileChannel;
import java.nio.channels.SelectableChannel;
import java.nio.channels.WritableByteChannel;
import java.util.Objects;
import org.agrona.BufferUtil;

/** A {@link FileChannel} as a {@link FileSource}. */
final class NioFile implements FileSource {
    private final FileChannel channel;

    NioFile(final FileChannel channel) {
        this.channel = Objects.requireNonNull(channel, "channel");
    }

    @Override
    public long size() throws IOException {
        return channel.size();
    }

    @Override
    public int read(final long position, final Segment target, final int offset, final int length) throws IOException {
        final ByteBuffer view = target.writeView();
        view.limit(offset + length);
        view.position(offset);
        return channel.read(view, position);
    }

    @Override
    public Mapping map(final long position, final int length) throws IOException {
        return new MappedRange(channel.map(FileChannel.MapMode.READ_ONLY, position, length));
    }

    private record MappedRange(MappedByteBuffer memory) implements Mapping {
        @Override
        public void unmap() {
            BufferUtil.free(memory);
        }
    }

    @Override
    public long transferTo(final long position, final long count, final WritableByteChannel target) throws IOException {
        if (!canTransfer(target)) return CANNOT_TRANSFER;
        final long sent = channel.transferTo(position, count, target);
        if (sent == 0) ensureNotAtEnd(position);
        return sent;
    }

    /** Only what the kernel may do by itself; for other channels the JDK copies in small pieces, which we do better. */
    private static boolean canTransfer(final WritableByteChannel target) {
        return (target instanceof SelectableChannel && !(target instanceof DatagramChannel))
                || target instanceof FileChannel;
    }

    private void ensureNotAtEnd(final long position) throws IOException {
        final long size = channel.size();
        if (position >= size)
            throw new EOFException("nothing to send from " + position + " on: the file has " + size + " bytes");
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    @Override
    public String toString() {
        return "FileSource[" + channel + "]";
    }
}
