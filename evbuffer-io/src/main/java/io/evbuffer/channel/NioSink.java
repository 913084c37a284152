package io.evbuffer.channel;

import io.evbuffer.EvIovec;
import java.io.IOException;
import java.nio.channels.GatheringByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** An NIO channel as a {@link GatherSink}. */
final class NioSink implements GatherSink {
    private final WritableByteChannel channel;
    private final @Nullable GatheringByteChannel gathering;

    private NioSink(final WritableByteChannel channel, final @Nullable GatheringByteChannel gathering) {
        this.channel = channel;
        this.gathering = gathering;
    }

    static NioSink over(final WritableByteChannel channel) {
        Objects.requireNonNull(channel, "channel");
        return new NioSink(channel, channel instanceof final GatheringByteChannel many ? many : null);
    }

    @Override
    public long write(final EvIovec vectors) throws IOException {
        final int count = vectors.size();
        return count == 1 || gathering == null
                ? channel.write(vectors.view(0))
                : gathering.write(vectors.views(), 0, count);
    }

    @Override
    public String toString() {
        return "GatherSink[" + channel + "]";
    }
}
