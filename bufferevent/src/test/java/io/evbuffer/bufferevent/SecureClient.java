package io.evbuffer.bufferevent;

import io.evbuffer.event.EventBase;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;

/** The README's example of TLS, word for word between its two marks. */
final class SecureClient {
    private SecureClient() {}

    // README begins
    static TlsBufferEvent connect(EventBase base, SSLContext context, String host, int port) {
        SSLEngine engine = context.createSSLEngine(host, port);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS"); // the certificate has to name the host
        engine.setSSLParameters(parameters);
        var secure = TlsBufferEvent.create(base, null, engine, TlsState.CONNECTING, Options.CLOSE_ON_FREE);
        secure.connectHostname(host, port); // looked up off the loop; all its addresses are tried
        return secure; // what is written now leaves as soon as CONNECTED is told
    }
    // README ends
}
