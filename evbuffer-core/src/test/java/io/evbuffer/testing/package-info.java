/**
 * What tests of code on {@link io.evbuffer.EvBuffer} need, ours and yours: buffers that are checked and closed after each
 * test, segments so small that every border is met, a model to compare with, and random edits for both.
 *
 * <p>Stands on the public API alone. JUnit and jqwik are yours to bring: {@link io.evbuffer.testing.BufferFixture} and
 * {@link io.evbuffer.testing.LeakExtension} need JUnit Jupiter, {@link io.evbuffer.testing.EditArbitraries} jqwik, the rest
 * neither.
 *
 * <p>To have every test fail that loses a segment, wherever it was taken:
 *
 * <pre>{@code
 * @ExtendWith(LeakExtension.class)
 * class FrameDecoderTest {
 *     @Test
 *     void halfAFrameIsKept(final SlabPool pool) { // made for this test and closed after it
 *         final FrameDecoder decoder = new FrameDecoder(new EvBuffer(pool));
 *         decoder.feed(half);
 *         assertNull(decoder.next());
 *     }
 * }
 *
 * // segments leaked:
 * // pool 'halfAFrameIsKept(SlabPool)', slab 0 segment 0: 4096 bytes, 1 holder, lending 0, 3 ms old, taken by thread 'main'
 * //         at io.evbuffer.EvBuffer.add(EvBuffer.java:312)
 * //         at com.example.FrameDecoder.feed(FrameDecoder.java:41)
 * //         at com.example.FrameDecoderTest.halfAFrameIsKept(FrameDecoderTest.java:17)
 * }</pre>
 *
 * <p>To compare your own use of buffers with models of them, take {@link io.evbuffer.testing.EditArbitraries} for jqwik and
 * {@link io.evbuffer.testing.EditRun}, which has an example.
 *
 * <p>Failure: what does not hold is an {@link AssertionError} that names it. Threads: all of it belongs to the test's
 * thread, except that segments may come back to {@link io.evbuffer.testing.TinySegments} on any thread.
 */
@NullMarked
package io.evbuffer.testing;

import org.jspecify.annotations.NullMarked;
