package io.evbuffer.perf.server;

import io.evbuffer.EvBuffer;
import io.evbuffer.bufferevent.BufferEvent;
import io.evbuffer.bufferevent.Directions;
import io.evbuffer.bufferevent.EventFlags;
import io.evbuffer.bufferevent.FlushMode;
import io.evbuffer.bufferevent.TlsBufferEvent;
import java.util.concurrent.TimeUnit;

/**
 * A client's connection and the one to the server behind a {@link Proxy}. What one receives, the other sends.
 *
 * <pre>
 *   client --&gt; [ input ]--chains--&gt;[ output ] --&gt; server        from {@link #HIGH} bytes of output on, nothing is
 *   client &lt;-- [ output ]&lt;--chains--[ input ] &lt;-- server        read for it; down to {@link #LOW}, it is again
 * </pre>
 *
 * <p>The end of a stream is passed on behind its last byte while the other direction goes on; when both have ended and all is
 * sent, both connections are closed. A failure of one closes it at once and the other one as soon as what was received for it
 * is sent. If there is no connection to the server within {@value #CONNECT_SECONDS} seconds, the client's is closed.
 *
 * <p>So a pair holds at most {@link #HIGH} bytes each way and what one turn reads. A client may send before the server is
 * connected. Threads: of the base's loop.
 */
final class ProxyPair {
    /** Output of one connection at which the other one is read no more. */
    static final long HIGH = 256 * 1024;

    /** Output at which it is read again. */
    static final long LOW = 64 * 1024;

    /** Output that leaves at once, while the processor's caches still hold it; less waits for the end of the turn. */
    private static final long MUCH = 16 * 1024;

    private static final int MAX_SINGLE = 256 * 1024;
    private static final int CONNECT_SECONDS = 10;
    private static final long FLUSH_LIMIT_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final BufferEvent client;
    private final BufferEvent server;
    private boolean clientEnded; // its stream, and the server knows
    private boolean serverEnded;

    ProxyPair(final BufferEvent client, final BufferEvent server) {
        this.client = client;
        this.server = server;
    }

    /** Takes what connects to the server. */
    void start(final Runnable connect) {
        prepare(client, server);
        prepare(server, client);
        connect.run();
        if (client instanceof TlsBufferEvent) limit(client);
        limit(server);
        client.enable(Directions.READ);
        server.enable(Directions.READ);
    }

    private void prepare(final BufferEvent from, final BufferEvent to) {
        from.maxSingleRead(MAX_SINGLE);
        from.maxSingleWrite(MAX_SINGLE);
        from.setWatermark(Directions.WRITE, LOW, 0);
        from.setCallbacks(
                source -> passOn(from, to), source -> sent(to), (source, what, cause) -> event(from, to, what));
    }

    /** Says how long may pass without progress until it is connected, and hands are shaken. */
    private static void limit(final BufferEvent connection) {
        final long limit = TimeUnit.SECONDS.toNanos(CONNECT_SECONDS);
        connection.setTimeouts(connection instanceof TlsBufferEvent ? limit : BufferEvent.NO_TIMEOUT, limit);
    }

    private static void passOn(final BufferEvent from, final BufferEvent to) {
        final EvBuffer output = to.output();
        final boolean waited = output.length() >= MUCH; // for a peer that takes no more
        to.writeBuffer(from.input());
        if (!waited && output.length() >= MUCH) to.flush(Directions.WRITE, FlushMode.FLUSH);
        if (output.length() >= HIGH) from.disable(Directions.READ);
    }

    /** What came from this one has left, down to the low mark: it may be read again. */
    private void sent(final BufferEvent from) {
        final boolean ended = from == client ? clientEnded : serverEnded;
        if (!ended && !from.enabled().has(Directions.READ)) from.enable(Directions.READ);
        closeIfDone();
    }

    private void event(final BufferEvent from, final BufferEvent to, final EventFlags what) {
        if (what.has(EventFlags.CONNECTED)) {
            from.setTimeouts(BufferEvent.NO_TIMEOUT, BufferEvent.NO_TIMEOUT);
        } else if (what.has(EventFlags.EOF)) {
            if (from == client) clientEnded = true;
            else serverEnded = true;
            to.shutdownOutput();
            closeIfDone();
        } else {
            from.close();
            to.closeAfterFlush(FLUSH_LIMIT_NANOS);
        }
    }

    private void closeIfDone() {
        if (clientEnded
                && serverEnded
                && client.output().isEmpty()
                && server.output().isEmpty()) {
            client.closeAfterFlush(FLUSH_LIMIT_NANOS); // TLS may still have records to send
            server.closeAfterFlush(FLUSH_LIMIT_NANOS);
        }
    }
}
