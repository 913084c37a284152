package io.evbuffer.perf.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultsTest {
    private static final Environment ENVIRONMENT =
            new Environment("a processor", "Linux 6", "25", "--flag", "0123456789ab", "native");

    @TempDir
    private Path folder;

    private static Results results() {
        final Score ours = new Score(4.1, 0.25, 0.0, Map.of("systemCalls", 1.0), false, null);
        final Score netty = new Score(5.123456789, 0.5, 16.0, Map.of(), true, "histogram");
        return new Results(
                ENVIRONMENT,
                List.of(new Row(
                        "append",
                        Map.of("length", "16"),
                        "ns/op",
                        Map.of("evbuffer", ours, "netty-adaptive", netty, "libevent", Score.of(6, 1)),
                        Map.of("nio", Score.of(3, 0.1)))));
    }

    @Test
    void theFileHasTheShapeThatIsPromised() throws IOException {
        final Path file = folder.resolve("new/out.json");

        results().write(file);

        assertThat(Files.readString(file).replaceAll("\\s+", "")).isEqualTo("""
                {"environment":{"cpu":"aprocessor","kernel":"Linux6","jdk":"25","flags":"--flag",
                "commit":"0123456789ab","search":"native"},"workloads":[{"name":"append",
                "parameters":{"length":"16"},"unit":"ns/op","contenders":{
                "evbuffer":{"median":4.1,"spread":0.25,"bytesPerOp":0.0,"extras":{"systemCalls":1.0}},
                "libevent":{"median":6.0,"spread":1.0},
                "netty-adaptive":{"median":5.12346,"spread":0.5,"bytesPerOp":16.0,"disturbed":true,"latency":"histogram"}},
                "floors":{"nio":{"median":3.0,"spread":0.1}}}]}
                """.replaceAll("\\s+", ""));
    }

    @Test
    void whatIsWrittenIsRead() throws IOException {
        final Path file = folder.resolve("out.json");
        results().write(file);

        final Results read = Results.read(file);

        assertThat(read).isEqualTo(results());
        assertThat(read.row("append, length 16"))
                .map(Row::ratio)
                .hasValueSatisfying(ratio -> assertThat(ratio).hasValue(4.1 / 5.12346));
        assertThat(read.row("append")).isEmpty();
        assertThat(read.losses()).isZero();
    }

    @Test
    void failuresStandInTheFile() throws IOException {
        final Path file = folder.resolve("out.json");
        final Row row = new Row(
                "echo", Map.of(), "ns/op", Map.of("evbuffer", Score.of(1, 0)), Map.of(), Map.of("netty", "no luck"));
        final Results results = new Results(results().environment(), List.of(row));

        results.write(file);

        assertThat(Results.read(file)).isEqualTo(results);
        assertThat(Files.readString(file)).contains("\"failures\"", "\"netty\" : \"no luck\"");
    }

    @Test
    void anotherFileIsRefusedByName() throws IOException {
        final Path file = Files.writeString(folder.resolve("other.json"), "[1, 2]");

        assertThatThrownBy(() -> Results.read(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("other.json holds no results");
        assertThatThrownBy(() -> Results.read(folder.resolve("nowhere.json"))).isInstanceOf(IOException.class);
    }
}
