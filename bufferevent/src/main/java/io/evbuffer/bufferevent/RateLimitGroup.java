package io.evbuffer.bufferevent;

import io.evbuffer.event.Event;
import io.evbuffer.event.EventBase;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A rate limit that several BufferEvents share, on one base or on many.
 *
 * <p>A member may move its share of what is left with one transfer: that divided by the number of members, but at least the
 * minimum share, which keeps transfers from becoming tiny. When nothing is left all members are suspended, until ticks have
 * paid at least a minimum share. Then those who have moved less than the average go first, and the others two turns later
 * with what they leave. Limits of their own hold beside the group's.
 *
 * <p><b>Cost:</b> a lock and a few additions for each transfer; suspending and going on are O(members).
 *
 * <p>Ownership: whoever makes a group closes it, after its members have left: by
 * {@link BufferEvent#removeFromRateLimitGroup()}, by joining another one, or by their {@code close}. Its timer ticks until
 * then, so that a loop of its base does not end for lack of work; when that base is closed, this limit is lifted.
 *
 * <p>Threads: any.
 */
public final class RateLimitGroup implements AutoCloseable {
    /** The least that a member may move with one transfer unless said otherwise, in bytes. */
    public static final long DEFAULT_MIN_SHARE = 64;

    private static final int TURNS_AHEAD = 2; // one for the interest to be told, one for the transfers
    private static final int MOST_SHARES_AHEAD = 4; // who was idle or alone for long has no more to make up for

    private final EventBase base;
    private final LiveBufferEvents live;
    private final Event tick;
    private final Event rest; // lets those go on who are ahead
    private final ReentrantLock lock = new ReentrantLock(); // innermost of this package: no BufferEvent's is waited for
    private final List<GroupMember> members = new ArrayList<>();
    private final TokenBucket bucket;
    private long minShare = DEFAULT_MIN_SHARE; // as asked for
    private boolean readSuspended;
    private boolean writeSuspended;
    private int readTurns; // until those who are ahead may read again; 0 if they may
    private int writeTurns;
    private int nextFirst; // who begins when the group goes on
    private long totalRead;
    private long totalWritten;
    private boolean closed;

    private RateLimitGroup(final EventBase base, final TokenBucketCfg cfg) {
        this.base = base;
        this.live = LiveBufferEvents.of(base);
        this.bucket = new TokenBucket(cfg, base.nowNanos());
        // FINALIZE: taking it back from another thread does not wait for its callback, which wants the lock
        this.tick =
                new Event(base, Event.NO_DESCRIPTOR, Event.PERSIST | Event.FINALIZE, (event, result) -> ticked(), this);
        this.rest = new Event(base, Event.NO_DESCRIPTOR, Event.FINALIZE, (event, result) -> turned(), this);
    }

    /**
     * Makes a group without members.
     *
     * @param base whose clock and loop it ticks by.
     * @param cfg  its limits.
     * @return a group that the caller closes.
     * @throws IllegalStateException if the base is closed.
     */
    public static RateLimitGroup create(final EventBase base, final TokenBucketCfg cfg) {
        final RateLimitGroup group = new RateLimitGroup(base, Objects.requireNonNull(cfg, "cfg"));
        group.live.add(group);
        group.tick.add(cfg.tickNanos());
        return group;
    }

    // ---- limits -----------------------------------------------------------------------------------------------------

    /**
     * The limits.
     *
     * @return what was given last.
     */
    public TokenBucketCfg cfg() {
        lock.lock();
        try {
            return bucket.cfg();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Changes the limits. What is left is cut to the new burst, and never raised.
     *
     * @param cfg the new limits; the same object again changes nothing.
     * @throws IllegalStateException if this is closed.
     */
    public void cfg(final TokenBucketCfg cfg) {
        Objects.requireNonNull(cfg, "cfg");
        lock.lock();
        try {
            ensureOpen("cfg");
            if (bucket.cfg() != cfg) {
                bucket.configure(cfg, base.nowNanos());
                tick.add(cfg.tickNanos());
                apply(Directions.READ, 1);
                apply(Directions.WRITE, 1);
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * The least that a member may move with one transfer.
     *
     * @return what was asked for, in bytes; while a rate is smaller, that counts instead.
     */
    public long minShare() {
        lock.lock();
        try {
            return minShare;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Sets the least that a member may move with one transfer. With 0 the share of many members may be nothing; then they
     * wait until there is a byte for each.
     *
     * @param bytes 0 or more; at first {@link #DEFAULT_MIN_SHARE}.
     * @throws IllegalArgumentException if it is negative.
     * @throws IllegalStateException    if this is closed.
     */
    public void minShare(final long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("minimum share of " + bytes + " bytes");
        }
        lock.lock();
        try {
            ensureOpen("minShare");
            minShare = bytes;
        } finally {
            lock.unlock();
        }
    }

    /**
     * What is left for reading.
     *
     * @return in bytes; may be negative.
     */
    public long readLimit() {
        return left(Directions.READ);
    }

    /**
     * What is left for writing.
     *
     * @return in bytes; may be negative.
     */
    public long writeLimit() {
        return left(Directions.WRITE);
    }

    /**
     * Takes from what is left for reading, as if members had read. Coming to nothing suspends at once, coming back goes on at
     * once; members of another thread follow in the next turn of their loop. Does not count in the totals.
     *
     * @param bytes how many; a negative number puts back.
     * @throws IllegalStateException if this is closed.
     */
    public void decrementReadLimit(final long bytes) {
        decrement(Directions.READ, bytes);
    }

    /**
     * As {@link #decrementReadLimit}, for writing.
     *
     * @param bytes how many; a negative number puts back.
     * @throws IllegalStateException if this is closed.
     */
    public void decrementWriteLimit(final long bytes) {
        decrement(Directions.WRITE, bytes);
    }

    // ---- totals -----------------------------------------------------------------------------------------------------

    /**
     * What members have read.
     *
     * @return in bytes, since the group was made or the totals were reset.
     */
    public long totalRead() {
        lock.lock();
        try {
            return totalRead;
        } finally {
            lock.unlock();
        }
    }

    /**
     * What members have written.
     *
     * @return in bytes, since the group was made or the totals were reset.
     */
    public long totalWritten() {
        lock.lock();
        try {
            return totalWritten;
        } finally {
            lock.unlock();
        }
    }

    /** Sets both totals to 0. */
    public void resetTotals() {
        lock.lock();
        try {
            totalRead = 0;
            totalWritten = 0;
        } finally {
            lock.unlock();
        }
    }

    // ---- life -------------------------------------------------------------------------------------------------------

    /**
     * How many BufferEvents share the limit.
     *
     * @return those that joined and have neither left nor been closed.
     */
    public int members() {
        lock.lock();
        try {
            return members.size();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Ends the group. A second call has no effect.
     *
     * @throws IllegalStateException if it has members; it goes on.
     */
    @Override
    public void close() {
        lock.lock();
        try {
            if (!members.isEmpty()) {
                throw new IllegalStateException("a group with " + members.size() + " members cannot be closed");
            }
            end();
        } finally {
            lock.unlock();
        }
        live.remove(this);
    }

    /**
     * Names limits and members, for logs.
     *
     * @return one line.
     */
    @Override
    public String toString() {
        lock.lock();
        try {
            return "RateLimitGroup[" + members.size() + " members, " + bucket.left(Directions.READ) + " to read, "
                    + bucket.left(Directions.WRITE) + " to write, " + bucket.cfg() + "]";
        } finally {
            lock.unlock();
        }
    }

    // ---- for members ------------------------------------------------------------------------------------------------

    GroupMember admit(final BufferEvent owner) {
        lock.lock();
        try {
            ensureOpen("joining");
            final GroupMember member = new GroupMember(this, owner);
            member.index = members.size();
            members.add(member);
            return member;
        } finally {
            lock.unlock();
        }
    }

    void dismiss(final GroupMember member) {
        lock.lock();
        try {
            final GroupMember last = members.removeLast();
            if (last != member) {
                members.set(member.index, last);
                last.index = member.index;
            }
        } finally {
            lock.unlock();
        }
    }

    /** Says whether a member has to rest. */
    boolean holds(final GroupMember member, final Directions direction) {
        lock.lock();
        try {
            return held(member, direction);
        } finally {
            lock.unlock();
        }
    }

    /** What one transfer of one member may move. If that is nothing, the group is suspended. */
    long takeShare(final GroupMember member, final Directions direction) {
        lock.lock();
        try {
            if (!suspended(direction) && divided(direction) <= 0) {
                suspend(direction);
            }
            return held(member, direction) ? 0 : divided(direction);
        } finally {
            lock.unlock();
        }
    }

    /** The same, as a question that changes nothing. */
    long share(final GroupMember member, final Directions direction) {
        lock.lock();
        try {
            return held(member, direction) ? 0 : divided(direction);
        } finally {
            lock.unlock();
        }
    }

    void moved(final GroupMember member, final Directions direction, final long bytes) {
        lock.lock();
        try {
            if (direction.isRead()) {
                totalRead += bytes;
            } else {
                totalWritten += bytes;
            }
            bucket.take(direction, bytes);
            member.lead(direction, member.lead(direction) + bytes);
            if (bucket.left(direction) <= 0 && !suspended(direction) && !closed) {
                nextFirst = member.index + 1;
                suspend(direction);
            }
        } finally {
            lock.unlock();
        }
    }

    /** The base is being closed, so nobody will pay any more: members of other bases go on without this limit. */
    void baseClosed() {
        lock.lock();
        try {
            end();
            mark(Directions.READ, false);
            mark(Directions.WRITE, false);
            readTurns = 0;
            writeTurns = 0;
            tellMembers();
        } finally {
            lock.unlock();
        }
    }

    // ---- inside, with the lock --------------------------------------------------------------------------------------

    private void ticked() {
        lock.lock();
        try {
            if (!closed) {
                bucket.refresh(base.nowNanos());
                apply(Directions.READ, effectiveMinShare());
                apply(Directions.WRITE, effectiveMinShare());
            }
        } finally {
            lock.unlock();
        }
    }

    private void decrement(final Directions direction, final long bytes) {
        lock.lock();
        try {
            ensureOpen("decrement");
            bucket.take(direction, bytes);
            apply(direction, 1);
        } finally {
            lock.unlock();
        }
    }

    private long left(final Directions direction) {
        lock.lock();
        try {
            return bucket.left(direction, base.nowNanos());
        } finally {
            lock.unlock();
        }
    }

    /** Suspends, or goes on if at least so much is left. */
    private void apply(final Directions direction, final long enough) {
        if (suspended(direction)) {
            if (bucket.left(direction) >= enough && divided(direction) > 0) {
                resume(direction);
            }
        } else if (bucket.left(direction) <= 0) {
            suspend(direction);
        }
    }

    private boolean suspended(final Directions direction) {
        return direction.isRead() ? readSuspended : writeSuspended;
    }

    private boolean held(final GroupMember member, final Directions direction) {
        return suspended(direction) || (turns(direction) > 0 && member.lead(direction) > 0);
    }

    private int turns(final Directions direction) {
        return direction.isRead() ? readTurns : writeTurns;
    }

    private void turns(final Directions direction, final int left) {
        if (direction.isRead()) {
            readTurns = left;
        } else {
            writeTurns = left;
        }
    }

    private long divided(final Directions direction) {
        if (closed) {
            return BufferEvent.UNLIMITED;
        }
        final long left = bucket.left(direction);
        return left <= 0 ? 0 : Math.max(effectiveMinShare(), left / Math.max(1, members.size()));
    }

    /** More than a rate could not be waited for. */
    private long effectiveMinShare() {
        return Math.min(minShare, bucket.cfg().smallerRate());
    }

    private void suspend(final Directions direction) {
        mark(direction, true);
        turns(direction, 0);
        tellMembers();
    }

    /** Those who are behind go on now, those who are ahead when these have had their turn. */
    private void resume(final Directions direction) {
        mark(direction, false);
        if (levelLeads(direction)) {
            turns(direction, TURNS_AHEAD);
            rest.activeLater(Event.TIMEOUT);
        }
        tellMembers();
    }

    private void mark(final Directions direction, final boolean suspended) {
        if (direction.isRead()) {
            readSuspended = suspended;
        } else {
            writeSuspended = suspended;
        }
    }

    /** Counts what each has moved from the average on. Returns whether somebody is ahead. */
    private boolean levelLeads(final Directions direction) {
        final int count = members.size();
        long sum = 0;
        for (int i = 0; i < count; i++) {
            sum += members.get(i).lead(direction);
        }
        final long average = count == 0 ? 0 : sum / count;
        final long most = MOST_SHARES_AHEAD * Math.max(DEFAULT_MIN_SHARE, effectiveMinShare());
        boolean ahead = false;
        for (int i = 0; i < count; i++) {
            final GroupMember member = members.get(i);
            final long lead = Math.clamp(member.lead(direction) - average, -most, most);
            member.lead(direction, lead);
            ahead |= lead > 0;
        }
        return ahead;
    }

    private void turned() {
        lock.lock();
        try {
            final boolean read = turned(Directions.READ);
            final boolean write = turned(Directions.WRITE);
            if (read || write) {
                tellMembers();
            }
            if (!closed && (readTurns | writeTurns) > 0) {
                rest.activeLater(Event.TIMEOUT);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Returns whether those who are ahead may go on from now on. */
    private boolean turned(final Directions direction) {
        final int left = turns(direction);
        turns(direction, Math.max(0, left - 1));
        return left == 1;
    }

    private void tellMembers() {
        final int count = members.size();
        if (nextFirst >= count) {
            nextFirst = 0;
        }
        for (int i = 0; i < count; i++) {
            final int at = nextFirst + i;
            members.get(at < count ? at : at - count).changed();
        }
    }

    private void end() {
        closed = true;
        tick.close();
        rest.close();
    }

    private void ensureOpen(final String operation) {
        if (closed) {
            throw new IllegalStateException(operation + " refused: the group is closed");
        }
    }
}
