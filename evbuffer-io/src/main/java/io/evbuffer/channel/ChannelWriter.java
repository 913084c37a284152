package io.evbuffer.channel;

import io.evbuffer.BufferEnd;
import io.evbuffer.EvBuffer;
import io.evbuffer.EvIovec;
import io.evbuffer.FrozenBufferException;
import io.evbuffer.UnloadedExtent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.WritableByteChannel;
import java.util.Objects;

/**
 * Writes the front of buffers to one sink, one gathering write at a time: the contract's {@code write}.
 *
 * <pre>
 *    source   [data......] -&gt; [data] -&gt; [] -&gt; [data....]       1. peek; empty chains take no vector
 *                  |            |               |              2. cut to what may go
 *    vectors   [  0     ]    [ 1  ]         [ 2    ]
 *                  |            |               |              3. one write, in this order
 *    sink     =====+============+=======&gt;        -
 *
 *    source                                   [data....]       4. drain what was taken; the rest stays
 * </pre>
 *
 * <p>Bytes that are still in a file ({@link FileSegment}) end step 1. Once they are in front, {@link GatherSink#send} takes
 * the place of steps 1 to 3, so header, file and trailer are three calls and leave in this order. Only small parts
 * of files, {@value #SMALL_FILE} bytes in a write, are brought into memory instead and leave with what is around them: to read
 * that much is cheaper than a further call.
 *
 * <p>Vectors that a full socket will not reach are work for nothing: after a write that was cut short, about twice the bytes
 * it took are offered the next time, {@value #LEAST_OFFERED} at least, and twice as many again after each that was not. With 1024
 * vectors of 4000 bytes for a slow receiver, 64 KiB then cost 18 us instead of 52; with 128 vectors there is no difference.
 *
 * <p>Invariants: <b>W1</b> one call of {@link #write} makes at most one call of the sink; none if nothing is to go.
 * <b>W2</b> every byte that the sink took leaves the buffer before anything else can fail, and no other byte does: nothing
 * is sent twice. <b>W3</b> no vector is held between two calls.
 *
 * <p>Ownership: sink and buffers stay the caller's, who closes them. Segments go back to their pool as their last byte is
 * taken.
 * <p><b>Cost:</b> no copy, no allocation on the heap. A writer of its own vectors takes some 2 KiB; writers of one thread
 * that share theirs take some 70 bytes.
 * <p><b>Threads:</b> of the buffer's thread, or any if the buffer has its lock enabled, which a write holds; writers that share vectors belong to one thread.
 */
public final class ChannelWriter {
    /** The vectors of one write, unless the constructor is given others. */
    public static final int DEFAULT_VECTORS = 128;

    /** The vectors that one system call takes at most on Linux, macOS and the BSDs (IOV_MAX). */
    public static final int MAX_VECTORS = 1024;

    static final int LEAST_OFFERED = 64 * 1024;

    /**
     * What is in a file and no more than this leaves with the bytes around it: a header and 4 KiB of a file take 14 us then
     * instead of 19, with 16 KiB 14 instead of 22, with 64 KiB 26 instead of 29 (FileSendBenchmark).
     */
    static final int SMALL_FILE = 16 * 1024;

    private final GatherSink sink;
    private final EvIovec vectors;
    private final UnloadedExtent front = new UnloadedExtent();
    private long mayTake = Long.MAX_VALUE; // what to offer at most: follows what was taken
    private boolean lastWasFull;
    private long writes;

    /**
     * Creates a writer with {@value #DEFAULT_VECTORS} vectors of its own.
     *
     * @param sink stays the caller's, who closes it.
     */
    public ChannelWriter(final GatherSink sink) {
        this(sink, new EvIovec(DEFAULT_VECTORS));
    }

    /**
     * Creates a writer to an NIO channel, blocking or not, as {@link GatherSink#of} adapts it. A file is written at the
     * channel's position, which moves.
     *
     * @param channel stays the caller's, who closes it.
     * @throws IllegalArgumentException if it is a {@link java.nio.channels.DatagramChannel}: {@link DatagramWriter} writes
     *     these.
     */
    public ChannelWriter(final WritableByteChannel channel) {
        this(GatherSink.of(channel));
    }

    /**
     * Creates a writer that borrows its vectors, as many connections of one thread do.
     *
     * @param sink stays the caller's, who closes it.
     * @param vectors overwritten by each write and empty after it; nobody else uses them during a write, the sink included
     *     once it has returned. Their capacity bounds the chains of one write.
     * @throws IllegalArgumentException if there are more than {@value #MAX_VECTORS} vectors.
     */
    public ChannelWriter(final GatherSink sink, final EvIovec vectors) {
        this.sink = Objects.requireNonNull(sink, "sink");
        this.vectors = Objects.requireNonNull(vectors, "vectors");
        if (vectors.capacity() > MAX_VECTORS) {
            throw new IllegalArgumentException(
                    vectors.capacity() + " vectors, a system call takes at most " + MAX_VECTORS);
        }
    }

    /**
     * Writes once, as much as one call takes: {@link #writeAtMost} without a maximum.
     *
     * @param source what to write; drained of what the sink took.
     * @return bytes written, 0 if the sink has no room now or there is nothing to write.
     * @throws IOException what the sink says; the buffer is unchanged.
     */
    public long write(final EvBuffer source) throws IOException {
        return writeAtMost(source, -1);
    }

