package io.evbuffer.testing;

import io.evbuffer.EolStyle;
import io.evbuffer.EvBuffer;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The shapes in which a caller may hand bytes to a buffer, or a place for bytes: on the heap or off it, whole or a part.
 */
public enum BytesAs {
    /** An array, all of it. */
    ARRAY,
    /** A range within an array. */
    ARRAY_RANGE,
    /** A range of an {@link UnsafeBuffer} on an array. */
    HEAP_DIRECT_BUFFER,
    /** A range of an {@link UnsafeBuffer} on direct memory. */
    NATIVE_DIRECT_BUFFER,
    /** A slice of a heap {@link ByteBuffer}, from a position on. */
    HEAP_BYTE_BUFFER,
    /** A direct {@link ByteBuffer}, from a position on. */
    DIRECT_BYTE_BUFFER,
    /** A read-only heap {@link ByteBuffer}; as a place for bytes it is a writable one. */
    READ_ONLY_HEAP_BYTE_BUFFER,
    /** A read-only direct {@link ByteBuffer}; as a place for bytes it is a writable one. */
    READ_ONLY_DIRECT_BYTE_BUFFER;

    private static final int BEFORE = 3; // bytes around the range, which nobody may touch
    private static final int BEHIND = 5;
    private static final byte AROUND = 0x5A;

    /**
     * Appends bytes in this shape.
     *
     * @param buffer where to append.
     * @param bytes what to append.
     */
    public void add(final EvBuffer buffer, final byte[] bytes) {
        final byte[] framed = framed(bytes);
        switch (this) {
            case ARRAY -> buffer.add(bytes);
            case ARRAY_RANGE -> buffer.add(framed, BEFORE, bytes.length);
            case HEAP_DIRECT_BUFFER -> buffer.add(new UnsafeBuffer(framed), BEFORE, bytes.length);
            case NATIVE_DIRECT_BUFFER -> buffer.add(new UnsafeBuffer(direct(framed)), BEFORE, bytes.length);
            default -> {
                final ByteBuffer source = byteBuffer(framed, bytes.length);
                buffer.add(source);
                checkConsumed(source);
            }
        }
    }

    /**
     * Prepends bytes in this shape.
     *
     * @param buffer where to prepend.
     * @param bytes what to prepend.
     */
    public void prepend(final EvBuffer buffer, final byte[] bytes) {
        final byte[] framed = framed(bytes);
        switch (this) {
            case ARRAY -> buffer.prepend(bytes);
            case ARRAY_RANGE -> buffer.prepend(framed, BEFORE, bytes.length);
            case HEAP_DIRECT_BUFFER -> buffer.prepend(new UnsafeBuffer(framed), BEFORE, bytes.length);
            case NATIVE_DIRECT_BUFFER -> buffer.prepend(new UnsafeBuffer(direct(framed)), BEFORE, bytes.length);
            default -> {
                final ByteBuffer source = byteBuffer(framed, bytes.length);
                buffer.prepend(source);
                checkConsumed(source);
            }
        }
    }

    /**
     * Copies bytes from the front to a place of this shape and checks that nothing around the place was written.
     *
     * @param buffer where to copy from.
     * @param most the size of the place.
     * @return the bytes copied.
     */
    public byte[] copyOut(final EvBuffer buffer, final int most) {
        return take(buffer, most, false);
    }

    /**
     * Removes bytes from the front to a place of this shape and checks that nothing around the place was written.
     *
     * @param buffer where to remove from.
     * @param most the size of the place.
     * @return the bytes removed.
     */
    public byte[] remove(final EvBuffer buffer, final int most) {
        return take(buffer, most, true);
    }

