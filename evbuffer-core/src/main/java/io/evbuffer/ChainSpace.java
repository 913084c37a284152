package io.evbuffer;

import io.evbuffer.memory.MemoryLimitException;
import io.evbuffer.memory.Segment;
import io.evbuffer.memory.SegmentSource;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The rules by which a list of chains gets room behind its data: contract section 4.
 *
 * <p>Room is, from {@code lastWithData} on: the free part of a chain with data, the whole of a spare chain. Whatever may
 * fail here (taking memory) comes before the first change; room that was made stays, also if nothing is written to it.
 */
@SuppressWarnings("NullAway") // which links are there is what the invariants say, not the types
abstract class ChainSpace extends ChainList {
    /**
     * Automatic growth doubles the last capacity up to this, in a buffer shorter than {@link #LONG_GROWTH}. Against 4096 a
     * queue with a backlog of 64 messages costs 103 ns instead of 142 ns a message of 1500 bytes (FifoBenchmark), and 4 KiB
     * appends 91 ns instead of 110 ns (AppendBenchmark).
     */
    static final int AUTO_GROWTH_LIMIT = 16384;

    /**
     * A buffer that holds this much grows by chains of this size, which wastes at most as much again. Against 16 KiB a queue
     * with a backlog of 64 messages costs 90 ns instead of 102 ns a message of 1500 bytes (FifoBenchmark).
     */
    static final int LONG_GROWTH = 65536;

    /** {@code add} and {@code expand} move at most this many bytes to the front of their chain. */
    static final int REALIGN_LIMIT = 2048;

    /** {@code expand} copies at most this many bytes to a roomier chain. */
    static final int COPY_ON_EXPAND_LIMIT = 4096;

    /** {@code expand} leaves free room unused only if it is less than this part of its chain. */
    private static final int WASTE_DIVISOR = 8;

    SegmentSource source; // of the segments taken from now on

    @Nullable
    String owner; // written on the segments taken from now on

    ChainSpace(final SegmentSource source) {
        this.source = Objects.requireNonNull(source, "source");
    }

    // ---- taking memory: nothing of the list changes here ----

    /** The capacity that automatic growth asks for: double the last one, bounded (contract 4.5, B-6). */
    private int growth() {
        final Chain tail = lastWithData;
        if (tail == null || (tail.flags & Chain.IMMUTABLE) != 0) return 0;
        final int limit = dataLength() < LONG_GROWTH ? AUTO_GROWTH_LIMIT : LONG_GROWTH;
        return Math.min(2 * Math.min(tail.capacity, limit), limit);
    }

    Chain takeChain(final int capacity) {
        final Segment segment = source.take(capacity);
        if (owner != null) segment.owner(owner);
        return Chain.on(segment);
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
            releaseRun(head);
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

    // ---- room behind the data ----

    /** Makes sure that the chains from {@code lastWithData} on have room for {@code bytes} in all; moves no data. */
    final void ensureRoom(final long bytes) {
        final Chain tail = lastWithData;
        if (tail != null && (tail.flags & Chain.SHARED) != 0) tail.becomesWritable();
        final long room = room(bytes);
        if (room < bytes) linkBehind(takeChains(bytes - room, growth(), Integer.MAX_VALUE));
    }

    /** The room from {@code lastWithData} on, counted until it is {@code enough}. */
    final long room(final long enough) {
        long room = 0;
        for (Chain chain = lastWithData; chain != null && room < enough; chain = chain.next) {
            room += chain.free();
        }
        return room;
    }

    /** Puts an empty chain in the place of all spare chains, and of {@code lastWithData} if that is empty too. */
    private void replaceSpares(final Chain fresh) {
        releaseUnused();
        linkBehind(fresh);
    }

    /** Whether moving the chain's data to its front makes room for {@code bytes} and is cheap (contract 4.3, case 4). */
    static boolean realignHelps(final Chain chain, final long bytes) {
        return chain.isPlain()
                && chain.capacity - chain.length() >= bytes
                && chain.length() < chain.capacity / 2
                && chain.length() <= REALIGN_LIMIT;
    }

    final void realign(final Chain chain) {
        layout++;
        chain.realign();
        copiedWithin(chain.length());
    }

    /** Told after bytes were copied from chain to chain, or within one. */
    abstract void copiedWithin(long bytes);

    /** Makes {@code bytes} contiguous free bytes and returns the chain that has them (contract 4.3). */
    final Chain expandContiguous(final int bytes) {
        Chain chain = lastWithData;
        if (chain != null && (!chain.becomesWritable() || chain.free() == 0)) chain = chain.next;
        if (chain == null || !chain.isPlain()) { // case 1
            final Chain fresh = takeChain(Math.max(bytes, growth()));
            releaseSpares();
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
            chain.placeEmpty(0); // whoever reserved behind the old border sees that the border has moved
            return chain;
        }
        final Chain fresh = takeChain(bytes);
        replaceSpares(fresh);
        return fresh;
    }

    private Chain expandBehind(final Chain chain, final int bytes) {
        final boolean copyIsDear = chain.free() < chain.capacity / WASTE_DIVISOR
                || chain.length() > COPY_ON_EXPAND_LIMIT
                || (long) chain.length() + bytes > Integer.MAX_VALUE;
        if (copyIsDear) {
            final Chain following = chain.next;
            if (following != null && following.free() >= bytes) return following; // case 5
            final Chain fresh = takeChain(Math.max(bytes, growth())); // case 6
            replaceSpares(fresh);
            return fresh;
        }
        final Chain roomier = takeChain(chain.length() + bytes); // case 7
        layout++;
        chain.moveInto(roomier);
        copiedWithin(chain.length());
        roomier.release();
        return chain;
    }

    /** Makes {@code bytes} free bytes spread over at most {@code maxChains} chains; moves no data (contract 4.4). */
    final void expandScattered(final long bytes, final int maxChains) {
        long room = 0;
        int used = 0;
        Chain chain = lastWithData;
        if (chain != null) chain.becomesWritable();
        for (; chain != null && used < maxChains && room < bytes; chain = chain.next) {
            if (chain.isEmpty() && chain.isPlain()) chain.placeEmpty(0);
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
            final long kept = dataLength() == 0 ? 0 : lastWithData.free();
            replaceSpares(takeChains(bytes - kept, 0, kept == 0 ? maxChains : maxChains - 1));
        }
    }
}
