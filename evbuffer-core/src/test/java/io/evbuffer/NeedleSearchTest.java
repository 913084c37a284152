package io.evbuffer;

import static io.evbuffer.Chains.latin;
import static org.assertj.core.api.Assertions.assertThat;

import io.evbuffer.testing.TinySegments;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Needles that match almost everywhere, small enough for every run: an automaton takes over from comparing.
 *
 * <p>{@link #RUN} is where it does: each of its letters begins a match of all needles here until their first {@code b}, which
 * costs more than is allowed within {@value #GIVEN_UP_BY} letters. For 512 letters and the needle's from there on the automaton
 * stays.
 */
class NeedleSearchTest {
    private static final int GIVEN_UP_BY = 103;
    private static final String RUN = "a".repeat(120);
    private static final int STAYS = SwarSearch.FREE_COST;
    private static final int[] CHAIN_SIZES = {1000, 50, 7, 3};

    private final TinySegments segments = new TinySegments(1);

    /** Searches one text, in chains of each size, for each needle. */
    private void check(final String text, final String... needles) {
        for (final int chainSize : CHAIN_SIZES) {
            try (EvBuffer buffer = Chains.cut(segments, text, chainSize)) {
                for (final String needle : needles) {
                    assertThat(buffer.search(latin(needle), 0))
                            .as("%s in chains of %d", needle, chainSize)
                            .isEqualTo(text.indexOf(needle));
                }
            }
        }
        segments.checkAllHome();
    }

    /** Letters a and b in an order without much of one. */
    private static String shuffled(final int length) {
        final StringBuilder text = new StringBuilder();
        int state = 12_345;
        for (int i = 0; i < length; i++) {
            state = state * 1_103_515_245 + 12_345;
            text.append((state >>> 20 & 1) == 0 ? 'a' : 'b');
        }
        return text.toString();
    }

    @Test
    @DisplayName("B-22: whatever a needle's own repetitions, its first match is found")
    void everyNeedleOfUpToNineLettersIsFoundAtItsFirstPlace() {
        final String text = RUN + shuffled(STAYS - 130);
        final List<String> needles = new ArrayList<>();
        for (int length = 3; length <= 9; length++) {
            for (int middle = 1; middle < 1 << (length - 2); middle++) {
                final String bits = Integer.toBinaryString(middle | 1 << (length - 2));
                needles.add("a" + bits.substring(1).replace('0', 'a').replace('1', 'b') + "a");
            }
        }
        assertThat(needles).hasSize(247).filteredOn(text::contains).hasSizeGreaterThan(120);
        check(text, needles.toArray(new String[0]));
    }

    @Test
    void prefixesOfTheNeedleInFrontOfItHideNothing() {
        for (final String needle : new String[] {"aabaaabaaabaa", "abaababaabaaba", "aaaabaaaabaaaaba"}) {
            final StringBuilder text = new StringBuilder(RUN);
            for (int length = 1; length < needle.length(); length++) text.append(needle, 0, length);
            check(text + needle, needle);
            check(text.toString(), needle);
            for (int overlap = 1; overlap < needle.length(); overlap++) {
                check(RUN + needle.substring(0, overlap) + needle, needle);
            }
        }
    }

    @Test
    void aMatchLiesWithinTheRangeAsAWholeAlsoForTheAutomaton() {
        final String needle = "aabaa";
        final String text = RUN + "a".repeat(40) + needle + "a".repeat(60);
        final int at = text.indexOf(needle);
        for (final int chainSize : CHAIN_SIZES) {
            try (EvBuffer buffer = Chains.cut(segments, text, chainSize)) {
                assertThat(buffer.searchRange(latin(needle), 0, at + 5)).isEqualTo(at);
                assertThat(buffer.searchRange(latin(needle), 0, at + 4)).isEqualTo(-1);
                assertThat(buffer.searchRange(latin(needle), 10, at + 5)).isEqualTo(at);
                assertThat(buffer.searchRange(latin(needle), at, at + 5)).isEqualTo(at);
                assertThat(buffer.searchRange(latin(needle), at + 1, text.length()))
                        .isEqualTo(-1);
            }
        }
        segments.checkAllHome();
    }

    @Test
    void whereTheAutomatonHandsOverNothingIsMissed() {
        final String needle = "aabaa";
        final int handsOver = GIVEN_UP_BY + needle.length() + STAYS;
        for (int at = handsOver - 20; at < handsOver + 10; at++) {
            final String quiet = "x".repeat(at - RUN.length());
            check(RUN + quiet + needle, needle);
            check(RUN + quiet + "aab" + needle, needle);
            check(RUN + quiet + "aaba", needle);
        }
    }

    @Test
    void theAutomatonTakesOverAgainAndAgain() {
        final String needle = "aabaa";
        final String rounds = (RUN + "x".repeat(STAYS + 100)).repeat(3);
        check(rounds + RUN + needle, needle);
        check(rounds + RUN + "aaba", needle);
        check(rounds + needle + rounds, needle);
    }

    @Test
    @DisplayName("B-22: a byte costs no more because the needle is long")
    void theWorkDoesNotGrowWithTheNeedle() {
        final int length = 8 * 1024;
        for (final int chainSize : new int[] {16, 8 * 1024}) {
            for (final int half : new int[] {3, 50, 200}) {
                final String run = "a".repeat(half);
                try (EvBuffer buffer = Chains.cut(segments, "a".repeat(length), chainSize)) {
                    assertThat(buffer.search(latin(run + "b" + run), 0)).isEqualTo(-1);
                    assertThat(buffer.needleSearch().work())
                            .as("%d letters, chains of %d", 2 * half + 1, chainSize)
                            .isBetween((long) length, 4L * length);
                }
            }
        }
        segments.checkAllHome();
    }
}
