package io.evbuffer.perf.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ServerLoadsTest {
    private static final long A_WHILE = TimeUnit.MILLISECONDS.toNanos(50);

    private static ServerLoads loads;

    @BeforeAll
    static void prepare() throws IOException {
        loads = new ServerLoads();
    }

    @AfterAll
    static void delete() throws IOException {
        loads.close();
    }

    static Stream<Arguments> servers() {
        return loads.kinds().stream()
                .flatMap(kind -> kind.contenders().stream().map(contender -> Arguments.of(kind, contender)));
    }

    /** Each load looks at what comes back, so that a server that loses a byte fails. */
    @ParameterizedTest
    @MethodSource("servers")
    void everyServerDoesItsWorkAndItsProcessorTimeIsSeen(final ServerLoads.Kind kind, final String contender)
            throws IOException {
        final Map<String, String> shape = kind.name().equals("EchoBenchmark")
                ? Map.of("connections", "5", "bytes", "30000", "depth", "3")
                : kind.shapes().getFirst();
        check(kind, contender, shape);
    }

    private static void check(final ServerLoads.Kind kind, final String contender, final Map<String, String> shape)
            throws IOException {
        try (ServerTrial trial = loads.start(kind.name(), contender, shape)) {
            for (int i = 0; i < 2; i++) assertThat(trial.run(A_WHILE)).isPositive();
        }
    }

    /** The test above takes the other direction. */
    @ParameterizedTest
    @MethodSource("streams")
    void everyServerMakesAStream(final String contender) throws IOException {
        final ServerLoads.Kind stream = loads.kinds().stream()
                .filter(kind -> kind.name().equals("StreamBenchmark"))
                .findFirst()
                .orElseThrow();
        check(stream, contender, Map.of("direction", "down"));
    }

    static Stream<String> streams() {
        return loads.kinds().stream()
                .filter(kind -> kind.name().equals("StreamBenchmark"))
                .flatMap(kind -> kind.contenders().stream());
    }

    @Test
    void oursAndNettyEverywhereAndOthersWhereTheyAreInstalled() {
        assertThat(loads.kinds())
                .filteredOn(kind -> Set.of("EchoBenchmark", "ConnectionChurnBenchmark", "StreamBenchmark")
                        .contains(kind.name()))
                .hasSize(3)
                .allSatisfy(kind -> assertThat(kind.contenders())
                        .startsWith("evbuffer")
                        .contains("nettyEpoll", "nettyEpollTuned", "nettyIoUring", "nettyIoUringTuned", "nettyNio"));
        assertThat(loads.kinds())
                .filteredOn(kind -> Set.of("HttpBenchmark", "ProxyBenchmark").contains(kind.name()))
                .hasSize(ServerLoads.isInstalled(HttpTrial.LOAD) ? 2 : 1)
                .allSatisfy(
                        kind -> assertThat(kind.contenders()).startsWith("evbuffer", "nettyEpoll", "nettyEpollTuned"));
        for (final String server : List.of("nginx", "haproxy")) {
            assertThat(loads.kinds())
                    .filteredOn(kind -> kind.contenders().contains(server))
                    .hasSize(ServerLoads.isInstalled(server) ? 1 : 0);
        }
        assertThat(ServerLoads.isInstalled("no-such-program")).isFalse();
    }

    /** What is not installed here is compared where it is. */
    @Test
    void everyKindHasTwoPeers() {
        assertThat(List.of(EchoTrial.KIND, ChurnTrial.KIND, StreamTrial.KIND, ProxyTrial.KIND, HttpTrial.KIND))
                .allSatisfy(kind -> assertThat(kind.contenders().stream()
                                .filter(contender -> !contender.startsWith("evbuffer"))
                                .map(contender -> contender.startsWith("netty") ? "netty" : contender)
                                .distinct())
                        .hasSizeGreaterThanOrEqualTo(2));
    }

    @Test
    void theTimeOfAProcessIsAtLeastThatOfOneOfItsThreads() throws IOException {
        final long begin = ProcessTime.nanos(ProcessHandle.current());
        final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        final long own = threads.getCurrentThreadCpuTime();
        while (threads.getCurrentThreadCpuTime() - own < 20_000_000) Thread.onSpinWait();
        assertThat(ProcessTime.nanos(ProcessHandle.current()) - begin).isGreaterThanOrEqualTo(20_000_000);
    }

    @Test
    void theTimeOfAChildIsInThatOfItsParent() throws Exception {
        final Process parent = new ProcessBuilder("sh", "-c", "(while :; do :; done) & echo started; wait")
                .redirectErrorStream(true)
                .start();
        try (BufferedReader words = parent.inputReader()) {
            assertThat(words.readLine()).isEqualTo("started");
            final long begin = ProcessTime.nanos(parent.toHandle());
            while (ProcessTime.nanos(parent.toHandle()) - begin < 20_000_000) Thread.onSpinWait();
            assertThat(parent.children()).isNotEmpty();
        } finally {
            parent.descendants().forEach(ProcessHandle::destroyForcibly);
            parent.destroyForcibly();
        }
    }
}
