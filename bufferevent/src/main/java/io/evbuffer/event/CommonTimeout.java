package io.evbuffer.event;

import org.jspecify.annotations.Nullable;

/**
 * A duration that many events of a base have, such as the idle time of connections: {@link Event#add(CommonTimeout)} with it
 * costs O(1), however many timers there are.
 *
 * <pre>
 *    heap of all timers:  ... representative ...           expiries of one duration come in the order of arming,
 *                              │                           so a list is sorted by appending to it
 *    queue:                  first ◄──► ... ◄──► last
 * </pre>
 *
 * <p>Invariants: EVT-5 the queue is ordered by expiry, ties by arming; if it is not empty its representative stands in the
 * heap, no later than its first event. It may stand there earlier, when that event was taken away: then it is due for
 * nothing and is set again.
 *
 * <p>Made by {@link EventBase#initCommonTimeout}, and lives as long as the base. What happens and when is the same as with
 * an ordinary timer of this duration.
 *
 * <p><b>Threads:</b> guarded by the base's lock.
 */
public final class CommonTimeout {
    private final EventBase base;
    private final long durationNanos;
    final Event representative;

    @Nullable
    Event first;

    private @Nullable Event last;

    CommonTimeout(final EventBase base, final long durationNanos) {
        this.base = base;
        this.durationNanos = durationNanos;
        this.representative = Event.newTimer(base, (event, result) -> {}, this);
        representative.internal = true;
    }

    /**
     * The base it is for.
     *
     * @return never null.
     */
    public EventBase base() {
        return base;
    }

    /**
     * The duration.
     *
     * @return nanoseconds.
     */
    public long durationNanos() {
        return durationNanos;
    }

    /** Puts an event that is in no queue behind all that expire no later, nearly always at the end. */
    void add(final Event event, final long expiry) {
        Event before = last;
        while (before != null && before.expiry > expiry) before = before.previousInQueue;
        final Event after = before == null ? first : before.nextInQueue;
        event.commonTimeout = this;
        event.expiry = expiry;
        event.previousInQueue = before;
        event.nextInQueue = after;
        if (before == null) first = event;
        else before.nextInQueue = event;
        if (after == null) last = event;
        else after.previousInQueue = event;
    }

    void remove(final Event event) {
        final Event next = event.nextInQueue;
        final Event previous = event.previousInQueue;
        if (next != null) next.previousInQueue = previous;
        else last = previous;
        if (previous != null) previous.nextInQueue = next;
        else first = next;
        event.nextInQueue = null;
        event.previousInQueue = null;
        event.commonTimeout = null;
    }

    void checkInvariants() {
        Event before = null;
        for (Event event = first; event != null; event = event.nextInQueue) {
            if (event.commonTimeout != this || event.previousInQueue != before) {
                throw new AssertionError("EVT-5: links of the queue of " + this + " at " + event);
            }
            if (event.heapIndex >= 0) throw new AssertionError("EVT-3: " + event + " is in a queue and in the heap");
            if (before != null
                    && (before.expiry > event.expiry
                            || (before.expiry == event.expiry && before.armedAs > event.armedAs))) {
                throw new AssertionError("EVT-5: order of the queue of " + this + " at " + event);
            }
            before = event;
        }
        if (before != last) throw new AssertionError("EVT-5: last in the queue of " + this);
        if (first != null && representative.heapIndex < 0) {
            throw new AssertionError("EVT-5: nothing stands for the queue of " + this);
        }
    }

    @Override
    public String toString() {
        return "CommonTimeout[" + durationNanos + " ns]";
    }
}
