package io.evbuffer.channel;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** An executor whose tasks the test runs on its own thread, when it likes; it may refuse. */
final class Tasks implements Executor {
    private final BlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
    private volatile boolean refusing;

    @Override
    public void execute(final Runnable task) {
        if (refusing) throw new RejectedExecutionException("no more tasks");
        tasks.add(task);
    }

    void refuse(final boolean from) {
        refusing = from;
    }

    int waiting() {
        return tasks.size();
    }

    /** Runs what is waiting now. */
    void runAll() {
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) task.run();
    }

    /** Runs tasks, those to come included, until something is so; the limit of time is there for a failure to end. */
    void runUntil(final BooleanSupplier done) throws InterruptedException {
        while (!done.getAsBoolean()) {
            final Runnable task = tasks.poll(1, TimeUnit.MINUTES);
            if (task == null) throw new AssertionError("nothing happens any more");
            task.run();
        }
    }
}
