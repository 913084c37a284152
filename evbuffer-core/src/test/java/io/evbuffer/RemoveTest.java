package io.evbuffer;

import static io.evbuffer.Layout.ascii;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evbuffer.testing.BufferFixture;
import io.evbuffer.testing.ByteSequence;
import io.evbuffer.testing.BytesAs;
import io.evbuffer.testing.EvBufferInvariants;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RemoveTest {
    @RegisterExtension
    final BufferFixture buffers = new BufferFixture();

    @Test
    @DisplayName("S-124: drain across chains, beyond the end, and of nothing")
    void drainAcrossChains() {
        final EvBuffer buffer = buffers.withChainsOf(ascii("abc"), ascii("def"));
        assertThat(buffer.drain(1)).isEqualTo(1);
        EvBufferInvariants.checkContent(buffer, ascii("bcdef"));
        assertThat(Layout.first(buffer).misalign).isEqualTo(1);
        assertThat(buffer.drain(2)).isEqualTo(2);
        EvBufferInvariants.checkContent(buffer, ascii("def"));
        assertThat(buffers.segmentsInUse()).isOne();
        assertThat(buffer.drain(3)).isEqualTo(3);
        assertThat(buffer.drain(100)).isZero();
        assertThat(buffers.empty().drain(5)).isZero();
        assertThatThrownBy(() -> buffer.drain(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThat(buffers.segmentsInUse()).isZero();
        buffer.add(ascii("xyz"));
        assertThat(buffer.drain(Long.MAX_VALUE)).isEqualTo(3);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("S-125: remove gives what there is")
    void removeGivesWhatThereIs(final BytesAs as) {
        final EvBuffer buffer = buffers.withChainsOf(ascii("abc"), ascii("def"));
        final ChangeLog log = ChangeLog.on(buffer);
        assertThat(as.remove(buffer, 4)).isEqualTo(ascii("abcd"));
        assertThat(as.remove(buffer, 10)).isEqualTo(ascii("ef"));
        assertThat(as.remove(buffer, 10)).isEmpty();
        assertThat(log.lines).containsExactly("6->2", "2->0");
    }

    @Test
    @DisplayName("S-126: draining everything gives all segments back")
    void drainingEverythingGivesAllSegmentsBack() {
        final EvBuffer buffer = buffers.empty();
        for (int i = 0; i < 1024; i++) buffer.add(ByteSequence.bytes(1024L * i, 1024));
        buffer.expand(1 << 20);
        EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(1 << 20));
        buffer.drain(1 << 20);
        assertThat(buffers.segmentsInUse()).isZero();
        assertThat(buffer.countChains()).isZero();
    }

    @Test
    @DisplayName("S-127: draining passes over empty chains")
    void drainingPassesOverEmptyChains() {
        final EvBuffer buffer = buffers.withChainsOf(ascii("a"));
        Holes.addBehindHole(buffer, ascii("bc"));
        Holes.behind(buffer);
        assertThat(Layout.of(buffer)).startsWith(1).contains(0).endsWith(0);
        buffer.drain(1);
        EvBufferInvariants.checkContent(buffer, ascii("bc"));
        buffer.drain(0);
        EvBufferInvariants.checkContent(buffer, ascii("bc"));
        assertThat(Layout.first(buffer).length())
                .as("drain(0) drops empty chains in front")
                .isEqualTo(2);
        buffer.drain(1);
        EvBufferInvariants.checkContent(buffer, ascii("c"));
        buffer.drain(5);
        assertThat(buffer.countChains()).isZero();
    }

    @Test
    void aFifoOfOneMessageKeepsToOneChain() {
        final EvBuffer buffer = buffers.empty();
        final byte[] target = new byte[1500];
        for (int i = 0; i < 100; i++) {
            buffer.add(ByteSequence.bytes(i, 1500));
            assertThat(buffer.countChains()).isOne();
            assertThat(buffer.remove(target, 0, 1500)).isEqualTo(1500);
            assertThat(target).isEqualTo(ByteSequence.bytes(i, 1500));
        }
    }
}
