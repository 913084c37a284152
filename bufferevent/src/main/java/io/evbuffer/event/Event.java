package io.evbuffer.event;

import java.nio.channels.SelectableChannel;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A callback and what it waits for: conditions of a descriptor, a time, or to be made active by hand.
 *
 * <pre>
 *              add                    condition, time, active()
 *     idle ───────────► pending ────────────────────────────────► active ──► runs
 *      ▲                   │  ▲                                      ▲        │
 *      └──────del──────────┘  └── activeLater(): in the next turn ───┘        │
 *      ▲                   ▲                                                  │
 *      └─ not persistent ──┴────────────────── persistent ────────────────────┘
 * </pre>
 *
 * <p>A persistent event stays pending while it runs; any other is idle when its callback starts (EVT-11, EVT-12). Results
 * that come together before the run are OR-ed (EVT-16).
 *
 * <p>Ownership: whoever makes an event closes it, or closes the base. After that, asking and deleting is quiet, adding and
 * activating throws.
 *
 * <p><b>Cost:</b> every call but construction allocates nothing. {@link #add(long)} with a time and its removal are
 * O(log timers), the rest is O(1). <b>Threads:</b> any, unless the base was opened with {@link EventConfig#NOLOCK}.
 */
public final class Event extends TimerEntry implements AutoCloseable {
    /** The time is over. */
    public static final int TIMEOUT = 0x01;

    /** There is something to read, to accept, or the end of the stream. */
    public static final int READ = 0x02;

    /** There is room to write, or a connect has ended. */
    public static final int WRITE = 0x04;

    /** A signal has come. */
    public static final int SIGNAL = 0x08;

    /** The event stays pending when it runs. */
    public static final int PERSIST = 0x10;

    /** Wants to be told of changes, not of states; without effect where the backend cannot. */
    public static final int ET = 0x20;

    /** {@link #del()} never waits for the callback. */
    public static final int FINALIZE = 0x40;

    /** The peer has closed or shut its sending half; where the backend has {@link EventBase#FEATURE_EARLY_CLOSE}. */
    public static final int CLOSED = 0x80;

    /** The duration of an event that does not expire. */
    public static final long NO_TIMEOUT = -1;

    /** The number of an event that has no descriptor. */
    public static final int NO_DESCRIPTOR = -1;

    static final int IO = READ | WRITE | CLOSED;
    private static final int ALL = TIMEOUT | READ | WRITE | SIGNAL | PERSIST | ET | FINALIZE | CLOSED;

    // Set by assign and set while it is idle, and so the same for all threads that use it:
    private EventBase base;
    private EventCallback callback;
    private @Nullable Object attachment;
    private int events;
    private IoDescriptor descriptor;

    // Guarded by the base's lock:
    private int result; // why it is queued
    private int calls; // of a signal event that is queued: how often it is to be called
    private EventCallback called; // by the run that goes on, whatever is assigned meanwhile
    private @Nullable Finalization finalization; // there is no way back but assign
    private boolean closed;
    private int waiters; // threads that wait in a del for the run to end

    @Nullable
    Event nextOnDescriptor;

    @Nullable
    Event previousOnDescriptor;

    boolean inserted;

    private Event(
            final EventBase base,
            final IoDescriptor descriptor,
            final int what,
            final EventCallback callback,
            final @Nullable Object attachment) {
        this.base = base;
        this.callback = Objects.requireNonNull(callback, "callback");
        this.called = callback;
        this.attachment = attachment;
        this.descriptor = descriptor;
        this.events = checkWhat(what);
        this.priority = base.priorities() / 2;
    }

    /**
     * Makes an event on a descriptor number. It is idle until added.
     *
     * @param base the base it belongs to.
     * @param number a descriptor the base's backend can wait for; {@link #NO_DESCRIPTOR} for an event that runs by time or by
     *     hand only. With SIGNAL the number of a signal.
     * @param what READ, WRITE, CLOSED or none of them, or SIGNAL, with PERSIST, ET and FINALIZE as wanted.
     * @param callback runs on the loop's thread.
     * @param attachment handed back by {@link #attachment()}.
     * @throws IllegalArgumentException if {@code what} has an unknown bit or mixes SIGNAL with I/O, or if {@code number} is
     *     less than {@link #NO_DESCRIPTOR}.
     */
    public Event(
            final EventBase base,
            final int number,
            final int what,
            final EventCallback callback,
            final @Nullable Object attachment) {
        this(base, descriptor(base, number, what), what, callback, attachment);
    }

    /**
     * Makes an event on an NIO channel. It is idle until added.
     *
     * @param base the base it belongs to.
     * @param channel in non-blocking mode when the event is added. READ is also "may accept", WRITE also "may finish the
     *     connect".
     * @param what READ, WRITE, CLOSED, with PERSIST, ET and FINALIZE as wanted.
     * @param callback runs on the loop's thread.
     * @param attachment handed back by {@link #attachment()}.
     * @throws IllegalArgumentException if {@code what} has an unknown bit or mixes SIGNAL with I/O.
     */
    public Event(
            final EventBase base,
            final SelectableChannel channel,
            final int what,
            final EventCallback callback,
            final @Nullable Object attachment) {
        this(base, descriptor(channel), checkIo(what), callback, attachment);
    }

    /**
     * Makes an event on a transport. It is idle until added.
     *
     * @param base the base it belongs to.
     * @param transport one the base has opened, accepted or wrapped.
     * @param what READ, WRITE, CLOSED, with PERSIST, ET and FINALIZE as wanted.
     * @param callback runs on the loop's thread.
     * @param attachment handed back by {@link #attachment()}.
     * @throws IllegalArgumentException if {@code what} has an unknown bit or mixes SIGNAL with I/O.
     */
    public Event(
            final EventBase base,
            final Transport transport,
            final int what,
            final EventCallback callback,
            final @Nullable Object attachment) {
        this(base, descriptor(base, transport), checkIo(what), callback, attachment);
    }

    private static IoDescriptor descriptor(final EventBase base, final int number, final int what) {
        if ((what & SIGNAL) != 0) return new IoDescriptor(number, null); // which no table ever has
        if (number == NO_DESCRIPTOR) return base.noDescriptor();
        if (number < 0) throw new IllegalArgumentException("not a descriptor: " + number);
        return new IoDescriptor(number, null);
    }

    private static IoDescriptor descriptor(final SelectableChannel channel) {
        return new IoDescriptor(NO_DESCRIPTOR, Objects.requireNonNull(channel, "channel"));
    }

    private static IoDescriptor descriptor(final EventBase base, final Transport transport) {
        final SelectableChannel channel = transport.channel();
        return channel != null ? descriptor(channel) : descriptor(base, transport.descriptor(), 0);
    }

    private static int checkWhat(final int what) {
        if ((what & ~ALL) != 0)
            throw new IllegalArgumentException("unknown bits: 0x" + Integer.toHexString(what & ~ALL));
        if ((what & SIGNAL) != 0 && (what & IO) != 0) {
            throw new IllegalArgumentException("SIGNAL cannot be mixed with I/O: 0x" + Integer.toHexString(what));
        }
        return what & ~TIMEOUT; // it means nothing here: a duration is given to add
    }

    private static int checkIo(final int what) {
        if ((what & SIGNAL) != 0) throw new IllegalArgumentException("a signal is named by its number");
        return what;
    }

    /**
     * Makes an event for a time: {@link #add(long)} starts it, once.
     *
     * @param base the base it belongs to.
     * @param callback runs on the loop's thread.
     * @param attachment handed back by {@link #attachment()}.
     * @return an idle event.
     */
    public static Event newTimer(
            final EventBase base, final EventCallback callback, final @Nullable Object attachment) {
        return new Event(base, base.noDescriptor(), 0, callback, attachment);
    }

    /**
     * Makes an event for a time that comes again: {@link #add(long)} sets its interval.
     *
     * @param base the base it belongs to.
     * @param callback runs on the loop's thread.
     * @param attachment handed back by {@link #attachment()}.
     * @return an idle event.
     */
    public static Event newPeriodic(
            final EventBase base, final EventCallback callback, final @Nullable Object attachment) {
        return new Event(base, base.noDescriptor(), PERSIST, callback, attachment);
    }

    /**
     * Makes a persistent event for a signal. It runs once for each time the signal has come.
     *
     * <p>While the first event of any base waits for a signal, its handler is ours; when the last one is deleted, what was
     * there before is put back. HotSpot keeps ILL, FPE, SEGV, QUIT, KILL and STOP to itself, and on Linux suspends threads
     * with USR2 unless told otherwise: leave that one alone.
     *
     * @param base the base it belongs to.
     * @param number of the signal, 1 to 64; one that cannot be had is refused by {@link #add()}.
     * @param callback runs on the loop's thread.
     * @param attachment handed back by {@link #attachment()}.
     * @return an idle event.
     */
    public static Event newSignal(
            final EventBase base, final int number, final EventCallback callback, final @Nullable Object attachment) {
        return new Event(base, number, SIGNAL | PERSIST, callback, attachment);
    }

    /**
     * Makes an event that only runs by {@link #trigger()} or {@link #active(int)}. It keeps the loop alive only while it is
     * active.
     *
     * @param base the base it belongs to.
     * @param callback runs on the loop's thread.
     * @param attachment handed back by {@link #attachment()}.
     * @return an idle event.
     */
    public static Event newUser(final EventBase base, final EventCallback callback, final @Nullable Object attachment) {
        return new Event(base, base.noDescriptor(), 0, callback, attachment);
    }

    // ---- assign ----

    /**
     * Makes this event anew, as the constructor with these arguments makes one. Also the way back for one that was finalized.
     * No other thread may use the event meanwhile.
     *
     * @param newBase the base it belongs to from now on.
     * @param number as in the constructor.
     * @param what as in the constructor.
     * @param newCallback as in the constructor.
     * @param newAttachment as in the constructor.
     * @throws IllegalArgumentException as the constructor; nothing has changed.
     * @throws IllegalStateException if the event is pending, active, closed, or its finalizer has still to run.
     */
    public void assign(
            final EventBase newBase,
            final int number,
            final int what,
            final EventCallback newCallback,
            final @Nullable Object newAttachment) {
        become(newBase, descriptor(newBase, number, what), what, newCallback, newAttachment);
    }

    /**
     * Makes this event anew, as the constructor with these arguments makes one: {@link #assign(EventBase, int, int,
     * EventCallback, Object)}.
     *
     * @param newBase the base it belongs to from now on.
     * @param channel as in the constructor.
     * @param what as in the constructor.
     * @param newCallback as in the constructor.
     * @param newAttachment as in the constructor.
     * @throws IllegalArgumentException as the constructor; nothing has changed.
     * @throws IllegalStateException if the event is pending, active, closed, or its finalizer has still to run.
     */
    public void assign(
            final EventBase newBase,
            final SelectableChannel channel,
            final int what,
            final EventCallback newCallback,
            final @Nullable Object newAttachment) {
        become(newBase, descriptor(channel), checkIo(what), newCallback, newAttachment);
    }

    /**
     * Makes this event anew, as the constructor with these arguments makes one: {@link #assign(EventBase, int, int,
     * EventCallback, Object)}.
     *
     * @param newBase the base it belongs to from now on.
     * @param transport as in the constructor.
     * @param what as in the constructor.
     * @param newCallback as in the constructor.
     * @param newAttachment as in the constructor.
     * @throws IllegalArgumentException as the constructor; nothing has changed.
     * @throws IllegalStateException if the event is pending, active, closed, or its finalizer has still to run.
     */
    public void assign(
            final EventBase newBase,
            final Transport transport,
            final int what,
            final EventCallback newCallback,
            final @Nullable Object newAttachment) {
        become(newBase, descriptor(newBase, transport), checkIo(what), newCallback, newAttachment);
    }

    private void become(
            final EventBase newBase,
            final IoDescriptor newDescriptor,
            final int what,
            final EventCallback newCallback,
            final @Nullable Object newAttachment) {
        final int newEvents = checkWhat(what);
        Objects.requireNonNull(newCallback, "callback");
        final int newPriority = newBase.priorities() / 2;
        final EventBase old = base;
        old.acquireToChange();
        try {
            ensureIdle();
            finalization = null;
            forgetInterval();
            commonTimeout = null; // of the base it leaves
            base = newBase;
            callback = newCallback;
            attachment = newAttachment;
            descriptor = newDescriptor;
            events = newEvents;
            priority = newPriority;
        } finally {
            old.release();
        }
    }

    /** Moves this event to another base, with that base's middle priority: of {@link EventBase#set}. */
    void moveTo(final EventBase newBase) {
        if (finalization != null) throw new IllegalStateException("the event is finalized: " + this);
        final IoDescriptor own = descriptor;
        final boolean none = own.number() == NO_DESCRIPTOR && own.channel() == null && (events & SIGNAL) == 0;
        final IoDescriptor moved = none ? newBase.noDescriptor() : new IoDescriptor(own.number(), own.channel());
        become(newBase, moved, events, callback, attachment);
    }

    private void ensureIdle() {
        if (closed) throw new IllegalStateException("the event is closed: " + this);
        if (inserted || isArmed() || isQueued() || (finalization != null && !finalization.hasBegun())) {
            throw new IllegalStateException("the event is not idle: " + this);
        }
    }

    // ---- look ----

    /**
     * The base it was made for.
     *
     * @return never null.
     */
    public EventBase base() {
        return base;
    }

    /**
     * The bits it was made with, without TIMEOUT.
     *
     * @return READ, WRITE, CLOSED, PERSIST, ET, FINALIZE as given.
     */
    public int events() {
        return events;
    }

    /**
     * The number of its descriptor, or of its signal.
     *
     * @return {@link #NO_DESCRIPTOR} if it has none or a channel.
     */
    public int number() {
        return descriptor.number();
    }

    /**
     * The number of the signal it waits for.
     *
     * @return 0 or less if it waits for none.
     */
    public int signal() {
        return (events & SIGNAL) != 0 ? descriptor.number() : 0;
    }

    /**
     * The channel of its descriptor.
     *
     * @return null if it has none or a number.
     */
    public @Nullable SelectableChannel channel() {
        return descriptor.channel();
    }

    /**
     * Its callback.
     *
     * @return as given.
     */
    public EventCallback callback() {
        return callback;
    }

    /**
     * The user's object.
     *
     * @return as given, may be null.
     */
    public @Nullable Object attachment() {
        return attachment;
    }

    /**
     * Tells whether {@link #close()} was called on it or on its base.
     *
     * @return true if it can be added no more.
     */
    public boolean isClosed() {
        base.acquire();
        try {
            return closed || base.isClosedLocked();
        } finally {
            base.release();
        }
    }

    /**
     * Tells what it waits for or is about to run with.
     *
     * @param mask any of TIMEOUT, READ, WRITE, CLOSED, SIGNAL.
     * @return those of {@code mask} that it is registered for, or that stand in the result with which it is queued; TIMEOUT if
     *     its timer is armed.
     */
    public int pending(final int mask) {
        base.acquire();
        try {
            int pending = 0;
            if (inserted) pending |= events & (IO | SIGNAL);
            if (isQueued()) pending |= result;
            if (isArmed()) pending |= TIMEOUT;
            return pending & mask & (TIMEOUT | IO | SIGNAL);
        } finally {
            base.release();
        }
    }

    /**
     * The time until it expires, by a fresh reading of the clock.
     *
     * @return nanoseconds, 0 if it is due, {@link #NO_TIMEOUT} if its timer is not armed.
     */
    public long remaining() {
        base.acquire();
        try {
            if (!isArmed()) return NO_TIMEOUT;
            return Math.max(0, base.timers().expiryOf(this) - base.clock().read());
        } finally {
            base.release();
        }
    }

    /**
     * Its priority.
     *
     * @return 0 is most urgent.
     */
    public int priority() {
        base.acquire();
        try {
            return priority;
        } finally {
            base.release();
        }
    }

    /**
     * Sets its priority; a new event has the middle one.
     *
     * @param newPriority 0, the most urgent, to {@code base().priorities() - 1}.
     * @throws IllegalArgumentException if there is no such priority.
     * @throws IllegalStateException if the event is active; one that waits for the next turn may still be changed.
     */
    public void priority(final int newPriority) {
        base.acquireToChange();
        try {
            if (newPriority < 0 || newPriority >= base.queues().priorities()) {
                throw new IllegalArgumentException(
                        "priority " + newPriority + " of " + base.queues().priorities());
            }
            if (queued == ACTIVE)
                throw new IllegalStateException("the priority of an active event cannot be changed: " + this);
            priority = newPriority;
        } finally {
            base.release();
        }
    }

    // ---- add ----

    /**
     * Waits for the event's conditions; an armed timer and an interval stay as they are.
     *
     * @throws EventException if the backend cannot wait for this descriptor; nothing has changed.
     * @throws IllegalStateException if the event or its base is closed.
     */
    public void add() {
        base.acquireToChange();
        try {
            ensureUsable();
            insert();
        } finally {
            base.release();
        }
    }

    /**
     * Waits for the event's conditions and for a time, whatever comes first. A timer that is armed starts anew; of a
     * persistent event this is the interval, too.
     *
     * <p>In a callback the time counts from the cached time of the turn, elsewhere from now.
     *
     * @param timeoutNanos nanoseconds, 0 for the next turn; {@link #NO_TIMEOUT} is {@link #add()}.
     * @throws IllegalArgumentException if it is negative otherwise.
     * @throws EventException if the backend cannot wait for this descriptor; nothing has changed.
     * @throws IllegalStateException if the event or its base is closed.
     */
    public void add(final long timeoutNanos) {
        if (timeoutNanos == NO_TIMEOUT) {
            add();
            return;
        }
        if (timeoutNanos < 0) throw new IllegalArgumentException("negative timeout: " + timeoutNanos);
        add(timeoutNanos, null);
    }

    /**
     * As {@link #add(long)} with the duration of a common timeout, in O(1).
     *
     * @param timeout one of this event's base.
     * @throws IllegalArgumentException if it is of another base.
     * @throws EventException if the backend cannot wait for this descriptor; nothing has changed.
     * @throws IllegalStateException if the event or its base is closed.
     */
    public void add(final CommonTimeout timeout) {
        if (timeout.base() != base) throw new IllegalArgumentException(timeout + " is of another base");
        add(timeout.durationNanos(), timeout);
    }

    private void add(final long timeoutNanos, final @Nullable CommonTimeout queue) {
        base.acquireToChange();
        try {
            ensureUsable();
            base.timers().reserve();
            insert(); // the last step that can fail
            if ((events & PERSIST) != 0) setInterval(timeoutNanos, queue);
            withdrawTimeout();
            arm(queue, saturatedAdd(base.now(), timeoutNanos));
        } finally {
            base.release();
        }
    }

    private void ensureUsable() {
        if (closed) throw new IllegalStateException("the event is closed: " + this);
        if (finalization != null) throw new IllegalStateException("the event is finalized: " + this);
        base.ensureOpen();
    }

    private void insert() {
        if (inserted || (events & (IO | SIGNAL)) == 0) return;
        boolean mustTell = false;
        if ((events & SIGNAL) != 0) base.signals().insert(this);
        else mustTell = base.descriptors().insert(this);
        inserted = true;
        if (!internal) base.counters().more();
        if (mustTell) base.wake();
    }

    /** A new duration takes back the activation by the old one, and only that (DEV-7). */
    private void withdrawTimeout() {
        if (queued != ACTIVE || (result & TIMEOUT) == 0) return;
        result &= ~TIMEOUT;
        expired = false;
        if (result == 0) base.activations().deactivate(this);
    }

    private void arm(final @Nullable CommonTimeout queue, final long at) {
        if (!isArmed() && !internal) base.counters().more();
        base.timers().arm(this, queue, at);
        base.wakeForTimer(at);
    }

    static long saturatedAdd(final long time, final long duration) {
        final long sum = time + duration;
        return sum < time ? Long.MAX_VALUE : sum;
    }

    // ---- del ----

    /**
     * Takes the event back from everything it waits for and from the active queues: its callback does not run. Called from
     * another thread while the callback runs, waits for its end, unless the event has {@link #FINALIZE}; what the callback
     * has added meanwhile is taken back, too.
     *
     * <p>A caller that holds a lock the callback wants waits for ever: use {@link #delNoblock()} then.
     *
     * @return whether there was anything to take back.
     */
    public boolean del() {
        return remove((events & FINALIZE) == 0, Long.MAX_VALUE, false);
    }

    /**
     * As {@link #del()}, and never waits.
     *
     * @return whether there was anything to take back.
     */
    public boolean delNoblock() {
        return remove(false, 0, false);
    }

    /** As {@link #del()}, and waits even if the event has {@link #FINALIZE}. */
    public void delBlock() {
        remove(true, Long.MAX_VALUE, false);
    }

    /**
     * As {@link #delBlock()}, and waits no longer than it is told.
     *
     * @param limitNanos nanoseconds, 0 or more.
     * @return false if the callback still runs; the event is taken back all the same.
     */
    public boolean delBlock(final long limitNanos) {
        remove(true, limitNanos, false);
        base.acquire();
        try {
            return base.inLoopThread() || base.loop().running() != this;
        } finally {
            base.release();
        }
    }

    private boolean remove(final boolean mayWait, final long limitNanos, final boolean closing) {
        base.acquireToChange();
        try {
            if (finalization != null) { // which nothing takes back
                if (closing) closeWhenFinalized(finalization);
                return false;
            }
            final boolean removed = removeAll();
            closed |= closing;
            if (removed) base.wakeIfNothingLeft();
            if (mayWait && base.waits().mustWaitFor(this)) {
                waiters++;
                try {
                    base.waits().awaitEndOf(this, limitNanos);
                } finally {
                    waiters--;
                }
            }
            return removed;
        } finally {
            base.release();
        }
    }

    /** Takes back everything, with the lock. */
    private boolean removeAll() {
        final boolean removed = disarm() || inserted || isQueued(); // disarm first: it always has to happen
        uninsert();
        if (isQueued()) base.activations().deactivate(this);
        result = 0;
        runsLeft = 0;
        return removed;
    }

    private void uninsert() {
        if (!inserted) return;
        inserted = false;
        if (!internal) base.counters().less();
        if ((events & SIGNAL) != 0) base.signals().remove(this);
        else if (base.descriptors().remove(this)) base.wake();
    }

    /** Takes back the timer and the interval. */
    private boolean disarm() {
        forgetInterval();
        if (!isArmed()) return false;
        base.timers().disarm(this);
        if (!internal) base.counters().less();
        return true;
    }

    /**
     * Takes back the timer, and the interval of a persistent event. The event goes on waiting for its conditions, and if it is
     * queued already it runs.
     *
     * @return whether the timer was armed.
     */
    public boolean removeTimer() {
        base.acquireToChange();
        try {
            final boolean removed = disarm();
            if (removed) base.wakeIfNothingLeft();
            return removed;
        } finally {
            base.release();
        }
    }

    /**
     * Ends the event: as {@link #del()}, and it can be added no more; when its finalizer has still to run, after that. A second
     * call does nothing.
     */
    @Override
    public void close() {
        remove((events & FINALIZE) == 0, Long.MAX_VALUE, true);
    }

    // ---- finalize ----

    /**
     * Takes the event back from everything without waiting, and runs a finalizer on the loop's thread: after the callback, if
     * that is running, and never beside it. It keeps the loop alive until it has run. From now on adding throws, activating
     * does nothing, and deleting takes nothing back, until the finalizer or somebody after it assigns the event anew.
     *
     * @param finalizer called once, at the event's priority; if the base is closed before, then.
     * @throws IllegalStateException if the event was finalized before, or it or its base is closed.
     */
    public void finalizeEvent(final EventFinalizer finalizer) {
        finalizeWith(finalizer, false);
    }

    /**
     * As {@link #finalizeEvent}, and closes the event after the finalizer.
     *
     * @param finalizer called once, at the event's priority; if the base is closed before, then.
     * @throws IllegalStateException if the event was finalized before, or it or its base is closed.
     */
    public void freeFinalize(final EventFinalizer finalizer) {
        finalizeWith(finalizer, true);
    }

    private void finalizeWith(final EventFinalizer finalizer, final boolean thenClose) {
        Objects.requireNonNull(finalizer, "finalizer");
        base.acquireToChange();
        try {
            ensureMayFinalize(base);
            final Finalization end = new Finalization(this, this, () -> finalizer.on(this));
            if (thenClose) end.thenClose();
            end.priority = priority;
            withdrawForGood(end);
            base.activations().activate(end);
        } finally {
            base.release();
        }
    }

    /** With the lock: whether it can be ended on this base. */
    void ensureMayFinalize(final EventBase on) {
        if (on != base) throw new IllegalArgumentException("of another base: " + this);
        base.ensureMayFinalize();
        if (closed) throw new IllegalStateException("the event is closed: " + this);
        if (finalization != null) throw new IllegalStateException("the event is finalized already: " + this);
    }

    /** With the lock: takes it back from everything; it belongs to its end from now on. */
    void withdrawForGood(final Finalization end) {
        removeAll();
        finalization = end;
    }

    /** With the lock: its finalizer has run. In it the event may have been assigned, and so begun a new life. */
    void closeFinalized(final Finalization end) {
        if (finalization == end) closed = true;
    }

    private void closeWhenFinalized(final Finalization end) {
        if (end.event() == this && !end.hasBegun()) end.thenClose();
        else closed = true;
    }

    // ---- activate ----

    /**
     * Makes the event run in this turn, whether it is added or not.
     *
     * @param bits OR-ed into the result; any bits, the user's own too.
     * @throws IllegalStateException if the event or its base is closed.
     */
    public void active(final int bits) {
        active(bits, 1);
    }

    /**
     * Makes the event run in this turn, and a signal event several times.
     *
     * @param bits OR-ed into the result; any bits, the user's own too.
     * @param times how often the callback of a signal event is called, 0 for not at all; without meaning for other events, and
     *     for one that is queued already.
     * @throws IllegalArgumentException if {@code times} is negative.
     * @throws IllegalStateException if the event or its base is closed.
     */
    public void active(final int bits, final int times) {
        if (times < 0) throw new IllegalArgumentException("negative number of calls: " + times);
        base.acquireToChange();
        try {
            if (mayActivate()) activate(bits, times);
        } finally {
            base.release();
        }
    }

    /** One that was finalized is not made active any more, and that is no mistake. */
    private boolean mayActivate() {
        if (closed) throw new IllegalStateException("the event is closed: " + this);
        base.ensureOpen();
        return finalization == null;
    }

    /**
     * Makes the event run in the next turn, when the loop has polled once more. One that is active already runs in this one.
     *
     * @param bits OR-ed into the result; any bits, the user's own too.
     * @throws IllegalStateException if the event or its base is closed.
     */
    public void activeLater(final int bits) {
        base.acquireToChange();
        try {
            if (!mayActivate()) return;
            note(bits, 1);
            if (!isQueued()) base.activations().activateLater(this);
        } finally {
            base.release();
        }
    }

    /**
     * Makes the event run with result 0.
     *
     * @throws IllegalStateException if the event or its base is closed.
     */
    public void trigger() {
        active(0);
    }

    /** With the lock. */
    void activate(final int bits) {
        activate(bits, 1);
    }

    private void activate(final int bits, final int times) {
        note(bits, times);
        if (queued != ACTIVE) base.activations().activate(this);
    }

    private void note(final int bits, final int times) {
        if (isQueued()) {
            result |= bits;
        } else {
            result = bits;
            calls = times;
        }
    }

    /** Its signal has come: with the lock. Arrivals while it is queued add up (DEV-10). */
    void signalled(final int times) {
        final int before = isQueued() && (result & SIGNAL) != 0 ? calls : 0;
        activate(SIGNAL, 1);
        calls = before + times;
    }

    /** Its time is over: with the lock, already taken from the timers. */
    void expire() {
        expired = true;
        if (!internal) base.counters().less();
        activate(TIMEOUT);
    }

    /** The descriptor is ready: with the lock. Returns whether this event takes the report. */
    boolean ready(final int bits, final boolean reported) {
        final int mine = bits & events & IO;
        if (mine == 0) return false;
        final boolean byEdge = reported && (events & ET) != 0 && (descriptor.registered & ET) != 0;
        activate(byEdge ? mine | ET : mine);
        return true;
    }

    /** Reads something of each cache line that activation and run will need. */
    int fetch() {
        return events + pass + (inserted ? 1 : 0) + (callback == called ? 1 : 0);
    }

    // ---- run ----

    @Override
    int beforeRun() {
        final int why = result;
        result = 0;
        if (called != callback) called = callback; // not written for nothing: the collector notes it
        if ((events & SIGNAL) != 0) runsLeft = calls;
        if ((events & PERSIST) == 0) {
            disarm();
            uninsert();
        } else if (hasInterval()) {
            base.timers().reserve();
            arm(intervalQueue(), nextExpiry(base.now()));
        }
        expired = false;
        return why;
    }

    @Override
    void run(final int why) throws Exception {
        called.on(this, why);
    }

    /** The calls that are left are not lost with the one that has failed. */
    @Override
    void afterFailure(final int why) {
        final int left = runsLeft;
        runsLeft = 0;
        if (left == 0) return;
        final int more = isQueued() ? calls : 0;
        activate(why, left);
        calls = more + left;
    }

    @Override
    Object source() {
        return this;
    }

    @Override
    void afterRun() {
        if (waiters > 0) removeAll(); // a del waits: what the callback has added goes, too (DEV-20)
    }

    /** Its base is closing: nothing is left of what it waited for. With the lock. */
    @Override
    void orphan() {
        inserted = false;
        forgetInterval();
        result = 0;
    }

    // ---- of the base ----

    int interest() {
        return events & (IO | ET);
    }

    int queuedResult() {
        return result;
    }

    IoDescriptor descriptor() {
        return descriptor;
    }

    void descriptor(final IoDescriptor listed) {
        descriptor = listed;
    }

    @Override
    public String toString() {
        final StringBuilder text = new StringBuilder("Event[");
        if ((events & SIGNAL) != 0)
            text.append("signal ").append(descriptor.number()).append(", ");
        else if (descriptor.channel() != null || descriptor.number() >= 0)
            text.append(descriptor).append(", ");
        return text.append("wants 0x")
                .append(Integer.toHexString(events))
                .append(inserted ? ", inserted" : "")
                .append(isArmed() ? ", armed" : "")
                .append(queued == ACTIVE ? ", active" : queued == LATER ? ", active later" : "")
                .append(finalization != null ? ", finalized" : "")
                .append(closed ? ", closed]" : "]")
                .toString();
    }
}
