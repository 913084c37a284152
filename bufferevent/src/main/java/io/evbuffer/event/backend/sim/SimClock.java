package io.evbuffer.event.backend.sim;

import java.util.Comparator;
import java.util.PriorityQueue;

/**
 * The time of a world and what will happen in it, in order: by time, and at the same time in the order of queuing.
 *
 * <p>Cost: O(log n) each; nothing is allocated once the queue has grown. Threads: of one; the time may be read by any.
 */
final class SimClock {
    private static final int INITIAL = 64;

    private final PriorityQueue<SimTimer> timers = new PriorityQueue<>(
            INITIAL, Comparator.comparingLong((SimTimer timer) -> timer.due).thenComparingLong(timer -> timer.order));
    private volatile long now;
    private long orders;

    SimClock(final long start) {
        now = start;
    }

    long now() {
        return now;
    }

    /** Lets something happen: here and now if the time is not in the future. */
    void at(final long time, final SimTimer timer) {
        if (timer.queued) throw new IllegalStateException("queued already");
        if (time <= now) {
            timer.fire();
            return;
        }
        timer.due = time;
        timer.order = orders++;
        timer.queued = true;
        timers.add(timer);
    }

    void cancel(final SimTimer timer) {
        if (timer.queued) timers.remove(timer);
        timer.queued = false;
    }

    /** When something happens next; {@link Long#MAX_VALUE} for never. */
    long next() {
        final SimTimer first = timers.peek();
        return first == null ? Long.MAX_VALUE : first.due;
    }

    /** Moves on to a time and lets everything happen that is due by then. */
    void moveTo(final long time) {
        while (next() <= time) {
            final SimTimer timer = timers.remove();
            timer.queued = false;
            now = Math.max(now, timer.due);
            timer.fire();
        }
        now = Math.max(now, time);
    }
}
