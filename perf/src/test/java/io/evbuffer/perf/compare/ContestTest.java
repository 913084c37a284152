package io.evbuffer.perf.compare;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The clock is the test's: a fork takes what it measures and a little beside. */
class ContestTest {
    private static final long SECOND = 1_000_000_000;
    private static final double QUIET = 100;

    private final ByteArrayOutputStream said = new ByteArrayOutputStream();
    private final List<String> ran = new ArrayList<>();
    private final List<String> counted = new ArrayList<>();
    private final List<Timing> timings = new ArrayList<>();
    private long now = 17;
    private long beside = SECOND / 2;
    private double yardstick = QUIET;
    private String failing = "";

    private final Contest contest = new Contest(
            new Measurer() {
                @Override
                public void measure(
                        final Workload workload,
                        final List<String> contenders,
                        final Timing timing,
                        final Outcome outcome) {
                    Measurer.each(
                            contenders,
                            outcome,
                            contender -> outcome.found(contender, measure(workload, contender, timing)));
                }

                private Sample measure(final Workload workload, final String contender, final Timing timing) {
                    ran.add(workload.name() + " " + contender);
                    if (failing.equals(ran.getLast())) throw new IllegalStateException("no luck");
                    timings.add(timing);
                    now += timing.nanos() + beside;
                    final List<Iterations.Measured> iterations = new ArrayList<>();
                    for (int i = 0; i < Iterations.ENOUGH; i++) iterations.add(new Iterations.Measured(5, yardstick));
                    yardstick = QUIET;
                    return new Sample(iterations, 0.0, Map.of());
                }

                @Override
                public @Nullable String latency(final Workload workload, final String contender, final Timing timing) {
                    ran.add(workload.name() + " " + contender + " sampled");
                    return "histogram of " + contender;
                }

                @Override
                public Map<String, Double> counts(final Workload workload, final String contender) {
                    counted.add(workload.name() + " " + contender);
                    return Map.of("systemCalls", 2.0);
                }
            },
            new Progress(new PrintStream(said, true, UTF_8), () -> now),
            () -> now);

    private static Workload workload(final String name, final String... contenders) {
        return new Workload("a." + name + "Benchmark", Map.of(), List.of(contenders));
    }

    private static Workload server(final String name, final String... contenders) {
        return new Workload("io.evbuffer.perf.load." + name + "Benchmark", Map.of(), List.of(contenders));
    }

    @Test
    void aRoundIsEachContenderOnceAndTheNextBeginsWithAnother() throws Exception {
        contest.run(
                List.of(workload("Add", "evbuffer", "netty", "okio"), workload("Move", "evbuffer", "netty")),
                2,
                6,
                Long.MAX_VALUE);

        assertThat(ran)
                .containsExactly(
                        "add evbuffer",
                        "add netty",
                        "add okio",
                        "move evbuffer",
                        "move netty",
                        "add netty",
                        "add okio",
                        "add evbuffer",
                        "move netty",
                        "move evbuffer");
        assertThat(timings).containsOnly(Timing.LONG);
        assertThat(counted).containsExactly("add evbuffer", "add netty", "add okio", "move evbuffer", "move netty");
        assertThat(contest.measurements().rows()).extracting(Row::title).containsExactly("add", "move");
    }

    @Test
    void whoWasDisturbedAllTheTimeRunsAgain() throws Exception {
        yardstick = 2 * QUIET; // the first one's

        contest.run(List.of(workload("Add", "evbuffer", "netty")), 1, 3, Long.MAX_VALUE);

        assertThat(ran).containsExactly("add evbuffer", "add netty", "add evbuffer");
    }

    @Test
    void afterAWhileNobodyRunsMoreOftenThanTheOthers() throws Exception {
        yardstick = 2 * QUIET; // the first one's

        contest.run(List.of(workload("Add", "evbuffer", "netty")), 1, 3, 4 * SECOND);

        assertThat(ran).containsExactly("add evbuffer", "add netty");
    }

    @Test
    void whatIsMeasuredTellsHowLong() throws Exception {
        contest.run(
                List.of(
                        new Workload("io.evbuffer.perf.bench.AddBenchmark", Map.of(), List.of("evbuffer")),
                        new Workload("io.evbuffer.perf.bench.channel.SendBenchmark", Map.of(), List.of("evbuffer")),
                        server("Echo", "evbuffer")),
                1,
                1,
                Long.MAX_VALUE);

        assertThat(timings).containsExactly(Timing.LONG_IN_MEMORY, Timing.LONG, Timing.LONG_OF_SERVERS);
    }

