package io.evbuffer;

import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;

/**
 * Long random lives of three buffers in which everything lasts: reservations are committed much later, references poison their
 * memory as they are released, operations in flight outlive their buffers, memory and files are refused meanwhile.
 *
 * <p>A failure names its seed; {@code -Dinterference.seed=SEED} lives that life again.
 */
class InterferenceProperties {
    private static final int STEPS = 400;

    @Provide
    Arbitrary<Long> seeds() {
        return Arbitraries.randomValue(Random::nextLong);
    }

    @Property(tries = 200, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
    void whatLastsIsNotDisturbedByWhatHappensMeanwhile(@ForAll("seeds") final long any) {
        final long seed = Long.getLong("interference.seed", any);
        try {
            live(new Interference(seed, false));
        } catch (final RuntimeException | AssertionError e) {
            throw new AssertionError("-Dinterference.seed=" + seed + ": " + e + lastSteps(seed), e);
        }
    }

    private static void live(final Interference life) {
        for (int i = 0; i < STEPS; i++) life.step();
        life.end();
    }

    private static String lastSteps(final long seed) {
        final Interference life = new Interference(seed, true);
        try {
            live(life);
        } catch (final RuntimeException | AssertionError again) {
            return life.lastSteps();
        }
        return "\n(not the second time)";
    }
}
