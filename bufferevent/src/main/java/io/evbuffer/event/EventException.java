package io.evbuffer.event;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** What the kernel or a backend refused, with its reason. Nothing has changed. */
public class EventException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    /**
     * Creates the exception.
     *
     * @param message what was refused, by whom and why.
     */
    public EventException(final String message) {
        super(message);
    }

    /**
     * Creates the exception with its cause.
     *
     * @param message what was refused, by whom and why.
     * @param cause what the system said, or null.
     */
    public EventException(final String message, final @Nullable Throwable cause) {
        super(message, cause);
    }
}
