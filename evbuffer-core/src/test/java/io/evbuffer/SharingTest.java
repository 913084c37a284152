package io.evbuffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evbuffer.testing.BufferFixture;
import io.evbuffer.testing.ByteSequence;
import io.evbuffer.testing.EvBufferInvariants;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class SharingTest {
    @RegisterExtension
    final BufferFixture buffers = new BufferFixture();

    private EvBuffer sharing(final EvBuffer source) {
        final EvBuffer buffer = buffers.empty();
        buffer.addBufferReference(source);
        return buffer;
    }

    @Test
    @DisplayName("S-057, S-060: both give the same bytes, independently, without a copy")
    void bothGiveTheSameBytes() {
        final EvBuffer source = buffers.withChains(88);
        final EvBuffer target = sharing(source);
        assertThat(buffers.bytesCopied()).isZero();
        final byte[] a = new byte[11];
        final byte[] b = new byte[11];
        source.remove(a, 0, 11);
        assertThat(target.length()).isEqualTo(88);
        target.remove(b, 0, 11);
        assertThat(a).isEqualTo(b).isEqualTo(ByteSequence.bytes(11));
        source.drain(100);
        assertThat(target.copyToArray()).isEqualTo(ByteSequence.bytes(11, 77));
        target.drain(100);
        assertThat(buffers.segmentsInUse()).isZero();
    }

    @Test
    @DisplayName("S-058: neither sees what is put in front of the other")
    void neitherSeesThePrefixOfTheOther() {
        final EvBuffer source = buffers.withChains(88);
        source.drain(20);
        final EvBuffer target = sharing(source);
        source.prepend(new byte[] {1, 1, 1, 1, 1, 1, 1});
        target.prepend(new byte[] {2, 2, 2, 2, 2, 2, 2});
        assertThat(source.copyToArray()).startsWith(1, 1, 1, 1, 1, 1, 1).endsWith(ByteSequence.bytes(20, 68));
        assertThat(target.copyToArray()).startsWith(2, 2, 2, 2, 2, 2, 2).endsWith(ByteSequence.bytes(20, 68));
    }

    @Test
    @DisplayName("S-059: the target outlives the source")
    void theTargetOutlivesTheSource() {
        final EvBuffer source = buffers.withChains(88, 12);
        final EvBuffer target = sharing(source);
        source.close();
        assertThat(target.copyToArray()).isEqualTo(ByteSequence.bytes(100));
    }

    @Test
    @DisplayName("S-061: the same source can be added twice")
    void theSameSourceTwice() {
        final EvBuffer source = buffers.withChains(3);
        final EvBuffer target = sharing(source);
        target.addBufferReference(source);
        assertThat(EvBufferInvariants.dataLengths(target)).containsExactly(3, 3);
    }

    @Test
    @DisplayName("S-062, S-063: itself, and frozen ends")
    void itselfAndFrozenEnds() {
        final EvBuffer source = buffers.empty();
        source.addBufferReference(source);
        source.add(new byte[] {1});
        assertThatThrownBy(() -> source.addBufferReference(source)).isInstanceOf(IllegalArgumentException.class);
        source.freeze(BufferEnd.START);
        source.freeze(BufferEnd.END);
        final EvBuffer target = sharing(source);
        target.freeze(BufferEnd.END);
        assertThatThrownBy(() -> target.addBufferReference(source)).isInstanceOf(FrozenBufferException.class);
        assertThat(target.length()).isOne();
        source.unfreeze(BufferEnd.START);
    }

    @Test
    @DisplayName("S-064: shared referenced memory is released after both have let go")
    void sharedReferencedMemoryIsReleasedAfterBoth() {
        final List<Object> told = new ArrayList<>();
        final EvBuffer source = buffers.empty();
        source.addReference(
                new UnsafeBuffer(ByteBuffer.allocateDirect(10)), (memory, extent, x) -> told.add(extent), null);
        final EvBuffer target = sharing(source);
        final EvBuffer third = sharing(target); // multicast of multicast
        target.drain(10);
        source.drain(10);
        assertThat(told).isEmpty();
        third.drain(10);
        assertThat(told).containsExactly(10L);
    }

    @Test
    @DisplayName("S-065, B-8: what is added to a source that was shared is not seen by the target, on either side")
    void additionsAreNotSeenByTheOther() {
        final EvBuffer source = buffers.empty();
        source.add(ByteSequence.bytes(50));
        final EvBuffer target = sharing(source);
        source.add(new byte[] {1, 2, 3});
        target.add(new byte[] {4, 5});
        final UnsafeBuffer view = new UnsafeBuffer(0, 0);
        source.pullUp(-1, view);
        target.pullUp(-1, view);
        assertThat(source.copyToArray()).startsWith(ByteSequence.bytes(50)).endsWith(1, 2, 3);
        assertThat(target.copyToArray()).startsWith(ByteSequence.bytes(50)).endsWith(4, 5);
    }

    @Test
    @DisplayName("B-8e: when the last sharer is gone, the owner may write around the bytes again")
    void theOwnerMayWriteAgain() {
        final EvBuffer source = buffers.empty();
        source.add(ByteSequence.bytes(50));
        final EvBuffer target = sharing(source);
        target.close();
        source.add(new byte[] {1});
        assertThat(source.countChains()).isOne();
        source.drain(10);
        source.prepend(new byte[] {2});
        assertThat(source.countChains()).isOne();
    }

    @Test
    @DisplayName("S-066: only chains with data are shared, in one notification")
    void onlyChainsWithDataAreShared() {
        final EvBuffer source = buffers.withChains(4, 5);
        source.expand(5000);
        final List<String> log = new ArrayList<>();
        final EvBuffer target = buffers.empty();
        target.addListener((of, change) -> log.add(change.toString()));
        target.addBufferReference(source);
        assertThat(target.countChains()).isEqualTo(2);
        assertThat(log).containsExactly("0->9 (+9, -0)");
        assertThat(buffers.stats().shared()).isEqualTo(9);
    }

    @Test
    @DisplayName("B-9: sharing into a buffer that has only empty chains works like into a new one")
    void sharingIntoEmptyChains() {
        final EvBuffer target = buffers.empty();
        target.expand(100);
        target.addBufferReference(buffers.withChains(7));
        target.add(new byte[] {1});
        assertThat(target.copyToArray()).startsWith(ByteSequence.bytes(7)).endsWith(1);
    }

    @Test
    @DisplayName("B-20: sharing ends reservations of the source")
    void sharingEndsReservations() {
        final EvBuffer source = buffers.withChains(10);
        final EvIovec vectors = new EvIovec(2);
        source.reserveSpace(20, vectors);
        final EvBuffer target = sharing(source);
        assertThatThrownBy(() -> source.commitSpace(vectors, 5)).isInstanceOf(IllegalStateException.class);
        assertThat(target.length()).isEqualTo(10);
    }

    @Test
    void aNodeUsedAgainShowsTheBytesSharedNow() {
        final EvBuffer first = buffers.withChainsOf(Layout.ascii("first"));
        sharing(first).close(); // leaves its node to the slab
        final EvBuffer second = buffers.withChainsOf(Layout.ascii("second"));
        final EvBuffer target = sharing(second);
        EvBufferInvariants.checkContent(target, Layout.ascii("second"));
        first.close();
        final EvBuffer third = buffers.withChainsOf(Layout.ascii("third"));
        target.addBufferReference(third);
        EvBufferInvariants.checkContent(target, Layout.ascii("secondthird"));
        EvBufferInvariants.checkContent(third, Layout.ascii("third"));
    }

    @Test
    void sharersHaveViewsOfTheirOwn() {
        final EvBuffer source = buffers.withChains(600, 30);
        final EvBuffer target = sharing(source);
        final EvIovec ours = new EvIovec(4);
        final EvIovec theirs = new EvIovec(4);
        source.peek(-1, ours);
        target.peek(-1, theirs);
        for (int i = 0; i < 2; i++) {
            final ByteBuffer a = ours.view(i);
            final ByteBuffer b = theirs.view(i);
            assertThat(a).isNotSameAs(b);
            assertThat(a.mismatch(b)).isEqualTo(-1);
            assertThat(a.remaining()).isEqualTo(ours.length(i));
        }
    }

    @Test
    @DisplayName("G1: segments shared with another thread go home from there")
    void segmentsGoHomeFromAnotherThread() throws InterruptedException {
        final EvBuffer source = buffers.withChains(100, 5000);
        final EvBuffer target = sharing(source);
        final byte[] expected = source.copyToArray();
        final byte[][] seen = new byte[1][];
        final Thread thread = new Thread(() -> {
            seen[0] = target.copyToArray();
            target.drain(Long.MAX_VALUE);
        });
        source.drain(Long.MAX_VALUE);
        thread.start();
        thread.join();
        assertThat(seen[0]).isEqualTo(expected);
        assertThat(buffers.segmentsInUse()).isZero();
    }
}
