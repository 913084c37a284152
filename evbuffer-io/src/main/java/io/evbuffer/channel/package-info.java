/**
 * Scattering reads into an {@link io.evbuffer.EvBuffer} and gathering writes out of it.
 *
 * <pre>{@code
 * final ChannelReader reader = new ChannelReader(from);   // any NIO channel: socket, file, pipe
 * final ChannelWriter writer = new ChannelWriter(to);
 * while (reader.read(buffer) > 0) {                       // one system call
 *     while (!buffer.isEmpty()) writer.write(buffer);     // one system call, however many chains
 * }
 * }</pre>
 *
 * <p>{@link io.evbuffer.channel.ChannelReader} and {@link io.evbuffer.channel.ChannelWriter} hold the one loop of each
 * direction. They work on two small interfaces, {@link io.evbuffer.channel.ScatterSource} and
 * {@link io.evbuffer.channel.GatherSink}, to which NIO channels are adapted and which transports and tests implement.
 *
 * <p>Ownership: buffers and channels stay the caller's, who closes them. A read adds segments of the buffer's own pool, a
 * write gives them back as their bytes leave. Between two calls nothing is held of a buffer.
 *
 * <p>Threads: everything here belongs to the thread of its buffer. Readers and writers of one thread may share their
 * vectors, which makes each of them a few dozen bytes.
 *
 * <p>Failure: would-block and end of stream are answers, not exceptions. What the channel throws leaves the buffer's bytes as
 * they were; a frozen end, a closed buffer and a limit are refused before the system call.
 */
@NullMarked
package io.evbuffer.channel;

import org.jspecify.annotations.NullMarked;
