package io.evbuffer.event;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/**
 * What layers above a base keep once per base, by their kinds.
 *
 * <p>Threads: any. Without the base's lock, as parts call back.
 */
final class Parts {
    private final Map<Class<?>, AutoCloseable> parts = new ConcurrentHashMap<>();

    /** The part of a kind, which is made once. */
    <T extends AutoCloseable> T get(final Class<T> kind, final Supplier<? extends T> maker) {
        return kind.cast(parts.computeIfAbsent(kind, key -> maker.get()));
    }

    /** Ends all of them, whatever one of them throws: that is told. */
    void close(final BiConsumer<Object, Throwable> failed) {
        for (final AutoCloseable part : parts.values()) {
            try {
                part.close();
            } catch (final Exception e) {
                failed.accept(part, e);
            }
        }
        parts.clear();
    }
}
