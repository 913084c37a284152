package io.evbuffer.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What a pool keeps and what it gives back. Time is told, never measured. */
class PoolRetentionTest {
    private static final int SLAB = 64 * 1024;
    private static final long IDLE_AGE = 1_000;

    private long time = 5_000_000;
    private final SlabPool pool = withFloor(0);

    private SlabPool withFloor(final long floor) {
        return SlabPool.builder()
                .slabSize(SLAB)
                .floor(floor)
                .idleAge(Duration.ofNanos(IDLE_AGE))
                .clock(() -> time)
                .build();
    }

    @AfterEach
    void allSegmentsAreHome() {
        finish(pool);
    }

    private static void finish(final SlabPool pool) {
        assertTrue(pool.checkInvariants());
        assertEquals(List.of(), pool.liveSegments());
        assertEquals(0, pool.stats().segmentsInUse());
        assertEquals(0, pool.stats().bytesInUse());
        pool.close();
        assertEquals(0, pool.stats().bytesMapped());
    }

    private long trimAfter(final long nanos) {
        return trimAfter(pool, nanos);
    }

    private long trimAfter(final SlabPool any, final long nanos) {
        time += nanos;
        final long bytes = any.trim(time);
        assertTrue(any.checkInvariants());
        return bytes;
    }

    private static List<Segment> take(final SlabPool pool, final int count, final int capacity) {
        final List<Segment> segments = new ArrayList<>();
        for (int i = 0; i < count; i++) segments.add(pool.take(capacity));
        return segments;
    }

    private static void release(final List<Segment> segments) {
        for (final Segment segment : segments) segment.release();
    }

    @Test
    void anIdleSlabGoesOnceItIsOldEnough() {
        pool.take(4096).release();

        assertEquals(0, trimAfter(IDLE_AGE - 1));
        assertEquals(SLAB, pool.stats().bytesMapped());
        assertEquals(SLAB, pool.stats().idleBytes());

        assertEquals(SLAB, trimAfter(1));
        assertEquals(0, pool.stats().bytesMapped());
        assertEquals(0, pool.stats().idleBytes());
        assertEquals(1, pool.stats().unmapped());
    }

    @Test
    void aSlabWithOneSegmentInUseStays() {
        final List<Segment> all = take(pool, 16, 4096);
        final Segment kept = all.remove(7);
        release(all);

        assertEquals(0, trimAfter(100 * IDLE_AGE));
        assertEquals(0, trimAfter(100 * IDLE_AGE));
        kept.release();
        assertEquals(0, trimAfter(IDLE_AGE - 1));
        assertEquals(SLAB, trimAfter(1));
    }

    @Test
    void aSlabThatIsUsedBetweenTwoSweepsIsYoungAgain() {
        for (int sweep = 0; sweep < 10; sweep++) {
            pool.take(4096).release();
            assertEquals(0, trimAfter(IDLE_AGE - 1));
        }
        assertEquals(SLAB, trimAfter(1));
    }

    @Test
    void theFloorStaysMapped() {
        final SlabPool floored = withFloor(3 * SLAB);
        release(take(floored, 10, 65536));

        assertEquals(7 * SLAB, trimAfter(floored, IDLE_AGE));
        assertEquals(3 * SLAB, floored.stats().bytesMapped());
        assertEquals(3 * SLAB, floored.stats().floor());
        assertEquals(0, trimAfter(floored, 100 * IDLE_AGE));
        finish(floored);
    }

    @Test
    void aFloorBetweenTwoSlabsIsNotFallenBelow() {
        final SlabPool floored = withFloor(3 * SLAB - 1);
        release(take(floored, 10, 65536));

        trimAfter(floored, IDLE_AGE);
        assertEquals(3 * SLAB, floored.stats().bytesMapped());
        finish(floored);
    }

    @Test
    void memoryOfABurstIsBackWithinTheIdleAgeAndOneSweep() {
        final long sweep = IDLE_AGE / 4;
        final SlabPool floored = withFloor(2 * SLAB);
        trimAfter(floored, sweep);
        release(take(floored, 1000, 4096));
        final long end = time + sweep - 1; // the burst ends right before the next sweep
        time = end;

        while (time + sweep < end + IDLE_AGE + sweep) trimAfter(floored, 1 + sweep - (time - end + 1) % sweep);
        trimAfter(floored, end + IDLE_AGE + sweep - time);
        assertEquals(2 * SLAB, floored.stats().bytesMapped());
        finish(floored);
    }

    @Test
    void aToldTimeMakesTheIdleAgeExact() {
        pool.trim(time);
        final Segment segment = pool.take(4096);
        time += 10 * IDLE_AGE;
        pool.advance(time);
        segment.release();

        assertEquals(0, trimAfter(IDLE_AGE - 1));
        assertEquals(SLAB, trimAfter(1));
    }

    @Test
    void trafficGathersInFewSlabsSoThatTheOthersRunEmpty() {
        final List<Segment> burst = take(pool, 160, 4096); // 10 slabs
        final Deque<Segment> queue = new ArrayDeque<>();
        for (int i = 5; i < 160; i += 16) queue.add(burst.get(i)); // one segment in each slab stays in use
        burst.removeAll(queue);
        release(burst);

        for (int sweep = 0; sweep < 16; sweep++) { // each moves at least one of the ten
            trimAfter(IDLE_AGE / 2);
            for (int i = 0; i < 20; i++) {
                queue.add(pool.take(4096));
                queue.remove().release();
            }
        }
        trimAfter(IDLE_AGE / 2);
        final long whileBusy = pool.stats().bytesMapped();
        assertTrue(whileBusy <= 2 * SLAB, pool::toString); // what is at hand may lie in a second one
        trimAfter(IDLE_AGE);
        assertEquals(SLAB, pool.stats().bytesMapped(), pool::toString);
        queue.forEach(Segment::release);
    }

