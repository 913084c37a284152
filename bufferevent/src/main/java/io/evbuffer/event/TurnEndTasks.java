package io.evbuffer.event;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What is to be done when the callbacks of a turn have run.
 *
 * <pre>
 *   the loop's thread --add-------&gt; [ own     ]--\
 *                                                 run: all at once, without the lock
 *   other threads ----addForeign--&gt; [ foreign ]--/
 * </pre>
 *
 * <p>Nearly all tasks come from the loop's own thread, one for each connection that has something to send, and take no lock.
 *
 * <p>Threads: {@code own} is of the loop's thread, and of whoever has the lock while no loop runs; {@code foreign} is guarded by
 * the lock.
 */
final class TurnEndTasks {
    private static final int FIRST_ROOM = 16;

    private final EventBase base;
    private @Nullable TurnEndTask[] own = new TurnEndTask[FIRST_ROOM];
    private @Nullable TurnEndTask[] spare = new TurnEndTask[FIRST_ROOM]; // the one of the two that is being run
    private int count; // in own
    private @Nullable TurnEndTask[] foreign = new TurnEndTask[FIRST_ROOM];
    private int foreignCount;

    TurnEndTasks(final EventBase base) {
        this.base = base;
    }

    /** Says whether there is nothing to do; with the lock, in the loop's thread or while the loop sleeps. */
    boolean isEmpty() {
        return count == 0 && foreignCount == 0;
    }

    /** Takes a task of the loop's thread. */
    void add(final TurnEndTask task) {
        if (count == own.length) own = Arrays.copyOf(own, 2 * count);
        own[count++] = task;
    }

    /** Takes a task of another thread, with the lock. */
    void addForeign(final TurnEndTask task) {
        if (foreignCount == foreign.length) foreign = Arrays.copyOf(foreign, 2 * foreignCount);
        foreign[foreignCount++] = task;
    }

    /** Forgets all, when the base is closing. */
    void clear() {
        Arrays.fill(own, 0, count, null);
        count = 0;
        Arrays.fill(foreign, 0, foreignCount, null);
        foreignCount = 0;
    }

    /**
     * Runs the tasks given so far; those they give wait for the next turn. In the loop's thread, with the lock, which is given up
     * meanwhile. What a task throws goes to the error handler; an error of the JVM comes through.
     */
    void run() {
        if (isEmpty()) return;
        takeForeign();
        final @Nullable TurnEndTask[] tasks = own;
        final int given = count;
        own = spare;
        spare = tasks;
        count = 0;
        base.unlock();
        int next = 0;
        try {
            while (next < given) {
                final TurnEndTask task = tasks[next];
                tasks[next++] = null;
                if (task != null) run(task);
            }
        } finally {
            base.lock();
            if (next < given) putBack(tasks, next, given);
        }
    }

    private void takeForeign() {
        if (foreignCount == 0) return;
        if (count + foreignCount > own.length) own = Arrays.copyOf(own, 2 * (count + foreignCount));
        System.arraycopy(foreign, 0, own, count, foreignCount);
        Arrays.fill(foreign, 0, foreignCount, null);
        count += foreignCount;
        foreignCount = 0;
    }

    private void run(final TurnEndTask task) {
        try {
            task.turnEnd();
        } catch (final Throwable failure) {
            if (failure instanceof final VirtualMachineError error) throw error;
            base.failures().tell(task, failure);
        }
    }

    /** An error has come through: the tasks that have not run go before those given meanwhile. */
    private void putBack(final @Nullable TurnEndTask[] tasks, final int from, final int to) {
        final int kept = to - from;
        final int length = kept + count;
        if (length > own.length) own = Arrays.copyOf(own, 2 * length);
        System.arraycopy(own, 0, own, kept, count);
        System.arraycopy(tasks, from, own, 0, kept);
        Arrays.fill(tasks, from, to, null);
        count = length;
    }
}
