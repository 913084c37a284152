package io.evbuffer.perf.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.evbuffer.perf.compare.Environment;
import io.evbuffer.perf.compare.Results;
import io.evbuffer.perf.compare.Row;
import io.evbuffer.perf.compare.Score;
import io.evbuffer.perf.growth.GrowthTable;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {
    private static final int PHONE = 390;

    @TempDir
    private Path folder;

    private static Path fixture(final String name) throws URISyntaxException {
        final URL place = ReportTest.class.getResource(name);
        assertThat(place).as(name).isNotNull();
        return Path.of(place.toURI());
    }

    private static Results results() throws Exception {
        return Results.read(fixture("results.json"));
    }

    private static GrowthTable growth() throws Exception {
        return GrowthTable.read(fixture("growth.json"));
    }

    private static List<String> strings(final JsonNode array) {
        final List<String> strings = new ArrayList<>();
        array.forEach(element -> strings.add(element.asText()));
        return strings;
    }

    @Test
    void inABrowserEveryWorkloadHasItsChartAndItsTableAndNothingIsComplainedOf() throws Exception {
        final Optional<Path> program = Browser.program();
        if (System.getenv("CI") != null)
            assertThat(program).as("chromium, on CI").isPresent();
        assumeTrue(program.isPresent(), "no chromium on the path: apt-get install chromium");
        final Path page = folder.resolve("report/index.html");
        new Report(results(), growth()).write(page);
        // not in the folder that is deleted: a browser that ends still writes into its profile
        final Path profile = Files.createTempDirectory(Files.createDirectories(Path.of("target")), "browser-");
        try (Browser browser = new Browser(program.get(), profile.toAbsolutePath())) {
            for (final boolean dark : new boolean[] {false, true}) {
                browser.dark(dark);
                for (final int width : new int[] {PHONE, 1280}) {
                    browser.size(width, 844);
                    browser.open(page);
                    check(browser, width);
                }
            }
            assertThat(browser.complaints()).isEmpty();
        }
    }

    private static void check(final Browser browser, final int width) throws Exception {
        final List<String> drawn = strings(browser.evaluate("""
                [...document.querySelectorAll('figure[data-workload]')]
                    .filter(figure => figure.querySelector('svg .ours .bar').getBoundingClientRect().width > 0
                        && figure.querySelector('table tbody tr'))
                    .map(figure => figure.dataset.workload)"""));
        assertThat(drawn)
                .containsExactlyElementsOf(
                        results().workloads().stream().map(Row::title).toList());
        assertThat(browser.evaluate("document.documentElement.scrollWidth").asInt())
                .as("no sideways scrolling")
                .isLessThanOrEqualTo(width);
        assertThat(browser.evaluate("document.querySelectorAll('svg[role=img]:not([aria-label])').length")
                        .asInt())
                .isZero();
        // a ratio for each workload with a peer, each a link that leads somewhere
        assertThat(browser.evaluate("document.querySelectorAll('.ratios a').length")
                        .asInt())
                .isEqualTo(results().workloads().size());
        assertThat(browser.evaluate("""
                [...document.querySelectorAll('a')].every(a => document.getElementById(a.getAttribute('href').slice(1)))""").asBoolean()).isTrue();
        assertThat(browser.evaluate("""
                [...document.querySelectorAll('figure[data-growth] polyline, figure[data-latency] polyline')]
                    .every(line => line.getBoundingClientRect().width > 100)""").asBoolean()).isTrue();
        assertThat(browser.evaluate("document.querySelectorAll('figure[data-growth] polyline').length")
                        .asInt())
                .isEqualTo(7);
        assertThat(browser.evaluate("document.querySelectorAll('figure[data-latency]').length")
                        .asInt())
                .isOne();
        // what is drawn, and the words beside it, stay in their place
        assertThat(browser.evaluate("""
                [...document.querySelectorAll('.curves polyline, .curves text')].every(part => {
                    const place = part.closest('.curves').getBoundingClientRect();
                    const own = part.getBoundingClientRect();
                    return own.left >= place.left - 1 && own.right <= place.right + 1;
                })""").asBoolean()).isTrue();
        // what is written beside a bar does not lie on what is written at its end
        assertThat(strings(browser.evaluate("""
                [...document.querySelectorAll('.bars g, .bars a')].filter(line => {
                    const [name, number] = [...line.querySelectorAll('text')].map(text => text.getBoundingClientRect());
                    return name.right > number.left;
                }).map(line => line.textContent)"""))).isEmpty();
    }

    @Test
    void thePageNeedsNothingButItself() throws Exception {
        final String page = new Report(results(), growth()).render();

        assertThat(page).doesNotContain("<script", "src=", "@import", "url(").doesNotContain("http:", "https:");
        assertThat(page).startsWith("<!DOCTYPE html>").contains("<html lang=\"en\">", "name=\"viewport\"");
    }

    @Test
    void numbersAndLossesStandInWords() throws Exception {
        final Row row = new Row(
                "take",
                Map.of("size", "64"),
                "ns/op",
                Map.of(
                        "evbuffer",
                        new Score(1234.5, 10, 0.0, Map.of("systemCalls", 2.0), true, null),
                        "netty",
                        Score.of(1000, 5)),
                Map.of("nio", Score.of(500, 1)));
        final Environment environment =
                new Environment("Fast <One>", "Linux", "25", "--flag", "0123456789ab", "native");

        final String page = new Report(new Results(environment, List.of(row)), null).render();

        assertThat(page)
                .contains("Behind netty: 1.23 times its time.", "~1,235", "systemCalls", "<td>2.00</td>")
                .contains("<strong>0 of 1</strong>", "Fast &lt;One&gt;", "0123456789ab", "nio (floor)")
                .doesNotContain("Growth");
    }

    @Test
    void whoFailedIsNamedWithTheReason() throws Exception {
        final Row row = new Row(
                "echo",
                Map.of(),
                "ns/op",
                Map.of("evbuffer", Score.of(10, 0)),
                Map.of(),
                Map.of("netty-nio", "no <luck>"));
        final Environment environment = new Environment("", "", "", "", "", "");

        assertThat(new Report(new Results(environment, List.of(row)), null).render())
                .contains("netty-nio failed: no &lt;luck&gt;");
    }

    @Test
    void whatTakesManyTimesAsLongAsOursHasABarThatIsCut() throws Exception {
        final Row row = new Row(
                "take",
                Map.of(),
                "ns/op",
                Map.of("evbuffer", Score.of(10, 0), "netty", Score.of(59, 0), "okio", Score.of(61, 0)),
                Map.of());
        final Environment environment = new Environment("", "", "", "", "", "");

        final String page = new Report(new Results(environment, List.of(row)), null).render();

        assertThat(page.split("class=\"peer cut\"", -1)).hasSize(2);
    }

    @Test
    void aBrokenHistogramFails() {
        final Row row = new Row(
                "wake up",
                Map.of(),
                "ns/op",
                Map.of("evbuffer", new Score(1, 0, null, Map.of(), false, "AAAA")),
                Map.of());
        final Environment environment = new Environment("", "", "", "", "", "");

        assertThatThrownBy(() -> new Report(new Results(environment, List.of(row)), null).render())
                .isInstanceOf(IOException.class);
    }
}
