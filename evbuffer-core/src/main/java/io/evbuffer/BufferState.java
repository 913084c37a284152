package io.evbuffer;

import io.evbuffer.memory.BufferLimitException;
import io.evbuffer.memory.SegmentSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What a buffer is besides its chains: open or closed, frozen or not, its limits, who holds it, and who is told of changes.
 *
 * <p>Invariants: <b>INV-9</b> the length never exceeds the limit. <b>INV-25</b> a closed buffer has no chains.
 */
abstract class BufferState extends ChainData {
    private @Nullable Lock lock; // set once, before the buffer is shared
    long maxLength = Long.MAX_VALUE;
    int maxRead = EvBuffer.DEFAULT_MAX_READ;

    @Nullable
    Listeners listeners;

    @Nullable
    EvBufferStats stats;

    @Nullable
    Throwable failure; // of a release handler, to be thrown when the operation is done

    long inputLent; // bytes that an input operation in flight may add: their room is taken
    boolean drainsToFd;
    int holders = 1;
    boolean closedByCreator;

    @Nullable
    List<EvMark> marks;

    @Nullable
    BufferPin inputPin;

    @Nullable
    BufferPin outputPin;

    BufferState(final SegmentSource source) {
        super(source);
    }

    final EvBuffer self() {
        return (EvBuffer) this; // the one class that stands on these
    }

    // ---- settings ----

    boolean isClosed() {
        return (state & CLOSED) != 0;
    }

    long appended() {
        return endOffset;
    }

    long maxLength() {
        return maxLength;
    }

    void maxLength(final long bytes) {
        ensureOpen();
        if (bytes < 0) throw new IllegalArgumentException("negative maximum length: " + bytes);
        if (bytes < dataLength() + inputLent) {
            throw new IllegalArgumentException("maximum length " + bytes + " is below the length " + dataLength()
                    + (inputLent == 0 ? "" : " and the " + inputLent + " bytes that may arrive"));
        }
        maxLength = bytes;
        if (bytes != Long.MAX_VALUE || dataLength() > HUGE) state |= LIMITED;
        else state &= ~LIMITED;
    }

    int maxRead() {
        return maxRead;
    }

    void maxRead(final int bytes) {
        ensureOpen();
        if (bytes < 1) throw new IllegalArgumentException("a read must be allowed at least one byte: " + bytes);
        maxRead = bytes;
    }

    EvMark mark(final long position) {
        ensureOpen();
        Objects.checkIndex(position, dataLength());
        final EvMark mark = new EvMark(self(), frontOffset + position);
        if (marks == null) marks = new ArrayList<>();
        marks.add(mark);
        state |= OBSERVED;
        return mark;
    }

    void forget(final EvMark mark) {
        if (marks != null) marks.remove(mark);
        listenersChanged();
    }

    void endMarks() {
        if (marks == null) return;
        for (int i = marks.size() - 1; i >= 0; i--) {
            final EvMark mark = marks.get(i);
            if (mark.offset() >= frontOffset) continue;
            mark.end();
            marks.remove(i);
        }
        if (marks.isEmpty()) {
            marks = null;
            listenersChanged();
        }
    }

    @Nullable
    String owner() {
        return owner;
    }

    void owner(final @Nullable String tag) {
        ensureOpen();
        owner = tag;
    }

    boolean drainsToFd() {
        return drainsToFd;
    }

    void drainsToFd(final boolean promised) {
        ensureOpen();
        drainsToFd = promised;
    }

    // ---- locking ----

    void enableLocking(final @Nullable Lock lent) {
        ensureOpen();
        if (lock != null) throw new IllegalStateException("locking is enabled already: " + lock);
        lock = lent != null ? lent : new ReentrantLock();
        state |= LOCKED;
    }

    void lock() {
        if (lock != null) lock.lock();
    }

    void unlock() {
        if (lock != null) lock.unlock();
    }

    /** Takes the lock, if there is one, at the door of an operation; the answer is for {@link #leave}. */
    final boolean enter() {
        final Lock held = lock;
        if (held == null) return false;
        held.lock();
        return true;
    }

    final void leave(final boolean locked) {
        if (locked) Objects.requireNonNull(lock).unlock();
    }

    /** Takes the locks of two buffers at the door of an operation on both; the answer is for {@link #leaveBoth}. */
    final int enterBoth(final BufferState other) {
        final Lock mine = lock;
        final Lock others = other.lock;
        if (mine == null && others == null) return 0;
        return LockOrder.acquire(mine, others);
    }

    final void leaveBoth(final BufferState other, final int taken) {
        if (taken != 0) LockOrder.release(lock, other.lock, taken);
    }

    final boolean isLocked() {
        return lock != null;
    }

    // ---- freezing ----

    void freeze(final BufferEnd end) {
        ensureOpen();
        state |= end.frozenBit;
    }

    void unfreeze(final BufferEnd end) {
        ensureOpen();
        final BufferPin pin = end == BufferEnd.START ? outputPin : inputPin;
        if (pin != null && pin.isInFlight()) {
            throw new IllegalStateException("the buffer's " + (end == BufferEnd.START ? "start" : "end")
                    + " is frozen until the operation in flight ends");
        }
        state &= ~end.frozenBit;
    }

    boolean isFrozen(final BufferEnd end) {
        return (state & end.frozenBit) != 0;
    }

    // ---- being watched ----

    ListenerRegistration addListener(final EvBufferListener listener) {
        ensureOpen();
        Objects.requireNonNull(listener, "listener");
        state |= OBSERVED;
        return listeners().add(listener);
    }

    Listeners listeners() {
        if (listeners == null) listeners = new Listeners(self());
        return listeners;
    }

