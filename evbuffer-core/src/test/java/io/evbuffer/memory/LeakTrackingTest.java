package io.evbuffer.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.EvBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

/** Live segments have a name, an age and a birth site; lendings that are over are told from the present one. */
class LeakTrackingTest {
    private long time = 1_000;

    private SlabPool pool(final LeakTracking level) {
        return SlabPool.builder().leakTracking(level).clock(() -> time).build();
    }

    private static Segment takeHere(final SlabPool pool) {
        return pool.take(4096);
    }

    @Test
    void aLiveSegmentIsNamedWithPlaceOwnerAndAge() {
        try (SlabPool pool = pool(LeakTracking.OFF)) {
            pool.take(4096).release();
            final Segment segment = pool.take(4096);
            segment.owner("connection 7");
            segment.retain();
            time += 2_000_000;

            final LiveSegment live = pool.liveSegments().get(0);
            assertEquals(new LiveSegment(0, 0, 4096, 2, 1, 2_000_000, "connection 7", null, List.of()), live);
            assertEquals(
                    "slab 0 segment 0: 4096 bytes, 2 holders, lending 1, 2 ms old, of 'connection 7'", live.toString());
            segment.release();
            segment.release();
            assertEquals(List.of(), pool.liveSegments());
        }
    }

    @Test
    void anOwnerTagEndsWithTheLending() {
        try (SlabPool pool = pool(LeakTracking.SAMPLED)) {
            final Segment first = pool.take(1);
            first.owner("first");
            assertEquals("first", first.owner());
            first.release();

            final Segment second = pool.take(1);
            assertNull(second.owner());
            assertNull(pool.liveSegments().get(0).owner());
            second.release();
        }
    }

    @Test
    void aBufferWritesItsOwnerOnWhatItTakes() {
        try (SlabPool pool = pool(LeakTracking.OFF);
                EvBuffer buffer = new EvBuffer(pool);
                EvBuffer other = new EvBuffer(pool)) {
            buffer.owner("connection 9");
            assertEquals("connection 9", buffer.owner());
            buffer.add(new byte[100_000]);
            other.addBuffer(buffer);
            buffer.owner(null);
            buffer.add(new byte[1]);

            final List<String> owners = new ArrayList<>();
            for (final LiveSegment live : pool.liveSegments()) owners.add(String.valueOf(live.owner()));
            assertEquals(1, Collections.frequency(owners, "null"), owners::toString);
            assertEquals(owners.size() - 1, Collections.frequency(owners, "connection 9"), owners::toString);
        }
    }

    @Test
    void anAgeCountsFromTheTimeThePoolWasTold() {
        try (SlabPool pool = pool(LeakTracking.OFF)) {
            pool.take(1).release();
            pool.advance(5_000);
            final Segment segment = pool.take(1);
            time = 7_000;

            assertEquals(2_000, pool.liveSegments().get(0).ageNanos());
            segment.release();
        }
    }

    @Test
    void atLevelAllEveryLendingHasABirthSiteAndAnExactAge() {
        try (SlabPool pool = pool(LeakTracking.ALL)) {
            for (int i = 0; i < 1_000; i++) takeHere(pool).release();
            time += 500;
            final Segment segment = takeHere(pool);
            time += 500;

            final LiveSegment live = pool.liveSegments().get(0);
            assertEquals(500, live.ageNanos());
            assertEquals(Thread.currentThread().getName(), live.thread());
            assertEquals("takeHere", live.birthSite().get(0).getMethodName());
            assertTrue(live.toString().contains("LeakTrackingTest.takeHere"), live::toString);
            segment.release();
        }
    }

    @Test
    void atLevelOffThereAreNoBirthSites() {
        try (SlabPool pool = pool(LeakTracking.OFF)) {
            final List<Segment> segments = new ArrayList<>();
            for (int i = 0; i < 10_000; i++) segments.add(takeHere(pool));

            for (final LiveSegment live : pool.liveSegments()) assertEquals(List.of(), live.birthSite());
            segments.forEach(Segment::release);
        }
    }

