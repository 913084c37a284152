package io.evbuffer.perf.server;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Set;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;

/**
 * Keys and certificates of a server that speaks TLS: those of a key store, or, where none is given, a certificate for {@code
 * localhost} that signs itself, made by the JDK's {@code keytool} and forgotten at the end.
 *
 * <p>Whose certificates a client trusts: those in the key store, or, where none is given, those that the JVM trusts. Threads: any.
 */
final class TlsKeys {
    static final Set<String> OPTIONS = Set.of("--keystore", "--password");
    static final String HELP = """
          --keystore FILE  keys and certificates, PKCS #12; otherwise one for localhost that signs itself
          --password P     of the key store
        """;

    private static final String PASSWORD_VARIABLE = "EVBUFFER_KEYSTORE_PASSWORD";

    private final SSLContext context;

    private TlsKeys(final SSLContext context) {
        this.context = context;
    }

    /** For the server's side of connections. */
    static TlsKeys ofServer(final Arguments arguments) throws IOException {
        if (arguments.has("--keystore")) return of(stored(arguments), password(arguments));
        final char[] password =
                HexFormat.of().formatHex(new SecureRandom().generateSeed(16)).toCharArray();
        final Path folder = Files.createTempDirectory("evbuffer-keys-");
        try {
            final Path file = folder.resolve("keys.p12");
            generate(file, password);
            return of(load(file, password), password);
        } finally {
            Files.deleteIfExists(folder.resolve("keys.p12"));
            Files.deleteIfExists(folder);
        }
    }

    /** For the client's side of connections. */
    static TlsKeys ofClient(final Arguments arguments) throws IOException {
        try {
            if (arguments.has("--keystore")) return of(stored(arguments), password(arguments));
            return new TlsKeys(SSLContext.getDefault());
        } catch (final GeneralSecurityException e) {
            throw new IOException("no TLS: " + e.getMessage(), e);
        }
    }

    private static KeyStore stored(final Arguments arguments) throws IOException {
        return load(Path.of(arguments.required("--keystore")), password(arguments));
    }

    private static char[] password(final Arguments arguments) {
        return arguments.required("--password").toCharArray();
    }

    private static KeyStore load(final Path file, final char[] password) throws IOException {
        try {
            return KeyStore.getInstance(file.toFile(), password);
        } catch (final GeneralSecurityException e) {
            throw new IOException("no key store: " + file + ": " + e.getMessage(), e);
        }
    }

    private static TlsKeys of(final KeyStore store, final char[] password) throws IOException {
        try {
            final KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(store, password);
            final TrustManagerFactory trust =
                    TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            final SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
            return new TlsKeys(context);
        } catch (final GeneralSecurityException e) {
            throw new IOException("the key store is of no use: " + e.getMessage(), e);
        }
    }

    /** Makes a key store with a key for {@code localhost}, whose certificate signs itself. */
    static void generate(final Path file, final char[] password) throws IOException {
        final Path keytool = Path.of(System.getProperty("java.home"), "bin", "keytool");
        final ProcessBuilder builder = new ProcessBuilder(
                keytool.toString(),
                "-genkeypair",
                "-alias",
                "server",
                "-keyalg",
                "EC",
                "-dname",
                "CN=localhost",
                "-ext",
                "SAN=dns:localhost,ip:127.0.0.1",
                "-validity",
                "30",
                "-storetype",
                "PKCS12",
                "-keystore",
                file.toString(),
                "-storepass:env",
                PASSWORD_VARIABLE);
        builder.environment()
                .put(PASSWORD_VARIABLE, new String(password)); // not for others to see in the list of processes
        final Process process = builder.redirectErrorStream(true).start();
        final String output = new String(process.getInputStream().readAllBytes(), Charset.defaultCharset());
        try {
            if (process.waitFor() != 0) throw new IOException("keytool makes no key: " + output.strip());
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("while keytool makes a key");
        }
    }

    SSLContext context() {
        return context;
    }

    /** An engine for one connection that a client has opened. */
    SSLEngine accepting() {
        final SSLEngine engine = context.createSSLEngine();
        engine.setUseClientMode(false);
        return engine;
    }

    /** An engine for one connection to a server, which has to prove that it is called so. */
    SSLEngine connecting(final String host, final int port) {
        final SSLEngine engine = context.createSSLEngine(host, port);
        engine.setUseClientMode(true);
        final SSLParameters parameters = engine.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        engine.setSSLParameters(parameters);
        return engine;
    }
}
