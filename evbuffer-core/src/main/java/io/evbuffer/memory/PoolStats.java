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
    long floor;
    long idleBytes;
    int slabs;
    long mapped;
    long unmapped;
    long segments;
    long segmentsInUse;
    long bytesInUse;
    long taken;
    long refused;

    /** Creates an empty snapshot. */
    public PoolStats() {}

    /**
     * The pool's memory: every byte mapped for it, lent or at home. There is no other.
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
     * What {@link #bytesMapped()} does not fall below once it was above, however long nobody takes a segment.
     *
     * @return bytes.
     */
    public long floor() {
        return floor;
    }

    /**
     * The part of {@link #bytesMapped()} in slabs with nothing in use, which can go back to the system, as far as the last
     * {@link SlabPool#trim(long)} or refusal found out.
     *
     * @return bytes.
     */
    public long idleBytes() {
        return idleBytes;
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
     * How often a slab or a dedicated mapping was mapped since the pool was made.
     *
     * @return 0 or more.
     */
    public long mapped() {
        return mapped;
    }

    /**
     * How often one went back to the system.
     *
     * @return 0 or more; {@link #mapped()} less {@link #slabs()}.
     */
    public long unmapped() {
        return unmapped;
    }

    /**
     * The segments that there are, lent or at home.
     *
     * @return 0 or more.
     */
    public long segments() {
        return segments;
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

    /**
     * How often a take was refused with a {@link MemoryLimitException} since the pool was made.
     *
     * @return 0 or more.
     */
    public long refused() {
        return refused;
    }

    @Override
    public String toString() {
        return "PoolStats[mapped=" + bytesMapped + " (peak " + peakBytesMapped + ", floor " + floor + ", limit " + limit
                + ") in " + slabs + " slabs, idle=" + idleBytes + ", in use=" + bytesInUse + " in " + segmentsInUse
                + " segments of " + segments + ", taken=" + taken + ", refused=" + refused + ", slabs mapped=" + mapped
                + " and unmapped=" + unmapped + "]";
    }
}
