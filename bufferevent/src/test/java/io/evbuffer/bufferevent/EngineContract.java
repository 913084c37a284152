package io.evbuffer.bufferevent;

import static io.evbuffer.bufferevent.SocketBasicsTest.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.bufferevent.TlsFixture.Ends;
import io.evbuffer.bufferevent.TlsFixture.Wiring;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What a {@link TlsBufferEvent} does with an engine that is not the JDK's: against the JDK's, and against its own kind. */
@Timeout(120)
abstract class EngineContract {
    private static final String SIDES = "sides";
    private static final String EVERYTHING = "everything";
    private static final List<String> PROTOCOLS = List.of(Certificates.TLS_1_2, Certificates.TLS_1_3);
    private static final int[] LENGTHS = {1, 2, 1_000, 16 * 1024, 16 * 1024 + 1, 100_000, 4 << 20};
    private static final int RECORD = 16 * 1024;

    @RegisterExtension
    final LoopFixture loop = new LoopFixture();

    private final TlsFixture tls = new TlsFixture(loop);

    /** Which end has the engine in question; the other one has the JDK's. */
    enum Side {
        CLIENT,
        SERVER,
        BOTH
    }

    static Stream<Arguments> sides() {
        return Stream.of(Side.values())
                .flatMap(side -> PROTOCOLS.stream().map(protocol -> Arguments.of(side, protocol)));
    }

    static Stream<Arguments> everything() {
        return Stream.of(Wiring.values())
                .flatMap(wiring -> Stream.of(Side.values())
                        .flatMap(side -> PROTOCOLS.stream().map(protocol -> Arguments.of(wiring, side, protocol))));
    }

    // ---- what is tested ---------------------------------------------------------------------------------------------

    /** Of the kind in question; it may be asked for many. */
    abstract SSLContext clientContext();

    abstract SSLContext serverContext();

    /** Trusts another certificate than the server's. */
    abstract SSLContext suspiciousContext();

    /** An engine of such a context becomes what is tested. */
    abstract SSLEngine prepared(SSLEngine engine);

    /** Says whether the engine answers the farewell of the peer in TLS 1.3 too, where it need not. */
    abstract boolean answersEveryFarewell();

    // ---- help -------------------------------------------------------------------------------------------------------

    private SSLEngine client(final Side side, final SSLContext context, final String protocol) {
        final SSLEngine engine = Certificates.client(context, protocol);
        return side == Side.SERVER ? engine : prepared(engine);
    }

    private SSLEngine server(final Side side, final SSLContext context, final String protocol) {
        final SSLEngine engine = Certificates.server(context, protocol);
        return side == Side.CLIENT ? engine : prepared(engine);
    }

    private SSLEngine client(final Side side, final String protocol) {
        return client(side, side == Side.SERVER ? TlsFixture.CLIENT : clientContext(), protocol);
    }

    private SSLEngine server(final Side side, final String protocol) {
        return server(side, side == Side.CLIENT ? TlsFixture.SERVER : serverContext(), protocol);
    }

    private Ends ends(final Wiring wiring, final SSLEngine client, final SSLEngine server, final Options options)
            throws IOException {
        return tls.ends(wiring, client, server, TlsState.CONNECTING, TlsState.ACCEPTING, options);
    }

    private Ends ends(final Wiring wiring, final Side side, final String protocol, final Options options)
            throws IOException {
        return ends(wiring, client(side, protocol), server(side, protocol), options);
    }

    // ---- data -------------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource(EVERYTHING)
    void streamsArriveWholeAndEnd(final Wiring wiring, final Side side, final String protocol) throws IOException {
        final Ends ends = ends(wiring, side, protocol, Options.NONE);
        final Journal client = Journal.of(ends.client());
        final Journal server = Journal.of(ends.server());
        tls.connect(ends, client, server);
        for (final int length : LENGTHS) {
            ends.client().write(bytes(length));
            ends.server().write(bytes(length + 1));
            loop.until(() -> server.received.size() == length && client.received.size() == length + 1);
            assertArrayEquals(bytes(length), server.received.toByteArray());
            assertArrayEquals(bytes(length + 1), client.received.toByteArray());
            server.received.reset();
            client.received.reset();
        }
        ends.client().shutdownOutput();
        ends.server().shutdownOutput();
        loop.until(() -> server.has("READING|EOF") && client.has("READING|EOF"));
        loop.turns(20);
        assertEquals(List.of("CONNECTED", "READING|EOF"), client.events());
        assertEquals(List.of("CONNECTED", "READING|EOF"), server.events());
        loop.staysQuiet(ends.client(), ends.server());
    }

