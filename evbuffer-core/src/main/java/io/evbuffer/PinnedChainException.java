package io.evbuffer;

/**
 * An operation would move or give up memory that an input or output operation in flight is using. Nothing has changed when
 * it is thrown.
 *
 * @see EvBuffer#pinForRead
 */
public class PinnedChainException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception.
     *
     * @param message names the chain.
     */
    public PinnedChainException(final String message) {
        super(message);
    }
}
