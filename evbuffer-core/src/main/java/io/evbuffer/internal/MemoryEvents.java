package io.evbuffer.internal;

import org.jspecify.annotations.Nullable;

/**
 * Tells Flight Recorder about memory: the one door to {@code jdk.jfr}, which a runtime may lack.
 *
 * <p>The events are {@code io.evbuffer.SlabMapped}, {@code SlabUnmapped}, {@code MemoryLimit}, {@code PoolTrim} and {@code
 * PullUpCopy}; all are on by default in a recording.
 *
 * <p><b>Cost:</b> with no recording, or no Flight Recorder, a test of a flag: no allocation.
 */
public final class MemoryEvents {
    private static final @Nullable FlightEvents FLIGHT = open();

    private MemoryEvents() {}

    private static @Nullable FlightEvents open() {
        try {
            return new FlightEvents();
        } catch (final LinkageError e) { // this runtime has no Flight Recorder, or our module does not read it
            return null;
        }
    }

    /**
     * Whether this runtime has Flight Recorder.
     *
     * @return false if the methods of this class do nothing.
     */
    public static boolean areAvailable() {
        return FLIGHT != null;
    }

    /**
     * A slab or a dedicated mapping was mapped.
     *
     * @param pool its name.
     * @param bytes the mapping's size.
     * @param segmentSize what it is cut into.
     * @param bytesMapped by the pool, from now on.
     */
    public static void slabMapped(final String pool, final long bytes, final long segmentSize, final long bytesMapped) {
        if (FLIGHT != null) FLIGHT.slabMapped(pool, bytes, segmentSize, bytesMapped);
    }

    /**
     * A slab or a dedicated mapping went back to the system.
     *
     * @param pool its name.
     * @param bytes the mapping's size.
     * @param segmentSize what it was cut into.
     * @param bytesMapped by the pool, from now on.
     */
    public static void slabUnmapped(
            final String pool, final long bytes, final long segmentSize, final long bytesMapped) {
        if (FLIGHT != null) FLIGHT.slabUnmapped(pool, bytes, segmentSize, bytesMapped);
    }

    /**
     * A take was refused.
     *
     * @param pool its name.
     * @param bytes asked for.
     * @param bytesMapped by the pool.
     * @param limit of the pool.
     */
    public static void limitHit(final String pool, final long bytes, final long bytesMapped, final long limit) {
        if (FLIGHT != null) FLIGHT.limitHit(pool, bytes, bytesMapped, limit);
    }

    /**
     * A pool gave idle slabs back.
     *
     * @param pool its name.
     * @param bytes given back, more than 0.
     * @param bytesMapped by the pool, from now on.
     */
    public static void trimmed(final String pool, final long bytes, final long bytesMapped) {
        if (FLIGHT != null) FLIGHT.trimmed(pool, bytes, bytesMapped);
    }

    /**
     * A buffer copied bytes to make them contiguous.
     *
     * @param bytes copied.
     * @param contiguous how many bytes were asked for.
     */
    public static void pullUpCopied(final long bytes, final long contiguous) {
        if (FLIGHT != null) FLIGHT.pullUpCopied(bytes, contiguous);
    }
}
