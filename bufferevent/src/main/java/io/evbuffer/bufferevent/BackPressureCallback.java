package io.evbuffer.bufferevent;

/** Is told when the output of a BufferEvent has become too long, and when it is short again. */
@FunctionalInterface
public interface BackPressureCallback {
    /**
     * Called on the loop's thread, in a turn after the cause. {@code true} and {@code false} alternate, {@code true} comes first;
     * what has passed before it could be told is not told.
     *
     * @param source whose output it is.
     * @param above  true if the output is at or above the write high mark: produce no more; false if it is at or below the
     *               write low mark: go on.
     * @throws Exception goes to the error handler of the base.
     */
    void on(BufferEvent source, boolean above) throws Exception;
}
