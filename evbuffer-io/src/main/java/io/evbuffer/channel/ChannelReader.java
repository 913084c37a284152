package io.evbuffer.channel;

import io.evbuffer.EvBuffer;
import io.evbuffer.EvIovec;
import io.evbuffer.memory.BufferLimitException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.ScatteringByteChannel;
import java.util.Objects;

/**
 * Reads from one source to the end of buffers, one scattering read at a time: the contract's {@code read}.
 *
 * <pre>
 *    target   [data|data] -&gt; [data|free] -&gt; [free......]       1. reserve what is expected to come
 *                                 |              |              2. cut to what may come
 *    vectors                   [ 0  ]        [ 1    ]
 *                                 ^              ^              3. one read, in this order
 *    source   ====================+==============+=====
 *
 *    target   [data|data] -&gt; [data|data] -&gt; [da|free..]       4. commit what came; the free part serves the next read
 * </pre>
 *
 * <p>Two numbers govern a read. What <i>may</i> come is the smallest of the caller's maximum, {@link EvBuffer#maxRead()} and
 * the room left under {@link EvBuffer#maxLength()}. What is <i>expected</i> decides how much memory is taken, never more
 * than may come; free space that is there already is offered as well. The kernel is never asked how much is waiting: the
 * expectation follows what arrived. It begins at {@value #FIRST_EXPECTED} bytes, doubles when a read filled it, and halves
 * after two reads in a row that found the source empty at less than half of it.
 *
 * <p>Invariants: <b>R1</b> one call of {@link #read} makes at most one call of the source; none if nothing may come.
 * <b>R2</b> every byte that the source handed out is in the buffer before anything else can fail. <b>R3</b> the expectation
 * is between {@value #LEAST_EXPECTED} and {@code maxRead}, or is {@code maxRead} if that is less. <b>R4</b> no vector is
 * held between two calls.
 *
 * <p>Ownership: source and buffers stay the caller's, who closes them. Memory comes from the buffer's own pool; what was
 * reserved and not filled stays with the buffer, until {@link EvBuffer#trim()} gives it back.
 * <p><b>Cost:</b> no allocation on the heap. A reader of its own vectors takes some 200 bytes; readers of one thread that
 * share theirs take some 40.
 * <p><b>Threads:</b> of the buffer's thread, or any if the buffer has its lock enabled, which a read holds, also while a
 * blocking channel waits; readers that share vectors belong to one thread.
 */
public final class ChannelReader {
    /** The vectors of one read, unless the constructor is given others. */
    public static final int DEFAULT_VECTORS = 4;

    static final int LEAST_EXPECTED = ReadSize.LEAST;
    static final int FIRST_EXPECTED = ReadSize.FIRST;
    static final int VECTOR_ROOM = ReadSize.VECTOR_ROOM;

    private final ScatterSource source;
    private final EvIovec vectors;
    private final ReadSize expected = new ReadSize();
    private boolean lastWasFull;
    private long reads;

    /**
     * Creates a reader with {@value #DEFAULT_VECTORS} vectors of its own.
     *
     * @param source stays the caller's, who closes it.
     */
    public ChannelReader(final ScatterSource source) {
        this(source, new EvIovec(DEFAULT_VECTORS));
    }

    /**
     * Creates a reader of an NIO channel, blocking or not, as {@link ScatterSource#of} adapts it. A file is read from the
     * channel's position on, which moves. A channel without scattering reads gets one vector.
     *
     * @param channel stays the caller's, who closes it.
     * @throws IllegalArgumentException if the channel is one of datagrams, which {@link DatagramReader} reads: here what does
     *     not fit would be lost.
     */
    public ChannelReader(final ReadableByteChannel channel) {
        this(ScatterSource.of(channel), new EvIovec(channel instanceof ScatteringByteChannel ? DEFAULT_VECTORS : 1));
    }

    /**
     * Creates a reader of a file from a position on. The channel's own position stays where it is, so that several readers
     * may share a channel. It gets one vector, as a positional read takes no more, and ends at the file's end; what is
     * appended to the file later is read by later calls.
     *
     * @param channel open for reading; stays the caller's, who closes it.
     * @param position where to begin, 0 or more; beyond the file's end there is nothing to read.
     * @throws IllegalArgumentException if {@code position} is negative.
     */
    public ChannelReader(final FileChannel channel, final long position) {
        this(new PositionedSource(channel, position), new EvIovec(1));
    }

    /**
     * Creates a reader that borrows its vectors, as many connections of one thread do.
     *
     * @param source stays the caller's, who closes it.
     * @param vectors overwritten by each read and empty after it; nobody else uses them during a read, the source included
     *     once it has returned. Their capacity bounds the chains of one read; with 1, the room is made contiguous, which
     *     may copy up to 4096 bytes.
     */
    public ChannelReader(final ScatterSource source, final EvIovec vectors) {
        this.source = Objects.requireNonNull(source, "source");
        this.vectors = Objects.requireNonNull(vectors, "vectors");
    }

