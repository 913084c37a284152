/**
 * A network in memory with a clock of its own, for tests: the same seed gives the same run, fault by fault.
 *
 * <p>A {@link io.evbuffer.event.backend.sim.SimWorld} is asked for by {@link io.evbuffer.event.EventConfig#backend}; it is
 * never chosen by itself. Programs under test need no other code than on a real backend: they open transports through their
 * base.
 *
 * <p>Ownership: a world owns its sockets' memory until they are closed; the base owns the backend. Failure: what is refused
 * is told with the words of a real system. Threads: a world is used by one thread, that of its base's loop.
 */
@NullMarked
package io.evbuffer.event.backend.sim;

import org.jspecify.annotations.NullMarked;
