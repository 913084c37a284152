package io.evbuffer.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.Test;

class SegmentTest {
    private final Source source = new Source();
    private final Segment segment = new Segment(source, ByteBuffer.allocateDirect(32));

    /** A source whose segments are made by the test. */
    private static final class Source implements SegmentSource {
        final List<Segment> recycled = Collections.synchronizedList(new ArrayList<>());

        @Override
        public Segment take(final int minCapacity) {
            throw new MemoryLimitException("none here");
        }

        @Override
        public void recycle(final Segment segment) {
            recycled.add(segment);
        }

        @Override
        public int preferredCapacity() {
            return 32;
        }
    }

    @Test
    void onlyDirectWritableMemoryMakesASegment() {
        final Class<IllegalArgumentException> refused = IllegalArgumentException.class;
        assertThatThrownBy(() -> new Segment(source, ByteBuffer.allocate(16))).isInstanceOf(refused);
        assertThatThrownBy(() -> new Segment(source, ByteBuffer.allocateDirect(0)))
                .isInstanceOf(refused);
        final ByteBuffer readOnly = ByteBuffer.allocateDirect(16).asReadOnlyBuffer();
        assertThatThrownBy(() -> new Segment(source, readOnly)).isInstanceOf(refused);
    }

    @Test
    void aNewSegmentIsAtHome() {
        assertThat(segment.refCount()).isZero();
        assertThat(segment.capacity()).isEqualTo(32);
        assertThat(segment.holder()).isNull();
        assertThatThrownBy(segment::release).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(segment::retain).isInstanceOf(IllegalStateException.class);
        assertThat(segment.refCount()).isZero();
        assertThat(segment).hasToString("Segment[capacity=32, holders=0, generation=0]");
        assertThat(source.recycled).isEmpty();
    }

    @Test
    void aLentSegmentCannotBeLentAgain() {
        assertThat(segment.lend()).isSameAs(segment);
        assertThat(segment.refCount()).isOne();
        assertThatThrownBy(segment::lend).isInstanceOf(IllegalStateException.class);
        assertThat(segment.refCount()).isOne();
    }

    @Test
    void eachLendingGoesHomeOnceAndChangesTheGeneration() {
        for (int i = 0; i < 3; i++) {
            assertThat(segment.generation()).isEqualTo(i);
            segment.lend().retain().release();
            assertThat(segment.generation()).isEqualTo(i);
            segment.release();
        }
        assertThat(segment.generation()).isEqualTo(3);
        assertThat(source.recycled).containsExactly(segment, segment, segment);
    }

    @Test
    void theViewsShowTheMemoryAndStayTheSame() {
        final ByteBuffer read = segment.readView();
        final ByteBuffer write = segment.writeView();
        assertThat(segment.readView()).isSameAs(read);
        assertThat(segment.writeView()).isSameAs(write);
        assertThat(read.isReadOnly()).isTrue();
        assertThat(write.isReadOnly()).isFalse();
        assertThat(read.order()).isEqualTo(ByteOrder.nativeOrder());
        assertThat(write.order()).isEqualTo(ByteOrder.nativeOrder());
        write.putLong(8, 0x0102030405060708L);
        assertThat(read.getLong(8)).isEqualTo(0x0102030405060708L);
        assertThat(segment.memory().getLong(8)).isEqualTo(0x0102030405060708L);
        assertThat(segment.memory().addressOffset()).isEqualTo(segment.address());
        write.position(5).limit(7);
        assertThat(read.position()).isZero();
        assertThat(read.limit()).isEqualTo(32);
    }

    @Test
    void whatTheHolderKeepsStaysAcrossLendings() {
        final Object kept = new Object();
        segment.lend();
        segment.holder(kept);
        segment.release();
        segment.lend();
        assertThat(segment.holder()).isSameAs(kept);
        segment.holder(null);
        assertThat(segment.holder()).isNull();
    }

    @Test
    void ofManyHoldersOnManyThreadsExactlyOneSendsItHome() {
        final int rounds = 2_000;
        final int holders = 3;
        final CyclicBarrier barrier = new CyclicBarrier(holders, () -> {
            segment.lend();
            for (int i = 1; i < holders; i++) segment.retain();
        });
        final List<Threads.Body> bodies = Collections.nCopies(holders, () -> {
            for (int round = 0; round < rounds; round++) {
                barrier.await();
                segment.retain();
                segment.release();
                segment.release();
            }
        });
        // The barrier's action lends for the next round: by then everybody has released.
        Threads.together(bodies);
        assertThat(source.recycled).hasSize(rounds);
        assertThat(segment.refCount()).isZero();
        assertThat(segment.generation()).isEqualTo(rounds);
    }
}
