package io.evbuffer.channel;

import io.evbuffer.EvBuffer;
import io.evbuffer.memory.SegmentSource;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.WritableByteChannel;
import java.util.Objects;
import java.util.Set;

/**
 * Moves bytes from one channel to another through a buffer, without copying them: what {@code splice} is to two descriptors.
 *
 * <pre>
 *                    read()                                   write()
 *   source  ==============&gt;  [chain] -&gt; [chain] -&gt; [chain]  ==============&gt;  sink
 *            one readv       |          |                 |   one writev or sendfile
 *                            0         low               high
 *                            at high reading stops, at low it starts again
 * </pre>
 *
 * <p>In a loop of channels that block, {@link #run()} is all there is to call:
 *
 * <pre>{@code
 * try (ChannelRelay relay = new ChannelRelay(from, to, pool)) {
 *     relay.run();
 * }
 * }</pre>
 *
 * <p>With a selector, each side asks for what it can use now, and each ready side makes one call:
 *
 * <pre>{@code
 * if (fromKey.isReadable()) relay.read();
 * if (relay.wantsWrite()) relay.write();                       // at once: the sink mostly has room
 * fromKey.interestOps(relay.wantsRead() ? OP_READ : 0);
 * toKey.interestOps(relay.wantsWrite() ? OP_WRITE : 0);
 * if (relay.isFinished()) to.shutdownOutput();
 * }</pre>
 *
 * <p><b>Which way the bytes go.</b> A source that is a {@link FileChannel} with a sink that is a {@link SocketChannel} or a
 * {@link FileChannel} is <i>sent</i>: the bytes stand in the buffer as a {@link FileSegment} and go from file to sink by {@link
 * FileChannel#transferTo}, never through this process. All else is one scattering read into pooled segments and one gathering
 * write of the same segments, sockets to files included. {@link FileChannel#transferFrom} is never used: on Java 17 and 25 it
 * reads a socket into an array of 8 KiB, newly made at each call, by way of one direct buffer, and writes it by way of another.
 * It moved 500 to 950 MiB/s into a file in memory where reading 64 KiB at a time and writing them moved 730 to 1350; it cannot
 * tell the end from nothing there now; and if the file refuses a write, what was read for it is lost. From a file to a pipe {@code
 * transferTo} is no faster than read and write on 25, and maps the file anew for each call, so pipes are written too.
 *
 * <p>Invariants: <b>L1</b> bytes leave in the order in which they came, each once; {@link #bytesRead()} is {@link
 * #bytesWritten()} and the length of {@link #buffer()}, as long as nobody else edits it. <b>L2</b> a read never brings the
 * buffer above the high mark; bytes that stay in a file need no memory, and are added whole. <b>L3</b> the source is not
 * called from the moment the high mark is reached until the buffer is at the low mark, nor after it told its end. <b>L4</b> {@link
 * #read()} makes at most one call of the source, {@link #write()} at most one of the sink.
 *
 * <p>Ownership: both channels stay the caller's, who closes them: the sink's output when the relay {@linkplain #isFinished() is
 * finished}. {@link #close()} gives the buffer's memory back, with all bytes not written. A relay whose buffer is empty when
 * the source has nothing holds no segment.
 * <p>Failure: what either side throws is thrown on. The other side may go on, and the failed one be tried again: no byte is
 * lost and none is sent twice. After a source that fails for good, {@link #end()} lets what is held be written.
 * <p><b>Cost:</b> nothing is copied, and a call allocates nothing on the heap, but for files that are sent ({@link #read()}, {@link
 * #write()}). Most of what a relay takes on the heap are the vectors of its reader and writer, which may be shared.
 * <p><b>Threads:</b> one.
 */
public final class ChannelRelay implements AutoCloseable {
    /**
     * The mark at which reading stops, unless {@link #setWatermarks} says otherwise. With it a MiB takes 333 us from socket to
     * socket, with 128 KiB 373, with 64 KiB 428, with 1 MiB 335 (sockets as in RelayBenchmark, marks in turn in one process).
     */
    public static final long DEFAULT_HIGH = 256 * 1024;

    /**
     * The mark at which reading starts again, unless {@link #setWatermarks} says otherwise. If the sink takes 48 KiB at a time
     * and a MiB is waiting, that takes 540 us, with 0 616, with 128 KiB 667; where the sink keeps up there is no difference.
     */
    public static final long DEFAULT_LOW = 64 * 1024;

    private final RelayInput input;
    private final ChannelWriter writer;
    private final EvBuffer buffer;
    private boolean full; // the high mark was reached, and the low one not yet again
    private boolean ended; // nothing is read any more
    private boolean finished; // as it was when closed
    private long bytesRead;
    private long bytesWritten;
    private long low = DEFAULT_LOW;
    private long high = DEFAULT_HIGH;

