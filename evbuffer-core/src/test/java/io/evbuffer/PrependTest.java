package io.evbuffer;

import static io.evbuffer.Layout.ascii;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evbuffer.testing.BufferFixture;
import io.evbuffer.testing.ByteSequence;
import io.evbuffer.testing.BytesAs;
import io.evbuffer.testing.EvBufferInvariants;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PrependTest {
    @RegisterExtension
    final BufferFixture buffers = new BufferFixture();

    @ParameterizedTest
    @EnumSource
    @DisplayName("S-018: what is prepended last is first")
    void whatIsPrependedLastIsFirst(final BytesAs as) {
        final EvBuffer buffer = buffers.empty();
        as.prepend(buffer, ascii("twenty-nine bytes at the end."));
        as.prepend(buffer, ascii("first "));
        EvBufferInvariants.checkContent(buffer, ascii("first twenty-nine bytes at the end."));
        assertThat(buffer.countChains()).isOne();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("5.2: small prepends in numbers share a chain as roomy as the first")
    void smallPrependsShareAChain(final BytesAs as) {
        final EvBuffer buffer = buffers.withChains(4096);
        Layout.fillUpTo(buffer, 0);
        final int length = (int) buffer.length();
        for (int i = 0; i < 100; i++) as.prepend(buffer, ByteSequence.bytes(8));
        assertThat(Layout.of(buffer)).containsExactly(800, length);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("S-019: drained room takes prepended bytes")
    void drainedRoomTakesPrependedBytes(final BytesAs as) {
        final EvBuffer buffer = buffers.withChains(100);
        buffer.drain(17);
        final Chain chain = buffer.first;
        final long taken = buffers.pool().stats().taken();
        as.prepend(buffer, ascii("ab"));
        assertThat(buffer.first).isSameAs(chain);
        assertThat(Layout.first(buffer).misalign).isEqualTo(15);
        assertThat(Layout.of(buffer)).containsExactly(85);
        assertThat(buffers.pool().stats().taken()).isEqualTo(taken);
        EvBufferInvariants.checkContent(buffer, Bytes.join(ascii("ab"), ByteSequence.bytes(17, 83)));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("S-020: the rear part fills the head room, the front part a new chain")
    void theRearPartFillsTheHeadRoom(final BytesAs as) {
        final EvBuffer buffer = buffers.withChains(100);
        buffer.drain(4);
        final Chain old = Layout.first(buffer);
        as.prepend(buffer, ByteSequence.bytes(1000, 28));
        assertThat(Layout.of(buffer)).containsExactly(24, 100);
        assertThat(Layout.chain(buffer, 1)).isSameAs(old);
        assertThat(old.misalign).isZero();
        assertThat(Layout.first(buffer).free()).as("right-aligned").isZero();
        EvBufferInvariants.checkContent(buffer, Bytes.join(ByteSequence.bytes(1000, 28), ByteSequence.bytes(4, 96)));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("S-022: on a frozen start nothing may be prepended, and prepending nothing is allowed")
    void onAFrozenStartOnlyNothingMayBePrepended(final BytesAs as) {
        final EvBuffer buffer = buffers.withChainsOf(ascii("foo"));
        buffer.freeze(BufferEnd.START);
        as.prepend(buffer, new byte[0]);
        assertThatThrownBy(() -> as.prepend(buffer, ascii("x"))).isInstanceOf(FrozenBufferException.class);
        EvBufferInvariants.checkContent(buffer, ascii("foo"));
        assertThat(buffer.countChains()).isOne();
    }

    @Test
    @DisplayName("S-023: a prepend that needs new chains tells once, and rightly")
    void aPrependThatNeedsNewChainsTellsOnce() {
        final EvBuffer buffer = buffers.empty();
        buffer.prepend(ascii("foo"));
        final ChangeLog log = ChangeLog.on(buffer);
        buffer.prepend(ByteSequence.bytes(8096));
        assertThat(log.lines).containsExactly("3->8099");
        assertThat(log.added).isEqualTo(8096);
        assertThat(log.deleted).isZero();
        EvBufferInvariants.checkContent(buffer, Bytes.join(ByteSequence.bytes(8096), ascii("foo")));
    }

    @Test
    @DisplayName("S-024: many small prepends share chains")
    void manySmallPrependsShareChains() {
        final EvBuffer buffer = buffers.empty();
        for (int i = 99; i >= 0; i--) buffer.prepend(ByteSequence.bytes(10L * i, 10));
        EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(1000));
        assertThat(buffer.countChains()).isLessThan(10);
        assertThat(buffers.bytesCopied()).as("data that is here never moves").isEqualTo(1000);
    }

    @Test
    @DisplayName("S-025: one empty chain is filled from its right edge")
    void oneEmptyChainIsFilledFromItsRightEdge() {
        final EvBuffer buffer = buffers.empty();
        buffer.expand(100);
        final int capacity = Layout.first(buffer).capacity;
        assertThat(capacity).isLessThan(1500);
        buffer.prepend(ByteSequence.bytes(1500));
        EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(1500));
        assertThat(Layout.of(buffer)).containsExactly(1500 - capacity, capacity);
        buffer.add(ByteSequence.bytes(1500, 20));
        EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(1520));
    }

    @Test
    @DisplayName("S-026: prepending nothing leaves no trace for a move and an append")
    void prependingNothingLeavesNoTrace() {
        final EvBuffer buffer = buffers.withChainsOf(ascii("foo"));
        buffer.prepend(new byte[0]);
        buffer.removeBuffer(buffers.empty(), 1);
        buffer.add(ascii("bar"));
        EvBufferInvariants.checkContent(buffer, ascii("oobar"));
    }

    @Test
    @DisplayName("S-028: after a prepend, both ends grow")
    void afterAPrependBothEndsGrow() {
        final EvBuffer buffer = buffers.empty();
        buffer.prepend(ascii("b"));
        assertThat(Layout.first(buffer).free()).isZero();
        buffer.add(ascii("c"));
        buffer.prepend(ascii("a"));
        EvBufferInvariants.checkContent(buffer, ascii("abc"));
    }

    @Test
    void aLongPrependFillsItsChainsWholeButTheFirst() {
        final EvBuffer buffer = buffers.withChains(10);
        buffer.prepend(ByteSequence.bytes(2 * 65536 + 100));
        EvBufferInvariants.checkContent(
                buffer, Bytes.join(ByteSequence.bytes(2 * 65536 + 100), ByteSequence.bytes(10)));
        assertThat(buffer.countChains()).isEqualTo(4);
        for (int i = 1; i < 3; i++) {
            assertThat(Layout.chain(buffer, i).length()).isEqualTo(Layout.chain(buffer, i).capacity);
        }
        assertThat(Layout.first(buffer).free()).isZero();
        final long taken = buffers.pool().stats().taken();
        buffer.prepend(ascii("x"));
        assertThat(buffers.pool().stats().taken())
                .as("the first one has room in front")
                .isEqualTo(taken);
    }

    @Test
    void aPrependToSpareChainsUsesTheFirstAndKeepsTheOthers() {
        final EvBuffer buffer = buffers.empty();
        buffer.expandFast(3 * 65536L, 5);
        final byte[] most = ByteSequence.bytes(3, 65536 - 3);
        buffer.prepend(most);
        assertThat(Layout.of(buffer)).containsExactly(most.length, 0, 0);
        assertThat(Layout.first(buffer).misalign).isEqualTo(3);
        buffer.add(ascii("def"));
        assertThat(Layout.of(buffer)).containsExactly(most.length, 3, 0);
        buffer.prepend(ByteSequence.bytes(3));
        assertThat(Layout.of(buffer)).containsExactly(65536, 3, 0);
        EvBufferInvariants.checkContent(buffer, Bytes.join(ByteSequence.bytes(65536), ascii("def")));
    }

    @Test
    void rangesOutsideTheSourceAreRefused() {
        final EvBuffer buffer = buffers.withChainsOf(ascii("abc"));
        final byte[] ten = new byte[10];
        final UnsafeBuffer tenDirect = new UnsafeBuffer(ten);
        final int[][] ranges = {{-1, 5}, {6, 5}, {11, 0}, {0, 11}, {Integer.MAX_VALUE, 1}};
        for (final int[] range : ranges) {
            assertThatThrownBy(() -> buffer.prepend(ten, range[0], range[1]))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> buffer.prepend(tenDirect, range[0], range[1]))
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
        assertThatThrownBy(() -> buffer.prepend(ten, 0, -1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> buffer.prepend(tenDirect, 0, -1)).isInstanceOf(IllegalArgumentException.class);
        EvBufferInvariants.checkContent(buffer, ascii("abc"));
    }
}