    /**
     * Reads once, up to {@link EvBuffer#maxRead()} bytes: {@link #read(EvBuffer, long)} without a maximum of its own.
     *
     * @param target where the bytes are appended.
     * @return bytes read, 1 or more; or {@link ScatterSource#WOULD_BLOCK}, or {@link ScatterSource#END_OF_STREAM}.
     * @throws IOException what the source says; the buffer's bytes are unchanged.
     */
    public long read(final EvBuffer target) throws IOException {
        return read(target, -1);
    }

    /**
     * Reads once and appends what came to {@code target}.
     *
     * <p>A read brings at most the smallest of {@code maxBytes}, the buffer's {@link EvBuffer#maxRead()} and the room left
     * under its {@link EvBuffer#maxLength()}. It may bring fewer bytes than are waiting, as the room offered is what was
     * expected, with at most {@value #VECTOR_ROOM} new bytes for each vector; {@link #lastReadWasFull()} tells.
     *
     * <p><b>Cost:</b> one call of the source; no allocation, no copy. Segments are taken if the free room behind the data is
     * less than expected.
     * <p><b>Failure:</b> whatever is thrown before or by the source leaves the buffer as it was, spare room apart. A listener's
     * exception comes after the bytes are in the buffer.
     *
     * @param target where the bytes are appended; its end must not be frozen.
     * @param maxBytes the most to read; negative for no maximum but the buffer's own. With 0 the source is not called.
     * @return bytes read, 1 or more; or {@link ScatterSource#WOULD_BLOCK} if nothing is there now or {@code maxBytes} is 0; or
     *     {@link ScatterSource#END_OF_STREAM}.
     * @throws io.evbuffer.FrozenBufferException if the end of {@code target} is frozen; the source was not called.
     * @throws BufferLimitException if {@code target} has no room left under its limit, or its pool refuses; the source was
     *     not called.
     * @throws IllegalStateException if {@code target} is closed, or the source claims more bytes than there was room for.
     * @throws IOException what the source says.
     */
    public long read(final EvBuffer target, final long maxBytes) throws IOException {
        target.lock(); // one operation: nobody else's reservation comes between
        try {
            return readOnce(target, maxBytes);
        } finally {
            target.unlock();
        }
    }

    private long readOnce(final EvBuffer target, final long maxBytes) throws IOException {
        final int maxRead = target.maxRead();
        final long room = target.maxLength() - target.length();
        final long mayCome = Math.min(room, maxBytes < 0 ? maxRead : Math.min(maxBytes, maxRead));
        if (mayCome == 0) return nothingMayCome(target, maxBytes);
        final int expectedNow = expected.within(maxRead);
        try {
            reserve(target, Math.min(mayCome, expectedNow), room);
            vectors.limit(mayCome);
            lastWasFull = false;
            reads++;
            final long came = source.read(vectors);
            if (came == ScatterSource.WOULD_BLOCK || came == ScatterSource.END_OF_STREAM) return came;
            final long asked = vectors.totalLength(); // only now: the source may have cut the vectors
            if (came < 0 || came > asked) throw impossible(came, asked);
            lastWasFull = came == asked;
            expected.follow(came, lastWasFull, expectedNow, maxRead);
            target.commitSpace(vectors, came);
            return came;
        } finally {
            vectors.clear();
        }
    }

    private long nothingMayCome(final EvBuffer target, final long maxBytes) {
        target.reserveSpace(0, vectors); // takes nothing, but refuses a closed buffer or a frozen end
        vectors.clear();
        if (maxBytes == 0) return ScatterSource.WOULD_BLOCK;
        throw new BufferLimitException(
                "no room to read: the buffer is at its limit of " + target.maxLength() + " bytes");
    }

    /**
     * Fills the vectors with at least {@code wanted} bytes of room, as far as pooled segments for the vectors left can hold
     * them. If the room that is there falls short, as much as is wanted is taken beside it: taking the difference alone would
     * leave a chain of a few bytes between two reads.
     */
    private void reserve(final EvBuffer target, final long wanted, final long limit) {
        if (vectors.capacity() == 1) {
            target.reserveSpace(Math.min(wanted, VECTOR_ROOM), vectors);
            return;
        }
        final int vectorsLeft = vectors.capacity() - target.reserveSpace(0, vectors);
        final long there = vectors.totalLength();
        if (there < wanted && vectorsLeft > 0) {
            final long more = Math.min(wanted, (long) vectorsLeft * VECTOR_ROOM);
            target.reserveSpace(Math.min(there + more, limit), vectors);
        }
    }

    /**
     * Tells whether the last call of the source filled all the room it was given, so that more may be waiting. After a read
     * that was not full, a stream socket in good order has nothing left: the next read would tell
     * {@link ScatterSource#WOULD_BLOCK} or the end.
     *
     * @return false if the last call brought fewer bytes, none, the end or an exception, or if there was none yet.
     */
    public boolean lastReadWasFull() {
        return lastWasFull;
    }

    /**
     * The calls of the source since this reader was made.
     *
     * @return those that failed and those that brought nothing included.
     */
    public long reads() {
        return reads;
    }

    private IllegalStateException impossible(final long came, final long asked) {
        return new IllegalStateException(source + " claims to have read " + came + " bytes into room for " + asked);
    }

    @Override
    public String toString() {
        return "ChannelReader[" + source + ", " + reads + " reads, expects " + expected + "]";
    }
}
