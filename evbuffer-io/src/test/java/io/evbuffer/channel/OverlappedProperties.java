package io.evbuffer.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.evbuffer.BufferEnd;
import io.evbuffer.EvBuffer;
import io.evbuffer.EvIovec;
import io.evbuffer.channel.FaultyChannel.Fault;
import io.evbuffer.memory.MemoryLimitException;
import io.evbuffer.testing.ByteSequence;
import io.evbuffer.testing.EvBufferInvariants;
import io.evbuffer.testing.LengthWitness;
import io.evbuffer.testing.TinySegments;
import java.io.IOException;
import java.nio.channels.ReadPendingException;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * Whatever channels do with overlapped operations (a part, nothing, a failure, a refusal), whatever is done with the buffer
 * meanwhile and whenever memory is refused: every byte arrives once and in order. Segments have 16 bytes.
 */
class OverlappedProperties {
    /** One operation: what the channel does with it, its part, the caller's maximum, and what is done meanwhile. */
    record Step(Fault fault, int part, int max, int before, int meanwhile, boolean executorIsLate) {}

    @Provide
    Arbitrary<List<Step>> steps() {
        return Combinators.combine(
                        Arbitraries.of(
                                Fault.NONE, Fault.NONE, Fault.NONE, Fault.NOTHING, Fault.CHECKED, Fault.UNCHECKED),
                        Arbitraries.integers().between(1, 100),
                        Arbitraries.integers().between(-1, 60),
                        Arbitraries.integers().between(0, 60),
                        Arbitraries.integers().between(0, 60),
                        Arbitraries.of(false, false, false, true))
                .as(Step::new)
                .list()
                .ofMaxSize(50);
    }

    /** Ends the operation held as the step says; tells the bytes moved. */
    private static int end(final HeldSocket socket, final Step step, final boolean reads, final long from) {
        final int count = (int) Math.min(step.part, socket.asked());
        switch (step.fault) {
            case NONE -> {
                if (reads) socket.bring(ByteSequence.bytes(from, count));
                else assertThat(socket.take(count)).isEqualTo(ByteSequence.bytes(from, count));
                return count;
            }
            case NOTHING -> socket.tell(reads ? -1 : 0);
            default -> {
                if (reads) socket.scribble(new byte[count]);
                socket.fail(new IOException("reset"));
            }
        }
        return 0;
    }

    @Property(tries = 1000)
    void everyByteReadIsInTheBufferOnceAndInOrder(
            @ForAll("steps") final List<Step> steps, @ForAll final boolean vectored) {
        try (TinySegments segments = new TinySegments();
                EvBuffer buffer = segments.newBuffer();
                EvBuffer aside = segments.newBuffer()) {
            final LengthWitness witness = LengthWitness.on(buffer);
            final HeldSocket socket = new HeldSocket();
            final Tasks tasks = new Tasks();
            final Ends ends = new Ends();
            final OverlappedReader reader = vectored
                    ? new OverlappedReader(socket, tasks)
                    : new OverlappedReader(new HeldStream(socket), tasks);
            buffer.maxRead(100);
            long read = 0;
            for (final Step step : steps) {
                buffer.drain(step.before);
                final int told = ends.told.size();
                if (step.fault == Fault.UNCHECKED) socket.refuse(new ReadPendingException());
                boolean started = false;
                try {
                    started = reader.read(buffer, step.max, ends);
                } catch (final ReadPendingException e) {
                    assertThat(step.fault).isEqualTo(Fault.UNCHECKED);
                }
                if (started) {
                    assertThat(socket.asked()).isBetween(1L, step.max < 0 ? 100L : step.max);
                    EvBufferInvariants.check(buffer);
                    buffer.removeBuffer(aside, step.meanwhile);
                    aside.drain(Long.MAX_VALUE);
                    final long before = buffer.length();
                    final int came = end(socket, step, true, read);
                    assertThat(buffer.length()).isEqualTo(before);
                    assertThat(step.executorIsLate && !reader.settle()).isFalse();
                    tasks.runAll();
                    read += came;
                    assertThat(ends.told).hasSize(told + 1);
                } else if (step.fault != Fault.UNCHECKED) {
                    assertThat(step.max).isZero();
                }
                socket.refuse(null);
                assertThat(reader.isInFlight()).isFalse();
                assertThat(buffer.isFrozen(BufferEnd.END)).isFalse();
                witness.check(buffer);
                EvBufferInvariants.checkContent(
                        buffer, ByteSequence.bytes(read - buffer.length(), (int) buffer.length()));
            }
        }
    }

