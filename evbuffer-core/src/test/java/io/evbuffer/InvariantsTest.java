package io.evbuffer;

import static io.evbuffer.Layout.ascii;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evbuffer.testing.BufferFixture;
import io.evbuffer.testing.EvBufferInvariants;
import io.evbuffer.testing.TinySegments;
import io.evbuffer.testing.UnloadedSequence;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A checker that never objects proves nothing: each invariant is broken once by hand and put right again. */
class InvariantsTest {
    @RegisterExtension
    final BufferFixture buffers = new BufferFixture();

    private EvBuffer threeChains() {
        final EvBuffer buffer = buffers.withChains(10, 20, 30);
        Holes.behind(buffer);
        return buffer;
    }

    private static void assertBroken(final EvBuffer buffer, final String invariant) {
        assertThatThrownBy(buffer::checkInvariants)
                .isInstanceOf(AssertionError.class)
                .hasMessageStartingWith(invariant);
        assertThatThrownBy(() -> EvBufferInvariants.check(buffer)).isInstanceOf(AssertionError.class);
    }

    @Test
    void endsThatAreNotAllSetBreakInv1() {
        final EvBuffer buffer = threeChains();
        final Chain first = buffer.first;
        buffer.first = null;
        assertBroken(buffer, "INV-1");
        buffer.first = first;
        final Chain lastWithData = buffer.lastWithData;
        buffer.lastWithData = null;
        assertBroken(buffer, "INV-1");
        buffer.lastWithData = lastWithData;
    }

    @Test
    void aCircleBreaksInv2() {
        final EvBuffer buffer = threeChains();
        final Chain last = Layout.chain(buffer, 3);
        last.next = Layout.chain(buffer, 1);
        assertBroken(buffer, "INV-2");
        last.next = null;
    }

    @Test
    void aFalseEndBreaksInv3() {
        final EvBuffer buffer = threeChains();
        final Chain second = Layout.chain(buffer, 1);
        final Chain third = second.next;
        second.next = null;
        assertBroken(buffer, "INV-3");
        second.next = third;
    }

    @Test
    void aForeignLastWithDataBreaksInv3() {
        final EvBuffer buffer = threeChains();
        final EvBuffer other = threeChains();
        final Chain lastWithData = buffer.lastWithData;
        buffer.lastWithData = other.first;
        assertBroken(buffer, "INV-3");
        buffer.lastWithData = lastWithData;
    }

    @Test
    void aWrongLengthBreaksInv4() {
        final EvBuffer buffer = threeChains();
        buffer.endOffset++;
        assertBroken(buffer, "INV-4");
        buffer.endOffset -= 61;
        assertBroken(buffer, "INV-4");
        buffer.endOffset += 60;
    }

    @Test
    void anEmptyBufferWhoseLastWithDataIsNotFirstBreaksInv5() {
        final EvBuffer buffer = buffers.empty();
        buffer.expandFast(200_000, 4);
        buffer.lastWithData = Layout.chain(buffer, 1);
        assertBroken(buffer, "INV-5");
        buffer.lastWithData = buffer.first;
    }

    @Test
    void aLastWithDataWithoutDataBreaksInv6() {
        final EvBuffer buffer = threeChains();
        final Chain lastWithData = buffer.lastWithData;
        buffer.lastWithData = Layout.chain(buffer, 3);
        assertBroken(buffer, "INV-6");
        buffer.lastWithData = lastWithData;
    }

    @Test
    void dataBehindLastWithDataBreaksInv7() {
        final EvBuffer buffer = threeChains();
        final Chain lastWithData = buffer.lastWithData;
        buffer.lastWithData = buffer.first;
        assertBroken(buffer, "INV-7");
        buffer.lastWithData = lastWithData;
    }

