package io.evbuffer.memory;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Segments cut from slabs and kept for the next taker: the memory of one thread's buffers.
 *
 * <pre>
 *                       owner's thread                     other threads
 *
 *   take        pop of owned[class]              locked: pop of side[class]
 *                  | empty                                  | empty
 *                  v                                        v
 *               returned: all at once            returned: all at once
 *                  | empty                                  | empty
 *                  v                                        v
 *               locked: cut a segment from the class's slab, or map a new slab within the limit
 *                  | at the limit
 *                  v
 *               a larger segment that is free or not yet cut, if there is one
 *
 *   recycle     push to owned[class]             push to returned (lock-free stack, linked through the segments)
 * </pre>
 *
 * <p>A request above the largest class (64 KiB) gets a mapping of its own, rounded up to whole pages, that goes back to
 * the system when it is released.
 *
 * <p>Invariants: <b>P1</b> bytes mapped never exceed the limit. <b>P2</b> a segment at home is in exactly one of owned,
 * side, returned. <b>P3</b> segments cut = segments at home + segments in use. <b>P4</b> a slab is unmapped only when the
 * pool is closed and the slab's last segment is home.
 *
 * <p><b>Cost:</b> taking and recycling on the owner's thread is an array pop and push: no allocation, no lock, no atomic
 * step. Elsewhere a take locks, a recycle is one compare-and-set.
 * <p><b>Threads:</b> the pool belongs to the thread that made it, until another one calls {@link #claim()}. Every method
 * may be called from any thread.
 */
public final class SlabPool implements SegmentSource, AutoCloseable {
    /** Bytes of one slab unless the builder says otherwise: one huge page of most systems. */
    public static final int DEFAULT_SLAB_SIZE = 2 * 1024 * 1024;

    /** How many live segments the log line of {@link #close()} names at most. */
    private static final int NAMED_AT_CLOSE = 16;

    private static final Logger LOG = System.getLogger(SlabPool.class.getName());
    private static final int LARGE = SizeClasses.COUNT; // index of the counter for dedicated mappings
    private static final VarHandle RETURNED;

    static {
        try {
            RETURNED = MethodHandles.lookup().findVarHandle(SlabPool.class, "returned", Segment.class);
        } catch (final ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final String name;
    private final long limit;
    private final int slabSize;
    private final FreeList[] owned = newLists();

    private volatile @Nullable Thread owner;
    private volatile @Nullable Segment returned; // top of the stack of segments sent home by other threads
    private volatile boolean closed;

    private final AtomicLongArray returnedElsewhere = new AtomicLongArray(SizeClasses.COUNT + 1);
    private final AtomicLong largeBytesInUse = new AtomicLong();

    private final ReentrantLock lock = new ReentrantLock();
    // Guarded by lock:
    private final FreeList[] side = newLists();
    private final @Nullable Slab[] cutting = new Slab[SizeClasses.COUNT];
    private final List<Slab> slabs = new ArrayList<>();
    private final int[] cutCount = new int[SizeClasses.COUNT];
    private int nextSlabIndex;
    private long largeTaken;
    private long bytesMapped;
    private long peakBytesMapped;

    /**
     * Makes a pool without limit that belongs to the calling thread.
     *
     * @throws IllegalStateException if the JVM lacks the flag that Agrona needs; the message names it.
     */
    public SlabPool() {
        this(builder());
    }

    private SlabPool(final Builder builder) {
        AgronaAccess.check();
        name = builder.name;
        limit = builder.limit;
        slabSize = builder.slabSize;
        owner = Thread.currentThread();
    }

    /**
     * Starts the description of a pool.
     *
     * @return a builder with the defaults: no limit, slabs of {@value #DEFAULT_SLAB_SIZE} bytes.
     */
    public static Builder builder() {
        return new Builder();
    }

    private static FreeList[] newLists() {
        final FreeList[] lists = new FreeList[SizeClasses.COUNT];
        for (int i = 0; i < lists.length; i++) lists[i] = new FreeList(i, SizeClasses.size(i));
        return lists;
    }

    /**
     * The pool's name in messages.
     *
     * @return as given to the builder.
     */
    public String name() {
        return name;
    }

    /**
     * The thread for which this pool is fastest.
     *
     * @return the owner, or null once the pool is closed.
     */
    public @Nullable Thread owner() {
        return owner;
    }

    /**
     * Makes the calling thread the owner. The caller sees to it that the former owner uses the pool no more, or only
     * after a hand-over both threads take part in; a reactor claims its pool as its loop starts.
     *
     * @throws IllegalStateException if the pool is closed.
     */
    public void claim() {
        lock.lock();
        try {
            if (closed) throw closedPool(); // a pool has no owner once closed: what goes home must be unmapped
            owner = Thread.currentThread();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Tells whether {@link #close()} was called.
     *
     * @return true from the call on.
     */
    public boolean isClosed() {
        return closed;
    }

    @Override
    public int preferredCapacity() {
        return SizeClasses.LARGEST;
    }

    @Override
    public Segment take(final int minCapacity) {
        if (Thread.currentThread() == owner && Integer.compareUnsigned(minCapacity, SizeClasses.LARGEST) <= 0) {
            final FreeList list = owned[SizeClasses.indexFor(minCapacity)];
            if (list.size() > 0) {
                list.taken++;
                return list.pop().lend();
            }
        }
        return takeSlowly(minCapacity);
    }

    private Segment takeSlowly(final int minCapacity) {
        if (minCapacity < 0) throw new IllegalArgumentException("negative capacity: " + minCapacity);
        if (closed) throw closedPool();
        if (minCapacity > SizeClasses.LARGEST) return takeLarge(minCapacity);
        final int sizeClass = SizeClasses.indexFor(minCapacity);
        return Thread.currentThread() == owner ? takeAsOwner(sizeClass) : takeAsGuest(sizeClass);
    }

    private Segment takeAsOwner(final int sizeClass) {
        collectReturned(owned);
        final FreeList list = owned[sizeClass];
        if (list.size() > 0) return lendFrom(owned, list.pop());
        lock.lock();
        try {
            Segment segment = cutOrNull(sizeClass, list);
            if (segment == null) segment = anyLargeEnough(sizeClass, owned);
            return lendFrom(owned, segment);
        } finally {
            lock.unlock();
        }
    }

    private Segment takeAsGuest(final int sizeClass) {
        final FreeList list = side[sizeClass];
        lock.lock();
        try {
            if (closed) throw closedPool();
            if (list.size() == 0) collectReturned(side);
            Segment segment = list.size() > 0 ? list.pop() : cutOrNull(sizeClass, list);
            if (segment == null) segment = anyLargeEnough(sizeClass, side);
            return lendFrom(side, segment);
        } finally {
            lock.unlock();
        }
    }

    private static Segment lendFrom(final FreeList[] lists, final Segment segment) {
        lists[freeList(segment).sizeClass].taken++;
        return segment.lend();
    }

    /**
     * At the limit: a segment of this class or a larger one that is free or not yet cut, so that memory once cut for large
     * takes serves small ones too. {@code lists} belong to the caller. Called with the lock.
     */
    private Segment anyLargeEnough(final int sizeClass, final FreeList[] lists) {
        for (int i = sizeClass; i < SizeClasses.COUNT; i++) {
            if (lists[i].size() > 0) return lists[i].pop();
            if (side[i].size() > 0) return side[i].pop();
            final Slab slab = cutting[i];
            if (slab != null && !slab.isUsedUp()) return cut(slab, i, lists[i]);
        }
        throw overLimit(SizeClasses.size(sizeClass));
    }

    /** Moves what other threads sent home into {@code lists}, which belong to the caller. */
    private void collectReturned(final FreeList[] lists) {
        if (returned == null) return;
        Segment segment = (Segment) RETURNED.getAndSet(this, null);
        while (segment != null) {
            final Segment next = segment.nextReturned;
            segment.nextReturned = null;
            lists[freeList(segment).sizeClass].push(segment);
            segment = next;
        }
    }

    /** Cuts one segment, mapping a slab if need be; null if the limit forbids. Called with the lock. */
    private @Nullable Segment cutOrNull(final int sizeClass, final FreeList forRoom) {
        Slab slab = cutting[sizeClass];
        if (slab == null || slab.isUsedUp()) {
            slab = mapSlab(sizeClass);
            if (slab == null) return null;
            cutting[sizeClass] = slab;
        }
        return cut(slab, sizeClass, forRoom);
    }

    private Segment cut(final Slab slab, final int sizeClass, final FreeList forRoom) {
        final int total = cutCount[sizeClass] + 1;
        // Any segment of the class may end up in either list.
        side[sizeClass].ensureRoom(total);
        if (forRoom != side[sizeClass]) forRoom.ensureRoom(total);
        cutCount[sizeClass] = total;
        final Segment segment = slab.cutNext(this);
        segment.freeList = owned[sizeClass];
        return segment;
    }

    private @Nullable Slab mapSlab(final int sizeClass) {
        final int size = SizeClasses.size(sizeClass);
        final long room = limit - bytesMapped;
        final long least = Math.max(size, SlabMemory.PAGE);
        if (room < least) return null;
        final long bytes = Math.max(least, Math.min(slabSize, room) / least * least);
        final Slab slab = new Slab(nextSlabIndex++, SlabMemory.map((int) bytes), size);
        enlist(slab);
        return slab;
    }

    private void enlist(final Slab slab) {
        slabs.add(slab);
        bytesMapped += slab.bytes();
        if (bytesMapped > peakBytesMapped) peakBytesMapped = bytesMapped;
    }

    private void unmap(final Slab slab) {
        slabs.remove(slab);
        bytesMapped -= slab.bytes();
        slab.unmap();
    }

    private Segment takeLarge(final int minCapacity) {
        final long bytes = (minCapacity + (SlabMemory.PAGE - 1L)) & -SlabMemory.PAGE;
        lock.lock();
        try {
            if (closed) throw closedPool();
            if (bytes > Integer.MAX_VALUE || bytes > limit - bytesMapped) throw overLimit(bytes);
            final Slab slab = new Slab(nextSlabIndex++, SlabMemory.map((int) bytes), (int) bytes);
            final Segment segment = slab.cutNext(this);
            enlist(slab); // last, so that nothing is counted if the heap has no room for these objects
            largeTaken++;
            largeBytesInUse.addAndGet(bytes);
            return segment.lend();
        } finally {
            lock.unlock();
        }
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if the segment was not lent by this pool.
     */
    @Override
    public void recycle(final Segment segment) {
        final FreeList list = segment.freeList;
        if (list != null && Thread.currentThread() == owner && owned[list.sizeClass] == list) {
            list.returned++;
            list.push(segment);
        } else {
            recycleSlowly(segment);
        }
    }

    private void recycleSlowly(final Segment segment) {
        final Slab slab = segment.slab;
        final FreeList list = segment.freeList;
        if (slab == null || (list != null && owned[list.sizeClass] != list)) throw notOfThisPool(segment);
        if (list == null) {
            recycleLarge(segment, slab);
            return;
        }
        returnedElsewhere.getAndIncrement(list.sizeClass);
        Segment top;
        do {
            top = returned;
            segment.nextReturned = top;
        } while (!RETURNED.weakCompareAndSetRelease(this, top, segment));
        // A full fence through the volatile read: either we see the pool closed, or close() sees the segment.
        VarHandle.fullFence();
        if (closed) unmapWhatIsHome();
    }

    private void recycleLarge(final Segment segment, final Slab slab) {
        lock.lock();
        try {
            if (!slabs.contains(slab)) throw notOfThisPool(segment);
            returnedElsewhere.getAndIncrement(LARGE);
            largeBytesInUse.addAndGet(-segment.capacity());
            unmap(slab);
        } finally {
            lock.unlock();
        }
    }

    private static FreeList freeList(final Segment segment) {
        return Objects.requireNonNull(segment.freeList);
    }

    /**
     * Fills a snapshot of the counters.
     *
     * @param into overwritten; reuse it, and nothing is allocated.
     */
    public void stats(final PoolStats into) {
        lock.lock();
        try {
            long taken = largeTaken;
            long inUse = largeTaken - returnedElsewhere.get(LARGE);
            long bytes = largeBytesInUse.get();
            for (int i = 0; i < SizeClasses.COUNT; i++) {
                final long out = owned[i].taken + side[i].taken - owned[i].returned - returnedElsewhere.get(i);
                taken += owned[i].taken + side[i].taken;
                inUse += out;
                bytes += out * SizeClasses.size(i);
            }
            into.bytesMapped = bytesMapped;
            into.peakBytesMapped = peakBytesMapped;
            into.limit = limit;
            into.slabs = slabs.size();
            into.segmentsInUse = inUse;
            into.bytesInUse = bytes;
            into.taken = taken;
        } finally {
            lock.unlock();
        }
    }

    /**
     * A new snapshot of the counters.
     *
     * @return exact while no other thread takes or returns.
     */
    public PoolStats stats() {
        final PoolStats stats = new PoolStats();
        stats(stats);
        return stats;
    }

    /**
     * Names every segment that somebody holds.
     *
     * <p><b>Cost:</b> a walk over all segments of the pool.
     *
     * @return one line a segment: its slab, place, capacity and holders. Exact while no other thread takes or returns.
     */
    public List<String> liveSegments() {
        final List<String> lines = new ArrayList<>();
        lock.lock();
        try {
            for (final Slab slab : slabs) {
                for (int i = 0; i < slab.cut(); i++) {
                    final Segment segment = slab.segment(i);
                    final int holders = segment.refCount();
                    if (holders > 0) {
                        lines.add("slab " + slab.index + " segment " + i + ": " + segment.capacity() + " bytes, "
                                + holders + (holders == 1 ? " holder" : " holders") + ", lending "
                                + segment.generation());
                    }
                }
            }
        } finally {
            lock.unlock();
        }
        return lines;
    }

    /**
     * Refuses all takes from now on and gives each slab back to the system as its last segment comes home, never before:
     * buffers that still hold segments go on working. One log line tells the number of live segments and names the first
     * 16; {@link #liveSegments()} names all. A second call does nothing.
     *
     * <p><b>Threads:</b> the owner's thread, or any other once the owner uses the pool no more.
     */
    @Override
    public void close() {
        lock.lock();
        try {
            if (closed) return;
            owner = null; // from here on every release comes through the stack of returned segments
            for (final Slab slab : slabs) slab.live(slab.cut());
            closed = true;
            VarHandle.fullFence(); // Partner: the fence in recycleSlowly.
            for (final FreeList list : owned) unmapHome(list);
            for (final FreeList list : side) unmapHome(list);
            unmapWhatIsHome();
            final List<String> live = liveSegments();
            if (!live.isEmpty()) {
                final List<String> named = live.subList(0, Math.min(live.size(), NAMED_AT_CLOSE));
                LOG.log(
                        Level.WARNING,
                        "pool ''{0}'' closed with {1} live segments: {2}{3}",
                        name,
                        live.size(),
                        String.join("; ", named),
                        live.size() > NAMED_AT_CLOSE ? "; and more" : "");
            }
        } finally {
            lock.unlock();
        }
    }

    private void unmapHome(final FreeList list) {
        for (int i = 0; i < list.size(); i++) cameHome(list.get(i));
        list.clear();
    }

    private void unmapWhatIsHome() {
        lock.lock();
        try {
            Segment segment = (Segment) RETURNED.getAndSet(this, null);
            while (segment != null) {
                final Segment next = segment.nextReturned;
                segment.nextReturned = null;
                cameHome(segment);
                segment = next;
            }
        } finally {
            lock.unlock();
        }
    }

    private void cameHome(final Segment segment) {
        final Slab slab = Objects.requireNonNull(segment.slab);
        if (slab.returnedLast()) unmap(slab);
    }

    private IllegalArgumentException notOfThisPool(final Segment segment) {
        return new IllegalArgumentException("not a segment of pool '" + name + "': " + segment);
    }

    private IllegalStateException closedPool() {
        return new IllegalStateException("pool '" + name + "' is closed");
    }

    private MemoryLimitException overLimit(final long bytes) {
        return new MemoryLimitException("pool '" + name + "' has no room for " + bytes + " bytes: " + bytesMapped
                + " bytes are mapped, the limit is " + limit);
    }

    @Override
    public String toString() {
        return "SlabPool['" + name + "', " + stats() + "]";
    }

    /** Describes a {@link SlabPool}. */
    public static final class Builder {
        private String name = "pool";
        private long limit = Long.MAX_VALUE;
        private int slabSize = DEFAULT_SLAB_SIZE;

        private Builder() {}

        /**
         * Names the pool in messages.
         *
         * @param name any text.
         * @return this builder.
         */
        public Builder name(final String name) {
            this.name = Objects.requireNonNull(name, "name");
            return this;
        }

        /**
         * Sets the hard cap on the bytes mapped. A take that would exceed it throws {@link MemoryLimitException}.
         *
         * @param bytes 1 or more; by default there is no limit.
         * @return this builder.
         * @throws IllegalArgumentException if {@code bytes} is not positive.
         */
        public Builder limit(final long bytes) {
            if (bytes < 1) throw new IllegalArgumentException("limit must be positive: " + bytes);
            limit = bytes;
            return this;
        }

        /**
         * Sets the size of a slab. Near the limit smaller slabs are mapped.
         *
         * @param bytes a power of two from 64 KiB to 1 GiB.
         * @return this builder.
         * @throws IllegalArgumentException if {@code bytes} is none.
         */
        public Builder slabSize(final int bytes) {
            if (Integer.bitCount(bytes) != 1 || bytes < SizeClasses.LARGEST) {
                throw new IllegalArgumentException("slab size must be a power of two from 64 KiB to 1 GiB: " + bytes);
            }
            slabSize = bytes;
            return this;
        }

        /**
         * Makes the pool; it belongs to the calling thread.
         *
         * @return a new pool.
         * @throws IllegalStateException if the JVM lacks the flag that Agrona needs; the message names it.
         */
        public SlabPool build() {
            return new SlabPool(this);
        }
    }
}
