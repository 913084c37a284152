package io.evbuffer.event;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Work that is put off until the callback that asks for it has returned, however often it is asked for meanwhile.
 *
 * <p>It stands in the same queues as events, counts as active, keeps the loop alive and obeys its limits. In one turn
 * {@value #QUOTA} of all deferred callbacks newly scheduled run at once; the others run in the next turn, so that deferred
 * work cannot starve I/O.
 *
 * <p><b>Cost:</b> scheduling is O(1) and allocates nothing. <b>Threads:</b> any.
 */
public final class DeferredCallback extends Activation {
    /** How many deferred callbacks may become active in one turn. */
    public static final int QUOTA = 33;

    /** What a deferred callback runs. */
    @FunctionalInterface
    public interface Body {
        /**
         * Called on the loop's thread, with no lock held.
         *
         * @throws Exception goes to the base's error handler.
         */
        void run() throws Exception;
    }

    private static final int MIDDLE = -1;
    private static final VarHandle SCHEDULED_ON;

    static {
        try {
            SCHEDULED_ON = MethodHandles.lookup().findVarHandle(DeferredCallback.class, "scheduledOn", EventBase.class);
        } catch (final ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Body body;
    // Null if not queued. Whoever puts a base there, with that base's lock, may use the links until it is null again.
    private volatile @Nullable EventBase scheduledOn;
    private volatile int wantedPriority = MIDDLE;
    private volatile boolean finalized; // never scheduled again

    /**
     * Makes a deferred callback of middle priority that is not scheduled.
     *
     * @param body what to run.
     */
    public DeferredCallback(final Body body) {
        this.body = Objects.requireNonNull(body, "body");
        this.deferred = true;
    }

    /**
     * Makes it run on a base. From any thread; the loop is woken if it sleeps.
     *
     * @param base where to run.
     * @return true if it was not scheduled yet; false also if it was finalized.
     * @throws IllegalStateException if it is scheduled on another base, or the base is closed.
     */
    public boolean schedule(final EventBase base) {
        base.acquireToChange();
        try {
            base.ensureOpen();
            if (finalized) return false;
            if (scheduledOn == base) {
                base.activations().promoteDeferred(this);
                return false;
            }
            // Another base has another lock: of two that schedule at the same time, one is refused.
            if (!SCHEDULED_ON.compareAndSet(this, null, base)) {
                throw new IllegalStateException("scheduled on another base");
            }
            priority = wantedPriority == MIDDLE ? base.queues().priorities() / 2 : wantedPriority;
            base.activations().activateDeferred(this);
            return true;
        } finally {
            base.release();
        }
    }

    /**
     * Takes it back if it is scheduled. Never waits: a run that has begun goes on.
     *
     * @param base the base it is scheduled on; on any other base nothing happens.
     */
    public void cancel(final EventBase base) {
        base.acquireToChange();
        try {
            if (scheduledOn != base) return;
            base.activations().deactivate(this);
            scheduledOn = null;
            base.wakeIfNothingLeft();
        } finally {
            base.release();
        }
    }

    /**
     * Ends it: takes it back if it is scheduled, and runs a finalizer on the loop's thread, after a run of it that goes on.
     * From now on scheduling it does nothing.
     *
     * @param base the base it is scheduled on, or whose loop runs it.
     * @param finalizer called once, at the priority of this callback.
     * @throws IllegalStateException if it was finalized before, is scheduled on another base, or the base is closed.
     */
    public void finalizeCallback(final EventBase base, final Body finalizer) {
        Objects.requireNonNull(finalizer, "finalizer");
        base.acquireToChange();
        try {
            base.ensureMayFinalize();
            ensureMayFinalize(base);
            final Finalization end = new Finalization(null, this, finalizer::run);
            end.priority = wantedPriority == MIDDLE ? base.queues().priorities() / 2 : wantedPriority;
            withdrawForGood(base);
            base.activations().activate(end);
        } finally {
            base.release();
        }
    }

    /** With the base's lock: whether it can be ended there. */
    void ensureMayFinalize(final EventBase base) {
        if (finalized) throw new IllegalStateException("it is finalized already");
        final EventBase other = scheduledOn;
        if (other != null && other != base) throw new IllegalStateException("scheduled on another base");
    }

    /** With the base's lock: takes it back and keeps it from being scheduled. */
    void withdrawForGood(final EventBase base) {
        finalized = true;
        if (scheduledOn != base) return;
        base.activations().deactivate(this);
        scheduledOn = null;
    }

    /**
     * Sets the priority for the next time it is scheduled.
     *
     * @param newPriority 0 is most urgent; one beyond the base's table is its lowest.
     * @throws IllegalArgumentException if it is negative or above 254.
     * @throws IllegalStateException if it is scheduled now.
     */
    public void priority(final int newPriority) {
        if (newPriority < 0 || newPriority >= ActiveQueues.MAX_PRIORITIES) {
            throw new IllegalArgumentException("priority " + newPriority);
        }
        if (scheduledOn != null)
            throw new IllegalStateException("the priority of a scheduled callback cannot be changed");
        wantedPriority = newPriority;
    }

    /**
     * Tells whether it waits to run.
     *
     * @return false once its run has begun.
     */
    public boolean isScheduled() {
        return scheduledOn != null;
    }

    @Override
    int beforeRun() {
        scheduledOn = null;
        return 0;
    }

    @Override
    void run(final int result) throws Exception {
        body.run();
    }

    @Override
    Object source() {
        return this;
    }

    @Override
    void orphan() {
        scheduledOn = null;
    }
}
