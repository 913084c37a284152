package io.evbuffer;

import io.evbuffer.memory.BufferLimitException;
import io.evbuffer.memory.SegmentSource;
import java.io.UncheckedIOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Objects;
import org.agrona.BufferUtil;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What every operation of a buffer does: checks, then takes memory, then changes, then tells. {@link EvBuffer} documents them
 * and holds the lock around them.
 *
 * <p>Invariants: <b>B1</b> an operation that throws has changed nothing, except that spare room may have grown; a
 * listener's exception alone comes after the operation has happened.
 */
abstract class BufferOperations extends BufferState {
    BufferOperations(final SegmentSource source) {
        super(source);
    }

    /** Bytes one chain shows at most of what is not in memory. */
    private static final int MAX_UNLOADED = 1 << 30;

    /** In none of these states bytes may be put behind the data without a further question. */
    private static final int ASK_AT_END = CLOSED | FROZEN_END | OBSERVED | LOCKED | LIMITED;

    /** In none of these states bytes may be taken from the front without a further question. */
    private static final int ASK_AT_START = CLOSED | FROZEN_START | OBSERVED | LOCKED | MAY_BE_UNLOADED;

    private static final int MAX_ARRAY = Integer.MAX_VALUE - 8;

    /** No count, and not -1 for no line: this way of taking a line does not know. */
    private static final int OTHER_LINE = -2;

    @Nullable
    NeedleSearch needleSearch; // made when first needed

    @Nullable
    LineScan lineScan; // made when first needed

    private @Nullable ReferenceStack references; // made when first needed

    // ---- looking ----

    long length() {
        return dataLength();
    }

    boolean isEmpty() {
        return dataLength() == 0;
    }

    int contiguousLength() {
        ensureOpen();
        for (Chain chain = first; chain != null; chain = chain.next) {
            if (chain.length() > 0) return chain.length();
        }
        return 0;
    }

    int countChains() {
        int count = 0;
        for (Chain chain = first; chain != null; chain = chain.next) count++;
        return count;
    }

    @SuppressWarnings("NullAway") // where there is data there are chains (INV-1, INV-4)
    int peek(final long length, final long position, final EvIovec vectors) {
        ensureOpen();
        checkPosition(position);
        vectors.beginData(self());
        long missing = Math.min(length < 0 ? Long.MAX_VALUE : length, this.dataLength() - position);
        if (missing == 0) return 0;
        Chain chain = seekToLook(position);
        int skip = (int) (position - seekStart);
        for (; missing > 0 && !vectors.isFull(); chain = chain.next) {
            if (chain.isEmpty()) continue;
            if (chain.isUnloaded()) load(chain, length < 0 ? 0 : skip + missing);
            final int extent = chain.length() - skip;
            vectors.append(chain, chain.misalign + skip, extent);
            missing -= extent;
            skip = 0;
        }
        return vectors.size();
    }

    @SuppressWarnings("NullAway") // where there is data there are chains (INV-1, INV-4)
    int countExtents(final long length, final long position) {
        ensureOpen();
        checkPosition(position);
        long missing = Math.min(length < 0 ? Long.MAX_VALUE : length, this.dataLength() - position);
        if (missing == 0) return 0;
        Chain chain = seek(position);
        int skip = (int) (position - seekStart);
        long count = 0;
        for (; missing > 0; chain = chain.next) {
            if (chain.isEmpty()) continue;
            final int extent = chain.length() - skip;
            count += chain.isUnloaded() && length < 0 ? loadsOf(extent) : 1; // as peek does
            missing -= extent;
            skip = 0;
        }
        return (int) Math.min(count, Integer.MAX_VALUE);
    }

    // ---- searching ----

    long search(final byte[] what, final long start) {
        return searchRange(what, start, dataLength());
    }

    long search(final DirectBuffer what, final int offset, final int count, final long start) {
        return searchRange(what, offset, count, start, dataLength());
    }

    long searchRange(final byte[] what, final long start, final long end) {
        return searchRange(what, RawCopy.arrayOffset(0), what.length, start, end);
    }

    long searchRange(final DirectBuffer what, final int offset, final int count, final long start, final long end) {
        if (isOutside(offset, count, what.capacity())) throw badRange(offset, count, what.capacity());
        final long found = searchRange(what.byteArray(), what.addressOffset() + offset, count, start, end);
        Reference.reachabilityFence(what);
        return found;
    }

