package io.evbuffer.bufferevent;

import io.evbuffer.EvBuffer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;

/** A handshake between two engines, without any connection. */
final class Handshakes {
    private Handshakes() {}

    static void between(final SSLEngine client, final SSLEngine server, final LoopFixture loop) throws SSLException {
        client.setUseClientMode(true);
        server.setUseClientMode(false);
        final TlsScratch scratch = TlsScratch.of(loop.base());
        final TlsEngine one = new TlsEngine(client, scratch);
        final TlsEngine other = new TlsEngine(server, scratch);
        client.beginHandshake();
        server.beginHandshake();
        try (EvBuffer toServer = new EvBuffer(loop.pool());
                EvBuffer toClient = new EvBuffer(loop.pool());
                EvBuffer plain = new EvBuffer(loop.pool())) {
            for (int step = 0; step < 100; step++) {
                step(one, toClient, plain, toServer);
                step(other, toServer, plain, toClient);
            }
        }
    }

    /** What the engine wants next; returns whether it could. */
    static boolean step(final TlsEngine end, final EvBuffer in, final EvBuffer plain, final EvBuffer out)
            throws SSLException {
        if (end.needsTask()) {
            end.engine().getDelegatedTask().run();
            return true;
        }
        if (end.needsWrap()) {
            return end.wrap(plain, 0, false, out);
        }
        return end.unwrap(in, plain);
    }
}