    /**
     * Creates a relay between two NIO channels, both blocking or both not. A file channel as source is read from its position
     * to its end, and its position moves; as sink it is written at its position.
     *
     * @param from stays the caller's, who closes it.
     * @param to stays the caller's, who closes it.
     * @param memory where segments come from, mostly a {@link io.evbuffer.memory.SlabPool}.
     * @throws IllegalArgumentException if {@code from} is a channel of datagrams, of which a relay would lose the borders.
     */
    public ChannelRelay(final ReadableByteChannel from, final WritableByteChannel to, final SegmentSource memory) {
        this(input(from, to, memory), new ChannelWriter(to), memory);
    }

    /**
     * Creates a relay between a source and a sink of any kind.
     *
     * @param from stays the caller's, who closes it.
     * @param to stays the caller's, who closes it.
     * @param memory where segments come from.
     */
    public ChannelRelay(final ScatterSource from, final GatherSink to, final SegmentSource memory) {
        this(new ChannelReader(from), new ChannelWriter(to), memory);
    }

    /**
     * Creates a relay that uses a reader and a writer of the caller's, as many relays of one thread do, whose readers and
     * writers share their vectors.
     *
     * @param from used by this relay, and by others if its source is.
     * @param to used by this relay, and by others if its sink is.
     * @param memory where segments come from.
     */
    public ChannelRelay(final ChannelReader from, final ChannelWriter to, final SegmentSource memory) {
        this(Objects.requireNonNull(from, "from")::read, to, memory);
    }

    private ChannelRelay(final RelayInput input, final ChannelWriter writer, final SegmentSource memory) {
        this.input = input;
        this.writer = Objects.requireNonNull(writer, "writer");
        this.buffer = new EvBuffer(memory);
        buffer.drainsToFd(true);
        buffer.maxRead((int) DEFAULT_HIGH);
    }

    /** Sockets and files take a file from where it is; other channels do so on some systems and versions only. */
    private static RelayInput input(
            final ReadableByteChannel from, final WritableByteChannel to, final SegmentSource memory) {
        if (from instanceof final FileChannel file && (to instanceof SocketChannel || to instanceof FileChannel)) {
            return new RelayedChannelFile(file, memory);
        }
        return new ChannelReader(from)::read;
    }

    /**
     * Creates a relay of a range of a file, which is sent from where it is if the sink knows how ({@link GatherSink#send}), and
     * otherwise brought into memory 64 KiB at a time. The first {@link #read()} adds all of it; bytes added to the {@link
     * #buffer()} before go before it.
     *
     * @param file stays the caller's, who keeps it open until the relay is finished or closed.
     * @param position of the first byte, 0 or more.
     * @param count bytes, or {@link FileSegment#TO_THE_END}: what the file has now. A file that turns out to be shorter is an
     *     {@link java.io.EOFException} of {@link #write()}.
     * @param to used by this relay, and by others if its sink is.
     * @param memory where segments come from if the sink cannot send files.
     * @return the relay.
     * @throws IndexOutOfBoundsException if the range is negative or overflows.
     * @throws IOException if the size is not known, or less than {@code position}.
     */
    public static ChannelRelay ofFile(
            final FileSource file,
            final long position,
            final long count,
            final ChannelWriter to,
            final SegmentSource memory)
            throws IOException {
        return new ChannelRelay(
                new RelayedFileRange(new FileSegment(file, position, count, Set.of(), memory)), to, memory);
    }

    // ---- watermarks ----

    /**
     * Sets the marks. A buffer that is at the high mark already, or above, stops reading until it is at the low mark.
     *
     * @param newLow in bytes, 0 or more: at this length or below reading starts again.
     * @param newHigh in bytes, above {@code newLow}: at this length reading stops, and no read goes beyond it.
     * @throws IllegalArgumentException if {@code newLow} is negative or {@code newHigh} not above it; the old marks stay.
     */
    public void setWatermarks(final long newLow, final long newHigh) {
        if (newLow < 0 || newHigh <= newLow) {
            throw new IllegalArgumentException("low mark " + newLow + ", high mark " + newHigh);
        }
        buffer.maxRead((int) Math.min(newHigh, DEFAULT_HIGH));
        low = newLow;
        high = newHigh;
        full = false;
    }

    /**
     * The mark at which reading starts again.
     *
     * @return bytes.
     */
    public long lowWatermark() {
        return low;
    }

    /**
     * The mark at which reading stops.
     *
     * @return bytes.
     */
    public long highWatermark() {
        return high;
    }

    // ---- the two halves ----

    /**
     * Tells whether the source should be asked: whether a selector should tell that it is readable.
     *
     * @return false after its end, between high and low mark, and once this is closed.
     */
    public boolean wantsRead() {
        followLength();
        return !ended && !full;
    }

    /** Whoever changed it. */
    private void followLength() {
        final long length = buffer.length();
        full = length >= high || (full && length > low);
    }

