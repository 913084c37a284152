package io.evbuffer.perf;

import io.evbuffer.event.EventBase;
import io.evbuffer.event.EventConfig;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The arguments of {@link EchoServer}.
 *
 * @param port where to listen, 0 for any.
 * @param backend the reactor's backend, null for the best there is.
 */
record EchoOptions(int port, @Nullable String backend) {
    static final String USAGE = "usage: EchoServer --port PORT [--backend NAME]\n"
            + "  --port PORT     0 to 65535; 0 lets the system choose\n"
            + "  --backend NAME  one of " + String.join(", ", EventBase.supportedMethods());

    private static final int LAST_PORT = 65535;

    /**
     * Reads the arguments.
     *
     * @throws IllegalArgumentException naming the first one that is wrong.
     */
    static EchoOptions parse(final String[] args) {
        int port = -1;
        String backend = null;
        for (int i = 0; i < args.length; i += 2) {
            final String option = args[i];
            if (!option.equals("--port") && !option.equals("--backend")) {
                throw new IllegalArgumentException("unknown argument '" + option + "'");
            }
            if (i + 1 == args.length) throw new IllegalArgumentException(option + " needs a value");
            final String value = args[i + 1];
            if (option.equals("--port")) {
                port = port(value);
            } else {
                backend = backend(value);
            }
        }
        if (port < 0) throw new IllegalArgumentException("--port is missing");
        return new EchoOptions(port, backend);
    }

    private static int port(final String value) {
        try {
            final int port = Integer.parseInt(value);
            if (port >= 0 && port <= LAST_PORT) return port;
        } catch (final NumberFormatException e) {
            // told below
        }
        throw new IllegalArgumentException("not a port: '" + value + "'");
    }

    private static String backend(final String value) {
        final List<String> known = EventBase.supportedMethods();
        if (!known.contains(value)) {
            throw new IllegalArgumentException("unknown backend '" + value + "', there is " + String.join(", ", known));
        }
        return value;
    }

    /** What the base is to be like: with the backend that was asked for, or none. */
    EventConfig config() {
        final EventConfig config = EventConfig.create();
        if (backend == null) return config;
        EventBase.supportedMethods().stream()
                .filter(method -> !method.equals(backend))
                .forEach(config::avoidMethod);
        return config;
    }
}
