package io.evbuffer.channel;

/**
 * How many bytes a read is expected to bring, by what the reads before it brought.
 *
 * <p>It begins at {@value #FIRST} bytes, doubles when a read filled it, and halves after two reads in a row that found the
 * source empty at less than half of it: who always sends half would fill what is halved, and be asked once more in vain.
 * <b>R3</b> It is between {@value #LEAST} and the buffer's {@code maxRead}, or is
 * {@code maxRead} if that is less.
 */
final class ReadSize {
    static final int LEAST = 512;
    static final int FIRST = 16 * 1024;

    /** The largest segments that pools keep. A read that took more for one vector would have memory mapped for itself. */
    static final int VECTOR_ROOM = 64 * 1024;

    private int expected = FIRST;
    private boolean lastWasSmall;

    /** The bytes expected of a buffer whose reads bring at most {@code maxRead}. */
    int within(final int maxRead) {
        return Math.min(expected, maxRead);
    }

    /**
     * Learns from a read.
     *
     * @param came the bytes that it brought.
     * @param full whether it filled the room it was given.
     * @param expectedThen what {@link #within} had said.
     */
    void follow(final long came, final boolean full, final int expectedThen, final int maxRead) {
        if (came >= expectedThen) {
            expected = (int) Math.min(2L * expectedThen, maxRead);
            lastWasSmall = false;
        } else if (full || came >= expectedThen / 2) {
            lastWasSmall = false; // about what was expected, or cut short by a maximum: that says nothing
        } else if (lastWasSmall) {
            expected = Math.max(expectedThen / 2, LEAST);
            lastWasSmall = false;
        } else {
            lastWasSmall = true;
        }
    }

    @Override
    public String toString() {
        return expected + " bytes";
    }
}