    @Property(tries = 1000)
    void everyByteAddedIsWrittenOnceAndInOrder(
            @ForAll("steps") final List<Step> steps, @ForAll final boolean vectored) {
        try (TinySegments segments = new TinySegments();
                EvBuffer buffer = segments.newBuffer()) {
            final LengthWitness witness = LengthWitness.on(buffer);
            final HeldSocket socket = new HeldSocket();
            final Tasks tasks = new Tasks();
            final Ends ends = new Ends();
            final OverlappedWriter writer = vectored
                    ? new OverlappedWriter(socket, tasks)
                    : new OverlappedWriter(new HeldStream(socket), tasks);
            long added = 0;
            long written = 0;
            for (final Step step : steps) {
                buffer.add(ByteSequence.bytes(added, step.before));
                added += step.before;
                final int told = ends.told.size();
                final long mayGo = step.max < 0 ? buffer.length() : Math.min(step.max, buffer.length());
                if (step.fault == Fault.UNCHECKED) socket.refuse(new ReadPendingException());
                boolean started = false;
                try {
                    started = writer.write(buffer, step.max, ends);
                } catch (final ReadPendingException e) {
                    assertThat(step.fault).isEqualTo(Fault.UNCHECKED);
                }
                if (started) {
                    assertThat(socket.asked()).isBetween(1L, mayGo);
                    buffer.add(ByteSequence.bytes(added, step.meanwhile));
                    added += step.meanwhile;
                    buffer.peek(-1, new EvIovec(3));
                    written += end(socket, step, false, written);
                    assertThat(step.executorIsLate && !writer.settle()).isFalse();
                    tasks.runAll();
                    assertThat(ends.told).hasSize(told + 1);
                } else if (step.fault != Fault.UNCHECKED) {
                    assertThat(mayGo).isZero();
                }
                socket.refuse(null);
                assertThat(writer.isInFlight()).isFalse();
                assertThat(buffer.isFrozen(BufferEnd.START)).isFalse();
                witness.check(buffer);
                EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(written, (int) (added - written)));
            }
        }
    }

    // ---- every place where something can fail ----

    private static final int TRANSFER = 400;
    private static final int READ_PART = 37;
    private static final int WRITE_PART = 23;

    @Example
    void aFaultAtAnyOperationLosesNothing() {
        final Outcome sound = transfer(0, false, Fault.NONE, 0);
        for (final Fault fault : Fault.values()) {
            final int failures = fault == Fault.CHECKED || fault == Fault.UNCHECKED ? 1 : 0;
            for (int read = 1; read <= sound.reads; read++) {
                assertThat(transfer(read, true, fault, 0).failures).isEqualTo(failures);
            }
            for (int write = 1; write <= sound.writes; write++) {
                assertThat(transfer(write, false, fault, 0).failures).isEqualTo(failures);
            }
        }
    }

    @Example
    void aRefusalOfAnyTakeOfMemoryLosesNothing() {
        final long takes = transfer(0, false, Fault.NONE, 0).takes;
        assertThat(takes).isGreaterThan(10);
        for (long take = 1; take <= takes; take++) {
            assertThat(transfer(0, false, Fault.NONE, take).failures).isOne();
        }
    }

    private record Outcome(int reads, int writes, int failures, long takes) {}

    /** Reads and writes in turn until everything has gone; the n-th read or write has the fault, and is tried again. */
    private static Outcome transfer(final int faulty, final boolean read, final Fault fault, final long refusedTake) {
        try (TinySegments segments = new TinySegments();
                EvBuffer buffer = segments.newBuffer()) {
            if (refusedTake > 0) segments.failAt(refusedTake);
            final HeldSocket from = new HeldSocket();
            final HeldSocket to = new HeldSocket();
            final Tasks tasks = new Tasks();
            final int[] failures = new int[1];
            final OverlappedHandler handler = (of, bytes, cause) -> {
                if (cause != null) failures[0]++;
            };
            final OverlappedReader reader = new OverlappedReader(from, tasks);
            final OverlappedWriter writer = new OverlappedWriter(to, tasks);
            long in = 0;
            long out = 0;
            while (out < TRANSFER) {
                final Step reading = step(read && from.starts() + 1 == faulty ? fault : Fault.NONE, READ_PART);
                final Step writing = step(!read && to.starts() + 1 == faulty ? fault : Fault.NONE, WRITE_PART);
                if (reading.fault == Fault.UNCHECKED) from.refuse(new ReadPendingException());
                if (writing.fault == Fault.UNCHECKED) to.refuse(new ReadPendingException());
                try { // both in flight at a time
                    reader.read(buffer, Math.min(READ_PART, TRANSFER - in), handler);
                } catch (final ReadPendingException | MemoryLimitException e) {
                    failures[0]++;
                }
                try {
                    writer.write(buffer, WRITE_PART, handler);
                } catch (final ReadPendingException e) {
                    failures[0]++;
                }
                if (from.holdsOne()) in += end(from, reading, true, in);
                if (to.holdsOne()) out += end(to, writing, false, out);
                tasks.runAll();
                EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(out, (int) (in - out)));
            }
            assertThat(in).isEqualTo(TRANSFER);
            return new Outcome(from.starts(), to.starts(), failures[0], segments.takes());
        }
    }

    private static Step step(final Fault fault, final int part) {
        return new Step(fault, part, -1, 0, 0, false);
    }
}
