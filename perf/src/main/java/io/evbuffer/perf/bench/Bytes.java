package io.evbuffer.perf.bench;

/** Bytes that tell where they come from: what is lost, doubled or exchanged shows in a comparison. */
public final class Bytes {
    private static final int PRIME =
            251; // no power of two divides it, so that no border of segments repeats the pattern

    private Bytes() {}

    /** A new array in which byte {@code i} is {@code i} modulo a prime. */
    public static byte[] pattern(final int length) {
        final byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) bytes[i] = (byte) (i % PRIME);
        return bytes;
    }

    /** A new array of small letters in the order of the alphabet, over and over, from the {@code first} one on. */
    public static byte[] letters(final int first, final int length) {
        final byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) bytes[i] = (byte) ('a' + (first + i) % 26);
        return bytes;
    }
}
