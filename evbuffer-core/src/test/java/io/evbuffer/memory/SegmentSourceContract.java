package io.evbuffer.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What every source of segments promises. */
abstract class SegmentSourceContract {
    private final List<Segment> taken = new ArrayList<>();

    /** The source under test. */
    abstract SegmentSource source();

    /** The number of segments that somebody holds. */
    abstract long inUse();

    /** Called after each test, when all segments are home. */
    abstract void close();

    @AfterEach
    void allSegmentsAreHome() {
        taken.stream().filter(segment -> segment.refCount() > 0).forEach(Segment::release);
        assertThat(inUse()).isZero();
        close();
    }

    private Segment take(final int minCapacity) {
        final Segment segment = source().take(minCapacity);
        taken.add(segment);
        return segment;
    }

    @Test
    void aSegmentHasAtLeastTheCapacityAskedFor() {
        for (int size = 0; size < 100_000; size = size * 2 + 1) {
            final Segment segment = take(size);
            assertThat(segment.capacity()).isGreaterThanOrEqualTo(Math.max(size, 1));
            assertThat(segment.memory().capacity()).isEqualTo(segment.capacity());
            assertThat(segment.refCount()).isOne();
        }
        assertThat(inUse()).isEqualTo(taken.size());
    }

    @Test
    void thePreferredCapacityIsTheSameAtEachCallAndExact() {
        final int preferred = source().preferredCapacity();
        assertThat(preferred).isPositive();
        assertThat(take(preferred).capacity()).isEqualTo(preferred);
        assertThat(source().preferredCapacity()).isEqualTo(preferred);
    }

    @Test
    void negativeCapacitiesAreRefused() {
        assertThatThrownBy(() -> source().take(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> source().take(Integer.MIN_VALUE)).isInstanceOf(IllegalArgumentException.class);
        assertThat(inUse()).isZero();
    }

    @Test
    void noTwoLentSegmentsShareAByte() {
        for (int i = 0; i < 300; i++) take(1 + i % 70);
        final List<Segment> byAddress = new ArrayList<>(taken);
        byAddress.sort((one, other) -> Long.compare(one.address(), other.address()));
        for (int i = 1; i < byAddress.size(); i++) {
            final Segment before = byAddress.get(i - 1);
            assertThat(byAddress.get(i).address()).isGreaterThanOrEqualTo(before.address() + before.capacity());
        }
    }

    @Test
    void aSegmentThatWentHomeIsLentAgain() {
        final Segment segment = take(10);
        final int generation = segment.generation();
        segment.release();
        assertThat(segment.refCount()).isZero();
        assertThat(segment.generation()).isNotEqualTo(generation);
        assertThat(inUse()).isZero();
        assertThat(take(10)).isSameAs(segment);
        assertThat(segment.refCount()).isOne();
    }

    @Test
    void aSegmentMayBeReleasedOnAnyThread() {
        final Segment segment = take(10);
        Threads.onAnother(segment::release);
        assertThat(inUse()).isZero();
        assertThat(take(10)).isSameAs(segment);
    }

    @Test
    void theLastOfManyHoldersSendsItHome() {
        final Segment segment = take(10);
        assertThat(segment.retain()).isSameAs(segment);
        segment.retain();
        segment.release();
        segment.release();
        assertThat(segment.refCount()).isOne();
        assertThat(inUse()).isOne();
        segment.release();
        assertThat(inUse()).isZero();
    }

    @Test
    void aReleaseTooManyIsRefusedAndChangesNothing() {
        final Segment segment = take(10);
        segment.release();
        final int generation = segment.generation();
        assertThatThrownBy(segment::release)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("released too often");
        assertThatThrownBy(segment::retain)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("after its last release");
        assertThat(segment.refCount()).isZero();
        assertThat(segment.generation()).isEqualTo(generation);
        assertThat(inUse()).isZero();
        assertThat(take(10)).isSameAs(segment);
        assertThat(take(10)).isNotSameAs(segment);
    }

    @Test
    void bytesWrittenStayUntilTheRelease() {
        final Segment segment = take(10);
        final Segment neighbour = take(10);
        for (int i = 0; i < 10; i++) segment.memory().putByte(i, (byte) i);
        neighbour.memory().setMemory(0, neighbour.capacity(), (byte) -1);
        for (int i = 0; i < 10; i++) assertThat(segment.memory().getByte(i)).isEqualTo((byte) i);
    }
}
