package io.evbuffer.event;

import org.jspecify.annotations.Nullable;

/**
 * The queues of what is to run: one per priority, 0 being the most urgent, and one for what waits for the next turn.
 *
 * <p>Every operation is O(1) and allocates nothing. Invariants: EVT-1, EVT-2, EVT-8, EVT-23.
 *
 * <p>Threads: guarded by the base's lock.
 */
final class ActiveQueues {
    static final int MAX_PRIORITIES = 255;

    private final LoopMetrics metrics;
    private @Nullable Activation[] heads = new Activation[1];
    private @Nullable Activation[] tails = new Activation[1];
    private @Nullable Activation laterHead;
    private @Nullable Activation laterTail;
    private int size; // of all queues, the later one too

    ActiveQueues(final LoopMetrics metrics) {
        this.metrics = metrics;
    }

    int priorities() {
        return heads.length;
    }

    /** Sets the number of priorities; all queues are empty. */
    void priorities(final int count) {
        heads = new Activation[count];
        tails = new Activation[count];
        metrics.priorities(count);
    }

    int size() {
        return size;
    }

    boolean hasLater() {
        return laterHead != null;
    }

    boolean isEmpty(final int queue) {
        return heads[queue] == null;
    }

    @Nullable
    Activation first(final int queue) {
        return heads[queue];
    }

    /** The most urgent entry, else the first of those that wait for the next turn, or null. */
    @Nullable
    Activation firstOfAll() {
        for (final Activation head : heads) if (head != null) return head;
        return laterHead;
    }

    @Nullable
    Activation firstLater() {
        return laterHead;
    }

    /** Puts an idle entry at the end of the queue of its priority; one beyond the table is of the lowest (DEV-12). */
    void add(final Activation entry) {
        final int queue = Math.min(entry.priority, heads.length - 1);
        final Activation tail = tails[queue];
        entry.queued = Activation.ACTIVE;
        entry.queue = queue;
        entry.next = null;
        entry.previous = tail;
        if (tail == null) heads[queue] = entry;
        else tail.next = entry;
        tails[queue] = entry;
        size++;
        metrics.queued(queue, 1);
    }

    /** Puts an idle entry at the end of the queue for the next turn. */
    void addLater(final Activation entry) {
        final Activation tail = laterTail;
        entry.queued = Activation.LATER;
        entry.next = null;
        entry.previous = tail;
        if (tail == null) laterHead = entry;
        else tail.next = entry;
        laterTail = entry;
        size++;
    }

    /** Takes a queued entry out of whatever queue it is in. */
    void remove(final Activation entry) {
        final Activation next = entry.next;
        final Activation previous = entry.previous;
        final boolean later = entry.queued == Activation.LATER;
        if (next != null) next.previous = previous;
        else if (later) laterTail = previous;
        else tails[entry.queue] = previous;
        if (previous != null) previous.next = next;
        else if (later) laterHead = next;
        else heads[entry.queue] = next;
        entry.next = null;
        entry.previous = null;
        entry.queued = Activation.IDLE;
        size--;
        if (!later) metrics.queued(entry.queue, -1);
    }

    /**
     * Moves everything that waits for the next turn to the ends of its queues, in order.
     *
     * @return how many of them were deferred callbacks.
     */
    int promote() {
        int deferred = 0;
        for (Activation entry = laterHead; entry != null; entry = laterHead) {
            remove(entry);
            add(entry);
            if (entry.deferred) deferred++;
        }
        return deferred;
    }
}
