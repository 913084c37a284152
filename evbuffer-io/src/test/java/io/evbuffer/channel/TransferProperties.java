package io.evbuffer.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.evbuffer.EvBuffer;
import io.evbuffer.EvIovec;
import io.evbuffer.channel.FaultyChannel.Fault;
import io.evbuffer.memory.MemoryLimitException;
import io.evbuffer.testing.ByteSequence;
import io.evbuffer.testing.EvBufferInvariants;
import io.evbuffer.testing.LengthWitness;
import io.evbuffer.testing.TinySegments;
import java.io.IOException;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/**
 * Whatever channels do (a part, nothing, an exception) and whenever memory is refused: every byte arrives once and in
 * order, and one operation is one call. Segments have 16 bytes, so that every border is met.
 */
class TransferProperties {
    /** One operation: what the channel does, its part of the bytes, the caller's maximum, bytes added or drained before. */
    record Step(Fault fault, int part, int max, int before) {}

    @Provide
    Arbitrary<List<Step>> steps() {
        return Combinators.combine(
                        Arbitraries.of(
                                Fault.NONE, Fault.NONE, Fault.NONE, Fault.NOTHING, Fault.CHECKED, Fault.UNCHECKED),
                        Arbitraries.integers().between(1, 100),
                        Arbitraries.integers().between(-1, 60),
                        Arbitraries.integers().between(0, 60))
                .as(Step::new)
                .list()
                .ofMaxSize(60);
    }

    @Property(tries = 1000)
    void everyByteReadIsInTheBufferOnceAndInOrder(
            @ForAll("steps") final List<Step> steps,
            @ForAll @IntRange(min = 1, max = 6) final int vectors,
            @ForAll @IntRange(min = 1, max = 200) final int maxRead) {
        try (TinySegments segments = new TinySegments();
                EvBuffer buffer = segments.newBuffer()) {
            buffer.maxRead(maxRead);
            final LengthWitness witness = LengthWitness.on(buffer);
            final FaultyChannel channel = new FaultyChannel();
            final ChannelReader reader = new ChannelReader(channel, new EvIovec(vectors));
            int calls = 0;
            for (final Step step : steps) {
                buffer.drain(step.before);
                channel.next(step.fault, step.part);
                final long handedOut = channel.moved();
                final long told = witness.calls();

                final long result = readOrFail(reader, buffer, step);

                final long mayCome = Math.min(step.max < 0 ? Integer.MAX_VALUE : step.max, maxRead);
                if (mayCome > 0) {
                    calls++;
                    assertThat(channel.lastRoom()).isBetween(1L, mayCome);
                }
                assertThat(channel.calls()).isEqualTo(calls);
                assertThat(reader.reads()).isEqualTo(calls);
                assertThat(result).isEqualTo(channel.moved() - handedOut);
                assertThat(witness.calls() - told).isEqualTo(result > 0 ? 1 : 0);
                witness.check(buffer);
                EvBufferInvariants.checkContent(
                        buffer, ByteSequence.bytes(channel.moved() - buffer.length(), (int) buffer.length()));
            }
        }
    }

    private static long readOrFail(final ChannelReader reader, final EvBuffer buffer, final Step step) {
        try {
            return reader.read(buffer, step.max);
        } catch (final IOException | IllegalStateException e) {
            assertThat(step.fault).isIn(Fault.CHECKED, Fault.UNCHECKED);
            return 0;
        }
    }

    @Property(tries = 1000)
    void everyByteAddedIsWrittenOnceAndInOrder(
            @ForAll("steps") final List<Step> steps, @ForAll @IntRange(min = 1, max = 6) final int vectors) {
        try (TinySegments segments = new TinySegments();
                EvBuffer buffer = segments.newBuffer()) {
            final LengthWitness witness = LengthWitness.on(buffer);
            final FaultyChannel channel = new FaultyChannel();
            final ChannelWriter writer = new ChannelWriter(channel, new EvIovec(vectors));
            long added = 0;
            int calls = 0;
            for (final Step step : steps) {
                buffer.add(ByteSequence.bytes(added, step.before));
                added += step.before;
                channel.next(step.fault, step.part);
                final long taken = channel.moved();
                final long mayGo = step.max < 0 ? buffer.length() : Math.min(step.max, buffer.length());

                final long result = writeOrFail(writer, buffer, step);

                if (mayGo > 0) {
                    calls++;
                    assertThat(channel.lastRoom()).isBetween(1L, mayGo);
                }
                assertThat(channel.calls()).isEqualTo(calls);
                assertThat(writer.writes()).isEqualTo(calls);
                assertThat(result).isEqualTo(channel.moved() - taken);
                witness.check(buffer);
                EvBufferInvariants.checkContent(
                        buffer, ByteSequence.bytes(channel.moved(), (int) (added - channel.moved())));
            }
        }
    }

