package io.evbuffer.channel;

import io.evbuffer.BufferPin;
import io.evbuffer.EvBuffer;
import java.io.IOException;
import java.nio.channels.AsynchronousByteChannel;
import java.nio.channels.AsynchronousFileChannel;
import java.util.Objects;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Writes the pinned front of buffers to an asynchronous channel, one operation at a time.
 *
 * <pre>
 *    buffer's thread      write: data is pinned, the start frozen                   bytes taken are drained, handler told
 *                              |                                                         ^
 *                              v                                                         |  executor, or buffer's lock
 *    channel's threads         ===== the system reads the pinned data ====== completion -+
 * </pre>
 *
 * <p>While a write is in flight the buffer may be used as the contract's pins allow: looked at, added to, closed. Its start is
 * frozen. A socket's write gathers up to {@value #DEFAULT_VECTORS} chains, a file's or another channel's takes one. It may
 * take fewer bytes than it was given; who wants all of them gone starts the next write when told of the end. Bytes that are
 * not in memory, as a file segment's, are loaded a piece at a time when they come to the front.
 *
 * <p>How the end of an operation is applied, what keeps memory pinned, and how to end an operation early: as
 * {@link OverlappedReader} says. The views that the channel gets are the operation's own, so that looking at the buffer
 * meanwhile disturbs nothing.
 *
 * <p>Ownership: channel and buffers stay the caller's, who closes them.
 * <p><b>Cost:</b> no copy, and no allocation of ours once the views of the chains are made. The JDK's channels allocate at
 * each operation, for tasks, results and queues.
 * <p><b>Threads:</b> {@link #write} and {@link #settle()} by the buffer's thread, or any if the buffer has its lock enabled;
 * {@link #cancel()} and {@link #isInFlight()} by any.
 */
public final class OverlappedWriter {
    /** The vectors of one operation on a socket. */
    public static final int DEFAULT_VECTORS = OverlappedPort.MOST_VECTORS;

    private final OverlappedOperation operation;

    /**
     * Creates a writer to a stream.
     *
     * @param channel stays the caller's, who closes it.
     * @param executor applies the end of each operation, on the thread of the buffer.
     */
    public OverlappedWriter(final AsynchronousByteChannel channel, final Executor executor) {
        this(OverlappedStream.of(channel, false, DEFAULT_VECTORS), Objects.requireNonNull(executor, "executor"));
    }

    /**
     * Creates a writer to a stream from buffers that have their lock enabled.
     *
     * @param channel stays the caller's, who closes it.
     */
    public OverlappedWriter(final AsynchronousByteChannel channel) {
        this(OverlappedStream.of(channel, false, DEFAULT_VECTORS), null);
    }

    /**
     * Creates a writer to a file from a position on, which moves with the bytes written.
     *
     * @param channel open for writing; stays the caller's, who closes it.
     * @param position where to begin, 0 or more.
     * @param executor applies the end of each operation, on the thread of the buffer.
     * @throws IllegalArgumentException if {@code position} is negative.
     */
    public OverlappedWriter(final AsynchronousFileChannel channel, final long position, final Executor executor) {
        this(new OverlappedFile(channel, false, position), Objects.requireNonNull(executor, "executor"));
    }

    /**
     * Creates a writer to a file from a position on, from buffers that have their lock enabled.
     *
     * @param channel open for writing; stays the caller's, who closes it.
     * @param position where to begin, 0 or more.
     * @throws IllegalArgumentException if {@code position} is negative.
     */
    public OverlappedWriter(final AsynchronousFileChannel channel, final long position) {
        this(new OverlappedFile(channel, false, position), null);
    }

    private OverlappedWriter(final OverlappedPort port, final @Nullable Executor executor) {
        operation = new OverlappedOperation(port, executor, 0);
    }

    /**
     * Starts a write of as much as one operation takes: {@link #write(EvBuffer, long, OverlappedHandler)} without a maximum.
     *
     * @param source what to write.
     * @param handler told once of the end.
     * @return true if the operation has started, and may have ended by now; false if there is nothing to write.
     */
    public boolean write(final EvBuffer source, final OverlappedHandler handler) {
        return write(source, -1, handler);
    }

    /**
     * Starts a write of the first bytes of a buffer.
     *
     * <p><b>Ownership:</b> the bytes are the operation's to read until the handler is told, also if {@code source} is closed
     * meanwhile.
     * <p><b>Failure:</b> whatever is thrown, nothing is in flight, the handler is not told and the buffer is as it was; but if
     * the channel ends the operation within this call, what the handler throws may come out here.
     *
     * @param source what to write, from its front on, which is frozen until then.
     * @param maxBytes the most to write; negative for all there is. With 0 nothing is started.
     * @param handler told once of the end.
     * @return true if the operation has started, and may have ended by now; false if there is nothing to write.
     * @throws IllegalStateException if an operation of this writer is in flight, {@code source} is closed, or there is neither
     *     an executor nor a lock; or as the channel says, if it is written by somebody else or its group is shut down.
     * @throws io.evbuffer.FrozenBufferException if the start of {@code source} is frozen, even if it is empty.
     * @throws java.io.UncheckedIOException if bytes at the front cannot be loaded.
     */
    public boolean write(final EvBuffer source, final long maxBytes, final OverlappedHandler handler) {
        Objects.requireNonNull(handler, "handler");
        operation.begin(source);
        boolean pinned = false;
        try {
            pinned = pin(source, maxBytes);
        } finally {
            if (!pinned) operation.forgo();
        }
        if (pinned) operation.launch(handler);
        return pinned;
    }

    private boolean pin(final EvBuffer source, final long maxBytes) {
        source.lock();
        try {
            final BufferPin pin = source.pinForWrite(operation.vectors());
            if (pin.size() == 0 || maxBytes == 0) {
                pin.abort();
                return false;
            }
            operation.prepare(pin, maxBytes < 0 ? Long.MAX_VALUE : maxBytes);
            return true;
        } finally {
            source.unlock();
        }
    }

    /**
     * Tells whether an operation is in flight, or has ended and is not applied yet.
     *
     * @return false if the next one may be started.
     */
    public boolean isInFlight() {
        return operation.isInFlight();
    }

    /**
     * Applies the end of the operation now, if it has ended and its executor has not come to it, or has refused it. To be
     * called by the buffer's thread.
     *
     * @return false if there was nothing to apply.
     */
    public boolean settle() {
        return operation.settle();
    }

    /**
     * Ends the operation in flight by closing the channel; the handler is told of it as of any other end, of a
     * {@link java.nio.channels.AsynchronousCloseException} or of bytes that were taken already. The memory stays pinned till
     * then.
     *
     * @throws IOException what the channel says to being closed.
     */
    public void cancel() throws IOException {
        operation.close();
    }

    /**
     * The operations that the channel was asked for.
     *
     * @return those that failed included.
     */
    public long operations() {
        return operation.operations();
    }

    @Override
    public String toString() {
        return "OverlappedWriter[" + operation + "]";
    }
}
