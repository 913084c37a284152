package io.evbuffer.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.testing.LeakExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A pool that belongs to nobody, and its thread. Time is told, but for the sweeper's pauses. */
@ExtendWith(LeakExtension.class)
class SharedPoolTest {
    private static final long JOIN_MILLIS = 60_000;

    private static final Duration IDLE_AGE = Duration.ofHours(1); // so the pool's own thread does not interfere

    private long time = 1;

    private SlabPool forAll(final long limit) {
        return SlabPool.builder()
                .name("all")
                .limit(limit)
                .slabSize(64 * 1024)
                .floor(0)
                .idleAge(IDLE_AGE)
                .clock(() -> time)
                .buildForAll();
    }

    private void finish(final SlabPool pool) {
        pool.trim(time);
        pool.trim(time + IDLE_AGE.toNanos());
        assertTrue(pool.checkInvariants());
        assertEquals(0, pool.stats().segmentsInUse());
        assertEquals(0, pool.stats().bytesInUse());
        assertEquals(0, pool.stats().bytesMapped());
    }

    @Test
    void thereIsOneSharedPoolWithoutOwnerThatCannotBeClosedOrClaimed() {
        final SlabPool shared = SlabPool.shared();

        assertSame(shared, SlabPool.shared());
        assertNull(shared.owner());
        assertThrows(IllegalStateException.class, shared::close);
        assertThrows(IllegalStateException.class, shared::claim);
        assertFalse(shared.isClosed());
        final Segment segment = shared.take(100);
        assertEquals(256, segment.capacity());
        segment.release();
    }

    @Test
    void aThreadGetsBackWhatItReturned() {
        final SlabPool pool = forAll(Long.MAX_VALUE);
        final Segment first = pool.take(4096);
        first.release();
        assertSame(first, pool.take(4096));
        assertEquals(1, pool.stats().segmentsInUse());
        assertEquals(2, pool.stats().taken());
        first.release();
        finish(pool);
    }

    @Test
    void largeRequestsAreServed() {
        final SlabPool pool = forAll(Long.MAX_VALUE);
        final Segment large = pool.take(1_000_000);
        assertEquals(1_003_520, large.capacity());
        large.release();
        assertSame(large, pool.take(900_000));
        large.release();
        finish(pool);
    }

    @Test
    void theLimitIsExactThoughStripesHaveSegmentsAtHand() throws InterruptedException {
        final SlabPool pool = forAll(256 * 1024);
        for (int round = 0; round < 20; round++) { // each on another thread, so that all stripes have some
            final int capacity = 256 << round % 8;
            final Thread thread = new Thread(() -> {
                final List<Segment> some = new ArrayList<>();
                for (int i = 0; i < 4; i++) some.add(pool.take(capacity));
                some.forEach(Segment::release);
            });
            thread.start();
            thread.join();
        }
        final Segment all = pool.take(256 * 1024);
        assertThrows(MemoryLimitException.class, () -> pool.take(1));
        assertThrows(MemoryLimitException.class, () -> pool.take(100_000));
        assertEquals(256 * 1024, pool.stats().bytesMapped());
        assertEquals(2, pool.stats().refused());
        all.release();
        final List<Segment> small = new ArrayList<>();
        for (int i = 0; i < 1_024; i++) small.add(pool.take(256));
        assertThrows(MemoryLimitException.class, () -> pool.take(1));
        small.forEach(Segment::release);
        finish(pool);
    }

    @Test
    void trimmingReachesTheStripes() {
        final SlabPool pool = forAll(Long.MAX_VALUE);
        final List<Segment> burst = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) burst.add(pool.take(4096));
        burst.forEach(Segment::release);

