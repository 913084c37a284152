package io.evbuffer;

import static io.evbuffer.Layout.ascii;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evbuffer.memory.BufferLimitException;
import io.evbuffer.memory.MemoryLimitException;
import io.evbuffer.memory.SlabPool;
import io.evbuffer.testing.BufferFixture;
import io.evbuffer.testing.ByteSequence;
import io.evbuffer.testing.BytesAs;
import io.evbuffer.testing.EvBufferInvariants;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LimitTest {
    @RegisterExtension
    final BufferFixture buffers = new BufferFixture();

    @ParameterizedTest
    @EnumSource
    @DisplayName("S-160: a buffer fills up to its limit and not a byte further")
    void aBufferFillsUpToItsLimit(final BytesAs as) {
        final EvBuffer buffer = buffers.withChains(90);
        buffer.maxLength(100);
        final ChangeLog log = ChangeLog.on(buffer);
        as.add(buffer, new byte[10]);
        assertThat(buffer.length()).isEqualTo(100);
        assertThatThrownBy(() -> as.add(buffer, new byte[1]))
                .isInstanceOf(BufferLimitException.class)
                .isNotInstanceOf(MemoryLimitException.class)
                .hasMessage("1 bytes more than 100 would exceed the buffer's limit of 100");
        assertThatThrownBy(() -> as.prepend(buffer, new byte[1])).isInstanceOf(BufferLimitException.class);
        assertThat(log.lines).containsExactly("90->100");
        as.add(buffer, new byte[0]);
        as.prepend(buffer, new byte[0]);
        buffer.drain(1);
        as.prepend(buffer, new byte[1]);
        assertThat(buffer.length()).isEqualTo(100);
    }

    @Test
    void aNumberKeepsTheLimitWheneverThatWasSet() {
        final EvBuffer buffer = buffers.empty();
        buffer.stats(null); // with counters each number would ask anyway
        final EvBufferWriter writer = new EvBufferWriter(buffer, ByteOrder.BIG_ENDIAN);
        writer.putLong(1);
        buffer.maxLength(10);
        assertThatThrownBy(() -> writer.putInt(2)).isInstanceOf(BufferLimitException.class);
        writer.putShort(2);
        assertThatThrownBy(() -> writer.putByte(3)).isInstanceOf(BufferLimitException.class);
        buffer.drain(2);
        writer.putShort(3);
        buffer.maxLength(Long.MAX_VALUE);
        writer.putLong(4);
        assertThat(buffer.length()).isEqualTo(18);
    }

    @Test
    @DisplayName("B-19: no number makes a length wrap, though the limit is all that a length can be")
    void noNumberMakesALengthWrap() {
        noNumberMakesALengthWrap(ChainData::takeAllBehind);
        noNumberMakesALengthWrap(ChainData::takeAllInFront);
        noNumberMakesALengthWrap((target, source) -> {
            target.showAll(source);
            source.releaseAll();
        });
    }

    private void noNumberMakesALengthWrap(final BiConsumer<EvBuffer, EvBuffer> move) {
        final EvBuffer target = buffers.withChains(1);
        final EvBuffer source = buffers.withChains(7, 8);
        target.stats(null);
        source.endOffset = Long.MAX_VALUE - 3; // stands for data that no test machine has
        move.accept(target, source);
        target.frontOffset = target.endOffset - (Long.MAX_VALUE - 3);
        final EvBufferWriter writer = new EvBufferWriter(target, ByteOrder.BIG_ENDIAN);
        writer.putShort(1);
        assertThatThrownBy(() -> writer.putShort(2)).isInstanceOf(BufferLimitException.class);
        target.maxLength(Long.MAX_VALUE);
        assertThatThrownBy(() -> writer.putLong(2)).isInstanceOf(BufferLimitException.class);
        writer.putByte(3);
        assertThatThrownBy(() -> writer.putByte(4)).isInstanceOf(BufferLimitException.class);
        for (final EvBuffer buffer : List.of(source, target)) {
            buffer.frontOffset = buffer.endOffset
                    - Layout.of(buffer).stream().mapToInt(it -> it).sum();
        }
    }

    @Test
    @DisplayName("B-19: every way to grow goes up to the limit and not a byte further")
    void everyWayToGrowGoesUpToTheLimit() {
        final UnsafeBuffer direct = new UnsafeBuffer(ByteBuffer.allocateDirect(10));
        final EvBuffer ten = buffers.withChains(4, 6);
        final EvBuffer more = buffers.withChains(4, 6, 1);
        final List<Consumer<EvBuffer>> growing = List.of(
                buffer -> buffer.addIovec(new ByteBuffer[] {ByteBuffer.allocate(4), ByteBuffer.allocate(6)}),
                buffer -> buffer.addPrintf("%010d", 1),
                buffer -> buffer.addReference(direct, null, null),
                buffer -> buffer.addIovecReference(new DirectBuffer[] {direct}, null, null),
                buffer -> buffer.addBufferReference(ten),
                buffer -> {
                    final EvBuffer copy = buffers.empty();
                    copy.addBufferReference(ten);
                    buffer.addBuffer(copy);
                },
                buffer -> {
                    final EvBuffer copy = buffers.empty();
                    copy.addBufferReference(ten);
                    buffer.prependBuffer(copy);
                },
                buffer -> {
                    final EvBuffer copy = buffers.empty();
                    copy.addBufferReference(more);
                    copy.removeBuffer(buffer, 10);
                },
                buffer -> new EvBufferWriter(buffer, ByteOrder.BIG_ENDIAN).putAscii("0123456789"),
                buffer -> new EvBufferWriter(buffer, ByteOrder.BIG_ENDIAN).putUtf8("0123456789"),
                buffer -> {
                    final BufferPin pin = buffer.pinForRead(10, new EvIovec(2));
                    pin.complete(10);
                });
        for (final Consumer<EvBuffer> grow : growing) {
            final EvBuffer roomy = buffers.withChains(90);
            roomy.maxLength(100);
            grow.accept(roomy);
            assertThat(roomy.length()).isEqualTo(100);
            final EvBuffer tight = buffers.withChains(90);
            tight.maxLength(99);
            assertThatThrownBy(() -> grow.accept(tight)).isInstanceOf(BufferLimitException.class);
            EvBufferInvariants.checkContent(tight, ByteSequence.bytes(90));
        }
        EvBufferInvariants.checkContent(ten, ByteSequence.bytes(10));
    }

    @Test
    @DisplayName("S-160, B-19: room beyond the limit is not made either")
    void roomBeyondTheLimitIsNotMade() {
        final EvBuffer buffer = buffers.withChains(90);
        buffer.maxLength(100);
        final EvIovec two = new EvIovec(2);
        final long taken = buffers.pool().stats().taken();
        final Class<BufferLimitException> limit = BufferLimitException.class;
        assertThatThrownBy(() -> buffer.expand(11)).isInstanceOf(limit);
        assertThatThrownBy(() -> buffer.expandFast(11, 2)).isInstanceOf(limit);
        assertThatThrownBy(() -> buffer.reserveSpace(11, two)).isInstanceOf(limit);
        assertThatThrownBy(() -> buffer.expandFast(Long.MAX_VALUE, 2)).isInstanceOf(limit);
        assertThatThrownBy(() -> buffer.reserveSpace(Long.MAX_VALUE, two)).isInstanceOf(limit);
        buffer.expand(10);
        buffer.expandFast(10, 2);
        assertThat(buffers.pool().stats().taken()).isEqualTo(taken);
    }

    @Test
    @DisplayName("S-161: with the pool's memory used up, buffers refuse and work again when it is back")
    void withThePoolsMemoryUsedUpBuffersRefuse() {
        try (SlabPool pool = SlabPool.builder().slabSize(65536).limit(3 * 65536).build();
                EvBuffer hog = new EvBuffer(pool);
                EvBuffer buffer = new EvBuffer(pool)) {
            buffer.add(ByteSequence.bytes(250));
            final EvIovec two = new EvIovec(2);
            final Class<MemoryLimitException> limit = MemoryLimitException.class;
            assertThatThrownBy(() -> {
                        while (true) hog.add(new byte[65536]);
                    })
                    .isInstanceOf(limit);
            final String before = buffer.toString();
            assertThatThrownBy(() -> buffer.add(new byte[1000])).isInstanceOf(limit);
            assertThatThrownBy(() -> buffer.prepend(new byte[1000])).isInstanceOf(limit);
            assertThatThrownBy(() -> buffer.reserveSpace(10_000, two)).isInstanceOf(limit);
            assertThatThrownBy(() -> buffer.expand(10_000)).isInstanceOf(limit);
            assertThatThrownBy(() -> buffer.expand(1 << 20)).isInstanceOf(limit);
            assertThatThrownBy(() -> buffer.add(new byte[1 << 20])).isInstanceOf(limit);
            assertThat(buffer).hasToString(before);
            EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(250));
            hog.drain(hog.length());
            buffer.add(ByteSequence.bytes(250, 65536));
            EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(65786));
            assertThat(hog.countChains()).isZero();
        }
    }

    @Test
    @DisplayName("3.8: sums of lengths do not wrap")
    void sumsOfLengthsDoNotWrap() {
        final EvBuffer buffer = buffers.withChainsOf(ascii("abc"));
        assertThatThrownBy(() -> buffer.reserveSpace(Long.MAX_VALUE - 2, new EvIovec(3)))
                .isExactlyInstanceOf(BufferLimitException.class);
        assertThatThrownBy(() -> buffer.expandFast(Long.MAX_VALUE - 2, 3))
                .isExactlyInstanceOf(BufferLimitException.class);
        EvBufferInvariants.checkContent(buffer, ascii("abc"));
    }
}
