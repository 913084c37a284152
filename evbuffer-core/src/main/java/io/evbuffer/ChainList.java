package io.evbuffer;

import org.jspecify.annotations.Nullable;

/**
 * The chains of one {@link EvBuffer} as a list: contract section 2.
 *
 * <pre>
 *   first                     lastWithData
 *     |                            |
 *     v                            v
 *   [##|......] -> [..|####] -> [##|####|...] -> [|......] -> [|......] -> null
 *                                                 \__ spare chains, empty __/
 *   empty chains may stand anywhere; only empty ones stand behind lastWithData
 * </pre>
 *
 * <p>Invariants, by their numbers in the contract: <b>INV-1</b> {@code first} and {@code lastWithData} are both null or
 * neither is. <b>INV-2</b> the list leads from {@code first} through distinct chains to its end. The contract's {@code last}
 * is no field: {@link #last()} finds it behind {@code lastWithData}, where there are few chains, if any.
 * <b>INV-3</b> {@code lastWithData} is in the list. <b>INV-4</b> {@code dataLength()} is the sum of the chains' lengths.
 * <b>INV-5</b> without data, {@code lastWithData} is {@code first}. <b>INV-6</b> with data, {@code lastWithData} holds
 * some. <b>INV-7</b> behind it all chains are empty. <b>L1</b> {@code layout} changes whenever a chain at or behind
 * {@code lastWithData} leaves the list or its data moves within it, so that a reservation of that space can tell.
 * <b>L2</b> {@code state} says what an operation has to ask or tell; who finds none of its bits set has only to see that
 * there is room, or data.
 */
@SuppressWarnings("NullAway") // which links are there is what the invariants say, not the types
abstract class ChainList {
    /** The front may not be changed. */
    static final int FROZEN_START = BufferEnd.START.frozenBit;

    /** The end may not be changed. */
    static final int FROZEN_END = BufferEnd.END.frozenBit;

    static final int CLOSED = 4;

    /** Somebody listens or counts, or has to be told at the end of the operation. */
    static final int OBSERVED = 8;

    /** There may be chains whose bytes are not in memory. */
    static final int MAY_BE_UNLOADED = 16;

    /** There is a lock to take. */
    static final int LOCKED = 32;

    /** The length has a limit, or is such that its sum with more must be looked at. */
    static final int LIMITED = 64;

    /** From here on a length is {@link #LIMITED}: no memory holds as much as it takes to get from here to where it wraps. */
    static final long HUGE = Long.MAX_VALUE / 2;

    @Nullable
    Chain first;

    @Nullable
    Chain lastWithData;

    /** Offset of the front in the stream: how many bytes have left there, less those put in front. */
    long frontOffset;

    /** Offset of the end in the stream: how many bytes were ever added there. */
    long endOffset;

    int layout;
    boolean inputInFlight; // the last chains are pinned for an input operation
    int state; // the bits above: what an operation has to ask, in the plain case nothing

    /** The buffer's length: how many bytes of data all chains have. */
    final long dataLength() {
        return endOffset - frontOffset;
    }

    /** Told when chains were linked, with so many bytes behind the data, or with bytes for which {@code frontOffset} has moved. */
    final void lengthened(final long bytes) {
        endOffset += bytes;
        if (dataLength() > HUGE) state |= LIMITED;
    }

    final boolean isObserved() {
        return (state & OBSERVED) != 0;
    }

    final boolean mayBeUnloaded() {
        return (state & MAY_BE_UNLOADED) != 0;
    }

    /**
     * The end of the list, which has chains. O(spare chains). A field for it was a store with a collector's barrier more for
     * each chain that came or moved on: 1 KiB added, moved to another buffer and drained took 36 ns instead of 32.
     */
    final Chain last() {
        Chain chain = lastWithData;
        while (chain.next != null) chain = chain.next;
        return chain;
    }

    // ---- changing the list ----

    /** Links empty chains behind the last one. */
    final void linkBehind(final Chain head) {
        if (first == null) {
            first = head;
            lastWithData = head;
        } else {
            last().next = head;
        }
    }

