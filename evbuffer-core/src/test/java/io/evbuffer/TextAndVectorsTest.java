package io.evbuffer;

import static io.evbuffer.Layout.ascii;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evbuffer.testing.BufferFixture;
import io.evbuffer.testing.ByteSequence;
import io.evbuffer.testing.EvBufferInvariants;
import io.evbuffer.testing.TinySegments;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.IllegalFormatException;
import java.util.Locale;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Appending formatted text, and several vectors as one operation. */
class TextAndVectorsTest {
    @RegisterExtension
    final BufferFixture buffers = new BufferFixture();

    @RegisterExtension
    final BufferFixture tiny = new BufferFixture(new TinySegments(64));

    @Test
    @DisplayName("S-003: texts of all lengths leave hardly a gap between chains")
    void textsLeaveHardlyAGap() {
        final EvBuffer buffer = buffers.empty();
        long sum = 0;
        for (int round = 0; round < 1000; round++) {
            final int length = round % 100 + 1;
            assertThat(buffer.addPrintf("%" + length + "d", round % 10)).isEqualTo(length);
            sum += length;
        }
        assertThat(buffer.length()).isEqualTo(sum);
        long allocated = 0;
        long gaps = 0;
        for (Chain chain = buffer.first; chain != null; chain = chain.next) {
            allocated += chain.capacity;
            if (chain != buffer.last()) gaps += chain.misalign + chain.free();
        }
        assertThat(gaps).isLessThan(allocated / 8);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 9, 10, 11, 3000})
    @DisplayName("S-014: text that fits, fits exactly or does not is added whole and without a terminator")
    void textIsAddedWhole(final int length) {
        final EvBuffer buffer = buffers.empty();
        buffer.add(new byte[1]);
        Layout.fillUpTo(buffer, 10);
        final long before = buffer.length();
        final String text = "x".repeat(length);
        assertThat(buffer.addPrintf("%s", text)).isEqualTo(length);
        assertThat(buffer.length()).isEqualTo(before + length);
        buffer.drain(before);
        EvBufferInvariants.checkContent(buffer, ascii(text));
    }

    @Test
    void textIsUtf8AndTheSameInEveryLocale() {
        final Locale before = Locale.getDefault();
        Locale.setDefault(Locale.forLanguageTag("ar-EG"));
        try {
            final EvBuffer buffer = buffers.empty();
            assertThat(buffer.addPrintf("%d %.1f \u20ac", 12, 0.5)).isEqualTo(10);
            EvBufferInvariants.checkContent(buffer, "12 0.5 \u20ac".getBytes(StandardCharsets.UTF_8));
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void aWrongFormatOrAFrozenEndAddsNothing() {
        final EvBuffer buffer = buffers.empty();
        assertThatThrownBy(() -> buffer.addPrintf("%d", "no number")).isInstanceOf(IllegalFormatException.class);
        buffer.freeze(BufferEnd.END);
        assertThatThrownBy(() -> buffer.addPrintf("")).isInstanceOf(FrozenBufferException.class);
        assertThat(buffer.length()).isZero();
        assertThat(buffer.countChains()).isZero();
    }

    @Test
    @DisplayName("S-015: vectors are one operation")
    void vectorsAreOneOperation() {
        final EvBuffer buffer = buffers.empty();
        final ChangeLog log = ChangeLog.on(buffer);
        assertThat(buffer.addIovec(vectors("one ", "two ", "three ", "four"))).isEqualTo(18);
        EvBufferInvariants.checkContent(buffer, ascii("one two three four"));
        assertThat(log.lines).containsExactly("0->18");
    }

    @Test
    @DisplayName("S-016: empty vectors add nothing, and none at all tells nobody")
    void emptyVectorsAddNothing() {
        final EvBuffer buffer = buffers.empty();
        final ChangeLog log = ChangeLog.on(buffer);
        assertThat(buffer.addIovec(vectors("", "hello", ""))).isEqualTo(5);
        assertThat(buffer.addIovec(new ByteBuffer[0])).isZero();
        assertThat(log.lines).containsExactly("0->5");
        EvBufferInvariants.checkContent(buffer, ascii("hello"));
    }

    @Test
    @DisplayName("S-017: vectors that need room take it once")
    void vectorsTakeRoomOnce() {
        final EvBuffer buffer = buffers.empty();
        buffer.add(new byte[1]);
        Layout.fillUpTo(buffer, 76);
        final long before = buffer.length();
        final ChangeLog log = ChangeLog.on(buffer);
        final int chains = buffer.countChains();
        final byte[] bytes = ByteSequence.bytes(4000);
        assertThat(buffer.addIovec(new ByteBuffer[] {
                    ByteBuffer.wrap(bytes, 0, 1000), ByteBuffer.allocate(0), ByteBuffer.wrap(bytes, 1000, 3000)
                }))
                .isEqualTo(4000);
        assertThat(buffer.countChains()).isEqualTo(chains + 1);
        assertThat(log.lines).containsExactly(before + "->" + (before + 4000));
        buffer.drain(before);
        EvBufferInvariants.checkContent(buffer, bytes);
    }

    @Test
    void aVectorThatStandsTwiceIsAddedOnce() {
        final EvBuffer buffer = buffers.empty();
        final ChangeLog log = ChangeLog.on(buffer);
        final ByteBuffer vector = ByteBuffer.wrap(ascii("abc"));
        assertThat(buffer.addIovec(new ByteBuffer[] {vector, vector})).isEqualTo(3);
        assertThat(log.lines).containsExactly("0->3");
        EvBufferInvariants.checkContent(buffer, ascii("abc"));
    }

    @Test
    void refusedVectorsKeepTheirPositions() {
        final EvBuffer buffer = tiny.empty();
        final TinySegments segments = (TinySegments) tiny.source();
        for (int n = 1; n <= 3; n++) {
            final ByteBuffer[] vectors = vectors("a".repeat(100), "b".repeat(100));
            segments.failAt(n);
            assertThatThrownBy(() -> buffer.addIovec(vectors)).isInstanceOf(RuntimeException.class);
            assertThat(vectors[0].position() + vectors[1].position()).isZero();
            assertThat(buffer.length()).isZero();
        }
        assertThat(buffer.addIovec(vectors("a".repeat(100), "b".repeat(100)))).isEqualTo(200);
    }

    @Test
    @DisplayName("S-027: a reference of nothing in front does not stand in the way")
    void aReferenceOfNothingDoesNotStandInTheWay() {
        final EvBuffer buffer = buffers.empty();
        final UnsafeBuffer memory = new UnsafeBuffer(ByteBuffer.allocateDirect(8));
        buffer.addReference(memory, 0, 0, null, null);
        buffer.prepend(ascii("foo"));
        final UnsafeBuffer view = new UnsafeBuffer(new byte[0]);
        assertThat(buffer.pullUp(-1, view)).isEqualTo(3);
        assertThat(view.getStringWithoutLengthAscii(0, 3)).isEqualTo("foo");
    }

    private static ByteBuffer[] vectors(final String... texts) {
        final ByteBuffer[] vectors = new ByteBuffer[texts.length];
        for (int i = 0; i < texts.length; i++) vectors[i] = ByteBuffer.wrap(ascii(texts[i]));
        return vectors;
    }
}