    @ParameterizedTest
    @MethodSource(EVERYTHING)
    void outputThatWasWrittenBeforeTheHandshakeArrivesAndItsEndToo(
            final Wiring wiring, final Side side, final String protocol) throws IOException {
        for (final TlsFlags flags : List.of(TlsFlags.DIRTY_SHUTDOWN, TlsFlags.BATCH_WRITE)) {
            final Ends ends = ends(wiring, side, protocol, Options.DEFER_CALLBACKS);
            ends.client().setFlags(flags);
            ends.server().setFlags(flags);
            final Journal client = Journal.of(ends.client());
            final Journal server = Journal.of(ends.server());
            final byte[] all = bytes(200_000);
            for (int done = 0; done < all.length; done += 500) {
                ends.client().write(Arrays.copyOfRange(all, done, done + 500));
            }
            ends.client().shutdownOutput();
            tls.connect(ends, client, server);
            loop.until(() -> server.has("READING|EOF"));
            loop.turns(20);
            assertArrayEquals(all, server.received.toByteArray());
            assertEquals(List.of("CONNECTED", "READING|EOF"), server.events());
        }
    }

    @ParameterizedTest
    @MethodSource(SIDES)
    void anEngineThatHasShakenHandsElsewhereSendsDataAtOnce(final Side side, final String protocol) throws IOException {
        final SSLEngine one = client(side, protocol);
        final SSLEngine other = server(side, protocol);
        Handshakes.between(one, other, loop);
        final Ends ends = tls.ends(Wiring.SOCKET, one, other, TlsState.OPEN, TlsState.OPEN, Options.NONE);
        final Journal client = Journal.of(ends.client());
        final Journal server = Journal.of(ends.server());
        ends.client().enable(Directions.READ);
        ends.server().enable(Directions.READ);
        ends.client().write(bytes(50_000));
        ends.server().write(bytes(5));
        loop.until(() -> server.received.size() == 50_000 && client.received.size() == 5);
        assertArrayEquals(bytes(50_000), server.received.toByteArray());
        assertEquals(List.of(), client.events());
        assertEquals(List.of(), server.events());
    }

    // ---- back-pressure ----------------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource(EVERYTHING)
    @DisplayName("SSL-08, BEV-5")
    void neitherSideStallsAtItsHighMark(final Wiring wiring, final Side side, final String protocol)
            throws IOException {
        final int total = 100_000;
        final int mark = 5 * 1024;
        final Ends ends = ends(wiring, side, protocol, Options.NONE);
        final Journal client = Journal.of(ends.client()).onRead(source -> {});
        final Journal server = Journal.of(ends.server()).onRead(source -> {});
        for (final TlsBufferEvent end : List.of(ends.client(), ends.server())) {
            end.setWatermark(Directions.READ, 0, mark);
            end.write(bytes(total));
        }
        tls.connect(ends, client, server);
        loop.until(() -> {
            for (final Ends each : List.of(ends)) {
                assertTrue(each.client().input().length() <= mark + RECORD);
                assertTrue(each.server().input().length() <= mark + RECORD);
            }
            client.take(512);
            server.take(512);
            return client.received.size() == total && server.received.size() == total;
        });
        assertArrayEquals(bytes(total), client.received.toByteArray());
        assertArrayEquals(bytes(total), server.received.toByteArray());
    }

