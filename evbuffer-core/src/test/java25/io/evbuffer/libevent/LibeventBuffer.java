package io.evbuffer.libevent;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.evbuffer.BufferEnd;
import io.evbuffer.EolStyle;
import io.evbuffer.testing.BytesAs;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * An {@code evbuffer} of libevent. Where {@link WantedDifference} says so it answers as the contract has it, after a check
 * that libevent does not; functions that would end the process or spoil its memory are not called, but gone around.
 */
final class LibeventBuffer implements Subject {
    private static final long VECTOR_SIZE = Libevent.VECTOR.byteSize();
    private static final int SET = 0;
    private static final int ADD = 1;
    private static final int ENABLED = 1;

    private record Entry(MemorySegment address, int number) {}

    private final Libevent libevent;
    private final References references;
    private final Met met;
    private final MemorySegment buffer;
    private final List<Entry> entries = new ArrayList<>(); // oldest first
    private final List<Entry> disabled = new ArrayList<>();
    private int listenersSoFar;
    private List<Told> told = new ArrayList<>();
    private boolean frozenStart;
    private boolean frozenEnd;
    private boolean mayShare; // holds chains, perhaps, whose memory another buffer shows
    private boolean mayBeHeld; // another buffer shows, perhaps, what was shared from here

    LibeventBuffer(final Libevent libevent, final References references, final Met met) {
        this.libevent = libevent;
        this.references = references;
        this.met = met;
        buffer = (MemorySegment) libevent.newBuffer.call();
    }

    /** For calls that do not go around anything. */
    MemorySegment address() {
        return buffer;
    }

    private static void check(final boolean condition, final String otherwise) {
        if (!condition) throw new AssertionError("libevent: " + otherwise);
    }

    private static Answer done(final int result) {
        check(result == 0 || result == -1, "result " + result);
        return result == 0 ? Answer.DONE : Answer.REFUSED;
    }

    private static MemorySegment copy(final Arena arena, final byte[] bytes) {
        final MemorySegment memory = arena.allocate(Math.max(1, bytes.length));
        MemorySegment.copy(bytes, 0, memory, JAVA_BYTE, 0, bytes.length);
        return memory;
    }

    // ---- looking ----

    @Override
    public long length() {
        final long length = libevent.length.callForLong(buffer);
        final long contiguous = libevent.contiguousSpace.callForLong(buffer);
        check(contiguous <= length, contiguous + " of " + length + " bytes are contiguous");
        if (length > 0 && contiguous == 0) met.note(WantedDifference.CONTIGUOUS_LENGTH_IS_OF_DATA);
        return length;
    }

    @Override
    public byte[] content() {
        return peek(0, -1).bytes();
    }