    /**
     * Takes a line to a place of this shape and checks that nothing around the place was written.
     *
     * @param buffer where to take it from.
     * @param style what ends it.
     * @param most the size of the place.
     * @return the bytes of the line, or null if there is none.
     */
    public byte @Nullable [] readLine(final EvBuffer buffer, final EolStyle style, final int most) {
        final byte[] framed = new byte[BEFORE + most + BEHIND];
        Arrays.fill(framed, AROUND);
        final int count;
        switch (this) {
            case ARRAY, ARRAY_RANGE -> count = buffer.readLine(style, framed, BEFORE, most);
            case HEAP_DIRECT_BUFFER -> count = buffer.readLine(style, new UnsafeBuffer(framed), BEFORE, most);
            case NATIVE_DIRECT_BUFFER -> {
                final UnsafeBuffer target = new UnsafeBuffer(direct(framed));
                count = buffer.readLine(style, target, BEFORE, most);
                target.getBytes(0, framed);
            }
            default -> {
                final ByteBuffer target = isDirect() ? direct(framed) : ByteBuffer.wrap(framed);
                target.limit(BEFORE + most).position(BEFORE);
                count = buffer.readLine(style, target);
                if (target.position() != BEFORE + Math.max(count, 0)) {
                    throw new AssertionError("target is " + target + " after " + count + " bytes");
                }
                target.clear().get(framed);
            }
        }
        checkAround(framed, Math.max(count, 0));
        return count < 0 ? null : Arrays.copyOfRange(framed, BEFORE, BEFORE + count);
    }

    private byte[] take(final EvBuffer buffer, final int most, final boolean remove) {
        final byte[] framed = new byte[BEFORE + most + BEHIND];
        Arrays.fill(framed, AROUND);
        final int count;
        switch (this) {
            case ARRAY, ARRAY_RANGE ->
                count = remove ? buffer.remove(framed, BEFORE, most) : buffer.copyOut(framed, BEFORE, most);
            case HEAP_DIRECT_BUFFER -> {
                final UnsafeBuffer target = new UnsafeBuffer(framed);
                count = remove ? buffer.remove(target, BEFORE, most) : buffer.copyOut(target, BEFORE, most);
            }
            case NATIVE_DIRECT_BUFFER -> {
                final UnsafeBuffer target = new UnsafeBuffer(direct(framed));
                count = remove ? buffer.remove(target, BEFORE, most) : buffer.copyOut(target, BEFORE, most);
                target.getBytes(0, framed);
            }
            default -> {
                final ByteBuffer target = isDirect() ? direct(framed) : ByteBuffer.wrap(framed);
                target.limit(BEFORE + most).position(BEFORE);
                count = remove ? buffer.remove(target) : buffer.copyOut(target);
                if (target.position() != BEFORE + count || target.limit() != BEFORE + most) {
                    throw new AssertionError("target is " + target + " after " + count + " bytes");
                }
                target.clear().get(framed);
            }
        }
        checkAround(framed, count);
        return Arrays.copyOfRange(framed, BEFORE, BEFORE + count);
    }

    private void checkAround(final byte[] framed, final int count) {
        for (int i = 0; i < framed.length; i++) {
            if ((i < BEFORE || i >= BEFORE + count) && framed[i] != AROUND) {
                throw new AssertionError(this + ": written outside of " + count + " bytes, at " + (i - BEFORE));
            }
        }
    }

    private boolean isDirect() {
        return this == DIRECT_BYTE_BUFFER || this == READ_ONLY_DIRECT_BYTE_BUFFER;
    }

    private ByteBuffer byteBuffer(final byte[] framed, final int length) {
        // A slice, so that the array behind it begins before its index 0.
        final ByteBuffer whole = isDirect() ? direct(framed) : ByteBuffer.wrap(framed);
        final ByteBuffer slice = whole.slice(1, framed.length - 1);
        slice.limit(BEFORE - 1 + length).position(BEFORE - 1);
        final boolean readOnly = this == READ_ONLY_HEAP_BYTE_BUFFER || this == READ_ONLY_DIRECT_BYTE_BUFFER;
        return readOnly ? slice.asReadOnlyBuffer() : slice;
    }

    private static void checkConsumed(final ByteBuffer source) {
        if (source.hasRemaining()) throw new AssertionError("not consumed: " + source);
    }

    private static byte[] framed(final byte[] bytes) {
        final byte[] framed = new byte[BEFORE + bytes.length + BEHIND];
        Arrays.fill(framed, AROUND);
        System.arraycopy(bytes, 0, framed, BEFORE, bytes.length);
        return framed;
    }

    private static ByteBuffer direct(final byte[] bytes) {
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).clear();
    }
}