    @ParameterizedTest
    @MethodSource(EVERYTHING)
    @DisplayName("11.4: the underlying's write high mark is never exceeded")
    void theUnderlyingIsFilledToItsMarkAndNoFurther(final Wiring wiring, final Side side, final String protocol)
            throws IOException {
        final Ends ends = ends(wiring, side, protocol, Options.NONE);
        final Journal client = Journal.of(ends.client());
        final Journal server = Journal.of(ends.server());
        for (final TlsBufferEvent each : List.of(ends.client(), ends.server())) {
            each.below().setWatermark(Directions.WRITE, 200, 1_000);
            each.below().output().addListener((buffer, change) -> assertTrue(buffer.length() <= 1_000));
        }
        tls.connect(ends, client, server);
        ends.client().write(bytes(60_000));
        ends.server().write(bytes(60_000));
        loop.until(() -> server.received.size() == 60_000 && client.received.size() == 60_000);
        assertArrayEquals(bytes(60_000), server.received.toByteArray());
        assertArrayEquals(bytes(60_000), client.received.toByteArray());
        ends.client().shutdownOutput();
        loop.until(() -> server.has("READING|EOF"));
    }

    @ParameterizedTest
    @MethodSource(SIDES)
    void whatComesWhileReadIsDisabledComesLater(final Side side, final String protocol) throws IOException {
        final Ends ends = ends(Wiring.SOCKET, side, protocol, Options.NONE);
        final Journal client = Journal.of(ends.client());
        final Journal server = Journal.of(ends.server()).onRead(source -> source.disable(Directions.READ));
        tls.connect(ends, client, server);
        ends.client().write(bytes(3 * RECORD));
        ends.client().shutdownOutput();
        loop.until(() -> server.has("read"));
        loop.turns(20);
        assertEquals(List.of("CONNECTED"), server.events());
        assertEquals(1, server.count("read"));
        server.onRead(source -> {});
        ends.server().enable(Directions.READ);
        loop.until(() -> server.has("READING|EOF"));
        server.take();
        assertArrayEquals(bytes(3 * RECORD), server.received.toByteArray());
    }

    // ---- what is agreed upon ----------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource(SIDES)
    void theProtocolAboveAndTheServersNameAreAgreedUpon(final Side side, final String protocol) throws IOException {
        final SSLEngine client = client(side, protocol);
        final SSLParameters asked = client.getSSLParameters();
        asked.setApplicationProtocols(new String[] {"h2", "http/1.1"});
        asked.setServerNames(List.of(new SNIHostName("some.example")));
        client.setSSLParameters(asked);
        final SSLEngine server = server(side, protocol);
        final SSLParameters offered = server.getSSLParameters();
        offered.setApplicationProtocols(new String[] {"http/1.1"});
        server.setSSLParameters(offered);
        final Ends ends = ends(Wiring.SOCKET, client, server, Options.NONE);
        tls.connect(ends, Journal.of(ends.client()), Journal.of(ends.server()));
        assertEquals("http/1.1", ends.client().engine().getApplicationProtocol());
        assertEquals("http/1.1", ends.server().engine().getApplicationProtocol());
        assertEquals(protocol, ends.client().engine().getSession().getProtocol());
        final ExtendedSSLSession session = assertInstanceOf(
                ExtendedSSLSession.class, ends.server().engine().getSession());
        assertEquals(
                List.of("some.example"),
                session.getRequestedServerNames().stream()
                        .map(name -> new String(name.getEncoded(), StandardCharsets.US_ASCII))
                        .toList());
    }

    @ParameterizedTest
    @MethodSource(SIDES)
    void aClientTakesItsSessionUpAgain(final Side side, final String protocol) throws IOException {
        final SSLContext clients = side == Side.SERVER ? Certificates.clientContext() : clientContext();
        final SSLContext servers = side == Side.CLIENT ? Certificates.serverContext() : serverContext();
        final List<Long> said = new ArrayList<>();
        for (int round = 0; round < 2; round++) {
            final Ends ends =
                    ends(Wiring.SOCKET, client(side, clients, protocol), server(side, servers, protocol), Options.NONE);
            final Journal client = Journal.of(ends.client());
            final Journal server = Journal.of(ends.server());
            tls.connect(ends, client, server);
            ends.server().write(bytes(1)); // behind the ticket of TLS 1.3
            loop.until(() -> client.received.size() == 1);
            said.add(ends.transports().getLast().writes.stream()
                    .filter(moved -> moved > 0)
                    .mapToLong(moved -> moved)
                    .sum());
            ends.client().shutdownOutput();
            ends.server().shutdownOutput();
            loop.until(() -> client.has("READING|EOF") && server.has("READING|EOF"));
        }
        assertTrue(
                said.get(1) < said.get(0) - Certificates.length(),
                () -> "bytes of the server, without its certificate the second time: " + said);
    }

