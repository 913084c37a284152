package io.evbuffer.event;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Armed events in a binary heap by expiry; equal expiries leave in the order of arming.
 *
 * <p>The expiries lie beside the events in an array of their own, so sifting touches few cache lines; each event knows its
 * position, so that it can be moved and removed in O(log n). No allocation but for growth.
 *
 * <p>Invariants: EVT-3 an event's position is its index here, or -1; EVT-4 no entry leaves before its parent.
 *
 * <p>Threads: guarded by the base's lock.
 */
final class TimerHeap {
    private static final int INITIAL_CAPACITY = 16;

    private long[] expiries = new long[INITIAL_CAPACITY];
    private @Nullable Event[] events = new Event[INITIAL_CAPACITY];
    private int size;
    private long armed; // counts armings, to tell equal expiries apart

    int size() {
        return size;
    }

    /** The event that expires first, or null. */
    @Nullable
    Event top() {
        return events[0];
    }

    /** When the first event expires; only if there is one. */
    long topExpiry() {
        return expiries[0];
    }

    Event at(final int index) {
        final Event event = events[index];
        assert event != null : "EVT-4: a hole at " + index;
        return event;
    }

    long expiryAt(final int index) {
        return expiries[index];
    }

    /** Makes room for one more event, so that {@link #add} cannot fail. */
    void reserve() {
        if (size < events.length) return;
        final int capacity = events.length * 2;
        final long[] moreExpiries = Arrays.copyOf(expiries, capacity);
        events = Arrays.copyOf(events, capacity);
        expiries = moreExpiries;
    }

    /** Adds an event that is not in the heap. Room was reserved. */
    void add(final Event event, final long expiry) {
        addAs(event, expiry, ++armed);
    }

    /** Adds an event as if it had been armed when another one was. */
    void addAs(final Event event, final long expiry, final long arming) {
        event.armedAs = arming;
        siftUp(size++, event, expiry);
    }

    /** Counts an arming of an event that is kept elsewhere. */
    long nextArming() {
        return ++armed;
    }

    /** Gives an event that is in the heap a new expiry: armed anew, it leaves after others of the same expiry. */
    void move(final Event event, final long expiry) {
        moveAs(event, expiry, ++armed);
    }

    /** Moves an event to an earlier expiry, or back behind those armed before {@code arming}. */
    void moveAs(final Event event, final long expiry, final long arming) {
        event.armedAs = arming;
        final int index = event.heapIndex;
        if (expiry < expiries[index]) siftUp(index, event, expiry);
        else siftDown(index, event, expiry);
    }

    void remove(final Event event) {
        final int index = event.heapIndex;
        final int last = --size;
        final Event moved = at(last);
        final long expiry = expiries[last];
        events[last] = null;
        event.heapIndex = -1;
        if (index == last) return;
        // The last one fills the hole; it may belong above it, when it comes from another branch.
        if (index > 0 && leavesBefore(moved, expiry, (index - 1) >>> 1)) siftUp(index, moved, expiry);
        else siftDown(index, moved, expiry);
    }

    /** Removes all. */
    void clear() {
        for (int i = 0; i < size; i++) at(i).heapIndex = -1;
        Arrays.fill(events, 0, size, null);
        size = 0;
    }

    private boolean leavesBefore(final Event event, final long expiry, final int other) {
        final long otherExpiry = expiries[other];
        return expiry < otherExpiry || (expiry == otherExpiry && event.armedAs < at(other).armedAs);
    }

    private void siftUp(final int from, final Event event, final long expiry) {
        int index = from;
        while (index > 0) {
            final int parent = (index - 1) >>> 1;
            if (!leavesBefore(event, expiry, parent)) break;
            put(index, at(parent), expiries[parent]);
            index = parent;
        }
        put(index, event, expiry);
    }

    private void siftDown(final int from, final Event event, final long expiry) {
        int index = from;
        for (int child = 2 * index + 1; child < size; child = 2 * index + 1) {
            if (child + 1 < size && leavesBefore(at(child + 1), expiries[child + 1], child)) child++;
            if (leavesBefore(event, expiry, child)) break;
            put(index, at(child), expiries[child]);
            index = child;
        }
        put(index, event, expiry);
    }

    private void put(final int index, final Event event, final long expiry) {
        events[index] = event;
        expiries[index] = expiry;
        event.heapIndex = index;
    }

    void checkInvariants() {
        for (int i = 0; i < size; i++) {
            final Event event = at(i);
            if (event.heapIndex != i) throw broken("EVT-4: " + event + " at " + i + " believes " + event.heapIndex);
            if (i > 0 && leavesBefore(event, expiries[i], (i - 1) >>> 1)) throw broken("EVT-4: order broken at " + i);
        }
        for (int i = size; i < events.length; i++) {
            if (events[i] != null) throw broken("EVT-3: " + events[i] + " beyond the size " + size);
        }
    }

    private static AssertionError broken(final String what) {
        return new AssertionError(what);
    }
}
