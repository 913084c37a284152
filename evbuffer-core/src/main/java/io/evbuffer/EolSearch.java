package io.evbuffer;

import org.agrona.UnsafeApi;

/**
 * Finds the ends of lines in a list of chains: contract 5.4, {@code searchEol}.
 *
 * <pre>
 *   [ab\r] -&gt; [] -&gt; [\ncd]        CRLF at 2, of 2 bytes; a run or pair may be cut anywhere, with empty chains between
 * </pre>
 *
 * <p><b>Cost:</b> O(bytes passed + chains passed), no allocation, for any bytes. Threads: no state; the chains belong to
 * the caller's thread.
 */
final class EolSearch {
    private static final byte CR = '\r';
    private static final byte LF = '\n';

    private EolSearch() {}

    /**
     * Searches from {@code start} to the end of the list.
     *
     * @param list all the bytes.
     * @param start counted from the front; at most the length.
     * @param match the answer.
     */
    @SuppressWarnings("NullAway") // where there is data there are chains (INV-1, INV-4)
    static void find(final ChainData list, final long start, final EolStyle style, final EolMatch match) {
        if (start == list.dataLength()) {
            match.notFound(start);
            return;
        }
        final Chain tail = list.lastWithData;
        final long tailStart = list.dataLength() - tail.length();
        if (start >= tailStart && (style == EolStyle.CRLF || style == EolStyle.LF) && !tail.isUnloaded()) {
            findInTail(tail, tailStart, (int) (start - tailStart), style == EolStyle.CRLF, match);
        } else {
            findAcross(list, start, style, match);
        }
    }

    /** The usual case, a text protocol's line in the last chain or the only one; the bytes may come one by one. */
    private static void findInTail(
            final Chain tail, final long position, final int skip, final boolean mayHaveCr, final EolMatch match) {
        final int lf = indexOf(LF, tail, skip);
        final int behind = lf < 0 ? tail.length() : lf; // what may be a CR lies in front of it
        final boolean cr = mayHaveCr && behind > skip && UnsafeApi.getByte(tail.dataAddress() + behind - 1) == CR;
        final long at = position + (cr ? behind - 1 : behind);
        if (lf < 0) match.notFound(at);
        else match.found(at, cr ? 2 : 1);
    }

    /** The index of the first LF in a chain whose data is in memory, or -1. */
    static int indexOfLf(final Chain chain) {
        return indexOf(LF, chain, 0);
    }

    /** Says whether a CR stands in front of an index, in the same memory. */
    static boolean isBehindCr(final long address, final int index) {
        return index > 0 && UnsafeApi.getByte(address + index - 1) == CR;
    }

    private static void findAcross(final ChainData list, final long start, final EolStyle style, final EolMatch match) {
        Chain chain = list.seekToLook(start);
        long position = list.seekStart;
        int skip = (int) (start - position);
        long loaded = 0;
        boolean behindCr = false; // the byte before the chain is a CR, and not before start
        for (; chain != null; chain = chain.next) {
            if (chain.isEmpty()) continue;
            if (chain.isUnloaded()) {
                list.loadForSearch(chain, loaded, list.dataLength() - position);
                loaded += chain.length();
            }
            if (findIn(list, chain, position, skip, style, behindCr, match)) return;
            behindCr = UnsafeApi.getByte(chain.freeAddress() - 1) == CR;
            position += chain.length();
            skip = 0;
        }
        final boolean halfAnEnd = behindCr && (style == EolStyle.CRLF || style == EolStyle.CRLF_STRICT);
        match.notFound(halfAnEnd ? position - 1 : position);
    }

    private static boolean findIn(
            final ChainData list,
            final Chain chain,
            final long position,
            final int skip,
            final EolStyle style,
            final boolean behindCr,
            final EolMatch match) {
        final int at = switch (style) {
            case ANY -> indexOfEither(chain, skip);
            case NUL -> indexOf((byte) 0, chain, skip);
            case LF, CRLF -> indexOf(LF, chain, skip);
            case CRLF_STRICT -> indexOfLfBehindCr(chain, skip, behindCr);
        };
        if (at < 0) return false;
        final boolean pair =
                style == EolStyle.CRLF_STRICT || (style == EolStyle.CRLF && isBehindCr(chain, skip, at, behindCr));
        if (pair) {
            match.found(position + at - 1, 2);
        } else {
            match.found(position + at, style == EolStyle.ANY ? runLength(list, chain, at) : 1);
        }
        return true;
    }

    /** The index in the chain's data, or -1. */
    private static int indexOf(final byte value, final Chain chain, final int skip) {
        final int found =
                ByteSearch.indexOf(value, chain.dataAddress() + skip, chain.length() - skip, chain.isSteadyMemory());
        return found < 0 ? -1 : skip + found;
    }

    private static int indexOfEither(final Chain chain, final int skip) {
        final int found = ByteSearch.indexOfEither(
                CR, LF, chain.dataAddress() + skip, chain.length() - skip, chain.isSteadyMemory());
        return found < 0 ? -1 : skip + found;
    }

    private static int indexOfLfBehindCr(final Chain chain, final int skip, final boolean behindCr) {
        int lf = indexOf(LF, chain, skip);
        while (lf >= 0 && !isBehindCr(chain, skip, lf, behindCr)) {
            lf = lf + 1 < chain.length() ? indexOf(LF, chain, lf + 1) : -1;
        }
        return lf;
    }

    private static boolean isBehindCr(final Chain chain, final int skip, final int at, final boolean behindCr) {
        return at > skip ? UnsafeApi.getByte(chain.dataAddress() + at - 1) == CR : behindCr;
    }

    /** The bytes of the run of CR and LF that begins in a chain. */
    private static long runLength(final ChainData list, final Chain from, final int at) {
        long run = 0;
        int index = at;
        for (Chain chain = from; chain != null; chain = chain.next, index = 0) {
            if (chain.isUnloaded()) list.load(chain, 0);
            for (; index < chain.length(); index++, run++) {
                final byte value = UnsafeApi.getByte(chain.dataAddress() + index);
                if (value != CR && value != LF) return run;
            }
        }
        return run;
    }
}
