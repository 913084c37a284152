/**
 * Scattering reads into an {@code EvBuffer} and gathering writes out of it, for channels and for whatever else takes
 * vectors.
 *
 * <p>Ownership: buffer and channel stay the caller's. A read adds segments of the buffer's own pool, a write gives them
 * back as bytes leave.
 *
 * <p>Threads: everything here belongs to the thread of its buffer.
 *
 * <p>Failure: would-block and end of stream are constants. An {@link java.io.IOException} leaves the buffer as it was
 * before the call that failed.
 */
@NullMarked
package io.evbuffer.channel;

import org.jspecify.annotations.NullMarked;
