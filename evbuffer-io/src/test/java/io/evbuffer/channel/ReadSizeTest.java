package io.evbuffer.channel;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the next read is expected to bring. */
class ReadSizeTest {
    private static final int MOST = 64 * 1024;

    private final ReadSize size = new ReadSize();

    /** Reads a source that has so many bytes. Returns how many reads it takes to find it empty. */
    private int readAll(final long bytes) {
        long left = bytes;
        for (int reads = 1; ; reads++) {
            final int expected = size.within(MOST);
            final long came = Math.min(left, expected);
            size.follow(came, came == expected, expected, MOST);
            left -= came;
            if (came < expected) return reads;
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {64, 511, 512, 513, 1000, 1024, 2048, 4096, 8192, 16_384, 20_000, 32_768})
    void messagesOfOneSizeAreReadByOneCallEach(final int bytes) {
        for (int i = 0; i < 20; i++) readAll(bytes);
        for (int i = 0; i < 20; i++) assertThat(readAll(bytes)).isEqualTo(1);
        assertThat(size.within(MOST)).isLessThanOrEqualTo(Math.max(ReadSize.LEAST, 4 * bytes));
    }

    @Test
    void twoSmallReadsInARowHalveIt() {
        readAll(ReadSize.FIRST / 2 - 1);
        assertThat(size.within(MOST)).isEqualTo(ReadSize.FIRST);
        readAll(ReadSize.FIRST / 2);
        readAll(ReadSize.FIRST / 2 - 1);
        assertThat(size.within(MOST)).isEqualTo(ReadSize.FIRST);
        readAll(ReadSize.FIRST / 2 - 1);
        assertThat(size.within(MOST)).isEqualTo(ReadSize.FIRST / 2);
    }

    @Test
    void aFullReadDoublesItAndTheMostIsNeverExceeded() {
        readAll(ReadSize.FIRST);
        assertThat(size.within(MOST)).isEqualTo(2 * ReadSize.FIRST);
        readAll(10L * MOST);
        assertThat(size.within(MOST)).isLessThanOrEqualTo(MOST);
        assertThat(size.within(100)).isEqualTo(100);
    }
}
