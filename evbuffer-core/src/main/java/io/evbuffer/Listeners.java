package io.evbuffer;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The listeners of one buffer and what they have not been told yet.
 *
 * <p>A round tells every enabled listener, newest first, of all changes since the round before. Changes made inside a
 * round are told in a further round after it, before the outermost operation returns, so that each listener sees them in
 * order and without gap, and no recursion builds up. The array is copied when it changes: a round walks the array it
 * began with, so it never meets a listener added meanwhile, and passes over one removed meanwhile.
 *
 * <p>Invariants: <b>INV-20</b> the counters are never negative. <b>INV-21</b> at rest both are 0.
 */
final class Listeners {
    private static final ListenerRegistration[] NONE = {};

    private final EvBuffer buffer;
    private final BufferChange change = new BufferChange();
    private ListenerRegistration[] entries = NONE; // oldest first
    private long added;
    private long deleted;
    private boolean inRound;

    Listeners(final EvBuffer buffer) {
        this.buffer = buffer;
    }

    boolean isEmpty() {
        return entries.length == 0;
    }

    boolean isAtRest() {
        return added == 0 && deleted == 0 && !inRound;
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

    void remove(final ListenerRegistration entry) {
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
    }

    /** Counts a change that is to be told. */
    void note(final long bytesAdded, final long bytesDeleted) {
        added += bytesAdded;
        deleted += bytesDeleted;
    }

    /** Tells what was noted, if anything, now or, inside a round, after that round. */
    void tell() {
        if (inRound) return;
        inRound = true;
        Throwable failure = null;
        try {
            while ((added | deleted) != 0) {
                change.set(buffer.length() - added + deleted, added, deleted);
                added = 0;
                deleted = 0;
                failure = round(failure);
            }
        } finally {
            inRound = false;
        }
        if (failure != null) Listeners.<RuntimeException>rethrow(failure);
    }

    private @Nullable Throwable round(final @Nullable Throwable earlier) {
        Throwable failure = earlier;
        final ListenerRegistration[] round = entries;
        for (int i = round.length - 1; i >= 0; i--) {
            if (!round[i].isEnabled()) continue;
            try {
                round[i].listener.changed(buffer, change);
            } catch (final Throwable e) {
                if (failure == null) {
                    failure = e;
                } else if (failure != e) {
                    failure.addSuppressed(e);
                }
            }
        }
        return failure;
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void rethrow(final Throwable failure) throws T {
        throw (T) failure; // a listener declares nothing checked, so nothing checked comes out of it
    }
}
