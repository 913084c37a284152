package io.evbuffer.bufferevent;

/**
 * The bytes that may still flow, for both directions, and the time up to which ticks were paid in.
 *
 * <p>Ticks are counted from the time the bucket was made. What it holds may be negative: a transfer is never cut in two for
 * a limit that was found out late. <b>BEV-30</b> After a tick it holds no more than the burst.
 *
 * <p>Threads: guarded by who owns it.
 */
final class TokenBucket {
    private TokenBucketCfg cfg;
    private long read;
    private long write;
    private long paidUntil; // in nanoseconds of the base's clock

    TokenBucket(final TokenBucketCfg cfg, final long now) {
        this.cfg = cfg;
        this.read = cfg.rate(Directions.READ);
        this.write = cfg.rate(Directions.WRITE);
        this.paidUntil = now;
    }

    TokenBucketCfg cfg() {
        return cfg;
    }

    /** What is left, as of the last refresh. */
    long left(final Directions direction) {
        return direction.isRead() ? read : write;
    }

    /** What would be left after a refresh. Changes nothing. */
    long left(final Directions direction, final long now) {
        return filled(direction, ticks(now));
    }

    /** Pays in the ticks that have passed. */
    void refresh(final long now) {
        final long ticks = ticks(now);
        if (ticks > 0) {
            read = filled(Directions.READ, ticks);
            write = filled(Directions.WRITE, ticks);
            paidUntil += ticks * cfg.tickNanos();
        }
    }

    /** Takes bytes out; a negative number puts them back. */
    void take(final Directions direction, final long bytes) {
        if (direction.isRead()) {
            read = difference(read, bytes);
        } else {
            write = difference(write, bytes);
        }
    }

    /** Other limits: what is left is cut to the new burst and never raised. The part of a tick that has passed counts on. */
    void configure(final TokenBucketCfg newCfg, final long now) {
        refresh(now);
        final double part = Math.max(0, now - paidUntil) / (double) cfg.tickNanos();
        paidUntil = now - Math.min(newCfg.tickNanos() - 1, (long) (part * newCfg.tickNanos()));
        read = Math.min(read, newCfg.burst(Directions.READ));
        write = Math.min(write, newCfg.burst(Directions.WRITE));
        cfg = newCfg;
    }

    /** Another clock: the part of a tick that has passed counts on. */
    void moveClock(final long before, final long after) {
        paidUntil += after - before;
    }

    /** How long until the next tick, in nanoseconds; at least 1. */
    long untilTick(final long now) {
        return Math.max(1, paidUntil + cfg.tickNanos() - now);
    }

    private long ticks(final long now) {
        return Math.max(0, now - paidUntil) / cfg.tickNanos();
    }

    private long filled(final Directions direction, final long ticks) {
        final long before = left(direction);
        if (ticks == 0) {
            return before;
        }
        final long rate = cfg.rate(direction);
        final long paid = ticks > Long.MAX_VALUE / rate ? Long.MAX_VALUE : ticks * rate;
        final long burst = cfg.burst(direction);
        return before >= burst - paid ? burst : before + paid; // burst and paid are positive: no overflow
    }

    private static long difference(final long from, final long bytes) {
        final long result = from - bytes;
        if (((from ^ bytes) & (from ^ result)) < 0) { // it has overflown
            return bytes > 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
        }
        return result;
    }
}
