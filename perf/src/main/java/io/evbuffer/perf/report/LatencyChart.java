package io.evbuffer.perf.report;

import io.evbuffer.perf.compare.Row;
import io.evbuffer.perf.compare.Score;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;

/**
 * How long single invocations of a workload took, as HdrHistogram shows it: the time over the percentile, whose axis gives as
 * much room to each further nine.
 */
final class LatencyChart {
    private static final double[] PERCENTILES = {50, 90, 99, 99.9, 99.99};
    private static final double MOST_NINES = 4; // of the axis
    private static final int POINTS = 80;

    private final Map<String, Histogram> histograms;

    private LatencyChart(final Map<String, Histogram> histograms) {
        this.histograms = histograms;
    }

    /** Draws the histograms of a workload's contenders, with their table; nothing if it has none. */
    static void draw(final Html html, final Row row) throws IOException {
        final Map<String, Histogram> histograms = new LinkedHashMap<>();
        for (final Map.Entry<String, Score> contender : row.contenders().entrySet()) {
            final String latency = contender.getValue().latency();
            if (latency != null) histograms.put(contender.getKey(), decoded(latency));
        }
        if (!histograms.isEmpty()) new LatencyChart(histograms).draw(html, row.title());
    }

    private static Histogram decoded(final String latency) throws IOException {
        try {
            return Histogram.decodeFromCompressedByteBuffer(
                    ByteBuffer.wrap(Base64.getDecoder().decode(latency)), 0);
        } catch (final DataFormatException | RuntimeException e) { // the library throws what it comes upon
            throw new IOException("not a histogram: " + e, e);
        }
    }

    private void draw(final Html html, final String title) {
        html.open("figure", "class", "pair", "data-latency", title);
        html.open("div", "class", "chart");
        html.leaf("h4", "Single invocations, by percentile in %");
        final CurveChart chart = new CurveChart("Latency of " + title + " by percentile and contender");
        final double least = histograms.values().stream()
                .mapToDouble(histogram -> Math.max(1, histogram.getValueAtPercentile(0)))
                .min()
                .orElse(1);
        final double most = histograms.values().stream()
                .mapToDouble(histogram -> at(histogram, MOST_NINES))
                .max()
                .orElse(1);
        final int from = (int) Math.floor(Math.log10(least));
        final int to = Math.max(from + 1, (int) Math.ceil(Math.log10(most)));
        for (int power = from; power <= to; power++) {
            chart.tickAtLeft(
                    (double) (power - from) / (to - from),
                    Numbers.time(Math.pow(10, power)).replace(".00", "").replace(".0", ""));
        }
        for (int nines = 0; nines <= MOST_NINES; nines++) {
            chart.tickBelow(nines / MOST_NINES, nines == 0 ? "0" : number(100 - Math.pow(10, 2 - nines)));
        }
        histograms.forEach((contender, histogram) -> {
            final List<double[]> points = new ArrayList<>();
            for (int i = 0; i <= POINTS; i++) {
                final double place = (double) i / POINTS;
                final double value = Math.max(1, at(histogram, place * MOST_NINES));
                points.add(new double[] {place, (Math.log10(value) - from) / (to - from)});
            }
            chart.add(contender, points);
        });
        chart.draw(html);
        html.close();
        table(html);
        html.close();
    }

    private static double at(final Histogram histogram, final double nines) {
        return histogram.getValueAtPercentile(100 - Math.pow(10, 2 - nines));
    }

    private static String percentile(final double percentile) {
        return number(percentile) + " %";
    }

    private static String number(final double percentile) {
        return percentile == Math.rint(percentile)
                ? String.valueOf((int) percentile)
                : String.valueOf(Math.round(percentile * 100) / 100.0);
    }

    private void table(final Html html) {
        html.open("div", "class", "table").open("table").open("thead").open("tr");
        html.leaf("th", "contender", "scope", "col");
        for (final double percentile : PERCENTILES) html.leaf("th", percentile(percentile), "scope", "col");
        html.leaf("th", "most", "scope", "col").close().close().open("tbody");
        histograms.forEach((contender, histogram) -> {
            html.open("tr").leaf("th", contender, "scope", "row");
            for (final double percentile : PERCENTILES) {
                html.leaf("td", Numbers.time((double) histogram.getValueAtPercentile(percentile)));
            }
            html.leaf("td", Numbers.time((double) histogram.getMaxValue())).close();
        });
        html.close().close().close();
    }
}
