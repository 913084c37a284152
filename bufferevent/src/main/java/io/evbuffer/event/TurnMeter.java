package io.evbuffer.event;

/**
 * Measures the turns of a loop: from the return of one poll to the next poll, with the readings of the clock that the loop
 * makes anyway. So a turn before a poll that does not wait has that poll in it.
 *
 * <p>While a turn goes on nobody looks for I/O or timers: its length is the lag of the loop.
 *
 * <p>Threads: guarded by the base's lock.
 */
final class TurnMeter {
    static final long LONG_TURN = 10_000_000; // nanoseconds, told to Flight Recorder one by one
    static final long STATISTICS_PERIOD = 1_000_000_000;

    private final String method;
    private final LoopMetrics metrics;
    private final UnheardTime unheard;
    private boolean measuring;
    private long began;
    private long callbacksBefore;
    private long statisticsAt = Long.MIN_VALUE;

    // As they were when statistics were told last:
    private long turnsTold;
    private long callbacksTold;
    private long asleepTold;
    private long wakeUpsTold;
    private long longestSince;
    private long mostCallbacksSince;

    TurnMeter(final String method, final LoopMetrics metrics, final UnheardTime unheard) {
        this.method = method;
        this.metrics = metrics;
        this.unheard = unheard;
    }

    /** A poll has returned. */
    void begin(final long now) {
        measuring = true;
        began = now;
        callbacksBefore = metrics.callbacks();
    }

    /** The loop polls again, or leaves. */
    void end(final long now) {
        if (!measuring) return;
        measuring = false;
        final long length = now - began;
        final long callbacks = metrics.callbacks() - callbacksBefore;
        unheard.turnTook(length);
        metrics.add(LoopMetrics.BUSY, length);
        metrics.most(LoopMetrics.LONGEST_TURN, length);
        metrics.most(LoopMetrics.MOST_CALLBACKS_IN_TURN, callbacks);
        if (length > longestSince) longestSince = length;
        if (callbacks > mostCallbacksSince) mostCallbacksSince = callbacks;
        if (length >= LONG_TURN) LoopEvents.longTurn(method, length, callbacks);
        if (now >= statisticsAt) tell(now);
    }

    /** How long the turn has lasted that goes on, if one does. */
    long soFar(final long now) {
        return measuring ? now - began : 0;
    }

    private void tell(final long now) {
        if (statisticsAt != Long.MIN_VALUE && LoopEvents.areStatisticsWanted()) {
            LoopEvents.statistics(
                    method,
                    metrics.turns() - turnsTold,
                    metrics.callbacks() - callbacksTold,
                    mostCallbacksSince,
                    longestSince,
                    metrics.asleepNanos() - asleepTold,
                    metrics.wakeUpsSent() - wakeUpsTold);
        }
        statisticsAt = Event.saturatedAdd(now, STATISTICS_PERIOD);
        turnsTold = metrics.turns();
        callbacksTold = metrics.callbacks();
        asleepTold = metrics.asleepNanos();
        wakeUpsTold = metrics.wakeUpsSent();
        longestSince = 0;
        mostCallbacksSince = 0;
    }
}
