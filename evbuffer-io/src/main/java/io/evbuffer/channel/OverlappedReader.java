package io.evbuffer.channel;

import io.evbuffer.EvBuffer;
import io.evbuffer.EvIovec;
import io.evbuffer.memory.BufferLimitException;
import java.io.IOException;
import java.nio.channels.AsynchronousByteChannel;
import java.nio.channels.AsynchronousFileChannel;
import java.util.Objects;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Reads from an asynchronous channel into the pinned end of buffers, one operation at a time.
 *
 * <pre>
 *    buffer's thread      read: room is pinned, the end frozen                      bytes become data, handler told
 *                              |                                                         ^
 *                              v                                                         |  executor, or buffer's lock
 *    channel's threads         ===== the system fills the pinned room ====== completion -+
 * </pre>
 *
 * <p>While a read is in flight the buffer may be used as the contract's pins allow: looked at, drained, moved from, prepended
 * to, closed. Its end is frozen. How much room is pinned follows what arrived, as with {@link ChannelReader}: at most the
 * buffer's {@link EvBuffer#maxRead()}, at most 64 KiB for each vector. A socket's read takes {@value #DEFAULT_VECTORS}
 * vectors, a file's or another channel's one, for which up to 4096 bytes may be copied to make room.
 *
 * <p><b>The end of an operation</b> comes on a thread of the channel. It is applied by the executor given, whose thread is to
 * be the buffer's; or without one on the channel's thread, under the lock that the buffer must then have. If the executor
 * refuses the task, a warning is logged and the end waits for {@link #settle()}, which the buffer's thread calls.
 *
 * <p><b>Memory</b> is pinned until the channel has called back, whatever happens: the buffer may be closed, the pool too. So
 * there is one way to end an operation early: {@link #cancel()} closes the channel, which makes the system let go and then
 * call back. There is no limit of time for the same reason; a timer that calls {@link #cancel()} is one.
 *
 * <p>Ownership: channel and buffers stay the caller's, who closes them.
 * <p><b>Cost:</b> no allocation of ours. The JDK's channels allocate some 70 to 130 bytes at each operation, for tasks,
 * results and queues.
 * <p><b>Threads:</b> {@link #read} and {@link #settle()} by the buffer's thread, or any if the buffer has its lock enabled;
 * {@link #cancel()} and {@link #isInFlight()} by any.
 */
public final class OverlappedReader {
    /** The vectors of one operation on a socket. */
    public static final int DEFAULT_VECTORS = 4;

    private final OverlappedOperation operation;
    private final ReadSize expected = new ReadSize();
    private int lastExpected;

    /**
     * Creates a reader of a stream.
     *
     * @param channel stays the caller's, who closes it.
     * @param executor applies the end of each operation, on the thread of the buffer.
     */
    public OverlappedReader(final AsynchronousByteChannel channel, final Executor executor) {
        this(OverlappedStream.of(channel, true, DEFAULT_VECTORS), Objects.requireNonNull(executor, "executor"));
    }

    /**
     * Creates a reader of a stream into buffers that have their lock enabled.
     *
     * @param channel stays the caller's, who closes it.
     */
    public OverlappedReader(final AsynchronousByteChannel channel) {
        this(OverlappedStream.of(channel, true, DEFAULT_VECTORS), null);
    }

    /**
     * Creates a reader of a file from a position on, which moves with the bytes read.
     *
     * @param channel open for reading; stays the caller's, who closes it.
     * @param position where to begin, 0 or more.
     * @param executor applies the end of each operation, on the thread of the buffer.
     * @throws IllegalArgumentException if {@code position} is negative.
     */
    public OverlappedReader(final AsynchronousFileChannel channel, final long position, final Executor executor) {
        this(new OverlappedFile(channel, true, position), Objects.requireNonNull(executor, "executor"));
    }

    /**
     * Creates a reader of a file from a position on, into buffers that have their lock enabled.
     *
     * @param channel open for reading; stays the caller's, who closes it.
     * @param position where to begin, 0 or more.
     * @throws IllegalArgumentException if {@code position} is negative.
     */
    public OverlappedReader(final AsynchronousFileChannel channel, final long position) {
        this(new OverlappedFile(channel, true, position), null);
    }

    private OverlappedReader(final OverlappedPort port, final @Nullable Executor executor) {
        operation = new OverlappedOperation(port, executor, ScatterSource.END_OF_STREAM);
    }

    /**
     * Starts a read of up to {@link EvBuffer#maxRead()} bytes: {@link #read(EvBuffer, long, OverlappedHandler)} without a
     * maximum of its own.
     *
     * @param target where the bytes will be appended.
     * @param handler told once of the end.
     * @return true: the operation has started, and may have ended by now.
     */
    public boolean read(final EvBuffer target, final OverlappedHandler handler) {
        return read(target, -1, handler);
    }

    /**
     * Starts a read, of the smallest of {@code maxBytes}, the buffer's {@link EvBuffer#maxRead()} and the room left under its
     * {@link EvBuffer#maxLength()}, or fewer bytes if fewer are expected.
     *
     * <p><b>Ownership:</b> the room is the operation's until the handler is told, also if {@code target} is closed meanwhile.
     * <p><b>Failure:</b> whatever is thrown, nothing is in flight, the handler is not told and the buffer is as it was, spare
     * room apart; but if the channel ends the operation within this call, what the handler throws may come out here.
     *
     * @param target where the bytes will be appended; its end is frozen until then.
     * @param maxBytes the most to read; negative for no maximum but the buffer's own. With 0 nothing is started.
     * @param handler told once of the end.
     * @return true if the operation has started, and may have ended by now; false if {@code maxBytes} is 0.
     * @throws IllegalStateException if an operation of this reader is in flight, {@code target} is closed, or there is neither
     *     an executor nor a lock; or as the channel says, if it is read by somebody else or its group is shut down.
     * @throws io.evbuffer.FrozenBufferException if the end of {@code target} is frozen, as by another reader's operation.
     * @throws BufferLimitException if {@code target} has no room left under its limit, or its pool refuses.
     */
    public boolean read(final EvBuffer target, final long maxBytes, final OverlappedHandler handler) {
        Objects.requireNonNull(handler, "handler");
        operation.begin(target);
        boolean pinned = false;
        try {
            pinned = pin(target, maxBytes);
        } finally {
            if (!pinned) operation.forgo();
        }
        if (pinned) operation.launch(handler);
        return pinned;
    }

    private boolean pin(final EvBuffer target, final long maxBytes) {
        target.lock(); // one operation: the room found is the room pinned
        try {
            final EvIovec vectors = operation.vectors();
            target.reserveSpace(0, vectors); // takes nothing, but refuses a closed buffer or a frozen end
            final int maxRead = target.maxRead();
            final long room = target.maxLength() - target.length();
            final long mayCome = Math.min(room, maxBytes < 0 ? maxRead : Math.min(maxBytes, maxRead));
            if (maxBytes == 0) return false;
            if (mayCome == 0) throw noRoom(target);
            final long size = size(vectors, mayCome, maxRead);
            operation.prepare(target.pinForRead(size, vectors), size);
            return true;
        } finally {
            target.unlock();
        }
    }

    /** What is there is offered; if it falls short, as much as is expected is taken beside it, as {@link ChannelReader} does. */
    private long size(final EvIovec there, final long mayCome, final int maxRead) {
        if (operation.lastTransferred() > 0) {
            final long came = operation.lastTransferred();
            expected.follow(came, came == operation.lastAsked(), Math.min(lastExpected, maxRead), maxRead);
        }
        lastExpected = expected.within(maxRead);
        final long wanted = Math.min(mayCome, lastExpected);
        if (there.capacity() == 1) return Math.min(wanted, ReadSize.VECTOR_ROOM);
        final long free = there.totalLength();
        if (free >= wanted) return Math.min(free, mayCome);
        final long more = Math.min(wanted, (long) (there.capacity() - there.size()) * ReadSize.VECTOR_ROOM);
        return Math.min(free + more, mayCome);
    }

    private static BufferLimitException noRoom(final EvBuffer target) {
        return new BufferLimitException(
                "no room to read: the buffer is at its limit of " + target.maxLength() + " bytes");
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
     * {@link java.nio.channels.AsynchronousCloseException} or of bytes that had come already. The memory stays pinned till
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
        return "OverlappedReader[" + operation + "]";
    }
}
