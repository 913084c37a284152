package io.evbuffer.bufferevent;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;

/** An engine with none of the habits of the JDK's, on every platform. */
class OtherEngineTest extends EngineContract {
    @Override
    SSLContext clientContext() {
        return Certificates.clientContext();
    }

    @Override
    SSLContext serverContext() {
        return Certificates.serverContext();
    }

    @Override
    SSLContext suspiciousContext() {
        return Certificates.suspiciousContext();
    }

    @Override
    SSLEngine prepared(final SSLEngine engine) {
        return new OtherEngine(engine);
    }

    @Override
    boolean answersEveryFarewell() {
        return false;
    }
}
