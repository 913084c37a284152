package io.evbuffer.event.backend.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class SimulationTest {
    private static final int RUNS = 10_000;
    private static final int TWICE = 300;

    /** {@code -Dsim.seed=N}: only the run of that seed. */
    private static final String SEED = "sim.seed";

    @Test
    @DisplayName("EVT-1 to EVT-9, EVT-17, EVT-36, EVT-37: 10,000 runs with random seeds and faults keep the invariants")
    void manyRuns() {
        final Long only = Long.getLong(SEED);
        int completed = 0;
        int broken = 0;
        int timers = 0;
        final long first = only != null ? only : 0;
        final long last = only != null ? only : RUNS - 1;
        for (long seed = first; seed <= last; seed++) {
            final SimulationRun run = new SimulationRun(seed);
            runOrTell(seed, run);
            completed += run.completed;
            broken += run.broken;
            timers += run.timersRun;
        }
        if (only != null) return;
        final int connections = completed + broken;
        assertTrue(completed > RUNS, "completed " + completed + " of " + connections);
        assertTrue(broken > RUNS / 20, "broken " + broken + " of " + connections);
        assertTrue(timers > RUNS, "timers run: " + timers);
    }

    @Test
    @DisplayName("EVT-41: the same seed gives the same trace, another seed another")
    void theSameSeedGivesTheSameTrace() {
        long former = 0;
        for (long seed = 0; seed < TWICE; seed++) {
            final long once = runOrTell(seed, new SimulationRun(seed));
            assertEquals(once, runOrTell(seed, new SimulationRun(seed)), "seed " + seed);
            assertNotEquals(former, once, "seed " + seed);
            former = once;
        }
    }

    private static long runOrTell(final long seed, final SimulationRun run) {
        try {
            return run.run();
        } catch (final IOException | RuntimeException | AssertionError e) {
            throw SimulationRun.failure(seed, e);
        }
    }
}
