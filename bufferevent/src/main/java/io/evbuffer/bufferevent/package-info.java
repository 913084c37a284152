/**
 * Buffered connections: bytes in, bytes out, a callback when it matters.
 *
 * <p>A {@link io.evbuffer.bufferevent.BufferEvent} joins a transport of an {@link io.evbuffer.event.EventBase} with an
 * input and an output {@link io.evbuffer.EvBuffer}. Output that was appended during a turn of the loop leaves at the end
 * of that turn; input that arrived is announced by the read callback. Watermarks say when callbacks run and when reading
 * pauses, timeouts watch for progress, and every end of a connection is told once, with its typed cause
 * ({@link io.evbuffer.bufferevent.ConnectionException}).
 *
 * <p>A {@link io.evbuffer.bufferevent.SocketBufferEvent} is a connection, a {@link io.evbuffer.bufferevent.PairBufferEvent} one
 * end of a pipe within the program, and a {@link io.evbuffer.bufferevent.FilterBufferEvent} stands on any other and changes its
 * bytes on their way. A {@link io.evbuffer.bufferevent.TlsBufferEvent} speaks TLS, over a socket of its own or over any other.
 *
 * <p><b>Ownership:</b> who creates a BufferEvent closes it, or releases the last reference; then both buffers are empty and
 * their memory is home. The transport is closed too where {@link io.evbuffer.bufferevent.Options#CLOSE_ON_FREE} says so.
 * Closing the base ends all that is left on it.
 *
 * <p><b>Threads:</b> a BufferEvent belongs to its loop's thread. While the loop runs, calls from any other thread throw; hand
 * work to the loop by {@link io.evbuffer.event.EventBase#execute}, or build it with
 * {@link io.evbuffer.bufferevent.Options#THREADSAFE}.
 *
 * <p><b>Failure:</b> misuse throws and changes nothing. What happens to a connection is an event, never an exception out
 * of a call that only fills a buffer. What a callback throws goes to the error handler of the base.
 */
@NullMarked
package io.evbuffer.bufferevent;

import org.jspecify.annotations.NullMarked;
