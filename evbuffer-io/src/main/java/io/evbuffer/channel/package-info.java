/**
 * Scattering reads into an {@link io.evbuffer.EvBuffer}, gathering writes out of it, and files sent in between.
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
 * <p>{@link io.evbuffer.channel.ChannelRelay} is both at once: it moves bytes from one channel to another between two
 * watermarks, in a loop that blocks or with a selector, and sends files from where they are.
 *
 * <p>Datagrams are not a stream: {@link io.evbuffer.channel.DatagramReader} takes each as a whole and reports what is too
 * large, {@link io.evbuffer.channel.DatagramWriter} sends a buffer or its first bytes as one.
 *
 * <p>Files: a {@link io.evbuffer.channel.FileSegment} is a range of a {@link io.evbuffer.channel.FileSource} in buffers. A
 * writer whose buffer has such bytes in front asks the sink to send them from where they are.
 *
 * <pre>
 *   FileSegment.addFile(buffer, channel, 0, TO_THE_END)
 *
 *   EvBuffer      [header] -&gt; [file: no memory.............] -&gt; [trailer]
 *                     |              |                             |
 *   ChannelWriter   write           send, or if the sink cannot    write
 *                     |              |   load 64 KiB and write     |
 *   GatherSink     writev         transferTo (sendfile)         writev
 * </pre>
 *
 * <p>Systems: nothing here is of one system only. {@link java.nio.channels.FileChannel#transferTo} is {@code sendfile} on
 * Linux and macOS; on Windows it is {@code TransmitFile} to a blocking socket, if {@code -Djdk.nio.enableFastFileTransfer} asks
 * for it. Wherever the system cannot do it the JDK maps or copies the bytes, 8 MiB at a time at most, with the same result.
 * Windows does not let a file be cut short while it is mapped; Linux and macOS do. A gathering write takes up to 1024 vectors
 * on Linux and macOS, 16 on Windows; the JDK leaves the others out, and the next write goes on there.
 *
 * <p>Asynchronous channels work on pinned chains while the buffer is used on, one operation at a time:
 * {@link io.evbuffer.channel.OverlappedReader} and {@link io.evbuffer.channel.OverlappedWriter} apply the end of each on an
 * executor, or under the buffer's lock.
 *
 * <pre>{@code
 * final OverlappedReader reader = new OverlappedReader(socket, loop);   // loop: an Executor on the buffer's thread
 * reader.read(buffer, (of, bytes, cause) -> {
 *     if (bytes > 0) handle(of);                              // and start the next read
 * });
 * }</pre>
 *
 * <p>An asynchronous channel's threads, those of its group or its file's executor, must live until its operations have ended:
 * an operation that is never called back keeps its memory, as nobody can know that the system is done with it. On Windows
 * the JDK waits 50 ms for the system to end an operation on a socket that was closed, and then calls back even so: there the
 * promise that the system no longer uses the memory holds as far as that.
 *
 * <p>Ownership: buffers and channels stay the caller's, who closes them. A read adds segments of the buffer's own pool, a
 * write gives them back as their bytes leave. Between two calls nothing is held of a buffer, but by an overlapped operation
 * in flight.
 *
 * <p>Threads: everything here belongs to the thread of its buffer, or to any if the buffer has its lock enabled.
 * Readers and writers of one thread may share their
 * vectors, which makes each of them a few dozen bytes.
 *
 * <p>Failure: would-block and end of stream are answers, not exceptions. What the channel throws leaves the buffer's bytes as
 * they were; a frozen end, a closed buffer and a limit are refused before the system call.
 */
@NullMarked
package io.evbuffer.channel;

import org.jspecify.annotations.NullMarked;
