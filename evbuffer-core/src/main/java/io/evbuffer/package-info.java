/**
 * Byte queues held as chains of off-heap segments: bytes enter at either end, leave at the front, and move from buffer
 * to buffer without a copy.
 *
 * <p>Ownership: a buffer owns the segments that its chains show, one reference each, and gives them back as it is
 * drained and when it is closed. Who makes a buffer closes it.
 *
 * <p>Threads: a buffer belongs to one thread at a time. Two buffers that share a segment may be on two threads.
 *
 * <p>Failure: an operation that throws has changed nothing. Misuse throws at once, with the values in the message.
 */
@NullMarked
package io.evbuffer;

import org.jspecify.annotations.NullMarked;
