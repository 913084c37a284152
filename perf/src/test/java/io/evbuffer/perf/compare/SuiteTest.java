package io.evbuffer.perf.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SuiteTest {
    @Test
    void everyWorkloadHasOursFirstAndItsPeers() {
        final List<Workload> workloads = Suite.find("");

        assertThat(workloads)
                .extracting(Workload::title)
                .contains(
                        "append, length 16",
                        "body, mebibytes 200",
                        "broadcast, outputs 1000",
                        "churn, sizes mixed",
                        "contended take, threads 32",
                        "create",
                        "fifo, backlog 64",
                        "file send, bytes 65536",
                        "fragmented access, order big",
                        "frames",
                        "hand over",
                        "http head, fragment 1460",
                        "lines",
                        "move",
                        "multicast",
                        "null write, chains 1024, piece 1024",
                        "portable search, needle 4",
                        "prepend",
                        "random copy out",
                        "scatter read, chains 8",
                        "search, needle adversarial",
                        "shared take, size 4096",
                        "socket write, chains 16, piece 1024",
                        "take, size 4096",
                        "typed access, order little",
                        "virtual take, threads 10000")
                .doesNotHaveDuplicates();
        assertThat(workloads).allSatisfy(workload -> {
            assertThat(workload.contenders()).startsWith(Workload.OURS);
            if (workload.type().contains(".reactor.")) { // libevent in C is another
                assertThat(workload.contenders()).contains("nettyEpoll");
            } else {
                assertThat(workload.contenders()).hasSizeGreaterThan(3).contains("nettyAdaptive", "nettyPooled", "nio");
            }
        });
    }

    @Test
    void everyWorkloadAboutMemoryHasTwoOtherLibrariesAtLeast() {
        assertThat(Suite.find(""))
                .filteredOn(workload -> !workload.doesCalls())
                .allSatisfy(workload -> assertThat(workload.contenders().stream()
                                .filter(contender -> !Workload.isFloor(contender))
                                .map(Workload::family)
                                .distinct())
                        .hasSizeGreaterThanOrEqualTo(3)); // ours is the first
    }

    @Test
    void aPatternChoosesWorkloads() {
        assertThat(Suite.find("AppendBenchmark"))
                .extracting(Workload::title)
                .containsExactly("append, length 16", "append, length 64", "append, length 4096");
        assertThat(Suite.find("NoSuchBenchmark")).isEmpty();
    }

    @Test
    void aPatternChoosesContenders() {
        assertThat(Suite.find("MoveBenchmark\\.(okio|evbuffer)$"))
                .singleElement()
                .extracting(Workload::contenders)
                .isEqualTo(List.of("evbuffer", "okio"));
    }

    /** {@code hand over} is a title without the letters of HandOverBenchmark. */
    @Test
    void whatANameExcludesDoesNotComeBackByItsTitle() {
        assertThat(Suite.find("^(?!.*HandOver)"))
                .isNotEmpty()
                .extracting(Workload::name)
                .doesNotContain("hand over");
    }

    @Test
    void aPatternThatNoNameHasChoosesByTheTitle() {
        assertThat(Suite.find("file send, bytes (4096|65536)$"))
                .allSatisfy(workload ->
                        assertThat(workload.contenders()).contains("evbuffer", "nettyAdaptive", "nio", "okio"))
                .extracting(Workload::title)
                .containsExactly("file send, bytes 4096", "file send, bytes 65536");
    }

    @Test
    void parametersAreCombinedEachWithEach() {
        assertThat(Suite.combinations(Map.of())).containsExactly(Map.of());
        assertThat(Suite.combinations(Map.of("a", new String[] {"1", "2"}, "b", new String[] {"x", "y"})))
                .containsExactly(
                        Map.of("a", "1", "b", "x"),
                        Map.of("a", "1", "b", "y"),
                        Map.of("a", "2", "b", "x"),
                        Map.of("a", "2", "b", "y"));
    }

    @Test
    void namesAreReadable() {
        final Workload workload = new Workload("a.b.ColdStartBenchmark", Map.of("size", "1"), List.of("evbuffer"));

        assertThat(workload.title()).isEqualTo("cold start, size 1");
        assertThat(workload.method("okio")).isEqualTo("a.b.ColdStartBenchmark.okio");
        assertThat(Workload.column("nettyAdaptiveUnsafe")).isEqualTo("netty-adaptive-unsafe");
    }
}
