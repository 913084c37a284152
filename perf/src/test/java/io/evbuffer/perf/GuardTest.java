package io.evbuffer.perf;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GuardTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @TempDir
    private Path folder;

    private String file(final String name, final double ours) throws IOException {
        return Files.writeString(folder.resolve(name), """
                {"environment": {"cpu": "", "kernel": "", "jdk": "", "flags": "", "commit": "", "search": ""},
                 "workloads": [{"name": "add", "parameters": {}, "unit": "ns/op", "floors": {}, "contenders": {
                   "evbuffer": {"median": %s, "spread": 0, "bytesPerOp": 0}, "okio": {"median": 10, "spread": 0}}}]}
                """.formatted(ours)).toString();
    }

    private int run(final String... args) {
        return Guard.run(args, new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8));
    }

    @Test
    void itFailsOnARatioThatIsWorseByMoreThanTheTolerance() throws IOException {
        final String before = file("old.json", 10);

        assertThat(run(before, file("new.json", 10.9))).isZero();
        assertThat(run(before, file("new.json", 11.1))).isEqualTo(1);
        assertThat(run(before, file("new.json", 11.1), "--tolerance", "1.2")).isZero();
        assertThat(out.toString(UTF_8)).isEqualToNormalizingNewlines("""
                guard: 1 workloads compared, 0 numbers worse
                worse: add: ratio 1.11, was 1.00
                guard: 1 workloads compared, 1 numbers worse
                guard: 1 workloads compared, 0 numbers worse
                """);
    }

    @Test
    void misuseAndMissingFilesAreTold() throws IOException {
        final String before = file("old.json", 10);

        assertThat(run(before)).isEqualTo(2);
        assertThat(run(before, before, "--tolerance", "0.9")).isEqualTo(2);
        assertThat(run(before, before, "--tolerance")).isEqualTo(2);
        assertThat(run(before, before, "--loud")).isEqualTo(2);
        assertThat(run(before, folder.resolve("nowhere.json").toString())).isEqualTo(1);
        assertThat(err.toString(UTF_8)).contains("two files are compared", "'0.9'", "'--loud'", "nowhere.json");
    }
}
