package io.evbuffer;

import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Takes two buffers' locks so that opposite operations in two threads never wait for each other in a circle: always in the
 * order of the locks' identity hash codes, and of two with the same hash code under a third lock (Goetz et al., Java
 * Concurrency in Practice, 10.1.2). The order holds for operations that begin without either lock; a thread that holds one
 * already must not take another out of order, as with any locks.
 */
final class LockOrder {
    private static final int MINE = 1;
    private static final int OTHERS = 2;
    private static final Lock TIE = new ReentrantLock();

    private LockOrder() {}

    /** Takes both locks, a common one once; tells which of the two were taken. */
    static int acquire(final @Nullable Lock mine, final @Nullable Lock others) {
        return acquire(mine, System.identityHashCode(mine), others, System.identityHashCode(others));
    }

    static int acquire(final @Nullable Lock mine, final int myRank, final @Nullable Lock others, final int othersRank) {
        if (others == null || others == mine) {
            if (mine == null) return 0;
            mine.lock();
            return MINE;
        }
        if (mine == null) {
            others.lock();
            return OTHERS;
        }
        if (myRank < othersRank) {
            lockInTurn(mine, others);
        } else if (myRank > othersRank) {
            lockInTurn(others, mine);
        } else {
            TIE.lock();
            try {
                lockInTurn(mine, others);
            } finally {
                TIE.unlock();
            }
        }
        return MINE | OTHERS;
    }

    private static void lockInTurn(final Lock first, final Lock second) {
        first.lock();
        try {
            second.lock();
        } catch (final Throwable e) { // of a lent lock's own
            first.unlock();
            throw e;
        }
    }

    static void release(final @Nullable Lock mine, final @Nullable Lock others, final int taken) {
        if ((taken & OTHERS) != 0 && others != null) others.unlock();
        if ((taken & MINE) != 0 && mine != null) mine.unlock();
    }
}
