package io.evbuffer.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A pool in poison mode finds writes to segments that nobody holds. */
class PoisonTest {
    private final SlabPool pool = SlabPool.builder()
            .name("poisoned")
            .poison(true)
            .leakTracking(LeakTracking.ALL)
            .build();

    @AfterEach
    void allSegmentsAreHome() {
        assertEquals(0, pool.stats().segmentsInUse());
        assertTrue(pool.checkInvariants());
        pool.close();
        assertEquals(0, pool.stats().bytesMapped());
    }

    @Test
    void aWriteAfterTheReleaseIsFoundAtTheNextTakeAndNamesItsOwner() {
        final Segment segment = pool.take(4096);
        segment.owner("connection 3");
        segment.release();
        segment.memory().putByte(4095, (byte) 1);

        final IllegalStateException found = assertThrows(IllegalStateException.class, () -> pool.take(4096));
        assertTrue(found.getMessage().contains("byte 4095 of a free segment of pool 'poisoned'"), found::toString);
        assertTrue(found.getMessage().contains("last tagged 'connection 3'"), found::toString);
        assertTrue(found.getMessage().contains("taken by thread '"), found::toString);
        assertEquals(PoisonTest.class.getName(), found.getStackTrace()[0].getClassName());
    }

    @Test
    void aWriteIsReportedOnceAndTheSegmentIsCleanThen() {
        final Segment segment = pool.take(256);
        segment.release();
        segment.memory().putLong(8, 0);

        assertThrows(IllegalStateException.class, () -> pool.take(256));
        final Segment again = pool.take(256);
        again.release();
    }

    @Test
    void whatTheHolderWritesIsNoFinding() {
        for (final int capacity : new int[] {1, 300, 5000, 65536, 100_000}) {
            for (int i = 0; i < 3; i++) {
                final Segment segment = pool.take(capacity);
                segment.memory().setMemory(0, segment.capacity(), (byte) i);
                segment.release();
            }
        }
    }

    @Test
    void aFreedSegmentIsFilled() {
        final Segment segment = pool.take(100_000);
        segment.memory().putInt(0, 7);
        segment.release();

        assertEquals(0xDEDEDEDE, segment.memory().getInt(0));
        assertEquals((byte) 0xDE, segment.memory().getByte(segment.capacity() - 1));
    }

    @Test
    void writesAreFoundWhereverTheSegmentHasBeenMeanwhile() throws InterruptedException {
        final List<Segment> burst = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) burst.add(pool.take(512));
        final Thread guest = new Thread(() -> burst.forEach(Segment::release));
        guest.start();
        guest.join();
        pool.trim(System.nanoTime());
        final Segment touched = burst.get(1_234);
        touched.memory().putByte(100, (byte) 0);

        int found = 0;
        final List<Segment> again = new ArrayList<>();
        while (again.size() < 2_000) {
            try {
                again.add(pool.take(512));
            } catch (final IllegalStateException e) {
                assertTrue(e.getMessage().contains("byte 100 "), e::toString);
                found++;
            }
        }
        assertEquals(1, found);
        again.forEach(Segment::release);
    }

    @Test
    void guestsFindWritesToo() throws InterruptedException {
        final Segment segment = pool.take(70_000);
        segment.release();
        segment.memory().putByte(0, (byte) 0);
        final List<Throwable> found = new ArrayList<>();
        final Thread guest = new Thread(() -> {
            try {
                pool.take(70_000).release();
            } catch (final IllegalStateException e) {
                found.add(e);
            }
        });
        guest.start();
        guest.join();
        assertEquals(1, found.size());
    }
}
