package io.evbuffer;

/** What happened to a buffer's length since its listeners were last told. Reused from call to call. */
public final class BufferChange {
    private long originalLength;
    private long added;
    private long deleted;

    BufferChange() {}

    void set(final long originalLength, final long added, final long deleted) {
        this.originalLength = originalLength;
        this.added = added;
        this.deleted = deleted;
    }

    /**
     * The buffer's length when listeners were last told.
     *
     * @return bytes; with {@code added} and less {@code deleted} it is the length now.
     */
    public long originalLength() {
        return originalLength;
    }

    /**
     * Bytes added since then, at either end.
     *
     * @return 0 or more.
     */
    public long added() {
        return added;
    }

    /**
     * Bytes removed since then.
     *
     * @return 0 or more.
     */
    public long deleted() {
        return deleted;
    }

    @Override
    public String toString() {
        return originalLength + "->" + (originalLength + added - deleted) + " (+" + added + ", -" + deleted + ")";
    }
}
