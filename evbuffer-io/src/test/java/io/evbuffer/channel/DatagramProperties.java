package io.evbuffer.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.evbuffer.EvBuffer;
import io.evbuffer.channel.FaultyChannel.Fault;
import io.evbuffer.memory.MemoryLimitException;
import io.evbuffer.testing.ByteSequence;
import io.evbuffer.testing.EvBufferInvariants;
import io.evbuffer.testing.LengthWitness;
import io.evbuffer.testing.TinySegments;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** Whatever channels do: a datagram is moved as a whole, once and in order, or not at all. Segments have 16 bytes. */
class DatagramProperties {
    /** What the channel does with a datagram of so many bytes, and the bytes drained before. */
    record Step(Fault fault, int length, int before) {}

    @Provide
    Arbitrary<List<Step>> steps() {
        return Combinators.combine(
                        Arbitraries.of(
                                Fault.NONE, Fault.NONE, Fault.NONE, Fault.NOTHING, Fault.CHECKED, Fault.UNCHECKED),
                        Arbitraries.integers().between(0, 70),
                        Arbitraries.integers().between(0, 60))
                .as(Step::new)
                .list()
                .ofMaxSize(60);
    }

    @Property(tries = 1000)
    void everyDatagramThatFitsIsReadAndEveryOtherReported(
            @ForAll("steps") final List<Step> steps, @ForAll @IntRange(min = 1, max = 70) final int largest) {
        try (TinySegments segments = new TinySegments();
                EvBuffer buffer = segments.newBuffer()) {
            final LengthWitness witness = LengthWitness.on(buffer);
            final FaultyDatagrams channel = new FaultyDatagrams(false);
            final DatagramReader reader = new DatagramReader(channel, largest);
            long read = 0;
            long lost = 0;
            for (final Step step : steps) {
                buffer.drain(step.before);
                if (channel.waiting.isEmpty()) {
                    channel.waiting.add(
                            step.length <= largest ? ByteSequence.bytes(read, step.length) : new byte[step.length]);
                }
                final int next = channel.waiting.element().length;
                channel.next(step.fault);
                final int result = readOrFail(reader, buffer, step);
                if (step.fault != Fault.NONE) {
                    assertThat(result).isEqualTo(DatagramReader.NO_DATAGRAM);
                } else if (next > largest) {
                    assertThat(result).isEqualTo(DatagramReader.TOO_LARGE);
                    lost++;
                } else {
                    assertThat(result).isEqualTo(next);
                    read += next;
                }
                assertThat(reader.tooLarge()).isEqualTo(lost);
                witness.check(buffer);
                EvBufferInvariants.checkContent(
                        buffer, ByteSequence.bytes(read - buffer.length(), (int) buffer.length()));
            }
        }
    }

    private static int readOrFail(final DatagramReader reader, final EvBuffer buffer, final Step step) {
        try {
            return reader.read(buffer);
        } catch (final IOException | IllegalStateException e) {
            assertThat(step.fault).isIn(Fault.CHECKED, Fault.UNCHECKED);
            return DatagramReader.NO_DATAGRAM;
        }
    }

    @Property(tries = 1000)
    void everyDatagramIsSentOnceAsAWhole(@ForAll("steps") final List<Step> steps, @ForAll final boolean connected) {
        try (TinySegments segments = new TinySegments();
                EvBuffer buffer = segments.newBuffer()) {
            final LengthWitness witness = LengthWitness.on(buffer);
            final FaultyDatagrams channel = new FaultyDatagrams(connected);
            final DatagramWriter writer = new DatagramWriter(channel);
            final List<byte[]> wanted = new ArrayList<>();
            long added = 0;
            long sent = 0;
            for (final Step step : steps) {
                buffer.add(ByteSequence.bytes(added, step.before));
                added += step.before;
                final int length = (int) Math.min(step.length, buffer.length());
                channel.next(step.fault);
                final int calls = channel.calls();
                final long result = writeOrFail(writer, buffer, length, connected, step);
                assertThat(channel.calls() - calls).isEqualTo(length == 0 ? 0 : 1);
                assertThat(result).isEqualTo(step.fault == Fault.NONE ? length : 0);
                if (result > 0) wanted.add(ByteSequence.bytes(sent, length));
                sent += result;
                witness.check(buffer);
                EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(sent, (int) (added - sent)));
            }
            assertThat(channel.sent).hasSameSizeAs(wanted);
            for (int i = 0; i < wanted.size(); i++)
                assertThat(channel.sent.get(i)).isEqualTo(wanted.get(i));
        }
    }

    private static long writeOrFail(
            final DatagramWriter writer,
            final EvBuffer buffer,
            final int length,
            final boolean connected,
            final Step step) {
        try {
            return connected ? writer.write(buffer, length) : writer.send(buffer, length, FaultyDatagrams.PEER);
        } catch (final IOException | IllegalStateException e) {
            assertThat(step.fault).isIn(Fault.CHECKED, Fault.UNCHECKED);
            return 0;
        }
    }

    @Example
    void aRefusalOfAnyTakeOfMemoryLosesNoDatagram() throws IOException {
        final long takes = exchange(0);
        assertThat(takes).isGreaterThan(3);
        for (long take = 1; take <= takes; take++) exchange(take);
    }

    /** Ten datagrams go through a channel; what fails is tried again. Tells the takes of memory. */
    private static long exchange(final long refusedTake) throws IOException {
        try (TinySegments segments = new TinySegments();
                EvBuffer buffer = segments.newBuffer()) {
            if (refusedTake > 0) segments.failAt(refusedTake);
            final FaultyDatagrams channel = new FaultyDatagrams(false);
            final DatagramReader reader = new DatagramReader(channel, 30);
            final DatagramWriter writer = new DatagramWriter(channel);
            int refused = 0;
            for (int i = 0; i < 10; i++) channel.waiting.add(ByteSequence.bytes(30L * i, 30));
            while (channel.sent.size() < 5) {
                try {
                    if (!channel.waiting.isEmpty()) reader.read(buffer);
                    if (buffer.length() >= 60) writer.send(buffer, 60, FaultyDatagrams.PEER);
                } catch (final MemoryLimitException e) {
                    refused++;
                }
                EvBufferInvariants.check(buffer);
            }
            for (int i = 0; i < 5; i++) assertThat(channel.sent.get(i)).isEqualTo(ByteSequence.bytes(60L * i, 60));
            assertThat(refused).isEqualTo(refusedTake > 0 ? 1 : 0);
            return segments.takes();
        }
    }
}
