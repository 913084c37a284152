package io.evbuffer;

import static org.assertj.core.api.Assertions.assertThat;

import io.evbuffer.memory.LeakTracking;
import io.evbuffer.memory.LiveSegment;
import io.evbuffer.memory.SlabPool;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class EvBufferTest {
    @Test
    void segmentsAreMarkedWithTheOwnerOfTheirBuffer() {
        try (SlabPool pool = SlabPool.builder().leakTracking(LeakTracking.ALL).build();
                EvBuffer buffer = new EvBuffer(pool)) {
            buffer.owner("connection 7");
            buffer.add(new byte[1]);
            assertThat(pool.liveSegments()).extracting(LiveSegment::owner).containsExactly("connection 7");
            buffer.owner(null);
            assertThat(buffer.owner()).isNull();
            buffer.add(new byte[100_000]);
            assertThat(pool.liveSegments()).extracting(LiveSegment::owner).contains((String) null);
        }
    }

    @Test
    void bytesLeaveInTheOrderInWhichTheyEntered() {
        try (SlabPool pool = new SlabPool()) {
            try (EvBuffer buffer = new EvBuffer(pool)) {
                buffer.add("world".getBytes(StandardCharsets.US_ASCII));
                buffer.prepend("hello ".getBytes(StandardCharsets.US_ASCII));
                assertThat(buffer.checkInvariants()).isTrue();
                assertThat(new String(buffer.copyToArray(), StandardCharsets.US_ASCII))
                        .isEqualTo("hello world");
                assertThat(buffer.drain(6)).isEqualTo(6);
                final byte[] rest = new byte[5];
                assertThat(buffer.remove(rest, 0, 5)).isEqualTo(5);
                assertThat(new String(rest, StandardCharsets.US_ASCII)).isEqualTo("world");
            }
            assertThat(pool.stats().segmentsInUse()).isZero();
        }
    }
}