    long searchRange(
            final byte @Nullable [] base, final long offset, final int count, final long start, final long end) {
        ensureOpen();
        if (start != -1) checkPosition(start);
        if (end != -1) checkPosition(end);
        if (start == -1 || count > end - start) return -1; // also if the end lies before the start
        if (count == 0) return start;
        return needleSearch().find(self(), base, offset, count, start, end);
    }

    NeedleSearch needleSearch() {
        if (needleSearch == null) needleSearch = new NeedleSearch();
        return needleSearch;
    }

    boolean search(final byte[] what, final EvPosition at) {
        return at.leadTo(search(what, at.placeIn(self())));
    }

    boolean search(final DirectBuffer what, final int offset, final int count, final EvPosition at) {
        return at.leadTo(search(what, offset, count, at.placeIn(self())));
    }

    boolean searchRange(final byte[] what, final EvPosition at, final EvPosition end) {
        return at.leadTo(searchRange(what, at.placeIn(self()), end.placeIn(self())));
    }

    boolean searchRange(
            final DirectBuffer what, final int offset, final int count, final EvPosition at, final EvPosition end) {
        return at.leadTo(searchRange(what, offset, count, at.placeIn(self()), end.placeIn(self())));
    }

    long searchEol(final long start, final EolStyle style, final EolMatch match) {
        ensureOpen();
        if (start == -1) {
            match.notFound(dataLength());
        } else {
            checkPosition(start);
            EolSearch.find(self(), start, style, match);
        }
        return match.position();
    }

    long searchEol(final EvPosition at, final EolStyle style) {
        final EolMatch match = lineScan().other;
        at.leadTo(searchEol(at.placeIn(self()), style, match));
        return match.length();
    }

    LineScan lineScan() {
        if (lineScan == null) lineScan = new LineScan();
        return lineScan;
    }

    int peekLine(final EolStyle style, final UnsafeBuffer view, final EolMatch match) {
        while (true) {
            ensureOpen();
            if (!lineScan().find(self(), style, match)) {
                view.wrap(0, 0);
                return -1;
            }
            final long count = match.position();
            final long front = frontOffset;
            final long prependsBefore = prepends;
            if (pullUp(count, view) > count) view.wrap(view.addressOffset(), (int) count);
            if (frontOffset == front && prepends == prependsBefore) return (int) count;
            // else a release handler has changed the front: look again
        }
    }

    // ---- adding at the end ----

    /** Refuses what may not be put behind the data; mostly there is nothing to ask. */
    private void checkAdd(final int count) {
        if ((state & ASK_AT_END) == 0) return;
        if ((state & (CLOSED | FROZEN_END)) != 0) throw refusedAtEnd();
        if (count > maxLength - dataLength()) throw overMaxLength(count);
    }

    void add(final byte[] source, final int offset, final int length) {
        if (isOutside(offset, length, source.length)) throw badRange(offset, length, source.length);
        checkAdd(length);
        final Chain tail = lastWithData;
        if (tail != null && length <= tail.free()) {
            RawCopy.toNative(source, offset, tail.freeAddress(), length);
            tail.end += length;
            endOffset += length;
        } else {
            putSlowly(source, RawCopy.arrayOffset(offset), length);
        }
        if (isObserved()) copiedIn(length);
    }

    void add(final DirectBuffer source, final int offset, final int length) {
        if (isOutside(offset, length, source.capacity())) {
            throw badRange(offset, length, source.capacity());
        }
        checkAdd(length);
        final Chain tail = lastWithData;
        final byte[] base = source.byteArray();
        final long from = source.addressOffset() + offset;
        if (tail != null && length <= tail.free()) {
            RawCopy.copy(base, from, tail.freeAddress(), length);
            tail.end += length;
            endOffset += length;
        } else {
            putSlowly(base, from, length);
        }
        Reference.reachabilityFence(source);
        if (isObserved()) copiedIn(length);
    }

    void add(final ByteBuffer source) {
        final int count = source.remaining();
        checkAdd(count);
        putSlowly(arrayOf(source), placeOf(source), count);
        source.position(source.limit());
        Reference.reachabilityFence(source);
        if (isObserved()) copiedIn(count);
    }

    long addIovec(final ByteBuffer[] sources) {
        ensureOpen();
        long most = 0; // a source that stands twice in the array is added once, as its position has moved
        for (final ByteBuffer source : sources) most += source.remaining();
        if ((state & FROZEN_END) != 0) throw frozen(BufferEnd.END);
        if (most > maxLength - dataLength()) throw overMaxLength(most);
        if (most == 0) return 0;
        ensureRoom(most);
        final long before = dataLength();
        for (final ByteBuffer source : sources) {
            putBehind(arrayOf(source), placeOf(source), source.remaining());
            source.position(source.limit());
        }
        Reference.reachabilityFence(sources);
        final long added = dataLength() - before;
        if (isObserved()) copiedIn(added);
        return added;
    }

