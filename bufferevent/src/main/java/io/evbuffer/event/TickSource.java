package io.evbuffer.event;

/**
 * The clock of an {@link EventBase}. Tests give their own, and whole scenarios run without real time.
 *
 * <p><b>Threads:</b> read with the base's lock held, from any thread that uses the base.
 */
@FunctionalInterface
public interface TickSource {
    /**
     * The monotonic time by which timers run.
     *
     * @return nanoseconds since a fixed point in the past, so not negative. Should it go back, the base holds it at its
     *     highest value.
     */
    long nanos();

    /**
     * The time of day, which no timer depends on.
     *
     * @return nanoseconds since 1970 UTC.
     */
    default long wallNanos() {
        return System.currentTimeMillis() * 1_000_000L;
    }
}
