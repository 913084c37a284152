package io.evbuffer.perf.compare;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The numbers of all contenders side by side: a line a workload, a column a contender, lower is better.
 *
 * <pre>
 *   ns per operation         evbuffer    nio  netty  okio   ratio  to nio  B/op
 *   append, length 16            4.10   3.00   5.00     -    0.82    1.37  0.00
 *   fifo, backlog 0              60.0   30.0   70.0  50.0    1.20    2.00  0.00  behind okio
 * </pre>
 *
 * <p>The ratio is ours to the best peer's. A line in which we lose is marked with the peer that wins. One contender is a
 * floor and no peer: it does less, and only shows what the machine allows. Neither are peers what is ours in another form,
 * {@code evbuffer-nio} for example. Of several numbers for one place the median stands.
 */
final class ComparisonTable {
    private static final String NOTHING = "-";

    private final String unit;
    private final String ours;
    private final String floor;
    private final Map<String, Map<String, List<Double>>> lines = new LinkedHashMap<>();
    private final Map<String, List<Double>> allocated = new LinkedHashMap<>();
    private final Set<List<String>> restless = new HashSet<>();

    /**
     * Creates an empty table.
     *
     * @param unit what the numbers are, as the head of the first column.
     * @param ours the contender that the others are compared with.
     * @param floor the contender that is not counted among the peers.
     */
    ComparisonTable(final String unit, final String ours, final String floor) {
        this.unit = unit;
        this.ours = ours;
        this.floor = floor;
    }

    /** Puts a number in, beside those that are there for the same place. */
    void put(final String workload, final String contender, final double number) {
        lines.computeIfAbsent(workload, key -> new LinkedHashMap<>())
                .computeIfAbsent(contender, key -> new ArrayList<>())
                .add(number);
    }

    /** Marks a number as measured while somebody else used the same core. */
    void markRestless(final String workload, final String contender) {
        restless.add(List.of(workload, contender));
    }

    /** Puts in how many bytes ours allocated per operation, beside what is there for the same workload. */
    void putAllocated(final String workload, final double bytes) {
        allocated.computeIfAbsent(workload, key -> new ArrayList<>()).add(bytes);
    }

    private Map<String, Double> medians(final String workload) {
        final Map<String, Double> medians = new LinkedHashMap<>();
        lines.getOrDefault(workload, Map.of())
                .forEach((contender, numbers) -> medians.put(contender, Medians.of(numbers)));
        return medians;
    }

    /** Ours to the best peer's, in one workload; empty if either is missing. */
    OptionalDouble ratio(final String workload) {
        final Map<String, Double> numbers = medians(workload);
        final Double mine = numbers.get(ours);
        final Optional<Map.Entry<String, Double>> best = bestPeer(numbers);
        return mine == null || best.isEmpty()
                ? OptionalDouble.empty()
                : OptionalDouble.of(mine / best.get().getValue());
    }

    /** Ours to the floor, in one workload; empty if either is missing. */
    OptionalDouble toFloor(final String workload) {
        final Map<String, Double> numbers = medians(workload);
        final Double mine = numbers.get(ours);
        final Double least = numbers.get(floor);
        return mine == null || least == null ? OptionalDouble.empty() : OptionalDouble.of(mine / least);
    }

    /** The number of workloads in which a peer is better. */
    long losses() {
        return lines.keySet().stream().filter(this::isLost).count();
    }

    private boolean isLost(final String workload) {
        return ratio(workload).orElse(0) > 1;
    }

    private Optional<Map.Entry<String, Double>> bestPeer(final Map<String, Double> numbers) {
        return numbers.entrySet().stream()
                .filter(number ->
                        !number.getKey().startsWith(ours) && !number.getKey().equals(floor))
                .min(Map.Entry.comparingByValue());
    }

    /** The table as text, each line ended by a line break. */
    String render() {
        final List<String> contenders = contenders();
        final List<List<String>> cells = new ArrayList<>();
        final List<String> head = new ArrayList<>(List.of(unit));
        head.addAll(contenders);
        head.addAll(List.of("ratio", "to " + floor, "B/op", ""));
        cells.add(head);
        lines.keySet().forEach(workload -> {
            final Map<String, Double> numbers = medians(workload);
            final List<String> line = new ArrayList<>(List.of(workload));
            for (final String contender : contenders) {
                line.add((restless.contains(List.of(workload, contender)) ? "~" : "") + number(numbers.get(contender)));
            }
            line.add(ratioText(ratio(workload)));
            line.add(ratioText(toFloor(workload)));
            line.add(number(allocated.containsKey(workload) ? Medians.of(allocated.get(workload)) : null));
            line.add(
                    isLost(workload)
                            ? "behind " + bestPeer(numbers).orElseThrow().getKey()
                            : "");
            cells.add(line);
        });
        return align(cells);
    }

    /** Ours first, the others by name. */
    private List<String> contenders() {
        final TreeSet<String> peers = new TreeSet<>();
        lines.values().forEach(numbers -> peers.addAll(numbers.keySet()));
        final List<String> contenders = new ArrayList<>();
        if (peers.remove(ours)) contenders.add(ours);
        contenders.addAll(peers);
        return contenders;
    }

    /** Three significant digits; whole numbers from 100 on. */
    private static String number(final @Nullable Double number) {
        if (number == null) return NOTHING;
        return String.format(Locale.ROOT, number >= 99.95 ? "%.0f" : number >= 9.995 ? "%.1f" : "%.2f", number);
    }

    private static String ratioText(final OptionalDouble ratio) {
        return ratio.isPresent() ? String.format(Locale.ROOT, "%.2f", ratio.getAsDouble()) : NOTHING;
    }

    /** The first and the last column begin at the left, the others end at the right. */
    private static String align(final List<List<String>> cells) {
        final int columns = cells.get(0).size();
        final int[] widths = new int[columns];
        for (final List<String> line : cells) {
            for (int i = 0; i < columns; i++) {
                widths[i] = Math.max(widths[i], line.get(i).length());
            }
        }
        final StringBuilder text = new StringBuilder();
        for (final List<String> line : cells) {
            final StringBuilder row = new StringBuilder();
            for (int i = 0; i < columns; i++) {
                final String padding = " ".repeat(widths[i] - line.get(i).length());
                final boolean left = i == 0 || i == columns - 1;
                if (i > 0) row.append("  ");
                row.append(left ? line.get(i) + padding : padding + line.get(i));
            }
            text.append(row.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }
}
