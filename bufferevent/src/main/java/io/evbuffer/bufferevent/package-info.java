/**
 * Buffered connections: an input and an output buffer, filled and written by the reactor, with watermarks and timeouts.
 *
 * <p>Ownership: a buffered connection owns its buffers, and its transport when it is told so; who made it closes it.
 *
 * <p>Threads: it belongs to the thread of its event base, and its callbacks run there.
 *
 * <p>Failure: what goes wrong on the wire is reported as an event with its cause; misuse throws at once.
 */
@NullMarked
package io.evbuffer.bufferevent;

import org.jspecify.annotations.NullMarked;
