package io.evbuffer.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.memory.Segment;
import io.evbuffer.memory.SlabPool;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A loop trims its pool while that holds more than its floor, and then sleeps as if there were none. */
class PoolSweepTest extends ScriptedTest {
    private static final int SLAB = 64 * 1024;
    private static final long IDLE_AGE_MILLIS = 80;

    private final SlabPool pool = SlabPool.builder()
            .slabSize(SLAB)
            .floor(2 * SLAB)
            .idleAge(Duration.ofMillis(IDLE_AGE_MILLIS))
            .clock(clock::nanos)
            .build();

    @BeforeEach
    void theLoopGetsThisPool() {
        reopen(EventConfig.create().pool(pool));
    }

    @AfterEach
    void thePoolIsClosed() {
        assertEquals(0, pool.stats().segmentsInUse());
        pool.close();
    }

    /** Takes and returns this many slabs from a timer's callback. */
    private void burstAfter(final long millis, final int slabs) {
        Event.newTimer(
                        base,
                        (event, result) -> {
                            final List<Segment> burst = new ArrayList<>();
                            for (int i = 0; i < slabs; i++) burst.add(pool.take(SLAB));
                            burst.forEach(Segment::release);
                        },
                        null)
                .add(millis * MILLI);
    }

    @Test
    void aBurstIsBackAtTheFloorWithinTheIdleAgeAndOneSweep() {
        burstAfter(10, 20);
        base.loopExit((10 + IDLE_AGE_MILLIS + IDLE_AGE_MILLIS / 4) * MILLI);

        assertEquals(LoopResult.STOPPED, base.loop(EventBase.NO_EXIT_ON_EMPTY));
        assertEquals(2 * SLAB, pool.stats().bytesMapped());
        assertEquals(18, pool.stats().unmapped());
    }

    @Test
    void atItsFloorAPoolWakesNoLoop() {
        burstAfter(10, 2);
        base.loopExit(24 * HOUR);

        assertEquals(LoopResult.STOPPED, base.loop(EventBase.NO_EXIT_ON_EMPTY));
        assertEquals(2, backend.polls, "one for the burst, one for the end");
        assertEquals(2 * SLAB, pool.stats().bytesMapped());
    }

    @Test
    void afterTheLastSweepTheLoopSleepsToTheEnd() {
        burstAfter(10, 20);
        base.loopExit(24 * HOUR);

        assertEquals(LoopResult.STOPPED, base.loop(EventBase.NO_EXIT_ON_EMPTY));
        assertTrue(backend.polls <= 2 + 5, () -> backend.polls + " polls");
        assertFalse(pool.hasExcess());
    }

    @Test
    void aSweepThatIsDueKeepsNoLoopAlive() {
        burstAfter(10, 20);

        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(10, time());
        assertTrue(pool.hasExcess());
    }

    @Test
    void aLoopThatNeverSleepsSweepsAsWell() {
        burstAfter(0, 20);
        final Event day = timer("day");
        day.add(24 * HOUR); // or the base is empty, and there is no turn
        for (int i = 0; i < 10; i++) {
            once();
            clock.advance(IDLE_AGE_MILLIS / 4 * MILLI);
        }
        day.del();
        assertEquals(2 * SLAB, pool.stats().bytesMapped());
    }
}
