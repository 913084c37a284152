/**
 * Where bytes live: slabs are cut into segments, segments are lent to buffers and come back.
 *
 * <p>Ownership: whoever takes a segment owes one release; most users make one pool per thread and never touch a
 * segment.
 *
 * <p>Threads: a pool serves its owner's thread without locks and others more slowly. A segment may be released on any
 * thread.
 *
 * <p>Failure: a pool that is empty grows to its limit and then refuses with an exception, unchanged; it never waits.
 */
@NullMarked
package io.evbuffer.memory;

import org.jspecify.annotations.NullMarked;
