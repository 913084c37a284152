package io.evbuffer;

import io.evbuffer.memory.BufferLimitException;
import io.evbuffer.memory.MemoryLimitException;
import io.evbuffer.testing.ArrayModel;
import io.evbuffer.testing.ByteSequence;
import io.evbuffer.testing.LengthWitness;
import io.evbuffer.testing.TinySegments;
import io.evbuffer.testing.UnloadedSequence;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Three buffers on segments of 16 bytes, their array models, and a random generator that decides what happens to them.
 *
 * <p>After each step every byte is compared, by walking the chains so that nothing is loaded for it; memory of operations in
 * flight and of references must be as it was, marks stay with their bytes, listeners know the length.
 */
final class Interference {
    private static final int BUFFERS = 3;
    private static final int LONG = 1_500; // beyond this nothing is added
    private static final int VERY_LONG = 5_000; // beyond this most is drained
    private static final byte POISON = (byte) 0xEE;
    private static final int STEPS_TOLD = 14;
    private static final List<EolStyle> STYLES = List.of(EolStyle.values());
    private static final byte[] FILE = ByteSequence.bytes(80_000);

    private final Random random;
    private final boolean telling;
    private final TinySegments segments = new TinySegments();
    private final UnloadedSequence file = new UnloadedSequence();
    private final List<Step> steps = new ArrayList<>();
    private final Slot[] slots = new Slot[BUFFERS];
    private final List<Flight> flights = new ArrayList<>();
    private final List<Lent> lent = new ArrayList<>();
    private final ArrayDeque<String> told = new ArrayDeque<>();
    private int count;
    private byte nextByte;

    // What the present step is about.
    private Slot one;
    private Slot other;

    private record Step(String name, Runnable action) {}

    private record Marked(EvMark mark, long number) {}

    /** A buffer and what belongs to it. */
    private final class Slot {
        final EvBuffer buffer = segments.newBuffer();
        final ArrayModel model = new ArrayModel();
        final List<Marked> marks = new ArrayList<>();
        final boolean bigEndian = random.nextBoolean();
        final EvBufferReader reader = new EvBufferReader(buffer, order());
        final EvBufferWriter writer = new EvBufferWriter(buffer, order());

        @Nullable
        LengthWitness witness = random.nextBoolean() ? LengthWitness.on(buffer) : null;

        @Nullable
        EvIovec reserved;

        private ByteOrder order() {
            return bigEndian ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        }

        boolean isFrozen() {
            return buffer.isFrozen(BufferEnd.START) || buffer.isFrozen(BufferEnd.END);
        }

        boolean isLimited() {
            return buffer.maxLength() != Long.MAX_VALUE;
        }

        boolean inFlight() {
            return flights.stream().anyMatch(flight -> flight.slot == this);
        }

        void check() {
            buffer.checkAtRest();
            final byte[] expected = model.bytes();
            if (buffer.length() != expected.length) throw new AssertionError("length is not " + expected.length);
            final int difference = Arrays.mismatch(content(buffer), expected);
            if (difference >= 0) throw new AssertionError("differs at position " + difference + ": " + buffer);
            if (witness != null) witness.check(buffer);
            marks.removeIf(this::isGone);
        }

        private boolean isGone(final Marked marked) {
            final EvMark mark = marked.mark;
            if (!mark.isGone() && model.number((int) mark.position()) == marked.number) return false;
            final int position = model.positionOf(marked.number);
            if (mark.isGone() && position < 0) return true;
            throw new AssertionError(mark + ", but its byte is at " + position);
        }
    }

    /** An operation in flight, and what the memory it works on holds until it ends. */
    private static final class Flight {
        final Slot slot;
        final BufferPin pin;
        final boolean input;
        final UnsafeBuffer[] memory;
        final byte[] held;

        Flight(final Slot slot, final BufferPin pin, final boolean input, final EvIovec vectors) {
            this.slot = slot;
            this.pin = pin;
            this.input = input;
            memory = new UnsafeBuffer[vectors.size()];
            for (int i = 0; i < memory.length; i++) {
                memory[i] = new UnsafeBuffer(vectors.address(i), vectors.length(i));
            }
            held = bytes();
        }

        private byte[] bytes() {
            return Bytes.join(Arrays.stream(memory).map(Flight::bytesOf).toArray(byte[][]::new));
        }

        private static byte[] bytesOf(final UnsafeBuffer part) {
            final byte[] bytes = new byte[part.capacity()];
            part.getBytes(0, bytes);
            return bytes;
        }

