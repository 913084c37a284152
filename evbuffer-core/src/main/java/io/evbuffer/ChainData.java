package io.evbuffer;

import io.evbuffer.internal.MemoryEvents;
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
    /** So many chains are walked before the index is asked: a short list has none. */
    private static final int WALK_LIMIT = 16;

    /** So many bytes at least are brought into memory at a time: what is read byte by byte must not be loaded so. */
    private static final int LOAD_UNIT = 65536;

    /**
     * A search loads as much again as it has loaded, up to this: it loads at most twice what it passes, and a long one is not
     * slow for the number of its loads, each of which may be a mapping.
     */
    private static final int LARGEST_SEARCH_LOAD = 16 * 1024 * 1024;

    /** How often bytes were put in front: unless it changes, a place in the stream names the same byte. */
    long prepends;

    /** Position of the first byte of the chain that {@link #seek} found. */
    long seekStart;

    private @Nullable ChainIndex index; // made at the first far seek

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
        chain.end = count;
        first = chain;
        lastWithData = chain;
        endOffset += count;
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
                chain.end += piece;
                lastWithData = chain;
                from += piece;
                missing -= piece;
            }
            chain = chain.next;
        }
        endOffset += bytes;
    }

    /** Copies bytes before the first one: to the room in front of it, and what is left to new chains. */
    final void prependSlowly(final byte @Nullable [] base, final long from, final int count) {
        final Chain head = first;
        final int rear = head == null ? 0 : Math.min(count, head.headRoom());
        final int front = count - rear;
        final Chain fresh = front == 0 ? null : takeChains(front, frontCapacity(), Integer.MAX_VALUE);
        if (rear > 0) {
            if (head.isEmpty()) head.placeEmpty(head.capacity);
            head.misalign -= rear;
            RawCopy.copy(base, from + front, head.dataAddress(), rear);
        }
        if (fresh != null) putInFront(fresh, base, from, front);
        prepended(count);
    }

    /** Told that bytes were put in front, of which the index knows nothing. */
    final void prepended(final long count) {
        frontOffset -= count;
        prepends++;
        forgetIndex();
    }

    final void forgetIndex() {
        if (index != null) index.forget();
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
            chain.end = chain.capacity;
            RawCopy.copy(base, offset, chain.dataAddress(), chain.length());
            offset += chain.length();
            tail = chain;
        }
        final boolean wasEmpty = dataLength() == 0 && (first == null || first.isEmpty());
        tail.next = first;
        first = fresh;
        if (wasEmpty) lastWithData = tail; // the last new chain always holds data
    }

    /** Links chains, all with data, behind the data; spare chains stay behind them. */
    final void linkBehindData(final Chain head, final long bytes) {
        Chain tail = head;
        while (tail.next != null) tail = tail.next;
        linkBehindData(head, tail, bytes);
    }

    private void linkBehindData(final Chain head, final Chain tail, final long bytes) {
        if (dataLength() == 0) {
            tail.next = first;
            first = head;
        } else {
            tail.next = lastWithData.next;
            lastWithData.next = head;
        }
        lastWithData = tail;
        lengthened(bytes);
        layout++;
    }

    /** Shows the data of another list, which has some, behind the data of this one; that list's chains are shared from now on. */
    final void showAll(final ChainData from) {
        from.layout++;
        Chain head = null;
        Chain tail = null;
        try {
            for (Chain chain = from.first; chain != null; chain = chain.next) {
                if (chain.isEmpty()) continue;
                final Chain sharer = chain.share();
                if (head == null) head = sharer;
                else tail.next = sharer;
                tail = sharer;
            }
        } catch (final Throwable e) { // no memory on the heap
            releaseRun(head);
            throw e;
        }
        linkBehindData(head, tail, from.dataLength());
    }

    // ---- out ----

    /** Gives bytes at the front back; at most as many as there are. */
    final void dropFront(final long count) {
        if (count == dataLength()) {
            dropAll();
            return;
        }
        long missing = count;
        final Chain head = first;
        Chain chain = head;
        while (missing >= chain.length()) { // stops at the latest at lastWithData, which keeps data
            missing -= chain.length();
            chain = chain.next;
        }
        first = chain;
        chain.skip((int) missing);
        frontOffset += count;
        if (index != null) index.frontMoved(frontOffset, chain);
        if (isObserved()) noteRemoved(count);
        if (head != chain) releaseRun(head, chain);
    }

    /**
     * Where {@code count} bytes at the front lie in one chain that has more than these, if nobody has to be told that they go; else 0.
     * {@link #takenInFront} takes them off.
     */
    final long bytesQuietlyInFront(final int count) {
        final Chain head = first;
        if (head == null || count >= head.length() || (state & (MAY_BE_UNLOADED | OBSERVED)) != 0) return 0;
        return head.dataAddress();
    }

    final void takenInFront(final int count) {
        frontOffset += count;
        first.skip(count);
    }

    private void dropAll() {
        final Chain head = first;
        forgetIndex();
        if (inputInFlight || isObserved()) {
            dropAllSlowly();
        } else {
            forgetAll();
            releaseRun(head, null);
        }
    }

    private void dropAllSlowly() {
        final long count = dataLength();
        final Chain head = first;
        Chain input = inputInFlight ? first : null;
        while (input != null && (input.flags & Chain.PINNED_READ) == 0) input = input.next;
        if (input == null) {
            forgetAll();
        } else { // the place being read into stays where it is, without the data in front of it
            input.skip(input.length());
            first = input;
            lastWithData = input;
            frontOffset = endOffset;
            layout++;
        }
        if (isObserved()) noteRemoved(count);
        releaseRun(head, input);
    }

    /**
     * Finds the chain in which the byte at a position lies, and sets {@link #seekStart} to the position of its first byte.
     * O(log chains), after O(chains appended since the last far seek).
     *
     * @param position 0 to less than the length.
     */
    final Chain seek(final long position) {
        final long tailStart = dataLength() - lastWithData.length();
        if (position >= tailStart) {
            seekStart = tailStart;
            return lastWithData;
        }
        long start = 0;
        Chain chain = first;
        for (int i = 0; i < WALK_LIMIT; i++) {
            final long end = start + chain.length();
            if (position < end) {
                seekStart = start;
                return chain;
            }
            start = end;
            chain = chain.next;
        }
        return seekFar(frontOffset + position);
    }

    /**
     * As {@link #seek}, for who goes on to look at the bytes: a chain whose bytes are not in memory is cut where the position
     * lies in it, so that what is in front of it need not be loaded.
     */
    final Chain seekToLook(final long position) {
        final Chain chain = seek(position);
        if (!chain.isUnloaded() || seekStart == position) return chain;
        cutUnloaded(chain, (int) (position - seekStart));
        seekStart = position;
        return chain.next;
    }

    private Chain seekFar(final long target) {
        ChainIndex known = index;
        if (known == null) {
            known = new ChainIndex();
            index = known;
        }
        extendIndex(known, target);
        final int entry = known.find(target);
        seekStart = Math.max(known.start(entry), frontOffset) - frontOffset; // the first chain may be partly drained
        return known.chain(entry);
    }

    /** Enters chains until the last entry lies behind the target, or is the last chain with data. */
    private void extendIndex(final ChainIndex known, final long target) {
        Chain chain = known.lastChain();
        long start;
        if (chain == null) {
            chain = first;
            start = frontOffset;
            while (chain.isEmpty()) chain = chain.next;
            known.append(chain, start, frontOffset);
        } else {
            start = known.lastStart();
        }
        // Of a partly drained first chain the start lies before the front, and its length counts from the front.
        long end = Math.max(start, frontOffset) + chain.length();
        while (end <= target) {
            chain = chain.next;
            if (chain.isEmpty()) continue;
            known.append(chain, end, frontOffset);
            end += chain.length();
        }
    }

    /** Copies bytes from a position on to the target; they are there. */
    final void gather(final long position, final byte @Nullable [] base, final long to, final int count) {
        if (count == 0) return;
        Chain chain = seek(position);
        int skip = (int) (position - seekStart);
        long target = to;
        int missing = count;
        while (true) {
            final int piece = Math.min(missing, chain.length() - skip);
            RawCopy.copyTo(chain.dataAddress() + skip, base, target, piece);
            missing -= piece;
            if (missing == 0) return;
            target += piece;
            skip = 0;
            chain = chain.next;
        }
    }

    // ---- bytes not in memory ----

    /** Brings a range of the data into memory; bytes that are not in memory are in it only if {@code mayBeUnloaded}. */
    final void load(final long position, final long count) {
        if (count == 0) return;
        final long end = position + count;
        Chain chain = seek(position);
        long at = seekStart;
        while (at < end) {
            if (chain.isUnloaded()) {
                if (at < position) cutUnloaded(chain, (int) (position - at));
                else load(chain, end - at);
            }
            at += chain.length();
            chain = chain.next;
        }
    }

    /**
     * Brings the front of an unloaded chain into memory: so many bytes or a few more; a further chain shows the others. Room
     * behind the data stays as it is, and reserved. Who wants more than half a unit takes it in pieces of his own.
     */
    final void load(final Chain chain, final long wanted) {
        final int count = (int) Math.min(chain.length(), wanted > LOAD_UNIT / 2 ? wanted : LOAD_UNIT);
        if (count < chain.length()) cutUnloaded(chain, count);
        chain.load();
    }

    /** As {@link #load(Chain, long)}, for a search that has loaded so many bytes and goes no further than {@code left} bytes. */
    final void loadForSearch(final Chain chain, final long loaded, final long left) {
        load(chain, Math.min(Math.min(loaded, LARGEST_SEARCH_LOAD), left));
    }

    /** How many loads of the least length bring so many bytes into memory that follow one another. */
    static int loadsOf(final int bytes) {
        return (bytes - 1) / LOAD_UNIT + 1;
    }

    private void cutUnloaded(final Chain chain, final int kept) {
        final Chain rest = chain.cutUnloaded(kept);
        rest.next = chain.next;
        chain.next = rest;
        if (lastWithData == chain) lastWithData = rest;
        forgetIndex();
    }

    // ---- across ----

    /** Moves all data of {@code from} behind the data of this list. */
    final void takeAllBehind(final ChainData from) {
        final Chain input = from.inputInFlight ? from.cutInput() : null; // may throw: nothing has changed
        if (dataLength() == 0) {
            takePlaceOf(from);
        } else {
            releaseSpares();
            layout++;
            last().next = from.first;
            lastWithData = from.lastWithData;
        }
        lengthened(from.dataLength());
        state |= from.state & MAY_BE_UNLOADED;
        from.movedAway();
        from.restoreInput(input);
    }

    /** As {@link #takeAllBehind}, if no bit of either state is set: nothing is in flight then, and nothing out of memory. */
    final void takeAllPlainlyBehind(final ChainData from, final long bytes) {
        if (dataLength() == 0) {
            takePlaceOf(from);
        } else {
            final Chain tail = lastWithData;
            if (tail.next != null) releaseSpares();
            layout++;
            tail.next = from.first;
            lastWithData = from.lastWithData;
        }
        lengthened(bytes);
        from.forgetIndex();
        from.forgetChains();
    }

    /** Moves all data of {@code from} before the first byte of this list. */
    final void takeAllInFront(final ChainData from) {
        final Chain input = from.inputInFlight ? from.cutInput() : null; // may throw: nothing has changed
        if (dataLength() == 0 && !inputInFlight) {
            takePlaceOf(from);
        } else {
            from.last().next = first;
            first = from.first;
            if (dataLength() == 0) lastWithData = from.lastWithData;
            layout++;
        }
        prepended(from.dataLength());
        lengthened(0);
        state |= from.state & MAY_BE_UNLOADED;
        from.movedAway();
        from.restoreInput(input);
    }

    /**
     * Cuts the chains that an input operation is filling off the list and returns them. Data in front of the place being
     * filled, in the same chain, is copied to a new chain in the list, because the place must not move.
     */
    private Chain cutInput() {
        Chain before = null;
        Chain input = first;
        while ((input.flags & Chain.PINNED_READ) == 0) {
            before = input;
            input = input.next;
        }
        if (input.length() > 0) {
            final Chain moved = takeChain(input.length());
            RawCopy.copy(input.dataAddress(), moved.address, input.length());
            moved.end = input.length();
            copiedWithin(input.length());
            input.skip(input.length());
            if (before == null) first = moved;
            else before.next = moved;
            before = moved;
            lastWithData = moved;
        }
        before.next = null;
        return input;
    }

    private void restoreInput(final @Nullable Chain input) {
        if (input == null) return;
        first = input;
        lastWithData = input;
    }

    private void movedAway() {
        forgetIndex();
        forgetAll();
    }

    private void takePlaceOf(final ChainData from) {
        releaseAll();
        first = from.first;
        lastWithData = from.lastWithData;
    }

    /** Moves {@code count} bytes, fewer than there are, to {@code target}; returns how many of them had to be copied. */
    final long moveFront(final ChainData target, final long count) {
        Chain lastWhole = null; // the last chain that moves as it is
        Chain lastMovedWithData = null;
        long whole = 0;
        Chain cut = first; // the chain in which the range ends, which keeps at least one byte
        while (whole + cut.length() <= count) {
            whole += cut.length();
            lastWhole = cut;
            if (cut.length() > 0) lastMovedWithData = cut;
            cut = cut.next;
        }
        int part = (int) (count - whole);
        if (part > 0 && cut.isUnloaded()) { // what is not in memory cannot be copied, and need not be
            cutUnloaded(cut, part);
            whole += part;
            lastWhole = cut;
            lastMovedWithData = cut;
            cut = cut.next;
            part = 0;
        }
        if (lastMovedWithData == null) {
            target.ensureRoom(part); // may throw: nothing has changed
        } else {
            final int room = lastMovedWithData == lastWhole && lastWhole.becomesWritable() ? lastWhole.free() : 0;
            final Chain fresh = part > room ? target.takeChains(part - room, 0, Integer.MAX_VALUE) : null;
            target.takeFront(this, lastWhole, lastMovedWithData, whole);
            target.state |= state & MAY_BE_UNLOADED;
            first = cut;
            frontOffset += whole;
            if (fresh != null) target.linkBehind(fresh);
        }
        if (part > 0) {
            target.putBehind(null, cut.dataAddress(), part);
            releaseEmptyFront(cut);
            cut.skip(part);
            frontOffset += part;
        }
        if (index != null) index.frontMoved(frontOffset, first);
        return part;
    }

    /** Gives back the chains in front of one, all empty. */
    private void releaseEmptyFront(final Chain kept) {
        final Chain head = first;
        first = kept;
        releaseRun(head, kept);
    }

    /** Links the chains of {@code from} from its first to {@code lastWhole} behind this buffer's data. */
    private void takeFront(
            final ChainData from, final Chain lastWhole, final Chain lastMovedWithData, final long bytes) {
        if (dataLength() == 0) {
            releaseAll();
            first = from.first;
        } else {
            releaseSpares();
            layout++;
            last().next = from.first;
        }
        lastWhole.next = null;
        lastWithData = lastMovedWithData;
        lengthened(bytes);
    }

    // ---- together ----

    /**
     * Makes the first {@code wanted} bytes contiguous; they are there, and not all in the first chain. Chains that went are
     * released when nothing else is left to do.
     */
    final void pullUpSlowly(final int wanted) {
        if (first.isEmpty()) dropEmptyFront();
        final Chain head = first;
        if (head.length() >= wanted) return;
        final boolean fits = head.length() > 0 && head.becomesWritable() && head.free() >= wanted - head.length();
        checkAbsorbable(fits ? head.next : head, fits ? wanted - head.length() : wanted);
        final Chain target = fits ? head : takeChain(wanted);
        final int kept = head.length();
        layout++;
        forgetIndex();
        final Chain absorbed = fits ? head.next : head;
        Chain chain = absorbed;
        Chain lastAbsorbed = null;
        int missing = fits ? wanted - head.length() : wanted;
        copiedWithin(missing);
        while (missing > 0) {
            final int piece = Math.min(missing, chain.length());
            RawCopy.copy(chain.dataAddress(), target.freeAddress(), piece);
            target.end += piece;
            missing -= piece;
            if (piece < chain.length()) {
                chain.skip(piece);
            } else {
                lastAbsorbed = chain;
                chain = chain.next;
            }
        }
        if (wanted == dataLength()) { // the rest is spare
            while (chain != null && !chain.isPinned()) {
                lastAbsorbed = chain;
                chain = chain.next;
            }
        }
        first = target;
        target.next = chain;
        if (wanted == dataLength()) lastWithData = target;
        if (lastAbsorbed != null) {
            lastAbsorbed.next = null;
            releaseRun(absorbed);
        }
        MemoryEvents.pullUpCopied(fits ? wanted - kept : wanted, wanted);
    }

    /** Gives back empty chains at the front, which would cost a copy; behind them there is data. */
    private void dropEmptyFront() {
        Chain chain = first;
        while (chain.isEmpty() && !chain.isPinned()) chain = chain.next;
        releaseEmptyFront(chain);
    }

    /** Throws unless {@code bytes} can be copied out of the chains from {@code chain} on and the chains given up. */
    private static void checkAbsorbable(final Chain head, final int bytes) {
        long missing = bytes;
        for (Chain chain = head; missing > 0; chain = chain.next) {
            if (chain.isPinned())
                throw new PinnedChainException("cannot pull up a chain in use by an operation: " + chain);
            missing -= chain.length();
        }
    }
}