    /** Releases the chains behind {@code lastWithData}, all empty; pinned ones stay, with what is in front of them. */
    final void releaseSpares() {
        final Chain tail = lastWithData;
        if (tail == null || tail.next == null) return;
        layout++;
        Chain kept = tail;
        for (Chain chain = tail.next; inputInFlight && chain != null; chain = chain.next) {
            if (chain.isPinned()) kept = chain;
        }
        final Chain spares = kept.next;
        kept.next = null;
        releaseRun(spares);
    }

    /** Releases all chains that hold no data behind the last data; those that an input operation is filling stay. */
    final void releaseUnused() {
        if (dataLength() == 0 && !inputInFlight) {
            releaseAll();
        } else {
            releaseSpares();
        }
    }

    /** Releases the chains behind one that is at or behind {@code lastWithData}. */
    final void releaseBehind(final Chain kept) {
        final Chain spares = kept.next;
        if (spares == null) return;
        layout++;
        kept.next = null;
        releaseRun(spares);
    }

    /** Releases all chains, or leaves pinned ones to their last unpin; the length becomes 0. */
    final void releaseAll() {
        final Chain head = first;
        forgetAll();
        releaseRun(head);
    }

    /** Leaves the chains to somebody else; the length becomes 0. */
    final void forgetAll() {
        forgetChains();
        state &= ~MAY_BE_UNLOADED;
    }

    /** As {@link #forgetAll}, if no bit of the state is set. */
    final void forgetChains() {
        first = null;
        lastWithData = null;
        frontOffset = endOffset;
        layout++;
    }

    /** Releases a chain, out of the list, and all that follow it. */
    final void releaseRun(final @Nullable Chain head) {
        releaseRun(head, null);
    }

    /** Releases chains, out of the list, from {@code head} up to but not including {@code end}. */
    final void releaseRun(final @Nullable Chain head, final @Nullable Chain end) {
        Chain chain = head;
        while (chain != end) {
            final Chain following = chain.next;
            try {
                chain.release();
            } catch (final Throwable e) { // whatever a release handler does
                failed(e);
            }
            chain = following;
        }
    }

    /** Told, if observed, that bytes have left the list, before their chains are released. */
    abstract void noteRemoved(long bytes);

    /** Told when code of the user's threw that others must not suffer from; thrown when the operation is done. */
    abstract void failed(Throwable thrown);

    // ---- proof ----

    /** Checks the invariants of the class comment. */
    final void checkList() {
        if ((first == null) != (lastWithData == null)) {
            throw broken("INV-1: first and lastWithData are not both null or both set");
        }
        checkAcyclic();
        long sum = 0;
        boolean dataMayFollow = true;
        for (Chain chain = first; chain != null; chain = chain.next) {
            chain.checkInvariants();
            if (!dataMayFollow && chain.length() > 0) throw broken("INV-7: data behind lastWithData");
            dataMayFollow &= chain != lastWithData;
            sum += chain.length();
        }
        if (dataMayFollow != (first == null)) throw broken("INV-3: lastWithData is not in the list");
        if (sum != dataLength()) throw broken("INV-4: chains hold " + sum + " bytes, length is " + dataLength());
        if (dataLength() == 0 && lastWithData != first) throw broken("INV-5: no data, but lastWithData is not first");
        if (dataLength() > 0 && lastWithData.isEmpty()) throw broken("INV-6: lastWithData is empty");
    }

    private void checkAcyclic() {
        Chain fast = first;
        for (Chain slow = first; fast != null && fast.next != null; ) {
            slow = slow.next;
            fast = fast.next.next;
            if (slow == fast) throw new AssertionError("INV-2: the list runs in a circle");
        }
    }

    final AssertionError broken(final String what) {
        return new AssertionError(what + " in " + describe());
    }

    /** The layout in one line: {@code misalign|data|free} of each chain, {@code *} at {@code lastWithData}. */
    final String describe() {
        final StringBuilder text = new StringBuilder(64).append(dataLength()).append(" bytes [");
        for (Chain chain = first; chain != null; chain = chain.next) {
            text.append(chain).append(chain == lastWithData ? "*" : "").append(chain.next == null ? "" : ", ");
        }
        return text.append(']').toString();
    }
}
