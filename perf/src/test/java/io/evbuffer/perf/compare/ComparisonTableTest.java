package io.evbuffer.perf.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ComparisonTableTest {
    private static Row row(final String name, final Map<String, Score> contenders, final Map<String, Score> floors) {
        return new Row(name, Map.of(), "ns/op", contenders, floors);
    }

    private static Row row(final String name, final Map<String, Score> contenders) {
        return row(name, contenders, Map.of());
    }

    private static Score score(final double median) {
        return Score.of(median, median / 10);
    }

    private static String render(final Row... rows) {
        return new ComparisonTable(List.of(rows)).render();
    }

    @Test
    void eachWorkloadIsALineWithOursFirstAndTheRatioToTheBestPeer() {
        final Row append = row(
                "append", Map.of("okio", Score.of(5.004, 0.2), "evbuffer", Score.of(4.104, 0.16), "netty", score(20)));
        final Row fifo = row("fifo", Map.of("netty", score(123.4), "evbuffer", score(61.7)));

        assertThat(render(append, fifo)).isEqualTo("""
                ns/op    evbuffer      netty       okio  ratio  to floor  B/op
                append  4.10 ±2 %  20.0 ±5 %  5.00 ±2 %   0.82         -     -
                fifo    61.7 ±5 %   123 ±5 %          -   0.50         -     -
                """);
    }

    @Test
    void aLineInWhichAPeerIsBetterNamesThePeer() {
        assertThat(render(row("take", Map.of("okio", score(5), "evbuffer", score(6), "netty", score(7)))))
                .endsWith("  1.20         -     -  behind okio\n");
    }

    @Test
    void floorsStandBehindTheRatioAndAreNoPeers() {
        final Row take = row(
                "take",
                Map.of("evbuffer", score(6), "netty", score(8)),
                Map.of("nio", score(5), "raw-copy", score(5.5)));

        assertThat(render(take)).isEqualTo("""
                ns/op   evbuffer      netty  ratio        nio   raw-copy  to floor  B/op
                take   6.00 ±5 %  8.00 ±5 %   0.75  5.00 ±5 %  5.50 ±5 %      1.20     -
                """);
    }

    @Test
    void oursInAnotherFormIsNoPeer() {
        final Row ring = row("ring", Map.of("evbuffer", score(6), "evbuffer-poll", score(5), "netty-epoll", score(7)));

        assertThat(ring.isLost()).isFalse();
        assertThat(ring.bestPeer()).contains("netty-epoll");
        assertThat(render(ring)).startsWith("ns/op   evbuffer  evbuffer-poll  netty-epoll  ratio");
    }

    @Test
    void equalNumbersAreNoLoss() {
        final Row move = row("move", Map.of("netty", score(5), "evbuffer", score(5)));

        assertThat(move.isLost()).isFalse();
        assertThat(render(move)).endsWith("1.00         -     -\n");
    }

    @Test
    void withoutAPeerOrWithoutOursThereIsNoRatio() {
        final Row alone = row("alone", Map.of("evbuffer", score(5)));
        final Row floored = row("floored", Map.of("evbuffer", score(5)), Map.of("nio", score(4)));
        final Row absent = row("absent", Map.of("netty", score(5)), Map.of("nio", score(4)));

        assertThat(alone.ratio()).isEmpty();
        assertThat(alone.toFloor()).isEmpty();
        assertThat(floored.ratio()).isEmpty();
        assertThat(floored.toFloor()).hasValue(1.25);
        assertThat(absent.ratio()).isEmpty();
        assertThat(absent.toFloor()).isEmpty();
        assertThat(render(alone, floored, absent)).isEqualTo("""
                ns/op     evbuffer      netty  ratio        nio  to floor  B/op
                alone    5.00 ±5 %          -      -          -         -     -
                floored  5.00 ±5 %          -      -  4.00 ±5 %      1.25     -
                absent           -  5.00 ±5 %      -  4.00 ±5 %         -     -
                """);
    }

    @Test
    void whoFailedHasAColumnAndNoNumber() {
        final Row take = new Row(
                "take",
                Map.of(),
                "ns/op",
                Map.of("evbuffer", score(6), "okio", score(8)),
                Map.of(),
                Map.of("netty", "no luck", "nio", "none either"));

        assertThat(render(take)).isEqualTo("""
                ns/op   evbuffer   netty       okio  ratio     nio  to floor  B/op
                take   6.00 ±5 %  failed  8.00 ±5 %   0.75  failed         -     -
                """);
    }

    @Test
    void whatOursAllocatesAndCountsStandsBesideTheRatio() {
        final Score ours = new Score(5, 0.5, 160.0, Map.of("systemCalls", 2.0), false, null);
        final Score netty = new Score(10, 1, 64.0, Map.of("resident", 7.0), false, null);

        assertThat(render(row("create", Map.of("evbuffer", ours, "netty", netty))))
                .isEqualTo("""
                ns/op    evbuffer      netty  ratio  to floor  B/op  systemCalls
                create  5.00 ±5 %  10.0 ±5 %   0.50         -   160         2.00
                """);
    }

    @Test
    void aDisturbedNumberIsMarked() {
        final Map<String, Score> scores = new TreeMap<>();
        scores.put("evbuffer", new Score(85, 8.5, null, Map.of(), true, null));
        scores.put("netty", score(90));

        assertThat(render(row("lines", scores))).contains(" ~85.0 ±5 % ").contains("  90.0 ±5 %");
    }

    @Test
    void numbersHaveThreeDigitsOrAreWhole() {
        assertThat(List.of(9.994, 9.996, 99.94, 99.96, 12345.6))
                .extracting(ComparisonTable::number)
                .containsExactly("9.99", "10.0", "99.9", "100", "12346");
    }
}
