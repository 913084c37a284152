package io.evbuffer;

import java.nio.ByteOrder;
import java.util.Objects;
import org.agrona.UnsafeApi;

/**
 * Appends numbers and text to a buffer, in one byte order, across the edges of its chains.
 *
 * <p><b>Cost:</b> a number that fits behind the data is one store; at an edge it is copied by way of eight bytes of scratch.
 * No method allocates. <b>Ownership:</b> holds no bytes; make one a buffer and keep it. <b>Failure:</b> as {@link
 * EvBuffer#add(byte[], int, int)}: all bytes of a call are added or none. <b>Threads:</b> of its buffer's thread.
 */
public final class EvBufferWriter {
    private static final int SCRATCH = 256;
    private static final int MOST_UTF8_BYTES_A_CHAR = 3; // a surrogate pair takes 4 bytes for 2 chars

    private final EvBuffer buffer;
    private final boolean swaps;
    private final byte[] scratch = new byte[SCRATCH];

    /**
     * A writer to one buffer.
     *
     * @param buffer where to append; stays the caller's.
     * @param order the byte order of numbers: network protocols mostly use {@link ByteOrder#BIG_ENDIAN}.
     */
    public EvBufferWriter(final EvBuffer buffer, final ByteOrder order) {
        this.buffer = Objects.requireNonNull(buffer, "buffer");
        swaps = Objects.requireNonNull(order, "order") != ByteOrder.nativeOrder();
    }

    /**
     * Appends one byte.
     *
     * @param value its low eight bits.
     */
    public void putByte(final int value) {
        final Chain tail = buffer.plainTail();
        if (tail != null && tail.hasRoom(Byte.BYTES)) {
            UnsafeApi.putByte(tail.roomAddress(), (byte) value);
            buffer.filledPlainly(tail, Byte.BYTES);
        } else {
            putByteSlowly(value);
        }
    }

    private void putByteSlowly(final int value) {
        final boolean locked = buffer.enter();
        try {
            final long address = buffer.roomBehind(Byte.BYTES);
            if (address != 0) {
                UnsafeApi.putByte(address, (byte) value);
                buffer.filledBehind(Byte.BYTES);
            } else {
                scratch[0] = (byte) value;
                buffer.add(scratch, 0, Byte.BYTES);
            }
        } finally {
            buffer.leave(locked);
        }
    }

    /**
     * Appends two bytes.
     *
     * @param value its low sixteen bits.
     */
    public void putShort(final int value) {
        final short ordered = swaps ? Short.reverseBytes((short) value) : (short) value;
        final Chain tail = buffer.plainTail();
        if (tail != null && tail.hasRoom(Short.BYTES)) {
            UnsafeApi.putShort(tail.roomAddress(), ordered);
            buffer.filledPlainly(tail, Short.BYTES);
        } else {
            putShortSlowly(ordered);
        }
    }

    private void putShortSlowly(final short ordered) {
        final boolean locked = buffer.enter();
        try {
            final long address = buffer.roomBehind(Short.BYTES);
            if (address != 0) {
                UnsafeApi.putShort(address, ordered);
                buffer.filledBehind(Short.BYTES);
            } else {
                RawCopy.putShort(scratch, ordered);
                buffer.add(scratch, 0, Short.BYTES);
            }
        } finally {
            buffer.leave(locked);
        }
    }

    /**
     * Appends four bytes.
     *
     * @param value any value.
     */
    public void putInt(final int value) {
        final int ordered = swaps ? Integer.reverseBytes(value) : value;
        final Chain tail = buffer.plainTail();
        if (tail != null && tail.hasRoom(Integer.BYTES)) {
            UnsafeApi.putInt(tail.roomAddress(), ordered);
            buffer.filledPlainly(tail, Integer.BYTES);
        } else {
            putIntSlowly(ordered);
        }
    }

    private void putIntSlowly(final int ordered) {
        final boolean locked = buffer.enter();
        try {
            final long address = buffer.roomBehind(Integer.BYTES);
            if (address != 0) {
                UnsafeApi.putInt(address, ordered);
                buffer.filledBehind(Integer.BYTES);
            } else {
                RawCopy.putInt(scratch, ordered);
                buffer.add(scratch, 0, Integer.BYTES);
            }
        } finally {
            buffer.leave(locked);
        }
    }

    /**
     * Appends eight bytes.
     *
     * @param value any value.
     */
    public void putLong(final long value) {
        final long ordered = swaps ? Long.reverseBytes(value) : value;
        final Chain tail = buffer.plainTail();
        if (tail != null && tail.hasRoom(Long.BYTES)) {
            UnsafeApi.putLong(tail.roomAddress(), ordered);
            buffer.filledPlainly(tail, Long.BYTES);
        } else {
            putLongSlowly(ordered);
        }
    }

