package io.evbuffer;

import org.jspecify.annotations.Nullable;

/**
 * Finds the first line of a buffer, and remembers how far it has looked, so that a line which arrives in pieces is not
 * searched from the front each time.
 *
 * <pre>
 *   front                     resume
 *     |  no end of a line       |  not searched yet
 *     v                         v
 *   [some of a li] -&gt; [ne that i] -&gt; [s still growing...
 * </pre>
 *
 * <p>A line that begins and ends in the first chain is found without a note, as it is taken at once ({@link #findInHead}).
 *
 * <p>What is remembered is an offset in the stream, so that neither adding nor removing bytes changes it. It holds for one
 * style, and until bytes are put in front.
 *
 * <p><b>Cost:</b> each byte is searched once, and each chain passed once, however many pieces a line comes in; no
 * allocation. Threads: of its buffer's thread.
 */
final class LineScan {
    /** The line that is about to be taken. */
    final EolMatch match = new EolMatch();

    /** For searches that begin anywhere else. */
    final EolMatch other = new EolMatch();

    private @Nullable EolStyle style;
    private long prepends;
    private long resume; // offset in the stream
    private long begin; // of the last search

    /** Searches the first line's end, from the front or from where the last search found none. */
    boolean find(final ChainData list, final EolStyle wanted, final EolMatch answer) {
        final long front = list.frontOffset;
        long start = 0;
        if (wanted == style && list.prepends == prepends) {
            start = Math.max(0, resume - front);
        } else {
            style = wanted;
            prepends = list.prepends;
            resume = front; // now already: the search fails if bytes cannot be brought into memory
        }
        begin = start;
        EolSearch.find(list, start, wanted, answer);
        resume = front + answer.resumePosition();
        return answer.isFound();
    }

    /** Says whether something is known of the bytes behind an offset in the stream, which is the front. */
    boolean isUnderWay(final long front) {
        return resume > front;
    }

    /**
     * Searches the first chain for the LF of a line of which nothing was searched yet. Only that there is none is remembered:
     * who finds one takes it.
     *
     * @param list all the bytes.
     * @param head its first chain, whose bytes are in memory.
     * @param wanted LF or CRLF.
     * @return its index, or -1.
     */
    int findInHead(final ChainData list, final Chain head, final EolStyle wanted) {
        final int lf = EolSearch.indexOfLf(head);
        if (lf < 0) {
            final int length = head.length();
            style = wanted;
            prepends = list.prepends;
            final boolean cr = wanted == EolStyle.CRLF && EolSearch.isBehindCr(head.dataAddress(), length);
            resume = list.frontOffset + (cr ? length - 1 : length);
            begin = 0;
        }
        return lf;
    }

    /** Position at which the last search began, to prove that no byte is searched again and again. */
    long begin() {
        return begin;
    }
}
