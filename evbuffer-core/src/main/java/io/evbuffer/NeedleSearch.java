package io.evbuffer;

import org.agrona.UnsafeApi;
import org.jspecify.annotations.Nullable;

/**
 * Finds a sequence of bytes in a list of chains: contract 5.4, {@code search}.
 *
 * <pre>
 *   [..needle..] -&gt; [....ne] -&gt; [] -&gt; [ed] -&gt; [le....]
 *    within: by ByteSearch    across: from each place of the first byte that leaves too little room behind it
 * </pre>
 *
 * <p><b>Cost:</b> O(range + chains + needle) for any bytes, and for usual ones close to that of finding one byte. Where
 * comparing costs a multiple of the bytes passed, as with {@code aaaab} in {@code aaaaaaaa}, the automaton of Knuth, Morris
 * and Pratt takes over until its needle is out of sight: it reads each byte once, and needs an array of one int a byte of
 * the needle. Nothing else is allocated. Bytes that are not in memory are loaded as the search comes to them.
 * Threads: the chains' thread; one search at a time.
 *
 * <p>The needle is named as Agrona does it: an array and an offset in it, or no array and an address.
 */
final class NeedleSearch {
    /** An answer of one of the two ways to search: go on with the other one, from the cursor. */
    private static final int CHANGE = -2;

    // What a search may spend on comparing before it changes its way, within chains and across them.
    private static final int COMPARE_COST = SwarSearch.COMPARE_COST;
    private static final int COST_PER_BYTE = SwarSearch.COST_PER_BYTE;
    private static final int FREE_COST = SwarSearch.FREE_COST;

    // The needle.
    private byte @Nullable [] base;
    private long offset;
    private int length;
    private byte head;
    private int @Nullable [] borders; // made when first needed

    private @Nullable ChainData list;

    // The cursor: no match begins before it.
    private @Nullable Chain chain;
    private long position; // of the chain's first byte
    private int index; // in the chain's data

    private long work;
    private long loaded; // bytes brought into memory by this search

    /**
     * Searches a range of the list that is no shorter than the needle.
     *
     * @param bytes all of them.
     * @param needleBase where the needle is, with its offset; or null.
     * @param needleOffset in the array, or the address.
     * @param needleLength bytes, 1 or more.
     * @param start the first position that may be the answer.
     * @param end the match lies before it as a whole; at most the length of the list.
     * @return the position, or -1.
     */
    long find(
            final ChainData bytes,
            final byte @Nullable [] needleBase,
            final long needleOffset,
            final int needleLength,
            final long start,
            final long end) {
        base = needleBase;
        offset = needleOffset;
        length = needleLength;
        head = needleAt(0);
        work = 0;
        loaded = 0;
        list = bytes;
        chain = bytes.seekToLook(start);
        position = bytes.seekStart;
        index = (int) (start - position);
        try {
            return length == 1 ? findByte(end) : findNeedle(end - length);
        } finally { // keeps nothing alive
            list = null;
            chain = null;
            base = null;
            borders = null;
        }
    }

    /**
     * Bytes passed and compared by the last search: proves that its cost grows no faster than the range. What is compared
     * within chains without giving up is not in it, being at most {@code COST_PER_BYTE} times what is passed.
     */
    long work() {
        return work;
    }

    /** Loads a chain, of which so many bytes and those behind it are left to search. */
    @SuppressWarnings("NullAway") // during a search there is a list
    private void bringIn(final Chain at, final long left) {
        if (!at.isUnloaded()) return;
        list.loadForSearch(at, loaded, left);
        loaded += at.length();
    }

    private void nextChain(final Chain done) {
        position += done.length();
        chain = done.next;
        index = 0;
    }

    private long findByte(final long end) {
        for (Chain at = chain; at != null && position < end; nextChain(at), at = chain) {
            bringIn(at, end - position);
            final int extent = (int) Math.min(at.length(), end - position) - index;
            work += extent;
            final int found = ByteSearch.indexOf(head, at.dataAddress() + index, extent, at.isSteadyMemory());
            if (found >= 0) return position + index + found;
        }
        return -1;
    }

