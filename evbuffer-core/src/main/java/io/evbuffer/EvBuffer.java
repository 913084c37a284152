package io.evbuffer;

import io.evbuffer.memory.BufferLimitException;
import io.evbuffer.memory.SegmentSource;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Executor;
import org.agrona.BufferUtil;
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
 * <p><b>Threads:</b> a buffer belongs to one thread at a time; handing it over needs a happens-before edge.
 * <p><b>Errors:</b> a closed buffer throws {@link IllegalStateException}, a frozen end {@link FrozenBufferException}, a limit
 * {@link BufferLimitException}; negative counts are {@link IllegalArgumentException}, ranges outside the given memory
 * {@link IndexOutOfBoundsException}.
 */
public final class EvBuffer extends ChainData implements AutoCloseable {
    /** The bytes that one read asks for at most, unless {@link #maxRead(int)} says otherwise. */
    public static final int DEFAULT_MAX_READ = 4096;

    private static final int FROZEN_START = BufferEnd.START.frozenBit;
    private static final int FROZEN_END = BufferEnd.END.frozenBit;
    private static final int CLOSED = 4;
    private static final int MAX_ARRAY = Integer.MAX_VALUE - 8;

    private int state; // the three bits above; asked by every operation
    private long maxLength = Long.MAX_VALUE;
    private int maxRead = DEFAULT_MAX_READ;
    private @Nullable Listeners listeners;
    private @Nullable EvBufferStats stats;
    private @Nullable Throwable failure; // of a release handler, to be thrown when the operation is done
    private int holders = 1;
    private boolean closedByCreator;
    private @Nullable List<EvMark> marks;
    private @Nullable BufferPin inputPin;
    private @Nullable BufferPin outputPin;
    private @Nullable NeedleSearch needleSearch; // made when first needed
    private @Nullable LineScan lineScan; // made when first needed

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
    public long length() {
        return length;
    }

    /**
     * Tells whether there is nothing to read. O(1).
     *
     * @return true if the length is 0.
     */
    public boolean isEmpty() {
        return length == 0;
    }

    /**
     * Tells whether the buffer was closed.
     *
     * @return true from {@link #close()} on.
     */
    public boolean isClosed() {
        return (state & CLOSED) != 0;
    }

    /**
     * The readable bytes that lie in one piece at the front. O(empty chains at the front).
     *
     * @return bytes in the first chain with data, 0 if there is none.
     */
    public int contiguousLength() {
        ensureOpen();
        for (Chain chain = first; chain != null; chain = chain.next) {
            if (chain.length > 0) return chain.length;
        }
        return 0;
    }

    /**
     * The number of chains, empty ones included. O(chains).
     *
     * @return 0 or more.
     */
    public int countChains() {
        int count = 0;
        for (Chain chain = first; chain != null; chain = chain.next) count++;
        return count;
    }

    /**
     * The length this buffer never exceeds.
     *
     * @return bytes; by default {@link Long#MAX_VALUE}.
     */
    public long maxLength() {
        return maxLength;
    }

    /**
     * Limits the length; what would exceed it is refused with {@link BufferLimitException}. Bytes already here stay.
     *
     * @param bytes 0 or more.
     * @throws IllegalArgumentException if {@code bytes} is negative, or less than the present length.
     */
    public void maxLength(final long bytes) {
        ensureOpen();
        if (bytes < 0) throw new IllegalArgumentException("negative maximum length: " + bytes);
        if (bytes < length) {
            throw new IllegalArgumentException("maximum length " + bytes + " is below the length " + length);
        }
        maxLength = bytes;
    }

    /**
     * Whose memory this buffer takes, for {@link io.evbuffer.memory.SlabPool#liveSegments()} and the reports of leaks.
     *
     * @return what {@link #owner(String)} was given, or null.
     */
    public @Nullable String owner() {
        return owner;
    }

    /**
     * Says whose memory this buffer takes from now on: the segments it has stay as they are, and those that move to another
     * buffer keep the tag until they go home.
     *
     * <p><b>Cost:</b> O(1), and two stores for each segment taken then.
     *
     * @param tag the name of a connection or a task, or null.
     */
    public void owner(final @Nullable String tag) {
        ensureOpen();
        owner = tag;
    }

    /**
     * The most bytes one read asks a channel for.
     *
     * @return bytes; by default {@value #DEFAULT_MAX_READ}.
     */
    public int maxRead() {
        return maxRead;
    }

    /**
     * Sets the most bytes one read asks a channel for.
     *
     * @param bytes 1 or more.
     * @throws IllegalArgumentException if {@code bytes} is not positive.
     */
    public void maxRead(final int bytes) {
        ensureOpen();
        if (bytes < 1) throw new IllegalArgumentException("a read must be allowed at least one byte: " + bytes);
        maxRead = bytes;
    }

    /**
     * Fills {@code vectors} with the data from the front, whole chains at a time, so that they cover at least {@code
     * length} bytes or all there are; the last vector may go beyond.
     *
     * <p><b>Cost:</b> O(vectors filled), no copy, no allocation.
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
     * <p><b>Cost:</b> O(log chains + vectors filled), no copy, no allocation.
     *
     * @param length bytes to cover; negative for all, or as many as fit.
     * @param position where to begin, counted from the front; 0 to the length.
     * @param vectors overwritten; its capacity bounds the number of vectors.
     * @return the number of vectors filled.
     * @throws IndexOutOfBoundsException if the position is negative or beyond the length.
     */
    @SuppressWarnings("NullAway") // where there is data there are chains (INV-1, INV-4)
    public int peek(final long length, final long position, final EvIovec vectors) {
        ensureOpen();
        checkPosition(position);
        vectors.beginData(this);
        long missing = Math.min(length < 0 ? Long.MAX_VALUE : length, this.length - position);
        if (missing == 0) return 0;
        Chain chain = seek(position);
        int skip = (int) (position - seekStart);
        for (; missing > 0 && !vectors.isFull(); chain = chain.next) {
            if (chain.isEmpty()) continue;
            final int extent = chain.length - skip;
            vectors.append(chain, chain.misalign + skip, extent);
            missing -= extent;
            skip = 0;
        }
        return vectors.size();
    }

