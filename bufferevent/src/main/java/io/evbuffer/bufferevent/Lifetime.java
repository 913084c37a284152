package io.evbuffer.bufferevent;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * How long a {@link BufferEvent} lives: its state, and the references that keep it.
 *
 * <pre>
 *   LIVE --closed after a flush--&gt; LEAVING --drained, or no time left--.
 *     '------------------- closed, or no reference left ---------------+--&gt; FREED --no reference left--&gt; FINALIZED
 * </pre>
 *
 * <p>The state changes with the lock, if there is one; then any thread may look at it, and the count is atomic: a user of
 * another thread may retain while a callback holds the lock. Without a lock both are plain.
 *
 * <p><b>Invariants:</b> <b>BEV-19</b> the references are those of the creator, of the user, of each routine that runs and of the
 * queued pass. <b>V1</b> whoever gives up the last one ends it, once, with the lock; where another thread has that, the loop
 * does.
 */
final class Lifetime {
    private static final VarHandle REFERENCES;
    private static final VarHandle STATE;

    static {
        try {
            final MethodHandles.Lookup lookup = MethodHandles.lookup();
            REFERENCES = lookup.findVarHandle(Lifetime.class, "references", int.class);
            STATE = lookup.findVarHandle(Lifetime.class, "state", State.class);
        } catch (final ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final BufferEvent owner;
    private final Access access;
    private State state = State.LIVE;
    private int references = 1; // the creator's

    Lifetime(final BufferEvent owner, final Access access) {
        this.owner = owner;
        this.access = access;
    }

    // ---- state ------------------------------------------------------------------------------------------------------

    boolean isLive() {
        return state == State.LIVE;
    }

    /** As {@link #isLive}, for any thread. */
    boolean looksLive() {
        return STATE.getOpaque(this) == State.LIVE;
    }

    /** Neither freed nor finalized: I/O may go on. */
    boolean isWorking() {
        return state == State.LIVE || state == State.LEAVING;
    }

    boolean isLeaving() {
        return state == State.LEAVING;
    }

    boolean isFreed() {
        return state == State.FREED;
    }

    boolean isFinalized() {
        return state == State.FINALIZED;
    }

    void ensureLive(final String operation) {
        if (state != State.LIVE) {
            throw owner.refused(operation, "it is " + state);
        }
    }

    void ensureNotFinalized(final String operation) {
        if (state == State.FINALIZED) {
            throw owner.refused(operation, "it is " + state);
        }
    }

    /** It sends what is left, then frees itself. */
    void leaving() {
        state = State.LEAVING;
    }

    void freed() {
        state = State.FREED;
    }

    void finalized() {
        state = State.FINALIZED;
    }

    // ---- references -------------------------------------------------------------------------------------------------

    int references() {
        return references;
    }

    /** Something that must outlive the present call begins: a routine, a queued pass. */
    void hold() {
        if (access.isShared()) {
            REFERENCES.getAndAdd(this, 1);
        } else {
            references++;
        }
    }

    /** It ends. Returns whether that was the last reference. */
    boolean letGo() {
        return endIfLast(access.isShared() ? (int) REFERENCES.getAndAdd(this, -1) - 1 : --references);
    }

    /**
     * A user gives up a reference.
     *
     * @return whether it was the last one.
     * @throws IllegalStateException if there is none.
     */
    boolean release() {
        final int left = releaseOne();
        if (left < 0) {
            throw owner.refused("release", "no reference is left");
        }
        return endIfLast(left);
    }

    private int releaseOne() {
        if (!access.isShared()) {
            return references == 0 ? -1 : --references;
        }
        while (true) {
            final int before = (int) REFERENCES.getVolatile(this);
            if (before == 0) {
                return -1;
            }
            if (REFERENCES.compareAndSet(this, before, before - 1)) {
                return before - 1;
            }
        }
    }

    /** A routine of the loop begins: it has the lock and a reference. Returns what {@link #exit} gives back. */
    @Nullable
    SharedLock enter() {
        final SharedLock held = access.take();
        hold();
        return held;
    }

    /** It ends. A lock that came meanwhile, with a layer, is not its own. */
    void exit(final @Nullable SharedLock held) {
        try {
            letGo();
        } finally {
            SharedLock.giveBack(held);
        }
    }

    // ---- the end ----------------------------------------------------------------------------------------------------

    private boolean endIfLast(final int left) {
        if (left == 0 && state != State.FINALIZED) {
            final SharedLock held = access.lock();
            if (access.takeToChange(held)) {
                try {
                    end();
                } finally {
                    SharedLock.giveBack(held);
                }
            } else {
                access.onLoop(() -> {}); // the routine that makes it up holds a reference: its end is the end of this
            }
        }
        return left == 0;
    }

    /** With the lock: nobody holds a reference. Who had the lock before may have ended it, or hold one again. */
    private void end() {
        if (references > 0) {
            return;
        }
        if (isWorking()) {
            owner.free();
        }
        if (state != State.FINALIZED) {
            owner.finish();
        }
    }

    /** The base is being closed: whatever references remain, everything goes now. */
    void baseClosed() {
        final SharedLock held = access.take();
        try {
            if (isWorking()) {
                try {
                    owner.free();
                } catch (final RuntimeException failure) {
                    owner.report(failure); // thrown by a listener of the output
                }
            }
            owner.finish();
        } finally {
            SharedLock.giveBack(held);
        }
    }

    @Override
    public String toString() {
        return state.toString();
    }

    /** The states, in their only order. */
    private enum State {
        /** Works. */
        LIVE,
        /** Sends what is left, then frees itself. */
        LEAVING,
        /** Closed; somebody holds a reference. */
        FREED,
        /** Buffers and transport are gone. */
        FINALIZED
    }
}
