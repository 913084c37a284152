package io.evbuffer.perf.growth;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class GrowthTest {
    @Test
    void growthIsTheWorstRiseOverAnySmallerSize() {
        assertThat(Growth.growth(10, 10, 10)).isEqualTo(1);
        assertThat(Growth.growth(10, 20, 15)).isEqualTo(2);
        assertThat(Growth.growth(10, 5, 15)).isEqualTo(3);
        assertThat(Growth.growth(40, 20, 10)).isEqualTo(1);
        assertThat(Growth.growth(10, -5, 12)).isEqualTo(1.2);
    }

    @Test
    void whatMemoryItselfCostsMoreIsNoGrowthOfOurs() {
        final double[] none = {0, 0, 0};
        final double[] rising = {30, 30, 140};
        assertThat(Growth.ownGrowth(new double[] {100, 100, 150}, none)).isEqualTo(1.5);
        assertThat(Growth.ownGrowth(new double[] {100, 100, 210}, rising))
                .as("the copy costs more")
                .isEqualTo(1);
        assertThat(Growth.ownGrowth(new double[] {60, 60, 280}, rising))
                .as("all of it is memory")
                .isEqualTo(1);
        assertThat(Growth.ownGrowth(new double[] {60, 60, 600}, rising))
                .as("work is done again")
                .isGreaterThan(2);
        assertThat(Growth.ownGrowth(new double[] {60, 150, 290}, rising))
                .as("where memory is flat")
                .isGreaterThan(2);
        assertThat(Growth.ownGrowth(new double[] {60, 120, 7_000}, rising))
                .as("a walk of all for each step")
                .isGreaterThan(10);
    }

    @Test
    void sizesAreReadable() {
        assertThat(GrowthTable.label(1 << 10)).isEqualTo("1 KiB");
        assertThat(GrowthTable.label(1 << 25)).isEqualTo("32 MiB");
        assertThat(GrowthTable.label(1 << 30)).isEqualTo("1 GiB");
    }

    @Test
    void everyWorkDoesWhatItSaysOnBuffersOfAnySize() {
        for (final GrowthWork work : GrowthWork.all()) {
            try (work) {
                for (final long size : new long[] {1 << 10, 1 << 16, 1 << 21}) {
                    work.open(size, 3);
                    assertThat(work.round()).as(work.name()).isNotNegative();
                    assertThat(work.round()).as(work.name()).isNotNegative();
                }
            }
        }
    }
}
