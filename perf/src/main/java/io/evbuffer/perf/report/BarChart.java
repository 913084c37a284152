package io.evbuffer.perf.report;

import io.evbuffer.perf.compare.Row;
import io.evbuffer.perf.compare.Score;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A bar for each contender of a workload, the shortest first, floors at the end.
 *
 * <p>Lengths are percentages, so the drawing is as wide as there is room, and its letters stay as large as they are. What takes
 * more than {@value #MOST} times as long as ours would make all others vanish: its bar is cut, and looks so.
 */
final class BarChart {
    private static final double MOST = 6;
    private static final double ROOM = 0.98; // of the width, for the longest bar
    private static final int LINE = 38; // px for a contender
    private static final int LETTERS = 14;
    private static final int BAR_TOP = 20;
    private static final int BAR = 10;

    private final Row row;
    private final double longest;

    private BarChart(final Row row) {
        this.row = row;
        longest = longest(row);
    }

    /** Draws the numbers of a workload. */
    static void draw(final Html html, final Row row) {
        new BarChart(row).draw(html);
    }

    private static double longest(final Row row) {
        final double most = Stream.concat(row.contenders().values().stream(), row.floors().values().stream())
                .mapToDouble(Score::median)
                .max()
                .orElse(1);
        final Score ours = row.contenders().get("evbuffer");
        final double least = row.contenders().values().stream()
                .mapToDouble(Score::median)
                .min()
                .orElse(most);
        return Math.min(most, MOST * (ours == null ? least : ours.median()));
    }

    /** Contenders by their medians. */
    static List<Map.Entry<String, Score>> sorted(final Map<String, Score> scores) {
        final List<Map.Entry<String, Score>> sorted = new ArrayList<>(scores.entrySet());
        sorted.sort(Comparator.comparingDouble(entry -> entry.getValue().median()));
        return sorted;
    }

    private void draw(final Html html) {
        final int lines = row.contenders().size() + row.floors().size();
        html.open(
                "svg",
                "class",
                "bars",
                "role",
                "img",
                "aria-label",
                "Bar chart of " + row.title() + ", " + row.unit() + " by contender, lower is better",
                "width",
                "100%",
                "height",
                String.valueOf(lines * LINE));
        int y = 0;
        for (final Map.Entry<String, Score> contender : sorted(row.contenders())) {
            bar(html, contender, Row.isOurs(contender.getKey()) ? "ours" : "peer", y);
            y += LINE;
        }
        for (final Map.Entry<String, Score> floor : sorted(row.floors())) {
            bar(html, floor, "floor", y);
            y += LINE;
        }
        html.close();
    }

    private void bar(final Html html, final Map.Entry<String, Score> entry, final String kind, final int y) {
        final Score score = entry.getValue();
        final boolean cut = score.median() > longest;
        html.open("g", "class", cut ? kind + " cut" : kind);
        html.leaf(
                "text",
                kind.equals("floor") ? entry.getKey() + " (floor)" : entry.getKey(),
                "x",
                "0",
                "y",
                String.valueOf(y + LETTERS));
        html.leaf(
                "text",
                (score.disturbed() ? "~" : "") + Numbers.text(score.median()),
                "class",
                "number",
                "x",
                "100%",
                "y",
                String.valueOf(y + LETTERS),
                "text-anchor",
                "end");
        rect(html, "track", 0, 1, y + BAR_TOP, BAR);
        rect(html, "bar", 0, length(score.median()), y + BAR_TOP, BAR);
        if (cut) {
            rect(html, "gap", ROOM * 0.96, 0.008, y + BAR_TOP, BAR);
            rect(html, "gap", ROOM * 0.98, 0.008, y + BAR_TOP, BAR);
        } else if (score.spread() > 0) {
            final double from = length(score.median() - score.spread() / 2);
            final double to = length(score.median() + score.spread() / 2);
            rect(html, "spread", from, to - from, y + BAR_TOP + BAR / 2 - 1, 2);
        }
        html.close();
    }

    private double length(final double number) {
        return ROOM * Math.clamp(number / longest, 0, 1);
    }

    static void rect(
            final Html html, final String kind, final double x, final double width, final int y, final int height) {
        html.empty(
                "rect",
                "class",
                kind,
                "x",
                Html.percent(x),
                "width",
                Html.percent(width),
                "y",
                String.valueOf(y),
                "height",
                String.valueOf(height),
                "rx",
                "2");
    }
}