    @Test
    void whoFailsHasNoNumbersAndKeepsNobodyFromBeingMeasured() throws Exception {
        failing = "add netty";

        contest.run(
                List.of(workload("Add", "evbuffer", "netty", "okio"), workload("Move", "evbuffer", "netty")),
                2,
                6,
                Long.MAX_VALUE);

        assertThat(ran)
                .containsExactly(
                        "add evbuffer",
                        "add netty",
                        "add okio",
                        "move evbuffer",
                        "move netty",
                        "add okio",
                        "add evbuffer",
                        "move netty",
                        "move evbuffer");
        final List<Row> rows = contest.measurements().rows();
        assertThat(rows).extracting(Row::title).containsExactly("add", "move");
        assertThat(rows.getFirst().contenders()).containsOnlyKeys("evbuffer", "okio");
        assertThat(rows.getFirst().failures()).containsExactly(Map.entry("netty", "no luck"));
        assertThat(rows.getLast().failures()).isEmpty();
        assertThat(said.toString(UTF_8)).contains("] add\n        netty failed: no luck\n");
        assertThat(contest.measurements().disturbances()).contains("in 0 % of the iterations");
    }

    @Test
    void theTimeLeftIsTold() throws Exception {
        contest.run(List.of(workload("Add", "evbuffer", "netty"), workload("Move", "evbuffer")), 1, 1, Long.MAX_VALUE);

        assertThat(said.toString(UTF_8)).isEqualToNormalizingNewlines("""
                [ 1 of 6] add
                [ 5 of 6, 0:02 left] move
                """);
    }

    @Test
    void aQuickContestEndsInTimeAndUsesIt() throws Exception {
        final List<Workload> workloads = new ArrayList<>();
        for (int i = 0; i < 20; i++) workloads.add(workload("Work" + i, "evbuffer", "netty", "okio"));
        final long begin = now;

        contest.runQuickly(workloads, 90 * SECOND);

        assertThat(now - begin).isBetween(80 * SECOND, 90 * SECOND);
        assertThat(ran).hasSize(60);
        assertThat(contest.leftOut()).isEmpty();
    }

    @Test
    void serversHaveTimeThatNobodyElseTakes() throws Exception {
        final List<Workload> workloads = new ArrayList<>(List.of(server("Echo", "evbuffer", "libevent", "netty")));
        for (int i = 0; i < 20; i++) workloads.add(workload("Work" + i, "evbuffer", "netty", "okio"));
        final long begin = now;

        contest.runQuickly(workloads, 90 * SECOND);

        assertThat(now - begin).isBetween(80 * SECOND, 90 * SECOND);
        assertThat(ran).hasSize(63).endsWith("echo evbuffer", "echo libevent", "echo netty");
        assertThat(contest.leftOut()).isEmpty();
        assertThat(timings.getLast().iterations()).isEqualTo(10);
        assertThat(timings.getLast().nanos()).isGreaterThanOrEqualTo(4 * SECOND);
        assertThat(timings.getFirst()).isNotEqualTo(Timing.within(0));
    }

    @Test
    void slowForksDoNotKeepServersFromBeingMeasured() throws Exception {
        beside = 3 * SECOND;

        contest.runQuickly(
                List.of(
                        workload("One", "evbuffer", "netty", "okio"),
                        workload("Two", "evbuffer", "netty", "okio"),
                        server("Echo", "evbuffer", "netty")),
                26 * SECOND);

        assertThat(contest.leftOut()).containsExactly("two");
        assertThat(contest.measurements().rows()).extracting(Row::title).containsExactly("one", "echo");
    }

    @Test
    void slowForksTakeOfTheServersTimeWhatThoseCanDoWithout() throws Exception {
        beside = 2 * SECOND;

        contest.runQuickly(
                List.of(
                        workload("One", "evbuffer", "netty", "okio"),
                        workload("Two", "evbuffer", "netty", "okio"),
                        server("Echo", "evbuffer", "netty")),
                24 * SECOND);

        assertThat(contest.leftOut()).isEmpty();
        assertThat(timings.get(3)).isEqualTo(Timing.within(0)); // the first of "two"
        assertThat(timings.getLast().nanos()).isBetween(2 * SECOND, 3 * SECOND);
    }

