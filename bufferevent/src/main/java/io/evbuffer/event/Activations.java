package io.evbuffer.event;

import org.jspecify.annotations.Nullable;

/**
 * Puts entries into the active queues of a base and takes them out, with all that follows from it: the counters, the quota of
 * deferred callbacks, and waking the loop. Keeps entries of tasks to be used again.
 *
 * <p>Threads: guarded by the base's lock.
 */
final class Activations {
    private static final int TASKS_KEPT = 1024;

    private final EventBase base;
    private final ActiveQueues queues;
    private final Counters counters;
    private int deferredThisTurn;
    private @Nullable Activation spareTasks; // linked by next
    private int spareTaskCount;

    Activations(final EventBase base) {
        this.base = base;
        this.queues = base.queues();
        this.counters = base.counters();
    }

    // ---- of any kind ----

    void activate(final Activation entry) {
        if (entry.queued == Activation.LATER) {
            queues.remove(entry);
        } else if (!entry.internal) {
            counters.more();
        }
        final EventLoop loop = base.loop();
        entry.pass = loop.pass();
        queues.add(entry);
        counters.active(queues.size());
        loop.becameActive(entry);
        base.wake();
    }

    void activateLater(final Activation entry) {
        if (!entry.internal) counters.more();
        queues.addLater(entry);
        counters.active(queues.size());
        base.wake();
    }

    void deactivate(final Activation entry) {
        queues.remove(entry);
        if (!entry.internal) counters.less();
    }

    // ---- deferred callbacks, and what waits for the next turn ----

    void activateDeferred(final DeferredCallback entry) {
        if (deferredThisTurn < DeferredCallback.QUOTA) {
            deferredThisTurn++;
            activate(entry);
        } else {
            activateLater(entry);
        }
    }

    void promoteDeferred(final DeferredCallback entry) {
        if (entry.queued != Activation.LATER || deferredThisTurn >= DeferredCallback.QUOTA) return;
        deferredThisTurn++;
        activate(entry);
    }

    void startDeferredQuota() {
        deferredThisTurn = 0;
    }

    void promoteLater() {
        if (queues.hasLater()) deferredThisTurn += queues.promote();
    }

    // ---- tasks ----

    TaskActivation newTask() {
        final TaskActivation spare = (TaskActivation) spareTasks;
        if (spare == null) return new TaskActivation(base);
        spareTasks = spare.next;
        spare.next = null;
        spareTaskCount--;
        return spare;
    }

    /** Takes back an entry whose task has run. */
    void keepForReuse(final TaskActivation entry) {
        if (spareTaskCount == TASKS_KEPT) return;
        entry.next = spareTasks;
        spareTasks = entry;
        spareTaskCount++;
    }

    /** The base is closed. */
    void clear() {
        spareTasks = null;
        spareTaskCount = 0;
    }
}