    /**
     * The number of vectors that {@link #peek(long, long, EvIovec)} needs to cover this range.
     *
     * <p><b>Cost:</b> O(chains).
     *
     * @param length bytes to cover; negative for all.
     * @param position where to begin, counted from the front; 0 to the length.
     * @return 0 or more.
     * @throws IndexOutOfBoundsException if the position is negative or beyond the length.
     */
    @SuppressWarnings("NullAway") // where there is data there are chains (INV-1, INV-4)
    public int countExtents(final long length, final long position) {
        ensureOpen();
        checkPosition(position);
        long missing = Math.min(length < 0 ? Long.MAX_VALUE : length, this.length - position);
        if (missing == 0) return 0;
        Chain chain = seek(position);
        missing += position - seekStart;
        int count = 0;
        for (; missing > 0; chain = chain.next) {
            if (chain.isEmpty()) continue;
            missing -= chain.length;
            count++;
        }
        return count;
    }

    /**
     * Marks the byte at a position: the mark follows it until it leaves this buffer.
     *
     * <p><b>Cost:</b> O(1) now; each operation that takes bytes from the front looks at all marks.
     *
     * @param position 0 to less than the length.
     * @return a mark to be closed when it is no longer needed.
     * @throws IndexOutOfBoundsException if there is no byte at the position.
     */
    public EvMark mark(final long position) {
        ensureOpen();
        Objects.checkIndex(position, length);
        final EvMark mark = new EvMark(this, frontOffset + position);
        if (marks == null) marks = new ArrayList<>();
        marks.add(mark);
        observed = true;
        return mark;
    }

    void forget(final EvMark mark) {
        if (marks != null) marks.remove(mark);
        listenersChanged();
    }

