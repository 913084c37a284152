package io.evbuffer.event.backend.sim;

/** Something that happens in a world at a time; it stands in the world's queue at most once. */
abstract class SimTimer {
    long due;
    long order; // of queuing, for equal times
    boolean queued;

    /** It is due and no longer queued. */
    abstract void fire();
}
