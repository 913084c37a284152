package io.evbuffer.channel;

import io.evbuffer.EvIovec;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.Objects;

/** A file as a {@link GatherSink} that writes from a position of its own on. */
final class PositionedSink implements GatherSink {
    private final FileChannel channel;
    private long position;

    PositionedSink(final FileChannel channel, final long position) {
        this.channel = Objects.requireNonNull(channel, "channel");
        if (position < 0) throw new IllegalArgumentException("negative position: " + position);
        this.position = position;
    }

    /** Writes vector by vector, until one is not taken whole; a failure after bytes were taken comes at the next call. */
    @Override
    public long write(final EvIovec vectors) throws IOException {
        long taken = 0;
        try {
            for (int i = 0; i < vectors.size(); i++) {
                final int written = channel.write(vectors.view(i), position);
                position += written;
                taken += written;
                if (written < vectors.length(i)) break;
            }
        } catch (final IOException e) {
            if (taken == 0) throw e;
        }
        return taken;
    }

    @Override
    public String toString() {
        return "GatherSink[" + channel + " at " + position + "]";
    }
}
