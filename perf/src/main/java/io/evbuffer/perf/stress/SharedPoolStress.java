package io.evbuffer.perf.stress;

import io.evbuffer.memory.Segment;
import io.evbuffer.memory.SlabPool;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** The pool of all threads, {@link SlabPool#shared()}: two of them in its stripes at once. */
public final class SharedPoolStress {
    private static final int SIZE = 256;

    private SharedPoolStress() {}

    /** Two threads take: no segment is lent twice. */
    @JCStressTest
    @Outcome(id = "1, 2", expect = Expect.ACCEPTABLE, desc = "two segments, each with its own holder's mark")
    @State
    public static class TwoThreadsTake {
        private final Segment[] taken = new Segment[2];

        private void take(final int index) {
            final Segment segment = SlabPool.shared().take(SIZE);
            segment.memory().putInt(0, index);
            taken[index] = segment;
        }

        @Actor
        public void one() {
            take(0);
        }

        @Actor
        public void other() {
            take(1);
        }

        @Arbiter
        public void result(final II_Result result) {
            result.r1 = taken[0] == taken[1] ? 0 : 1;
            for (int i = 0; i < taken.length; i++) {
                result.r2 += taken[i].memory().getInt(0) == i ? 1 : 0;
                taken[i].release();
            }
        }
    }

    /** One thread gives back what the other one, or a third, may get at once: each lending is one holder's alone. */
    @JCStressTest
    @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "both marks stayed as long as their segments were held")
    @State
    public static class ReleaseMeetsTake {
        private final Segment lent = SlabPool.shared().take(SIZE);

        private static int holdsItsMark(final Segment segment, final int mark) {
            segment.memory().putInt(0, mark);
            Thread.onSpinWait();
            final int found = segment.memory().getIntVolatile(0);
            segment.release();
            return found == mark ? 1 : 0;
        }

        @Actor
        public void giveBack(final II_Result result) {
            result.r1 = holdsItsMark(lent, 1);
        }

        @Actor
        public void take(final II_Result result) {
            result.r2 = holdsItsMark(SlabPool.shared().take(SIZE), 2);
        }
    }

    /** Two threads give segments back to stripes: both can be lent again, to one holder each. */
    @JCStressTest
    @Outcome(id = "0, 1", expect = Expect.ACCEPTABLE, desc = "nobody holds them, and new lendings are two")
    @State
    public static class TwoThreadsRelease {
        private final Segment one = SlabPool.shared().take(SIZE);
        private final Segment other = SlabPool.shared().take(SIZE);
        private final int lendingOfOne = one.generation();
        private final int lendingOfOther = other.generation();

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
            result.r1 = (one.isLent(lendingOfOne) ? 1 : 0) + (other.isLent(lendingOfOther) ? 1 : 0);
            final Segment first = SlabPool.shared().take(SIZE);
            final Segment second = SlabPool.shared().take(SIZE);
            result.r2 = first == second ? 0 : 1;
            first.release();
            second.release();
        }
    }
}
