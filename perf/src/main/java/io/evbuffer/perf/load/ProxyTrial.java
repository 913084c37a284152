package io.evbuffer.perf.load;

import io.evbuffer.perf.peer.NettyProxyServer;
import io.evbuffer.perf.server.Proxy;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A TCP proxy between an origin that sends without end and a client that takes all: processor time per MiB. Both ends are threads of
 * this process, on the same processor; the bytes are compared by their place in a pattern, one in each read.
 */
final class ProxyTrial implements ServerTrial {
    static final ServerLoads.Kind KIND = new ServerLoads.Kind(
            "ProxyBenchmark",
            List.of(Map.of("connections", "1")),
            List.of(ServerLoads.OURS, LibraryServers.NETTY, LibraryServers.NETTY_TUNED, HaProxy.NAME));

    private static final int MEBIBYTE = 1024 * 1024;
    private static final int PIECE = 256 * 1024;
    private static final int PERIOD = 251;
    private static final long STALL_MILLIS = TimeUnit.SECONDS.toMillis(60);

    private final ServerProcess server;
    private final ServerSocketChannel origin;
    private final SocketChannel client;
    private final StallLimit limit;
    private final ByteBuffer room = ByteBuffer.allocateDirect(PIECE);
    private long taken;

    private ProxyTrial(final ServerProcess server, final ServerSocketChannel origin, final SocketChannel client) {
        this.server = server;
        this.origin = origin;
        this.client = client;
        limit = new StallLimit(client, STALL_MILLIS);
    }

    static ProxyTrial start(final ServerLoads loads, final String contender, final Map<String, String> shape)
            throws IOException {
        if (ServerLoads.number(shape, "connections") != 1) throw new IllegalArgumentException("one connection only");
        final ServerSocketChannel origin =
                ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        ServerProcess server = null;
        try {
            final int port = ((InetSocketAddress) origin.getLocalAddress()).getPort();
            server = server(loads, contender, port);
            final Thread sender = new Thread(() -> send(origin), "origin");
            sender.setDaemon(true);
            sender.start();
            return new ProxyTrial(server, origin, SocketChannel.open(server.address()));
        } catch (final IOException | RuntimeException e) {
            origin.close();
            if (server != null) server.close();
            throw e;
        }
    }

    /** A contender's proxy before a port of this machine. */
    static ServerProcess server(final ServerLoads loads, final String contender, final int origin) throws IOException {
        if (contender.equals(HaProxy.NAME)) return HaProxy.start(loads, origin);
        return loads.server(new LibraryServers(
                        Proxy.class,
                        NettyProxyServer.class,
                        List.of("--to", "127.0.0.1:" + origin),
                        List.of(Integer.toString(origin)))
                .command(contender));
    }

    /** Sends to each connection in turn, until it ends: the proxy's first ones may only ask whether anybody is there. */
    private static void send(final ServerSocketChannel origin) {
        final ByteBuffer piece = ByteBuffer.allocateDirect(PERIOD * (PIECE / PERIOD));
        while (piece.hasRemaining()) piece.put((byte) (piece.position() % PERIOD));
        while (origin.isOpen()) {
            try (SocketChannel connection = origin.accept()) {
                while (origin.isOpen()) {
                    piece.rewind();
                    while (piece.hasRemaining()) connection.write(piece);
                }
            } catch (final IOException e) {
                // the end of the connection, or of all
            }
        }
    }

    @Override
    public double run(final long nanos) throws IOException {
        final long first = taken;
        final long begin = server.processorNanos();
        final long start = System.nanoTime();
        limit.moved();
        try {
            do {
                receive();
                limit.moved();
            } while (System.nanoTime() - start < nanos);
        } catch (final IOException e) {
            throw limit.explain(e);
        } finally {
            limit.rest();
        }
        return (double) (server.processorNanos() - begin) * MEBIBYTE / (taken - first);
    }

    private void receive() throws IOException {
        room.clear();
        if (client.read(room) < 0) throw new IOException("the proxy has ended the connection");
        if (room.get(0) != (byte) (taken % PERIOD)) throw new IOException("byte " + taken + " is another");
        taken += room.position();
    }

    @Override
    public void close() throws IOException {
        limit.close();
        client.close();
        origin.close();
        server.close();
    }
}
