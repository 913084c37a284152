package io.evbuffer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whichever version the class path shows; at lengths around the borders at which the native one changes its way. */
class ByteSearchTest {
    private static final int[] LENGTHS = {
        0, 1, 127, 128, 129, 255, 256, 257, 300, 639, 640, 641, 5000, 65_535, 65_536, 65_537, 65_664, 65_665, 200_000
    };
    private static final byte CR = '\r';
    private static final byte LF = '\n';

    private final RawBytes raw = new RawBytes(200_000);

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aByteIsFoundWhereItStandsAndNowhereElse(final boolean steady) {
        for (final int length : LENGTHS) {
            raw.fill(LF).fill(0, length, (byte) 0xFF);
            assertThat(ByteSearch.indexOf(LF, raw.address(0), length, steady)).isEqualTo(-1);
            assertThat(ByteSearch.indexOfEither(LF, CR, raw.address(0), length, steady))
                    .isEqualTo(-1);
            assertThat(ByteSearch.indexOfEither(CR, LF, raw.address(0), length, steady))
                    .isEqualTo(-1);
            for (final int place : placesIn(length)) {
                raw.put(place, LF);
                assertThat(ByteSearch.indexOf(LF, raw.address(0), length, steady))
                        .isEqualTo(place);
                assertThat(ByteSearch.indexOfEither(LF, CR, raw.address(0), length, steady))
                        .isEqualTo(place);
                assertThat(ByteSearch.indexOfEither(CR, LF, raw.address(0), length, steady))
                        .isEqualTo(place);
                raw.put(place, (byte) 0xFF);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aByteAbove127IsFound(final boolean steady) {
        raw.fill((byte) 0x7F).put(70_000, (byte) 0xFF);
        assertThat(ByteSearch.indexOf((byte) 0xFF, raw.address(0), raw.capacity(), steady))
                .isEqualTo(70_000);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void ofTwoBytesTheOneThatStandsFirstIsFound(final boolean steady) {
        raw.fill((byte) 'x');
        for (final int first : placesIn(5000)) {
            for (final int second : placesIn(5000)) {
                if (first == second) continue;
                raw.put(first, CR).put(second, LF);
                assertThat(ByteSearch.indexOfEither(CR, LF, raw.address(0), 5000, steady))
                        .isEqualTo(Math.min(first, second));
                raw.put(first, (byte) 'x').put(second, (byte) 'x');
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aNeedleIsFoundWhereItStandsAndNowhereElse(final boolean steady) {
        final byte[] needle = new byte[40];
        for (int i = 0; i < needle.length; i++) needle[i] = (byte) ('a' + i % 20);
        for (final int needleLength : new int[] {2, 3, 8, 21, 40}) {
            final byte[] part = Arrays.copyOf(needle, needleLength);
            for (final int length : LENGTHS) {
                if (length < needleLength) continue;
                raw.fill((byte) 'x');
                raw.put(length - needleLength + 1, part); // ends behind the range
                assertThat(indexOf(part, length, steady)).isEqualTo(-1);
                raw.fill(length - needleLength + 1, needleLength, (byte) 'x');
                for (final int place : placesIn(length - needleLength + 1)) {
                    raw.put(place, part);
                    assertThat(indexOf(part, length, steady))
                            .as("%d bytes at %d of %d", needleLength, place, length)
                            .isEqualTo(place);
                    raw.fill(place, needleLength, (byte) 'x');
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aNeedleIsFoundInBytesFullOfItsOwn(final boolean steady) {
        final Random random = new Random(7);
        for (final int alphabet : new int[] {2, 4, 20, 256}) {
            for (int round = 0; round < 60; round++) {
                final byte[] bytes = new byte[256 + random.nextInt(5000)];
                for (int i = 0; i < bytes.length; i++) bytes[i] = (byte) ('a' + random.nextInt(alphabet));
                final int needleLength = 2 + random.nextInt(30);
                final int from = random.nextInt(bytes.length - needleLength);
                final byte[] needle = Arrays.copyOfRange(bytes, from, from + needleLength);
                final int expected = RawBytes.indexOf(needle, bytes, 0);
                final int answer = indexOf(needle, raw.put(0, bytes), bytes.length, steady);
                if (answer <= SwarSearch.GAVE_UP) {
                    assertThat(SwarSearch.GAVE_UP - answer).isLessThanOrEqualTo(expected);
                } else {
                    assertThat(answer).isEqualTo(expected);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aSearchThatComparesTooMuchGivesUpBeforeTheFirstMatch(final boolean steady) {
        final byte[] needle = new byte[200];
        Arrays.fill(needle, (byte) 'e');
        needle[100] = ' '; // more frequent than the others in text, so not what a search would go by
        raw.fill((byte) 'e').put(100_000, needle);
        final int answer = indexOf(needle, 200_000, steady);
        assertThat(answer).isLessThanOrEqualTo(SwarSearch.GAVE_UP);
        assertThat(SwarSearch.GAVE_UP - answer).isBetween(0, 100_000);
    }

    /** Places at which something may change: ends, borders of steps, and some between. */
    private static int[] placesIn(final int length) {
        return Arrays.stream(new int[] {
                    0,
                    1,
                    7,
                    126,
                    127,
                    128,
                    129,
                    255,
                    256,
                    257,
                    639,
                    640,
                    641,
                    1663,
                    1664,
                    65_535,
                    65_536,
                    65_663,
                    65_664,
                    65_665,
                    131_200,
                    length - 2,
                    length - 1
                })
                .filter(place -> place >= 0 && place < length)
                .toArray();
    }

    private int indexOf(final byte[] needle, final int length, final boolean steady) {
        return indexOf(needle, raw, length, steady);
    }

    private static int indexOf(final byte[] needle, final RawBytes in, final int length, final boolean steady) {
        return ByteSearch.indexOf(needle, RawCopy.arrayOffset(0), needle.length, in.address(0), length, steady);
    }

    @Test
    void thePortableAnswersAreThoseOfThisVersion() {
        final Random random = new Random(11);
        for (int round = 0; round < 2_000; round++) {
            final int length = random.nextInt(3000);
            raw.fill((byte) 'x');
            for (int i = random.nextInt(4); i > 0 && length > 0; i--) {
                raw.put(random.nextInt(length), random.nextBoolean() ? CR : LF);
            }
            assertThat(ByteSearch.indexOf(LF, raw.address(0), length, true))
                    .isEqualTo(SwarSearch.indexOf(LF, raw.address(0), length));
            assertThat(ByteSearch.indexOfEither(LF, CR, raw.address(0), length, true))
                    .isEqualTo(SwarSearch.indexOfEither(LF, CR, raw.address(0), length));
        }
    }
}
