package io.evbuffer.perf.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The numbers of all contenders side by side: a line a workload, a column a contender, lower is better.
 *
 * <pre>
 *   ns/op                 evbuffer       netty        okio  ratio         nio  to floor  B/op
 *   append, length 16   4.10 ±2 %   5.00 ±1 %            -   0.82   3.00 ±1 %      1.37  0.00
 *   fifo, backlog 0     60.0 ±5 %  ~70.0 ±3 %    50.0 ±2 %   1.20   30.0 ±2 %      2.00  0.00  behind okio
 * </pre>
 *
 * <p>A number is the median, and half the interquartile range in percent of it. The ratio is ours to the best peer's; a line in
 * which we lose is marked with the peer that wins. Who failed has no number. Floors stand behind the ratio, as they are no peers.
 */
final class ComparisonTable {
    private static final String NOTHING = "-";
    private static final String FAILED = "failed";
    private static final double HALF_IN_PERCENT = 50;

    private final List<Row> rows;

    /** A table of these lines. */
    ComparisonTable(final List<Row> rows) {
        this.rows = List.copyOf(rows);
    }

    /** The table as text, each line ended by a line break. */
    String render() {
        final List<String> contenders = contenders();
        final TreeSet<String> floors = new TreeSet<>();
        final TreeSet<String> extras = new TreeSet<>();
        for (final Row row : rows) {
            floors.addAll(row.floors().keySet());
            row.failures().keySet().stream().filter(Workload::isFloor).forEach(floors::add);
            final Score ours = row.contenders().get(Workload.OURS);
            if (ours != null) extras.addAll(ours.extras().keySet());
        }
        final List<List<String>> cells = new ArrayList<>();
        final List<String> head = new ArrayList<>(List.of(unit()));
        head.addAll(contenders);
        head.add("ratio");
        head.addAll(floors);
        head.addAll(List.of("to floor", "B/op"));
        head.addAll(extras);
        head.add("");
        cells.add(head);
        for (final Row row : rows) {
            final List<String> line = new ArrayList<>(List.of(row.title()));
            for (final String contender : contenders) line.add(cell(row, row.contenders(), contender));
            line.add(ratio(row.ratio()));
            for (final String floor : floors) line.add(cell(row, row.floors(), floor));
            line.add(ratio(row.toFloor()));
            final Score ours = row.contenders().get(Workload.OURS);
            line.add(ours == null ? NOTHING : number(ours.bytesPerOp()));
            for (final String extra : extras) {
                line.add(ours == null ? NOTHING : number(ours.extras().get(extra)));
            }
            line.add(row.isLost() ? "behind " + row.bestPeer().orElseThrow() : "");
            cells.add(line);
        }
        return align(cells);
    }

    private String unit() {
        return rows.isEmpty() ? "" : rows.getFirst().unit();
    }

    /** Ours first, the others by name. */
    private List<String> contenders() {
        final TreeSet<String> all = new TreeSet<>(Workload.OURS_FIRST);
        for (final Row row : rows) {
            all.addAll(row.contenders().keySet());
            row.failures().keySet().stream()
                    .filter(contender -> !Workload.isFloor(contender))
                    .forEach(all::add);
        }
        return List.copyOf(all);
    }

    private static String cell(final Row row, final Map<String, Score> scores, final String contender) {
        return row.failures().containsKey(contender) ? FAILED : score(scores.get(contender));
    }

    private static String score(final @Nullable Score score) {
        if (score == null) return NOTHING;
        return (score.disturbed() ? "~" : "")
                + number(score.median())
                + String.format(Locale.ROOT, " ±%.0f %%", HALF_IN_PERCENT * score.spread() / score.median());
    }

    /** Three significant digits; whole numbers from 100 on. */
    static String number(final @Nullable Double number) {
        if (number == null) return NOTHING;
        return String.format(Locale.ROOT, number >= 99.95 ? "%.0f" : number >= 9.995 ? "%.1f" : "%.2f", number);
    }

    private static String ratio(final OptionalDouble ratio) {
        return ratio.isPresent() ? String.format(Locale.ROOT, "%.2f", ratio.getAsDouble()) : NOTHING;
    }

    /** The first and the last column begin at the left, the others end at the right. */
    private static String align(final List<List<String>> cells) {
        final int columns = cells.getFirst().size();
        final int[] widths = new int[columns];
        for (final List<String> line : cells) {
            for (int i = 0; i < columns; i++)
                widths[i] = Math.max(widths[i], line.get(i).length());
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
