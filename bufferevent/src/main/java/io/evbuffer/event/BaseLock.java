package io.evbuffer.event;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The lock of a base, with the condition on which a waiting del sleeps.
 *
 * <p>It is held for short and never while user code runs, so a thread that finds it taken looks again for a while: to queue
 * for it would allocate, and cost more than the wait (BTR-20).
 */
final class BaseLock {
    /** Some microseconds: longer than what is done with the lock, shorter than to be woken. */
    private static final int SPINS = 100;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition runEnded = lock.newCondition();

    void lock() {
        if (!lock.tryLock()) lockContended();
    }

    private void lockContended() {
        for (int i = 0; i < SPINS; i++) {
            Thread.onSpinWait();
            if (!lock.isLocked() && lock.tryLock()) return;
        }
        lock.lock();
    }

    void unlock() {
        lock.unlock();
    }

    /** On which a waiting del sleeps; with the lock. */
    Condition runEnded() {
        return runEnded;
    }
}
