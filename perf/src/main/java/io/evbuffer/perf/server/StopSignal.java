package io.evbuffer.perf.server;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Turns SIGTERM and SIGINT into the end of a program's work. The process then lives until {@link #close()}, so that the program
 * can put everything away, or for {@value #LIMIT_SECONDS} seconds.
 */
final class StopSignal implements AutoCloseable {
    private static final long LIMIT_SECONDS = 10;

    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread hook = new Thread(this::signalled, "stop-signal");
    private Runnable stop = () -> {};
    private boolean signalled;

    StopSignal() {
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** From now on the signal runs this, on a thread of its own; at once, if it came already. */
    synchronized void stops(final Runnable work) {
        stop = work;
        if (signalled) work.run();
    }

    /** In the hook's thread: the virtual machine halts when this returns. */
    private void signalled() {
        synchronized (this) {
            signalled = true;
            stop.run();
        }
        try {
            closed.await(LIMIT_SECONDS, TimeUnit.SECONDS);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The program has put everything away. */
    @Override
    public void close() {
        closed.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (final IllegalStateException e) {
            return; // the hook is what ended the work
        }
    }
}
