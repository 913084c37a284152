package io.evbuffer;

import static io.evbuffer.Layout.ascii;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evbuffer.memory.BufferLimitException;
import io.evbuffer.testing.BufferFixture;
import io.evbuffer.testing.ByteSequence;
import io.evbuffer.testing.EvBufferInvariants;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class LookTest {
    @RegisterExtension
    final BufferFixture buffers = new BufferFixture();

    private final UnsafeBuffer view = new UnsafeBuffer(0, 0);

    private EvBuffer tens(final int chains) {
        final int[] lengths = new int[chains];
        Arrays.fill(lengths, 10);
        return buffers.withChains(lengths);
    }

    private String pulledUp(final EvBuffer buffer, final long count) {
        final int length = buffer.pullUp(count, view);
        assertThat(view.capacity()).isEqualTo(length);
        final byte[] bytes = new byte[length];
        view.getBytes(0, bytes);
        return new String(bytes, StandardCharsets.US_ASCII);
    }

    @Test
    @DisplayName("S-098: pullUp makes just enough contiguous")
    void pullUpMakesJustEnoughContiguous() {
        final EvBuffer buffer = buffers.withChainsOf(ascii("abc"), ascii("def"), ascii("ghi"));
        final Chain first = buffer.first;
        assertThat(pulledUp(buffer, 2)).isEqualTo("abc");
        assertThat(Layout.of(buffer)).containsExactly(3, 3, 3);
        assertThat(pulledUp(buffer, 5)).isEqualTo("abcde");
        assertThat(Layout.of(buffer)).containsExactly(5, 1, 3);
        assertThat(pulledUp(buffer, 9)).isEqualTo("abcdefghi");
        assertThat(Layout.of(buffer)).containsExactly(9);
        assertThat(pulledUp(buffer, -1)).isEqualTo("abcdefghi");
        assertThat(buffer.first).as("its chain has the room").isSameAs(first);
        assertThat(pulledUp(buffer, 0)).isEmpty();
        assertThatThrownBy(() -> buffer.pullUp(10, view)).isInstanceOf(IndexOutOfBoundsException.class);
        EvBufferInvariants.checkContent(buffer, ascii("abcdefghi"));
        assertThat(buffers.stats().copiedWithin()).isEqualTo(6);
    }

    @Test
    @DisplayName("S-099: pullUp passes over empty chains; of nothing it gives nothing")
    void pullUpPassesOverEmptyChains() {
        final EvBuffer buffer = buffers.withChainsOf(ascii("foo"));
        Holes.behind(buffer);
        assertThat(pulledUp(buffer, -1)).isEqualTo("foo");
        final EvBuffer bare = buffers.empty();
        assertThat(pulledUp(bare, -1)).isEmpty();
        assertThatThrownBy(() -> bare.pullUp(3, view)).isInstanceOf(IndexOutOfBoundsException.class);

        final EvBuffer holes = buffers.withChainsOf(ascii("a"));
        Holes.addBehindHole(holes, ascii("b"));
        Holes.addBehindHole(holes, ascii("c"));
        assertThat(holes.countChains()).isGreaterThan(3);
        assertThat(pulledUp(holes, 2)).isEqualTo("ab");
        assertThat(pulledUp(holes, 3)).isEqualTo("abc");
        assertThat(Layout.of(holes)).containsExactly(3);
    }

    @Test
    void pullUpBehindAnEmptyFirstChainCopiesNothingThatIsContiguous() {
        final EvBuffer buffer = buffers.empty();
        Holes.addBehindHole(buffer, ascii("abc"));
        assertThat(Layout.of(buffer)).startsWith(0);
        final long address = Layout.lastWithData(buffer).dataAddress();
        assertThat(pulledUp(buffer, 3)).isEqualTo("abc");
        assertThat(view.addressOffset()).isEqualTo(address);
        assertThat(buffers.stats().copiedWithin()).isZero();
        EvBufferInvariants.checkContent(buffer, ascii("abc"));
    }

    @Test
    void pullUpTakesAChainWhenTheFirstHasNoRoom() {
        final EvBuffer buffer = buffers.withChains(256, 256, 256);
        assertThat(buffer.pullUp(300, view)).isEqualTo(300);
        assertThat(Layout.of(buffer)).containsExactly(300, 212, 256);
        EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(768));
        assertThat(buffer.pullUp(-1, view)).isEqualTo(768);
        assertThat(buffers.segmentsInUse()).isOne();
    }

    @Test
    void pullUpOfEverythingGivesSpareChainsBack() {
        final EvBuffer buffer = buffers.withChains(10, 10);
        buffer.expandFast(200_000, 5);
        buffer.pullUp(-1, view);
        assertThat(Layout.of(buffer)).containsExactly(20);
        assertThat(buffers.segmentsInUse()).isOne();
    }

    @Test
    @DisplayName("S-100: pullUp tells nobody")
    void pullUpTellsNobody() {
        final EvBuffer buffer = buffers.withChains(10, 20, 30);
        final ChangeLog log = ChangeLog.on(buffer);
        buffer.pullUp(-1, view);
        assertThat(log.lines).isEmpty();
        assertThat(buffer.length()).isEqualTo(60);
    }

    @Test
    @DisplayName("S-101: peek by length and capacity")
    void peekByLengthAndCapacity() {
        final EvBuffer buffer = tens(16);
        final EvIovec twenty = new EvIovec(20);
        final EvIovec sixteen = new EvIovec(16);
        final EvIovec one = new EvIovec(1);
        assertThat(buffer.countExtents(-1, 0)).isEqualTo(16);
        assertThat(buffer.peek(-1, twenty)).isEqualTo(16);
        assertThat(buffer.peek(-1, one)).isOne();
        assertThat(buffer.peek(25, sixteen)).isEqualTo(3);
        assertThat(sixteen.totalLength()).isEqualTo(30);
        assertThat(buffer.countExtents(95, 0)).isEqualTo(10);
        assertThat(buffer.countExtents(25, 0)).isEqualTo(3);
        assertThat(buffer.peek(25, one)).isOne();
        assertThat(one.length(0)).isEqualTo(10);
        assertThat(buffer.peek(1000, twenty)).isEqualTo(16);
        assertThat(buffer.peek(0, twenty)).isZero();
        assertThat(buffer.countExtents(0, 0)).isZero();
    }

    @Test
    @DisplayName("S-102: peek from a position")
    void peekFromAPosition() {
        final EvBuffer buffer = tens(16);
        final EvIovec vectors = new EvIovec(20);
        assertThat(buffer.peek(20, 14, vectors)).isEqualTo(3);
        assertThat(vectors.length(0)).isEqualTo(6);
        assertThat(vectors.memory(0).getByte(vectors.offset(0))).isEqualTo(ByteSequence.at(14));
        assertThat(buffer.countExtents(20, 14)).isEqualTo(3);
        assertThat(buffer.peek(20, 20, vectors)).isEqualTo(2);
        assertThat(buffer.peek(20, 160, vectors)).isZero();
        assertThat(buffer.countExtents(-1, 160)).isZero();
        for (final long outside : new long[] {-1, 161, Long.MIN_VALUE, Long.MAX_VALUE}) {
            assertThatThrownBy(() -> buffer.peek(1, outside, vectors)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> buffer.countExtents(1, outside)).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    @DisplayName("S-103: counting and filling agree on a position at a border")
    void countingAndFillingAgree() {
        final EvBuffer buffer = buffers.withChains(22, 20);
        final EvIovec vectors = new EvIovec(5);
        assertThat(buffer.countExtents(-1, 0)).isEqualTo(2);
        assertThat(buffer.peek(-1, 0, vectors)).isEqualTo(2);
        assertThat(buffer.peek(-1, 20, vectors)).isEqualTo(2);
        assertThat(buffer.countExtents(-1, 20)).isEqualTo(2);
        assertThat(buffer.peek(2, 20, vectors)).isOne();
        assertThat(buffer.countExtents(2, 20)).isOne();
        assertThat(buffer.peek(3, 20, vectors)).isEqualTo(2);
        assertThat(buffer.countExtents(3, 20)).isEqualTo(2);
        assertThat(buffer.peek(1, 22, vectors)).isOne();
        assertThat(vectors.length(0)).as("a border belongs to what follows").isEqualTo(20);
    }

    @Test
    @DisplayName("S-104: spare and empty chains are never shown")
    void emptyChainsAreNeverShown() {
        final EvIovec vectors = new EvIovec(9);
        final EvBuffer bare = buffers.empty();
        assertThat(bare.peek(-1, vectors)).isZero();
        assertThat(bare.countExtents(-1, 0)).isZero();
        bare.expandFast(200_000, 5);
        assertThat(bare.peek(-1, vectors)).isZero();
        assertThat(bare.peek(10, vectors)).isZero();
        assertThat(bare.contiguousLength()).isZero();
        final EvBuffer holes = buffers.withChainsOf(ascii("a"));
        Holes.addBehindHole(holes, ascii("b"));
        Holes.behind(holes);
        assertThat(holes.peek(-1, vectors)).isEqualTo(2);
        assertThat(holes.countExtents(-1, 0)).isEqualTo(2);
        assertThat(holes.peek(-1, 1, vectors)).isOne();
    }

    @Test
    @DisplayName("S-105: copyOut gives what there is, from anywhere")
    void copyOutGivesWhatThereIs() {
        final EvBuffer buffer = buffers.withChains(80, 80, 46);
        final byte[] target = new byte[999];
        for (final int most : new int[] {0, 10, 80, 81, 100, 206, 300}) {
            Arrays.fill(target, (byte) 0x77);
            final int count = buffer.copyOut(target, 2, most);
            assertThat(count).isEqualTo(Math.min(most, 206));
            assertThat(Arrays.copyOfRange(target, 2, 2 + count)).isEqualTo(ByteSequence.bytes(count));
            assertThat(target[2 + count]).isEqualTo((byte) 0x77);
        }
        for (final int most : new int[] {10, 65, 90, 160, 999}) {
            final int count = buffer.copyOut(15, target, 0, most);
            assertThat(count).isEqualTo(Math.min(most, 191));
            assertThat(Arrays.copyOf(target, count)).isEqualTo(ByteSequence.bytes(15, count));
        }
        assertThat(buffer.copyOut(206, target, 0, 10)).isZero();
        for (final long outside : new long[] {-1, 207}) {
            assertThatThrownBy(() -> buffer.copyOut(outside, target, 0, 1))
                    .isInstanceOf(IndexOutOfBoundsException.class)
                    .hasMessageContaining("position " + outside);
        }
        EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(206));
        EvBufferInvariants.checkDataLengths(buffer, 80, 80, 46);
        assertThat(buffer.copyToArray()).isEqualTo(ByteSequence.bytes(206));
        assertThat(buffers.empty().copyToArray()).isEmpty();
    }

    @Test
    void rangesOutsideTheTargetAreRefused() {
        final EvBuffer buffer = buffers.withChainsOf(ascii("abc"));
        final byte[] ten = new byte[10];
        final UnsafeBuffer tenDirect = new UnsafeBuffer(ten);
        final Class<IndexOutOfBoundsException> outside = IndexOutOfBoundsException.class;
        final int[][] ranges = {
            {-1, 5},
            {6, 5},
            {11, 0},
            {0, 11},
            {Integer.MAX_VALUE, 1},
            {Integer.MAX_VALUE, 12}, // 10 - MAX_VALUE - 12 is positive again
            {12, Integer.MAX_VALUE},
            {Integer.MAX_VALUE, Integer.MAX_VALUE}
        };
        for (final int[] range : ranges) {
            assertThatThrownBy(() -> buffer.copyOut(ten, range[0], range[1])).isInstanceOf(outside);
            assertThatThrownBy(() -> buffer.copyOut(1, ten, range[0], range[1])).isInstanceOf(outside);
            assertThatThrownBy(() -> buffer.copyOut(tenDirect, range[0], range[1]))
                    .isInstanceOf(outside);
            assertThatThrownBy(() -> buffer.remove(ten, range[0], range[1])).isInstanceOf(outside);
            assertThatThrownBy(() -> buffer.remove(tenDirect, range[0], range[1]))
                    .isInstanceOf(outside);
        }
        assertThatThrownBy(() -> buffer.copyOut(ten, 0, -1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> buffer.remove(tenDirect, 0, -1)).isInstanceOf(IllegalArgumentException.class);
        final ByteBuffer readOnly = ByteBuffer.allocate(10).asReadOnlyBuffer();
        assertThatThrownBy(() -> buffer.copyOut(readOnly)).isInstanceOf(ReadOnlyBufferException.class);
        assertThatThrownBy(() -> buffer.remove(readOnly)).isInstanceOf(ReadOnlyBufferException.class);
        EvBufferInvariants.checkContent(buffer, ascii("abc"));
        assertThat(ten).containsOnly(0);
    }

    @Test
    void moreThanAnArrayOrAChainCanHoldIsRefused() {
        final EvBuffer buffer = buffers.withChainsOf(ascii("abc"));
        buffer.endOffset = 1L << 31; // stands for data that no test machine has
        assertThatThrownBy(buffer::copyToArray).isExactlyInstanceOf(BufferLimitException.class);
        assertThatThrownBy(() -> buffer.pullUp(-1, view)).isExactlyInstanceOf(BufferLimitException.class);
        assertThatThrownBy(() -> buffer.pullUp(1L << 31, view)).isExactlyInstanceOf(BufferLimitException.class);
        buffer.endOffset = 3;
        EvBufferInvariants.checkContent(buffer, ascii("abc"));
    }

    @Test
    @DisplayName("5.4: what fits exactly behind the first chain's data is pulled up to it")
    void whatFitsExactlyIsPulledUpToTheFirstChain() {
        final EvBuffer buffer = buffers.withChains(10);
        final Chain head = Layout.first(buffer);
        final int free = head.free();
        buffer.addBuffer(buffers.withChainsOf(ByteSequence.bytes(10, free)));
        buffers.stats().reset();
        assertThat(buffer.pullUp(10 + free, view)).isEqualTo(10 + free);
        assertThat(buffer.first).isSameAs(head);
        assertThat(buffers.stats().copiedWithin()).isEqualTo(free);
        EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(10 + free));
    }

    @Test
    void maximaAreChecked() {
        final EvBuffer buffer = buffers.withChainsOf(ascii("abc"));
        assertThat(buffer.maxLength()).isEqualTo(Long.MAX_VALUE);
        assertThat(buffer.maxRead()).isEqualTo(4096);
        buffer.maxLength(3);
        buffer.maxRead(1);
        assertThatThrownBy(() -> buffer.maxLength(2)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> buffer.maxLength(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> buffer.maxRead(0)).isInstanceOf(IllegalArgumentException.class);
        assertThat(buffer.maxLength()).isEqualTo(3);
        assertThat(buffer.maxRead()).isOne();
    }

    @Test
    void theTextOfABufferIsItsLayout() {
        final EvBuffer buffer = buffers.withChainsOf(ascii("abc"));
        buffer.drain(1);
        final int free = Layout.first(buffer).free();
        assertThat(buffer).hasToString("EvBuffer[2 bytes [1|2|" + free + "*]]");
        buffer.close();
        assertThat(buffer).hasToString("EvBuffer[closed]");
    }
}
