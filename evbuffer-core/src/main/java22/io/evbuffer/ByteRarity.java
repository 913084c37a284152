package io.evbuffer;

import org.agrona.UnsafeApi;
import org.jspecify.annotations.Nullable;

/**
 * Guesses which byte of a needle is rare in what people search: text, protocol headers, binary records. A wrong guess costs
 * time only. Threads: no state.
 */
final class ByteRarity {
    /** Of a long needle only this much is looked at. */
    private static final int LOOKED_AT = 32;

    private static final String BY_FREQUENCY = " etaoinsrhldcumfpgwybvkxjqz";

    private ByteRarity() {}

    /** The index of the byte that is taken to be the rarest. */
    static int rarest(final byte @Nullable [] base, final long offset, final int length) {
        int rarest = 0;
        int least = Integer.MAX_VALUE;
        for (int i = Math.min(length, LOOKED_AT) - 1; i >= 0; i--) {
            final int frequency = frequency(UnsafeApi.getByte(base, offset + i));
            if (frequency < least) {
                least = frequency;
                rarest = i;
            }
        }
        return rarest;
    }

    /** The higher, the more of them are expected. */
    static int frequency(final byte value) {
        if (value == 0) return 100;
        final int rank = BY_FREQUENCY.indexOf(value);
        if (rank >= 0) return 60 - 2 * rank;
        if (value >= '0' && value <= '9') return 45;
        if (value == '\n' || value == '\r' || value == -1) return 40;
        if (value >= 'A' && value <= 'Z') return 20;
        if (value > ' ') return 10; // punctuation
        return value < 0 ? 6 : 4; // above ASCII, control characters
    }
}
