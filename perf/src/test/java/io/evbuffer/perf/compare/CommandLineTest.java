package io.evbuffer.perf.compare;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.evbuffer.perf.Compare;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code java -cp benchmarks.jar io.evbuffer.perf.Compare}, as a user types it: no flag is given to the JVM. */
class CommandLineTest {
    private static final long LIMIT_SECONDS = 120;

    /** A server and the load for it, which stands on our reactor. */
    private static final String ONE_SERVER = "ConnectionChurnBenchmark\\.evbuffer$";

    @TempDir
    private Path folder;

    private Process start(final String... arguments) throws IOException {
        final List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Compare.class.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    @Test
    void aJvmWithoutFlagsComparesServersAndTableFileAndPageAgree() throws Exception {
        final Path json = folder.resolve("out.json");
        final Path page = folder.resolve("out.html");

        final Process process = start(
                "--quick",
                "--only",
                ONE_SERVER,
                "--json",
                json.toString(),
                "--report",
                page.toString(),
                "--log",
                folder.resolve("jmh.log").toString());
        final String words = process.inputReader(UTF_8).readAllAsString();

        assertThat(process.waitFor()).as(words).isZero();
        final Results results = Results.read(json);
        assertThat(results.workloads()).isNotEmpty().allSatisfy(row -> {
            assertThat(row.failures()).isEmpty();
            assertThat(row.contenders()).containsOnlyKeys("evbuffer");
        });
        assertThat(words).contains(new ComparisonTable(results.workloads()).render());
        assertThat(Files.readString(page))
                .contains(results.workloads().stream()
                        .map(row -> "data-workload=\"" + row.title() + "\"")
                        .toList());
    }

    @Test
    void theStatusIsThatOfTheComparison() throws Exception {
        final Process process = start(
                "--only", "NoSuchBenchmark", "--log", folder.resolve("jmh.log").toString());
        final String words = process.inputReader(UTF_8).readAllAsString();

        assertThat(process.waitFor()).as(words).isEqualTo(1);
        assertThat(words).contains("Compare: no benchmark matches '(?i)NoSuchBenchmark'");
        assertThat(start("--fast").waitFor()).isEqualTo(2);
    }

    @Test
    void whatItHasStartedEndsWithIt() throws Exception {
        final Process process = start(
                "--quick",
                "--only",
                ONE_SERVER,
                "--log",
                folder.resolve("jmh.log").toString());
        try (BufferedReader words = process.inputReader(UTF_8)) {
            String line = words.readLine();
            while (line != null && !line.startsWith("[ 1 of ")) line = words.readLine();
            assertThat(line).isNotNull();
        }
        final List<ProcessHandle> started = process.descendants().toList();
        assertThat(started).isNotEmpty();

        process.destroyForcibly(); // without a chance to tell anybody

        for (final ProcessHandle one : started) one.onExit().get(LIMIT_SECONDS, SECONDS);
        assertThat(started).noneMatch(ProcessHandle::isAlive);
    }
}
