package io.evbuffer.perf.compare;

import java.io.PrintStream;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Tells somebody who waits how much is done and how long the rest will take, if it goes on as it did. */
final class Progress {
    private final PrintStream out;
    private final LongSupplier clock;
    private int total;
    private int done;
    private long start;
    private long limitNanos = Long.MAX_VALUE;

    /** Nothing is begun yet; the clock is in nanoseconds. */
    Progress(final PrintStream out, final LongSupplier clock) {
        this.out = out;
        this.clock = clock;
    }

    /** Begins now, with nothing done, and will be over when the time is. */
    void begin(final int parts, final long limit) {
        total = parts;
        done = 0;
        limitNanos = limit;
        start = clock.getAsLong();
    }

    /** Says what comes next. */
    void show(final String next) {
        out.println(String.format(Locale.ROOT, "[%2d of %d%s] %s", Math.min(done + 1, total), total, left(), next));
    }

    /** Says what happened to what was shown. */
    void tell(final String what) {
        out.println("        " + what);
    }

    /** Counts what is done. */
    void add(final int parts) {
        done += parts;
    }

    private String left() {
        if (done == 0) return "";
        final long nanos = clock.getAsLong() - start;
        final long rest = Math.min(nanos / done * Math.max(0, total - done), limitNanos - nanos);
        final long seconds = TimeUnit.NANOSECONDS.toSeconds(Math.max(0, rest));
        return String.format(Locale.ROOT, ", %d:%02d left", seconds / 60, seconds % 60);
    }
}
