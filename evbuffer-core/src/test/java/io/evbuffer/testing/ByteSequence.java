package io.evbuffer.testing;

/**
 * Bytes that tell where they come from: the content that fixtures and edits put into buffers.
 *
 * <p>The byte at index {@code i} depends on {@code i} and a seed alone, and the sequence does not repeat with a period of
 * a power of two, so that bytes swapped, lost or doubled at a chain's border are seen.
 */
public final class ByteSequence {
    private static final int PERIOD = 251; // the largest prime below 256

    private ByteSequence() {}

    /**
     * The first bytes of the sequence with seed 0.
     *
     * @param length their number.
     * @return a new array.
     */
    public static byte[] bytes(final int length) {
        return bytes(0, length);
    }

    /**
     * A part of the sequence.
     *
     * @param from index of its first byte; also called the seed, as every index begins another sequence.
     * @param length the number of bytes.
     * @return a new array.
     */
    public static byte[] bytes(final long from, final int length) {
        final byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) bytes[i] = at(from + i);
        return bytes;
    }

    /**
     * One byte of the sequence.
     *
     * @param index 0 or more.
     * @return the byte.
     */
    public static byte at(final long index) {
        return (byte) (index % PERIOD + index / PERIOD);
    }
}
