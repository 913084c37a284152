package io.evbuffer.perf.server;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;

/**
 * The TLS of one client that only ever writes: a handshake over a non-blocking channel, and then a record for each call.
 *
 * <p>Threads: the client's.
 */
final class ClientTls {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final SSLEngine engine;
    private final ByteBuffer plain; // of the handshake, which has none
    private ByteBuffer come;
    private ByteBuffer unsent = NOTHING;

    ClientTls(final SSLEngine engine) throws SSLException {
        this.engine = engine;
        come = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        plain = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize());
        engine.beginHandshake();
    }

    /** Reads what has come and goes on with the handshake. Returns whether that is complete: nothing is read any more then. */
    boolean shakeHands(final SocketChannel channel) throws IOException {
        if (channel.read(come) < 0) throw new EOFException();
        come.flip();
        while (true) {
            switch (engine.getHandshakeStatus()) {
                case NEED_TASK -> engine.getDelegatedTask().run();
                case NEED_WRAP -> send(channel, NOTHING);
                case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
                    if (unwrap() == Status.BUFFER_UNDERFLOW) {
                        come.compact();
                        return false;
                    }
                }
                case FINISHED, NOT_HANDSHAKING -> {
                    come = NOTHING;
                    return true;
                }
            }
        }
    }

    private Status unwrap() throws IOException {
        final Status status = engine.unwrap(come, plain.clear()).getStatus();
        if (status == Status.CLOSED) throw new EOFException();
        return status;
    }

    /** Sends a record, or goes on with the one that the channel has not taken whole yet. */
    void send(final SocketChannel channel, final ByteBuffer data) throws IOException {
        if (!unsent.hasRemaining()) {
            unsent = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
            engine.wrap(data, unsent);
            unsent.flip();
        }
        channel.write(unsent);
    }
}