    // ---- ends -------------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource(EVERYTHING)
    @DisplayName("IMP-11: the farewell of one end, and what the other one says to it")
    void aFarewellIsToldOnceAndAnsweredWhereTheEngineDoes(final Wiring wiring, final Side side, final String protocol)
            throws IOException {
        final Ends ends = ends(wiring, side, protocol, Options.NONE);
        final Journal client = Journal.of(ends.client());
        final Journal server = Journal.of(ends.server());
        tls.connect(ends, client, server);
        ends.client().write(bytes(100));
        ends.client().shutdownOutput();
        loop.until(() -> server.has("READING|EOF"));
        loop.turns(20);
        assertEquals(100, server.received.size());
        assertEquals(List.of("CONNECTED", "READING|EOF"), server.events());
        final boolean isAnswered =
                protocol.equals(Certificates.TLS_1_2) || (side != Side.CLIENT && answersEveryFarewell());
        ends.server().write(bytes(200_000));
        if (isAnswered) {
            loop.until(() -> server.has("WRITING|ERROR") && client.has("READING|EOF"));
            assertEquals(List.of("CONNECTED", "READING|EOF", "WRITING|ERROR"), server.events());
            assertEquals(0, client.received.size());
        } else {
            ends.server().shutdownOutput();
            loop.until(() -> client.has("READING|EOF"));
            assertArrayEquals(bytes(200_000), client.received.toByteArray());
            assertEquals(List.of("CONNECTED", "READING|EOF"), server.events());
        }
        loop.turns(20);
        assertEquals(List.of("CONNECTED", "READING|EOF"), client.events());
    }

    @ParameterizedTest
    @MethodSource(EVERYTHING)
    @DisplayName("IMP-13")
    void closeAfterFlushSendsAllAndSaysFarewell(final Wiring wiring, final Side side, final String protocol)
            throws IOException {
        final Ends ends = ends(wiring, side, protocol, Options.CLOSE_ON_FREE);
        final Journal client = Journal.of(ends.client());
        final Journal server = Journal.of(ends.server());
        tls.connect(ends, client, server);
        ends.server().write(bytes(1 << 20));
        ends.server().closeAfterFlush(10_000 * LoopFixture.MS);
        loop.until(() -> client.events().size() == 2);
        assertArrayEquals(bytes(1 << 20), client.received.toByteArray());
        assertEquals(List.of("CONNECTED", "READING|EOF"), client.events());
        loop.until(ends.server()::isClosed);
        assertEquals(List.of("CONNECTED"), server.events());
    }

    @ParameterizedTest
    @MethodSource(EVERYTHING)
    @DisplayName("11.2: an end without farewell")
    void anEndBetweenRecordsIsAnErrorUnlessItIsAllowed(final Wiring wiring, final Side side, final String protocol)
            throws IOException {
        for (final boolean dirty : new boolean[] {false, true}) {
            final Ends ends = ends(wiring, side, protocol, Options.CLOSE_ON_FREE);
            final Journal client = Journal.of(ends.client());
            final Journal server = Journal.of(ends.server());
            if (dirty) {
                ends.server().setFlags(TlsFlags.DIRTY_SHUTDOWN);
            }
            tls.connect(ends, client, server);
            ends.client().write(bytes(1_000));
            loop.until(() -> server.received.size() == 1_000);
            ends.client().close();
            loop.until(() -> server.events().size() > 1);
            loop.turns(20);
            assertEquals(List.of("CONNECTED", dirty ? "READING|EOF" : "READING|ERROR"), server.events());
        }
    }

