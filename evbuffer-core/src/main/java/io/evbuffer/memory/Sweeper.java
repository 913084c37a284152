package io.evbuffer.memory;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Trims a pool that nobody owns: a daemon thread that lives while the pool has a slab more than its floor asks for.
 *
 * <p>Threads: {@link #wake()} may be called by any thread, with the pool's lock or without.
 */
final class Sweeper implements Runnable {
    private static final Logger LOG = System.getLogger(Sweeper.class.getName());
    private static final int SWEEPS_IN_IDLE_AGE = 4;
    private static final long LEAST_PAUSE_NANOS = 1_000_000;

    private final SlabPool pool;
    private final long pauseNanos;
    private final AtomicBoolean alive = new AtomicBoolean();
    private volatile @Nullable Thread thread;

    Sweeper(final SlabPool pool, final long idleAgeNanos) {
        this.pool = pool;
        pauseNanos = Math.max(LEAST_PAUSE_NANOS, idleAgeNanos / SWEEPS_IN_IDLE_AGE);
    }

    /** Called after the pool has grown. */
    void wake() {
        if (alive.get() || !pool.hasExcess() || !alive.compareAndSet(false, true)) return;
        final Thread fresh = new Thread(null, this, "evbuffer-sweeper-" + pool.name(), 0, false);
        fresh.setDaemon(true);
        fresh.setContextClassLoader(null); // it may outlive an application in its container
        thread = fresh;
        try {
            fresh.start();
        } catch (final OutOfMemoryError e) { // the system gives no thread: the caller has its segment, we try next time
            alive.set(false);
            LOG.log(Level.WARNING, "no thread to trim pool ''{0}'': {1}", pool.name(), e.getMessage());
        }
    }

    /** The last thread, for tests. */
    @Nullable
    Thread thread() {
        return thread;
    }

    @Override
    public void run() {
        do {
            LockSupport.parkNanos(this, pauseNanos);
            try {
                pool.trim();
            } catch (final OutOfMemoryError e) { // nothing was given back, or a part: the next sweep tries again
                LOG.log(Level.WARNING, "pool ''{0}'' could not be trimmed: {1}", pool.name(), e.getMessage());
            }
            if (pool.hasExcess()) continue;
            alive.set(false);
            // Who grew the pool before that saw us alive: look again, and go on unless somebody started another one.
            if (!pool.hasExcess() || !alive.compareAndSet(false, true)) return;
        } while (true);
    }
}
