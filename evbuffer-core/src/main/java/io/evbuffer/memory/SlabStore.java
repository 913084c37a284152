package io.evbuffer.memory;

import io.evbuffer.internal.MemoryEvents;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * All slabs of one pool: what is free in them, what is mapped, and what goes back to the system.
 *
 * <p>Invariants: <b>P1</b> {@code bytesMapped} is the sum over all slabs and never exceeds the limit. <b>P4</b> a slab is
 * unmapped only while it is idle (all its segments home in it).
 *
 * <p>Threads: guarded by the pool's lock.
 */
final class SlabStore {
    /** The class of dedicated mappings, one segment each. */
    static final int LARGE = SizeClasses.COUNT;

    private static final int REUSE_UP_TO = 2; // a dedicated mapping serves requests of at least half its size

    private final SlabPool pool;
    private final long limit;
    private final int slabSize;
    private final SlabClass[] classes = new SlabClass[SizeClasses.COUNT + 1];
    private int nextIndex;
    private int slabs;
    private long bytesMapped;
    private long peakBytesMapped;
    private long mapped;
    private long unmapped;
    private @Nullable MemoryLimitException refusal; // what the system said last, until it gives again

    SlabStore(final SlabPool pool, final long limit, final int slabSize) {
        this.pool = pool;
        this.limit = limit;
        this.slabSize = slabSize;
        for (int i = 0; i < classes.length; i++) classes[i] = new SlabClass();
    }

    long bytesMapped() {
        return bytesMapped;
    }

    @Nullable
    MemoryLimitException refusal() {
        return refusal;
    }

    // ---- taking ----

    /** A free segment of the class, or null. */
    @Nullable
    Segment takeFree(final int sizeClass) {
        return classes[sizeClass].pop();
    }

    /**
     * Moves up to half a magazine of free segments into it, and no more than one slab has: what is at hand keeps its slabs
     * from running empty.
     */
    void refill(final Magazine magazine) {
        final int ofOneSlab = slabSize / SizeClasses.size(magazine.sizeClass);
        magazine.refill(classes[magazine.sizeClass], Math.min(magazine.capacity() / 2, ofOneSlab));
    }

    /** Cuts a segment, mapping a slab if need be; null if there is no room. */
    @Nullable
    Segment cut(final int sizeClass) {
        final Segment segment = cutMapped(sizeClass);
        if (segment != null) return segment;
        final Slab slab = mapSlab(sizeClass);
        if (slab == null) return null;
        classes[sizeClass].cutting = slab;
        return cutMapped(sizeClass);
    }

    /** Cuts a segment from what is mapped and not yet cut, or null. */
    private @Nullable Segment cutMapped(final int sizeClass) {
        final SlabClass slabClass = classes[sizeClass];
        final Slab slab = slabClass.cutting;
        return slab == null || slab.isUsedUp() ? null : slabClass.cut(slab, pool.magazine(sizeClass));
    }

    /**
     * The last resort once {@link #cut} found no room: what came home meanwhile, room made by unmapping idle slabs of
     * whatever class, a larger segment; or null: there is no room.
     */
    @Nullable
    Segment scrape(final int sizeClass) {
        Segment segment = takeFree(sizeClass);
        if (segment == null && makeRoom(leastSlab(sizeClass))) segment = cut(sizeClass);
        for (int larger = sizeClass + 1; segment == null && larger < LARGE; larger++) {
            segment = takeFree(larger);
            if (segment == null) segment = cutMapped(larger);
        }
        return segment;
    }

    /** A dedicated mapping of whole pages, new or kept from before; null if there is no room. */
    @Nullable
    Segment takeLarge(final int bytes) {
        final Segment kept = takeKept(bytes, (long) bytes * REUSE_UP_TO);
        return kept != null ? kept : mapLarge(bytes);
    }

    /** The last resort once {@link #takeLarge} found no room. */
    @Nullable
    Segment scrapeLarge(final int bytes) {
        final Segment kept = takeKept(bytes, Long.MAX_VALUE);
        return kept != null ? kept : makeRoom(bytes) ? mapLarge(bytes) : null;
    }

