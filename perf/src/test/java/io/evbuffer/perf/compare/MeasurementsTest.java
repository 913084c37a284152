package io.evbuffer.perf.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evbuffer.perf.compare.Iterations.Measured;
import org.junit.jupiter.api.Test;

class MeasurementsTest {
    private static final double QUIET = 34_000;
    private static final double SHARED = 56_000;

    private final Measurements measurements = new Measurements();

    @Test
    void disturbedIterationsDoNotCountWhateverTheirNumber() {
        final Iterations ours = measurements.of("lines", "evbuffer");
        for (int i = 0; i < Iterations.ENOUGH / 2; i++) {
            ours.add(new Measured(48, QUIET));
            ours.add(new Measured(50, QUIET * 1.1));
        }
        for (int i = 0; i < Iterations.ENOUGH / 2; i++) {
            ours.add(new Measured(85, SHARED));
            ours.add(new Measured(10, SHARED));
        }

        assertThat(ours.median(QUIET)).isEqualTo(49);
        assertThat(ours.disturbed(QUIET)).isEqualTo(Iterations.ENOUGH);
        assertThat(measurements.isEnough("lines", "evbuffer")).isTrue();
        assertThat(measurements.disturbances()).startsWith("Somebody else used the same core in 50 %");
    }

    @Test
    void theBestYardstickOfAllContendersOfALanguageDecides() {
        measurements.of("lines", "evbuffer").add(new Measured(85, SHARED));
        measurements.of("lines", "okio").add(new Measured(60, QUIET));
        measurements.of("lines", "libevent").add(new Measured(90, QUIET / 2));

        assertThat(measurements.disturbances()).contains(" 33 %");
    }

    @Test
    void withTooFewQuietIterationsAllCountAndTheNumberIsMarked() {
        final Iterations ours = measurements.of("lines", "evbuffer");
        for (int i = 1; i < Iterations.ENOUGH; i++) ours.add(new Measured(48, QUIET));
        for (int i = 0; i < Iterations.ENOUGH; i++) ours.add(new Measured(85, SHARED));

        assertThat(measurements.isEnough("lines", "evbuffer")).isFalse();
        assertThat(ours.median(QUIET)).isEqualTo(85);
        assertThat(measurements.table().render()).contains(" ~85.0 ");
        assertThat(measurements.disturbances()).contains("had 1 of the numbers");
    }

    @Test
    void nothingMeasuredHasNoMedian() {
        final Iterations none = new Iterations();

        assertThatThrownBy(() -> none.median(QUIET)).isInstanceOf(IllegalStateException.class);
    }
}
