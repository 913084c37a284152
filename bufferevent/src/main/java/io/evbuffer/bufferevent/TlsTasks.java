package io.evbuffer.bufferevent;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The computations of a handshake that an engine asks to have done elsewhere: signatures, key agreement, the check of a
 * certificate, which may ask the network.
 *
 * <p>They run off the loop, one after the other; when all are done the loop is told. It stays alive meanwhile, and both
 * directions are suspended. For an engine that is no longer used nothing more is computed, and what comes back changes
 * nothing: who has left a crowd does not delay those behind him.
 */
final class TlsTasks {
    private static final long IDLE_SECONDS = 10; // then a thread ends

    /**
     * As many threads as there are processors, for all that name no other executor: the rest waits in its order. They are of
     * the platform. Engines of one context share locks, of their source of random numbers for one, with the loop: a virtual
     * thread that is next to get such a lock waits for a carrier behind all others, and the loop behind it.
     */
    static final ThreadPoolExecutor ELSEWHERE = elsewhere(Runtime.getRuntime().availableProcessors());

    private final TlsBufferEvent owner;
    private Executor executor = ELSEWHERE;
    private @Nullable Run running;

    TlsTasks(final TlsBufferEvent owner) {
        this.owner = owner;
    }

    private static ThreadPoolExecutor elsewhere(final int threads) {
        final ThreadPoolExecutor pool = new ThreadPoolExecutor(
                threads,
                threads,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                Thread.ofPlatform()
                        .daemon()
                        .inheritInheritableThreadLocals(false)
                        .name("evbuffer-tls-", 0)
                        .factory());
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    void executor(final Executor other) {
        executor = other;
    }

    boolean isRunning() {
        return running != null;
    }

    /**
     * Begins to do what the engine asks for. Nothing moves until it is done; then the work goes on.
     *
     * @throws SSLException if the executor refuses; nothing has begun.
     */
    void start(final SSLEngine engine) throws SSLException {
        final Run run = new Run(engine);
        running = run;
        owner.base().addVirtual();
        try {
            executor.execute(run);
        } catch (final RuntimeException | Error refused) { // for want of a thread, too
            abandon();
            throw new SSLException("the executor refused a computation of the handshake", refused);
        }
        owner.timers.answered();
        owner.suspend(Directions.READ, SuspendReason.TLS_TASK);
        owner.suspend(Directions.WRITE, SuspendReason.TLS_TASK);
    }

    /** The engine itself throws what its tasks threw, unless they could not even be run. */
    private void done(final @Nullable Throwable failure) {
        abandon();
        resume();
        if (failure != null) {
            owner.report(failure);
        }
        if (owner.isWorking()) {
            owner.work(false);
        }
    }

    private void resume() {
        owner.resume(Directions.READ, SuspendReason.TLS_TASK);
        owner.resume(Directions.WRITE, SuspendReason.TLS_TASK);
    }

    /** Another transport: for the old one nothing is computed any more. */
    void restart() {
        abandon();
        resume();
    }

    /** The engine is not used any more. */
    void abandon() {
        final Run run = running;
        if (run != null) {
            run.unwanted = true;
            running = null;
            owner.base().delVirtual();
        }
    }

    private final class Run implements Runnable {
        private final SSLEngine engine;
        private @Nullable Throwable failure; // written before the loop is told
        private volatile boolean unwanted; // written by the loop or who holds the lock, read where the tasks run

        Run(final SSLEngine engine) {
            this.engine = engine;
        }

        @Override
        public void run() {
            try {
                for (Runnable task = next(); task != null; task = next()) {
                    task.run();
                }
            } catch (final Throwable thrown) {
                failure = thrown;
            }
            if (unwanted) {
                return;
            }
            try {
                owner.base().execute(this::done);
            } catch (final RejectedExecutionException closed) {
                // the base is closed, and what lived on it too
            }
        }

        private @Nullable Runnable next() {
            return unwanted ? null : engine.getDelegatedTask();
        }

        private void done() {
            final SharedLock held = owner.life.enter();
            try {
                if (running == this) {
                    TlsTasks.this.done(failure);
                }
            } finally {
                owner.life.exit(held);
            }
        }
    }
}
