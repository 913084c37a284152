package io.evbuffer.perf.compare;

import static org.assertj.core.api.Assertions.assertThat;

import io.evbuffer.perf.load.ServerTrial;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ServerMeasurerTest {
    private static final Timing THREE_TIMES = new Timing(1, 1, 3, 1);

    private final List<String> done = new ArrayList<>();
    private final List<String> told = new ArrayList<>();
    private final TreeMap<String, List<Double>> found = new TreeMap<>();
    private String failing = "";
    private long now;

    /** A server whose number is the length of its name; all that it does is written down. */
    private final class Named implements ServerTrial {
        private final String name;

        Named(final String name) throws IOException {
            this.name = name;
            note("starts");
        }

        private void note(final String what) throws IOException {
            final String deed = name + " " + what;
            done.add(deed);
            if (deed.equals(failing)) throw new IOException(deed);
        }

        @Override
        public double run(final long nanos) throws IOException {
            now += nanos;
            note("runs");
            return name.length();
        }

        @Override
        public void close() throws IOException {
            note("ends");
        }
    }

    private void measure() {
        ServerMeasurer.inTurn(
                List.of("ours", "netty", "c"),
                contender -> new ServerRun(new Named(contender), THREE_TIMES, false, () -> now),
                new Measurer.Outcome() {
                    @Override
                    public void found(final String contender, final Measurer.Sample sample) {
                        told.add(contender);
                        found.put(
                                contender,
                                sample.iterations().stream()
                                        .map(Iterations.Measured::number)
                                        .toList());
                    }

                    @Override
                    public void failed(final String contender, final Exception why) {
                        told.add(contender + ": " + why.getMessage());
                    }
                });
    }

    @Test
    void allAreAliveAndRunInTurn() {
        measure();

        assertThat(done).containsExactly("""
                ours starts, netty starts, c starts, \
                ours runs, netty runs, c runs, \
                ours runs, netty runs, c runs, ours runs, netty runs, c runs, ours runs, netty runs, c runs, \
                ours ends, netty ends, c ends""".split(", "));
        assertThat(told).containsExactly("ours", "netty", "c");
        assertThat(found.get("netty")).containsExactly(5.0, 5.0, 5.0);
    }

    @Test
    void whoDoesNotStartIsTold() {
        failing = "netty starts";

        measure();

        assertThat(told).containsExactly("netty: netty starts", "ours", "c");
        assertThat(done).doesNotContain("netty runs", "netty ends");
    }

    @Test
    void whoFailsEndsAtOnceAndTheOthersGoOn() {
        failing = "netty runs";

        measure();

        assertThat(told).containsExactly("netty: netty runs", "ours", "c");
        assertThat(done)
                .containsSubsequence("netty runs", "netty ends", "c runs")
                .endsWith("ours ends", "c ends");
        assertThat(done).filteredOn("netty runs"::equals).hasSize(1);
    }

    @Test
    void whoDoesNotEndHasFailedToo() {
        failing = "ours ends";

        measure();

        assertThat(told).containsExactly("ours", "netty", "c", "ours: ours ends");
        assertThat(done).endsWith("ours ends", "netty ends", "c ends");
    }

    @Test
    void asManyAreAliveAsThereAreDescriptorsFor() {
        final Map<String, String> thousand = Map.of("connections", "1000");

        assertThat(ServerMeasurer.together(20_000, thousand)).isGreaterThanOrEqualTo(9);
        assertThat(ServerMeasurer.together(4096, thousand)).isEqualTo(3);
        assertThat(ServerMeasurer.together(1024, thousand)).isEqualTo(1);
        assertThat(ServerMeasurer.together(1024, Map.of("direction", "up"))).isGreaterThanOrEqualTo(9);
        assertThat(ServerMeasurer.together(Long.MAX_VALUE, Map.of())).isEqualTo(Integer.MAX_VALUE);
    }
}
