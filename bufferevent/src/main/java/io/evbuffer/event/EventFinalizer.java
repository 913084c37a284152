package io.evbuffer.event;

/** Called when an event is at rest for good: {@link Event#finalizeEvent}, {@link Event#freeFinalize}. */
@FunctionalInterface
public interface EventFinalizer {
    /**
     * Called once, on the loop's thread or in {@link EventBase#close()}, with no lock held. The event's callback does not run
     * and will not.
     *
     * @param event may be closed or assigned anew here.
     * @throws Exception goes to the base's error handler; the finalizer counts as run.
     */
    void on(Event event) throws Exception;
}
