package io.evbuffer.perf.compare;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * All iterations of a comparison, kept until its end: only then is it known how fast the yardstick is when nobody disturbs.
 *
 * <p>The C program has a yardstick of its own, as another compiler made it; each is compared with its own best.
 */
final class Measurements {
    private static final double PERCENT = 100;

    private final Map<String, Map<String, Iterations>> iterations = new LinkedHashMap<>();
    private final Map<String, List<Double>> allocated = new LinkedHashMap<>();

    /** Where the iterations of a contender go. */
    Iterations of(final String workload, final String contender) {
        return iterations
                .computeIfAbsent(workload, key -> new LinkedHashMap<>())
                .computeIfAbsent(contender, key -> new Iterations());
    }

    /** Takes down how many bytes ours allocated per operation in one fork. */
    void allocated(final String workload, final double bytes) {
        allocated.merge(workload, List.of(bytes), Measurements::joined);
    }

    private static List<Double> joined(final List<Double> some, final List<Double> more) {
        return Stream.concat(some.stream(), more.stream()).toList();
    }

    /** The medians of what was not disturbed. */
    ComparisonTable table() {
        final ComparisonTable table = new ComparisonTable(
                "ns per operation", Workload.column(Workload.OURS), Workload.column(Workload.FLOOR));
        iterations.forEach((workload, contenders) ->
                contenders.forEach((contender, measured) -> put(table, workload, contender, measured)));
        allocated.forEach((workload, bytes) -> bytes.forEach(number -> table.putAllocated(workload, number)));
        return table;
    }

    private void put(
            final ComparisonTable table, final String workload, final String contender, final Iterations measured) {
        final double best = bestYardstick(contender);
        table.put(workload, contender, measured.median(best));
        if (!measured.isEnough(best)) table.markRestless(workload, contender);
    }

    /** Whether a contender should be measured once more. */
    boolean isEnough(final String workload, final String contender) {
        return of(workload, contender).isEnough(bestYardstick(contender));
    }

    /** One sentence about what was set aside. */
    String disturbances() {
        int count = 0;
        int disturbed = 0;
        int restless = 0;
        for (final Map<String, Iterations> contenders : iterations.values()) {
            for (final Map.Entry<String, Iterations> contender : contenders.entrySet()) {
                final double best = bestYardstick(contender.getKey());
                count += contender.getValue().count();
                disturbed += contender.getValue().disturbed(best);
                if (!contender.getValue().isEnough(best)) restless++;
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
        return iterations.values().stream()
                .flatMap(contenders -> contenders.entrySet().stream())
                .filter(entry -> entry.getKey().equals(LibeventPeer.NAME) == inC)
                .mapToDouble(entry -> entry.getValue().bestYardstick())
                .min()
                .orElse(Double.POSITIVE_INFINITY);
    }
}
