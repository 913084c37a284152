package io.evbuffer.bufferevent;

import java.util.Collections;
import java.util.Objects;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import org.jspecify.annotations.Nullable;

/**
 * Where the engines of one {@link TlsBufferEvent} come from: one that was given and serves one connection, or a supplier that
 * makes another one for each.
 *
 * <p>An engine belongs to one BufferEvent: two that share it would mix their records. So all that are in use are known.
 */
final class TlsEngines {
    private static final Set<SSLEngine> IN_USE =
            Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

    private final TlsState role;
    private final @Nullable Supplier<? extends SSLEngine> supplier;
    private @Nullable SSLEngine unused; // taken, and no connection has begun with it

    TlsEngines(final TlsState role, final Supplier<? extends SSLEngine> supplier) {
        this.role = role;
        this.supplier = supplier;
        this.unused = take(supplier.get());
    }

    TlsEngines(final TlsState role, final SSLEngine only) {
        this.role = role;
        this.supplier = null;
        this.unused = take(only);
    }

    /** An engine with which no connection has begun; the same one until {@link #begun}. */
    SSLEngine next() {
        SSLEngine engine = unused;
        if (engine == null) {
            if (supplier == null) {
                throw new IllegalStateException(
                        "the engine has served one connection; another one needs a supplier of engines");
            }
            engine = take(supplier.get());
            unused = engine;
        }
        return engine;
    }

    /** A connection begins with the engine. */
    void begun() {
        unused = null;
    }

    /** No BufferEvent came about: the engine is free again, or closed where it would have been closed with it. */
    void refused(final Options options) {
        final SSLEngine engine = unused;
        if (engine != null) {
            release(engine);
            if (options.has(Options.CLOSE_ON_FREE)) {
                engine.closeOutbound();
            }
        }
    }

    /** The engine is not used any more. */
    static void release(final SSLEngine engine) {
        IN_USE.remove(engine);
    }

    private SSLEngine take(final SSLEngine engine) {
        Objects.requireNonNull(engine, "engine");
        if (!IN_USE.add(engine)) {
            throw new IllegalArgumentException("the engine belongs to another BufferEvent: " + engine);
        }
        try {
            prepare(engine);
        } catch (final RuntimeException refused) {
            IN_USE.remove(engine);
            throw refused;
        }
        return engine;
    }

    private void prepare(final SSLEngine engine) {
        final boolean negotiated = !"NONE".equals(engine.getSession().getProtocol());
        if (role == TlsState.OPEN) {
            if (!negotiated) {
                throw new IllegalArgumentException("the engine has not shaken hands yet: " + engine);
            }
        } else if (negotiated || engine.getHandshakeStatus() != HandshakeStatus.NOT_HANDSHAKING) {
            throw new IllegalArgumentException("the engine has been used already: " + engine);
        } else {
            engine.setUseClientMode(role == TlsState.CONNECTING);
        }
    }
}
