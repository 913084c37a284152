package io.evbuffer.perf.stress;

import io.evbuffer.memory.Segment;
import io.evbuffer.memory.SlabPool;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * A pool whose owner is at work while another thread gives back, takes, or meets its end.
 *
 * <p>Each state has a pool of its own, so that its numbers can be checked to the last segment; pools that are still whole
 * serve the next states. A pool belongs to a thread that is no actor, until an actor claims it: otherwise an actor that
 * made the pool would be its owner, and nobody's guest.
 */
public final class SlabPoolStress {
    private static final int SIZE = 256;
    private static final int SLAB = 64 * 1024;
    private static final ConcurrentLinkedQueue<SlabPool> IDLE_POOLS = new ConcurrentLinkedQueue<>();

    private static final Executor KEEPER = Executors.newSingleThreadExecutor(task -> {
        final Thread thread = new Thread(task, "keeper of pools");
        thread.setDaemon(true);
        return thread;
    });

    private SlabPoolStress() {}

    private static SlabPool idlePool() {
        final SlabPool pool = IDLE_POOLS.poll();
        return pool == null ? made(SlabPool.builder()) : pool;
    }

    private static SlabPool made(final SlabPool.Builder builder) {
        return CompletableFuture.supplyAsync(builder.slabSize(SLAB)::build, KEEPER)
                .join();
    }

    /** The pool's segments that somebody holds; if there are none, it may serve the next state. */
    private static int inUse(final SlabPool pool) {
        final int inUse = (int) pool.stats().segmentsInUse();
        if (inUse == 0) {
            CompletableFuture.runAsync(pool::claim, KEEPER).join();
            IDLE_POOLS.add(pool);
        }
        return inUse;
    }

    /** Writes a mark into a segment and tells whether it is still there: 0 if not. */
    private static int marked(final Segment segment, final int mark) {
        segment.memory().putInt(0, mark);
        return segment.memory().getInt(0) == mark ? 1 : 0;
    }

    /** A segment comes home from elsewhere while the owner takes: nobody gets what somebody still has. */
    @JCStressTest
    @Outcome(id = "2, 0", expect = Expect.ACCEPTABLE, desc = "both had their segment alone, all are home")
    @State
    public static class ReleaseMeetsTake {
        private final SlabPool pool = idlePool();
        private final Segment lent = pool.take(SIZE);
        private int aloneOwner;
        private int aloneGuest;

        @Actor
        public void owner() {
            pool.claim();
            final Segment first = pool.take(SIZE);
            final Segment second = pool.take(SIZE);
            aloneOwner = first == second ? 0 : marked(first, 1);
            first.release();
            second.release();
        }

        @Actor
        public void guest() {
            aloneGuest = marked(lent, 2);
            lent.release();
        }

        @Arbiter
        public void result(final II_Result result) {
            result.r1 = aloneOwner + aloneGuest;
            result.r2 = inUse(pool);
        }
    }

    /** Two threads send segments home at once: none is lost, none is doubled. */
    @JCStressTest
    @Outcome(id = "1, 0", expect = Expect.ACCEPTABLE, desc = "both are home, and can be lent again")
    @State
    public static class TwoGuestsRelease {
        private final SlabPool pool = idlePool();
        private final Segment one = pool.take(SIZE);
        private final Segment other = pool.take(SIZE);

        @Actor
        public void one() {
            one.release();
        }

        @Actor
        public void other() {
            other.release();
        }

        @Arbiter
        public void result(final II_Result result) {
            pool.claim();
            final Segment first = pool.take(SIZE);
            final Segment second = pool.take(SIZE);
            result.r1 = first == second ? 0 : 1;
            first.release();
            second.release();
            result.r2 = inUse(pool);
        }
    }

    /** The owner and a guest take at once: each gets a segment of its own. */
    @JCStressTest
    @Outcome(id = "1, 0", expect = Expect.ACCEPTABLE, desc = "two segments, and both come home")
    @State
    public static class TwoThreadsTake {
        private final SlabPool pool = idlePool();
        private final Segment[] taken = new Segment[2];

        @Actor
        public void owner() {
            pool.claim();
            taken[0] = pool.take(SIZE);
        }

        @Actor
        public void guest() {
            taken[1] = pool.take(SIZE);
        }

        @Arbiter
        public void result(final II_Result result) {
            result.r1 = taken[0] == taken[1] ? 0 : 1;
            for (final Segment segment : taken) segment.release();
            result.r2 = inUse(pool);
        }
    }

    /** The last segment comes home as the pool is closed: its slab is unmapped by one of the two, never by none. */
    @JCStressTest
    @Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "nothing is mapped, nothing in use")
    @State
    public static class ReleaseMeetsClose {
        /** Held, or the setting is lost: a pool that is closed with live segments says so, here a thousand times. */
        private static final Logger QUIET = Logger.getLogger(SlabPool.class.getName());

        static {
            QUIET.setLevel(Level.OFF);
        }

        private final SlabPool pool = made(SlabPool.builder());
        private final Segment lent = pool.take(SIZE);

        @Actor
        public void owner() {
            pool.claim();
            pool.close();
        }

        @Actor
        public void guest() {
            lent.release();
        }

        @Arbiter
        public void result(final II_Result result) {
            result.r1 = (int) pool.stats().bytesMapped();
            result.r2 = (int) pool.stats().segmentsInUse();
        }
    }

    /** Idle slabs are given back while a guest's segment comes home: a slab goes only when it is empty. */
    @JCStressTest
    @Outcome(
            id = "1, 0",
            expect = Expect.ACCEPTABLE,
            desc = "the segment was there to the end, and nothing is mapped then")
    @State
    public static class ReleaseMeetsTrim {
        private final SlabPool pool = made(SlabPool.builder().floor(0).idleAge(Duration.ZERO));
        private final Segment lent = pool.take(SIZE);
        private int alone;

        @Actor
        public void owner() {
            pool.claim();
            pool.trim(Long.MAX_VALUE / 2);
        }

        @Actor
        public void guest() {
            alone = marked(lent, 3);
            lent.release();
        }

        @Arbiter
        public void result(final II_Result result) {
            result.r1 = alone;
            pool.close();
            result.r2 = (int) pool.stats().bytesMapped();
        }
    }
}
