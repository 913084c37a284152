package io.evbuffer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.memory.SlabPool;
import io.evbuffer.testing.ByteSequence;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A buffer whose segments come from another pool from some time on. */
class SourceTest {
    @Test
    @DisplayName("Segments go home to whoever lent them, whatever the source is now")
    void segmentsGoHomeToTheirOwnPools() {
        final int bytes = 100_000; // several segments
        try (SlabPool one = SlabPool.builder().name("one").build();
                SlabPool two = SlabPool.builder().name("two").build();
                EvBuffer buffer = new EvBuffer(one)) {
            buffer.add(ByteSequence.bytes(bytes));
            final long ofOne = one.stats().segmentsInUse();
            buffer.source(two);
            buffer.add(ByteSequence.bytes(bytes));
            assertEquals(ofOne, one.stats().segmentsInUse());
            assertTrue(two.stats().segmentsInUse() > 0);
            final byte[] back = new byte[bytes];
            assertEquals(bytes, buffer.remove(back, 0, bytes));
            assertArrayEquals(ByteSequence.bytes(bytes), back);
            assertTrue(one.stats().segmentsInUse() <= 1, "the room behind the first bytes is filled first");
            assertEquals(bytes, buffer.remove(back, 0, bytes));
            assertArrayEquals(ByteSequence.bytes(bytes), back);
            assertEquals(0, one.stats().segmentsInUse());
            assertEquals(0, two.stats().segmentsInUse());
        }
    }

    @Test
    @DisplayName("No source, and a source for a closed buffer, are refused")
    void refusals() {
        try (SlabPool pool = SlabPool.builder().name("one").build()) {
            final EvBuffer buffer = new EvBuffer(pool);
            assertThrows(NullPointerException.class, () -> buffer.source(null));
            buffer.close();
            assertThrows(IllegalStateException.class, () -> buffer.source(pool));
        }
    }
}
