package io.evbuffer.memory;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A segment that somebody holds, as {@link SlabPool#liveSegments()} saw it.
 *
 * @param slab the number of its slab in the pool's life.
 * @param place its place in the slab, from 0.
 * @param capacity in bytes.
 * @param holders how many hold it.
 * @param lending the segment's {@link Segment#generation()}.
 * @param ageNanos how long ago it was lent: exact if there is a birth site; otherwise at most, by as much as the pool was
 *     not told the time ({@link SlabPool#advance(long)}) before.
 * @param owner what its taker wrote on it with {@link Segment#owner(String)}, or null.
 * @param thread the name of the thread that took it, if this lending was sampled, or null.
 * @param birthSite where it was taken, innermost frame first; empty if this lending was not sampled.
 */
public record LiveSegment(
        int slab,
        int place,
        int capacity,
        int holders,
        int lending,
        long ageNanos,
        @Nullable String owner,
        @Nullable String thread,
        List<StackTraceElement> birthSite) {
    private static final int MOST_FRAMES = 12; // in the text
    private static final int MOST_NAMED = 16; // in a report

    /**
     * Makes an entry.
     *
     * @param birthSite copied.
     */
    public LiveSegment {
        birthSite = List.copyOf(birthSite);
    }

    static LiveSegment of(final Slab slab, final int place, final Segment segment, final int holders, final long now) {
        final int lending = segment.generation();
        final Birth last = segment.birth;
        final Birth birth = last != null && last.lending == lending ? last : null;
        return new LiveSegment(
                slab.index,
                place,
                segment.capacity(),
                holders,
                lending,
                Math.max(0, now - (birth == null ? segment.lentNanos : birth.nanos)),
                segment.owner(),
                birth == null ? null : birth.thread,
                birth == null ? List.of() : birth.site());
    }

    /** What a pool logs at its close. */
    static String report(final String pool, final List<LiveSegment> live) {
        final StringBuilder text =
                new StringBuilder("pool '" + pool + "' closed with " + live.size() + " live segments:");
        for (final LiveSegment segment : live.subList(0, Math.min(live.size(), MOST_NAMED))) {
            text.append("\n    ").append(segment);
        }
        if (live.size() > MOST_NAMED)
            text.append("\n    and ").append(live.size() - MOST_NAMED).append(" more");
        return text.toString();
    }

    /** One line, and one more for each of the innermost frames of the birth site. */
    @Override
    public String toString() {
        final StringBuilder text = new StringBuilder("slab ")
                .append(slab)
                .append(" segment ")
                .append(place)
                .append(": ")
                .append(capacity)
                .append(" bytes, ")
                .append(holders)
                .append(holders == 1 ? " holder" : " holders")
                .append(", lending ")
                .append(lending)
                .append(", ")
                .append(ageNanos / 1_000_000)
                .append(" ms old");
        if (owner != null) text.append(", of '").append(owner).append('\'');
        if (thread != null) text.append(", taken by thread '").append(thread).append('\'');
        final int shown = Math.min(birthSite.size(), MOST_FRAMES);
        for (int i = 0; i < shown; i++) text.append("\n        at ").append(birthSite.get(i));
        if (shown < birthSite.size())
            text.append("\n        and ").append(birthSite.size() - shown).append(" more");
        return text.toString();
    }
}
