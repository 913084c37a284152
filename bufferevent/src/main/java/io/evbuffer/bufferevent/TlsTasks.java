package io.evbuffer.bufferevent;

import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/**
 * The computations of a handshake that an engine asks to have done elsewhere: signatures, key agreement, the check of a
 * certificate, which may ask the network.
 *
 * <p>They run off the loop, one after the other; when all are done the loop is told. It stays alive meanwhile. What comes
 * back for an engine that is no longer used changes nothing.
 */
final class TlsTasks {
    private static final Executor ELSEWHERE = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("evbuffer-tls-", 0).factory());

    private final TlsBufferEvent owner;
    private Executor executor = ELSEWHERE;
    private @Nullable Run running;

    TlsTasks(final TlsBufferEvent owner) {
        this.owner = owner;
    }

    void executor(final Executor other) {
        executor = other;
    }

    boolean isRunning() {
        return running != null;
    }

    /** Begins to do what the engine asks for. {@link TlsBufferEvent#tasksDone} follows. */
    void start(final SSLEngine engine) {
        final Run run = new Run(engine);
        running = run;
        owner.base().addVirtual();
        try {
            executor.execute(run);
        } catch (final RuntimeException refused) {
            abandon();
            throw refused;
        }
    }

    /** The engine is not used any more. */
    void abandon() {
        if (running != null) {
            running = null;
            owner.base().delVirtual();
        }
    }

    private final class Run implements Runnable {
        private final SSLEngine engine;
        private @Nullable Throwable failure; // written before the loop is told

        Run(final SSLEngine engine) {
            this.engine = engine;
        }

        @Override
        public void run() {
            try {
                for (Runnable task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
                    task.run();
                }
            } catch (final Throwable thrown) {
                failure = thrown;
            }
            try {
                owner.base().execute(this::done);
            } catch (final RejectedExecutionException closed) {
                // the base is closed, and what lived on it too
            }
        }

        private void done() {
            final SharedLock held = owner.enter();
            try {
                if (running == this) {
                    abandon();
                    owner.tasksDone(failure);
                }
            } finally {
                owner.exit(held);
            }
        }
    }
}
