package io.evbuffer;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.evbuffer.memory.PoolStats;
import io.evbuffer.memory.Segment;
import io.evbuffer.memory.SlabPool;
import io.evbuffer.testing.LeakExtension;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Once the pool is warm, the daily operations leave nothing for the garbage collector. */
class SteadyStateTest {
    private static final int ROUNDS = 2_000;
    private static final int ATTEMPTS = 20;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final SlabPool pool = new SlabPool();

    @RegisterExtension
    final LeakExtension leaks = LeakExtension.watching(pool);

    private final EvBuffer buffer = new EvBuffer(pool);
    private final EvBuffer other = new EvBuffer(pool);
    private final byte[] array = new byte[5000];
    private final UnsafeBuffer direct = new UnsafeBuffer(ByteBuffer.allocateDirect(5000));
    private final ByteBuffer nio = ByteBuffer.allocateDirect(5000);
    private final EvIovec vectors = new EvIovec(4);
    private final UnsafeBuffer view = new UnsafeBuffer(0, 0);

    @BeforeEach
    void allocationCanBeMeasured() {
        assertThat(threads.isThreadAllocatedMemoryEnabled()).isTrue();
    }

    @AfterEach
    void everythingIsHome() {
        buffer.close();
        other.close();
        assertThat(pool.stats().segmentsInUse()).isZero();
        pool.close();
    }

    /**
     * The least that one of many attempts allocated. The JVM itself may allocate on this thread now and then, as it links
     * or replaces code; what the body allocates is in every attempt.
     */
    private long allocatedBy(final Runnable body) {
        final long thread = Thread.currentThread().getId();
        long least = Long.MAX_VALUE;
        for (int attempt = 0; attempt < ATTEMPTS && least > 0; attempt++) {
            final long before = threads.getThreadAllocatedBytes(thread);
            for (int i = 0; i < ROUNDS; i++) body.run();
            least = Math.min(least, threads.getThreadAllocatedBytes(thread) - before);
        }
        return least;
    }

    @Test
    void theMeasureSeesWhatIsAllocated() {
        final Object[] sink = new Object[1];
        assertThat(allocatedBy(() -> sink[0] = new byte[100])).isGreaterThan(100L * ROUNDS);
    }

    @Test
    void takingAndReleasingAllocatesNothing() {
        final PoolStats stats = new PoolStats();
        assertThat(allocatedBy(() -> {
                    final Segment one = pool.take(100);
                    final Segment two = pool.take(10_000);
                    one.retain();
                    one.release();
                    one.release();
                    two.release();
                    pool.stats(stats);
                }))
                .isZero();
    }

    @Test
    void addingAndDrainingAllocatesNothing() {
        assertThat(allocatedBy(() -> {
                    buffer.add(array, 0, 16);
                    buffer.add(array);
                    buffer.add(direct, 5, 100);
                    buffer.add(nio.clear());
                    buffer.drain(4000);
                    buffer.remove(array, 0, 100);
                    buffer.remove(direct, 0, 100);
                    buffer.remove(nio.clear());
                    buffer.drain(Long.MAX_VALUE);
                }))
                .isZero();
    }

    @Test
    void prependingAllocatesNothing() {
        assertThat(allocatedBy(() -> {
                    buffer.prepend(array, 0, 1000);
                    buffer.prepend(array, 0, 8);
                    buffer.prepend(direct, 0, 16);
                    buffer.prepend(nio.clear());
                    buffer.drain(Long.MAX_VALUE);
                }))
                .isZero();
    }

    @Test
    void movingAllocatesNothing() {
        assertThat(allocatedBy(() -> {
                    buffer.add(array);
                    buffer.add(array);
                    other.addBuffer(buffer);
                    buffer.prependBuffer(other);
                    buffer.removeBuffer(other, 7000);
                    other.addBuffer(buffer);
                    other.drain(Long.MAX_VALUE);
                }))
                .isZero();
    }

    @Test
    void sharingAllocatesNothing() {
        assertThat(allocatedBy(() -> {
                    buffer.add(array, 0, 1000);
                    other.addBufferReference(buffer);
                    other.addBufferReference(buffer);
                    buffer.drain(Long.MAX_VALUE);
                    other.drain(Long.MAX_VALUE);
                }))
                .isZero();
    }

