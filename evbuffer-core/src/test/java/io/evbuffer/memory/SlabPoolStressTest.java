package io.evbuffer.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.evbuffer.EvBuffer;
import io.evbuffer.testing.ByteSequence;
import io.evbuffer.testing.EvBufferInvariants;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Exchanger;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Many threads take from and give back to pools of each other; nobody is lent what somebody holds. */
class SlabPoolStressTest {
    private static final int THREADS = 4;
    private static final int ROUNDS = 20_000;

    private final AtomicLong lendings = new AtomicLong();
    private final AtomicLong refusals = new AtomicLong();

    /** A segment on its way, with the number written on its first and last bytes. */
    private record Parcel(Segment segment, long number) {
        static Parcel pack(final Segment segment, final long number) {
            segment.memory().putLong(0, number);
            segment.memory().putLong(segment.capacity() - Long.BYTES, ~number);
            return new Parcel(segment, number);
        }

        void open() {
            final long front = segment.memory().getLong(0);
            final long back = segment.memory().getLong(segment.capacity() - Long.BYTES);
            if (front != number || back != ~number) {
                throw new AssertionError("P2: lent twice, " + number + " was overwritten by " + front + ", " + ~back);
            }
            segment.release();
        }
    }

    @Test
    void segmentsTravelBetweenThreadsAndPools() throws Exception {
        travel(Long.MAX_VALUE);
        assertThat(refusals.get()).isZero();
    }

    @Test
    void segmentsTravelBetweenThreadsAndPoolsAtTheLimit() throws Exception {
        travel(6 * 64 * 1024);
    }

    private void travel(final long limit) throws Exception {
        final List<SlabPool> pools = Collections.synchronizedList(new ArrayList<>());
        final Queue<Parcel> mail = new ConcurrentLinkedQueue<>();
        final CyclicBarrier start = new CyclicBarrier(THREADS);
        final List<Threads.Body> bodies = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            final long seed = i;
            bodies.add(() -> {
                pools.add(SlabPool.builder().slabSize(64 * 1024).limit(limit).build());
                start.await(1, TimeUnit.MINUTES);
                final Random random = new Random(seed);
                for (int round = 0; round < ROUNDS; round++) {
                    send(pools.get(random.nextInt(THREADS)), mail, random);
                    if (random.nextInt(3) > 0) receive(mail);
                }
            });
        }
        Threads.together(bodies);
        while (!mail.isEmpty()) receive(mail);
        assertThat(lendings.get()).isGreaterThan(ROUNDS);
        for (final SlabPool pool : pools) {
            final PoolStats stats = pool.stats();
            assertThat(stats.segmentsInUse()).isZero();
            assertThat(stats.bytesInUse()).isZero();
            assertThat(stats.peakBytesMapped()).isLessThanOrEqualTo(limit);
            assertThat(pool.liveSegments()).isEmpty();
            pool.close();
            assertThat(pool.stats().bytesMapped()).isZero();
        }
        assertThat(pools.stream().mapToLong(pool -> pool.stats().taken()).sum()).isEqualTo(lendings.get());
    }

    private void send(final SlabPool pool, final Queue<Parcel> mail, final Random random) {
        final int size = random.nextInt(200) == 0 ? 70_000 : 1 << random.nextInt(13);
        try {
            final Segment segment = pool.take(size);
            mail.add(Parcel.pack(segment, lendings.incrementAndGet()));
        } catch (final MemoryLimitException expected) {
            refusals.incrementAndGet();
            receive(mail);
        }
    }

    private static void receive(final Queue<Parcel> mail) {
        final Parcel parcel = mail.poll();
        if (parcel != null) parcel.open();
    }

    @Test
    void releasesThatMeetTheCloseUnmapEverySlabOnce() {
        for (int round = 0; round < 300; round++) {
            final SlabPool pool = SlabPool.builder().slabSize(64 * 1024).build();
            final List<Segment> one = new ArrayList<>();
            final List<Segment> two = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                one.add(pool.take(i % 2 == 0 ? 256 : 16_384));
                two.add(pool.take(i % 2 == 0 ? 256 : 70_000));
            }
            final CyclicBarrier start = new CyclicBarrier(3);
            try (CapturedLog log = new CapturedLog(SlabPool.class)) {
                Threads.together(List.of(
                        () -> {
                            start.await(1, TimeUnit.MINUTES);
                            one.forEach(Segment::release);
                        },
                        () -> {
                            start.await(1, TimeUnit.MINUTES);
                            two.forEach(Segment::release);
                        },
                        () -> {
                            start.await(1, TimeUnit.MINUTES);
                            pool.close();
                        }));
                assertThat(log.lines()).hasSizeLessThan(2);
            }
            assertThat(pool.stats().bytesMapped()).isZero();
            assertThat(pool.stats().slabs()).isZero();
            assertThat(pool.stats().segmentsInUse()).isZero();
        }
    }

    @Test
    void buffersHandedFromThreadToThreadGiveTheirSegmentsHome() {
        final Exchanger<EvBuffer> exchanger = new Exchanger<>();
        final int rounds = 500;
        final List<Threads.Body> bodies = Collections.nCopies(2, () -> {
            try (SlabPool pool = SlabPool.builder().slabSize(64 * 1024).build()) {
                EvBuffer buffer = new EvBuffer(pool);
                final List<Integer> lengths = List.of(1, 300, 5000, 70_000);
                for (int round = 0; round < rounds; round++) {
                    final int length = lengths.get(round % lengths.size());
                    buffer.add(ByteSequence.bytes(round, length));
                    buffer = exchanger.exchange(buffer, 1, TimeUnit.MINUTES);
                    EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(round, length));
                    buffer.drain(length);
                }
                final EvBuffer last = exchanger.exchange(buffer, 1, TimeUnit.MINUTES);
                last.close();
                exchanger.exchange(last, 1, TimeUnit.MINUTES); // both have closed
                assertThat(pool.liveSegments()).isEmpty();
                assertThat(pool.stats().segmentsInUse()).isZero();
            }
        });
        Threads.together(bodies);
    }
}
