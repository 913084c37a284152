package io.evbuffer;

import org.agrona.BufferUtil;
import org.agrona.UnsafeApi;
import org.jspecify.annotations.Nullable;

/**
 * Copies bytes between the heap and native addresses: with {@link SwarSearch}, which reads only, the one place of this package
 * that touches raw memory.
 *
 * <p>Nothing is checked here; callers have checked at their public door. Short copies are made of a few loads and stores,
 * because the call into the JVM's copy routine costs more than they do. The head and the tail of the range are copied, each
 * as wide as can be; in the middle they may overlap:
 *
 * <pre>
 *   27 bytes     |################|          |      16 from the front
 *                |           |################|     16 from the end
 * </pre>
 *
 * <p>AppendBenchmark, ns per append against the routine: 9.2 and 19 at 16 bytes, 12 and 20 at 64 bytes.
 */
final class RawCopy {
    /** Up to this many bytes are copied in line. */
    static final int INLINE_LIMIT = 64;

    private static final int PAIR = 2 * Long.BYTES;
    private static final long ARRAY_BASE = BufferUtil.ARRAY_BASE_OFFSET;

    private RawCopy() {}

    static void toNative(final byte[] source, final int offset, final long target, final int length) {
        copy(source, ARRAY_BASE + offset, target, length);
    }

    static void toArray(final long source, final byte[] target, final int offset, final int length) {
        copyTo(source, target, ARRAY_BASE + offset, length);
    }

    /** Native to native; the ranges do not overlap. */
    static void copy(final long source, final long target, final int length) {
        if (length <= INLINE_LIMIT) {
            copyShort(null, source, null, target, length);
        } else {
            UnsafeApi.copyMemory(source, target, length);
        }
    }

    /** From an array, or from an address if {@code base} is null, as Agrona names the places of a buffer. */
    static void copy(final byte @Nullable [] base, final long offset, final long target, final int length) {
        if (length <= INLINE_LIMIT) {
            copyShort(base, offset, null, target, length);
        } else {
            UnsafeApi.copyMemory(base, offset, null, target, length);
        }
    }

    /** To an array, or to an address if {@code base} is null. */
    static void copyTo(final long source, final byte @Nullable [] base, final long offset, final int length) {
        if (length <= INLINE_LIMIT) {
            copyShort(null, source, base, offset, length);
        } else {
            UnsafeApi.copyMemory(null, source, base, offset, length);
        }
    }

    private static void copyShort(
            final byte @Nullable [] source,
            final long from,
            final byte @Nullable [] target,
            final long to,
            final int length) {
        if (length >= PAIR) {
            copyPairs(source, from, target, to, length);
        } else if (length >= Long.BYTES) {
            final int tail = length - Long.BYTES;
            final long front = UnsafeApi.getLong(source, from);
            final long back = UnsafeApi.getLong(source, from + tail);
            UnsafeApi.putLong(target, to, front);
            UnsafeApi.putLong(target, to + tail, back);
        } else if (length >= Integer.BYTES) {
            final int tail = length - Integer.BYTES;
            final int front = UnsafeApi.getInt(source, from);
            final int back = UnsafeApi.getInt(source, from + tail);
            UnsafeApi.putInt(target, to, front);
            UnsafeApi.putInt(target, to + tail, back);
        } else {
            for (int i = 0; i < length; i++) UnsafeApi.putByte(target, to + i, UnsafeApi.getByte(source, from + i));
        }
    }

    /** 16 to 64 bytes, without a loop. */
    private static void copyPairs(
            final byte @Nullable [] source,
            final long from,
            final byte @Nullable [] target,
            final long to,
            final int length) {
        final int tail = length - PAIR;
        copyPair(source, from, target, to);
        if (length > 2 * PAIR) {
            copyPair(source, from + PAIR, target, to + PAIR);
            copyPair(source, from + tail - PAIR, target, to + tail - PAIR);
        }
        copyPair(source, from + tail, target, to + tail);
    }

    private static void copyPair(
            final byte @Nullable [] source, final long from, final byte @Nullable [] target, final long to) {
        final long front = UnsafeApi.getLong(source, from);
        final long back = UnsafeApi.getLong(source, from + Long.BYTES);
        UnsafeApi.putLong(target, to, front);
        UnsafeApi.putLong(target, to + Long.BYTES, back);
    }

    /** Native to native; the ranges may overlap. */
    static void move(final long source, final long target, final int length) {
        UnsafeApi.copyMemory(source, target, length);
    }

    /** The first two bytes of an array as a number in native order. */
    static short getShort(final byte[] array) {
        return UnsafeApi.getShort(array, ARRAY_BASE);
    }

    /** Sets the first two bytes of an array to a number in native order. */
    static void putShort(final byte[] array, final short value) {
        UnsafeApi.putShort(array, ARRAY_BASE, value);
    }

    /** The first four bytes of an array as a number in native order. */
    static int getInt(final byte[] array) {
        return UnsafeApi.getInt(array, ARRAY_BASE);
    }

    /** Sets the first four bytes of an array to a number in native order. */
    static void putInt(final byte[] array, final int value) {
        UnsafeApi.putInt(array, ARRAY_BASE, value);
    }

    /** The first eight bytes of an array as a number in native order. */
    static long getLong(final byte[] array) {
        return UnsafeApi.getLong(array, ARRAY_BASE);
    }

    /** Sets the first eight bytes of an array to a number in native order. */
    static void putLong(final byte[] array, final long value) {
        UnsafeApi.putLong(array, ARRAY_BASE, value);
    }

    /** The offset of an array's element, as {@link #copy(byte[], long, long, int)} takes it. */
    static long arrayOffset(final int index) {
        return ARRAY_BASE + index;
    }
}
