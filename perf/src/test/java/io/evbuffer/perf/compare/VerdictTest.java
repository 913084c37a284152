package io.evbuffer.perf.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class VerdictTest {
    private static final Environment HERE = new Environment("", "", "", "", "", "");

    private static Results results(final Row... rows) {
        return new Results(HERE, List.of(rows));
    }

    private static Row row(final double ours, final double netty, final double okio) {
        return new Row(
                "add",
                Map.of("length", "16"),
                "ns/op",
                Map.of("evbuffer", Score.of(ours, 0), "netty", Score.of(netty, 0), "okio", Score.of(okio, 0)),
                Map.of("nio", Score.of(1, 0)));
    }

    private static Results counts(final double nanos, final double bytes, final Map<String, Double> extras) {
        return results(new Row(
                "send",
                Map.of(),
                "ns/op",
                Map.of("evbuffer", new Score(nanos, 0, bytes, extras, false, null)),
                Map.of()));
    }

    private static Results counts(final double nanos, final double bytes) {
        return counts(nanos, bytes, Map.of());
    }

    private static List<String> worse(final Results before, final Results after) {
        return Verdict.of(before, after, 1.1).worse();
    }

    @Test
    void aRatioMayBeWorseByTheTolerance() {
        final Results before = results(row(10, 20, 40));

        assertThat(worse(before, results(row(11, 20, 40)))).isEmpty();
        assertThat(worse(before, results(row(11.6, 20, 40)))).containsExactly("add, length 16: ratio 0.58, was 0.50");
        assertThat(Verdict.of(before, results(row(14.9, 20, 40)), 1.5).worse()).isEmpty();
    }

    @Test
    void aSlowerMachineIsNoLoss() {
        assertThat(worse(results(row(10, 20, 40)), results(row(30, 60, 120)))).isEmpty();
    }

    @Test
    void onlyPeersThatBothHaveCount() {
        final Map<String, Score> contenders = new TreeMap<>(row(10, 20, 40).contenders());
        contenders.remove("netty");
        final Results withoutNetty = results(new Row("add", Map.of("length", "16"), "ns/op", contenders, Map.of()));

        assertThat(worse(withoutNetty, results(row(10, 1, 40)))).isEmpty();
        assertThat(worse(results(row(10, 1, 40)), withoutNetty)).isEmpty();
        assertThat(worse(withoutNetty, results(row(20, 1, 40)))).hasSize(1);
    }

    @Test
    void whatIsBetterByAsMuchIsToldToo() {
        final Verdict verdict = Verdict.of(results(row(10, 20, 40)), results(row(5, 20, 40)), 1.1);

        assertThat(verdict.worse()).isEmpty();
        assertThat(verdict.better()).containsExactly("add, length 16: ratio 0.25, was 0.50");
        assertThat(verdict.judged()).isOne();
    }

    @Test
    void anObjectMoreInSixteenOperationsIsSeen() {
        assertThat(worse(counts(100, 0), counts(100, 16.0 / 16 + 0.03))).containsExactly("send, B/op: 1.03, was 0.00");
        assertThat(worse(counts(100, 152), counts(100, 152.6))).isEmpty();
        assertThat(worse(counts(100, 152), counts(100, 144))).isEmpty();
    }

    @Test
    void whatTheJvmAllocatesBesideALongOperationIsNotOurs() {
        assertThat(worse(counts(256_000, 2), counts(256_000, 500))).isEmpty();
        assertThat(worse(counts(256_000, 2), counts(256_000, 600))).hasSize(1);
    }

    @Test
    void systemCallsMayNotGrowAndMemoryMay() {
        final Map<String, Double> before = Map.of("systemCalls", 2.0, "residentKiB", 50_000.0);

        assertThat(worse(counts(1, 0, before), counts(1, 0, Map.of("systemCalls", 2.04, "residentKiB", 90_000.0))))
                .isEmpty();
        assertThat(worse(counts(1, 0, before), counts(1, 0, Map.of("systemCalls", 2.1))))
                .containsExactly("send, systemCalls: 2.10, was 2.00");
        assertThat(Verdict.of(counts(1, 0, before), counts(1, 0, Map.of("systemCalls", 1.0)), 1)
                        .better())
                .containsExactly("send, systemCalls: 1.00, was 2.00");
    }

    @Test
    void whatOnlyOneHasIsNamed() {
        final Results calls = counts(1, 0, Map.of("systemCalls", 2.0));

        assertThat(Verdict.of(calls, results(row(1, 2, 3)), 1.1).notJudged()).containsExactly("add, length 16", "send");
        assertThat(Verdict.of(calls, results(row(1, 2, 3)), 1.1).judged()).isZero();
        assertThat(Verdict.of(calls, counts(1, 0), 1.1).notJudged()).containsExactly("send, systemCalls");
    }
}
