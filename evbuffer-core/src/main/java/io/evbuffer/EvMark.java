package io.evbuffer;

/**
 * Stays with one byte of a buffer: its position follows the byte through drains, prepends and additions, and says when the
 * byte is gone.
 *
 * <p>Moving the byte to another buffer, draining or removing it ends the mark. A mark costs a few nanoseconds in each
 * operation that takes bytes from the front, so {@link #close()} one that is no longer needed.
 *
 * <p>Threads: of its buffer's thread.
 */
public final class EvMark implements AutoCloseable {
    private final EvBuffer buffer;
    private final long offset; // in the stream
    private boolean gone;

    EvMark(final EvBuffer buffer, final long offset) {
        this.buffer = buffer;
        this.offset = offset;
    }

    /**
     * Tells whether the byte has left the buffer.
     *
     * @return true also once the mark or the buffer is closed.
     */
    public boolean isGone() {
        final boolean locked = buffer.enter();
        try {
            return gone || buffer.isClosed();
        } finally {
            buffer.leave(locked);
        }
    }

    /**
     * Where the byte is now. O(1).
     *
     * @return its position, counted from the front.
     * @throws IllegalStateException if it is gone.
     */
    public long position() {
        final boolean locked = buffer.enter();
        try {
            if (isGone()) throw new IllegalStateException("the marked byte has left the buffer");
            return offset - buffer.frontOffset;
        } finally {
            buffer.leave(locked);
        }
    }

    long offset() {
        return offset;
    }

    void end() {
        gone = true;
    }

    /** Forgets the byte. A second call does nothing. */
    @Override
    public void close() {
        final boolean locked = buffer.enter();
        try {
            if (gone) return;
            gone = true;
            buffer.forget(this);
        } finally {
            buffer.leave(locked);
        }
    }

    @Override
    public String toString() {
        final boolean locked = buffer.enter();
        try {
            return isGone() ? "EvMark[gone]" : "EvMark[" + position() + "]";
        } finally {
            buffer.leave(locked);
        }
    }
}
