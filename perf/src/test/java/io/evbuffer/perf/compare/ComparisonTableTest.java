package io.evbuffer.perf.compare;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ComparisonTableTest {
    private final ComparisonTable table = new ComparisonTable("ns", "evbuffer");

    @Test
    void eachWorkloadIsALineWithOursFirstAndTheRatioToTheBestPeer() {
        table.put("append", "okio", 20);
        table.put("append", "evbuffer", 4.104);
        table.put("append", "nio", 5.004);
        table.put("fifo", "nio", 123.4);
        table.put("fifo", "evbuffer", 61.7);

        assertThat(table.render()).isEqualTo("""
                        ns      evbuffer   nio  okio  ratio
                        append      4.10  5.00  20.0   0.82
                        fifo        61.7   123     -   0.50
                        """);
        assertThat(table.losses()).isZero();
    }

    @Test
    void aLineInWhichAPeerIsBetterNamesThePeer() {
        table.put("take", "nio", 5);
        table.put("take", "evbuffer", 6);
        table.put("take", "netty", 7);

        assertThat(table.render()).isEqualTo("""
                        ns    evbuffer  netty   nio  ratio
                        take      6.00   7.00  5.00   1.20  behind nio
                        """);
        assertThat(table.losses()).isOne();
        assertThat(table.ratio("take")).hasValue(1.2);
    }

    @Test
    void equalNumbersAreNoLoss() {
        table.put("move", "nio", 5);
        table.put("move", "evbuffer", 5);

        assertThat(table.losses()).isZero();
        assertThat(table.render()).endsWith("1.00\n");
    }

    @Test
    void withoutAPeerOrWithoutOursThereIsNoRatio() {
        table.put("alone", "evbuffer", 5);
        table.put("absent", "nio", 5);

        assertThat(table.ratio("alone")).isEmpty();
        assertThat(table.ratio("absent")).isEmpty();
        assertThat(table.ratio("unknown")).isEmpty();
        assertThat(table.losses()).isZero();
        assertThat(table.render()).isEqualTo("""
                        ns      evbuffer   nio  ratio
                        alone       5.00     -      -
                        absent         -  5.00      -
                        """);
    }

    @Test
    void aNewNumberReplacesTheOldOne() {
        table.put("append", "evbuffer", 5);
        table.put("append", "nio", 4);
        table.put("append", "evbuffer", 2);

        assertThat(table.ratio("append")).hasValue(0.5);
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
