package io.evbuffer.event;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The events of a {@link TimerHeap} by number: the heap knows its entries by these slots and not by references, so that
 * sifting writes numbers only, and touches no event.
 *
 * <pre>
 *   slot           0   1   2   3          an event knows its slot, or that it has none
 *   events         a   b   -   d
 *   places         7   2  ~4   0          position in the heap; of a free slot the complement of the next one
 * </pre>
 *
 * <p>A reference that is written into an object which has lived long is work for a generational collector. Here one is
 * written when an event comes, none when it moves.
 *
 * <p>Invariants: EVT-3 an event of the heap stands at its slot, every other slot is free.
 *
 * <p><b>Cost:</b> O(1), no allocation but for growth; the arrays stay as large as the most events at a time have made them, 8
 * bytes each. <b>Threads:</b> guarded by the base's lock.
 */
final class TimerTable {
    /** No slot. */
    static final int NONE = -1;

    private static final int INITIAL_CAPACITY = 16;

    private @Nullable Event[] events = new Event[INITIAL_CAPACITY];
    private int[] places = new int[INITIAL_CAPACITY];
    private int used; // slots that were ever taken
    private int free = NONE;

    /** Makes room for so many more events, so that {@link #take} cannot fail. */
    void reserve(final int more) {
        if (used + more <= places.length) return;
        final int capacity = Math.multiplyExact(used + more, 2);
        events = Arrays.copyOf(events, capacity);
        places = Arrays.copyOf(places, capacity); // the last, which tells that both have grown
    }

    /** Gives an event that has none a slot. Room was reserved. */
    int take(final Event event) {
        int slot = free;
        if (slot == NONE) slot = used++;
        else free = ~places[slot];
        events[slot] = event;
        event.heapSlot = slot;
        return slot;
    }

    void release(final Event event) {
        final int slot = event.heapSlot;
        event.heapSlot = NONE;
        events[slot] = null;
        places[slot] = ~free;
        free = slot;
    }

    Event event(final int slot) {
        final Event event = events[slot];
        assert event != null : "EVT-3: nobody at slot " + slot;
        return event;
    }

    /** The position in the heap. */
    int place(final int slot) {
        return places[slot];
    }

    void place(final int slot, final int place) {
        places[slot] = place;
    }

    /** Checks the slots; as many as the heap has entries are taken. */
    void checkInvariants(final int size) {
        int taken = used;
        for (int slot = free; slot != NONE; slot = ~places[slot]) {
            taken--;
            if (events[slot] != null)
                throw new AssertionError("EVT-3: " + events[slot] + " at " + slot + ", which is free");
        }
        if (taken != size) throw new AssertionError("EVT-3: " + taken + " slots for " + size + " events");
        for (final Event event : events) {
            if (event == null) continue;
            if (events[event.heapSlot] != event) throw new AssertionError("EVT-3: " + event + " is not at its slot");
            taken--;
        }
        if (taken != 0) throw new AssertionError("EVT-3: events and slots differ by " + taken);
    }
}
