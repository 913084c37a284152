package io.evbuffer;

import io.evbuffer.memory.MemoryLimitException;
import io.evbuffer.memory.Segment;
import io.evbuffer.memory.SegmentSource;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The chains of one {@link EvBuffer} and the rules by which they get room: contract sections 2 and 4.
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
 *
 * <p>Whatever may fail here (taking memory) comes before the first change.
 */
abstract class ChainList {
    /** Automatic growth doubles the last capacity up to this. */
    static final int AUTO_GROWTH_LIMIT = 4096;

    /** {@code add} and {@code expand} move at most this many bytes to the front of their chain. */
    static final int REALIGN_LIMIT = 2048;

    /** {@code expand} copies at most this many bytes to a roomier chain. */
    static final int COPY_ON_EXPAND_LIMIT = 4096;

    /** {@code expand} leaves free room unused only if it is less than this part of its chain. */
    private static final int WASTE_DIVISOR = 8;

    final SegmentSource source;
    @Nullable Chain first;
    @Nullable Chain last;
    @Nullable Chain lastWithData;
    long length;
    int layout;

    ChainList(final SegmentSource source) {
        this.source = Objects.requireNonNull(source, "source");
    }

    // ---- taking memory: nothing of the list changes here ----

    /** The capacity that automatic growth asks for: double the last one, bounded (contract 4.5, B-6). */
    private int growth() {
        final Chain tail = lastWithData;
        return tail == null ? 0 : Math.min(2 * Math.min(tail.capacity, AUTO_GROWTH_LIMIT), AUTO_GROWTH_LIMIT);
    }

    Chain takeChain(final int capacity) {
        return Chain.on(source.take(capacity));
    }

    /** Takes chains for {@code bytes}, at most {@code maxChains} of them, linked; all are taken or none. */
    Chain takeChains(final long bytes, final int leastCapacity, final int maxChains) {
        final int preferred = source.preferredCapacity();
        final Chain head = takeChain(nextCapacity(bytes, leastCapacity, preferred, maxChains));
        Chain tail = head;
        long missing = bytes - head.capacity;
        int chainsLeft = maxChains;
        try {
            while (missing > 0) {
                chainsLeft--;
                final Chain chain = takeChain(nextCapacity(missing, leastCapacity, preferred, chainsLeft));
                tail.next = chain;
                tail = chain;
                missing -= chain.capacity;
            }
        } catch (final RuntimeException | Error e) {
            Chain.releaseRun(head);
            throw e;
        }
        return head;
    }

    private static int nextCapacity(
            final long missing, final int leastCapacity, final int preferred, final int chainsLeft) {
        if (chainsLeft > 1) return (int) Math.min(Math.max(missing, leastCapacity), preferred);
        if (missing > Integer.MAX_VALUE) {
            throw new MemoryLimitException(missing + " bytes in one chain, which holds at most " + Integer.MAX_VALUE);
        }
        return (int) missing;
    }

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

    /** Puts an empty chain in the place of all spare chains, and of {@code lastWithData} if that is empty too. */
    private void replaceSpares(final Chain fresh) {
        if (length == 0) {
            releaseAll();
        } else {
            releaseSpares();
        }
        linkBehind(fresh);
    }

    // ---- room behind the data ----

    /** Makes sure that the chains from {@code lastWithData} on have room for {@code bytes} in all; moves no data. */
    final void ensureRoom(final long bytes) {
        final long room = room(bytes);
        if (room < bytes) linkBehind(takeChains(bytes - room, growth(), Integer.MAX_VALUE));
    }

    /** The room from {@code lastWithData} on, counted until it is {@code enough}. */
    final long room(final long enough) {
        long room = 0;
        for (Chain chain = lastWithData; chain != null && room < enough; chain = chain.next) room += chain.free();
        return room;
    }

    /** Copies bytes behind the data, where {@link #ensureRoom} has made room for them. */
    final void putBehind(final byte @Nullable [] base, final long offset, final long bytes) {
        Chain chain = lastWithData;
        long from = offset;
        long missing = bytes;
        while (missing > 0) {
            final int piece = (int) Math.min(missing, chain.free());
            if (piece > 0) {
                RawCopy.copy(base, from, chain.freeAddress(), piece);
                chain.length += piece;
                lastWithData = chain;
                from += piece;
                missing -= piece;
            }
            chain = chain.next;
        }
        length += bytes;
    }

    /** Whether moving the chain's data to its front makes room for {@code bytes} and is cheap (contract 4.3, case 4). */
    static boolean realignHelps(final Chain chain, final long bytes) {
        return chain.capacity - chain.length >= bytes
                && chain.length < chain.capacity / 2
                && chain.length <= REALIGN_LIMIT;
    }

    final void realign(final Chain chain) {
        layout++;
        chain.realign();
        copiedWithin(chain.length);
    }

    /** Told after bytes were copied from chain to chain, or within one. */
    abstract void copiedWithin(long bytes);

    /** Makes {@code bytes} contiguous free bytes and returns the chain that has them (contract 4.3). */
    final Chain expandContiguous(final int bytes) {
        Chain chain = lastWithData;
        if (chain != null && chain.free() == 0) chain = chain.next;
        if (chain == null) { // case 1
            final Chain fresh = takeChain(Math.max(bytes, growth()));
            linkBehind(fresh);
            return fresh;
        }
        if (chain.free() >= bytes) return chain; // case 2
        if (chain.isEmpty()) return expandEmpty(chain, bytes); // case 3
        if (realignHelps(chain, bytes)) { // case 4
            realign(chain);
            return chain;
        }
        return expandBehind(chain, bytes);
    }

    private Chain expandEmpty(final Chain chain, final int bytes) {
        if (chain.capacity >= bytes) {
            chain.misalign = 0; // whoever reserved behind the old border sees that the border has moved
            return chain;
        }
        final Chain fresh = takeChain(bytes);
        replaceSpares(fresh);
        return fresh;
    }

    private Chain expandBehind(final Chain chain, final int bytes) {
        final boolean copyIsDear = chain.free() < chain.capacity / WASTE_DIVISOR
                || chain.length > COPY_ON_EXPAND_LIMIT
                || (long) chain.length + bytes > Integer.MAX_VALUE;
        if (copyIsDear) {
            final Chain following = chain.next;
            if (following != null && following.free() >= bytes) return following; // case 5
            final Chain fresh = takeChain(Math.max(bytes, growth())); // case 6
            replaceSpares(fresh);
            return fresh;
        }
        final Chain roomier = takeChain(chain.length + bytes); // case 7
        layout++;
        chain.moveInto(roomier);
        copiedWithin(chain.length);
        roomier.release();
        return chain;
    }

    /** Makes {@code bytes} free bytes spread over at most {@code maxChains} chains; moves no data (contract 4.4). */
    final void expandScattered(final long bytes, final int maxChains) {
        long room = 0;
        int used = 0;
        Chain chain = lastWithData;
        for (; chain != null && used < maxChains && room < bytes; chain = chain.next) {
            if (chain.isEmpty()) chain.misalign = 0;
            final int free = chain.free();
            if (free > 0) {
                room += free;
                used++;
            }
        }
        if (room >= bytes && lastWithData != null) return;
        if (chain == null && used < maxChains) {
            linkBehind(takeChains(bytes - room, 0, maxChains - used));
        } else {
            final long kept = length == 0 ? 0 : lastWithData.free();
            replaceSpares(takeChains(bytes - kept, 0, kept == 0 ? maxChains : maxChains - 1));
        }
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

    /** The segment of a chain, for tests of this package. */
    static Segment segmentOf(final Chain chain) {
        return chain.segment;
    }
}
