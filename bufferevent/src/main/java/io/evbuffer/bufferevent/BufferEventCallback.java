package io.evbuffer.bufferevent;

/** The read slot or the write slot of a {@link BufferEvent}. */
@FunctionalInterface
public interface BufferEventCallback {
    /**
     * Runs on the loop's thread when bytes arrived, or when output left. May call anything, {@code close} too.
     *
     * @param source the BufferEvent that calls.
     * @throws Exception goes to the error handler of the base; the BufferEvent works on.
     */
    void on(BufferEvent source) throws Exception;
}