        void arrive(final byte[] bytes) {
            int index = 0;
            for (final UnsafeBuffer part : memory) {
                part.putBytes(0, bytes, index, part.capacity());
                index += part.capacity();
            }
            System.arraycopy(bytes, 0, held, 0, held.length);
        }

        void check() {
            if (!Arrays.equals(held, bytes())) throw new AssertionError("written under an operation in flight");
        }
    }

    /** Memory of the caller's, which becomes useless when it is released. */
    private static final class Lent implements ReleaseHandler {
        final UnsafeBuffer memory;
        final byte[] content;
        final long extent;
        int releases;

        Lent(final byte[] content, final long extent) {
            this.content = content;
            this.extent = extent;
            memory = new UnsafeBuffer(ByteBuffer.allocateDirect(content.length + 1));
            memory.putBytes(0, content);
        }

        @Override
        public void released(final DirectBuffer released, final long bytes, final @Nullable Object attachment) {
            if (++releases > 1) throw new AssertionError("released twice");
            if (bytes != extent) throw new AssertionError("released " + bytes + " bytes of " + extent);
            memory.setMemory(0, memory.capacity(), POISON);
        }

        boolean isOver() {
            for (int i = 0; releases == 0 && i < content.length; i++) {
                if (memory.getByte(i) != content[i]) throw new AssertionError("referenced memory written at " + i);
            }
            return releases > 0;
        }
    }

    /**
     * Makes the buffers.
     *
     * @param telling whether to write down what happens, which takes as long as all the rest.
     */
    Interference(final long seed, final boolean telling) {
        random = new Random(seed);
        this.telling = telling;
        for (int i = 0; i < BUFFERS; i++) slots[i] = new Slot();
        one = slots[0];
        other = slots[0];
        often(6, "add", this::add);
        often(2, "prepend", this::prepend);
        often(2, "addReference", this::addReference);
        often(1, "addIovecReference", this::addIovecReference);
        often(3, "addBufferReference", this::addBufferReference);
        often(2, "addUnloaded", this::addUnloaded);
        often(1, "addBuffer", this::addBuffer);
        often(1, "prependBuffer", this::prependBuffer);
        often(2, "removeBuffer", this::removeBuffer);
        often(6, "drain", this::drain);
        often(1, "remove", this::remove);
        often(1, "copyOut", this::copyOut);
        often(3, "readLine", this::readLine);
        often(2, "pullUp", this::pullUp);
        often(1, "search", this::search);
        often(1, "peek", this::peek);
        often(5, "reserve", this::reserve);
        often(5, "commit", this::commit);
        often(1, "expand", this::expand);
        often(2, "trim", this::trim);
        often(1, "mark", this::mark);
        often(1, "begin", this::begin);
        often(3, "complete", this::complete);
        often(1, "close", this::close);
        often(12, "put", this::put);
        often(12, "take", this::take);
        often(1, "limit", this::limit);
        often(1, "freeze", this::freeze);
        often(1, "listen", this::listen);
        often(1, "count", this::count);
        often(1, "lock", this::lock);
    }

    private void often(final int weight, final String name, final Runnable action) {
        for (int i = 0; i < weight; i++) steps.add(new Step(name, action));
    }

    /** Does something, which may be refused for a reason that there is, and compares. */
    void step() {
        final int first = random.nextInt(BUFFERS);
        final int second = random.nextInt(BUFFERS);
        one = slots[first];
        other = slots[second];
        final Step step = steps.get(random.nextInt(steps.size()));
        count++;
        if (telling) tell(count + " " + step.name + " " + first + " " + second + " " + one.buffer);
        if (random.nextInt(6) == 0) segments.failAt(1 + random.nextInt(3));
        if (random.nextInt(3) == 0) file.failEvery(1 + random.nextInt(2));
        final long refusals = segments.refusals();
        try {
            step.action.run();
        } catch (final FrozenBufferException e) {
            if (!one.isFrozen() && !other.isFrozen()) throw e;
        } catch (final PinnedChainException e) {
            if (!one.inFlight()) throw e;
        } catch (final MemoryLimitException e) {
            if (segments.refusals() == refusals) throw e;
        } catch (final BufferLimitException e) {
            if (!one.isLimited() && !other.isLimited()) throw e;
        } catch (final UncheckedIOException e) {
            if (!String.valueOf(e.getMessage()).contains("as the test asked")) throw e;
        }
        segments.failNever();
        file.failEvery(0);
        for (final Slot slot : slots) slot.check();
        for (final Flight flight : flights) flight.check();
        lent.removeIf(Lent::isOver);
    }

    private void tell(final String line) {
        told.add(line.length() > 400 ? line.substring(0, 400) : line);
        if (told.size() > STEPS_TOLD) told.remove();
    }

