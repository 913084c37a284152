/**
 * What a backend implements, the system call that a reactor waits with.
 *
 * <p>Ownership: a backend belongs to the event base that opened it and is closed with it.
 *
 * <p>Threads: most calls come from the thread of the loop; which may come from others, and under what lock, is said by
 * {@link io.evbuffer.event.backend.Backend}.
 *
 * <p>Failure: a backend that cannot start says why, and the base takes the next one.
 */
@NullMarked
package io.evbuffer.event.backend;

import org.jspecify.annotations.NullMarked;