    private void endMarks() {
        if (marks == null) return;
        for (int i = marks.size() - 1; i >= 0; i--) {
            final EvMark mark = marks.get(i);
            if (mark.offset() >= frontOffset) continue;
            mark.end();
            marks.remove(i);
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
    public long search(final byte[] what, final long start) {
        return searchRange(what, start, length);
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
    public long search(final DirectBuffer what, final int offset, final int count, final long start) {
        return searchRange(what, offset, count, start, length);
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
    public long searchRange(final byte[] what, final long start, final long end) {
        return searchRange(what, RawCopy.arrayOffset(0), what.length, start, end);
    }

    /**
     * Searches a sequence of bytes, which may span any number of chains.
     *
     * <p><b>Cost:</b> O(bytes searched + chains passed + needle) for any bytes, close to that of finding one byte for usual
     * ones; the start is found in O(log chains). Nothing behind the end is read, and a needle that is longer than the range
     * costs nothing. No allocation but at the first search, and for needles that repeat themselves, searched in bytes that
     * do so too: 4 bytes for each of the needle's then.
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
    public long searchRange(
            final DirectBuffer what, final int offset, final int count, final long start, final long end) {
        if (isOutside(offset, count, what.capacity())) throw badRange(offset, count, what.capacity());
        final long found = searchRange(what.byteArray(), what.addressOffset() + offset, count, start, end);
        Reference.reachabilityFence(what);
        return found;
    }

    private long searchRange(
            final byte @Nullable [] base, final long offset, final int count, final long start, final long end) {
        ensureOpen();
        if (start != -1) checkPosition(start);
        if (end != -1) checkPosition(end);
        if (start == -1 || count > end - start) return -1; // also if the end lies before the start
        return count == 0 ? start : needleSearch().find(this, base, offset, count, start, end);
    }

    NeedleSearch needleSearch() {
        if (needleSearch == null) needleSearch = new NeedleSearch();
        return needleSearch;
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
    public boolean search(final byte[] what, final EvPosition at) {
        return at.leadTo(search(what, at.placeIn(this)));
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
    public boolean search(final DirectBuffer what, final int offset, final int count, final EvPosition at) {
        return at.leadTo(search(what, offset, count, at.placeIn(this)));
    }

    /**
     * As {@link #search(byte[], EvPosition)}, with an end before which the match lies as a whole.
     *
     * @param what the bytes sought.
     * @param at where to begin, and then where the first match is, or nothing.
     * @param end behind the last byte to search.
     * @return whether there is a match; never if the end lies before the start or is nothing.
     */
    public boolean searchRange(final byte[] what, final EvPosition at, final EvPosition end) {
        return at.leadTo(searchRange(what, at.placeIn(this), end.placeIn(this)));
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
    public boolean searchRange(
            final DirectBuffer what, final int offset, final int count, final EvPosition at, final EvPosition end) {
        return at.leadTo(searchRange(what, offset, count, at.placeIn(this), end.placeIn(this)));
    }

    /**
     * Searches the end of a line.
     *
     * <p><b>Cost:</b> O(bytes searched + chains passed), no allocation; the start is found in O(log chains). If nothing was
     * found, {@link EolMatch#resumePosition()} says from where to go on once there are more bytes.
     *
     * @param start where to begin; 0 to the length, or -1 for a position that was not found.
     * @param style what ends a line.
     * @param match the answer, with the length of what was found.
     * @return the position of the end's first byte, or -1; from -1 on, -1.
     * @throws IndexOutOfBoundsException if the start is not in the buffer.
     */
    public long searchEol(final long start, final EolStyle style, final EolMatch match) {
        ensureOpen();
        if (start == -1) {
            match.notFound(length);
        } else {
            checkPosition(start);
            EolSearch.find(this, start, style, match);
        }
        return match.position();
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
    public long searchEol(final EvPosition at, final EolStyle style) {
        final EolMatch match = lineScan().other;
        at.leadTo(searchEol(at.placeIn(this), style, match));
        return match.length();
    }

    LineScan lineScan() {
        if (lineScan == null) lineScan = new LineScan();
        return lineScan;
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
    public int peekLine(final EolStyle style, final UnsafeBuffer view, final EolMatch match) {
        ensureOpen();
        if (!lineScan().find(this, style, match)) {
            view.wrap(0, 0);
            return -1;
        }
        final long count = match.position();
        if (pullUp(count, view) > count) view.wrap(view.addressOffset(), (int) count);
        return (int) count;
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
    public void add(final byte[] source, final int offset, final int length) {
        if (isOutside(offset, length, source.length)) throw badRange(offset, length, source.length);
        if ((state & (CLOSED | FROZEN_END)) != 0) throw refusedAtEnd();
        if (length > maxLength - this.length) throw overMaxLength(length);
        final Chain tail = lastWithData;
        if (tail != null && length <= tail.free()) {
            RawCopy.toNative(source, offset, tail.freeAddress(), length);
            tail.length += length;
            this.length += length;
        } else {
            putSlowly(source, RawCopy.arrayOffset(offset), length);
        }
        if (observed) copiedIn(length);
    }

    /**
     * Appends a copy of bytes; as {@link #add(byte[], int, int)}.
     *
     * @param source where the bytes are, on the heap or off it.
     * @param offset index of the first one.
     * @param length their number, 0 or more.
     * @throws IndexOutOfBoundsException if the range is not within the source.
     */
    public void add(final DirectBuffer source, final int offset, final int length) {
        if (isOutside(offset, length, source.capacity())) {
            throw badRange(offset, length, source.capacity());
        }
        if ((state & (CLOSED | FROZEN_END)) != 0) throw refusedAtEnd();
        if (length > maxLength - this.length) throw overMaxLength(length);
        final Chain tail = lastWithData;
        final byte[] base = source.byteArray();
        final long from = source.addressOffset() + offset;
        if (tail != null && length <= tail.free()) {
            RawCopy.copy(base, from, tail.freeAddress(), length);
            tail.length += length;
            this.length += length;
        } else {
            putSlowly(base, from, length);
        }
        Reference.reachabilityFence(source);
        if (observed) copiedIn(length);
    }

    /**
     * Appends a copy of the bytes between the source's position and limit and moves its position to the limit; otherwise
     * as {@link #add(byte[], int, int)}.
     *
     * @param source on the heap or off it, read-only or not. If the call throws, its position is where it was.
     */
    public void add(final ByteBuffer source) {
        final int count = source.remaining();
        if ((state & (CLOSED | FROZEN_END)) != 0) throw refusedAtEnd();
        if (count > maxLength - length) throw overMaxLength(count);
        putSlowly(arrayOf(source), placeOf(source), count);
        source.position(source.limit());
        Reference.reachabilityFence(source);
        if (observed) copiedIn(count);
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
    public long addIovec(final ByteBuffer[] sources) {
        ensureOpen();
        long most = 0; // a source that stands twice in the array is added once, as its position has moved
        for (final ByteBuffer source : sources) most += source.remaining();
        if ((state & FROZEN_END) != 0) throw frozen(BufferEnd.END);
        if (most > maxLength - length) throw overMaxLength(most);
        if (most == 0) return 0;
        ensureRoom(most);
        final long before = length;
        for (final ByteBuffer source : sources) {
            putBehind(arrayOf(source), placeOf(source), source.remaining());
            source.position(source.limit());
        }
        Reference.reachabilityFence(sources);
        final long added = length - before;
        if (observed) copiedIn(added);
        return added;
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
    public int addPrintf(final String format, final Object... arguments) {
        ensureOpen();
        final byte[] text = String.format(Locale.ROOT, format, arguments).getBytes(StandardCharsets.UTF_8);
        add(text, 0, text.length);
        return text.length;
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
     * <p><b>Cost:</b> O(1), no copy, no segment of the pool; a few small objects on the heap.
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
    public void addReference(
            final DirectBuffer memory,
            final int offset,
            final int length,
            final @Nullable ReleaseHandler handler,
            final @Nullable Object attachment) {
        if (isOutside(offset, length, memory.capacity())) {
            throw badRange(offset, length, memory.capacity());
        }
        checkReference(memory, length);
        final ReferencedMemory reference = new ReferencedMemory(memory, (long) offset + length, 1, handler, attachment);
        if (length == 0) {
            reference.released();
            return;
        }
        linkBehindData(reference.show(memory, offset, length), length);
        if (observed) shared(length);
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
    public long addIovecReference(
            final DirectBuffer[] memories, final @Nullable ReleaseHandler handler, final @Nullable Object attachment) {
        ensureOpen();
        if (memories.length == 0) throw new IllegalArgumentException("no memory to refer to");
        long total = 0;
        int chains = 0;
        for (final DirectBuffer memory : memories) {
            total += memory.capacity();
            if (memory.capacity() > 0) chains++;
        }
        for (final DirectBuffer memory : memories) checkReference(memory, total);
        final ReferencedMemory reference = new ReferencedMemory(memories[0], total, chains, handler, attachment);
        if (total == 0) {
            reference.released();
            return 0;
        }
        Chain head = null;
        for (int i = memories.length - 1; i >= 0; i--) {
            if (memories[i].capacity() == 0) continue;
            final Chain chain = reference.show(memories[i], 0, memories[i].capacity());
            chain.next = head;
            head = chain;
        }
        linkBehindData(Objects.requireNonNull(head), total);
        if (observed) shared(total);
        return total;
    }

    private void checkReference(final DirectBuffer memory, final long bytes) {
        ensureOpen();
        if (memory.byteArray() != null) {
            throw new IllegalArgumentException("memory on the heap has no address to refer to: " + memory);
        }
        if ((state & FROZEN_END) != 0) throw frozen(BufferEnd.END);
        if (bytes > maxLength - length) throw overMaxLength(bytes);
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
    public void addBufferReference(final EvBuffer source) {
        ensureOpen();
        source.ensureOpen();
        final long count = source.length;
        if (count == 0) return;
        if (source == this) throw new IllegalArgumentException("a buffer cannot share its bytes with itself: " + this);
        if ((state & FROZEN_END) != 0) throw frozen(BufferEnd.END);
        if (count > maxLength - length) throw overMaxLength(count);
        linkBehindData(source.shareAll(), count);
        if (observed) shared(count);
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
    public void prepend(final byte[] source, final int offset, final int length) {
        if (isOutside(offset, length, source.length)) throw badRange(offset, length, source.length);
        if (cannotPrepend(length)) return;
        final Chain head = first;
        if (head != null && length <= head.misalign && head.length > 0 && (head.flags & Chain.IMMUTABLE) == 0) {
            head.misalign -= length;
            head.length += length;
            RawCopy.toNative(source, offset, head.dataAddress(), length);
            this.length += length;
            prepended(length);
        } else {
            prependSlowly(source, RawCopy.arrayOffset(offset), length);
        }
        if (observed) copiedIn(length);
    }

    /**
     * Puts a copy of bytes before the first byte; as {@link #prepend(byte[], int, int)}.
     *
     * @param source where the bytes are, on the heap or off it.
     * @param offset index of the first one.
     * @param length their number; with 0 nothing happens.
     * @throws IndexOutOfBoundsException if the range is not within the source.
     */
    public void prepend(final DirectBuffer source, final int offset, final int length) {
        if (isOutside(offset, length, source.capacity())) {
            throw badRange(offset, length, source.capacity());
        }
        if (cannotPrepend(length)) return;
        prependSlowly(source.byteArray(), source.addressOffset() + offset, length);
        Reference.reachabilityFence(source);
        if (observed) copiedIn(length);
    }

    /**
     * Puts a copy of the bytes between the source's position and limit before the first byte and moves its position to the
     * limit; otherwise as {@link #prepend(byte[], int, int)}.
     *
     * @param source on the heap or off it, read-only or not. If the call throws, its position is where it was.
     */
    public void prepend(final ByteBuffer source) {
        final int count = source.remaining();
        if (cannotPrepend(count)) return;
        prependSlowly(arrayOf(source), placeOf(source), count);
        source.position(source.limit());
        Reference.reachabilityFence(source);
        if (observed) copiedIn(count);
    }

    /** Checks a prepend; true if there is nothing to do. */
    private boolean cannotPrepend(final int count) {
        if ((state & (CLOSED | FROZEN_START)) != 0) {
            ensureOpen();
            if (count > 0) throw frozen(BufferEnd.START);
        }
        if (count > maxLength - length) throw overMaxLength(count);
        return count == 0;
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
    public long drain(final long count) {
        if ((state & CLOSED) != 0) throw closedBuffer();
        if (count < 0) throw new IllegalArgumentException("negative count: " + count);
        if (length == 0) return 0;
        if ((state & FROZEN_START) != 0) throw frozen(BufferEnd.START);
        final long removed = Math.min(count, length);
        dropFront(removed);
        if (observed) tell();
        return removed;
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
    public int remove(final byte[] target, final int offset, final int length) {
        final int count = copyOut(target, offset, length);
        if (count > 0) removed(count);
        return count;
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
    public int remove(final MutableDirectBuffer target, final int offset, final int length) {
        final int count = copyOut(target, offset, length);
        if (count > 0) removed(count);
        return count;
    }

    /**
     * Moves bytes from the front to the target, up to its limit, and drains them; the target's position advances.
     *
     * @param target where the bytes go, on the heap or off it.
     * @return the number of bytes removed.
     * @throws java.nio.ReadOnlyBufferException if the target is read-only.
     */
    public int remove(final ByteBuffer target) {
        final int count = copyOut(target);
        if (count > 0) removed(count);
        return count;
    }

    private void removed(final int count) {
        dropFront(count);
        if (observed) tell();
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
    @SuppressWarnings("NullAway") // with something to copy there is a first chain (INV-1, INV-4)
    public int copyOut(final byte[] target, final int offset, final int length) {
        if (isOutside(offset, length, target.length)) throw badRange(offset, length, target.length);
        final int count = checkCopyOut(0, length);
        if (count == 0) return 0;
        final Chain head = first;
        if (count <= head.length) {
            RawCopy.toArray(head.dataAddress(), target, offset, count);
        } else {
            gather(0, target, RawCopy.arrayOffset(offset), count);
        }
        if (observed) copiedOut(count);
        return count;
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
    public int copyOut(final long position, final byte[] target, final int offset, final int length) {
        if (isOutside(offset, length, target.length)) throw badRange(offset, length, target.length);
        final int count = checkCopyOut(position, length);
        gather(position, target, RawCopy.arrayOffset(offset), count);
        if (observed) copiedOut(count);
        return count;
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
    public int copyOut(final MutableDirectBuffer target, final int offset, final int length) {
        if (isOutside(offset, length, target.capacity())) {
            throw badRange(offset, length, target.capacity());
        }
        final int count = checkCopyOut(0, length);
        gather(0, target.byteArray(), target.addressOffset() + offset, count);
        Reference.reachabilityFence(target);
        if (observed) copiedOut(count);
        return count;
    }

    /**
     * Copies bytes from the front to the target, up to its limit, without removing them; the target's position advances.
     *
     * @param target where the bytes go, on the heap or off it.
     * @return the number of bytes copied.
     * @throws java.nio.ReadOnlyBufferException if the target is read-only.
     */
    public int copyOut(final ByteBuffer target) {
        ensureOpen();
        if (target.isReadOnly()) throw new java.nio.ReadOnlyBufferException();
        final int count = checkCopyOut(0, target.remaining());
        gather(0, arrayOf(target), placeOf(target), count);
        target.position(target.position() + count);
        Reference.reachabilityFence(target);
        if (observed) copiedOut(count);
        return count;
    }

    /**
     * A new array with all bytes, which stay here. For tests and small buffers.
     *
     * @return as long as the buffer.
     * @throws BufferLimitException if the buffer is longer than an array can be.
     * @throws FrozenBufferException if the start is frozen and the buffer is not empty.
     */
    public byte[] copyToArray() {
        ensureOpen();
        if (length > MAX_ARRAY) throw new BufferLimitException(length + " bytes do not fit in an array");
        final byte[] bytes = new byte[(int) length];
        copyOut(bytes, 0, bytes.length);
        return bytes;
    }

    private int checkCopyOut(final long position, final int most) {
        if ((state & CLOSED) != 0) throw closedBuffer();
        if (position != 0) checkPosition(position);
        final int count = (int) Math.min(most, length - position);
        if (count > 0 && (state & FROZEN_START) != 0) throw frozen(BufferEnd.START);
        return count;
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
    public byte @Nullable [] readLine(final EolStyle style) {
        final long count = lineToRead(style);
        if (count < 0) return null;
        if (count > MAX_ARRAY) throw new BufferLimitException(count + " bytes do not fit in an array");
        final byte[] line = new byte[(int) count];
        takeLine(line, RawCopy.arrayOffset(0), (int) count);
        return line;
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
    public int readLine(final EolStyle style, final byte[] target, final int offset, final int room) {
        if (isOutside(offset, room, target.length)) throw badRange(offset, room, target.length);
        final int count = lineToRead(style, room);
        if (count >= 0) takeLine(target, RawCopy.arrayOffset(offset), count);
        return count;
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
    public int readLine(final EolStyle style, final MutableDirectBuffer target, final int offset, final int room) {
        if (isOutside(offset, room, target.capacity())) throw badRange(offset, room, target.capacity());
        final int count = lineToRead(style, room);
        if (count >= 0) takeLine(target.byteArray(), target.addressOffset() + offset, count);
        Reference.reachabilityFence(target);
        return count;
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
    public int readLine(final EolStyle style, final ByteBuffer target) {
        ensureOpen();
        if (target.isReadOnly()) throw new java.nio.ReadOnlyBufferException();
        final int count = lineToRead(style, target.remaining());
        if (count < 0) return count;
        final long to = placeOf(target);
        target.position(target.position() + count);
        takeLine(arrayOf(target), to, count);
        Reference.reachabilityFence(target);
        return count;
    }

    private int lineToRead(final EolStyle style, final int room) {
        final long count = lineToRead(style);
        if (count > room) throw new LineTooLongException(count, room);
        return (int) count;
    }

    /** The length of the first line, or -1. */
    private long lineToRead(final EolStyle style) {
        if ((state & (CLOSED | FROZEN_START)) != 0) throw isClosed() ? closedBuffer() : frozen(BufferEnd.START);
        final LineScan scan = lineScan();
        scan.find(this, style, scan.match);
        return scan.match.position();
    }

    /** Copies the line just found and drains it together with its end. */
    @SuppressWarnings("NullAway") // with a line there is a first chain (INV-1, INV-4)
    private void takeLine(final byte @Nullable [] base, final long to, final int count) {
        final Chain head = first;
        if (count <= head.length) {
            RawCopy.copyTo(head.dataAddress(), base, to, count);
        } else {
            gather(0, base, to, count);
        }
        if (observed) copiedOut(count);
        dropFront(lineScan().match.endPosition());
        if (observed) tell();
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
    public void addBuffer(final EvBuffer source) {
        ensureOpen();
        source.ensureOpen();
        if (source == this || source.length == 0) return;
        if ((state & FROZEN_END) != 0) throw frozen(BufferEnd.END);
        if ((source.state & FROZEN_START) != 0) throw source.frozen(BufferEnd.START);
        if (source.length > maxLength - length) throw overMaxLength(source.length);
        final long moved = source.length;
        takeAllBehind(source);
        tellMoved(source, moved);
    }

    /**
     * Moves all bytes of {@code source} before the first byte of this buffer; otherwise as {@link #addBuffer(EvBuffer)}.
     *
     * @param source the buffer to empty; an empty one, or this buffer itself, has no effect.
     * @throws FrozenBufferException if the start of either buffer is frozen.
     * @throws BufferLimitException if this buffer would exceed its limit.
     */
    public void prependBuffer(final EvBuffer source) {
        ensureOpen();
        source.ensureOpen();
        if (source == this || source.length == 0) return;
        if ((state & FROZEN_START) != 0) throw frozen(BufferEnd.START);
        if ((source.state & FROZEN_START) != 0) throw source.frozen(BufferEnd.START);
        if (source.length > maxLength - length) throw overMaxLength(source.length);
        final long moved = source.length;
        takeAllInFront(source);
        tellMoved(source, moved);
    }

    private void tellMoved(final EvBuffer source, final long moved) {
        assert checkInvariants();
        if (source.observed || observed) tellBoth(source, moved, 0);
    }

    /** Counts a move and tells it, the source's listeners first. */
    private void tellBoth(final EvBuffer source, final long moved, final long copied) {
        if (stats != null) {
            stats.moved(moved - copied);
            stats.copiedWithin(copied);
        }
        source.endMarks();
        // Noted before anybody is told: what the source's listeners do to this buffer comes after the move.
        if (listeners != null) listeners.note(moved, 0);
        try {
            source.changed(0, moved);
        } catch (final Throwable e) {
            failed(e); // this buffer's listeners are told all the same
        }
        tell();
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
    public long removeBuffer(final EvBuffer target, final long count) {
        ensureOpen();
        target.ensureOpen();
        if (count < 0) throw new IllegalArgumentException("negative count: " + count);
        if (count == 0 || target == this) return 0;
        if ((target.state & FROZEN_END) != 0) throw target.frozen(BufferEnd.END);
        if ((state & FROZEN_START) != 0) throw frozen(BufferEnd.START);
        if (count >= length) {
            final long all = length;
            target.addBuffer(this);
            return all;
        }
        if (count > target.maxLength - target.length) throw target.overMaxLength(count);
        final long copied = moveFront(target, count);
        assert checkInvariants() && target.checkInvariants();
        if (observed || target.observed) target.tellBoth(this, count, copied);
        return count;
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
     * @return the number of bytes in the view, at least {@code count}; 0 if {@code count} comes to 0.
     * @throws IndexOutOfBoundsException if {@code count} exceeds the length.
     * @throws BufferLimitException if there is no memory for a chain of this size.
     */
    @SuppressWarnings("NullAway") // with bytes to pull up there is a first chain (INV-1, INV-4)
    public int pullUp(final long count, final UnsafeBuffer view) {
        ensureOpen();
        if (count > length) {
            throw new IndexOutOfBoundsException("pull up of " + count + " bytes, the length is " + length);
        }
        final long wanted = count < 0 ? length : count;
        if (wanted == 0) {
            view.wrap(0, 0); // BufferUtil.NULL_BYTES would be the four bytes of "null"
            return 0;
        }
        if (wanted > Integer.MAX_VALUE) throw new BufferLimitException(wanted + " bytes do not fit in one chain");
        final Chain head = first;
        if (head.length < wanted) {
            pullUpSlowly((int) wanted);
            assert checkInvariants();
        }
        view.wrap(first.dataAddress(), first.length);
        final int contiguous = first.length;
        if (observed) throwFailure();
        return contiguous;
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
    public void expand(final int count) {
        ensureOpen();
        if (count < 0) throw new IllegalArgumentException("negative count: " + count);
        if (count > maxLength - length) throw overMaxLength(count);
        expandContiguous(count);
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
    public void expandFast(final long count, final int maxChains) {
        ensureOpen();
        if (count < 0) throw new IllegalArgumentException("negative count: " + count);
        if (maxChains < 2) throw new IllegalArgumentException("room in fewer than 2 chains: " + maxChains);
        if (count > maxLength - length) throw overMaxLength(count);
        expandScattered(count, maxChains);
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
    public int reserveSpace(final long size, final EvIovec vectors) {
        ensureOpen();
        if (size < 0) throw new IllegalArgumentException("negative size: " + size);
        if ((state & FROZEN_END) != 0) throw frozen(BufferEnd.END);
        if (size > maxLength - length) throw overMaxLength(size);
        Chain chain = lastWithData;
        if (size > 0) {
            if (vectors.capacity() == 1) {
                if (size > Integer.MAX_VALUE) throw new BufferLimitException(size + " bytes do not fit in one chain");
                chain = expandContiguous((int) size);
            } else {
                expandScattered(size, vectors.capacity());
                chain = lastWithData;
            }
        }
        vectors.beginFreeSpace(this, layout);
        long missing = size == 0 ? Long.MAX_VALUE : size;
        for (; chain != null && missing > 0 && !vectors.isFull(); chain = chain.next) {
            final int free = chain.free();
            if (free > 0) {
                vectors.append(chain, chain.end(), free);
                missing -= free;
            }
        }
        return vectors.size();
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
    public void commitSpace(final EvIovec vectors) {
        final long total = vectors.totalLength();
        checkCommit(vectors, total);
        commit(vectors, total);
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
    public void commitSpace(final EvIovec vectors, final long count) {
        ensureOpen();
        if (count < 0 || count > vectors.totalLength()) {
            throw new IllegalArgumentException(count + " bytes to commit of " + vectors);
        }
        checkCommit(vectors, count);
        commit(vectors.limit(count), count);
    }

    private void checkCommit(final EvIovec vectors, final long count) {
        ensureOpen();
        if (vectors.size() > 0 && !vectors.isFreeSpaceOf(this)) throw foreignVectors(vectors);
        if ((state & FROZEN_END) != 0) throw frozen(BufferEnd.END);
        for (int i = 0; i < vectors.size(); i++) {
            final Chain chain = vectors.chain(i);
            if (vectors.layout() != layout || vectors.offset(i) != chain.end()) throw staleReservation(vectors);
        }
        if (count > maxLength - length) throw overMaxLength(count);
    }

    private void commit(final EvIovec vectors, final long total) {
        if (total == 0) return;
        for (int i = 0; i < vectors.size(); i++) {
            final int extent = vectors.length(i);
            if (extent == 0) continue;
            final Chain chain = vectors.chain(i);
            chain.length += extent;
            lastWithData = chain;
        }
        layout++; // ends every reservation of this space, also those that begin before the bytes committed
        length += total;
        if (observed) changed(total, 0);
    }

    /**
     * Gives back the chains that hold no data behind the last data. O(chains given back). Ends reservations.
     */
    public void trim() {
        ensureOpen();
        if (length == 0) {
            releaseAll();
        } else {
            releaseSpares();
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
    public BufferPin pinForRead(final long size, final EvIovec vectors) {
        if (size < 1) throw new IllegalArgumentException("nothing to read into: " + size);
        reserveSpace(size, vectors);
        vectors.limit(size);
        releaseBehind(vectors.chain(vectors.size() - 1));
        BufferPin pin = inputPin;
        if (pin == null) {
            pin = new BufferPin(this, Chain.PINNED_READ);
            inputPin = pin;
        }
        pin.start(vectors);
        state |= FROZEN_END;
        inputInFlight = true;
        return pin;
    }

    /**
     * Lends the data to an output operation that goes on while the buffer is used: its start is frozen, and the chains stay
     * where they are, until the pin is completed or aborted.
     *
     * <p><b>Cost:</b> as {@link #peek(long, EvIovec)}.
     * <p><b>Ownership:</b> the vectors' memory may be read by the operation, also if the buffer is closed meanwhile.
     *
     * @param vectors overwritten with the data from the front, as many chains as fit.
     * @return the pin, of which there is one at a time; it is reused for the next operation.
     * @throws FrozenBufferException if the start is frozen, as by another operation in flight.
     */
    public BufferPin pinForWrite(final EvIovec vectors) {
        ensureOpen();
        if ((state & FROZEN_START) != 0) throw frozen(BufferEnd.START);
        peek(-1, vectors);
        BufferPin pin = outputPin;
        if (pin == null) {
            pin = new BufferPin(this, Chain.PINNED_WRITE);
            outputPin = pin;
        }
        pin.start(vectors);
        state |= FROZEN_START;
        return pin;
    }

    void inputDone(final BufferPin pin, final long bytes) {
        if (isClosed()) {
            pin.unpinAll(); // the chains were left to it
        } else {
            state &= ~FROZEN_END;
            inputInFlight = false;
            final Chain tail = pin.extend(bytes);
            if (tail != null) lastWithData = tail;
            length += bytes;
            layout++;
            pin.unpinAll();
            if (observed) changed(bytes, 0);
        }
        throwFailure();
    }

    void outputDone(final BufferPin pin, final long bytes) {
        if (!isClosed()) {
            state &= ~FROZEN_START;
            if (bytes > 0) dropFront(bytes); // while pinned: chains given up dangle and go with their pin
        }
        pin.unpinAll();
        if (observed) tell();
    }

    // ---- freezing ----

    /**
     * Lets no operation change one end until it is unfrozen. Freezing twice is freezing once. O(1).
     *
     * @param end which end.
     */
    public void freeze(final BufferEnd end) {
        ensureOpen();
        state |= end.frozenBit;
    }

    /**
     * Lets operations change one end again, however often it was frozen. O(1).
     *
     * @param end which end.
     */
    public void unfreeze(final BufferEnd end) {
        ensureOpen();
        state &= ~end.frozenBit;
    }

    /**
     * Tells whether one end is frozen.
     *
     * @param end which end.
     * @return true if it may not be changed.
     */
    public boolean isFrozen(final BufferEnd end) {
        return (state & end.frozenBit) != 0;
    }

    // ---- being watched ----

    /**
     * Has the listener told of each change of the length, before older listeners.
     *
     * @param listener called as the last thing of each operation that changes the length; see there.
     * @return the registration, by which the listener is disabled or removed.
     */
    public ListenerRegistration addListener(final EvBufferListener listener) {
        ensureOpen();
        Objects.requireNonNull(listener, "listener");
        observed = true;
        return listeners().add(listener);
    }

    private Listeners listeners() {
        if (listeners == null) listeners = new Listeners(this);
        return listeners;
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
    public void deferCallbacks(final Executor executor) {
        ensureOpen();
        listeners().defer(Objects.requireNonNull(executor, "executor"));
    }

    /**
     * Removes the newest registration of this listener.
     *
     * @param listener the same object as was added.
     * @return false if there was none.
     */
    public boolean removeListener(final EvBufferListener listener) {
        ensureOpen();
        return listeners != null && listeners.remove(listener);
    }

    void listenersChanged() {
        observed = stats != null
                || failure != null
                || (marks != null && !marks.isEmpty())
                || (listeners != null && !listeners.isEmpty());
    }

    /**
     * Counts from now on what this buffer does with bytes; one null check an operation when off.
     *
     * @param counters where to count, or null to stop.
     */
    public void stats(final @Nullable EvBufferStats counters) {
        ensureOpen();
        stats = counters;
        listenersChanged();
    }

    private void shared(final long count) {
        if (stats != null) stats.shared(count);
        changed(count, 0);
    }

    private void copiedIn(final long count) {
        if (stats != null) stats.copiedIn(count);
        changed(count, 0);
    }

    private void copiedOut(final int count) {
        if (stats != null) stats.copiedOut(count);
    }

    @Override
    void copiedWithin(final long count) {
        if (stats != null) stats.copiedWithin(count);
    }

    @Override
    void noteRemoved(final long count) {
        endMarks();
        if (listeners != null) listeners.note(0, count);
    }

    @Override
    void failed(final Throwable thrown) {
        if (failure == null) {
            failure = thrown;
            observed = true;
        } else if (failure != thrown) {
            failure.addSuppressed(thrown);
        }
    }

    private void changed(final long added, final long deleted) {
        if (listeners != null) listeners.note(added, deleted);
        tell();
    }

    /** The last step of an operation: listeners, then what a release handler threw. */
    private void tell() {
        if (listeners != null) {
            if (listeners.inRound()) return; // the round under way goes on with this
            listeners.tell();
        }
        throwFailure();
    }

    void throwFailure() {
        final Throwable thrown = failure;
        if (thrown == null) return;
        failure = null;
        listenersChanged();
        EvBuffer.<RuntimeException>rethrow(thrown);
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void rethrow(final Throwable thrown) throws T {
        throw (T) thrown; // handlers and listeners declare nothing checked, so nothing checked comes out of them
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
        if (closedByCreator) return;
        closedByCreator = true;
        release();
    }

    /**
     * Adds a hold on the buffer: it stays usable, though its creator closes it, until {@link #release()}.
     *
     * @return this buffer.
     * @throws IllegalStateException if nobody holds it any more.
     */
    public EvBuffer retain() {
        ensureOpen();
        holders++;
        return this;
    }

    /**
     * Gives up a hold that {@link #retain()} added.
     *
     * @return true if it was the last one.
     * @throws IllegalStateException if nobody holds the buffer any more.
     */
    public boolean release() {
        ensureOpen();
        if (--holders > 0) return false;
        state |= CLOSED;
        if (listeners != null) listeners.removeAll();
        releaseAll(); // chains in use by an operation are left to it
        throwFailure();
        return true;
    }

    /**
     * Checks the invariants of this class and of its chains, for tests and {@code assert}.
     *
     * <p><b>Cost:</b> O(chains).
     *
     * @return true.
     * @throws AssertionError naming the first invariant that does not hold, and the layout.
     */
    public boolean checkInvariants() {
        checkList();
        if (length < 0 || length > maxLength) throw broken("INV-9: length beyond the limit " + maxLength);
        if (isClosed() && first != null) throw broken("INV-25: chains after close");
        return true;
    }

    /**
     * Checks that nothing is left to tell listeners: the invariant that holds only while no operation is on the stack.
     *
     * @return true.
     * @throws AssertionError if it does not hold.
     */
    public boolean checkAtRest() {
        if (listeners != null && !listeners.isAtRest()) throw broken("INV-21: changes not told");
        return checkInvariants();
    }

    // ---- of EvBufferReader and EvBufferWriter ----

    /** Where {@code count} bytes can be stored in one piece behind the data, or 0; {@link #filledBehind} makes them data. */
    long roomBehind(final int count) {
        if ((state & (CLOSED | FROZEN_END)) != 0) throw refusedAtEnd();
        if (count > maxLength - length) throw overMaxLength(count);
        final Chain tail = lastWithData;
        return tail != null && count <= tail.free() ? tail.freeAddress() : 0;
    }

    @SuppressWarnings("NullAway") // where there is data there are chains (INV-1, INV-4)
    void filledBehind(final int count) {
        lastWithData.length += count;
        length += count;
        if (observed) copiedIn(count);
    }

    /** Makes room for several {@link #addUntold} in a row, which then cannot fail. */
    void ensureRoomFor(final long count) {
        if ((state & (CLOSED | FROZEN_END)) != 0) throw refusedAtEnd();
        if (count > maxLength - length) throw overMaxLength(count);
        if (count > 0) ensureRoom(count);
    }

    void addUntold(final byte[] source, final int count) {
        putBehind(source, RawCopy.arrayOffset(0), count);
    }

    void tellAdded(final long count) {
        if (observed) copiedIn(count);
    }

    /** Where {@code count} bytes at a position lie in one piece, or 0 if they do not; throws if they are not there. */
    @SuppressWarnings("NullAway") // where there is data there are chains (INV-1, INV-4)
    long addressOf(final long position, final int count) {
        if ((state & (CLOSED | FROZEN_START)) != 0) throw isClosed() ? closedBuffer() : frozen(BufferEnd.START);
        if (position < 0 || count > length - position) throw tooShort(position, count);
        final Chain head = first;
        if (position + count <= head.length) return head.dataAddress() + position;
        final Chain chain = seek(position);
        final long inChain = position - seekStart;
        return inChain + count <= chain.length ? chain.dataAddress() + inChain : 0;
    }

    IndexOutOfBoundsException tooShort(final long position, final long count) {
        return new IndexOutOfBoundsException(
                count + " bytes at position " + position + " in a buffer of " + length + " bytes");
    }

    // ---- refusals ----

    void ensureOpen() {
        if ((state & CLOSED) != 0) throw closedBuffer();
    }

    private static IllegalStateException closedBuffer() {
        return new IllegalStateException("the buffer is closed");
    }

    private FrozenBufferException frozen(final BufferEnd end) {
        return new FrozenBufferException(
                "the buffer's " + (end == BufferEnd.START ? "start" : "end") + " is frozen (" + length + " bytes)");
    }

    private IllegalStateException refusedAtEnd() {
        return isClosed() ? closedBuffer() : frozen(BufferEnd.END);
    }

    /** Whether a range is not within memory of this capacity. The sum stands alone: only then is its overflow seen. */
    private static boolean isOutside(final int offset, final int count, final int capacity) {
        return (offset | count | (offset + count) | (capacity - (offset + count))) < 0;
    }

    private RuntimeException badRange(final int offset, final int count, final int capacity) {
        if (isClosed()) return closedBuffer();
        if (count < 0) return new IllegalArgumentException("negative length: " + count);
        return new IndexOutOfBoundsException(
                "range of " + count + " bytes at " + offset + " in memory of " + capacity + " bytes");
    }

    private BufferLimitException overMaxLength(final long count) {
        return new BufferLimitException(
                count + " bytes more than " + length + " would exceed the buffer's limit of " + maxLength);
    }

    void checkPosition(final long position) {
        if (position < 0 || position > length) {
            throw new IndexOutOfBoundsException("position " + position + " in a buffer of " + length + " bytes");
        }
    }

    private static IllegalArgumentException foreignVectors(final EvIovec vectors) {
        return new IllegalArgumentException("not a reservation of this buffer: " + vectors);
    }

    private IllegalStateException staleReservation(final EvIovec vectors) {
        return new IllegalStateException("the reservation has ended: " + vectors + ", the buffer is " + describe());
    }

    private static byte @Nullable [] arrayOf(final ByteBuffer buffer) {
        return buffer.isDirect() ? null : BufferUtil.array(buffer);
    }

    private static long placeOf(final ByteBuffer buffer) {
        return buffer.position()
                + (buffer.isDirect()
                        ? BufferUtil.address(buffer)
                        : RawCopy.arrayOffset(BufferUtil.arrayOffset(buffer)));
    }

    @Override
    public String toString() {
        return "EvBuffer[" + (isClosed() ? "closed" : describe()) + "]";
    }
}
