package io.evbuffer.libevent;

import java.util.EnumMap;
import java.util.Map;

/** How often each wanted difference was met. */
final class Met {
    private final Map<WantedDifference, Long> counts = new EnumMap<>(WantedDifference.class);

    void note(final WantedDifference difference) {
        counts.merge(difference, 1L, Long::sum);
    }

    long count(final WantedDifference difference) {
        return counts.getOrDefault(difference, 0L);
    }

    void add(final Met other) {
        other.counts.forEach((difference, count) -> counts.merge(difference, count, Long::sum));
    }

    @Override
    public String toString() {
        final StringBuilder table = new StringBuilder();
        for (final WantedDifference each : WantedDifference.values()) {
            table.append(String.format("%8d times  %s%n", count(each), each));
        }
        return table.toString();
    }
}
