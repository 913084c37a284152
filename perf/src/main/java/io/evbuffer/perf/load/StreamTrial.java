package io.evbuffer.perf.load;

import io.evbuffer.perf.peer.NettyStreamServer;
import io.evbuffer.perf.server.StreamServer;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A stream in one direction, on one connection: the server's processor time per MiB. Upwards the server counts the bytes and throws
 * them away, downwards it makes them; {@link StreamServer} tells how.
 *
 * <p>All that was sent has arrived before the time is taken: upwards the server has said how many bytes there were, downwards each
 * byte was compared here.
 */
final class StreamTrial implements ServerTrial {
    static final ServerLoads.Kind KIND = new ServerLoads.Kind(
            "StreamBenchmark",
            List.of(Map.of("direction", "up"), Map.of("direction", "down")),
            LibraryServers.CONTENDERS);

    private static final int MEBIBYTE = 1024 * 1024;
    private static final long STALL_MILLIS = TimeUnit.SECONDS.toMillis(60);

    private final ServerProcess server;
    private final Socket socket;
    private final DataInputStream in;
    private final DataOutputStream out;
    private final StallLimit limit;
    private final boolean up;
    private final byte[] pattern = new byte[StreamServer.PIECE + StreamServer.PERIOD];
    private final byte[] received = new byte[StreamServer.PIECE];
    private long done; // bytes, since ever

    private StreamTrial(final ServerProcess server, final Socket socket, final boolean up) throws IOException {
        this.server = server;
        this.socket = socket;
        this.up = up;
        in = new DataInputStream(socket.getInputStream());
        out = new DataOutputStream(socket.getOutputStream());
        for (int i = 0; i < pattern.length; i++) pattern[i] = (byte) (i % StreamServer.PERIOD);
        limit = new StallLimit(socket, STALL_MILLIS);
    }

    static StreamTrial start(final ServerLoads loads, final String contender, final Map<String, String> shape)
            throws IOException {
        final String direction = String.valueOf(shape.get("direction"));
        final ServerProcess server = loads.server(new LibraryServers(
                        StreamServer.class,
                        NettyStreamServer.class,
                        loads.stream(),
                        List.of("--direction", direction),
                        List.of(direction))
                .command(contender));
        Socket socket = null;
        try {
            socket = new Socket(server.address().getAddress(), server.port());
            socket.setTcpNoDelay(true);
            return new StreamTrial(server, socket, direction.equals("up"));
        } catch (final IOException | RuntimeException e) {
            if (socket != null) socket.close();
            server.close();
            throw e;
        }
    }

    @Override
    public double run(final long nanos) throws IOException {
        final long first = done;
        final long begin = server.processorNanos();
        final long start = System.nanoTime();
        limit.moved();
        try {
            do {
                if (up) send();
                else receive();
            } while (System.nanoTime() - start < nanos);
        } catch (final IOException e) {
            throw limit.explain(e);
        } finally {
            limit.rest();
        }
        return (double) (server.processorNanos() - begin) * MEBIBYTE / (done - first);
    }

    private void send() throws IOException {
        for (int left = StreamServer.BLOCK; left > 0; ) {
            final int length = Math.min(left, StreamServer.PIECE);
            out.write(pattern, (int) (done % StreamServer.PERIOD), length);
            left -= length;
            done += length;
            limit.moved();
        }
        final long counted = in.readLong();
        if (counted != done) throw new IOException("the server has counted " + counted + " bytes of " + done);
    }

    private void receive() throws IOException {
        out.writeLong(StreamServer.BLOCK);
        for (int left = StreamServer.BLOCK; left > 0; ) {
            final int length = in.read(received, 0, Math.min(left, received.length));
            if (length < 0) throw new IOException("the server has ended the stream after " + done + " bytes");
            final int from = (int) (done % StreamServer.PERIOD);
            final int difference = Arrays.mismatch(received, 0, length, pattern, from, from + length);
            if (difference >= 0) throw new IOException("byte " + (done + difference) + " is another");
            left -= length;
            done += length;
            limit.moved();
        }
    }

    @Override
    public void close() throws IOException {
        limit.close();
        socket.close();
        server.close();
    }
}
