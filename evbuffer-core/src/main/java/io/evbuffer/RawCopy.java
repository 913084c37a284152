package io.evbuffer;

import org.agrona.BufferUtil;
import org.agrona.UnsafeApi;
import org.jspecify.annotations.Nullable;

/**
 * Copies bytes between the heap and native addresses: the one place of this package that touches raw memory.
 *
 * <p>Nothing is checked here; callers have checked at their public door. Short copies are made of a few loads and stores
 * that overlap in the middle, because the call into the JVM's copy routine costs more than they do; the border is
 * {@value #INLINE_LIMIT} bytes (AppendBenchmark).
 */
final class RawCopy {
    /** Up to this many bytes are copied in line. */
    static final int INLINE_LIMIT = 64;

    private static final long ARRAY_BASE = BufferUtil.ARRAY_BASE_OFFSET;

    private RawCopy() {}

    static void toNative(final byte[] source, final int offset, final long target, final int length) {
        if (length <= INLINE_LIMIT) {
            toNativeInline(source, ARRAY_BASE + offset, target, length);
        } else {
            UnsafeApi.copyMemory(source, ARRAY_BASE + offset, null, target, length);
        }
    }

    private static void toNativeInline(final byte[] source, final long from, final long target, final int length) {
        if (length >= Long.BYTES) {
            final int tail = length - Long.BYTES;
            for (int i = 0; i < tail; i += Long.BYTES)
                UnsafeApi.putLong(target + i, UnsafeApi.getLong(source, from + i));
            UnsafeApi.putLong(target + tail, UnsafeApi.getLong(source, from + tail));
        } else if (length >= Integer.BYTES) {
            final int tail = length - Integer.BYTES;
            final int head = UnsafeApi.getInt(source, from);
            UnsafeApi.putInt(target + tail, UnsafeApi.getInt(source, from + tail));
            UnsafeApi.putInt(target, head);
        } else {
            for (int i = 0; i < length; i++) UnsafeApi.putByte(target + i, UnsafeApi.getByte(source, from + i));
        }
    }

    static void toArray(final long source, final byte[] target, final int offset, final int length) {
        if (length <= INLINE_LIMIT) {
            toArrayInline(source, target, ARRAY_BASE + offset, length);
        } else {
            UnsafeApi.copyMemory(null, source, target, ARRAY_BASE + offset, length);
        }
    }

    private static void toArrayInline(final long source, final byte[] target, final long to, final int length) {
        if (length >= Long.BYTES) {
            final int tail = length - Long.BYTES;
            for (int i = 0; i < tail; i += Long.BYTES) UnsafeApi.putLong(target, to + i, UnsafeApi.getLong(source + i));
            UnsafeApi.putLong(target, to + tail, UnsafeApi.getLong(source + tail));
        } else {
            for (int i = 0; i < length; i++) UnsafeApi.putByte(target, to + i, UnsafeApi.getByte(source + i));
        }
    }

    /** Native to native; the ranges do not overlap. */
    static void copy(final long source, final long target, final int length) {
        if (length <= INLINE_LIMIT && length >= Long.BYTES) {
            final int tail = length - Long.BYTES;
            for (int i = 0; i < tail; i += Long.BYTES) UnsafeApi.putLong(target + i, UnsafeApi.getLong(source + i));
            UnsafeApi.putLong(target + tail, UnsafeApi.getLong(source + tail));
        } else {
            UnsafeApi.copyMemory(source, target, length);
        }
    }

    /** Native to native; the ranges may overlap. */
    static void move(final long source, final long target, final int length) {
        UnsafeApi.copyMemory(source, target, length);
    }

    /** From an array, or from an address if {@code base} is null, as Agrona names the places of a buffer. */
    static void copy(final byte @Nullable [] base, final long offset, final long target, final int length) {
        if (base == null) {
            copy(offset, target, length);
        } else {
            UnsafeApi.copyMemory(base, offset, null, target, length);
        }
    }

    /** To an array, or to an address if {@code base} is null. */
    static void copyTo(final long source, final byte @Nullable [] base, final long offset, final int length) {
        if (base == null) {
            copy(source, offset, length);
        } else {
            UnsafeApi.copyMemory(null, source, base, offset, length);
        }
    }

    /** The offset of an array's element, as {@link #copy(byte[], long, long, int)} takes it. */
    static long arrayOffset(final int index) {
        return ARRAY_BASE + index;
    }
}
