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
    static final int BUSY = 14;
    static final int LONGEST_TURN = 15;
    static final int MOST_CALLBACKS_IN_TURN = 16;
    static final int CALLBACK_TIME = 17;
    static final int SLOW_CALLBACKS = 18;
    static final int LONGEST_CALLBACK = 19;
    static final int MOST_LATE = 20;
    static final int BUSY_POLLS = 21;
    static final int SILENCED = 22;
    private static final int COUNT = 23;

    /** The number of classes of {@link #timersLate}. */
    public static final int LATENESS_CLASSES = 40;

    // Opaque: no number is torn or held back for ever; nothing else is promised. Written under the base's lock only.
    private static final VarHandle VALUE = MethodHandles.arrayElementVarHandle(long[].class);
    private static final VarHandle LENGTH = MethodHandles.arrayElementVarHandle(int[].class);

    private final long[] values = new long[COUNT];
    private final long[] late = new long[LATENESS_CLASSES];
    private volatile int[] queued = new int[1]; // per priority; replaced while all are empty

    LoopMetrics() {}

    void most(final int what, final long value) {
        if (value > values[what]) VALUE.setOpaque(values, what, value);
    }

    void timerLate(final long nanos) {
        most(MOST_LATE, nanos);
        final int which = lateness(nanos);
        VALUE.setOpaque(late, which, late[which] + 1);
    }

    private static int lateness(final long nanos) {
        return Math.min(Long.SIZE - Long.numberOfLeadingZeros(nanos), LATENESS_CLASSES - 1);
    }

    void priorities(final int count) {
        queued = new int[count];
    }

    void queued(final int priority, final int by) {
        final int[] lengths = queued;
        LENGTH.setOpaque(lengths, priority, lengths[priority] + by);
    }

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

    /**
     * Time from the return of each poll to the next one that may wait: what the loop did when it was not asleep.
     *
     * @return the sum in nanoseconds.
     */
    public long busyNanos() {
        return get(BUSY);
    }

    /**
     * The longest turn, which is the lag of the loop: for so long it looked for neither I/O nor timers.
     *
     * @return nanoseconds.
     */
    public long longestTurnNanos() {
        return get(LONGEST_TURN);
    }

    /**
     * The most callbacks that ran between two polls.
     *
     * @return their number.
     */
    public long mostCallbacksInTurn() {
        return get(MOST_CALLBACKS_IN_TURN);
    }

    /**
     * Time spent in callbacks, measured with {@link EventConfig#MEASURE_CALLBACKS} or {@link EventConfig#slowCallbacks}.
     *
     * @return the sum in nanoseconds, 0 if it is not measured.
     */
    public long callbackNanos() {
        return get(CALLBACK_TIME);
    }

    /**
     * The longest callback, measured as {@link #callbackNanos()}.
     *
     * @return nanoseconds.
     */
    public long longestCallbackNanos() {
        return get(LONGEST_CALLBACK);
    }

    /**
     * Callbacks that took longer than {@link EventConfig#slowCallbacks} accepts.
     *
     * @return the number so far.
     */
    public long slowCallbacks() {
        return get(SLOW_CALLBACKS);
    }

    /**
     * The longest time from the expiry of a timer to the turn that found it due.
     *
     * @return nanoseconds.
     */
    public long mostLateNanos() {
        return get(MOST_LATE);
    }

    /**
     * Timers by the time from expiry to the turn that found them due: a histogram by powers of two.
     *
     * @param which 0 for those that were on time; n for those that were late by 2^(n-1) nanoseconds or more and less than 2^n,
     *     where the last class, {@link #LATENESS_CLASSES} - 1, has all that were later.
     * @return the number so far.
     * @throws IndexOutOfBoundsException if there is no such class.
     */
    public long timersLate(final int which) {
        return (long) VALUE.getOpaque(late, which);
    }

    /**
     * Callbacks that are active in the queue of a priority.
     *
     * @param priority 0 is most urgent.
     * @return their number, 0 if there is no such priority.
     */
    public int queueLength(final int priority) {
        final int[] lengths = queued;
        return priority < lengths.length ? (int) LENGTH.getOpaque(lengths, priority) : 0;
    }

    /**
     * Polls that did not wait so that the loop would be quick: {@link EventConfig#busyPoll}.
     *
     * @return the number so far.
     */
    public long busyPolls() {
        return get(BUSY_POLLS);
    }

    /**
     * Descriptors that are not waited for any more as nobody took what was reported of them, until their interest changes.
     *
     * @return the number so far.
     */
    public long silencedDescriptors() {
        return get(SILENCED);
    }

    @Override
    public String toString() {
        return "LoopMetrics[turns " + turns() + ", empty " + emptyTurns() + ", callbacks " + callbacks() + ", sleeps "
                + sleeps() + ", wake-ups " + wakeUpsSent() + ", interest calls " + interestCalls() + ", saved "
                + interestCallsSaved() + "]";
    }
}
