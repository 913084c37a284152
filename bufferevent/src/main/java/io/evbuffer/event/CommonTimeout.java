package io.evbuffer.event;

import org.jspecify.annotations.Nullable;

/**
 * A duration that many events of a base have, such as the idle time of connections: {@link Event#add(CommonTimeout)} with it
 * costs O(1), however many timers there are.
 *
 * <pre>
 *    heap of all timers:  ... representative ...           expiries of one duration come in the order of arming,
 *                              │                           so a queue is sorted by appending to it
 *    queue:              first ...  .  ...  .  last        gaps where an event was taken away or armed anew
 * </pre>
 *
 * <p>Invariants: EVT-5 the queue is ordered by expiry, ties by arming; no block of it but the last is empty; if it is not empty
 * its representative stands in the heap, no later than its first event. It may stand there earlier, when that event was taken
 * away: then it is due for nothing and is set again.
 *
 * <p>Made by {@link EventBase#initCommonTimeout}, and lives as long as the base. What happens and when is the same as with
 * an ordinary timer of this duration.
 *
 * <p><b>Threads:</b> guarded by the base's lock.
 */
public final class CommonTimeout {
    private final EventBase base;
    private final TimerBlocks blocks;
    private final long durationNanos;
    final Event representative;
    private int size;
    private int lastBlock = TimerBlocks.NONE; // it may be empty
    private int first; // place of the first event, if there is one
    private int end; // behind the last place that is used of the last block

    CommonTimeout(final EventBase base, final TimerBlocks blocks, final long durationNanos) {
        this.base = base;
        this.blocks = blocks;
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

    int size() {
        return size;
    }

    /** The event that expires first, or null. */
    @Nullable
    Event first() {
        return size == 0 ? null : blocks.at(first);
    }

    /** The event that expires next after another one of the queue, or null. */
    @Nullable
    Event next(final Event event) {
        final int next = placeAfter(event.queuePlace);
        return next == TimerBlocks.NONE ? null : blocks.at(next);
    }

    /** Puts an event that is not armed behind all that expire no later, nearly always at the end. Room was reserved. */
    void add(final Event event, final long expiry) {
        int place = newPlace();
        if (size++ == 0) first = place;
        for (int before = placeBefore(place); before != TimerBlocks.NONE; before = placeBefore(place)) {
            final Event earlier = blocks.at(before);
            if (earlier == null || earlier.expiry <= expiry) break;
            blocks.put(place, earlier);
            place = before;
        }
        event.expiry = expiry;
        if (event.commonTimeout != this) event.commonTimeout = this;
        blocks.put(place, event);
    }

    /** The place behind the last one. */
    private int newPlace() {
        if (lastBlock == TimerBlocks.NONE || end == TimerBlocks.endOf(lastBlock)) {
            final int block = blocks.take();
            blocks.previous(block, lastBlock);
            blocks.next(block, TimerBlocks.NONE);
            if (lastBlock != TimerBlocks.NONE) blocks.next(lastBlock, block);
            lastBlock = block;
            end = TimerBlocks.firstOf(block);
        }
        return end++;
    }

    void remove(final Event event) {
        final int place = event.queuePlace;
        final int block = TimerBlocks.blockOf(place);
        blocks.clear(event);
        if (--size > 0 && place == first) first = placeAfter(place);
        final boolean empty = blocks.isEmpty(block);
        if (block != lastBlock) {
            if (empty) unlink(block);
        } else if (empty) {
            end = TimerBlocks.firstOf(block);
        } else if (place == end - 1) {
            end--; // armed anew at once it takes the same place
        }
    }

    /** One behind which there is another. */
    private void unlink(final int block) {
        final int previous = blocks.previous(block);
        final int next = blocks.next(block);
        if (previous != TimerBlocks.NONE) blocks.next(previous, next);
        blocks.previous(next, previous);
        blocks.release(block);
    }

    /** The place of the next event behind a place, or NONE. */
    private int placeAfter(final int from) {
        int block = TimerBlocks.blockOf(from);
        int place = from + 1;
        while (true) {
            final int limit = block == lastBlock ? end : TimerBlocks.endOf(block);
            while (place < limit && blocks.at(place) == null) place++;
            if (place < limit) return place;
            if (block == lastBlock) return TimerBlocks.NONE;
            block = blocks.next(block);
            place = TimerBlocks.firstOf(block);
        }
    }

    /** The place of the next event before a place, or NONE. */
    private int placeBefore(final int from) {
        int block = TimerBlocks.blockOf(from);
        int place = from - 1;
        while (true) {
            final int limit = TimerBlocks.firstOf(block);
            while (place >= limit && blocks.at(place) == null) place--;
            if (place >= limit) return place;
            block = blocks.previous(block);
            if (block == TimerBlocks.NONE) return TimerBlocks.NONE;
            place = TimerBlocks.endOf(block) - 1;
        }
    }

    /** Checks the queue. Returns how many blocks it has. */
    int checkInvariants() {
        int count = 0;
        Event before = null;
        for (Event event = first(); event != null; event = next(event)) {
            count++;
            if (event.commonTimeout != this || blocks.at(event.queuePlace) != event) {
                throw new AssertionError("EVT-5: " + event + " stands in the queue of " + this + " and does not know");
            }
            if (event.heapSlot != TimerTable.NONE) {
                throw new AssertionError("EVT-3: " + event + " is in a queue and in the heap");
            }
            if (before != null
                    && (before.expiry > event.expiry
                            || (before.expiry == event.expiry && before.armedAs > event.armedAs))) {
                throw new AssertionError("EVT-5: order of the queue of " + this + " at " + event);
            }
            before = event;
        }
        if (count != size) throw new AssertionError("EVT-5: " + size + " events in " + this + ", found " + count);
        if (count > 0 && !representative.isArmed()) {
            throw new AssertionError("EVT-5: nothing stands for the queue of " + this);
        }
        return checkBlocks();
    }

    private int checkBlocks() {
        int count = 0;
        int after = TimerBlocks.NONE;
        for (int block = lastBlock; block != TimerBlocks.NONE; block = blocks.previous(block)) {
            count++;
            if (blocks.next(block) != after) throw new AssertionError("EVT-5: links of block " + block + " of " + this);
            if (block != lastBlock && blocks.isEmpty(block)) {
                throw new AssertionError("EVT-5: block " + block + " of " + this + " is empty");
            }
            after = block;
        }
        return count;
    }

    @Override
    public String toString() {
        return "CommonTimeout[" + durationNanos + " ns]";
    }
}
