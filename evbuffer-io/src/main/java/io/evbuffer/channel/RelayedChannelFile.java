package io.evbuffer.channel;

import io.evbuffer.EvBuffer;
import io.evbuffer.memory.SegmentSource;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.Objects;
import java.util.Set;

/**
 * A file channel read as {@link ChannelReader} reads it, from its position to its end, without bringing the bytes into memory:
 * all that is there is added as one {@link FileSegment}, and the channel's position moves past it.
 */
final class RelayedChannelFile implements RelayInput {
    private final FileChannel channel;
    private final FileSource file;
    private final ChannelReader reader;
    private final SegmentSource memory;

    RelayedChannelFile(final FileChannel channel, final SegmentSource memory) {
        this.channel = Objects.requireNonNull(channel, "channel");
        this.memory = Objects.requireNonNull(memory, "memory");
        this.file = FileSource.of(channel);
        this.reader = new ChannelReader(channel);
    }

    /** What has no size, as devices and the files of /proc, may have bytes all the same: the reader knows the true end. */
    @Override
    public long read(final EvBuffer target, final long most) throws IOException {
        final long size = channel.size();
        if (size == 0) return reader.read(target, most);
        final long position = channel.position();
        if (position >= size) return ScatterSource.END_OF_STREAM;
        try (FileSegment rest = new FileSegment(file, position, size - position, Set.of(), memory)) {
            final long before = target.appended();
            channel.position(size); // first, as nothing may fail once the bytes are in the buffer
            try {
                rest.addTo(target);
            } catch (final Throwable e) {
                if (target.appended() == before) channel.position(position); // refused; a listener throws afterwards
                throw e;
            }
        }
        return size - position;
    }

    @Override
    public String toString() {
        return channel.toString();
    }
}
