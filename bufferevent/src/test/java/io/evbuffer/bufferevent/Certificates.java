package io.evbuffer.bufferevent;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.Provider;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** A key and its self-signed certificate for {@code localhost}, made by the running JDK's keytool, once per JVM. */
final class Certificates {
    static final String TLS_1_2 = "TLSv1.2";
    static final String TLS_1_3 = "TLSv1.3";

    private static final String PASSWORD = "of-this-test-only";
    private static final KeyStore STORE = make();

    private Certificates() {}

    /** Of the certificate, as it is sent. */
    static int length() {
        try {
            return STORE.getCertificate("server").getEncoded().length;
        } catch (final GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Has the key. */
    static SSLContext serverContext() {
        return serverContext(null);
    }

    /** Has the key, and is of this provider, or of the JDK. */
    static SSLContext serverContext(final @Nullable Provider provider) {
        try {
            final KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(STORE, PASSWORD.toCharArray());
            final SSLContext context = tls(provider);
            context.init(keys.getKeyManagers(), null, null);
            return context;
        } catch (final GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Trusts the certificate. */
    static SSLContext clientContext() {
        return clientContext(null);
    }

    static SSLContext clientContext(final @Nullable Provider provider) {
        try {
            final KeyStore trusted = KeyStore.getInstance("PKCS12");
            trusted.load(null, null);
            trusted.setCertificateEntry("server", STORE.getCertificate("server"));
            return trusting(trusted, provider);
        } catch (final GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Trusts another certificate than the server's. */
    static SSLContext suspiciousContext() {
        return suspiciousContext(null);
    }

    static SSLContext suspiciousContext(final @Nullable Provider provider) {
        try {
            final TrustManagerFactory known =
                    TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            known.init((KeyStore) null);
            final SSLContext context = tls(provider);
            context.init(null, known.getTrustManagers(), null);
            return context;
        } catch (final GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** An engine that knows whom it calls: what a client needs to take a session up again. */
    static SSLEngine client(final SSLContext context, final String protocol) {
        return only(context.createSSLEngine("localhost", 443), protocol);
    }

    static SSLEngine server(final SSLContext context, final String protocol) {
        return only(context.createSSLEngine(), protocol);
    }

    private static SSLEngine only(final SSLEngine engine, final String protocol) {
        final SSLParameters parameters = engine.getSSLParameters();
        parameters.setProtocols(new String[] {protocol});
        engine.setSSLParameters(parameters);
        return engine;
    }

    private static SSLContext tls(final @Nullable Provider provider) throws GeneralSecurityException {
        return provider == null ? SSLContext.getInstance("TLS") : SSLContext.getInstance("TLS", provider);
    }

    private static SSLContext trusting(final KeyStore trusted, final @Nullable Provider provider)
            throws GeneralSecurityException {
        final TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        final SSLContext context = tls(provider);
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }

    private static KeyStore make() {
        try {
            final Path folder = Files.createTempDirectory("certificates");
            final Path file = folder.resolve("server.p12");
            try {
                keytool(file);
                final KeyStore store = KeyStore.getInstance("PKCS12");
                try (InputStream in = Files.newInputStream(file)) {
                    store.load(in, PASSWORD.toCharArray());
                }
                return store;
            } finally {
                Files.deleteIfExists(file);
                Files.deleteIfExists(folder);
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        } catch (final GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void keytool(final Path file) throws IOException {
        final String tool = System.getProperty("java.home") + File.separator + "bin" + File.separator + "keytool";
        final String line = tool + " -genkeypair -alias server -keyalg EC -groupname secp256r1 -dname CN=localhost"
                + " -ext san=dns:localhost -validity 2 -storetype PKCS12 -storepass " + PASSWORD + " -keystore " + file;
        final Process process =
                new ProcessBuilder(line.split(" ")).redirectErrorStream(true).start();
        process.getOutputStream().close();
        final String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (!process.waitFor(1, TimeUnit.MINUTES) || process.exitValue() != 0) {
                throw new IOException("keytool: " + said);
            }
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }
}