    /** Answers are positions up to {@code last}. */
    private long findNeedle(final long last) {
        for (; ; ) {
            final long found = findByHead(last);
            if (found != CHANGE) return found;
            final long foundNow = findByAutomaton(last);
            if (foundNow != CHANGE) return foundNow;
        }
    }

    // ---- the usual way ----

    private long findByHead(final long last) {
        final long begin = position + index;
        long cost = -FREE_COST;
        for (Chain at = chain; at != null && position <= last; nextChain(at), at = chain) {
            bringIn(at, last + length - position);
            final int end = (int) Math.min(at.length(), last - position + 1); // of the positions in this chain
            final int within = Math.min(end, at.length() - length + 1); // from here on a match goes on behind the chain
            if (index < within) {
                final int found = findWithin(at, within - index);
                if (found >= 0) return position + index + found;
                if (found != -1) {
                    index += SwarSearch.GAVE_UP - found;
                    return CHANGE;
                }
                index = within;
            }
            while (index < end) {
                final int step = SwarSearch.indexOf(head, at.dataAddress() + index, end - index);
                work += step < 0 ? end - index : step + 1;
                if (step < 0) break;
                index += step;
                final int equal = equalBytes(at);
                if (equal == length) return position + index;
                work += equal;
                cost += equal + COMPARE_COST;
                index++;
                if (cost > COST_PER_BYTE * (position + index - begin)) return CHANGE;
            }
        }
        return -1;
    }

    private int findWithin(final Chain at, final int positions) {
        final int found = ByteSearch.indexOf(
                base, offset, length, at.dataAddress() + index, positions + length - 1, at.isSteadyMemory());
        work += found >= 0 ? found : found == -1 ? positions : SwarSearch.GAVE_UP - found + SwarSearch.FREE_COST;
        return found;
    }

    /** How many bytes of the needle stand from the cursor on, across chains. */
    private int equalBytes(final Chain from) {
        int equal = 0;
        int skip = index;
        for (Chain at = from; at != null && equal < length; at = at.next) {
            bringIn(at, length - equal);
            final int piece = Math.min(at.length() - skip, length - equal);
            final int different = SwarSearch.mismatch(base, offset + equal, at.dataAddress() + skip, piece);
            if (different >= 0) return equal + different;
            equal += piece;
            skip = 0;
        }
        return equal;
    }

    // ---- needles that repeat themselves in bytes that do so too ----

    private long findByAutomaton(final long last) {
        final int[] prefixes = borders != null ? borders : makeBorders();
        final long end = last + length;
        final long calm = position + index + length + FREE_COST; // changing earlier would not pay for the way here
        int matched = 0;
        for (Chain at = chain; at != null && position < end; nextChain(at), at = chain) {
            bringIn(at, end - position);
            final int extent = (int) Math.min(at.length(), end - position);
            for (int i = index; i < extent; i++) {
                if (matched == 0 && position + i >= calm) {
                    index = i;
                    return CHANGE;
                }
                final byte value = UnsafeApi.getByte(at.dataAddress() + i);
                while (matched > 0 && value != needleAt(matched)) matched = prefixes[matched - 1];
                if (value == needleAt(matched)) matched++;
                work++;
                if (matched == length) return position + i + 1 - length;
            }
        }
        return -1;
    }

    /** For each prefix of the needle the length of the longest shorter one that it ends with. */
    private int[] makeBorders() {
        final int[] made = new int[length];
        int matched = 0;
        for (int i = 1; i < length; i++) {
            final byte value = needleAt(i);
            while (matched > 0 && value != needleAt(matched)) matched = made[matched - 1];
            if (value == needleAt(matched)) matched++;
            made[i] = matched;
        }
        work += length;
        borders = made;
        return made;
    }

    private byte needleAt(final int at) {
        return UnsafeApi.getByte(base, offset + at);
    }
}
