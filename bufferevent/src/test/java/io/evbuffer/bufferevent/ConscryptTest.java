package io.evbuffer.bufferevent;

import java.security.Provider;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.conscrypt.Conscrypt;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Conscrypt's engine, which is BoringSSL: on the platforms for which its jar has the library. */
@EnabledOnOs(
        value = {OS.LINUX, OS.MAC},
        architectures = {"amd64", "x86_64", "aarch64"})
class ConscryptTest extends EngineContract {
    @Override
    SSLContext clientContext() {
        return Certificates.clientContext(Library.PROVIDER);
    }

    @Override
    SSLContext serverContext() {
        return Certificates.serverContext(Library.PROVIDER);
    }

    @Override
    SSLContext suspiciousContext() {
        return Certificates.suspiciousContext(Library.PROVIDER);
    }

    @Override
    SSLEngine prepared(final SSLEngine engine) {
        Conscrypt.setUseSessionTickets(engine, true); // it keeps no sessions of a server's clients
        return engine;
    }

    @Override
    boolean answersEveryFarewell() {
        return true;
    }

    /** Loaded when a test runs, and not where none does. */
    private static final class Library {
        static final Provider PROVIDER = Conscrypt.newProvider();

        private Library() {}
    }
}
