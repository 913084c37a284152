package io.evbuffer.perf.load;

import io.evbuffer.event.EventConfig;
import io.evbuffer.perf.peer.NettyEchoServer;
import io.evbuffer.perf.server.EchoServer;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * An echo server of somebody's under a load of ours: its processor time per message.
 *
 * <pre>
 *   this process: the load                                   a process of its own: the server
 *   connections x depth messages ──────bytes each──────►     processor time per message, of all its threads
 * </pre>
 *
 * <p>On each connection {@code depth} messages are sent at once, and the next ones when all of them are back; each byte is
 * compared.
 */
final class EchoTrial implements ServerTrial {
    static final ServerLoads.Kind KIND = new ServerLoads.Kind(
            "EchoBenchmark",
            List.of(shape(50, 64, 1), shape(50, 64, 32), shape(50, 4096, 8), shape(8, 65_536, 4), shape(1000, 64, 1)),
            LibraryServers.CONTENDERS);

    private static final long BATCH_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final ServerProcess server;
    private final LoadClient client;
    private final int connections;
    private final long roundBytes; // of a connection
    private final int depth;
    private long rounds = 1; // that take some milliseconds

    private EchoTrial(
            final ServerProcess server,
            final LoadClient client,
            final int connections,
            final int bytes,
            final int depth) {
        this.server = server;
        this.client = client;
        this.connections = connections;
        this.depth = depth;
        roundBytes = (long) bytes * depth;
    }

    private static Map<String, String> shape(final int connections, final int bytes, final int depth) {
        return new TreeMap<>(Map.of(
                "connections", Integer.toString(connections),
                "bytes", Integer.toString(bytes),
                "depth", Integer.toString(depth)));
    }

    static EchoTrial start(final ServerLoads loads, final String contender, final Map<String, String> shape)
            throws IOException {
        final int connections = ServerLoads.number(shape, "connections");
        final int bytes = ServerLoads.number(shape, "bytes");
        final int depth = ServerLoads.number(shape, "depth");
        final ServerProcess server = loads.server(
                new LibraryServers(EchoServer.class, NettyEchoServer.class, loads.echo()).command(contender));
        LoadClient client = null;
        try {
            client = new LoadClient(EventConfig.create(), server.address(), Math.multiplyExact(bytes, depth));
            client.connect(connections);
            return new EchoTrial(server, client, connections, bytes, depth);
        } catch (final IOException | RuntimeException e) {
            if (client != null) client.close();
            server.close();
            throw e;
        }
    }

    @Override
    public double run(final long nanos) throws IOException {
        final long begin = server.processorNanos();
        final long start = System.nanoTime();
        long messages = 0;
        long now = start;
        do {
            client.exchange(connections, rounds * roundBytes);
            messages += rounds * depth * connections;
            final long before = now;
            now = System.nanoTime();
            if (now - before < BATCH_NANOS) rounds *= 2;
        } while (now - start < nanos);
        return (double) (server.processorNanos() - begin) / messages;
    }

    @Override
    public void close() {
        client.close();
        server.close();
    }
}
