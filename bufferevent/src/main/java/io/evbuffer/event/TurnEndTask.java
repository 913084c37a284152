package io.evbuffer.event;

/** Work to be done once the callbacks of a turn have run, as {@link EventBase#atTurnEnd} says. */
@FunctionalInterface
public interface TurnEndTask {
    /** Called on the loop's thread, with no lock held. What it throws goes to the base's error handler. */
    void turnEnd();
}
