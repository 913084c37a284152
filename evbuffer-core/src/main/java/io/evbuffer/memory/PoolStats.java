package io.evbuffer.memory;

/**
 * A reusable snapshot of a {@link SlabPool}'s counters, filled by {@link SlabPool#stats(PoolStats)} without allocation.
 *
 * <p>Exact while no other thread takes or returns; otherwise each number is right for some moment during the call.
 */
public final class PoolStats {
    long bytesMapped;
    long peakBytesMapped;
    long limit;
    int slabs;
    long segmentsInUse;
    long bytesInUse;
    long taken;

    /** Creates an empty snapshot. */
    public PoolStats() {}

    /**
     * The pool's memory: every byte mapped for it, lent or at home.
     *
     * @return bytes.
     */
    public long bytesMapped() {
        return bytesMapped;
    }

    /**
     * The most {@link #bytesMapped()} has ever been.
     *
     * @return bytes.
     */
    public long peakBytesMapped() {
        return peakBytesMapped;
    }

    /**
     * What {@link #bytesMapped()} never exceeds.
     *
     * @return bytes.
     */
    public long limit() {
        return limit;
    }

    /**
     * The number of mappings: slabs that are cut into segments, and dedicated ones for large requests.
     *
     * @return 0 or more.
     */
    public int slabs() {
        return slabs;
    }

    /**
     * The segments somebody holds.
     *
     * @return 0 or more.
     */
    public long segmentsInUse() {
        return segmentsInUse;
    }

    /**
     * The capacity of the segments somebody holds.
     *
     * @return bytes.
     */
    public long bytesInUse() {
        return bytesInUse;
    }

    /**
     * How often a segment was taken since the pool was made.
     *
     * @return 0 or more.
     */
    public long taken() {
        return taken;
    }

    @Override
    public String toString() {
        return "PoolStats[mapped=" + bytesMapped + " (peak " + peakBytesMapped + ", limit " + limit + ") in " + slabs
                + " slabs, in use=" + bytesInUse + " in " + segmentsInUse + " segments, taken=" + taken + "]";
    }
}
