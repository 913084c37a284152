package io.evbuffer;

import static io.evbuffer.Layout.ascii;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evbuffer.testing.BufferFixture;
import io.evbuffer.testing.EvBufferInvariants;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CloseTest {
    @RegisterExtension
    final BufferFixture buffers = new BufferFixture();

    @ParameterizedTest
    @EnumSource
    @DisplayName("S-143: a closed buffer refuses every operation")
    void aClosedBufferRefusesEveryOperation(final Operation operation) {
        final EvBuffer closed = buffers.withChainsOf(ascii("abc"));
        final EvBuffer other = buffers.withChainsOf(ascii("123"));
        closed.close();
        assertThatThrownBy(() -> operation.run(closed, other))
                .isExactlyInstanceOf(IllegalStateException.class)
                .hasMessage("the buffer is closed");
        closed.close();
        assertThat(closed.length()).isZero();
        assertThat(closed.isEmpty()).isTrue();
        assertThat(closed.countChains()).isZero();
    }

    @Test
    @DisplayName("S-143: closed comes before everything else that could be wrong")
    void closedComesFirst() {
        final EvBuffer closed = buffers.empty();
        final EvBuffer other = buffers.withChainsOf(ascii("123"));
        final EvIovec vectors = new EvIovec(1);
        closed.freeze(BufferEnd.START);
        closed.freeze(BufferEnd.END);
        closed.maxLength(0);
        closed.close();
        final Class<IllegalStateException> state = IllegalStateException.class;
        assertThatThrownBy(() -> closed.add(new byte[1], 5, 5)).isExactlyInstanceOf(state);
        assertThatThrownBy(() -> closed.add(new byte[1], 0, -5)).isExactlyInstanceOf(state);
        assertThatThrownBy(() -> closed.prepend(new byte[1], 5, 5)).isExactlyInstanceOf(state);
        assertThatThrownBy(() -> closed.copyOut(new byte[1], 5, 5)).isExactlyInstanceOf(state);
        assertThatThrownBy(() -> closed.drain(-1)).isExactlyInstanceOf(state);
        assertThatThrownBy(() -> closed.expand(-1)).isExactlyInstanceOf(state);
        assertThatThrownBy(() -> closed.reserveSpace(-1, vectors)).isExactlyInstanceOf(state);
        assertThatThrownBy(() -> closed.commitSpace(vectors, -1)).isExactlyInstanceOf(state);
        assertThatThrownBy(() -> closed.peek(1, -1, vectors)).isExactlyInstanceOf(state);
        assertThatThrownBy(() -> closed.removeBuffer(other, -1)).isExactlyInstanceOf(state);
        assertThatThrownBy(() -> closed.maxRead(-1)).isExactlyInstanceOf(state);
        assertThatThrownBy(() -> closed.copyOut(ByteBuffer.allocate(1).asReadOnlyBuffer()))
                .isExactlyInstanceOf(state);
        EvBufferInvariants.checkContent(other, ascii("123"));
    }

    @Test
    void closingGivesEverySegmentBack() {
        final EvBuffer buffer = buffers.withChains(10, 20_000, 30);
        buffer.expandFast(300_000, 6);
        assertThat(buffers.segmentsInUse()).isGreaterThan(6);
        buffer.close();
        assertThat(buffer.isClosed()).isTrue();
        assertThat(buffers.segmentsInUse()).isZero();
    }

    @Test
    void closingABufferLeavesWhatWasMovedOutOfIt() {
        final EvBuffer buffer = buffers.withChainsOf(ascii("abc"));
        final EvBuffer other = buffers.empty();
        other.addBuffer(buffer);
        buffer.close();
        EvBufferInvariants.checkContent(other, ascii("abc"));
    }
}
