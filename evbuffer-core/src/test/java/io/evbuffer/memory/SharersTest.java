package io.evbuffer.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What a pool keeps for those who share memory has a bound, and memory that goes back takes its part along. */
class SharersTest {
    private static final int GRANTED = 16_384;
    private static final int OF_A_SLAB = 256; // its least, and more than its segments are
    private static final int LEFT = 100_000;

    private static void leave(final Segment segment) {
        for (int i = 0; i < LEFT; i++) assertThat(segment.leaveSharer(i)).isTrue();
    }

    private static int kept(final Segment segment) {
        int count = 0;
        while (segment.takeSharer() != null) count++;
        return count;
    }

    @Test
    void allSlabsOfAPoolKeepNoMoreThanTheBound() {
        try (SlabPool pool = new SlabPool()) {
            final Segment small = pool.take(16_384);
            final Segment large = pool.take(65_536);
            leave(small);
            leave(large);
            assertThat(kept(small)).isEqualTo(OF_A_SLAB + GRANTED);
            assertThat(kept(large)).isEqualTo(OF_A_SLAB);
            small.release();
            large.release();
        }
    }

    @Test
    void aSlabThatGoesBackLeavesItsGrantToOthers() {
        try (SlabPool pool = SlabPool.builder()
                .floor(0)
                .idleAge(Duration.ZERO)
                .clock(() -> 0)
                .build()) {
            final Segment first = pool.take(65_536);
            leave(first);
            first.release();
            assertThat(pool.trim()).isPositive();
            final Segment second = pool.take(65_536);
            leave(second);
            assertThat(kept(second)).isEqualTo(OF_A_SLAB + GRANTED);
            second.release();
        }
    }
}