    /**
     * Writes once, and drains what the sink took.
     *
     * <p>If the first byte is in a file, a part of the file is sent and nothing else; otherwise the write ends before the
     * first byte that is in a file. Parts of files that were added with up to {@value #SMALL_FILE} bytes, together, are
     * read in first, if that succeeds, and are written like all else. Bytes that the sink cannot send from where they are, are loaded, 64 KiB
     * at a time.
     *
     * <p><b>Cost:</b> one call of the sink over as many chains as there are vectors; no allocation, no copy but of small files.
     * <p><b>Failure:</b> whatever is thrown before or by the sink leaves the buffer's bytes as they were. A listener's or
     * release handler's exception comes after the bytes have left the buffer.
     *
     * @param source what to write, from its front on; its start must not be frozen.
     * @param maxBytes the most to write; negative for all there is. With 0 the sink is not called.
     * @return bytes written; 0 if the sink has no room now, or without a call if the buffer is empty or {@code maxBytes} is 0.
     * @throws FrozenBufferException if the start of {@code source} is frozen, even if it is empty; the sink was not called.
     * @throws IllegalStateException if {@code source} is closed, or the sink claims more bytes than it was offered.
     * @throws io.evbuffer.memory.BufferLimitException if bytes have to be loaded and there is no memory for them.
     * @throws IOException what the sink says; or the file, {@link java.io.EOFException} if it is shorter than was promised.
     */
    public long writeAtMost(final EvBuffer source, final long maxBytes) throws IOException {
        source.lock(); // one operation: the bytes drained are the bytes sent
        try {
            return writeOnce(source, maxBytes);
        } finally {
            source.unlock();
        }
    }

    private long writeOnce(final EvBuffer source, final long maxBytes) throws IOException {
        try {
            final boolean frozen = source.isFrozen(BufferEnd.START);
            final long most = maxBytes < 0 ? mayTake : Math.min(maxBytes, mayTake);
            source.peekLoaded(most, frozen ? 0 : SMALL_FILE, vectors); // refuses a closed buffer
            if (frozen) throw frozenStart(source);
            if (vectors.size() > 0) return writeVectors(source, maxBytes);
            return maxBytes == 0 || source.isEmpty() ? 0 : writeUnloaded(source, maxBytes);
        } finally {
            vectors.clear();
        }
    }

    private long writeVectors(final EvBuffer source, final long maxBytes) throws IOException {
        if (maxBytes >= 0) vectors.limit(maxBytes);
        lastWasFull = false;
        writes++;
        final long taken = sink.write(vectors);
        final long offered = vectors.totalLength(); // only now: the sink may have cut the vectors
        adapt(taken, offered);
        return drained(source, taken, offered);
    }

    /** A sink that took a part will hardly take twice as much the next time. */
    private void adapt(final long taken, final long offered) {
        if (taken >= offered) mayTake = mayTake < Long.MAX_VALUE / 2 ? 2 * mayTake : Long.MAX_VALUE;
        else if (taken > 0) mayTake = Math.max(2 * taken, LEAST_OFFERED);
    }

    /** The first byte is not in memory: has it sent from where it is, or else brings it into memory. */
    private long writeUnloaded(final EvBuffer source, final long maxBytes) throws IOException {
        try {
            source.frontUnloaded(front);
            if (front.bytes() instanceof final FileSegment segment) {
                final long count = maxBytes < 0 ? front.length() : Math.min(maxBytes, front.length());
                lastWasFull = false;
                writes++;
                final long taken = sink.send(segment.file(), front.position(), count);
                if (taken != GatherSink.CANNOT_SEND) return drained(source, taken, count);
                writes--; // it was an inquiry
            }
        } finally {
            front.clear();
        }
        try {
            source.peek(1, vectors); // loads a segment's worth
        } catch (final UncheckedIOException e) {
            throw e.getCause();
        }
        return writeVectors(source, maxBytes);
    }

    private long drained(final EvBuffer source, final long taken, final long offered) {
        if (taken < 0 || taken > offered) throw impossible(taken, offered);
        lastWasFull = taken == offered;
        source.drain(taken);
        return taken;
    }

    /**
     * Tells whether the last call of the sink took all it was offered, so that it may take more. After a write that was not
     * full, a socket's send buffer has no room.
     *
     * @return false if the last call took fewer bytes or threw, or if there was none yet.
     */
    public boolean lastWriteWasFull() {
        return lastWasFull;
    }

    /**
     * The calls of the sink since this writer was made.
     *
     * @return files sent and vectors written, those that failed and those that took nothing included.
     */
    public long writes() {
        return writes;
    }

    private static FrozenBufferException frozenStart(final EvBuffer source) {
        return new FrozenBufferException(
                "nothing can be written: the buffer's start is frozen (" + source.length() + " bytes)");
    }

    private IllegalStateException impossible(final long taken, final long offered) {
        return new IllegalStateException(sink + " claims to have taken " + taken + " bytes of " + offered);
    }

    @Override
    public String toString() {
        return "ChannelWriter[" + sink + ", " + writes + " writes]";
    }
}
