package io.evbuffer;

import org.jspecify.annotations.Nullable;

/**
 * The chains of one {@link EvBuffer} as a list: contract section 2.
 *
 * <pre>
 *   first                     lastWithData                  last
 *     |                            |                          |
 *     v                            v                          v
 *   [##|......] -> [..|####] -> [##|####|...] -> [|......] -> [|......] -> null
 *                                                 \__ spare chains, empty __/
 *   empty chains may stand anywhere; only empty ones stand behind lastWithData
 * </pre>
 *
 * <p>Invariants, by their numbers in the contract: <b>INV-1</b> {@code first}, {@code last}, {@code lastWithData} are all
 * null or none is. <b>INV-2</b> the list leads from {@code first} through distinct chains to {@code last}. <b>INV-3</b>
 * {@code lastWithData} is in the list. <b>INV-4</b> {@code length} is the sum of the chains' lengths. <b>INV-5</b> without
 * data, {@code lastWithData} is {@code first}. <b>INV-6</b> with data, {@code lastWithData} holds some. <b>INV-7</b> behind
 * it all chains are empty. <b>L1</b> {@code layout} changes whenever a chain at or behind {@code lastWithData} leaves the
 * list or its data moves within it, so that a reservation of that space can tell.
 */
@SuppressWarnings("NullAway") // which links are there is what the invariants say, not the types
abstract class ChainList {
    @Nullable
    Chain first;

    @Nullable
    Chain last;

    @Nullable
    Chain lastWithData;

    long length;
    int layout;

    // ---- changing the list ----

    /** Links empty chains behind the last one. */
    final void linkBehind(final Chain head) {
        Chain tail = head;
        while (tail.next != null) tail = tail.next;
        if (last == null) {
            first = head;
            lastWithData = head;
        } else {
            last.next = head;
        }
        last = tail;
    }

    /** Releases the empty chains behind {@code lastWithData}. */
    final void releaseSpares() {
        final Chain tail = lastWithData;
        if (tail == null || tail.next == null) return;
        layout++;
        Chain.releaseRun(tail.next);
        tail.next = null;
        last = tail;
    }

    /** Releases all chains; the length becomes 0. */
    final void releaseAll() {
        final Chain head = first;
        forgetAll();
        Chain.releaseRun(head);
    }

    /** Leaves the chains to somebody else; the length becomes 0. */
    final void forgetAll() {
        first = null;
        last = null;
        lastWithData = null;
        length = 0;
        layout++;
    }

    // ---- proof ----

    /** Checks the invariants of the class comment. */
    final void checkList() {
        if ((first == null) != (last == null) || (first == null) != (lastWithData == null)) {
            throw broken("INV-1: first, last, lastWithData are not all null or all set");
        }
        checkAcyclic();
        long sum = 0;
        Chain previous = null;
        boolean dataMayFollow = true;
        for (Chain chain = first; chain != null; chain = chain.next) {
            chain.checkInvariants();
            if (!dataMayFollow && chain.length > 0) throw broken("INV-7: data behind lastWithData");
            dataMayFollow &= chain != lastWithData;
            sum += chain.length;
            previous = chain;
        }
        if (dataMayFollow != (first == null)) throw broken("INV-3: lastWithData is not in the list");
        if (previous != last) throw broken("INV-2: last is not the end of the list");
        if (sum != length) throw broken("INV-4: chains hold " + sum + " bytes, length is " + length);
        if (length == 0 && lastWithData != first) throw broken("INV-5: no data, but lastWithData is not first");
        if (length > 0 && lastWithData.isEmpty()) throw broken("INV-6: lastWithData is empty");
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
        final StringBuilder text = new StringBuilder(64).append(length).append(" bytes [");
        for (Chain chain = first; chain != null; chain = chain.next) {
            text.append(chain).append(chain == lastWithData ? "*" : "").append(chain.next == null ? "" : ", ");
        }
        return text.append(']').toString();
    }
}
