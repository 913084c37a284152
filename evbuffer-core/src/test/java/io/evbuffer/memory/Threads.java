package io.evbuffer.memory;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Runs test code on other threads and waits for it; what fails there fails here. */
final class Threads {
    private static final long LIMIT_MILLIS = TimeUnit.MINUTES.toMillis(2);

    interface Body {
        void run() throws Exception;
    }

    private Threads() {}

    /** Runs one body on a thread of its own. */
    static void onAnother(final Body body) {
        together(List.of(body));
    }

    /** Runs all bodies at the same time, each on a thread of its own. */
    static void together(final List<Body> bodies) {
        final List<Throwable> failures = new ArrayList<>();
        final List<Thread> threads = new ArrayList<>();
        for (final Body body : bodies) {
            final Thread thread = new Thread(() -> {
                final Throwable failure = failureOf(body);
                if (failure == null) return;
                synchronized (failures) {
                    failures.add(failure);
                }
            });
            thread.setDaemon(true);
            threads.add(thread);
        }
        threads.forEach(Thread::start);
        for (final Thread thread : threads) join(thread);
        synchronized (failures) {
            if (!failures.isEmpty()) {
                final AssertionError failed = new AssertionError("failed on another thread", failures.get(0));
                failures.subList(1, failures.size()).forEach(failed::addSuppressed);
                throw failed;
            }
        }
    }

    private static @Nullable Throwable failureOf(final Body body) {
        try {
            body.run();
            return null;
        } catch (final Throwable e) {
            return e;
        }
    }

    private static void join(final Thread thread) {
        try {
            thread.join(LIMIT_MILLIS);
        } catch (final InterruptedException e) {
            throw new AssertionError("interrupted while waiting for " + thread, e);
        }
        if (thread.isAlive()) throw new AssertionError("does not end: " + thread);
    }
}
