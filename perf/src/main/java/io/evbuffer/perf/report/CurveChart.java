package io.evbuffer.perf.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Lines over a common axis, with a legend in words.
 *
 * <p>All places are fractions of the drawing's width and height. The lines stand in a drawing of their own, which is stretched to
 * the room there is; letters are not stretched.
 */
final class CurveChart {
    private static final int HEIGHT = 260;
    private static final int BOTTOM = 24;
    private static final int STYLES = 8; // as many as the style sheet has

    private final String label;
    private final List<Tick> ticksBelow = new ArrayList<>();
    private final List<Tick> ticksAtLeft = new ArrayList<>();
    private final List<Curve> curves = new ArrayList<>();

    private record Tick(double place, String text) {}

    private record Curve(String name, List<double[]> points) {}

    /** An empty chart; the label is for those who cannot see it. */
    CurveChart(final String label) {
        this.label = label;
    }

    /** Puts a word below the chart, from 0 at the left to 1 at the right. */
    void tickBelow(final double place, final String text) {
        ticksBelow.add(new Tick(place, text));
    }

    /** Puts a word beside the chart, from 0 at the bottom to 1 at the top. */
    void tickAtLeft(final double place, final String text) {
        ticksAtLeft.add(new Tick(place, text));
    }

    /** Adds a line through points, x and y from 0 to 1, y upwards. */
    void add(final String name, final List<double[]> points) {
        curves.add(new Curve(name, List.copyOf(points)));
    }

    /** Draws it, with a legend below. */
    void draw(final Html html) {
        html.open("div", "class", "curves");
        html.open("svg", "role", "img", "aria-label", label, "width", "100%", "height", String.valueOf(HEIGHT));
        html.open("svg", "y", "8", "height", String.valueOf(HEIGHT - BOTTOM - 8), "class", "plot");
        for (final Tick tick : ticksAtLeft) {
            final String y = Html.percent(1 - tick.place);
            html.empty("line", "class", "grid", "x1", "0", "x2", "100%", "y1", y, "y2", y);
        }
        html.open(
                "svg",
                "viewBox",
                "0 0 1000 1000",
                "preserveAspectRatio",
                "none",
                "width",
                "100%",
                "height",
                "100%",
                "overflow",
                "visible");
        for (int i = 0; i < curves.size(); i++) line(html, curves.get(i), i);
        html.close();
        html.close();
        for (final Tick tick : ticksAtLeft) {
            html.leaf(
                    "text",
                    tick.text,
                    "x",
                    "-8",
                    "y",
                    String.valueOf(Math.round(12 + (1 - tick.place) * (HEIGHT - BOTTOM - 8))),
                    "text-anchor",
                    "end");
        }
        html.open("svg", "y", String.valueOf(HEIGHT - BOTTOM), "class", "plot", "height", "24");
        for (final Tick tick : ticksBelow) {
            html.leaf("text", tick.text, "x", Html.percent(tick.place), "y", "18", "text-anchor", anchor(tick.place));
        }
        html.close();
        html.close();
        html.open("ul", "class", "legend");
        for (int i = 0; i < curves.size(); i++) {
            html.open("li");
            html.open("svg", "width", "28", "height", "10", "aria-hidden", "true");
            html.empty("line", "class", style(i), "x1", "0", "x2", "28", "y1", "5", "y2", "5");
            html.close().text(" " + curves.get(i).name).close();
        }
        html.close().close();
    }

    private static String anchor(final double place) {
        return place < 0.02 ? "start" : place > 0.98 ? "end" : "middle";
    }

    private static void line(final Html html, final Curve curve, final int number) {
        final StringBuilder points = new StringBuilder();
        for (final double[] point : curve.points) {
            points.append(String.format(Locale.ROOT, "%.1f,%.1f ", 1000 * point[0], 1000 * (1 - point[1])));
        }
        html.empty(
                "polyline", "class", style(number), "points", points.toString().strip());
    }

    private static String style(final int number) {
        return "curve c" + number % STYLES;
    }
}
