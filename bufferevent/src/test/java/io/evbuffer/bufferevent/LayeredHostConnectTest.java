package io.evbuffer.bufferevent;

import static io.evbuffer.bufferevent.SocketBasicsTest.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.bufferevent.HostConnectTest.HeldResolver;
import io.evbuffer.event.EachBackend;
import io.evbuffer.event.Transport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** 8.5: connecting by name through layers, which the socket at the bottom does. */
@EachBackend
class LayeredHostConnectTest {
    private static final InetAddress HERE = InetAddress.ofLiteral("127.0.0.1");
    private static final InetAddress NOBODY = InetAddress.ofLiteral("127.0.0.9"); // of this host, but nobody listens

    @RegisterExtension
    final LoopFixture loop;

    private final HeldResolver resolver = new HeldResolver();

    LayeredHostConnectTest(final String method) {
        loop = new LoopFixture(method);
    }

    /** What stands on the socket. */
    enum Layers {
        FILTER,
        TLS,
        TLS_OVER_SOCKET,
        TLS_OVER_FILTER;

        boolean isTls() {
            return this != FILTER;
        }
    }

    private LayeredBufferEvent layered(final Layers layers) {
        if (layers == Layers.TLS) {
            return loop.track(TlsBufferEvent.create(
                    loop.base(),
                    null,
                    TlsFixture.client(Certificates.TLS_1_3),
                    TlsState.CONNECTING,
                    Options.CLOSE_ON_FREE));
        }
        final BufferEvent socket = loop.create(null, Options.CLOSE_ON_FREE);
        if (layers == Layers.FILTER) {
            return loop.filter(socket, null, null, Options.CLOSE_ON_FREE);
        }
        return loop.track(TlsBufferEvent.over(
                layers == Layers.TLS_OVER_FILTER ? loop.filter(socket, null, null, Options.CLOSE_ON_FREE) : socket,
                TlsFixture.client(Certificates.TLS_1_3),
                TlsState.CONNECTING,
                Options.CLOSE_ON_FREE));
    }

    private static SocketBufferEvent bottom(final BufferEvent layered) {
        BufferEvent bottom = layered;
        for (BufferEvent next = layered.below(); next != null; next = next.below()) {
            bottom = next;
        }
        return (SocketBufferEvent) bottom;
    }