    int addPrintf(final String format, final Object... arguments) {
        ensureOpen();
        final byte[] text = String.format(Locale.ROOT, format, arguments).getBytes(StandardCharsets.UTF_8);
        add(text, 0, text.length);
        return text.length;
    }

    void addReference(
            final DirectBuffer memory,
            final int offset,
            final int length,
            final @Nullable ReleaseHandler handler,
            final @Nullable Object attachment) {
        if (isOutside(offset, length, memory.capacity())) {
            throw badRange(offset, length, memory.capacity());
        }
        checkReference(memory, length);
        final long extent = (long) offset + length;
        if (length == 0) {
            if (handler != null) handler.released(memory, extent, attachment);
            return;
        }
        final ReferencedMemory reference = references().take().begin(memory, extent, 1, handler, attachment);
        linkBehindData(reference.show(memory, offset, length), length);
        if (isObserved()) shared(length);
    }

    long addIovecReference(
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
        if (total == 0) {
            if (handler != null) handler.released(memories[0], 0, attachment);
            return 0;
        }
        final ReferencedMemory reference = references().take().begin(memories[0], total, chains, handler, attachment);
        Chain head = null;
        for (int i = memories.length - 1; i >= 0; i--) {
            if (memories[i].capacity() == 0) continue;
            final Chain chain = reference.show(memories[i], 0, memories[i].capacity());
            chain.next = head;
            head = chain;
        }
        linkBehindData(Objects.requireNonNull(head), total);
        if (isObserved()) shared(total);
        return total;
    }

    private ReferenceStack references() {
        if (references == null) references = new ReferenceStack();
        return references;
    }

    void checkReference(final DirectBuffer memory, final long bytes) {
        ensureOpen();
        if (memory.byteArray() != null) {
            throw new IllegalArgumentException("memory on the heap has no address to refer to: " + memory);
        }
        if ((state & FROZEN_END) != 0) throw frozen(BufferEnd.END);
        if (bytes > maxLength - dataLength()) throw overMaxLength(bytes);
    }

    void addBufferReference(final EvBuffer source) {
        ensureOpen();
        source.ensureOpen();
        final long count = source.dataLength();
        if (count == 0) return;
        if (source == this) throw new IllegalArgumentException("a buffer cannot share its bytes with itself: " + this);
        if ((state & FROZEN_END) != 0) throw frozen(BufferEnd.END);
        if (count > maxLength - dataLength()) throw overMaxLength(count);
        showAll(source);
        state |= source.state & MAY_BE_UNLOADED;
        if (isObserved()) shared(count);
    }

    // ---- bytes not in memory ----

    void addUnloaded(final UnloadedBytes bytes, final long position, final long count) {
        ensureOpen();
        Objects.requireNonNull(bytes, "bytes");
        if (position < 0 || count < 0 || position > Long.MAX_VALUE - count) {
            throw new IndexOutOfBoundsException(count + " bytes at position " + position);
        }
        if ((state & FROZEN_END) != 0) throw frozen(BufferEnd.END);
        if (count > maxLength - dataLength()) throw overMaxLength(count);
        if (count == 0) return;
        linkBehindData(showUnloaded(bytes, position, count), count);
        state |= MAY_BE_UNLOADED;
        if (isObserved()) shared(count);
    }

    private Chain showUnloaded(final UnloadedBytes bytes, final long position, final long count) {
        final long chains = (count - 1) / MAX_UNLOADED + 1;
        if (chains > Integer.MAX_VALUE) throw new BufferLimitException("no memory to show " + count + " bytes");
        final ReferencedMemory reference = references().take().begin(bytes, (int) chains);
        Chain head = null;
        try {
            long end = position + count;
            while (end > position) { // from the back, so that each chain is put before the one behind it
                final int piece = (int) Math.min(end - position, MAX_UNLOADED);
                end -= piece;
                final Chain chain = reference.showUnloaded(end, piece);
                chain.next = head;
                head = chain;
            }
        } catch (final Throwable e) {
            releaseRun(head); // the reference is not used again, as some of it never comes back
            throw e;
        }
        return Objects.requireNonNull(head);
    }

    int peekLoaded(final long length, final EvIovec vectors) {
        return peekLoaded(length, 0, vectors);
    }

