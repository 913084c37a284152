package io.evbuffer.bufferevent;

import io.evbuffer.event.EventBase;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The lock of a BufferEvent that any thread may call: one for it, its input and its output, and for all BufferEvents that are
 * layers or partners of it.
 *
 * <p>A loop's thread waits for the lock of what lives on that loop. Any other thread never waits for it to change something:
 * it takes the lock where it is free, else leaves a {@link PostedCalls posted call}. So nobody who holds such a lock waits
 * for another one, and no two of them can wait for each other.
 */
final class SharedLock {
    private final ReentrantLock lock;

    SharedLock() {
        this(new ReentrantLock());
    }

    /** On a lock that tests look at. */
    SharedLock(final ReentrantLock lock) {
        this.lock = lock;
    }

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

    /** Gives back what was taken; null if there was no lock then. */
    static void giveBack(final @Nullable SharedLock held) {
        if (held != null) {
            held.release();
        }
    }

    /**
     * Takes it until the end of the turn: routines that began before there was a lock are under way, and nobody is to come in
     * between.
     */
    void holdForTurn(final EventBase base) {
        acquire();
        base.atTurnEnd(() -> {
            if (isMine()) {
                release();
            }
        });
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
