package io.evbuffer.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evbuffer.testing.TinySegments;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class TinySegmentsTest extends SegmentSourceContract {
    private final TinySegments segments = new TinySegments();

    @Override
    SegmentSource source() {
        return segments;
    }

    @Override
    long inUse() {
        return segments.live();
    }

    @Override
    void close() {
        assertThat(segments.live()).isZero(); // no more: some tests damage what is at home
    }

    @Test
    void sizesAreMultiplesOfTheSmallest() {
        final TinySegments sevens = new TinySegments(7);
        final int[] asked = {0, 1, 7, 8, 14, 15, 50_000};
        final int[] given = {7, 7, 7, 14, 14, 21, 50_001};
        for (int i = 0; i < asked.length; i++) {
            final Segment segment = sevens.take(asked[i]);
            assertThat(segment.capacity()).isEqualTo(given[i]);
            segment.release();
        }
        sevens.close();
        assertThatThrownBy(() -> new TinySegments(0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void theTakeThatTheTestNamesIsRefused() {
        segments.failAt(2);
        segments.take(1).release();
        assertThatThrownBy(() -> segments.take(1)).isInstanceOf(MemoryLimitException.class);
        segments.take(1).release();
        segments.failEvery(3);
        int refused = 0;
        for (int i = 0; i < 30; i++) {
            try {
                segments.take(1).release();
            } catch (final MemoryLimitException expected) {
                refused++;
            }
        }
        assertThat(refused).isEqualTo(10);
        segments.failNever();
        for (int i = 0; i < 30; i++) segments.take(1).release();
        assertThat(segments.refusals()).isEqualTo(11);
        assertThat(segments.takes()).isEqualTo(63);
        assertThatThrownBy(() -> segments.failAt(0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void bytesWrittenOutsideASegmentAreFound() {
        final Segment before = segments.take(16);
        new UnsafeBuffer(before.address() - 1, 1).putByte(0, (byte) 0);
        assertThatThrownBy(before::release).isInstanceOf(AssertionError.class).hasMessageStartingWith("T1");
        final Segment behind = segments.take(16);
        new UnsafeBuffer(behind.address() + 16, 1).putByte(0, (byte) 0);
        assertThatThrownBy(behind::release).isInstanceOf(AssertionError.class).hasMessageStartingWith("T1");
    }

    @Test
    void bytesWrittenAfterTheReleaseAreFound() {
        final Segment segment = segments.take(16);
        segment.release();
        segment.memory().putByte(3, (byte) 0);
        assertThatThrownBy(segments::checkAllHome)
                .isInstanceOf(AssertionError.class)
                .hasMessageStartingWith("T2");
        assertThatThrownBy(() -> segments.take(16))
                .isInstanceOf(AssertionError.class)
                .hasMessageStartingWith("T2");
    }

    @Test
    void segmentsThatAreNotHomeAreNamed() {
        final Segment segment = segments.take(16);
        assertThatThrownBy(segments::close)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("1 segments are not home")
                .hasMessageContaining("capacity=16");
        assertThat(segments).hasToString("TinySegments[size=16, live=1, takes=1, refused=0]");
        segment.release();
        assertThatThrownBy(() -> segments.recycle(segment)).isInstanceOf(AssertionError.class);
        assertThatThrownBy(() -> new TinySegments().recycle(segment)).isInstanceOf(AssertionError.class);
    }
}
