package io.evbuffer.perf.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.evbuffer.EvBuffer;
import io.evbuffer.testing.BufferFixture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteRangeTest {
    @RegisterExtension
    final BufferFixture buffers = new BufferFixture();

    private final ByteRange range = new ByteRange();

    @ParameterizedTest
    @CsvSource({
        "bytes=0-0, 0, 0",
        "bytes=0-99, 0, 99",
        "bytes=0-100, 0, 99",
        "bytes=10-, 10, 99",
        "bytes=99-, 99, 99",
        "bytes=99-999999999999999999, 99, 99",
        "bytes=-1, 99, 99",
        "bytes=-100, 0, 99",
        "bytes=-101, 0, 99"
    })
    void partsAreFound(final String value, final long first, final long last) {
        assertThat(resolve(value, 100)).isEqualTo(ByteRange.PART);
        assertThat(range.first()).isEqualTo(first);
        assertThat(range.last()).isEqualTo(last);
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytes=100-", "bytes=100-200", "bytes=999999999999999999-", "bytes=-0"})
    void whatLiesBehindTheFileCannotBeSatisfied(final String value) {
        assertThat(resolve(value, 100)).isEqualTo(ByteRange.UNSATISFIABLE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "bytes",
                "bytes=",
                "bytes=-",
                "bytes=5",
                "bytes=5-4",
                "bytes=a-5",
                "bytes=5-a",
                "bytes=0-1,4-5",
                "bytes= 0-1",
                "bytes=0 -1",
                "bytes=--1",
                "bytes=1--",
                "lines=0-1",
                "bytes=9999999999999999999-"
            })
    void whatIsNotUnderstoodIsIgnored(final String value) {
        assertThat(resolve(value, 100)).isEqualTo(ByteRange.WHOLE);
    }

    @Test
    void ofAnEmptyFileThereIsNoPart() {
        assertThat(resolve("bytes=0-", 0)).isEqualTo(ByteRange.UNSATISFIABLE);
        assertThat(resolve("bytes=-1", 0)).isEqualTo(ByteRange.UNSATISFIABLE);
    }

    @Test
    void aRangeGivenTwiceIsIgnored() {
        assertThat(resolve("bytes=0-1\r\nRange: bytes=0-1", 100)).isEqualTo(ByteRange.WHOLE);
    }

    private int resolve(final String value, final long size) {
        final RequestHead head = new RequestHead();
        final EvBuffer input = buffers.empty();
        input.add(("GET / HTTP/1.1\r\nHost: h\r\nRange: " + value + "\r\n\r\n").getBytes(ISO_8859_1));
        assertThat(head.read(input, 0)).isEqualTo(RequestHead.COMPLETE);
        return range.resolve(head, head.range(), size);
    }
}
