package io.evbuffer.event;

import io.evbuffer.event.backend.ReadySink;
import io.evbuffer.memory.SlabPool;
import java.io.IOException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The loop of an {@link EventBase}: what one turn does, in which order, and when it ends.
 *
 * <p>The steps are numbered T1 to T13 as in the reactor's contract. The lock is held throughout, but for user code and for
 * the sleep in the backend; so whoever has the lock sees the loop between two steps, and a request made before the loop
 * sleeps is seen by it, one made later finds it asleep and sends a wake-up.
 *
 * <p>Threads: {@link #run} belongs to the thread that entered it; everything else is guarded by the base's lock.
 */
final class EventLoop {
    private static final int NO_PRIORITY = -1;
    private static final long NEVER = Long.MAX_VALUE;
    private static final int MOST_IDLE_RETURNS = 64; // EVT-42
    private static final int SWEEPS_IN_IDLE_AGE = 4;
    private static final long LEAST_SWEEP_PAUSE = 1_000_000; // nanoseconds

    private final EventBase base;
    private final LoopMetrics metrics;
    private final ReadySink readySink;
    private final Consumer<IoDescriptor> refusedSink;
    private final long dispatchInterval;
    private final int dispatchCallbacks;
    private final int dispatchMinPriority;
    private final int guardCallbacks;
    private final long guardNanos;
    private final int starvationTurns;
    private final long busyPollNanos;
    private final boolean timesCallbacks;
    private final long slowNanos;
    private final @Nullable SlowCallbackListener slowListener;
    private final TurnMeter meter;
    private final UnheardTime unheard = new UnheardTime();

    private volatile @Nullable Thread owner; // null while no loop runs

    // Guarded by the lock:
    private @Nullable Activation running;
    private long turn; // turns begun
    private long runs; // callbacks begun, so that a waiter tells one run from the next
    private int runningPriority = NO_PRIORITY;
    private int pass; // priority passes begun
    private boolean breakAsked;
    private boolean stopAsked;
    private boolean ranUser; // a user's callback, since the loop was entered
    private boolean continueAsked;
    private boolean exited;
    private boolean leavesWhenEmpty;
    private boolean asleep;
    private boolean wakeUpSent;
    private long sleepsUntil;
    private long sweepAt = NEVER; // when the pool is to be trimmed
    private boolean busyPolling; // the time before a sleep runs out
    private long busyPollEnd;
    private boolean returnedEarly; // the last poll, with nobody who woke it
    private int idleReturns; // turns in a row that polls ended early for nothing
    private @Nullable IoDescriptor untaken; // reported by the last poll, and no event took it
    private boolean interrupted; // taken off the thread, to be put back when the loop ends
    private int[] turnsStarved = new int[1];
    private final TurnEndTasks turnEnd;

    EventLoop(final EventBase base, final EventConfig config) {
        this.base = base;
        this.metrics = base.metrics();
        this.readySink = base.reports();
        this.refusedSink = base.reports()::refused;
        this.dispatchInterval = config.dispatchInterval();
        this.dispatchCallbacks = config.dispatchCallbacks();
        this.dispatchMinPriority = config.dispatchMinPriority();
        this.guardCallbacks = config.guardCallbacks() == 0 ? Integer.MAX_VALUE : config.guardCallbacks();
        this.guardNanos = config.guardNanos() == 0 ? Long.MAX_VALUE : config.guardNanos();
        this.starvationTurns = config.starvationTurns();
        this.busyPollNanos = config.busyPollNanos();
        this.slowNanos = config.slowNanos();
        this.slowListener = config.slowListener();
        this.timesCallbacks = slowListener != null || config.has(EventConfig.MEASURE_CALLBACKS);
        this.meter = new TurnMeter(base.method(), metrics, unheard);
        this.turnEnd = new TurnEndTasks(base);
    }

    // ---- look ----

    @Nullable
    Thread owner() {
        return owner;
    }

    @Nullable
    Activation running() {
        return running;
    }

    long runs() {
        return runs;
    }

    int pass() {
        return pass;
    }

    long turn() {
        return turn;
    }

    /** What of the time until now does not count for a peer that has so many nanoseconds. */
    long unheardNanos(final long now, final long allowed) {
        return unheard.nanos(allowed, meter.soFar(now));
    }

    boolean gotExit() {
        return exited;
    }

    boolean gotBreak() {
        return breakAsked;
    }

    boolean isAsleep() {
        return asleep;
    }

    long sleepsUntil() {
        return sleepsUntil;
    }

    boolean leavesWhenEmpty() {
        return leavesWhenEmpty;
    }

    TurnEndTasks turnEnd() {
        return turnEnd;
    }

    /** Without a lock, only one thread may use the base while its loop runs. */
    boolean mayUse(final Thread thread) {
        final Thread current = owner;
        return current == null || current == thread;
    }

    // ---- ask ----

    void exit() {
        exited = true;
    }

    void askBreak() {
        breakAsked = true;
    }

    void askStop() {
        stopAsked = true;
    }

    void askContinue() {
        if (owner != null) continueAsked = true;
    }

    /** Marks the one wake-up of this sleep as sent. Returns false if it was already. */
    boolean takeWakeUp() {
        if (wakeUpSent) return false;
        wakeUpSent = true;
        return true;
    }

    /** Something more urgent than what is running: it is not to wait behind the rest of its queue. */
    void becameActive(final Activation entry) {
        if (entry.queue < runningPriority) continueAsked = true;
    }

    void prioritiesChanged() {
        turnsStarved = new int[base.queues().priorities()];
    }

    // ---- run ----

    LoopResult run(final int flags) {
        base.acquireToChange();
        try {
            enter(flags);
        } catch (final RuntimeException | Error e) {
            base.release();
            throw e;
        }
        try {
            LoopResult result;
            do {
                result = turn(flags);
            } while (result == null);
            return result;
        } finally {
            try {
                turnEnd.run();
            } finally {
                leave();
            }
        }
    }

    private void enter(final int flags) {
        base.ensureOpen();
        if (owner != null) throw new IllegalStateException("a loop of this base runs already, in " + owner);
        base.pool().claim();
        owner = Thread.currentThread();
        leavesWhenEmpty = (flags & EventBase.NO_EXIT_ON_EMPTY) == 0;
        exited = false;
        breakAsked = false;
        ranUser = false;
        busyPolling = false;
        idleReturns = 0;
        base.clock().drop();
    }

    private void leave() {
        meter.end(base.clock().read());
        base.clock().drop();
        try {
            settle();
        } finally { // for want of memory, too: the base can be used and the loop entered again
            owner = null;
            final boolean interruptAgain = interrupted;
            interrupted = false;
            base.release();
            if (interruptAgain) Thread.currentThread().interrupt();
        }
    }

    private void settle() {
        try {
            base.descriptors().apply(refusedSink); // or what nobody waits for stays registered until a loop comes
        } finally {
            base.backend().settle();
        }
    }

    /** One turn. Returns why the loop is to leave, or null to go on. */
    private @Nullable LoopResult turn(final int flags) {
        turn++;
        continueAsked = false; // T1
        base.activations().startDeferredQuota();
        base.clock().drop();
        if (exited || mustStop()) return stopped(); // T2
        if (mustLeave()) return LoopResult.EMPTY; // T4
        base.activations().promoteLater(); // T5
        boolean mayWait = (flags & EventBase.NONBLOCK) == 0;
        if (!base.prepareWatchers().isEmpty()) mayWait = prepare(mayWait); // T6, T7
        base.descriptors().apply(refusedSink); // T8
        final long now = poll(mayWait); // T3, T8, T9
        metrics.increment(LoopMetrics.TURNS);
        untaken = null;
        base.backend().report(readySink);
        base.signals().tell();
        if (!base.checkWatchers().isEmpty()) runWatchers(base.checkWatchers(), 0); // T10
        final boolean hadDue = expireTimers(now); // T11
        if (mustStop()) return stopped(); // T12
        final boolean hadActive = base.queues().size() > 0;
        if (returnedEarly && !hadActive && !hadDue) returnedForNothing();
        else idleReturns = 0;
        if (hadActive) busyPolling = false; // it begins anew
        if (hadActive) ranUser |= runPass();
        turnEnd.run();
        sweepPool(now);
        if (!hadActive) metrics.increment(LoopMetrics.EMPTY_TURNS);
        if (mustStop()) return stopped();
        if (base.queues().size() > 0 || !turnEnd.isEmpty()) return null;
        if (ranUser && (flags & EventBase.ONCE) != 0) return LoopResult.STOPPED;
        return !hadActive && (flags & EventBase.NONBLOCK) != 0 ? LoopResult.STOPPED : null; // T13
    }

    private boolean mustLeave() {
        return leavesWhenEmpty && base.nothingLeft();
    }

    /** Runs the prepare watchers. Returns whether the poll may still wait: what they do counts for this turn (DEV-3). */
    private boolean prepare(final boolean mayWait) {
        runWatchers(base.prepareWatchers(), mayWait ? waitNanos(base.clock().read()) : 0);
        base.clock().drop();
        return mayWait && !mustStop() && !continueAsked && !mustLeave();
    }

    private void runWatchers(final WatcherList watchers, final long waitNanos) {
        watchers.rewind();
        for (EvWatch watch = watchers.next(turn); watch != null; watch = watchers.next(turn)) {
            base.unlock();
            Throwable failure = null;
            try {
                watch.run(waitNanos);
            } catch (final Throwable thrown) {
                failure = thrown;
            }
            base.lock();
            if (failure != null) tell(watch, failure);
        }
    }

    /**
     * Has the pool give back what a burst left. While it holds more than its floor, the loop wakes for that, four times in
     * an idle age; this is no event, and keeps no loop from ending.
     */
    private void sweepPool(final long now) {
        final SlabPool pool = base.pool();
        if (now >= sweepAt) {
            base.unlock();
            try {
                pool.trim();
            } finally {
                base.lock();
            }
            sweepAt = NEVER;
        }
        if (sweepAt == NEVER && pool.hasExcess()) {
            sweepAt = now + Math.max(LEAST_SWEEP_PAUSE, pool.idleAgeNanos() / SWEEPS_IN_IDLE_AGE);
        }
    }

    private boolean mustStop() {
        return breakAsked || stopAsked;
    }

    private LoopResult stopped() {
        if (!exited && !breakAsked) stopAsked = false; // it has done its work
        return LoopResult.STOPPED;
    }

    /** How long a poll that begins now may wait: nanoseconds, -1 for ever. */
    private long waitNanos(final long now) {
        if (mayNotWait()) return 0;
        final Timers timers = base.timers();
        sleepsUntil = Math.min(sweepAt, timers.isEmpty() ? NEVER : timers.topExpiry());
        if (sleepsUntil <= now || (busyPollNanos > 0 && isBusyPolling(now))) return 0;
        return sleepsUntil == NEVER ? -1 : sleepsUntil - now;
    }

    private boolean isBusyPolling(final long now) {
        if (!busyPolling) {
            busyPolling = true;
            busyPollEnd = Event.saturatedAdd(now, busyPollNanos);
        }
        return now < busyPollEnd;
    }

    private boolean mayNotWait() {
        return base.queues().size() > 0 || !turnEnd.isEmpty() || base.signals().hasArrivals();
    }

    /** Polls. Returns the time after it, which is kept as that of the turn. */
    private long poll(final boolean mayWait) {
        long before = 0;
        long waitNanos = 0;
        if (mayWait && !mayNotWait()) { // a clock is read only for a poll that may sleep
            before = base.clock().read();
            waitNanos = waitNanos(before);
            if (waitNanos != 0) meter.end(before);
            else if (sleepsUntil > before) metrics.increment(LoopMetrics.BUSY_POLLS);
        }
        if (Thread.interrupted()) interrupted = true;
        asleep = waitNanos != 0;
        boolean woken = false;
        base.unlock();
        try {
            base.backend().poll(waitNanos);
        } catch (final IOException | RuntimeException e) {
            throw new EventException(base.method() + " failed: " + e.getMessage(), e);
        } finally {
            base.lock();
            woken = wakeUpSent;
            asleep = false;
            wakeUpSent = false;
        }
        final long now = base.clock().refresh();
        returnedEarly = waitNanos != 0 && !woken && now < sleepsUntil;
        if (waitNanos != 0) noteSleep(waitNanos, now - before);
        else meter.end(now);
        meter.begin(now);
        return now;
    }

    private void noteSleep(final long waitNanos, final long sleptNanos) {
        metrics.increment(LoopMetrics.SLEEPS);
        if (waitNanos > 0) metrics.add(LoopMetrics.WAIT_ASKED, waitNanos);
        metrics.add(LoopMetrics.ASLEEP, sleptNanos);
        metrics.set(LoopMetrics.BACKEND_REBUILDS, base.backend().rebuilds());
    }

    private boolean expireTimers(final long now) {
        final Timers timers = base.timers();
        final long before = metrics.timersExpired();
        for (Event event = timers.takeDue(now); event != null; event = timers.takeDue(now)) {
            event.expire();
            metrics.increment(LoopMetrics.TIMERS_EXPIRED);
            metrics.timerLate(now - event.expiry);
        }
        return metrics.timersExpired() != before;
    }

    /** A descriptor was reported ready for what it is registered for, and no event took it. */
    void reportedToNobody(final IoDescriptor descriptor) {
        untaken = descriptor;
    }

    /** A poll ended early, and nothing came of it. A descriptor that makes the loop spin so is silenced (BTR-19). */
    private void returnedForNothing() {
        final IoDescriptor spinning = untaken;
        if (++idleReturns <= MOST_IDLE_RETURNS || spinning == null) return;
        idleReturns = 0;
        base.reports().silence(spinning);
        handOver(
                base,
                new EventException(spinning + " ends each wait with reports that no event takes:"
                        + " it is waited for no more until its interest changes"));
    }

    // ---- the priority pass ----

    /** Runs the most urgent queue that has a user's callback. Returns whether there was one. */
    private boolean runPass() {
        final ActiveQueues queues = base.queues();
        final long endsAt = dispatchInterval < 0
                ? Long.MAX_VALUE
                : Event.saturatedAdd(base.clock().read(), dispatchInterval);
        pass++;
        int ran = 0;
        int priority = 0;
        for (; priority < queues.priorities() && ran == 0 && !mustStop(); priority++) {
            if (queues.isEmpty(priority)) continue;
            turnsStarved[priority] = 0;
            runningPriority = priority;
            try {
                ran = priority < dispatchMinPriority
                        ? runQueue(priority, Integer.MAX_VALUE, Long.MAX_VALUE)
                        : runQueue(priority, dispatchCallbacks, endsAt);
            } finally {
                runningPriority = NO_PRIORITY;
            }
        }
        if (starvationTurns > 0 && !exited) feedStarved(priority); // EVT-25
        return ran > 0;
    }

    /** Runs one queue until it is empty, a limit is reached or somebody asks. Returns how many user callbacks ran. */
    private int runQueue(final int priority, final int maxCallbacks, final long endsAt) {
        final ActiveQueues queues = base.queues();
        int ran = 0;
        int chained = 0; // callbacks that were queued after the pass began
        long chainBegan = 0;
        for (Activation entry = queues.first(priority); entry != null; entry = queues.first(priority)) {
            final boolean isChained = entry.pass == pass;
            if (isChained && chained++ == 0) chainBegan = base.clock().read();
            if (!entry.internal) ran++;
            runOne(entry);
            if (mustStop() || continueAsked) return ran;
            if (ran >= maxCallbacks
                    || (ran > 0 && endsAt != Long.MAX_VALUE && base.clock().refresh() >= endsAt)
                    || (isChained && (chained >= guardCallbacks || base.clock().read() - chainBegan >= guardNanos))) {
                if (!queues.isEmpty(priority)) metrics.increment(LoopMetrics.PASSES_CUT);
                return ran;
            }
        }
        return ran;
    }

    /** Runs one callback, without the lock. What it throws goes to the error handler when the state is sound. */
    private void runOne(final Activation entry) {
        base.activations().deactivate(entry);
        entry.runsLeft = 1;
        final int result = entry.beforeRun();
        running = entry;
        runs++;
        final long began = timesCallbacks ? base.clock().read() : 0;
        Throwable failure = null;
        while (entry.runsLeft > 0 && failure == null) {
            entry.runsLeft--;
            metrics.increment(LoopMetrics.CALLBACKS);
            failure = call(entry, result);
            if (mustStop()) entry.runsLeft = 0;
        }
        running = null;
        final long took = timesCallbacks ? noteTime(base.clock().read() - began) : 0;
        final Object slow = took >= slowNanos ? entry.source() : null;
        if (failure == null) {
            entry.afterRun();
            base.waits().runEnded();
        } else {
            failed(entry, result, failure);
        }
        if (slow != null) tellSlow(slow, took);
    }

    private long noteTime(final long nanos) {
        metrics.add(LoopMetrics.CALLBACK_TIME, nanos);
        metrics.most(LoopMetrics.LONGEST_CALLBACK, nanos);
        return nanos;
    }

    private void tellSlow(final Object source, final long nanos) {
        final SlowCallbackListener listener = slowListener;
        if (listener == null) return;
        metrics.increment(LoopMetrics.SLOW_CALLBACKS);
        LoopEvents.slowCallback(base.method(), source, nanos);
        base.unlock();
        Throwable failure = null;
        try {
            listener.slow(source, nanos);
        } catch (final Throwable thrown) {
            failure = thrown;
        }
        base.lock();
        if (failure != null) tell(listener, failure);
    }

    private @Nullable Throwable call(final Activation entry, final int result) {
        base.unlock();
        Throwable failure = null;
        try {
            entry.run(result);
        } catch (final Throwable thrown) {
            failure = thrown;
        }
        base.lock();
        return failure;
    }

    private void failed(final Activation entry, final int result, final Throwable failure) {
        final Object source = entry.source();
        entry.afterFailure(result);
        entry.afterRun();
        base.waits().runEnded();
        tell(source, failure);
    }

    private void tell(final Object source, final Throwable failure) {
        metrics.increment(LoopMetrics.FAILED_CALLBACKS);
        if (failure instanceof final VirtualMachineError error) throw error;
        if (failure instanceof InterruptedException) interrupted = true;
        handOver(source, failure);
    }

    private void handOver(final Object source, final Throwable failure) {
        base.unlock();
        try {
            base.failures().tell(source, failure);
        } finally {
            base.lock();
        }
    }

    /** Gives one callback to each priority from {@code from} on that has waited too long. */
    private void feedStarved(final int from) {
        final ActiveQueues queues = base.queues();
        for (int priority = from; priority < queues.priorities() && !mustStop(); priority++) {
            final Activation entry = queues.first(priority);
            if (entry == null) {
                turnsStarved[priority] = 0;
            } else if (++turnsStarved[priority] >= starvationTurns) {
                turnsStarved[priority] = 0;
                runOne(entry);
            }
        }
    }

    /** Runs a finalizer while the base is being closed, with the lock. */
    void runFinalizer(final Finalization finalization) {
        runOne(finalization);
    }
}
