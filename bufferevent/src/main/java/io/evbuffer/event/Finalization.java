package io.evbuffer.event;

import org.jspecify.annotations.Nullable;

/**
 * The end of an event, a deferred callback, or of several together: a finalizer that waits in the active queues for its one
 * run.
 *
 * <p>Its members are taken back from everything when it is made. One of them may be running then; the finalizer runs on the
 * same thread, so after it. It counts as active and keeps the loop alive.
 *
 * <p>Invariants: EVT-35 it runs once, in the loop's thread or while its base is being closed, and nothing of its members runs
 * after it. Threads: guarded by the base's lock.
 */
final class Finalization extends Activation {
    /** What is called in the end. */
    interface Body {
        void run() throws Exception;
    }

    private final @Nullable Event event; // null if it is of something else, or of several
    private final Object source;
    private final Body body;
    private boolean begun;
    private boolean closes; // the event is closed after it

    Finalization(final @Nullable Event event, final Object source, final Body body) {
        this.event = event;
        this.source = source;
        this.body = body;
    }

    /** The event it is of; null if there is none or more than one. */
    @Nullable
    Event event() {
        return event;
    }

    /** Whether the finalizer has been called: from then on the event may be assigned anew. */
    boolean hasBegun() {
        return begun;
    }

    /** Has the event closed when the finalizer has run. */
    void thenClose() {
        closes = true;
    }

    @Override
    int beforeRun() {
        begun = true;
        return 0;
    }

    @Override
    void run(final int result) throws Exception {
        body.run();
    }

    @Override
    void afterRun() {
        if (closes && event != null) event.closeFinalized(this);
    }

    @Override
    Object source() {
        return source;
    }

    @Override
    void orphan() {
        begun = true;
    }
}
