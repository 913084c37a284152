package io.evbuffer.perf.compare;

import java.io.PrintStream;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Tells somebody who waits how much is done and how long the rest will take, if it goes on as it did. */
final class Progress {
    private final PrintStream out;
    private final int total;
    private final long start = System.nanoTime();
    private int done;

    /** Begins now, with nothing done. */
    Progress(final PrintStream out, final int total) {
        this.out = out;
        this.total = total;
    }

    /** Says what comes next. */
    void show(final String next) {
        out.println(String.format(Locale.ROOT, "[%2d of %d%s] %s", done + 1, total, left(), next));
    }

    /** Counts what is done. */
    void add(final int parts) {
        done += parts;
    }

    private String left() {
        if (done == 0) return "";
        final long nanos = System.nanoTime() - start;
        final long seconds = TimeUnit.NANOSECONDS.toSeconds(nanos / done * (total - done));
        return String.format(Locale.ROOT, ", %d:%02d left", seconds / 60, seconds % 60);
    }
}
