package io.evbuffer;

import static io.evbuffer.Layout.ascii;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evbuffer.memory.BufferLimitException;
import io.evbuffer.memory.SlabPool;
import io.evbuffer.testing.BufferFixture;
import io.evbuffer.testing.ByteSequence;
import io.evbuffer.testing.EvBufferInvariants;
import io.evbuffer.testing.TinySegments;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Consumer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class SpaceTest {
    @RegisterExtension
    final BufferFixture buffers = new BufferFixture();

    private final EvIovec one = new EvIovec(1);
    private final EvIovec two = new EvIovec(2);

    private static void write(final EvIovec vectors, final int index, final byte[] bytes) {
        vectors.view(index).put(bytes);
    }

    // ---- reserve and commit ----

    @Test
    @DisplayName("S-082: reserve, fill, commit, drain, again and again")
    void reserveFillCommitDrain() {
        final EvBuffer buffer = buffers.empty();
        for (int i = 0; i < 3; i++) {
            assertThat(buffer.reserveSpace(10_000, one)).isOne();
            assertThat(one.length(0)).isGreaterThanOrEqualTo(10_000);
            write(one, 0, ByteSequence.bytes(i, 10_000));
            assertThat(buffer.length()).as("nothing is data before the commit").isZero();
            one.length(0, 10_000);
            buffer.commitSpace(one);
            EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(i, 10_000));
            buffer.drain(10_000);
        }
    }

    @Test
    @DisplayName("S-083: reservations go on where the last commit ended")
    void reservationsGoOnWhereTheLastCommitEnded() {
        final EvBuffer buffer = buffers.empty();
        final byte[] all = ByteSequence.bytes(1021);
        assertThat(buffer.reserveSpace(1024, two)).isOne();
        final long start = two.address(0);
        write(two, 0, ByteSequence.bytes(512));
        buffer.commitSpace(two, 512);

        assertThat(buffer.reserveSpace(32, two)).isOne();
        assertThat(two.address(0)).isEqualTo(start + 512);
        write(two, 0, ByteSequence.bytes(512, 8));
        buffer.commitSpace(two, 8);

        final int free = Layout.first(buffer).free();
        assertThat(buffer.reserveSpace(free + 64L, two)).isEqualTo(2);
        assertThat(two.length(0)).isEqualTo(free);
        assertThat(two.length(1)).isGreaterThanOrEqualTo(64);
        final long second = two.address(1);
        write(two, 0, ByteSequence.bytes(520, 1));
        buffer.commitSpace(two, 1);

        assertThat(buffer.reserveSpace(free + 63L, two)).isEqualTo(2);
        assertThat(two.address(1)).isEqualTo(second);
        write(two, 0, ByteSequence.bytes(521, 400));
        write(two, 1, ByteSequence.bytes(921, 60));
        two.length(0, 400);
        two.length(1, 60);
        buffer.commitSpace(two);
        assertThat(buffer.length()).isEqualTo(981);
        EvBufferInvariants.checkDataLengths(buffer, 921, 60);
        EvBufferInvariants.checkContent(buffer, Arrays.copyOf(all, 981));
    }

    @Test
    @DisplayName("S-084: a commit to the first vector only; what is added follows it")
    void aCommitToTheFirstVectorOnly() {
        final EvBuffer buffer = buffers.withChainsOf(ascii("a"));
        assertThat(buffer.reserveSpace(4096, two)).isEqualTo(2);
        write(two, 0, ascii("b"));
        buffer.commitSpace(two, 1);
        buffer.add(ascii("c"));
        EvBufferInvariants.checkContent(buffer, ascii("abc"));
    }

    @Test
    @DisplayName("S-085: more than was reserved is refused, then the rest works")
    void moreThanWasReservedIsRefused() {
        final EvBuffer buffer = buffers.empty();
        buffer.reserveSpace(100, one);
        final int lent = one.length(0);
        assertThatThrownBy(() -> buffer.commitSpace(one, lent + 1L)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> buffer.commitSpace(one, -1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> one.length(0, lent + 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> one.length(0, -1)).isInstanceOf(IllegalArgumentException.class);
        assertThat(buffer.length()).isZero();
        write(one, 0, ByteSequence.bytes(lent));
        buffer.commitSpace(one, lent);
        EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(lent));
    }

    @Test
    @DisplayName("S-086: an append ends the reservation")
    void anAppendEndsTheReservation() {
        final EvBuffer buffer = buffers.empty();
        buffer.reserveSpace(100, one);
        buffer.add(ascii("x"));
        assertThatThrownBy(() -> buffer.commitSpace(one)).isInstanceOf(IllegalStateException.class);
        EvBufferInvariants.checkContent(buffer, ascii("x"));
    }

    @Test
    @DisplayName("S-087: room of one buffer cannot be committed to another")
    void roomOfOneBufferCannotBeCommittedToAnother() {
        final EvBuffer buffer = buffers.empty();
        final EvBuffer other = buffers.empty();
        buffer.reserveSpace(100, one);
        assertThatThrownBy(() -> other.commitSpace(one)).isInstanceOf(IllegalArgumentException.class);
        assertThat(other.length()).isZero();
        buffer.commitSpace(one, 4);
        assertThat(buffer.length()).isEqualTo(4);
        buffer.peek(-1, one);
        assertThatThrownBy(() -> buffer.commitSpace(one))
                .as("data is not free space")
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    @DisplayName("S-088: no vectors, negative sizes, a frozen end")
    void nonsenseIsRefused() {
        final EvBuffer buffer = buffers.empty();
        assertThatThrownBy(() -> new EvIovec(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> buffer.reserveSpace(-1, one)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> buffer.expand(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> buffer.expandFast(-1, 2)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> buffer.expandFast(1, 1)).isInstanceOf(IllegalArgumentException.class);
        buffer.freeze(BufferEnd.END);
        assertThatThrownBy(() -> buffer.reserveSpace(1, one)).isInstanceOf(FrozenBufferException.class);
        assertThat(buffer.countChains()).isZero();
    }

    @Test
    @DisplayName("S-089: committing no vectors or no bytes changes nothing")
    void committingNothingChangesNothing() {
        final EvBuffer buffer = buffers.withChains(3);
        final ChangeLog log = ChangeLog.on(buffer);
        buffer.commitSpace(new EvIovec(1));
        buffer.reserveSpace(1000, two);
        buffer.commitSpace(two, 0);
        assertThat(two.size()).isZero();
        buffer.commitSpace(two);
        buffer.reserveSpace(1000, two);
        two.length(0, 0);
        two.length(1, 0);
        buffer.commitSpace(two);
        assertThat(log.lines).isEmpty();
        EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(3));
        assertThat(Layout.lastWithData(buffer)).isSameAs(buffer.first);
    }

    @Test
    @DisplayName("S-096: draining part of the data leaves a reservation as it is")
    void drainingPartOfTheDataLeavesAReservation() {
        final EvBuffer buffer = buffers.withChains(100);
        buffer.reserveSpace(50, one);
        buffer.drain(30);
        write(one, 0, ascii("1234567"));
        buffer.commitSpace(one, 7);
        EvBufferInvariants.checkContent(buffer, Bytes.join(ByteSequence.bytes(30, 70), ascii("1234567")));
    }

    @Test
    @DisplayName("S-097: of two reservations of the same space, the first commit of bytes ends both")
    void theFirstCommitOfBytesEndsBothReservations() {
        final EvBuffer buffer = buffers.empty();
        final EvIovec again = new EvIovec(1);
        buffer.reserveSpace(100, one);
        buffer.reserveSpace(100, again);
        assertThat(again.address(0)).isEqualTo(one.address(0));
        one.length(0, 0);
        buffer.commitSpace(one);
        write(again, 0, ascii("four"));
        buffer.commitSpace(again, 4);
        assertThatThrownBy(() -> buffer.commitSpace(one)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> buffer.commitSpace(again)).isInstanceOf(IllegalStateException.class);
        EvBufferInvariants.checkContent(buffer, ascii("four"));
    }

    @Test
    @DisplayName("B-20: every change of the space ends its reservation")
    void everyChangeOfTheSpaceEndsItsReservation() {
        final EvBuffer other = buffers.withChains(20);
        final byte[] realigning = new byte[200];
        assertStale(buffer -> buffer.drain(100));
        assertStale(EvBuffer::trim);
        assertStale(buffer -> buffer.addBuffer(buffers.withChains(5)));
        assertStale(buffer -> other.addBuffer(buffer));
        assertStale(buffer -> other.prependBuffer(buffer));
        assertStale(buffer -> buffer.removeBuffer(other, 100));
        assertStale(buffer -> buffer.expand(60_000));
        assertStale(buffer -> buffer.add(realigning));
        assertStale(buffer -> {
            final EvBuffer back = buffers.empty();
            back.addBuffer(buffer);
            buffer.addBuffer(back);
        });
        assertStale(
                buffer -> { // the same segment, taken again
                    buffer.drain(100);
                    buffer.expand(200);
                });
    }

    private void assertStale(final Consumer<EvBuffer> change) {
        final EvBuffer buffer = buffers.withChains(100);
        final EvIovec room = new EvIovec(3);
        buffer.reserveSpace(600, room);
        assertThat(room.size()).isEqualTo(2);
        change.accept(buffer);
        final byte[] before = EvBufferInvariants.content(buffer);
        assertThatThrownBy(() -> buffer.commitSpace(room)).isInstanceOf(IllegalStateException.class);
        EvBufferInvariants.checkContent(buffer, before);
    }

    @Test
    @DisplayName("3.7: looking, listening and reserving again leave a reservation as it is")
    void lookingLeavesAReservation() {
        final EvBuffer buffer = buffers.withChains(100, 100);
        buffer.reserveSpace(50, one);
        buffer.peek(-1, two);
        buffer.copyToArray();
        buffer.countExtents(-1, 0);
        buffer.contiguousLength();
        buffer.pullUp(100, new UnsafeBuffer(0, 0));
        buffer.reserveSpace(20, new EvIovec(1));
        buffer.removeBuffer(buffers.empty(), 150);
        write(one, 0, ascii("ok"));
        buffer.commitSpace(one, 2);
        EvBufferInvariants.checkContent(buffer, Bytes.join(ByteSequence.bytes(150, 50), ascii("ok")));
    }

    @Test
    @DisplayName("B-23: reserving nothing offers the room there is and takes none")
    void reservingNothingOffersTheRoomThereIs() {
        final EvBuffer bare = buffers.empty();
        assertThat(bare.reserveSpace(0, two)).isZero();
        assertThat(two.totalLength()).isZero();
        final EvBuffer buffer = buffers.withChains(100);
        Layout.fillUpTo(buffer, 0);
        final long taken = buffers.pool().stats().taken();
        assertThat(buffer.reserveSpace(0, two)).isZero();
        assertThat(buffer.reserveSpace(0, one)).isZero();
        assertThat(buffers.pool().stats().taken()).isEqualTo(taken);
        buffer.expand(100);
        assertThat(buffer.reserveSpace(0, two)).isOne();
        assertThat(two.totalLength()).isGreaterThanOrEqualTo(100);
        write(two, 0, ascii("z"));
        final long before = buffer.length();
        buffer.commitSpace(two, 1);
        assertThat(buffer.length()).isEqualTo(before + 1);
    }

    @Test
    @DisplayName("5.5: of much room, as many vectors are offered as the size needs")
    void asManyVectorsAreOfferedAsTheSizeNeeds() {
        final EvBuffer buffer = buffers.empty();
        buffer.expandFast(4 * 65536L, 4);
        assertThat(buffer.countChains()).isEqualTo(4);
        final EvIovec four = new EvIovec(4);
        final int first = Layout.first(buffer).free();
        assertThat(buffer.reserveSpace(first, four)).isOne();
        assertThat(buffer.reserveSpace(first + 1L, four)).isEqualTo(2);
        assertThat(buffer.reserveSpace(0, four)).isEqualTo(4);
    }

    @Test
    void aCommitToALaterVectorLeavesAnEmptyChainInTheMiddle() {
        final EvBuffer buffer = buffers.withChainsOf(ascii("a"));
        Layout.fillUpTo(buffer, 0);
        final int length = (int) buffer.length();
        final EvIovec three = new EvIovec(3);
        assertThat(buffer.reserveSpace(3 * 65536, three)).isEqualTo(3);
        three.length(0, 0);
        three.length(1, 0);
        write(three, 2, ascii("z"));
        three.length(2, 1);
        buffer.commitSpace(three);
        assertThat(Layout.of(buffer)).containsExactly(length, 0, 0, 1);
        buffer.drain(length);
        EvBufferInvariants.checkContent(buffer, ascii("z"));
        assertThat(buffer.contiguousLength()).isOne();
    }

    @Test
    void aCommitMayNotExceedTheBuffersLimit() {
        final EvBuffer buffer = buffers.withChainsOf(ascii("abc"));
        buffer.maxLength(10);
        assertThatThrownBy(() -> buffer.reserveSpace(8, one)).isInstanceOf(BufferLimitException.class);
        buffer.reserveSpace(7, one);
        assertThat(one.length(0)).isGreaterThan(8);
        one.length(0, 8);
        assertThatThrownBy(() -> buffer.commitSpace(one)).isInstanceOf(BufferLimitException.class);
        EvBufferInvariants.checkContent(buffer, ascii("abc"));
        write(one, 0, ascii("defghij"));
        one.length(0, 7);
        buffer.commitSpace(one);
        EvBufferInvariants.checkContent(buffer, ascii("abcdefghij"));
    }

    @Test
    void aCommitThatThrowsOnAFrozenEndWorksAfterUnfreezing() {
        final EvBuffer buffer = buffers.empty();
        buffer.reserveSpace(7, one);
        buffer.freeze(BufferEnd.END);
        assertThatThrownBy(() -> buffer.commitSpace(one)).isInstanceOf(FrozenBufferException.class);
        assertThatThrownBy(() -> buffer.commitSpace(new EvIovec(1))).isInstanceOf(FrozenBufferException.class);
        buffer.unfreeze(BufferEnd.END);
        write(one, 0, ascii("defghij"));
        buffer.commitSpace(one, 7);
        EvBufferInvariants.checkContent(buffer, ascii("defghij"));
    }

    @Test
    void aCommitOfAPartThatThrowsLeavesTheVectorsWhole() {
        final EvBuffer buffer = buffers.empty();
        buffer.reserveSpace(7, one);
        final int offered = one.length(0);
        buffer.freeze(BufferEnd.END);
        assertThatThrownBy(() -> buffer.commitSpace(one, 3)).isInstanceOf(FrozenBufferException.class);
        assertThat(one.length(0)).isEqualTo(offered);
        buffer.unfreeze(BufferEnd.END);
        buffer.maxLength(4);
        assertThatThrownBy(() -> buffer.commitSpace(one, 5)).isInstanceOf(BufferLimitException.class);
        assertThat(one.length(0)).isEqualTo(offered);
        write(one, 0, ascii("defg"));
        buffer.commitSpace(one, 4);
        EvBufferInvariants.checkContent(buffer, ascii("defg"));
    }

    // ---- expand ----

    @Test
    @DisplayName("S-090, S-091: expand makes one empty chain, and what fits moves nothing")
    void expandMakesOneEmptyChain() {
        final EvBuffer buffer = buffers.empty();
        buffer.expand(20_000);
        assertThat(Layout.of(buffer)).containsExactly(0);
        assertThat(Layout.first(buffer).free()).isGreaterThanOrEqualTo(20_000);
        assertThat(buffer.length()).isZero();
        buffer.add(ByteSequence.bytes(1024));
        final long address = Layout.first(buffer).dataAddress();
        buffer.expand(1024);
        assertThat(Layout.first(buffer).dataAddress()).isEqualTo(address);
        assertThat(buffers.stats().copiedWithin()).isZero();
        assertThat(buffer.countChains()).isOne();
    }

    @Test
    @DisplayName("S-092: expand realigns a drained chain")
    void expandRealignsADrainedChain() {
        final EvBuffer buffer = buffers.withChains(10);
        Layout.fillUpTo(buffer, 5);
        buffer.drain(buffer.length() - 1);
        final Chain chain = buffer.first;
        buffer.expand(40);
        assertThat(buffer.first).isSameAs(chain);
        assertThat(Layout.first(buffer).misalign).isZero();
        assertThat(buffer.countChains()).isOne();
        assertThat(Layout.first(buffer).free()).isGreaterThanOrEqualTo(40);
        EvBufferInvariants.checkContent(buffer, new byte[1]);
    }

    @Test
    @DisplayName("S-093: expand behind several chains, then pull up all")
    void expandBehindSeveralChainsThenPullUpAll() {
        final EvBuffer buffer = buffers.withChains(4096, 4096, 4096);
        buffer.expand(1024);
        final UnsafeBuffer view = new UnsafeBuffer(0, 0);
        assertThat(buffer.pullUp(-1, view)).isEqualTo(3 * 4096);
        EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(3 * 4096));
        EvBufferInvariants.checkDataLengths(buffer, 3 * 4096);
    }

    @Test
    @DisplayName("S-094: sizes that nobody has are refused and leave the buffer usable")
    void sizesThatNobodyHasAreRefused() {
        try (SlabPool small = SlabPool.builder().limit(1 << 20).build()) {
            final EvBuffer buffer = new EvBuffer(small);
            buffer.add(ascii("1"));
            final Class<BufferLimitException> limit = BufferLimitException.class;
            assertThatThrownBy(() -> buffer.expand(Integer.MAX_VALUE)).isInstanceOf(limit);
            assertThatThrownBy(() -> buffer.expand(Integer.MAX_VALUE - 1)).isInstanceOf(limit);
            assertThatThrownBy(() -> buffer.expandFast(Long.MAX_VALUE, 2)).isInstanceOf(limit);
            assertThatThrownBy(() -> buffer.expandFast(Long.MAX_VALUE - 1, 2)).isInstanceOf(limit);
            assertThatThrownBy(() -> buffer.expandFast(Long.MAX_VALUE - 1, Integer.MAX_VALUE))
                    .isInstanceOf(limit);
            assertThatThrownBy(() -> buffer.reserveSpace(Long.MAX_VALUE, one)).isInstanceOf(limit);
            assertThatThrownBy(() -> buffer.reserveSpace(Long.MAX_VALUE - 1, one))
                    .isInstanceOf(limit);
            assertThatThrownBy(() -> buffer.reserveSpace(1L << 40, two)).isInstanceOf(limit);
            EvBufferInvariants.checkContent(buffer, ascii("1"));
            buffer.expand(100);
            buffer.add(ascii("2"));
            EvBufferInvariants.checkContent(buffer, ascii("12"));
            buffer.close();
            assertThat(small.stats().segmentsInUse()).isZero();
        }
    }

    @Test
    @DisplayName("S-095: expand works on a frozen end")
    void expandWorksOnAFrozenEnd() {
        final EvBuffer buffer = buffers.empty();
        buffer.freeze(BufferEnd.END);
        buffer.expand(100);
        buffer.expandFast(100_000, 3);
        assertThat(buffer.room(Long.MAX_VALUE)).isGreaterThanOrEqualTo(100_000);
        assertThat(buffer.length()).isZero();
    }

    @Test
    @DisplayName("4.3: each case of expand, by the layout it leaves")
    void eachCaseOfExpand() {
        final EvBuffer case2 = buffers.withChains(10);
        case2.expand(10);
        assertThat(Layout.of(case2)).as("case 2: room is there").containsExactly(10);

        final EvBuffer case3 = buffers.empty();
        case3.expand(10);
        case3.expandFast(70_000, 3);
        case3.expand(5000);
        assertThat(Layout.of(case3))
                .as("case 3: an empty chain is replaced, with all spares")
                .containsExactly(0);
        assertThat(Layout.first(case3).capacity).isGreaterThanOrEqualTo(5000);

        final EvBuffer case5 = buffers.withChains(10);
        Layout.fillUpTo(case5, 1);
        case5.expandFast(1001, 2);
        final Chain following = Layout.first(case5).next;
        case5.expand(1000);
        assertThat(Layout.first(case5).next)
                .as("case 5: the next chain has room")
                .isSameAs(following);

        final EvBuffer case6 = buffers.withChains(10);
        Layout.fillUpTo(case6, 1);
        case6.expandFast(300, 2);
        case6.expand(5000);
        assertThat(Layout.of(case6))
                .as("case 6: the spare chain is replaced")
                .hasSize(2)
                .endsWith(0);
        assertThat(Layout.chain(case6, 1).capacity).isGreaterThanOrEqualTo(5000);

        final EvBuffer case7 = buffers.withChains(100);
        case7.expand(3000);
        assertThat(Layout.of(case7))
                .as("case 7: little data moves to a roomier chain")
                .containsExactly(100);
        assertThat(Layout.first(case7).free()).isGreaterThanOrEqualTo(3000);
        EvBufferInvariants.checkContent(case7, ByteSequence.bytes(100));
        assertThat(buffers.stats().copiedWithin()).isEqualTo(100);
    }

    /** Fills a reservation of one vector, which has to have room for so many bytes, and checks what the buffer holds then. */
    private void assertOneVectorHolds(final EvBuffer buffer, final int count) {
        final byte[] before = EvBufferInvariants.content(buffer);
        final byte[] bytes = ByteSequence.bytes(7, count);
        assertThat(buffer.reserveSpace(count, one)).isOne();
        assertThat(one.length(0)).isGreaterThanOrEqualTo(count);
        write(one, 0, bytes);
        buffer.commitSpace(one, count);
        EvBufferInvariants.checkContent(buffer, Bytes.join(before, bytes));
    }

    @Test
    @DisplayName("5.5: a reservation of one vector is the room that expand makes, in each case of 4.3")
    void oneVectorIsTheRoomThatExpandMakes() {
        assertOneVectorHolds(buffers.empty(), 3000); // case 1
        assertOneVectorHolds(buffers.withChains(10), 10); // case 2

        final EvBuffer emptyChain = buffers.empty();
        emptyChain.expand(10);
        assertOneVectorHolds(emptyChain, 5000); // case 3
        final EvBuffer drained = buffers.empty();
        drained.expand(1000);
        Layout.first(drained).placeEmpty(100);
        assertOneVectorHolds(drained, Layout.first(drained).capacity); // case 3, in place

        assertOneVectorHolds(drainedChain(4096, 10, 1), 4000); // case 4

        final EvBuffer roomBehind = drainedChain(4096, 4096, 0);
        roomBehind.expandFast(1000, 2);
        assertOneVectorHolds(roomBehind, 1000); // the next chain, with room
        final EvBuffer littleRoom = drainedChain(4096, 4096, 0);
        littleRoom.expandFast(1000, 2);
        assertOneVectorHolds(littleRoom, 100_000); // the next chain, with too little of it

        final EvBuffer spareBehind = buffers.withChains(10);
        Layout.fillUpTo(spareBehind, 1);
        spareBehind.expandFast(1001, 2);
        assertOneVectorHolds(spareBehind, 1000); // case 5
        final EvBuffer nothingBehind = buffers.withChains(10);
        Layout.fillUpTo(nothingBehind, 1);
        assertOneVectorHolds(nothingBehind, 1000); // case 6

        final EvBuffer little = buffers.withChains(100);
        assertOneVectorHolds(little, 8000); // case 7
        assertThat(Layout.of(little)).containsExactly(8100);
    }

    /** A buffer of one chain with so many bytes of data, so many free bytes behind them, and the others in front. */
    private EvBuffer drainedChain(final int capacity, final int length, final int free) {
        final EvBuffer buffer = buffers.empty();
        buffer.expand(capacity);
        assertThat(Layout.first(buffer).capacity).isEqualTo(capacity);
        buffer.add(ByteSequence.bytes(capacity - free));
        buffer.drain(capacity - free - length);
        return buffer;
    }

    private static void assertRealigned(final EvBuffer buffer, final boolean realigned) {
        assertThat(Layout.first(buffer).misalign == 0).isEqualTo(realigned);
        assertThat(buffer.countChains()).isEqualTo(realigned ? 1 : 2);
    }

    @Test
    @DisplayName(
            "4.3 case 4: data moves to the front of its chain if the room suffices and little has to move, to the byte")
    void dataMovesToTheFrontOfItsChainUpToTheBounds() {
        final EvBuffer roomSuffices = drainedChain(4096, 1000, 1);
        roomSuffices.expand(3096);
        assertRealigned(roomSuffices, true);
        final EvBuffer roomMissing = drainedChain(4096, 1000, 1);
        roomMissing.expand(3097);
        assertRealigned(roomMissing, false);

        final EvBuffer lessThanHalf = drainedChain(2048, 1023, 1);
        lessThanHalf.expand(2);
        assertRealigned(lessThanHalf, true);
        final EvBuffer half = drainedChain(2048, 1024, 1);
        half.expand(2);
        assertRealigned(half, false);

        final EvBuffer atTheBound = drainedChain(16_384, ChainSpace.REALIGN_LIMIT, 1);
        atTheBound.expand(2);
        assertRealigned(atTheBound, true);
        final EvBuffer aboveTheBound = drainedChain(16_384, ChainSpace.REALIGN_LIMIT + 1, 1);
        aboveTheBound.expand(2);
        assertRealigned(aboveTheBound, false);
    }

    @Test
    @DisplayName("3.7, B-7: behind bytes that may not be written, the room that was made is offered again")
    void roomBehindAReferenceIsOfferedAgain() {
        final EvBuffer buffer = buffers.empty();
        buffer.addReference(new UnsafeBuffer(ByteBuffer.allocateDirect(10)), null, null);
        buffer.reserveSpace(1000, one);
        final EvIovec again = new EvIovec(1);
        buffer.reserveSpace(1000, again);
        assertThat(again.address(0)).isEqualTo(one.address(0));
        final long taken = buffers.pool().stats().taken();
        buffer.expand(1000);
        assertThat(buffers.pool().stats().taken()).isEqualTo(taken);
        write(one, 0, ascii("still"));
        buffer.commitSpace(one, 5);
        EvBufferInvariants.checkContent(buffer, Bytes.join(new byte[10], ascii("still")));
    }

    @Test
    @DisplayName("4.4: what is taken is what is missing")
    void whatIsTakenIsWhatIsMissing() {
        try (TinySegments segments = new TinySegments(16);
                EvBuffer buffer = segments.newBuffer()) {
            buffer.add(ByteSequence.bytes(10));
            buffer.add(ByteSequence.bytes(10, 22));
            assertThat(segments.takes()).as("6 of the 22 bytes had room").isEqualTo(2);
            buffer.drain(32);
            buffer.add(ByteSequence.bytes(10));
            buffer.expandFast(6 + 16, 2);
            assertThat(segments.takes()).as("6 bytes had room").isEqualTo(4);
            assertThat(Layout.chain(buffer, 1).capacity).isEqualTo(16);
            buffer.expandFast(6 + 32, 2);
            assertThat(Layout.chain(buffer, 1).capacity)
                    .as("one chain instead of two for the same room")
                    .isEqualTo(32);
            EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(10));
        }
    }

    @Test
    @DisplayName("4.4: expandFast spreads over the chains there are, and replaces spares only when it must")
    void eachCaseOfExpandFast() {
        final EvBuffer buffer = buffers.withChains(10);
        final int free = Layout.first(buffer).free();
        buffer.expandFast(free, 2);
        assertThat(Layout.of(buffer)).containsExactly(10);
        buffer.expandFast(free + 1000L, 2);
        assertThat(Layout.of(buffer)).as("a chain behind").containsExactly(10, 0);
        buffer.expandFast(free + 1000L, 2);
        assertThat(Layout.of(buffer)).as("what is there suffices").containsExactly(10, 0);
        buffer.expandFast(free + 10_000L, 3);
        assertThat(Layout.of(buffer)).as("one more behind").containsExactly(10, 0, 0);
        buffer.expandFast(free + 100_000L, 2);
        assertThat(Layout.of(buffer)).as("all spares in one").containsExactly(10, 0);
        assertThat(Layout.chain(buffer, 1).free()).isGreaterThanOrEqualTo(100_000);

        final EvBuffer full = buffers.withChains(10);
        Layout.fillUpTo(full, 0);
        full.expandFast(2 * 65536L, 2);
        assertThat(Layout.of(full)).as("a full chain is no vector").hasSize(3);
        full.expandFast(3 * 65536L, 2);
        assertThat(Layout.of(full)).hasSize(3);

        final EvBuffer empty = buffers.empty();
        empty.expandFast(0, 2);
        assertThat(Layout.of(empty))
                .as("without chains there is one afterwards")
                .containsExactly(0);
        empty.expandFast(1000, 2);
        empty.expandFast(100_000, 2);
        assertThat(Layout.of(empty)).as("without data every chain may go").containsExactly(0, 0);
        assertThat(empty.room(Long.MAX_VALUE)).isGreaterThanOrEqualTo(100_000);
        assertThat(buffers.stats().copiedWithin()).as("no data moves").isZero();
    }

    @Test
    @DisplayName("2: an empty chain may begin anywhere, and is used from its start or its end all the same")
    void anEmptyChainMayBeginAnywhere() {
        final EvBuffer expanded = buffers.empty();
        expanded.expand(10);
        final int capacity = Layout.first(expanded).capacity;
        Layout.first(expanded).placeEmpty(100);
        expanded.expand(capacity);
        assertThat(Layout.of(expanded)).containsExactly(0);
        assertThat(Layout.first(expanded).free()).isEqualTo(capacity);
        Layout.first(expanded).placeEmpty(100);
        expanded.expandFast(capacity, 2);
        assertThat(Layout.of(expanded)).containsExactly(0);
        assertThat(Layout.first(expanded).free()).isEqualTo(capacity);
        Layout.first(expanded).placeEmpty(100);
        expanded.prepend(ascii("abc"));
        assertThat(Layout.first(expanded).end).isEqualTo(capacity);
        EvBufferInvariants.checkContent(expanded, ascii("abc"));
    }

    @Test
    @DisplayName("S-126, B-26: trim and drain give spare room back")
    void trimAndDrainGiveSpareRoomBack() {
        final EvBuffer buffer = buffers.withChains(10);
        buffer.expandFast(1 << 20, 20);
        buffer.trim();
        assertThat(Layout.of(buffer)).containsExactly(10);
        assertThat(buffers.segmentsInUse()).isOne();
        buffer.expandFast(1 << 20, 20);
        buffer.drain(10);
        assertThat(buffer.countChains()).isZero();
        buffer.expand(100);
        buffer.trim();
        assertThat(buffer.countChains()).isZero();
        assertThat(buffers.segmentsInUse()).isZero();
    }
}
