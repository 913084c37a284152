package io.evbuffer.testing;

import io.evbuffer.EvBuffer;
import io.evbuffer.EvBufferReader;
import io.evbuffer.EvBufferWriter;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** What a caller may write by {@link EvBufferWriter}, and what bytes that makes. */
public enum ValueAs {
    /** One byte. */
    BYTE(1),
    /** Two bytes. */
    SHORT(2),
    /** Four bytes. */
    INT(4),
    /** Eight bytes. */
    LONG(8),
    /** Four bytes, of a float. */
    FLOAT(4),
    /** Eight bytes, of a double. */
    DOUBLE(8),
    /** Seven bits a byte. */
    VARINT(0),
    /** The decimal digits of the value. */
    ASCII(0),
    /** The digits between characters of two, three and four bytes, and half of one. */
    UTF8(0);

    private final int size;

    ValueAs(final int size) {
        this.size = size;
    }

    /**
     * The number of bytes.
     *
     * @return 1 to 8, or 0 if it depends on the value.
     */
    public int size() {
        return size;
    }

    private static String text(final long value) {
        return "\u00e9" + value + "\u20ac\ud83d\ude00\ud83d";
    }

    private static ByteOrder order(final boolean bigEndian) {
        return bigEndian ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    }

    /**
     * The bytes of a value, found without a buffer.
     *
     * @param value as many of its bits as fit, or its digits.
     * @param bigEndian or little-endian.
     * @return a new array.
     */
    public byte[] bytes(final long value, final boolean bigEndian) {
        final ByteBuffer fixed = ByteBuffer.allocate(size).order(order(bigEndian));
        return switch (this) {
            case BYTE -> fixed.put((byte) value).array();
            case SHORT -> fixed.putShort((short) value).array();
            case INT, FLOAT -> fixed.putInt((int) value).array();
            case LONG, DOUBLE -> fixed.putLong(value).array();
            case VARINT -> varint(value);
            case ASCII -> Long.toString(value).getBytes(StandardCharsets.US_ASCII);
            case UTF8 -> text(value).getBytes(StandardCharsets.UTF_8);
        };
    }

    private static byte[] varint(final long value) {
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        long rest = value;
        while (rest < 0 || rest > 127) {
            bytes.write((int) ((rest & 127) | 128));
            rest >>>= 7;
        }
        bytes.write((int) rest);
        return bytes.toByteArray();
    }

    /**
     * Appends a value to a buffer.
     *
     * @param buffer where to append.
     * @param value as for {@link #bytes}.
     * @param bigEndian or little-endian.
     * @return the number of bytes appended.
     */
    public int write(final EvBuffer buffer, final long value, final boolean bigEndian) {
        final EvBufferWriter writer = new EvBufferWriter(buffer, order(bigEndian));
        switch (this) {
            case BYTE -> writer.putByte((int) value);
            case SHORT -> writer.putShort((int) value);
            case INT -> writer.putInt((int) value);
            case LONG -> writer.putLong(value);
            case FLOAT -> writer.putFloat(Float.intBitsToFloat((int) value));
            case DOUBLE -> writer.putDouble(Double.longBitsToDouble(value));
            case VARINT -> {
                return writer.putVarint(value);
            }
            case ASCII -> {
                return writer.putAscii(Long.toString(value));
            }
            case UTF8 -> {
                return writer.putUtf8(text(value));
            }
        }
        return size;
    }

    /**
     * Reads a value of fixed size, by {@link EvBufferReader}.
     *
     * @param buffer where to read from, with enough bytes.
     * @param position of the first byte; -1 to remove it from the front.
     * @param bigEndian or little-endian.
     * @return the bytes of what was read, a new array.
     */
    public byte[] read(final EvBuffer buffer, final long position, final boolean bigEndian) {
        final EvBufferReader reader = new EvBufferReader(buffer, order(bigEndian));
        final boolean remove = position < 0;
        final long value = switch (this) {
            case BYTE -> remove ? reader.removeByte() : reader.getByte(position);
            case SHORT -> remove ? reader.removeShort() : reader.getShort(position);
            case INT -> remove ? reader.removeInt() : reader.getInt(position);
            case LONG -> remove ? reader.removeLong() : reader.getLong(position);
            case FLOAT -> Float.floatToRawIntBits(remove ? reader.removeFloat() : reader.getFloat(position));
            case DOUBLE -> Double.doubleToRawLongBits(remove ? reader.removeDouble() : reader.getDouble(position));
            default -> throw new IllegalArgumentException(this + " has no fixed size");
        };
        return bytes(value, bigEndian);
    }
}
