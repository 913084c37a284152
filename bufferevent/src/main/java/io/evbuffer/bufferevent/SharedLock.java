package io.evbuffer.bufferevent;

import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The lock of a BufferEvent that any thread may call: one for it, its input and its output, and for all BufferEvents that are
 * layers or partners of it.
 *
 * <p>A loop's thread waits for the lock of what lives on that loop. Any other thread never waits for it to change something:
 * it takes the lock where it is free, else leaves a {@link PostedCalls posted call}. So nobody who holds such a lock waits
 * for another one, and no two of them can wait for each other.
 */
final class SharedLock {
    private final ReentrantLock lock = new ReentrantLock();

    /** What the buffers use. */
    Lock forBuffers() {
        return lock;
    }

    void acquire() {
        lock.lock();
    }

    boolean tryAcquire() {
        return lock.tryLock();
    }

    void release() {
        lock.unlock();
    }

    boolean isMine() {
        return lock.isHeldByCurrentThread();
    }

    /** Lets go of it however often it is held, for user code to run. */
    int releaseAll() {
        final int holds = lock.getHoldCount();
        for (int i = 0; i < holds; i++) {
            lock.unlock();
        }
        return holds;
    }

    /** After {@link #releaseAll}. */
    void acquireAgain(final int holds) {
        for (int i = 0; i < holds; i++) {
            lock.lock();
        }
    }
}