    int peekLoaded(final long length, final int loadable, final EvIovec vectors) {
        ensureOpen();
        vectors.beginData(self());
        final long wanted = length < 0 ? this.dataLength() : length;
        int left = loadable;
        Chain unloaded = vectors.appendLoaded(first, wanted);
        while (unloaded != null && unloaded.lengthAsAdded() <= left && loads(unloaded)) {
            left -= unloaded.length();
            unloaded = vectors.appendLoaded(unloaded, wanted - vectors.totalLength());
        }
        return vectors.size();
    }

    private static boolean loads(final Chain unloaded) {
        try {
            unloaded.load();
            return true;
        } catch (final UncheckedIOException | BufferLimitException e) {
            return false; // whoever needs these bytes will hear of it
        }
    }

    boolean frontUnloaded(final UnloadedExtent extent) {
        ensureOpen();
        Chain chain = first;
        while (chain != null && chain.isEmpty()) chain = chain.next;
        if (chain == null || !chain.isUnloaded()) {
            extent.clear();
            return false;
        }
        extent.set(chain.bytesUnloaded(), chain.dataAddress(), chain.length());
        return true;
    }

    // ---- adding at the front ----

    void prepend(final byte[] source, final int offset, final int length) {
        if (isOutside(offset, length, source.length)) throw badRange(offset, length, source.length);
        if (cannotPrepend(length)) return;
        final Chain head = first;
        if (head != null && length <= head.misalign && head.length() > 0 && (head.flags & Chain.IMMUTABLE) == 0) {
            head.misalign -= length;
            RawCopy.toNative(source, offset, head.dataAddress(), length);
            prepended(length);
        } else {
            prependSlowly(source, RawCopy.arrayOffset(offset), length);
        }
        if (isObserved()) copiedIn(length);
    }

    void prepend(final DirectBuffer source, final int offset, final int length) {
        if (isOutside(offset, length, source.capacity())) {
            throw badRange(offset, length, source.capacity());
        }
        if (cannotPrepend(length)) return;
        prependSlowly(source.byteArray(), source.addressOffset() + offset, length);
        Reference.reachabilityFence(source);
        if (isObserved()) copiedIn(length);
    }

    void prepend(final ByteBuffer source) {
        final int count = source.remaining();
        if (cannotPrepend(count)) return;
        prependSlowly(arrayOf(source), placeOf(source), count);
        source.position(source.limit());
        Reference.reachabilityFence(source);
        if (isObserved()) copiedIn(count);
    }

    /** Checks a prepend; true if there is nothing to do. */
    boolean cannotPrepend(final int count) {
        if ((state & (CLOSED | FROZEN_START)) != 0) {
            ensureOpen();
            if (count > 0) throw frozen(BufferEnd.START);
        }
        if (count > maxLength - dataLength() - inputLent) throw overMaxLength(count);
        return count == 0;
    }

    // ---- removing ----

    long drain(final long count) {
        if ((state & CLOSED) != 0) throw closedBuffer();
        if (count < 0) throw new IllegalArgumentException("negative count: " + count);
        if (dataLength() == 0) return 0;
        if ((state & FROZEN_START) != 0) throw frozen(BufferEnd.START);
        final long removed = Math.min(count, dataLength());
        dropFront(removed);
        if (isObserved()) tell();
        return removed;
    }

    int remove(final byte[] target, final int offset, final int length) {
        final int count = copyOut(target, offset, length);
        if (count > 0) removed(count);
        return count;
    }

    int remove(final MutableDirectBuffer target, final int offset, final int length) {
        final int count = copyOut(target, offset, length);
        if (count > 0) removed(count);
        return count;
    }

    int remove(final ByteBuffer target) {
        final int count = copyOut(target);
        if (count > 0) removed(count);
        return count;
    }

    void removed(final int count) {
        dropFront(count);
        if (isObserved()) tell();
    }

    @SuppressWarnings("NullAway") // with something to copy there is a first chain (INV-1, INV-4)
    int copyOut(final byte[] target, final int offset, final int length) {
        if (isOutside(offset, length, target.length)) throw badRange(offset, length, target.length);
        final int count = checkCopyOut(0, length);
        if (count == 0) return 0;
        final Chain head = first;
        if (count <= head.length()) {
            RawCopy.toArray(head.dataAddress(), target, offset, count);
        } else {
            gather(0, target, RawCopy.arrayOffset(offset), count);
        }
        if (isObserved()) copiedOut(count);
        return count;
    }

