package io.evbuffer.channel;

import io.evbuffer.EvBuffer;
import io.evbuffer.ReleaseHandler;
import io.evbuffer.UnloadedBytes;
import io.evbuffer.memory.BufferLimitException;
import io.evbuffer.memory.Segment;
import io.evbuffer.memory.SegmentHome;
import io.evbuffer.memory.SegmentSource;
import io.evbuffer.memory.SlabPool;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.agrona.BufferUtil;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A range of an open file that stands in buffers like any other bytes: shared, counted, and sent without being read where
 * that is possible.
 *
 * <pre>
 *   file       |..........|=============================|............|
 *              0          offset                        offset + length
 *   parts                 |-----------|      |----------|              addTo(buffer, offset within the segment, length)
 *                               |--------------|                       they may overlap and repeat
 * </pre>
 *
 * <p>Which way the bytes go is decided when a part is added:
 *
 * <table>
 *   <caption>Three ways</caption>
 *   <tr><th>way</th><th>when</th><th>memory</th><th>if the file is cut short or closed underneath</th></tr>
 *   <tr><td>sent</td><td>the buffer {@linkplain EvBuffer#drainsToFd(boolean) drains to a channel}, without {@link
 *       Flag#DISABLE_SENDFILE}</td><td>none; a part of up to 16 KiB is read in when it is written, a sink that cannot send
 *       files gets 64 KiB at a time, and whatever else looks at the bytes loads what it needs</td><td>{@link ChannelWriter} throws {@link EOFException} or
 *       {@link java.nio.channels.ClosedChannelException}, what looks throws {@link UncheckedIOException}; the bytes not sent
 *       stay in the buffer</td></tr>
 *   <tr><td>read in</td><td>otherwise</td><td>all of the segment, from the pool, once for all parts</td><td>nothing: the
 *       bytes are a copy</td></tr>
 *   <tr><td>mapped</td><td>as read in, with {@link Flag#ALLOW_MMAP}</td><td>all of the segment, mapped, once for all
 *       parts</td><td>closed: nothing. Cut short: Java code that touches what is gone gets {@link InternalError}, on Java 17
 *       some instructions late; system calls fail with "Bad address"; <b>native code of the JVM or of libraries</b>
 *       (checksums, compression, ciphers) <b>ends the process</b></td></tr>
 * </table>
 *
 * <p>That is why nothing is mapped unless {@link Flag#ALLOW_MMAP} says that nobody cuts the file short. For a large file in a
 * buffer that does not drain to a channel (before encryption, say), promise {@link EvBuffer#drainsToFd(boolean)} all the
 * same: then the bytes are read in piece by piece as they are looked at, not all at once.
 *
 * <p>Invariants: <b>INV-23</b> there is one hold of the creator until {@link #close()}, and one of each chain that
 * shows bytes of it, whether or not they are in memory; parts that were added loaded have one each. <b>F1</b> when the last one goes: first memory is
 * given back, then the file is closed if {@link Flag#CLOSE_ON_FREE} says so, then the cleanup handler is told; all of it
 * once, whatever throws. <b>F2</b> a segment or part of 0 bytes loads nothing and adds nothing.
 *
 * <p>Ownership: without {@link Flag#CLOSE_ON_FREE} the file is the caller's, who keeps it open while anybody holds the
 * segment. Holds are counted atomically, whether or not threads share the segment: libevent's {@code DISABLE_LOCKING} has no
 * counterpart. <b>Threads:</b> any.
 */
public final class FileSegment implements UnloadedBytes, AutoCloseable {
    /** What a segment may do and has to do. */
    public enum Flag {
        /** Close the file when the last hold is gone. */
        CLOSE_ON_FREE,
        /**
         * Map the file instead of reading it in: for files that nobody cuts short. libevent maps unless it is told not to; in a
         * JVM a file cut short may then end the process.
         */
        ALLOW_MMAP,
        /** Never leave the bytes in the file: the segment is loaded at once. */
        DISABLE_SENDFILE
    }

    /** Told that nobody holds a segment any more. */
    @FunctionalInterface
    public interface CleanupHandler {
        /**
         * Called once, after memory and file were given up, on the thread that let go last.
         *
         * @param segment the segment, good for nothing any more but its description.
         * @param flags as it was created with.
         * @param attachment as it was given with the handler.
         */
        void cleaned(FileSegment segment, Set<Flag> flags, @Nullable Object attachment);
    }

    /** The length that means all from the offset on. */
    public static final long TO_THE_END = -1;

    /** Read in by pieces that pools keep; what is larger would be mapped for itself. */
    private static final int PIECE = 64 * 1024;

    /** The most that is mapped at once; a chain shows no more than 2 GiB. */
    private static final int WINDOW = 1 << 30;

    private static final ReleaseHandler PART_RELEASED = FileSegment::partReleased;

    private final FileSource file;
    private final long start;
    private final long length;
    private final Set<Flag> flags;
    private final SegmentSource memory;
    private final AtomicInteger holders = new AtomicInteger(1);
    private final AtomicBoolean createdAndHeld = new AtomicBoolean(true);
    private final ReentrantLock loading = new ReentrantLock();
    private volatile DirectBuffer @Nullable [] pieces; // the whole segment in memory
    private Segment[] loaded = {}; // what the pieces stand on; of who holds the lock, or freed it
    private boolean closesFile;
    private @Nullable CleanupHandler handler;
    private @Nullable Object attachment;

    /**
     * Creates a segment of a file channel, with memory of {@link SlabPool#shared()} if it needs any: {@link
     * #FileSegment(FileSource, long, long, Set, SegmentSource)}.
     *
     * @param channel open for reading; its own position is left alone.
     * @param offset in the file, of the first byte.
     * @param length bytes, or {@link #TO_THE_END}.
     * @param flags what it may and has to do.
     * @throws IOException if the size is not known or loading failed.
     */
    public FileSegment(final FileChannel channel, final long offset, final long length, final Set<Flag> flags)
            throws IOException {
        this(FileSource.of(channel), offset, length, flags, SlabPool.shared());
    }

    /**
     * Creates a segment, held by its creator. It is loaded at once if it is never to be sent from the file, otherwise only
     * when needed; a length given is not compared with the file's before.
     *
     * <p><b>Ownership:</b> on an exception the file is the caller's, whatever the flags say.
     *
     * @param file what it stands on.
     * @param offset in the file, of the first byte, 0 or more.
     * @param length bytes, 0 or more, or {@link #TO_THE_END}: what the file has now.
     * @param flags what it may and has to do; copied.
     * @param memory where bytes are read to, a {@link SlabPool} or another source that any thread may use.
     * @throws IndexOutOfBoundsException if the range is negative or overflows.
     * @throws EOFException if the file ends before {@code offset}, or before the range that is loaded at once.
     * @throws BufferLimitException if there is no memory to load it.
     * @throws IOException if the size is not known or loading failed.
     */
    public FileSegment(
            final FileSource file,
            final long offset,
            final long length,
            final Set<Flag> flags,
            final SegmentSource memory)
            throws IOException {
        this.file = Objects.requireNonNull(file, "file");
        this.memory = Objects.requireNonNull(memory, "memory");
        this.flags = flags.isEmpty() ? Set.of() : Collections.unmodifiableSet(EnumSet.copyOf(flags));
        if (offset < 0 || length < TO_THE_END || offset > Long.MAX_VALUE - Math.max(length, 0)) {
            throw new IndexOutOfBoundsException(length + " bytes of a file from " + offset + " on");
        }
        this.start = offset;
        this.length = length == TO_THE_END ? rest(file, offset) : length;
        this.closesFile = this.flags.contains(Flag.CLOSE_ON_FREE);
        if (this.flags.contains(Flag.DISABLE_SENDFILE)) pieces();
    }

    private static long rest(final FileSource file, final long offset) throws IOException {
        final long size = file.size();
        if (offset > size) throw new EOFException("no byte at " + offset + ": the file has " + size + " bytes");
        return size - offset;
    }

    /**
     * Appends a part of a file that is closed when its last byte has left all buffers (contract: {@code addFile}): {@link
     * #addFile(EvBuffer, FileSource, long, long)}.
     *
     * @param buffer where it is appended.
     * @param channel open for reading; the segment's from now on, the caller's on an exception.
     * @param offset in the file, of the first byte.
     * @param length bytes, or {@link #TO_THE_END}.
     * @throws IOException if the size is not known or loading failed.
     */
    public static void addFile(final EvBuffer buffer, final FileChannel channel, final long offset, final long length)
            throws IOException {
        addFile(buffer, FileSource.of(channel), offset, length);
    }

    /**
     * Appends a part of a file that is closed when its last byte has left all buffers (contract: {@code addFile}). With a
     * length of 0 it is closed at once.
     *
     * <p><b>Ownership:</b> the file is the segment's from now on; on an exception it is still the caller's, unless that came
     * from a listener of the buffer or from closing the file.
     *
     * @param buffer where it is appended; sent, or read in, as the class comment says.
     * @param file what to show.
     * @param offset in the file, of the first byte.
     * @param length bytes, or {@link #TO_THE_END}.
     * @throws IndexOutOfBoundsException if the range is negative or overflows.
     * @throws io.evbuffer.FrozenBufferException if the end of the buffer is frozen.
     * @throws BufferLimitException if the buffer's limit would be exceeded, or there is no memory to load the bytes.
     * @throws IOException if the size is not known, the file is too short or loading failed.
     */
    public static void addFile(final EvBuffer buffer, final FileSource file, final long offset, final long length)
            throws IOException {
        final FileSegment segment =
                new FileSegment(file, offset, length, EnumSet.of(Flag.CLOSE_ON_FREE), SlabPool.shared());
        buffer.lock(); // whatever is appended meanwhile is this
        try {
            final long before = buffer.appended();
            try {
                segment.addTo(buffer, 0, TO_THE_END);
            } catch (final Throwable e) {
                if (buffer.appended() == before) segment.closesFile = false; // nothing has happened
                closeBeside(segment, e);
                throw e;
            }
        } finally {
            buffer.unlock();
        }
        try {
            segment.close();
        } catch (final UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static void closeBeside(final FileSegment segment, final Throwable thrown) {
        try {
            segment.close();
        } catch (final RuntimeException | Error e) {
            thrown.addSuppressed(e);
        }
    }

    // ---- look ----

    /**
     * The bytes of this segment.
     *
     * @return 0 or more.
     */
    public long length() {
        return length;
    }

    /**
     * The file it stands on.
     *
     * @return as given, or over the channel given.
     */
    public FileSource file() {
        return file;
    }

    /**
     * The present number of holds.
     *
     * @return 0 if everything was given up.
     */
    public int refCount() {
        return holders.get();
    }

    /**
     * Asks to be told when nobody holds this segment any more. There is one handler; a second call replaces the first.
     *
     * @param toldAtTheEnd the handler, or null for none.
     * @param handedOver for the handler.
     * @throws IllegalStateException if the last hold is gone.
     */
    public void onCleanup(final @Nullable CleanupHandler toldAtTheEnd, final @Nullable Object handedOver) {
        ensureHeld();
        handler = toldAtTheEnd;
        attachment = handedOver;
    }

    // ---- add ----

    /**
     * Appends all of it: {@link #addTo(EvBuffer, long, long)}.
     *
     * @param buffer where it is appended.
     * @throws IOException if loading failed.
     */
    public void addTo(final EvBuffer buffer) throws IOException {
        addTo(buffer, 0, TO_THE_END);
    }

    /**
     * Appends a part of this segment to a buffer, without copying it (contract: {@code addFileSegment}).
     *
     * <p><b>Cost:</b> sent: O(1) for each GiB. Otherwise the first call for any buffer loads the whole segment; the others
     * are O(1) for each 64 KiB, or GiB if it is mapped.
     * <p><b>Ownership:</b> holds the segment until the last byte of the part is released. A failure adds no hold.
     * <p><b>Failure:</b> either the whole part is added or nothing has changed. Ends and ranges are checked before anything is
     * loaded.
     *
     * @param buffer where it is appended; another source of memory than the segment's does not matter.
     * @param offset of the part, within the segment.
     * @param partLength bytes, or {@link #TO_THE_END} of the segment; with 0 nothing happens.
     * @throws IndexOutOfBoundsException if the part is not within the segment.
     * @throws IllegalStateException if the buffer is closed or nobody holds the segment.
     * @throws io.evbuffer.FrozenBufferException if the end of the buffer is frozen.
     * @throws BufferLimitException if the buffer's limit would be exceeded, or there is no memory to load the bytes.
     * @throws IOException if the file is too short or loading failed.
     */
    public void addTo(final EvBuffer buffer, final long offset, final long partLength) throws IOException {
        ensureHeld();
        final long count = partLength == TO_THE_END ? length - offset : partLength;
        if (offset < 0 || count < 0 || offset > length - count) {
            throw new IndexOutOfBoundsException(
                    partLength + " bytes from " + offset + " on, of a segment of " + length + " bytes");
        }
        buffer.lock(); // what is checked stays so until the part is in
        try {
            buffer.addUnloaded(this, start + offset, 0); // adds nothing, but refuses a closed buffer or a frozen end
            if (count > buffer.maxLength() - buffer.length()) throw overLimit(buffer, count);
            if (count == 0) return;
            if (buffer.drainsToFd() && !flags.contains(Flag.DISABLE_SENDFILE)) {
                buffer.addUnloaded(this, start + offset, count);
            } else {
                addLoaded(buffer, offset, count);
            }
        } finally {
            buffer.unlock();
        }
    }

    private static BufferLimitException overLimit(final EvBuffer buffer, final long count) {
        return new BufferLimitException(count + " bytes more than " + buffer.length()
                + " would exceed the buffer's limit of " + buffer.maxLength());
    }

    private void addLoaded(final EvBuffer buffer, final long offset, final long count) throws IOException {
        final DirectBuffer[] all = pieces();
        final int each = all[0].capacity(); // of all pieces but the last
        final int first = (int) (offset / each);
        final int last = (int) ((offset + count - 1) / each);
        final int skipped = (int) (offset % each);
        final DirectBuffer[] part = first == last ? null : part(all, first, last, skipped, offset + count);
        final long before = buffer.appended();
        retain();
        try {
            if (part == null) buffer.addReference(all[first], skipped, (int) count, PART_RELEASED, this);
            else buffer.addIovecReference(part, PART_RELEASED, this);
        } finally {
            if (buffer.appended() == before) release(); // the heap is full; a listener throws when the part is in
        }
    }

    private static DirectBuffer[] part(
            final DirectBuffer[] all, final int first, final int last, final int skipped, final long end) {
        final int each = all[0].capacity();
        final DirectBuffer[] part = Arrays.copyOfRange(all, first, last + 1);
        part[0] = window(all[first], skipped, each - skipped);
        part[last - first] = window(all[last], 0, (int) (end - (long) last * each));
        return part;
    }

    private static DirectBuffer window(final DirectBuffer piece, final int offset, final int count) {
        return count == piece.capacity() ? piece : new UnsafeBuffer(piece, offset, count);
    }

    private static void partReleased(final DirectBuffer memory, final long extent, final @Nullable Object segment) {
        if (segment instanceof final FileSegment held) held.release();
    }

    // ---- load ----

    private DirectBuffer[] pieces() throws IOException {
        final DirectBuffer[] known = pieces;
        return known != null ? known : loadPieces();
    }

    private DirectBuffer[] loadPieces() throws IOException {
        loading.lock();
        try {
            DirectBuffer[] all = pieces;
            if (all == null) {
                all = loadAll();
                pieces = all;
            }
            return all;
        } finally {
            loading.unlock();
        }
    }

    private DirectBuffer[] loadAll() throws IOException {
        final long size = length == 0 ? start : file.size();
        if (size - start < length) throw tooShort(start + length, size);
        final Segment[] mapped = flags.contains(Flag.ALLOW_MMAP) ? mapAll() : null;
        final Segment[] all = mapped != null ? mapped : readAll();
        try {
            final DirectBuffer[] views = views(all, mapped != null ? WINDOW : PIECE);
            loaded = all;
            return views;
        } catch (final Throwable e) { // the heap is full
            releaseAll(all, all.length);
            throw e;
        }
    }

    private DirectBuffer[] views(final Segment[] all, final int each) {
        final DirectBuffer[] views = new DirectBuffer[all.length];
        for (int i = 0; i < all.length; i++) {
            final int count = (int) Math.min(each, length - (long) i * each);
            views[i] = new UnsafeBuffer(all[i].readView(), 0, count);
        }
        return views;
    }

    private Segment @Nullable [] mapAll() throws IOException {
        final Segment[] all = new Segment[pieceCount(WINDOW)];
        int mapped = 0;
        try {
            for (; mapped < all.length; mapped++) {
                final long from = (long) mapped * WINDOW;
                final Segment window = mapOnce(start + from, (int) Math.min(WINDOW, length - from));
                if (window == null) break;
                all[mapped] = window;
            }
            return mapped == all.length ? all : null;
        } finally {
            if (mapped < all.length) releaseAll(all, mapped);
        }
    }

    private Segment[] readAll() throws IOException {
        final Segment[] all = new Segment[pieceCount(PIECE)];
        int read = 0;
        try {
            for (; read < all.length; read++) {
                final long from = (long) read * PIECE;
                all[read] = readOnce(start + from, (int) Math.min(PIECE, length - from));
            }
            return all;
        } finally {
            if (read < all.length) releaseAll(all, read);
        }
    }

    private int pieceCount(final int each) {
        final long count = (length + each - 1) / each;
        if (count > Integer.MAX_VALUE - 8)
            throw new BufferLimitException("no memory for " + length + " bytes of a file");
        return (int) count;
    }

    private static void releaseAll(final Segment[] segments, final int count) {
        for (int i = 0; i < count; i++) segments[i].release();
    }

    /** A mapping, lent to the caller, or null if there is none to be had. */
    private @Nullable Segment mapOnce(final long position, final int count) throws IOException {
        final FileSource.Mapping mapping;
        try {
            mapping = file.map(position, count);
        } catch (final IOException | UnsupportedOperationException e) {
            return null; // read in instead; if the file is to blame, that will say so
        }
        if (mapping == null) return null;
        try {
            final SegmentHome home = mapped -> mapping.unmap();
            return new Segment(home, BufferUtil.address(mapping.memory()), count, mapping.memory()).lend();
        } catch (final Throwable e) { // the heap is full
            mapping.unmap();
            throw e;
        }
    }

    /** Memory with a range of the file at its beginning, lent to the caller. */
    private Segment readOnce(final long position, final int count) throws IOException {
        final Segment room = memory.take(count);
        try {
            int read = 0;
            while (read < count) {
                final int came = file.read(position + read, room, read, count - read);
                if (came <= 0) throw tooShort(position + count, position + read);
                read += came;
            }
            room.writeView().clear();
            return room;
        } catch (final Throwable e) {
            room.release();
            throw e;
        }
    }

    private static EOFException tooShort(final long promised, final long missing) {
        return new EOFException("the file has no byte at " + missing + ", bytes up to " + promised + " were promised");
    }

    /**
     * Brings a range of the file into memory, for buffers that show bytes which are still in the file; they hold this segment
     * as long as they show what was loaded.
     *
     * @param position in the file, not in this segment, of the first byte.
     * @param count bytes, 1 or more.
     * @return a segment lent to the caller, whose memory begins with these bytes.
     */
    @Override
    public Segment load(final long position, final int count) {
        ensureHeld();
        try {
            if (flags.contains(Flag.ALLOW_MMAP)) {
                final long size = file.size(); // a mapping beyond the end would succeed, or make the file longer
                if (size - position < count) throw tooShort(position + count, size);
                final Segment mapped = mapOnce(position, count);
                if (mapped != null) return mapped;
            }
            return readOnce(position, count);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // ---- end ----

    @Override
    public void retain() {
        int before;
        do {
            before = holders.get();
            if (before < 1) throw nobodyHolds();
        } while (!holders.compareAndSet(before, before + 1));
    }

    /**
     * Gives up one hold, for whoever called {@link #retain()}; buffers do so by themselves.
     *
     * @throws IllegalStateException if nobody holds the segment.
     * @throws UncheckedIOException if this was the last hold and the file could not be closed; all else is done.
     */
    @Override
    public void release() {
        int before;
        do {
            before = holders.get();
            if (before < 1) throw nobodyHolds();
        } while (!holders.compareAndSet(before, before - 1));
        if (before == 1) free();
    }

    private void free() {
        Throwable thrown = null;
        try {
            releaseAll(loaded, loaded.length);
        } catch (final RuntimeException | Error e) {
            thrown = e;
        }
        try {
            if (closesFile) file.close();
        } catch (final IOException e) {
            thrown = also(thrown, new UncheckedIOException(e));
        } catch (final RuntimeException | Error e) {
            thrown = also(thrown, e);
        }
        final CleanupHandler told = handler;
        try {
            if (told != null) told.cleaned(this, flags, attachment);
        } catch (final RuntimeException | Error e) {
            thrown = also(thrown, e);
        }
        if (thrown instanceof final RuntimeException e) throw e;
        if (thrown instanceof final Error e) throw e;
    }

    private static Throwable also(final @Nullable Throwable first, final Throwable next) {
        if (first == null) return next;
        first.addSuppressed(next);
        return first;
    }

    /**
     * Gives up the creator's hold (contract: {@code fileSegmentFree}); parts stay in their buffers. A second call does
     * nothing.
     *
     * @throws UncheckedIOException if this was the last hold and the file could not be closed; all else is done.
     */
    @Override
    public void close() {
        if (createdAndHeld.compareAndSet(true, false)) release();
    }

    private void ensureHeld() {
        if (holders.get() < 1) throw nobodyHolds();
    }

    private IllegalStateException nobodyHolds() {
        return new IllegalStateException("the last hold is gone: " + this);
    }

    @Override
    public String toString() {
        return "FileSegment[" + length + " bytes at " + start + " of " + file + ", " + flags + ", " + holders.get()
                + " holds]";
    }
}
