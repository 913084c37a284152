package io.evbuffer;

import static io.evbuffer.Layout.ascii;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evbuffer.testing.BufferFixture;
import io.evbuffer.testing.EvBufferInvariants;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FreezeTest {
    @RegisterExtension
    final BufferFixture buffers = new BufferFixture();

    @ParameterizedTest
    @EnumSource
    @DisplayName("S-137, S-138: exactly the operations that need an end fail when it is frozen")
    void exactlyTheOperationsThatNeedAnEndFail(final Operation operation) {
        for (final BufferEnd end : BufferEnd.values()) {
            final EvBuffer frozen = buffers.withChainsOf(ascii("abc"), ascii("def"));
            final EvBuffer other = buffers.withChainsOf(ascii("123"));
            final List<String> lines = new ArrayList<>();
            frozen.addListener(new ChangeLog("", lines));
            other.addListener(new ChangeLog("", lines));
            frozen.freeze(end);
            if (operation.needs == end) {
                assertThatThrownBy(() -> operation.run(frozen, other))
                        .isInstanceOf(FrozenBufferException.class)
                        .hasMessageContaining(end == BufferEnd.START ? "start is frozen" : "end is frozen");
                EvBufferInvariants.checkContent(frozen, ascii("abcdef"));
                EvBufferInvariants.checkDataLengths(frozen, 3, 3);
                EvBufferInvariants.checkContent(other, ascii("123"));
                assertThat(lines).isEmpty();
            } else {
                operation.run(frozen, other);
                if (end == BufferEnd.END) {
                    final String last = Layout.text(frozen);
                    assertThat(last)
                            .as("what is at a frozen end stays")
                            .satisfiesAnyOf(
                                    text -> assertThat(text).isEmpty(),
                                    text -> assertThat(text).endsWith("f"));
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("S-137, S-138: unfrozen, every operation works")
    void unfrozenEveryOperationWorks(final Operation operation) {
        final EvBuffer buffer = buffers.withChainsOf(ascii("abc"), ascii("def"));
        buffer.freeze(BufferEnd.START);
        buffer.freeze(BufferEnd.END);
        buffer.unfreeze(BufferEnd.START);
        buffer.unfreeze(BufferEnd.END);
        final EvBuffer other = buffers.withChainsOf(ascii("123"));
        assertThatCode(() -> operation.run(buffer, other)).doesNotThrowAnyException();
    }

    @Test
    @DisplayName("S-139: on an empty buffer frozen at both ends, what has nothing to do does nothing")
    void onAnEmptyFrozenBufferWhatHasNothingToDoDoesNothing() {
        final EvBuffer buffer = buffers.empty();
        final EvBuffer empty = buffers.empty();
        buffer.freeze(BufferEnd.START);
        buffer.freeze(BufferEnd.END);
        assertThat(buffer.drain(5)).isZero();
        assertThat(buffer.remove(new byte[5], 0, 5)).isZero();
        assertThat(buffer.copyOut(new byte[5], 0, 5)).isZero();
        assertThat(buffer.copyToArray()).isEmpty();
        buffer.prepend(new byte[0]);
        assertThatThrownBy(() -> buffer.add(new byte[0])).isInstanceOf(FrozenBufferException.class);
        buffer.addBuffer(empty);
        buffer.prependBuffer(empty);
        assertThatThrownBy(() -> buffer.removeBuffer(empty, 5))
                .as("the start is asked for also if there is nothing")
                .isInstanceOf(FrozenBufferException.class);
        assertThat(buffer.countChains()).isZero();
    }

    @Test
    @DisplayName("S-140: freezing does not nest")
    void freezingDoesNotNest() {
        final EvBuffer buffer = buffers.empty();
        buffer.freeze(BufferEnd.END);
        buffer.freeze(BufferEnd.END);
        assertThat(buffer.isFrozen(BufferEnd.END)).isTrue();
        assertThat(buffer.isFrozen(BufferEnd.START)).isFalse();
        buffer.unfreeze(BufferEnd.END);
        assertThat(buffer.isFrozen(BufferEnd.END)).isFalse();
        buffer.add(ascii("x"));
        EvBufferInvariants.checkContent(buffer, ascii("x"));
    }

    @Test
    void aMoveNamesTheFrozenBuffer() {
        final EvBuffer source = buffers.withChainsOf(ascii("abc"));
        final EvBuffer target = buffers.withChainsOf(ascii("z"));
        source.freeze(BufferEnd.START);
        assertThatThrownBy(() -> target.addBuffer(source))
                .hasMessageContaining("start")
                .hasMessageContaining("3 bytes");
        target.freeze(BufferEnd.END);
        assertThatThrownBy(() -> target.addBuffer(source))
                .hasMessageContaining("end")
                .hasMessageContaining("1 bytes");
    }
}
