package io.evbuffer.perf.compare;

import java.util.concurrent.TimeUnit;

/**
 * How long a contender is measured in one fork: warm-up, then many short iterations, as another's work comes and goes in
 * milliseconds.
 *
 * @param warmups how many.
 * @param warmupMillis of each.
 * @param iterations how many.
 * @param iterationMillis of each.
 */
record Timing(int warmups, long warmupMillis, int iterations, long iterationMillis) {
    private static final long ITERATION_MILLIS = 10;

    /** On two shared processors compilers need more than a second for what is linked late. */
    static final Timing LONG = new Timing(8, 200, 40);

    /** Less is to be compiled, and nothing linked. */
    static final Timing LONG_IN_MEMORY = new Timing(5, 200, 40);

    /**
     * A server has more to compile, its compilers share its processor, and their time is in its own: a connection that comes and goes
     * was seen to cost 400 us of it after three seconds, 55 after twelve. Most need less and end it: {@link ServerRun} tells when. An
     * iteration of a quarter of a second is long enough that what others, who run in turn, have left in the caches hardly counts.
     */
    static final Timing LONG_OF_SERVERS = new Timing(40, 500, 12, 250);

    /**
     * Times hardly matter, but what compilers do not allocate must be compiled. Long iterations, as JMH allocates some 20 KB
     * around each.
     */
    static final Timing COUNTS = new Timing(6, 100, 5, 100);

    /** The same for what calls the system: its code is compiled after three seconds, on a busy machine. */
    static final Timing CALLING_COUNTS = new Timing(20, 100, 15, 100);

    private static final long QUICK_WARMUP_MILLIS = 100;
    private static final int LEAST_WARMUPS = 2;
    private static final int MOST_WARMUPS = 8;
    private static final int LEAST_ITERATIONS = 15;
    private static final int MOST_ITERATIONS = 50;

    private static final long SERVER_WARMUP_MILLIS = 250;
    private static final int SERVER_LEAST_WARMUPS = 4;
    private static final int SERVER_MOST_WARMUPS = 60;

    /** The clock of a process is exact, but one turn may have much to do and the next one nothing. */
    private static final long SERVER_ITERATION_MILLIS = 100;

    private static final int SERVER_ITERATIONS = 10;

    /** Iterations of the usual length. */
    Timing(final int warmups, final long warmupMillis, final int iterations) {
        this(warmups, warmupMillis, iterations, ITERATION_MILLIS);
    }

    /** As long as time allows, within what still says something: 350 to 1300 ms. Two thirds are for warming up. */
    static Timing within(final long nanos) {
        final long millis = TimeUnit.NANOSECONDS.toMillis(nanos);
        return new Timing(
                Math.clamp(millis * 2 / 3 / QUICK_WARMUP_MILLIS, LEAST_WARMUPS, MOST_WARMUPS),
                QUICK_WARMUP_MILLIS,
                Math.clamp(millis / 3 / ITERATION_MILLIS, LEAST_ITERATIONS, MOST_ITERATIONS));
    }

    /** The same for a server: a second that counts, after one to fifteen that do not. */
    static Timing ofServerWithin(final long nanos) {
        final long warmup = TimeUnit.NANOSECONDS.toMillis(nanos) - SERVER_ITERATIONS * SERVER_ITERATION_MILLIS;
        return new Timing(
                Math.clamp(warmup / SERVER_WARMUP_MILLIS, SERVER_LEAST_WARMUPS, SERVER_MOST_WARMUPS),
                SERVER_WARMUP_MILLIS,
                SERVER_ITERATIONS,
                SERVER_ITERATION_MILLIS);
    }

    /** What it takes, without the start of the process. */
    long nanos() {
        return TimeUnit.MILLISECONDS.toNanos(warmups * warmupMillis + iterations * iterationMillis);
    }
}
