package io.evbuffer.event;

import org.jspecify.annotations.Nullable;

/**
 * The timer of an {@link Event}: where it is armed, when it expires and how it goes on. Part of the event, so that a million of
 * them are a million objects.
 *
 * <p>Threads: guarded by the base's lock.
 */
abstract class TimerEntry extends Activation {
    // Where it is armed: in the heap, in the queue of a common timeout, or nowhere (EVT-3).
    int heapSlot = TimerTable.NONE;
    int queuePlace = TimerBlocks.NONE;

    @Nullable
    CommonTimeout commonTimeout; // whose queue that is, or was last

    long armedAs; // order of arming, for equal expiries
    long expiry; // while in a queue, and when it has expired

    boolean expired; // queued because its time was over
    private long interval = Event.NO_TIMEOUT; // of a persistent event, armed anew by each run
    private @Nullable CommonTimeout intervalQueue; // null if the interval goes to the heap

    final boolean isArmed() {
        return heapSlot != TimerTable.NONE || queuePlace != TimerBlocks.NONE;
    }

    final boolean hasInterval() {
        return interval > 0;
    }

    final void setInterval(final long nanos, final @Nullable CommonTimeout queue) {
        interval = nanos;
        intervalQueue = queue;
    }

    final void forgetInterval() {
        interval = Event.NO_TIMEOUT;
        intervalQueue = null;
        expired = false;
    }

    /** Where the next round is armed; null for the heap. */
    @Nullable
    final CommonTimeout intervalQueue() {
        return intervalQueue;
    }

    /** The next round: after the one that has expired, else from now on; rounds that were missed are dropped. */
    final long nextExpiry(final long now) {
        final long next = Event.saturatedAdd(expired ? expiry : now, interval);
        return next < now ? Event.saturatedAdd(now, interval) : next;
    }
}
