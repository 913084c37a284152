package io.evbuffer.bufferevent;

/**
 * How a BufferEvent is built. Fixed for its life.
 *
 * <p>All values exist once, so {@code ==} compares them and combining allocates nothing. Immutable, for any thread.
 */
public final class Options {
    private static final int CLOSE_ON_FREE_BIT = 1;
    private static final int DEFER_CALLBACKS_BIT = 2;
    private static final int UNLOCK_CALLBACKS_BIT = 4;

    private static final int THREADSAFE_BIT = 8;

    private static final Options[] ALL = new Options[16];

    static {
        for (int bits = 0; bits < ALL.length; bits++) {
            ALL[bits] = new Options(bits);
        }
    }

    /** The transport stays the caller's, callbacks run where their cause is found. */
    public static final Options NONE = ALL[0];

    /** The transport is closed when the BufferEvent is freed. */
    public static final Options CLOSE_ON_FREE = ALL[CLOSE_ON_FREE_BIT];

    /** Callbacks run from the loop, many notices of one sort as one call, never inside the operation that caused them. */
    public static final Options DEFER_CALLBACKS = ALL[DEFER_CALLBACKS_BIT];

    /**
     * Any thread may call, under one lock for the BufferEvent and its buffers. Callbacks run with that lock, unless {@link
     * #UNLOCK_CALLBACKS} is set too; the functions of a filter always do. Both ends of a pair share one lock, and so does a
     * layer with what it stands on: one without a lock receives that of the layer.
     */
    public static final Options THREADSAFE = ALL[THREADSAFE_BIT];

    /** No library lock is held while a callback runs. Needs {@link #DEFER_CALLBACKS}. */
    public static final Options UNLOCK_CALLBACKS = ALL[UNLOCK_CALLBACKS_BIT];

    private final int bits;
    private final String text;

    private Options(final int bits) {
        this.bits = bits;
        this.text = BitNames.join(bits, "CLOSE_ON_FREE", "DEFER_CALLBACKS", "UNLOCK_CALLBACKS", "THREADSAFE");
    }

    /**
     * Says whether all options of another set are in this one.
     *
     * @param others the options asked for.
     * @return true if none of them is missing here.
     */
    public boolean has(final Options others) {
        return (bits & others.bits) == others.bits;
    }

    /**
     * Joins two sets.
     *
     * @param others the options to add.
     * @return the options that are in either.
     */
    public Options with(final Options others) {
        return ALL[bits | others.bits];
    }

    Options without(final Options others) {
        return ALL[bits & ~others.bits];
    }

    /**
     * Names the set.
     *
     * @return for example {@code CLOSE_ON_FREE|DEFER_CALLBACKS}, or {@code NONE}.
     */
    @Override
    public String toString() {
        return text;
    }
}
