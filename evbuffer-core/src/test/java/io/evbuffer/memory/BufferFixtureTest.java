package io.evbuffer.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evbuffer.EvBuffer;
import io.evbuffer.testing.BufferFixture;
import io.evbuffer.testing.ByteSequence;
import io.evbuffer.testing.EvBufferInvariants;
import io.evbuffer.testing.LengthWitness;
import io.evbuffer.testing.TinySegments;
import org.junit.jupiter.api.Test;

/** What users rely on to find their leaks finds them. */
class BufferFixtureTest {
    private final BufferFixture fixture = new BufferFixture();

    @Test
    void buffersHaveOneChainForEachLength() {
        final EvBuffer buffer = fixture.withChains(3, 70_000, 1);
        assertThat(buffer.countChains()).isEqualTo(3);
        EvBufferInvariants.checkDataLengths(buffer, 3, 70_000, 1);
        EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(70_004));
        assertThat(fixture.bytesCopied()).as("making them does not count").isZero();
        assertThatThrownBy(() -> fixture.withChains(1, 0)).isInstanceOf(IllegalArgumentException.class);
        fixture.close();
        assertThat(buffer.isClosed()).isTrue();
    }

    @Test
    void aSegmentThatStaysOutFailsTheTest() {
        final Segment segment = fixture.pool().take(1);
        try (CapturedLog log = new CapturedLog(SlabPool.class)) {
            assertThatThrownBy(fixture::close)
                    .isInstanceOf(AssertionError.class)
                    .hasMessageStartingWith("INV-25: segments are still in use: [slab 0 segment 0: 256 bytes");
            assertThat(log.lines()).hasSize(1);
        }
        segment.release();
        fixture.close();
    }

    @Test
    void aSmallSegmentThatStaysOutFailsTheTest() {
        final TinySegments segments = new TinySegments();
        final BufferFixture tiny = new BufferFixture(segments);
        assertThatThrownBy(tiny::pool).isInstanceOf(IllegalStateException.class);
        assertThat(tiny.source()).isSameAs(segments);
        tiny.empty().add(new byte[100]);
        assertThat(tiny.segmentsInUse()).isEqualTo(7);
        final Segment segment = segments.take(1);
        assertThatThrownBy(tiny::close)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("1 segments are not home");
        segment.release();
        tiny.close();
    }

    @Test
    void aBufferThatListenersWereNotToldAboutFailsTheTest() {
        final EvBuffer buffer = fixture.empty();
        buffer.addListener((changed, change) -> fixture.close());
        assertThatThrownBy(() -> buffer.add(new byte[1]))
                .isInstanceOf(AssertionError.class)
                .hasMessageStartingWith("INV-21");
        fixture.close();
    }

    @Test
    void wrongContentAndLayoutAreNamed() {
        final EvBuffer buffer = fixture.withChains(3, 4);
        assertThatThrownBy(() -> EvBufferInvariants.checkContent(buffer, ByteSequence.bytes(6)))
                .hasMessageStartingWith(
                        "content differs at position 6: [2, 3, 4, 5, 6] at 2 of 7 instead of [2, 3, 4, 5]");
        assertThatThrownBy(() -> EvBufferInvariants.checkContent(buffer, new byte[7]))
                .hasMessageStartingWith("content differs at position 1");
        assertThatThrownBy(() -> EvBufferInvariants.checkDataLengths(buffer, 7))
                .hasMessageStartingWith("data lies in [3, 4] instead of [7]");
        fixture.close();
    }

    @Test
    void aWitnessThatWasNotToldEverythingObjects() {
        final EvBuffer buffer = fixture.withChains(3);
        final LengthWitness late = new LengthWitness(2);
        buffer.addListener(late);
        assertThatThrownBy(() -> late.check(buffer)).isInstanceOf(AssertionError.class);
        assertThatThrownBy(() -> buffer.add(new byte[1]))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("a gap");
        assertThat(late.calls()).isOne();
        fixture.close();
    }
}
