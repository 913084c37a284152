package io.evbuffer.bufferevent;

import org.jspecify.annotations.Nullable;

/**
 * The three callbacks of one BufferEvent, and whether they run now or in a pass of the loop.
 *
 * <p>A slot is read again for every call, so that clearing it is the end of its callbacks, and what a callback throws goes
 * to the error handler of the base, so that it stops nothing. An empty slot swallows its notices.
 */
final class Slots {
    private final BufferEvent owner;
    private final Notices notices;
    private final boolean deferred;
    private final boolean unlocks;
    private @Nullable BufferEventCallback read;
    private @Nullable BufferEventCallback write;
    private @Nullable BufferEventNotice event;

    Slots(final BufferEvent owner, final Notices notices) {
        this.owner = owner;
        this.notices = notices;
        this.deferred = owner.options().has(Options.DEFER_CALLBACKS);
        this.unlocks = owner.options().has(Options.UNLOCK_CALLBACKS);
    }

    void set(
            final @Nullable BufferEventCallback newRead,
            final @Nullable BufferEventCallback newWrite,
            final @Nullable BufferEventNotice newEvent) {
        read = newRead;
        write = newWrite;
        event = newEvent;
    }

    @Nullable
    BufferEventCallback read() {
        return read;
    }

    @Nullable
    BufferEventCallback write() {
        return write;
    }

    @Nullable
    BufferEventNotice event() {
        return event;
    }

    // ---- notices ----------------------------------------------------------------------------------------------------

    void raiseRead(final boolean later) {
        if (later || deferred) {
            if (read != null) {
                notices.read();
            }
        } else {
            callRead();
        }
    }

    /** Always later, and only if the input still holds enough then. */
    void raiseReadIfEnough() {
        if (read != null) {
            notices.readIfEnough();
        }
    }

    void raiseWrite(final boolean later) {
        if (later || deferred) {
            if (write != null) {
                notices.write();
            }
        } else {
            callWrite();
        }
    }

    void raiseEvent(final EventFlags what, final @Nullable Throwable cause, final boolean later) {
        if (later || deferred) {
            if (event != null) {
                notices.event(what, cause);
            }
        } else {
            callEvent(what, cause);
        }
    }

    /** Tells that the connection stands; {@link BufferEvent#connectedTold} follows in any case. */
    void raiseConnected() {
        raiseConnected(false);
    }

    void raiseConnected(final boolean later) {
        if ((later || deferred) && event != null) {
            notices.event(EventFlags.CONNECTED, null);
        } else {
            try {
                callEvent(EventFlags.CONNECTED, null);
            } finally {
                owner.connectedTold(); // also after an error that ends the loop, which may be started again
            }
        }
    }

    // ---- calls ------------------------------------------------------------------------------------------------------

    void callBackPressure(final BackPressureCallback slot, final boolean above) {
        owner.tally.notices++;
        final int holds = unlock();
        try {
            slot.on(owner, above);
        } catch (final Throwable failure) {
            owner.report(failure);
        } finally {
            lockAgain(holds);
        }
    }

    void callRead() {
        call(read);
    }

    void callWrite() {
        call(write);
    }

    private void call(final @Nullable BufferEventCallback slot) {
        if (slot != null) {
            owner.tally.notices++;
            final int holds = unlock();
            try {
                slot.on(owner);
            } catch (final Throwable failure) {
                owner.report(failure);
            } finally {
                lockAgain(holds);
            }
        }
    }

    void callEvent(final EventFlags what, final @Nullable Throwable cause) {
        final BufferEventNotice slot = event;
        if (slot != null) {
            owner.tally.notices++;
            final int holds = unlock();
            try {
                slot.on(owner, what, cause);
            } catch (final Throwable failure) {
                owner.report(failure);
            } finally {
                lockAgain(holds);
            }
        }
    }

    /** With UNLOCK_CALLBACKS the lock is not held while user code runs (BEV-22). Returns how often it was held. */
    private int unlock() {
        final SharedLock lock = owner.access.lock();
        return lock != null && unlocks ? lock.releaseAll() : 0;
    }

    private void lockAgain(final int holds) {
        final SharedLock lock = owner.access.lock();
        if (lock != null) {
            lock.acquireAgain(holds);
        }
    }
}
