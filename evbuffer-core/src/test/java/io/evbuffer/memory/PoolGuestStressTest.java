package io.evbuffer.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** An owner that takes and trims while guests take and return its segments. */
class PoolGuestStressTest {
    private static final int GUESTS = 3;
    private static final int LIMIT = 4 << 20;

    @Test
    void ownerAndGuestsNeverHoldTheSameSegment() throws InterruptedException {
        final SlabPool pool = SlabPool.builder()
                .slabSize(64 * 1024)
                .limit(LIMIT)
                .floor(128 * 1024)
                .idleAge(Duration.ofNanos(10))
                .build();
        final Queue<Segment> between = new ConcurrentLinkedQueue<>();
        final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
        final CountDownLatch done = new CountDownLatch(GUESTS);
        for (int i = 0; i < GUESTS; i++) {
            final int id = i + 1;
            new Thread(() -> {
                        try {
                            for (int step = 0; step < 20_000; step++)
                                exchange(pool, new Random(step * 31L + id), id, between);
                        } catch (final Throwable e) {
                            failures.add(e);
                        } finally {
                            done.countDown();
                        }
                    })
                    .start();
        }
        final Random random = new Random(99);
        for (long step = 0; done.getCount() > 0; step++) {
            exchange(pool, random, GUESTS + 1, between);
            if (step % 64 == 0) pool.trim(System.nanoTime());
            if (step % 100 == 0) assertTrue(pool.stats().bytesMapped() <= LIMIT);
        }
        assertEquals(List.of(), List.copyOf(failures));
        for (Segment left = between.poll(); left != null; left = between.poll()) left.release();

        assertTrue(pool.checkInvariants());
        assertEquals(0, pool.stats().segmentsInUse());
        assertEquals(0, pool.stats().bytesInUse());
        final long now = System.nanoTime();
        pool.trim(now);
        pool.trim(now + 10);
        assertEquals(128 * 1024, pool.stats().bytesMapped());
        pool.close();
        assertEquals(0, pool.stats().bytesMapped());
    }

    /** Takes one, marks it and leaves it for anybody; checks and returns one that somebody left. */
    private static void exchange(final SlabPool pool, final Random random, final int id, final Queue<Segment> between) {
        try {
            final Segment segment = pool.take(1 << random.nextInt(18));
            final long mark = (long) id << 32 | segment.capacity();
            segment.memory().putLong(0, mark);
            segment.memory().putLong(segment.capacity() - 8, mark);
            between.add(segment);
        } catch (final MemoryLimitException e) {
            if (!e.getMessage().contains("limit")) throw e; // expected: the queue holds too much
        }
        for (int i = random.nextInt(3); i > 0; i--) {
            final Segment other = between.poll();
            if (other == null) return;
            final long mark = other.memory().getLong(0);
            if ((int) mark != other.capacity() || other.memory().getLong(other.capacity() - 8) != mark) {
                throw new AssertionError("two hold " + other);
            }
            other.release();
        }
    }

    @Test
    void aPoolClosedWhileGuestsReturnIsUnmappedToTheLastByte() throws InterruptedException {
        for (int round = 0; round < 50; round++) {
            final SlabPool pool = SlabPool.builder()
                    .slabSize(64 * 1024)
                    .leakTracking(LeakTracking.OFF)
                    .build();
            final Queue<Segment> lent = new ConcurrentLinkedQueue<>();
            for (int i = 0; i < 200; i++) lent.add(pool.take(i * 500));
            final Thread[] guests = new Thread[GUESTS];
            for (int i = 0; i < GUESTS; i++) {
                guests[i] = new Thread(() -> {
                    for (Segment one = lent.poll(); one != null; one = lent.poll()) one.release();
                });
                guests[i].start();
            }
            while (lent.size() > 100) Thread.onSpinWait();
            pool.close();
            for (final Thread guest : guests) guest.join();
            assertEquals(0, pool.stats().bytesMapped());
            assertEquals(0, pool.stats().segmentsInUse());
        }
    }
}
