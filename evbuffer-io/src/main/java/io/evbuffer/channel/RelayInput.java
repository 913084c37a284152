package io.evbuffer.channel;

import io.evbuffer.EvBuffer;
import java.io.IOException;

/** Where a {@link ChannelRelay} gets its bytes from: a {@link ChannelReader}, or a file that stays where it is. */
@FunctionalInterface
interface RelayInput {
    /**
     * Appends bytes once.
     *
     * @param most bytes that may come into memory, 1 or more; bytes that stay in a file are not limited.
     * @return bytes, or {@link ScatterSource#WOULD_BLOCK}, or {@link ScatterSource#END_OF_STREAM}.
     */
    long read(EvBuffer target, long most) throws IOException;
}
