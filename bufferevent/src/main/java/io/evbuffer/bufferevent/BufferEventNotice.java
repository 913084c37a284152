package io.evbuffer.bufferevent;

import org.jspecify.annotations.Nullable;

/** The event slot of a {@link BufferEvent}. */
@FunctionalInterface
public interface BufferEventNotice {
    /**
     * Runs on the loop's thread when the connection was made, ended or failed. May call anything, {@code close} too.
     *
     * <p>At the end of the stream the input may hold bytes that no read callback announced, as they were fewer than the
     * low mark: look at it.
     *
     * @param source the BufferEvent that calls.
     * @param what   what happened; never empty.
     * @param cause  why, with ERROR and TIMEOUT: usually a {@link ConnectionException}; otherwise null.
     * @throws Exception goes to the error handler of the base; the BufferEvent works on.
     */
    void on(BufferEvent source, EventFlags what, @Nullable Throwable cause) throws Exception;
}
