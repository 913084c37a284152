package io.evbuffer.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.EvBuffer;
import io.evbuffer.testing.EvBufferInvariants;
import io.evbuffer.testing.LeakExtension;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A take is refused only when there really is no room. */
class PoolLimitTest {
    private static final int SLAB = 64 * 1024;

    private final List<Segment> held = new ArrayList<>();
    private final SlabPool pool =
            SlabPool.builder().name("small").slabSize(SLAB).limit(2 * SLAB).build();

    @RegisterExtension
    final LeakExtension leaks = LeakExtension.watching(pool);

    @AfterEach
    void allSegmentsAreHome() {
        for (final Segment segment : held) segment.release();
        assertTrue(pool.checkInvariants());
        assertEquals(0, pool.stats().segmentsInUse());
        assertEquals(0, pool.stats().bytesInUse());
        pool.close();
        assertEquals(0, pool.stats().bytesMapped());
    }

    private Segment take(final int capacity) {
        final Segment segment = pool.take(capacity);
        held.add(segment);
        return segment;
    }

    private void releaseAll() {
        for (final Segment segment : held) segment.release();
        held.clear();
    }

    private static <T> T elsewhere(final Callable<T> action) throws InterruptedException, ExecutionException {
        final FutureTask<T> task = new FutureTask<>(action);
        new Thread(task).start();
        return task.get();
    }

    @Test
    void everyByteOfTheLimitCanBeLent() {
        for (int i = 0; i < 2 * SLAB / 256; i++) take(1);

        assertEquals(2 * SLAB, pool.stats().bytesInUse());
        assertThrows(MemoryLimitException.class, () -> pool.take(1));
        assertEquals(2 * SLAB, pool.stats().bytesMapped());
        assertEquals(1, pool.stats().refused());
    }

    @Test
    void aRefusalNamesThePoolAndTheNumbersAndChangesNothing() {
        take(SLAB);
        take(SLAB);
        final String before =
                pool.liveSegments().stream().map(LiveSegment::place).toList().toString();

        final MemoryLimitException refusal = assertThrows(MemoryLimitException.class, () -> pool.take(3000));
        assertEquals(
                "pool 'small' has no room for 4096 bytes: 131072 bytes are mapped, the limit is 131072",
                refusal.getMessage());
        assertEquals(
                before,
                pool.liveSegments().stream().map(LiveSegment::place).toList().toString());
        assertEquals(2, pool.stats().segmentsInUse());
    }

    @Test
    void idleSlabsOfOtherSizesMakeRoom() {
        for (int i = 0; i < 32; i++) take(4096);
        releaseAll();

        take(SLAB);
        take(SLAB);
        assertEquals(2 * SLAB, pool.stats().bytesMapped());
        releaseAll();

        for (int i = 0; i < 2 * SLAB / 512; i++) take(512);
        assertEquals(2 * SLAB, pool.stats().bytesInUse());
    }

    @Test
    void idleSlabsMakeRoomForALargeRequest() {
        for (int i = 0; i < 32; i++) take(4096);
        releaseAll();

        assertEquals(2 * SLAB, take(2 * SLAB).capacity());
    }

    @Test
    void aKeptLargeMappingMakesRoomForSlabs() {
        take(2 * SLAB);
        releaseAll();

        take(SLAB);
        take(SLAB);
    }

    @Test
    void atTheLimitAMuchLargerKeptMappingIsGoodEnough() {
        final SlabPool pool2 =
                SlabPool.builder().slabSize(SLAB).limit(20 * SLAB).build();
        final Segment large = pool2.take(19 * SLAB);
        large.release();
        final Segment again = pool2.take(2 * SLAB);

        assertEquals(19 * SLAB, again.capacity());
        again.release();
        pool2.close();
    }

    @Test
    void aLargerSegmentIsLentWhenNoSlabCanGo() {
        take(16384);
        final Segment second = take(16384); // keeps its slab in use
        take(SLAB);
        held.remove(second);
        second.release();

        assertEquals(16384, take(100).capacity());
        assertEquals(16384, take(4096).capacity());
    }

    @Test
    void anIdleSlabIsRemappedBeforeALargerSegmentIsSpent() {
        take(SLAB);
        take(16384);
        final Segment kept = held.remove(0);
        kept.release();

        assertEquals(256, take(1).capacity());
    }

    @Test
    void otherThreadsUseWhatTheOwnerReleasedBeyondWhatItHasAtHand() throws Exception {
        final SlabPool wide = SlabPool.builder().limit(8 << 20).build();
        final List<Segment> all = new ArrayList<>();
        for (int i = 0; i < 2048; i++) all.add(wide.take(4096));
        for (final Segment segment : all) segment.release();

        final Segment guests = elsewhere(() -> wide.take(4096));
        assertEquals(4096, guests.capacity());
        guests.release();
        wide.close();
    }

