package io.evbuffer.event;

import io.evbuffer.channel.FileSource;
import io.evbuffer.event.backend.Backend;
import io.evbuffer.event.backend.BackendProvider;
import io.evbuffer.event.backend.Backends;
import io.evbuffer.event.backend.SystemCalls;
import io.evbuffer.memory.SlabPool;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.SelectableChannel;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A reactor: waits with one system call for descriptors, timers and other threads, and runs their callbacks one at a time
 * on the thread that runs its loop.
 *
 * <pre>
 *        other threads                              the loop's thread, a turn
 *   add, active, execute, ...         move what waited for this turn, tell the backend what has changed
 *             │                                             │
 *             │ wake-up, one at most          poll: wait for descriptors, a timer or a wake-up
 *             └─────────────────────────►                   │
 *                                         descriptors and due timers make their events active
 *                                                           │
 *                                      run the callbacks of the most urgent priority that has any
 *                                                           │
 *                                           run the tasks for the end of the turn
 * </pre>
 *
 * <pre>{@code
 * try (EventBase base = EventBase.open();
 *         Event tick = Event.newPeriodic(base, (event, result) -> System.out.println("tick"), null)) {
 *     tick.add(Duration.ofSeconds(1).toNanos());
 *     base.dispatch(); // until loopBreak, loopExit or requestStop, or until nothing is left to wait for
 * }
 * }</pre>
 *
 * <p>Invariants: EVT-1 to EVT-42 of the reactor's contract; {@link #checkIntegrity()} checks those that can be seen at rest.
 *
 * <p>Ownership: a base owns its backend and, unless it was given one, the pool its thread takes memory from. Events,
 * transports and listeners belong to those who made them; closing a base leaves them without one.
 *
 * <p><b>Threads:</b> every call may come from any thread, unless the base was opened with {@link EventConfig#NOLOCK}. The
 * base's lock is never held while user code runs or the loop sleeps. Callbacks never run at the same time.
 * <p><b>Cost:</b> a turn allocates nothing but what the backend's system call does. A call from another thread costs one
 * lock, and one wake-up if the loop sleeps and none is on its way.
 */
public final class EventBase implements Executor, AutoCloseable {
    /** Flag of {@link #loop}: leave as soon as a callback has run in this loop and nothing more is active. */
    public static final int ONCE = 1;

    /** Flag of {@link #loop}: never wait; leave when nothing is ready. */
    public static final int NONBLOCK = 2;

    /** Flag of {@link #loop}: go on when there is nothing to wait for. */
    public static final int NO_EXIT_ON_EMPTY = 4;

    /** Can tell changes of readiness, not only its state. */
    public static final int FEATURE_ET = 1;

    /** The cost of a turn does not grow with the descriptors that are not ready. */
    public static final int FEATURE_O1 = 2;

    /** Takes every kind of file. */
    public static final int FEATURE_FDS = 4;

    /** Can tell that the peer has closed without the data being read. */
    public static final int FEATURE_EARLY_CLOSE = 8;

    /** Can do I/O itself and tell its completion. */
    public static final int FEATURE_COMPLETION = 16;

    /** Counts what is queued to run. */
    public static final int COUNT_ACTIVE = 1;

    /** Counts virtual events. */
    public static final int COUNT_VIRTUAL = 2;

    /** Counts what events wait for: conditions, times and queued runs. */
    public static final int COUNT_ADDED = 4;

    private static final EventCallback EXIT = (event, result) -> event.base().exitNow();

    private final @Nullable BaseLock lock; // null with NOLOCK
    private final boolean debug;
    private final String method;
    private final Backend backend;
    private final SlabPool pool;
    private final boolean ownsPool;
    private final LoopMetrics metrics = new LoopMetrics();
    private final LoopClock clock;
    private final ActiveQueues queues = new ActiveQueues(metrics);
    private final Timers timers = new Timers();
    private final DescriptorTable descriptors;
    private final SignalTable signals = new SignalTable(this);
    private final Counters counters = new Counters();
    private final WatcherList prepareWatchers = new WatcherList();
    private final WatcherList checkWatchers = new WatcherList();
    private final Activations activations;
    private final Reports reports;
    private final CallbackWaits waits;
    private final EventLoop loop;

    private final Failures failures = new Failures();
    private final Parts parts = new Parts();

    // Guarded by the lock:
    private boolean wakeWanted; // to be sent when the lock is free
    private @Nullable Thread visitor; // inside forEachEvent
    private boolean closed;
    private boolean closing; // finalizers are still run

    private EventBase(final EventConfig config) {
        final BackendChoice choice = BackendChoice.open(config);
        backend = choice.backend();
        method = choice.method();
        lock = config.has(EventConfig.NOLOCK) ? null : new BaseLock();
        debug = config.has(EventConfig.DEBUG);
        clock = new LoopClock(config.ticks(), !config.has(EventConfig.NO_CACHE_TIME));
        descriptors = new DescriptorTable(backend, metrics);
        activations = new Activations(this);
        reports = new Reports(this);
        waits = new CallbackWaits(this, lock, debug);
        loop = new EventLoop(this, config);
        final SlabPool given = config.pool();
        ownsPool = given == null;
        try {
            pool = given != null ? given : SlabPool.builder().name("event base").build();
        } catch (final RuntimeException | Error e) {
            backend.close();
            throw e;
        }
    }

    /**
     * Opens a base with the defaults.
     *
     * @return a new base, the caller's to close.
     * @throws EventException if no backend can be used; the message has the reason of each.
     */
    public static EventBase open() {
        return new EventBase(EventConfig.create());
    }

    /**
     * Opens a base.
     *
     * @param config what it is to be like.
     * @return a new base, the caller's to close.
     * @throws EventException if no backend fits; the message has the reason of each.
     */
    public static EventBase open(final EventConfig config) {
        return new EventBase(Objects.requireNonNull(config, "config"));
    }

    // ---- look ----

    /**
     * The methods this platform can have, in the order in which they are tried. Nothing is opened.
     *
     * @return their names.
     */
    public static List<String> supportedMethods() {
        return Backends.all().stream().map(BackendProvider::name).toList();
    }

    /**
     * The method this base waits with.
     *
     * @return its name.
     */
    public String method() {
        return method;
    }

    /**
     * How this base is told of signals.
     *
     * @return the name of the way.
     */
    public String signalMethod() {
        return ProcessSignals.METHOD;
    }

    /**
     * What the backend really offers here.
     *
     * @return FEATURE bits.
     */
    public int features() {
        return backend.features();
    }

    /**
     * The memory of the loop's thread, which owns it from the start of the loop on.
     *
     * @return a pool that is open as long as the base.
     */
    public SlabPool pool() {
        return pool;
    }

    /**
     * What the loop has done so far.
     *
     * @return always the same object, which goes on counting.
     */
    public LoopMetrics metrics() {
        return metrics;
    }

    /**
     * The system calls that the backend and its transports have made so far.
     *
     * @return always the same object, which goes on counting.
     */
    public SystemCalls systemCalls() {
        return backend.systemCalls();
    }

    /**
     * Tells whether the calling thread runs this base's loop.
     *
     * @return false for every thread while no loop runs.
     */
    public boolean inLoopThread() {
        return loop.owner() == Thread.currentThread();
    }

    /**
     * Tells whether a loop runs.
     *
     * @return true from the start of {@link #loop} to its return.
     */
    public boolean isRunning() {
        return loop.owner() != null;
    }

    /**
     * Tells whether a loop runs, and not in the calling thread.
     *
     * @return as {@link #isRunning()} without {@link #inLoopThread()}, asked at once.
     */
    public boolean runsInAnotherThread() {
        return !loop.mayUse(Thread.currentThread());
    }

    /**
     * Tells whether {@link #close()} was called.
     *
     * @return true from the call on.
     */
    public boolean isClosed() {
        acquire();
        try {
            return closed;
        } finally {
            release();
        }
    }

    /**
     * The event whose callback runs.
     *
     * @return null outside a callback of an event, and for other threads.
     */
    public @Nullable Event runningEvent() {
        if (!inLoopThread()) return null;
        acquire();
        try {
            return loop.running() instanceof final Event event ? event : null;
        } finally {
            release();
        }
    }

    /**
     * Counts what there is.
     *
     * @param mask any of COUNT_ACTIVE, COUNT_VIRTUAL, COUNT_ADDED; their sum is the answer.
     * @return COUNT_ADDED counts each event once for its conditions, once for its timer and once for being queued.
     */
    public int countEvents(final int mask) {
        acquire();
        try {
            int count = 0;
            if ((mask & COUNT_ACTIVE) != 0) count += queues.size();
            if ((mask & COUNT_VIRTUAL) != 0) count += counters.virtual();
            if ((mask & COUNT_ADDED) != 0) count += counters.added();
            return count;
        } finally {
            release();
        }
    }

    /**
     * The highest values that {@link #countEvents} has had.
     *
     * @param mask as there; the sum of the highest values is the answer.
     * @param clear whether they start again from 0.
     * @return the sum.
     */
    public int maxEvents(final int mask, final boolean clear) {
        acquire();
        try {
            final int max = counters.max(mask);
            if (clear) counters.clearMax(mask);
            return max;
        } finally {
            release();
        }
    }

    /**
     * Shows every event that is inserted, armed or queued once: by descriptor, then signals, then timers, then the others.
     *
     * <p>The events are those of the moment of the call. The visitor runs without the lock, and may ask but not change
     * anything on this base.
     *
     * @param visitor is shown each event; what it answers other than 0 ends the walk.
     * @return the answer that ended the walk, or 0.
     * @throws IllegalStateException out of each call of the visitor that changes the base.
     */
    public int forEachEvent(final EventVisitor visitor) {
        Objects.requireNonNull(visitor, "visitor");
        final List<Event> events;
        acquireToChange();
        try {
            events = Introspection.events(this);
            this.visitor = Thread.currentThread();
        } finally {
            release();
        }
        try {
            for (final Event event : events) {
                final int answer = visitor.visit(event);
                if (answer != 0) return answer;
            }
            return 0;
        } finally {
            acquire();
            this.visitor = null;
            release();
        }
    }

    /**
     * Writes what there is, for people: what events wait for, then what is active. It is what there was at one moment, and is
     * written without the lock.
     *
     * @param out written to line by line.
     * @throws IOException from {@code out}.
     */
    public void dumpEvents(final Appendable out) throws IOException {
        Objects.requireNonNull(out, "out");
        final List<String> lines;
        acquire();
        try {
            lines = Dump.of(this);
        } finally {
            release();
        }
        for (final String line : lines) out.append(line).append('\n');
    }

    /**
     * Checks the invariants EVT-1 to EVT-9 on the live structures, for tests. O(everything).
     *
     * @return true, to be called as {@code assert}.
     * @throws AssertionError names the first one that is broken.
     */
    public boolean checkIntegrity() {
        acquire();
        try {
            Introspection.check(this);
            return true;
        } finally {
            release();
        }
    }

    // ---- time ----

    /**
     * The monotonic time by which timers run: in the loop's thread while callbacks run that of the turn, else a fresh reading.
     *
     * @return nanoseconds since a fixed point in the past; the same point for all bases with the system's clock.
     */
    public long nowNanos() {
        acquire();
        try {
            return now();
        } finally {
            release();
        }
    }

    /**
     * The time by which to measure how long a peer is silent: as {@link #nowNanos()}, but while one turn of the loop lasts it goes
     * on by no more than a quarter of the time allowed, and no less than an eighth, or than a millisecond if that is more. Nobody
     * hears a peer while callbacks run, and what it is told leaves when they have run: a loop that is late for once takes little
     * from it. Time in which no loop runs counts in full.
     *
     * <p><b>Cost:</b> as {@link #nowNanos()}. <b>Threads:</b> any.
     *
     * @param allowedNanos how long the peer may be silent; the same for two readings that are compared.
     * @return nanoseconds since a point in the past, which is another one for each base.
     */
    public long heardNanos(final long allowedNanos) {
        acquire();
        try {
            final long now = now();
            return now - loop.unheardNanos(now, allowedNanos);
        } finally {
            release();
        }
    }

    /**
     * The time of day that goes with {@link #nowNanos()}.
     *
     * @return nanoseconds since 1970 UTC.
     */
    public long wallNanos() {
        acquire();
        try {
            return inLoopThread() ? clock.wall() : clock.wallFresh();
        } finally {
            release();
        }
    }

    /** Reads the clock anew for the rest of the turn. Without effect but in a callback. */
    public void updateCacheTime() {
        if (!inLoopThread()) return;
        acquire();
        try {
            clock.refresh();
        } finally {
            release();
        }
    }

    // ---- set up ----

    /**
     * Sets the number of priorities, one unless set. Events keep theirs; one that does not fit any more is treated as least
     * urgent.
     *
     * @param count 1 to 255.
     * @throws IllegalArgumentException if {@code count} is out of range.
     * @throws IllegalStateException if a loop runs or something is active.
     */
    public void priorityInit(final int count) {
        if (count < 1 || count > ActiveQueues.MAX_PRIORITIES) {
            throw new IllegalArgumentException("priorities must be 1 to " + ActiveQueues.MAX_PRIORITIES + ": " + count);
        }
        acquireToChange();
        try {
            ensureOpen();
            if (count == queues.priorities()) return;
            if (isRunning()) throw new IllegalStateException("priorities cannot change while the loop runs");
            if (queues.size() > 0) throw new IllegalStateException(queues.size() + " callbacks are active");
            queues.priorities(count);
            loop.prioritiesChanged();
        } finally {
            release();
        }
    }

    /**
     * The number of priorities.
     *
     * @return 1 to 255; 0 is the most urgent one.
     */
    public int priorities() {
        acquire();
        try {
            return queues.priorities();
        } finally {
            release();
        }
    }

    /**
     * Moves an event to this base, with the middle priority here.
     *
     * @param event idle; no other thread may use it meanwhile.
     * @throws IllegalStateException if the event is pending, active, finalized or closed.
     */
    public void set(final Event event) {
        event.moveTo(this);
    }

    /**
     * Makes the kernel objects anew and registers everything again: descriptors, signals, the way to wake the loop. Every event
     * stays as it is. For a process that comes back from a checkpoint.
     *
     * @throws EventException if the system refuses, or descriptors could not be registered again, which it names.
     * @throws IllegalStateException if a loop runs in another thread, or the base is closed.
     */
    public void reinit() {
        acquireToChange();
        try {
            ensureOpen();
            if (isRunning() && !inLoopThread()) throw new IllegalStateException("the loop runs in another thread");
            signals.reinstall();
            if (!backend.needReinit()) return;
            backend.reinit();
            final List<IoDescriptor> refused = descriptors.registerAgain();
            if (!refused.isEmpty()) throw new EventException("not registered again: " + refused);
        } catch (final IOException e) {
            throw new EventException(method + " cannot be made anew: " + e.getMessage(), e);
        } finally {
            release();
        }
    }

    /**
     * Gives the queue for a duration that many events have. The same duration gives the same queue.
     *
     * <p><b>Cost:</b> O(common timeouts).
     *
     * @param durationNanos nanoseconds, 0 or more.
     * @return lives as long as this base.
     * @throws IllegalArgumentException if the duration is negative.
     * @throws IllegalStateException if there are 256 other durations, or the base is closed.
     */
    public CommonTimeout initCommonTimeout(final long durationNanos) {
        if (durationNanos < 0) throw new IllegalArgumentException("negative duration: " + durationNanos);
        acquireToChange();
        try {
            ensureOpen();
            return timers.commonTimeout(this, durationNanos);
        } finally {
            release();
        }
    }

    /**
     * Gives the queue of this base for the duration of a queue: itself, if it is of this base.
     *
     * @param timeout of any base.
     * @return lives as long as this base.
     * @throws IllegalStateException if there are 256 other durations, or the base is closed.
     */
    public CommonTimeout initCommonTimeout(final CommonTimeout timeout) {
        return initCommonTimeout(timeout.durationNanos());
    }

    /**
     * Sets who is told what callbacks throw. Unless set, it is logged.
     *
     * @param handler called on the loop's thread.
     */
    public void errorHandler(final EventErrorHandler handler) {
        failures.handler(handler);
    }

    // ---- run ----

    /**
     * Runs the loop until it is stopped or has nothing left to wait for: {@code loop(0)}.
     *
     * @return which of the two.
     * @throws EventException if the backend fails; events stay as they are and the loop may be entered again.
     * @throws IllegalStateException if a loop runs already, or the base is closed.
     */
    public LoopResult dispatch() {
        return loop(0);
    }

    /**
     * Runs the loop on the calling thread, which becomes the owner of the pool. What callbacks throw goes to the error handler,
     * but for errors of the virtual machine, which are thrown on: events stay as they are and the loop may be entered again.
     *
     * @param flags any of ONCE, NONBLOCK, NO_EXIT_ON_EMPTY.
     * @return EMPTY if there was nothing left to wait for, otherwise STOPPED.
     * @throws EventException if the backend fails; events stay as they are and the loop may be entered again.
     * @throws IllegalArgumentException if there is an unknown flag.
     * @throws IllegalStateException if a loop runs already, or the base is closed.
     */
    public LoopResult loop(final int flags) {
        if ((flags & ~(ONCE | NONBLOCK | NO_EXIT_ON_EMPTY)) != 0)
            throw new IllegalArgumentException("unknown flags: " + flags);
        return loop.run(flags);
    }

    /**
     * Makes the loop leave when the callbacks that are active at the middle priority have run. Asked before the loop starts,
     * the next loop leaves.
     */
    public void loopExit() {
        loopExit(0);
    }

    /**
     * Makes the loop leave after some time. Until then it is an event that keeps the loop alive; if the loop leaves earlier,
     * it stops a later one.
     *
     * @param delayNanos nanoseconds; 0 or {@link Event#NO_TIMEOUT} for at once.
     * @throws IllegalStateException if the base is closed.
     */
    public void loopExit(final long delayNanos) {
        once(EXIT, null, delayNanos);
    }

    private void exitNow() {
        acquire();
        loop.exit();
        release();
    }

    /** Makes the loop leave when the running callback has returned. What is active stays so. Lost if no loop runs. */
    public void loopBreak() {
        acquireToChange();
        try {
            loop.askBreak();
            wake();
        } finally {
            release();
        }
    }

    /** Makes the loop poll again when the running callback has returned. Without effect if no loop runs. */
    public void loopContinue() {
        acquireToChange();
        try {
            loop.askContinue();
            wake();
        } finally {
            release();
        }
    }

    /** As {@link #loopBreak()}, and never lost: if no loop runs, the next one leaves at once. */
    public void requestStop() {
        acquireToChange();
        try {
            loop.askStop();
            wake();
        } finally {
            release();
        }
    }

    /**
     * Tells whether an exit has taken effect.
     *
     * @return true from then to the next start of a loop.
     */
    public boolean gotExit() {
        acquire();
        try {
            return loop.gotExit();
        } finally {
            release();
        }
    }

    /**
     * Tells whether a break was asked.
     *
     * @return true from then to the next start of a loop.
     */
    public boolean gotBreak() {
        acquire();
        try {
            return loop.gotBreak();
        } finally {
            release();
        }
    }

    // ---- events without an object of the user's ----

    /**
     * Runs a task on the loop's thread, as a callback of middle priority that keeps the loop alive until it has run.
     *
     * @throws RejectedExecutionException if the base is closed.
     */
    @Override
    public void execute(final Runnable task) {
        Objects.requireNonNull(task, "task");
        acquireToChange();
        try {
            if (closed) throw new RejectedExecutionException("the event base is closed");
            final TaskActivation entry = activations.newTask();
            entry.task(task);
            entry.priority = queues.priorities() / 2;
            activations.activate(entry);
        } finally {
            release();
        }
    }

    /**
     * Runs a task once, after the callbacks of this turn and before the loop waits or leaves. If no loop runs, the next one
     * will run it. A task given by such a task runs at the end of the next turn, which does not wait.
     *
     * <p><b>Cost:</b> O(1), no allocation; no lock in the thread of the loop. <b>Threads:</b> any.
     *
     * @param task given twice, it runs twice.
     * @throws IllegalStateException if the base is closed.
     */
    public void atTurnEnd(final TurnEndTask task) {
        Objects.requireNonNull(task, "task");
        if (inLoopThread()) { // so the base is open, and the loop awake
            if (visitor == Thread.currentThread()) throw visitorMayNotChange();
            loop.turnEnd().add(task);
        } else {
            atTurnEndOfAnother(task);
        }
    }

    private void atTurnEndOfAnother(final TurnEndTask task) {
        acquireToChange();
        try {
            ensureOpen();
            loop.turnEnd().addForeign(task);
            wake();
        } finally {
            release();
        }
    }

    /**
     * Runs a callback once, after some time, on an event of the base's own that counts as any other.
     *
     * @param callback is given that event.
     * @param attachment of that event.
     * @param delayNanos nanoseconds; 0 or {@link Event#NO_TIMEOUT} makes it active at once.
     * @throws IllegalArgumentException if the delay is negative otherwise.
     * @throws IllegalStateException if the base is closed.
     */
    public void once(final EventCallback callback, final @Nullable Object attachment, final long delayNanos) {
        final Event event = Event.newTimer(this, callback, attachment);
        if (delayNanos == 0 || delayNanos == Event.NO_TIMEOUT) event.active(Event.TIMEOUT);
        else event.add(delayNanos);
    }

    /**
     * Runs a callback once, when a channel is ready or after some time, on an event of the base's own that counts as any
     * other.
     *
     * @param channel in non-blocking mode.
     * @param what READ, WRITE or CLOSED; ET is ignored.
     * @param callback is given that event.
     * @param attachment of that event.
     * @param timeoutNanos nanoseconds, or {@link Event#NO_TIMEOUT}.
     * @throws IllegalArgumentException if {@code what} is empty or has another bit.
     * @throws EventException if the backend cannot wait for this channel.
     * @throws IllegalStateException if the base is closed.
     */
    public void once(
            final SelectableChannel channel,
            final int what,
            final EventCallback callback,
            final @Nullable Object attachment,
            final long timeoutNanos) {
        new Event(this, channel, checkOnce(what), callback, attachment).add(timeoutNanos);
    }

    /**
     * Runs a callback once, when a transport is ready or after some time, on an event of the base's own that counts as any
     * other.
     *
     * @param transport one of this base.
     * @param what READ, WRITE or CLOSED; ET is ignored.
     * @param callback is given that event.
     * @param attachment of that event.
     * @param timeoutNanos nanoseconds, or {@link Event#NO_TIMEOUT}.
     * @throws IllegalArgumentException if {@code what} is empty or has another bit.
     * @throws EventException if the backend cannot wait for this transport.
     * @throws IllegalStateException if the base is closed.
     */
    public void once(
            final Transport transport,
            final int what,
            final EventCallback callback,
            final @Nullable Object attachment,
            final long timeoutNanos) {
        new Event(this, transport, checkOnce(what), callback, attachment).add(timeoutNanos);
    }

    /**
     * Runs a callback once, when a descriptor is ready or after some time, on an event of the base's own that counts as any
     * other.
     *
     * @param number a descriptor the base's backend can wait for.
     * @param what READ, WRITE or CLOSED; ET is ignored.
     * @param callback is given that event.
     * @param attachment of that event.
     * @param timeoutNanos nanoseconds, or {@link Event#NO_TIMEOUT}.
     * @throws IllegalArgumentException if {@code what} is empty or has another bit, or {@code number} is less than
     *     {@link Event#NO_DESCRIPTOR}.
     * @throws EventException if the backend cannot wait for this descriptor.
     * @throws IllegalStateException if the base is closed.
     */
    public void once(
            final int number,
            final int what,
            final EventCallback callback,
            final @Nullable Object attachment,
            final long timeoutNanos) {
        new Event(this, number, checkOnce(what), callback, attachment).add(timeoutNanos);
    }

    private static int checkOnce(final int what) {
        final int bits = what & ~(Event.ET | Event.TIMEOUT);
        if (bits == 0 || (bits & ~Event.IO) != 0) {
            throw new IllegalArgumentException(
                    "a single run can wait for READ, WRITE and CLOSED, not for 0x" + Integer.toHexString(what));
        }
        return bits;
    }

    /** Keeps the loop alive as an event would, until {@link #delVirtual()}. */
    public void addVirtual() {
        acquireToChange();
        try {
            ensureOpen();
            counters.moreVirtual();
        } finally {
            release();
        }
    }

    /**
     * Takes back one {@link #addVirtual()}.
     *
     * @throws IllegalStateException if there is none.
     */
    public void delVirtual() {
        acquireToChange();
        try {
            if (closed) return;
            if (counters.virtual() == 0) throw new IllegalStateException("no virtual event to take back");
            counters.lessVirtual();
            if (counters.virtual() == 0) wake();
        } finally {
            release();
        }
    }

    /**
     * Makes the events of a descriptor number active by hand.
     *
     * @param number if nothing is registered for it, nothing happens.
     * @param what READ, WRITE, CLOSED: every event that wants any of them. With TIMEOUT: every event whose timer is armed, and
     *     no other.
     */
    public void activeByDescriptor(final int number, final int what) {
        acquireToChange();
        try {
            if (number >= 0) activeBy(descriptors.find(number), what);
        } finally {
            release();
        }
    }

    /**
     * Makes the events of a channel active by hand.
     *
     * @param channel if nothing is registered for it, nothing happens.
     * @param what as in {@link #activeByDescriptor}.
     */
    public void activeByChannel(final SelectableChannel channel, final int what) {
        acquireToChange();
        try {
            activeBy(descriptors.find(channel), what);
        } finally {
            release();
        }
    }

    /**
     * Makes the events of a signal active by hand, once each.
     *
     * @param number if no event waits for it, nothing happens.
     */
    public void activeBySignal(final int number) {
        acquireToChange();
        try {
            for (Event event = signals.first(number); event != null; event = event.nextOnDescriptor) {
                event.activate(Event.SIGNAL);
            }
        } finally {
            release();
        }
    }

    private void activeBy(final @Nullable IoDescriptor descriptor, final int what) {
        if (descriptor == null) return;
        final boolean timers = (what & Event.TIMEOUT) != 0;
        Event next;
        for (Event event = descriptor.first; event != null; event = next) {
            next = event.nextOnDescriptor;
            if (timers) {
                if (event.isArmed()) event.activate(Event.TIMEOUT);
            } else {
                event.ready(what, false);
            }
        }
    }

    // ---- transports ----

    /**
     * Opens a stream socket of this base's backend.
     *
     * @param family an address of the family wanted, null for the usual.
     * @return a non-blocking transport, the caller's.
     * @throws EventException if the system refuses.
     * @throws IllegalStateException if the base is closed.
     */
    public Transport openStream(final @Nullable SocketAddress family) {
        ensureNotClosed();
        try {
            return backend.openStream(family);
        } catch (final IOException e) {
            throw new EventException("no stream socket: " + e.getMessage(), e);
        }
    }

    /**
     * Opens a socket of this base's backend to listen with.
     *
     * @param family an address of the family wanted, null for the usual.
     * @return a non-blocking transport that is not bound yet, the caller's.
     * @throws EventException if the system refuses.
     * @throws IllegalStateException if the base is closed.
     */
    public Transport openListener(final @Nullable SocketAddress family) {
        ensureNotClosed();
        try {
            return backend.openListener(family);
        } catch (final IOException e) {
            throw new EventException("no listening socket: " + e.getMessage(), e);
        }
    }

    /**
     * Says that all reading and writing of a transport goes through it, as a BufferEvent's does, and not through its number or
     * channel. A backend that can then registers it once, for as long as it is open, and waiting for something else of it costs
     * no system call any more. Events run as before.
     *
     * <p>To be said before the first event is added, on the thread that uses the transport.
     *
     * @param transport one that this base has opened or accepted; of any other nothing is gained.
     */
    public void leaveRegistered(final Transport transport) {
        backend.leaveRegistered(Objects.requireNonNull(transport, "transport"));
    }

    /**
     * Makes a transport of the user's own channel.
     *
     * @param channel an open socket channel in non-blocking mode.
     * @return a transport, which owns the channel from now on.
     * @throws EventException if this base's backend cannot use it; the message names one that can.
     * @throws IllegalStateException if the base is closed.
     */
    public Transport wrap(final SelectableChannel channel) {
        Objects.requireNonNull(channel, "channel");
        ensureNotClosed();
        return backend.wrap(channel);
    }

    /**
     * Opens a file for reading, in the way from which this base's transports send it without bringing it into memory.
     *
     * @param path where it is.
     * @return a new source, the caller's, for {@link io.evbuffer.channel.FileSegment}.
     * @throws IOException what the system says, as for {@link java.nio.channels.FileChannel#open}.
     */
    public FileSource openFile(final Path path) throws IOException {
        return backend.openFile(Objects.requireNonNull(path, "path"));
    }

    // ---- parts ----

    /**
     * The part of a kind that lives with this base: what a layer above keeps once per base. It is made when first asked for
     * and closed when the base is, while events and memory still work.
     *
     * <p><b>Cost:</b> a look-up in a table. <b>Threads:</b> any; a part is made once.
     *
     * @param <T> the kind of part.
     * @param kind its class, which is the key.
     * @param maker makes it.
     * @return always the same object for this base and kind.
     * @throws IllegalStateException if the base is closed.
     */
    public <T extends AutoCloseable> T part(final Class<T> kind, final Supplier<? extends T> maker) {
        ensureNotClosed();
        return parts.get(kind, maker);
    }

    private void ensureNotClosed() {
        acquire();
        try {
            ensureOpen();
        } finally {
            release();
        }
    }

    /**
     * Hands a failure to the error handler: what user code threw inside a callback that a layer above has run.
     *
     * @param source what ran it.
     * @param failure what it threw; an error of the virtual machine is thrown on, so that it ends the loop.
     */
    public void report(final Object source, final Throwable failure) {
        if (failure instanceof final VirtualMachineError error) throw error;
        failures.tell(source, failure);
    }

    // ---- finalize, close ----

    /**
     * Ends several events and deferred callbacks at once: takes them back from everything without waiting, and runs one
     * finalizer on the loop's thread when none of them is running any more. It counts as active, at the middle priority. What
     * {@link Event#finalizeEvent} says of one event holds for each of them.
     *
     * @param events of this base.
     * @param callbacks scheduled on this base or nowhere.
     * @param finalizer called once; if the base is closed before, then.
     * @throws IllegalArgumentException if an event is of another base; nothing has changed.
     * @throws IllegalStateException if one of them was finalized before or is closed, or the base is closed; nothing has
     *     changed.
     */
    public void finalizeAll(
            final Collection<Event> events,
            final Collection<DeferredCallback> callbacks,
            final DeferredCallback.Body finalizer) {
        Objects.requireNonNull(finalizer, "finalizer");
        acquireToChange();
        try {
            ensureMayFinalize();
            for (final Event event : events) event.ensureMayFinalize(this);
            for (final DeferredCallback callback : callbacks) callback.ensureMayFinalize(this);
            final Finalization end = new Finalization(null, finalizer, finalizer::run);
            end.priority = queues.priorities() / 2;
            for (final Event event : events) event.withdrawForGood(end);
            for (final DeferredCallback callback : callbacks) callback.withdrawForGood(this);
            activations.activate(end);
        } finally {
            release();
        }
    }

    /**
     * Ends the base. No callback runs; finalizers that wait do, and those that they ask for. Events, listeners and transports
     * become orphans: deleting and asking is quiet, adding and activating throws; descriptors stay open. Handlers of signals
     * are put back. A second call does nothing.
     *
     * @throws IllegalStateException if a loop runs.
     */
    @Override
    public void close() {
        close(true);
    }

    /**
     * As {@link #close()}, and finalizers do not run.
     *
     * @throws IllegalStateException if a loop runs.
     */
    public void closeNoFinalize() {
        close(false);
    }

    private void close(final boolean finalizing) {
        if (!isToClose(false)) return;
        parts.close(this::report); // while the base still works, and without the lock: parts call back
        if (!isToClose(true)) return;
        try {
            letGo(finalizing);
        } finally {
            backend.close();
            if (ownsPool) pool.close();
        }
    }

    /** Tells whether the base is open, and may be closed now: what is refused has ended nothing. */
    private boolean isToClose(final boolean mark) {
        acquireToChange();
        try {
            if (closed) return false;
            if (isRunning()) throw new IllegalStateException("the loop runs");
            closed = mark;
            return true;
        } finally {
            release();
        }
    }

    private void letGo(final boolean finalizing) {
        acquire();
        try {
            for (final Event event : Introspection.events(this)) event.orphan();
            signals.clear();
            descriptors.clear();
            timers.clear();
            closing = finalizing;
            emptyQueues();
        } finally {
            closing = false;
            counters.clear();
            loop.turnEnd().clear();
            prepareWatchers.clear();
            checkWatchers.clear();
            activations.clear();
            release();
        }
    }

    private void emptyQueues() {
        for (Activation entry = queues.firstOfAll(); entry != null; entry = queues.firstOfAll()) {
            if (closing && entry instanceof final Finalization end) {
                loop.runFinalizer(end);
            } else {
                queues.remove(entry);
                entry.orphan();
            }
        }
    }

    @Override
    public String toString() {
        return "EventBase[" + method + (isRunning() ? ", running" : "") + ", " + countEvents(COUNT_ADDED) + " added, "
                + countEvents(COUNT_ACTIVE) + " active]";
    }

    // ---- of the package: the lock ----

    /** Takes the lock, to ask. */
    void acquire() {
        if (lock != null) lock.lock();
        else if (debug) ensureOneThread();
        else assert loop.mayUse(Thread.currentThread()) : "a base without lock is used by a second thread";
    }

    private void ensureOneThread() {
        if (loop.mayUse(Thread.currentThread())) return;
        throw new IllegalStateException("a base without a lock belongs to the thread of its loop, " + loop.owner());
    }

    /** Takes the lock, to change something. */
    void acquireToChange() {
        acquire();
        if (visitor == Thread.currentThread()) throw changedByVisitor();
    }

    private IllegalStateException changedByVisitor() {
        release();
        return visitorMayNotChange();
    }

    private static IllegalStateException visitorMayNotChange() {
        return new IllegalStateException("a visitor of events may not change the base");
    }

    /** Gives the lock back, then sends the wake-up that was found to be needed. */
    void release() {
        if (wakeWanted) {
            wakeWanted = false;
            unlock();
            backend.wakeUp();
        } else {
            unlock();
        }
    }

    void unlock() {
        if (lock != null) lock.unlock();
    }

    void lock() {
        if (lock != null) lock.lock();
    }

    void ensureOpen() {
        if (closed) throw new IllegalStateException("the event base is closed");
    }

    /** Finalizers may ask for others while the base is being closed. */
    void ensureMayFinalize() {
        if (!closing) ensureOpen();
    }

    boolean isClosedLocked() {
        return closed;
    }

    // ---- of the package: waking the loop, with the lock ----

    /** Makes the loop look again. Nothing is sent unless it sleeps and no other wake-up is on its way. */
    void wake() {
        if (!loop.isAsleep()) return;
        if (loop.takeWakeUp()) {
            metrics.increment(LoopMetrics.WAKE_UPS_SENT);
            wakeWanted = true;
        } else {
            metrics.increment(LoopMetrics.WAKE_UPS_MERGED);
        }
    }

    /** A signal has come. On a thread of the virtual machine, which is no user of a base without a lock. */
    void signalArrived() {
        if (lock == null) {
            backend.wakeUp();
            return;
        }
        acquire();
        try {
            wake();
        } finally {
            release();
        }
    }

    /** A timer was armed: the loop must wake if it sleeps longer than that, or oversleeps. */
    void wakeForTimer(final long expiry) {
        if (loop.isAsleep() && (expiry < loop.sleepsUntil() || timers.topExpiry() <= clock.read())) wake();
    }

    void wakeIfNothingLeft() {
        if (loop.isAsleep() && loop.leavesWhenEmpty() && nothingLeft()) wake();
    }

    boolean nothingLeft() {
        return counters.added() == 0
                && counters.virtual() == 0
                && queues.size() == 0
                && loop.turnEnd().isEmpty();
    }

    // ---- of the package: the parts ----

    long now() {
        return inLoopThread() ? clock.now() : clock.read();
    }

    IoDescriptor noDescriptor() {
        return descriptors.none();
    }

    Backend backend() {
        return backend;
    }

    Failures failures() {
        return failures;
    }

    LoopClock clock() {
        return clock;
    }

    ActiveQueues queues() {
        return queues;
    }

    Timers timers() {
        return timers;
    }

    WatcherList prepareWatchers() {
        return prepareWatchers;
    }

    WatcherList checkWatchers() {
        return checkWatchers;
    }

    /** The number of the turn that goes on, or of the last one. */
    long turn() {
        return loop.turn();
    }

    Activations activations() {
        return activations;
    }

    Reports reports() {
        return reports;
    }

    CallbackWaits waits() {
        return waits;
    }

    EventLoop loop() {
        return loop;
    }

    DescriptorTable descriptors() {
        return descriptors;
    }

    SignalTable signals() {
        return signals;
    }

    Counters counters() {
        return counters;
    }
}
