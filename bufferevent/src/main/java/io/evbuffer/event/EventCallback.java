package io.evbuffer.event;

/** What an {@link Event} runs. */
@FunctionalInterface
public interface EventCallback {
    /**
     * Called on the loop's thread, with no lock held.
     *
     * @param event the event, on which anything may be called, {@link Event#close()} too.
     * @param result why it runs: {@link Event#READ}, {@link Event#WRITE}, {@link Event#CLOSED}, {@link Event#TIMEOUT} and
     *     whatever was given by hand, OR-ed since the last run.
     * @throws Exception goes to the base's error handler; the loop goes on.
     */
    void on(Event event, int result) throws Exception;
}
