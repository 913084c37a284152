package io.evbuffer.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.evbuffer.testing.TinySegments;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SlabPoolTest {
    private static final int KIB = 1024;
    private static final int SLAB = 64 * KIB;

    private final List<SlabPool> pools = new ArrayList<>();
    private final List<Segment> taken = new ArrayList<>();

    /** After each test: whatever was taken goes home, and not a byte stays mapped. */
    @AfterEach
    void everythingGoesBack() {
        for (final Segment segment : taken) while (segment.refCount() > 0) segment.release();
        for (final SlabPool pool : pools) {
            assertThat(pool.stats().segmentsInUse()).isZero();
            assertThat(pool.stats().bytesInUse()).isZero();
            assertThat(pool.liveSegments()).isEmpty();
            pool.close();
            assertThat(pool.stats().bytesMapped()).isZero();
            assertThat(pool.stats().slabs()).isZero();
        }
    }

    private SlabPool pool(final long limit) {
        return keep(SlabPool.builder()
                .name("test")
                .slabSize(SLAB)
                .limit(limit)
                .floor(0)
                .idleAge(Duration.ZERO)
                .build());
    }

    private SlabPool pool() {
        return pool(Long.MAX_VALUE);
    }

    private SlabPool keep(final SlabPool pool) {
        pools.add(pool);
        return pool;
    }

    private Segment take(final SlabPool pool, final int minCapacity) {
        final Segment segment = pool.take(minCapacity);
        synchronized (taken) {
            taken.add(segment);
        }
        return segment;
    }

    private List<Segment> take(final SlabPool pool, final int minCapacity, final int count) {
        final List<Segment> segments = new ArrayList<>();
        for (int i = 0; i < count; i++) segments.add(take(pool, minCapacity));
        return segments;
    }

    private static void releaseAll(final List<Segment> segments) {
        segments.forEach(Segment::release);
    }

    // ---- sizes ----

    @Test
    void aRequestGetsTheSmallestClassThatHoldsIt() {
        final SlabPool pool = pool();
        final int[] classes = {256, 512, KIB, 2 * KIB, 4 * KIB, 8 * KIB, 16 * KIB, 32 * KIB, 64 * KIB};
        int least = 0;
        for (final int size : classes) {
            assertThat(take(pool, least).capacity()).isEqualTo(size);
            assertThat(take(pool, size).capacity()).isEqualTo(size);
            least = size + 1;
        }
        assertThat(pool.preferredCapacity()).isEqualTo(64 * KIB);
    }

    @Test
    void everyCapacityUpToTheLargestHasItsSmallestClass() {
        for (int capacity = 0; capacity <= SizeClasses.LARGEST; capacity++) {
            final int index = SizeClasses.indexFor(capacity);
            if (SizeClasses.size(index) < capacity || (index > 0 && SizeClasses.size(index - 1) >= capacity)) {
                throw new AssertionError("capacity " + capacity + " is in class " + index);
            }
        }
    }

    @Test
    void aRequestAboveTheLargestClassGetsWholePagesOfItsOwn() {
        final SlabPool pool = pool();
        final Segment large = take(pool, 64 * KIB + 1);
        assertThat(large.capacity()).isEqualTo(68 * KIB);
        assertThat(pool.stats().bytesMapped()).isEqualTo(68 * KIB);
        assertThat(pool.stats().slabs()).isOne();
        final Segment larger = take(pool, 1 << 20);
        assertThat(larger.capacity()).isEqualTo(1 << 20);
        larger.memory().putByte((1 << 20) - 1, (byte) 1);
        assertThat(pool.stats().bytesMapped()).isEqualTo((68 * KIB) + (1 << 20));
        assertThat(pool.stats().bytesInUse()).isEqualTo((68 * KIB) + (1 << 20));
        large.release();
        assertThat(pool.stats().bytesMapped()).as("kept for the next").isEqualTo((68 * KIB) + (1 << 20));
        assertThat(pool.stats().bytesInUse()).isEqualTo(1 << 20);
        pool.trim(System.nanoTime());
        assertThat(pool.stats().bytesMapped()).as("by the rule for slabs").isEqualTo(1 << 20);
        Threads.onAnother(larger::release);
        pool.trim(System.nanoTime());
        assertThat(pool.stats().bytesMapped()).isZero();
        assertThat(pool.stats().slabs()).isZero();
        assertThat(pool.stats().peakBytesMapped()).isEqualTo((68 * KIB) + (1 << 20));
        assertThat(pool.stats().taken()).isEqualTo(2);
        assertThatThrownBy(larger::release).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aSlabIsCutWhole() {
        final SlabPool pool = pool();
        final Set<Long> addresses = new HashSet<>();
        for (final Segment segment : take(pool, 256, SLAB / 256)) addresses.add(segment.address());
        assertThat(addresses).hasSize(256);
        assertThat(pool.stats().bytesMapped()).isEqualTo(SLAB);
        assertThat(addresses.stream().mapToLong(Long::longValue).max().getAsLong()
                        - addresses.stream().mapToLong(Long::longValue).min().getAsLong())
                .isEqualTo(SLAB - 256);
        take(pool, 256);
        assertThat(pool.stats().bytesMapped()).isEqualTo(2 * SLAB);
    }

    // ---- limit ----

    @Test
    void theLimitIsMetExactlyAndARefusalChangesNothing() {
        final SlabPool pool = pool(2 * SLAB);
        final List<Segment> all = take(pool, 64 * KIB, 2);
        final String before = withoutRefusals(pool);
        for (final int size : new int[] {1, 2048, 64 * KIB, 64 * KIB + 1, Integer.MAX_VALUE}) {
            assertThatThrownBy(() -> pool.take(size))
                    .isInstanceOf(MemoryLimitException.class)
                    .isInstanceOf(BufferLimitException.class)
                    .hasMessageContaining("pool 'test'")
                    .hasMessageContaining("limit is " + 2 * SLAB);
            assertThat(withoutRefusals(pool)).isEqualTo(before);
        }
        assertThat(pool.stats().refused()).isEqualTo(5);
        assertThat(pool.stats().bytesMapped()).isEqualTo(pool.stats().limit());
        all.get(0).release();
        assertThat(take(pool, 64 * KIB)).isSameAs(all.get(0));
    }

    private static String withoutRefusals(final SlabPool pool) {
        return pool.toString().replaceAll("refused=\\d+", "");
    }

    @Test
    void nearTheLimitSmallerSlabsAreMapped() {
        final SlabPool pool = pool(SLAB + 16 * KIB + 4 * KIB + 4095);
        take(pool, 64 * KIB);
        take(pool, 16 * KIB);
        assertThat(pool.stats().bytesMapped()).isEqualTo(SLAB + 16 * KIB);
        take(pool, 256, 16);
        assertThat(pool.stats().bytesMapped()).isEqualTo(SLAB + 20 * KIB);
        assertThatThrownBy(() -> pool.take(256)).isInstanceOf(MemoryLimitException.class);
    }

    @Test
    void aLimitBelowASegmentsSizeRefusesIt() {
        final SlabPool pool = pool(KIB);
        assertThatThrownBy(() -> pool.take(1)).as("less than a page").isInstanceOf(MemoryLimitException.class);
        final SlabPool larger = pool(20 * KIB);
        assertThatThrownBy(() -> larger.take(64 * KIB)).isInstanceOf(MemoryLimitException.class);
        assertThatThrownBy(() -> larger.take(80 * KIB)).isInstanceOf(MemoryLimitException.class);
        assertThat(larger.stats().bytesMapped()).isZero();
        take(larger, 16 * KIB);
    }

    @Test
    void aLargeRequestCountsAgainstTheLimit() {
        final SlabPool pool = pool(100 * KIB);
        final Segment large = take(pool, 100 * KIB);
        assertThatThrownBy(() -> pool.take(1)).isInstanceOf(MemoryLimitException.class);
        large.release();
        take(pool, 1);
        assertThatThrownBy(() -> pool.take(100 * KIB)).isInstanceOf(MemoryLimitException.class);
    }

    @Test
    void theBuilderRefusesNonsense() {
        final SlabPool.Builder builder = SlabPool.builder();
        for (final int size : new int[] {0, -1, KIB, 32 * KIB, 96 * KIB, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
            assertThatThrownBy(() -> builder.slabSize(size)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> builder.limit(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.limit(-1)).isInstanceOf(IllegalArgumentException.class);
        final SlabPool pool = keep(builder.slabSize(1 << 30)
                .slabSize(128 * KIB)
                .name("named")
                .limit(1)
                .build());
        assertThat(pool.name()).isEqualTo("named");
        assertThat(pool.toString())
                .startsWith("SlabPool['named', PoolStats[mapped=0 (peak 0, floor 8388608, limit 1) in 0 slabs");
    }

    // ---- counters ----

    @Test
    void theCountersAreExact() {
        final SlabPool pool = pool();
        final PoolStats stats = new PoolStats();
        final Segment one = take(pool, 256);
        final Segment two = take(pool, 4096);
        final Segment large = take(pool, 100 * KIB);
        pool.stats(stats);
        assertThat(stats.segmentsInUse()).isEqualTo(3);
        assertThat(stats.bytesInUse()).isEqualTo(256 + 4096 + 100 * KIB);
        assertThat(stats.bytesMapped()).isEqualTo(2 * SLAB + 100 * KIB);
        assertThat(stats.peakBytesMapped()).isEqualTo(stats.bytesMapped());
        assertThat(stats.slabs()).isEqualTo(3);
        assertThat(stats.taken()).isEqualTo(3);
        assertThat(stats.limit()).isEqualTo(Long.MAX_VALUE);
        one.retain();
        one.release();
        pool.stats(stats);
        assertThat(stats.segmentsInUse()).as("holders are not segments").isEqualTo(3);
        one.release();
        Threads.onAnother(() -> {
            two.release();
            take(pool, 2048);
        });
        large.release();
        pool.stats(stats);
        assertThat(stats.segmentsInUse()).isOne();
        assertThat(stats.bytesInUse()).isEqualTo(2048);
        assertThat(stats.bytesMapped()).isEqualTo(3 * SLAB + 100 * KIB);
        assertThat(stats.peakBytesMapped()).isEqualTo(3 * SLAB + 100 * KIB);
        assertThat(stats.taken()).isEqualTo(4);
        assertThat(stats.segments()).isEqualTo(4);
        assertThat(stats)
                .hasToString("PoolStats[mapped=299008 (peak 299008, floor 0, limit 9223372036854775807) in 4 slabs,"
                        + " idle=102400, in use=2048 in 1 segments of 4, taken=4, refused=0, slabs mapped=4 and"
                        + " unmapped=0]");
    }

    @Test
    void liveSegmentsAreNamed() {
        final SlabPool pool = pool();
        final Segment first = take(pool, 256);
        final Segment second = take(pool, 256);
        final Segment large = take(pool, 100 * KIB);
        first.release();
        second.retain();
        assertThat(pool.liveSegments())
                .extracting(LiveSegment::slab, LiveSegment::place, LiveSegment::capacity, LiveSegment::holders)
                .containsExactly(tuple(0, 1, 256, 2), tuple(1, 0, 102400, 1));
        large.release();
        second.release();
        second.release();
        assertThat(pool.liveSegments()).isEmpty();
    }

    // ---- owner and others ----

    @Test
    void whatWasReturnedLastIsTakenFirst() {
        final SlabPool pool = pool();
        final List<Segment> three = take(pool, 256, 3);
        releaseAll(three);
        assertThat(take(pool, 256)).isSameAs(three.get(2));
        assertThat(take(pool, 256)).isSameAs(three.get(1));
        assertThat(take(pool, 256)).isSameAs(three.get(0));
    }

    @Test
    void whatOtherThreadsReleaseComesHomeToTheOwner() {
        final SlabPool pool = pool(SLAB);
        final List<Segment> all = take(pool, 4096, 16);
        Threads.onAnother(() -> releaseAll(all));
        assertThat(pool.stats().segmentsInUse()).isZero();
        final List<Segment> again = take(pool, 4096, 16);
        assertThat(new HashSet<>(again)).isEqualTo(new HashSet<>(all));
        assertThatThrownBy(() -> pool.take(4096)).isInstanceOf(MemoryLimitException.class);
    }

    @Test
    void otherThreadsMayTakeAndReuseWhatCameBack() {
        final SlabPool pool = pool(SLAB);
        Threads.onAnother(() -> {
            final List<Segment> all = take(pool, 4096, 16);
            assertThatThrownBy(() -> pool.take(4096)).isInstanceOf(MemoryLimitException.class);
            assertThatThrownBy(() -> pool.take(100 * KIB)).isInstanceOf(MemoryLimitException.class);
            assertThatThrownBy(() -> pool.take(-1)).isInstanceOf(IllegalArgumentException.class);
            releaseAll(all);
            assertThat(new HashSet<>(take(pool, 4096, 16))).isEqualTo(new HashSet<>(all));
            releaseAll(all.subList(0, 8));
        });
        assertThat(pool.stats().segmentsInUse()).isEqualTo(8);
        assertThat(pool.stats().taken()).isEqualTo(32);
    }

    @Test
    void theOwnerAtTheLimitTakesWhatOthersSetAside() {
        final SlabPool pool = pool(SLAB);
        Threads.onAnother(() -> {
            final List<Segment> all = take(pool, 4096, 16);
            releaseAll(all);
            take(pool, 4096).release(); // the others are collected into the list of guests by this take
        });
        assertThat(take(pool, 4096, 16)).doesNotHaveDuplicates();
        assertThatThrownBy(() -> pool.take(4096)).isInstanceOf(MemoryLimitException.class);
    }

    @Test
    void aGuestsLargeRequestGoesBackFromAnyThread() {
        final SlabPool pool = pool();
        Threads.onAnother(() -> take(pool, 100 * KIB));
        assertThat(pool.stats().segmentsInUse()).isOne();
        taken.get(0).release();
        assertThat(pool.stats().segmentsInUse()).isZero();
        pool.trim(System.nanoTime());
        assertThat(pool.stats().bytesMapped()).isZero();
    }

    @Test
    void aThreadThatClaimsThePoolOwnsIt() {
        final SlabPool pool = pool(SLAB);
        assertThat(pool.owner()).isSameAs(Thread.currentThread());
        final List<Segment> all = take(pool, 4096, 16);
        releaseAll(all.subList(0, 8));
        Threads.onAnother(() -> {
            pool.claim();
            assertThat(pool.owner()).isSameAs(Thread.currentThread());
            assertThat(take(pool, 4096, 8)).as("what the former owner left").hasSize(8);
            releaseAll(all.subList(0, 4));
        });
        assertThat(pool.owner()).isNotSameAs(Thread.currentThread());
        releaseAll(all.subList(8, 16));
        Threads.onAnother(() -> {
            pool.claim();
            assertThat(take(pool, 4096, 12)).as("what came home meanwhile").hasSize(12);
        });
        pool.claim();
        pool.claim();
        assertThat(pool.owner()).isSameAs(Thread.currentThread());
    }

    @Test
    void segmentsOfOthersAreRefused() {
        final SlabPool pool = pool();
        final SlabPool other = pool();
        final Segment foreign = take(other, 256);
        final Segment foreignLarge = take(other, 100 * KIB);
        try (TinySegments segments = new TinySegments()) {
            final Segment tiny = segments.take(1);
            assertThatThrownBy(() -> pool.recycle(tiny)).isInstanceOf(IllegalArgumentException.class);
            tiny.release();
        }
        final String before = pool.toString();
        final String otherBefore = other.toString();
        assertThatThrownBy(() -> pool.recycle(foreign))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("not a segment of pool 'test'");
        Threads.onAnother(
                () -> assertThatThrownBy(() -> pool.recycle(foreign)).isInstanceOf(IllegalArgumentException.class));
        assertThatThrownBy(() -> pool.recycle(foreignLarge)).isInstanceOf(IllegalArgumentException.class);
        assertThat(pool).hasToString(before);
        assertThat(other).hasToString(otherBefore);
    }

    // ---- close ----

    @Test
    void aClosedPoolRefusesTakes() {
        final SlabPool pool = pool();
        take(pool, 256).release();
        assertThat(pool.isClosed()).isFalse();
        pool.close();
        assertThat(pool.isClosed()).isTrue();
        assertThat(pool.owner()).isNull();
        for (final int size : new int[] {1, 256, 64 * KIB, 100 * KIB}) {
            assertThatThrownBy(() -> pool.take(size))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("pool 'test' is closed");
        }
        Threads.onAnother(() -> assertThatThrownBy(() -> pool.take(256)).isInstanceOf(IllegalStateException.class));
        assertThatThrownBy(pool::claim).isInstanceOf(IllegalStateException.class);
        assertThat(pool.stats().bytesMapped()).isZero();
        pool.close();
    }

    @Test
    void closingReportsLiveSegmentsWhichStayUsableUntilTheyAreHome() {
        final SlabPool pool = pool();
        final Segment one = take(pool, 256);
        final Segment two = take(pool, 256);
        final Segment alone = take(pool, 4096);
        final Segment large = take(pool, 100 * KIB);
        take(pool, 64 * KIB).release();
        try (CapturedLog log = new CapturedLog(SlabPool.class)) {
            pool.close();
            assertThat(log.lines()).hasSize(1);
            assertThat(log.lines().get(0))
                    .startsWith("pool 'test' closed with 4 live segments:")
                    .contains("slab 0 segment 0: 256 bytes", "slab 0 segment 1: 256 bytes", "102400 bytes");
            pool.close();
            assertThat(log.lines()).hasSize(1);
        }
        assertThat(pool.stats().bytesMapped()).as("the empty slab has gone").isEqualTo(2 * SLAB + 100 * KIB);
        one.memory().putLong(0, 42);
        assertThat(one.memory().getLong(0)).isEqualTo(42);
        assertThat(pool.liveSegments()).hasSize(4);
        one.release();
        assertThat(pool.stats().bytesMapped()).as("never before the last").isEqualTo(2 * SLAB + 100 * KIB);
        two.memory().putLong(0, 43);
        assertThat(two.memory().getLong(0)).isEqualTo(43);
        Threads.onAnother(two::release);
        assertThat(pool.stats().bytesMapped()).isEqualTo(SLAB + 100 * KIB);
        large.release();
        assertThat(pool.stats().bytesMapped()).isEqualTo(SLAB);
        alone.release();
        assertThat(pool.stats().bytesMapped()).isZero();
        assertThat(pool.stats().segmentsInUse()).isZero();
    }

    @Test
    void theLogLineOfTheCloseNamesSixteenSegmentsAtMost() {
        for (final int live : new int[] {16, 17}) {
            final SlabPool pool = pool();
            final List<Segment> segments = take(pool, 256, live);
            try (CapturedLog log = new CapturedLog(SlabPool.class)) {
                pool.close();
                assertThat(log.lines()).hasSize(1);
                assertThat(log.lines().get(0))
                        .startsWith("pool 'test' closed with " + live + " live segments:\n    slab 0 segment 0:")
                        .contains("segment 15:")
                        .doesNotContain("segment 16:")
                        .matches(line -> line.endsWith("\n    and 1 more") == (live > 16));
            }
            assertThat(pool.liveSegments()).hasSize(live);
            releaseAll(segments);
        }
    }

    @Test
    void closingWithEverythingHomeReportsNothing() {
        final SlabPool pool = pool();
        final List<Segment> all = take(pool, 256, 30);
        Threads.onAnother(() -> {
            releaseAll(all.subList(0, 10));
            take(pool, 256).release(); // moves some to the list of guests
            releaseAll(all.subList(10, 20));
        });
        releaseAll(all.subList(20, 30));
        try (CapturedLog log = new CapturedLog(SlabPool.class)) {
            pool.close();
            assertThat(log.lines()).isEmpty();
        }
        assertThat(pool.stats().bytesMapped()).isZero();
    }

    @Test
    void aDoubleReleaseIsRefusedAfterTheCloseAsWell() {
        final SlabPool pool = pool();
        final Segment one = take(pool, 256);
        final Segment two = take(pool, 256);
        try (CapturedLog log = new CapturedLog(SlabPool.class)) {
            pool.close();
            assertThat(log.lines()).hasSize(1);
        }
        one.release();
        assertThatThrownBy(one::release).isInstanceOf(IllegalStateException.class);
        assertThat(pool.stats().bytesMapped()).isEqualTo(SLAB);
        two.release();
    }

    // ---- interrupts ----

    @Test
    void anInterruptedThreadTakesAndStaysInterrupted() {
        final SlabPool pool = pool();
        Threads.onAnother(() -> {
            Thread.currentThread().interrupt();
            take(pool, 256);
            assertThat(Thread.currentThread().isInterrupted()).isTrue();
            take(pool, 100 * KIB).memory().putByte(0, (byte) 1);
            assertThat(Thread.currentThread().isInterrupted()).isTrue();
        });
        take(pool, 4096).memory().putByte(0, (byte) 1);
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }

    @Test
    void anInterruptThatClosesTheMappedFileIsOvercome() {
        final SlabPool pool = pool();
        final CompletableFuture<Thread> mapping = new CompletableFuture<>();
        SlabMemory.LOCK.lock();
        boolean held = true;
        try {
            final Thread thread = new Thread(() -> {
                take(pool, 100 * KIB).memory().putByte(0, (byte) 1);
                if (Thread.currentThread().isInterrupted()) mapping.complete(Thread.currentThread());
            });
            thread.start();
            // It has looked at its status by now; the interrupt comes in between, and the mapping closes its channel.
            while (!SlabMemory.LOCK.hasQueuedThread(thread)) Thread.onSpinWait();
            thread.interrupt();
            SlabMemory.LOCK.unlock();
            held = false;
            assertThat(mapping)
                    .as("the status is kept")
                    .succeedsWithin(1, TimeUnit.MINUTES)
                    .isSameAs(thread);
        } finally {
            if (held) SlabMemory.LOCK.unlock();
        }
        take(pool, 4096).memory().putByte(0, (byte) 1);
    }

    @Test
    void interruptsInTheMiddleOfMappingDoNoHarm() {
        final SlabPool pool = pool();
        final int rounds = 300;
        final CompletableFuture<Thread> mapping = new CompletableFuture<>();
        final AtomicBoolean done = new AtomicBoolean();
        Threads.together(List.of(
                () -> {
                    mapping.complete(Thread.currentThread());
                    try {
                        for (int i = 0; i < rounds; i++) {
                            final Segment segment = pool.take(100 * KIB);
                            segment.memory().putByte(segment.capacity() - 1, (byte) i);
                            segment.release();
                            pool.trim(System.nanoTime()); // so that the next round maps anew
                        }
                    } finally {
                        done.set(true);
                    }
                },
                () -> {
                    final Thread interrupted = mapping.join();
                    while (!done.get()) interrupted.interrupt();
                }));
        assertThat(pool.stats().taken()).isEqualTo(rounds);
        assertThat(pool.stats().bytesMapped()).isZero();
        take(pool, 256);
    }
}
