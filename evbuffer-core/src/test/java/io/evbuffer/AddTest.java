package io.evbuffer;

import static io.evbuffer.Layout.ascii;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evbuffer.memory.BufferLimitException;
import io.evbuffer.testing.BufferFixture;
import io.evbuffer.testing.ByteSequence;
import io.evbuffer.testing.BytesAs;
import io.evbuffer.testing.EvBufferInvariants;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddTest {
    @RegisterExtension
    final BufferFixture buffers = new BufferFixture();

    @Test
    @DisplayName("S-001: bytes leave in the order they entered")
    void bytesLeaveInTheOrderTheyEntered() {
        final EvBuffer buffer = buffers.empty();
        buffer.add(ascii("1234567"));
        assertThat(buffer.length()).isEqualTo(7);
        assertThat(buffer.drain(6)).isEqualTo(6);
        EvBufferInvariants.checkContent(buffer, ascii("7"));
        buffer.add(ascii("abcdef"));
        EvBufferInvariants.checkContent(buffer, ascii("7abcdef"));
    }

    @Test
    @DisplayName("S-002: single bytes share chains that grow")
    void singleBytesShareChainsThatGrow() {
        final EvBuffer buffer = buffers.empty();
        final byte[] bytes = ByteSequence.bytes(9000);
        for (int i = 0; i < bytes.length; i++) buffer.add(bytes, i, 1);
        EvBufferInvariants.checkContent(buffer, bytes);
        assertThat(buffer.countChains()).isBetween(2, 10);
    }

    @Test
    @DisplayName("S-004: a large piece and a small one behind it")
    void aLargePieceAndASmallOneBehindIt() {
        final EvBuffer buffer = buffers.empty();
        final byte[] bytes = ByteSequence.bytes((1 << 20) + 1);
        buffer.add(bytes, 0, 1 << 20);
        buffer.add(bytes, 1 << 20, 1);
        EvBufferInvariants.checkContent(buffer, bytes);
    }

    @Test
    @DisplayName("S-005: little data moves to the front of its chain when that makes room")
    void littleDataMovesToTheFrontOfItsChain() {
        final EvBuffer buffer = buffers.empty();
        buffer.add(new byte[10]);
        final int capacity = Layout.first(buffer).capacity;
        Layout.fillUpTo(buffer, 1);
        buffer.drain(capacity - 2);
        final byte[] more = ByteSequence.bytes(capacity - 3);
        buffer.add(more);
        assertThat(buffer.countChains()).isOne();
        assertThat(Layout.first(buffer).misalign).isZero();
        assertThat(Layout.first(buffer).free()).isEqualTo(2);
        EvBufferInvariants.checkContent(buffer, Bytes.join(new byte[1], more));
        assertThat(buffers.stats().copiedWithin()).isEqualTo(1);
    }

    @Test
    @DisplayName("S-006: much data stays where it is")
    void muchDataStaysWhereItIs() {
        final EvBuffer buffer = buffers.empty();
        buffer.expand(16384);
        buffer.add(ByteSequence.bytes(16000));
        buffer.drain(12000);
        final long address = Layout.first(buffer).dataAddress();
        assertThat(Layout.first(buffer).length()).isGreaterThan(ChainSpace.REALIGN_LIMIT);
        buffer.add(ByteSequence.bytes(16000, 5000));
        assertThat(Layout.first(buffer).dataAddress()).isEqualTo(address);
        assertThat(Layout.first(buffer).misalign).isEqualTo(12000);
        assertThat(buffer.countChains()).isEqualTo(2);
        EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(12000, 9000));
        assertThat(buffers.stats().copiedWithin()).isZero();
    }

    @Test
    @DisplayName("S-007: texts keep their order when room was made between them")
    void textsKeepTheirOrderWhenRoomWasMadeBetweenThem() {
        final EvBuffer buffer = buffers.empty();
        buffer.expand(12);
        buffer.add(ascii("fourteen bytes"));
        buffer.expand(2048);
        buffer.add(ascii("fifteen bytes!!"));
        buffer.add(ascii("twelve bytes"));
        EvBufferInvariants.checkContent(buffer, ascii("fourteen bytesfifteen bytes!!twelve bytes"));
    }

    @Test
    @DisplayName("S-008: one, room, two, three")
    void roomBetweenOneAndTwo() {
        final EvBuffer buffer = buffers.empty();
        buffer.add(ascii("1"));
        buffer.expand(2048);
        buffer.add(ascii("2"));
        buffer.add(ascii("3"));
        EvBufferInvariants.checkContent(buffer, ascii("123"));
    }

    @Test
    @DisplayName("S-009: a nearly full chain is filled before the one that was made behind it")
    void aNearlyFullChainIsFilledFirst() {
        final EvBuffer buffer = buffers.empty();
        buffer.add(ascii("x"));
        Layout.fillUpTo(buffer, 1);
        final int before = (int) buffer.length();
        buffer.expand(100);
        assertThat(Layout.of(buffer)).containsExactly(before, 0);
        buffer.add(ascii("2"));
        buffer.add(ascii("3"));
        assertThat(Layout.of(buffer)).containsExactly(before + 1, 1);
        buffer.drain(before - 1L);
        EvBufferInvariants.checkContent(buffer, ascii("\00023"));
    }

    @Test
    @DisplayName("S-012: what fits exactly opens no chain, one byte more does")
    void whatFitsExactlyOpensNoChain() {
        final EvBuffer buffer = buffers.empty();
        buffer.add(ascii("x"));
        Layout.fillUpTo(buffer, 40);
        buffer.add(ByteSequence.bytes(40));
        assertThat(buffer.countChains()).isOne();
        assertThat(Layout.first(buffer).free()).isZero();
        buffer.add(ascii("y"));
        assertThat(buffer.countChains()).isEqualTo(2);
        assertThat(Layout.chain(buffer, 1).length()).isOne();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("S-013, B-17: adding nothing allocates nothing and tells nobody")
    void addingNothingAllocatesNothingAndTellsNobody(final BytesAs as) {
        final EvBuffer empty = buffers.empty();
        final EvBuffer abc = buffers.withChainsOf(ascii("abc"));
        final ChangeLog log = ChangeLog.on(empty);
        abc.addListener(log);
        final long taken = buffers.pool().stats().taken();
        as.add(empty, new byte[0]);
        as.add(abc, new byte[0]);
        assertThat(empty.countChains()).isZero();
        assertThat(Layout.of(abc)).containsExactly(3);
        assertThat(log.lines).isEmpty();
        assertThat(buffers.pool().stats().taken()).isEqualTo(taken);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("B-7: after expand, that many bytes are added in any portions without memory")
    void expandedRoomIsUsedInAnyPortions(final BytesAs as) {
        final EvBuffer buffer = buffers.withChains(17);
        buffer.expand(3000);
        final long taken = buffers.pool().stats().taken();
        final byte[] bytes = ByteSequence.bytes(17, 3000);
        int from = 0;
        for (int portion = 1; from < 3000; portion = Math.min(portion + 7, 3000 - from)) {
            as.add(buffer, Arrays.copyOfRange(bytes, from, from + portion));
            from += portion;
        }
        assertThat(buffers.pool().stats().taken()).isEqualTo(taken);
        EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(3017));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("B-7: spare chains are filled in order before memory is taken")
    void spareChainsAreFilledInOrder(final BytesAs as) {
        final EvBuffer buffer = buffers.empty();
        buffer.add(ascii("x"));
        Layout.fillUpTo(buffer, 3);
        buffer.expandFast(3 + 2 * 65536, 4);
        final int chains = buffer.countChains();
        final int before = (int) buffer.length();
        final long taken = buffers.pool().stats().taken();
        as.add(buffer, ByteSequence.bytes(3 + 2 * 65536));
        assertThat(buffers.pool().stats().taken()).isEqualTo(taken);
        assertThat(chains).isEqualTo(3);
        EvBufferInvariants.checkDataLengths(buffer, before + 3, 65536, 65536);
        buffer.drain(before);
        EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(3 + 2 * 65536));
    }

    @Test
    @DisplayName("B-6: chains double up to the bound and no further")
    void chainsDoubleUpToTheBound() {
        final EvBuffer buffer = buffers.empty();
        for (int i = 0; i < 40_000; i++) buffer.add(ascii("x"));
        int previous = 0;
        for (Chain chain = buffer.first; chain != null; chain = chain.next) {
            assertThat(chain.capacity).isBetween(previous, ChainSpace.AUTO_GROWTH_LIMIT);
            previous = chain.capacity;
        }
        assertThat(previous).isEqualTo(ChainSpace.AUTO_GROWTH_LIMIT);
    }

    @Test
    @DisplayName("B-6: a long buffer grows in larger chains, up to their bound and no further")
    void aLongBufferGrowsInLargerChains() {
        final EvBuffer buffer = buffers.empty();
        for (int i = 0; i < 400; i++) buffer.add(new byte[1000]);
        int largest = 0;
        long before = 0;
        for (Chain chain = buffer.first; chain != null; chain = chain.next) {
            if (before < ChainSpace.LONG_GROWTH)
                assertThat(chain.capacity).isLessThanOrEqualTo(ChainSpace.AUTO_GROWTH_LIMIT);
            largest = Math.max(largest, chain.capacity);
            before += chain.length();
        }
        assertThat(largest).isEqualTo(ChainSpace.LONG_GROWTH);
    }

    @Test
    void whatIsCopiedIsCounted() {
        final EvBuffer buffer = buffers.empty();
        buffer.add(new byte[100]);
        buffer.prepend(new byte[10]);
        buffer.copyOut(new byte[20], 0, 20);
        buffer.remove(new byte[5], 0, 5);
        assertThat(buffers.stats().copiedIn()).isEqualTo(110);
        assertThat(buffers.stats().copiedOut()).isEqualTo(25);
        assertThat(buffers.bytesCopied()).isEqualTo(135);
        assertThat(buffers.stats()).hasToString("EvBufferStats[copiedIn=110, copiedOut=25, moved=0, copiedWithin=0]");
        buffer.stats(null);
        buffer.add(new byte[100]);
        assertThat(buffers.bytesCopied()).isEqualTo(135);
        buffers.stats().reset();
        assertThat(buffers.bytesCopied()).isZero();
    }

    @Test
    void copiesOfEachFormAreCounted() {
        final EvBuffer buffer = buffers.withChains(5, 5);
        final UnsafeBuffer direct = new UnsafeBuffer(ByteBuffer.allocateDirect(9));
        buffer.copyOut(new byte[9], 0, 9);
        buffer.copyOut(1, new byte[9], 0, 9);
        buffer.copyOut(direct, 0, 9);
        buffer.copyOut(ByteBuffer.allocate(9));
        buffer.copyToArray();
        assertThat(buffers.stats().copiedOut()).isEqualTo(4 * 9 + 10);
        buffer.add(ByteBuffer.allocate(2));
        buffer.addIovec(new ByteBuffer[] {ByteBuffer.allocate(2)});
        buffer.addPrintf("%d", 12);
        buffer.prepend(direct, 0, 2);
        buffer.prepend(ByteBuffer.allocate(2));
        assertThat(buffers.stats().copiedIn()).isEqualTo(10);
        buffer.addReference(direct, null, null);
        buffer.addIovecReference(new DirectBuffer[] {direct}, null, null);
        assertThat(buffers.stats().shared()).isEqualTo(18);
        buffers.stats().reset();
        buffers.empty().addBuffer(buffer);
        assertThat(buffers.stats().moved()).isEqualTo(10 + 10 + 18);
        assertThat(buffers.bytesCopied()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 63, 64, 65, 100, 1000})
    void everyLengthIsCopiedWholeInEveryShape(final int length) {
        final byte[] bytes = ByteSequence.bytes(length);
        for (final BytesAs as : BytesAs.values()) {
            final EvBuffer buffer = buffers.empty();
            buffer.add(ascii("<"));
            as.add(buffer, bytes);
            buffer.add(ascii(">"));
            EvBufferInvariants.checkContent(buffer, Bytes.join(ascii("<"), bytes, ascii(">")));
            buffer.drain(1);
            assertThat(as.copyOut(buffer, length)).isEqualTo(bytes);
            assertThat(as.remove(buffer, length)).isEqualTo(bytes);
            EvBufferInvariants.checkContent(buffer, ascii(">"));
        }
    }

    @Test
    void rangesOutsideTheSourceAreRefused() {
        final EvBuffer buffer = buffers.withChainsOf(ascii("abc"));
        final byte[] ten = new byte[10];
        final UnsafeBuffer tenDirect = new UnsafeBuffer(ten);
        final int[][] ranges = {
            {-1, 5},
            {6, 5},
            {11, 0},
            {0, 11},
            {Integer.MAX_VALUE, 1},
            {1, Integer.MAX_VALUE},
            {Integer.MAX_VALUE, 12}, // 10 - MAX_VALUE - 12 is positive again
            {12, Integer.MAX_VALUE},
            {Integer.MAX_VALUE, Integer.MAX_VALUE},
            {Integer.MIN_VALUE, Integer.MAX_VALUE}
        };
        final Class<IndexOutOfBoundsException> outside = IndexOutOfBoundsException.class;
        for (final int[] range : ranges) {
            assertThatThrownBy(() -> buffer.add(ten, range[0], range[1])).isInstanceOf(outside);
            assertThatThrownBy(() -> buffer.prepend(ten, range[0], range[1])).isInstanceOf(outside);
            assertThatThrownBy(() -> buffer.prepend(tenDirect, range[0], range[1]))
                    .isInstanceOf(outside);
            assertThatThrownBy(() -> buffer.add(tenDirect, range[0], range[1]))
                    .isInstanceOf(outside)
                    .hasMessageContaining(range[1] + " bytes at " + range[0] + " in memory of 10");
        }
        assertThatThrownBy(() -> buffer.add(ten, 0, -1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> buffer.add(tenDirect, 0, -1)).isInstanceOf(IllegalArgumentException.class);
        EvBufferInvariants.checkContent(buffer, ascii("abc"));
        buffer.add(ten, 10, 0);
        EvBufferInvariants.checkContent(buffer, ascii("abc"));
    }

    @Test
    void aRefusedByteBufferKeepsItsPosition() {
        final EvBuffer buffer = buffers.withChainsOf(ascii("abc"));
        buffer.maxLength(5);
        final ByteBuffer source = ByteBuffer.allocate(10).position(4);
        assertThatThrownBy(() -> buffer.add(source)).isInstanceOf(BufferLimitException.class);
        assertThatThrownBy(() -> buffer.prepend(source)).isInstanceOf(BufferLimitException.class);
        buffer.freeze(BufferEnd.END);
        buffer.freeze(BufferEnd.START);
        assertThatThrownBy(() -> buffer.add(source)).isInstanceOf(FrozenBufferException.class);
        assertThatThrownBy(() -> buffer.prepend(source)).isInstanceOf(FrozenBufferException.class);
        assertThat(source.position()).isEqualTo(4);
        EvBufferInvariants.checkContent(buffer, ascii("abc"));
    }
}
