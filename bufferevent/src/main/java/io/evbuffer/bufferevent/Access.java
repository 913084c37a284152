package io.evbuffer.bufferevent;

import io.evbuffer.EvBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Who may call a {@link BufferEvent}: the thread of its base's loop alone, or with a lock any thread.
 *
 * <pre>
 *   the loop's alone --share--&gt; any thread's, for the rest of its life
 * </pre>
 *
 * <p>A call of another thread that changes something waits for nobody: where the lock is busy the loop makes it up.
 *
 * <p><b>Invariants:</b> <b>A1</b> what works together, layers and partners, has one lock, and so have its buffers. <b>A2</b> no
 * call overtakes one that was posted before it.
 */
final class Access {
    private final BufferEvent owner;
    private @Nullable SharedLock lock; // with THREADSAFE
    private @Nullable PostedCalls posted; // with the lock

    Access(final BufferEvent owner) {
        this.owner = owner;
    }

    // ---- whose it is ------------------------------------------------------------------------------------------------

    /** The lock; null where all is the loop's. */
    @Nullable
    SharedLock lock() {
        return lock;
    }

    boolean isShared() {
        return lock != null;
    }

    void ensureThread(final String operation) {
        if (lock == null && owner.base().runsInAnotherThread()) {
            throw new IllegalStateException(operation
                    + " refused: the loop of this BufferEvent runs in another thread than " + Thread.currentThread());
        }
    }

    /** Any thread may call, and this one does not hold the lock yet. */
    boolean isOutside() {
        return lock != null && !lock.isMine();
    }

    /** Any thread may call, and this one is not that of the loop, which runs. */
    boolean isForeign() {
        return lock != null && owner.base().isRunning() && !owner.base().inLoopThread();
    }

    /** Any thread may call from now on. */
    void adopt(final SharedLock shared) {
        lock = shared;
        posted = new PostedCalls(owner);
        owner.input().enableLocking(shared.forBuffers());
        owner.output().enableLocking(shared.forBuffers());
    }

    /** Any thread may call from now on, this and all that it works together with: layers and partners. */
    void share(final SharedLock shared) {
        if (lock != null) {
            return;
        }
        owner.live().remove(owner);
        adopt(shared);
        owner.live().add(owner);
        shareWith(owner.below(), shared);
        shareWith(owner.above, shared);
        shareWith(owner.partner(), shared);
    }

    private static void shareWith(final @Nullable BufferEvent other, final SharedLock shared) {
        if (other != null) {
            other.access.share(shared);
        }
    }

    // ---- the lock ---------------------------------------------------------------------------------------------------

    /** Takes the lock, waiting for it. Returns what has to be given back. */
    @Nullable
    SharedLock take() {
        final SharedLock shared = lock;
        if (shared != null) {
            shared.acquire();
        }
        return shared;
    }

    /** With the lock, or with none: true. False if another thread has it, and this one must not wait for it. */
    boolean takeToChange(final @Nullable SharedLock shared) {
        if (shared == null) {
            return true;
        }
        if (owner.base().inLoopThread() || shared.isMine()) {
            shared.acquire();
            return true;
        }
        return calls().isEmpty() && shared.tryAcquire();
    }

    // ---- calls ------------------------------------------------------------------------------------------------------

    /** Makes a call from the loop, behind those that wait already. */
    void onLoop(final Runnable call) {
        calls().post(call);
    }

    /** As {@link #onLoop}, with bytes that are given back if the call is never made up. */
    void onLoop(final Runnable call, final EvBuffer bytes) {
        calls().post(call, bytes);
    }

    /** Makes a call with the lock: now, or from the loop if another thread has it. */
    void locked(final Runnable call) {
        final SharedLock held = lock;
        if (takeToChange(held)) {
            try {
                call.run();
            } finally {
                SharedLock.giveBack(held);
            }
        } else {
            onLoop(call);
        }
    }

    /** Makes a call that is the loop's alone, as it may move bytes: now, or from the loop. */
    void onLoopOrLocked(final Runnable call) {
        if (isForeign()) {
            onLoop(call);
        } else {
            locked(call);
        }
    }

    /** Says whether calls of other threads wait to be made up. */
    boolean hasCalls() {
        return posted != null && !posted.isEmpty();
    }

    /** No call is made up any more. */
    void close() {
        if (posted != null) {
            posted.discard();
        }
    }

    private PostedCalls calls() {
        return Objects.requireNonNull(posted);
    }
}
