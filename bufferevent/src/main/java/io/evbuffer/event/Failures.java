package io.evbuffer.event;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Objects;

/**
 * Tells the error handler of a base what user code has thrown. A handler that fails itself is logged, and the loop goes on;
 * errors of the virtual machine are thrown on, so that they end it.
 *
 * <p>Threads: any. Without the base's lock.
 */
final class Failures {
    private static final Logger LOG = System.getLogger(EventBase.class.getName());
    private static final EventErrorHandler LOG_FAILURE =
            (source, failure) -> LOG.log(Level.ERROR, "callback of " + source + " failed", failure);

    private volatile EventErrorHandler handler = LOG_FAILURE;

    void handler(final EventErrorHandler newHandler) {
        handler = Objects.requireNonNull(newHandler, "handler");
    }

    void tell(final Object source, final Throwable failure) {
        try {
            handler.failed(source, failure);
        } catch (final Throwable e) {
            if (e instanceof final VirtualMachineError error) throw error;
            logFailureOfHandler(e);
        }
    }

    private static void logFailureOfHandler(final Throwable failure) {
        try {
            LOG.log(Level.ERROR, "the error handler failed", failure);
        } catch (final Throwable e) {
            if (e instanceof final VirtualMachineError error) throw error;
            failure.addSuppressed(e); // logging fails too, for want of descriptors for example: the loop goes on
        }
    }
}