    @Test
    void whatTheOwnerHasAtHandIsInReachOfOthersOnceItTrims() throws Exception {
        take(SLAB);
        take(SLAB);
        releaseAll();
        final ExecutionException refused =
                assertThrows(ExecutionException.class, () -> elsewhere(() -> pool.take(SLAB)));
        assertTrue(refused.getCause() instanceof MemoryLimitException, refused::toString);

        pool.trim(System.nanoTime());
        final Segment guests = elsewhere(() -> pool.take(SLAB));
        held.add(guests);
    }

    @Test
    void aGuestWhoWasRefusedGetsWhatTheOwnerHasAtHandOnceTheOwnerTakesOrReturns() throws Exception {
        for (int i = 0; i < 2 * SLAB / 4096; i++) take(4096);
        releaseAll();
        assertThrows(ExecutionException.class, () -> elsewhere(() -> pool.take(4096)));
        take(4096);
        held.add(elsewhere(() -> pool.take(4096)));
        releaseAll();

        take(2048); // of a slab of its own, as an idle one makes room
        assertThrows(ExecutionException.class, () -> elsewhere(() -> pool.take(2 * SLAB)));
        releaseAll();
        held.add(elsewhere(() -> pool.take(2 * SLAB)));
        assertEquals(2, pool.stats().refused());
    }

    @Test
    void theDefaultLimitIsWhatDirectBuffersMayHave() throws Exception {
        final String flag = "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED";
        assertEquals("67108864", Forked.run(PrintLimit.class, flag, "-XX:MaxDirectMemorySize=64m"));
        assertEquals("134217728", Forked.run(PrintLimit.class, flag, "-Xmx128m", "-XX:+UseG1GC"));
        assertEquals("5242880", Forked.run(PrintLimit.class, flag, "-Dio.evbuffer.poolLimit=5M"));
        assertEquals("5000", Forked.run(PrintLimit.class, flag, "-Dio.evbuffer.poolLimit=5000"));
        for (final String nonsense : List.of("", "0", "-1k", "much", "9999999999999g", "g")) {
            final String printed = Forked.run(PrintLimit.class, flag, "-Dio.evbuffer.poolLimit=" + nonsense);
            assertTrue(
                    printed.contains("poolLimit is no size in bytes, or with a suffix k, m or g: " + nonsense),
                    printed);
        }
    }

    /** Prints the limit of a pool with defaults. */
    static final class PrintLimit {
        private PrintLimit() {}

        public static void main(final String[] arguments) {
            try (SlabPool pool = new SlabPool()) {
                System.out.print(pool.stats().limit());
            } catch (final IllegalArgumentException e) {
                System.out.print(e.getMessage());
            }
        }
    }

    @Test
    void aLengthGoneWrongIsRefusedByTheDefaultLimitAndChangesNothing() {
        try (SlabPool unconfigured = new SlabPool();
                EvBuffer buffer = new EvBuffer(unconfigured)) {
            buffer.add(new byte[100]);
            final long limit = unconfigured.stats().limit();
            assertThrows(MemoryLimitException.class, () -> buffer.expandFast(Long.MAX_VALUE - 100, Integer.MAX_VALUE));

            assertTrue(unconfigured.stats().peakBytesMapped() <= limit);
            assertEquals(100, buffer.length());
            assertEquals(1, unconfigured.stats().segmentsInUse());
            EvBufferInvariants.check(buffer);
        }
    }

    @Test
    void whatOthersReturnedIsUsedBeforeRefusing() throws Exception {
        for (int i = 0; i < 32; i++) take(4096);
        elsewhere(() -> {
            releaseAll();
            return true;
        });

        take(2 * SLAB);
    }

    @Test
    void whatOthersReturnedServesGuestsOfAnyClass() throws Exception {
        for (int i = 0; i < 32; i++) take(4096);
        final Segment guests = elsewhere(() -> {
            releaseAll();
            return pool.take(2 * SLAB);
        });
        held.add(guests);
    }

    @Test
    void aRequestThatCanNeverFitUnmapsNothing() {
        take(4096);
        releaseAll();

        assertThrows(MemoryLimitException.class, () -> pool.take(3 * SLAB));
        assertThrows(MemoryLimitException.class, () -> pool.take(Integer.MAX_VALUE));
        assertEquals(SLAB, pool.stats().bytesMapped());
        assertEquals(2, pool.stats().refused());
    }

    @Test
    void aLimitBelowASlabIsUsedToTheLastPage() {
        final SlabPool tiny = SlabPool.builder().limit(3 * 4096 + 100).build();
        final List<Segment> all = new ArrayList<>();
        for (int i = 0; i < 3; i++) all.add(tiny.take(4096));

        assertThrows(MemoryLimitException.class, () -> tiny.take(1));
        assertEquals(3 * 4096, tiny.stats().bytesMapped());
        for (final Segment segment : all) segment.release();
        tiny.close();
    }
}
