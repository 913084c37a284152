package io.evbuffer.bufferevent;

import io.evbuffer.EvBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;

/** A client that speaks TLS through a raw socket, so that the test has its records in hand. */
final class RawTls implements AutoCloseable {
    private static final int HEADER = 5;

    private final Peer peer;
    private final LoopFixture loop;
    private final TlsEngine engine;
    private final EvBuffer in;
    private final EvBuffer out;
    private final EvBuffer plain;
    private int taken;

    RawTls(final SSLEngine engine, final Peer peer, final LoopFixture loop) throws SSLException {
        this.peer = peer;
        this.loop = loop;
        engine.setUseClientMode(true);
        engine.beginHandshake();
        this.engine = new TlsEngine(engine, TlsScratch.of(loop.base()));
        this.in = new EvBuffer(loop.pool());
        this.out = new EvBuffer(loop.pool());
        this.plain = new EvBuffer(loop.pool());
    }

    /** Shakes hands, until the other end knows. */
    void shakeHands(final BooleanSupplier done) {
        loop.until(() -> {
            try {
                exchange();
            } catch (final SSLException e) {
                throw new IllegalStateException(e);
            }
            return done.getAsBoolean();
        });
    }

    /** Takes what has come, and answers it if it is a whole flight. */
    void exchange() throws SSLException {
        take();
        peer.send(said());
    }

    /** Takes what has come, and answers with what is not sent, record by record. */
    List<byte[]> answer() throws SSLException {
        take();
        final byte[] all = said();
        final List<byte[]> records = new ArrayList<>();
        for (int start = 0; start < all.length; ) {
            final int length = HEADER + (Byte.toUnsignedInt(all[start + 3]) << 8) + Byte.toUnsignedInt(all[start + 4]);
            records.add(Arrays.copyOfRange(all, start, start + length));
            start += length;
        }
        return records;
    }

    private void take() {
        final int come = peer.received();
        in.add(peer.bytes(), taken, come - taken);
        taken = come;
    }

    /** What the client has to say now, which is not sent. */
    byte[] said() throws SSLException {
        while (engine.engine().getHandshakeStatus() != HandshakeStatus.NOT_HANDSHAKING
                && Handshakes.step(engine, in, plain, out)) {
            // until it waits for the other end
        }
        final byte[] records = out.copyToArray();
        out.drain(records.length);
        return records;
    }

    /** One record, or more, that holds these bytes. */
    byte[] sealed(final byte[] bytes) throws SSLException {
        plain.add(bytes);
        while (!plain.isEmpty()) {
            engine.wrap(plain, Long.MAX_VALUE, false, out);
        }
        final byte[] records = out.copyToArray();
        out.drain(records.length);
        return records;
    }

    @Override
    public void close() {
        in.close();
        out.close();
        plain.close();
    }
}
