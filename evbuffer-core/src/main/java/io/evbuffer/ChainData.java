package io.evbuffer;

import io.evbuffer.memory.SegmentSource;
import org.jspecify.annotations.Nullable;

/**
 * What happens to the bytes in a list of chains: how they get in, out, across and together.
 *
 * <p>Sources and targets are named as Agrona does it: an array and an offset in it, or no array and an address. Callers
 * have checked all arguments; memory is taken before the first byte is written, so each method either does all or throws
 * with nothing changed.
 */
@SuppressWarnings("NullAway") // which links are there is what the invariants say, not the types
abstract class ChainData extends ChainSpace {
    ChainData(final SegmentSource source) {
        super(source);
    }

    // ---- in ----

    /** Copies bytes behind the data, wherever room is or can be made. */
    final void putSlowly(final byte @Nullable [] base, final long from, final int count) {
        if (count == 0) return;
        if (first == null && count <= source.preferredCapacity()) {
            putFirst(base, from, count);
        } else {
            addRoomFor(count);
            putBehind(base, from, count);
        }
    }

    /**
     * Copies bytes into the first chain of an empty list, as happens to each message of a connection that is idle between
     * them. Saves 8 ns of 97 (FifoBenchmark without a backlog).
     */
    private void putFirst(final byte @Nullable [] base, final long from, final int count) {
        final Chain chain = takeChain(count);
        RawCopy.copy(base, from, chain.address, count);
        chain.length = count;
        first = chain;
        last = chain;
        lastWithData = chain;
        length = count;
    }

