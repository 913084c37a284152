package io.evbuffer.memory;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The slabs of one size class, or all dedicated mappings, each in a numbered slot; and what is home in them.
 *
 * <p>Segments come home to a pile, {@code loose}, as moving many of them costs no more than copying an array. They are
 * sorted into their slabs when somebody has to know which slabs are idle. After that they are taken from the lowest slot
 * that has one: so what is in use gathers in the low slots, and the slabs in the high ones run empty and can go, also while
 * traffic goes on.
 *
 * <p>Threads: guarded by the pool's lock.
 */
final class SlabClass {
    private static final int LEAST_SHRUNK = 1024;

    private @Nullable Slab[] slots = new Slab[8];
    private final BitSet occupied = new BitSet();
    private final BitSet withFree = new BitSet();
    private Segment[] loose = new Segment[16]; // with room for all segments of the class
    private int looseCount;
    private int looseMost; // since the last sort: above it there is nothing in loose

    @Nullable
    Slab cutting; // the one slab that is not yet cut to its end

    long bytes; // of all slabs
    long idleBytes; // of slabs with nothing in use
    int segments; // cut in all slabs
    private int sorted; // of these, home in their slabs

    void add(final Slab slab) {
        final int slot = occupied.nextClearBit(0);
        if (slot == slots.length) slots = Arrays.copyOf(slots, 2 * slot);
        occupied.set(slot);
        slots[slot] = slab;
        slab.slot = slot;
        bytes += slab.bytes();
        idleBytes += slab.bytes();
    }

    /** Forgets an idle slab. */
    void remove(final Slab slab) {
        if (cutting == slab) cutting = null;
        occupied.clear(slab.slot);
        withFree.clear(slab.slot);
        slots[slab.slot] = null;
        bytes -= slab.bytes();
        idleBytes -= slab.bytes();
        segments -= slab.cut();
        sorted -= slab.free();
    }

    /** The segments at home, on the pile or in their slabs. */
    int free() {
        return looseCount + sorted;
    }

    int sorted() {
        return sorted;
    }

    // ---- the pile ----

    void put(final Segment segment) {
        loose[looseCount++] = segment;
        if (looseCount > looseMost) looseMost = looseCount;
    }

    void put(final Segment[] segments, final int count) {
        System.arraycopy(segments, 0, loose, looseCount, count);
        looseCount += count;
        if (looseCount > looseMost) looseMost = looseCount;
    }

    /**
     * Moves up to {@code most} free segments to the front of {@code segments} and returns how many: at the end those of
     * the pile, which were used last, before them others, the lowest slabs' last.
     */
    int take(final Segment[] segments, final int most) {
        final int recent = Math.min(most, looseCount);
        final int others = Math.min(most - recent, sorted);
        for (int i = others - 1; i >= 0; i--) segments[i] = popSorted();
        looseCount -= recent;
        System.arraycopy(loose, looseCount, segments, others, recent);
        return others + recent;
    }

    /** Takes a free segment, or null. */
    @Nullable
    Segment pop() {
        return looseCount > 0 ? loose[--looseCount] : sorted > 0 ? popSorted() : null;
    }

    /** Puts each segment of the pile into its slab, whose idle time begins at {@code now} if that was its last. */
    void sort(final long now) {
        for (int i = 0; i < looseCount; i++) {
            final Segment segment = loose[i];
            putSorted(Objects.requireNonNull(segment.slab), segment, now);
        }
        looseCount = 0;
        forgetLoose();
    }

    /** Keeps the collector from finding segments here whose slab may go; after a burst most of the room goes, too. */
    private void forgetLoose() {
        if (loose.length >= LEAST_SHRUNK && loose.length / 8 > segments) {
            loose = new Segment[loose.length / 4];
        } else {
            Arrays.fill(loose, 0, looseMost, null);
        }
        looseMost = 0;
    }

    // ---- the slabs ----

    private Segment popSorted() {
        return pop(slab(withFree.nextSetBit(0)));
    }

    Segment pop(final Slab slab) {
        if (slab.isIdle()) idleBytes -= slab.bytes();
        final Segment segment = slab.pop();
        if (slab.free() == 0) withFree.clear(slab.slot);
        sorted--;
        return segment;
    }

    void putSorted(final Slab slab, final Segment segment, final long now) {
        slab.push(segment);
        withFree.set(slab.slot);
        sorted++;
        if (slab.isIdle()) {
            slab.idleSince = now;
            idleBytes += slab.bytes();
        }
    }

    Segment cut(final Slab slab, final @Nullable Magazine magazine) {
        if (loose.length == segments) loose = Arrays.copyOf(loose, 2 * segments);
        final Segment segment = slab.cutNext(magazine);
        if (slab.cut() == slab.free() + 1) idleBytes -= slab.bytes(); // it was idle, or new
        segments++;
        return segment;
    }

    /** The lowest occupied slot from {@code from} on, or -1. */
    int next(final int from) {
        return occupied.nextSetBit(from);
    }

    /** The lowest slot with a free segment from {@code from} on, or -1. */
    int nextWithFree(final int from) {
        return withFree.nextSetBit(from);
    }

    /** The highest occupied slot up to {@code from}, or -1. */
    int previous(final int from) {
        return occupied.previousSetBit(from);
    }

    int highest() {
        return occupied.length() - 1;
    }

    Slab slab(final int slot) {
        return Objects.requireNonNull(slots[slot]);
    }
}
