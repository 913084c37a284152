package io.evbuffer;

import io.evbuffer.memory.Segment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One node of an {@link EvBuffer}: a window on one {@link Segment}, in three parts.
 *
 * <pre>
 *        0            misalign               end              capacity
 *        |               |                     |                  |
 *        +---------------+---------------------+------------------+
 *        |   misalign    |   data (length)     |       free       |
 *        +---------------+---------------------+------------------+
 *          prepend &lt;-----|                     |-----&gt; append
 *                        |-----&gt; drain
 * </pre>
 *
 * <p>The bytes never move under these three operations, only the borders do. {@link #realign()} alone copies.
 *
 * <p>Kinds: an <i>owned</i> chain is the node of a segment lent to its buffer. A <i>reference</i> is the node of a segment
 * made of the caller's memory. A <i>multicast</i> chain is a further node on a segment that another chain shows, and then
 * that one is <i>shared</i>. An <i>unloaded</i> chain is a reference, or multicast, whose bytes are not in memory yet. Only an owned chain that is not shared may be written.
 *
 * <p>Both borders are kept, so that a byte that comes moves one word and a byte that goes another; the length is their
 * difference.
 *
 * <p>Invariants: <b>INV-8</b> {@code 0 <= misalign <= end <= capacity}: {@code misalign}, {@code length()} and {@code
 * free()} are never negative and add up to {@code capacity}. <b>INV-11</b> the segment has a holder while the chain is
 * in a list. <b>INV-12</b> a chain is a reference or multicast or neither. <b>INV-13</b> a chain that may not be written
 * has nothing free behind its data. <b>INV-14</b> the window lies within the segment. <b>C1</b> {@code free()} is what
 * may be written behind the data, without a further question. <b>C2</b> a chain that is not multicast and its segment
 * know each other: the node stays with the segment across lendings, in {@link Segment#holder()}, unless two nodes
 * exchange their segments. <b>C3</b> an unloaded chain knows what it shows, which its segment holds; one that was
 * loaded, and its sharers, hold it themselves.
 *
 * <p>Ownership: a chain holds one reference on its segment and gives it up in {@link #release()}. Threads: belongs to its
 * buffer's thread.
 */
final class Chain {
    static final int REFERENCE = 1;
    static final int MULTICAST = 2;
    static final int SHARED = 4;
    /** An input operation is filling the free part. */
    static final int PINNED_READ = 8;
    /** An output operation is reading the data. */
    static final int PINNED_WRITE = 16;
    /** Released while pinned: in no list, its segment held for the operation in flight alone. */
    static final int DANGLING = 32;

    /** Shows bytes that are not in memory: {@code address} is a position in {@code unloaded}, not to be looked at. */
    static final int UNLOADED = 64;

    /** Of what comes back, so much is kept with a segment. */
    private static final int MOST_SPARES = 64;

    private static final VarHandle SPARES;

    static {
        try {
            SPARES = MethodHandles.lookup().findVarHandle(Chain.class, "spares", Chain.class);
        } catch (final ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    static final int IMMUTABLE = REFERENCE | MULTICAST | SHARED;
    static final int PINNED = PINNED_READ | PINNED_WRITE;

    @Nullable
    Chain next;

    int misalign;
    int end; // of the data: where the next byte goes
    int capacity; // of an immutable chain: where its data ends
    int flags;
    long address; // of index 0
    Segment segment;
    private @Nullable UnloadedBytes unloaded; // what an unloaded chain shows, and one that was loaded holds
    private @Nullable ByteBuffer slabView; // of a multicast node only
    private @Nullable ByteBuffer pinnedView; // for output operations in flight only

    // Of a segment's own node: nodes that were multicast, for memory of no slab or without the pool's owner.
    private @Nullable Chain spares; // a stack linked by next; pushed on any thread
    private int spareCount; // of a node on that stack: how many there are from it on

    private Chain(final Segment segment) {
        this.segment = segment;
        attach(segment);
    }

    /** The node of a segment just taken, empty and with all its room behind. */
    static Chain on(final Segment segment) {
        if (segment.holder() instanceof Chain chain) return chain;
        final Chain chain = new Chain(segment);
        segment.holder(chain);
        return chain;
    }

    /** The node of a segment of the caller's memory, just lent, that shows all bytes from {@code offset} on. */
    static Chain reference(final Segment segment, final int offset) {
        final Chain chain = on(segment);
        chain.attach(segment); // the node may have been here when the segment stood for other memory
        chain.flags = REFERENCE;
        chain.misalign = offset;
        chain.end = chain.capacity;
        return chain;
    }

    /** A further node that shows this chain's data; this chain, if it is owned, is shared from now on. */
    Chain share() {
        final Segment shared = segment;
        final Chain sharer = sharer(shared); // there may be no memory for it: nothing has changed
        final UnloadedBytes held = held();
        if (held != null) held.retain();
        shared.retain();
        sharer.segment = shared;
        sharer.address = address;
        sharer.flags = MULTICAST | (flags & UNLOADED);
        sharer.unloaded = unloaded;
        sharer.misalign = misalign;
        sharer.end = end;
        sharer.capacity = end;
        if ((flags & IMMUTABLE) == 0) {
            flags |= SHARED;
            capacity = end;
        }
        return sharer;
    }

    private static Chain sharer(final Segment segment) {
        if (segment.takeSharer() instanceof Chain reused) return reused;
        final Chain spare = segment.holder() instanceof Chain holder ? holder.takeSpare() : null;
        return spare != null ? spare : new Chain(segment);
    }

    /** Takes all spare nodes at once, so that there is no ABA, and puts all but one back; who pushes meanwhile wins. */
    private @Nullable Chain takeSpare() {
        if (spares == null) return null;
        final Chain top = (Chain) SPARES.getAndSet(this, null);
        if (top == null) return null;
        final Chain others = top.next;
        top.next = null;
        if (others != null) SPARES.compareAndSet(this, null, others);
        return top;
    }

    /** Keeps a node that shows this one's segment no more, unless there are many; on any thread. */
    private void leaveSpare(final Chain spare) {
        Chain top;
        do {
            top = (Chain) SPARES.getAcquire(this);
            final int below = top == null ? 0 : top.spareCount;
            if (below == MOST_SPARES) return;
            spare.slabView = null; // it would hold the caller's memory, and the next may be other memory
            spare.pinnedView = null;
            spare.spareCount = below + 1;
            spare.next = top;
        } while (!SPARES.weakCompareAndSetRelease(this, top, spare));
    }

    /** A node that shows bytes which are not in memory. */
    static Chain unloaded(final UnloadedBytes bytes, final Segment segment) {
        final Chain chain = reference(segment, 0);
        chain.flags |= UNLOADED;
        chain.unloaded = bytes;
        return chain;
    }

    /** Cuts an unloaded chain: it keeps its first bytes, and the node returned, in no list, shows the others. */
    Chain cutUnloaded(final int kept) {
        final Chain rest = share();
        rest.skip(kept);
        end = misalign + kept;
        capacity = end;
        return rest;
    }

    /** Brings the bytes of an unloaded chain into memory; if that fails the chain is as before. */
    void load() {
        final UnloadedBytes bytes = bytesUnloaded();
        final int count = length();
        final Segment loaded = bytes.load(dataAddress(), count);
        if (loaded.capacity() < count) {
            loaded.release();
            throw new IllegalStateException(
                    loaded.capacity() + " bytes loaded where " + count + " were asked for: " + bytes);
        }
        bytes.retain(); // before the segment, which has a hold as well, gives it up
        final Segment before = segment;
        pinnedView = null;
        exchange(before, loaded);
        attach(loaded);
        misalign = 0;
        end = count;
        capacity = count;
        flags = REFERENCE;
        before.release();
    }

    /** Makes this the node of a segment; the node that it had is left to the one that this node leaves. */
    private void exchange(final Segment before, final Segment loaded) {
        final Object other = loaded.holder();
        loaded.holder(this);
        if (before.holder() == this) {
            before.holder(other);
            if (other instanceof final Chain node) node.attach(before);
        } else if (other instanceof final Chain node && before.holder() instanceof final Chain holder) {
            holder.leaveSpare(node);
        }
    }

    /** What this chain itself holds: of an unloaded one, the segment does. */
    private @Nullable UnloadedBytes held() {
        return isUnloaded() ? null : unloaded;
    }

    boolean isUnloaded() {
        return (flags & UNLOADED) != 0;
    }

    /** Of an unloaded chain: the bytes it showed when it was added, before some of them were drained or cut off. */
    int lengthAsAdded() {
        return segment.capacity();
    }

    UnloadedBytes bytesUnloaded() {
        return Objects.requireNonNull(unloaded);
    }

    /** Makes a chain writable again if nobody shows its memory any more; tells whether it is writable now. */
    boolean becomesWritable() {
        if ((flags & SHARED) != 0 && segment.refCount() == 1) {
            flags &= ~SHARED;
            capacity = segment.capacity();
        }
        return (flags & IMMUTABLE) == 0;
    }

    private void attach(final Segment segment) {
        this.segment = segment;
        address = segment.address();
        capacity = segment.capacity();
    }

    /** Bytes of data. */
    int length() {
        return end - misalign;
    }

    /** Bytes that may be written behind the data. */
    int free() {
        return capacity - end;
    }

    /** Whether so many bytes, a few, may be written behind the data. */
    boolean hasRoom(final int count) {
        return end <= capacity - count;
    }

    /**
     * {@link #freeAddress()} where there {@link #hasRoom}. Looks at the index once more, which tells the compiler that it does
     * not wrap: it then unrolls a loop that fills a chain around one address, as over an array. TypedAccessBenchmark, a number
     * written: 0.52 ns against 0.84.
     */
    long roomAddress() {
        return address + Objects.checkIndex(end, capacity);
    }

    /** Whether there is more data than a few bytes. */
    boolean hasMoreThan(final int count) {
        return misalign < end - count;
    }

    /** Bytes that may be written before the data; without data, all of a chain that may be written. */
    int headRoom() {
        if (!becomesWritable()) return 0;
        if (!isEmpty()) return misalign;
        return (flags & PINNED_READ) != 0 ? 0 : capacity;
    }

    boolean isEmpty() {
        return end == misalign;
    }

    /** Of a chain without data: where its data is to begin and, so far, to end. */
    void placeEmpty(final int index) {
        misalign = index;
        end = index;
    }

    boolean isPinned() {
        return (flags & PINNED) != 0;
    }

    /** Whether the data may be moved within or out of this memory, and the memory be written. */
    boolean isPlain() {
        return (flags & PINNED) == 0 && becomesWritable();
    }

    UnsafeBuffer memory() {
        return segment.memory();
    }

    /** Where index 0 lies in {@link #readView()}. */
    int readViewOffset() {
        return (flags & MULTICAST) != 0 ? segment.offsetInSlab() : 0;
    }

    ByteBuffer readView() {
        return (flags & MULTICAST) != 0 ? slabView() : segment.readView();
    }

    /** A sharer has a view of its own, as the segment's is in use on another thread perhaps. */
    private ByteBuffer slabView() {
        ByteBuffer view = slabView;
        if (view == null) {
            view = segment.newSlabView();
            slabView = view;
        }
        return view;
    }

    ByteBuffer writeView() {
        return segment.writeView();
    }

    /** A second {@link #readView()}, for another thread: peeking sets the first one's position meanwhile. */
    ByteBuffer pinnedView() {
        ByteBuffer view = pinnedView;
        if (view == null) {
            view = readView().duplicate().order(ByteOrder.nativeOrder());
            pinnedView = view;
        }
        return view;
    }

    /** Whether nobody can take the memory away while it is read, as a file's owner can: native code may read no other. */
    boolean isSteadyMemory() {
        return segment.isOfSlab();
    }

    /** Address of the first readable byte. */
    long dataAddress() {
        return address + misalign;
    }

    /** Address of the first free byte behind the data. */
    long freeAddress() {
        return address + end;
    }

    /** Makes bytes behind the data data, which an input operation has written; the chain may have been shared meanwhile. */
    void extend(final int count) {
        end += count;
        if ((flags & IMMUTABLE) != 0) capacity = end;
    }

    /** Drops bytes from the front of the data. */
    void skip(final int count) {
        misalign += count;
    }

    /** Moves the data to index 0. Copies {@code length()} bytes. */
    void realign() {
        final int count = length();
        RawCopy.move(dataAddress(), address, count);
        misalign = 0;
        end = count;
    }

    /** Puts the data into the other chain's memory and exchanges the segments, so that this node keeps its place. */
    void moveInto(final Chain roomier) {
        final int count = length();
        RawCopy.copy(dataAddress(), roomier.address, count);
        final Segment mine = segment;
        pinnedView = null;
        roomier.pinnedView = null;
        attach(roomier.segment);
        segment.holder(this);
        misalign = 0;
        end = count;
        roomier.attach(mine);
        mine.holder(roomier);
    }

    void pin(final int direction) {
        if ((flags & direction) != 0) throw new AssertionError("INV-28: pinned twice: " + this);
        flags |= direction;
    }

    /** Takes a pin off; the last one of a dangling chain releases it. */
    void unpin(final int direction) {
        if ((flags & direction) == 0) throw new AssertionError("INV-28: not pinned: " + this);
        flags &= ~direction;
        if ((flags & (DANGLING | PINNED)) == DANGLING) release();
    }

    /** Gives the segment back, or leaves that to the last unpin. The node must be out of its list. */
    void release() {
        next = null;
        if (flags == 0) { // all that changed are the borders
            placeEmpty(0);
            segment.release();
        } else {
            releaseSlowly();
        }
    }

    private void releaseSlowly() {
        if ((flags & PINNED) != 0) {
            flags |= DANGLING;
            return;
        }
        final Segment mine = segment;
        final UnloadedBytes held = held();
        final boolean sharer = (flags & MULTICAST) != 0;
        if ((flags & REFERENCE) != 0) pinnedView = null; // it would hold the caller's memory
        flags = 0;
        if (unloaded != null) unloaded = null; // a store of a reference has its price
        placeEmpty(0);
        capacity = mine.capacity();
        // Now, not later: as long as we hold the segment it keeps its node.
        if (sharer && !mine.leaveSharer(this) && mine.holder() instanceof Chain holder) holder.leaveSpare(this);
        if (held == null) mine.release();
        else release(mine, held);
    }

    /** First the memory, then what it was loaded from. */
    private static void release(final Segment segment, final UnloadedBytes held) {
        try {
            segment.release();
        } finally {
            held.release();
        }
    }

    void checkInvariants() {
        if (misalign < 0 || end < misalign || end > capacity) throw broken("INV-8");
        if (segment.refCount() < 1) throw broken("INV-11");
        if ((flags & (REFERENCE | MULTICAST)) == (REFERENCE | MULTICAST)) throw broken("INV-12");
        if ((flags & IMMUTABLE) != 0 && free() != 0) throw broken("INV-13");
        if (capacity > segment.capacity() || address != segment.address()) throw broken("INV-14");
        if ((flags & IMMUTABLE) == 0 && capacity != segment.capacity()) throw broken("INV-14: room that is not shown");
        if ((flags & IMMUTABLE) == 0 && segment.refCount() != 1) throw broken("INV-15: writable, but held by others");
        if (isUnloaded() ? unloaded == null : unloaded != null && (flags & (REFERENCE | MULTICAST)) == 0) {
            throw broken("C3");
        }
        if ((flags & DANGLING) != 0) throw broken("INV-17: dangling in a list");
        if ((segment.holder() == this) == ((flags & MULTICAST) != 0)) throw broken("C2");
    }

    private AssertionError broken(final String invariant) {
        return new AssertionError(invariant + " broken in " + this);
    }

    @Override
    public String toString() {
        final StringBuilder text = new StringBuilder(16);
        if ((flags & REFERENCE) != 0) text.append('r');
        if ((flags & MULTICAST) != 0) text.append('m');
        if ((flags & SHARED) != 0) text.append('s');
        if ((flags & PINNED) != 0) text.append('p');
        if ((flags & UNLOADED) != 0) text.append('u');
        return text.append(misalign)
                .append('|')
                .append(length())
                .append('|')
                .append(free())
                .toString();
    }
}
