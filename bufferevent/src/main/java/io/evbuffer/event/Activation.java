package io.evbuffer.event;

import org.jspecify.annotations.Nullable;

/**
 * One entry of the active queues: something whose callback is to run, an {@link Event}, a {@link DeferredCallback} or a task.
 *
 * <p>The links are part of the entry, so queueing allocates nothing, and an entry is in one queue at most (EVT-1).
 *
 * <p>Threads: guarded by the base's lock, but for {@link #run}, which is called without it.
 */
abstract class Activation {
    /** Not queued. */
    static final byte IDLE = 0;

    /** In the queue of its priority. */
    static final byte ACTIVE = 1;

    /** Waits for the next turn. */
    static final byte LATER = 2;

    @Nullable
    Activation next;

    @Nullable
    Activation previous;

    byte queued = IDLE;
    boolean internal; // never keeps a loop alive, never ends a pass
    boolean deferred; // counts against the quota of a turn
    int priority;
    int queue; // the queue it is in: its priority, unless the table has shrunk since
    int pass; // the priority pass during which it was queued
    int runsLeft; // while it runs: how often it is still to be called

    /**
     * Takes off what the run uses up.
     *
     * @return the result to run with.
     */
    abstract int beforeRun();

    /** Runs user code, without the lock. */
    abstract void run(int result) throws Exception;

    /** Who to name when the run fails. */
    abstract Object source();

    /** A call has failed: what is left of the run must not be lost, with the lock. */
    void afterFailure(final int result) {}

    /** Cleans up when the run is over, with the lock. */
    void afterRun() {}

    /** The base is closing: what was queued is queued no more. */
    void orphan() {}

    final boolean isQueued() {
        return queued != IDLE;
    }
}
