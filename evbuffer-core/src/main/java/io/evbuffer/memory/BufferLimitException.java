package io.evbuffer.memory;

/**
 * An operation was refused because it would exceed a limit: a buffer's maximum length or a pool's memory.
 *
 * <p>Nothing has changed when it is thrown; the operation can be tried again once room has been made.
 */
public class BufferLimitException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception.
     *
     * @param message names the limit and the values that met it.
     */
    public BufferLimitException(final String message) {
        super(message);
    }

    /**
     * Creates the exception with its cause.
     *
     * @param message names the limit and the values that met it.
     * @param cause what the system answered.
     */
    public BufferLimitException(final String message, final Throwable cause) {
        super(message, cause);
    }
}
