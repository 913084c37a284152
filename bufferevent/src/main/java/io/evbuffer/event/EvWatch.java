package io.evbuffer.event;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Watches a loop from inside: a prepare watcher is called before each poll, a check watcher after it.
 *
 * <pre>
 *   turn:  wait time found ──► prepare watchers ──► poll ──► clock read ──► check watchers ──► timers, callbacks
 * </pre>
 *
 * <p>Both are called once a turn, in the order in which they were made; each poll has its prepare and its check (EVT-37).
 * They may call anything on the base, and what they do counts for the same turn. A watcher made while watchers run starts
 * with the next turn, one that is closed meanwhile runs no more. They are no events: they keep no loop alive and are not
 * counted.
 *
 * <p>Ownership: whoever makes a watcher closes it, or closes the base.
 *
 * <p><b>Cost:</b> O(1), and no allocation in a turn. <b>Threads:</b> made and closed on any; called on the loop's, with no
 * lock held.
 */
public final class EvWatch implements AutoCloseable {
    /** Called before the loop polls. */
    @FunctionalInterface
    public interface PrepareCallback {
        /**
         * The loop is about to poll.
         *
         * @param watch the watcher.
         * @param waitNanos how long the poll is to wait at most, as far as is known: nanoseconds, 0 if it is not to wait,
         *     {@link Event#NO_TIMEOUT} if it may wait for ever.
         * @throws Exception goes to the base's error handler.
         */
        void on(EvWatch watch, long waitNanos) throws Exception;
    }

    /** Called when the loop has polled. */
    @FunctionalInterface
    public interface CheckCallback {
        /**
         * The loop has polled; no callback of this turn has run yet.
         *
         * @param watch the watcher.
         * @throws Exception goes to the base's error handler.
         */
        void on(EvWatch watch) throws Exception;
    }

    private final EventBase base;
    private final WatcherList list;
    private final @Nullable PrepareCallback prepare; // null in a check watcher
    private final @Nullable CheckCallback check; // null in a prepare watcher
    private final @Nullable Object attachment;

    // Guarded by the base's lock, the links are of its list:
    private boolean closed;
    long madeInTurn;

    @Nullable
    EvWatch next;

    @Nullable
    EvWatch previous;

    private EvWatch(
            final EventBase base,
            final WatcherList list,
            final @Nullable PrepareCallback prepare,
            final @Nullable CheckCallback check,
            final @Nullable Object attachment) {
        this.base = base;
        this.list = list;
        this.prepare = prepare;
        this.check = check;
        this.attachment = attachment;
    }

    /**
     * Makes a prepare watcher.
     *
     * @param base the base whose loop to watch.
     * @param callback called before each poll.
     * @param attachment handed back by {@link #attachment()}.
     * @return a watcher that is called from the next turn on.
     * @throws IllegalStateException if the base is closed.
     */
    public static EvWatch newPrepare(
            final EventBase base, final PrepareCallback callback, final @Nullable Object attachment) {
        Objects.requireNonNull(callback, "callback");
        return begin(new EvWatch(base, base.prepareWatchers(), callback, null, attachment));
    }

    /**
     * Makes a check watcher.
     *
     * @param base the base whose loop to watch.
     * @param callback called after each poll.
     * @param attachment handed back by {@link #attachment()}.
     * @return a watcher that is called from the next turn on.
     * @throws IllegalStateException if the base is closed.
     */
    public static EvWatch newCheck(
            final EventBase base, final CheckCallback callback, final @Nullable Object attachment) {
        Objects.requireNonNull(callback, "callback");
        return begin(new EvWatch(base, base.checkWatchers(), null, callback, attachment));
    }

    private static EvWatch begin(final EvWatch watch) {
        watch.base.acquireToChange();
        try {
            watch.base.ensureOpen();
            watch.madeInTurn = watch.base.turn();
            watch.list.add(watch);
            return watch;
        } finally {
            watch.base.release();
        }
    }

    /**
     * The base it watches.
     *
     * @return never null.
     * @throws IllegalStateException if the watcher, or the base, is closed.
     */
    public EventBase base() {
        base.acquire();
        try {
            if (closed) throw new IllegalStateException("the watcher is closed");
            return base;
        } finally {
            base.release();
        }
    }

    /**
     * The user's object.
     *
     * @return as given, may be null.
     */
    public @Nullable Object attachment() {
        return attachment;
    }

    /** Ends the watcher: it is not called any more, though a call that goes on in the loop's thread is not waited for. */
    @Override
    public void close() {
        base.acquireToChange();
        try {
            if (closed) return;
            list.remove(this);
            closed = true;
        } finally {
            base.release();
        }
    }

    /** The base is closing. */
    void orphan() {
        closed = true;
    }

    void run(final long waitNanos) throws Exception {
        if (prepare != null) prepare.on(this, waitNanos);
        else if (check != null) check.on(this);
    }

    @Override
    public String toString() {
        return prepare != null ? "EvWatch[prepare]" : "EvWatch[check]";
    }
}
