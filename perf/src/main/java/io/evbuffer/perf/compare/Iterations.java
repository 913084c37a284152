package io.evbuffer.perf.compare;

import java.util.ArrayList;
import java.util.List;

/**
 * The numbers of one contender, one from each iteration of each of its forks, with what the {@link Yardstick} took beside it.
 *
 * <p>An iteration is disturbed if its yardstick took more than {@value #TOLERANCE} times the best. A fork's number is the median of
 * its quiet iterations, the contender's number the median of its forks: what memory a JVM got and how it was compiled holds for a
 * fork, which makes forks of the same code differ by tens of percent, and a fork that was quiet for longer has no more to say about
 * that than another. If there are fewer than {@value #ENOUGH} quiet iterations, or {@value #FEW} of them in fewer than half of the
 * forks, all iterations count.
 */
final class Iterations {
    /** Noise of an undisturbed yardstick stays below, a shared core is far above. */
    static final double TOLERANCE = 1.15;

    /** Fewer quiet ones say less than all, if there are others. */
    static final int ENOUGH = 8;

    /** Fewer quiet ones say nothing about a fork. */
    static final int FEW = 3;

    private final List<List<Measured>> forks = new ArrayList<>();

    /**
     * What an iteration gave.
     *
     * @param number what was measured, lower is better.
     * @param yardstick what the yardstick took, the slower of before and after.
     */
    record Measured(double number, double yardstick) {}

    /** Adds a fork with all its iterations. */
    void addAll(final List<Measured> fork) {
        forks.add(List.copyOf(fork));
    }

    /** How many there are. */
    int count() {
        return forks.stream().mapToInt(List::size).sum();
    }

    /** The least that the yardstick took; infinite if there are none. */
    double bestYardstick() {
        return forks.stream()
                .flatMap(List::stream)
                .mapToDouble(Measured::yardstick)
                .min()
                .orElse(Double.POSITIVE_INFINITY);
    }

    /** How many are disturbed. */
    int disturbed(final double bestYardstick) {
        return count()
                - forks.stream()
                        .mapToInt(fork -> quiet(fork, bestYardstick).size())
                        .sum();
    }

    /** Whether enough are quiet; otherwise all count. */
    boolean isEnough(final double bestYardstick) {
        return count() - disturbed(bestYardstick) >= Math.clamp(count(), 1, ENOUGH)
                && 2 * quietForks(bestYardstick).size() >= forks.size();
    }

    /**
     * The median of the forks' medians, of those iterations that count.
     *
     * @throws IllegalStateException if there are none at all.
     */
    double median(final double bestYardstick) {
        return Medians.of(counting(bestYardstick).stream()
                .map(fork -> Medians.of(numbers(fork)))
                .toList());
    }

    /**
     * The interquartile range of those iterations that count.
     *
     * @throws IllegalStateException if there are none at all.
     */
    double spread(final double bestYardstick) {
        return Medians.interquartileRange(counting(bestYardstick).stream()
                .flatMap(fork -> numbers(fork).stream())
                .toList());
    }

    private List<List<Measured>> counting(final double bestYardstick) {
        if (count() == 0) throw new IllegalStateException("nothing was measured");
        return isEnough(bestYardstick)
                ? quietForks(bestYardstick)
                : forks.stream().filter(fork -> !fork.isEmpty()).toList();
    }

    private List<List<Measured>> quietForks(final double bestYardstick) {
        return forks.stream()
                .map(fork -> quiet(fork, bestYardstick))
                .filter(fork -> fork.size() >= FEW)
                .toList();
    }

    private static List<Measured> quiet(final List<Measured> fork, final double bestYardstick) {
        return fork.stream()
                .filter(iteration -> iteration.yardstick <= TOLERANCE * bestYardstick)
                .toList();
    }

    private static List<Double> numbers(final List<Measured> iterations) {
        return iterations.stream().map(Measured::number).toList();
    }
}
