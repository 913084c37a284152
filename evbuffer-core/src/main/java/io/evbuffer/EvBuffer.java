package io.evbuffer;

import io.evbuffer.memory.BufferLimitException;
import io.evbuffer.memory.SegmentSource;
import io.evbuffer.memory.SlabPool;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.Lock;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A queue of bytes held as a chain of off-heap segments. Bytes enter at either end, leave at the front, and move between
 * buffers and to the kernel without being copied.
 *
 * <pre>
 *        front                                                        back
 *   [misalign|data|free] -&gt; [misalign|data|free] -&gt; ... -&gt; [misalign|data|free]
 *    prepend, drain, remove                                   add, reserve, commit
 * </pre>
 *
 * <p>The names and the meaning are those of libevent's evbuffer. Invariants of the list stand at {@code ChainList}, those
 * of a node at {@code Chain}; {@link #checkInvariants()} checks them all. Of this class: <b>INV-9</b> the length never
 * exceeds {@link #maxLength()}. <b>B1</b> an operation that throws has changed nothing, except that spare room may have
 * grown; a listener's exception alone comes after the operation has happened.
 *
 * <p>Ownership: the buffer holds its segments and gives them back as their last byte leaves; {@link #close()} gives back
 * the rest. Views ({@link EvIovec}, {@link #pullUp}) end with the buffer's next change.
 * <p><b>Threads:</b> a buffer belongs to one thread at a time; handing it over needs a happens-before edge. With {@link
 * #enableLocking(Lock)} every operation takes the buffer's lock, and several threads may use it.
 * <p><b>Errors:</b> a closed buffer throws {@link IllegalStateException}, a frozen end {@link FrozenBufferException}, a limit
 * {@link BufferLimitException}; negative counts are {@link IllegalArgumentException}, ranges outside the given memory
 * {@link IndexOutOfBoundsException}.
 */
public final class EvBuffer extends BufferOperations implements AutoCloseable {
    /** The bytes that one read asks for at most, unless {@link #maxRead(int)} says otherwise. */
    public static final int DEFAULT_MAX_READ = 4096;

    /**
     * Creates an empty buffer without chains, on {@link SlabPool#shared()}: for callers that have no pool of their own.
     *
     * <p><b>Cost:</b> one small object; the first call in a JVM makes the pool. Each segment taken or given back costs about
     * four times what it costs the owner of a pool, so a reactor's buffers are better made on its own pool.
     * <p><b>Threads:</b> any thread may make one, virtual ones too. From then on the buffer is like any other: of one thread
     * at a time, handed over with a happens-before edge, or locked. Its segments may go home on whatever thread they are
     * dropped, and its data may be moved to and shared with buffers on other pools.
     *
     * @throws IllegalStateException if the JVM lacks the flag that Agrona needs; the message names it.
     */
    public EvBuffer() {
        this(SlabPool.shared());
    }

    /**
     * Creates an empty buffer without chains.
     *
     * @param source lends the segments; it must outlive the buffer's data.
     */
    public EvBuffer(final SegmentSource source) {
        super(source);
    }

    // ---- looking ----

    /**
     * The number of readable bytes. O(1).
     *
     * @return 0 or more; 0 once closed.
     */
    @Override
    public long length() {
        final boolean locked = enter();
        try {
            return super.length();
        } finally {
            leave(locked);
        }
    }

    /**
     * Tells whether there is nothing to read. O(1).
     *
     * @return true if the length is 0.
     */
    @Override
    public boolean isEmpty() {
        final boolean locked = enter();
        try {
            return super.isEmpty();
        } finally {
            leave(locked);
        }
    }

    /**
     * Tells whether the buffer was closed.
     *
     * @return true from {@link #close()} on.
     */
    @Override
    public boolean isClosed() {
        final boolean locked = enter();
        try {
            return super.isClosed();
        } finally {
            leave(locked);
        }
    }

    /**
     * The readable bytes that lie in one piece at the front. O(empty chains at the front).
     *
     * @return bytes in the first chain with data, 0 if there is none.
     */
    @Override
    public int contiguousLength() {
        final boolean locked = enter();
        try {
            return super.contiguousLength();
        } finally {
            leave(locked);
        }
    }

    /**
     * The number of chains, empty ones included. O(chains).
     *
     * @return 0 or more.
     */
    @Override
    public int countChains() {
        final boolean locked = enter();
        try {
            return super.countChains();
        } finally {
            leave(locked);
        }
    }

    /**
     * The bytes that were ever appended, whether or not they are still here: where the end is in the stream that goes through
     * this buffer. What leaves the front, or is put there, does not change it.
     *
     * <p>Two answers tell whether anything was appended in between. So whoever shares something with this buffer finds out what
     * an exception left behind: a listener's comes after the bytes are in.
     *
     * <p><b>Cost:</b> O(1).
     *
     * @return 0 or more; also of a closed buffer, whose bytes have all left.
     */
    @Override
    public long appended() {
        final boolean locked = enter();
        try {
            return super.appended();
        } finally {
            leave(locked);
        }
    }

    /**
     * The length this buffer never exceeds.
     *
     * @return bytes; by default {@link Long#MAX_VALUE}.
     */
    @Override
    public long maxLength() {
        final boolean locked = enter();
        try {
            return super.maxLength();
        } finally {
            leave(locked);
        }
    }

    /**
     * Limits the length; what would exceed it is refused with {@link BufferLimitException}. Bytes already here stay.
     *
     * @param bytes 0 or more.
     * @throws IllegalArgumentException if {@code bytes} is negative, or less than the present length and what an input
     *     operation in flight may add.
     */
    @Override
    public void maxLength(final long bytes) {
        final boolean locked = enter();
        try {
            super.maxLength(bytes);
        } finally {
            leave(locked);
        }
    }

    /**
     * Whose memory this buffer takes, for {@link io.evbuffer.memory.SlabPool#liveSegments()} and the reports of leaks.
     *
     * @return what {@link #owner(String)} was given, or null.
     */
    @Override
    public @Nullable String owner() {
        final boolean locked = enter();
        try {
            return super.owner();
        } finally {
            leave(locked);
        }
    }

    /**
     * Says whose memory this buffer takes from now on: the segments it has stay as they are, and those that move to another
     * buffer keep the tag until they go home.
     *
     * <p><b>Cost:</b> O(1), and two stores for each segment taken then.
     *
     * @param tag the name of a connection or a task, or null.
     */
    @Override
    public void owner(final @Nullable String tag) {
        final boolean locked = enter();
        try {
            super.owner(tag);
        } finally {
            leave(locked);
        }
    }

    /**
     * Says who lends the segments from now on. Those that the buffer has stay where they are and go home to whoever lent them.
     *
     * <p><b>Cost:</b> O(1), no copy. For a buffer that moves to another thread, and so to another pool.
     *
     * @param lender must outlive the bytes that are added from now on.
     * @throws IllegalStateException if the buffer is closed.
     */
    public void source(final SegmentSource lender) {
        Objects.requireNonNull(lender, "lender");
        final boolean locked = enter();
        try {
            ensureOpen();
            source = lender;
        } finally {
            leave(locked);
        }
    }

    /**
     * The most bytes one read asks a channel for.
     *
     * @return bytes; by default {@value #DEFAULT_MAX_READ}.
     */
    @Override
    public int maxRead() {
        final boolean locked = enter();
        try {
            return super.maxRead();
        } finally {
            leave(locked);
        }
    }

    /**
     * Sets the most bytes one read asks a channel for.
     *
     * @param bytes 1 or more.
     * @throws IllegalArgumentException if {@code bytes} is not positive.
     */
    @Override
    public void maxRead(final int bytes) {
        final boolean locked = enter();
        try {
            super.maxRead(bytes);
        } finally {
            leave(locked);
        }
    }

    /**
     * Fills {@code vectors} with the data from the front, whole chains at a time, so that they cover at least {@code
     * length} bytes or all there are; the last vector may go beyond.
     *
     * <p><b>Cost:</b> O(vectors filled), no copy, no allocation. Bytes that are not in memory are loaded and stay there: a
     * {@code length} of 0 or more is loaded as a whole, a negative one 64 KiB for each vector, so that the number of vectors
     * bounds what is loaded.
     * <p><b>Ownership:</b> the memory stays the buffer's; the vectors end with its next change.
     *
     * @param length bytes to cover; negative for all, or as many as fit.
     * @param vectors overwritten; its capacity bounds the number of vectors.
     * @return the number of vectors filled.
     */
    public int peek(final long length, final EvIovec vectors) {
        return peek(length, 0, vectors);
    }

    /**
     * As {@link #peek(long, EvIovec)}, from a position on.
     *
     * <p><b>Cost:</b> O(log chains + vectors filled), no copy, no allocation; of bytes that are not in memory, those in front of
     * the position are not loaded.
     *
     * @param length bytes to cover; negative for all, or as many as fit.
     * @param position where to begin, counted from the front; 0 to the length.
     * @param vectors overwritten; its capacity bounds the number of vectors.
     * @return the number of vectors filled.
     * @throws IndexOutOfBoundsException if the position is negative or beyond the length.
     */
    @Override
    public int peek(final long length, final long position, final EvIovec vectors) {
        final boolean locked = enter();
        try {
            return super.peek(length, position, vectors);
        } finally {
            leave(locked);
        }
    }

    /**
     * The number of vectors that {@link #peek(long, long, EvIovec)} needs to cover this range, if nothing changes meanwhile.
     *
     * <p><b>Cost:</b> O(chains). Nothing is loaded: bytes that are not in memory count as the vectors they will be.
     *
     * @param length bytes to cover; negative for all.
     * @param position where to begin, counted from the front; 0 to the length.
     * @return 0 or more.
     * @throws IndexOutOfBoundsException if the position is negative or beyond the length.
     */
    @Override
    public int countExtents(final long length, final long position) {
        final boolean locked = enter();
        try {
            return super.countExtents(length, position);
        } finally {
            leave(locked);
        }
    }

    /**
     * Marks the byte at a position: the mark follows it until it leaves this buffer.
     *
     * <p><b>Cost:</b> O(1) now and the mark itself, 32 bytes on the heap; each operation that takes bytes from the front looks at
     * all marks.
     *
     * @param position 0 to less than the length.
     * @return a mark to be closed when it is no longer needed.
     * @throws IndexOutOfBoundsException if there is no byte at the position.
     */
    @Override
    public EvMark mark(final long position) {
        final boolean locked = enter();
        try {
            return super.mark(position);
        } finally {
            leave(locked);
        }
    }

    // ---- searching ----

    /**
     * Searches all bytes of an array up to the end of the buffer: {@link #searchRange(DirectBuffer, int, int, long, long)}.
     *
     * @param what the bytes sought.
     * @param start the first position that may be the answer; 0 to the length, or -1 for one that was not found.
     * @return the first position of a match, or -1.
     * @throws IndexOutOfBoundsException if the start is not in the buffer.
     */
    @Override
    public long search(final byte[] what, final long start) {
        final boolean locked = enter();
        try {
            return super.search(what, start);
        } finally {
            leave(locked);
        }
    }

    /**
     * Searches up to the end of the buffer: {@link #searchRange(DirectBuffer, int, int, long, long)}.
     *
     * @param what where the bytes sought are.
     * @param offset index of the first one.
     * @param count their number.
     * @param start the first position that may be the answer; 0 to the length, or -1 for one that was not found.
     * @return the first position of a match, or -1.
     * @throws IndexOutOfBoundsException if the start is not in the buffer, or the range not in the memory.
     */
    @Override
    public long search(final DirectBuffer what, final int offset, final int count, final long start) {
        final boolean locked = enter();
        try {
            return super.search(what, offset, count, start);
        } finally {
            leave(locked);
        }
    }

    /**
     * Searches all bytes of an array in a range: {@link #searchRange(DirectBuffer, int, int, long, long)}.
     *
     * @param what the bytes sought.
     * @param start the first position that may be the answer; 0 to the length, or -1 for one that was not found.
     * @param end the match lies before it as a whole; 0 to the length, or -1.
     * @return the first position of a match, or -1.
     * @throws IndexOutOfBoundsException if a position is not in the buffer.
     */
    @Override
    public long searchRange(final byte[] what, final long start, final long end) {
        final boolean locked = enter();
        try {
            return super.searchRange(what, start, end);
        } finally {
            leave(locked);
        }
    }

    /**
     * Searches a sequence of bytes, which may span any number of chains.
     *
     * <p><b>Cost:</b> O(bytes searched + chains passed + needle) for any bytes, close to that of finding one byte for usual
     * ones; the start is found in O(log chains). Nothing behind the end is read, and a needle that is longer than the range
     * costs nothing. No allocation but at the first search, and for needles that repeat themselves, searched in bytes that
     * do so too: 4 bytes for each of the needle's then. Bytes that are not in memory are loaded as the search comes to them, 64
     * KiB first and then as much again as it has loaded, up to 16 MiB at a time; they stay in memory.
     *
     * @param what where the bytes sought are, on the heap or off it.
     * @param offset index of the first one.
     * @param count their number; no bytes are found at the start, unless the end lies before it.
     * @param start the first position that may be the answer; 0 to the length, or -1 for one that was not found.
     * @param end the match lies before it as a whole; 0 to the length, or -1. Before the start: nothing is found.
     * @return the first position of a match, or -1.
     * @throws IndexOutOfBoundsException if a position is not in the buffer, or the range not in the memory.
     * @throws IllegalArgumentException if {@code count} is negative.
     */
    @Override
    public long searchRange(
            final DirectBuffer what, final int offset, final int count, final long start, final long end) {
        final boolean locked = enter();
        try {
            return super.searchRange(what, offset, count, start, end);
        } finally {
            leave(locked);
        }
    }

    /**
     * Searches all bytes of an array from a position to the end of the buffer, and leaves the answer in the position;
     * otherwise as {@link #searchRange(DirectBuffer, int, int, long, long)}.
     *
     * @param what the bytes sought.
     * @param at where to begin, and then where the first match is, or {@linkplain EvPosition#isFound() nothing}.
     * @return whether there is a match; never if {@code at} was nothing before.
     * @throws IllegalArgumentException if the position belongs to another buffer.
     * @throws IndexOutOfBoundsException if the position is not in the buffer any more; it stays what it is.
     */
    @Override
    public boolean search(final byte[] what, final EvPosition at) {
        final boolean locked = enter();
        try {
            return super.search(what, at);
        } finally {
            leave(locked);
        }
    }

    /**
     * As {@link #search(byte[], EvPosition)}, for bytes in any memory.
     *
     * @param what where the bytes sought are, on the heap or off it.
     * @param offset index of the first one.
     * @param count their number.
     * @param at where to begin, and then where the first match is, or nothing.
     * @return whether there is a match.
     * @throws IndexOutOfBoundsException also if the range is not within the memory.
     */
    @Override
    public boolean search(final DirectBuffer what, final int offset, final int count, final EvPosition at) {
        final boolean locked = enter();
        try {
            return super.search(what, offset, count, at);
        } finally {
            leave(locked);
        }
    }

    /**
     * As {@link #search(byte[], EvPosition)}, with an end before which the match lies as a whole.
     *
     * @param what the bytes sought.
     * @param at where to begin, and then where the first match is, or nothing.
     * @param end behind the last byte to search.
     * @return whether there is a match; never if the end lies before the start or is nothing.
     */
    @Override
    public boolean searchRange(final byte[] what, final EvPosition at, final EvPosition end) {
        final boolean locked = enter();
        try {
            return super.searchRange(what, at, end);
        } finally {
            leave(locked);
        }
    }

    /**
     * As {@link #searchRange(byte[], EvPosition, EvPosition)}, for bytes in any memory.
     *
     * @param what where the bytes sought are, on the heap or off it.
     * @param offset index of the first one.
     * @param count their number.
     * @param at where to begin, and then where the first match is, or nothing.
     * @param end behind the last byte to search.
     * @return whether there is a match.
     * @throws IndexOutOfBoundsException also if the range is not within the memory.
     */
    @Override
    public boolean searchRange(
            final DirectBuffer what, final int offset, final int count, final EvPosition at, final EvPosition end) {
        final boolean locked = enter();
        try {
            return super.searchRange(what, offset, count, at, end);
        } finally {
            leave(locked);
        }
    }

    /**
     * Searches the end of a line.
     *
     * <p><b>Cost:</b> O(bytes searched + chains passed), no allocation; the start is found in O(log chains). If nothing was
     * found, {@link EolMatch#resumePosition()} says from where to go on once there are more bytes. Bytes that are not in memory
     * are loaded as {@link #searchRange(DirectBuffer, int, int, long, long)} does it.
     *
     * @param start where to begin; 0 to the length, or -1 for a position that was not found.
     * @param style what ends a line.
     * @param match the answer, with the length of what was found.
     * @return the position of the end's first byte, or -1; from -1 on, -1.
     * @throws IndexOutOfBoundsException if the start is not in the buffer.
     */
    @Override
    public long searchEol(final long start, final EolStyle style, final EolMatch match) {
        final boolean locked = enter();
        try {
            return super.searchEol(start, style, match);
        } finally {
            leave(locked);
        }
    }

    /**
     * Searches the end of a line from a position on, and leaves the answer in the position; otherwise as {@link
     * #searchEol(long, EolStyle, EolMatch)}.
     *
     * @param at where to begin, and then where the end's first byte is, or {@linkplain EvPosition#isFound() nothing}.
     * @param style what ends a line.
     * @return the length of the end in bytes, or 0 if there is none.
     * @throws IllegalArgumentException if the position belongs to another buffer.
     * @throws IndexOutOfBoundsException if the position is not in the buffer any more; it stays what it is.
     */
    @Override
    public long searchEol(final EvPosition at, final EolStyle style) {
        final boolean locked = enter();
        try {
            return super.searchEol(at, style);
        } finally {
            leave(locked);
        }
    }

    /**
     * Makes the first line contiguous and wraps {@code view} on it; the line stays here until {@link EolMatch#endPosition()}
     * bytes are drained.
     *
     * <p><b>Cost:</b> as {@link #readLine(EolStyle, byte[], int, int)} for the search and as {@link #pullUp} for the bytes.
     * <p><b>Ownership:</b> the memory stays the buffer's; the view is for reading and ends with the buffer's next change.
     *
     * @param style what ends a line.
     * @param view wrapped on the line without its end, or on nothing if there is no line or it is empty.
     * @param match where the end of the line is.
     * @return the bytes of the line, or -1 if there is no whole line.
     * @throws BufferLimitException if there is no memory for a chain of this size.
     * @throws PinnedChainException if the line lies in several chains and an operation in flight uses one of them.
     */
    @Override
    public int peekLine(final EolStyle style, final UnsafeBuffer view, final EolMatch match) {
        final boolean locked = enter();
        try {
            return super.peekLine(style, view, match);
        } finally {
            leave(locked);
        }
    }

    // ---- adding at the end ----

    /**
     * Appends a copy of all bytes of an array: {@link #add(byte[], int, int)}.
     *
     * @param bytes copied; remains the caller's.
     */
    public void add(final byte[] bytes) {
        add(bytes, 0, bytes.length);
    }

    /**
     * Appends a copy of bytes.
     *
     * <p><b>Cost:</b> one copy of {@code length} bytes; no allocation on the heap once the pool is warm. Free room behind
     * the data is used first, then spare chains, then new ones.
     * <p><b>Ownership:</b> the source remains the caller's.
     * <p><b>Failure:</b> either all bytes are added or none.
     *
     * @param source where the bytes are.
     * @param offset index of the first one.
     * @param length their number, 0 or more.
     * @throws IndexOutOfBoundsException if the range is not within the array.
     * @throws IllegalStateException if the buffer is closed or its end is frozen.
     * @throws BufferLimitException if the buffer's limit or its pool's would be exceeded.
     */
    @Override
    public void add(final byte[] source, final int offset, final int length) {
        final boolean locked = enter();
        try {
            super.add(source, offset, length);
        } finally {
            leave(locked);
        }
    }

    /**
     * Appends a copy of bytes; as {@link #add(byte[], int, int)}.
     *
     * @param source where the bytes are, on the heap or off it.
     * @param offset index of the first one.
     * @param length their number, 0 or more.
     * @throws IndexOutOfBoundsException if the range is not within the source.
     */
    @Override
    public void add(final DirectBuffer source, final int offset, final int length) {
        final boolean locked = enter();
        try {
            super.add(source, offset, length);
        } finally {
            leave(locked);
        }
    }

    /**
     * Appends a copy of the bytes between the source's position and limit and moves its position to the limit; otherwise
     * as {@link #add(byte[], int, int)}.
     *
     * @param source on the heap or off it, read-only or not. If the call throws, its position is where it was.
     */
    @Override
    public void add(final ByteBuffer source) {
        final boolean locked = enter();
        try {
            super.add(source);
        } finally {
            leave(locked);
        }
    }

    /**
     * Appends copies of several vectors, in order, as one operation: all of them or none, one notification.
     *
     * <p><b>Cost:</b> one copy; room for all of them is made at once.
     *
     * @param sources where the bytes are, between position and limit of each; their positions move to the limits.
     * @return the number of bytes added.
     * @throws FrozenBufferException if the end is frozen.
     * @throws BufferLimitException if the buffer's limit or its pool's would be exceeded.
     */
    @Override
    public long addIovec(final ByteBuffer[] sources) {
        final boolean locked = enter();
        try {
            return super.addIovec(sources);
        } finally {
            leave(locked);
        }
    }

    /**
     * Appends text made by {@link String#format(Locale, String, Object...)} without a locale's peculiarities, as UTF-8. The
     * contract's {@code addPrintf}; for text that is made often, {@link EvBufferWriter} is quicker.
     *
     * <p><b>Cost:</b> the formatter's, which allocates, and one copy.
     *
     * @param format a format string; what it makes may be empty.
     * @param arguments what it refers to.
     * @return the number of bytes added.
     * @throws java.util.IllegalFormatException if the format is wrong or does not fit the arguments.
     * @throws FrozenBufferException if the end is frozen, also if the text is empty.
     * @throws BufferLimitException if the buffer's limit or its pool's would be exceeded.
     */
    @Override
    public int addPrintf(final String format, final Object... arguments) {
        final boolean locked = enter();
        try {
            return super.addPrintf(format, arguments);
        } finally {
            leave(locked);
        }
    }

    /**
     * Appends memory of the caller's without copying it: {@link #addReference(DirectBuffer, int, int, ReleaseHandler, Object)}
     * of all of it.
     *
     * @param memory off the heap.
     * @param handler told when the memory is no longer needed, or null.
     * @param attachment handed to the handler.
     */
    public void addReference(
            final DirectBuffer memory, final @Nullable ReleaseHandler handler, final @Nullable Object attachment) {
        addReference(memory, 0, memory.capacity(), handler, attachment);
    }

    /**
     * Appends memory of the caller's without copying it.
     *
     * <p><b>Cost:</b> O(1), no copy, no segment of the pool; a few small objects on the heap, which are used again once the memory
     * is released. A view for NIO is made anew for each reference: 64 bytes, when {@link EvIovec#view} first asks for it.
     * <p><b>Ownership:</b> the caller keeps the memory as it is until the handler is told, once, that no buffer shows it any
     * more; the library never writes to it. On an exception the handler is not told and the memory is the caller's.
     *
     * @param memory off the heap, since system calls need an address.
     * @param offset index of the first byte to show.
     * @param length bytes to show; with 0 the handler is told at once.
     * @param handler told with the memory, {@code offset + length} and the attachment; or null.
     * @param attachment handed to the handler.
     * @throws IllegalArgumentException if the memory is on the heap.
     * @throws IndexOutOfBoundsException if the range is not within the memory.
     * @throws FrozenBufferException if the end is frozen.
     * @throws BufferLimitException if the buffer's limit would be exceeded.
     */
    @Override
    public void addReference(
            final DirectBuffer memory,
            final int offset,
            final int length,
            final @Nullable ReleaseHandler handler,
            final @Nullable Object attachment) {
        final boolean locked = enter();
        try {
            super.addReference(memory, offset, length, handler, attachment);
        } finally {
            leave(locked);
        }
    }

    /**
     * Appends several pieces of the caller's memory without copying them, as one operation: all of them or none, one
     * notification, and one call of the handler after the last byte of all of them is released. Otherwise as {@link
     * #addReference(DirectBuffer, int, int, ReleaseHandler, Object)}.
     *
     * @param memories off the heap; each is shown whole.
     * @param handler told with the first of them and the sum of their capacities; or null.
     * @param attachment handed to the handler.
     * @return the number of bytes added.
     * @throws IllegalArgumentException if there is none, or one is on the heap.
     */
    @Override
    public long addIovecReference(
            final DirectBuffer[] memories, final @Nullable ReleaseHandler handler, final @Nullable Object attachment) {
        final boolean locked = enter();
        try {
            return super.addIovecReference(memories, handler, attachment);
        } finally {
            leave(locked);
        }
    }

    /**
     * Appends all bytes of {@code source} without copying them; the source keeps them too. Neither sees what is done to the
     * other, and either may be drained, changed or closed first.
     *
     * <p><b>Cost:</b> O(chains of the source), no copy, no segment. While bytes are shared, room around them is not written;
     * the last holder may write there again.
     * <p><b>Ownership:</b> each segment is counted, so that it goes home when its last holder has let go, on any thread.
     * <p><b>Threads:</b> both buffers belong to the calling thread; later they may go different ways.
     *
     * @param source the buffer to share, which may be frozen; an empty one has no effect.
     * @throws IllegalArgumentException if the source is this buffer and not empty.
     * @throws FrozenBufferException if the end of this buffer is frozen.
     * @throws BufferLimitException if this buffer would exceed its limit.
     */
    @Override
    public void addBufferReference(final EvBuffer source) {
        final int locked = enterBoth(source);
        try {
            super.addBufferReference(source);
        } finally {
            leaveBoth(source, locked);
        }
    }

    // ---- bytes not in memory ----

    /**
     * Promises that the bytes of files added from now on leave this buffer by being written to a channel, drained or moved,
     * so that they need not be brought into memory (contract: {@code DRAINS_TO_FD}). Operations that look at bytes still
     * work: they load what they need.
     *
     * @param promised false takes the promise back, for what is added from now on.
     */
    @Override
    public void drainsToFd(final boolean promised) {
        final boolean locked = enter();
        try {
            super.drainsToFd(promised);
        } finally {
            leave(locked);
        }
    }

    /**
     * Tells whether {@link #drainsToFd(boolean)} was promised.
     *
     * @return false at first.
     */
    @Override
    public boolean drainsToFd() {
        final boolean locked = enter();
        try {
            return super.drainsToFd();
        } finally {
            leave(locked);
        }
    }

    /**
     * Appends bytes that are not in memory. Moving, sharing and draining them does not load them; operations that look at
     * bytes load what they need first, 64 KiB at least, and if that fails nothing has changed but the layout.
     *
     * <p><b>Cost:</b> O(1) for each GiB, no copy, no segment of the pool.
     * <p><b>Ownership:</b> each chain holds {@code bytes} once, until its last byte is released. On an exception nothing is
     * held.
     *
     * @param bytes where they are.
     * @param position of the first one there, 0 or more.
     * @param count their number; with 0 nothing happens.
     * @throws IndexOutOfBoundsException if the range is negative or overflows.
     * @throws FrozenBufferException if the end is frozen.
     * @throws BufferLimitException if the buffer's limit would be exceeded.
     */
    @Override
    public void addUnloaded(final UnloadedBytes bytes, final long position, final long count) {
        final boolean locked = enter();
        try {
            super.addUnloaded(bytes, position, count);
        } finally {
            leave(locked);
        }
    }

    /**
     * As {@link #peek(long, EvIovec)}, but ends before the first byte that is not in memory: {@link #frontUnloaded} names it
     * once it is in front.
     *
     * @param length bytes to cover; negative for all, or as many as fit.
     * @param vectors overwritten; its capacity bounds the number of vectors.
     * @return the number of vectors filled; 0 also if the first byte is not in memory.
     */
    @Override
    public int peekLoaded(final long length, final EvIovec vectors) {
        final boolean locked = enter();
        try {
            return super.peekLoaded(length, vectors);
        } finally {
            leave(locked);
        }
    }

    /**
     * As {@link #peekLoaded(long, EvIovec)}, but brings a few bytes into memory on the way, where that is cheaper than what
     * else could be done with them: extents that had together at most {@code loadable} bytes when they were added; what is left of
     * a longer one is not in question. If a load fails, this ends before it, and what cannot do without these bytes tells why.
     *
     * <p><b>Cost:</b> as {@link #peek(long, EvIovec)}; a load for each extent not in memory.
     *
     * @param length bytes to cover; negative for all, or as many as fit.
     * @param loadable bytes to bring into memory at most; an extent of more is left where it is. 0 loads nothing.
     * @param vectors overwritten; its capacity bounds the number of vectors.
     * @return the number of vectors filled; 0 also if the first byte is not in memory.
     */
    @Override
    public int peekLoaded(final long length, final int loadable, final EvIovec vectors) {
        final boolean locked = enter();
        try {
            return super.peekLoaded(length, loadable, vectors);
        } finally {
            leave(locked);
        }
    }

    /**
     * Names the bytes at the front that are not in memory, for whoever can send them without.
     *
     * <p><b>Cost:</b> O(1), no allocation.
     *
     * @param extent overwritten; true until the buffer's next change.
     * @return false if the first byte is in memory, or there is none.
     */
    @Override
    public boolean frontUnloaded(final UnloadedExtent extent) {
        final boolean locked = enter();
        try {
            return super.frontUnloaded(extent);
        } finally {
            leave(locked);
        }
    }

    // ---- adding at the front ----

    /**
     * Puts a copy of all bytes of an array before the first byte: {@link #prepend(byte[], int, int)}.
     *
     * @param bytes copied; remains the caller's.
     */
    public void prepend(final byte[] bytes) {
        prepend(bytes, 0, bytes.length);
    }

    /**
     * Puts a copy of bytes before the first byte, into the misaligned room of the first chain as far as it goes. What is
     * left goes to new chains at their right edge, so that later prepends find room.
     *
     * <p><b>Cost:</b> one copy of {@code length} bytes; data that is here never moves.
     * <p><b>Failure:</b> either all bytes are added or none.
     *
     * @param source where the bytes are; remains the caller's.
     * @param offset index of the first one.
     * @param length their number; with 0 nothing happens.
     * @throws IndexOutOfBoundsException if the range is not within the array.
     * @throws IllegalStateException if the buffer is closed or its start is frozen.
     * @throws BufferLimitException if the buffer's limit or its pool's would be exceeded.
     */
    @Override
    public void prepend(final byte[] source, final int offset, final int length) {
        final boolean locked = enter();
        try {
            super.prepend(source, offset, length);
        } finally {
            leave(locked);
        }
    }

    /**
     * Puts a copy of bytes before the first byte; as {@link #prepend(byte[], int, int)}.
     *
     * @param source where the bytes are, on the heap or off it.
     * @param offset index of the first one.
     * @param length their number; with 0 nothing happens.
     * @throws IndexOutOfBoundsException if the range is not within the source.
     */
    @Override
    public void prepend(final DirectBuffer source, final int offset, final int length) {
        final boolean locked = enter();
        try {
            super.prepend(source, offset, length);
        } finally {
            leave(locked);
        }
    }

    /**
     * Puts a copy of the bytes between the source's position and limit before the first byte and moves its position to the
     * limit; otherwise as {@link #prepend(byte[], int, int)}.
     *
     * @param source on the heap or off it, read-only or not. If the call throws, its position is where it was.
     */
    @Override
    public void prepend(final ByteBuffer source) {
        final boolean locked = enter();
        try {
            super.prepend(source);
        } finally {
            leave(locked);
        }
    }

    // ---- removing ----

    /**
     * Removes bytes from the front.
     *
     * <p><b>Cost:</b> O(chains emptied), no copy. Emptied chains go back; draining everything gives back spare ones too.
     *
     * @param count bytes; more than there are is no error.
     * @return the number of bytes removed.
     * @throws IllegalArgumentException if {@code count} is negative.
     * @throws FrozenBufferException if the start is frozen and the buffer is not empty.
     */
    @Override
    public long drain(final long count) {
        final boolean locked = enter();
        try {
            return super.drain(count);
        } finally {
            leave(locked);
        }
    }

    /**
     * Moves bytes from the front to an array and drains them.
     *
     * <p><b>Cost:</b> one copy, O(chains touched).
     *
     * @param target where they go.
     * @param offset index of the first one.
     * @param length the most to remove, 0 or more.
     * @return the number of bytes removed: {@code length}, or less if there are fewer.
     * @throws IndexOutOfBoundsException if the range is not within the array.
     * @throws FrozenBufferException if the start is frozen and there is something to remove.
     */
    @Override
    public int remove(final byte[] target, final int offset, final int length) {
        final boolean locked = enter();
        try {
            return super.remove(target, offset, length);
        } finally {
            leave(locked);
        }
    }

    /**
     * As {@link #remove(byte[], int, int)}.
     *
     * @param target where the bytes go, on the heap or off it.
     * @param offset index of the first one.
     * @param length the most to remove, 0 or more.
     * @return the number of bytes removed.
     * @throws IndexOutOfBoundsException if the range is not within the target.
     */
    @Override
    public int remove(final MutableDirectBuffer target, final int offset, final int length) {
        final boolean locked = enter();
        try {
            return super.remove(target, offset, length);
        } finally {
            leave(locked);
        }
    }

    /**
     * Moves bytes from the front to the target, up to its limit, and drains them; the target's position advances.
     *
     * @param target where the bytes go, on the heap or off it.
     * @return the number of bytes removed.
     * @throws java.nio.ReadOnlyBufferException if the target is read-only.
     */
    @Override
    public int remove(final ByteBuffer target) {
        final boolean locked = enter();
        try {
            return super.remove(target);
        } finally {
            leave(locked);
        }
    }

    /**
     * Copies bytes from the front without removing them.
     *
     * <p><b>Cost:</b> one copy, O(chains touched).
     *
     * @param target where they go.
     * @param offset index of the first one.
     * @param length the most to copy, 0 or more.
     * @return the number of bytes copied: {@code length}, or less if there are fewer.
     * @throws IndexOutOfBoundsException if the range is not within the array.
     * @throws FrozenBufferException if the start is frozen and there is something to copy: those bytes may be on their way.
     */
    @Override
    public int copyOut(final byte[] target, final int offset, final int length) {
        final boolean locked = enter();
        try {
            return super.copyOut(target, offset, length);
        } finally {
            leave(locked);
        }
    }

    /**
     * As {@link #copyOut(byte[], int, int)}, from a position on.
     *
     * @param position where to begin, counted from the front; 0 to the length.
     * @param target where the bytes go.
     * @param offset index of the first one.
     * @param length the most to copy, 0 or more.
     * @return the number of bytes copied.
     * @throws IndexOutOfBoundsException if the position is beyond the length, or the range not within the array.
     */
    @Override
    public int copyOut(final long position, final byte[] target, final int offset, final int length) {
        final boolean locked = enter();
        try {
            return super.copyOut(position, target, offset, length);
        } finally {
            leave(locked);
        }
    }

    /**
     * As {@link #copyOut(byte[], int, int)}.
     *
     * @param target where the bytes go, on the heap or off it.
     * @param offset index of the first one.
     * @param length the most to copy, 0 or more.
     * @return the number of bytes copied.
     * @throws IndexOutOfBoundsException if the range is not within the target.
     */
    @Override
    public int copyOut(final MutableDirectBuffer target, final int offset, final int length) {
        final boolean locked = enter();
        try {
            return super.copyOut(target, offset, length);
        } finally {
            leave(locked);
        }
    }

    /**
     * Copies bytes from the front to the target, up to its limit, without removing them; the target's position advances.
     *
     * @param target where the bytes go, on the heap or off it.
     * @return the number of bytes copied.
     * @throws java.nio.ReadOnlyBufferException if the target is read-only.
     */
    @Override
    public int copyOut(final ByteBuffer target) {
        final boolean locked = enter();
        try {
            return super.copyOut(target);
        } finally {
            leave(locked);
        }
    }

    /**
     * A new array with all bytes, which stay here. For tests and small buffers.
     *
     * @return as long as the buffer.
     * @throws BufferLimitException if the buffer is longer than an array can be.
     * @throws FrozenBufferException if the start is frozen and the buffer is not empty.
     */
    @Override
    public byte[] copyToArray() {
        final boolean locked = enter();
        try {
            return super.copyToArray();
        } finally {
            leave(locked);
        }
    }

    // ---- removing lines ----

    /**
     * Removes the first line with its end and returns it in a new array; otherwise as {@link #readLine(EolStyle, byte[], int,
     * int)}.
     *
     * @param style what ends a line.
     * @return the line without its end, or null if there is no whole line; then the buffer is unchanged.
     * @throws FrozenBufferException if the start is frozen.
     * @throws BufferLimitException if the line is longer than an array can be; the buffer is unchanged.
     */
    @Override
    public byte @Nullable [] readLine(final EolStyle style) {
        final boolean locked = enter();
        try {
            return super.readLine(style);
        } finally {
            leave(locked);
        }
    }

    /**
     * Removes the first line with its end and moves it to an array.
     *
     * <p><b>Cost:</b> O(bytes and chains of the line), one copy, no allocation but at the first line. Bytes of a line that
     * is not complete are searched once, however often this is called: adding and removing bytes keep what is known,
     * prepending bytes and asking for another style do not.
     *
     * @param style what ends a line.
     * @param target where the line goes, without its end.
     * @param offset index of the first byte.
     * @param room the most bytes to write.
     * @return the bytes of the line, or -1 if there is no whole line; then the buffer is unchanged.
     * @throws LineTooLongException if the line needs more room; it says how much, and the buffer is unchanged.
     * @throws IndexOutOfBoundsException if the range is not within the array.
     * @throws FrozenBufferException if the start is frozen.
     */
    @Override
    public int readLine(final EolStyle style, final byte[] target, final int offset, final int room) {
        final boolean locked = enter();
        try {
            return super.readLine(style, target, offset, room);
        } finally {
            leave(locked);
        }
    }

    /**
     * As {@link #readLine(EolStyle, byte[], int, int)}, to any memory.
     *
     * @param style what ends a line.
     * @param target where the line goes, on the heap or off it.
     * @param offset index of the first byte.
     * @param room the most bytes to write.
     * @return the bytes of the line, or -1 if there is no whole line; then the buffer is unchanged.
     * @throws LineTooLongException if the line needs more room; it says how much, and the buffer is unchanged.
     */
    @Override
    public int readLine(final EolStyle style, final MutableDirectBuffer target, final int offset, final int room) {
        final boolean locked = enter();
        try {
            return super.readLine(style, target, offset, room);
        } finally {
            leave(locked);
        }
    }

    /**
     * As {@link #readLine(EolStyle, byte[], int, int)}, to what is between the target's position and limit; its position
     * advances by the line.
     *
     * @param style what ends a line.
     * @param target where the line goes, on the heap or off it.
     * @return the bytes of the line, or -1 if there is no whole line; then buffer and target are unchanged.
     * @throws LineTooLongException if the line needs more room; it says how much, and the buffer is unchanged.
     * @throws java.nio.ReadOnlyBufferException if the target is read-only.
     */
    @Override
    public int readLine(final EolStyle style, final ByteBuffer target) {
        final boolean locked = enter();
        try {
            return super.readLine(style, target);
        } finally {
            leave(locked);
        }
    }

    // ---- moving between buffers ----

    /**
     * Moves all bytes of {@code source} to the end of this buffer.
     *
     * <p><b>Cost:</b> O(1), and O(chains) for spare chains given back; no copy, whatever the length.
     * <p><b>Ownership:</b> the source's chains are this buffer's; the source is empty and usable. Views and reservations of
     * both end.
     * <p><b>Failure:</b> either all bytes move or neither buffer changes.
     *
     * @param source the buffer to empty; an empty one, or this buffer itself, has no effect.
     * @throws FrozenBufferException if the end of this buffer or the start of the source is frozen.
     * @throws BufferLimitException if this buffer would exceed its limit.
     */
    @Override
    public void addBuffer(final EvBuffer source) {
        final int locked = enterBoth(source);
        try {
            super.addBuffer(source);
        } finally {
            leaveBoth(source, locked);
        }
    }

    /**
     * Moves all bytes of {@code source} before the first byte of this buffer; otherwise as {@link #addBuffer(EvBuffer)}.
     *
     * <p><b>Cost:</b> O(1), and O(spare chains of {@code source}); no copy, whatever the length.
     *
     * @param source the buffer to empty; an empty one, or this buffer itself, has no effect.
     * @throws FrozenBufferException if the start of either buffer is frozen.
     * @throws BufferLimitException if this buffer would exceed its limit.
     */
    @Override
    public void prependBuffer(final EvBuffer source) {
        final int locked = enterBoth(source);
        try {
            super.prependBuffer(source);
        } finally {
            leaveBoth(source, locked);
        }
    }

    /**
     * Moves bytes from the front of this buffer to the end of {@code target}.
     *
     * <p><b>Cost:</b> O(chains moved). Whole chains change hands without a copy; of the chain in which the range ends, the
     * bytes are copied.
     * <p><b>Ownership:</b> the moved bytes are the target's. Views and reservations of both buffers end.
     * <p><b>Failure:</b> either all these bytes move or neither buffer changes.
     *
     * @param target the buffer to move to; with this buffer itself nothing happens.
     * @param count bytes, 0 or more; more than there are is no error.
     * @return the number of bytes moved.
     * @throws IllegalArgumentException if {@code count} is negative.
     * @throws FrozenBufferException if the start of this buffer or the end of {@code target} is frozen.
     * @throws BufferLimitException if the target's limit or its pool's would be exceeded.
     */
    @Override
    public long removeBuffer(final EvBuffer target, final long count) {
        final int locked = enterBoth(target);
        try {
            return super.removeBuffer(target, count);
        } finally {
            leaveBoth(target, locked);
        }
    }

    // ---- direct access to memory ----

    /**
     * Makes the first bytes contiguous and wraps {@code view} on them.
     *
     * <p><b>Cost:</b> O(1) if they are already; else one copy of what lies in other chains, or of all {@code count} bytes
     * if the first chain has no room for them.
     * <p><b>Ownership:</b> the memory stays the buffer's; the view is for reading and ends with the buffer's next change.
     *
     * @param count bytes; negative for all there are.
     * @param view wrapped on all readable bytes of the first chain, or on nothing if {@code count} comes to 0.
     * @return the number of bytes in the view, at least {@code count}; 0 if {@code count} comes to 0. Only if the handler of
     *     a reference that was copied takes bytes out meanwhile there may be less, or nothing.
     * @throws IndexOutOfBoundsException if {@code count} exceeds the length.
     * @throws BufferLimitException if there is no memory for a chain of this size.
     * @throws PinnedChainException if the bytes lie in several chains and an operation in flight uses one of them.
     */
    @Override
    public int pullUp(final long count, final UnsafeBuffer view) {
        final boolean locked = enter();
        try {
            return super.pullUp(count, view);
        } finally {
            leave(locked);
        }
    }

    /**
     * Makes room for {@code count} more bytes in one piece; appending up to that many needs no memory then.
     *
     * <p><b>Cost:</b> none if there is room; else a chain is taken, and at most 4096 bytes are copied. Works on a frozen buffer. Nobody is told.
     *
     * @param count bytes, 0 or more.
     * @throws IllegalArgumentException if {@code count} is negative.
     * @throws BufferLimitException if the buffer's limit or its pool's would be exceeded.
     */
    @Override
    public void expand(final int count) {
        final boolean locked = enter();
        try {
            super.expand(count);
        } finally {
            leave(locked);
        }
    }

    /**
     * Makes room for {@code count} more bytes spread over at most {@code maxChains} chains. Moves no data.
     *
     * <p><b>Cost:</b> O(chains behind the data); memory is taken for what is missing.
     *
     * @param count bytes, 0 or more.
     * @param maxChains 2 or more.
     * @throws IllegalArgumentException if {@code count} is negative or {@code maxChains} less than 2.
     * @throws BufferLimitException if the buffer's limit or its pool's would be exceeded.
     */
    @Override
    public void expandFast(final long count, final int maxChains) {
        final boolean locked = enter();
        try {
            super.expandFast(count, maxChains);
        } finally {
            leave(locked);
        }
    }

    /**
     * Lends at least {@code size} free bytes behind the data for writing; {@link #commitSpace(EvIovec)} makes them data.
     * Each vector is the whole free part of a chain, so there may be more than asked: {@link EvIovec#limit(long)} cuts it.
     *
     * <p><b>Cost:</b> as {@link #expand(int)} with one vector, as {@link #expandFast(long, int)} with more.
     * <p><b>Ownership:</b> the memory stays the buffer's. The reservation lasts across reading calls, further reservations
     * that the same space satisfies, and removal of some but not all bytes. Nobody is told.
     *
     * @param size bytes, 0 or more; with 0 the free room there is, possibly none.
     * @param vectors overwritten; its capacity is the most vectors to use.
     * @return the number of vectors.
     * @throws IllegalArgumentException if {@code size} is negative.
     * @throws FrozenBufferException if the end is frozen.
     * @throws BufferLimitException if the buffer's limit or its pool's would be exceeded.
     */
    @Override
    public int reserveSpace(final long size, final EvIovec vectors) {
        final boolean locked = enter();
        try {
            return super.reserveSpace(size, vectors);
        } finally {
            leave(locked);
        }
    }

    /**
     * Makes reserved bytes data: of each vector its whole length, in order. The caller may have shortened vectors, also to
     * 0, and left off vectors at the end.
     *
     * <p><b>Cost:</b> O(vectors), no copy. Committing any bytes ends all reservations.
     *
     * @param vectors as {@link #reserveSpace} filled them.
     * @throws IllegalArgumentException if the vectors are not free space of this buffer.
     * @throws IllegalStateException if the reservation has ended; nothing has changed.
     * @throws FrozenBufferException if the end is frozen.
     * @throws BufferLimitException if the buffer's limit would be exceeded.
     */
    @Override
    public void commitSpace(final EvIovec vectors) {
        final boolean locked = enter();
        try {
            super.commitSpace(vectors);
        } finally {
            leave(locked);
        }
    }

    /**
     * Makes the first {@code count} reserved bytes data, spread over the vectors in order: what one scattering read gave.
     *
     * <p><b>Cost:</b> O(vectors), no copy. Committing any bytes ends all reservations.
     * <p><b>Failure:</b> neither the buffer nor the vectors change.
     *
     * @param vectors as {@link #reserveSpace} filled them; cut to {@code count}.
     * @param count bytes, 0 to the total of the vectors.
     * @throws IllegalArgumentException if {@code count} is negative or exceeds the vectors, or they are not free space of
     *     this buffer.
     * @throws IllegalStateException if the reservation has ended.
     * @throws FrozenBufferException if the end is frozen.
     * @throws BufferLimitException if the buffer's limit would be exceeded.
     */
    @Override
    public void commitSpace(final EvIovec vectors, final long count) {
        final boolean locked = enter();
        try {
            super.commitSpace(vectors, count);
        } finally {
            leave(locked);
        }
    }

    /**
     * Gives back the chains that hold no data behind the last data. O(chains given back). Ends reservations.
     */
    @Override
    public void trim() {
        final boolean locked = enter();
        try {
            super.trim();
        } finally {
            leave(locked);
        }
    }

    // ---- operations in flight ----

    /**
     * Lends free bytes behind the data to an input operation that goes on while the buffer is used: its end is frozen, and
     * the chains stay where they are, until the pin is completed or aborted. Whatever happens to the buffer meanwhile
     * (draining, moving its data, closing it), the memory is kept for the operation.
     *
     * <p><b>Cost:</b> as {@link #reserveSpace}.
     * <p><b>Ownership:</b> the vectors' memory is the operation's, also if the buffer is closed meanwhile.
     *
     * @param size the bytes to lend, 1 or more.
     * @param vectors overwritten with exactly {@code size} bytes, in at most its capacity of vectors.
     * @return the pin, of which there is one at a time; it is reused for the next operation.
     * @throws IllegalArgumentException if {@code size} is not positive.
     * @throws FrozenBufferException if the end is frozen, as by another operation in flight.
     * @throws BufferLimitException if the buffer's limit or its pool's would be exceeded.
     */
    @Override
    public BufferPin pinForRead(final long size, final EvIovec vectors) {
        final boolean locked = enter();
        try {
            return super.pinForRead(size, vectors);
        } finally {
            leave(locked);
        }
    }

    /**
     * Lends the data to an output operation that goes on while the buffer is used: its start is frozen, and the chains stay
     * where they are, until the pin is completed or aborted.
     *
     * <p><b>Cost:</b> as {@link #peekLoaded}. Bytes that are not in memory are loaded if they are at the front, as many as are
     * loaded at a time.
     * <p><b>Ownership:</b> the vectors' memory may be read by the operation, also if the buffer is closed meanwhile.
     *
     * @param vectors overwritten with the data from the front, as many chains as fit, ending before bytes that are not in memory.
     * @return the pin, of which there is one at a time; it is reused for the next operation.
     * @throws FrozenBufferException if the start is frozen, as by another operation in flight.
     */
    @Override
    public BufferPin pinForWrite(final EvIovec vectors) {
        final boolean locked = enter();
        try {
            return super.pinForWrite(vectors);
        } finally {
            leave(locked);
        }
    }

    // ---- locking ----

    /**
     * Lets several threads use this buffer: from now on every operation takes a lock first, an operation on two buffers
     * both locks, in an order that cannot end in a circle. Immediate listeners and release handlers run with the lock held:
     * they must not touch another locked buffer, or take locks that other threads hold while they use this one; deferred
     * listeners run without it. Several operations become one step between {@link #lock()} and {@link #unlock()}, which
     * views of the buffer's memory need too ({@link #peek}, {@link #reserveSpace}, {@link #pullUp}).
     *
     * <p><b>Cost:</b> until this is called, one null check an operation; then one uncontended lock.
     * <p><b>Threads:</b> to be called before other threads know the buffer. Segments go home by the path for other threads
     * if the operation runs on another one than the pool's.
     *
     * @param lent a lock that one thread may take several times, as {@link java.util.concurrent.locks.ReentrantLock}; several
     *     buffers may share it. With null the buffer makes one of its own.
     * @throws IllegalStateException if locking is enabled already.
     */
    @Override
    public void enableLocking(final @Nullable Lock lent) {
        super.enableLocking(lent);
    }

    /**
     * Tells whether this buffer has a lock, so that any thread may use it.
     *
     * @return true from {@link #enableLocking(Lock)} on, also if the buffer is closed.
     */
    public boolean hasLock() {
        return isLocked();
    }

    /**
     * Takes the buffer's lock, as often as one likes; does nothing if {@link #enableLocking(Lock)} was not called. Each call
     * owes one {@link #unlock()}. Works on a closed buffer too.
     */
    @Override
    public void lock() {
        super.lock();
    }

    /**
     * Gives the buffer's lock back once; does nothing if {@link #enableLocking(Lock)} was not called.
     *
     * @throws IllegalMonitorStateException if the thread does not hold the lock.
     */
    @Override
    public void unlock() {
        super.unlock();
    }

    // ---- freezing ----

    /**
     * Lets no operation change one end until it is unfrozen. Freezing twice is freezing once. O(1).
     *
     * @param end which end.
     */
    @Override
    public void freeze(final BufferEnd end) {
        final boolean locked = enter();
        try {
            super.freeze(end);
        } finally {
            leave(locked);
        }
    }

    /**
     * Lets operations change one end again, however often it was frozen. O(1).
     *
     * @param end which end.
     * @throws IllegalStateException if an operation in flight works there, {@link #pinForRead} or {@link #pinForWrite}; its
     *     own end unfreezes the buffer's.
     */
    @Override
    public void unfreeze(final BufferEnd end) {
        final boolean locked = enter();
        try {
            super.unfreeze(end);
        } finally {
            leave(locked);
        }
    }

    /**
     * Tells whether one end is frozen.
     *
     * @param end which end.
     * @return true if it may not be changed.
     */
    @Override
    public boolean isFrozen(final BufferEnd end) {
        final boolean locked = enter();
        try {
            return super.isFrozen(end);
        } finally {
            leave(locked);
        }
    }

    // ---- being watched ----

    /**
     * Has the listener told of each change of the length, before older listeners.
     *
     * @param listener called as the last thing of each operation that changes the length; see there.
     * @return the registration, by which the listener is disabled or removed.
     */
    @Override
    public ListenerRegistration addListener(final EvBufferListener listener) {
        final boolean locked = enter();
        try {
            return super.addListener(listener);
        } finally {
            leave(locked);
        }
    }

    /**
     * Has listeners told later, by an executor such as an event loop: one call for all changes since the last one, also if
     * they cancel out. Listeners made {@linkplain ListenerRegistration#immediate() immediate} are still told at once. Cannot
     * be undone. When the buffer is closed, nobody is told any more.
     *
     * <p><b>Threads:</b> the executor runs its tasks on the buffer's thread, or in turn with it.
     *
     * @param executor runs the round.
     * @throws IllegalStateException if another executor was given before; the same one again has no effect.
     */
    @Override
    public void deferCallbacks(final Executor executor) {
        final boolean locked = enter();
        try {
            super.deferCallbacks(executor);
        } finally {
            leave(locked);
        }
    }

    /**
     * Removes the newest registration of this listener.
     *
     * @param listener the same object as was added.
     * @return false if there was none.
     */
    @Override
    public boolean removeListener(final EvBufferListener listener) {
        final boolean locked = enter();
        try {
            return super.removeListener(listener);
        } finally {
            leave(locked);
        }
    }

    /**
     * Counts from now on what this buffer does with bytes; one null check an operation when off.
     *
     * @param counters where to count, or null to stop.
     */
    @Override
    public void stats(final @Nullable EvBufferStats counters) {
        final boolean locked = enter();
        try {
            super.stats(counters);
        } finally {
            leave(locked);
        }
    }

    // ---- end ----

    /**
     * Gives up the creator's hold on the buffer. The last hold gives all chains back and drops the listeners without telling
     * them; any operation that follows throws {@link IllegalStateException}. A second call does nothing.
     *
     * <p><b>Cost:</b> O(chains) for the last hold.
     */
    @Override
    public void close() {
        final boolean locked = enter();
        try {
            super.close();
        } finally {
            leave(locked);
        }
    }

    /**
     * Adds a hold on the buffer: it stays usable, though its creator closes it, until {@link #release()}.
     *
     * @return this buffer.
     * @throws IllegalStateException if nobody holds it any more.
     */
    @Override
    public EvBuffer retain() {
        final boolean locked = enter();
        try {
            return super.retain();
        } finally {
            leave(locked);
        }
    }

    /**
     * Gives up a hold that {@link #retain()} added.
     *
     * @return true if it was the last one.
     * @throws IllegalStateException if nobody holds the buffer any more.
     */
    @Override
    public boolean release() {
        final boolean locked = enter();
        try {
            return super.release();
        } finally {
            leave(locked);
        }
    }

    /**
     * Checks the invariants of this class and of its chains, for tests and {@code assert}.
     *
     * <p><b>Cost:</b> O(chains).
     *
     * @return true.
     * @throws AssertionError naming the first invariant that does not hold, and the layout.
     */
    @Override
    public boolean checkInvariants() {
        final boolean locked = enter();
        try {
            return super.checkInvariants();
        } finally {
            leave(locked);
        }
    }

    /**
     * Checks that nothing is left to tell listeners: the invariant that holds only while no operation is on the stack.
     *
     * @return true.
     * @throws AssertionError if it does not hold.
     */
    @Override
    public boolean checkAtRest() {
        final boolean locked = enter();
        try {
            return super.checkAtRest();
        } finally {
            leave(locked);
        }
    }

    // ---- refusals ----

    @Override
    public String toString() {
        final boolean locked = enter();
        try {
            return super.toString();
        } finally {
            leave(locked);
        }
    }
}
