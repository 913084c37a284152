package io.evbuffer.bufferevent;

import io.evbuffer.event.DeferredCallback;

/**
 * One BufferEvent in its {@link RateLimitGroup}.
 *
 * <p>The group changes its state on any thread; a member follows at once where that thread is its own, else in the next turn
 * of its loop. Until then its share is nothing, so it moves no byte too many.
 */
final class GroupMember {
    // Guarded by the group's lock:
    int index; // in the group's table
    private long readLead; // bytes moved beyond the average of the group, as of when it went on last, and since then
    private long writeLead;

    private final RateLimitGroup group;
    private final BufferEvent owner;
    private final DeferredCallback catchUp;
    private boolean left; // guarded by the owner's lock

    GroupMember(final RateLimitGroup group, final BufferEvent owner) {
        this.group = group;
        this.owner = owner;
        this.catchUp = new DeferredCallback(this::catchUp);
    }

    RateLimitGroup group() {
        return group;
    }

    // ---- on the owner's thread --------------------------------------------------------------------------------------

    /** What the next transfer may move. Nothing: the direction is suspended until the group goes on. */
    long takeShare(final Directions direction) {
        final long share = group.takeShare(this, direction);
        if (share <= 0) {
            applyState();
        }
        return share;
    }

    /** The same, as a question that changes nothing. */
    long share(final Directions direction) {
        return group.share(this, direction);
    }

    void moved(final Directions direction, final long bytes) {
        group.moved(this, direction, bytes);
    }

    void leave() {
        left = true;
        group.dismiss(this);
        catchUp.cancel(owner.base());
        owner.resume(Directions.READ, SuspendReason.GROUP_BANDWIDTH);
        owner.resume(Directions.WRITE, SuspendReason.GROUP_BANDWIDTH);
    }

    /** Stops and goes on as the group does. */
    void applyState() {
        apply(Directions.READ);
        apply(Directions.WRITE);
    }

    private void catchUp() {
        if (!owner.base().inLoopThread()) {
            catchUp.schedule(owner.base()); // it has moved to another base meanwhile
            return;
        }
        final SharedLock held = owner.life.enter();
        try {
            if (!left) { // another thread may just have taken it out
                applyState();
            }
        } finally {
            owner.life.exit(held);
        }
    }

    private void apply(final Directions direction) {
        if (group.holds(this, direction)) {
            owner.suspend(direction, SuspendReason.GROUP_BANDWIDTH);
        } else {
            owner.resume(direction, SuspendReason.GROUP_BANDWIDTH);
        }
    }

    // ---- with the group's lock, on any thread -----------------------------------------------------------------------

    long lead(final Directions direction) {
        return direction.isRead() ? readLead : writeLead;
    }

    void lead(final Directions direction, final long bytes) {
        if (direction.isRead()) {
            readLead = bytes;
        } else {
            writeLead = bytes;
        }
    }

    /** The group's state has changed. */
    void changed() {
        final SharedLock held = owner.access.lock();
        if (owner.base().inLoopThread() && (held == null || held.tryAcquire())) {
            try {
                applyState();
            } finally {
                SharedLock.giveBack(held);
            }
        } else {
            try {
                catchUp.schedule(owner.base());
            } catch (final IllegalStateException refused) {
                // The base is closed and its BufferEvents are about to leave, or it waits on the one that its owner has
                // left.
            }
        }
    }
}
