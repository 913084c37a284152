package io.evbuffer.bufferevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.bufferevent.ConnectionsRun.Ground;
import java.io.IOException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ConnectionsSimulationTest {
    private static final int RUNS = 600;
    private static final int RUNS_ELSEWHERE = 120;
    private static final int TWICE = 40;
    private static final int MOST_CLIENTS = 12;
    private static final int MOST_BYTES = 20_000;

    /** {@code -Dsim.seed=N}: only the run of that seed. */
    private static final String SEED = "sim.seed";

    @Test
    @DisplayName("BEV-1 to BEV-20, BEV-28, BEV-41: whatever network and application do, every byte arrives once and in"
            + " order")
    void manyRuns() {
        final Long only = Long.getLong(SEED);
        int whole = 0;
        int cut = 0;
        int unconnected = 0;
        int meddled = 0;
        final long first = only != null ? only : 0;
        final long last = only != null ? only : RUNS - 1;
        for (long seed = first; seed <= last; seed++) {
            final ConnectionsRun run = small(seed);
            runOrTell(seed, run);
            whole += run.whole;
            cut += run.cut;
            unconnected += run.unconnected;
            meddled += run.meddled;
        }
        if (only != null) {
            return;
        }
        assertTrue(whole > 10 * RUNS, "arrived whole: " + whole);
        assertTrue(cut > RUNS, "cut off: " + cut);
        assertTrue(unconnected > RUNS / 10, "never connected: " + unconnected);
        assertTrue(meddled > 100 * RUNS, "meddled: " + meddled);
    }

    @ParameterizedTest
    @EnumSource(names = {"TLS", "PAIRS", "TLS_ON_PAIRS"})
    @DisplayName("BEV-23 to BEV-29, BEV-44: the same with TLS on top, and on pairs")
    void manyRunsOnOtherGround(final Ground ground) {
        final Long only = Long.getLong(SEED);
        final long first = only != null ? only : 0;
        final long last = only != null ? only : RUNS_ELSEWHERE - 1;
        int whole = 0;
        int meddled = 0;
        for (long seed = first; seed <= last; seed++) {
            final ConnectionsRun run = new ConnectionsRun(seed, ground, 1 + (int) (seed % MOST_CLIENTS), MOST_BYTES);
            runOrTell(seed, run);
            whole += run.whole;
            meddled += run.meddled;
        }
        if (only != null) {
            return;
        }
        final int arrived = whole;
        final int times = meddled;
        assertTrue(arrived > 5 * RUNS_ELSEWHERE, () -> "arrived whole: " + arrived);
        assertTrue(times > 30 * RUNS_ELSEWHERE, () -> "meddled: " + times);
    }

    @Test
    @DisplayName("BEV-13, BEV-20: thousands of connections at once, on every manner of network")
    void manyConnections() {
        for (long seed = 0; seed < ConnectionsRun.Manner.values().length; seed++) {
            final ConnectionsRun run = new ConnectionsRun(seed, Ground.NETWORK, 3_000, 4_000);
            runOrTell(seed, run);
            assertTrue(run.whole > 2_000, "arrived whole: " + run.whole);
            assertTrue(run.bytes > 2_000_000, "bytes: " + run.bytes);
        }
    }

    @Test
    @DisplayName("the same seed gives the same run, another seed another")
    void theSameSeedGivesTheSameRun() {
        long former = 0;
        for (long seed = 0; seed < TWICE; seed++) {
            final long once = runOrTell(seed, small(seed));
            assertEquals(once, runOrTell(seed, small(seed)), "seed " + seed);
            assertNotEquals(former, once, "seed " + seed);
            former = once;
        }
    }

    private static ConnectionsRun small(final long seed) {
        return new ConnectionsRun(seed, Ground.NETWORK, 1 + (int) (seed % MOST_CLIENTS), MOST_BYTES);
    }

    private static long runOrTell(final long seed, final ConnectionsRun run) {
        try {
            return run.run();
        } catch (final IOException | RuntimeException | AssertionError e) {
            throw ConnectionsRun.failure(seed, e);
        }
    }
}