    /**
     * Reads once, up to the high mark.
     *
     * <p><b>Cost:</b> one call of the source, none if nothing is {@linkplain #wantsRead() wanted}. No allocation, but for a file
     * that is sent: some objects when it is added.
     *
     * @return bytes read, 1 or more; or {@link ScatterSource#WOULD_BLOCK} if nothing is there now or reading has stopped at
     *     the high mark; or {@link ScatterSource#END_OF_STREAM}, from then on always.
     * @throws io.evbuffer.memory.BufferLimitException if there is no memory; the source was not called.
     * @throws IllegalStateException if this is closed.
     * @throws IOException what the source says; the buffer is unchanged, and a later call tries again.
     */
    public long read() throws IOException {
        ensureOpen();
        if (!wantsRead()) return ended ? ScatterSource.END_OF_STREAM : ScatterSource.WOULD_BLOCK;
        final long before = buffer.length();
        final long appended = buffer.appended();
        final long came;
        try {
            came = input.read(buffer, high - before);
        } finally {
            bytesRead += buffer.appended() - appended; // what a listener's exception follows has come as well
            followLength(); // sees the high mark, even if a write comes before the next read
        }
        if (came <= 0) {
            ended = came == ScatterSource.END_OF_STREAM;
            if (before == 0) buffer.trim(); // who waits holds no memory
        }
        return came;
    }

    /**
     * Tells whether there is something to write: whether a selector should tell that the sink is writable.
     *
     * @return false if the buffer is empty.
     */
    public boolean wantsWrite() {
        return buffer.length() > 0;
    }

    /**
     * Writes once, as much as one call takes.
     *
     * <p><b>Cost:</b> one call of the sink, none if there is nothing to write. No allocation but what the JDK's {@code
     * transferTo} makes.
     *
     * @return bytes written, 0 if the sink has no room now or there is nothing to write.
     * @throws io.evbuffer.memory.BufferLimitException if bytes of a file have to be loaded and there is no memory.
     * @throws IllegalStateException if this is closed.
     * @throws IOException what the sink says, or the file; the bytes not taken stay, and a later call tries again.
     */
    public long write() throws IOException {
        ensureOpen();
        final long before = buffer.length();
        followLength();
        if (before == 0) return 0;
        try {
            return writer.write(buffer);
        } finally {
            bytesWritten += before - buffer.length();
            followLength(); // sees the low mark, even if somebody adds before the next read
        }
    }

    // ---- both ----

    /**
     * Takes one turn: writes what is waiting; reads, if the sink took all of that or nothing; writes what came. So a source that
     * blocks is never waited for while the sink may take more, and one that does not is read up to the high mark while the
     * sink is full.
     *
     * <p><b>Cost:</b> at most one call of the source and two of the sink.
     *
     * @return bytes read and bytes written, together; 0 if neither side moves now, or the end has come.
     * @throws IllegalStateException if this is closed.
     * @throws IOException as {@link #read()} and {@link #write()}.
     */
    public long relay() throws IOException {
        final long written = write();
        if (written > 0 && wantsWrite()) return written;
        final boolean refused = wantsWrite();
        final long came = read();
        if (came <= 0) return written;
        return refused ? came : written + came + write();
    }

    /**
     * Takes turns until this is finished, or neither side moves: between blocking channels until the end, between others until
     * they have to be waited for. Who has other channels to serve meanwhile takes single turns: {@link #relay()}.
     *
     * @return bytes written by this call.
     * @throws IllegalStateException if this is closed.
     * @throws IOException as {@link #read()} and {@link #write()}; {@link #bytesWritten()} tells how far it went.
     */
    public long run() throws IOException {
        ensureOpen();
        final long before = bytesWritten;
        boolean moves = true;
        while (moves && !isFinished()) moves = relay() > 0;
        return bytesWritten - before;
    }

    // ---- what has become of it ----

    /**
     * Reads no more, as if the source had ended: what is held is still to be written. For a source that has failed for good, or
     * of which enough has come. A second call does nothing.
     */
    public void end() {
        ended = true;
    }

    /**
     * Tells whether the source is at its end, or was {@linkplain #end() said} to be.
     *
     * @return whether nothing is read any more; bytes may be left to write.
     */
    public boolean isEnded() {
        return ended;
    }

    /**
     * Tells whether the source has ended and every byte was written: the moment to pass the end on, by {@link
     * SocketChannel#shutdownOutput()} or by closing the sink.
     *
     * @return true once and for all, if nobody adds to the buffer.
     */
    public boolean isFinished() {
        return buffer.isClosed() ? finished : ended && buffer.isEmpty();
    }

    /**
     * The bytes read so far.
     *
     * @return those that a file has added included, whether or not they are in memory.
     */
    public long bytesRead() {
        return bytesRead;
    }

    /**
     * The bytes written so far.
     *
     * @return those that somebody else added to the buffer included.
     */
    public long bytesWritten() {
        return bytesWritten;
    }

    /**
     * The bytes under way. Between two calls of this relay they may be looked at and changed, a header added in front.
     *
     * @return this relay's own, closed with it.
     */
    public EvBuffer buffer() {
        return buffer;
    }

    /** Gives all memory back, with the bytes not written. The channels are left alone. A second call does nothing. */
    @Override
    public void close() {
        finished = isFinished();
        ended = true;
        buffer.close();
    }

    private void ensureOpen() {
        if (buffer.isClosed()) throw new IllegalStateException("closed: " + this);
    }

    @Override
    public String toString() {
        return "ChannelRelay[" + bytesRead + " bytes read, " + bytesWritten + " written" + (ended ? ", ended]" : "]");
    }
}
