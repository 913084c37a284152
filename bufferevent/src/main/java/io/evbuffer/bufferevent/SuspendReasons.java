package io.evbuffer.bufferevent;

/** The reasons that hold back one direction. It works only while there is none. */
final class SuspendReasons {
    private int bits;

    boolean isEmpty() {
        return bits == 0;
    }

    boolean has(final SuspendReason reason) {
        return (bits & reason.bit) != 0;
    }

    /** Adds a reason. Returns true if it is the first, so that the direction has to stop. */
    boolean add(final SuspendReason reason) {
        final boolean first = bits == 0;
        bits |= reason.bit;
        return first;
    }

    /** Removes a reason. Returns true if it was the last, so that the direction may go on; false if it was not there. */
    boolean remove(final SuspendReason reason) {
        final boolean last = bits == reason.bit;
        bits &= ~reason.bit;
        return last;
    }
}
