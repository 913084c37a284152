package io.evbuffer.perf.compare;

import java.util.ArrayList;
import java.util.List;

/**
 * The numbers of one contender, one from each iteration, with what the {@link Yardstick} took beside it.
 *
 * <p>A number is disturbed if its yardstick took more than {@value #TOLERANCE} times the best. The median is that of the
 * others if there are {@value #ENOUGH} of them or more; else of all.
 */
final class Iterations {
    /** Noise of an undisturbed yardstick stays below, a shared core is far above. */
    static final double TOLERANCE = 1.15;

    /** Fewer quiet ones say less than all. */
    static final int ENOUGH = 8;

    private final List<Measured> all = new ArrayList<>();

    /**
     * What an iteration gave.
     *
     * @param number what was measured, lower is better.
     * @param yardstick what the yardstick took, the slower of before and after.
     */
    record Measured(double number, double yardstick) {}

    /** Adds all of them. */
    void addAll(final List<Measured> iterations) {
        all.addAll(iterations);
    }

    void add(final Measured iteration) {
        all.add(iteration);
    }

    /** How many there are. */
    int count() {
        return all.size();
    }

    /** The least that the yardstick took; infinite if there are none. */
    double bestYardstick() {
        return all.stream().mapToDouble(Measured::yardstick).min().orElse(Double.POSITIVE_INFINITY);
    }

    /** How many are disturbed. */
    int disturbed(final double bestYardstick) {
        return count() - quiet(bestYardstick).size();
    }

    /** Whether enough are quiet; otherwise the median is that of all. */
    boolean isEnough(final double bestYardstick) {
        return quiet(bestYardstick).size() >= ENOUGH;
    }

    /**
     * The median of those that count.
     *
     * @throws IllegalStateException if there are none at all.
     */
    double median(final double bestYardstick) {
        return Medians.of(counting(bestYardstick));
    }

    /**
     * The interquartile range of those that count.
     *
     * @throws IllegalStateException if there are none at all.
     */
    double spread(final double bestYardstick) {
        return Medians.interquartileRange(counting(bestYardstick));
    }

    private List<Double> counting(final double bestYardstick) {
        if (all.isEmpty()) throw new IllegalStateException("nothing was measured");
        return numbers(isEnough(bestYardstick) ? quiet(bestYardstick) : all);
    }

    private List<Measured> quiet(final double bestYardstick) {
        return all.stream()
                .filter(iteration -> iteration.yardstick <= TOLERANCE * bestYardstick)
                .toList();
    }

    private static List<Double> numbers(final List<Measured> iterations) {
        return iterations.stream().map(Measured::number).toList();
    }
}
