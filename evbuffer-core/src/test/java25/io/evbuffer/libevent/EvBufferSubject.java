package io.evbuffer.libevent;

import io.evbuffer.BufferEnd;
import io.evbuffer.EolMatch;
import io.evbuffer.EolStyle;
import io.evbuffer.EvBuffer;
import io.evbuffer.EvIovec;
import io.evbuffer.EvPosition;
import io.evbuffer.FrozenBufferException;
import io.evbuffer.ListenerRegistration;
import io.evbuffer.memory.SegmentSource;
import io.evbuffer.testing.BytesAs;
import io.evbuffer.testing.EvBufferInvariants;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/** An {@link EvBuffer}. Only those exceptions are refusals that the contract names for the operation and its state. */
class EvBufferSubject implements Subject {
    private record Entry(ListenerRegistration registration, int number) {}

    private final EvBuffer buffer;
    private final References references;
    private final EolMatch match = new EolMatch();
    private final List<Entry> entries = new ArrayList<>(); // oldest first
    private int listenersSoFar;
    private List<Told> told = new ArrayList<>();

    EvBufferSubject(final SegmentSource source, final References references) {
        buffer = new EvBuffer(source);
        this.references = references;
    }

    /** Checks that the buffer is sound and holds these bytes. */
    void check(final byte[] expected) {
        EvBufferInvariants.checkContent(buffer, expected);
    }

    private static void check(final boolean condition, final String otherwise) {
        if (!condition) throw new AssertionError(otherwise);
    }

    private Answer unlessFrozen(final Supplier<Answer> operation) {
        try {
            return operation.get();
        } catch (final FrozenBufferException e) {
            return Answer.REFUSED;
        }
    }

    private Answer doneUnlessFrozen(final Runnable operation) {
        return unlessFrozen(() -> {
            operation.run();
            return Answer.DONE;
        });
    }

    private static EvBuffer bufferOf(final Subject subject) {
        return ((EvBufferSubject) subject).buffer;
    }

    // ---- looking ----

    @Override
    public long length() {
        return buffer.length();
    }

    @Override
    public byte[] content() {
        return EvBufferInvariants.content(buffer);
    }

    @Override
    public Answer copyOut(final int count, final BytesAs as) {
        return unlessFrozen(() -> Answer.bytes(as.copyOut(buffer, count)));
    }

    @Override
    public Answer copyOutFrom(final long position, final int count) {
        return unlessFrozen(() -> {
            final byte[] target = new byte[count];
            return Answer.bytes(Arrays.copyOf(target, buffer.copyOut(position, target, 0, count)));
        });
    }

    @Override
    public Answer peek(final long position, final long count) {
        final int needed = buffer.countExtents(count, position);
        final EvIovec vectors = new EvIovec(needed + 1);
        check(buffer.peek(count, position, vectors) == needed, "needed " + needed + " vectors, filled " + vectors);
        final long available = buffer.length() - position;
        vectors.limit(count < 0 ? available : Math.min(count, available));
        final byte[] bytes = new byte[(int) vectors.totalLength()];
        int index = 0;
        for (int i = 0; i < vectors.size(); i++) {
            vectors.view(i).get(bytes, index, vectors.length(i));
            index += vectors.length(i);
        }
        return Answer.bytes(bytes);
    }

    @Override
    public Answer pullUp(final long count) {
        final UnsafeBuffer view = new UnsafeBuffer(0, 0);
        final int wanted = (int) (count < 0 ? buffer.length() : count);
        try {
            final int got = buffer.pullUp(count, view);
            check(got >= wanted && got == view.capacity(), "pulled up " + got + " of " + wanted);
            check(buffer.contiguousLength() >= wanted, "pulled up, but not contiguous");
        } catch (final IndexOutOfBoundsException e) {
            check(count > buffer.length(), e.toString());
            return Answer.REFUSED;
        }
        final byte[] bytes = new byte[wanted];
        view.getBytes(0, bytes);
        return Answer.bytes(bytes);
    }

    @Override
    public Answer search(final byte[] what, final long start, final long end) {
        final long from = start == NOT_GIVEN ? 0 : start;
        return Answer.number(end == NOT_GIVEN ? buffer.search(what, from) : buffer.searchRange(what, from, end));
    }

    @Override
    public Answer searchEol(final long start, final EolStyle style) {
        final long found = buffer.searchEol(start == NOT_GIVEN ? 0 : start, style, match);
        return Answer.numbers(List.of(found, match.length()), new byte[0]);
    }

    @Override
    public Answer walk(final long start, final List<Integer> advances, final int count) {
        final EvPosition position = new EvPosition(buffer);
        try {
            position.set(start);
        } catch (final IndexOutOfBoundsException e) {
            return Answer.REFUSED;
        }
        final List<Long> positions = new ArrayList<>();
        positions.add(position.value());
        for (final int advance : advances) {
            try {
                position.advance(advance);
            } catch (final IndexOutOfBoundsException e) {
                check(position.value() + advance > buffer.length(), e.toString());
            }
            positions.add(position.value());
        }
        final Answer copied = copyOutFrom(position.value(), count);
        return copied.refused() ? Answer.REFUSED : Answer.numbers(positions, copied.bytes());
    }

    // ---- changing ----

    @Override
    public Answer add(final byte[] bytes, final BytesAs as) {
        return doneUnlessFrozen(() -> as.add(buffer, bytes));
    }

    @Override
    public Answer addIovec(final List<byte[]> pieces) {
        final ByteBuffer[] sources = new ByteBuffer[pieces.size()];
        for (int i = 0; i < sources.length; i++) sources[i] = ByteBuffer.wrap(pieces.get(i));
        return unlessFrozen(() -> Answer.number(buffer.addIovec(sources)));
    }

