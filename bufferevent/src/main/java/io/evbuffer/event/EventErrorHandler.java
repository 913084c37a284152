package io.evbuffer.event;

/** Is told what user code threw inside a loop, which goes on. */
@FunctionalInterface
public interface EventErrorHandler {
    /**
     * Called on the loop's thread, with no lock held, when the base's state is sound again. What it throws itself is logged.
     *
     * @param source what ran: an {@link Event}, a {@link DeferredCallback}, an {@link EvWatch}, a {@link TurnEndTask},
     *     a {@link SlowCallbackListener} or a {@link Runnable}; the {@link EventBase} if it had to silence a descriptor.
     * @param failure what it threw.
     */
    void failed(Object source, Throwable failure);
}
