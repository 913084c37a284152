package io.evbuffer.libevent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evbuffer.memory.SegmentSource;
import io.evbuffer.testing.BytesAs;
import java.time.Duration;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * The same random steps on libevent and on {@link io.evbuffer.EvBuffer}.
 *
 * <p>System properties: {@code differential.seed} does one sequence again, {@code differential.minutes} goes on with new seeds
 * for so long.
 */
class Differential25Test {
    private static final int STEPS = 250;
    private static final int SEQUENCES = 600;
    private static final int RANDOM_SEQUENCES = 40;

    private final Libevent libevent = Libevent.loadOrSkip();

    @Test
    void aHundredThousandRandomStepsDoWhatTheyDoOnLibevent() {
        final Differential differential = new Differential(libevent, EvBufferSubject::new);
        final Long only = Long.getLong("differential.seed");
        if (only != null) {
            differential.run(only, STEPS);
            return;
        }
        for (long seed = 1; seed <= SEQUENCES; seed++) differential.run(seed, STEPS);
        final long random = new SplittableRandom().nextLong(1_000_000_000);
        System.out.println(
                "differential: seeds 1 to " + SEQUENCES + " and from " + random + " on, libevent " + libevent.version);
        final long limit =
                Duration.ofMinutes(Long.getLong("differential.minutes", 0)).toNanos();
        final long start = System.nanoTime();
        for (long i = 0; i < RANDOM_SEQUENCES || System.nanoTime() - start < limit; i++) {
            differential.run(random + i, STEPS);
        }
        System.out.println("differential: " + differential.operations() + " operations; wanted differences met:\n"
                + differential.met());
        assertThat(differential.operations()).isGreaterThanOrEqualTo(100_000);
        for (final WantedDifference each : WantedDifference.values()) {
            // Once in a million steps; WantedDifferences25Test has the few that lead there.
            if (each == WantedDifference.OWN_RESERVATION_IS_COMMITTED) continue;
            assertThat(differential.met().count(each)).as("%s", each).isPositive();
        }
    }

    /** Loses a byte in a place that few steps come to. */
    private static final class Faulty extends EvBufferSubject {
        Faulty(final SegmentSource source, final References references) {
            super(source, references);
        }

        @Override
        public Answer prepend(final byte[] bytes, final BytesAs as) {
            return super.prepend(
                    length() > 100 && bytes.length > 20 ? Arrays.copyOf(bytes, bytes.length - 1) : bytes, as);
        }
    }

    @Test
    void aFaultIsFoundAndReportedWithItsSeedAndTheFewestSteps() {
        final Differential differential = new Differential(libevent, Faulty::new);
        assertThatThrownBy(() -> {
                    for (long seed = 1; seed <= SEQUENCES; seed++) differential.run(seed, STEPS);
                })
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("-Ddifferential.seed=")
                .hasMessageFindingMatch("the length of buffer \\d")
                .hasMessageMatching("(?s).*fewest steps that fail:\n( +[^\n]+\n){1,4}All steps up to there:\n.*");
    }
}