    String lastSteps() {
        return "\n" + String.join("\n", told);
    }

    /** Closes what is left and checks that everything has come back. */
    void end() {
        for (final Slot slot : slots) slot.buffer.close();
        for (final Flight flight : flights) {
            flight.check();
            flight.pin.abort();
        }
        segments.checkAllHome();
        file.checkAllHome();
        lent.removeIf(Lent::isOver);
        expect(lent.isEmpty(), "a reference has not come back");
    }

    /** The bytes of a buffer, chain by chain; those that are not in memory are known. */
    private static byte[] content(final EvBuffer buffer) {
        final byte[] bytes = new byte[(int) buffer.length()];
        final UnsafeBuffer data = new UnsafeBuffer(0, 0);
        int index = 0;
        for (Chain chain = buffer.first; chain != null; chain = chain.next) {
            if (chain.isEmpty()) continue;
            if (chain.isUnloaded()) {
                System.arraycopy(FILE, (int) chain.dataAddress(), bytes, index, chain.length());
            } else {
                data.wrap(chain.dataAddress(), chain.length());
                data.getBytes(0, bytes, index, chain.length());
            }
            index += chain.length();
        }
        return bytes;
    }

    // ---- what is drawn ----

    private int length() {
        return random.nextInt(4) == 0 ? random.nextInt(120) : random.nextInt(20);
    }

