package io.evbuffer.perf.stress;

import static org.assertj.core.api.Assertions.assertThat;

import io.evbuffer.perf.stress.StressRun.Outcome;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openjdk.jcstress.annotations.JCStressTest;

class StressRunTest {
    @TempDir
    Path folder;

    @Test
    void everyScenarioIsOnTheListOfWhatMustRun() throws IOException {
        final long scenarios = Stream.of(SharedCountStress.class, SharedPoolStress.class, SlabPoolStress.class)
                .flatMap(type -> Stream.of(type.getDeclaredClasses()))
                .filter(type -> type.isAnnotationPresent(JCStressTest.class))
                .count();

        assertThat(StressRun.scenarios()).isEqualTo((int) scenarios).isGreaterThan(10);
    }

    @Test
    void aRunOfNothingHasNotPassed() throws IOException {
        final ByteArrayOutputStream words = new ByteArrayOutputStream();

        final boolean passed = StressRun.run(
                new PrintStream(words, true, StandardCharsets.UTF_8), folder, List.of("-t", "NoSuchScenario"));

        assertThat(passed).isFalse();
        assertThat(words.toString(StandardCharsets.UTF_8)).contains("0 of 0 runs");
    }

    @Test
    void theLastCountIsTheOutcome() {
        final String words = """
            (Results: 3 planned; 1 passed, 0 failed, 0 soft errs, 0 hard errs)
            (Results: 3 planned; 2 passed, 1 failed, 0 soft errs, 0 hard errs)
            """;

        assertThat(Outcome.of(words)).isEqualTo(new Outcome(3, 2));
        assertThat(Outcome.of("it did not start")).isEqualTo(new Outcome(0, 0));
    }
}
