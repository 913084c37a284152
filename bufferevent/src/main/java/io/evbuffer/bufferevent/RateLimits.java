package io.evbuffer.bufferevent;

import io.evbuffer.event.Event;
import io.evbuffer.event.EventBase;
import org.jspecify.annotations.Nullable;

/**
 * What limits the transfers of one BufferEvent: a bucket of its own, a share of a group's, both or neither.
 *
 * <p>Before a transfer its {@link #budget} is asked, after it the bytes are {@link #moved charged}. A direction whose bucket
 * is empty is suspended until ticks have paid; the timer for that runs only meanwhile.
 *
 * <p>Invariants: <b>BEV-31</b> a direction is suspended for BANDWIDTH exactly while there is an own limit and its bucket holds
 * nothing. <b>BEV-32</b> while one is, the timer is armed. A budget of nothing always suspends, so nothing spins on it.
 *
 * <p>Threads: those of the owner.
 */
final class RateLimits {
    private final BufferEvent owner;
    private @Nullable TokenBucket bucket;
    private @Nullable Event refill; // made when a bucket was empty for the first time
    private @Nullable GroupMember member;

    RateLimits(final BufferEvent owner) {
        this.owner = owner;
    }

    // ---- its own limit ----------------------------------------------------------------------------------------------

    @Nullable
    TokenBucketCfg cfg() {
        return bucket == null ? null : bucket.cfg();
    }

    /** Sets, changes or, with null, removes the own limit. The same object again changes nothing. */
    void set(final @Nullable TokenBucketCfg cfg) {
        final TokenBucket before = bucket;
        if (cfg == null) {
            removeOwn();
        } else if (before == null) {
            bucket = new TokenBucket(cfg, now());
        } else if (before.cfg() != cfg) {
            before.configure(cfg, now());
            stopTimer(); // the length of a tick may be another
            apply(before);
        }
    }

    private void removeOwn() {
        bucket = null;
        stopTimer();
        owner.resume(Directions.READ, SuspendReason.BANDWIDTH);
        owner.resume(Directions.WRITE, SuspendReason.BANDWIDTH);
    }

    /** What the own bucket holds by now, which may be negative. Changes nothing. */
    long left(final Directions direction) {
        return bucket == null ? BufferEvent.UNLIMITED : bucket.left(direction, now());
    }

    /** Takes from the own bucket by hand; a negative number puts back. */
    void decrement(final Directions direction, final long bytes) {
        final TokenBucket own = bucket;
        if (own == null) {
            throw new IllegalStateException("no rate limit is set on " + owner);
        }
        own.refresh(now());
        own.take(direction, bytes);
        apply(own);
    }

    // ---- its group --------------------------------------------------------------------------------------------------

    @Nullable
    RateLimitGroup group() {
        return member == null ? null : member.group();
    }

    /** Moves to a group, or with null to none. */
    void join(final @Nullable RateLimitGroup group) {
        if (group() == group) {
            return;
        }
        final GroupMember joining = group == null ? null : group.admit(owner); // before it leaves: a closed one refuses
        if (member != null) {
            member.leave();
        }
        member = joining;
        if (joining != null) {
            joining.applyState();
        }
    }

    // ---- transfers --------------------------------------------------------------------------------------------------

    /** How many bytes the next transfer may move. Nothing: the direction is suspended until there is something. */
    long budget(final Directions direction) {
        long most = BufferEvent.UNLIMITED;
        final TokenBucket own = bucket;
        if (own != null) {
            own.refresh(now());
            apply(own);
            most = own.left(direction);
        }
        if (member != null) {
            most = Math.min(most, member.takeShare(direction));
        }
        return Math.max(0, most);
    }

    /** The same, as an answer to a question that changes nothing. */
    long wouldAllow(final Directions direction) {
        final long share = member == null ? BufferEvent.UNLIMITED : member.share(direction);
        return Math.max(0, Math.min(left(direction), share));
    }

    /** Says whether a direction gets one transfer in a turn, so that the others of its group have their turn too. */
    boolean takesTurns() {
        return member != null;
    }

    /** Bytes have moved. */
    void moved(final Directions direction, final long bytes) {
        final TokenBucket own = bucket;
        if (own != null) {
            own.take(direction, bytes);
            apply(own);
        }
        if (member != null) {
            member.moved(direction, bytes);
        }
    }

    /** The owner is about to live on another base; the timer does not run. */
    void leaveBase() {
        if (refill != null) {
            refill.close();
            refill = null;
        }
    }

    // ---- life -------------------------------------------------------------------------------------------------------

    /** The owner is freed: no timer, no group any more. */
    void end() {
        join(null);
        removeOwn();
        leaveBase();
    }

    // ---- inside -----------------------------------------------------------------------------------------------------

    private void apply(final TokenBucket own) {
        final boolean read = apply(own, Directions.READ);
        final boolean write = apply(own, Directions.WRITE);
        if (read && write) {
            stopTimer();
        } else {
            startTimer(own);
        }
    }

    private boolean apply(final TokenBucket own, final Directions direction) {
        if (own.left(direction) > 0) {
            owner.resume(direction, SuspendReason.BANDWIDTH);
            return true;
        }
        owner.suspend(direction, SuspendReason.BANDWIDTH);
        return false;
    }

    private void startTimer(final TokenBucket own) {
        Event timer = refill;
        if (timer == null) {
            timer = new Event( // FINALIZE: another thread does not wait for its end, with the lock that it wants
                    owner.base(), Event.NO_DESCRIPTOR, Event.FINALIZE, (event, result) -> refill(), owner);
            refill = timer;
        }
        if (timer.pending(Event.TIMEOUT) == 0) {
            timer.add(own.untilTick(now()));
        }
    }

    private void stopTimer() {
        if (refill != null) {
            refill.del();
        }
    }

    private void refill() {
        final SharedLock held = owner.life.enter();
        try {
            final TokenBucket own = bucket;
            if (own != null) {
                own.refresh(now());
                apply(own);
            }
        } finally {
            owner.life.exit(held);
        }
    }

    private long now() {
        final EventBase base = owner.base();
        return base.nowNanos();
    }

    /** Whether the timer is there to pay when a bucket is empty. */
    boolean isTimerArmed() {
        return refill != null && refill.pending(Event.TIMEOUT) != 0;
    }
}
