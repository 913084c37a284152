package io.evbuffer.testing;

import io.evbuffer.BufferEnd;
import io.evbuffer.BufferPin;
import io.evbuffer.EvBuffer;
import io.evbuffer.EvIovec;
import io.evbuffer.EvMark;
import io.evbuffer.FrozenBufferException;
import io.evbuffer.PinnedChainException;
import io.evbuffer.memory.BufferLimitException;
import io.evbuffer.memory.MemoryLimitException;
import io.evbuffer.memory.SegmentSource;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.function.Supplier;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Does steps on buffers and on models of them, and after each compares everything that can be seen.
 *
 * <pre>{@code
 * @Property
 * void anySequenceOfStepsLeavesTheSameBytesAsAnArray(@ForAll("steps") List<EditStep> steps) {
 *     try (TinySegments segments = new TinySegments();
 *             EditRun run = new EditRun(segments, segments, segments)) {
 *         run.apply(steps);
 *     }
 * }
 * }</pre>
 *
 * <p>Checked after each step: every buffer is sound and has its model's bytes; what an operation answered; that nothing has
 * changed if memory, a load, a frozen end, a limit or a pin had an operation refused; what listeners were told; that marks are where
 * their bytes are; that memory lent to operations in flight, and the caller's memory, is untouched; that no reference has
 * come back twice. By {@link #close()}: that every reference and every file has come back. Not checked: that segments are
 * home, which {@link TinySegments#close()} does.
 *
 * <p>Failure: an {@link AssertionError} that names the step. Threads: of one thread.
 */
public final class EditRun implements AutoCloseable {
    private static final int MOST_MARKS = 4;

    private static final byte LENT = 0x5C; // what memory lent for input is filled with

    private final List<Slot> slots = new ArrayList<>();
    private final List<EvBuffer> buffers = new ArrayList<>();
    private final List<ArrayModel> models = new ArrayList<>();
    private final List<Flight> flights = new ArrayList<>();
    private final List<Lent> lent = new ArrayList<>();
    private final Queue<Runnable> deferred = new ArrayDeque<>();
    private final UnloadedSequence file = new UnloadedSequence();
    private boolean unloadedInPlay; // what is not in memory is not to be loaded by looking at it
    private long refusals;

    /** One buffer, and what belongs to it. */
    private static final class Slot {
        final SegmentSource source;
        final List<Marked> marks = new ArrayList<>();

        @Nullable
        LengthWitness witness;

        boolean deferring;
        boolean locking;

        @Nullable
        Flight input;

        @Nullable
        Flight output;

        Slot(final SegmentSource source) {
            this.source = source;
        }
    }

    private record Marked(EvMark mark, long number) {}

    /** Thrown by release handlers, after whatever operation gave memory back. */
    private static final class HandlerException extends RuntimeException {
        private static final long serialVersionUID = 1;

        HandlerException() {
            super("of a release handler, as the test asked");
        }
    }

    /** An operation in flight: the memory it works on, and what that is to hold until it ends. */
    private static final class Flight {
        final EvBuffer buffer;
        final BufferPin pin;
        final boolean input;
        final List<UnsafeBuffer> memory = new ArrayList<>();
        final byte[] held;

        Flight(final EvBuffer buffer, final BufferPin pin, final boolean input, final EvIovec vectors) {
            this.buffer = buffer;
            this.pin = pin;
            this.input = input;
            for (int i = 0; i < vectors.size(); i++) {
                final UnsafeBuffer part = new UnsafeBuffer(0, 0);
                part.wrap(vectors.address(i), vectors.length(i));
                if (input) part.setMemory(0, part.capacity(), LENT);
                memory.add(part);
            }
            held = bytes();
        }

        int total() {
            return held.length;
        }

        private byte[] bytes() {
            final byte[] bytes =
                    new byte[memory.stream().mapToInt(DirectBuffer::capacity).sum()];
            int index = 0;
            for (final UnsafeBuffer part : memory) {
                part.getBytes(0, bytes, index, part.capacity());
                index += part.capacity();
            }
            return bytes;
        }

        void check() {
            if (!Arrays.equals(held, bytes())) {
                throw new AssertionError("memory of an operation in flight was written; the buffer is " + buffer);
            }
        }

        void fill(final byte[] read) {
            int index = 0;
            for (final UnsafeBuffer part : memory) {
                final int piece = Math.min(part.capacity(), read.length - index);
                part.putBytes(0, read, index, piece);
                index += piece;
            }
        }
    }

    /** Memory of the caller's, shown by buffers. */
    private static final class Lent {
        final List<UnsafeBuffer> memory = new ArrayList<>();
        final List<byte[]> content = new ArrayList<>();
        int released;

        void check() {
            if (released > 1) throw new AssertionError("a reference came back " + released + " times");
            for (int i = 0; released == 0 && i < memory.size(); i++) {
                final byte[] bytes = new byte[memory.get(i).capacity()];
                memory.get(i).getBytes(0, bytes);
                if (!Arrays.equals(bytes, content.get(i))) throw new AssertionError("referenced memory was written");
            }
        }
    }

    /**
     * Makes buffers.
     *
     * @param sources of each buffer; they stay the caller's.
     */
    public EditRun(final SegmentSource... sources) {
        for (final SegmentSource source : sources) {
            slots.add(new Slot(source));
            buffers.add(new EvBuffer(source));
            models.add(new ArrayModel());
        }
    }

    /**
     * Refuses every n-th load of bytes that are not in memory.
     *
     * @param n 1 for all; 0 for none.
     */
    public void refuseLoads(final long n) {
        file.failEvery(n);
    }

    /**
     * How many operations were refused, for whatever reason.
     *
     * @return 0 or more.
     */
    public long refusals() {
        return refusals;
    }

    /**
     * Does steps, and checks after each.
     *
     * @param steps in order.
     */
    public void apply(final List<EditStep> steps) {
        for (final EditStep step : steps) apply(step);
    }

    /**
     * Does a step, and checks.
     *
     * @param step any.
     */
    public void apply(final EditStep step) {
        try {
            perform(step);
            check();
        } catch (final RuntimeException | AssertionError e) {
            throw new AssertionError(step + ": " + e, e);
        }
    }

    private void perform(final EditStep step) {
        if (step instanceof EditStep.Do it) {
            edit(it.edit());
        } else if (step instanceof EditStep.AddReference it) {
            addReference(it);
        } else if (step instanceof EditStep.AddUnloaded it) {
            unloadedInPlay = true;
            final boolean done = attempt(() -> buffer(it.buffer()).addUnloaded(file, it.position(), it.length()));
            if (done) model(it.buffer()).add(ByteSequence.bytes(it.position(), it.length()));
        } else if (step instanceof EditStep.PinForRead it) {
            pinForRead(it);
        } else if (step instanceof EditStep.PinForWrite it) {
            pinForWrite(it);
        } else if (step instanceof EditStep.EndPin it) {
            if (!flights.isEmpty()) endPin(flights.get(it.flight() % flights.size()), it.count(), it.seed());
        } else if (step instanceof EditStep.Freeze it) {
            freeze(it);
        } else if (step instanceof EditStep.Limit it) {
            final EvBuffer buffer = buffer(it.buffer());
            if (slot(it.buffer()).input == null) {
                buffer.maxLength(it.more() < 0 ? Long.MAX_VALUE : buffer.length() + it.more());
            }
        } else if (step instanceof EditStep.Mark it) {
            mark(it);
        } else if (step instanceof EditStep.Listen it) {
            listen(it);
        } else if (step instanceof EditStep.Defer it) {
            if (slot(it.buffer()).deferring) {
                runDeferred();
            } else {
                slot(it.buffer()).deferring = true;
                buffer(it.buffer()).deferCallbacks(deferred::add);
            }
        } else if (step instanceof EditStep.Lock it) {
            if (!slot(it.buffer()).locking) buffer(it.buffer()).enableLocking(null);
            slot(it.buffer()).locking = true;
        } else if (step instanceof EditStep.Replace it) {
            replace(it.buffer() % slots.size());
        }
    }

    private EvBuffer buffer(final int index) {
        return buffers.get(index % buffers.size());
    }

    private ArrayModel model(final int index) {
        return models.get(index % models.size());
    }

    private Slot slot(final int index) {
        return slots.get(index % slots.size());
    }

    // ---- operations that may be refused ----

    private void edit(final Edit edit) {
        final List<byte[]> before = new ArrayList<>();
        for (final ArrayModel model : models) before.add(model.bytes());
        final Edit.@Nullable Seen[] seen = new Edit.Seen[1];
        if (!attempt(() -> seen[0] = edit.applyTo(buffers))) return;
        final Edit.Seen wanted = edit.applyToModels(models);
        if (seen[0] != null && !seen[0].equals(wanted)) {
            throw new AssertionError("answered " + seen[0] + " instead of " + wanted);
        }
        for (int i = 0; i < models.size(); i++) checkFrozenEnds(i, before.get(i));
    }

    private void checkFrozenEnds(final int index, final byte[] before) {
        final byte[] now = models.get(index).bytes();
        final int common = Math.min(before.length, now.length);
        if (buffers.get(index).isFrozen(BufferEnd.START)
                && (now.length < before.length || !Arrays.equals(before, 0, common, now, 0, common))) {
            throw new AssertionError("changed at its frozen start: " + buffers.get(index));
        }
        if (buffers.get(index).isFrozen(BufferEnd.END)
                && !Arrays.equals(
                        before, before.length - common, before.length, now, now.length - common, now.length)) {
            throw new AssertionError("changed at its frozen end: " + buffers.get(index));
        }
    }

    /** Runs an operation; false if it was refused, for a reason there is. A release handler's exception comes after it. */
    private boolean attempt(final Runnable operation) {
        try {
            operation.run();
            return true;
        } catch (final HandlerException e) {
            return true;
        } catch (final RuntimeException e) {
            if (!isDue(e)) throw e;
            refusals++;
            return false;
        }
    }

    private boolean isDue(final RuntimeException e) {
        if (e instanceof MemoryLimitException || e instanceof UncheckedIOException) {
            return String.valueOf(e.getMessage()).contains("as the test asked");
        }
        if (e instanceof FrozenBufferException) {
            return any(buffer -> buffer.isFrozen(BufferEnd.START) || buffer.isFrozen(BufferEnd.END));
        }
        if (e instanceof PinnedChainException) return !flights.isEmpty();
        if (e instanceof BufferLimitException) return any(buffer -> buffer.maxLength() != Long.MAX_VALUE);
        return false;
    }

    private boolean any(final java.util.function.Predicate<EvBuffer> condition) {
        return buffers.stream().anyMatch(condition);
    }

    // ---- memory of the caller's ----

    private void addReference(final EditStep.AddReference step) {
        final Lent mine = new Lent();
        final List<byte[]> shown = new ArrayList<>();
        int from = step.seed();
        for (final int length : step.lengths()) {
            final int before = step.lengths().size() == 1 ? step.offset() : 0;
            final byte[] bytes = ByteSequence.bytes(from, before + length);
            mine.content.add(bytes);
            mine.memory.add(new UnsafeBuffer(
                    ByteBuffer.allocateDirect(bytes.length).put(bytes).clear()));
            shown.add(Arrays.copyOfRange(bytes, before, bytes.length));
            from += bytes.length;
        }
        if (shown.isEmpty()) return;
        final EvBuffer to = buffer(step.buffer());
        final boolean done = attempt(() -> {
            if (shown.size() == 1) {
                to.addReference(
                        mine.memory.get(0),
                        step.offset(),
                        shown.get(0).length,
                        (memory, extent, attachment) -> returned(mine, attachment, step.throwing()),
                        mine);
            } else {
                to.addIovecReference(
                        mine.memory.toArray(new DirectBuffer[0]),
                        (memory, extent, attachment) -> returned(mine, attachment, step.throwing()),
                        mine);
            }
        });
        if (!done) {
            if (mine.released != 0) throw new AssertionError("B-1: came back, though it was refused");
            return;
        }
        lent.add(mine);
        for (final byte[] bytes : shown) model(step.buffer()).add(bytes);
    }

    private static void returned(final Lent mine, final @Nullable Object attachment, final boolean throwing) {
        mine.released++;
        if (attachment != mine) throw new AssertionError("not the attachment: " + attachment);
        if (throwing) throw new HandlerException();
    }

    // ---- operations in flight ----

    private void pinForRead(final EditStep.PinForRead step) {
        final Slot slot = slot(step.buffer());
        if (slot.input != null) return;
        final EvIovec vectors = new EvIovec(step.vectors());
        final EvBuffer buffer = buffer(step.buffer());
        final Flight flight = begin(() -> buffer.pinForRead(step.size(), vectors), buffer, true, vectors);
        if (flight != null && flight.total() != step.size()) {
            throw new AssertionError(flight.total() + " bytes lent instead of " + step.size());
        }
        slot.input = flight;
    }

    private void pinForWrite(final EditStep.PinForWrite step) {
        final Slot slot = slot(step.buffer());
        if (slot.output != null) return;
        final EvIovec vectors = new EvIovec(step.vectors());
        final EvBuffer buffer = buffer(step.buffer());
        final Flight flight = begin(() -> buffer.pinForWrite(vectors), buffer, false, vectors);
        if (flight != null && !Arrays.equals(flight.held, model(step.buffer()).copyOut(0, flight.total()))) {
            throw new AssertionError("other bytes lent than are at the front");
        }
        slot.output = flight;
    }

    private @Nullable Flight begin(
            final Supplier<BufferPin> operation, final EvBuffer buffer, final boolean input, final EvIovec vectors) {
        final @Nullable BufferPin[] pin = new BufferPin[1];
        if (!attempt(() -> pin[0] = operation.get())) return null;
        if (pin[0] == null) throw new AssertionError("an operation began with an exception");
        final Flight flight = new Flight(buffer, pin[0], input, vectors);
        flights.add(flight);
        return flight;
    }

    private void endPin(final Flight flight, final int count, final int seed) {
        flight.check();
        flights.remove(flight);
        final int transferred = count % (flight.total() + 1);
        final byte[] read = ByteSequence.bytes(seed, transferred);
        if (flight.input) flight.fill(read);
        attempt(() -> {
            if (transferred == 0) flight.pin.abort();
            else flight.pin.complete(transferred);
        });
        if (flight.pin.isInFlight()) throw new AssertionError("still in flight");
        final int index = buffers.indexOf(flight.buffer);
        if (index < 0) return; // closed meanwhile
        if (flight.input) {
            slots.get(index).input = null;
            models.get(index).add(read);
        } else {
            slots.get(index).output = null;
            models.get(index).remove(transferred);
        }
        if (flight.buffer.isFrozen(flight.input ? BufferEnd.END : BufferEnd.START)) {
            throw new AssertionError("still frozen");
        }
    }

    private void freeze(final EditStep.Freeze step) {
        final Slot slot = slot(step.buffer());
        if ((step.end() == BufferEnd.END ? slot.input : slot.output) != null) return;
        if (step.frozen()) buffer(step.buffer()).freeze(step.end());
        else buffer(step.buffer()).unfreeze(step.end());
    }

    // ---- watching ----

    private void mark(final EditStep.Mark step) {
        final ArrayModel model = model(step.buffer());
        if (model.length() == 0) return;
        final List<Marked> marks = slot(step.buffer()).marks;
        if (marks.size() == MOST_MARKS) marks.remove(0).mark.close();
        final int position = step.position() % model.length();
        marks.add(new Marked(buffer(step.buffer()).mark(position), model.number(position)));
    }

    private void listen(final EditStep.Listen step) {
        final Slot slot = slot(step.buffer());
        final EvBuffer buffer = buffer(step.buffer());
        if (slot.witness == null) {
            runDeferred(); // or it would be told of what was before
            slot.witness = LengthWitness.on(buffer);
        } else {
            if (!buffer.removeListener(slot.witness)) throw new AssertionError("no such listener");
            slot.witness = null;
        }
    }

    private void runDeferred() {
        for (Runnable task = deferred.poll(); task != null; task = deferred.poll()) task.run();
    }

    private void replace(final int index) {
        final EvBuffer before = buffers.get(index);
        closeBuffer(before);
        for (final Marked marked : slots.get(index).marks) {
            if (!marked.mark.isGone()) throw new AssertionError("a mark in a closed buffer: " + marked);
        }
        slots.set(index, new Slot(slots.get(index).source));
        buffers.set(index, new EvBuffer(slots.get(index).source));
        models.set(index, new ArrayModel());
    }

    private static void closeBuffer(final EvBuffer buffer) {
        try {
            buffer.close();
        } catch (final HandlerException e) {
            if (!buffer.isClosed()) throw new AssertionError("not closed, because a handler threw", e);
        }
        EvBufferInvariants.check(buffer);
    }

    // ---- comparing ----

    private void check() {
        for (int i = 0; i < slots.size(); i++) check(slots.get(i), buffers.get(i), models.get(i));
        for (final Flight flight : flights) flight.check();
        for (final Lent each : lent) each.check();
    }

    private void check(final Slot slot, final EvBuffer buffer, final ArrayModel model) {
        final byte[] expected = model.bytes();
        if (unloadedInPlay) EvBufferInvariants.checkLoadedContent(buffer, expected);
        else EvBufferInvariants.checkContent(buffer, expected);
        if (slot.witness != null && (!slot.deferring || deferred.isEmpty())) slot.witness.check(buffer);
        for (final Marked marked : slot.marks) {
            final int position = model.positionOf(marked.number);
            if (marked.mark.isGone() != position < 0) {
                throw new AssertionError(marked.mark + ", but its byte is at " + position);
            }
            if (position >= 0 && marked.mark.position() != position) {
                throw new AssertionError(marked.mark + ", but its byte is at " + position);
            }
        }
        checkFlights(slot, buffer);
    }

    private static void checkFlights(final Slot slot, final EvBuffer buffer) {
        if (slot.input != null && !buffer.isFrozen(BufferEnd.END)) throw new AssertionError("INV-18: end not frozen");
        if (slot.output != null && !buffer.isFrozen(BufferEnd.START)) {
            throw new AssertionError("INV-19: start not frozen");
        }
    }

    /**
     * Ends all that goes on, compares once more all bytes, also those not yet in memory, closes the buffers, and checks that
     * what was lent has come back. Closes the buffers also after a failure.
     */
    @Override
    public void close() {
        try {
            file.failEvery(0);
            runDeferred();
            check();
            for (int i = 0; i < buffers.size(); i++) {
                EvBufferInvariants.checkContent(buffers.get(i), models.get(i).bytes());
            }
        } finally {
            buffers.forEach(EditRun::closeBuffer);
            // The buffers are closed, so their memory is held by these operations alone.
            while (!flights.isEmpty()) {
                final Flight flight = flights.remove(flights.size() - 1);
                flight.check();
                attempt(flight.pin::abort);
            }
        }
        runDeferred();
        for (final Lent each : lent) {
            each.check();
            if (each.released != 1) throw new AssertionError("a reference has not come back");
        }
        file.checkAllHome();
    }
}
