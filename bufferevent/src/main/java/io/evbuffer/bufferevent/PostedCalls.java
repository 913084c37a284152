package io.evbuffer.bufferevent;

import io.evbuffer.EvBuffer;
import io.evbuffer.event.DeferredCallback;
import io.evbuffer.event.EventBase;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Calls of other threads that found a BufferEvent's lock busy. The loop makes them up, in their order; while some wait, later
 * ones wait behind them.
 *
 * <p>A call that finds the BufferEvent closed meanwhile has no effect; what it throws otherwise goes to the error handler of
 * the base, as its caller has long returned.
 */
final class PostedCalls {
    private final BufferEvent owner;
    private final Deque<Call> waiting = new ArrayDeque<>(); // guarded by itself
    private final DeferredCallback makeUp = new DeferredCallback(this::makeUp);
    private volatile int count; // of those waiting or being made up
    private boolean over; // no more are taken; guarded by waiting

    PostedCalls(final BufferEvent owner) {
        this.owner = owner;
    }

    boolean isEmpty() {
        return count == 0;
    }

    void post(final Runnable call) {
        post(call, null);
    }

    /** A call that brings bytes along; if it is never made up they are given back. */
    void post(final Runnable call, final @Nullable EvBuffer bytes) {
        synchronized (waiting) {
            if (over) {
                if (bytes != null) {
                    bytes.close();
                }
                return;
            }
            waiting.add(new Call(call, bytes));
            count = waiting.size();
        }
        schedule();
    }

    private void schedule() {
        final EventBase base = owner.base();
        try {
            makeUp.schedule(base);
        } catch (final IllegalStateException refused) {
            if (base.isClosed()) {
                discard(); // nobody will make them up
            }
            // Else it waits on the base that its BufferEvent has left meanwhile, and goes on from there.
        }
    }

    private void makeUp() {
        if (!owner.base().inLoopThread()) {
            schedule(); // it has moved to another base meanwhile
            return;
        }
        final SharedLock held = owner.life.enter();
        try {
            for (int left = count; left > 0; left--) { // those that come meanwhile have another turn
                final Call next = peek();
                if (next == null) {
                    return;
                }
                try {
                    next.body.run();
                } catch (final RuntimeException e) {
                    if (!owner.isClosed()) {
                        owner.report(e);
                    }
                } finally {
                    remove(next);
                }
            }
        } finally {
            owner.life.exit(held);
        }
    }

    private @Nullable Call peek() {
        synchronized (waiting) {
            return waiting.peek();
        }
    }

    /** A call counts until it has been made up, so that no later one overtakes it. */
    private void remove(final Call done) {
        synchronized (waiting) {
            if (waiting.peek() != done) {
                return; // it has closed the BufferEvent, and with it all calls
            }
            waiting.remove();
            count = waiting.size();
            if (count > 0) {
                makeUp.schedule(owner.base());
            }
        }
        done.close();
    }

    /** The BufferEvent is no more. */
    void discard() {
        synchronized (waiting) {
            over = true;
            count = 0;
            makeUp.cancel(owner.base());
            for (Call each = waiting.poll(); each != null; each = waiting.poll()) {
                each.close();
            }
        }
    }

    private record Call(Runnable body, @Nullable EvBuffer bytes) {
        void close() {
            if (bytes != null) {
                bytes.close();
            }
        }
    }
}
