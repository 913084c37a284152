package io.evbuffer.testing;

import io.evbuffer.EvBuffer;
import io.evbuffer.EvIovec;
import java.util.Arrays;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Checks of a buffer between two operations: its own invariants, that its ways of looking agree, and its content and
 * layout against what is expected.
 *
 * <p>Each check leaves content, layout and listeners as they are, works on frozen and closed buffers, and throws an {@link
 * AssertionError} naming what does not hold. Cost: O(bytes), with allocation.
 */
public final class EvBufferInvariants {
    private EvBufferInvariants() {}

    /**
     * Checks that the buffer is sound and at rest: its numbered invariants hold, no listener has anything to be told, and
     * length, extents and contiguous part agree.
     *
     * @param buffer open or closed, with no operation on the stack.
     */
    public static void check(final EvBuffer buffer) {
        buffer.checkAtRest();
        if (buffer.isEmpty() != (buffer.length() == 0)) throw broken("isEmpty and length disagree", buffer);
        if (buffer.isClosed()) {
            if (buffer.length() != 0) throw broken("a closed buffer has a length", buffer);
            return;
        }
        final int[] lengths = dataLengths(buffer);
        long sum = 0;
        for (final int length : lengths) {
            if (length < 1) throw broken("B-5: a vector without bytes", buffer);
            sum += length;
        }
        if (sum != buffer.length()) throw broken("extents hold " + sum + " bytes", buffer);
        if (lengths.length > buffer.countChains()) throw broken("more extents than chains", buffer);
        if (buffer.contiguousLength() != (lengths.length == 0 ? 0 : lengths[0])) {
            throw broken("contiguousLength is not the first extent's length", buffer);
        }
    }

    /**
     * Checks that the buffer is sound, as {@link #check(EvBuffer)} does, and holds exactly these bytes.
     *
     * @param buffer open, with no operation on the stack.
     * @param expected all bytes in order.
     */
    public static void checkContent(final EvBuffer buffer, final byte[] expected) {
        check(buffer);
        final byte[] actual = content(buffer);
        final int difference = Arrays.mismatch(actual, expected);
        if (difference >= 0) {
            throw broken(
                    "content differs at position " + difference + ": " + around(actual, difference) + " instead of "
                            + around(expected, difference),
                    buffer);
        }
    }

    /**
     * Checks that the buffer's data lies in chains of these lengths.
     *
     * @param buffer open.
     * @param expected the lengths of the chains with data, in order; empty chains do not count.
     */
    public static void checkDataLengths(final EvBuffer buffer, final int... expected) {
        final int[] actual = dataLengths(buffer);
        if (!Arrays.equals(actual, expected)) {
            throw broken(
                    "data lies in " + Arrays.toString(actual) + " instead of " + Arrays.toString(expected), buffer);
        }
    }

    /**
     * The lengths of the chains that hold data.
     *
     * @param buffer open.
     * @return a new array, in order; empty chains are left out.
     */
    public static int[] dataLengths(final EvBuffer buffer) {
        final EvIovec vectors = extents(buffer);
        final int[] lengths = new int[vectors.size()];
        for (int i = 0; i < lengths.length; i++) lengths[i] = vectors.length(i);
        return lengths;
    }

    /**
     * The bytes of a buffer, looked at in place; unlike {@link EvBuffer#copyToArray()} also of a frozen one.
     *
     * @param buffer open.
     * @return a new array.
     */
    public static byte[] content(final EvBuffer buffer) {
        return bytesOf(extents(buffer));
    }

    /**
     * A part of the bytes of a buffer, looked at in place; bytes that are not in memory are loaded.
     *
     * @param buffer open.
     * @param position of the first one, 0 to the length.
     * @param most bytes; fewer if there are fewer.
     * @return a new array.
     */
    public static byte[] content(final EvBuffer buffer, final long position, final long most) {
        final int count = buffer.countExtents(most, position);
        final EvIovec vectors = new EvIovec(Math.max(count, 1));
        if (buffer.peek(most, position, vectors) != count) {
            throw broken("B-5: peek fills more or less than is counted", buffer);
        }
        return bytesOf(vectors.limit(Math.min(most, vectors.totalLength())));
    }

    /**
     * Checks that the buffer is sound, holds as many bytes as these, and shows these as far as its first bytes are in
     * memory. Nothing is loaded.
     *
     * @param buffer open, with no operation on the stack.
     * @param expected all bytes in order.
     */
    public static void checkLoadedContent(final EvBuffer buffer, final byte[] expected) {
        buffer.checkAtRest();
        if (buffer.length() != expected.length) throw broken("length is not " + expected.length, buffer);
        final EvIovec vectors = new EvIovec(buffer.countChains() + 1);
        buffer.peekLoaded(-1, vectors);
        final byte[] loaded = bytesOf(vectors);
        final int difference = Arrays.mismatch(loaded, Arrays.copyOf(expected, loaded.length));
        if (difference >= 0) throw broken("content differs at position " + difference, buffer);
    }

    private static byte[] bytesOf(final EvIovec vectors) {
        final byte[] bytes = new byte[Math.toIntExact(vectors.totalLength())];
        final UnsafeBuffer target = new UnsafeBuffer(bytes);
        int filled = 0;
        for (int i = 0; i < vectors.size(); i++) {
            target.putBytes(filled, vectors.memory(i), vectors.offset(i), vectors.length(i));
            filled += vectors.length(i);
        }
        return bytes;
    }

    private static EvIovec extents(final EvBuffer buffer) {
        final int count = buffer.countExtents(-1, 0);
        final EvIovec vectors = new EvIovec(Math.max(count, 1));
        if (buffer.peek(-1, vectors) != count) throw broken("B-5: peek fills more or less than is counted", buffer);
        return vectors;
    }

    private static String around(final byte[] bytes, final int index) {
        final int from = Math.max(0, index - 4);
        return Arrays.toString(Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + 12))) + " at " + from
                + " of " + bytes.length;
    }

    private static AssertionError broken(final String what, final EvBuffer buffer) {
        return new AssertionError(what + " in " + buffer);
    }
}
