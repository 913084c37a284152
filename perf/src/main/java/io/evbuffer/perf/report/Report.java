package io.evbuffer.perf.report;

import io.evbuffer.perf.compare.Environment;
import io.evbuffer.perf.compare.Results;
import io.evbuffer.perf.compare.Row;
import io.evbuffer.perf.compare.Score;
import io.evbuffer.perf.growth.GrowthTable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A comparison as one page: ratios, a chart and a table for each workload, growth and latencies where there are some.
 *
 * <p>The page needs nothing but itself: drawings are SVG in it, and it runs no script.
 */
public final class Report {
    private static final String STYLE = "report.css";

    private final Results results;
    private final @Nullable GrowthTable growth;

    /**
     * Prepares a page.
     *
     * @param results what it shows.
     * @param growth shown too, if there is one.
     */
    public Report(final Results results, final @Nullable GrowthTable growth) {
        this.results = results;
        this.growth = growth;
    }

    /**
     * Writes the page.
     *
     * @param file is overwritten; its folder is made if there is none.
     * @throws IOException if it cannot be written, or a histogram is none.
     */
    public void write(final Path file) throws IOException {
        final Path folder = file.toAbsolutePath().getParent();
        if (folder != null) Files.createDirectories(folder);
        Files.writeString(file, render(), StandardCharsets.UTF_8);
    }

    /** Where a workload stands on the page. */
    static String anchor(final Row row) {
        return row.title().replaceAll("[^A-Za-z0-9]+", "-");
    }

    /** The page as text. */
    String render() throws IOException {
        final Html html = new Html();
        html.raw("<!DOCTYPE html>\n").open("html", "lang", "en");
        html.open("head").empty("meta", "charset", "utf-8");
        html.empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
        html.empty("meta", "name", "color-scheme", "content", "light dark");
        html.empty("link", "rel", "icon", "href", "data:,");
        html.leaf("title", "EvBuffer beside its peers");
        html.open("style").raw(style()).close().close();
        html.open("body");
        header(html);
        html.open("main");
        overview(html);
        for (final Map.Entry<String, List<Row>> group : groups().entrySet()) workloads(html, group);
        if (growth != null) GrowthSection.draw(html, growth);
        html.close();
        footer(html);
        html.close().close();
        return html + "\n";
    }

