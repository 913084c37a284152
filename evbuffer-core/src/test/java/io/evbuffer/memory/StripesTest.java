package io.evbuffer.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.evbuffer.memory.Stripes.Stripe;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which stripe of a {@link SlabPool#shared()} a thread enters. */
class StripesTest {
    private final SlabPool pool = SlabPool.builder().name("stripes").buildForAll();

    private Stripes stripes(final int processors) {
        return new Stripes(pool, LeakTracking.OFF, processors);
    }

    private static Stripe enter(final Stripes stripes) {
        return Objects.requireNonNull(stripes.enter());
    }

    /** Enters until none is free; how many there are. */
    private static List<Stripe> enterAll(final Stripes stripes) {
        final List<Stripe> entered = new ArrayList<>();
        for (Stripe next = stripes.enter(); next != null; next = stripes.enter()) entered.add(next);
        return entered;
    }

    @Test
    void aThreadComesBackToItsStripe() {
        final Stripes stripes = stripes(2);
        final Stripe first = enter(stripes);
        first.exit();
        final Stripe second = enter(stripes);
        second.exit();
        assertSame(first, second);
    }

    @Test
    void whoFindsItsStripeTakenStaysWithTheOneThatWasFree() {
        final Stripes stripes = stripes(2);
        final Stripe taken = enter(stripes); // as by another thread, of the same place
        final Stripe free = enter(stripes);
        assertNotSame(taken, free);
        taken.exit();
        free.exit();
        for (int i = 0; i < 3; i++) {
            final Stripe again = enter(stripes);
            assertSame(free, again);
            again.exit();
        }
    }

    @Test
    void thereIsNoneWhenAllAreTakenAndAgainWhenOneIsLeft() {
        final Stripes stripes = stripes(1);
        final List<Stripe> all = enterAll(stripes);
        assertEquals(all.size(), all.stream().distinct().count());
        assertNull(stripes.enter());
        all.get(5).exit();
        assertSame(all.get(5), stripes.enter());
        assertNull(stripes.enter());
        all.forEach(Stripe::exit);
        assertNotNull(stripes.enter());
    }

    @ParameterizedTest
    @CsvSource({"1, 8", "2, 16", "3, 32", "31, 256", "32, 256", "33, 256", "2147483647, 256"})
    void thereAreEightForEachProcessorUpTo256(final int processors, final int expected) {
        assertEquals(expected, enterAll(stripes(processors)).size());
    }
}
