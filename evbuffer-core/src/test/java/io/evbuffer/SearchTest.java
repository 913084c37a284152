package io.evbuffer;

import static io.evbuffer.Chains.latin;
import static io.evbuffer.Layout.ascii;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evbuffer.testing.BufferFixture;
import io.evbuffer.testing.TinySegments;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Contract 5.4, search, and B-22. */
class SearchTest {
    @RegisterExtension
    final BufferFixture buffers = new BufferFixture();

    private EvBuffer chains(final String... pieces) {
        return buffers.adopt(Chains.of(buffers.source(), pieces));
    }

    private static long search(final EvBuffer buffer, final String what, final long start, final long end) {
        return buffer.searchRange(latin(what), start, end);
    }

    private static long search(final EvBuffer buffer, final String what, final long start) {
        return buffer.search(latin(what), start);
    }

    @Test
    @DisplayName("S-108: matches are found within chains and across them")
    void matchesAreFoundWithinChainsAndAcrossThem() {
        for (final EvBuffer buffer : new EvBuffer[] {
            chains("north", "sea", "cap", "pepper"), chains("", "north", "", "", "sea", "cap", "", "pepper", "")
        }) {
            assertThat(search(buffer, "pepper", 0)).isEqualTo(11);
            assertThat(search(buffer, "peppers", 0)).isEqualTo(-1);
            assertThat(search(buffer, "ac", 0)).isEqualTo(7);
            assertThat(search(buffer, "cap", 7)).isEqualTo(8);
            assertThat(search(buffer, "sea", 5)).isEqualTo(5);
            assertThat(search(buffer, "sea", 6)).isEqualTo(-1);
            assertThat(search(buffer, "ppepp", 0)).isEqualTo(10);
            assertThat(search(buffer, "thseacappepp", 0)).isEqualTo(3);
        }
    }

    @Test
    @DisplayName("S-109: a match lies before the end as a whole")
    void aMatchLiesBeforeTheEndAsAWhole() {
        final EvBuffer buffer = chains("north", "sea", "cap", "pepper");
        assertThat(search(buffer, "sea", 0, 12)).isEqualTo(5);
        assertThat(search(buffer, "seacapp", 0, 12)).isEqualTo(5);
        assertThat(search(buffer, "seacappe", 0, 12)).isEqualTo(-1);
        assertThat(search(buffer, "per", 0, 12)).isEqualTo(-1);
        assertThat(search(buffer, "pepper", 11, 17)).isEqualTo(11);
        assertThat(search(buffer, "pepper", 17, 17)).isEqualTo(-1);
        assertThat(search(buffer, "a", 0, 6)).isEqualTo(-1);
        assertThat(search(buffer, "a", 0, 8)).isEqualTo(7);
    }

    @Test
    @DisplayName("S-110: nothing is found in an empty buffer")
    void nothingIsFoundInAnEmptyBuffer() {
        for (final EvBuffer buffer : new EvBuffer[] {buffers.empty(), chains("", "")}) {
            assertThat(search(buffer, "a", 0)).isEqualTo(-1);
            assertThat(search(buffer, "ab", 0, 0)).isEqualTo(-1);
            assertThat(search(buffer, "", 0, 0)).isZero();
        }
    }

    @Test
    @DisplayName("S-111: a needle whose first byte is everywhere")
    void aNeedleWhoseFirstByteIsEverywhere() {
        final String text = "a".repeat(255) + "x";
        for (final EvBuffer buffer :
                new EvBuffer[] {chains(text), buffers.adopt(Chains.cut(buffers.source(), text, 16))}) {
            assertThat(search(buffer, "xy", 0)).isEqualTo(-1);
            assertThat(search(buffer, "ax", 0)).isEqualTo(254);
        }
    }

    @Test
    @DisplayName("S-112: the empty needle is found at the start")
    void theEmptyNeedleIsFoundAtTheStart() {
        final EvBuffer buffer = chains("abc");
        assertThat(search(buffer, "", 0)).isZero();
        assertThat(search(buffer, "", 2)).isEqualTo(2);
        assertThat(search(buffer, "", 3)).isEqualTo(3);
        assertThat(search(buffer, "", 2, 2)).isEqualTo(2);
        assertThat(search(buffer, "", 2, 1)).isEqualTo(-1);
    }

