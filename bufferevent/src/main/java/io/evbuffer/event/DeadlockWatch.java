package io.evbuffer.event;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Finds threads that would wait for each other's callbacks for ever, for bases in debug mode: a loop's thread that deletes an
 * event of another base and waits, while that base's thread waits for the first one.
 *
 * <p>Threads: any. Each notes what it waits for before it looks, so of two that close a circle at least one sees it.
 */
final class DeadlockWatch {
    private static final Map<Thread, EventBase> WAITS = new ConcurrentHashMap<>();

    private DeadlockWatch() {}

    /**
     * Notes that the calling thread is to wait for a callback of a base.
     *
     * @throws IllegalStateException if that would close a circle; nothing is noted then.
     */
    static void begin(final EventBase base) {
        final Thread self = Thread.currentThread();
        WAITS.put(self, base);
        EventBase next = base;
        for (int steps = 0; next != null && steps <= WAITS.size(); steps++) {
            final Thread owner = next.loop().owner();
            if (owner == self) {
                WAITS.remove(self);
                throw new IllegalStateException(
                        "a del would wait for ever: the callback it waits for waits for " + self);
            }
            next = owner == null ? null : WAITS.get(owner);
        }
    }

    static void end() {
        WAITS.remove(Thread.currentThread());
    }
}
