package io.evbuffer.channel;

import io.evbuffer.EvIovec;
import java.io.IOException;

/** A {@link FaultyChannel} that ends after so many bytes. */
final class EndingSource implements ScatterSource {
    private final FaultyChannel channel;
    private final long total;
    private int ends;

    EndingSource(final FaultyChannel channel, final long total) {
        this.channel = channel;
        this.total = total;
    }

    @Override
    public long read(final EvIovec vectors) throws IOException {
        if (channel.moved() == total) {
            ends++;
            return END_OF_STREAM;
        }
        vectors.limit(total - channel.moved());
        return channel.read(vectors);
    }

    /** How often the end was told. */
    int ends() {
        return ends;
    }

    @Override
    public String toString() {
        return channel + " of " + total;
    }
}
