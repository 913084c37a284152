package io.evbuffer.bufferevent;

/** What a {@link BufferFilter} answers. */
public enum FilterResult {
    /** Call again while there is something to take and room to put it. */
    OK,
    /** Call again when the source has grown, or on a flush. */
    NEED_MORE,
    /** The bytes make no sense: the direction ends with an error, and nothing of this call is passed on. */
    ERROR
}
