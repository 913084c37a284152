package io.evbuffer.event;

/**
 * How much of a loop's time is not held against a peer that is waited for: while the callbacks of a turn run nobody hears it, and
 * what it is told leaves at the end.
 *
 * <p>Of each turn no more counts than a part of the time that the peer has: the power of two that is an eighth to a quarter of
 * it, and at least 2^20 ns. So one late turn cuts nobody off however long it takes, and a loop that is always late still cuts
 * off who is silent, after some turns.
 *
 * <pre>
 *   turns                 |====|=======================|==|
 *   for a limit of 2^k    |====|========               |==|     counts
 *                                       =============== adds to beyond[k]
 * </pre>
 *
 * <p>Threads: guarded by the base's lock.
 */
final class UnheardTime {
    private static final int LEAST = 20; // a millisecond: the shortest turn that is looked at
    private static final int PARTS = 2; // a quarter, as a power of two

    private final long[] beyond = new long[Long.SIZE]; // of the turns so far, what was more than 2^k nanoseconds

    /** A turn has ended. A comparison for most; one addition for each power of two in a longer one. */
    void turnTook(final long nanos) {
        final int most = powerIn(nanos);
        for (int k = LEAST; k <= most; k++) {
            beyond[k] += nanos - (1L << k);
        }
    }

    /** What did not count so far for a peer that has so many nanoseconds, if a turn goes on that has lasted so long. */
    long nanos(final long allowed, final long turnSoFar) {
        final int k = Math.max(LEAST, powerIn(allowed) - PARTS);
        return beyond[k] + Math.max(0, turnSoFar - (1L << k));
    }

    /** The exponent of the greatest power of two that is not more; -1 if there is none. */
    private static int powerIn(final long nanos) {
        return nanos <= 0 ? -1 : Long.SIZE - 1 - Long.numberOfLeadingZeros(nanos);
    }
}
