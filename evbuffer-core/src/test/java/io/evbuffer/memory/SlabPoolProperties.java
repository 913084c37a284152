package io.evbuffer.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** Any sequence of takes, returns and trims, by the owner and by a guest, against a model of what is held. */
class SlabPoolProperties {
    private static final int SLAB = 64 * 1024;
    private static final long IDLE_AGE = 100;

    /** What is done, and by whom. */
    enum Verb {
        TAKE,
        TAKE_AS_GUEST,
        RETURN,
        RETURN_AS_GUEST,
        TRIM,
        TRIM_AS_GUEST
    }

    /** One step; what {@code number} means depends on the verb. */
    record Step(Verb verb, int number) {}

    @Provide
    Arbitrary<List<Step>> steps() {
        final Arbitrary<Verb> verbs = Arbitraries.of(
                Verb.TAKE,
                Verb.TAKE,
                Verb.TAKE,
                Verb.TAKE_AS_GUEST,
                Verb.TAKE_AS_GUEST,
                Verb.RETURN,
                Verb.RETURN,
                Verb.RETURN,
                Verb.RETURN_AS_GUEST,
                Verb.RETURN_AS_GUEST,
                Verb.TRIM,
                Verb.TRIM_AS_GUEST);
        final Arbitrary<Integer> numbers = Arbitraries.oneOf(
                Arbitraries.integers().between(0, 3_000), Arbitraries.integers().between(0, 4 * SLAB));
        return Combinators.combine(verbs, numbers).as(Step::new).list().ofMaxSize(250);
    }

    @Property(tries = 300)
    void countsAndBytesAreThoseOfTheModel(
            @ForAll("steps") final List<Step> steps,
            @ForAll @IntRange(min = 1, max = 12) final int limitInSlabs,
            @ForAll @IntRange(min = 0, max = 3) final int floorInSlabs,
            @ForAll final boolean poison)
            throws Exception {
        try (Run run = new Run(limitInSlabs * (long) SLAB, floorInSlabs * (long) SLAB, poison)) {
            for (final Step step : steps) run.apply(step);
            run.finish();
        }
    }

    /** A pool, the model, and the guest's thread. */
    private static final class Run implements AutoCloseable {
        private final ExecutorService guest = Executors.newSingleThreadExecutor();
        private final List<Segment> held = new ArrayList<>();
        private final SlabPool pool;
        private final long limit;
        private final long floor;
        private long time = 1_000;
        private long heldBytes;
        private long taken;
        private long refused;

        Run(final long limit, final long floor, final boolean poison) {
            this.limit = limit;
            this.floor = floor;
            pool = SlabPool.builder()
                    .slabSize(SLAB)
                    .limit(limit)
                    .floor(floor)
                    .idleAge(Duration.ofNanos(IDLE_AGE))
                    .poison(poison)
                    .clock(() -> time)
                    .build();
        }

        void apply(final Step step) throws Exception {
            switch (step.verb) {
                case TAKE -> take(step.number);
                case TAKE_AS_GUEST -> asGuest(() -> take(step.number));
                case RETURN -> giveBack(step.number);
                case RETURN_AS_GUEST -> asGuest(() -> giveBack(step.number));
                case TRIM -> trim(step.number % 150);
                case TRIM_AS_GUEST -> asGuest(() -> trim(step.number % 150));
                default -> throw new AssertionError(step);
            }
            check();
        }

        private void asGuest(final Runnable action) throws InterruptedException, ExecutionException {
            guest.submit(action).get();
        }

        private void take(final int capacity) {
            final Segment segment;
            try {
                segment = pool.take(capacity);
            } catch (final MemoryLimitException e) {
                refused++;
                assertTrue(limit - heldBytes < Math.max(capacity, 4096) || !held.isEmpty() || !isOwner(), e::toString);
                return;
            }
            assertTrue(segment.capacity() >= capacity);
            assertEquals(1, segment.refCount());
            for (final Segment other : held) {
                assertTrue(
                        segment.address() + segment.capacity() <= other.address()
                                || other.address() + other.capacity() <= segment.address(),
                        () -> segment + " overlaps " + other);
            }
            segment.memory().setMemory(0, segment.capacity(), mark(segment));
            held.add(segment);
            heldBytes += segment.capacity();
            taken++;
        }

        private boolean isOwner() {
            return pool.owner() == Thread.currentThread();
        }

        private static byte mark(final Segment segment) {
            return (byte) (segment.address() >>> 8 ^ segment.generation());
        }

        private void giveBack(final int which) {
            if (held.isEmpty()) return;
            final Segment segment = held.remove(which % held.size());
            for (int i = 0; i < segment.capacity(); i += 255) {
                assertEquals(mark(segment), segment.memory().getByte(i));
            }
            heldBytes -= segment.capacity();
            segment.release();
        }

        private void trim(final int nanos) {
            time += nanos;
            final long before = pool.stats().bytesMapped();
            final long bytes = pool.trim(time);
            final long after = pool.stats().bytesMapped();
            assertEquals(before - after, bytes);
            assertTrue(bytes == 0 || after >= floor);
        }

        private void check() {
            assertTrue(pool.checkInvariants());
            final PoolStats stats = pool.stats();
            assertEquals(held.size(), stats.segmentsInUse());
            assertEquals(heldBytes, stats.bytesInUse());
            assertEquals(taken, stats.taken());
            assertEquals(refused, stats.refused());
            assertEquals(held.size(), pool.liveSegments().size());
            assertTrue(stats.bytesMapped() >= heldBytes, stats::toString);
            assertTrue(stats.bytesMapped() <= limit, stats::toString);
            assertTrue(stats.idleBytes() <= stats.bytesMapped() - heldBytes, stats::toString);
            assertEquals(stats.slabs(), stats.mapped() - stats.unmapped());
        }

        /** Returns all, waits, and sees that only the floor is left. */
        void finish() {
            while (!held.isEmpty()) giveBack(0);
            trim(1);
            trim((int) IDLE_AGE);
            check();
            final PoolStats stats = pool.stats();
            assertEquals(stats.bytesMapped(), stats.bytesMapped() > floor ? stats.idleBytes() : stats.bytesMapped());
            assertTrue(!pool.hasExcess(), stats::toString);
            if (floor == 0) assertEquals(0, stats.bytesMapped());
        }

        @Override
        public void close() {
            guest.shutdown();
            held.forEach(Segment::release);
            pool.close();
            assertEquals(0, pool.stats().bytesMapped());
        }
    }
}
