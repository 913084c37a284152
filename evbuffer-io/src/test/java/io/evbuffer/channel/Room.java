package io.evbuffer.channel;

import io.evbuffer.EvBuffer;
import io.evbuffer.EvIovec;

/** What a buffer has free behind its data. */
final class Room {
    private Room() {}

    /** The free bytes behind the data, in all chains. */
    static int free(final EvBuffer buffer) {
        final EvIovec vectors = new EvIovec(64);
        buffer.reserveSpace(0, vectors);
        return Math.toIntExact(vectors.totalLength());
    }
}
