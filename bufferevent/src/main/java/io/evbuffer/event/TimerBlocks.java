package io.evbuffer.event;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The memory of the queues of a base's common timeouts: blocks of {@value #BLOCK} entries, linked by their numbers.
 *
 * <pre>
 *   block                0                    1
 *   entries    a . b c . . . d ...  | e f . . - - - - ...        . taken away   - not used yet
 *   links      previous, next       | previous, next
 * </pre>
 *
 * <p>An entry is taken away by clearing its place, and armed anew by writing it behind the last one. So what lies around
 * it is not touched, and hardly ever is a reference written where the collector has to note it: references that link old
 * objects in all directions are work for it, 1,300 ns each time with G1 where a queue was linked through its events.
 *
 * <p><b>Cost:</b> no allocation but for growth, which doubles. A block takes 72 bytes (136 without compressed references) and
 * has one entry at least, but for the last of a queue, and 16 where none was taken away: 4.5 to 72 bytes an event, twice that just
 * after growth. <b>Threads:</b> guarded by the base's lock.
 */
final class TimerBlocks {
    /** Entries of a block. */
    static final int BLOCK = 16;

    /** No block, no place. */
    static final int NONE = -1;

    private static final int SHIFT = 4;
    private static final int INITIAL_BLOCKS = 4;

    private @Nullable Event[] entries = new Event[INITIAL_BLOCKS * BLOCK];
    private int[] links = new int[2 * INITIAL_BLOCKS];
    private int used; // blocks that were ever taken
    private int free = NONE; // linked by next

    static int blockOf(final int place) {
        return place >> SHIFT;
    }

    static int firstOf(final int block) {
        return block << SHIFT;
    }

    static int endOf(final int block) {
        return (block + 1) << SHIFT;
    }

    /** Makes room for one more block, so that {@link #take} cannot fail. */
    void reserve() {
        if (free != NONE || used < links.length / 2) return;
        final int blocks = Math.multiplyExact(used, 2);
        entries = Arrays.copyOf(entries, Math.multiplyExact(blocks, BLOCK));
        links = Arrays.copyOf(links, 2 * blocks); // the last, which tells that both have grown
    }

    /** A free block, whose links are to be set. Room was reserved. */
    int take() {
        final int block = free;
        if (block == NONE) return used++;
        free = next(block);
        return block;
    }

    /** Gives back a block without entries. */
    void release(final int block) {
        next(block, free);
        free = block;
    }

    @Nullable
    Event at(final int place) {
        return entries[place];
    }

    void put(final int place, final Event event) {
        entries[place] = event;
        event.queuePlace = place;
    }

    /** Takes an event off its place. */
    void clear(final Event event) {
        entries[event.queuePlace] = null;
        event.queuePlace = NONE;
    }

    boolean isEmpty(final int block) {
        final int end = endOf(block);
        for (int place = firstOf(block); place < end; place++) if (entries[place] != null) return false;
        return true;
    }

    int previous(final int block) {
        return links[2 * block];
    }

    void previous(final int block, final int previous) {
        links[2 * block] = previous;
    }

    int next(final int block) {
        return links[2 * block + 1];
    }

    void next(final int block, final int next) {
        links[2 * block + 1] = next;
    }

    /** Checks that nothing is lost: so many blocks belong to queues, the others are free and empty. */
    void checkInvariants(final int ofQueues) {
        int count = ofQueues;
        for (int block = free; block != NONE; block = next(block)) {
            count++;
            if (!isEmpty(block)) throw new AssertionError("EVT-5: block " + block + " is free and has events");
        }
        if (count != used) throw new AssertionError("EVT-5: " + used + " blocks, of which " + count + " are known");
    }
}
