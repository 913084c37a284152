package io.evbuffer.memory;

/**
 * Counts takes and says which of them to remember with their birth site.
 *
 * <p>The interval between two samples is random around a mean. The mean doubles with each sample and is halved whenever
 * the pool has to cut a new segment: a program that leaks makes its pool grow, and is then looked at closely, while one
 * that only reuses segments is left alone.
 *
 * <p><b>Cost:</b> an addition and a comparison for a take. Threads: belongs to one thread, or to whoever holds the pool's
 * lock; {@code taken} is read by others for statistics only.
 */
class TakeCounter {
    private static final int DENSEST = 64;
    private static final int SPARSEST = 1 << 16; // mean of what is drawn: twice that at most

    private final LeakTracking level;
    private long taken;
    private long nextSample; // the number of the take to remember; 0: none
    private int interval = DENSEST;
    private int random;

    TakeCounter(final LeakTracking level, final int seed) {
        this.level = level;
        random = seed | 1;
        if (level != LeakTracking.OFF) nextSample = 1;
    }

    /** Counts one take; tells whether to remember it and then to call {@link #sampled()}. */
    final boolean countTake() {
        return ++taken == nextSample;
    }

    final long taken() {
        return taken;
    }

    /** The take just counted has been remembered. */
    final void sampled() {
        if (level == LeakTracking.ALL) {
            nextSample = taken + 1;
        } else {
            interval = Math.min(2 * interval, SPARSEST);
            nextSample = taken + draw();
        }
    }

    /** A segment had to be cut: nothing of this size was at home. */
    final void grew() {
        if (level != LeakTracking.SAMPLED || interval == DENSEST) return;
        interval = Math.max(interval / 2, DENSEST);
        nextSample = Math.min(nextSample, taken + draw());
    }

    /** 1 to twice the interval, each equally likely. */
    private int draw() {
        random ^= random << 13;
        random ^= random >>> 17;
        random ^= random << 5;
        return 1 + (random & (2 * interval - 1));
    }
}
