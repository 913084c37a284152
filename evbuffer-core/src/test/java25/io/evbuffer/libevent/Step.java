package io.evbuffer.libevent;

/**
 * One operation with its arguments, for buffers of either library.
 *
 * @param it index of the buffer it is done to.
 * @param other index of the second buffer; the same for operations on one, and perhaps for those on two.
 * @param text the operation and its arguments.
 * @param body what is done.
 */
record Step(int it, int other, String text, Body body) {
    /** An operation. */
    interface Body {
        /** Does it. */
        Answer run(Subject it, Subject other);
    }

    /** Instead of an operation, the buffer is closed and a new one takes its place. */
    static final Body REPLACE = (it, other) -> {
        throw new AssertionError("not done by a buffer");
    };

    @Override
    public String toString() {
        return it + "." + text.replace("OTHER", Integer.toString(other));
    }
}
