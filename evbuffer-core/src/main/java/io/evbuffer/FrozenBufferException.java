package io.evbuffer;

/**
 * An operation would change an end of a buffer that is frozen. Nothing has changed when it is thrown.
 *
 * @see EvBuffer#freeze(BufferEnd)
 */
public class FrozenBufferException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception.
     *
     * @param message names the end.
     */
    public FrozenBufferException(final String message) {
        super(message);
    }
}
