package io.evbuffer.event;

/** Is told of callbacks that took long: {@link EventConfig#slowCallbacks}. */
@FunctionalInterface
public interface SlowCallbackListener {
    /**
     * Called on the loop's thread after the callback, with no lock held. What it throws goes to the base's error handler.
     *
     * @param source what ran: an {@link Event}, a {@link DeferredCallback} or a {@link Runnable}.
     * @param nanos how long it ran; of a signal event all calls of the run.
     */
    void slow(Object source, long nanos);
}