    @Test
    @DisplayName("S-123: bytes that were drained, or stand behind the data, are not found")
    void staleBytesAreNotFound() {
        final EvBuffer buffer = buffers.empty();
        buffer.add(latin("1234567890\r\n"));
        final long memory = buffer.first.address;
        buffer.drain(12);
        buffer.add(latin("1234567890\r"));
        assertThat(buffer.first.address).isEqualTo(memory);
        assertThat(search(buffer, "\r\n", 0)).isEqualTo(-1);
        assertThat(buffer.searchEol(0, EolStyle.CRLF_STRICT, new EolMatch())).isEqualTo(-1);
    }

    @Test
    void aRangeThatEndsBeforeItBeginsHoldsNothing() {
        final EvBuffer buffer = chains("abcabc");
        assertThat(search(buffer, "a", 3, 2)).isEqualTo(-1);
        assertThat(search(buffer, "abc", 3, 0)).isEqualTo(-1);
    }

    @Test
    void theNeedleMayBePartOfAnyMemory() {
        final EvBuffer buffer = chains("nor", "th", "sea");
        final UnsafeBuffer onHeap = new UnsafeBuffer(latin("xthseax"), 1, 6);
        assertThat(buffer.searchRange(onHeap, 0, 5, 0, 8)).isEqualTo(3);
        assertThat(buffer.searchRange(onHeap, 1, 3, 0, 8)).isEqualTo(4);
        final UnsafeBuffer offHeap = new UnsafeBuffer(ByteBuffer.allocateDirect(8));
        offHeap.putBytes(1, latin("thsea"));
        assertThat(buffer.searchRange(offHeap, 1, 5, 0, 8)).isEqualTo(3);
        assertThat(buffer.searchRange(offHeap, 0, 5, 0, 8)).isEqualTo(-1);
        assertThatThrownBy(() -> buffer.searchRange(offHeap, 4, 5, 0, 8)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> buffer.searchRange(offHeap, 4, -1, 0, 8)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void positionsOutsideOfTheBufferAreRefused() {
        final EvBuffer buffer = chains("abc");
        assertThatThrownBy(() -> search(buffer, "a", 4)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> search(buffer, "a", -2)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> search(buffer, "a", 0, -2)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> search(buffer, "a", 0, 4)).isInstanceOf(IndexOutOfBoundsException.class);
        buffer.close();
        assertThatThrownBy(() -> search(buffer, "a", 0)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void fromOrUpToAPositionThatWasNotFoundNothingIsFound() {
        final EvBuffer buffer = chains("abc");
        assertThat(search(buffer, "a", -1)).isEqualTo(-1);
        assertThat(search(buffer, "", -1)).isEqualTo(-1);
        assertThat(search(buffer, "a", 0, -1)).isEqualTo(-1);
        assertThat(search(buffer, "", 0, -1)).isEqualTo(-1);
    }

    // ---- positions: contract 5.4, B-21 ----

    @Test
    void aPositionIsLedFromMatchToMatch() {
        final EvBuffer buffer = chains("ab", "", "cab", "ca", "b");
        final EvPosition at = new EvPosition(buffer);
        final byte[] what = latin("ab");
        final StringBuilder found = new StringBuilder();
        while (buffer.search(what, at))
            found.append(at.value()).append(at.advance(what.length).value()).append(' ');
        assertThat(found).hasToString("02 35 68 ");
        assertThat(at.isFound()).isFalse();
        assertThat(buffer.search(what, at)).as("from nothing").isFalse();
        assertThat(buffer.searchEol(at, EolStyle.LF)).isZero();
        assertThat(buffer.search(new UnsafeBuffer(latin("xbca")), 1, 3, at.set(2)))
                .isTrue();
        assertThat(at.value()).isEqualTo(4);
    }

    @Test
    void aRangeIsGivenByTwoPositions() {
        final EvBuffer buffer = chains("north", "sea", "cap", "pepper");
        final EvPosition at = new EvPosition(buffer);
        final EvPosition end = new EvPosition(buffer).set(12);
        assertThat(buffer.searchRange(latin("seacapp"), at, end)).isTrue();
        assertThat(at.value()).isEqualTo(5);
        assertThat(buffer.searchRange(latin("seacappe"), at.set(0), end)).isFalse();
        assertThat(buffer.searchRange(new UnsafeBuffer(latin("seacappe")), 3, 3, at.set(0), end))
                .isTrue();
        assertThat(at.value()).isEqualTo(8);
        assertThat(end.value()).isEqualTo(12);
        assertThat(buffer.search(latin("peppers"), end)).isFalse();
        assertThat(buffer.searchRange(latin("sea"), at.set(0), end))
                .as("up to nothing")
                .isFalse();
    }

    @Test
    void thePositionOfAnEndOfLineGoesWithItsLength() {
        final EvBuffer buffer = chains("a\r", "\nb\n");
        final EvPosition at = new EvPosition(buffer);
        assertThat(buffer.searchEol(at, EolStyle.CRLF)).isEqualTo(2);
        assertThat(at.value()).isEqualTo(1);
        assertThat(buffer.searchEol(at.advance(2), EolStyle.CRLF)).isEqualTo(1);
        assertThat(at.value()).isEqualTo(4);
        assertThat(buffer.searchEol(at.advance(1), EolStyle.CRLF)).isZero();
        assertThat(at.isFound()).isFalse();
    }

    @Test
    void afterTheBufferHasChangedAPositionNamesThePresentByte() {
        final EvBuffer buffer = chains("xxab", "yyab");
        final EvPosition at = new EvPosition(buffer).set(8);
        final byte[] what = latin("ab");
        assertThat(buffer.search(what, at)).isFalse();
        buffer.add(latin("ab"));
        assertThat(buffer.search(what, at.set(8))).as("the end was no trap").isTrue();
        buffer.drain(4);
        assertThat(buffer.search(what, at.set(3))).isTrue();
        assertThat(at.value()).isEqualTo(4);
        buffer.drain(3);
        assertThatThrownBy(() -> buffer.search(what, at)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> buffer.searchRange(what, new EvPosition(buffer), at))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> buffer.searchEol(at, EolStyle.LF)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(at.value()).isEqualTo(4);
    }

    @Test
    void aPositionOfAnotherBufferIsRefused() {
        final EvBuffer buffer = chains("ab");
        final EvPosition foreign = new EvPosition(chains("ab"));
        final EvPosition own = new EvPosition(buffer);
        final byte[] what = latin("b");
        assertThatThrownBy(() -> buffer.search(what, foreign)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> buffer.searchRange(what, own, foreign)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> buffer.searchEol(foreign, EolStyle.LF)).isInstanceOf(IllegalArgumentException.class);
        assertThat(own.value()).isZero();
        buffer.close();
        assertThatThrownBy(() -> buffer.search(what, own)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> buffer.search(what, foreign)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void frozenBuffersAreSearched() {
        final EvBuffer buffer = chains("abc");
        buffer.freeze(BufferEnd.START);
        buffer.freeze(BufferEnd.END);
        assertThat(search(buffer, "bc", 0)).isEqualTo(1);
    }

    @Test
    void matchesOfAnyLengthAreFoundAtTheirPlaceInChainsOfEverySize() {
        final TinySegments segments = new TinySegments(1);
        final String text = "abracadabrabracadabracadabra_";
        for (int size = 1; size <= text.length(); size++) {
            try (EvBuffer buffer = Chains.cut(segments, text, size)) {
                for (int from = 0; from < text.length(); from++) {
                    for (int to = from + 1; to <= text.length(); to++) {
                        final String needle = text.substring(from, to);
                        for (int start = 0; start <= from; start++) {
                            assertThat(search(buffer, needle, start)).isEqualTo(text.indexOf(needle, start));
                        }
                    }
                }
            }
        }
        segments.checkAllHome();
    }

    // ---- cost: counted in bytes passed and compared ----

    @Test
    void aHopelessNeedleCostsNothing() {
        final EvBuffer buffer = buffers.withChains(4096, 4096);
        assertThat(buffer.search(new byte[8193], 0)).isEqualTo(-1);
        assertThat(buffer.needleSearch().work()).isZero();
        assertThat(buffer.searchRange(new byte[11], 100, 110)).isEqualTo(-1);
        assertThat(buffer.needleSearch().work()).isZero();
    }

    @Test
    void nothingBehindTheEndIsPassed() {
        final EvBuffer buffer = chains("a".repeat(100), "b".repeat(1000), "c".repeat(1000));
        assertThat(search(buffer, "c", 0, 200)).isEqualTo(-1);
        assertThat(buffer.needleSearch().work()).isEqualTo(200);
        assertThat(search(buffer, "cc", 50, 200)).isEqualTo(-1);
        assertThat(buffer.needleSearch().work()).isEqualTo(149);
    }

    @Test
    void whatIsNotFoundIsToldByThePositionAndTheAnswer() {
        final EvBuffer buffer = buffers.withChainsOf(ascii("ab"), ascii("c\nd"));
        final UnsafeBuffer absent = new UnsafeBuffer(ascii("x"));
        final EvPosition at = new EvPosition(buffer);
        assertThat(buffer.search(absent, 0, 1, at)).isFalse();
        assertThat(at.value()).isEqualTo(-1);
        assertThat(buffer.searchRange(absent, 0, 1, at.set(0), new EvPosition(buffer).set(5)))
                .isFalse();
        assertThat(at.value()).isEqualTo(-1);
        final EolMatch match = new EolMatch();
        assertThat(buffer.searchEol(0, EolStyle.LF, match)).isEqualTo(3);
        assertThat(buffer.searchEol(-1, EolStyle.LF, match)).isEqualTo(-1);
        assertThat(match.position()).isEqualTo(-1);
        assertThat(match.length()).isZero();
    }

    @Test
    @Tag("slow")
    void theWorkGrowsWithTheRangeWhateverTheBytes() {
        for (final int chainSize : new int[] {16, 100, 4096, 65_536}) {
            for (final int needleLength : new int[] {2, 15, 64, 1000}) {
                for (final byte[] needle : adversaries(needleLength)) {
                    final double least = workPerByte(needle, 16 * 1024, chainSize);
                    for (int length = 64 * 1024; length <= 1024 * 1024; length *= 4) {
                        assertThat(workPerByte(needle, length, chainSize))
                                .as("%d bytes in %d, chains of %d", needleLength, length, chainSize)
                                .isLessThan(least + SwarSearch.COST_PER_BYTE + 1);
                    }
                }
            }
        }
    }

    /** Needles that match long in a run of the same byte, but never as a whole. */
    private static byte[][] adversaries(final int length) {
        final byte[][] needles = new byte[3][length];
        for (final byte[] needle : needles) Arrays.fill(needle, (byte) 'a');
        needles[0][length - 1] = 'b';
        needles[1][length / 2] = 'b';
        needles[2][0] = 'b';
        return needles;
    }

    private double workPerByte(final byte[] needle, final int length, final int chainSize) {
        final String text = "a".repeat(chainSize);
        try (EvBuffer buffer = new EvBuffer(buffers.source())) {
            for (int i = 0; i < length; i += chainSize) Chains.append(buffer, latin(text));
            assertThat(buffer.search(needle, 0)).isEqualTo(-1);
            return (double) buffer.needleSearch().work() / buffer.length();
        }
    }

    @Test
    void afterAStretchThatNeedsTheAutomatonTheUsualWayGoesOn() {
        final String needle = "a".repeat(20) + "b" + "a".repeat(20);
        final String bad = "a".repeat(5_000);
        final String calm = "x".repeat(60_000);
        final EvBuffer buffer = chains(bad + calm, bad, calm, calm, bad + calm, calm + needle);
        final long length = buffer.length();
        assertThat(search(buffer, needle, 0)).isEqualTo(length - needle.length());
        assertThat(buffer.needleSearch().work()).isBetween(length - 100, length + length / 4);
    }
}