    private @Nullable Segment mapLarge(final int bytes) {
        final Slab slab = map(LARGE, bytes, bytes);
        return slab == null ? null : classes[LARGE].cut(slab, null);
    }

    /** First fit among the dedicated mappings that are free. */
    private @Nullable Segment takeKept(final int least, final long most) {
        final SlabClass large = classes[LARGE];
        for (int slot = large.nextWithFree(0); slot >= 0; slot = large.nextWithFree(slot + 1)) {
            final Slab slab = large.slab(slot);
            if (slab.bytes() >= least && slab.bytes() <= most) return large.pop(slab);
        }
        return null;
    }

    // ---- mapping ----

    private static int leastSlab(final int sizeClass) {
        return Math.max(SizeClasses.size(sizeClass), SlabMemory.PAGE);
    }

    private @Nullable Slab mapSlab(final int sizeClass) {
        final int least = leastSlab(sizeClass);
        final long bytes = Math.min(slabSize, limit - bytesMapped) / least * least;
        return bytes == 0 ? null : map(sizeClass, (int) bytes, SizeClasses.size(sizeClass));
    }

    private @Nullable Slab map(final int sizeClass, final int bytes, final int segmentSize) {
        if (bytes > limit - bytesMapped) return null;
        final Slab slab;
        try {
            slab = new Slab(pool, nextIndex, sizeClass, segmentSize, SlabMemory.map(bytes), pool.readClock());
        } catch (final MemoryLimitException e) {
            refusal = e;
            return null;
        }
        refusal = null;
        nextIndex++;
        classes[sizeClass].add(slab);
        slabs++;
        mapped++;
        bytesMapped += bytes;
        if (bytesMapped > peakBytesMapped) peakBytesMapped = bytesMapped;
        MemoryEvents.slabMapped(pool.name(), bytes, segmentSize, bytesMapped);
        return slab;
    }

    private void unmap(final Slab slab) {
        classes[slab.sizeClass].remove(slab);
        slabs--;
        unmapped++;
        bytesMapped -= slab.bytes();
        slab.unmap();
        MemoryEvents.slabUnmapped(pool.name(), slab.bytes(), slab.segmentSize, bytesMapped);
    }

    // ---- giving back ----

    /** Takes a segment back; once the pool is closed, its slab is unmapped with its last one. */
    void putHome(final Segment segment) {
        final Slab slab = Objects.requireNonNull(segment.slab);
        final SlabClass slabClass = classes[slab.sizeClass];
        if (slab.sizeClass < LARGE && !pool.isClosed()) {
            slabClass.put(segment);
        } else {
            slabClass.putSorted(slab, segment, pool.nowNanos());
            if (slab.isIdle() && pool.isClosed()) unmap(slab);
        }
    }

    /** Takes back the {@code count} coldest segments of a magazine. */
    void putHome(final Magazine magazine, final int count) {
        magazine.sendHome(classes[magazine.sizeClass], count);
    }

    /** Finds out which slabs are idle. */
    void sort() {
        for (int i = 0; i < LARGE; i++) classes[i].sort(pool.nowNanos());
    }

    /** Unmaps idle slabs until {@code bytes} can be mapped; tells whether they can, and changes nothing if not. */
    private boolean makeRoom(final long bytes) {
        sort();
        if (limit - bytesMapped + idleBytes() < bytes) return false;
        giveBack(refusal != null ? 0 : limit - bytes, 0, 0, true); // all, if it is the system that has no more
        return true;
    }

    /**
     * Unmaps slabs that are idle since {@code idleAge} or longer at {@code now}, as long as {@code floor} bytes stay.
     * Returns the bytes given back.
     */
    long trim(final long now, final long idleAge, final long floor) {
        return bytesMapped <= floor ? 0 : giveBack(floor, now, idleAge, false);
    }

    /** Whether there is a slab without which {@code floor} bytes would still be mapped. */
    boolean hasExcess(final long floor) {
        final long excess = bytesMapped - floor;
        if (excess <= 0) return false;
        for (final SlabClass slabClass : classes) {
            for (int slot = slabClass.next(0); slot >= 0; slot = slabClass.next(slot + 1)) {
                if (slabClass.slab(slot).bytes() <= excess) return true;
            }
        }
        return false;
    }

