package io.evbuffer.memory;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A piece of off-heap memory that a {@link SegmentSource} lends and takes back.
 *
 * <pre>
 *   slab    +-----------+-----------+-----------+-----------+
 *           | segment 0 | segment 1 | segment 2 |    ...    |
 *           +-----------+-----------+-----------+-----------+
 *                       ^ address                 capacity bytes each
 * </pre>
 *
 * <p>A segment is wrapped once in its life: its {@link UnsafeBuffer}, its NIO views and whatever its holder keeps in
 * {@link #holder()} come and go with it, so that lending one allocates nothing.
 *
 * <p>Invariants: <b>G1</b> {@code refCount} is 0 exactly while the segment is with its source. <b>G2</b> {@code
 * generation} grows by one each time the segment goes home, so that whoever remembers it can tell an old lending from a
 * new one. <b>G3</b> memory, address and capacity never change while somebody holds
 * the segment; those of a pool's segment never.
 *
 * <p>Ownership: each {@link #retain()}, and the taking, owes one {@link #release()}. While there is more than one holder
 * the bytes are read-only for all of them. Threads: retain and release may be called by any holder's thread; the views
 * belong to the one holder's thread.
 */
public final class Segment {
    private static final VarHandle REF_COUNT;

    static {
        try {
            REF_COUNT = MethodHandles.lookup().findVarHandle(Segment.class, "refCount", int.class);
        } catch (final ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final SegmentHome home;
    private @Nullable ByteBuffer nio; // keeps the memory reachable; position and limit never move
    private final UnsafeBuffer memory;
    private long address;
    private int capacity;
    private int nioStart; // where this memory begins in nio

    private int refCount; // shared with other holders' threads: see retain and release
    private int generation;
    private @Nullable Object holder;
    private @Nullable ByteBuffer readView;
    private @Nullable ByteBuffer writeView;

    private @Nullable String owner;
    private int ownedLending; // the generation that owner is good for

    // Of SlabPool only, all of them.
    @Nullable
    Slab slab;

    @Nullable
    Magazine magazine; // of the pool's owner; null for a dedicated mapping

    @Nullable
    Segment next; // in the slab's stack of free segments, or in the pool's stack of returned ones

    @Nullable
    Birth birth; // of the last sampled lending

    long lentNanos;
    boolean poisoned;

    /**
     * Wraps memory for a source; the new segment is at home, with no holder.
     *
     * @param home who lends it and takes it back.
     * @param directMemory direct memory, all of it from index 0 to the capacity; it must outlive the segment.
     * @throws IllegalArgumentException if the memory is on the heap, read-only or empty.
     */
    public Segment(final SegmentHome home, final ByteBuffer directMemory) {
        this(home, addressOf(directMemory), directMemory.capacity(), directMemory);
    }

    /**
     * Wraps memory of somebody else; the new segment is at home, with no holder.
     *
     * @param home who lends it and takes it back, and keeps the memory reachable meanwhile.
     * @param address where the memory begins.
     * @param capacity its length in bytes, 1 or more.
     * @param nio direct memory of which the first {@code capacity} bytes are this memory, read-only or not; or null, if
     *     there is none: then the segment can be read and sent by address, but has no NIO views.
     */
    public Segment(final SegmentHome home, final long address, final int capacity, final @Nullable ByteBuffer nio) {
        if (capacity < 1) throw new IllegalArgumentException("a segment needs memory: " + capacity + " bytes");
        this.home = Objects.requireNonNull(home, "home");
        this.nio = nio;
        this.address = address;
        this.capacity = capacity;
        memory = new UnsafeBuffer(address, capacity);
    }

    /**
     * Makes a segment stand for other memory of somebody else; for its home, while it is there. What holders kept with the
     * segment stays with it.
     *
     * @param address where the memory begins.
     * @param capacity its length in bytes, 1 or more.
     * @param nio direct memory that holds this memory, read-only or not; or null, if there is none.
     * @param nioStart where this memory begins in {@code nio}.
     * @throws IllegalStateException if the segment is lent, or memory of a pool.
     */
    public void rewrap(final long address, final int capacity, final @Nullable ByteBuffer nio, final int nioStart) {
        if (refCount != 0 || slab != null) throw new IllegalStateException("not to be wrapped anew: " + this);
        if (capacity < 1) throw new IllegalArgumentException("a segment needs memory: " + capacity + " bytes");
        this.address = address;
        this.capacity = capacity;
        this.nio = nio;
        this.nioStart = nioStart;
        memory.wrap(address, capacity);
        readView = null;
        writeView = null;
    }

    private static long addressOf(final ByteBuffer directMemory) {
        if (!directMemory.isDirect() || directMemory.isReadOnly() || directMemory.capacity() == 0) {
            throw new IllegalArgumentException("a segment needs direct, writable, non-empty memory: " + directMemory);
        }
        return BufferUtil.address(directMemory);
    }

    /**
     * The number of bytes in this segment.
     *
     * @return 1 or more.
     */
    public int capacity() {
        return capacity;
    }

    /**
     * Where the first byte lies.
     *
     * @return the native address, for system calls.
     */
    public long address() {
        return address;
    }

    /**
     * The bytes. Valid while the caller holds the segment; never to be wrapped anew.
     *
     * @return the one {@link UnsafeBuffer} of this segment.
     */
    public UnsafeBuffer memory() {
        return memory;
    }

    /**
     * A read-only NIO view of the whole segment for the holder's gather writes. Its position and limit are the holder's
     * to move. Allocated at the first call in the segment's life.
     *
     * @return the one read view of this segment, in native byte order.
     */
    public ByteBuffer readView() {
        final ByteBuffer view = readView;
        return view != null ? view : makeReadView();
    }

    private ByteBuffer makeReadView() {
        final ByteBuffer view = nio().asReadOnlyBuffer().order(ByteOrder.nativeOrder());
        readView = view;
        return view;
    }

    /**
     * A writable NIO view of the whole segment for the holder's scatter reads. Its position and limit are the holder's
     * to move. Allocated at the first call in the segment's life.
     *
     * @return the one write view of this segment, in native byte order.
     */
    public ByteBuffer writeView() {
        final ByteBuffer view = writeView;
        return view != null ? view : makeWriteView();
    }

    private ByteBuffer makeWriteView() {
        final ByteBuffer view = nio().duplicate().order(ByteOrder.nativeOrder());
        writeView = view;
        return view;
    }

    private ByteBuffer nio() {
        final ByteBuffer around = nio;
        if (around == null) {
            throw new IllegalStateException("memory known by its address alone has no NIO view: " + this);
        }
        if (nioStart == 0 && around.capacity() == capacity) return around;
        return around.duplicate().clear().slice(nioStart, capacity);
    }

    /**
     * Takes a reusable object that somebody left for a further holder of memory in this segment's slab; {@link
     * #leaveSharer(Object)} put it there. Of the pool's owner only: elsewhere the answer is always null.
     *
     * @return the object, or null.
     */
    public @Nullable Object takeSharer() {
        return slab != null && slab.isOwnersThread() ? slab.popSharer() : null;
    }

    /**
     * Leaves an object for the next {@link #takeSharer()} of this slab; dropped on another thread than the pool's owner, or if
     * there are many: a slab keeps as many as it has segments, 256 at least, and the pool 16,384 more for all its slabs.
     *
     * @param sharer any object that is good for every segment of this slab.
     * @return whether this is the owner's thread and a slab's segment: otherwise nothing was done.
     */
    public boolean leaveSharer(final Object sharer) {
        if (slab == null || !slab.isOwnersThread()) return false;
        slab.pushSharer(sharer);
        return true;
    }

    /**
     * A new read-only NIO view of all memory around this segment, in which it begins at {@link #offsetInSlab()}: good for
     * every segment of the slab. The caller keeps and reuses it. Allocates.
     *
     * @return a view in native byte order; of the segment alone if it belongs to no slab.
     */
    public ByteBuffer newSlabView() {
        final ByteBuffer all = slab != null ? slab.memory() : nio();
        return all.asReadOnlyBuffer().order(ByteOrder.nativeOrder());
    }

    /**
     * Where this segment begins in the memory that {@link #newSlabView()} shows.
     *
     * @return an index, 0 if the segment belongs to no slab.
     */
    public int offsetInSlab() {
        return slab != null ? slab.offsetOf(this) : 0;
    }

    /**
     * Tells whether the memory is a piece of a pool's slab, which stays mapped as long as somebody holds the segment. Of
     * other sources' memory that is not known: a mapped file may be cut short by others.
     *
     * @return true if a {@link SlabPool} lends this segment.
     */
    public boolean isOfSlab() {
        return slab != null;
    }

    /**
     * What the holder keeps with the segment across lendings, as an attachment of a selection key.
     *
     * @return the attachment, or null.
     */
    public @Nullable Object holder() {
        return holder;
    }

    /**
     * Keeps an object with the segment across lendings.
     *
     * @param holder the attachment, or null.
     */
    public void holder(final @Nullable Object holder) {
        this.holder = holder;
    }

    /**
     * How many times this segment has gone home: the number of its present lending. Who remembers a segment remembers
     * this with it, and so tells a later lending from the one it knew.
     *
     * @return a number that changes whenever the last holder lets go.
     */
    public int generation() {
        return generation;
    }

    /**
     * Writes on this lending whose it is, for {@link SlabPool#liveSegments()}. Ends when the segment goes home.
     *
     * <p><b>Cost:</b> two stores, and nothing for who does not call it.
     *
     * @param tag the name of a buffer or connection, or null.
     */
    public void owner(final @Nullable String tag) {
        owner = tag;
        ownedLending = generation;
    }

    /**
     * Whose this lending is.
     *
     * @return what its holder wrote with {@link #owner(String)}, or null if nobody did since it was lent.
     */
    public @Nullable String owner() {
        return ownedLending == generation ? owner : null;
    }

    /** The tag of the present lending or the last one that had one. */
    @Nullable
    String lastOwner() {
        return owner;
    }

    /**
     * Tells whether the lending that the caller remembers still lasts.
     *
     * @param lending the {@link #generation()} the segment had when the caller got it.
     * @return false if the segment has gone home since; somebody else may hold it now.
     */
    public boolean isLent(final int lending) {
        return generation == lending && refCount() > 0;
    }

    /**
     * The present number of holders.
     *
     * @return 0 if the segment is with its source.
     */
    public int refCount() {
        // Acquire: who reads 1 is the only holder and sees what earlier holders did. Partner: the release below.
        return (int) REF_COUNT.getAcquire(this);
    }

    /**
     * Marks the segment as lent to one holder. Called by its source as it hands the segment out, never by users.
     *
     * @return this segment.
     * @throws IllegalStateException if somebody holds it already.
     */
    public Segment lend() {
        if (refCount != 0) throw new IllegalStateException("lent while it has " + refCount + " holders");
        refCount = 1; // plain: nobody else knows this segment now
        return this;
    }

    /**
     * Adds a holder; for who is one.
     *
     * <p><b>Cost:</b> no atomic step if the caller is the only holder.
     *
     * @return this segment.
     * @throws IllegalStateException if nobody holds the segment: it may already be lent to somebody else.
     */
    public Segment retain() {
        // Acquire: who reads 1 is the only holder, so that nobody else counts now. Partner: the release below.
        if ((int) REF_COUNT.getAcquire(this) == 1) {
            refCount = 2; // plain: the second holder learns of the segment from us
            return this;
        }
        final int before = (int) REF_COUNT.getAndAdd(this, 1);
        if (before < 1) {
            REF_COUNT.getAndAdd(this, -1);
            throw new IllegalStateException("retained after its last release: " + before + " holders");
        }
        return this;
    }

    /**
     * Gives up one holding; the last one sends the segment home.
     *
     * <p><b>Cost:</b> no atomic step if the caller is the only holder.
     *
     * @throws IllegalStateException if nobody holds the segment.
     */
    public void release() {
        // Acquire: who reads 1 is the only holder and sees what the others did. Partner: the release below.
        final int holders = (int) REF_COUNT.getAcquire(this);
        if (holders == 1) {
            refCount = 0; // plain: a segment that was never shared pays for no atomic step
            generation++;
            home.recycle(this);
            return;
        }
        if (holders < 1) throw releasedTooOften(holders);
        // Release: our accesses to the bytes come before the drop. Acquire: whoever drops last sees what others did
        // before.
        // A weaker step that is one or the other is a loop around a compare-and-set in HotSpot's code.
        final int before = (int) REF_COUNT.getAndAdd(this, -1);
        if (before == 1) {
            goHome();
        } else if (before < 1) {
            throw releasedTooOften(before);
        }
    }

    /**
     * {@link #release()} for a holder who is not sure of it: finds a release too many also if the segment has been lent
     * to somebody else meanwhile.
     *
     * <p><b>Cost:</b> one comparison more than {@link #release()}.
     *
     * @param lending the {@link #generation()} the segment had when the caller got it.
     * @throws IllegalStateException if that lending is over; the present holder is not disturbed.
     */
    public void release(final int lending) {
        if (generation != lending) throw staleLending(lending);
        release();
    }

    private void goHome() {
        generation++;
        home.recycle(this);
    }

    private IllegalStateException staleLending(final int lending) {
        return new IllegalStateException(
                "lending " + lending + " is over, this is lending " + generation + ": " + this);
    }

    private static IllegalStateException releasedTooOften(final int holders) {
        return new IllegalStateException("released too often: " + holders + " holders before this release");
    }

    @Override
    public String toString() {
        return "Segment[capacity=" + capacity + ", holders=" + refCount() + ", generation=" + generation + "]";
    }
}
