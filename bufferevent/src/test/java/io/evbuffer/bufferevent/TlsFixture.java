package io.evbuffer.bufferevent;

import io.evbuffer.event.Transport;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.junit.jupiter.params.provider.Arguments;

/** Two ends that speak TLS with each other, over everything that TLS can stand on. */
final class TlsFixture {
    static final SSLContext CLIENT = Certificates.clientContext();
    static final SSLContext SERVER = Certificates.serverContext();

    private final LoopFixture loop;

    TlsFixture(final LoopFixture loop) {
        this.loop = loop;
    }

    /** What TLS stands on. */
    enum Wiring {
        SOCKET,
        OVER_SOCKET,
        OVER_PAIR,
        OVER_FILTER
    }

    /** The two ends, what they stand on or null, and their transports or null. */
    record Ends(TlsBufferEvent client, TlsBufferEvent server, List<RecordingTransport> transports) {
        /** Their own sockets, or what they stand on. */
        BufferEvent below(final TlsBufferEvent end) {
            return end.below();
        }
    }

    static Stream<Arguments> everything() {
        final List<Arguments> all = new ArrayList<>();
        for (final Wiring wiring : Wiring.values()) {
            all.add(Arguments.of(wiring, Certificates.TLS_1_2));
            all.add(Arguments.of(wiring, Certificates.TLS_1_3));
        }
        return all.stream();
    }

    static Stream<Arguments> sockets() {
        return Stream.of(
                Arguments.of(Wiring.SOCKET, Certificates.TLS_1_2),
                Arguments.of(Wiring.SOCKET, Certificates.TLS_1_3),
                Arguments.of(Wiring.OVER_SOCKET, Certificates.TLS_1_2),
                Arguments.of(Wiring.OVER_SOCKET, Certificates.TLS_1_3));
    }

    static SSLEngine client(final String protocol) {
        return Certificates.client(CLIENT, protocol);
    }

    static SSLEngine server(final String protocol) {
        return Certificates.server(SERVER, protocol);
    }

    /** Both ends, closed after the test. */
    Ends ends(final Wiring wiring, final String protocol, final Options options) throws IOException {
        return ends(wiring, client(protocol), server(protocol), TlsState.CONNECTING, TlsState.ACCEPTING, options);
    }

    Ends ends(
            final Wiring wiring,
            final SSLEngine client,
            final SSLEngine server,
            final TlsState clientState,
            final TlsState serverState,
            final Options options)
            throws IOException {
        if (wiring == Wiring.OVER_PAIR) {
            final PairBufferEvent[] pair = loop.pair(Options.NONE);
            return new Ends(
                    over(pair[0], client, clientState, options),
                    over(pair[1], server, serverState, options),
                    List.of());
        }
        final Transport[] real = loop.transports();
        final RecordingTransport[] ends = {new RecordingTransport(real[0]), new RecordingTransport(real[1])};
        if (wiring == Wiring.SOCKET) {
            return new Ends(
                    loop.track(TlsBufferEvent.create(loop.base(), ends[0], client, clientState, options)),
                    loop.track(TlsBufferEvent.create(loop.base(), ends[1], server, serverState, options)),
                    List.of(ends));
        }
        final Options below = options.has(Options.CLOSE_ON_FREE) ? Options.CLOSE_ON_FREE : Options.NONE;
        BufferEvent one = loop.create(ends[0], below);
        BufferEvent other = loop.create(ends[1], below);
        if (wiring == Wiring.OVER_FILTER) {
            one = loop.filter(one, null, null, below);
            other = loop.filter(other, null, null, below);
        }
        return new Ends(
                over(one, client, clientState, options), over(other, server, serverState, options), List.of(ends));
    }

    private TlsBufferEvent over(
            final BufferEvent below, final SSLEngine engine, final TlsState state, final Options options) {
        return loop.track(TlsBufferEvent.over(below, engine, state, options));
    }

    /** Both have been told CONNECTED. */
    void connect(final Ends ends, final Journal client, final Journal server) {
        ends.client().enable(Directions.READ);
        ends.server().enable(Directions.READ);
        loop.until(() -> client.has("CONNECTED") && server.has("CONNECTED"));
    }
}
