package io.evbuffer.event;

/** Is shown the events of a base by {@link EventBase#forEachEvent}. */
@FunctionalInterface
public interface EventVisitor {
    /**
     * Called for each event.
     *
     * @param event may be asked, not changed.
     * @return 0 to go on, anything else to end the walk.
     */
    int visit(Event event);
}
