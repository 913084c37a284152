/**
 * The reactor: one loop that waits for I/O, timers and calls from other threads, and runs their callbacks.
 *
 * <p>Ownership: who makes an event base, an event or a listener closes it; closing a base ends what is on it.
 *
 * <p>Threads: callbacks run on the thread that runs the loop. Other threads may add events and wake it.
 *
 * <p>Failure: what the kernel or a backend refuses is an unchecked exception that names the error. A callback that
 * throws does not break the loop.
 */
@NullMarked
package io.evbuffer.event;

import org.jspecify.annotations.NullMarked;
