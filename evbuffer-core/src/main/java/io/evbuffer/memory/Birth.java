package io.evbuffer.memory;

import java.util.Arrays;
import java.util.List;

/** Where, when and by which thread a segment was taken, for one of its lendings. */
final class Birth {
    private static final String OURS = SlabPool.class.getPackageName() + ".";

    final int lending;
    final long nanos;
    final String thread;
    private final Throwable site = new Throwable("taken here"); // made readable only if somebody asks

    Birth(final int lending, final long nanos) {
        this.lending = lending;
        this.nanos = nanos;
        thread = Thread.currentThread().getName();
    }

    /** The stack from the caller of this package on. */
    List<StackTraceElement> site() {
        final StackTraceElement[] frames = site.getStackTrace();
        int first = 0;
        while (first < frames.length - 1 && isPoolFrame(frames[first])) first++;
        return Arrays.asList(frames).subList(first, frames.length);
    }

    private static boolean isPoolFrame(final StackTraceElement frame) {
        final String name = frame.getClassName();
        return name.equals(OURS + "SlabPool") || name.equals(OURS + "Stripes") || name.equals(OURS + "Birth");
    }
}
