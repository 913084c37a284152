package io.evbuffer.event;

/** A clock that stands still until it is told. */
final class ManualClock implements TickSource {
    static final long MILLI = 1_000_000;

    private volatile long now = 1_000;
    private volatile long wallMinusTicks = 1_700_000_000_000L * MILLI;

    @Override
    public long nanos() {
        return now;
    }

    @Override
    public long wallNanos() {
        return now + wallMinusTicks;
    }

    void advance(final long nanos) {
        now += nanos;
    }

    void advanceMillis(final long millis) {
        advance(millis * MILLI);
    }

    void set(final long nanos) {
        now = nanos;
    }

    void stepWall(final long nanos) {
        wallMinusTicks += nanos;
    }
}
