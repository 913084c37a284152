package io.evbuffer.perf.server;

import io.evbuffer.EvBufferStats;
import io.evbuffer.bufferevent.BufferEvent;
import io.evbuffer.bufferevent.Options;
import io.evbuffer.bufferevent.SocketBufferEvent;
import io.evbuffer.bufferevent.TlsBufferEvent;
import io.evbuffer.bufferevent.TlsState;
import io.evbuffer.event.EventBase;
import io.evbuffer.event.Transport;
import java.io.IOException;
import java.io.PrintStream;
import java.util.Set;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/**
 * Passes each connection on to another server, both ways, by moving chains from input to output: no byte is copied.
 *
 * <p>{@link ProxyPair} tells how. Either side may speak TLS, which encrypts and so copies.
 *
 * <p>As a program: {@code java -jar benchmarks.jar proxy --listen 8080 --to localhost:80 [--tls-in] [--tls-out]}.
 *
 * <p>Ownership: connections live until they end or the base is closed. Threads: of the base's loop, one object for each.
 */
public final class Proxy implements Service {
    private static final ServerProgram PROGRAM = new ServerProgram(
            "Proxy",
            " --to HOST:PORT [--tls-in] [--tls-out]",
            "  --to HOST:PORT  the server behind it\n"
                    + "  --tls-in        clients speak TLS\n"
                    + "  --tls-out       the server speaks TLS; trusted are the certificates of the key store, if there is"
                    + " one\n"
                    + TlsKeys.HELP,
            Set.of("--to", "--keystore", "--password"),
            Set.of("--tls-in", "--tls-out"),
            Proxy::services);

    private final EventBase base;
    private final String host;
    private final int port;
    private final @Nullable TlsKeys inside;
    private final @Nullable TlsKeys outside;
    private final @Nullable EvBufferStats stats;

    /** Connects the connections of a base to a server, whose name is looked up each time, by TLS where there are keys; counts what all buffers do, if wanted. */
    Proxy(
            final EventBase base,
            final String host,
            final int port,
            final @Nullable TlsKeys ofClients,
            final @Nullable TlsKeys ofServer,
            final @Nullable EvBufferStats stats) {
        this.inside = ofClients;
        this.outside = ofServer;
        this.base = base;
        this.host = host;
        this.port = port;
        this.stats = stats;
    }

    private static Service.Factory services(final Arguments arguments) throws IOException {
        final String to = arguments.required("--to");
        final int colon = to.lastIndexOf(':');
        if (colon < 1) throw new IllegalArgumentException("--to is no HOST:PORT: '" + to + "'");
        final String host = to.substring(0, colon);
        final int port = Arguments.port(to.substring(colon + 1));
        if (port == 0) throw new IllegalArgumentException("--to needs a port of 1 or more");
        final TlsKeys in = arguments.has("--tls-in") ? TlsKeys.ofServer(arguments) : null;
        final TlsKeys out = arguments.has("--tls-out") ? TlsKeys.ofClient(arguments) : null;
        return base -> new Proxy(base, host, port, in, out, null);
    }

    @Override
    public void serve(final Transport accepted) {
        final BufferEvent client = counted(Connections.accepted(base, accepted, inside));
        if (outside == null) {
            final SocketBufferEvent upstream = SocketBufferEvent.create(base, null, Options.CLOSE_ON_FREE);
            new ProxyPair(client, counted(upstream)).start(() -> upstream.connectHostname(host, port));
        } else {
            final SSLEngine engine = outside.connecting(host, port);
            final TlsBufferEvent upstream =
                    TlsBufferEvent.create(base, null, engine, TlsState.CONNECTING, Options.CLOSE_ON_FREE);
            new ProxyPair(client, counted(upstream)).start(() -> upstream.connectHostname(host, port));
        }
    }

    private BufferEvent counted(final BufferEvent connection) {
        if (stats != null) {
            connection.input().stats(stats);
            connection.output().stats(stats);
        }
        return connection;
    }

    @Override
    public void close() {
        // nothing is kept but connections
    }

    /**
     * Runs the proxy until the process is told to end. Exits with 2 if the arguments are wrong, 1 if it cannot start or has lost
     * memory.
     *
     * @param args {@code --listen P --to HOST:PORT} and common options.
     */
    public static void main(final String[] args) {
        final int status = run(args, System.out, System.err);
        if (status != 0) System.exit(status);
    }

    static int run(final String[] args, final PrintStream out, final PrintStream err) {
        return PROGRAM.run(args, out, err);
    }
}