    int copyOut(final long position, final byte[] target, final int offset, final int length) {
        if (isOutside(offset, length, target.length)) throw badRange(offset, length, target.length);
        final int count = checkCopyOut(position, length);
        gather(position, target, RawCopy.arrayOffset(offset), count);
        if (isObserved()) copiedOut(count);
        return count;
    }

    int copyOut(final MutableDirectBuffer target, final int offset, final int length) {
        if (isOutside(offset, length, target.capacity())) {
            throw badRange(offset, length, target.capacity());
        }
        final int count = checkCopyOut(0, length);
        gather(0, target.byteArray(), target.addressOffset() + offset, count);
        Reference.reachabilityFence(target);
        if (isObserved()) copiedOut(count);
        return count;
    }

    int copyOut(final ByteBuffer target) {
        ensureOpen();
        if (target.isReadOnly()) throw new java.nio.ReadOnlyBufferException();
        final int count = checkCopyOut(0, target.remaining());
        gather(0, arrayOf(target), placeOf(target), count);
        target.position(target.position() + count);
        Reference.reachabilityFence(target);
        if (isObserved()) copiedOut(count);
        return count;
    }

    byte[] copyToArray() {
        ensureOpen();
        if (dataLength() > MAX_ARRAY) throw new BufferLimitException(dataLength() + " bytes do not fit in an array");
        final byte[] bytes = new byte[(int) dataLength()];
        copyOut(bytes, 0, bytes.length);
        return bytes;
    }

    int checkCopyOut(final long position, final int most) {
        if ((state & CLOSED) != 0) throw closedBuffer();
        if (position != 0) checkPosition(position);
        final int count = (int) Math.min(most, dataLength() - position);
        if (count > 0 && (state & FROZEN_START) != 0) throw frozen(BufferEnd.START);
        if (mayBeUnloaded()) load(position, count);
        return count;
    }

    // ---- removing lines ----

    byte @Nullable [] readLine(final EolStyle style) {
        final long count = lineToRead(style);
        if (count < 0) return null;
        if (count > MAX_ARRAY) throw new BufferLimitException(count + " bytes do not fit in an array");
        final byte[] line = new byte[(int) count];
        takeLine(line, RawCopy.arrayOffset(0), (int) count);
        return line;
    }

    int readLine(final EolStyle style, final byte[] target, final int offset, final int room) {
        if (isOutside(offset, room, target.length)) throw badRange(offset, room, target.length);
        return takeLine(style, target, RawCopy.arrayOffset(offset), room);
    }

    int readLine(final EolStyle style, final MutableDirectBuffer target, final int offset, final int room) {
        if (isOutside(offset, room, target.capacity())) throw badRange(offset, room, target.capacity());
        final int count = takeLine(style, target.byteArray(), target.addressOffset() + offset, room);
        Reference.reachabilityFence(target);
        return count;
    }

