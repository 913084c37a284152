package io.evbuffer.perf.load;

import io.evbuffer.perf.peer.NettyEchoServer;
import io.evbuffer.perf.server.EchoServer;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * An echo server whose clients say one thing and go: its processor time per connection, from the accept to the close.
 *
 * <p>A client connects, sends a small message, gets it back, ends its stream and waits for the end of the server's. So many do so
 * at the same time; as soon as one has gone, the next one comes. {@link ChurnClient} compares each byte.
 */
final class ChurnTrial implements ServerTrial {
    static final ServerLoads.Kind KIND = new ServerLoads.Kind(
            "ConnectionChurnBenchmark",
            List.of(new TreeMap<>(Map.of("connections", "16", "bytes", "64"))),
            LibraryServers.CONTENDERS);

    /** Connections between two looks at the clock, for each that stands at the same time. */
    private static final int BATCH = 20;

    private final ServerProcess server;
    private final ChurnClient client;
    private final int batch;

    private ChurnTrial(final ServerProcess server, final ChurnClient client, final int batch) {
        this.server = server;
        this.client = client;
        this.batch = batch;
    }

    static ChurnTrial start(final ServerLoads loads, final String contender, final Map<String, String> shape)
            throws IOException {
        final int connections = ServerLoads.number(shape, "connections");
        final ServerProcess server = loads.server(
                new LibraryServers(EchoServer.class, NettyEchoServer.class, loads.echo()).command(contender));
        try {
            final ChurnClient client =
                    new ChurnClient(server.address(), connections, ServerLoads.number(shape, "bytes"));
            return new ChurnTrial(server, client, BATCH * connections);
        } catch (final IOException | RuntimeException e) {
            server.close();
            throw e;
        }
    }

    @Override
    public double run(final long nanos) throws IOException {
        final long begin = server.processorNanos();
        final long start = System.nanoTime();
        long count = 0;
        do {
            client.churn(batch);
            count += batch;
        } while (System.nanoTime() - start < nanos);
        return (double) (server.processorNanos() - begin) / count;
    }

    @Override
    public void close() throws IOException {
        client.close();
        server.close();
    }
}