    /** Unmaps all slabs that are idle. */
    void unmapIdle() {
        sort();
        giveBack(0, 0, 0, true);
    }

    /**
     * Dedicated mappings first, then slabs from the highest slot down, as low slots are used first. Leaves at least
     * {@code floor} bytes; or, if {@code regardless} of age, stops at the first slab with which no more are left.
     */
    private long giveBack(final long floor, final long now, final long idleAge, final boolean regardless) {
        final long before = bytesMapped;
        for (int i = LARGE; i >= 0; i--) {
            final SlabClass slabClass = classes[i];
            for (int slot = slabClass.highest();
                    slot >= 0 && slabClass.idleBytes > 0;
                    slot = slabClass.previous(slot - 1)) {
                if (regardless && bytesMapped <= floor) return before - bytesMapped;
                final Slab slab = slabClass.slab(slot);
                final boolean old =
                        regardless || (now - slab.idleSince >= idleAge && bytesMapped - slab.bytes() >= floor);
                if (old && slab.isIdle()) unmap(slab);
            }
        }
        return before - bytesMapped;
    }

    // ---- looking ----

    private long idleBytes() {
        long bytes = 0;
        for (final SlabClass slabClass : classes) bytes += slabClass.idleBytes;
        return bytes;
    }

    /** Fills in what the slabs know; segments in magazines count as in use. */
    void stats(final PoolStats into) {
        into.bytesMapped = bytesMapped;
        into.peakBytesMapped = peakBytesMapped;
        into.limit = limit;
        into.slabs = slabs;
        into.mapped = mapped;
        into.unmapped = unmapped;
        into.idleBytes = idleBytes();
        long segments = 0;
        long inUse = 0;
        long bytesInUse = classes[LARGE].bytes - classes[LARGE].idleBytes;
        for (int i = 0; i < classes.length; i++) {
            final SlabClass slabClass = classes[i];
            final int out = slabClass.segments - slabClass.free();
            segments += slabClass.segments;
            inUse += out;
            if (i < LARGE) bytesInUse += (long) out * SizeClasses.size(i);
        }
        into.segments = segments;
        into.segmentsInUse = inUse;
        into.bytesInUse = bytesInUse;
    }

    /** Shows every segment to {@code visitor}, also those at home. */
    void forEachSegment(final SegmentVisitor visitor) {
        for (final SlabClass slabClass : classes) {
            for (int slot = slabClass.next(0); slot >= 0; slot = slabClass.next(slot + 1)) {
                final Slab slab = slabClass.slab(slot);
                for (int i = 0; i < slab.cut(); i++) visitor.visit(slab, i, slab.segment(i));
            }
        }
    }

    /** Looks at one segment. */
    interface SegmentVisitor {
        void visit(Slab slab, int place, Segment segment);
    }

    /** Adds up all slabs and compares. O(segments). */
    void checkInvariants() {
        long sum = 0;
        for (final SlabClass slabClass : classes) {
            long bytes = 0;
            long idle = 0;
            int segments = 0;
            int free = 0;
            for (int slot = slabClass.next(0); slot >= 0; slot = slabClass.next(slot + 1)) {
                final Slab slab = slabClass.slab(slot);
                if (slab.free() < 0 || slab.free() > slab.cut()) throw new AssertionError("L1: " + slab.free());
                bytes += slab.bytes();
                if (slab.isIdle()) idle += slab.bytes();
                segments += slab.cut();
                free += slab.free();
            }
            if (bytes != slabClass.bytes || idle != slabClass.idleBytes) {
                throw new AssertionError("P1: slabs have " + bytes + " bytes, " + idle + " of them idle, counted were "
                        + slabClass.bytes + " and " + slabClass.idleBytes);
            }
            if (segments != slabClass.segments || free != slabClass.sorted()) {
                throw new AssertionError("P3: " + segments + " cut, " + free + " free, counted were "
                        + slabClass.segments + " and " + slabClass.sorted());
            }
            sum += bytes;
        }
        if (sum != bytesMapped || sum > limit) throw new AssertionError("P1: " + sum + " not " + bytesMapped);
    }
}