    @Test
    void bordersOutsideTheChainBreakInv8() {
        final EvBuffer buffer = threeChains();
        final Chain chain = Layout.first(buffer);
        for (final int misalign : new int[] {-1, chain.capacity - 9, Integer.MAX_VALUE}) {
            chain.misalign = misalign;
            assertBroken(buffer, "INV-8");
        }
        chain.misalign = 0;
        for (final int end : new int[] {-1, chain.capacity + 1, Integer.MAX_VALUE}) {
            chain.end = end;
            assertBroken(buffer, "INV-8");
        }
        chain.end = 10;
    }

    @Test
    void aSegmentThatWentHomeBreaksInv11() {
        try (TinySegments segments = new TinySegments();
                EvBuffer buffer = segments.newBuffer()) {
            buffer.add(ascii("abc"));
            Layout.first(buffer).segment.release();
            assertBroken(buffer, "INV-11");
            assertThat(segments.take(16)).isSameAs(Layout.first(buffer).segment);
        }
    }

    @Test
    void aWindowOnOtherMemoryBreaksInv14() {
        final EvBuffer buffer = threeChains();
        final Chain chain = Layout.first(buffer);
        chain.address++;
        assertBroken(buffer, "INV-14");
        chain.address--;
        chain.capacity += 4096;
        assertBroken(buffer, "INV-14");
        chain.capacity -= 4096;
    }

    @Test
    void aSegmentThatKnowsAnotherChainBreaksC2() {
        final EvBuffer buffer = threeChains();
        final Chain chain = Layout.first(buffer);
        chain.segment.holder(null);
        assertBroken(buffer, "C2");
        chain.segment.holder(chain);
    }

    @Test
    void aLengthBeyondTheLimitBreaksInv9() {
        final EvBuffer buffer = threeChains();
        buffer.maxLength(60);
        buffer.checkInvariants();
        Layout.chain(buffer, 2).end++;
        buffer.endOffset++;
        assertBroken(buffer, "INV-9");
        Layout.chain(buffer, 2).end--;
        buffer.endOffset--;
    }

    @Test
    void chainsAfterTheCloseBreakInv25() {
        final EvBuffer buffer = buffers.empty();
        final EvBuffer other = buffers.empty();
        other.expand(1);
        buffer.close();
        buffer.linkBehind(Layout.first(other));
        assertBroken(buffer, "INV-25");
        buffer.forgetAll();
    }

    @Test
    void aStateThatSaysTooLittleBreaksL2() {
        final EvBuffer buffer = threeChains();
        buffer.enableLocking(null);
        buffer.maxLength(1000);
        buffer.addUnloaded(new UnloadedSequence(), 0, 10);
        for (final int bit :
                new int[] {ChainList.OBSERVED, ChainList.MAY_BE_UNLOADED, ChainList.LOCKED, ChainList.LIMITED}) {
            assertThat(buffer.state & bit).isEqualTo(bit);
            buffer.state &= ~bit;
            assertBroken(buffer, "L2");
            buffer.state |= bit;
        }
        buffer.checkInvariants();
        final EvBuffer plain = threeChains();
        plain.stats(null);
        for (final int bit : new int[] {ChainList.OBSERVED, ChainList.LOCKED}) {
            plain.state |= bit;
            assertBroken(plain, "L2");
            plain.state &= ~bit;
        }
    }

    @Test
    void aSoundBufferIsFoundSound() {
        final EvBuffer buffer = threeChains();
        assertThat(buffer.checkInvariants()).isTrue();
        assertThat(buffer.checkAtRest()).isTrue();
    }

    @Test
    void theMessageShowsTheLayout() {
        final EvBuffer buffer = buffers.withChainsOf(ascii("abc"));
        buffer.endOffset++;
        final int free = Layout.first(buffer).free();
        assertThatThrownBy(buffer::checkInvariants)
                .hasMessage("INV-4: chains hold 3 bytes, length is 4 in 4 bytes [0|3|" + free + "*]");
        buffer.endOffset--;
    }
}
