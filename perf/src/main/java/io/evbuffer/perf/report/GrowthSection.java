package io.evbuffer.perf.report;

import io.evbuffer.perf.growth.GrowthTable;
import java.util.ArrayList;
import java.util.List;

/** What a byte costs by the size of its buffer, as curves. */
final class GrowthSection {
    private GrowthSection() {}

    /** Draws the curves with their table. */
    static void draw(final Html html, final GrowthTable growth) {
        html.open("section", "id", "growth").leaf("h2", "Growth");
        html.leaf(
                "p",
                "The cost of a byte by the size of its buffer, in picoseconds of processor time. A flat line is what is"
                        + " wanted; plain memory shows what size costs by itself.");
        html.open("figure", "class", "pair", "data-growth", "cost of a byte").open("div", "class", "chart");
        chart(growth).draw(html);
        html.close();
        table(html, growth);
        html.close().close();
    }

    private static CurveChart chart(final GrowthTable growth) {
        final CurveChart chart = new CurveChart("Cost of a byte by size of the buffer, a line for each kind of work");
        final List<Long> sizes = growth.sizes();
        final double first = Math.log(sizes.getFirst());
        final double width = Math.log(sizes.getLast()) - first;
        for (final long size : sizes)
            chart.tickBelow((Math.log((double) size) - first) / width, GrowthTable.label(size));
        double least = Double.POSITIVE_INFINITY;
        double most = 0;
        for (final GrowthTable.Line line : growth.lines()) {
            for (final double cost : line.picosPerByte()) {
                least = Math.min(least, cost);
                most = Math.max(most, cost);
            }
        }
        final double bottom = Math.floor(Math.log10(Math.max(least, 1)));
        final double top = Math.max(bottom + 1, Math.ceil(Math.log10(most)));
        for (double power = bottom; power <= top; power++) {
            chart.tickAtLeft((power - bottom) / (top - bottom), String.valueOf(Math.round(Math.pow(10, power))));
        }
        for (final GrowthTable.Line line : growth.lines()) {
            final List<double[]> points = new ArrayList<>();
            for (int i = 0; i < sizes.size(); i++) {
                points.add(new double[] {
                    (Math.log(sizes.get(i)) - first) / width,
                    (Math.log10(Math.max(1, line.picosPerByte().get(i))) - bottom) / (top - bottom)
                });
            }
            chart.add(line.name(), points);
        }
        return chart;
    }

    private static void table(final Html html, final GrowthTable growth) {
        html.open("div", "class", "table").open("table").open("thead").open("tr");
        html.leaf("th", "ps per byte", "scope", "col");
        for (final long size : growth.sizes()) html.leaf("th", GrowthTable.label(size), "scope", "col");
        html.leaf("th", "own growth", "scope", "col").close().close().open("tbody");
        for (final GrowthTable.Line line : growth.lines()) {
            html.open("tr").leaf("th", line.name(), "scope", "row");
            for (final double cost : line.picosPerByte()) html.leaf("td", Numbers.text(cost));
            html.leaf("td", line.own() == null ? "–" : Numbers.ratio(line.own()))
                    .close();
        }
        html.close().close().close();
    }
}
