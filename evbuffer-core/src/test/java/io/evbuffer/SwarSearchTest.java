package io.evbuffer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class SwarSearchTest {
    private static final int LONGEST = 130;
    private static final int OFFSETS = 16;
    private static final byte SOUGHT = '\n';
    private static final byte OTHER = '\r';

    private final RawBytes raw = new RawBytes(LONGEST + OFFSETS);

    @Test
    void aByteIsFoundAtEveryPlaceOfEveryLengthAtEveryAddress() {
        for (int offset = 0; offset < OFFSETS; offset++) {
            for (int length = 0; length <= LONGEST; length++) {
                for (int place = 0; place < length; place++) {
                    raw.fill((byte) 'x').put(offset + place, SOUGHT);
                    assertThat(SwarSearch.indexOf(SOUGHT, raw.address(offset), length))
                            .as("at %d of %d, address +%d", place, length, offset)
                            .isEqualTo(place);
                    assertThat(SwarSearch.indexOfEither(OTHER, SOUGHT, raw.address(offset), length))
                            .isEqualTo(place);
                    assertThat(SwarSearch.indexOfEither(SOUGHT, OTHER, raw.address(offset), length))
                            .isEqualTo(place);
                }
            }
        }
    }

    @Test
    void bytesOutsideOfTheRangeAreNotFound() {
        for (int offset = 0; offset < OFFSETS; offset++) {
            for (int length = 0; length <= LONGEST; length++) {
                raw.fill(SOUGHT).fill(offset, length, (byte) 'x');
                assertThat(SwarSearch.indexOf(SOUGHT, raw.address(offset), length))
                        .isEqualTo(-1);
                assertThat(SwarSearch.indexOfEither(OTHER, SOUGHT, raw.address(offset), length))
                        .isEqualTo(-1);
                raw.fill(OTHER).fill(offset, length, (byte) 'x');
                assertThat(SwarSearch.indexOfEither(OTHER, SOUGHT, raw.address(offset), length))
                        .isEqualTo(-1);
            }
        }
    }

    @Test
    void theFirstOfManyIsFound() {
        for (int length = 1; length <= LONGEST; length++) {
            for (int place = 0; place < length; place++) {
                raw.fill((byte) 'x').fill(place, length - place, SOUGHT);
                assertThat(SwarSearch.indexOf(SOUGHT, raw.address(0), length)).isEqualTo(place);
                raw.fill((byte) 'x').fill(place, length - place, OTHER).put(length - 1, SOUGHT);
                assertThat(SwarSearch.indexOfEither(SOUGHT, OTHER, raw.address(0), length))
                        .isEqualTo(place);
            }
        }
    }

    @Test
    void everyByteIsToldFromEveryOther() {
        final int length = 24;
        for (int sought = 0; sought < 256; sought++) {
            for (int filler = 0; filler < 256; filler++) {
                if (filler == sought) continue;
                raw.fill((byte) filler);
                assertThat(SwarSearch.indexOf((byte) sought, raw.address(0), length))
                        .isEqualTo(-1);
                raw.put(13, (byte) sought);
                assertThat(SwarSearch.indexOf((byte) sought, raw.address(0), length))
                        .isEqualTo(13);
                assertThat(SwarSearch.indexOfEither((byte) sought, (byte) sought, raw.address(0), length))
                        .isEqualTo(13);
            }
        }
    }

    @Test
    void rangesDifferWhereTheirFirstDifferentByteStands() {
        final byte[] other = new byte[LONGEST + 1];
        for (int offset = 0; offset < OFFSETS; offset++) {
            for (int length = 0; length <= LONGEST; length++) {
                raw.fill((byte) 0x80).fill(offset, length, (byte) 7);
                Arrays.fill(other, (byte) 7);
                assertThat(mismatch(other, offset, length)).isEqualTo(-1);
                for (int place = 0; place < length; place++) {
                    Arrays.fill(other, 1 + place, 1 + length, (byte) 8);
                    other[1 + place] = (byte) 0x87;
                    assertThat(mismatch(other, offset, length)).isEqualTo(place);
                    Arrays.fill(other, (byte) 7);
                }
            }
        }
    }

    private int mismatch(final byte[] other, final int offset, final int length) {
        final int onHeap = SwarSearch.mismatch(other, RawCopy.arrayOffset(1), raw.address(offset), length);
        final RawBytes copy = new RawBytes(length).put(0, Arrays.copyOfRange(other, 1, 1 + length));
        assertThat(SwarSearch.mismatch(null, copy.address(0), raw.address(offset), length))
                .isEqualTo(onHeap);
        return onHeap;
    }

    @Test
    void aNeedleIsFoundAtEveryPlaceOfEveryLength() {
        for (int needleLength = 2; needleLength <= 40; needleLength++) {
            final byte[] needle = new byte[needleLength];
            for (int i = 0; i < needleLength; i++) needle[i] = (byte) ('A' + i);
            for (int length = needleLength; length <= LONGEST; length++) {
                final int offset = length % OFFSETS;
                raw.fill((byte) 'A');
                assertThat(indexOf(needle, offset, length)).isEqualTo(-1);
                for (int place = 0; place + needleLength <= length; place++) {
                    raw.fill((byte) 'A').put(offset + place, needle);
                    assertThat(indexOf(needle, offset, length))
                            .as("%d bytes at %d of %d", needleLength, place, length)
                            .isEqualTo(place);
                }
                raw.put(offset + length - needleLength + 1, needle); // the last byte lies behind the range
                assertThat(indexOf(needle, offset, length)).isEqualTo(-1);
            }
        }
    }

    @Test
    void needlesOfTwoLettersAreFoundWhereTheFirstMatchIs() {
        final Random random = new Random(42);
        for (int round = 0; round < 200_000; round++) {
            final int length = 2 + random.nextInt(LONGEST - 1);
            final byte[] bytes = letters(random, length);
            final byte[] needle = letters(random, 2 + random.nextInt(Math.min(12, length - 1)));
            final int offset = random.nextInt(OFFSETS);
            raw.fill((byte) 'a').put(offset, bytes);
            assertThat(indexOf(needle, offset, length)).isEqualTo(RawBytes.indexOf(needle, bytes, 0));
        }
    }

    private static byte[] letters(final Random random, final int length) {
        final byte[] letters = new byte[length];
        for (int i = 0; i < length; i++) letters[i] = (byte) ('a' + random.nextInt(2));
        return letters;
    }

    private int indexOf(final byte[] needle, final int offset, final int length) {
        return SwarSearch.indexOf(needle, RawCopy.arrayOffset(0), needle.length, raw.address(offset), length);
    }

    @Test
    void aNeedleMayLieOffTheHeap() {
        final UnsafeBuffer needle = new UnsafeBuffer(ByteBuffer.allocateDirect(3));
        needle.putStringWithoutLengthAscii(0, "sea");
        raw.put(0, "north sea coast".getBytes(StandardCharsets.US_ASCII));
        assertThat(SwarSearch.indexOf(null, needle.addressOffset(), 3, raw.address(0), 15))
                .isEqualTo(6);
    }

    @Test
    void aSearchThatComparesTooMuchGivesUpBeforeTheFirstMatch() {
        final int length = 10_000;
        final RawBytes bytes = new RawBytes(length).fill((byte) 'a');
        final byte[] needle = new byte[64];
        Arrays.fill(needle, (byte) 'a');
        needle[32] = 'b';
        bytes.put(length - needle.length, needle);
        final int answer = SwarSearch.indexOf(needle, RawCopy.arrayOffset(0), 64, bytes.address(0), length);
        assertThat(answer).isLessThanOrEqualTo(SwarSearch.GAVE_UP);
        assertThat(SwarSearch.GAVE_UP - answer).isBetween(0, 200);
    }
}
