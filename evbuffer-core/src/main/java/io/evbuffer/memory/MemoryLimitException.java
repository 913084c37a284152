package io.evbuffer.memory;

/**
 * A {@link SegmentSource} refused to lend memory: its limit is reached, or the system gave none.
 *
 * <p>Nothing has changed when it is thrown. Memory comes back when buffers are drained or closed.
 */
public class MemoryLimitException extends BufferLimitException {
    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception.
     *
     * @param message names the source, its limit and the values that met it.
     */
    public MemoryLimitException(final String message) {
        super(message);
    }

    /**
     * Creates the exception with its cause.
     *
     * @param message names the source, its limit and the values that met it.
     * @param cause what the system answered.
     */
    public MemoryLimitException(final String message, final Throwable cause) {
        super(message, cause);
    }
}
