package io.evbuffer;

import static io.evbuffer.Layout.ascii;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evbuffer.testing.BufferFixture;
import io.evbuffer.testing.ByteSequence;
import io.evbuffer.testing.EvBufferInvariants;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class EvIovecTest {
    @RegisterExtension
    final BufferFixture buffers = new BufferFixture();

    private final EvIovec vectors = new EvIovec(4);

    @Test
    void aNewOneIsEmpty() {
        assertThat(vectors.capacity()).isEqualTo(4);
        assertThat(vectors.size()).isZero();
        assertThat(vectors.totalLength()).isZero();
        assertThat(vectors.views()).hasSize(4);
        assertThat(vectors).hasToString("EvIovec[NOTHING 0 bytes in 0 of 4 vectors]");
        assertThatThrownBy(() -> new EvIovec(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new EvIovec(-1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void memoryAddressAndViewShowTheSameBytes() {
        final EvBuffer buffer = buffers.withChains(10, 20);
        buffer.drain(3);
        assertThat(buffer.peek(-1, vectors)).isEqualTo(2);
        final ByteBuffer[] views = vectors.views();
        final int[] starts = {3, 10};
        for (int i = 0; i < 2; i++) {
            final ByteBuffer view = vectors.view(i);
            assertThat(views[i]).isSameAs(view);
            assertThat(view.isDirect()).isTrue();
            assertThat(view.isReadOnly()).isTrue();
            assertThat(view.order()).isEqualTo(ByteOrder.nativeOrder());
            assertThat(view.remaining()).isEqualTo(vectors.length(i));
            final byte expected = ByteSequence.at(starts[i]);
            assertThat(view.get(view.position())).isEqualTo(expected);
            assertThat(vectors.memory(i).getByte(vectors.offset(i))).isEqualTo(expected);
            assertThat(new UnsafeBuffer(vectors.address(i), 1).getByte(0)).isEqualTo(expected);
        }
        assertThat(vectors.totalLength()).isEqualTo(27);
        assertThat(vectors).hasToString("EvIovec[DATA 27 bytes in 2 of 4 vectors]");
    }

    @Test
    void viewsAreSetAnewByEachCall() {
        final EvBuffer buffer = buffers.withChains(10);
        buffer.peek(-1, vectors);
        final ByteBuffer view = vectors.view(0);
        view.position(view.limit());
        assertThat(vectors.views()[0].remaining()).isEqualTo(10);
        view.limit(0);
        assertThat(vectors.view(0).remaining()).isEqualTo(10);
        buffer.drain(4);
        buffer.peek(3, vectors);
        vectors.limit(3);
        assertThat(vectors.view(0).position()).isEqualTo(4);
        assertThat(vectors.view(0).limit()).isEqualTo(7);
    }

    @Test
    void dataAndFreeSpaceOfOneChainHaveViewsOfTheirOwn() {
        final EvBuffer buffer = buffers.withChains(10);
        final EvIovec free = new EvIovec(1);
        buffer.peek(-1, vectors);
        buffer.reserveSpace(5, free);
        final ByteBuffer data = vectors.view(0);
        final ByteBuffer room = free.view(0);
        assertThat(room.isReadOnly()).isFalse();
        assertThat(room.position()).isEqualTo(10);
        assertThat(data.position()).isZero();
        assertThat(data.remaining()).isEqualTo(10);
        assertThat(free.address(0)).isEqualTo(vectors.address(0) + 10);
        assertThat(free.toString()).startsWith("EvIovec[FREE_SPACE");
    }

    @Test
    void limitCutsFromTheEnd() {
        final EvBuffer buffer = buffers.withChains(10, 20, 30);
        buffer.peek(-1, vectors);
        assertThat(vectors.limit(1000).totalLength()).isEqualTo(60);
        assertThat(vectors.limit(60).size()).isEqualTo(3);
        assertThat(vectors.limit(31).totalLength()).isEqualTo(31);
        assertThat(vectors.size()).isEqualTo(3);
        assertThat(vectors.limit(30).size()).isEqualTo(2);
        assertThat(vectors.limit(5).size()).isOne();
        assertThat(vectors.length(0)).isEqualTo(5);
        assertThatThrownBy(() -> vectors.limit(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThat(vectors.limit(0).size()).isZero();
        assertThat(vectors.limit(0).totalLength()).isZero();
    }

    @Test
    void vectorsOutsideTheSizeAreRefused() {
        final EvBuffer buffer = buffers.withChains(10);
        buffer.peek(-1, vectors);
        final Class<IndexOutOfBoundsException> outside = IndexOutOfBoundsException.class;
        for (final int index : new int[] {-1, 1, 4, 5}) {
            assertThatThrownBy(() -> vectors.length(index)).isInstanceOf(outside);
            assertThatThrownBy(() -> vectors.address(index)).isInstanceOf(outside);
            assertThatThrownBy(() -> vectors.memory(index)).isInstanceOf(outside);
            assertThatThrownBy(() -> vectors.offset(index)).isInstanceOf(outside);
            assertThatThrownBy(() -> vectors.view(index)).isInstanceOf(outside);
            assertThatThrownBy(() -> vectors.length(index, 0)).isInstanceOf(outside);
        }
    }

    @Test
    void aClearedOneHoldsNothingAndCommitsNothing() {
        final EvBuffer buffer = buffers.withChainsOf(ascii("abc"));
        buffer.reserveSpace(10, vectors);
        vectors.clear();
        assertThat(vectors.size()).isZero();
        assertThat(vectors).hasToString("EvIovec[NOTHING 0 bytes in 0 of 4 vectors]");
        buffer.commitSpace(vectors);
        assertThatThrownBy(() -> buffer.commitSpace(vectors, 1)).isInstanceOf(IllegalArgumentException.class);
        EvBufferInvariants.checkContent(buffer, ascii("abc"));
    }

    @Test
    void aVectorMayBeShortenedOnly() {
        final EvBuffer buffer = buffers.empty();
        buffer.reserveSpace(10, vectors);
        vectors.length(0, 10);
        vectors.length(0, 4);
        assertThat(vectors.view(0).remaining()).isEqualTo(4);
        assertThatThrownBy(() -> vectors.length(0, 5))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("vector 0 has 4 bytes and cannot be made 5");
        assertThatThrownBy(() -> vectors.length(0, -1)).isInstanceOf(IllegalArgumentException.class);
        vectors.view(0).put(ascii("abcd"));
        buffer.commitSpace(vectors);
        EvBufferInvariants.checkContent(buffer, ascii("abcd"));
    }
}
