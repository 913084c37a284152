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
public final class Event extends Activation implements AutoCloseable {
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

    private final EventBase base;
    private final EventCallback callback;
    private final @Nullable Object attachment;
    private final int events;
    private IoDescriptor descriptor;

    // Guarded by the base's lock:
    private int result; // why it is queued
    private long interval = NO_TIMEOUT; // of a persistent event, armed anew by each run
    private @Nullable CommonTimeout intervalQueue; // null if the interval goes to the heap
    private boolean expired; // queued because its time was over
    private boolean closed;
    private int waiters; // threads that wait in a del for the run to end

    @Nullable
    Event nextOnDescriptor;

    @Nullable
    Event previousOnDescriptor;

    boolean inserted;

    // Where it is armed, of Timers: in the heap, in the queue of a common timeout, or nowhere (EVT-3).
    int heapIndex = -1;

    @Nullable
    CommonTimeout commonTimeout;

    @Nullable
    Event nextInQueue;

    @Nullable
    Event previousInQueue;

    long armedAs; // order of arming, for equal expiries
    long expiry; // while in a queue, and when it has expired

    private Event(
            final EventBase base,
            final IoDescriptor descriptor,
            final int what,
            final EventCallback callback,
            final @Nullable Object attachment) {
        this.base = base;
        this.callback = Objects.requireNonNull(callback, "callback");
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
     *     hand only.
     * @param what READ, WRITE, CLOSED or none of them, with PERSIST, ET and FINALIZE as wanted.
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
        this(base, descriptor(base, number), what, callback, attachment);
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
        this(
                base,
                new IoDescriptor(NO_DESCRIPTOR, Objects.requireNonNull(channel, "channel")),
                what,
                callback,
                attachment);
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
        this(base, descriptor(base, transport), what, callback, attachment);
    }

    private static IoDescriptor descriptor(final EventBase base, final int number) {
        if (number == NO_DESCRIPTOR) return base.noDescriptor();
        if (number < 0) throw new IllegalArgumentException("not a descriptor: " + number);
        return new IoDescriptor(number, null);
    }

    private static IoDescriptor descriptor(final EventBase base, final Transport transport) {
        final SelectableChannel channel = transport.channel();
        return channel != null ? new IoDescriptor(NO_DESCRIPTOR, channel) : descriptor(base, transport.descriptor());
    }

    private static int checkWhat(final int what) {
        if ((what & ~ALL) != 0)
            throw new IllegalArgumentException("unknown bits: 0x" + Integer.toHexString(what & ~ALL));
        if ((what & SIGNAL) != 0) {
            throw new IllegalArgumentException(
                    (what & IO) != 0 ? "SIGNAL cannot be mixed with I/O" : "this base has no signals");
        }
        return what & ~TIMEOUT; // it means nothing here: a duration is given to add
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
     * The number of its descriptor.
     *
     * @return {@link #NO_DESCRIPTOR} if it has none or a channel.
     */
    public int number() {
        return descriptor.number();
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
            if (inserted) pending |= events & IO;
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
            if ((events & PERSIST) != 0) {
                interval = timeoutNanos;
                intervalQueue = queue;
            }
            withdrawTimeout();
            arm(queue, saturatedAdd(base.now(), timeoutNanos));
        } finally {
            base.release();
        }
    }

    private void ensureUsable() {
        if (closed) throw new IllegalStateException("the event is closed: " + this);
        base.ensureOpen();
    }

    private void insert() {
        if (inserted || (events & IO) == 0) return;
        final boolean mustTell = base.descriptors().insert(this);
        inserted = true;
        if (!internal) base.counters().more();
        if (mustTell) base.wake();
    }

    /** A new duration takes back the activation by the old one, and only that (DEV-7). */
    private void withdrawTimeout() {
        if (queued != ACTIVE || (result & TIMEOUT) == 0) return;
        result &= ~TIMEOUT;
        expired = false;
        if (result == 0) base.deactivate(this);
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
            return base.inLoopThread() || !base.isRunning(this);
        } finally {
            base.release();
        }
    }

    private boolean remove(final boolean mayWait, final long limitNanos, final boolean closing) {
        base.acquireToChange();
        try {
            final boolean removed = removeAll();
            closed |= closing;
            if (removed) base.wakeIfNothingLeft();
            if (mayWait && base.mustWaitFor(this)) {
                waiters++;
                try {
                    base.awaitEndOf(this, limitNanos);
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
        if (isQueued()) base.deactivate(this);
        result = 0;
        return removed;
    }

    private void uninsert() {
        if (!inserted) return;
        inserted = false;
        if (!internal) base.counters().less();
        if (base.descriptors().remove(this)) base.wake();
    }

    /** Takes back the timer and the interval. */
    private boolean disarm() {
        interval = NO_TIMEOUT;
        intervalQueue = null;
        expired = false;
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
     * Ends the event: as {@link #del()}, and it can be added no more. A second call does nothing.
     */
    @Override
    public void close() {
        remove((events & FINALIZE) == 0, Long.MAX_VALUE, true);
    }

    // ---- activate ----

    /**
     * Makes the event run in this turn, whether it is added or not.
     *
     * @param bits OR-ed into the result; any bits, the user's own too.
     * @throws IllegalStateException if the event or its base is closed.
     */
    public void active(final int bits) {
        base.acquireToChange();
        try {
            ensureUsable();
            activate(bits);
        } finally {
            base.release();
        }
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
            ensureUsable();
            result = isQueued() ? result | bits : bits;
            if (!isQueued()) base.activateLater(this);
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
        result = isQueued() ? result | bits : bits;
        if (queued != ACTIVE) base.activate(this);
    }

    /** Its time is over: with the lock, already taken from the timers. */
    void expire() {
        expired = true;
        if (!internal) base.counters().less();
        activate(TIMEOUT);
    }

    /** The descriptor is ready: with the lock. Returns whether this event takes the report. */
    boolean ready(final int bits, final boolean edges) {
        final int mine = bits & events & IO;
        if (mine == 0) return false;
        activate(edges && (events & ET) != 0 ? mine | ET : mine);
        return true;
    }

    // ---- run ----

    @Override
    int beforeRun() {
        final int why = result;
        result = 0;
        if ((events & PERSIST) == 0) {
            disarm();
            uninsert();
        } else if (interval > 0) {
            rearm();
        }
        expired = false;
        return why;
    }

    /** The next round: after the one that has expired, else from now on; rounds that were missed are dropped. */
    private void rearm() {
        final long now = base.now();
        long next = saturatedAdd(expired ? expiry : now, interval);
        if (next < now) next = saturatedAdd(now, interval);
        base.timers().reserve();
        arm(intervalQueue, next);
    }

    @Override
    void run(final int why) throws Exception {
        callback.on(this, why);
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
        interval = NO_TIMEOUT;
        intervalQueue = null;
        expired = false;
        result = 0;
    }

    // ---- of the base ----

    boolean isArmed() {
        return heapIndex >= 0 || commonTimeout != null;
    }

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
        if (descriptor.channel() != null || descriptor.number() >= 0)
            text.append(descriptor).append(", ");
        return text.append("wants 0x")
                .append(Integer.toHexString(events))
                .append(inserted ? ", inserted" : "")
                .append(isArmed() ? ", armed" : "")
                .append(queued == ACTIVE ? ", active" : queued == LATER ? ", active later" : "")
                .append(closed ? ", closed]" : "]")
                .toString();
    }
}
