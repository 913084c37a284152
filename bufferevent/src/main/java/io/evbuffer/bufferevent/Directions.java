package io.evbuffer.bufferevent;

/**
 * A set of directions: reading, writing, both or none.
 *
 * <p>One of four vocabularies of this package that cannot be mixed up. All values exist once, so {@code ==} compares them
 * and combining allocates nothing. Immutable, for any thread.
 */
public final class Directions {
    static final int READ_BIT = 1;
    static final int WRITE_BIT = 2;

    private static final Directions[] ALL = new Directions[4];

    static {
        for (int bits = 0; bits < ALL.length; bits++) {
            ALL[bits] = new Directions(bits);
        }
    }

    /** No direction. */
    public static final Directions NONE = ALL[0];

    /** From the transport into the input. */
    public static final Directions READ = ALL[READ_BIT];

    /** From the output to the transport. */
    public static final Directions WRITE = ALL[WRITE_BIT];

    /** Both directions. */
    public static final Directions BOTH = ALL[READ_BIT | WRITE_BIT];

    private final int bits;
    private final String text;

    private Directions(final int bits) {
        this.bits = bits;
        this.text = BitNames.join(bits, "READ", "WRITE");
    }

    static Directions of(final int bits) {
        return ALL[bits];
    }

    int bits() {
        return bits;
    }

    /** Which of the two it is, where one is asked for: true for READ, false for WRITE. */
    boolean isRead() {
        if (bits != READ_BIT && bits != WRITE_BIT) {
            throw new IllegalArgumentException("one direction is asked for, not " + this);
        }
        return bits == READ_BIT;
    }

    /**
     * Says whether all directions of another set are in this one.
     *
     * @param others the directions asked for.
     * @return true if none of them is missing here.
     */
    public boolean has(final Directions others) {
        return (bits & others.bits) == others.bits;
    }

    /**
     * Joins two sets.
     *
     * @param others the directions to add.
     * @return the directions that are in either.
     */
    public Directions with(final Directions others) {
        return ALL[bits | others.bits];
    }

    /**
     * Takes directions out.
     *
     * @param others the directions to leave out.
     * @return the directions of this set that are not among them.
     */
    public Directions without(final Directions others) {
        return ALL[bits & ~others.bits];
    }

    /**
     * Names the set.
     *
     * @return for example {@code READ|WRITE}, or {@code NONE}.
     */
    @Override
    public String toString() {
        return text;
    }
}
