package io.evbuffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evbuffer.testing.BufferFixture;
import io.evbuffer.testing.ByteSequence;
import java.nio.ByteBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Pins and reservations whose chains go other ways meanwhile. */
class OperationsInFlightTest {
    @RegisterExtension
    final BufferFixture buffers = new BufferFixture();

    private final EvIovec vectors = new EvIovec(2);

    @Test
    @DisplayName("INV-18: nobody may write where input arrives, as the end stays frozen until the operation ends")
    void theEndStaysFrozenDuringInput() {
        final EvBuffer buffer = buffers.withChains(10);
        final BufferPin pin = buffer.pinForRead(50, vectors);
        assertThatThrownBy(() -> buffer.unfreeze(BufferEnd.END))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("end is frozen until the operation in flight ends");
        buffer.unfreeze(BufferEnd.START);
        assertThatThrownBy(() -> buffer.add(new byte[1])).isInstanceOf(FrozenBufferException.class);
        pin.abort();
        buffer.unfreeze(BufferEnd.END);
        buffer.add(new byte[1]);
    }

    @Test
    @DisplayName("INV-19: nobody may take what is being written, as the start stays frozen until the operation ends")
    void theStartStaysFrozenDuringOutput() {
        final EvBuffer buffer = buffers.withChains(10);
        final BufferPin pin = buffer.pinForWrite(vectors);
        assertThatThrownBy(() -> buffer.unfreeze(BufferEnd.START))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("start is frozen until the operation in flight ends");
        buffer.unfreeze(BufferEnd.END);
        assertThatThrownBy(() -> buffer.drain(1)).isInstanceOf(FrozenBufferException.class);
        pin.complete(10);
        buffer.unfreeze(BufferEnd.START);
        assertThat(buffer.length()).isZero();
    }

    @Test
    @DisplayName("4.1: pinned chains stay also behind an empty chain that is not pinned")
    void trimmingPassesOverEmptyChainsInFrontOfPinnedOnes() {
        final EvBuffer buffer = buffers.withChains(100);
        final EvBuffer sharer = buffers.empty();
        final BufferPin pin = buffer.pinForRead(50, vectors);
        sharer.addBufferReference(buffer);
        buffer.drain(100);
        pin.abort(); // leaves a chain that is empty, shared and without room
        buffer.prepend(ByteSequence.bytes(16));
        buffer.pinForRead(200, vectors);
        assertThat(buffer.countChains()).isEqualTo(3);
        buffer.trim();
        assertThat(buffer.countChains()).isEqualTo(3);
        vectors.memory(0).putBytes(vectors.offset(0), ByteSequence.bytes(16, 200));
        pin.complete(200);
        assertThat(buffer.copyToArray()).isEqualTo(ByteSequence.bytes(216));
    }

    @Test
    @DisplayName("B-20: space that went home and is lent again is not mistaken for the space reserved")
    void aReservationEndsWhenItsMemoryGoesHome() {
        final EvBuffer buffer = buffers.empty();
        buffer.reserveSpace(16, vectors);
        buffer.add(ByteSequence.bytes(vectors.length(0) + 100));
        buffer.drain(vectors.length(0) + 50L); // the chain reserved goes home, empty again
        final byte[] left = buffer.copyToArray();
        assertThatThrownBy(() -> buffer.commitSpace(vectors, 16)).isInstanceOf(IllegalStateException.class);
        assertThat(buffer.copyToArray()).isEqualTo(left);
        final EvBuffer other = buffers.withChains(3); // takes the chain again
        assertThatThrownBy(() -> buffer.commitSpace(vectors, 16)).isInstanceOf(IllegalStateException.class);
        assertThat(other.copyToArray()).isEqualTo(ByteSequence.bytes(3));
    }

    @Test
    void anOutputOperationSeesTheMemoryThatIsReferredToNow() {
        final EvBuffer buffer = buffers.empty();
        for (int round = 0; round < 3; round++) { // what the first reference was made of is used for the others
            final UnsafeBuffer memory = new UnsafeBuffer(ByteBuffer.allocateDirect(50));
            memory.putBytes(0, ByteSequence.bytes(round, 50));
            buffer.addReference(memory, null, null);
            final BufferPin pin = buffer.pinForWrite(vectors);
            final byte[] seen = new byte[50];
            pin.view(0).get(seen);
            assertThat(seen).isEqualTo(ByteSequence.bytes(round, 50));
            pin.complete(50);
        }
    }

    @Test
    @DisplayName("3.7: a reservation outlasts the removal of some bytes in front of it")
    void aReservationOutlastsADrain() {
        final EvBuffer buffer = buffers.withChains(100, 100);
        buffer.reserveSpace(16, vectors);
        buffer.drain(150);
        vectors.memory(0).putBytes(vectors.offset(0), ByteSequence.bytes(200, 16));
        buffer.commitSpace(vectors, 16);
        assertThat(buffer.copyToArray()).isEqualTo(ByteSequence.bytes(150, 66));
    }
}
