package io.evbuffer.channel;

/** Bytes whose value tells their place in a stream. */
final class Bytes {
    private Bytes() {}

    /** {@code count} bytes, the n-th of them being {@code (byte) n}. */
    static byte[] counting(final int count) {
        return counting(0, count);
    }

    /** {@code count} bytes of the counting stream, from a position on. */
    static byte[] counting(final long position, final int count) {
        final byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++) bytes[i] = (byte) (position + i);
        return bytes;
    }
}