    @Test
    void searchingAllocatesNothing() {
        final byte[] lastBytes = {98, 99};
        final UnsafeBuffer needle = new UnsafeBuffer(lastBytes);
        final EvPosition position = new EvPosition(buffer);
        final EvPosition end = new EvPosition(buffer);
        final EolMatch match = new EolMatch();
        array[4998] = 98;
        array[4999] = 99;
        assertThat(allocatedBy(() -> {
                    for (int i = 0; i < 30; i++) buffer.add(array);
                    buffer.search(lastBytes, 4999);
                    buffer.search(needle, 0, 2, 100_000);
                    buffer.searchRange(needle, 0, 2, 100_001, 100_002);
                    buffer.search(lastBytes, position.set(20_000));
                    buffer.searchRange(needle, 0, 2, position.set(60_001), end.set(70_000));
                    buffer.searchEol(0, EolStyle.CRLF, match);
                    buffer.searchEol(position.set(90_000), EolStyle.NUL);
                    buffer.drain(Long.MAX_VALUE);
                }))
                .isZero();
    }

    @Test
    void readingLinesIntoMemoryAllocatesNothing() {
        final byte[] lines = "first\r\nthe second line\r\nthird\r\nfourth\r\nnot yet".getBytes(US_ASCII);
        final EolMatch match = new EolMatch();
        for (final EolStyle style : new EolStyle[] {EolStyle.CRLF, EolStyle.CRLF_STRICT, EolStyle.LF, EolStyle.ANY}) {
            assertThat(allocatedBy(() -> {
                        buffer.add(array, 100, 1000);
                        buffer.add(lines);
                        buffer.readLine(style, array, 100, 2000);
                        buffer.readLine(style, direct, 0, 100);
                        buffer.readLine(style, nio.clear());
                        buffer.peekLine(style, view, match);
                        buffer.drain(match.endPosition());
                        buffer.readLine(style, array, 100, 2000);
                        buffer.drain(Long.MAX_VALUE);
                    }))
                    .as("%s", style)
                    .isZero();
        }
    }

    @Test
    void reservingCommittingAndPeekingAllocatesNothing() {
        assertThat(allocatedBy(() -> {
                    buffer.add(array, 0, 200);
                    buffer.reserveSpace(20_000, vectors);
                    vectors.views();
                    buffer.commitSpace(vectors, 10_000);
                    buffer.peek(-1, vectors);
                    vectors.views();
                    buffer.countExtents(-1, 0);
                    buffer.pullUp(10_000, view);
                    buffer.expand(1000);
                    buffer.trim();
                    buffer.copyOut(array, 0, 5000);
                    buffer.drain(Long.MAX_VALUE);
                    vectors.clear();
                }))
                .isZero();
    }

    @Test
    void referencesAllocateNothing() {
        final UnsafeBuffer[] pieces = {
            new UnsafeBuffer(direct, 0, 100), new UnsafeBuffer(direct, 100, 0), new UnsafeBuffer(direct, 100, 50)
        };
        final long[] released = new long[1];
        final ReleaseHandler count = (memory, extent, attachment) -> released[0] += extent;
        assertThat(allocatedBy(() -> {
                    buffer.addReference(direct, 10, 990, count, null);
                    buffer.addIovecReference(pieces, count, null);
                    other.addBuffer(buffer);
                    other.drain(500);
                    other.drain(640);
                }))
                .isZero();
        assertThat(released[0] % 1150).isZero();
        assertThat(released[0]).isPositive();
    }

    @Test
    void beingWatchedAllocatesNothing() {
        final long[] told = new long[1];
        buffer.addListener((changed, change) -> told[0] += change.added());
        other.addListener((changed, change) -> told[0] += change.deleted());
        buffer.stats(new EvBufferStats());
        assertThat(allocatedBy(() -> {
                    buffer.add(array);
                    other.addBuffer(buffer);
                    other.drain(5000);
                }))
                .isZero();
        assertThat(told[0]).isPositive();
    }
}
