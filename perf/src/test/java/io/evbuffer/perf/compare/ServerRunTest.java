package io.evbuffer.perf.compare;

import static org.assertj.core.api.Assertions.assertThat;

import io.evbuffer.perf.load.ServerTrial;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class ServerRunTest {
    private static final long HALF = 500_000_000;
    private static final Timing LONG = new Timing(1000, 500, 10, 100);

    private long now = 17;

    /** A server whose numbers are given, the last one for ever; the clock is the test's. */
    private final class Given implements ServerTrial {
        private final double[] numbers;
        private int runs;
        private long shortest;

        Given(final double... numbers) {
            this.numbers = numbers;
        }

        @Override
        public double run(final long nanos) {
            now += Math.max(nanos, shortest);
            return numbers[Math.min(runs++, numbers.length - 1)];
        }

        @Override
        public long shortestNanos() {
            return shortest;
        }

        @Override
        public void close() {}
    }

    @Test
    void aServerWarmsUpUntilItGetsNoBetter() throws IOException {
        final Given server = new Given(400, 300, 310, 305, 200, 100, 99, 98, 97);

        run(server, LONG, false).warmUp();

        assertThat(server.runs).isEqualTo(6 + 10); // the sixth was the last that was better
    }

    @Test
    void oneThatIsWarmFromTheBeginningIsDoneSoon() throws IOException {
        final Given server = new Given(100);

        run(server, LONG, false).warmUp();

        assertThat(server.runs).isEqualTo(1 + 10);
    }

    @Test
    void withoutTimeNothingIsWarmedUp() throws IOException {
        final Given server = new Given(100);

        run(server, new Timing(0, 500, 10, 100), false).warmUp();

        assertThat(server.runs).isZero();
    }

    private ServerRun run(final Given server, final Timing timing, final boolean compiled) {
        return new ServerRun(server, timing, compiled, () -> now);
    }

    private List<Iterations.Measured> measure(final Given server, final boolean compiled) throws IOException {
        try (ServerRun run = run(server, new Timing(16, 250, 10, 100), compiled)) {
            run.warmUp();
            while (!run.isDone()) run.iterate();
            return run.sample().iterations();
        }
    }

    @Test
    void aServerWarmsUpAndRunsAsOftenAsItShould() throws IOException {
        final Given server = new Given(100);
        final long begin = now;

        assertThat(measure(server, false)).hasSize(10);
        assertThat(server.runs).isEqualTo(16 + 10);
        assertThat(now - begin).isEqualTo(10 * HALF);
    }

    @Test
    void whatIsNotCompiledWhileItRunsIsWarmSoon() throws IOException {
        final Given server = new Given(100);

        assertThat(measure(server, true)).hasSize(10);
        assertThat(server.runs).isEqualTo(4 + 10);
    }

    @Test
    void aLoadThatKnowsOnlyWholeSecondsRunsLessOftenInTheSameTime() throws IOException {
        final Given server = new Given(100);
        server.shortest = 2 * HALF;
        final long begin = now;

        assertThat(measure(server, false)).hasSize(3);
        assertThat(server.runs).isEqualTo(2 + 3);
        assertThat(now - begin).isEqualTo(10 * HALF);
    }
}
