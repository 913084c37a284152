package io.evbuffer;

/**
 * Counts what buffers did with bytes, so that a user can prove that nothing was copied. One object may serve many buffers
 * of one thread: {@link EvBuffer#stats(EvBufferStats)}.
 *
 * <p>Threads: of the thread of its buffers.
 */
public final class EvBufferStats {
    private long copiedIn;
    private long copiedOut;
    private long moved;
    private long shared;
    private long copiedWithin;

    /** Creates counters at zero. */
    public EvBufferStats() {}

    void copiedIn(final long bytes) {
        copiedIn += bytes;
    }

    void copiedOut(final long bytes) {
        copiedOut += bytes;
    }

    void moved(final long bytes) {
        moved += bytes;
    }

    void shared(final long bytes) {
        shared += bytes;
    }

    void copiedWithin(final long bytes) {
        copiedWithin += bytes;
    }

    /**
     * Bytes copied from the caller's memory: add, prepend.
     *
     * @return bytes.
     */
    public long copiedIn() {
        return copiedIn;
    }

    /**
     * Bytes copied to the caller's memory: remove, copyOut.
     *
     * @return bytes.
     */
    public long copiedOut() {
        return copiedOut;
    }

    /**
     * Bytes that changed hands between buffers without a copy; counted where they arrive.
     *
     * @return bytes.
     */
    public long moved() {
        return moved;
    }

    /**
     * Bytes added without a copy that somebody else shows too: references, multicast.
     *
     * @return bytes.
     */
    public long shared() {
        return shared;
    }

    /**
     * Bytes copied from chain to chain: pullUp, realigning, the cut chain of removeBuffer.
     *
     * @return bytes.
     */
    public long copiedWithin() {
        return copiedWithin;
    }

    /**
     * All bytes copied, for whatever reason.
     *
     * @return the sum of the copy counters.
     */
    public long copied() {
        return copiedIn + copiedOut + copiedWithin;
    }

    /** Sets all counters to zero. */
    public void reset() {
        copiedIn = 0;
        copiedOut = 0;
        moved = 0;
        shared = 0;
        copiedWithin = 0;
    }

    @Override
    public String toString() {
        return "EvBufferStats[copiedIn=" + copiedIn + ", copiedOut=" + copiedOut + ", moved=" + moved
                + ", copiedWithin=" + copiedWithin + "]";
    }
}
