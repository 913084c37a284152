/**
 * The differential test: the same random steps on libevent's own evbuffer, called through the Foreign Function & Memory API,
 * and on {@link io.evbuffer.EvBuffer}.
 *
 * <pre>
 *   RandomSteps ---> Differential ---> Subject <|--- LibeventBuffer ---> Libevent (native functions)
 *   (from a seed)    (compares)                <|--- EvBufferSubject ---> EvBuffer
 * </pre>
 *
 * <p>What is wanted to differ stands in {@link io.evbuffer.libevent.WantedDifference} and nowhere else. How bytes lie in
 * chains is each library's own affair and is not compared.
 */
@NullMarked
package io.evbuffer.libevent;

import org.jspecify.annotations.NullMarked;
