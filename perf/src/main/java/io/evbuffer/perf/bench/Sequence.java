package io.evbuffer.perf.bench;

/** Numbers that look random and are the same in each run and for each contender: xorshift32, George Marsaglia 2003. */
final class Sequence {
    private int state = 1;

    /** The next number of 0 to {@code bound - 1}. */
    int below(final int bound) {
        state ^= state << 13;
        state ^= state >>> 17;
        state ^= state << 5;
        return Integer.remainderUnsigned(state, bound);
    }
}