    @ParameterizedTest
    @CsvSource({"TLSv1.2, false", "TLSv1.2, true", "TLSv1.3, false", "TLSv1.3, true"})
    @DisplayName("11.2: an end within a record is an error in both policies")
    void aStreamThatEndsWithinARecordIsAnError(final String protocol, final boolean dirty) throws IOException {
        final LoopFixture.Ends ends = loop.ends();
        final TlsBufferEvent server = loop.track(TlsBufferEvent.create(
                loop.base(), ends.transport(), server(Side.SERVER, protocol), TlsState.ACCEPTING, Options.NONE));
        final Journal journal = Journal.of(server);
        if (dirty) {
            server.setFlags(TlsFlags.DIRTY_SHUTDOWN);
        }
        server.enable(Directions.READ);
        try (RawTls peer = new RawTls(TlsFixture.client(protocol), ends.peer(), loop)) {
            peer.shakeHands(() -> journal.has("CONNECTED"));
            ends.peer().send(peer.sealed(bytes(1_000)));
            final byte[] record = peer.sealed(bytes(1_000));
            ends.peer().send(Arrays.copyOf(record, 700));
            ends.peer().shutdownOutput();
            loop.until(() -> journal.events().size() == 2);
            loop.turns(20);
            assertEquals(List.of("CONNECTED", "READING|ERROR"), journal.events());
            assertEquals(1_000, journal.received.size());
            assertInstanceOf(ConnectionException.TlsFailure.class, journal.lastCause());
        }
    }

    // ---- failures ---------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource(SIDES)
    @DisplayName("SSL-14")
    void aServerThatIsNotTrustedIsToldSo(final Side side, final String protocol) throws IOException {
        final SSLContext doubts = side == Side.SERVER ? Certificates.suspiciousContext() : suspiciousContext();
        final Ends ends =
                ends(Wiring.SOCKET, client(side, doubts, protocol), server(side, protocol), Options.CLOSE_ON_FREE);
        final Journal client =
                Journal.of(ends.client()).onEvent((source, what, cause) -> source.close()); // the alert has left by now
        final Journal server = Journal.of(ends.server());
        ends.client().enable(Directions.READ);
        ends.server().enable(Directions.READ);
        loop.until(() -> server.has("READING|ERROR"));
        loop.turns(10);
        assertEquals(List.of("READING|ERROR"), client.lines);
        assertInstanceOf(ConnectionException.TlsFailure.class, client.lastCause());
        final ConnectionException.TlsFailure told =
                assertInstanceOf(ConnectionException.TlsFailure.class, server.lastCause());
        assertEquals("certificate_unknown", told.alert(), told::getMessage);
        assertEquals("READING|ERROR", server.lines.getLast());
    }

    @ParameterizedTest
    @MethodSource(SIDES)
    @DisplayName("11.2: a record that was changed on its way ends the stream, and the other end is told why")
    void aRecordThatWasChangedOnItsWayFails(final Side side, final String protocol) throws IOException {
        final boolean[] changes = new boolean[1];
        final PairBufferEvent[] pair = loop.pair(Options.NONE);
        final FilterBufferEvent changer = loop.filter(
                pair[0],
                null,
                (source, target, limit, mode) -> {
                    final byte[] some = Filters.take(source, Filters.room(limit));
                    if (changes[0]) {
                        some[some.length - 5] ^= 1;
                    }
                    target.add(some);
                    return FilterResult.OK;
                },
                Options.NONE);
        final TlsBufferEvent client =
                loop.track(TlsBufferEvent.over(changer, client(side, protocol), TlsState.CONNECTING, Options.NONE));
        final TlsBufferEvent server =
                loop.track(TlsBufferEvent.over(pair[1], server(side, protocol), TlsState.ACCEPTING, Options.NONE));
        final Journal one = Journal.of(client);
        final Journal other = Journal.of(server);
        tls.connect(new Ends(client, server, List.of()), one, other);
        client.write(bytes(10));
        loop.until(() -> other.received.size() == 10);
        changes[0] = true;
        client.write(bytes(1_000));
        loop.until(() -> other.has("READING|ERROR") && one.has("READING|ERROR"));
        loop.turns(20);
        assertEquals(List.of("CONNECTED", "READING|ERROR"), other.events());
        assertInstanceOf(ConnectionException.TlsFailure.class, other.lastCause());
        assertEquals(10, other.received.size());
        assertNotNull(server.takeError());
        assertEquals("READING|ERROR", one.events().get(1));
        final ConnectionException.TlsFailure told =
                assertInstanceOf(ConnectionException.TlsFailure.class, one.causes.get(1));
        assertEquals("bad_record_mac", told.alert(), told::getMessage);
    }