    void deferCallbacks(final Executor executor) {
        ensureOpen();
        listeners().defer(Objects.requireNonNull(executor, "executor"));
    }

    boolean removeListener(final EvBufferListener listener) {
        ensureOpen();
        return listeners != null && listeners.remove(listener);
    }

    void listenersChanged() {
        if (hasObserver()) state |= OBSERVED;
        else state &= ~OBSERVED;
    }

    private boolean hasObserver() {
        return stats != null
                || failure != null
                || (marks != null && !marks.isEmpty())
                || (listeners != null && !listeners.isEmpty());
    }

    void stats(final @Nullable EvBufferStats counters) {
        ensureOpen();
        stats = counters;
        listenersChanged();
    }

    void shared(final long count) {
        if (stats != null) stats.shared(count);
        changed(count, 0);
    }

    void copiedIn(final long count) {
        if (stats != null) stats.copiedIn(count);
        changed(count, 0);
    }

    void copiedOut(final int count) {
        if (stats != null) stats.copiedOut(count);
    }

    @Override
    void copiedWithin(final long count) {
        if (stats != null) stats.copiedWithin(count);
    }

    @Override
    void noteRemoved(final long count) {
        endMarks();
        if (listeners != null) listeners.note(0, count);
    }

    @Override
    void failed(final Throwable thrown) {
        if (failure == null) {
            failure = thrown;
            state |= OBSERVED;
        } else if (failure != thrown) {
            failure.addSuppressed(thrown);
        }
    }

    void changed(final long added, final long deleted) {
        if (listeners != null) listeners.note(added, deleted);
        tell();
    }

    /** The last step of an operation: listeners, then what a release handler threw. */
    void tell() {
        if (listeners != null) {
            if (listeners.inRound()) return; // the round under way goes on with this
            listeners.tell();
        }
        throwFailure();
    }

    void throwFailure() {
        final Throwable thrown = failure;
        if (thrown == null) return;
        failure = null;
        listenersChanged();
        EvBuffer.<RuntimeException>rethrow(thrown);
    }

    @SuppressWarnings("unchecked")
    static <T extends Throwable> void rethrow(final Throwable thrown) throws T {
        throw (T) thrown; // handlers and listeners declare nothing checked, so nothing checked comes out of them
    }

    // ---- end ----

    void close() {
        if (closedByCreator) return;
        closedByCreator = true;
        release();
    }

    EvBuffer retain() {
        ensureOpen();
        holders++;
        return self();
    }

    boolean release() {
        ensureOpen();
        if (--holders > 0) return false;
        state |= CLOSED;
        if (listeners != null) listeners.removeAll();
        releaseAll(); // chains in use by an operation are left to it
        throwFailure();
        return true;
    }

    boolean checkInvariants() {
        checkList();
        if (dataLength() < 0 || dataLength() > maxLength) throw broken("INV-9: length beyond the limit " + maxLength);
        if (isClosed() && first != null) throw broken("INV-25: chains after close");
        checkState();
        return true;
    }

    /** Checks L2: a bit that is set for nothing costs time, a missing one is an operation that does not ask. */
    private void checkState() {
        if (isLocked() != ((state & LOCKED) != 0)) throw broken("L2: a lock, and its bit");
        if (!isClosed() && hasObserver() != isObserved()) throw broken("L2: observers, and their bit");
        final boolean limited = maxLength != Long.MAX_VALUE || dataLength() > HUGE;
        if (limited && (state & LIMITED) == 0) throw broken("L2: a limit without its bit");
        for (Chain chain = first; chain != null && !mayBeUnloaded(); chain = chain.next) {
            if (chain.isUnloaded()) throw broken("L2: bytes not in memory without their bit");
        }
    }

    boolean checkAtRest() {
        if (listeners != null && !listeners.isAtRest()) throw broken("INV-21: changes not told");
        return checkInvariants();
    }

    // ---- of EvBufferReader and EvBufferWriter ----

    IndexOutOfBoundsException tooShort(final long position, final long count) {
        return new IndexOutOfBoundsException(
                count + " bytes at position " + position + " in a buffer of " + dataLength() + " bytes");
    }

    // ---- refusals ----

    void ensureOpen() {
        if ((state & CLOSED) != 0) throw closedBuffer();
    }

    static IllegalStateException closedBuffer() {
        return new IllegalStateException("the buffer is closed");
    }

    FrozenBufferException frozen(final BufferEnd end) {
        return new FrozenBufferException("the buffer's " + (end == BufferEnd.START ? "start" : "end") + " is frozen ("
                + dataLength() + " bytes)");
    }

    IllegalStateException refusedAtEnd() {
        return isClosed() ? closedBuffer() : frozen(BufferEnd.END);
    }

    /** Whether a range is not within memory of this capacity. The sum stands alone: only then is its overflow seen. */
    static boolean isOutside(final int offset, final int count, final int capacity) {
        return (offset | count | (offset + count) | (capacity - (offset + count))) < 0;
    }

    RuntimeException badRange(final int offset, final int count, final int capacity) {
        if (isClosed()) return closedBuffer();
        if (count < 0) return new IllegalArgumentException("negative length: " + count);
        return new IndexOutOfBoundsException(
                "range of " + count + " bytes at " + offset + " in memory of " + capacity + " bytes");
    }

    BufferLimitException overMaxLength(final long count) {
        return new BufferLimitException(
                count + " bytes more than " + dataLength() + " would exceed the buffer's limit of " + maxLength);
    }

    void checkPosition(final long position) {
        if (position < 0 || position > dataLength()) {
            throw new IndexOutOfBoundsException("position " + position + " in a buffer of " + dataLength() + " bytes");
        }
    }

    @Override
    public String toString() {
        return "EvBuffer[" + (isClosed() ? "closed" : describe()) + "]";
    }
}
