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
    static final Timing LONG = new Timing(12, 200, 50);

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

    /** What it takes, without the start of the JVM. */
    long nanos() {
        return TimeUnit.MILLISECONDS.toNanos(warmups * warmupMillis + iterations * iterationMillis);
    }
}
