package io.evbuffer;

import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The listeners of one buffer and what they have not been told yet.
 *
 * <p>A round tells every enabled listener, newest first, of all changes since the round before. Changes made inside a
 * round are told in a further round after it, before the outermost operation returns, so that each listener sees them in
 * order and without gap, and no recursion builds up. The array is copied when it changes: a round walks the array it
 * began with, so it never meets a listener added meanwhile, and passes over one removed meanwhile.
 *
 * <p>Deferred listeners have counters of their own, which grow until the executor runs their round; immediate ones are
 * served as ever. Either kind sees its changes gap-free.
 *
 * <p>Invariants: <b>INV-20</b> the counters are never negative. <b>INV-21</b> at rest they are 0, except that the deferred
 * ones may be more while their round is scheduled.
 */
final class Listeners {
    private static final ListenerRegistration[] NONE = {};

    private final EvBuffer buffer;
    private final BufferChange change = new BufferChange();
    private final BufferChange deferredChange = new BufferChange();
    private ListenerRegistration[] entries = NONE; // oldest first
    private long added;
    private long deleted;
    private boolean inRound;
    private @Nullable Executor executor;
    private final Runnable deferredRound = this::tellDeferred; // made once, handed to the executor each time
    private boolean scheduled;
    private long deferredAdded;
    private long deferredDeleted;

    Listeners(final EvBuffer buffer) {
        this.buffer = buffer;
    }

    boolean isEmpty() {
        return entries.length == 0;
    }

    boolean isAtRest() {
        return added == 0 && deleted == 0 && !inRound && (scheduled || (deferredAdded | deferredDeleted) == 0);
    }

    boolean inRound() {
        return inRound;
    }

    ListenerRegistration add(final EvBufferListener listener) {
        final ListenerRegistration entry = new ListenerRegistration(this, listener);
        final ListenerRegistration[] longer = Arrays.copyOf(entries, entries.length + 1);
        longer[entries.length] = entry;
        entries = longer;
        return entry;
    }

    /** Removes the newest entry of this listener; tells whether there was one. */
    boolean remove(final EvBufferListener listener) {
        for (int i = entries.length - 1; i >= 0; i--) {
            if (entries[i].listener == listener) {
                remove(entries[i]);
                return true;
            }
        }
        return false;
    }

    void removeOnce(final ListenerRegistration entry) {
        final boolean locked = buffer.enter();
        try {
            if (!entry.isRemoved()) remove(entry);
        } finally {
            buffer.leave(locked);
        }
    }

    private void remove(final ListenerRegistration entry) {
        final ListenerRegistration[] shorter = new ListenerRegistration[entries.length - 1];
        int kept = 0;
        for (final ListenerRegistration each : entries) {
            if (each != entry) shorter[kept++] = each;
        }
        entry.markRemoved();
        entries = shorter;
        buffer.listenersChanged();
    }

    void removeAll() {
        for (final ListenerRegistration each : entries) each.markRemoved();
        entries = NONE;
        added = 0;
        deleted = 0;
        deferredAdded = 0;
        deferredDeleted = 0;
    }

    void defer(final Executor to) {
        if (executor != null && executor != to)
            throw new IllegalStateException("listeners are deferred to " + executor);
        executor = to;
    }

    /** Counts a change that {@link #tell()} tells, unless nobody listens. */
    void note(final long bytesAdded, final long bytesDeleted) {
        if (entries.length == 0) return;
        added += bytesAdded;
        deleted += bytesDeleted;
    }

    /** Tells what was noted, now or, inside a round, after that round. */
    void tell() {
        if (inRound) return;
        inRound = true;
        try {
            while ((added | deleted) != 0) {
                final long bytesAdded = added;
                final long bytesDeleted = deleted;
                added = 0; // before anybody else's code runs: an executor may run the round at once, in this call
                deleted = 0;
                change.set(buffer.length() - bytesAdded + bytesDeleted, bytesAdded, bytesDeleted);
                if (executor != null) schedule(executor, bytesAdded, bytesDeleted);
                tellAll(executor != null);
            }
        } finally {
            inRound = false;
        }
    }

    private void schedule(final Executor to, final long bytesAdded, final long bytesDeleted) {
        deferredAdded += bytesAdded;
        deferredDeleted += bytesDeleted;
        if (!scheduled) hand(to);
    }

    private void hand(final Executor to) {
        scheduled = true;
        try {
            to.execute(deferredRound);
        } catch (final Throwable e) {
            scheduled = false; // the next change tries again, with these counters
            buffer.failed(e);
        }
    }

    /** The deferred round, run by the executor: listeners are told without the buffer's lock (contract B-14f). */
    private void tellDeferred() {
        final ListenerRegistration[] round;
        final boolean locked = buffer.enter();
        try {
            if (buffer.isClosed()) return;
            round = beginDeferred();
        } finally {
            buffer.leave(locked);
        }
        Throwable thrown = null;
        for (int i = round.length - 1; i >= 0; i--) {
            final ListenerRegistration entry = round[i];
            if (entry.isImmediate() || !entry.isEnabled()) continue;
            try {
                entry.listener.changed(buffer, deferredChange);
            } catch (final Throwable e) { // the others are told all the same
                if (thrown == null) thrown = e;
                else if (thrown != e) thrown.addSuppressed(e);
            }
        }
        endDeferred();
        if (thrown != null) BufferState.<RuntimeException>rethrow(thrown);
    }

    private ListenerRegistration[] beginDeferred() {
        if ((deferredAdded | deferredDeleted) == 0) return NONE;
        deferredChange.set(buffer.length() - deferredAdded + deferredDeleted, deferredAdded, deferredDeleted);
        deferredAdded = 0;
        deferredDeleted = 0;
        return entries;
    }

    /** Asks for another round if there were changes during this one; until then none is scheduled, so rounds never meet. */
    private void endDeferred() {
        final boolean locked = buffer.enter();
        try {
            scheduled = false;
            if ((deferredAdded | deferredDeleted) != 0 && !buffer.isClosed()) hand(Objects.requireNonNull(executor));
        } finally {
            buffer.leave(locked);
        }
    }

    private void tellAll(final boolean immediateOnly) {
        final ListenerRegistration[] round = entries;
        for (int i = round.length - 1; i >= 0; i--) {
            if (!immediateOnly || round[i].isImmediate()) tell(round[i], change);
        }
    }

    private void tell(final ListenerRegistration entry, final BufferChange what) {
        if (!entry.isEnabled()) return;
        try {
            entry.listener.changed(buffer, what);
        } catch (final Throwable e) {
            buffer.failed(e); // the others are told all the same
        }
    }
}
