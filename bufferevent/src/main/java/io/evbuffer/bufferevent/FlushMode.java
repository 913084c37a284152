package io.evbuffer.bufferevent;

/** How hard {@link BufferEvent#flush} tries. */
public enum FlushMode {
    /** What would move anyway. On a socket: nothing, as output leaves at the end of the turn by itself. */
    NORMAL,
    /** As much as can move now. */
    FLUSH,
    /** As {@link #FLUSH}, and layers that encode are told that this was all. A socket stays open for writing. */
    FINISHED
}
