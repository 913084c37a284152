package io.evbuffer.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evbuffer.EvBuffer;
import io.evbuffer.testing.LeakExtension;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakExtension.class)
class SlabPoolLimitTest {
    private static final int LIMIT = 4 << 20;

    private static SlabPool limitedPool() {
        return SlabPool.builder().limit(LIMIT).build();
    }

    /** Cuts all the pool may map into segments of the largest class, and sends them home. */
    private static void cutAllLarge(final SlabPool pool) {
        final List<Segment> all = new ArrayList<>();
        for (int i = 0; i < LIMIT / SizeClasses.LARGEST; i++) all.add(pool.take(SizeClasses.LARGEST));
        assertThatThrownBy(() -> pool.take(1)).isInstanceOf(MemoryLimitException.class);
        all.forEach(Segment::release);
        assertThat(pool.stats().bytesMapped()).isEqualTo(LIMIT);
    }

    private static <T> T elsewhere(final Callable<T> body) throws Exception {
        final FutureTask<T> task = new FutureTask<>(body);
        new Thread(task).start();
        return task.get();
    }

    @Test
    @DisplayName("S-094, S-161: a refused request for more than there is leaves the pool's memory usable")
    void aRefusedRequestLeavesTheMemoryUsable() {
        try (SlabPool pool = limitedPool();
                EvBuffer buffer = new EvBuffer(pool)) {
            assertThatThrownBy(() -> buffer.expandFast(Long.MAX_VALUE, Integer.MAX_VALUE))
                    .isInstanceOf(MemoryLimitException.class);
            assertThat(pool.stats().segmentsInUse()).isZero();
            buffer.add(new byte[100]);
            assertThat(buffer.length()).isEqualTo(100);
            assertThat(pool.stats().segmentsInUse()).isEqualTo(1);
        }
    }

    @Test
    void atTheLimitAnEmptySlabMakesRoomForASmallRequest() {
        try (SlabPool pool = limitedPool()) {
            cutAllLarge(pool);
            final Segment segment = pool.take(1);
            assertThat(segment.capacity()).isEqualTo(SizeClasses.size(0));
            assertThat(pool.stats().bytesMapped()).isEqualTo(LIMIT);
            assertThat(pool.stats().unmapped()).isEqualTo(1);
            segment.release();
        }
    }

    @Test
    void atTheLimitASmallRequestGetsALargerSegmentThatIsFree() {
        try (SlabPool pool = limitedPool()) {
            final List<Segment> all = new ArrayList<>();
            for (int i = 0; i < LIMIT / SizeClasses.LARGEST; i++) all.add(pool.take(SizeClasses.LARGEST));
            final Segment free = all.remove(7);
            free.release();
            assertThat(pool.take(1)).isSameAs(free);
            assertThat(pool.stats().bytesInUse()).isEqualTo(LIMIT);
            free.release();
            assertThat(pool.stats().bytesInUse()).isEqualTo(LIMIT - SizeClasses.LARGEST);
            assertThat(pool.take(SizeClasses.LARGEST))
                    .as("home in its own class")
                    .isSameAs(free);
            free.release();
            all.forEach(Segment::release);
        }
    }

    @Test
    void atTheLimitASmallRequestGetsALargerSegmentThatIsNotYetCut() {
        try (SlabPool pool = SlabPool.builder().limit(SizeClasses.LARGEST).build()) {
            final Segment first = pool.take(4096);
            final Segment second = pool.take(256);
            assertThat(second.capacity()).isEqualTo(4096);
            assertThatThrownBy(() -> pool.take(4097)).isInstanceOf(MemoryLimitException.class);
            assertThat(pool.stats().segmentsInUse()).isEqualTo(2);
            first.release();
            second.release();
            assertThat(pool.stats().segmentsInUse()).isZero();
        }
    }

    @Test
    void atTheLimitAnotherThreadGetsALargerSegmentOfThoseSentHomeElsewhere() throws Exception {
        try (SlabPool pool = limitedPool()) {
            final List<Segment> all = new ArrayList<>();
            for (int i = 0; i < LIMIT / SizeClasses.LARGEST; i++) all.add(pool.take(SizeClasses.LARGEST));
            final int capacity = elsewhere(() -> {
                all.remove(7).release();
                final Segment segment = pool.take(1);
                try {
                    return segment.capacity();
                } finally {
                    segment.release();
                }
            });
            assertThat(capacity).isEqualTo(SizeClasses.LARGEST);
            all.forEach(Segment::release);
            assertThat(pool.stats().segmentsInUse()).isZero();
            assertThat(pool.stats().bytesInUse()).isZero();
        }
    }
}
