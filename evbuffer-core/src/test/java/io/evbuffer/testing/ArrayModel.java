package io.evbuffer.testing;

import io.evbuffer.EolStyle;
import java.util.Arrays;

/**
 * The simplest thing that could be right: a queue of bytes in one array, which a buffer is compared with. Each byte has a
 * number of its own, by which a mark finds it again.
 *
 * <p>Every operation copies. Cost does not matter here, being obviously right does.
 */
public final class ArrayModel {
    private byte[] bytes = {};
    private long[] numbers = {};
    private long lastNumber;

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
        numbers = joined(numbers, fresh(added.length));
    }

    /**
     * Puts bytes before the first one.
     *
     * @param added copied.
     */
    public void prepend(final byte[] added) {
        bytes = joined(added, bytes);
        numbers = joined(fresh(added.length), numbers);
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
        numbers = Arrays.copyOfRange(numbers, removed.length, numbers.length);
        return removed;
    }

    /**
     * The number of a byte: no other byte that is or was in this model has the same.
     *
     * @param position of the byte, 0 to less than the length.
     * @return 1 or more.
     */
    public long number(final int position) {
        return numbers[position];
    }

    /**
     * Where a byte is.
     *
     * @param number of the byte.
     * @return its position, or -1 if it has left.
     */
    public int positionOf(final long number) {
        for (int i = 0; i < numbers.length; i++) {
            if (numbers[i] == number) return i;
        }
        return -1;
    }

    /**
     * Searches a sequence of bytes.
     *
     * @param what the bytes sought.
     * @param start the first position that may be the answer.
     * @param end the match lies before it as a whole.
     * @return the first position of a match, or -1.
     */
    public int search(final byte[] what, final int start, final int end) {
        for (int i = start; i + what.length <= end; i++) {
            if (Arrays.equals(bytes, i, i + what.length, what, 0, what.length)) return i;
        }
        return -1;
    }

    /**
     * Searches the end of a line.
     *
     * @param start where to begin, 0 to the length.
     * @param style what ends a line.
     * @return where the end begins, or -1.
     */
    public int searchEol(final int start, final EolStyle style) {
        for (int i = start; i < bytes.length; i++) {
            if (eolLength(i, style) > 0) return i;
        }
        return -1;
    }

    /**
     * The length of the end of a line that begins at a position.
     *
     * @param position 0 to less than the length.
     * @param style what ends a line.
     * @return bytes; 0 if none begins there.
     */
    public int eolLength(final int position, final EolStyle style) {
        final byte here = bytes[position];
        final boolean pair = here == '\r' && position + 1 < bytes.length && bytes[position + 1] == '\n';
        return switch (style) {
            case LF -> here == '\n' ? 1 : 0;
            case NUL -> here == 0 ? 1 : 0;
            case CRLF_STRICT -> pair ? 2 : 0;
            case CRLF -> pair ? 2 : here == '\n' ? 1 : 0;
            case ANY -> {
                int end = position;
                while (end < bytes.length && (bytes[end] == '\r' || bytes[end] == '\n')) end++;
                yield end - position;
            }
        };
    }

    private long[] fresh(final int count) {
        final long[] fresh = new long[count];
        for (int i = 0; i < count; i++) fresh[i] = ++lastNumber;
        return fresh;
    }

    private static long[] joined(final long[] front, final long[] back) {
        final long[] joined = Arrays.copyOf(front, front.length + back.length);
        System.arraycopy(back, 0, joined, front.length, back.length);
        return joined;
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
