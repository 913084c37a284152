package io.evbuffer.bufferevent;

import io.evbuffer.event.Event;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Watches one direction for progress. Progress writes a time stamp and nothing else; a timer that comes due too early moves
 * itself to the time the stamp asks for. So the reactor's heap is touched once per timeout, not once per transfer.
 *
 * <p>The timer runs at the priority of the I/O events and after them in a turn: when readiness and expiry meet, the
 * transfer writes its stamp first and no timeout is told. Where the backend had more to report than it does at once, the owner
 * tries the transfer itself before it tells a timeout ({@link BufferEvent#movesAtLast}).
 *
 * <p>A loop that is late takes no time from the peer: what counts is {@link io.evbuffer.event.EventBase#heardNanos}.
 */
final class IdleTimer {
    private final BufferEvent owner;
    private final Runnable expired;
    private long timeoutNanos = Event.NO_TIMEOUT;
    private long since; // when the direction last moved, or became wanted
    private long spent; // before it was paused; counts at the next continuation
    private boolean armed;
    private @Nullable Event event; // made with the first timeout: most connections have none

    IdleTimer(final BufferEvent owner, final Runnable expired) {
        this.owner = owner;
        this.expired = expired;
    }

    long timeoutNanos() {
        return timeoutNanos;
    }

    boolean isArmed() {
        return armed;
    }

    /** Sets the time allowed. It counts from the next start. */
    void timeoutNanos(final long nanos) {
        cancel();
        timeoutNanos = nanos;
    }

    /** Counts the full time from now on. */
    void restart() {
        if (timeoutNanos != Event.NO_TIMEOUT) {
            since = heard();
            spent = 0;
            if (!armed) {
                arm(timeoutNanos);
            }
        }
    }

    /** Counts from where it stands, if it does not run already. */
    void resume() {
        if (timeoutNanos != Event.NO_TIMEOUT && !armed) {
            arm(Math.max(0, left()));
        }
    }

    /** Stands still, if it runs. */
    void pause() {
        if (armed) {
            final long counted = heard() - since;
            cancel();
            spent = counted;
        }
    }

    /**
     * Runs, with what was left when it was paused, or else with the full time. If nothing was left it is over when the loop has
     * looked once more for what has come.
     */
    void goOn() {
        if (timeoutNanos != Event.NO_TIMEOUT && !armed) {
            since = heard() - spent;
            arm(Math.max(1, left()));
        }
    }

    /** Bytes moved: the time counts from now. Arms nothing. */
    void progressed() {
        if (timeoutNanos != Event.NO_TIMEOUT) {
            since = heard();
            spent = 0;
        }
    }

    /** The time was over: goes on if bytes have moved since. Returns whether it does. */
    boolean goesOn() {
        if (timeoutNanos == Event.NO_TIMEOUT) {
            return true; // it was taken off meanwhile
        }
        final long left = left();
        if (left <= 0) {
            cancel();
            return false;
        }
        if (!armed) {
            arm(left);
        }
        return true;
    }

    /** What was counted is forgotten. */
    void cancel() {
        spent = 0;
        if (armed && event != null) {
            armed = false;
            event.del();
        }
    }

    /** The owner is about to live on another base; the timer does not run. */
    void leaveBase() {
        close();
        event = null;
    }

    void collectEvent(final List<Event> events) {
        if (event != null) {
            events.add(event);
        }
    }

    void close() {
        armed = false;
        if (event != null) {
            event.close();
        }
    }

    private void arm(final long nanos) {
        Event timer = event;
        if (timer == null) {
            timer = new Event( // FINALIZE: another thread does not wait for its end, with the lock that it wants
                    owner.base(), Event.NO_DESCRIPTOR, Event.FINALIZE, (source, result) -> due(), null);
            timer.priority(owner.priority());
            event = timer;
        }
        timer.add(nanos);
        armed = true;
    }

    private void due() {
        final SharedLock held = owner.life.enter();
        try {
            if (armed) { // another thread may just have taken it back
                expire();
            }
        } finally {
            owner.life.exit(held);
        }
    }

    private void expire() {
        armed = false;
        final long left = left();
        if (left > 0) {
            arm(left);
        } else {
            expired.run();
        }
    }

    private long left() {
        return timeoutNanos - (heard() - since);
    }

    private long heard() {
        return owner.base().heardNanos(timeoutNanos);
    }
}
