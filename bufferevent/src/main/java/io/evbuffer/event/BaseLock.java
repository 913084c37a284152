package io.evbuffer.event;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * The lock of a base, with the signal for which a waiting del sleeps. Reentrant.
 *
 * <p>The loop takes it twice for each callback, hardly ever against another thread, so what counts is what that costs: one
 * compare-and-set to take it, and a plain store to give it back. Nobody is told that it is free, as to know who waits would
 * take a second locked instruction. It is held for a microsecond as a rule and never while user code runs, so who finds it
 * taken looks again for a while, then sleeps, and looks again, each time for longer (BTR-20).
 *
 * <pre>
 *   lock:  take it -----taken----&gt; look, 5 us -----taken----&gt; sleep, 50 us ---&gt; look, 10 us, before all others ---&gt; ...
 *              ^                                                                    |
 *              `-- not while somebody who has slept is looking: {@code waiting} ----'
 * </pre>
 *
 * <p>Invariants: <b>BL1</b> {@code again} and {@code sleepers} change only in the holder's thread. <b>BL2</b> while {@code waiting}
 * is not 0, nobody takes it who has not slept for it: a thread that takes it again and again cannot keep others from it.
 *
 * <p><b>Cost:</b> no allocation but for virtual threads that sleep. Threads: any.
 */
final class BaseLock {
    /** Some microseconds: longer than what is mostly done with the lock. */
    private static final int SPINS = 100;

    private static final long PAUSE_NANOS = 50_000; // what Linux makes of any shorter one

    /** How often looks and pauses double: to 0.1 and 0.8 ms, a tenth of a processor for who waits long. */
    private static final int DOUBLINGS = 4;

    private static final long NOBODY = 0; // threads count from 1
    private static final VarHandle HOLDER;
    private static final VarHandle WAITING;

    static {
        try {
            final MethodHandles.Lookup lookup = MethodHandles.lookup();
            HOLDER = lookup.findVarHandle(BaseLock.class, "holder", long.class);
            WAITING = lookup.findVarHandle(BaseLock.class, "waiting", int.class);
        } catch (final ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    @SuppressWarnings("unused") // by HOLDER
    private long holder; // the number of a thread; no reference, which would cost the collector's barrier

    @SuppressWarnings("unused") // by WAITING
    private int waiting; // how many threads have slept for it and are looking

    private int again; // how often its holder has taken it beyond the first time
    private final List<Thread> sleepers = new ArrayList<>(); // for a signal

    void lock() {
        final long thread = Thread.currentThread().threadId();
        if ((int) WAITING.getOpaque(this) != 0 || !HOLDER.compareAndSet(this, NOBODY, thread)) lockTaken(thread);
    }

    private void lockTaken(final long thread) {
        if ((long) HOLDER.getOpaque(this) == thread) {
            again++;
            return;
        }
        boolean interrupted = false;
        boolean taken = takeSoon(thread);
        for (int pauses = 0; !taken; pauses++) {
            final int doubled = Math.min(pauses, DOUBLINGS);
            interrupted |= Thread.interrupted(); // or there would be no pause
            LockSupport.parkNanos(this, PAUSE_NANOS << doubled);
            taken = takeFirst(thread, (2 * SPINS) << doubled);
        }
        if (interrupted) Thread.currentThread().interrupt();
    }

    private boolean takeSoon(final long thread) {
        for (int i = 0; i < SPINS; i++) {
            Thread.onSpinWait();
            if ((int) WAITING.getOpaque(this) == 0 && isFree() && HOLDER.compareAndSet(this, NOBODY, thread))
                return true;
        }
        return false;
    }

    private boolean takeFirst(final long thread, final int spins) {
        WAITING.getAndAdd(this, 1);
        try {
            for (int i = 0; i < spins; i++) {
                if (isFree() && HOLDER.compareAndSet(this, NOBODY, thread)) return true;
                Thread.onSpinWait();
            }
            return false;
        } finally {
            WAITING.getAndAdd(this, -1);
        }
    }

    private boolean isFree() {
        return (long) HOLDER.getOpaque(this) == NOBODY;
    }

    void unlock() {
        if ((long) HOLDER.getOpaque(this) != Thread.currentThread().threadId()) throw notMine();
        if (again > 0) again--;
        else HOLDER.setRelease(this, NOBODY);
    }

    private static IllegalMonitorStateException notMine() {
        return new IllegalMonitorStateException("the lock of a base is not held by " + Thread.currentThread());
    }

    /**
     * Gives the lock up, waits for a signal, and takes the lock again. May return without a signal, also because the thread is
     * interrupted, which stays marked.
     *
     * @param nanos how long at most; {@link Long#MAX_VALUE} is for ever.
     */
    void await(final long nanos) {
        final int depth = again;
        final Thread thread = Thread.currentThread();
        sleepers.add(thread);
        again = 0;
        unlock();
        try {
            if (nanos == Long.MAX_VALUE) LockSupport.park(this);
            else LockSupport.parkNanos(this, nanos);
        } finally {
            lock();
            again = depth;
            sleepers.remove(thread);
        }
    }

    /** Wakes all who wait for a signal; with the lock. */
    void signalAll() {
        sleepers.forEach(LockSupport::unpark);
    }
}
