package io.evbuffer.bufferevent;

import java.util.concurrent.TimeUnit;

/**
 * How fast bytes may flow: for each direction a rate, which is added every tick, and a burst, which is the most that an idle
 * time can save up.
 *
 * <p>A bucket starts with one tick's rate. A transfer may overdraw it; then it stays silent until later ticks have paid.
 *
 * <p>Immutable, for any thread; one object may serve any number of connections and groups. Nothing has to be closed.
 */
public final class TokenBucketCfg {
    /** The length of a tick unless said otherwise, in nanoseconds: a second. */
    public static final long DEFAULT_TICK_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final long MILLISECOND = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long LONGEST_TICK_NANOS = Integer.MAX_VALUE * MILLISECOND;

    private final long readRate;
    private final long readBurst;
    private final long writeRate;
    private final long writeBurst;
    private final long tickNanos;

    /**
     * Limits with ticks of a second.
     *
     * @param readRate   bytes that may be read in a tick, at least 1.
     * @param readBurst  the most that can be saved up for reading, in bytes, at least the rate.
     * @param writeRate  bytes that may be written in a tick, at least 1.
     * @param writeBurst the most that can be saved up for writing, in bytes, at least the rate.
     * @throws IllegalArgumentException if one of them is out of its range.
     */
    public TokenBucketCfg(final long readRate, final long readBurst, final long writeRate, final long writeBurst) {
        this(readRate, readBurst, writeRate, writeBurst, DEFAULT_TICK_NANOS);
    }

    /**
     * Limits.
     *
     * @param readRate   bytes that may be read in a tick, at least 1.
     * @param readBurst  the most that can be saved up for reading, in bytes, at least the rate.
     * @param writeRate  bytes that may be written in a tick, at least 1.
     * @param writeBurst the most that can be saved up for writing, in bytes, at least the rate.
     * @param tickNanos  the length of a tick in nanoseconds: whole milliseconds, from one to 2<sup>31</sup>-1.
     * @throws IllegalArgumentException if one of them is out of its range.
     */
    public TokenBucketCfg(
            final long readRate,
            final long readBurst,
            final long writeRate,
            final long writeBurst,
            final long tickNanos) {
        checkRate("read", readRate, readBurst);
        checkRate("write", writeRate, writeBurst);
        if (tickNanos < MILLISECOND || tickNanos > LONGEST_TICK_NANOS || tickNanos % MILLISECOND != 0) {
            throw new IllegalArgumentException(
                    "a tick has whole milliseconds, 1 to " + Integer.MAX_VALUE + ", not " + tickNanos + " ns");
        }
        this.readRate = readRate;
        this.readBurst = readBurst;
        this.writeRate = writeRate;
        this.writeBurst = writeBurst;
        this.tickNanos = tickNanos;
    }

    /**
     * What a direction is given each tick.
     *
     * @param direction READ or WRITE.
     * @return in bytes.
     * @throws IllegalArgumentException if it is not exactly one direction.
     */
    public long rate(final Directions direction) {
        return direction.isRead() ? readRate : writeRate;
    }

    /**
     * The most that a direction can save up.
     *
     * @param direction READ or WRITE.
     * @return in bytes.
     * @throws IllegalArgumentException if it is not exactly one direction.
     */
    public long burst(final Directions direction) {
        return direction.isRead() ? readBurst : writeBurst;
    }

    /**
     * The length of a tick.
     *
     * @return in nanoseconds.
     */
    public long tickNanos() {
        return tickNanos;
    }

    /** The rate of the slower direction. */
    long smallerRate() {
        return Math.min(readRate, writeRate);
    }

    private static void checkRate(final String name, final long rate, final long burst) {
        if (rate < 1 || burst < rate) {
            throw new IllegalArgumentException(name + " rate " + rate + ", burst " + burst + ": 1 <= rate <= burst");
        }
    }

    /**
     * Names the limits, for logs.
     *
     * @return one line.
     */
    @Override
    public String toString() {
        return "TokenBucketCfg[read " + readRate + "/" + readBurst + ", write " + writeRate + "/" + writeBurst
                + " bytes per " + tickNanos / MILLISECOND + " ms]";
    }
}
