package io.evbuffer.perf.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evbuffer.perf.memory.BurstComparison.Sizes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BurstComparisonTest {
    @ParameterizedTest
    @ValueSource(strings = {"evbuffer", "netty-adaptive", "netty-pooled", "okio"})
    void everyContenderTakesMessagesInAndLetsGoOfThem(final String contender) {
        final Burst burst = Burst.of(contender);

        for (int i = 0; i < 100; i++) burst.add(i);
        assertThat(burst.mapped()).isGreaterThanOrEqualTo(100L * Burst.LENGTH);
        for (int i = 0; i < 100; i++) burst.remove(i);
        burst.idle();
        assertThatThrownBy(() -> Burst.of("nobody")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void sizesGoThroughALineOfText() {
        final Sizes sizes = new Sizes(1L << 40, 2, Sizes.UNKNOWN, 0);

        assertThat(Sizes.ofLine(sizes.asLine())).isEqualTo(sizes);
    }
}
