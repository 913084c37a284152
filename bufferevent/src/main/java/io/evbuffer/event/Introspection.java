package io.evbuffer.event;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/** Looks through the structures of a base: lists its events, checks its invariants. With the base's lock. */
final class Introspection {
    private Introspection() {}

    /**
     * Every event that is inserted, armed or queued, once: by descriptor, then signals, then timers by expiry, then the
     * others.
     */
    static List<Event> events(final EventBase base) {
        final Set<Event> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        final List<Event> events = new ArrayList<>();
        for (final IoDescriptor descriptor : base.descriptors().snapshot()) {
            for (Event event = descriptor.first; event != null; event = event.nextOnDescriptor)
                add(event, seen, events);
        }
        for (int number = 1; number <= SignalTable.MAX_NUMBER; number++) {
            for (Event event = base.signals().first(number); event != null; event = event.nextOnDescriptor)
                add(event, seen, events);
        }
        for (final Event event : base.timers().snapshot()) add(event, seen, events);
        final ActiveQueues queues = base.queues();
        for (int i = 0; i < queues.priorities(); i++) {
            for (Activation entry = queues.first(i); entry != null; entry = entry.next) add(entry, seen, events);
        }
        for (Activation entry = queues.firstLater(); entry != null; entry = entry.next) add(entry, seen, events);
        return events;
    }

    private static void add(final Activation entry, final Set<Event> seen, final List<Event> events) {
        final Event event =
                entry instanceof final Finalization end ? end.event() : entry instanceof final Event of ? of : null;
        if (event != null && seen.add(event)) events.add(event);
    }

    /** Checks EVT-1 to EVT-9. */
    static void check(final EventBase base) {
        final ActiveQueues queues = base.queues();
        final Set<Activation> queued = Collections.newSetFromMap(new IdentityHashMap<>());
        for (int i = 0; i < queues.priorities(); i++) {
            Activation before = null;
            for (Activation entry = queues.first(i); entry != null; entry = entry.next) {
                if (entry.queued != Activation.ACTIVE)
                    throw broken("EVT-2: " + entry + " is in queue " + i + " and not active");
                if (entry.queue != i) throw broken("EVT-1: " + entry + " is in queue " + i + ", not in " + entry.queue);
                if (entry.previous != before) throw broken("EVT-1: links of queue " + i + " at " + entry);
                if (!queued.add(entry)) throw broken("EVT-1: " + entry + " is queued twice");
                before = entry;
            }
        }
        for (Activation entry = queues.firstLater(); entry != null; entry = entry.next) {
            if (entry.queued != Activation.LATER)
                throw broken("EVT-2: " + entry + " waits for the next turn and is not marked so");
            if (!queued.add(entry)) throw broken("EVT-1: " + entry + " is queued twice");
        }
        if (queued.size() != queues.size())
            throw broken("EVT-8: " + queued.size() + " are queued, counted are " + queues.size());
        base.timers().checkInvariants();
        base.descriptors().checkInvariants();
        base.signals().checkInvariants();
        checkAdded(base, queued);
    }

    private static void checkAdded(final EventBase base, final Set<Activation> queued) {
        int added = 0;
        for (final Activation entry : queued) if (!entry.internal) added++;
        for (final Event event : events(base)) {
            if (event.isQueued() && !queued.contains(event)) throw broken("EVT-1: " + event + " is in no queue");
            if (event.internal) continue;
            if (event.inserted) added++;
            if (event.isArmed()) added++;
        }
        if (added != base.counters().added()) {
            throw broken("EVT-9: " + added + " state bits are set, counted are "
                    + base.counters().added());
        }
    }

    private static AssertionError broken(final String what) {
        return new AssertionError(what);
    }
}