    @ParameterizedTest
    @EnumSource(Side.class)
    void endsThatAgreeOnNoProtocolFail(final Side side) throws IOException {
        final Ends ends = ends(
                Wiring.SOCKET, client(side, Certificates.TLS_1_2), server(side, Certificates.TLS_1_3), Options.NONE);
        final Journal client = Journal.of(ends.client());
        final Journal server = Journal.of(ends.server());
        ends.client().enable(Directions.READ);
        ends.server().enable(Directions.READ);
        loop.until(() -> !client.lines.isEmpty() && !server.lines.isEmpty());
        loop.turns(20);
        assertEquals(List.of("READING|ERROR"), client.lines);
        assertEquals(List.of("READING|ERROR"), server.lines);
        final ConnectionException.TlsFailure told =
                assertInstanceOf(ConnectionException.TlsFailure.class, client.lastCause());
        assertEquals("protocol_version", told.alert(), told::getMessage);
    }

    @ParameterizedTest
    @MethodSource(SIDES)
    void bytesThatAreNoTlsFailTheHandshake(final Side side, final String protocol) throws IOException {
        final LoopFixture.Ends ends = loop.ends();
        final boolean client = side == Side.CLIENT;
        final TlsBufferEvent end = loop.track(TlsBufferEvent.create(
                loop.base(),
                ends.transport(),
                client ? client(side, protocol) : server(side, protocol),
                client ? TlsState.CONNECTING : TlsState.ACCEPTING,
                Options.NONE));
        final Journal journal = Journal.of(end);
        end.enable(Directions.READ);
        ends.peer().send("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        loop.until(() -> !journal.lines.isEmpty());
        loop.turns(20);
        assertEquals(List.of("READING|ERROR"), journal.lines);
        assertInstanceOf(ConnectionException.TlsFailure.class, journal.lastCause());
    }

    @ParameterizedTest
    @MethodSource(EVERYTHING)
    @DisplayName("SSL-09: an engine that knows no second handshake")
    void renegotiationIsRefusedAndTheStreamIntact(final Wiring wiring, final Side side, final String protocol)
            throws IOException {
        final Ends ends = ends(wiring, side, protocol, Options.NONE);
        final Journal client = Journal.of(ends.client());
        final Journal server = Journal.of(ends.server());
        tls.connect(ends, client, server);
        ends.client().write(bytes(70_000));
        ends.server().write(bytes(30_000));
        loop.turns(1);
        if (side != Side.SERVER) {
            assertThrows(IllegalStateException.class, ends.client()::renegotiate);
        }
        if (side != Side.CLIENT) {
            assertThrows(IllegalStateException.class, ends.server()::renegotiate);
        }
        loop.until(() -> server.received.size() == 70_000 && client.received.size() == 30_000);
        ends.server().write(bytes(7));
        loop.until(() -> client.received.size() == 30_007);
        assertEquals(List.of("CONNECTED"), client.events());
        assertEquals(List.of("CONNECTED"), server.events());
    }

    @ParameterizedTest
    @MethodSource(SIDES)
    void anEngineThatIsGivenUpInItsHandshakeLeavesNothingBehind(final Side side, final String protocol)
            throws IOException {
        final Ends ends = ends(Wiring.SOCKET, side, protocol, Options.CLOSE_ON_FREE);
        final Journal server = Journal.of(ends.server());
        ends.client().write(bytes(1_000));
        ends.client().enable(Directions.READ);
        ends.server().enable(Directions.READ);
        loop.until(() -> !ends.client().below().input().isEmpty()
                || ends.transports().getFirst().reads.stream().anyMatch(moved -> moved > 0));
        ends.client().close();
        loop.until(() -> server.has("READING|ERROR"));
    }
}
