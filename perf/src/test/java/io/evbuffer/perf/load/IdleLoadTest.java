package io.evbuffer.perf.load;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdleLoadTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    /** So few messages tell nothing of the ratio, but all that is measured is done. */
    @Test
    void fewAndManyAreMeasuredInTurnAndTheRatioDecides() {
        final int status = run(
                "--connections", "200", "--active", "10", "--messages", "5000", "--rounds", "1", "--backend", "epoll");

        final String words = out.toString(UTF_8);
        assertThat(err.toString(UTF_8)).isEmpty();
        assertThat(words.lines())
                .hasSize(4)
                .anyMatch(line -> line.matches("round 1 +10 connections +[0-9,]+  200 connections +[0-9,]+"))
                .anyMatch(line -> line.startsWith("median "));
        assertThat(status).isEqualTo(words.contains("TOO MUCH") ? 1 : 0);
    }

    @Test
    void upTo1Point3IsFlat() {
        assertThat(IdleLoad.isFlat(1.3)).isTrue();
        assertThat(IdleLoad.verdict(1.3)).isEqualTo("ratio: 1.30, at most 1.30 is allowed");
        assertThat(IdleLoad.isFlat(1.31)).isFalse();
        assertThat(IdleLoad.verdict(1.31)).isEqualTo("ratio: 1.31, at most 1.30 is allowed: TOO MUCH");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--rounds",
                "--rounds 0",
                "--port 1",
                "--backend kqueue",
                "--active 11 --connections 10",
                "--active 100 --messages 100"
            })
    void wrongArgumentsAreAnsweredWithUsageAndStatus2(final String arguments) {
        assertThat(run(arguments.split(" "))).isEqualTo(2);
        assertThat(err.toString(UTF_8)).startsWith("IdleLoad: ").contains("usage: IdleLoad ");
        assertThat(out.toString(UTF_8)).isEmpty();
    }

    private int run(final String... args) {
        return IdleLoad.run(args, new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8));
    }
}
