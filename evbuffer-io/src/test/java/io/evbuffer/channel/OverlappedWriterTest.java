package io.evbuffer.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evbuffer.BufferEnd;
import io.evbuffer.EvBuffer;
import io.evbuffer.EvIovec;
import io.evbuffer.FrozenBufferException;
import io.evbuffer.PinnedChainException;
import io.evbuffer.testing.BufferFixture;
import io.evbuffer.testing.ByteSequence;
import io.evbuffer.testing.EvBufferInvariants;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ShutdownChannelGroupException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class OverlappedWriterTest {
    @RegisterExtension
    final BufferFixture buffers = new BufferFixture();

    private final HeldSocket socket = new HeldSocket();
    private final Tasks tasks = new Tasks();
    private final Ends ends = new Ends();
    private final OverlappedWriter writer = new OverlappedWriter(socket, tasks);

    @Test
    @DisplayName("5.8: bytes taken are drained when the executor comes to it; until then the start is frozen")
    void bytesTakenAreDrainedWhenTheExecutorComesToIt() {
        final EvBuffer buffer = buffers.withChains(10, 20, 30);
        assertThat(writer.write(buffer, ends)).isTrue();
        assertThat(socket.vectors()).isEqualTo(3);
        assertThatThrownBy(() -> buffer.drain(1)).isInstanceOf(FrozenBufferException.class);
        assertThat(socket.take(25)).isEqualTo(ByteSequence.bytes(25));
        assertThat(buffer.length()).isEqualTo(60);
        assertThat(writer.isInFlight()).isTrue();
        tasks.runAll();
        assertThat(writer.isInFlight()).isFalse();
        EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(25, 35));
        writer.write(buffer, ends);
        assertThat(socket.vectors()).isEqualTo(2);
        assertThat(socket.take(35)).isEqualTo(ByteSequence.bytes(25, 35));
        tasks.runAll();
        assertThat(ends.told).containsExactly("25", "35");
        assertThat(buffer.isFrozen(BufferEnd.START)).isFalse();
        assertThat(buffers.bytesCopied()).isZero();
        assertThat(writer.operations()).isEqualTo(2);
    }

    @Test
    @DisplayName("S-152, B-29: a socket gathers up to 16 chains and no empty one, another channel takes the first")
    void aSocketGathersAndAnotherChannelGetsOneVector() {
        final int[] lengths = new int[20];
        Arrays.fill(lengths, 10);
        final EvBuffer buffer = buffers.withChains(lengths);
        writer.write(buffer, ends);
        assertThat(socket.vectors()).isEqualTo(16);
        assertThat(socket.take(160)).isEqualTo(ByteSequence.bytes(160));
        tasks.runAll();
        final OverlappedWriter stream = new OverlappedWriter(new HeldStream(socket), tasks);
        stream.write(buffer, ends);
        assertThat(socket.vectors()).isOne();
        assertThat(socket.take(10)).isEqualTo(ByteSequence.bytes(160, 10));
        tasks.runAll();
        EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(170, 30));
        assertThat(stream).hasToString("OverlappedWriter[held stream, idle]");
    }

    @Test
    @DisplayName("S-154: a write offers at most what the caller says")
    void aWriteOffersAtMostWhatTheCallerSays() {
        final EvBuffer buffer = buffers.withChains(10, 20, 30);
        for (final int most : new int[] {1, 9, 10, 11, 30, 31, 59}) {
            writer.write(buffer, most, ends);
            assertThat(socket.shown()).isEqualTo(ByteSequence.bytes(most));
            socket.tell(0);
            tasks.runAll();
        }
        for (final long most : new long[] {60, 61, Long.MAX_VALUE, -1}) {
            writer.write(buffer, most, ends);
            assertThat(socket.shown()).isEqualTo(ByteSequence.bytes(60));
            socket.tell(0);
            tasks.runAll();
        }
        writer.write(buffer, 5, ends);
        for (final int claim : new int[] {6, -1}) {
            socket.tell(claim);
            tasks.runAll();
            assertThat(ends.lastCause).isInstanceOf(IllegalStateException.class);
            EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(60));
            writer.write(buffer, 5, ends);
        }
        socket.take(5);
        tasks.runAll();
        EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(5, 55));
    }

    @Test
    @DisplayName("S-157: nothing to write starts nothing, a frozen start is refused even so")
    void nothingToWriteStartsNothing() {
        final EvBuffer buffer = buffers.empty();
        assertThat(writer.write(buffer, ends)).isFalse();
        buffer.add(new byte[3]);
        assertThat(writer.write(buffer, 0, ends)).isFalse();
        assertThat(buffer.isFrozen(BufferEnd.START)).isFalse();
        buffer.drain(3);
        buffer.freeze(BufferEnd.START);
        assertThatThrownBy(() -> writer.write(buffer, ends)).isInstanceOf(FrozenBufferException.class);
        assertThat(buffer.isFrozen(BufferEnd.START)).isTrue();
        final EvBuffer closed = buffers.empty();
        closed.close();
        assertThatThrownBy(() -> writer.write(closed, ends)).isInstanceOf(IllegalStateException.class);
        assertThat(writer.isInFlight()).isFalse();
        assertThat(socket.starts()).isZero();
        assertThat(ends.told).isEmpty();
    }

    @Test
    @DisplayName("INV-19, S-158, S-162: looking, adding and reading in go on while a write is in flight")
    void theBufferIsUsedMeanwhile() {
        final EvBuffer buffer = buffers.withChains(10, 20);
        final EvBuffer sharer = buffers.empty();
        writer.write(buffer, ends);
        buffer.add(ByteSequence.bytes(30, 10));
        buffer.peek(3, 4, new EvIovec(4));
        sharer.addBufferReference(buffer);
        assertThatThrownBy(() -> buffer.pullUp(15, new UnsafeBuffer(0, 0))).isInstanceOf(PinnedChainException.class);
        final HeldSocket from = new HeldSocket();
        final OverlappedReader reader = new OverlappedReader(from, tasks);
        reader.read(buffer, ends);
        assertThat(socket.take(30)).isEqualTo(ByteSequence.bytes(30));
        tasks.runAll();
        EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(30, 10));
        from.bring(ByteSequence.bytes(40, 5));
        tasks.runAll();
        EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(30, 15));
        EvBufferInvariants.checkContent(sharer, ByteSequence.bytes(40));
        assertThat(ends.told).containsExactly("30", "5");
    }

    @Test
    @DisplayName("S-159: closing the buffer leaves its memory to the operation, references included")
    void closingTheBufferLeavesItsMemoryToTheOperation() {
        final List<Object> released = new ArrayList<>();
        final EvBuffer buffer = buffers.withChains(10);
        buffer.addReference(
                new UnsafeBuffer(ByteBuffer.allocateDirect(8)), (memory, extent, x) -> released.add(extent), null);
        writer.write(buffer, ends);
        buffer.close();
        assertThat(socket.shown()).startsWith(ByteSequence.bytes(10));
        socket.take(18);
        assertThat(released).isEmpty();
        assertThat(buffers.segmentsInUse()).isOne();
        tasks.runAll();
        assertThat(released).containsExactly(8L);
        assertThat(buffers.segmentsInUse()).isZero();
        assertThat(ends.told).containsExactly("18");
    }

    @Test
    @DisplayName("S-155: a failure keeps the bytes; so do a refusal and a cancellation")
    void aFailureKeepsTheBytes() throws IOException {
        final EvBuffer buffer = buffers.withChains(10, 20);
        writer.write(buffer, ends);
        socket.fail(new IOException("broken pipe"));
        tasks.runAll();
        socket.refuse(new ShutdownChannelGroupException());
        assertThatThrownBy(() -> writer.write(buffer, ends)).isInstanceOf(ShutdownChannelGroupException.class);
        assertThat(buffer.isFrozen(BufferEnd.START)).isFalse();
        writer.write(buffer, ends);
        assertThatThrownBy(() -> writer.write(buffer, ends))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("one operation at a time");
        writer.cancel();
        tasks.refuse(true);
        assertThat(writer.settle()).isTrue();
        assertThat(ends.told).containsExactly("0 IOException", "0 AsynchronousCloseException");
        EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(30));
    }

    @Test
    void memoryWithoutAViewIsRefusedAndNothingIsPinned() {
        final ByteBuffer memory = ByteBuffer.allocateDirect(8);
        final EvBuffer buffer = buffers.withChains(10);
        buffer.addReference(new UnsafeBuffer(new UnsafeBuffer(memory).addressOffset(), 8), null, null);
        assertThatThrownBy(() -> writer.write(buffer, ends))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("no NIO view");
        assertThat(writer.isInFlight()).isFalse();
        assertThat(buffer.isFrozen(BufferEnd.START)).isFalse();
        assertThat(memory.capacity()).isEqualTo(8);
        writer.write(buffer, 10, ends);
        socket.take(10);
        tasks.runAll();
        assertThat(ends.told).containsExactly("10");
    }

    @Test
    void withoutAnExecutorTheBufferNeedsItsLock() {
        final OverlappedWriter onChannelsThread = new OverlappedWriter(socket);
        final EvBuffer buffer = buffers.withChains(10);
        assertThatThrownBy(() -> onChannelsThread.write(buffer, ends)).isInstanceOf(IllegalStateException.class);
        buffer.enableLocking(null);
        socket.atStart(() -> socket.take(4));
        assertThat(onChannelsThread.write(buffer, ends)).isTrue();
        assertThat(ends.told).containsExactly("4");
        EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(4, 6));
    }
}
