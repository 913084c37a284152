package io.evbuffer.perf.compare;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All iterations of a comparison, kept until its end: only then is it known how fast the yardstick is when nobody disturbs.
 *
 * <p>The C program has a yardstick of its own, as another compiler made it; each is compared with its own best.
 */
final class Measurements {
    private static final String UNIT = "ns/op";
    private static final double PERCENT = 100;

    private final Map<Workload, Map<String, Place>> places = new LinkedHashMap<>();

    /** What is known of a contender of a workload. */
    private static final class Place {
        final Iterations iterations = new Iterations();
        final List<Double> allocated = new ArrayList<>();
        final Map<String, List<Double>> extras = new TreeMap<>();

        @Nullable
        String latency;

        @Nullable
        String failure;
    }

    private Place place(final Workload workload, final String contender) {
        return places.computeIfAbsent(key(workload), key -> new LinkedHashMap<>())
                .computeIfAbsent(contender, key -> new Place());
    }

    /** The same workload with other contenders is the same line. */
    private static Workload key(final Workload workload) {
        return new Workload(workload.type(), workload.parameters(), List.of());
    }

    /** Takes down what a process has found, beside what there is of the same contender. */
    void add(final Workload workload, final String contender, final Measurer.Sample sample) {
        final Place place = place(workload, contender);
        place.iterations.addAll(sample.iterations());
        if (sample.bytesPerOp() != null) place.allocated.add(sample.bytesPerOp());
        addCounts(workload, contender, sample.extras());
    }

    /** Takes down what a process has counted. */
    void addCounts(final Workload workload, final String contender, final Map<String, Double> counts) {
        counts.forEach((name, value) -> place(workload, contender)
                .extras
                .computeIfAbsent(name, key -> new ArrayList<>())
                .add(value));
    }

    /** Takes down a contender's histogram. */
    void addLatency(final Workload workload, final String contender, final @Nullable String latency) {
        place(workload, contender).latency = latency;
    }

    /** Takes down why a contender has no numbers; what it has already does not count. */
    void fail(final Workload workload, final String contender, final String reason) {
        place(workload, contender).failure = reason;
    }

    /** Whether a contender has failed. */
    boolean hasFailed(final Workload workload, final String contender) {
        return place(workload, contender).failure != null;
    }

    /** The medians of what was not disturbed, and what else is known. */
    List<Row> rows() {
        return places.entrySet().stream()
                .map(line -> row(line.getKey(), line.getValue()))
                .toList();
    }

    private Row row(final Workload workload, final Map<String, Place> line) {
        final Map<String, Score> contenders = new TreeMap<>();
        final Map<String, Score> floors = new TreeMap<>();
        final Map<String, String> failures = new TreeMap<>();
        line.forEach((contender, place) -> {
            final String column = Workload.column(contender);
            if (place.failure != null) {
                failures.put(column, place.failure);
            } else {
                (Workload.isFloor(contender) ? floors : contenders).put(column, score(place, bestYardstick(contender)));
            }
        });
        return new Row(workload.name(), workload.parameters(), UNIT, contenders, floors, failures);
    }

    private static Score score(final Place place, final double best) {
        final Map<String, Double> extras = new TreeMap<>();
        place.extras.forEach((name, values) -> extras.put(name, Medians.of(values)));
        return new Score(
                place.iterations.median(best),
                place.iterations.spread(best),
                place.allocated.isEmpty() ? null : Medians.of(place.allocated),
                extras,
                !place.iterations.isEnough(best),
                place.latency);
    }

    /** Whether a contender need not be measured once more. */
    boolean isEnough(final Workload workload, final String contender) {
        return hasFailed(workload, contender)
                || place(workload, contender).iterations.isEnough(bestYardstick(contender));
    }

    /** One sentence about what was set aside. */
    String disturbances() {
        int count = 0;
        int disturbed = 0;
        int restless = 0;
        for (final Map<String, Place> line : places.values()) {
            for (final Map.Entry<String, Place> contender : line.entrySet()) {
                final double best = bestYardstick(contender.getKey());
                final Iterations iterations = contender.getValue().iterations;
                if (contender.getValue().failure != null) continue;
                count += iterations.count();
                disturbed += iterations.disturbed(best);
                if (!iterations.isEnough(best)) restless++;
            }
        }
        return String.format(
                Locale.ROOT,
                "Somebody else used the same core in %.0f %% of the iterations, as a loop of arithmetic beside them tells; these are left"
                        + " out. Hardly any other had %d of the numbers: those with a ~ are medians of all.",
                count == 0 ? 0 : PERCENT * disturbed / count,
                restless);
    }

    private double bestYardstick(final String contender) {
        final boolean inC = contender.equals(LibeventPeer.NAME);
        return places.values().stream()
                .flatMap(line -> line.entrySet().stream())
                .filter(entry -> entry.getKey().equals(LibeventPeer.NAME) == inC)
                .mapToDouble(entry -> entry.getValue().iterations.bestYardstick())
                .min()
                .orElse(Double.POSITIVE_INFINITY);
    }
}
