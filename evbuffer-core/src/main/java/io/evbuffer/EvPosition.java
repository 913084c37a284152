package io.evbuffer;

import java.util.Objects;

/**
 * A place in a buffer, counted from its present front: libevent's {@code evbuffer_ptr}. It does not follow data: after a
 * drain the same number names a later byte ({@link EvMark} follows its byte).
 *
 * <p>The end, at the buffer's length, is a place too: after bytes are added it names the first of them. A search that finds
 * nothing leaves {@linkplain #isFound() nothing} here.
 *
 * <p><b>Cost:</b> O(1); what reads at a position finds its chain in O(log chains). <b>Threads:</b> of its buffer's thread.
 */
public final class EvPosition {
    private final EvBuffer buffer;
    private long value;

    /**
     * A place at the front of a buffer.
     *
     * @param buffer the buffer it counts in.
     */
    public EvPosition(final EvBuffer buffer) {
        this.buffer = Objects.requireNonNull(buffer, "buffer");
    }

    /**
     * The buffer it counts in.
     *
     * @return as given to the constructor.
     */
    public EvBuffer buffer() {
        return buffer;
    }

    /**
     * The number of bytes before it.
     *
     * @return 0 or more, or -1 if a search has found nothing.
     */
    public long value() {
        return value;
    }

    /**
     * Tells whether this is a place.
     *
     * @return false after a search that found nothing.
     */
    public boolean isFound() {
        return value >= 0;
    }

    /**
     * Goes to a place.
     *
     * @param position 0 to the buffer's length.
     * @return this position.
     * @throws IndexOutOfBoundsException if there is no such place; nothing has changed.
     * @throws IllegalStateException if the buffer is closed.
     */
    public EvPosition set(final long position) {
        final boolean locked = buffer.enter();
        try {
            buffer.ensureOpen();
            buffer.checkPosition(position);
        } finally {
            buffer.leave(locked);
        }
        value = position;
        return this;
    }

    /**
     * Goes forward.
     *
     * @param count bytes, 0 or more.
     * @return this position.
     * @throws IllegalArgumentException if {@code count} is negative, or this is no place.
     * @throws IndexOutOfBoundsException if that would be beyond the buffer's length; nothing has changed.
     * @throws IllegalStateException if the buffer is closed.
     */
    public EvPosition advance(final long count) {
        if (count < 0) throw new IllegalArgumentException("negative count: " + count);
        if (value < 0) throw new IllegalArgumentException("a search that found nothing is no place to go on from");
        final boolean locked = buffer.enter();
        try {
            buffer.ensureOpen();
            if (count > buffer.length() - value) {
                throw new IndexOutOfBoundsException(
                        count + " bytes beyond position " + value + " in a buffer of " + buffer.length() + " bytes");
            }
        } finally {
            buffer.leave(locked);
        }
        value += count;
        return this;
    }

    /** Where an operation of {@code of} begins. */
    long startIn(final EvBuffer of) {
        if (buffer != of) throw new IllegalArgumentException("a position in another buffer: " + this);
        if (value < 0) throw new IllegalArgumentException("a search that found nothing is no place to begin at");
        of.checkPosition(value);
        return value;
    }

    /** Where a search in {@code of} begins, not yet compared with the length; -1 if this is no place. */
    long placeIn(final EvBuffer of) {
        of.ensureOpen();
        if (buffer != of) throw new IllegalArgumentException("a position in another buffer: " + this);
        return value;
    }

    /** Takes a search's answer, -1 for nothing; tells whether it is a place. */
    boolean leadTo(final long answer) {
        value = answer;
        return answer >= 0;
    }

    @Override
    public String toString() {
        return "EvPosition[" + (isFound() ? value : "not found") + "]";
    }
}