    @Test
    void whatOtherThreadsReturnGoesAsWell() throws InterruptedException {
        final List<Segment> burst = take(pool, 500, 4096);
        final Thread guest = new Thread(() -> release(burst));
        guest.start();
        guest.join();

        trimAfter(0);
        trimAfter(IDLE_AGE);
        assertEquals(0, pool.stats().bytesMapped());
    }

    @Test
    void aGuestTrimsWhatIsInItsReach() throws InterruptedException {
        final List<Segment> burst = take(pool, 16 * 100, 4096); // more than an owner has at hand
        release(burst);
        final Thread guest = new Thread(() -> {
            pool.trim(time);
            pool.trim(time + IDLE_AGE);
        });
        guest.start();
        guest.join();

        final long left = pool.stats().bytesMapped();
        assertTrue(left < 50 * SLAB, pool::toString);
        trimAfter(2 * IDLE_AGE);
        trimAfter(IDLE_AGE);
        assertEquals(0, pool.stats().bytesMapped());
    }

    @Test
    void aDedicatedMappingServesTheNextLargeRequest() {
        final Segment first = pool.take(200_000);
        first.release();
        final Segment second = pool.take(150_000);

        assertSame(first, second);
        assertEquals(1, pool.stats().slabs());
        second.release();
    }

    @Test
    void aDedicatedMappingIsNotWastedOnMuchSmallerRequests() {
        final Segment big = pool.take(1_000_000);
        big.release();
        final Segment small = pool.take(100_000);

        assertNotSame(big, small);
        small.release();
    }

    @Test
    void aDedicatedMappingGoesByTheSameRule() {
        pool.take(200_000).release();

        assertEquals(0, trimAfter(IDLE_AGE - 1));
        assertEquals(200_704, trimAfter(1));
        assertEquals(0, pool.stats().bytesMapped());
    }

    @Test
    void aPoolThatNobodyTrimsKeepsWhatItHas() {
        release(take(pool, 160, 4096));
        time += 1_000 * IDLE_AGE;
        pool.take(4096).release();

        assertEquals(10 * SLAB, pool.stats().bytesMapped());
    }

    @Test
    void aClosedPoolIsTrimmedInVain() {
        final SlabPool closed = withFloor(0);
        final Segment segment = closed.take(1);
        closed.close();

        assertEquals(0, trimAfter(closed, 100 * IDLE_AGE));
        segment.release();
        assertEquals(0, closed.stats().bytesMapped());
    }

    @Test
    void bytesMappedAreWhatTheKernelMapped() {
        final List<Segment> segments = take(pool, 50, 4096);
        segments.addAll(take(pool, 7, 300));
        segments.addAll(take(pool, 2, 777_777));
        final long[] addresses = ProcessMemory.addresses(segments);
        if (ProcessMemory.isKnown()) {
            assertEquals(pool.stats().bytesMapped(), ProcessMemory.at(addresses).slabBytes);
        }
        release(segments);
        trimAfter(0);
        trimAfter(IDLE_AGE);
        assertEquals(0, pool.stats().bytesMapped());
        assertEquals(0, ProcessMemory.at(addresses).slabBytes);
    }

    @Test
    @DisplayName("a burst of 64 Ki x 8 KiB leaves the floor, in mapped and in resident bytes")
    void aBurstLeavesTheFloor() {
        final SlabPool big = SlabPool.builder()
                .floor(SlabPool.DEFAULT_FLOOR)
                .idleAge(Duration.ofNanos(IDLE_AGE))
                .clock(() -> time)
                .build();
        final List<Segment> burst = take(big, 64 * 1024, 8192);
        for (final Segment segment : burst) segment.memory().putByte(0, (byte) 1);
        final long[] addresses = ProcessMemory.addresses(burst);
        if (ProcessMemory.isKnown()) {
            assertTrue(ProcessMemory.at(addresses).slabResidentBytes >= 64L * 1024 * SlabMemory.PAGE);
        }
        release(burst);

        trimAfter(big, IDLE_AGE / 4);
        trimAfter(big, IDLE_AGE);

        assertEquals(SlabPool.DEFAULT_FLOOR, big.stats().bytesMapped());
        assertEquals(0, big.stats().bytesInUse());
        final ProcessMemory after = ProcessMemory.at(addresses);
        if (ProcessMemory.isKnown()) {
            assertEquals(SlabPool.DEFAULT_FLOOR, after.slabBytes);
            assertTrue(after.slabResidentBytes <= SlabPool.DEFAULT_FLOOR);
        }
        finish(big);
    }

    @Test
    void nonsenseIsRefused() {
        final SlabPool.Builder builder = SlabPool.builder();
        assertThrows(IllegalArgumentException.class, () -> builder.floor(-1));
        assertThrows(IllegalArgumentException.class, () -> builder.idleAge(Duration.ofNanos(-1)));
        assertThrows(ArithmeticException.class, () -> builder.idleAge(Duration.ofDays(300L * 365)));
    }
}
