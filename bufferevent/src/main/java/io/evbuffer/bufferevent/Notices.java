package io.evbuffer.bufferevent;

import io.evbuffer.event.DeferredCallback;
import org.jspecify.annotations.Nullable;

/**
 * What one BufferEvent has decided to tell its user later, and the pass of the loop that tells it.
 *
 * <pre>
 *   pass:   CONNECTED  -&gt;  read  -&gt;  write  -&gt;  EOF, ERROR, TIMEOUT
 * </pre>
 *
 * <p>A notice belongs to the past: the marks were checked when it was raised, and {@code disable} does not recall it. Many
 * of one sort become one call. Each step looks at the state anew; what a callback raises is told in the same pass if its
 * step is still ahead, else in another one. A notice whose slot is empty when its step comes is dropped.
 *
 * <p>Invariants: <b>BEV-17</b> at most one pass is queued, and it holds one reference. <b>BEV-18</b> the order above.
 */
final class Notices {
    private static final int READ = 1;
    private static final int READ_IF_ENOUGH = 2; // told only if the input still reaches the low mark
    private static final int WRITE = 4;
    private static final int ENDS = EventFlags.EOF
            .with(EventFlags.ERROR)
            .with(EventFlags.TIMEOUT)
            .with(EventFlags.CLOSED_BY_PEER)
            .bits();

    private final BufferEvent owner;
    private final DeferredCallback deferred;
    private int waiting;
    private int flags; // of EventFlags
    private @Nullable Throwable cause; // of the latest failure among the flags
    private int ofReading; // those of the flags that came with READING alone
    private @Nullable Throwable causeOfReading;
    private int ofOthers; // and the rest of them
    private @Nullable Throwable causeOfOthers;
    private boolean queued;
    private boolean passing;

    Notices(final BufferEvent owner) {
        this.owner = owner;
        this.deferred = new DeferredCallback(this::runPass);
    }

    boolean isQueued() {
        return queued;
    }

    /**
     * Says whether a read notice waits after which an end must not be raised yet: in a pass that has begun it comes too late,
     * and where only some notices are deferred its callback may still disable reading.
     */
    boolean tellsReadLater(final boolean allDeferred) {
        return (waiting & (READ | READ_IF_ENOUGH)) != 0 && (passing || !allDeferred);
    }

    void read() {
        raise(READ);
    }

    void readIfEnough() {
        raise(READ_IF_ENOUGH);
    }

    void write() {
        raise(WRITE);
    }

    void event(final EventFlags what, final @Nullable Throwable why) {
        flags |= what.bits();
        if (why != null) {
            cause = why;
        }
        if (what.has(EventFlags.READING) && !what.has(EventFlags.WRITING)) {
            ofReading |= what.bits();
            causeOfReading = why == null ? causeOfReading : why;
        } else {
            ofOthers |= what.bits() & ~EventFlags.CONNECTED_BIT;
            causeOfOthers = why == null ? causeOfOthers : why;
        }
        queue();
    }

    /** Drops what the old transport had to tell. Bytes that came or went stay worth telling. */
    void dropEvents() {
        flags = 0;
        forgetRest();
    }

    private void forgetRest() {
        flags &= EventFlags.CONNECTED_BIT;
        cause = null;
        ofReading = 0;
        causeOfReading = null;
        ofOthers = 0;
        causeOfOthers = null;
    }

    /** Drops everything, the queued pass and its reference too. */
    void cancel() {
        waiting = 0;
        dropEvents();
        if (queued) {
            queued = false;
            deferred.cancel(owner.base());
            owner.life.letGo();
        }
    }

    void priority(final int priority) {
        deferred.priority(priority);
    }

    private void raise(final int notice) {
        waiting |= notice;
        queue();
    }

    private void queue() {
        if (!queued && !passing) {
            queued = true;
            owner.life.hold();
            deferred.schedule(owner.base());
        }
    }

    private void runPass() {
        final SharedLock held = owner.access.take();
        try {
            if (queued) { // another thread may just have taken it back
                queued = false; // the reference it held is ours until the end
                pass();
            }
        } finally {
            SharedLock.giveBack(held);
        }
    }

    private void pass() {
        passing = true;
        try {
            tellConnected();
            tellRead();
            tellWrite();
            tellRest();
        } finally {
            passing = false;
            if ((waiting | flags) != 0) {
                queue();
            }
            owner.life.letGo();
        }
    }

    private void tellConnected() {
        if ((flags & EventFlags.CONNECTED_BIT) != 0) {
            flags &= ~EventFlags.CONNECTED_BIT;
            try {
                owner.slots.callEvent(EventFlags.CONNECTED, null);
            } finally {
                owner.connectedTold(); // also after an error that ends the loop, which may be started again
            }
        }
    }

    private void tellRead() {
        final int wanted = waiting & (READ | READ_IF_ENOUGH);
        waiting &= ~wanted;
        if ((wanted & READ) != 0 || (wanted != 0 && owner.hasEnoughInput())) {
            owner.slots.callRead();
        }
    }

    private void tellWrite() {
        if ((waiting & WRITE) != 0) {
            waiting &= ~WRITE;
            owner.slots.callWrite();
        }
    }

    /** Who did not ask for deferred callbacks is told of one thing at a time; a layer has to know which end was which. */
    private boolean mayMerge() {
        final boolean deferred = owner.options().has(Options.DEFER_CALLBACKS) || owner instanceof PairBufferEvent;
        return deferred && owner.above == null;
    }

    private void tellRest() {
        final int rest = flags & ~EventFlags.CONNECTED_BIT;
        if (rest != 0) {
            final Throwable why = cause;
            final int reading = ofReading;
            final Throwable whyReading = causeOfReading;
            final int others = ofOthers;
            final Throwable whyOthers = causeOfOthers;
            forgetRest();
            if (mayMerge() || reading == 0 || others == 0 || Integer.bitCount(rest & ENDS) == 1) {
                owner.slots.callEvent(EventFlags.of(rest), why);
            } else {
                owner.slots.callEvent(EventFlags.of(reading), whyReading);
                owner.slots.callEvent(EventFlags.of(others), whyOthers);
            }
        }
    }
}
