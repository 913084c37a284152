package io.evbuffer.perf;

import io.evbuffer.EvBuffer;
import io.evbuffer.EvBufferStats;
import io.evbuffer.bufferevent.BufferEvent;
import io.evbuffer.bufferevent.Directions;
import io.evbuffer.bufferevent.EventFlags;
import io.evbuffer.bufferevent.Options;
import io.evbuffer.bufferevent.SocketBufferEvent;
import io.evbuffer.event.ConnectionListener;
import io.evbuffer.event.EventBase;
import io.evbuffer.event.EventException;
import io.evbuffer.event.Transport;
import io.evbuffer.memory.SlabPool;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Sends back what it receives, by moving chains from each connection's input to its output: no byte is copied.
 *
 * <pre>
 *   peer --&gt; [ input ]--chains--&gt;[ output ] --&gt; peer
 *                                    | at {@link #HIGH} bytes: reading stops
 *                                    | at {@link #LOW} bytes: reading goes on
 * </pre>
 *
 * <p>So a connection holds at most {@link #HIGH} bytes and what one turn reads, however slowly its peer takes them. After a
 * peer's end of stream it is sent what is left, then its connection is closed.
 *
 * <p>As a program: {@code java -cp benchmarks.jar io.evbuffer.perf.EchoServer --port 4711 [--backend nio]}. It ends on
 * SIGTERM or SIGINT, and says how many segments were alive then.
 *
 * <p>Ownership: the base is the caller's; the server owns its listener and its connections, which live until they end or the
 * base is closed. Threads: of the base's loop.
 */
public final class EchoServer implements AutoCloseable {
    /** Output at which a connection is read no more. */
    static final long HIGH = 256 * 1024;

    /** Output at which it is read again. */
    static final long LOW = 64 * 1024;

    private static final int MAX_SINGLE = 64 * 1024;
    private static final int BACKLOG = 1024;
    private static final long FLUSH_LIMIT_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final EventBase base;
    private final ConnectionListener listener;
    private final @Nullable EvBufferStats stats;

    /**
     * Listens; the base's loop does the rest.
     *
     * @param base where connections live.
     * @param local where to listen; port 0 lets the system choose.
     * @param stats counts what all buffers do, or null.
     * @throws EventException if the system refuses the address.
     */
    public EchoServer(final EventBase base, final SocketAddress local, final @Nullable EvBufferStats stats) {
        this.base = base;
        this.stats = stats;
        listener = ConnectionListener.bind(
                base,
                local,
                ConnectionListener.CLOSE_ON_FREE | ConnectionListener.REUSEABLE,
                BACKLOG,
                (source, accepted, peer) -> serve(accepted));
    }

    /**
     * The port it listens on.
     *
     * @return as chosen by the system, if it was asked to.
     */
    public int port() {
        return ((InetSocketAddress) listener.localAddress()).getPort();
    }

    private void serve(final Transport accepted) throws IOException {
        try {
            accepted.option(StandardSocketOptions.TCP_NODELAY, true);
        } catch (final IOException e) {
            accepted.close(); // the peer is gone already
            return;
        }
        final BufferEvent connection = SocketBufferEvent.create(base, accepted, Options.CLOSE_ON_FREE);
        count(connection.input());
        count(connection.output());
        connection.maxSingleRead(MAX_SINGLE);
        connection.maxSingleWrite((int) HIGH);
        connection.setWatermark(Directions.WRITE, LOW, 0);
        connection.setCallbacks(EchoServer::received, EchoServer::sent, (source, what, cause) -> ended(source, what));
        connection.enable(Directions.READ);
    }

    private void count(final EvBuffer buffer) {
        if (stats != null) buffer.stats(stats);
    }

    private static void received(final BufferEvent connection) {
        connection.writeBuffer(connection.input());
        if (connection.output().length() >= HIGH) connection.disable(Directions.READ);
    }

    /** The output is down to the low mark. */
    private static void sent(final BufferEvent connection) {
        if (!connection.enabled().has(Directions.READ)) connection.enable(Directions.READ);
    }

    private static void ended(final BufferEvent connection, final EventFlags what) {
        if (what.has(EventFlags.EOF)) {
            connection.closeAfterFlush(FLUSH_LIMIT_NANOS);
        } else {
            connection.close();
        }
    }

    /** Accepts no more. Connections go on. */
    @Override
    public void close() {
        listener.close();
    }

    // ---- as a program ----

    /**
     * Runs the server until the process is told to end. Exits with 2 if the arguments are wrong, 1 if the server cannot start
     * or has lost memory.
     *
     * @param args {@code --port P}, and {@code --backend NAME} if a certain one is wanted.
     */
    public static void main(final String[] args) {
        final int status = run(args, System.out, System.err);
        if (status != 0) System.exit(status);
    }

    static int run(final String[] args, final PrintStream out, final PrintStream err) {
        final EchoOptions options;
        try {
            options = EchoOptions.parse(args);
        } catch (final IllegalArgumentException e) {
            err.println("EchoServer: " + e.getMessage());
            err.println(EchoOptions.USAGE);
            return 2;
        }
        try (SlabPool pool = SlabPool.builder().name("echo").build();
                StopSignal signal = new StopSignal()) {
            try (EventBase base = EventBase.open(options.config().pool(pool));
                    EchoServer server = new EchoServer(base, new InetSocketAddress(options.port()), null)) {
                signal.stops(base);
                out.println("listening on " + server.port());
                out.flush();
                base.dispatch();
            }
            final long live = pool.stats().segmentsInUse();
            out.println("stopped, " + live + " live segments");
            out.flush();
            return live == 0 ? 0 : 1;
        } catch (final EventException e) {
            err.println("EchoServer: " + e.getMessage());
            return 1;
        }
    }
}
