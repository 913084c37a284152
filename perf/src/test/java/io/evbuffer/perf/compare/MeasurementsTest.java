package io.evbuffer.perf.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evbuffer.perf.compare.Iterations.Measured;
import io.evbuffer.perf.compare.Measurer.Sample;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MeasurementsTest {
    private static final double QUIET = 34_000;
    private static final double SHARED = 56_000;
    private static final Workload LINES =
            new Workload("a.LinesBenchmark", Map.of("length", "64"), List.of("evbuffer", "okio", "nio", "libevent"));

    private final Measurements measurements = new Measurements();

    private void add(final String contender, final Measured... iterations) {
        measurements.add(LINES, contender, new Sample(List.of(iterations), null, Map.of()));
    }

    private void add(final String contender, final int times, final Measured iteration) {
        add(contender, Collections.nCopies(times, iteration).toArray(Measured[]::new));
    }

    private Score score(final String contender) {
        final Row row = measurements.rows().getFirst();
        return row.contenders().containsKey(contender)
                ? row.contenders().get(contender)
                : row.floors().get(contender);
    }

    @Test
    void disturbedIterationsDoNotCountWhateverTheirNumber() {
        add("evbuffer", Iterations.ENOUGH / 2, new Measured(48, QUIET));
        add("evbuffer", Iterations.ENOUGH / 2, new Measured(50, QUIET * 1.1));
        add("evbuffer", Iterations.ENOUGH / 2, new Measured(85, SHARED));
        add("evbuffer", Iterations.ENOUGH / 2, new Measured(10, SHARED));

        assertThat(score("evbuffer")).isEqualTo(Score.of(49, 2));
        assertThat(measurements.isEnough(LINES, "evbuffer")).isTrue();
        assertThat(measurements.disturbances()).startsWith("Somebody else used the same core in 50 %");
    }

    @Test
    void theBestYardstickOfAllContendersOfALanguageDecides() {
        add("evbuffer", new Measured(85, SHARED));
        add("okio", new Measured(60, QUIET));
        add("libevent", new Measured(90, QUIET / 2));

        assertThat(measurements.disturbances()).contains(" 33 %");
    }

    @Test
    void withTooFewQuietIterationsAllCountAndTheNumberIsMarked() {
        add("evbuffer", Iterations.ENOUGH - 1, new Measured(48, QUIET));
        add("evbuffer", Iterations.ENOUGH, new Measured(85, SHARED));

        assertThat(measurements.isEnough(LINES, "evbuffer")).isFalse();
        assertThat(score("evbuffer").median()).isEqualTo((48 + 85) / 2.0);
        assertThat(score("evbuffer").disturbed()).isTrue();
        assertThat(measurements.disturbances()).contains("had 1 of the numbers");
    }

    @Test
    void fewIterationsThatAreAllQuietAreEnough() {
        add("evbuffer", Iterations.ENOUGH / 2, new Measured(48, QUIET));
        add("okio", Iterations.ENOUGH / 2 - 1, new Measured(48, QUIET));
        add("okio", new Measured(48, SHARED));

        assertThat(measurements.isEnough(LINES, "evbuffer")).isTrue();
        assertThat(measurements.isEnough(LINES, "okio")).isFalse();
    }

    @Test
    void eachForkCountsAlikeHoweverLongItWasQuiet() {
        add("evbuffer", 40, new Measured(14, QUIET));
        add("evbuffer", Iterations.FEW, new Measured(18, QUIET));
        add("evbuffer", Iterations.FEW, new Measured(19, QUIET));
        add("evbuffer", Iterations.FEW - 1, new Measured(1, QUIET)); // too few to say anything

        assertThat(score("evbuffer").median()).isEqualTo(18);
        assertThat(measurements.isEnough(LINES, "evbuffer")).isTrue();
    }

    @Test
    void oneQuietForkOfThreeIsNotEnough() {
        add("evbuffer", Iterations.ENOUGH, new Measured(14, QUIET));
        add("evbuffer", 1, new Measured(20, SHARED));
        add("evbuffer", 1, new Measured(21, SHARED));

        assertThat(measurements.isEnough(LINES, "evbuffer")).isFalse();
        assertThat(score("evbuffer").median()).isEqualTo(20);
    }

    @Test
    void floorsAreKeptApart() {
        add("evbuffer", new Measured(5, QUIET));
        add("okio", new Measured(6, QUIET));
        add("nio", new Measured(4, QUIET));

        final Row row = measurements.rows().getFirst();
        assertThat(row.title()).isEqualTo("lines, length 64");
        assertThat(row.contenders()).containsOnlyKeys("evbuffer", "okio");
        assertThat(row.floors()).containsOnlyKeys("nio");
    }

    @Test
    void allocationAndCountersAreMediansOfTheForks() {
        final List<Measured> iterations = List.of(new Measured(5, QUIET));
        final List<Double> bytes = new ArrayList<>(List.of(160.0, 160.004, 2000.0));
        bytes.forEach(allocated -> measurements.add(
                LINES, "evbuffer", new Sample(iterations, allocated, Map.of("systemCalls", allocated / 80))));

        assertThat(score("evbuffer").bytesPerOp()).isEqualTo(160.004);
        assertThat(score("evbuffer").extras()).containsEntry("systemCalls", 2.00005);
    }

    @Test
    void nothingMeasuredHasNoMedian() {
        final Iterations none = new Iterations();

        assertThatThrownBy(() -> none.median(QUIET)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> none.spread(QUIET)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void theSpreadIsWhereTheMiddleHalfLies() {
        assertThat(Medians.interquartileRange(List.of(7.0))).isZero();
        assertThat(Medians.interquartileRange(List.of(7.0, 9.0))).isEqualTo(2);
        assertThat(Medians.interquartileRange(List.of(1.0, 2.0, 3.0, 4.0))).isEqualTo(2);
        assertThat(Medians.interquartileRange(List.of(100.0, 1.0, 2.0, 3.0, 4.0)))
                .isEqualTo(2);
    }
}