        assertEquals(0, pool.trim(time + IDLE_AGE.toNanos() - 1));
        assertEquals(63 * 64 * 1024, pool.trim(time + IDLE_AGE.toNanos()));
        finish(pool);
    }

    @Test
    void theSweeperTrimsInTheBackgroundAndDiesWhenNothingIsLeftToGiveBack() throws InterruptedException {
        final SlabPool pool = SlabPool.builder()
                .name("swept")
                .slabSize(64 * 1024)
                .floor(2 * 64 * 1024)
                .idleAge(Duration.ofMillis(1))
                .buildForAll();
        final List<Segment> burst = new ArrayList<>();
        for (int i = 0; i < 32; i++) burst.add(pool.take(4096));
        assertNull(pool.sweeperThread(), "there is no more than the floor");
        for (int i = 0; i < 32; i++) burst.add(pool.take(4096));
        final Thread first = Objects.requireNonNull(pool.sweeperThread());
        assertTrue(first.isDaemon());
        assertEquals("evbuffer-sweeper-swept", first.getName());
        burst.forEach(Segment::release);

        first.join(JOIN_MILLIS);
        assertFalse(first.isAlive());
        assertEquals(2 * 64 * 1024, pool.stats().bytesMapped());

        final Segment large = pool.take(1_000_000);
        final Thread second = Objects.requireNonNull(pool.sweeperThread());
        assertNotSame(first, second);
        large.release();
        second.join(JOIN_MILLIS);
        assertFalse(second.isAlive());
        assertEquals(2 * 64 * 1024, pool.stats().bytesMapped());
    }

    @Test
    void manyThreadsTakeWriteHandOverAndReturnWithoutMixingAnything() throws InterruptedException {
        final int threads = 16;
        final SlabPool pool = SlabPool.builder()
                .name("stress")
                .slabSize(64 * 1024)
                .floor(0)
                .idleAge(Duration.ofNanos(1))
                .buildForAll();
        final Queue<Segment> handedOver = new ConcurrentLinkedQueue<>();
        final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
        final CountDownLatch done = new CountDownLatch(threads);
        for (int t = 0; t < threads; t++) {
            final int seed = t;
            final Thread thread = new Thread(() -> {
                try {
                    work(pool, new Random(seed), seed, handedOver);
                } catch (final Throwable e) {
                    failures.add(e);
                } finally {
                    done.countDown();
                }
            });
            thread.start();
        }
        while (!done.await(1, TimeUnit.MILLISECONDS)) {
            pool.trim(System.nanoTime());
            assertNotNull(pool.liveSegments());
        }
        assertEquals(List.of(), List.copyOf(failures));
        for (Segment left = handedOver.poll(); left != null; left = handedOver.poll()) left.release();

        assertEquals(List.of(), pool.liveSegments());
        assertEquals(0, pool.stats().segmentsInUse());
        assertEquals(0, pool.stats().bytesInUse());
        assertTrue(pool.checkInvariants());
        Objects.requireNonNull(pool.sweeperThread()).join(JOIN_MILLIS);
        assertEquals(0, pool.stats().bytesMapped());
    }

    /** Virtual threads where there are any (21 and later), else others. */
    private static ExecutorService oneThreadEach() {
        try {
            return (ExecutorService)
                    Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
        } catch (final ReflectiveOperationException e) {
            return Executors.newCachedThreadPool();
        }
    }

    @Test
    void thousandsOfShortLivedThreadsShareFewStripes() throws InterruptedException {
        final SlabPool pool = forAll(Long.MAX_VALUE);
        final int threads = 5_000;
        final CountDownLatch all = new CountDownLatch(threads);
        final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
        final ExecutorService executor = oneThreadEach();
        for (int i = 0; i < threads; i++) {
            final long id = i;
            executor.execute(() -> {
                try {
                    for (int round = 0; round < 3; round++) {
                        final Segment segment = pool.take(4096);
                        segment.memory().putLong(8, id);
                        LockSupport.parkNanos(1_000); // off the processor with the segment held
                        assertEquals(id, segment.memory().getLong(8));
                        segment.release();
                    }
                } catch (final Throwable e) {
                    failures.add(e);
                } finally {
                    all.countDown();
                }
            });
        }
        assertTrue(all.await(2, TimeUnit.MINUTES));
        executor.shutdown();
        assertEquals(List.of(), List.copyOf(failures));
        assertEquals(3L * threads, pool.stats().taken());
        assertEquals(0, pool.stats().segmentsInUse());
        finish(pool);
    }

    /** Leaves a burst behind, part of it still out, and ends. */
    static final class Burst {
        private Burst() {}

        public static void main(final String[] arguments) {
            final List<Segment> burst = new ArrayList<>();
            for (int i = 0; i < 1_000; i++) burst.add(SlabPool.shared().take(65_536));
            for (int i = 1; i < 1_000; i++) burst.get(i).release();
            System.out.print(SlabPool.shared().sweeperThread() != null);
        }
    }

    @Test
    void theSweeperKeepsNoProgramAlive() throws Exception {
        assertEquals("true", Forked.run(Burst.class, "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED"));
    }

    private static void work(final SlabPool pool, final Random random, final int id, final Queue<Segment> handedOver) {
        final List<Segment> mine = new ArrayList<>();
        for (int i = 0; i < 4_000; i++) {
            final int capacity = 1 << random.nextInt(18);
            final Segment segment = pool.take(capacity);
            segment.memory().putLong(0, id);
            segment.memory().putLong(segment.capacity() - 8, id);
            mine.add(segment);
            if (mine.size() > 20 || random.nextBoolean()) {
                final Segment one = mine.remove(random.nextInt(mine.size()));
                if (one.memory().getLong(0) != id || one.memory().getLong(one.capacity() - 8) != id) {
                    throw new AssertionError("somebody else wrote to " + one);
                }
                if (random.nextBoolean()) {
                    one.release();
                } else {
                    handedOver.add(one);
                    final Segment others = handedOver.poll();
                    if (others != null) others.release();
                }
            }
        }
        mine.forEach(Segment::release);
    }
}
