package io.evbuffer.event;

import org.jspecify.annotations.Nullable;

/**
 * Tells Flight Recorder about loops: the one door to {@code jdk.jfr}, which a runtime may lack.
 *
 * <p>The events are {@code io.evbuffer.LoopStatistics}, once a second while a loop turns, {@code LongTurn}, {@code
 * SlowCallback} and {@code DescriptorSilenced}; all are on by default in a recording.
 *
 * <p><b>Cost:</b> with no recording, or no Flight Recorder, a test of a flag: no allocation.
 */
final class LoopEvents {
    private static final @Nullable LoopFlightEvents FLIGHT = open();

    private LoopEvents() {}

    private static @Nullable LoopFlightEvents open() {
        try {
            return new LoopFlightEvents();
        } catch (final LinkageError e) { // this runtime has no Flight Recorder, or our module does not read it
            return null;
        }
    }

    static boolean areStatisticsWanted() {
        return FLIGHT != null && FLIGHT.areStatisticsWanted();
    }

    static void statistics(
            final String method,
            final long turns,
            final long callbacks,
            final long mostCallbacks,
            final long longestTurn,
            final long asleep,
            final long wakeUps) {
        if (FLIGHT != null) {
            FLIGHT.statistics(method, turns, callbacks, mostCallbacks, longestTurn, asleep, wakeUps);
        }
    }

    static void longTurn(final String method, final long nanos, final long callbacks) {
        if (FLIGHT != null) FLIGHT.longTurn(method, nanos, callbacks);
    }

    static void slowCallback(final String method, final Object source, final long nanos) {
        if (FLIGHT != null) FLIGHT.slowCallback(method, source, nanos);
    }

    static void silenced(final String method, final Object descriptor) {
        if (FLIGHT != null) FLIGHT.silenced(method, descriptor);
    }
}
