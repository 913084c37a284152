package io.evbuffer.bufferevent;

/**
 * How {@link BufferEvent#trigger} and {@link BufferEvent#triggerEvent} raise their notice.
 *
 * <p>All values exist once, so {@code ==} compares them and combining allocates nothing. Immutable, for any thread.
 */
public final class TriggerOptions {
    private static final int IGNORE_WATERMARKS_BIT = 1;
    private static final int DEFER_BIT = 2;

    private static final TriggerOptions[] ALL = new TriggerOptions[4];

    static {
        for (int bits = 0; bits < ALL.length; bits++) {
            ALL[bits] = new TriggerOptions(bits);
        }
    }

    /** Under the marks, and at once unless the BufferEvent defers its callbacks. */
    public static final TriggerOptions NONE = ALL[0];

    /** Whatever the lengths of the buffers are. */
    public static final TriggerOptions IGNORE_WATERMARKS = ALL[IGNORE_WATERMARKS_BIT];

    /** From the loop, although the BufferEvent does not defer its callbacks. */
    public static final TriggerOptions DEFER = ALL[DEFER_BIT];

    private final int bits;
    private final String text;

    private TriggerOptions(final int bits) {
        this.bits = bits;
        this.text = BitNames.join(bits, "IGNORE_WATERMARKS", "DEFER");
    }

    /**
     * Says whether all options of another set are in this one.
     *
     * @param others the options asked for.
     * @return true if none of them is missing here.
     */
    public boolean has(final TriggerOptions others) {
        return (bits & others.bits) == others.bits;
    }

    /**
     * Joins two sets.
     *
     * @param others the options to add.
     * @return the options that are in either.
     */
    public TriggerOptions with(final TriggerOptions others) {
        return ALL[bits | others.bits];
    }

    /**
     * Names the set.
     *
     * @return for example {@code IGNORE_WATERMARKS|DEFER}, or {@code NONE}.
     */
    @Override
    public String toString() {
        return text;
    }
}
