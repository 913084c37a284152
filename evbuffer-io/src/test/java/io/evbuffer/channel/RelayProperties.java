package io.evbuffer.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.evbuffer.EvIovec;
import io.evbuffer.channel.FaultyChannel.Fault;
import io.evbuffer.memory.MemoryLimitException;
import io.evbuffer.testing.ByteSequence;
import io.evbuffer.testing.EvBufferInvariants;
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
 * Whatever the two channels of a relay do, and whenever memory is refused: every byte arrives once and in order, and the
 * marks are kept to the byte. Segments have 16 bytes, so that every border is met.
 */
class RelayProperties {
    /** One call of a half, or a turn: whether it was asked before if it wants that, and what the channels do in it. */
    record Step(Act act, boolean asked, Fault source, int sourcePart, Fault sink, int sinkPart) {}

    enum Act {
        READ,
        WRITE,
        TURN
    }

    @Provide
    Arbitrary<List<Step>> steps() {
        final Arbitrary<Fault> faults =
                Arbitraries.of(Fault.NONE, Fault.NONE, Fault.NONE, Fault.NOTHING, Fault.CHECKED, Fault.UNCHECKED);
        final Arbitrary<Integer> parts = Arbitraries.integers().between(1, 120);
        return Combinators.combine(Arbitraries.of(Act.class), Arbitraries.of(true, false), faults, parts, faults, parts)
                .as(Step::new)
                .list()
                .ofMaxSize(80);
    }

    @Property(tries = 1000)
    void everyByteArrivesOnceAndInOrderAndTheMarksAreKept(
            @ForAll("steps") final List<Step> steps,
            @ForAll @IntRange(max = 99) final int low,
            @ForAll @IntRange(min = 1, max = 100) final int between,
            @ForAll @IntRange(max = 2000) final int total) {
        final FaultyChannel from = new FaultyChannel();
        final FaultyChannel to = new FaultyChannel();
        final EndingSource source = new EndingSource(from, total);
        try (TinySegments segments = new TinySegments();
                ChannelRelay relay = relay(source, to, segments)) {
            relay.setWatermarks(low, low + between);
            boolean full = false; // the model of L3
            for (final Step step : steps) {
                from.next(step.source, step.sourcePart);
                to.next(step.sink, step.sinkPart);
                final int reads = from.calls();
                final boolean mayRead = !full && source.ends() == 0;
                if (step.asked) assertThat(relay.wantsRead()).isEqualTo(mayRead);
                assertThat(relay.wantsWrite()).isEqualTo(relay.buffer().length() > 0);

                act(relay, step);

                final long held = from.moved() - to.moved();
                if (step.act == Act.WRITE || (step.act == Act.READ && !mayRead)) {
                    assertThat(from.calls()).isEqualTo(reads);
                }
                if (step.act == Act.TURN) assertThat(from.calls() - reads).isBetween(0, 1);
                assertThat(source.ends()).isBetween(0, 1);
                assertThat(held).isBetween(0L, (long) low + between);
                if (step.act == Act.TURN && held > low && held < low + between) {
                    full = !relay.wantsRead() && source.ends() == 0; // depends on what was held within the turn
                } else {
                    full = full ? held > low : held >= low + between;
                }
                assertThat(relay.bytesRead()).isEqualTo(from.moved());
                assertThat(relay.bytesWritten()).isEqualTo(to.moved());
                assertThat(relay.isFinished()).isEqualTo(source.ends() > 0 && to.moved() == total);
                EvBufferInvariants.checkContent(relay.buffer(), ByteSequence.bytes(to.moved(), (int) held));
            }
        }
    }

    private static ChannelRelay relay(final ScatterSource source, final GatherSink sink, final TinySegments segments) {
        return new ChannelRelay(
                new ChannelReader(source, new EvIovec(4)), new ChannelWriter(sink, new EvIovec(4)), segments);
    }

    private static void act(final ChannelRelay relay, final Step step) {
        final long before = relay.bytesRead() + relay.bytesWritten();
        try {
            final long moved = switch (step.act) {
                case READ -> relay.read();
                case WRITE -> relay.write();
                case TURN -> relay.relay();
            };
            assertThat(relay.bytesRead() + relay.bytesWritten() - before).isEqualTo(Math.max(moved, 0));
        } catch (final IOException | IllegalStateException e) {
            assertThat(e).hasMessageContaining("fails");
        }
    }

    // ---- every place where something can fail ----

    private static final int TOTAL = 500;
    private static final int READ_PART = 37;
    private static final int WRITE_PART = 23;

    private record Outcome(int sourceCalls, int sinkCalls, long takes, int failures) {}

    @Example
    void aFaultAtAnyCallOfTheSourceLosesNothing() {
        final int calls = transfer(parts(READ_PART), parts(WRITE_PART), 0).sourceCalls;
        assertThat(calls).isGreaterThan(10);
        for (int call = 1; call <= calls; call++) {
            for (final Fault fault : Fault.values()) {
                final FaultyChannel from = new FaultyChannel();
                from.at(call, fault, READ_PART);
                assertThat(transfer(from, parts(WRITE_PART), 0).failures)
                        .isEqualTo(fault == Fault.CHECKED || fault == Fault.UNCHECKED ? 1 : 0);
            }
        }
    }

    @Example
    void aFaultAtAnyCallOfTheSinkLosesNothing() {
        final int calls = transfer(parts(READ_PART), parts(WRITE_PART), 0).sinkCalls;
        assertThat(calls).isGreaterThan(10);
        for (int call = 1; call <= calls; call++) {
            for (final Fault fault : Fault.values()) {
                final FaultyChannel to = new FaultyChannel();
                to.at(call, fault, WRITE_PART);
                assertThat(transfer(parts(READ_PART), to, 0).failures)
                        .isEqualTo(fault == Fault.CHECKED || fault == Fault.UNCHECKED ? 1 : 0);
            }
        }
    }

    @Example
    void aRefusalOfAnyTakeOfMemoryLosesNothing() {
        final long takes = transfer(parts(READ_PART), parts(WRITE_PART), 0).takes;
        assertThat(takes).isGreaterThan(10);
        for (long take = 1; take <= takes; take++) {
            assertThat(transfer(parts(READ_PART), parts(WRITE_PART), take).failures)
                    .isEqualTo(1);
        }
    }

    private static FaultyChannel parts(final int most) {
        final FaultyChannel channel = new FaultyChannel();
        channel.at(0, Fault.NONE, most);
        return channel;
    }

    /** Runs until the end; what fails is tried again. The sink checks the bytes. */
    private static Outcome transfer(final FaultyChannel from, final FaultyChannel to, final long refusedTake) {
        int failures = 0;
        try (TinySegments segments = new TinySegments();
                ChannelRelay relay = relay(new EndingSource(from, TOTAL), to, segments)) {
            relay.setWatermarks(20, 90);
            if (refusedTake > 0) segments.failAt(refusedTake);
            long turns = 0;
            while (!relay.isFinished()) {
                assertThat(turns++).as("it comes to an end").isLessThan(10L * TOTAL);
                try {
                    relay.run();
                } catch (final IOException | IllegalStateException | MemoryLimitException e) {
                    failures++;
                }
                assertThat(relay.buffer().length()).isEqualTo(from.moved() - to.moved());
                assertThat(relay.bytesRead()).isEqualTo(from.moved());
                assertThat(relay.bytesWritten()).isEqualTo(to.moved());
            }
            assertThat(to.moved()).isEqualTo(TOTAL);
            return new Outcome(from.calls(), to.calls(), segments.takes(), failures);
        }
    }
}
