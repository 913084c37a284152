package io.evbuffer.channel;

import io.evbuffer.EvIovec;
import java.io.IOException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.ScatteringByteChannel;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An NIO channel as a {@link ScatterSource}: the scattering read where the channel has one and there are vectors for it, the
 * plain read otherwise.
 */
final class NioSource implements ScatterSource {
    private final ReadableByteChannel channel;
    private final @Nullable ScatteringByteChannel scattering;

    private NioSource(final ReadableByteChannel channel, final @Nullable ScatteringByteChannel scattering) {
        this.channel = channel;
        this.scattering = scattering;
    }

    static NioSource over(final ReadableByteChannel channel) {
        Objects.requireNonNull(channel, "channel");
        if (channel instanceof DatagramChannel) {
            throw new IllegalArgumentException(
                    "a stream's reader would cut datagrams, take a DatagramReader: " + channel);
        }
        return new NioSource(channel, channel instanceof final ScatteringByteChannel many ? many : null);
    }

    @Override
    public long read(final EvIovec vectors) throws IOException {
        if (scattering != null && vectors.size() > 1) return scattering.read(vectors.views(), 0, vectors.size());
        vectors.limit(vectors.length(0)); // what a plain read is asked for
        return channel.read(vectors.view(0));
    }

    @Override
    public String toString() {
        return "ScatterSource[" + channel + "]";
    }
}
