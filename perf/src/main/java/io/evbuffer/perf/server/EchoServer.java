package io.evbuffer.perf.server;

import io.evbuffer.EvBuffer;
import io.evbuffer.EvBufferStats;
import io.evbuffer.bufferevent.BufferEvent;
import io.evbuffer.bufferevent.Directions;
import io.evbuffer.bufferevent.EventFlags;
import io.evbuffer.bufferevent.FlushMode;
import io.evbuffer.bufferevent.Options;
import io.evbuffer.bufferevent.SocketBufferEvent;
import io.evbuffer.event.EventBase;
import io.evbuffer.event.Transport;
import java.io.PrintStream;
import java.util.Set;
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
 * <p>As a program: {@code java -jar benchmarks.jar echo --port 4711 [--backend nio] [--threads 2]}.
 *
 * <p>Ownership: connections live until they end or the base is closed. Threads: of the base's loop.
 */
public final class EchoServer implements Service {
    /** Output at which a connection is read no more. */
    static final long HIGH = 256 * 1024;

    /** Output at which it is read again. */
    static final long LOW = 64 * 1024;

    /**
     * Output that leaves at once, while the processor's caches still hold it. Less waits for the end of the turn: many small
     * writes one after the other are cheaper, as the peers are not woken for each of them.
     */
    private static final long MUCH = 16 * 1024;

    private static final int MAX_SINGLE = 64 * 1024;
    private static final long FLUSH_LIMIT_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final ServerProgram PROGRAM = new ServerProgram(
            "EchoServer", "", "", Set.of(), Set.of(), arguments -> base -> new EchoServer(base, null));

    private final EventBase base;
    private final @Nullable EvBufferStats stats;

    /** An echo on the connections of a base; counts what all buffers do, if wanted. */
    EchoServer(final EventBase base, final @Nullable EvBufferStats stats) {
        this.base = base;
        this.stats = stats;
    }

    @Override
    public void serve(final Transport accepted) {
        final BufferEvent connection = SocketBufferEvent.create(base, accepted, Options.CLOSE_ON_FREE);
        count(connection.input());
        count(connection.output());
        connection.maxSingleRead(MAX_SINGLE);
        connection.maxSingleWrite((int) HIGH);
        connection.setWatermark(Directions.WRITE, LOW, 0);
        readOn(connection);
    }

    private void count(final EvBuffer buffer) {
        if (stats != null) buffer.stats(stats);
    }

    /** Nobody waits for the output to leave, so it is not told either: that would be a pass of the loop for each message. */
    private static void readOn(final BufferEvent connection) {
        connection.setCallbacks(EchoServer::received, null, EchoServer::ended);
        connection.enable(Directions.READ);
    }

    private static void received(final BufferEvent connection) {
        final EvBuffer output = connection.output();
        final boolean waited = output.length() >= MUCH; // for a peer that takes no more
        connection.writeBuffer(connection.input());
        if (!waited && output.length() >= MUCH) connection.flush(Directions.WRITE, FlushMode.FLUSH);
        if (output.length() >= HIGH) pause(connection);
    }

    /** Until the output is down to the low mark. */
    private static void pause(final BufferEvent connection) {
        connection.disable(Directions.READ);
        connection.setCallbacks(EchoServer::received, EchoServer::readOn, EchoServer::ended);
    }

    private static void ended(final BufferEvent connection, final EventFlags what, final @Nullable Throwable cause) {
        if (what.has(EventFlags.EOF)) {
            connection.closeAfterFlush(FLUSH_LIMIT_NANOS);
        } else {
            connection.close();
        }
    }

    @Override
    public void close() {
        // nothing is kept but connections
    }

    /**
     * Runs the server until the process is told to end. Exits with 2 if the arguments are wrong, 1 if the server cannot start
     * or has lost memory.
     *
     * @param args {@code --port P} and other common options.
     */
    public static void main(final String[] args) {
        final int status = run(args, System.out, System.err);
        if (status != 0) System.exit(status);
    }

    static int run(final String[] args, final PrintStream out, final PrintStream err) {
        return PROGRAM.run(args, out, err);
    }
}
