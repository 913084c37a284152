package io.evbuffer.perf;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.evbuffer.perf.compare.Results;
import io.evbuffer.perf.growth.GrowthTable;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompareTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    @TempDir
    private Path folder;

    private Results results(final String failures) throws IOException {
        return Results.read(Files.writeString(folder.resolve("results.json"), """
                {"environment": {"cpu": "", "kernel": "", "jdk": "", "flags": "", "commit": "", "search": ""},
                 "workloads": [{"name": "add", "parameters": {}, "unit": "ns/op", "floors": {}, "failures": %s,
                   "contenders": {"evbuffer": {"median": 9, "spread": 0, "bytesPerOp": 0}}}]}
                """.formatted(failures)));
    }

    private boolean isFailed(final Results results, final @Nullable GrowthTable growth) {
        return Compare.isFailed(results, growth, new PrintStream(out, true, UTF_8));
    }

    private static GrowthTable growth(final double own) {
        return new GrowthTable(
                List.of(1024L, 4096L),
                List.of(
                        new GrowthTable.Line("memory, read", List.of(20.0, 90.0), null),
                        new GrowthTable.Line("add", List.of(20.0, 90.0), own)));
    }

    @Test
    void aContenderThatFailedFailsTheComparison() throws IOException {
        assertThat(isFailed(results("{}"), null)).isFalse();
        assertThat(isFailed(results("{\"okio\": \"no luck\"}"), null)).isTrue();
    }

    /** At its end: the page is written all the same. */
    @Test
    void growthThatIsNotFlatFailsItAndIsNamed() throws IOException {
        assertThat(isFailed(results("{}"), growth(2))).isFalse();
        assertThat(out.toString(UTF_8)).isEmpty();

        assertThat(isFailed(results("{}"), growth(2.25))).isTrue();
        assertThat(out.toString(UTF_8))
                .isEqualToNormalizingNewlines("FAILED: the cost of a byte grows with the buffer in add (2.25 times)\n");
    }
}
