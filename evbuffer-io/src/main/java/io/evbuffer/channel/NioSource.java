package io.evbuffer.channel;

import io.evbuffer.EvIovec;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.ScatteringByteChannel;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** An NIO channel as a {@link ScatterSource}. */
final class NioSource implements ScatterSource {
    private final ReadableByteChannel channel;
    private final @Nullable ScatteringByteChannel scattering;

    private NioSource(final ReadableByteChannel channel, final @Nullable ScatteringByteChannel scattering) {
        this.channel = channel;
        this.scattering = scattering;
    }

    static NioSource over(final ReadableByteChannel channel) {
        Objects.requireNonNull(channel, "channel");
        return new NioSource(channel, channel instanceof final ScatteringByteChannel many ? many : null);
    }

    @Override
    public long read(final EvIovec vectors) throws IOException {
        final int count = vectors.size();
        return count == 1 || scattering == null
                ? channel.read(vectors.view(0))
                : scattering.read(vectors.views(), 0, count);
    }

    @Override
    public String toString() {
        return "ScatterSource[" + channel + "]";
    }
}
