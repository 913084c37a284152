package io.evbuffer.event;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Describes the events of a base for people, a line each: what waits, then what is active. With the base's lock. */
final class Dump {
    private static final String[] NAMES = {"TIMEOUT", "READ", "WRITE", "SIGNAL", "PERSIST", "ET", "FINALIZE", "CLOSED"};
    private static final long NANOS_PER_SECOND = 1_000_000_000;

    private final EventBase base;
    private final List<String> lines = new ArrayList<>();
    private final long wallMinusTicks;

    private Dump(final EventBase base) {
        this.base = base;
        this.wallMinusTicks = base.clock().wallFresh() - base.clock().read();
    }

    static List<String> of(final EventBase base) {
        final Dump dump = new Dump(base);
        dump.lines.add("Pending events:");
        for (final Event event : Introspection.events(base)) dump.pending(event);
        dump.lines.add("Active events:");
        final ActiveQueues queues = base.queues();
        for (int i = 0; i < queues.priorities(); i++) dump.active(queues.first(i));
        dump.active(queues.firstLater());
        return dump.lines;
    }

    private void pending(final Event event) {
        if (!event.inserted && !event.isArmed()) return;
        final StringBuilder line = begin(event, event);
        line.append(" wants").append(bits(event.events()));
        if (event.isArmed()) line.append(", expires ").append(wall(base.timers().expiryOf(event)));
        if (event.internal) line.append(", internal");
        lines.add(line.toString());
    }

    private void active(final @Nullable Activation first) {
        for (Activation entry = first; entry != null; entry = entry.next) {
            final Event event = entry instanceof final Event of ? of : null;
            final StringBuilder line = begin(entry, event);
            if (event != null) line.append(" result").append(bits(event.queuedResult()));
            line.append(", priority ").append(entry.priority);
            if (entry.queued == Activation.LATER) line.append(", next turn");
            if (entry.internal) line.append(", internal");
            lines.add(line.toString());
        }
    }

    /** Which one it is, and of what. */
    private static StringBuilder begin(final Activation entry, final @Nullable Event event) {
        final StringBuilder line = new StringBuilder("  ").append(Integer.toHexString(System.identityHashCode(entry)));
        if (event == null) return line.append(' ').append(entry.getClass().getSimpleName());
        if (event.signal() != 0) return line.append(" signal ").append(event.signal());
        if (event.number() >= 0) return line.append(" descriptor ").append(event.number());
        return event.channel() != null ? line.append(' ').append(event.channel()) : line.append(" no descriptor");
    }

    private static String bits(final int bits) {
        if (bits == 0) return " nothing";
        final StringBuilder text = new StringBuilder();
        for (int i = 0; i < NAMES.length; i++)
            if ((bits & 1 << i) != 0) text.append(' ').append(NAMES[i]);
        final int others = bits >> NAMES.length << NAMES.length;
        return others == 0
                ? text.toString()
                : text.append(" 0x").append(Integer.toHexString(others)).toString();
    }

    private Instant wall(final long ticks) {
        final long wall = Event.saturatedAdd(ticks, wallMinusTicks);
        return Instant.ofEpochSecond(wall / NANOS_PER_SECOND, wall % NANOS_PER_SECOND);
    }
}
