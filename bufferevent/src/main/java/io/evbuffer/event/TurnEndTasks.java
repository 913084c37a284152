package io.evbuffer.event;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What is to be done when the callbacks of a turn have run, or many of them.
 *
 * <pre>
 *   callbacks of the loop ----add----> [ due     ]--\
 *   other threads ---------addForeign-> [ foreign ]---> run: all at once, without the lock
 *   tasks that run ---------add-------> [ later   ]--> due, when the turn ends
 * </pre>
 *
 * <p>Nearly all tasks come from the loop's own thread, one for each connection that has something to send, and take no lock.
 *
 * <p>They run when the turn ends, and before if {@value #MANY} callbacks have given as many: what a callback has touched is still in
 * the second cache then, its sockets in the kernel too. A callback that gives very many, as it writes to very many connections,
 * is one callback all the same: the next ones may write to the same connections, and what they all write leaves at once. With 1000 connections that are all active in a turn, an echo took 3 % more with one run
 * at the end (4121 to 3982 ns, 0.2 s in turn, 60 times, medians; 128 reports at a time instead of 1000), and as much as with
 * 32 or 64 at a time.
 *
 * <p>Invariant: a task that gives itself anew runs once a turn, however many others are due.
 *
 * <p>Threads: {@code due} and {@code later} are of the loop's thread, and of whoever has the lock while no loop runs; {@code foreign}
 * is guarded by the lock.
 */
final class TurnEndTasks {
    /** The tasks of so many callbacks do not wait for the end of the turn, if they are as many. */
    static final int MANY = 128;

    private final EventBase base;
    private Tasks due = new Tasks();
    private Tasks later = new Tasks();
    private final Tasks foreign = new Tasks();
    private boolean running;
    private int callbacks; // since tasks ran last

    TurnEndTasks(final EventBase base) {
        this.base = base;
    }

    /** Says whether there is nothing to do; with the lock, in the loop's thread or while the loop sleeps. */
    boolean isEmpty() {
        return due.count == 0 && later.count == 0 && foreign.count == 0;
    }

    /** A callback has run. Returns whether there were so many that what they gave should run now; in the loop's thread. */
    boolean areManyAfterCallback() {
        return ++callbacks >= MANY && due.count >= MANY;
    }

    /** Takes a task of the loop's thread. */
    void add(final TurnEndTask task) {
        if (running) later.add(task);
        else due.add(task);
    }

    /** Takes a task of another thread, with the lock. */
    void addForeign(final TurnEndTask task) {
        foreign.add(task);
    }

    /** Forgets all, when the base is closing and no loop runs. */
    void clear() {
        due.dropFirst(due.count);
        later.dropFirst(later.count);
        foreign.dropFirst(foreign.count);
    }

    /** The turn ends: runs the tasks given so far; those they give, or gave in this turn, wait for the next one. */
    void runLast() {
        callbacks = 0;
        if (isEmpty()) return;
        run();
        final Tasks done = due; // empty, as no error has come through
        due = later;
        later = done;
    }

    /**
     * Runs the tasks given so far, but for those that tasks have given. In the loop's thread, with the lock, which is given up
     * meanwhile. What a task throws goes to the error handler; an error of the JVM comes through, and the tasks that have not run
     * are still due.
     */
    void run() {
        callbacks = 0;
        due.takeAll(foreign);
        running = true;
        base.unlock();
        int ran = 0;
        try {
            while (ran < due.count) run(due.get(ran++));
        } finally {
            base.lock();
            running = false;
            due.dropFirst(ran);
        }
    }

    private void run(final TurnEndTask task) {
        try {
            task.turnEnd();
        } catch (final Throwable failure) {
            if (failure instanceof final VirtualMachineError error) throw error;
            base.failures().tell(task, failure);
        }
    }

    /** Tasks in the order in which they came. */
    private static final class Tasks {
        private static final int FIRST_ROOM = 16;

        private @Nullable TurnEndTask[] tasks = new TurnEndTask[FIRST_ROOM];
        private int count;

        void add(final TurnEndTask task) {
            if (count == tasks.length) tasks = Arrays.copyOf(tasks, 2 * count);
            tasks[count++] = task;
        }

        /** All of them or, for want of memory, none: no task runs twice. */
        void takeAll(final Tasks others) {
            if (others.count == 0) return;
            final int sum = count + others.count;
            if (sum > tasks.length) tasks = Arrays.copyOf(tasks, 2 * sum);
            System.arraycopy(others.tasks, 0, tasks, count, others.count);
            count = sum;
            others.dropFirst(others.count);
        }

        @SuppressWarnings("NullAway") // there are so many
        TurnEndTask get(final int index) {
            return tasks[index];
        }

        void dropFirst(final int some) {
            count -= some;
            System.arraycopy(tasks, some, tasks, 0, count);
            Arrays.fill(tasks, count, count + some, null);
        }
    }
}
