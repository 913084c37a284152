package io.evbuffer.event;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Armed events in a binary heap by expiry; equal expiries leave in the order of arming.
 *
 * <p>The expiries lie beside the slots of the events in an array of their own, so sifting touches few cache lines, and no event;
 * the table of slots knows each event's position, so that it can be moved and removed in O(log n). No allocation but for growth.
 *
 * <p>Invariants: EVT-3 the place of an event's slot is its index here; EVT-4 no entry leaves before its parent.
 *
 * <p>Threads: guarded by the base's lock.
 */
final class TimerHeap {
    private static final int INITIAL_CAPACITY = 16;

    private final TimerTable table = new TimerTable();
    private long[] expiries = new long[INITIAL_CAPACITY];
    private int[] slots = new int[INITIAL_CAPACITY];
    private int size;
    private long armed; // counts armings, to tell equal expiries apart

    int size() {
        return size;
    }

    /** The event that expires first, or null. */
    @Nullable
    Event top() {
        return size == 0 ? null : table.event(slots[0]);
    }

    /** When the first event expires; only if there is one. */
    long topExpiry() {
        return expiries[0];
    }

    Event at(final int index) {
        return table.event(slots[index]);
    }

    boolean contains(final Event event) {
        return event.heapSlot != TimerTable.NONE;
    }

    /** When an event of the heap expires. */
    long expiryOf(final Event event) {
        return expiries[table.place(event.heapSlot)];
    }

    /** Makes room for one more event, so that {@link #add} cannot fail. */
    void reserve() {
        table.reserve(1);
        if (size < slots.length) return;
        final int capacity = Math.multiplyExact(slots.length, 2);
        expiries = Arrays.copyOf(expiries, capacity);
        slots = Arrays.copyOf(slots, capacity);
    }

    /** Adds an event that is not armed. Room was reserved. */
    void add(final Event event, final long expiry) {
        addAs(event, expiry, ++armed);
    }

    /** Adds an event as if it had been armed when another one was. */
    void addAs(final Event event, final long expiry, final long arming) {
        event.armedAs = arming;
        siftUp(size++, table.take(event), expiry);
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
        final int slot = event.heapSlot;
        final int index = table.place(slot);
        if (expiry < expiries[index]) siftUp(index, slot, expiry);
        else siftDown(index, slot, expiry);
    }

    void remove(final Event event) {
        final int index = table.place(event.heapSlot);
        final int last = --size;
        final int moved = slots[last];
        final long expiry = expiries[last];
        table.release(event);
        if (index == last) return;
        // The last one fills the hole; it may belong above it, when it comes from another branch.
        if (index > 0 && leavesBefore(moved, expiry, (index - 1) >>> 1)) siftUp(index, moved, expiry);
        else siftDown(index, moved, expiry);
    }

    /** Removes all. */
    void clear() {
        for (int i = 0; i < size; i++) table.release(at(i));
        size = 0;
    }

    private boolean leavesBefore(final int slot, final long expiry, final int other) {
        final long otherExpiry = expiries[other];
        return expiry < otherExpiry || (expiry == otherExpiry && table.event(slot).armedAs < at(other).armedAs);
    }

    private void siftUp(final int from, final int slot, final long expiry) {
        int index = from;
        while (index > 0) {
            final int parent = (index - 1) >>> 1;
            if (!leavesBefore(slot, expiry, parent)) break;
            put(index, slots[parent], expiries[parent]);
            index = parent;
        }
        put(index, slot, expiry);
    }

    private void siftDown(final int from, final int slot, final long expiry) {
        int index = from;
        for (int child = 2 * index + 1; child < size; child = 2 * index + 1) {
            if (child + 1 < size && leavesBefore(slots[child + 1], expiries[child + 1], child)) child++;
            if (leavesBefore(slot, expiry, child)) break;
            put(index, slots[child], expiries[child]);
            index = child;
        }
        put(index, slot, expiry);
    }

    private void put(final int index, final int slot, final long expiry) {
        slots[index] = slot;
        expiries[index] = expiry;
        table.place(slot, index);
    }

    void checkInvariants() {
        table.checkInvariants(size);
        for (int i = 0; i < size; i++) {
            final Event event = at(i);
            final int place = table.place(slots[i]);
            if (place != i) throw broken("EVT-4: " + event + " at " + i + " is said to be at " + place);
            if (i > 0 && leavesBefore(slots[i], expiries[i], (i - 1) >>> 1))
                throw broken("EVT-4: order broken at " + i);
        }
    }

    private static AssertionError broken(final String what) {
        return new AssertionError(what);
    }
}
