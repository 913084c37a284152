package io.evbuffer;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Where the chains of a long list begin, so that an offset is found by a guess or by halving instead of walking.
 *
 * <pre>
 *   list     c0 -> c1 -> c2 -> c3 -> c4 -> c5 -> ...
 *   starts   0     700   1200  1500  5596  5600        offsets in the stream, counted from the buffer's first byte ever
 *   chains   c0    c1    c2    c3    c4    c5          up to the last one with data when last asked
 * </pre>
 *
 * <p>Offsets in the stream, unlike positions from the front, stay true while bytes leave at the front and enter at the back:
 * draining makes entries unused, appending is caught up with at the next question. Whatever else changes the list calls
 * {@link #forget()}.
 *
 * <p>Invariants: <b>X1</b> {@code starts} rises strictly. <b>X2</b> an entry whose range reaches beyond the front names a
 * chain in the list, and where its data began when it was entered.
 */
final class ChainIndex {
    private long[] starts = new long[64];
    private Chain[] chains = new Chain[64];
    private int size;

    /** Drops all entries: chains have left the list elsewhere than at its front, or entered it elsewhere than at its back. */
    void forget() {
        if (size == 0) return;
        Arrays.fill(chains, 0, size, null);
        size = 0;
    }

    /**
     * The entry in which an offset lies, or -1 if the index knows nothing of it.
     *
     * @param offset in the stream, not before the front.
     */
    int find(final long offset) {
        final int last = size - 1;
        if (last > 0) {
            // Chains are often of one length: then a proportion finds the entry, where halving mispredicts every other
            // branch (RandomCopyOutBenchmark, 256 chains: 150 ns a copy with halving alone, 81 ns so).
            final double share = (double) (offset - starts[0]) / (starts[last] - starts[0]);
            if (share >= 0 && share < 1) {
                final int guess = Math.min((int) (share * last), last - 1);
                if (starts[guess] <= offset && offset < starts[guess + 1]) return guess;
            }
        }
        final int found = Arrays.binarySearch(starts, 0, size, offset);
        return found >= 0 ? found : -found - 2;
    }

    Chain chain(final int entry) {
        return chains[entry];
    }

    long start(final int entry) {
        return starts[entry];
    }

    @Nullable
    Chain lastChain() {
        return size == 0 ? null : chains[size - 1];
    }

    long lastStart() {
        return starts[size - 1];
    }

    /** Enters the chain behind the last entry; {@code front} is the offset before which entries are of no use. */
    void append(final Chain chain, final long start, final long front) {
        if (size == chains.length) makeRoom(front);
        starts[size] = start;
        chains[size] = chain;
        size++;
    }

    private void makeRoom(final long front) {
        final int unused = Math.max(0, find(front));
        if (unused < size / 2) {
            starts = Arrays.copyOf(starts, 2 * size);
            chains = Arrays.copyOf(chains, 2 * size);
        }
        System.arraycopy(starts, unused, starts, 0, size - unused);
        System.arraycopy(chains, unused, chains, 0, size - unused);
        Arrays.fill(chains, size - unused, size, null);
        size -= unused;
    }

    /**
     * Told that bytes have left at the front: forgets all if the last entry's chain has gone with them. As long as the first
     * chain stays nobody needs to tell.
     */
    void frontMoved(final long front, final @Nullable Chain first) {
        if (size > 0 && lastStart() < front && lastChain() != first) forget();
    }
}
