package io.evbuffer.perf.server;

import io.evbuffer.event.EventBase;
import io.evbuffer.event.EventConfig;
import io.evbuffer.memory.SlabPool;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What can be said to every server.
 *
 * @param port where to listen, 0 for any.
 * @param backend of the reactors, null for the best there is.
 * @param threads how many reactors, each on a thread of its own.
 * @param memory the most that all of them map off the heap, in bytes; 0 for what the JVM allows.
 */
record ServerOptions(int port, @Nullable String backend, int threads, long memory) {
    static final Set<String> NAMES = Set.of("--port", "--listen", "--backend", "--threads", "--memory");
    static final String USAGE =
            "  --port PORT     where to listen, 0 to 65535; 0 lets the system choose (also: --listen)\n"
                    + "  --backend NAME  one of " + String.join(", ", EventBase.supportedMethods())
                    + "; otherwise the best there is\n"
                    + "  --threads N     reactors, each on a thread of its own; otherwise 1\n"
                    + "  --memory SIZE   the most off the heap, as 64m; otherwise what the JVM allows\n";

    static ServerOptions of(final Arguments arguments) {
        final int port = Arguments.port(
                arguments.has("--listen") ? arguments.required("--listen") : arguments.required("--port"));
        return new ServerOptions(
                port,
                backend(arguments.optional("--backend")),
                arguments.count("--threads", 1),
                arguments.size("--memory", 0));
    }

    private static @Nullable String backend(final @Nullable String name) {
        final List<String> known = EventBase.supportedMethods();
        if (name != null && !known.contains(name)) {
            throw new IllegalArgumentException("unknown backend '" + name + "', there is " + String.join(", ", known));
        }
        return name;
    }

    /** A pool for one of the reactors. */
    SlabPool pool(final String name) {
        final SlabPool.Builder builder = SlabPool.builder().name(name);
        return memory == 0 ? builder.build() : builder.limit(memory / threads).build();
    }

    /** A base with the backend that was asked for. */
    EventBase base(final SlabPool pool) {
        final EventConfig config = EventConfig.create().pool(pool);
        return EventBase.open(backend == null ? config : config.onlyMethod(backend));
    }
}
