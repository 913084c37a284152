package io.evbuffer;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.agrona.BufferUtil;

/** Off-heap memory to search in raw form, with bytes around it that must not be read as part of it. */
final class RawBytes {
    private static final int MARGIN = 64;

    private final ByteBuffer memory;
    private final int capacity;

    RawBytes(final int capacity) {
        this.capacity = capacity;
        memory = ByteBuffer.allocateDirect(capacity + 2 * MARGIN);
    }

    /** Fills everything, the surroundings as well. */
    RawBytes fill(final byte value) {
        for (int i = 0; i < memory.capacity(); i++) memory.put(i, value);
        return this;
    }

    /** Fills a range. */
    RawBytes fill(final int from, final int length, final byte value) {
        for (int i = from; i < from + length; i++) memory.put(MARGIN + i, value);
        return this;
    }

    RawBytes put(final int index, final byte... bytes) {
        memory.put(MARGIN + index, bytes);
        return this;
    }

    byte[] get(final int index, final int length) {
        final byte[] bytes = new byte[length];
        memory.get(MARGIN + index, bytes);
        return bytes;
    }

    long address(final int index) {
        return BufferUtil.address(memory) + MARGIN + index;
    }

    int capacity() {
        return capacity;
    }

    /** What every search for a needle has to answer. */
    static int indexOf(final byte[] needle, final byte[] bytes, final int from) {
        for (int i = from; i + needle.length <= bytes.length; i++) {
            if (Arrays.equals(needle, 0, needle.length, bytes, i, i + needle.length)) return i;
        }
        return -1;
    }
}
