package io.evbuffer.perf.compare;

import static org.assertj.core.api.Assertions.assertThat;

import io.evbuffer.perf.load.ServerTrial;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class ServerMeasurerTest {
    /** A server whose numbers are given, the last one for ever. */
    private static final class Given implements ServerTrial {
        private final double[] numbers;
        private int runs;

        Given(final double... numbers) {
            this.numbers = numbers;
        }

        @Override
        public double run(final long nanos) {
            return numbers[Math.min(runs++, numbers.length - 1)];
        }

        @Override
        public void close() {}
    }

    @Test
    void aServerWarmsUpUntilItGetsNoBetter() throws IOException {
        final Given server = new Given(400, 300, 310, 305, 200, 100, 99, 98, 97);

        ServerMeasurer.warmUp(server, Long.MAX_VALUE);

        assertThat(server.runs).isEqualTo(6 + 10); // the sixth was the last that was better
    }

    @Test
    void oneThatIsWarmFromTheBeginningIsDoneSoon() throws IOException {
        final Given server = new Given(100);

        ServerMeasurer.warmUp(server, Long.MAX_VALUE);

        assertThat(server.runs).isEqualTo(1 + 10);
    }

    @Test
    void withoutTimeNothingIsWarmedUp() throws IOException {
        final Given server = new Given(100);

        ServerMeasurer.warmUp(server, 0);

        assertThat(server.runs).isZero();
    }
}
