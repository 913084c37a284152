package io.evbuffer;

import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.agrona.UnsafeApi;

/**
 * Takes numbers and text from the front of a buffer, or looks at them anywhere in it, in one byte order and across the edges
 * of its chains.
 *
 * <p>{@code remove...} takes from the front, {@code get...} looks at a position and leaves the bytes.
 *
 * <p><b>Cost:</b> a number that lies in one chain is one load; at an edge it is copied by way of eight bytes of scratch. Only
 * text allocates: itself. <b>Failure:</b> {@link IndexOutOfBoundsException} if there are not enough bytes, and then none is
 * taken. <b>Ownership:</b> holds no bytes; make one a buffer and keep it. <b>Threads:</b> of its buffer's thread.
 */
public final class EvBufferReader {
    private static final int MOST_VARINT_BYTES = 10;

    private final EvBuffer buffer;
    private final boolean swaps;
    private final byte[] scratch = new byte[Long.BYTES];

    /**
     * A reader of one buffer.
     *
     * @param buffer where to take from; stays the caller's.
     * @param order the byte order of numbers: network protocols mostly use {@link ByteOrder#BIG_ENDIAN}.
     */
    public EvBufferReader(final EvBuffer buffer, final ByteOrder order) {
        this.buffer = Objects.requireNonNull(buffer, "buffer");
        swaps = Objects.requireNonNull(order, "order") != ByteOrder.nativeOrder();
    }

    /**
     * Looks at one byte.
     *
     * @param position where it is, from the front.
     * @return the byte.
     */
    public byte getByte(final long position) {
        final boolean locked = buffer.enter();
        try {
            return UnsafeApi.getByte(buffer.addressOf(position, Byte.BYTES));
        } finally {
            buffer.leave(locked);
        }
    }

    /**
     * Looks at two bytes.
     *
     * @param position where the first one is, from the front.
     * @return the number they make.
     */
    public short getShort(final long position) {
        final boolean locked = buffer.enter();
        try {
            final long address = buffer.addressOf(position, Short.BYTES);
            final short value =
                    address != 0 ? UnsafeApi.getShort(address) : RawCopy.getShort(gathered(position, Short.BYTES));
            return swaps ? Short.reverseBytes(value) : value;
        } finally {
            buffer.leave(locked);
        }
    }

    /**
     * Looks at four bytes.
     *
     * @param position where the first one is, from the front.
     * @return the number they make.
     */
    public int getInt(final long position) {
        final boolean locked = buffer.enter();
        try {
            final long address = buffer.addressOf(position, Integer.BYTES);
            final int value =
                    address != 0 ? UnsafeApi.getInt(address) : RawCopy.getInt(gathered(position, Integer.BYTES));
            return swaps ? Integer.reverseBytes(value) : value;
        } finally {
            buffer.leave(locked);
        }
    }

    /**
     * Looks at eight bytes.
     *
     * @param position where the first one is, from the front.
     * @return the number they make.
     */
    public long getLong(final long position) {
        final boolean locked = buffer.enter();
        try {
            final long address = buffer.addressOf(position, Long.BYTES);
            final long value =
                    address != 0 ? UnsafeApi.getLong(address) : RawCopy.getLong(gathered(position, Long.BYTES));
            return swaps ? Long.reverseBytes(value) : value;
        } finally {
            buffer.leave(locked);
        }
    }

    /**
     * Looks at the four bytes of a float.
     *
     * @param position where the first one is, from the front.
     * @return the number they make.
     */
    public float getFloat(final long position) {
        return Float.intBitsToFloat(getInt(position));
    }

    /**
     * Looks at the eight bytes of a double.
     *
     * @param position where the first one is, from the front.
     * @return the number they make.
     */
    public double getDouble(final long position) {
        return Double.longBitsToDouble(getLong(position));
    }

    private byte[] gathered(final long position, final int bytes) {
        buffer.copyOut(position, scratch, 0, bytes);
        return scratch;
    }

    /**
     * Takes one byte.
     *
     * @return the byte.
     */
    public byte removeByte() {
        final Chain head = buffer.plainHead();
        if (head != null && head.hasMoreThan(Byte.BYTES)) {
            final byte value = UnsafeApi.getByte(head.dataAddress());
            buffer.takenPlainly(head, Byte.BYTES);
            return value;
        }
        return removeByteSlowly();
    }

    private byte removeByteSlowly() {
        final boolean locked = buffer.enter();
        try {
            final long address = buffer.bytesInFront(Byte.BYTES);
            if (address != 0) {
                final byte value = UnsafeApi.getByte(address);
                buffer.takenInFront(Byte.BYTES);
                return value;
            }
            final byte value = getByte(0);
            buffer.drain(Byte.BYTES);
            return value;
        } finally {
            buffer.leave(locked);
        }
    }

