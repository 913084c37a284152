package io.evbuffer.perf.report;

import io.evbuffer.perf.compare.Row;
import java.util.Comparator;
import java.util.List;

/**
 * Ours to the best peer in each workload, as bars to the left (ours is better) or to the right of a line that says 1.
 *
 * <p>The scale is that of a slide rule: half and double are as far from the line. Each workload is a link to its chart.
 */
final class RatioChart {
    private static final int LINE = 38;
    private static final int LETTERS = 14;
    private static final int BAR_TOP = 20;
    private static final int BAR = 10;
    private static final double FARTHEST = Math.log(8);
    private static final double HALF = 0.5;
    private static final double HALF_ROOM = 0.49;

    private RatioChart() {}

    /** The workloads that have a ratio, best first. */
    static List<Row> sorted(final List<Row> rows) {
        return rows.stream()
                .filter(row -> row.ratio().isPresent())
                .sorted(Comparator.comparingDouble(row -> row.ratio().getAsDouble()))
                .toList();
    }

    /** Draws all workloads that have a ratio. */
    static void draw(final Html html, final List<Row> rows) {
        final List<Row> sorted = sorted(rows);
        html.open(
                "svg",
                "class",
                "bars ratios",
                "role",
                "img",
                "aria-label",
                "Ratio of ours to the best peer by workload; left of the line ours is better",
                "width",
                "100%",
                "height",
                String.valueOf(sorted.size() * LINE));
        html.empty("line", "class", "one", "x1", "50%", "x2", "50%", "y1", "0", "y2", "100%");
        int y = 0;
        for (final Row row : sorted) {
            line(html, row, y);
            y += LINE;
        }
        html.close();
    }

    private static void line(final Html html, final Row row, final int y) {
        final double ratio = row.ratio().orElseThrow();
        final double far = Math.clamp(Math.log(ratio) / FARTHEST, -1, 1) * HALF_ROOM;
        html.open("a", "href", "#" + Report.anchor(row), "class", row.isLost() ? "lost" : "ours");
        html.leaf("text", row.title(), "x", "0", "y", String.valueOf(y + LETTERS));
        html.leaf(
                "text",
                Numbers.ratio(ratio),
                "class",
                "number",
                "x",
                "100%",
                "y",
                String.valueOf(y + LETTERS),
                "text-anchor",
                "end");
        BarChart.rect(html, "track", 0, 1, y + BAR_TOP, BAR);
        BarChart.rect(html, "bar", HALF + Math.min(far, 0), Math.max(Math.abs(far), 0.004), y + BAR_TOP, BAR);
        html.close();
    }
}
