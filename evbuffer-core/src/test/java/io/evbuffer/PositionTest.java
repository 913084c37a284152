package io.evbuffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evbuffer.testing.BufferFixture;
import io.evbuffer.testing.ByteSequence;
import io.evbuffer.testing.EvBufferInvariants;
import io.evbuffer.testing.TinySegments;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.BiConsumer;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class PositionTest {
    @RegisterExtension
    final BufferFixture buffers = new BufferFixture();

    @Test
    @DisplayName("S-106: positions in an empty buffer")
    void positionsInAnEmptyBuffer() {
        final EvPosition position = new EvPosition(buffers.empty());
        assertThat(position.set(0).value()).isZero();
        assertThatThrownBy(() -> position.advance(1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> position.set(1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(position.value()).isZero();
        assertThat(position.advance(0).value()).isZero();
    }

    @Test
    @DisplayName("S-107: set and advance over chains")
    void setAndAdvance() {
        final EvPosition position = new EvPosition(buffers.withChains(700, 500, 300));
        assertThatThrownBy(() -> position.set(1600)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(position.set(0).value()).isZero();
        assertThat(position.advance(1000).value()).isEqualTo(1000);
        assertThat(position.advance(400).value()).isEqualTo(1400);
        assertThat(position.advance(100).value()).isEqualTo(1500);
        assertThatThrownBy(() -> position.advance(1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(position.value()).isEqualTo(1500);
        assertThatThrownBy(() -> position.advance(Long.MAX_VALUE)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> position.advance(-1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aMarkFollowsItsByte() {
        final EvBuffer buffer = buffers.withChains(10, 20);
        final EvMark mark = buffer.mark(15);
        buffer.drain(5);
        assertThat(mark.position()).isEqualTo(10);
        buffer.prepend(new byte[3]);
        buffer.prependBuffer(buffers.withChains(4));
        buffer.add(new byte[9]);
        assertThat(mark.position()).isEqualTo(17);
        buffer.removeBuffer(buffers.empty(), 16);
        assertThat(mark.position()).isOne();
        buffer.drain(1);
        assertThat(mark.position()).isZero();
        buffer.drain(1);
        assertThat(mark.isGone()).isTrue();
        buffer.prepend(new byte[1]);
        assertThat(mark.isGone()).isTrue();
        assertThatThrownBy(mark::position).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aMarkEndsWhenItsByteMovesAwayOrTheBufferCloses() {
        final EvBuffer buffer = buffers.withChains(10);
        final EvMark moved = buffer.mark(3);
        buffers.empty().addBuffer(buffer);
        assertThat(moved.isGone()).isTrue();
        buffer.add(new byte[4]);
        final EvMark closed = buffer.mark(0);
        final EvMark forgotten = buffer.mark(1);
        forgotten.close();
        assertThat(forgotten.isGone()).isTrue();
        assertThat(closed.isGone()).isFalse();
        buffer.close();
        assertThat(closed.isGone()).isTrue();
    }

    @Test
    void aMarkNoticesItsByteLeavingThoughNobodyListensAnyMore() {
        try (TinySegments tiny = new TinySegments();
                EvBuffer buffer = tiny.newBuffer()) {
            buffer.add(ByteSequence.bytes(40));
            final EvMark mark = buffer.mark(5);
            buffer.addListener((of, change) -> {}).remove();
            buffer.drain(10);
            assertThat(mark.isGone()).isTrue();
            final EvMark other = buffer.mark(0);
            buffer.mark(1).close();
            buffer.drain(1);
            assertThat(other.isGone()).isTrue();
        }
    }

    @Test
    void whatWasEverAppendedIsToldWhateverHasLeft() {
        final EvBuffer buffer = buffers.empty();
        final EvBuffer other = buffers.empty();
        assertThat(buffer.appended()).isZero();
        buffer.add(new byte[100]);
        buffer.prepend(new byte[30]);
        assertThat(buffer.appended()).isEqualTo(100);
        buffer.drain(50);
        buffer.removeBuffer(other, 20);
        assertThat(buffer.appended()).isEqualTo(100);
        assertThat(other.appended()).isEqualTo(20);
        other.prependBuffer(buffer);
        assertThat(buffer.appended()).isEqualTo(100);
        assertThat(other.appended()).isEqualTo(20);
        buffer.addBuffer(other);
        assertThat(buffer.appended()).isEqualTo(180);
        assertThat(other.appended()).isEqualTo(20);
        other.addBufferReference(buffer);
        assertThat(other.appended()).isEqualTo(100);
        buffer.drain(Long.MAX_VALUE);
        buffer.add(new byte[1]);
        assertThat(buffer.appended()).isEqualTo(181);
        other.close();
        assertThat(other.appended()).isEqualTo(100);
    }

    @Test
    void aFarSeekFindsItsByteWhateverHappenedToTheListBefore() {
        final List<BiConsumer<EvBuffer, EvBuffer>> changes = List.of(
                (buffer, other) -> buffer.drain(Long.MAX_VALUE),
                (buffer, other) -> buffer.drain(100),
                (buffer, other) -> other.addBuffer(buffer),
                (buffer, other) -> other.prependBuffer(buffer),
                (buffer, other) -> buffer.removeBuffer(other, 100),
                (buffer, other) -> buffer.prepend(ByteSequence.bytes(500)),
                (buffer, other) -> {
                    other.add(ByteSequence.bytes(600));
                    buffer.prependBuffer(other);
                },
                (buffer, other) -> buffer.pullUp(100, new UnsafeBuffer(0, 0)),
                (buffer, other) -> buffer.trim());
        for (final BiConsumer<EvBuffer, EvBuffer> change : changes) {
            try (TinySegments tiny = new TinySegments();
                    EvBuffer buffer = tiny.newBuffer();
                    EvBuffer other = tiny.newBuffer()) {
                buffer.add(ByteSequence.bytes(800));
                assertThat(byteAt(buffer, 700)).isEqualTo(ByteSequence.bytes(700, 1)[0]);
                change.accept(buffer, other);
                buffer.add(ByteSequence.bytes(3, 900));
                final byte[] content = EvBufferInvariants.content(buffer);
                for (int i = 0; i < content.length; i++) {
                    assertThat(byteAt(buffer, i)).as("at %d", i).isEqualTo(content[i]);
                }
            }
        }
    }

    private static byte byteAt(final EvBuffer buffer, final long position) {
        final byte[] one = new byte[1];
        buffer.copyOut(position, one, 0, 1);
        return one[0];
    }

    @Property(tries = 200)
    void aSeekInALongListFindsTheByteOfAWalk(@ForAll final long seed) {
        final Random random = new Random(seed);
        try (TinySegments tiny = new TinySegments();
                EvBuffer buffer = tiny.newBuffer();
                EvBuffer other = tiny.newBuffer()) {
            byte[] model = new byte[0];
            long next = 0;
            for (int step = 0; step < 60; step++) {
                final int n = random.nextInt(200);
                final int cut = (int) Math.min(n, buffer.length());
                switch (random.nextInt(8)) {
                    case 0 -> {
                        buffer.drain(n);
                        model = Arrays.copyOfRange(model, cut, model.length);
                    }
                    case 1 -> {
                        buffer.removeBuffer(other, n);
                        other.drain(Long.MAX_VALUE);
                        model = Arrays.copyOfRange(model, cut, model.length);
                    }
                    case 2 -> {
                        final byte[] bytes = ByteSequence.bytes(next, n % 40);
                        buffer.prepend(bytes);
                        model = concat(bytes, model);
                    }
                    case 3 -> buffer.pullUp(cut, new UnsafeBuffer(0, 0));
                    case 4 -> {
                        other.add(ByteSequence.bytes(next, n));
                        model = concat(model, ByteSequence.bytes(next, n));
                        buffer.addBuffer(other);
                    }
                    default -> {
                        buffer.add(ByteSequence.bytes(next, n));
                        model = concat(model, ByteSequence.bytes(next, n));
                    }
                }
                next += n;
                for (int look = 0; look < 5 && model.length > 0; look++) {
                    final int position = random.nextInt(model.length);
                    final byte[] seen = new byte[Math.min(20, model.length - position)];
                    buffer.copyOut(position, seen, 0, seen.length);
                    assertThat(seen).isEqualTo(Arrays.copyOfRange(model, position, position + seen.length));
                }
                buffer.checkInvariants();
            }
        }
    }

    private static byte[] concat(final byte[] a, final byte[] b) {
        final byte[] both = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return both;
    }
}
