package io.evbuffer;

import org.jspecify.annotations.Nullable;

/**
 * Which bytes at a buffer's front are not in memory: filled by {@link EvBuffer#frontUnloaded}, to be reused. Not safe for
 * several threads.
 */
public final class UnloadedExtent {
    private @Nullable UnloadedBytes bytes;
    private long position;
    private int length;

    /** Creates an empty extent. */
    public UnloadedExtent() {}

    void set(final UnloadedBytes of, final long from, final int count) {
        bytes = of;
        position = from;
        length = count;
    }

    /** Forgets the bytes, and with them whatever they stand on. */
    public void clear() {
        bytes = null;
        position = 0;
        length = 0;
    }

    /**
     * Where the bytes are.
     *
     * @return what was given to {@link EvBuffer#addUnloaded}; not retained for the caller.
     * @throws IllegalStateException if the extent is empty.
     */
    public UnloadedBytes bytes() {
        final UnloadedBytes known = bytes;
        if (known == null) throw new IllegalStateException("the first byte of the buffer is in memory");
        return known;
    }

    /**
     * The position of the first byte there.
     *
     * @return 0 or more.
     */
    public long position() {
        return position;
    }

    /**
     * The number of bytes that follow one another there.
     *
     * @return 0 if the extent is empty, at most 1 GiB.
     */
    public int length() {
        return length;
    }

    @Override
    public String toString() {
        return bytes == null ? "UnloadedExtent[none]" : "UnloadedExtent[" + length + " at " + position + "]";
    }
}
