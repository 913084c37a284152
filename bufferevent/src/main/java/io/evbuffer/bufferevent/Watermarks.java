package io.evbuffer.bufferevent;

/** The two marks of one direction, in bytes. A low mark of 0 means any amount, a high mark of 0 means no limit. */
final class Watermarks {
    private long low;
    private long high;

    long low() {
        return low;
    }

    long high() {
        return high;
    }

    void set(final long newLow, final long newHigh) {
        low = newLow;
        high = newHigh;
    }

    /** Says whether a length has come to the high mark. */
    boolean isFull(final long length) {
        return high > 0 && length >= high;
    }

    /** How many bytes fit below the high mark. */
    long room(final long length) {
        return high > 0 ? Math.max(0, high - length) : Long.MAX_VALUE;
    }
}
