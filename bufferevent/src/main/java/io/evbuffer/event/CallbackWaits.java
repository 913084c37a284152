package io.evbuffer.event;

import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import org.jspecify.annotations.Nullable;

/**
 * Lets a del in another thread wait for the end of the callback that runs.
 *
 * <p>Threads: guarded by the base's lock, which is given up while a thread waits.
 */
final class CallbackWaits {
    private final EventBase base;
    private final @Nullable Condition runEnded; // null on a base without a lock, where nobody waits
    private final boolean debug;
    private int waiters;

    CallbackWaits(final EventBase base, final @Nullable BaseLock lock, final boolean debug) {
        this.base = base;
        this.runEnded = lock == null ? null : lock.runEnded();
        this.debug = debug;
    }

    boolean mustWaitFor(final Event event) {
        return runEnded != null && base.loop().running() == event && !base.inLoopThread();
    }

    /** Waits until the run of an event that goes on now has ended, or the time is over. */
    void awaitEndOf(final Event event, final long limitNanos) {
        if (debug) DeadlockWatch.begin(base);
        waiters++;
        try {
            awaitEnd(Objects.requireNonNull(runEnded), event, limitNanos);
        } finally {
            waiters--;
            if (debug) DeadlockWatch.end();
        }
    }

    private void awaitEnd(final Condition ended, final Event event, final long limitNanos) {
        final EventLoop loop = base.loop();
        final long run = loop.runs();
        long left = limitNanos;
        boolean interrupted = false;
        while (left > 0 && loop.running() == event && loop.runs() == run) {
            if (limitNanos == Long.MAX_VALUE) {
                ended.awaitUninterruptibly();
                continue;
            }
            try {
                left = ended.awaitNanos(left);
            } catch (final InterruptedException e) {
                interrupted = true;
                left -= TimeUnit.MILLISECONDS.toNanos(1);
            }
        }
        if (interrupted) Thread.currentThread().interrupt();
    }

    void runEnded() {
        if (waiters > 0) Objects.requireNonNull(runEnded).signalAll();
    }
}