    private byte[] bytes(final int length) {
        final byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = random.nextInt(9) == 0 ? (byte) '\n' : random.nextInt(12) == 0 ? (byte) '\r' : nextByte++;
        }
        return bytes;
    }

    private boolean isLong() {
        return one.model.length() > LONG;
    }

    private static void expect(final boolean condition, final String what) {
        if (!condition) throw new AssertionError(what);
    }

    private static void expect(final byte[] seen, final byte[] wanted, final String what) {
        if (Arrays.equals(seen, wanted)) return;
        throw new AssertionError(what + " " + Arrays.toString(seen) + ", not " + Arrays.toString(wanted));
    }

    // ---- adding ----

    private void add() {
        if (isLong()) return;
        final byte[] bytes = bytes(length());
        one.buffer.add(bytes);
        one.model.add(bytes);
    }

    private void prepend() {
        if (isLong()) return;
        final byte[] bytes = bytes(length());
        one.buffer.prepend(bytes);
        one.model.prepend(bytes);
    }

    private void addReference() {
        if (isLong()) return;
        final int offset = random.nextInt(5);
        final int length = length();
        final Lent mine = new Lent(bytes(offset + length + random.nextInt(3)), offset + length);
        one.buffer.addReference(mine.memory, offset, length, mine, null);
        lent.add(mine);
        one.model.add(Arrays.copyOfRange(mine.content, offset, offset + length));
    }

    private void addIovecReference() {
        if (isLong()) return;
        final int length = 2 + length();
        final int cut = random.nextInt(length);
        final Lent mine = new Lent(bytes(length), length + 1);
        final DirectBuffer[] parts = {
            new UnsafeBuffer(mine.memory, 0, cut),
            new UnsafeBuffer(mine.memory, cut, length - cut),
            new UnsafeBuffer(mine.memory, 0, 1)
        };
        one.buffer.addIovecReference(parts, mine, null);
        lent.add(mine);
        one.model.add(mine.content);
        one.model.add(Arrays.copyOf(mine.content, 1));
    }

    private void addBufferReference() {
        if (isLong() || one == other) return;
        one.buffer.addBufferReference(other.buffer);
        one.model.add(other.model.bytes());
    }

    private void addUnloaded() {
        if (isLong()) return;
        final int position = random.nextInt(10_000);
        final int length = random.nextInt(60) == 0 ? 70_000 : length();
        one.buffer.addUnloaded(file, position, length);
        one.model.add(Arrays.copyOfRange(FILE, position, position + length));
    }

    // ---- numbers ----

    /** Puts a few numbers one after the other, which are refused exactly if there is a reason. */
    private void put() {
        if (isLong()) return;
        for (int i = 1 + random.nextInt(6); i > 0; i--) {
            final byte[] bytes = bytes(1 << random.nextInt(4));
            final boolean frozen = one.buffer.isFrozen(BufferEnd.END);
            final boolean full = bytes.length > one.buffer.maxLength() - one.model.length();
            try {
                put(bytes);
            } catch (final FrozenBufferException e) {
                if (frozen) return;
                throw e;
            } catch (final BufferLimitException e) {
                if (full && !(e instanceof MemoryLimitException)) return;
                throw e;
            }
            one.model.add(bytes);
            expect(!frozen, "put behind a frozen end");
            expect(!full, "put beyond the limit");
        }
    }

    private void put(final byte[] bytes) {
        final ByteBuffer number = ByteBuffer.wrap(bytes).order(one.order());
        switch (bytes.length) {
            case 1 -> one.writer.putByte(number.get());
            case 2 -> one.writer.putShort(number.getShort());
            case 4 -> one.writer.putInt(number.getInt());
            default -> one.writer.putLong(number.getLong());
        }
    }

    /** Takes a few numbers one after the other, which are refused exactly if there is a reason. */
    private void take() {
        for (int i = 1 + random.nextInt(6); i > 0; i--) {
            final int size = 1 << random.nextInt(4);
            final boolean frozen = one.buffer.isFrozen(BufferEnd.START);
            final boolean tooFew = one.model.length() < size;
            final byte[] taken;
            try {
                taken = take(size);
            } catch (final FrozenBufferException e) {
                if (frozen) return;
                throw e;
            } catch (final IndexOutOfBoundsException e) {
                if (tooFew) return;
                throw e;
            }
            expect(taken, one.model.remove(size), "took");
            expect(!frozen, "taken from a frozen start");
            expect(!tooFew, "taken what is not there");
        }
    }

    private byte[] take(final int size) {
        final ByteBuffer number = ByteBuffer.allocate(size).order(one.order());
        switch (size) {
            case 1 -> number.put(one.reader.removeByte());
            case 2 -> number.putShort(one.reader.removeShort());
            case 4 -> number.putInt(one.reader.removeInt());
            default -> number.putLong(one.reader.removeLong());
        }
        return number.array();
    }

    // ---- what an operation has to ask ----

    private void limit() {
        final long length = one.model.length();
        if (random.nextBoolean()) one.buffer.maxLength(Long.MAX_VALUE);
        else if (!one.inFlight()) one.buffer.maxLength(length + random.nextInt(200));
    }

    private void freeze() {
        final BufferEnd end = random.nextBoolean() ? BufferEnd.START : BufferEnd.END;
        if (one.inFlight()) return;
        if (one.buffer.isFrozen(end)) one.buffer.unfreeze(end);
        else one.buffer.freeze(end);
    }

    private void listen() {
        if (one.witness == null) {
            one.witness = LengthWitness.on(one.buffer);
        } else {
            expect(one.buffer.removeListener(one.witness), "no listener to remove");
            one.witness = null;
        }
    }

    private void count() {
        one.buffer.stats(random.nextBoolean() ? new EvBufferStats() : null);
    }

    private void lock() {
        if (!one.buffer.isLocked() && random.nextInt(4) == 0) one.buffer.enableLocking(null);
    }

    // ---- moving and removing ----

    private void addBuffer() {
        one.buffer.addBuffer(other.buffer);
        if (one != other) one.model.add(other.model.remove(Long.MAX_VALUE));
    }

    private void prependBuffer() {
        one.buffer.prependBuffer(other.buffer);
        if (one != other) one.model.prepend(other.model.remove(Long.MAX_VALUE));
    }

    private void removeBuffer() {
        final int most = random.nextInt(80);
        final long moved = one.buffer.removeBuffer(other.buffer, most);
        if (one == other) return;
        final byte[] expected = one.model.remove(most);
        expect(moved == expected.length, "moved another number of bytes");
        other.model.add(expected);
    }

    private void drain() {
        final int length = one.model.length();
        final int most = length > VERY_LONG ? length - 10 : random.nextInt(3) == 0 ? length + 5 : random.nextInt(60);
        final long drained = one.buffer.drain(most);
        expect(drained == one.model.remove(most).length, "drained another number of bytes");
    }

    private void remove() {
        final byte[] target = new byte[length()];
        final int removed = one.buffer.remove(target, 0, target.length);
        expect(Arrays.copyOf(target, removed), one.model.remove(target.length), "removed");
    }

    private void readLine() {
        final EolStyle style = STYLES.get(random.nextInt(STYLES.size()));
        final byte[] target = new byte[2 * LONG];
        final int length;
        try {
            length = one.buffer.readLine(style, target, 0, target.length);
        } catch (final LineTooLongException e) {
            expect(one.model.searchEol(0, style) == e.lineLength(), "too long: " + e.getMessage());
            return;
        }
        final int expected = one.model.searchEol(0, style);
        expect(length == expected, "a line of another length");
        if (length < 0) return;
        final byte[] line = one.model.copyOut(0, length);
        one.model.remove(length + one.model.eolLength(length, style));
        expect(Arrays.copyOf(target, length), line, "line");
    }

    // ---- looking ----

    private void copyOut() {
        final int position = random.nextInt(one.model.length() + 1);
        final byte[] target = new byte[length()];
        final int copied = one.buffer.copyOut(position, target, 0, target.length);
        expect(Arrays.copyOf(target, copied), one.model.copyOut(position, target.length), "copied");
    }

    private void pullUp() {
        final int wanted = random.nextInt(Math.min(one.model.length(), 300) + 1);
        final UnsafeBuffer view = new UnsafeBuffer(0, 0);
        final int contiguous = one.buffer.pullUp(wanted, view);
        expect(contiguous >= wanted, "pulled up too few bytes");
        expect(Flight.bytesOf(view), one.model.copyOut(0, contiguous), "pulled up");
    }

    private void search() {
        final int length = one.model.length();
        if (length == 0) return;
        final int start = random.nextInt(length);
        final int end = start + random.nextInt(length - start + 1);
        final byte[] what = one.model.copyOut(Math.min(length - 1, start + random.nextInt(5)), 1 + random.nextInt(8));
        final long found = one.buffer.searchRange(what, start, end);
        final int expected = one.model.search(what, start, end);
        expect(found == expected, "found at another place");
    }

    private void peek() {
        final int position = random.nextInt(one.model.length() + 1);
        final EvIovec vectors = new EvIovec(8);
        final int filled = one.buffer.peek(random.nextInt(40) - 1, position, vectors);
        int at = position;
        for (int i = 0; i < filled; i++) {
            final byte[] seen = new byte[vectors.length(i)];
            vectors.view(i).get(seen);
            expect(seen, one.model.copyOut(at, seen.length), "peeked");
            at += seen.length;
        }
    }

    private void mark() {
        if (one.model.length() == 0) return;
        final int position = random.nextInt(one.model.length());
        one.marks.add(new Marked(one.buffer.mark(position), one.model.number(position)));
        if (one.marks.size() > 4) one.marks.remove(0).mark.close();
    }

    // ---- room ----

    private void reserve() {
        final EvIovec vectors = new EvIovec(1 + random.nextInt(4));
        one.buffer.reserveSpace(length(), vectors);
        one.reserved = vectors;
    }

    /** Commits what was reserved any time ago: that is refused, or the room is there. */
    private void commit() {
        final EvIovec vectors = one.reserved;
        if (vectors == null) return;
        one.reserved = null;
        for (int i = 0; i < vectors.size(); i++) {
            if (random.nextInt(3) == 0) vectors.length(i, random.nextInt(vectors.length(i) + 1));
        }
        try {
            one.buffer.commitSpace(vectors);
        } catch (final FrozenBufferException e) {
            throw e;
        } catch (final IllegalStateException stale) {
            return;
        }
        for (int i = 0; i < vectors.size(); i++) {
            final byte[] written = bytes(vectors.length(i)); // not before: another buffer may have had the room by then
            vectors.memory(i).putBytes(vectors.offset(i), written);
            one.model.add(written);
        }
    }

    private void expand() {
        if (random.nextBoolean()) one.buffer.expand(length());
        else one.buffer.expandFast(length(), 2 + random.nextInt(3));
    }

    private void trim() {
        one.buffer.trim();
    }

    // ---- operations in flight ----

    private void begin() {
        final EvIovec vectors = new EvIovec(1 + random.nextInt(4));
        if (random.nextBoolean()) {
            final int size = 1 + length();
            final BufferPin pin = one.buffer.pinForRead(size, vectors);
            final Flight flight = new Flight(one, pin, true, vectors);
            expect(flight.held.length == size, "lent another number of bytes");
            flight.arrive(bytes(size));
            flights.add(flight);
        } else if (one.model.length() > 0) {
            flights.add(new Flight(one, one.buffer.pinForWrite(vectors), false, vectors));
        }
    }

    private void complete() {
        if (flights.isEmpty()) return;
        final Flight flight = flights.remove(random.nextInt(flights.size()));
        final int transferred = random.nextInt(flight.held.length + 1);
        flight.pin.complete(transferred);
        if (flight.slot.buffer.isClosed()) return;
        if (flight.input) flight.slot.model.add(Arrays.copyOf(flight.held, transferred));
        else flight.slot.model.remove(transferred);
    }

    private void close() {
        if (random.nextInt(6) > 0) return;
        one.buffer.close();
        for (final Marked marked : one.marks) expect(marked.mark.isGone(), "a mark outlives its buffer");
        slots[Arrays.asList(slots).indexOf(one)] = new Slot();
    }
}
