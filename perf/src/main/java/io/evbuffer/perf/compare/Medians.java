package io.evbuffer.perf.compare;

import java.util.List;

/** The middle of several numbers, and how far apart they lie. */
public final class Medians {
    private Medians() {}

    /** The middle one, or halfway between the two in the middle; of one number or more. */
    public static double of(final List<Double> numbers) {
        final List<Double> sorted = numbers.stream().sorted().toList();
        final int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    /** The range in which the middle half of them lies, of one number or more; 0 if there is only one. */
    static double interquartileRange(final List<Double> numbers) {
        final List<Double> sorted = numbers.stream().sorted().toList();
        final int half = (sorted.size() + 1) / 2;
        return of(sorted.subList(sorted.size() - half, sorted.size())) - of(sorted.subList(0, half));
    }
}
