package io.evbuffer.perf;

import io.evbuffer.event.EventBase;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Turns SIGTERM and SIGINT into the end of a loop. The process then lives until {@link #close()}, so that the program can put
 * everything away, or for {@value #LIMIT_SECONDS} seconds.
 */
final class StopSignal implements AutoCloseable {
    private static final long LIMIT_SECONDS = 10;

    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread hook = new Thread(this::signalled, "stop-signal");
    private @Nullable EventBase base;
    private boolean signalled;

    StopSignal() {
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** From now on the signal ends this loop; at once, if it came already. */
    synchronized void stops(final EventBase loop) {
        base = loop;
        if (signalled) loop.requestStop();
    }

    /** In the hook's thread: the virtual machine halts when this returns. */
    private void signalled() {
        synchronized (this) {
            signalled = true;
            if (base != null && !base.isClosed()) base.requestStop();
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
            return; // the hook is what ended the loop
        }
    }
}
