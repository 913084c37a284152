package io.evbuffer.channel;

import io.evbuffer.EvIovec;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.Objects;

/** A file read from a position of its own on: the channel's position stays, and is not asked for. */
final class PositionedSource implements ScatterSource {
    private final FileChannel channel;
    private long position;

    PositionedSource(final FileChannel channel, final long position) {
        if (position < 0) throw new IllegalArgumentException("negative position: " + position);
        this.channel = Objects.requireNonNull(channel, "channel");
        this.position = position;
    }

    @Override
    public long read(final EvIovec vectors) throws IOException {
        vectors.limit(vectors.length(0)); // a positional read takes one vector
        final int came = channel.read(vectors.view(0), position);
        if (came > 0) position += came;
        return came;
    }

    @Override
    public String toString() {
        return "ScatterSource[" + channel + " at " + position + "]";
    }
}