    @Override
    public Answer addReference(final byte[] bytes) {
        final UnsafeBuffer memory = new UnsafeBuffer(references.lend(bytes).asByteBuffer());
        final int number = references.last();
        final Answer answer = doneUnlessFrozen(() -> buffer.addReference(
                memory, 0, bytes.length, (at, extent, attachment) -> references.release(number, extent), null));
        if (answer.refused()) references.takeBack();
        return answer;
    }

    @Override
    public Answer prepend(final byte[] bytes, final BytesAs as) {
        return doneUnlessFrozen(() -> as.prepend(buffer, bytes));
    }

    @Override
    public Answer addBuffer(final Subject source) {
        return doneUnlessFrozen(() -> buffer.addBuffer(bufferOf(source)));
    }

    @Override
    public Answer prependBuffer(final Subject source) {
        return doneUnlessFrozen(() -> buffer.prependBuffer(bufferOf(source)));
    }

    @Override
    public Answer addBufferReference(final Subject source) {
        try {
            return doneUnlessFrozen(() -> buffer.addBufferReference(bufferOf(source)));
        } catch (final IllegalArgumentException e) {
            check(source == this && !buffer.isEmpty(), e.toString());
            return Answer.REFUSED;
        }
    }

    @Override
    public Answer removeBuffer(final Subject target, final long count) {
        return unlessFrozen(() -> Answer.number(buffer.removeBuffer(bufferOf(target), count)));
    }

    @Override
    public Answer drain(final long count) {
        return unlessFrozen(() -> Answer.number(buffer.drain(count)));
    }

    @Override
    public Answer remove(final int count, final BytesAs as) {
        return unlessFrozen(() -> Answer.bytes(as.remove(buffer, count)));
    }

    @Override
    public Answer readLine(final EolStyle style, final BytesAs as) {
        return unlessFrozen(() -> {
            final byte @Nullable [] line = line(style, as);
            return line == null ? Answer.NONE : Answer.bytes(line);
        });
    }

    private byte @Nullable [] line(final EolStyle style, final BytesAs as) {
        switch (as) {
            case ARRAY -> {
                return buffer.readLine(style);
            }
            case NATIVE_DIRECT_BUFFER, READ_ONLY_DIRECT_BYTE_BUFFER -> {
                // A frozen start refuses to give a line away, but not to pull it up.
                if (buffer.isFrozen(BufferEnd.START)) return buffer.readLine(style);
                final UnsafeBuffer view = new UnsafeBuffer(0, 0);
                final int count = buffer.peekLine(style, view, match);
                if (count < 0) return null;
                final byte[] line = new byte[count];
                view.getBytes(0, line);
                buffer.drain(match.endPosition());
                return line;
            }
            case DIRECT_BYTE_BUFFER -> {
                final ByteBuffer target = ByteBuffer.allocateDirect((int) buffer.length());
                final int count = buffer.readLine(style, target);
                if (count < 0) return null;
                final byte[] line = new byte[count];
                target.flip().get(line);
                return line;
            }
            default -> {
                final byte[] target = new byte[(int) buffer.length()];
                final int count = buffer.readLine(style, target, 0, target.length);
                return count < 0 ? null : Arrays.copyOf(target, count);
            }
        }
    }

    @Override
    public Answer expand(final int count) {
        buffer.expand(count);
        return Answer.DONE;
    }

    @Override
    public Answer reserveAndCommit(final Reservation reservation) {
        final EvIovec vectors = new EvIovec(reservation.vectors());
        return doneUnlessFrozen(() -> {
            final int size = buffer.reserveSpace(reservation.size(), vectors);
            check(size == vectors.size(), size + " vectors in " + vectors);
            final long[] offered = new long[size];
            for (int i = 0; i < size; i++) offered[i] = vectors.length(i);
            final int[] taken = reservation.spread(offered);
            int written = 0;
            for (int i = 0; i < size; i++) {
                vectors.view(i).put(reservation.bytes(), written, taken[i]);
                vectors.length(i, taken[i]);
                written += taken[i];
            }
            if (reservation.frozenMeanwhile()) buffer.freeze(BufferEnd.END);
            try {
                buffer.commitSpace(vectors);
            } finally {
                if (reservation.frozenMeanwhile()) buffer.unfreeze(BufferEnd.END);
            }
        });
    }

    @Override
    public void freeze(final BufferEnd end) {
        buffer.freeze(end);
    }

    @Override
    public void unfreeze(final BufferEnd end) {
        buffer.unfreeze(end);
    }

    // ---- listeners ----

    @Override
    public void listen() {
        final int number = listenersSoFar++;
        entries.add(new Entry(
                buffer.addListener((from, change) ->
                        told.add(new Told(number, change.originalLength(), change.added(), change.deleted()))),
                number));
    }

    @Override
    public Answer unlisten(final int which) {
        if (entries.isEmpty()) return Answer.number(0);
        entries.remove(which % entries.size()).registration.remove();
        return Answer.number(entries.size());
    }

    @Override
    public Answer enable(final int which, final boolean enabled) {
        if (entries.isEmpty()) return Answer.number(0);
        final ListenerRegistration registration = entries.get(which % entries.size()).registration;
        if (enabled) {
            registration.enable();
        } else {
            registration.disable();
        }
        return Answer.number(entries.size());
    }

    @Override
    public List<Told> takeTold() {
        final List<Told> taken = told;
        told = new ArrayList<>();
        return taken;
    }

    @Override
    public void close() {
        buffer.close();
    }

    @Override
    public String toString() {
        return buffer.toString();
    }
}
