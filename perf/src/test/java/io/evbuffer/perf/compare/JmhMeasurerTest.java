package io.evbuffer.perf.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.util.MultisetStatistics;

class JmhMeasurerTest {
    @Test
    void samplesBecomeAHistogramThatAnyReaderUnderstands() throws DataFormatException {
        final MultisetStatistics samples = new MultisetStatistics();
        samples.addValue(20_000, 90);
        samples.addValue(40_000, 9);
        samples.addValue(3_000_000, 1);

        final Histogram histogram = Histogram.decodeFromCompressedByteBuffer(
                ByteBuffer.wrap(Base64.getDecoder().decode(JmhMeasurer.encoded(samples))), 0);

        assertThat(histogram.getTotalCount()).isEqualTo(100);
        assertThat(histogram.valuesAreEquivalent(histogram.getValueAtPercentile(50), 20_000))
                .isTrue();
        assertThat(histogram.valuesAreEquivalent(histogram.getValueAtPercentile(99), 40_000))
                .isTrue();
        assertThat(histogram.valuesAreEquivalent(histogram.getMaxValue(), 3_000_000))
                .isTrue();
    }
}