    private static String style() throws IOException {
        try (InputStream style = Report.class.getResourceAsStream(STYLE)) {
            if (style == null) throw new IOException(STYLE + " is missing in the jar");
            return new String(style.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private Map<String, List<Row>> groups() {
        final Map<String, List<Row>> groups = new LinkedHashMap<>();
        for (final Row row : results.workloads()) {
            groups.computeIfAbsent(row.name(), key -> new ArrayList<>()).add(row);
        }
        return groups;
    }

    private void header(final Html html) {
        final int compared = RatioChart.sorted(results.workloads()).size();
        html.open("header").leaf("h1", "EvBuffer beside its peers");
        html.open("p", "class", "lead");
        html.text("At or ahead of the best peer in ")
                .leaf("strong", (compared - results.losses()) + " of " + compared)
                .text(" workloads. Times are medians; lower is better throughout.")
                .close();
        final Environment environment = results.environment();
        html.open("dl");
        entry(html, "Processor", environment.cpu());
        entry(html, "Kernel", environment.kernel());
        entry(html, "Java", environment.jdk());
        entry(html, "Flags", environment.flags());
        entry(html, "Commit", environment.commit());
        entry(html, "Search", environment.search());
        html.close().close();
    }

    private static void entry(final Html html, final String name, final String value) {
        html.open("div").leaf("dt", name).leaf("dd", value).close();
    }

    private void overview(final Html html) {
        html.open("section", "id", "overview").leaf("h2", "Ours to the best peer");
        html.leaf(
                "p",
                "Left of the line ours takes less time, right of it more. The scale is logarithmic and ends at an"
                        + " eighth and at eight times.");
        html.open("figure", "class", "pair", "data-overview", "ratio").open("div", "class", "chart");
        RatioChart.draw(html, results.workloads());
        html.close();
        html.open("div", "class", "table").open("table").open("thead").open("tr");
        for (final String head : List.of("workload", "ratio", "best peer")) html.leaf("th", head, "scope", "col");
        html.close().close().open("tbody");
        for (final Row row : RatioChart.sorted(results.workloads())) {
            html.open("tr", "class", row.isLost() ? "lost" : "");
            html.open("th", "scope", "row");
            html.leaf("a", row.title(), "href", "#" + anchor(row)).close();
            html.leaf("td", Numbers.ratio(row.ratio().orElseThrow()));
            html.leaf("td", row.bestPeer().orElseThrow() + (row.isLost() ? ", ahead" : ""), "class", "word");
            html.close();
        }
        html.close().close().close().close().close();
    }

    private static void workloads(final Html html, final Map.Entry<String, List<Row>> group) throws IOException {
        html.open("section").leaf("h2", capital(group.getKey()));
        for (final Row row : group.getValue()) {
            html.open("article", "id", anchor(row));
            if (!row.parameters().isEmpty()) {
                html.leaf("h3", row.title().substring(row.name().length() + 2));
            }
            html.open("p", "class", "verdict").text(verdict(row)).close();
            row.failures()
                    .forEach((contender, reason) ->
                            html.leaf("p", contender + " failed: " + reason, "class", "failure"));
            html.open("figure", "class", "pair", "data-workload", row.title());
            html.open("div", "class", "chart");
            BarChart.draw(html, row);
            html.close();
            table(html, row);
            html.close();
            LatencyChart.draw(html, row);
            html.close();
        }
        html.close();
    }

    private static String capital(final String name) {
        return name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1);
    }

    private static String verdict(final Row row) {
        if (row.ratio().isEmpty()) return "No peer was measured.";
        final String ratio = Numbers.ratio(row.ratio().getAsDouble());
        final String peer = row.bestPeer().orElseThrow();
        return row.isLost()
                ? "Behind " + peer + ": " + ratio + " times its time."
                : "Best peer: " + peer + ". Ours takes " + ratio + " times its time.";
    }

    private static void table(final Html html, final Row row) {
        final TreeSet<String> extras = new TreeSet<>();
        row.contenders().values().forEach(score -> extras.addAll(score.extras().keySet()));
        row.floors().values().forEach(score -> extras.addAll(score.extras().keySet()));
        html.open("div", "class", "table").open("table").open("thead").open("tr");
        html.leaf("th", "contender", "scope", "col");
        html.leaf("th", row.unit(), "scope", "col");
        html.leaf("th", "spread", "scope", "col");
        html.leaf("th", "B/op", "scope", "col");
        for (final String extra : extras) html.leaf("th", extra, "scope", "col");
        html.close().close().open("tbody");
        BarChart.sorted(row.contenders())
                .forEach(score -> line(html, score, score.getKey(), extras, Row.isOurs(score.getKey())));
        BarChart.sorted(row.floors()).forEach(score -> line(html, score, score.getKey() + " (floor)", extras, false));
        html.close().close().close();
    }

    private static void line(
            final Html html,
            final Map.Entry<String, Score> entry,
            final String name,
            final Set<String> extras,
            final boolean ours) {
        final Score score = entry.getValue();
        html.open("tr", "class", ours ? "ours" : "").leaf("th", name, "scope", "row");
        html.leaf("td", (score.disturbed() ? "~" : "") + Numbers.text(score.median()));
        html.leaf("td", Numbers.text(score.spread()));
        html.leaf("td", score.bytesPerOp() == null ? "–" : Numbers.text(score.bytesPerOp()));
        for (final String extra : extras) {
            final Double value = score.extras().get(extra);
            html.leaf("td", value == null ? "–" : Numbers.text(value));
        }
        html.close();
    }

    private static void footer(final Html html) {
        html.open("footer");
        html.leaf(
                "p",
                "Each contender runs in a process of its own, in turn with the others. Spread is the interquartile range. A"
                        + " floor does less than the contenders and shows what the machine allows. A number with a ~ was"
                        + " measured while somebody else used the same core. A bar with gaps at its end is cut. B/op is"
                        + " what is allocated on the Java heap per operation.");
        html.close();
    }
}