    @Test
    void aQuickChoiceHasEachKindOfServerAndEachClassWithTwoPeers() {
        final List<Workload> all = new ArrayList<>();
        for (int i = 0; i < 32; i++) all.add(workload("Work" + i, "evbuffer", "netty", "nettyPooled", "nio", "okio"));
        for (int i = 0; i < 3; i++) all.add(server("Echo" + i, "evbuffer", "libevent", "nettyEpoll", "nettyNio"));
        for (int i = 0; i < 2; i++) all.add(server("Http" + i, "evbuffer", "nettyEpoll", "nettyEpollTuned", "nginx"));

        final List<Workload> chosen = Contest.chooseQuickly(all, 165 * SECOND);

        assertThat(chosen)
                .extracting(Workload::title)
                .containsExactlyInAnyOrderElementsOf(
                        all.stream().map(Workload::title).toList());
        assertThat(chosen)
                .allSatisfy(workload -> assertThat(workload.contenders().stream()
                                .map(Workload::family)
                                .distinct())
                        .hasSizeGreaterThanOrEqualTo(3));
        assertThat(chosen.subList(32, 37)).extracting(Workload::name).allMatch(name -> name.matches("(echo|http)."));
    }

    @Test
    void withServersAloneTheyHaveAllTheTime() {
        final List<Workload> all = List.of(server("Echo", "evbuffer", "libevent", "nettyEpoll", "nettyNio"));

        assertThat(Contest.chooseQuickly(all, 60 * SECOND)).isEqualTo(all);
    }

    @Test
    void whatDoesNotFitIsLeftOutAndNamed() throws Exception {
        beside = 10 * SECOND;
        final long begin = now;

        contest.runQuickly(
                List.of(
                        workload("One", "evbuffer", "netty"),
                        workload("Two", "evbuffer"),
                        workload("Three", "evbuffer")),
                35 * SECOND);

        assertThat(contest.leftOut()).containsExactly("three");
        assertThat(now - begin).isLessThanOrEqualTo(35 * SECOND);
        assertThat(contest.measurements().rows()).extracting(Row::title).containsExactly("one", "two");
    }

    @Test
    void aWorkloadThatIsSampledGetsAHistogramForEachContenderOnce() throws Exception {
        contest.run(
                List.of(new Workload("a.WakeBenchmark", Map.of(), List.of("evbuffer", "netty"), true, 1)),
                2,
                2,
                Long.MAX_VALUE);

        assertThat(ran)
                .containsExactly(
                        "wake evbuffer",
                        "wake netty",
                        "wake evbuffer sampled",
                        "wake netty sampled",
                        "wake netty",
                        "wake evbuffer");
        assertThat(contest.measurements()
                        .rows()
                        .getFirst()
                        .contenders()
                        .get("netty")
                        .latency())
                .isEqualTo("histogram of netty");
    }

    @Test
    void countsTakeNoRoundsAndCallsAreCountedWhereThereAreSome() throws Exception {
        contest.count(List.of(
                new Workload("io.evbuffer.perf.bench.AddBenchmark", Map.of(), List.of("evbuffer")),
                new Workload("io.evbuffer.perf.bench.channel.SendBenchmark", Map.of(), List.of("evbuffer"))));

        assertThat(timings).containsExactly(Timing.COUNTS, Timing.CALLING_COUNTS);
        assertThat(counted).containsExactly("send evbuffer");
        assertThat(contest.measurements().rows())
                .extracting(row -> row.contenders().get("evbuffer").extras())
                .containsExactly(Map.of(), Map.of("systemCalls", 2.0));
    }

    @Test
    void aForkMeasuresForAThirdToOneAndAThirdOfASecond() {
        assertThat(Timing.within(-SECOND)).isEqualTo(new Timing(2, 100, 15));
        assertThat(Timing.within(SECOND)).isEqualTo(new Timing(6, 100, 33));
        assertThat(Timing.within(100 * SECOND)).isEqualTo(new Timing(8, 100, 50));
        assertThat(Timing.within(0).nanos()).isEqualTo(350_000_000);
    }

    @Test
    void aServerIsMeasuredForASecondAndWarmsUpForWhatIsLeft() {
        assertThat(Timing.ofServerWithin(-SECOND)).isEqualTo(new Timing(4, 250, 10, 100));
        assertThat(Timing.ofServerWithin(5 * SECOND)).isEqualTo(new Timing(16, 250, 10, 100));
        assertThat(Timing.ofServerWithin(100 * SECOND)).isEqualTo(new Timing(60, 250, 10, 100));
        assertThat(Timing.ofServerWithin(0).nanos()).isEqualTo(2 * SECOND);
    }
}
