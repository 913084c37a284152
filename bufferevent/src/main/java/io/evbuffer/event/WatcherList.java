package io.evbuffer.event;

import org.jspecify.annotations.Nullable;

/**
 * The prepare or the check watchers of a base, in the order in which they were made.
 *
 * <p>One walk goes on at a time, on the loop's thread; the list may change between its steps, as watchers run without the
 * lock. So the walk stands on the watcher that comes next, and is moved on when that one is removed (DEV-18).
 *
 * <p>Threads: guarded by the base's lock.
 */
final class WatcherList {
    private @Nullable EvWatch first;
    private @Nullable EvWatch last;
    private @Nullable EvWatch coming; // next one of the walk

    boolean isEmpty() {
        return first == null;
    }

    void add(final EvWatch watch) {
        final EvWatch tail = last;
        watch.previous = tail;
        if (tail == null) first = watch;
        else tail.next = watch;
        last = watch;
    }

    void remove(final EvWatch watch) {
        final EvWatch next = watch.next;
        final EvWatch previous = watch.previous;
        if (coming == watch) coming = next;
        if (next != null) next.previous = previous;
        else last = previous;
        if (previous != null) previous.next = next;
        else first = next;
        watch.next = null;
        watch.previous = null;
    }

    /** Begins a walk. */
    void rewind() {
        coming = first;
    }

    /** The next watcher that was made before this turn, or null. Those made in it stand at the end. */
    @Nullable
    EvWatch next(final long turn) {
        final EvWatch watch = coming;
        if (watch == null || watch.madeInTurn >= turn) return null;
        coming = watch.next;
        return watch;
    }

    /** The base is closing. */
    void clear() {
        for (EvWatch watch = first; watch != null; watch = first) {
            remove(watch);
            watch.orphan();
        }
    }
}
