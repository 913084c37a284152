package io.evbuffer.event;

/** Why {@link EventBase#loop} returned. */
public enum LoopResult {
    /** It was asked to: by an exit, a break, a stop, {@link EventBase#ONCE} or {@link EventBase#NONBLOCK}. */
    STOPPED,

    /** Nothing is left to wait for. */
    EMPTY
}
