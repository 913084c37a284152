package io.evbuffer;

import static io.evbuffer.Layout.ascii;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evbuffer.testing.BufferFixture;
import io.evbuffer.testing.ByteSequence;
import io.evbuffer.testing.EvBufferInvariants;
import io.evbuffer.testing.TinySegments;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class MoveTest {
    @RegisterExtension
    final BufferFixture buffers = new BufferFixture();

    private EvBuffer abc() {
        return buffers.withChainsOf(ascii("abc"));
    }

    // ---- addBuffer ----

    @Test
    @DisplayName("S-029: a chain moves with its memory")
    void aChainMovesWithItsMemory() {
        final EvBuffer source = abc();
        final EvBuffer target = buffers.empty();
        final long address = Layout.first(source).dataAddress();
        target.addBuffer(source);
        assertThat(Layout.first(target).dataAddress()).isEqualTo(address);
        EvBufferInvariants.checkContent(target, ascii("abc"));
        assertThat(source.length()).isZero();
        assertThat(source.countChains()).isZero();
        assertThat(buffers.bytesCopied()).isZero();
        assertThat(buffers.stats().moved()).isEqualTo(3);
    }

    @Test
    @DisplayName("S-030: moved chains follow the data; the source is usable again")
    void movedChainsFollowTheData() {
        final EvBuffer target = buffers.withChainsOf(ascii("1"));
        final EvBuffer source = buffers.withChainsOf(ascii("/hel"), ascii("lo"));
        target.addBuffer(source);
        EvBufferInvariants.checkContent(target, ascii("1/hello"));
        EvBufferInvariants.checkDataLengths(target, 1, 4, 2);
        source.add(ascii("again"));
        EvBufferInvariants.checkContent(source, ascii("again"));
    }

    @Test
    @DisplayName("S-031: a source without data has nothing to move")
    void aSourceWithoutDataHasNothingToMove() {
        final EvBuffer target = abc();
        final EvBuffer bare = buffers.empty();
        final EvBuffer spare = buffers.empty();
        spare.expand(100);
        final List<String> lines = new ArrayList<>();
        for (final EvBuffer each : List.of(target, bare, spare)) each.addListener(new ChangeLog("", lines));
        target.addBuffer(bare);
        target.addBuffer(spare);
        target.prependBuffer(bare);
        target.prependBuffer(spare);
        assertThat(lines).isEmpty();
        assertThat(Layout.of(target)).containsExactly(3);
        assertThat(Layout.of(spare)).containsExactly(0);
        assertThat(Layout.of(bare)).isEmpty();
    }

    @Test
    @DisplayName("S-032, S-041, S-044: a buffer moved to itself stays as it is")
    void aBufferMovedToItselfStaysAsItIs() {
        final EvBuffer buffer = buffers.withChains(3, 4);
        final ChangeLog log = ChangeLog.on(buffer);
        buffer.addBuffer(buffer);
        buffer.prependBuffer(buffer);
        assertThat(buffer.removeBuffer(buffer, 5)).isZero();
        EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(7));
        EvBufferInvariants.checkDataLengths(buffer, 3, 4);
        assertThat(log.lines).isEmpty();
    }

    @Test
    @DisplayName("5.2: the target's spare chains are given back")
    void theTargetsSpareChainsAreGivenBack() {
        final EvBuffer target = abc();
        target.expandFast(200_000, 9);
        target.addBuffer(buffers.withChainsOf(ascii("def")));
        EvBufferInvariants.checkDataLengths(target, 3, 3);
        assertThat(target.countChains()).isEqualTo(2);
        target.expandFast(200_000, 9);
        buffers.withChainsOf(ascii("gh"), ascii("ijkl")).removeBuffer(target, 2);
        assertThat(target.countChains()).isEqualTo(3);
        EvBufferInvariants.checkContent(target, ascii("abcdefgh"));
        final EvBuffer empty = buffers.empty();
        empty.expandFast(200_000, 9);
        target.removeBuffer(empty, 7);
        assertThat(Layout.of(empty)).containsExactly(3, 4);
        assertThat(buffers.segmentsInUse()).as("of both, and of what was left").isEqualTo(2 + 1 + 1);
    }

    @Test
    @DisplayName("5.2, B-18: a move takes memory for what has no room behind the last whole chain, and no more")
    void aMoveTakesMemoryForWhatHasNoRoom() {
        try (TinySegments segments = new TinySegments(16);
                EvBuffer source = segments.newBuffer();
                EvBuffer tail = segments.newBuffer();
                EvBuffer target = segments.newBuffer()) {
            source.add(ByteSequence.bytes(10));
            tail.add(ByteSequence.bytes(10, 16));
            source.addBuffer(tail);
            long takes = segments.takes();
            source.removeBuffer(target, 10 + 6);
            assertThat(segments.takes()).as("the room is 6 bytes").isEqualTo(takes);
            EvBufferInvariants.checkContent(target, ByteSequence.bytes(16));
            source.drain(10);
            target.drain(16);

            source.add(ByteSequence.bytes(10));
            tail.expand(32);
            tail.add(ByteSequence.bytes(10, 32));
            source.addBuffer(tail);
            takes = segments.takes();
            source.removeBuffer(target, 10 + 22);
            assertThat(segments.takes()).as("16 bytes have no room").isEqualTo(takes + 1);
            EvBufferInvariants.checkContent(target, ByteSequence.bytes(32));
        }
    }

    @Test
    @DisplayName("S-033: spare chains of both sides do not stand between the data")
    void spareChainsDoNotStandBetweenTheData() {
        final EvBuffer target = abc();
        target.expand(5000);
        final EvBuffer source = buffers.withChainsOf(ascii("def"));
        source.expand(5000);
        target.addBuffer(source);
        target.add(ascii("z"));
        EvBufferInvariants.checkContent(target, ascii("abcdefz"));
        assertThat(Layout.of(target)).startsWith(3);
        assertThat(Layout.lastWithData(target).length()).isPositive();
    }

    @Test
    @DisplayName("S-034: the source is told before the target")
    void theSourceIsToldBeforeTheTarget() {
        final EvBuffer source = buffers.withChains(10);
        final EvBuffer target = buffers.empty();
        final List<String> lines = new ArrayList<>();
        target.addListener(new ChangeLog("target ", lines));
        source.addListener(new ChangeLog("source ", lines));
        target.addBuffer(source);
        source.prependBuffer(target);
        source.removeBuffer(target, 4);
        assertThat(lines)
                .containsExactly(
                        "source 10->0", "target 0->10", "target 10->0", "source 0->10", "source 10->6", "target 0->4");
    }

    @Test
    @DisplayName("S-035: moving behind a tail of empty chains, and on, keeps bytes and order")
    void movingBehindATailOfEmptyChainsKeepsOrder() {
        final EvBuffer target = buffers.withChainsOf(ascii("foo"));
        final EvBuffer source = buffers.withChainsOf(ascii("foobar"));
        final EvBuffer third = buffers.empty();
        Layout.fillUpTo(target, 0);
        Layout.fillUpTo(source, 0);
        target.expand(100);
        source.expand(100);
        assertThat(Layout.lastWithData(target).next).isNotNull();
        assertThat(Layout.lastWithData(source).next).isNotNull();
        final byte[] all = Bytes.join(EvBufferInvariants.content(target), EvBufferInvariants.content(source));
        target.addBuffer(source);
        assertThat(target.removeBuffer(third, all.length - 1)).isEqualTo(all.length - 1);
        target.add(ascii("x"));
        source.add(ascii("y"));
        third.add(ascii("z"));
        EvBufferInvariants.checkContent(source, ascii("y"));
        target.prependBuffer(third);
        EvBufferInvariants.checkContent(
                target,
                Bytes.join(
                        Arrays.copyOf(all, all.length - 1), ascii("z"), new byte[] {all[all.length - 1]}, ascii("x")));
    }

    @Test
    @DisplayName("S-036: a target with only an empty chain gets the source's chain as its first")
    void aTargetWithOnlyAnEmptyChainGetsTheSourcesChainAsItsFirst() {
        final EvBuffer target = buffers.empty();
        target.expand(100);
        final EvBuffer source = buffers.withChainsOf(ascii("foo"));
        final Chain chain = source.first;
        target.addBuffer(source);
        assertThat(Layout.of(target)).containsExactly(3);
        assertThat(target.first).isSameAs(chain);
        assertThat(buffers.segmentsInUse()).isOne();
    }

    // ---- prependBuffer ----

    @Test
    @DisplayName("S-037: prependBuffer to a new buffer moves everything")
    void prependBufferToANewBufferMovesEverything() {
        final EvBuffer target = buffers.empty();
        final EvBuffer source = buffers.withChainsOf(ascii("one"));
        target.prependBuffer(source);
        EvBufferInvariants.checkContent(target, ascii("one"));
        assertThat(source.countChains()).isZero();
    }

    @Test
    @DisplayName("S-038: prependBuffer puts the source before the data")
    void prependBufferPutsTheSourceBeforeTheData() {
        final EvBuffer target = buffers.withChainsOf(ascii("one"));
        final EvBuffer source = buffers.withChainsOf(ascii("two"));
        target.prependBuffer(source);
        EvBufferInvariants.checkContent(target, ascii("twoone"));
        EvBufferInvariants.checkDataLengths(target, 3, 3);
        assertThat(source.isEmpty()).isTrue();
        assertThat(buffers.bytesCopied()).isZero();
        target.add(ascii("!"));
        EvBufferInvariants.checkContent(target, ascii("twoone!"));
    }

    @Test
    @DisplayName("S-039: prependBuffer of only empty chains changes nothing")
    void prependBufferOfOnlyEmptyChainsChangesNothing() {
        final EvBuffer target = buffers.withChainsOf(ascii("foo"));
        final EvBuffer source = buffers.empty();
        source.expandFast(200_000, 4);
        target.prependBuffer(source);
        EvBufferInvariants.checkContent(target, ascii("foo"));
        final UnsafeBuffer view = new UnsafeBuffer(new byte[9]);
        assertThat(source.pullUp(-1, view)).isZero();
        assertThat(view.capacity()).isZero();
    }

    @Test
    @DisplayName("S-040: prependBuffer to only an empty chain, then append")
    void prependBufferToOnlyAnEmptyChainThenAppend() {
        final EvBuffer target = buffers.empty();
        target.expand(3000);
        final EvBuffer source = buffers.withChainsOf(ascii("ab"), ascii("c"));
        target.prependBuffer(source);
        EvBufferInvariants.checkContent(target, ascii("abc"));
        target.add(ascii("d"));
        EvBufferInvariants.checkContent(target, ascii("abcd"));
    }

    @Test
    void spareChainsOfAPrependedSourceAreLegalInTheMiddle() {
        final EvBuffer target = buffers.withChainsOf(ascii("c"));
        final EvBuffer source = buffers.withChainsOf(ascii("ab"));
        Layout.fillUpTo(source, 0);
        source.expand(100);
        final int length = (int) source.length();
        target.prependBuffer(source);
        assertThat(Layout.of(target)).containsExactly(length, 0, 1);
        target.drain(2);
        assertThat(Layout.of(target)).containsExactly(length - 2, 0, 1);
        target.drain(length - 2L);
        EvBufferInvariants.checkContent(target, ascii("c"));
    }

    // ---- removeBuffer ----

    @Test
    @DisplayName("S-042: whole chains move, at most part of one is copied")
    void wholeChainsMoveAndPartOfOneIsCopied() {
        final EvBuffer source = buffers.withChains(512, 512, 512);
        final EvBuffer target = buffers.empty();
        final long address = Layout.first(source).dataAddress();
        assertThat(source.removeBuffer(target, 1280)).isEqualTo(1280);
        EvBufferInvariants.checkContent(target, ByteSequence.bytes(1280));
        EvBufferInvariants.checkContent(source, ByteSequence.bytes(1280, 256));
        assertThat(Layout.first(target).dataAddress()).isEqualTo(address);
        assertThat(buffers.bytesCopied()).isEqualTo(256);
        assertThat(buffers.stats().moved()).isEqualTo(1024);
    }

    @Test
    @DisplayName("S-043: moving to a tail of empty chains")
    void movingToATailOfEmptyChains() {
        final EvBuffer source = buffers.withChainsOf(ascii("AA"), ascii("BB"));
        final EvBuffer target = buffers.withChainsOf(ascii("AA"));
        target.expandFast(70_000, 3);
        assertThat(Layout.of(target)).containsExactly(2, 0, 0);
        assertThat(source.removeBuffer(target, 3)).isEqualTo(3);
        EvBufferInvariants.checkContent(source, ascii("B"));
        EvBufferInvariants.checkContent(target, ascii("AAAAB"));
    }

    @Test
    @DisplayName("S-044: nothing, or all there is")
    void nothingOrAllThereIs() {
        final EvBuffer source = buffers.withChainsOf(ascii("abcdef"));
        final EvBuffer target = buffers.empty();
        assertThat(source.removeBuffer(target, 0)).isZero();
        assertThat(target.countChains()).isZero();
        assertThat(source.removeBuffer(target, Long.MAX_VALUE)).isEqualTo(6);
        EvBufferInvariants.checkContent(target, ascii("abcdef"));
        assertThat(source.countChains()).isZero();
        assertThat(target.removeBuffer(source, 6)).isEqualTo(6);
        EvBufferInvariants.checkContent(source, ascii("abcdef"));
        assertThatThrownBy(() -> source.removeBuffer(target, -1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    @DisplayName("S-045: an empty source gives nothing, but a frozen target is refused")
    void anEmptySourceGivesNothing() {
        final EvBuffer source = buffers.empty();
        final EvBuffer target = buffers.empty();
        assertThat(source.removeBuffer(target, 5)).isZero();
        target.freeze(BufferEnd.END);
        assertThatThrownBy(() -> source.removeBuffer(target, 5)).isInstanceOf(FrozenBufferException.class);
    }

    @Test
    @Tag("slow")
    @DisplayName("S-046: ten thousand chains of one byte move without a copy")
    void tenThousandChainsOfOneByteMoveWithoutACopy() {
        final int[] ones = new int[10_000];
        Arrays.fill(ones, 1);
        final EvBuffer source = buffers.withChains(ones);
        final EvBuffer target = buffers.empty();
        assertThat(source.removeBuffer(target, 9_999)).isEqualTo(9_999);
        assertThat(buffers.bytesCopied()).isZero();
        assertThat(target.countChains()).isEqualTo(9_999);
        EvBufferInvariants.checkContent(target, ByteSequence.bytes(9_999));
        EvBufferInvariants.checkContent(source, ByteSequence.bytes(9_999, 1));
    }

    @Test
    @DisplayName("S-047: moving up to a chain's border takes no memory and tells once")
    void movingUpToABorderTakesNoMemory() {
        final EvBuffer source = buffers.withChainsOf(ascii("foo"), ascii("bar"));
        final EvBuffer target = abc();
        Layout.fillUpTo(target, 0);
        final ChangeLog log = ChangeLog.on(target);
        final long length = target.length();
        final long taken = buffers.pool().stats().taken();
        source.removeBuffer(target, 3);
        assertThat(buffers.pool().stats().taken()).isEqualTo(taken);
        assertThat(Layout.of(target)).containsExactly((int) length, 3);
        assertThat(log.lines).containsExactly(length + "->" + (length + 3));
        EvBufferInvariants.checkContent(source, ascii("bar"));
        assertThat(buffers.bytesCopied()).as("the filling up alone").isEqualTo(length - 3);
    }

    @Test
    void theRoomBehindTheLastMovedChainTakesTheRest() {
        final EvBuffer source = buffers.withChains(10, 20);
        final EvBuffer target = buffers.empty();
        final long taken = buffers.pool().stats().taken();
        source.removeBuffer(target, 15);
        assertThat(Layout.of(target)).containsExactly(15);
        assertThat(buffers.pool().stats().taken()).isEqualTo(taken);
        EvBufferInvariants.checkContent(target, ByteSequence.bytes(15));
        EvBufferInvariants.checkContent(source, ByteSequence.bytes(15, 15));
    }

    @Test
    void emptyChainsOnTheWayDoNotHoldUpAMove() {
        final EvBuffer source = withHoles();
        final EvBuffer target = buffers.empty();
        source.removeBuffer(target, 2);
        EvBufferInvariants.checkContent(target, ascii("ab"));
        EvBufferInvariants.checkContent(source, ascii("c"));
        source.removeBuffer(target, 1);
        EvBufferInvariants.checkContent(target, ascii("abc"));
        assertThat(source.isEmpty()).isTrue();
    }

    /** {@code [·, a, ·, bc, ·]} */
    private EvBuffer withHoles() {
        final EvBuffer buffer = buffers.empty();
        buffer.add(ascii("bc"));
        Holes.behind(buffer);
        final EvBuffer front = buffers.empty();
        front.expandFast(2 * 65536, 3);
        final EvIovec room = new EvIovec(2);
        front.reserveSpace(2 * 65536, room);
        room.length(0, 0);
        room.memory(1).putByte(room.offset(1), (byte) 'a');
        room.length(1, 1);
        front.commitSpace(room);
        Holes.behind(front);
        buffer.prependBuffer(front);
        assertThat(Layout.of(buffer)).containsExactly(0, 1, 0, 2, 0);
        return buffer;
    }

    @Test
    void aRefusedMoveLeavesBothAsTheyWere() {
        final EvBuffer source = buffers.withChainsOf(ascii("abc"), ascii("def"));
        final EvBuffer target = buffers.withChainsOf(ascii("x"));
        target.maxLength(4);
        final List<String> lines = new ArrayList<>();
        source.addListener(new ChangeLog("", lines));
        target.addListener(new ChangeLog("", lines));
        final Class<io.evbuffer.memory.BufferLimitException> limit = io.evbuffer.memory.BufferLimitException.class;
        assertThatThrownBy(() -> target.addBuffer(source)).isInstanceOf(limit);
        assertThatThrownBy(() -> target.prependBuffer(source)).isInstanceOf(limit);
        assertThatThrownBy(() -> source.removeBuffer(target, 4)).isInstanceOf(limit);
        assertThatThrownBy(() -> source.removeBuffer(target, 6)).isInstanceOf(limit);
        EvBufferInvariants.checkContent(source, ascii("abcdef"));
        EvBufferInvariants.checkContent(target, ascii("x"));
        assertThat(lines).isEmpty();
        source.removeBuffer(target, 3);
        EvBufferInvariants.checkContent(target, ascii("xabc"));
    }
}
