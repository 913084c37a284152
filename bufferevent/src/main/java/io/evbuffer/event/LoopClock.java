package io.evbuffer.event;

/**
 * What time it is for a base: read from its tick source, never backwards, and kept while the callbacks of a turn run.
 *
 * <p>Threads: guarded by the base's lock.
 */
final class LoopClock {
    private final TickSource source;
    private final boolean caching;
    private long highest = Long.MIN_VALUE;
    private long cached;
    private boolean isCached;
    private long wallMinusTicks; // measured at most once a turn, when somebody asks
    private boolean wallMeasured;

    LoopClock(final TickSource source, final boolean caching) {
        this.source = source;
        this.caching = caching;
    }

    /** A fresh reading, which leaves the cached time alone. */
    long read() {
        final long ticks = source.nanos();
        if (ticks > highest) highest = ticks;
        return highest;
    }

    /** A fresh reading, kept until it is dropped. */
    long refresh() {
        cached = read();
        isCached = caching;
        wallMeasured = false;
        return cached;
    }

    void drop() {
        isCached = false;
        wallMeasured = false;
    }

    /** The kept time if there is one, or a fresh reading. */
    long now() {
        return isCached ? cached : read();
    }

    /** The time of day that goes with {@link #now()}. */
    long wall() {
        if (!isCached) return source.wallNanos();
        if (!wallMeasured) {
            wallMinusTicks = source.wallNanos() - read();
            wallMeasured = true;
        }
        return cached + wallMinusTicks;
    }

    long wallFresh() {
        return source.wallNanos();
    }
}
