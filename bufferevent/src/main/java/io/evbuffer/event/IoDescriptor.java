package io.evbuffer.event;

import io.evbuffer.event.backend.Descriptor;
import java.nio.channels.SelectableChannel;
import org.jspecify.annotations.Nullable;

/**
 * A descriptor as the base sees it: the events on it, how many of them want each condition, and what the backend was told.
 *
 * <p>A report reads {@code first} and {@code doubts}, which is no boolean for that: HotSpot puts an int beside the reference, in
 * the same cache line mostly, and a boolean behind all ints.
 *
 * <p>Invariants: EVT-6 the counts equal the inserted events that want each bit. Threads: guarded by the base's lock.
 */
final class IoDescriptor extends Descriptor {
    static final int MAX_EVENTS = 65535; // per direction

    @Nullable
    Event first; // inserted events in the order of insertion, linked through themselves

    @Nullable
    Event last;

    int doubts; // not 0: a number without events for a while: it may mean another file by now
    int events;
    int readers;
    int writers;
    int closers;
    int edges; // events that want edges: all of them or none (DEV-4)
    int registered; // what the backend was told last
    boolean inTable;
    boolean changed; // is in the change list

    IoDescriptor(final int number, final @Nullable SelectableChannel channel) {
        super(number, channel);
    }

    void beginLife(final int nextGeneration) {
        generation(nextGeneration);
        registered = 0;
        doubts = 0;
    }

    int wanted() {
        return (readers > 0 ? Event.READ : 0)
                | (writers > 0 ? Event.WRITE : 0)
                | (closers > 0 ? Event.CLOSED : 0)
                | (edges > 0 ? Event.ET : 0);
    }

    void link(final Event event) {
        final Event tail = last;
        event.previousOnDescriptor = tail;
        event.nextOnDescriptor = null;
        if (tail == null) first = event;
        else tail.nextOnDescriptor = event;
        last = event;
        count(event.interest(), 1);
    }

    void unlink(final Event event) {
        final Event next = event.nextOnDescriptor;
        final Event previous = event.previousOnDescriptor;
        if (next != null) next.previousOnDescriptor = previous;
        else last = previous;
        if (previous != null) previous.nextOnDescriptor = next;
        else first = next;
        event.nextOnDescriptor = null;
        event.previousOnDescriptor = null;
        count(event.interest(), -1);
    }

    /** The base is closing. */
    void unlinkAll() {
        for (Event event = first; event != null; event = first) unlink(event);
        inTable = false;
        changed = false;
    }

    private void count(final int bits, final int by) {
        events += by;
        if ((bits & Event.READ) != 0) readers += by;
        if ((bits & Event.WRITE) != 0) writers += by;
        if ((bits & Event.CLOSED) != 0) closers += by;
        if ((bits & Event.ET) != 0) edges += by;
    }

    void checkInvariants() {
        int count = 0;
        int read = 0;
        int write = 0;
        int closed = 0;
        int edge = 0;
        Event before = null;
        for (Event event = first; event != null; event = event.nextOnDescriptor) {
            if (event.previousOnDescriptor != before)
                throw new AssertionError("EVT-6: links of " + this + " at " + event);
            if (!event.inserted) throw new AssertionError("EVT-6: " + event + " is listed and not inserted");
            final int bits = event.interest();
            count++;
            if ((bits & Event.READ) != 0) read++;
            if ((bits & Event.WRITE) != 0) write++;
            if ((bits & Event.CLOSED) != 0) closed++;
            if ((bits & Event.ET) != 0) edge++;
            before = event;
        }
        if (before != last) throw new AssertionError("EVT-6: last of " + this);
        if (count != events || read != readers || write != writers || closed != closers || edge != edges) {
            throw new AssertionError(
                    "EVT-6: counts of " + this + ": " + events + " events, " + readers + " read, " + writers
                            + " write, " + closers + " closed, " + edges + " edge; listed: " + count + ", " + read
                            + ", " + write
                            + ", " + closed + ", " + edge);
        }
        if (events > 0 && !inTable && (number() >= 0 || channel() != null)) {
            throw new AssertionError("EVT-7: " + this + " has events and is not in the table");
        }
    }
}
