/**
 * What tests of code on {@link io.evbuffer.EvBuffer} need, ours and yours: buffers that are checked and closed after each
 * test, segments so small that every border is met, a model to compare with, and random edits for both.
 *
 * <p>Stands on the public API alone. JUnit and jqwik are yours to bring: {@link io.evbuffer.testing.BufferFixture} needs
 * JUnit Jupiter, {@link io.evbuffer.testing.EditArbitraries} jqwik, the rest neither.
 *
 * <p>Failure: what does not hold is an {@link AssertionError} that names it. Threads: all of it belongs to the test's
 * thread, except that segments may come back to {@link io.evbuffer.testing.TinySegments} on any thread.
 */
@NullMarked
package io.evbuffer.testing;

import org.jspecify.annotations.NullMarked;
