package io.evbuffer;

/**
 * Bytes of a buffer as lines of hexadecimal and text, for logs and debugging.
 *
 * <pre>
 *   00000000  47 45 54 20 2f 20 48 54  54 50 2f 31 2e 31 0d 0a  |GET / HTTP/1.1..|
 * </pre>
 *
 * <p><b>Cost:</b> allocates the text. <b>Threads:</b> of the buffer's thread.
 */
public final class HexDump {
    private static final int PER_LINE = 16;
    private static final int HALF = 8;
    private static final char[] DIGITS = "0123456789abcdef".toCharArray();

    private HexDump() {}

    /**
     * Dumps bytes, which stay in the buffer.
     *
     * @param buffer where they are; its start must not be frozen.
     * @param position the first one, from the front.
     * @param length the most to show.
     * @return one line for each 16 bytes, empty if there are none.
     * @throws IndexOutOfBoundsException if the position is beyond the buffer's length.
     * @throws IllegalArgumentException if {@code length} is negative.
     */
    public static String of(final EvBuffer buffer, final long position, final int length) {
        final boolean locked = buffer.enter();
        try {
            buffer.ensureOpen();
            if (length < 0) throw new IllegalArgumentException("negative length: " + length);
            buffer.checkPosition(position);
            return lines(buffer, position, length);
        } finally {
            buffer.leave(locked);
        }
    }

    private static String lines(final EvBuffer buffer, final long position, final int length) {
        final StringBuilder text = new StringBuilder();
        final byte[] line = new byte[PER_LINE];
        long at = position;
        int left = length;
        while (left > 0) {
            final int count = buffer.copyOut(at, line, 0, Math.min(left, PER_LINE));
            if (count == 0) break;
            appendLine(text, at, line, count);
            at += count;
            left -= count;
        }
        return text.toString();
    }

    private static void appendLine(final StringBuilder text, final long at, final byte[] line, final int count) {
        for (int shift = 28; shift >= 0; shift -= 4) text.append(DIGITS[(int) (at >>> shift) & 0xF]);
        text.append(' ');
        for (int i = 0; i < PER_LINE; i++) {
            text.append(i == HALF ? "  " : " ");
            if (i < count) text.append(DIGITS[line[i] >> 4 & 0xF]).append(DIGITS[line[i] & 0xF]);
            else text.append("  ");
        }
        text.append("  |");
        for (int i = 0; i < count; i++) text.append(line[i] >= ' ' && line[i] < 0x7F ? (char) line[i] : '.');
        text.append("|\n");
    }
}
