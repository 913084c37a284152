package io.evbuffer.event;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * What a base's loop has done since the base was opened.
 *
 * <p><b>Cost:</b> reading stops nothing and allocates nothing. <b>Threads:</b> read by any; each number is true for some
 * moment of the near past, two numbers may be of different moments.
 */
public final class LoopMetrics {
    static final int TURNS = 0;
    static final int EMPTY_TURNS = 1;
    static final int CALLBACKS = 2;
    static final int FAILED_CALLBACKS = 3;
    static final int TIMERS_EXPIRED = 4;
    static final int SLEEPS = 5;
    static final int WAIT_ASKED = 6;
    static final int ASLEEP = 7;
    static final int WAKE_UPS_SENT = 8;
    static final int WAKE_UPS_MERGED = 9;
    static final int INTEREST_CALLS = 10;
    static final int INTEREST_CALLS_SAVED = 11;
    static final int PASSES_CUT = 12;
    static final int BACKEND_REBUILDS = 13;
    private static final int COUNT = 14;

    // Opaque: no number is torn or held back for ever; nothing else is promised. Written under the base's lock only.
    private static final VarHandle VALUE = MethodHandles.arrayElementVarHandle(long[].class);

    private final long[] values = new long[COUNT];

    LoopMetrics() {}

    void increment(final int what) {
        add(what, 1);
    }

    void add(final int what, final long amount) {
        VALUE.setOpaque(values, what, values[what] + amount);
    }

    void set(final int what, final long value) {
        VALUE.setOpaque(values, what, value);
    }

    private long get(final int what) {
        return (long) VALUE.getOpaque(values, what);
    }

    /**
     * Turns of the loop, each with one poll.
     *
     * @return the number so far.
     */
    public long turns() {
        return get(TURNS);
    }

    /**
     * Turns in which nothing became active.
     *
     * @return the number so far.
     */
    public long emptyTurns() {
        return get(EMPTY_TURNS);
    }

    /**
     * Callbacks run, of events, deferred callbacks and tasks.
     *
     * @return the number so far.
     */
    public long callbacks() {
        return get(CALLBACKS);
    }

    /**
     * Callbacks that threw.
     *
     * @return the number so far.
     */
    public long failedCallbacks() {
        return get(FAILED_CALLBACKS);
    }

    /**
     * Timers that expired.
     *
     * @return the number so far.
     */
    public long timersExpired() {
        return get(TIMERS_EXPIRED);
    }

    /**
     * Polls that were to wait.
     *
     * @return the number so far.
     */
    public long sleeps() {
        return get(SLEEPS);
    }

    /**
     * Time that polls were to wait at most, those without limit not counted.
     *
     * @return the sum in nanoseconds.
     */
    public long waitAskedNanos() {
        return get(WAIT_ASKED);
    }

    /**
     * Time spent in polls that were to wait.
     *
     * @return the sum in nanoseconds.
     */
    public long asleepNanos() {
        return get(ASLEEP);
    }

    /**
     * Wake-ups sent to the sleeping loop.
     *
     * @return the number so far.
     */
    public long wakeUpsSent() {
        return get(WAKE_UPS_SENT);
    }

    /**
     * Wake-ups not sent, as one was on its way.
     *
     * @return the number so far.
     */
    public long wakeUpsMerged() {
        return get(WAKE_UPS_MERGED);
    }

    /**
     * Changes of interest told to the backend.
     *
     * @return the number so far.
     */
    public long interestCalls() {
        return get(INTEREST_CALLS);
    }

    /**
     * Descriptors whose interest was changed and changed back within a turn, so that the backend was not told.
     *
     * @return the number so far.
     */
    public long interestCallsSaved() {
        return get(INTEREST_CALLS_SAVED);
    }

    /**
     * Passes ended by a limit on callbacks or time.
     *
     * @return the number so far.
     */
    public long passesCut() {
        return get(PASSES_CUT);
    }

    /**
     * Times the backend had to make its kernel objects anew.
     *
     * @return the number so far.
     */
    public long backendRebuilds() {
        return get(BACKEND_REBUILDS);
    }

    @Override
    public String toString() {
        return "LoopMetrics[turns " + turns() + ", empty " + emptyTurns() + ", callbacks " + callbacks() + ", sleeps "
                + sleeps() + ", wake-ups " + wakeUpsSent() + ", interest calls " + interestCalls() + ", saved "
                + interestCallsSaved() + "]";
    }
}