    private static long writeOrFail(final ChannelWriter writer, final EvBuffer buffer, final Step step) {
        try {
            return writer.writeAtMost(buffer, step.max);
        } catch (final IOException | IllegalStateException e) {
            assertThat(step.fault).isIn(Fault.CHECKED, Fault.UNCHECKED);
            return 0;
        }
    }

    // ---- every place where something can fail ----

    /** A transfer of so many bytes, read and written in pieces that fit neither each other nor the segments. */
    private static final int TRANSFER = 500;

    private static final int READ_PART = 37;
    private static final int WRITE_PART = 23;

    @Example
    void aFaultAtAnyCallOfTheSourceLosesNothing() {
        final int calls = transfer(new FaultyChannel(), new FaultyChannel(), 0).readCalls;
        for (int call = 1; call <= calls; call++) {
            for (final Fault fault : Fault.values()) {
                final FaultyChannel source = new FaultyChannel();
                source.at(call, fault, READ_PART);
                final Outcome outcome = transfer(source, new FaultyChannel(), 0);
                assertThat(outcome.failures).isEqualTo(fault == Fault.CHECKED || fault == Fault.UNCHECKED ? 1 : 0);
            }
        }
    }

    @Example
    void aFaultAtAnyCallOfTheSinkLosesNothing() {
        final int calls = transfer(new FaultyChannel(), new FaultyChannel(), 0).writeCalls;
        for (int call = 1; call <= calls; call++) {
            for (final Fault fault : Fault.values()) {
                final FaultyChannel sink = new FaultyChannel();
                sink.at(call, fault, WRITE_PART);
                final Outcome outcome = transfer(new FaultyChannel(), sink, 0);
                assertThat(outcome.failures).isEqualTo(fault == Fault.CHECKED || fault == Fault.UNCHECKED ? 1 : 0);
            }
        }
    }

    @Example
    void aRefusalOfAnyTakeOfMemoryLosesNothing() {
        final long takes = transfer(new FaultyChannel(), new FaultyChannel(), 0).takes;
        assertThat(takes).isGreaterThan(10);
        for (long take = 1; take <= takes; take++) {
            assertThat(transfer(new FaultyChannel(), new FaultyChannel(), take).failures)
                    .isEqualTo(1);
        }
    }

    private record Outcome(int readCalls, int writeCalls, long takes, int failures) {}

    /** Reads and writes in turn until everything has arrived; what fails is tried again. */
    private static Outcome transfer(final FaultyChannel source, final FaultyChannel sink, final long refusedTake) {
        try (TinySegments segments = new TinySegments();
                EvBuffer buffer = segments.newBuffer()) {
            if (refusedTake > 0) segments.failAt(refusedTake);
            final ChannelReader reader = new ChannelReader(source, new EvIovec(4));
            final ChannelWriter writer = new ChannelWriter(sink, new EvIovec(4));
            int failures = 0;
            while (sink.moved() < TRANSFER) {
                final long moved = source.moved();
                final int calls = source.calls();
                try {
                    reader.read(buffer, Math.min(READ_PART, TRANSFER - moved));
                } catch (final IOException | IllegalStateException e) {
                    failures++;
                } catch (final MemoryLimitException e) {
                    failures++;
                    assertThat(source.calls()).isEqualTo(calls);
                }
                assertThat(buffer.length()).isEqualTo(source.moved() - sink.moved());
                try {
                    writer.writeAtMost(buffer, WRITE_PART);
                } catch (final IOException | IllegalStateException e) {
                    failures++;
                }
                assertThat(buffer.length()).isEqualTo(source.moved() - sink.moved());
                EvBufferInvariants.check(buffer);
            }
            assertThat(source.moved()).isEqualTo(TRANSFER);
            return new Outcome(source.calls(), sink.calls(), segments.takes(), failures);
        }
    }
}
