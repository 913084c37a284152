package io.evbuffer.bufferevent;

import java.util.concurrent.TimeUnit;

/**
 * Counts what one BufferEvent does: plain additions on the way, put together when somebody asks.
 *
 * <p>Threads: those of its BufferEvent.
 */
final class Tally {
    private static final long STALL_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long NOT_HELD = Long.MIN_VALUE;

    long bytesIn;
    long bytesOut;
    long reads;
    long writes;
    long interestChanges;
    long notices;
    private final long[] suspensions = new long[SuspendReason.values().length];
    private long stalls;
    private long heldSince = NOT_HELD; // at the high mark, with nothing taken

    void suspended(final SuspendReason reason) {
        suspensions[placeOf(reason)]++;
    }

    /** The input has come to its high mark, or bytes of it were taken and it still is there. */
    void held(final long now) {
        stalls += isStalled(now) ? 1 : 0;
        heldSince = now;
    }

    /** It is below its mark. */
    void drained(final long now) {
        stalls += isStalled(now) ? 1 : 0;
        heldSince = NOT_HELD;
    }

    private boolean isStalled(final long now) {
        return heldSince != NOT_HELD && now - heldSince >= STALL_NANOS;
    }

    BufferEventCounters counters(final long now) {
        return new BufferEventCounters(
                bytesIn,
                bytesOut,
                reads,
                writes,
                interestChanges,
                notices,
                of(SuspendReason.WATERMARK),
                of(SuspendReason.BANDWIDTH),
                of(SuspendReason.GROUP_BANDWIDTH),
                of(SuspendReason.LOOKUP),
                of(SuspendReason.FILTER) + of(SuspendReason.TLS_TASK),
                stalls + (isStalled(now) ? 1 : 0));
    }

    private long of(final SuspendReason reason) {
        return suspensions[placeOf(reason)];
    }

    private static int placeOf(final SuspendReason reason) {
        return Integer.numberOfTrailingZeros(reason.bit);
    }
}