    /**
     * Takes two bytes.
     *
     * @return the number they make.
     */
    public short removeShort() {
        final Chain head = buffer.plainHead();
        if (head != null && head.hasMoreThan(Short.BYTES)) {
            final short value = UnsafeApi.getShort(head.dataAddress());
            buffer.takenPlainly(head, Short.BYTES);
            return swaps ? Short.reverseBytes(value) : value;
        }
        return removeShortSlowly();
    }

    private short removeShortSlowly() {
        final boolean locked = buffer.enter();
        try {
            final long address = buffer.bytesInFront(Short.BYTES);
            if (address != 0) {
                final short value = UnsafeApi.getShort(address);
                buffer.takenInFront(Short.BYTES);
                return swaps ? Short.reverseBytes(value) : value;
            }
            final short value = getShort(0);
            buffer.drain(Short.BYTES);
            return value;
        } finally {
            buffer.leave(locked);
        }
    }

    /**
     * Takes four bytes.
     *
     * @return the number they make.
     */
    public int removeInt() {
        final Chain head = buffer.plainHead();
        if (head != null && head.hasMoreThan(Integer.BYTES)) {
            final int value = UnsafeApi.getInt(head.dataAddress());
            buffer.takenPlainly(head, Integer.BYTES);
            return swaps ? Integer.reverseBytes(value) : value;
        }
        return removeIntSlowly();
    }

    private int removeIntSlowly() {
        final boolean locked = buffer.enter();
        try {
            final long address = buffer.bytesInFront(Integer.BYTES);
            if (address != 0) {
                final int value = UnsafeApi.getInt(address);
                buffer.takenInFront(Integer.BYTES);
                return swaps ? Integer.reverseBytes(value) : value;
            }
            final int value = getInt(0);
            buffer.drain(Integer.BYTES);
            return value;
        } finally {
            buffer.leave(locked);
        }
    }

    /**
     * Takes eight bytes.
     *
     * @return the number they make.
     */
    public long removeLong() {
        final Chain head = buffer.plainHead();
        if (head != null && head.hasMoreThan(Long.BYTES)) {
            final long value = UnsafeApi.getLong(head.dataAddress());
            buffer.takenPlainly(head, Long.BYTES);
            return swaps ? Long.reverseBytes(value) : value;
        }
        return removeLongSlowly();
    }

    private long removeLongSlowly() {
        final boolean locked = buffer.enter();
        try {
            final long address = buffer.bytesInFront(Long.BYTES);
            if (address != 0) {
                final long value = UnsafeApi.getLong(address);
                buffer.takenInFront(Long.BYTES);
                return swaps ? Long.reverseBytes(value) : value;
            }
            final long value = getLong(0);
            buffer.drain(Long.BYTES);
            return value;
        } finally {
            buffer.leave(locked);
        }
    }

    /**
     * Takes the four bytes of a float.
     *
     * @return the number they make.
     */
    public float removeFloat() {
        return Float.intBitsToFloat(removeInt());
    }

    /**
     * Takes the eight bytes of a double.
     *
     * @return the number they make.
     */
    public double removeDouble() {
        return Double.longBitsToDouble(removeLong());
    }

    /**
     * Takes a number in groups of seven bits: {@link EvBufferWriter#putVarint(long)}.
     *
     * @return the number.
     * @throws IndexOutOfBoundsException if the buffer ends before the number does; nothing is taken.
     * @throws IllegalArgumentException if it is longer than ten bytes or does not fit in 64 bits; nothing is taken.
     */
    public long removeVarint() {
        final boolean locked = buffer.enter();
        try {
            long value = 0;
            for (int i = 0; i < MOST_VARINT_BYTES; i++) {
                final byte group = getByte(i);
                if (i == MOST_VARINT_BYTES - 1 && group > 1) break;
                value |= (long) (group & 0x7F) << (7 * i);
                if (group >= 0) {
                    buffer.drain(i + 1L);
                    return value;
                }
            }
            throw new IllegalArgumentException("no varint of 64 bits at the front of " + buffer);
        } finally {
            buffer.leave(locked);
        }
    }

    /**
     * Takes bytes as ASCII.
     *
     * @param length bytes to take.
     * @return text; what is not ASCII becomes U+FFFD.
     */
    public String removeAscii(final int length) {
        return removeText(length, StandardCharsets.US_ASCII);
    }

    /**
     * Takes bytes as UTF-8.
     *
     * @param length bytes to take.
     * @return text; what is malformed becomes U+FFFD.
     */
    public String removeUtf8(final int length) {
        return removeText(length, StandardCharsets.UTF_8);
    }

    private String removeText(final int length, final Charset charset) {
        final boolean locked = buffer.enter();
        try {
            buffer.ensureOpen();
            if (length < 0) throw new IllegalArgumentException("negative length: " + length);
            if (length > buffer.length()) throw buffer.tooShort(0, length);
            final byte[] bytes = new byte[length];
            buffer.remove(bytes, 0, length);
            return new String(bytes, charset);
        } finally {
            buffer.leave(locked);
        }
    }
}