    int readLine(final EolStyle style, final ByteBuffer target) {
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

    /** Moves the first line out, without its end. Returns its bytes, or -1 if there is none. */
    int takeLine(final EolStyle style, final byte @Nullable [] base, final long to, final int room) {
        final int ofHead = takeLineOfHead(style, base, to, room);
        if (ofHead != OTHER_LINE) return ofHead;
        final int count = lineToRead(style, room);
        if (count >= 0) takeLine(base, to, count);
        return count;
    }

    /**
     * The usual case: a line of which nothing was searched yet, in the first chain, and nobody to tell. Answers as {@link #takeLine},
     * or {@link #OTHER_LINE} if it is another case; then nothing has changed.
     */
    private int takeLineOfHead(final EolStyle style, final byte @Nullable [] base, final long to, final int room) {
        final LineScan scan = lineScan;
        if (scan == null || scan.isUnderWay(frontOffset)) return OTHER_LINE;
        final Chain head = first;
        if (head == null || (state & (CLOSED | FROZEN_START | MAY_BE_UNLOADED | OBSERVED)) != 0) return OTHER_LINE;
        if (style != EolStyle.LF && style != EolStyle.CRLF) return OTHER_LINE;
        final int lf = scan.findInHead(self(), head, style);
        if (lf < 0) return head == lastWithData ? -1 : OTHER_LINE;
        final long from = head.dataAddress();
        final int count = style == EolStyle.CRLF && EolSearch.isBehindCr(from, lf) ? lf - 1 : lf;
        if (count > room) return OTHER_LINE; // to be told so
        RawCopy.copyTo(from, base, to, count);
        if (lf + 1 < head.length()) takenInFront(lf + 1);
        else dropFront(lf + 1);
        return count;
    }

    int lineToRead(final EolStyle style, final int room) {
        final long count = lineToRead(style);
        if (count > room) throw new LineTooLongException(count, room);
        return (int) count;
    }

    /** The length of the first line, or -1. */
    long lineToRead(final EolStyle style) {
        if ((state & (CLOSED | FROZEN_START)) != 0) throw isClosed() ? closedBuffer() : frozen(BufferEnd.START);
        final LineScan scan = lineScan();
        scan.find(self(), style, scan.match);
        return scan.match.position();
    }

    /** Copies the line just found and drains it together with its end. */
    @SuppressWarnings("NullAway") // with a line there is a first chain (INV-1, INV-4)
    void takeLine(final byte @Nullable [] base, final long to, final int count) {
        final Chain head = first;
        if (count <= head.length()) {
            RawCopy.copyTo(head.dataAddress(), base, to, count);
        } else {
            gather(0, base, to, count);
        }
        if (isObserved()) copiedOut(count);
        dropFront(lineScan().match.endPosition());
        if (isObserved()) tell();
    }

    // ---- moving between buffers ----

    void addBuffer(final EvBuffer source) {
        if ((state | source.state) == 0) {
            addBufferPlainly(source);
            return;
        }
        ensureOpen();
        source.ensureOpen();
        if (source == this || source.dataLength() == 0) return;
        if ((state & FROZEN_END) != 0) throw frozen(BufferEnd.END);
        if ((source.state & FROZEN_START) != 0) throw source.frozen(BufferEnd.START);
        if (source.dataLength() > maxLength - dataLength()) throw overMaxLength(source.dataLength());
        final long moved = source.dataLength();
        takeAllBehind(source);
        tellMoved(source, moved);
    }

    /** The usual case: nothing to ask of either buffer. */
    private void addBufferPlainly(final EvBuffer source) {
        final long moved = source.dataLength();
        if (moved == 0 || source == this) return;
        takeAllPlainlyBehind(source, moved);
        tellMoved(source, moved);
    }

    void prependBuffer(final EvBuffer source) {
        ensureOpen();
        source.ensureOpen();
        if (source == this || source.dataLength() == 0) return;
        if ((state & FROZEN_START) != 0) throw frozen(BufferEnd.START);
        if ((source.state & FROZEN_START) != 0) throw source.frozen(BufferEnd.START);
        if (source.dataLength() > maxLength - dataLength() - inputLent) throw overMaxLength(source.dataLength());
        final long moved = source.dataLength();
        takeAllInFront(source);
        tellMoved(source, moved);
    }

    void tellMoved(final EvBuffer source, final long moved) {
        assert checkInvariants();
        if (source.isObserved() || isObserved()) tellBoth(source, moved, 0);
    }

    /** Counts a move and tells it, the source's listeners first. */
    void tellBoth(final EvBuffer source, final long moved, final long copied) {
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

    long removeBuffer(final EvBuffer target, final long count) {
        ensureOpen();
        target.ensureOpen();
        if (count < 0) throw new IllegalArgumentException("negative count: " + count);
        if (count == 0 || target == this) return 0;
        if ((target.state & FROZEN_END) != 0) throw target.frozen(BufferEnd.END);
        if ((state & FROZEN_START) != 0) throw frozen(BufferEnd.START);
        if (count >= dataLength()) {
            final long all = dataLength();
            target.addBuffer(self());
            return all;
        }
        if (count > target.maxLength - target.dataLength()) throw target.overMaxLength(count);
        final long copied = moveFront(target, count);
        assert checkInvariants() && target.checkInvariants();
        if (isObserved() || target.isObserved()) target.tellBoth(self(), count, copied);
        return count;
    }

    // ---- direct access to memory ----

    @SuppressWarnings("NullAway") // with bytes to pull up there is a first chain (INV-1, INV-4)
    int pullUp(final long count, final UnsafeBuffer view) {
        ensureOpen();
        if (count > dataLength()) {
            throw new IndexOutOfBoundsException("pull up of " + count + " bytes, the length is " + dataLength());
        }
        final long wanted = count < 0 ? dataLength() : count;
        if (wanted > Integer.MAX_VALUE) throw new BufferLimitException(wanted + " bytes do not fit in one chain");
        if (mayBeUnloaded()) load(0, wanted);
        if (wanted > 0 && first.length() < wanted) makeContiguous((int) wanted);
        final Chain head = first;
        final int contiguous = wanted == 0 || head == null ? 0 : head.length();
        if (contiguous == 0) view.wrap(0, 0); // BufferUtil.NULL_BYTES would be the four bytes of "null"
        else view.wrap(head.dataAddress(), contiguous);
        if (isObserved()) throwFailure();
        return contiguous;
    }

    /** Pulls up again if a release handler has changed the front meanwhile; if it has taken bytes, what is left of them. */
    @SuppressWarnings("NullAway") // where there is data there are chains (INV-1, INV-4)
    private void makeContiguous(final int count) {
        long wanted = count;
        do {
            pullUpSlowly((int) wanted);
            assert isClosed() || checkInvariants();
            wanted = Math.min(wanted, dataLength());
            if (mayBeUnloaded()) load(0, wanted);
        } while (wanted > 0 && first.length() < wanted);
    }

    void expand(final int count) {
        ensureOpen();
        if (count < 0) throw new IllegalArgumentException("negative count: " + count);
        if (count > maxLength - dataLength()) throw overMaxLength(count);
        expandContiguous(count);
    }

    void expandFast(final long count, final int maxChains) {
        ensureOpen();
        if (count < 0) throw new IllegalArgumentException("negative count: " + count);
        if (maxChains < 2) throw new IllegalArgumentException("room in fewer than 2 chains: " + maxChains);
        if (count > maxLength - dataLength()) throw overMaxLength(count);
        expandScattered(count, maxChains);
    }

    int reserveSpace(final long size, final EvIovec vectors) {
        ensureOpen();
        if (size < 0) throw new IllegalArgumentException("negative size: " + size);
        if ((state & FROZEN_END) != 0) throw frozen(BufferEnd.END);
        if (size > maxLength - dataLength()) throw overMaxLength(size);
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
        vectors.beginFreeSpace(self(), layout);
        long missing = size == 0 ? Long.MAX_VALUE : size;
        for (; chain != null && missing > 0 && !vectors.isFull(); chain = chain.next) {
            final int free = chain.free();
            if (free > 0) {
                vectors.appendFree(chain, free);
                missing -= free;
            }
        }
        return vectors.size();
    }

    void commitSpace(final EvIovec vectors) {
        final long total = vectors.totalLength();
        checkCommit(vectors, total);
        commit(vectors, total);
    }

    void commitSpace(final EvIovec vectors, final long count) {
        ensureOpen();
        if (count < 0 || count > vectors.totalLength()) {
            throw new IllegalArgumentException(count + " bytes to commit of " + vectors);
        }
        checkCommit(vectors, count);
        commit(vectors.limit(count), count);
    }

    void checkCommit(final EvIovec vectors, final long count) {
        ensureOpen();
        if (vectors.size() > 0 && !vectors.isFreeSpaceOf(self())) throw foreignVectors(vectors);
        if ((state & FROZEN_END) != 0) throw frozen(BufferEnd.END);
        for (int i = 0; i < vectors.size(); i++) {
            if (vectors.layout() != layout || !vectors.isStillFree(i)) throw staleReservation(vectors);
        }
        if (count > maxLength - dataLength()) throw overMaxLength(count);
    }

    void commit(final EvIovec vectors, final long total) {
        if (total == 0) return;
        for (int i = 0; i < vectors.size(); i++) {
            final int extent = vectors.length(i);
            if (extent == 0) continue;
            final Chain chain = vectors.chain(i);
            chain.end += extent;
            lastWithData = chain;
        }
        layout++; // ends every reservation of this space, also those that begin before the bytes committed
        endOffset += total;
        if (isObserved()) changed(total, 0);
    }

    void trim() {
        ensureOpen();
        releaseUnused();
    }

    // ---- operations in flight ----

    BufferPin pinForRead(final long size, final EvIovec vectors) {
        ensureOpen();
        if (size < 1) throw new IllegalArgumentException("nothing to read into: " + size);
        reserveSpace(size, vectors);
        vectors.limit(size);
        releaseBehind(vectors.chain(vectors.size() - 1));
        BufferPin pin = inputPin;
        if (pin == null) {
            pin = new BufferPin(self(), Chain.PINNED_READ);
            inputPin = pin;
        }
        pin.start(vectors);
        state |= FROZEN_END;
        inputInFlight = true;
        inputLent = size;
        return pin;
    }

    BufferPin pinForWrite(final EvIovec vectors) {
        ensureOpen();
        if ((state & FROZEN_START) != 0) throw frozen(BufferEnd.START);
        peek(1, 0, vectors); // brings the front into memory
        peekLoaded(-1, vectors);
        BufferPin pin = outputPin;
        if (pin == null) {
            pin = new BufferPin(self(), Chain.PINNED_WRITE);
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
            inputLent = 0;
            final Chain tail = pin.extend(bytes);
            if (tail != null) lastWithData = tail;
            endOffset += bytes;
            layout++;
            pin.unpinAll();
            if (isObserved()) changed(bytes, 0);
        }
        throwFailure();
    }

    void outputDone(final BufferPin pin, final long bytes) {
        if (!isClosed()) {
            state &= ~FROZEN_START;
            if (bytes > 0) dropFront(bytes); // while pinned: chains given up dangle and go with their pin
        }
        pin.unpinAll();
        if (isObserved()) tell();
    }

    // ---- of EvBufferReader and EvBufferWriter ----

    /** The chain behind whose data bytes may be stored, and be {@link #filledPlainly}, unasked and untold; null if there is none. */
    @Nullable
    Chain plainTail() {
        return (state & ASK_AT_END) == 0 ? lastWithData : null;
    }

    void filledPlainly(final Chain tail, final int count) {
        tail.end += count;
        endOffset += count;
    }

    /** The chain of which data, but not all of it, may be {@link #takenPlainly}, unasked and untold; null if there is none. */
    @Nullable
    Chain plainHead() {
        return (state & ASK_AT_START) == 0 ? first : null;
    }

    void takenPlainly(final Chain head, final int count) {
        head.misalign += count;
        frontOffset += count;
    }

    /** Where {@code count} bytes can be stored in one piece behind the data, or 0; {@link #filledBehind} makes them data. */
    long roomBehind(final int count) {
        checkAdd(count);
        final Chain tail = lastWithData;
        return tail != null && count <= tail.free() ? tail.freeAddress() : 0;
    }

    @SuppressWarnings("NullAway") // where there is data there are chains (INV-1, INV-4)
    void filledBehind(final int count) {
        lastWithData.end += count;
        endOffset += count;
        if (isObserved()) copiedIn(count);
    }

    /** Where {@code count} bytes can be read and {@link #takenInFront} at once, or 0: then whoever takes them asks for each step. */
    long bytesInFront(final int count) {
        return (state & (CLOSED | FROZEN_START)) != 0 ? 0 : bytesQuietlyInFront(count);
    }

    /** Makes room for several {@link #addUntold} in a row, which then cannot fail. */
    void ensureRoomFor(final long count) {
        if ((state & (CLOSED | FROZEN_END)) != 0) throw refusedAtEnd();
        if (count > maxLength - dataLength()) throw overMaxLength(count);
        if (count > 0) ensureRoom(count);
    }

    void addUntold(final byte[] source, final int count) {
        putBehind(source, RawCopy.arrayOffset(0), count);
    }

    void tellAdded(final long count) {
        if (isObserved()) copiedIn(count);
    }

    /** Where {@code count} bytes at a position lie in one piece, or 0 if they do not; throws if they are not there. */
    @SuppressWarnings("NullAway") // where there is data there are chains (INV-1, INV-4)
    long addressOf(final long position, final int count) {
        if ((state & (CLOSED | FROZEN_START)) != 0) throw isClosed() ? closedBuffer() : frozen(BufferEnd.START);
        if (position < 0 || count > dataLength() - position) throw tooShort(position, count);
        if (mayBeUnloaded()) load(position, count);
        final Chain head = first;
        if (position + count <= head.length()) return head.dataAddress() + position;
        final Chain chain = seek(position);
        final long inChain = position - seekStart;
        return inChain + count <= chain.length() ? chain.dataAddress() + inChain : 0;
    }

    // ---- refusals ----

    static IllegalArgumentException foreignVectors(final EvIovec vectors) {
        return new IllegalArgumentException("not a reservation of this buffer: " + vectors);
    }

    IllegalStateException staleReservation(final EvIovec vectors) {
        return new IllegalStateException("the reservation has ended: " + vectors + ", the buffer is " + describe());
    }

    static byte @Nullable [] arrayOf(final ByteBuffer buffer) {
        return buffer.isDirect() ? null : BufferUtil.array(buffer);
    }

    static long placeOf(final ByteBuffer buffer) {
        return buffer.position()
                + (buffer.isDirect()
                        ? BufferUtil.address(buffer)
                        : RawCopy.arrayOffset(BufferUtil.arrayOffset(buffer)));
    }
}