    private void addRoomFor(final int count) {
        final Chain tail = lastWithData;
        if (tail != null && tail.misalign > 0 && count > tail.free() && realignHelps(tail, count)) {
            realign(tail);
        } else {
            ensureRoom(count);
        }
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

    /** Copies bytes before the first one: to the room in front of it, and what is left to new chains. */
    final void prependSlowly(final byte @Nullable [] base, final long from, final int count) {
        final Chain head = first;
        final int headRoom = head == null ? 0 : head.isEmpty() ? head.capacity : head.misalign;
        final int rear = Math.min(count, headRoom);
        final int front = count - rear;
        final Chain fresh = front == 0 ? null : takeChains(front, frontCapacity(), Integer.MAX_VALUE);
        if (rear > 0) {
            if (head.isEmpty()) head.misalign = head.capacity;
            head.misalign -= rear;
            head.length += rear;
            RawCopy.copy(base, from + front, head.dataAddress(), rear);
        }
        if (fresh != null) putInFront(fresh, base, from, front);
        length += count;
    }

    /** A small front chain is made as roomy as the first one, as headers come in numbers; never larger than automatic growth. */
    private int frontCapacity() {
        return first == null ? 0 : Math.min(first.capacity, AUTO_GROWTH_LIMIT);
    }

    private void putInFront(final Chain fresh, final byte @Nullable [] base, final long from, final int count) {
        // Chains behind the first new one are filled whole; the first one is filled at its right edge.
        long room = 0;
        for (Chain chain = fresh; chain != null; chain = chain.next) room += chain.capacity;
        int slack = (int) (room - count);
        long offset = from;
        Chain tail = fresh;
        for (Chain chain = fresh; chain != null; chain = chain.next) {
            final int unused = Math.min(slack, chain.capacity);
            slack -= unused;
            chain.misalign = unused;
            chain.length = chain.capacity - unused;
            RawCopy.copy(base, offset, chain.dataAddress(), chain.length);
            offset += chain.length;
            tail = chain;
        }
        final boolean wasEmpty = length == 0 && (first == null || first.isEmpty());
        tail.next = first;
        first = fresh;
        if (last == null) last = tail;
        if (wasEmpty) lastWithData = tail; // the last new chain always holds data
    }

    // ---- out ----

    /** Gives bytes at the front back; at most as many as there are. */
    final void dropFront(final long count) {
        if (count == length) {
            releaseAll();
            return;
        }
        length -= count;
        long missing = count;
        Chain chain = first;
        while (missing >= chain.length) { // stops at the latest at lastWithData, which keeps data
            missing -= chain.length;
            final Chain following = chain.next;
            chain.release();
            chain = following;
        }
        first = chain;
        chain.skip((int) missing);
    }

    /** Copies bytes from a position on to the target; they are there. */
    final void gather(final long position, final byte @Nullable [] base, final long to, final int count) {
        long skip = position;
        long target = to;
        int missing = count;
        for (Chain chain = first; missing > 0; chain = chain.next) {
            if (skip >= chain.length) {
                skip -= chain.length;
                continue;
            }
            final int piece = Math.min(missing, chain.length - (int) skip);
            RawCopy.copyTo(chain.dataAddress() + skip, base, target, piece);
            target += piece;
            missing -= piece;
            skip = 0;
        }
    }

    // ---- across ----

    /** Moves all chains of {@code from} behind the data of this list. */
    final void takeAllBehind(final ChainData from) {
        if (length == 0) {
            takePlaceOf(from);
        } else {
            releaseSpares();
            layout++;
            last.next = from.first;
            last = from.last;
            lastWithData = from.lastWithData;
            length += from.length;
        }
        from.forgetAll();
    }

    /** Moves all chains of {@code from} before the first chain of this list. */
    final void takeAllInFront(final ChainData from) {
        if (length == 0) {
            takePlaceOf(from);
        } else {
            from.last.next = first;
            first = from.first;
            length += from.length;
        }
        from.forgetAll();
    }

    private void takePlaceOf(final ChainData from) {
        releaseAll();
        first = from.first;
        last = from.last;
        lastWithData = from.lastWithData;
        length = from.length;
    }

    /** Moves {@code count} bytes, fewer than there are, to {@code target}; returns how many of them had to be copied. */
    final long moveFront(final ChainData target, final long count) {
        Chain lastWhole = null; // the last chain that moves as it is
        Chain lastMovedWithData = null;
        long whole = 0;
        Chain cut = first; // the chain in which the range ends, which keeps at least one byte
        while (whole + cut.length <= count) {
            whole += cut.length;
            lastWhole = cut;
            if (cut.length > 0) lastMovedWithData = cut;
            cut = cut.next;
        }
        final int part = (int) (count - whole);
        if (lastMovedWithData == null) {
            target.ensureRoom(part); // may throw: nothing has changed
        } else {
            final int room = lastMovedWithData == lastWhole ? lastWhole.free() : 0;
            final Chain fresh = part > room ? target.takeChains(part - room, 0, Integer.MAX_VALUE) : null;
            target.takeFront(this, lastWhole, lastMovedWithData, whole);
            first = cut;
            length -= whole;
            if (fresh != null) target.linkBehind(fresh);
        }
        if (part > 0) {
            target.putBehind(null, cut.dataAddress(), part);
            dropFront(part); // gives back empty chains in front of the cut one as well
        }
        return part;
    }

    /** Links the chains of {@code from} from its first to {@code lastWhole} behind this buffer's data. */
    private void takeFront(
            final ChainData from, final Chain lastWhole, final Chain lastMovedWithData, final long bytes) {
        if (length == 0) {
            releaseAll();
            first = from.first;
        } else {
            releaseSpares();
            layout++;
            last.next = from.first;
        }
        lastWhole.next = null;
        last = lastWhole;
        lastWithData = lastMovedWithData;
        length += bytes;
    }

    // ---- together ----

    /** Makes the first {@code wanted} bytes contiguous; they are there, and not all in the first chain. */
    final void pullUpSlowly(final int wanted) {
        if (first.isEmpty()) dropFront(0); // empty chains at the front, which cost a copy otherwise
        final Chain head = first;
        if (head.length >= wanted) return;
        final boolean fits = head.length + (long) head.free() >= wanted;
        final Chain target = fits ? head : takeChain(wanted);
        layout++;
        final boolean all = wanted == length;
        Chain chain = fits ? head.next : head;
        int missing = fits ? wanted - head.length : wanted;
        copiedWithin(missing);
        while (missing > 0) {
            final int piece = Math.min(missing, chain.length);
            RawCopy.copy(chain.dataAddress(), target.freeAddress(), piece);
            target.length += piece;
            chain.skip(piece);
            missing -= piece;
            if (chain.isEmpty()) {
                final Chain following = chain.next;
                chain.release();
                chain = following;
            }
        }
        if (all) {
            Chain.releaseRun(chain);
            chain = null;
        }
        first = target;
        target.next = chain;
        if (chain == null) {
            last = target;
            lastWithData = target;
        }
    }
}