    private Transport listen() throws IOException {
        final Transport listener = loop.closeLater(loop.base().openListener(null));
        listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 5);
        return listener;
    }

    private static int portOf(final Transport listener) throws IOException {
        return ((InetSocketAddress) listener.localAddress()).getPort();
    }

    /** The other end of a connection, which has come or is about to. */
    private Journal accept(final Layers layers, final Transport listener) throws IOException {
        final Transport[] accepted = new Transport[1];
        loop.until(() -> {
            try {
                accepted[0] = listener.accept();
            } catch (final IOException e) {
                throw new IllegalStateException(e);
            }
            return accepted[0] != null;
        });
        final BufferEvent end = layers.isTls()
                ? loop.track(TlsBufferEvent.create(
                        loop.base(),
                        accepted[0],
                        TlsFixture.server(Certificates.TLS_1_3),
                        TlsState.ACCEPTING,
                        Options.CLOSE_ON_FREE))
                : loop.create(accepted[0], Options.CLOSE_ON_FREE);
        final Journal journal = Journal.of(end);
        end.enable(Directions.READ);
        return journal;
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("CON-09, CON-18")
    void theLookupIsTheBottomsAndConnectedComesOnce(final Layers layers) throws IOException {
        final Transport listener = listen();
        final LayeredBufferEvent client = layered(layers);
        final Journal journal = Journal.of(client);
        client.enable(Directions.READ);
        client.write(bytes(3000));
        client.connectHostname(resolver, HostHints.ANY, "some.name", portOf(listener));
        assertTrue(bottom(client).isSuspended(Directions.READ, SuspendReason.LOOKUP), "BEV-37");
        assertTrue(bottom(client).isLookingUp());
        assertFalse(client.isSuspended(Directions.READ, SuspendReason.LOOKUP), "held at the bottom only");
        assertThrows(
                IllegalStateException.class,
                () -> client.connectHostname(resolver, HostHints.ANY, "other.name", portOf(listener)));
        resolver.find(NOBODY, HERE);
        assertEquals(List.of(), journal.events(), "never inside the answer");
        final Journal server = accept(layers, listener);
        loop.until(() -> server.received.size() == 3000 && journal.has("CONNECTED"));
        assertArrayEquals(bytes(3000), server.received.toByteArray());
        assertEquals(List.of("CONNECTED"), journal.events());
        assertEquals(DnsError.NONE, client.dnsError());
        assertEquals(List.of("some.name"), resolver.hosts);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("CON-09, CON-15: a name that does not resolve, and another that does")
    void afterALookupThatFailedItCanTryAgain(final Layers layers) throws IOException {
        final Transport listener = listen();
        final LayeredBufferEvent client = layered(layers);
        final Journal journal = Journal.of(client);
        client.enable(Directions.READ);
        client.write(bytes(10));
        client.connectHostname(resolver, HostHints.ANY, "no.name", 80);
        HeldResolver.assertNotNull(resolver.answer).failed(DnsError.NO_NAME, null);
        loop.turns(3);
        assertEquals(List.of("ERROR"), journal.events());
        assertEquals(
                DnsError.NO_NAME,
                assertInstanceOf(ConnectionException.LookupFailed.class, journal.lastCause())
                        .error());
        assertEquals(DnsError.NO_NAME, client.dnsError());
        assertNull(client.transport());

        client.connectHostname(resolver, HostHints.ANY, "some.name", portOf(listener));
        resolver.find(HERE);
        final Journal server = accept(layers, listener);
        loop.until(() -> server.received.size() == 10 && journal.has("CONNECTED"));
        assertEquals(List.of("ERROR", "CONNECTED"), journal.events());
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("CON-11: no timeout runs during a lookup")
    void whatIsAskedDuringALookupHoldsAfterIt(final Layers layers) throws IOException {
        final Transport listener = listen();
        final LayeredBufferEvent client = layered(layers);
        final Journal journal = Journal.of(client);
        client.setTimeouts(5 * LoopFixture.MS, 5 * LoopFixture.MS);
        client.connectHostname(resolver, HostHints.ANY, "some.name", portOf(listener));
        client.write(bytes(10));
        client.disable(Directions.BOTH);
        client.enable(Directions.BOTH);
        client.setTimeouts(6 * LoopFixture.MS, 6 * LoopFixture.MS);
        loop.pass(20);
        assertEquals(List.of(), journal.events());
        assertNull(client.transport(), "nothing registered");
        resolver.find(HERE);
        final Journal server = accept(layers, listener);
        loop.until(() -> server.received.size() == 10 && journal.has("write"));
        assertEquals(List.of("CONNECTED"), journal.events());
        loop.pass(7);
        assertEquals(List.of("CONNECTED", "READING|TIMEOUT"), journal.events());
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("8.5: cancelled through any layer")
    void closingOrAnotherTransportCancelsTheLookup(final Layers layers) throws IOException {
        final LayeredBufferEvent closed = layered(layers);
        closed.connectHostname(resolver, HostHints.ANY, "some.name", 80);
        final SocketBufferEvent below = bottom(closed);
        closed.close();
        assertEquals(1, resolver.cancels);
        assertEquals(0, below.references());

        final LayeredBufferEvent moved = layered(layers);
        final Journal journal = Journal.of(moved);
        journal.endsFrozen = false;
        moved.connectHostname(resolver, HostHints.ANY, "some.name", 80);
        moved.setTransport(loop.ends().transport());
        assertEquals(2, resolver.cancels);
        assertEquals(DnsError.CANCELLED, moved.dnsError());
        assertFalse(bottom(moved).isSuspended(Directions.READ, SuspendReason.LOOKUP));
        resolver.find(HERE);
        loop.turns(3);
        assertEquals(List.of(), journal.events());
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("CON-10")
    void wrongArgumentsLeaveNothingBehind(final Layers layers) {
        final LayeredBufferEvent client = layered(layers);
        assertThrows(
                IllegalArgumentException.class,
                () -> client.connectHostname(resolver, HostHints.ANY, "some.name", 65536));
        assertFalse(bottom(client).isLookingUp());
        client.close();
        assertThrows(IllegalStateException.class, () -> client.connectHostname("some.name", 80));
        assertEquals(List.of(), resolver.hosts);
    }

    @Test
    @DisplayName("8.4: what has no socket connects nowhere")
    void overAPairThereIsNothingToConnect() {
        final PairBufferEvent[] pair = loop.pair(Options.NONE);
        final FilterBufferEvent filter = loop.filter(pair[0], null, null, Options.NONE);
        assertThrows(IllegalStateException.class, () -> filter.connectHostname("localhost", 80));
        assertEquals(DnsError.NONE, filter.dnsError());
    }
}
