package io.evbuffer.channel;

import io.evbuffer.EvIovec;
import java.io.IOException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.GatheringByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An NIO channel as a {@link GatherSink}: the gathering write where the channel has one and there are vectors for it, the
 * plain write otherwise.
 */
final class NioSink implements GatherSink {
    private final WritableByteChannel channel;
    private final @Nullable GatheringByteChannel gathering;

    private NioSink(final WritableByteChannel channel, final @Nullable GatheringByteChannel gathering) {
        this.channel = channel;
        this.gathering = gathering;
    }

    static NioSink over(final WritableByteChannel channel) {
        Objects.requireNonNull(channel, "channel");
        if (channel instanceof DatagramChannel) {
            throw new IllegalArgumentException(
                    "a stream's writer would make several datagrams of a buffer, take a DatagramWriter: " + channel);
        }
        return new NioSink(channel, channel instanceof final GatheringByteChannel many ? many : null);
    }

    @Override
    public long write(final EvIovec vectors) throws IOException {
        if (gathering != null && vectors.size() > 1) return gathering.write(vectors.views(), 0, vectors.size());
        vectors.limit(vectors.length(0)); // what a plain write is offered
        return channel.write(vectors.view(0));
    }

    @Override
    public long send(final FileSource file, final long position, final long count) throws IOException {
        return file.transferTo(position, count, channel);
    }

    @Override
    public String toString() {
        return "GatherSink[" + channel + "]";
    }
}
