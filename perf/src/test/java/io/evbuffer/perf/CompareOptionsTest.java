package io.evbuffer.perf;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class CompareOptionsTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(final String... args) {
        return Compare.run(args, new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8));
    }

    @Test
    void withoutAWordItIsQuickAndWritesNothing() {
        assertThat(CompareOptions.parse()).isEqualTo(new CompareOptions(0, "", null, null, null, null, null));
        assertThat(CompareOptions.parse("--quick")).isEqualTo(CompareOptions.parse());
    }

    @Test
    void allOptionsAreRead() {
        assertThat(CompareOptions.parse(
                        "--full",
                        "--only",
                        "append|fifo",
                        "--json",
                        "a.json",
                        "--report",
                        "r.html",
                        "--growth",
                        "g.json",
                        "--against",
                        "b.json",
                        "--log",
                        "jmh.log"))
                .isEqualTo(new CompareOptions(
                        3,
                        "(?i)append|fifo",
                        Path.of("a.json"),
                        Path.of("r.html"),
                        Path.of("g.json"),
                        Path.of("b.json"),
                        Path.of("jmh.log")));
        assertThat(CompareOptions.parse("--rounds", "2").rounds()).isEqualTo(2);
    }

    @Test
    void misuseIsToldWithTheUsageAndIsNoFailure() {
        assertThat(run("--fast")).isEqualTo(2);
        assertThat(run("--json")).isEqualTo(2);
        assertThat(run("--rounds", "0")).isEqualTo(2);
        assertThat(run("--rounds", "many")).isEqualTo(2);
        assertThat(run("--quick", "--only", "(")).isEqualTo(2);
        assertThat(err.toString(UTF_8))
                .contains("unknown argument '--fast'", "--json needs a value", "not a number of rounds: '0'")
                .contains("not a number of rounds: 'many'", "--only is no regular expression", "usage: Compare");
        assertThat(out.toString(UTF_8)).isEmpty();
    }

    @Test
    void helpIsTheUsage() {
        assertThat(run("--help")).isZero();
        assertThat(out.toString(UTF_8)).startsWith("usage: Compare").contains("--quick", "--full", "--only", "--json");
    }
}
