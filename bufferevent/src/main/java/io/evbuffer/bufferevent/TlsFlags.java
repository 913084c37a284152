package io.evbuffer.bufferevent;

/**
 * How a {@link TlsBufferEvent} treats the end of the stream and small writes. Both are off at first.
 *
 * <p>All values exist once, so {@code ==} compares them and combining allocates nothing. Immutable, for any thread.
 */
public final class TlsFlags {
    private static final int DIRTY_SHUTDOWN_BIT = 1;
    private static final int BATCH_WRITE_BIT = 2;

    private static final TlsFlags[] ALL = new TlsFlags[4];

    static {
        for (int bits = 0; bits < ALL.length; bits++) {
            ALL[bits] = new TlsFlags(bits);
        }
    }

    /** No flag. */
    public static final TlsFlags NONE = ALL[0];

    /** A stream that ends between two records, without the peer having said so, has ended well. */
    public static final TlsFlags DIRTY_SHUTDOWN = ALL[DIRTY_SHUTDOWN_BIT];

    /** Many small pieces of output are copied together, so that each record is as long as it can be. */
    public static final TlsFlags BATCH_WRITE = ALL[BATCH_WRITE_BIT];

    private final int bits;
    private final String text;

    private TlsFlags(final int bits) {
        this.bits = bits;
        this.text = BitNames.join(bits, "DIRTY_SHUTDOWN", "BATCH_WRITE");
    }

    /**
     * Says whether all flags of another set are in this one.
     *
     * @param others the flags asked for.
     * @return true if none of them is missing here.
     */
    public boolean has(final TlsFlags others) {
        return (bits & others.bits) == others.bits;
    }

    /**
     * Joins two sets.
     *
     * @param others the flags to add.
     * @return the flags that are in either.
     */
    public TlsFlags with(final TlsFlags others) {
        return ALL[bits | others.bits];
    }

    /**
     * Takes flags out.
     *
     * @param others the flags to leave out.
     * @return the flags of this set that are not among them.
     */
    public TlsFlags without(final TlsFlags others) {
        return ALL[bits & ~others.bits];
    }

    /**
     * Names the set.
     *
     * @return for example {@code DIRTY_SHUTDOWN|BATCH_WRITE}, or {@code NONE}.
     */
    @Override
    public String toString() {
        return text;
    }
}
