package io.evbuffer.event;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Lets a del in another thread wait for the end of the callback that runs.
 *
 * <p>Threads: guarded by the base's lock, which is given up while a thread waits.
 */
final class CallbackWaits {
    private final EventBase base;
    private final @Nullable BaseLock lock; // null on a base without one, where nobody waits
    private final boolean debug;
    private int waiters;

    CallbackWaits(final EventBase base, final @Nullable BaseLock lock, final boolean debug) {
        this.base = base;
        this.lock = lock;
        this.debug = debug;
    }

    boolean mustWaitFor(final Event event) {
        return lock != null && base.loop().running() == event && !base.inLoopThread();
    }

    /** Waits until the run of an event that goes on now has ended, or the time is over. */
    void awaitEndOf(final Event event, final long limitNanos) {
        if (debug) DeadlockWatch.begin(base);
        waiters++;
        try {
            awaitEnd(Objects.requireNonNull(lock), event, limitNanos);
        } finally {
            waiters--;
            if (debug) DeadlockWatch.end();
        }
    }

    private void awaitEnd(final BaseLock held, final Event event, final long limitNanos) {
        final EventLoop loop = base.loop();
        final long run = loop.runs();
        final long begin = System.nanoTime();
        long left = limitNanos;
        boolean interrupted = false;
        while (left > 0 && loop.running() == event && loop.runs() == run) {
            interrupted |= Thread.interrupted(); // or the wait would end at once, each time
            held.await(left);
            if (limitNanos != Long.MAX_VALUE) left = limitNanos - (System.nanoTime() - begin);
        }
        if (interrupted) Thread.currentThread().interrupt();
    }

    void runEnded() {
        if (waiters > 0) Objects.requireNonNull(lock).signalAll();
    }
}