    @Override
    public Answer copyOut(final int count, final BytesAs as) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment target = arena.allocate(count + 1);
            return bytes(target, libevent.copyOut.callForLong(buffer, target, (long) count));
        }
    }

    @Override
    public Answer copyOutFrom(final long position, final int count) {
        try (Arena arena = Arena.ofConfined()) {
            return copyOutFrom(pointer(arena, position), count, arena);
        }
    }

    private Answer copyOutFrom(final MemorySegment pointer, final int count, final Arena arena) {
        final MemorySegment target = arena.allocate(count + 1);
        return bytes(target, libevent.copyOutFrom.callForLong(buffer, pointer, target, (long) count));
    }

    private static Answer bytes(final MemorySegment memory, final long count) {
        return count < 0
                ? Answer.REFUSED
                : Answer.bytes(memory.asSlice(0, count).toArray(JAVA_BYTE));
    }

    @Override
    public Answer peek(final long position, final long count) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment start = position == 0 ? MemorySegment.NULL : pointer(arena, position);
            final int needed = libevent.peek.callForInt(buffer, count, start, MemorySegment.NULL, 0);
            final MemorySegment vectors = arena.allocate(VECTOR_SIZE * (needed + 1), 8);
            final int filled = libevent.peek.callForInt(buffer, count, start, vectors, needed + 1);
            check(filled == needed || count < 0 && filled > needed, filled + " vectors filled, needed " + needed);
            final long available = libevent.length.callForLong(buffer) - position;
            final byte[] bytes = new byte[(int) (count < 0 ? available : Math.min(count, available))];
            if (gather(vectors, Math.min(filled, needed + 1), bytes)) {
                met.note(WantedDifference.PEEK_SHOWS_NO_EMPTY_VECTORS);
            }
            return Answer.bytes(bytes);
        }
    }

    /** Copies the bytes of vectors, which may go beyond; tells whether one of them was superfluous. */
    private static boolean gather(final MemorySegment vectors, final int size, final byte[] bytes) {
        boolean superfluous = false;
        int gathered = 0;
        for (int i = 0; i < size; i++) {
            final int extent = (int) vectors.getAtIndex(JAVA_LONG, 2L * i + 1);
            final int used = Math.min(extent, bytes.length - gathered);
            superfluous |= used == 0;
            final MemorySegment data = vectors.getAtIndex(ADDRESS, 2L * i).reinterpret(extent);
            MemorySegment.copy(data, JAVA_BYTE, 0, bytes, gathered, used);
            gathered += used;
        }
        check(gathered == bytes.length, gathered + " of " + bytes.length + " bytes peeked");
        return superfluous;
    }

    @Override
    public Answer pullUp(final long count) {
        final long length = libevent.length.callForLong(buffer);
        if (count > length) {
            check(isNull(libevent.pullUp.call(buffer, count)), "pulled up " + count + " of " + length + " bytes");
            return Answer.REFUSED;
        }
        final int wanted = (int) (count < 0 ? length : count);
        if (wanted == 0) {
            check(isNull(libevent.pullUp.call(buffer, count)), "pulled up nothing");
            met.note(WantedDifference.NOTHING_CAN_BE_PULLED_UP);
            return Answer.bytes(new byte[0]);
        }
        if (mayShare) {
            met.note(WantedDifference.SHARED_BYTES_ARE_NOT_OVERWRITTEN);
            return Answer.bytes(Arrays.copyOf(content(), wanted));
        }
        final MemorySegment view = (MemorySegment) libevent.pullUp.call(buffer, count);
        check(!isNull(view), "no pull-up of " + count + " of " + length + " bytes");
        check(libevent.contiguousSpace.callForLong(buffer) >= wanted, "pulled up, but not contiguous");
        return Answer.bytes(view.reinterpret(wanted).toArray(JAVA_BYTE));
    }

    private static boolean isNull(final Object address) {
        return ((MemorySegment) address).address() == 0;
    }

    @Override
    public Answer search(final byte[] what, final long start, final long end) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment needle = copy(arena, what);
            final long length = what.length;
            final MemorySegment from = pointer(arena, start);
            if (end == NOT_GIVEN) return position(libevent.search.call(arena, buffer, needle, length, from));
            final Answer found =
                    position(libevent.searchRange.call(arena, buffer, needle, length, from, pointer(arena, end)));
            if (length == 0 && Math.max(start, 0) > end && start != NOWHERE) {
                check(!found.equals(Answer.NONE), "nothing is not found behind the end");
                met.note(WantedDifference.NOTHING_IS_NOT_FOUND_BEYOND_THE_END);
                return Answer.NONE;
            }
            return found;
        }
    }

    private static Answer position(final Object pointer) {
        return Answer.number(((MemorySegment) pointer).get(JAVA_LONG, 0));
    }

    @Override
    public Answer searchEol(final long start, final EolStyle style) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment length = arena.allocate(JAVA_LONG);
            final MemorySegment found = (MemorySegment)
                    libevent.searchEol.call(arena, buffer, pointer(arena, start), length, style.ordinal());
            return Answer.numbers(List.of(found.get(JAVA_LONG, 0), length.get(JAVA_LONG, 0)), new byte[0]);
        }
    }

    /** A pointer at a position in the buffer, at no position, or NULL. */
    private MemorySegment pointer(final Arena arena, final long position) {
        if (position == NOT_GIVEN) return MemorySegment.NULL;
        final MemorySegment pointer = arena.allocate(Libevent.POINTER);
        if (position == NOWHERE) {
            pointer.set(JAVA_LONG, 0, -1);
        } else {
            check(libevent.setPointer.callForInt(buffer, pointer, position, SET) == 0, "no position " + position);
        }
        return pointer;
    }

    @Override
    public Answer walk(final long start, final List<Integer> advances, final int count) {
        try (Arena arena = Arena.ofConfined()) {
            final List<Long> positions = new ArrayList<>();
            final MemorySegment pointer = arena.allocate(Libevent.POINTER);
            final MemorySegment before = arena.allocate(Libevent.POINTER);
            if (libevent.setPointer.callForInt(buffer, pointer, start, SET) != 0) return Answer.REFUSED;
            positions.add(pointer.get(JAVA_LONG, 0));
            for (final int advance : advances) {
                before.copyFrom(pointer);
                if (libevent.setPointer.callForInt(buffer, pointer, (long) advance, ADD) != 0) {
                    check(pointer.get(JAVA_LONG, 0) == -1, "a position after a step too far");
                    met.note(WantedDifference.FAILED_MOVE_KEEPS_POSITION);
                    pointer.copyFrom(before);
                }
                positions.add(pointer.get(JAVA_LONG, 0));
            }
            final Answer copied = copyOutFrom(pointer, count, arena);
            return copied.refused() ? Answer.REFUSED : Answer.numbers(positions, copied.bytes());
        }
    }

    // ---- changing ----

    @Override
    public Answer add(final byte[] bytes, final BytesAs as) {
        try (Arena arena = Arena.ofConfined()) {
            return done(libevent.add.callForInt(buffer, copy(arena, bytes), (long) bytes.length));
        }
    }

    @Override
    public Answer addIovec(final List<byte[]> pieces) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment vectors = arena.allocate(VECTOR_SIZE * pieces.size(), 8);
            long total = 0;
            int filled = 0;
            for (int i = 0; i < pieces.size(); i++) {
                vectors.setAtIndex(ADDRESS, 2L * i, copy(arena, pieces.get(i)));
                vectors.setAtIndex(JAVA_LONG, 2L * i + 1, pieces.get(i).length);
                total += pieces.get(i).length;
                if (pieces.get(i).length > 0) filled++;
            }
            final int toldBefore = told.size();
            final long added = libevent.addIovec.callForLong(buffer, vectors, pieces.size());
            check(added == (frozenEnd ? 0 : total), added + " of " + total + " bytes added");
            if (frozenEnd) {
                met.note(WantedDifference.REFUSED_VECTORS_ARE_REFUSED);
                return Answer.REFUSED;
            }
            mergeTold(toldBefore, filled, WantedDifference.VECTORS_ARE_TOLD_ONCE);
            return Answer.number(added);
        }
    }

    @Override
    public Answer addReference(final byte[] bytes) {
        final MemorySegment memory = references.lend(bytes);
        final int number = references.last();
        final boolean empty = bytes.length == 0;
        final int result = libevent.addReference(buffer, memory, bytes.length, extent -> {
            if (!empty) references.release(number, extent);
        });
        if (result != 0) {
            references.takeBack();
        } else if (empty) {
            references.release(number, 0);
            met.note(WantedDifference.EMPTY_REFERENCE_COMES_BACK_AT_ONCE);
        }
        return done(result);
    }

    @Override
    public Answer prepend(final byte[] bytes, final BytesAs as) {
        try (Arena arena = Arena.ofConfined()) {
            return done(libevent.prepend.callForInt(buffer, copy(arena, bytes), (long) bytes.length));
        }
    }

    @Override
    public Answer addBuffer(final Subject source) {
        final LibeventBuffer from = (LibeventBuffer) source;
        return moved(from, libevent.addBuffer.callForInt(buffer, from.buffer));
    }

    @Override
    public Answer prependBuffer(final Subject source) {
        final LibeventBuffer from = (LibeventBuffer) source;
        return moved(from, libevent.prependBuffer.callForInt(buffer, from.buffer));
    }

    @Override
    public Answer removeBuffer(final Subject target, final long count) {
        final LibeventBuffer to = (LibeventBuffer) target;
        final int moved = libevent.removeBuffer.callForInt(buffer, to.buffer, count);
        if (moved < 0) return Answer.REFUSED;
        to.moved(this, 0);
        return Answer.number(moved);
    }

    private Answer moved(final LibeventBuffer from, final int result) {
        mayShare |= from.mayShare;
        forgetSharing();
        from.forgetSharing();
        return done(result);
    }

    /** A buffer without bytes has given back its chains. */
    private void forgetSharing() {
        if (libevent.length.callForLong(buffer) == 0) mayShare = false;
    }

    @Override
    public Answer addBufferReference(final Subject source) {
        final LibeventBuffer from = (LibeventBuffer) source;
        final boolean legal = from != this && !frozenEnd && from.length() > 0;
        final int result;
        if (legal && length() == 0) {
            met.note(WantedDifference.SHARING_INTO_EMPTY_CHAINS);
            final MemorySegment fresh = (MemorySegment) libevent.newBuffer.call();
            result = libevent.addBufferReference.callForInt(fresh, from.buffer);
            check(libevent.addBuffer.callForInt(buffer, fresh) == 0, "an unfrozen buffer cannot be moved to");
            libevent.freeBuffer.call(fresh);
        } else {
            result = libevent.addBufferReference.callForInt(buffer, from.buffer);
        }
        if (legal && result != 0) {
            check(from.mayShare, "bytes that were never shared cannot be");
            met.note(WantedDifference.SHARED_BYTES_ARE_SHARED_AGAIN);
            return add(from.content(), BytesAs.ARRAY);
        }
        if (legal) {
            mayShare = true;
            from.mayShare = true;
            from.mayBeHeld = true;
        }
        return done(result);
    }

    @Override
    public Answer drain(final long count) {
        final long before = libevent.length.callForLong(buffer);
        if (libevent.drain.callForInt(buffer, count) != 0) return Answer.REFUSED;
        forgetSharing();
        return Answer.number(before - libevent.length.callForLong(buffer));
    }

    @Override
    public Answer remove(final int count, final BytesAs as) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment target = arena.allocate(count + 1);
            final Answer removed = bytes(target, libevent.remove.callForInt(buffer, target, (long) count));
            forgetSharing();
            return removed;
        }
    }

    @Override
    public Answer readLine(final EolStyle style, final BytesAs as) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment length = arena.allocate(JAVA_LONG);
            final int toldBefore = told.size();
            final MemorySegment line = (MemorySegment) libevent.readLine.call(buffer, length, style.ordinal());
            final long count = length.get(JAVA_LONG, 0);
            if (isNull(line)) {
                check(count == 0, count + " bytes in no line");
                return frozenStart ? Answer.REFUSED : Answer.NONE;
            }
            final byte[] bytes = line.reinterpret(count).toArray(JAVA_BYTE);
            libevent.free.call(line);
            forgetSharing();
            mergeTold(toldBefore, count > 0 ? 2 : 1, WantedDifference.LINE_IS_TOLD_ONCE);
            return Answer.bytes(bytes);
        }
    }

    @Override
    public Answer expand(final int count) {
        return done(libevent.expand.callForInt(buffer, (long) count));
    }

    @Override
    public Answer reserveAndCommit(final Reservation reservation) {
        if (reservation.size() == 0 && reservation.vectors() > 1) {
            met.note(WantedDifference.RESERVING_NOTHING_IS_LEGAL);
            return frozenEnd || reservation.frozenMeanwhile() ? Answer.REFUSED : Answer.DONE;
        }
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment vectors = arena.allocate(VECTOR_SIZE * reservation.vectors(), 8);
            final int size =
                    libevent.reserveSpace.callForInt(buffer, (long) reservation.size(), vectors, reservation.vectors());
            if (size < 0) return Answer.REFUSED;
            check(size <= reservation.vectors(), size + " vectors for " + reservation);
            final long[] offered = new long[size];
            for (int i = 0; i < size; i++) offered[i] = vectors.getAtIndex(JAVA_LONG, 2L * i + 1);
            final int[] taken = reservation.spread(offered);
            int written = 0;
            for (int i = 0; i < size; i++) {
                final MemorySegment room = vectors.getAtIndex(ADDRESS, 2L * i).reinterpret(offered[i]);
                MemorySegment.copy(reservation.bytes(), written, room, JAVA_BYTE, 0, taken[i]);
                vectors.setAtIndex(JAVA_LONG, 2L * i + 1, taken[i]);
                written += taken[i];
            }
            if (reservation.frozenMeanwhile()) freeze(BufferEnd.END);
            final Answer committed = done(libevent.commitSpace.callForInt(buffer, vectors, size));
            if (reservation.frozenMeanwhile()) {
                unfreeze(BufferEnd.END);
            } else if (committed.refused()) {
                check(reservation.vectors() == 1, "refuses its own " + reservation);
                met.note(WantedDifference.OWN_RESERVATION_IS_COMMITTED);
                return add(reservation.bytes(), BytesAs.ARRAY);
            }
            return committed;
        }
    }

    @Override
    public void freeze(final BufferEnd end) {
        check(libevent.freeze.callForInt(buffer, end == BufferEnd.START ? 1 : 0) == 0, "not frozen");
        setFrozen(end, true);
    }

    @Override
    public void unfreeze(final BufferEnd end) {
        check(libevent.unfreeze.callForInt(buffer, end == BufferEnd.START ? 1 : 0) == 0, "not unfrozen");
        setFrozen(end, false);
    }

    private void setFrozen(final BufferEnd end, final boolean frozen) {
        if (end == BufferEnd.START) {
            frozenStart = frozen;
        } else {
            frozenEnd = frozen;
        }
    }

    // ---- listeners ----

    @Override
    public void listen() {
        final int number = listenersSoFar++;
        final MemorySegment address = libevent.addListener(
                buffer, (original, added, deleted) -> told.add(new Told(number, original, added, deleted)));
        check(!isNull(address), "no listener added");
        entries.add(new Entry(address, number));
    }

    @Override
    public Answer unlisten(final int which) {
        if (entries.isEmpty()) return Answer.number(0);
        final Entry entry = entries.remove(which % entries.size());
        disabled.remove(entry);
        check(libevent.removeListener.callForInt(buffer, entry.address) == 0, "listener not removed");
        return Answer.number(entries.size());
    }

    @Override
    public Answer enable(final int which, final boolean enabled) {
        if (entries.isEmpty()) return Answer.number(0);
        final Entry entry = entries.get(which % entries.size());
        final Libevent.Function change = enabled ? libevent.setListenerFlags : libevent.clearListenerFlags;
        check(change.callForInt(buffer, entry.address, ENABLED) == 0, "flags not changed");
        disabled.remove(entry);
        if (!enabled) disabled.add(entry);
        return Answer.number(entries.size());
    }

    /** Checks that each enabled listener was told this often since, and leaves one round of it. */
    private void mergeTold(final int from, final int rounds, final WantedDifference difference) {
        final List<Told> since = told.subList(from, told.size());
        final int listening = entries.size() - disabled.size();
        check(since.size() == rounds * listening, since + " in " + rounds + " rounds to " + listening);
        final List<Told> merged = Told.inOneRound(since);
        if (merged.size() < since.size()) met.note(difference);
        since.clear();
        told.addAll(merged);
    }

    @Override
    public List<Told> takeTold() {
        final List<Told> taken = told;
        told = new ArrayList<>();
        return taken;
    }

    @Override
    public void close() {
        while (!entries.isEmpty()) unlisten(0);
        if (mayBeHeld) {
            met.note(WantedDifference.SHARING_KEEPS_NO_BUFFER_ALIVE);
            unfreeze(BufferEnd.START);
            drain(Long.MAX_VALUE);
        }
        libevent.freeBuffer.call(buffer);
    }

    @Override
    public String toString() {
        return "LibeventBuffer[" + length() + " bytes" + (mayShare ? ", may share]" : "]");
    }
}