    @Test
    void aPoolThatGrowsIsSampledDenselyAndOneThatReusesSeldom() {
        try (SlabPool pool = pool(LeakTracking.SAMPLED)) {
            final List<Segment> segments = new ArrayList<>();
            for (int i = 0; i < 20_000; i++) segments.add(takeHere(pool));
            final long grown = countBirthSites(pool);
            assertTrue(grown >= 20_000 / 150, () -> grown + " of 20000 lendings have a birth site");
            segments.forEach(Segment::release);

            long reused = 0;
            for (int i = 0; i < 2_000_000; i++) {
                final Segment segment = takeHere(pool);
                if (segment.birth != null && segment.birth.lending == segment.generation()) reused++;
                segment.release();
            }
            final long seldom = reused;
            assertTrue(seldom <= 2_000_000 / 65_536 + 30, () -> seldom + " of 2000000 lendings have a birth site");
        }
    }

    private static long countBirthSites(final SlabPool pool) {
        return pool.liveSegments().stream()
                .filter(live -> !live.birthSite().isEmpty())
                .count();
    }

    @Test
    void aLeakInASteadyProgramGetsBirthSites() {
        try (SlabPool pool = pool(LeakTracking.SAMPLED)) {
            final List<Segment> leaked = new ArrayList<>();
            for (int i = 0; i < 1_000_000; i++) {
                final Segment segment = takeHere(pool);
                if (i % 100 == 0) {
                    leaked.add(segment);
                } else {
                    segment.release();
                }
            }
            final long sites = countBirthSites(pool);
            assertTrue(sites > 0, () -> "none of " + leaked.size() + " leaked segments has a birth site");
            leaked.forEach(Segment::release);
        }
    }

    @Test
    void guestsAreSampledToo() throws InterruptedException {
        try (SlabPool pool = pool(LeakTracking.ALL)) {
            final List<Segment> taken = new ArrayList<>();
            final Thread guest = new Thread(
                    () -> {
                        taken.add(takeHere(pool));
                        taken.add(pool.take(100_000));
                    },
                    "guest");
            guest.start();
            guest.join();

            for (final LiveSegment live : pool.liveSegments()) assertEquals("guest", live.thread());
            assertEquals(2, pool.liveSegments().size());
            taken.forEach(Segment::release);
        }
    }

    @Test
    void aReleaseTooManyIsFoundThoughTheSegmentIsLentAgain() {
        try (SlabPool pool = pool(LeakTracking.SAMPLED)) {
            final Segment mine = pool.take(1);
            final int lending = mine.generation();
            assertTrue(mine.isLent(lending));
            mine.release(lending);
            assertFalse(mine.isLent(lending));
            final Segment somebodyElses = pool.take(1);

            final IllegalStateException found = assertThrows(IllegalStateException.class, () -> mine.release(lending));
            assertTrue(found.getMessage().contains("lending 0 is over, this is lending 1"), found::toString);
            assertFalse(mine.isLent(lending));
            assertTrue(somebodyElses.isLent(somebodyElses.generation()));
            assertEquals(1, somebodyElses.refCount());
            somebodyElses.release();
            assertThrows(IllegalStateException.class, mine::release);
        }
    }

    @Test
    void liveSegmentsCanBeAskedForByAnyThreadAtAnyTime() throws Exception {
        try (SlabPool pool = pool(LeakTracking.SAMPLED)) {
            final FutureTask<Long> looks = new FutureTask<>(() -> {
                long looked = 0;
                while (!Thread.currentThread().isInterrupted()) {
                    for (final LiveSegment live : pool.liveSegments()) {
                        if (live.holders() != 1 || live.capacity() > 16_384) throw new AssertionError(live);
                        looked++;
                    }
                }
                return looked;
            });
            final Thread watcher = new Thread(looks);
            watcher.start();
            final List<Segment> held = new ArrayList<>();
            for (int round = 0; round < 300; round++) {
                for (int i = 0; i < 300; i++) {
                    final Segment segment = pool.take(i * 17);
                    segment.owner("round " + round);
                    held.add(segment);
                }
                held.forEach(Segment::release);
                held.clear();
            }
            watcher.interrupt();
            assertTrue(looks.get() >= 0);
            assertEquals(List.of(), pool.liveSegments());
        }
    }
}
