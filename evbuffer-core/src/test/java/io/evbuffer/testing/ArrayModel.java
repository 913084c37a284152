package io.evbuffer.testing;

import java.util.Arrays;

/**
 * The simplest thing that could be right: a queue of bytes in one array, which a buffer is compared with.
 *
 * <p>Every operation copies. Cost does not matter here, being obviously right does.
 */
public final class ArrayModel {
    private byte[] bytes = {};

    /** Creates an empty model. */
    public ArrayModel() {}

    /**
     * The number of bytes.
     *
     * @return 0 or more.
     */
    public int length() {
        return bytes.length;
    }

    /**
     * All bytes.
     *
     * @return a new array.
     */
    public byte[] bytes() {
        return bytes.clone();
    }

    /**
     * Appends bytes.
     *
     * @param added copied.
     */
    public void add(final byte[] added) {
        bytes = joined(bytes, added);
    }

    /**
     * Puts bytes before the first one.
     *
     * @param added copied.
     */
    public void prepend(final byte[] added) {
        bytes = joined(added, bytes);
    }

    /**
     * Copies bytes out.
     *
     * @param position index of the first one, 0 to the length.
     * @param most bytes; fewer if there are fewer.
     * @return a new array.
     */
    public byte[] copyOut(final long position, final long most) {
        final int from = (int) position;
        return Arrays.copyOfRange(bytes, from, from + (int) Math.min(most, bytes.length - from));
    }

    /**
     * Removes bytes from the front.
     *
     * @param most bytes; fewer if there are fewer.
     * @return those removed.
     */
    public byte[] remove(final long most) {
        final byte[] removed = copyOut(0, most);
        bytes = Arrays.copyOfRange(bytes, removed.length, bytes.length);
        return removed;
    }

    private static byte[] joined(final byte[] front, final byte[] back) {
        final byte[] joined = Arrays.copyOf(front, front.length + back.length);
        System.arraycopy(back, 0, joined, front.length, back.length);
        return joined;
    }

    @Override
    public String toString() {
        return "ArrayModel" + Arrays.toString(bytes);
    }
}