    private void putLongSlowly(final long ordered) {
        final boolean locked = buffer.enter();
        try {
            final long address = buffer.roomBehind(Long.BYTES);
            if (address != 0) {
                UnsafeApi.putLong(address, ordered);
                buffer.filledBehind(Long.BYTES);
            } else {
                RawCopy.putLong(scratch, ordered);
                buffer.add(scratch, 0, Long.BYTES);
            }
        } finally {
            buffer.leave(locked);
        }
    }

    /**
     * Appends the four bytes of a float.
     *
     * @param value any value; its bits are kept, NaN's too.
     */
    public void putFloat(final float value) {
        putInt(Float.floatToRawIntBits(value));
    }

    /**
     * Appends the eight bytes of a double.
     *
     * @param value any value; its bits are kept, NaN's too.
     */
    public void putDouble(final double value) {
        putLong(Double.doubleToRawLongBits(value));
    }

    /**
     * Appends a number in groups of seven bits, lowest first, the high bit set on all but the last (LEB128, as in protocol
     * buffers): 1 to 10 bytes, whatever the byte order.
     *
     * @param value taken as unsigned; a negative one takes 10 bytes.
     * @return the number of bytes appended.
     */
    public int putVarint(final long value) {
        final boolean locked = buffer.enter();
        try {
            long rest = value;
            int count = 0;
            while ((rest & ~0x7FL) != 0) {
                scratch[count++] = (byte) (rest | 0x80);
                rest >>>= 7;
            }
            scratch[count++] = (byte) rest;
            buffer.add(scratch, 0, count);
            return count;
        } finally {
            buffer.leave(locked);
        }
    }

    /**
     * Appends text of seven-bit characters, one byte each.
     *
     * @param text what is not ASCII becomes a question mark.
     * @return the number of bytes appended: the text's length.
     */
    public int putAscii(final CharSequence text) {
        final boolean locked = buffer.enter();
        try {
            final int length = text.length();
            buffer.ensureRoomFor(length);
            for (int done = 0; done < length; ) {
                final int piece = Math.min(SCRATCH, length - done);
                for (int i = 0; i < piece; i++) {
                    final char c = text.charAt(done + i);
                    scratch[i] = c < 0x80 ? (byte) c : (byte) '?';
                }
                buffer.addUntold(scratch, piece);
                done += piece;
            }
            buffer.tellAdded(length);
            return length;
        } finally {
            buffer.leave(locked);
        }
    }

    /**
     * Appends text in UTF-8.
     *
     * @param text half a surrogate pair becomes a question mark.
     * @return the number of bytes appended.
     */
    public int putUtf8(final CharSequence text) {
        final boolean locked = buffer.enter();
        try {
            final int length = text.length();
            buffer.ensureRoomFor(utf8Length(text));
            int total = 0;
            int count = 0;
            for (int i = 0; i < length; i++) {
                if (count > SCRATCH - MOST_UTF8_BYTES_A_CHAR - 1) {
                    buffer.addUntold(scratch, count);
                    total += count;
                    count = 0;
                }
                final char c = text.charAt(i);
                if (c < 0x80) {
                    scratch[count++] = (byte) c;
                } else if (c < 0x800) {
                    scratch[count++] = (byte) (0xC0 | (c >> 6));
                    scratch[count++] = (byte) (0x80 | (c & 0x3F));
                } else if (!Character.isSurrogate(c)) {
                    scratch[count++] = (byte) (0xE0 | (c >> 12));
                    scratch[count++] = (byte) (0x80 | ((c >> 6) & 0x3F));
                    scratch[count++] = (byte) (0x80 | (c & 0x3F));
                } else if (isPair(text, i)) {
                    final int point = Character.toCodePoint(c, text.charAt(++i));
                    scratch[count++] = (byte) (0xF0 | (point >> 18));
                    scratch[count++] = (byte) (0x80 | ((point >> 12) & 0x3F));
                    scratch[count++] = (byte) (0x80 | ((point >> 6) & 0x3F));
                    scratch[count++] = (byte) (0x80 | (point & 0x3F));
                } else {
                    scratch[count++] = '?';
                }
            }
            buffer.addUntold(scratch, count);
            total += count;
            buffer.tellAdded(total);
            return total;
        } finally {
            buffer.leave(locked);
        }
    }

    private static boolean isPair(final CharSequence text, final int i) {
        return Character.isHighSurrogate(text.charAt(i))
                && i + 1 < text.length()
                && Character.isLowSurrogate(text.charAt(i + 1));
    }

    /** The bytes that {@link #putUtf8} makes of a text. */
    private static long utf8Length(final CharSequence text) {
        long bytes = 0;
        for (int i = 0; i < text.length(); i++) {
            final char c = text.charAt(i);
            if (c < 0x80) {
                bytes++;
            } else if (c < 0x800) {
                bytes += 2;
            } else if (!Character.isSurrogate(c)) {
                bytes += 3;
            } else if (isPair(text, i)) {
                bytes += 4;
                i++;
            } else {
                bytes++;
            }
        }
        return bytes;
    }
}
