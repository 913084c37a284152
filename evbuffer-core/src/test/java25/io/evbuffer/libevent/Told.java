package io.evbuffer.libevent;

import java.util.ArrayList;
import java.util.List;

/**
 * One call of a listener.
 *
 * @param listener its number, counted from the first one of its buffer.
 * @param originalLength the length when it was last told.
 * @param added bytes since then.
 * @param deleted bytes since then.
 */
record Told(int listener, long originalLength, long added, long deleted) {
    /** What was told in several rounds, as if told in one. */
    static List<Told> inOneRound(final List<Told> rounds) {
        final List<Told> merged = new ArrayList<>();
        for (final Told each : rounds) {
            int known = 0;
            while (known < merged.size() && merged.get(known).listener != each.listener) known++;
            if (known == merged.size()) {
                merged.add(each);
            } else {
                merged.set(known, merged.get(known).then(each));
            }
        }
        return merged;
    }

    private Told then(final Told next) {
        if (next.originalLength != originalLength + added - deleted) throw new AssertionError(this + " then " + next);
        return new Told(listener, originalLength, added + next.added, deleted + next.deleted);
    }
}
