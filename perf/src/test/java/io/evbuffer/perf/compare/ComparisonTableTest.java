package io.evbuffer.perf.compare;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ComparisonTableTest {
    private final ComparisonTable table = new ComparisonTable("ns", "evbuffer", "nio");

    @Test
    void eachWorkloadIsALineWithOursFirstAndTheRatioToTheBestPeer() {
        table.put("append", "okio", 5.004);
        table.put("append", "evbuffer", 4.104);
        table.put("append", "netty", 20);
        table.put("fifo", "netty", 123.4);
        table.put("fifo", "evbuffer", 61.7);

        assertThat(table.render()).isEqualTo("""
                        ns      evbuffer  netty  okio  ratio  to nio  B/op
                        append      4.10   20.0  5.00   0.82       -     -
                        fifo        61.7    123     -   0.50       -     -
                        """);
        assertThat(table.losses()).isZero();
    }

    @Test
    void aLineInWhichAPeerIsBetterNamesThePeer() {
        table.put("take", "okio", 5);
        table.put("take", "evbuffer", 6);
        table.put("take", "netty", 7);

        assertThat(table.render()).isEqualTo("""
                        ns    evbuffer  netty  okio  ratio  to nio  B/op
                        take      6.00   7.00  5.00   1.20       -     -  behind okio
                        """);
        assertThat(table.losses()).isOne();
        assertThat(table.ratio("take")).hasValue(1.2);
    }

    @Test
    void theFloorIsShownAndIsNoPeer() {
        table.put("take", "nio", 5);
        table.put("take", "evbuffer", 6);
        table.put("take", "netty", 8);

        assertThat(table.render()).isEqualTo("""
                        ns    evbuffer  netty   nio  ratio  to nio  B/op
                        take      6.00   8.00  5.00   0.75    1.20     -
                        """);
        assertThat(table.losses()).isZero();
        assertThat(table.ratio("take")).hasValue(0.75);
        assertThat(table.toFloor("take")).hasValue(1.2);
    }

    @Test
    void equalNumbersAreNoLoss() {
        table.put("move", "netty", 5);
        table.put("move", "evbuffer", 5);

        assertThat(table.losses()).isZero();
        assertThat(table.render()).endsWith("1.00       -     -\n");
    }

    @Test
    void withoutAPeerOrWithoutOursThereIsNoRatio() {
        table.put("alone", "evbuffer", 5);
        table.put("floored", "evbuffer", 5);
        table.put("floored", "nio", 4);
        table.put("absent", "netty", 5);

        assertThat(table.ratio("alone")).isEmpty();
        assertThat(table.ratio("floored")).isEmpty();
        assertThat(table.ratio("absent")).isEmpty();
        assertThat(table.ratio("unknown")).isEmpty();
        assertThat(table.toFloor("unknown")).isEmpty();
        assertThat(table.losses()).isZero();
        assertThat(table.render()).isEqualTo("""
                        ns       evbuffer  netty   nio  ratio  to nio  B/op
                        alone        5.00      -     -      -       -     -
                        floored      5.00      -  4.00      -    1.25     -
                        absent          -   5.00     -      -       -     -
                        """);
    }

    @Test
    void ofSeveralNumbersForOnePlaceTheMedianStands() {
        table.put("append", "evbuffer", 5);
        table.put("append", "netty", 4);
        table.put("append", "evbuffer", 2);
        table.put("append", "evbuffer", 90);
        table.put("append", "netty", 6);

        assertThat(table.ratio("append")).hasValue(1);
    }

    @Test
    void whatOursAllocatesStandsBesideTheRatio() {
        table.put("create", "evbuffer", 5);
        table.put("create", "netty", 10);
        table.putAllocated("create", 160);
        table.putAllocated("create", 160.004);
        table.putAllocated("create", 2000);

        assertThat(table.render()).isEqualTo("""
                        ns      evbuffer  netty  ratio  to nio  B/op
                        create      5.00   10.0   0.50       -   160
                        """);
    }

    @Test
    void numbersHaveThreeDigitsOrAreWhole() {
        table.put("a", "evbuffer", 9.994);
        table.put("b", "evbuffer", 9.996);
        table.put("c", "evbuffer", 99.94);
        table.put("d", "evbuffer", 99.96);
        table.put("e", "evbuffer", 12345.6);

        assertThat(table.render().lines().map(line -> line.split(" +", -1)[1]))
                .containsExactly("evbuffer", "9.99", "10.0", "99.9", "100", "12346");
    }
}
