package io.evbuffer.perf.load;

import java.io.Closeable;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Ends a connection on which nothing moves, so that whoever is blocked in reading or writing it fails and does not hang: a blocking
 * write has no limit of its own.
 *
 * <p>The work tells of each step by {@link #moved()}, and by {@link #rest()} that it waits for nothing. A thread looks four times in
 * the time of the limit, so that a stall lasts up to a quarter longer.
 *
 * <p>Ownership: closes the connection of a stall and nothing else; closing this ends its thread. Threads: the work is one thread's.
 */
final class StallLimit implements Closeable {
    private static final int LOOKS = 4;

    private final Closeable connection;
    private final long limitNanos;
    private final AtomicLong steps = new AtomicLong();
    private final Thread guard;
    private volatile boolean working;
    private volatile boolean stalled;
    private volatile boolean closed;

    StallLimit(final Closeable connection, final long limitMillis) {
        this.connection = connection;
        limitNanos = TimeUnit.MILLISECONDS.toNanos(limitMillis);
        guard = Thread.ofPlatform().daemon().name("stall limit").start(this::guard);
    }

    /** A step was made, or the first one is begun. */
    void moved() {
        steps.incrementAndGet();
        working = true;
    }

    /** Nothing is waited for until the next {@link #moved()}. */
    void rest() {
        working = false;
    }

    /** What a failure of the connection means: a stall, if there was one. */
    IOException explain(final IOException failure) {
        if (!stalled) return failure;
        return new IOException("nothing has moved for " + TimeUnit.NANOSECONDS.toMillis(limitNanos) + " ms", failure);
    }

    private void guard() {
        long seen = steps.get();
        long since = System.nanoTime();
        while (!closed) {
            LockSupport.parkNanos(limitNanos / LOOKS);
            final long now = System.nanoTime();
            final long done = steps.get();
            if (!working || done != seen) {
                seen = done;
                since = now;
            } else if (now - since >= limitNanos) {
                stalled = true;
                end();
                return;
            }
        }
    }

    private void end() {
        try {
            connection.close();
        } catch (final IOException e) {
            throw new IllegalStateException("a connection that does not close", e); // seen on the thread's death
        }
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(guard);
    }
}
