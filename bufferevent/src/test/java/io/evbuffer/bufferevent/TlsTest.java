package io.evbuffer.bufferevent;

import static io.evbuffer.bufferevent.SocketBasicsTest.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.EolStyle;
import io.evbuffer.bufferevent.TlsFixture.Ends;
import io.evbuffer.bufferevent.TlsFixture.Wiring;
import io.evbuffer.event.EachBackend;
import io.evbuffer.event.EventBase;
import io.evbuffer.event.Transport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Scenarios SSL: TLS 1.2 and 1.3 over everything that TLS can stand on, on each backend. */
@EachBackend
class TlsTest {
    private static final String EVERYTHING = "io.evbuffer.bufferevent.TlsFixture#everything";
    private static final String SOCKETS = "io.evbuffer.bufferevent.TlsFixture#sockets";

    @RegisterExtension
    final LoopFixture loop;

    private final TlsFixture tls;

    TlsTest(final String method) {
        loop = new LoopFixture(method);
        tls = new TlsFixture(loop);
    }

    // ---- numbers ----------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource(EVERYTHING)
    @DisplayName("SSL-01: the loser of the game is told an error, as the winner says no farewell")
    void whoIsLeftWithoutFarewellIsToldAnError(final Wiring wiring, final String protocol) throws IOException {
        final Ends ends = tls.ends(wiring, protocol, Options.CLOSE_ON_FREE);
        final Numbers numbers = new Numbers(ends, true);
        numbers.play();
        assertEquals(List.of("CONNECTED", "READING|ERROR"), numbers.loser().events());
        assertInstanceOf(ConnectionException.class, numbers.loser().lastCause());
        assertEquals(1, numbers.winner().count("CONNECTED"));
    }

    @ParameterizedTest
    @MethodSource(EVERYTHING)
    @DisplayName("SSL-02, SSL-03")
    void whereDirtyEndsAreAllowedTheLoserIsToldTheEnd(final Wiring wiring, final String protocol) throws IOException {
        for (final Options options :
                List.of(Options.CLOSE_ON_FREE, Options.CLOSE_ON_FREE.with(Options.DEFER_CALLBACKS))) {
            final Ends ends = tls.ends(wiring, protocol, options);
            for (final TlsBufferEvent each : List.of(ends.client(), ends.server())) {
                each.setFlags(TlsFlags.DIRTY_SHUTDOWN.with(TlsFlags.BATCH_WRITE));
            }
            final Numbers numbers = new Numbers(ends, false);
            numbers.play();
            assertEquals(List.of("CONNECTED", "READING|EOF"), numbers.loser().events());
        }
    }

    @ParameterizedTest
    @MethodSource(EVERYTHING)
    @DisplayName("SSL-04")
    void anEngineThatHasShakenHandsElsewhereSendsDataAtOnce(final Wiring wiring, final String protocol)
            throws IOException {
        final SSLEngine client = TlsFixture.client(protocol);
        final SSLEngine server = TlsFixture.server(protocol);
        assertThrows(
                IllegalArgumentException.class,
                () -> TlsBufferEvent.create(loop.base(), null, client, TlsState.OPEN, Options.NONE));
        Handshakes.between(client, server, loop);
        final Ends ends = tls.ends(wiring, client, server, TlsState.OPEN, TlsState.OPEN, Options.NONE);
        final Journal a = Journal.of(ends.client());
        final Journal b = Journal.of(ends.server());
        ends.client().enable(Directions.READ);
        ends.server().enable(Directions.READ);
        ends.client().write(bytes(50_000));
        ends.server().write(bytes(5));
        loop.until(() -> b.received.size() == 50_000 && a.received.size() == 5);
        assertArrayEquals(bytes(50_000), b.received.toByteArray());
        assertEquals(List.of(), a.events());
        assertEquals(List.of(), b.events());
        assertThrows(
                IllegalArgumentException.class,
                () -> TlsBufferEvent.create(loop.base(), null, client, TlsState.CONNECTING, Options.NONE));
    }

    /** Each end answers a number by the next one; who gets 1001 frees itself. */
    private final class Numbers {
        private static final int LAST = 1001;

        private final Journal client;
        private final Journal server;
        private boolean clientWon;
        private boolean over;

        Numbers(final Ends ends, final boolean early) {
            client = Journal.of(ends.client()).onRead(source -> answer(ends.client(), true));
            server = Journal.of(ends.server()).onRead(source -> answer(ends.server(), false));
            if (early) {
                say(ends.client(), 1);
            } else {
                client.onEvent((source, what, cause) -> {
                    if (what == EventFlags.CONNECTED) {
                        say(source, 1);
                    }
                });
            }
            ends.client().enable(Directions.BOTH);
            ends.server().enable(Directions.BOTH);
        }

        void play() {
            loop.until(() -> over && loser().events().size() > 1);
            loop.turns(20);
        }

        Journal winner() {
            return clientWon ? client : server;
        }

        Journal loser() {
            return clientWon ? server : client;
        }

        private void answer(final BufferEvent end, final boolean isClient) {
            byte[] line = end.input().readLine(EolStyle.LF);
            while (line != null) {
                final int number = Integer.parseInt(new String(line, StandardCharsets.US_ASCII));
                if (number >= LAST) {
                    clientWon = isClient;
                    over = true;
                    end.close();
                    return;
                }
                say(end, number + 1);
                line = end.input().readLine(EolStyle.LF);
            }
        }

        private void say(final BufferEvent end, final int number) {
            end.write((number + "\n").getBytes(StandardCharsets.US_ASCII));
        }
    }

    // ---- handshake --------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource(EVERYTHING)
    @DisplayName("SSL-05")
    void aHandshakeThatIsNotAnsweredTimesOutOnce(final Wiring wiring, final String protocol) throws IOException {
        final Ends ends = tls.ends(wiring, protocol, Options.NONE);
        ends.server().disable(Directions.BOTH);
        final Journal server = Journal.of(ends.server());
        final Journal client = Journal.of(ends.client());
        ends.client().setTimeouts(2_000 * LoopFixture.MS, 2_000 * LoopFixture.MS);
        ends.client().enable(Directions.BOTH);
        loop.turns(10);
        loop.pass(1_990);
        assertEquals(List.of(), client.lines);
        loop.pass(20);
        assertEquals(List.of("TIMEOUT"), client.lines);
        assertInstanceOf(ConnectionException.ConnectTimeout.class, client.lastCause());
        assertSame(Directions.NONE, ends.client().enabled());
        loop.pass(5_000);
        assertEquals(List.of("TIMEOUT"), client.lines);
        assertEquals(List.of(), server.lines);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("SSL-06")
    void aRefusedConnectionIsAnErrorAndNoHandshakeBegins(final boolean own) throws IOException {
        final SSLEngine engine = TlsFixture.client(Certificates.TLS_1_3);
        final InetSocketAddress nobody = loop.deadEnd();
        final TlsBufferEvent client;
        final Journal journal;
        if (own) {
            client = loop.track(TlsBufferEvent.create(loop.base(), null, engine, TlsState.CONNECTING, Options.NONE));
            journal = Journal.of(client);
            client.enable(Directions.BOTH);
            client.connect(nobody);
        } else {
            final SocketBufferEvent socket = loop.create(null, Options.NONE);
            client = loop.track(TlsBufferEvent.over(socket, engine, TlsState.CONNECTING, Options.NONE));
            journal = Journal.of(client);
            client.enable(Directions.BOTH);
            socket.connect(nobody);
            assertThrows(IllegalStateException.class, () -> client.connect(nobody));
        }
        client.write(bytes(100));
        loop.until(() -> !journal.lines.isEmpty());
        loop.turns(10);
        assertEquals(List.of("ERROR"), journal.lines);
        assertInstanceOf(ConnectionException.ConnectRefused.class, journal.lastCause());
        assertEquals(0, client.below().output().length());
        assertEquals(100, client.output().length());
        assertSame(Directions.BOTH, client.enabled());
    }

    @ParameterizedTest
    @MethodSource(SOCKETS)
    @DisplayName("SSL-07")
    void waitingForASlowServerCostsNoCalls(final Wiring wiring, final String protocol) throws IOException {
        final Ends ends = tls.ends(wiring, protocol, Options.NONE);
        ends.server().disable(Directions.BOTH);
        final Journal client = Journal.of(ends.client());
        final Journal server = Journal.of(ends.server());
        ends.client().enable(Directions.BOTH);
        loop.pass(1_000);
        tls.connect(ends, client, server);
        final int calls =
                ends.transports().stream().mapToInt(RecordingTransport::calls).sum();
        assertTrue(calls <= 100, calls + " calls");
    }

    @ParameterizedTest
    @MethodSource(EVERYTHING)
    @DisplayName("SSL-15, BEV-29")
    void outputWrittenBeforeTheHandshakeNeverLeavesInClear(final Wiring wiring, final String protocol)
            throws IOException {
        final Ends ends = tls.ends(wiring, protocol, Options.NONE);
        final byte[] secret =
                "the secret that nobody may see on the wire".repeat(500).getBytes(StandardCharsets.US_ASCII);
        final String part = "secret that nobody";
        final List<String> seen = new ArrayList<>();
        ends.server().below().input().addListener((buffer, change) -> {
            if (change.added() > 0) {
                seen.add(new String(buffer.copyToArray(), StandardCharsets.ISO_8859_1));
            }
        });
        final Journal client = Journal.of(ends.client());
        final Journal server = Journal.of(ends.server());
        ends.client().write(secret);
        tls.connect(ends, client, server);
        loop.until(() -> server.received.size() == secret.length);
        assertArrayEquals(secret, server.received.toByteArray());
        assertFalse(seen.isEmpty());
        assertTrue(seen.stream().noneMatch(wire -> wire.contains(part)));
        assertEquals("CONNECTED", server.lines.getFirst());
        assertEquals("CONNECTED", client.lines.getFirst());
    }

    @ParameterizedTest
    @CsvSource({"TLSv1.2, true", "TLSv1.2, false", "TLSv1.3, true", "TLSv1.3, false"})
    @DisplayName("SSL-14")
    void aServerThatIsNotTrustedIsToldSo(final String protocol, final boolean deferred) throws IOException {
        final Ends ends = tls.ends(
                Wiring.SOCKET,
                Certificates.client(Certificates.suspiciousContext(), protocol),
                TlsFixture.server(protocol),
                TlsState.CONNECTING,
                TlsState.ACCEPTING,
                deferred ? Options.CLOSE_ON_FREE.with(Options.DEFER_CALLBACKS) : Options.CLOSE_ON_FREE);
        final Journal client = Journal.of(ends.client());
        final Journal server = Journal.of(ends.server());
        final List<SSLException> errors = new ArrayList<>();
        client.onEvent((source, what, cause) -> {
            errors.add(ends.client().takeError());
            errors.add(ends.client().takeError());
            source.close(); // the alert has left by now
        });
        ends.client().enable(Directions.READ);
        ends.server().enable(Directions.READ);
        loop.until(() -> (client.events().size() == 1 && !server.events().isEmpty() && !server.has("CONNECTED"))
                || server.has("READING|ERROR"));
        loop.turns(10);
        assertEquals(List.of("READING|ERROR"), client.lines);
        final ConnectionException.TlsFailure why =
                assertInstanceOf(ConnectionException.TlsFailure.class, client.lastCause());
        assertEquals("certificate_unknown", why.alert());
        assertSame(errors.getFirst(), why.getCause());
        assertNull(errors.get(1), "then empty");
        final ConnectionException.TlsFailure told =
                assertInstanceOf(ConnectionException.TlsFailure.class, server.lastCause());
        assertEquals("certificate_unknown", told.alert());
        assertEquals("READING|ERROR", server.lines.getLast());
    }

    @ParameterizedTest
    @ValueSource(strings = {Certificates.TLS_1_2, Certificates.TLS_1_3})
    void whatTheEnginesWereToldIsAgreedUpon(final String protocol) throws IOException {
        final SSLEngine client = TlsFixture.client(protocol);
        final SSLParameters asked = client.getSSLParameters();
        asked.setApplicationProtocols(new String[] {"h2", "http/1.1"});
        asked.setServerNames(List.of(new SNIHostName("some.example")));
        client.setSSLParameters(asked);
        final SSLEngine server = TlsFixture.server(protocol);
        final SSLParameters offered = server.getSSLParameters();
        offered.setApplicationProtocols(new String[] {"http/1.1"});
        server.setSSLParameters(offered);
        final Ends ends =
                tls.ends(Wiring.SOCKET, client, server, TlsState.CONNECTING, TlsState.ACCEPTING, Options.NONE);
        tls.connect(ends, Journal.of(ends.client()), Journal.of(ends.server()));
        assertEquals("http/1.1", ends.client().engine().getApplicationProtocol());
        assertEquals("http/1.1", ends.server().engine().getApplicationProtocol());
        final ExtendedSSLSession session =
                (ExtendedSSLSession) ends.server().engine().getSession();
        assertEquals(
                "[some.example]",
                session.getRequestedServerNames().stream()
                        .map(name -> new String(name.getEncoded(), StandardCharsets.US_ASCII))
                        .toList()
                        .toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {Certificates.TLS_1_2, Certificates.TLS_1_3})
    void aClientTakesItsSessionUpAgain(final String protocol) throws IOException {
        final SSLContext clients = Certificates.clientContext();
        final SSLContext servers = Certificates.serverContext();
        final List<Long> born = new ArrayList<>();
        for (int round = 0; round < 2; round++) {
            final Ends ends = tls.ends(
                    Wiring.SOCKET,
                    Certificates.client(clients, protocol),
                    Certificates.server(servers, protocol),
                    TlsState.CONNECTING,
                    TlsState.ACCEPTING,
                    Options.NONE);
            final Journal client = Journal.of(ends.client());
            tls.connect(ends, client, Journal.of(ends.server()));
            ends.server().write(bytes(1)); // behind the ticket of TLS 1.3
            loop.until(() -> client.received.size() == 1);
            born.add(ends.client().engine().getSession().getCreationTime());
            ends.client().shutdownOutput();
            ends.server().shutdownOutput();
            loop.until(() -> client.has("READING|EOF"));
        }
        assertEquals(born.get(0), born.get(1), "the second handshake has taken up the first one's session");
    }

    @Test
    void anExecutorThatRefusesFailsTheHandshake() throws IOException {
        refused(task -> {
            throw new RejectedExecutionException("no");
        });
    }

    @Test
    void anExecutorThatFindsNoThreadFailsTheHandshake() throws IOException {
        refused(task -> {
            throw new OutOfMemoryError("unable to create native thread");
        });
    }

    private void refused(final Executor refusing) throws IOException {
        final Ends ends = tls.ends(Wiring.SOCKET, Certificates.TLS_1_3, Options.NONE);
        ends.server().delegateTo(refusing);
        final Journal server = Journal.of(ends.server());
        ends.client().enable(Directions.READ);
        ends.server().enable(Directions.READ);
        loop.until(() -> !server.lines.isEmpty());
        assertEquals(List.of("READING|ERROR"), server.lines);
        assertEquals(0, loop.base().countEvents(EventBase.COUNT_VIRTUAL));
    }

    @Test
    void computationsSuspendBothDirectionsAndWhatComesBackTooLateChangesNothing() throws IOException {
        final Ends ends = tls.ends(Wiring.SOCKET, Certificates.TLS_1_3, Options.NONE);
        final List<Runnable> kept = new ArrayList<>();
        ends.server().delegateTo(kept::add);
        final Journal server = Journal.of(ends.server());
        ends.client().enable(Directions.READ);
        ends.server().enable(Directions.READ);
        loop.until(() -> !kept.isEmpty());
        assertTrue(ends.server().isReadSuspended(SuspendReason.TLS_TASK));
        assertFalse(ends.server().wants(Directions.WRITE));
        assertSame(Directions.BOTH, ends.server().enabled());
        assertEquals(1, loop.base().countEvents(EventBase.COUNT_VIRTUAL), "the loop stays alive");
        kept.removeFirst().run();
        loop.until(() -> !kept.isEmpty() || server.has("CONNECTED"));
        if (!kept.isEmpty()) {
            ends.server().close();
            assertEquals(0, loop.base().countEvents(EventBase.COUNT_VIRTUAL));
            kept.removeFirst().run();
            loop.turns(5);
        }
        assertFalse(server.has("READING|ERROR"));
    }

    // ---- data -------------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource(EVERYTHING)
    @DisplayName("SSL-08, BEV-5")
    void neitherSideStallsAtItsHighMark(final Wiring wiring, final String protocol) throws IOException {
        for (final Options options : List.of(Options.NONE, Options.DEFER_CALLBACKS)) {
            final Ends ends = tls.ends(wiring, protocol, options);
            final int total = 40 * 1024;
            final Journal client = Journal.of(ends.client());
            final Journal server = Journal.of(ends.server());
            client.onRead(source -> {
                assertTrue(source.input().length() <= 5 * 1024 + 16 * 1024);
                client.take(512);
            });
            server.onRead(source -> server.take(512));
            for (final TlsBufferEvent end : List.of(ends.client(), ends.server())) {
                end.setWatermark(Directions.READ, 0, 5 * 1024);
                for (int i = 0; i < total / 1024; i++) {
                    end.write(Arrays.copyOfRange(bytes(total), i * 1024, (i + 1) * 1024));
                }
            }
            tls.connect(ends, client, server);
            // arrival-driven callbacks take 512 each: the rest is taken by hand, as a user at its mark would
            loop.until(() -> {
                if (client.received.size() < total && !ends.client().input().isEmpty()) {
                    client.take(512);
                }
                if (server.received.size() < total && !ends.server().input().isEmpty()) {
                    server.take(512);
                }
                return client.received.size() == total && server.received.size() == total;
            });
            assertArrayEquals(bytes(total), client.received.toByteArray());
            assertArrayEquals(bytes(total), server.received.toByteArray());
        }
    }

    @ParameterizedTest
    @MethodSource(EVERYTHING)
    @DisplayName("SSL-17")
    void aBigReadSeesMoreThanOneRecord(final Wiring wiring, final String protocol) throws IOException {
        final Ends ends = tls.ends(wiring, protocol, Options.NONE);
        final Journal client = Journal.of(ends.client());
        final Journal server = Journal.of(ends.server());
        ends.server().maxSingleRead(64 * 1024);
        tls.connect(ends, client, server);
        ends.client().write(bytes(1 << 20));
        loop.until(() -> server.received.size() == 1 << 20);
        assertArrayEquals(bytes(1 << 20), server.received.toByteArray());
        assertTrue(server.inputs.stream().anyMatch(length -> length > 16 * 1024), () -> server.inputs.toString());
        loop.until(() -> client.has("write"));
        assertEquals(0, client.outputs.getLast());
        assertEquals(0, ends.client().pendingOutput());
    }

    @ParameterizedTest
    @MethodSource(SOCKETS)
    @DisplayName("SSL-18")
    void flushPutsTheBytesOnTheWireBeforeTheCallbackEnds(final Wiring wiring, final String protocol)
            throws IOException {
        final Ends ends = tls.ends(wiring, protocol, Options.DEFER_CALLBACKS);
        final Journal client = Journal.of(ends.client());
        final Journal server = Journal.of(ends.server());
        final List<Integer> written = new ArrayList<>();
        client.onRead(source -> {
            client.take();
            final RecordingTransport wire = ends.transports().getFirst();
            written.add(wire.writes.size());
            source.write(bytes(3_000));
            assertFalse(source.flush(Directions.WRITE, FlushMode.NORMAL));
            written.add(wire.writes.size());
            assertTrue(source.flush(Directions.WRITE, FlushMode.FLUSH));
            assertFalse(source.flush(Directions.WRITE, FlushMode.FLUSH), "nothing is left");
            written.add(wire.writes.size());
        });
        tls.connect(ends, client, server);
        ends.server().write(bytes(1));
        loop.until(() -> server.received.size() == 3_000);
        assertEquals(
                List.of(0, 0, 1),
                written.stream().map(n -> n - written.getFirst()).toList());
    }

    @ParameterizedTest
    @MethodSource(EVERYTHING)
    void manySmallWritesOfATurnBecomeOneRecord(final Wiring wiring, final String protocol) throws IOException {
        final Ends ends = tls.ends(wiring, protocol, Options.NONE);
        final Journal client = Journal.of(ends.client());
        final Journal server = Journal.of(ends.server());
        tls.connect(ends, client, server);
        loop.turns(20);
        final List<Long> wire = new ArrayList<>();
        ends.client().below().output().addListener((buffer, change) -> wire.add(change.added()));
        for (int i = 0; i < 1_000; i++) {
            ends.client().write(bytes(10));
        }
        loop.until(() -> server.received.size() == 10_000);
        assertEquals(1, wire.stream().filter(added -> added > 0).count(), () -> wire.toString());
    }

    @ParameterizedTest
    @MethodSource(SOCKETS)
    @DisplayName("11.4: the underlying's write high mark is never exceeded")
    void theUnderlyingIsFilledToItsMarkAndNoFurther(final Wiring wiring, final String protocol) throws IOException {
        final Ends ends = tls.ends(wiring, protocol, Options.NONE);
        final Journal client = Journal.of(ends.client());
        final Journal server = Journal.of(ends.server());
        final BufferEvent below = ends.client().below();
        below.setWatermark(Directions.WRITE, 200, 1_000);
        below.output().addListener((buffer, change) -> assertTrue(buffer.length() <= 1_000));
        tls.connect(ends, client, server);
        ends.client().write(bytes(100_000));
        loop.until(() -> server.received.size() == 100_000);
        assertArrayEquals(bytes(100_000), server.received.toByteArray());
    }

    @ParameterizedTest
    @ValueSource(strings = {Certificates.TLS_1_2, Certificates.TLS_1_3})
    @DisplayName("SSL-09")
    void renegotiationTellsConnectedOnceMoreWhereItExists(final String protocol) throws IOException {
        for (final Wiring wiring : Wiring.values()) {
            final Ends ends = tls.ends(wiring, protocol, Options.NONE);
            final Journal client = Journal.of(ends.client());
            final Journal server = Journal.of(ends.server());
            assertThrows(IllegalStateException.class, ends.client()::renegotiate, "no handshake yet");
            tls.connect(ends, client, server);
            ends.client().write(bytes(70_000));
            ends.server().write(bytes(30_000));
            loop.turns(1);
            if (protocol.equals(Certificates.TLS_1_3)) {
                assertThrows(IllegalStateException.class, ends.client()::renegotiate);
            } else {
                ends.client().renegotiate();
                ends.client().write(bytes(10));
                loop.until(() -> client.count("CONNECTED") == 2);
            }
            loop.until(() -> server.received.size() >= 70_000 && client.received.size() == 30_000);
            ends.server().write(bytes(7));
            loop.until(() -> client.received.size() == 30_007);
            assertFalse(client.has("READING|ERROR"));
            assertFalse(server.has("READING|ERROR"));
            assertEquals(1, server.count("CONNECTED"), "only who began it is told");
        }
    }

    @Test
    @DisplayName("11.5: a handshake that was begun goes on although READ is disabled meanwhile")
    void aHandshakeGoesOnWhileReadIsDisabled() throws IOException {
        final Ends ends = tls.ends(Wiring.SOCKET, Certificates.TLS_1_2, Options.NONE);
        final Journal client = Journal.of(ends.client());
        final Journal server = Journal.of(ends.server());
        tls.connect(ends, client, server);
        ends.client().renegotiate();
        ends.client().disable(Directions.READ); // it has begun, and its answers are read all the same
        loop.until(() -> client.count("CONNECTED") == 2);
        ends.server().write(bytes(100));
        loop.turns(30);
        assertEquals(0, client.received.size());
        ends.client().enable(Directions.READ);
        loop.until(() -> client.received.size() == 100);
    }

    // ---- ends -------------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource(EVERYTHING)
    @DisplayName("SSL-13, IMP-11")
    void aFarewellIsAnEndInBothPoliciesAndComesAfterTheBytes(final Wiring wiring, final String protocol)
            throws IOException {
        for (final boolean dirty : new boolean[] {false, true}) {
            final Ends ends = tls.ends(wiring, protocol, Options.NONE);
            final Journal client = Journal.of(ends.client());
            final Journal server = Journal.of(ends.server());
            if (dirty) {
                ends.server().setFlags(TlsFlags.DIRTY_SHUTDOWN);
            }
            tls.connect(ends, client, server);
            ends.client().write(bytes(100_000));
            ends.client().shutdownOutput();
            assertThrows(IllegalStateException.class, () -> ends.client().write(bytes(1)));
            loop.until(() -> server.has("READING|EOF"));
            loop.turns(20);
            assertArrayEquals(bytes(100_000), server.received.toByteArray());
            assertEquals(List.of("CONNECTED", "READING|EOF"), server.events());
            assertEquals("READING|EOF", server.lines.getLast());
            assertSame(Directions.WRITE, ends.server().enabled());
            ends.server().enable(Directions.READ);
            loop.turns(20);
            assertEquals(List.of("CONNECTED", "READING|EOF"), server.events(), "BEV-44");
        }
    }

    @ParameterizedTest
    @EnumSource(Wiring.class)
    @DisplayName("IMP-11, PERF-08: with TLS 1.3 an answer follows after the other side's farewell")
    void halfCloseLeavesTheOtherDirectionUsable(final Wiring wiring) throws IOException {
        final Ends ends = tls.ends(wiring, Certificates.TLS_1_3, Options.NONE);
        final Journal client = Journal.of(ends.client());
        final Journal server = Journal.of(ends.server()).onEvent((source, what, cause) -> {
            if (what.has(EventFlags.EOF)) {
                source.write(bytes(1 << 20));
                source.shutdownOutput();
            }
        });
        tls.connect(ends, client, server);
        ends.client().write(bytes(100));
        ends.client().shutdownOutput();
        loop.until(() -> client.has("READING|EOF"));
        assertArrayEquals(bytes(1 << 20), client.received.toByteArray());
        assertEquals(List.of("CONNECTED", "READING|EOF"), client.events());
        assertEquals(List.of("CONNECTED", "READING|EOF"), server.events());
    }

    @Test
    @DisplayName("with TLS 1.2 what is written after the peer's farewell fails, as its engine is closed then")
    void afterAFarewellOfTls12WritingFailsOnce() throws IOException {
        final Ends ends = tls.ends(Wiring.SOCKET, Certificates.TLS_1_2, Options.NONE);
        final Journal client = Journal.of(ends.client());
        final Journal server = Journal.of(ends.server());
        tls.connect(ends, client, server);
        ends.client().shutdownOutput();
        loop.until(() -> server.has("READING|EOF"));
        ends.server().write(bytes(10));
        loop.until(() -> server.has("WRITING|ERROR"));
        ends.server().enable(Directions.WRITE);
        ends.server().write(bytes(10));
        loop.turns(20);
        assertEquals(List.of("CONNECTED", "READING|EOF", "WRITING|ERROR"), server.events());
    }

    @ParameterizedTest
    @CsvSource({"TLSv1.2, false", "TLSv1.2, true", "TLSv1.3, false", "TLSv1.3, true"})
    @DisplayName("11.2: an end within a record is an error in both policies")
    void aStreamThatEndsWithinARecordIsAnError(final String protocol, final boolean dirty) throws IOException {
        final LoopFixture.Ends ends = loop.ends();
        final TlsBufferEvent server = loop.track(TlsBufferEvent.create(
                loop.base(), ends.transport(), TlsFixture.server(protocol), TlsState.ACCEPTING, Options.NONE));
        final Journal journal = Journal.of(server);
        if (dirty) {
            server.setFlags(TlsFlags.DIRTY_SHUTDOWN);
        }
        server.enable(Directions.READ);
        final RawTls peer = new RawTls(TlsFixture.client(protocol), ends.peer(), loop);
        peer.shakeHands(() -> journal.has("CONNECTED"));
        ends.peer().send(peer.sealed(bytes(1_000)));
        final byte[] record = peer.sealed(bytes(1_000));
        ends.peer().send(Arrays.copyOf(record, 700));
        ends.peer().shutdownOutput();
        loop.until(() -> journal.events().size() == 2);
        assertEquals(List.of("CONNECTED", "read", "READING|ERROR"), journal.lines);
        assertEquals(1_000, journal.received.size());
        assertInstanceOf(ConnectionException.TlsFailure.class, journal.lastCause());
        peer.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName("11.2: a reset is an error in both policies")
    void aResetIsAnErrorWithItsCause(final boolean dirty) throws IOException {
        final LoopFixture.Ends ends = loop.ends();
        final TlsBufferEvent server = loop.track(TlsBufferEvent.create(
                loop.base(),
                ends.transport(),
                TlsFixture.server(Certificates.TLS_1_3),
                TlsState.ACCEPTING,
                Options.NONE));
        final Journal journal = Journal.of(server);
        if (dirty) {
            server.setFlags(TlsFlags.DIRTY_SHUTDOWN);
        }
        server.enable(Directions.READ);
        final RawTls peer = new RawTls(TlsFixture.client(Certificates.TLS_1_3), ends.peer(), loop);
        peer.shakeHands(() -> journal.has("CONNECTED"));
        loop.turns(5);
        ends.peer().reset();
        loop.until(() -> journal.events().size() == 2);
        loop.turns(5);
        assertEquals(List.of("CONNECTED", "READING|ERROR"), journal.events());
        assertInstanceOf(ConnectionException.PeerReset.class, journal.lastCause());
        peer.close();
    }

    @ParameterizedTest
    @MethodSource(EVERYTHING)
    @DisplayName("an end waits while READ is disabled")
    void anEndWaitsUntilReadIsEnabledAgain(final Wiring wiring, final String protocol) throws IOException {
        final Ends ends = tls.ends(wiring, protocol, Options.NONE);
        final Journal client = Journal.of(ends.client());
        final Journal server = Journal.of(ends.server()).onRead(source -> {
            source.disable(Directions.READ);
        });
        tls.connect(ends, client, server);
        ends.client().write(bytes(1_000));
        ends.client().shutdownOutput();
        loop.until(() -> server.has("read"));
        loop.turns(20);
        assertEquals(List.of("CONNECTED"), server.events());
        assertEquals(1, server.count("read"));
        ends.server().input().drain(1_000);
        ends.server().enable(Directions.READ);
        loop.until(() -> server.has("READING|EOF"));
        assertEquals(1, server.count("read"));
    }

    @ParameterizedTest
    @MethodSource(EVERYTHING)
    @DisplayName("IMP-13: what is written leaves, with a farewell, before the BufferEvent frees itself")
    void closeAfterFlushSendsAllAndSaysFarewell(final Wiring wiring, final String protocol) throws IOException {
        final Ends ends = tls.ends(wiring, protocol, Options.CLOSE_ON_FREE);
        final Journal client = Journal.of(ends.client());
        final Journal server = Journal.of(ends.server());
        tls.connect(ends, client, server);
        ends.client().write(bytes(1 << 20));
        ends.client().closeAfterFlush(10_000 * LoopFixture.MS);
        loop.until(() -> server.events().size() == 2);
        assertArrayEquals(bytes(1 << 20), server.received.toByteArray());
        assertEquals(List.of("CONNECTED", "READING|EOF"), server.events());
    }

    @ParameterizedTest
    @MethodSource(EVERYTHING)
    @DisplayName("SSL-12")
    void freeingInTheEventCallbackLeavesNothingBehind(final Wiring wiring, final String protocol) throws IOException {
        final Ends ends = tls.ends(wiring, protocol, Options.CLOSE_ON_FREE);
        ends.client().setTimeouts(60_000 * LoopFixture.MS, 60_000 * LoopFixture.MS);
        ends.server().setTimeouts(60_000 * LoopFixture.MS, 60_000 * LoopFixture.MS);
        final Journal client = Journal.of(ends.client()).onEvent((source, what, cause) -> source.close());
        final Journal server = Journal.of(ends.server()).onEvent((source, what, cause) -> source.close());
        ends.client().write(bytes(100_000));
        ends.client().enable(Directions.READ);
        ends.server().enable(Directions.READ);
        loop.until(() -> ends.client().isClosed() && ends.server().isClosed());
        assertEquals(1, client.events().size());
        assertEquals(1, server.events().size());
        assertEquals(0, loop.base().countEvents(EventBase.COUNT_ADDED | EventBase.COUNT_VIRTUAL));
    }

    // ---- timeouts, flags, transports --------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource(EVERYTHING)
    @DisplayName("SSL-19")
    void aSilentPeerTimesOutOnce(final Wiring wiring, final String protocol) throws IOException {
        final Ends ends = tls.ends(wiring, protocol, Options.NONE);
        final Journal client = Journal.of(ends.client());
        final Journal server = Journal.of(ends.server());
        tls.connect(ends, client, server);
        loop.turns(20);
        ends.client().setTimeouts(100 * LoopFixture.MS, 100 * LoopFixture.MS);
        loop.pass(90);
        assertEquals(List.of("CONNECTED"), client.events());
        loop.pass(1_000);
        assertEquals(List.of("CONNECTED", "READING|TIMEOUT"), client.events());
        assertSame(Directions.WRITE, ends.client().enabled());
        ends.client().enable(Directions.READ);
        ends.server().write(bytes(10));
        loop.until(() -> client.received.size() == 10);
        loop.pass(200);
        assertEquals(2, client.count("READING|TIMEOUT"));
    }

    @Test
    void outputThatThePeerDoesNotTakeTimesOut() throws IOException {
        final Ends ends = tls.ends(Wiring.SOCKET, Certificates.TLS_1_3, Options.NONE);
        final Journal client = Journal.of(ends.client());
        final Journal server = Journal.of(ends.server());
        tls.connect(ends, client, server);
        loop.turns(20);
        ends.transports().getFirst().takesNothing = true;
        ends.client().setTimeouts(BufferEvent.NO_TIMEOUT, 100 * LoopFixture.MS);
        ends.client().write(bytes(10));
        loop.pass(90);
        assertEquals(List.of("CONNECTED"), client.events());
        assertEquals(0, ends.client().output().length(), "sealed, and not taken by the system");
        loop.pass(20);
        assertEquals(List.of("CONNECTED", "WRITING|TIMEOUT"), client.events());
        loop.pass(500);
        assertEquals(2, client.events().size());
    }

    @Test
    @DisplayName("SSL-11")
    void changingFlagsAnswersTheOldOnes() {
        final TlsBufferEvent s = loop.track(TlsBufferEvent.create(
                loop.base(), null, TlsFixture.client(Certificates.TLS_1_3), TlsState.CONNECTING, Options.NONE));
        assertSame(TlsFlags.NONE, s.setFlags(TlsFlags.BATCH_WRITE));
        assertSame(TlsFlags.BATCH_WRITE, s.setFlags(TlsFlags.DIRTY_SHUTDOWN));
        assertSame(TlsFlags.BATCH_WRITE.with(TlsFlags.DIRTY_SHUTDOWN), s.clearFlags(TlsFlags.BATCH_WRITE));
        assertSame(TlsFlags.DIRTY_SHUTDOWN, s.flags());
        assertEquals("DIRTY_SHUTDOWN", s.flags().toString());
        assertThrows(IllegalArgumentException.class, () -> s.setFlags(TlsFlags.NONE));
        assertThrows(IllegalArgumentException.class, () -> s.clearFlags(TlsFlags.NONE));
        assertSame(TlsFlags.DIRTY_SHUTDOWN, s.flags());
    }

    @Test
    @DisplayName("4.1: an engine belongs to one BufferEvent")
    void anEngineServesOneBufferEvent() {
        final SSLEngine engine = TlsFixture.client(Certificates.TLS_1_3);
        final TlsBufferEvent first =
                TlsBufferEvent.create(loop.base(), null, engine, TlsState.CONNECTING, Options.NONE);
        assertThrows(
                IllegalArgumentException.class,
                () -> TlsBufferEvent.create(loop.base(), null, engine, TlsState.CONNECTING, Options.NONE));
        assertThrows(
                IllegalArgumentException.class,
                () -> TlsBufferEvent.create(
                        loop.base(), null, TlsFixture.client(Certificates.TLS_1_3), TlsState.OPEN, Options.NONE));
        first.close();
        loop.track(TlsBufferEvent.create(loop.base(), null, engine, TlsState.CONNECTING, Options.NONE));
        final SSLEngine closed = TlsFixture.client(Certificates.TLS_1_3);
        assertThrows(
                IllegalArgumentException.class,
                () -> TlsBufferEvent.create(
                        loop.base(),
                        null,
                        closed,
                        TlsState.CONNECTING,
                        Options.CLOSE_ON_FREE.with(Options.UNLOCK_CALLBACKS)));
        assertTrue(closed.isOutboundDone(), "with CLOSE_ON_FREE the engine ends as well");
    }

    @ParameterizedTest
    @MethodSource(SOCKETS)
    @DisplayName("SSL-10")
    void theTransportCanBeTakenAwayAfterTheEnd(final Wiring wiring, final String protocol) throws IOException {
        final Ends ends = tls.ends(wiring, protocol, Options.NONE);
        final Journal client = Journal.of(ends.client());
        final Journal server = Journal.of(ends.server());
        server.endsFrozen = false;
        tls.connect(ends, client, server);
        assertSame(ends.transports().get(1), ends.server().transport());
        ends.client().shutdownOutput();
        loop.until(() -> server.has("READING|EOF"));
        ends.server().setTransport(null);
        assertNull(ends.server().transport());
        assertEquals(wiring != Wiring.SOCKET, ends.server().underlying() != null);
        loop.turns(20);
        assertEquals(List.of("CONNECTED", "READING|EOF"), server.events());
    }

    @ParameterizedTest
    @ValueSource(strings = {Certificates.TLS_1_2, Certificates.TLS_1_3})
    @DisplayName("SSL-20")
    void aSupplierOfEnginesMakesTheObjectServeManyConnections(final String protocol) throws IOException {
        final TlsBufferEvent client = loop.track(TlsBufferEvent.create(
                loop.base(), null, () -> TlsFixture.client(protocol), TlsState.CONNECTING, Options.NONE));
        final Journal journal = Journal.of(client);
        journal.endsFrozen = false;
        client.enable(Directions.READ);
        SSLEngine last = null;
        for (int round = 1; round <= 3; round++) {
            final Transport[] ends = loop.transports();
            final TlsBufferEvent server = loop.track(TlsBufferEvent.create(
                    loop.base(), ends[1], TlsFixture.server(protocol), TlsState.ACCEPTING, Options.CLOSE_ON_FREE));
            final Journal peer = Journal.of(server);
            server.enable(Directions.READ);
            client.setTransport(ends[0]);
            final int times = round;
            loop.until(() -> journal.count("CONNECTED") == times);
            assertNotNull(client.engine());
            assertFalse(client.engine() == last);
            last = client.engine();
            client.write(bytes(1_000));
            loop.until(() -> peer.received.size() == 1_000);
            server.closeAfterFlush(10_000 * LoopFixture.MS);
            client.enable(Directions.READ);
            loop.until(() -> journal.count("READING|EOF") == times);
            client.enable(Directions.READ);
        }
        final TlsBufferEvent once = loop.track(TlsBufferEvent.create(
                loop.base(), loop.transports()[0], TlsFixture.client(protocol), TlsState.CONNECTING, Options.NONE));
        loop.turns(5);
        final Transport next = loop.transports()[0];
        assertThrows(IllegalStateException.class, () -> once.setTransport(next));
    }

    @ParameterizedTest
    @ValueSource(strings = {Certificates.TLS_1_2, Certificates.TLS_1_3})
    void connectTellsConnectedWhenTheHandshakeIsDone(final String protocol) throws IOException {
        try (Transport listener = loop.base().openListener(null)) {
            listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            final TlsBufferEvent client = loop.track(TlsBufferEvent.create(
                    loop.base(), null, TlsFixture.client(protocol), TlsState.CONNECTING, Options.CLOSE_ON_FREE));
            final Journal journal = Journal.of(client);
            client.enable(Directions.READ);
            client.setTimeouts(60_000 * LoopFixture.MS, 60_000 * LoopFixture.MS);
            client.connect(listener.localAddress());
            assertThrows(IllegalStateException.class, () -> client.connect(listener.localAddress()));
            loop.turns(5);
            assertEquals(List.of(), journal.lines);
            Transport accepted = listener.accept();
            while (accepted == null) {
                accepted = listener.accept();
            }
            final TlsBufferEvent server = loop.track(TlsBufferEvent.create(
                    loop.base(), accepted, TlsFixture.server(protocol), TlsState.ACCEPTING, Options.CLOSE_ON_FREE));
            Journal.of(server);
            server.enable(Directions.READ);
            loop.until(() -> journal.has("CONNECTED"));
            assertEquals(List.of("CONNECTED"), journal.lines);
        }
    }

    // ---- rate limits ------------------------------------------------------------------------------------------------

    private static final long TICK = 10; // milliseconds

    private static TokenBucketCfg limit(final long rate) {
        return new TokenBucketCfg(rate, rate, rate, rate, TICK * LoopFixture.MS);
    }

    private static long sum(final List<Long> transfers) {
        return transfers.stream()
                .filter(moved -> moved > 0)
                .mapToLong(moved -> moved)
                .sum();
    }

    @ParameterizedTest
    @MethodSource(EVERYTHING)
    @DisplayName("SSL-16: rate limits count what is on the wire, handshake included")
    void aLimitIsChargedWithTheBytesOnTheWire(final Wiring wiring, final String protocol) throws IOException {
        final long much = 1L << 30;
        final Ends ends = tls.ends(wiring, protocol, Options.NONE);
        final Journal client = Journal.of(ends.client());
        final Journal server = Journal.of(ends.server());
        final TokenBucketCfg cfg = limit(much);
        for (final TlsBufferEvent each : List.of(ends.client(), ends.server())) {
            each.setRateLimit(cfg);
        }
        tls.connect(ends, client, server);
        ends.client().write(bytes(1 << 20));
        loop.until(() -> server.received.size() == 1 << 20);
        if (wiring == Wiring.OVER_PAIR) {
            assertNull(ends.client().rateLimit(), "no wire, no limit");
            assertEquals(BufferEvent.UNLIMITED, ends.client().writeLimit());
            assertThrows(IllegalStateException.class, () -> ends.client().decrementReadLimit(1));
            return;
        }
        loop.until(() -> ends.client().pendingOutput() == 0);
        assertSame(cfg, ends.client().rateLimit());
        for (int i = 0; i < 2; i++) {
            final TlsBufferEvent end = i == 0 ? ends.client() : ends.server();
            final RecordingTransport wire = ends.transports().get(i);
            assertEquals(much - sum(wire.reads), end.readLimit());
            assertEquals(much - sum(wire.writes), end.writeLimit());
            assertTrue(sum(wire.reads) > 500, "at least the handshake");
        }
        assertTrue(sum(ends.transports().get(0).writes) > (1 << 20) + 500, "the records' overhead counts");
    }

    @ParameterizedTest
    @MethodSource(SOCKETS)
    @DisplayName("RL-20: a record of TLS comes when all its bytes are paid for")
    void aRecordUnderALimitIsSilentUntilItIsPaid(final Wiring wiring, final String protocol) throws IOException {
        final Ends ends = tls.ends(wiring, protocol, Options.NONE);
        final Journal client = Journal.of(ends.client());
        final Journal server = Journal.of(ends.server());
        tls.connect(ends, client, server);
        loop.turns(10); // tickets
        ends.server().setTimeouts(3 * TICK * LoopFixture.MS, BufferEvent.NO_TIMEOUT);
        ends.server().setRateLimit(limit(100));
        ends.client().write(bytes(1000));
        loop.turns(10);
        for (int tick = 1; tick <= 9; tick++) {
            assertTrue(ends.below(ends.server()).isSuspended(Directions.READ, SuspendReason.BANDWIDTH), "tick " + tick);
            assertEquals(0, ends.server().maxToRead());
            loop.pass(TICK);
            assertEquals(0, server.received.size(), "tick " + tick);
        }
        loop.pass(TICK);
        loop.until(() -> server.received.size() == 1000);
        assertArrayEquals(bytes(1000), server.received.toByteArray());
        assertEquals(List.of("CONNECTED"), server.events());

        ends.server().decrementReadLimit(1000);
        loop.pass(9 * TICK);
        assertEquals(
                List.of("CONNECTED"), server.events(), "section 6: no timeout runs while a limit holds a direction");
        ends.server().setRateLimit(null);
        loop.pass(7 * TICK);
        assertEquals(List.of("CONNECTED", "READING|TIMEOUT"), server.events());
    }

    @ParameterizedTest
    @MethodSource(SOCKETS)
    @DisplayName("RL-12")
    void aGroupLimitsWhatIsOnTheWire(final Wiring wiring, final String protocol) throws IOException {
        final Ends ends = tls.ends(wiring, protocol, Options.CLOSE_ON_FREE);
        final Journal client = Journal.of(ends.client());
        final Journal server = Journal.of(ends.server());
        tls.connect(ends, client, server);
        loop.turns(10);
        final RateLimitGroup group = loop.closeLater(RateLimitGroup.create(loop.base(), limit(1000)));
        ends.client().addToRateLimitGroup(group);
        assertSame(group, ends.client().rateLimitGroup());
        final long before = sum(ends.transports().get(0).writes);
        ends.client().write(bytes(5000));
        loop.pass(3 * TICK);
        final long moved = sum(ends.transports().get(0).writes) - before;
        assertTrue(moved >= 3000 && moved <= 4000, () -> moved + " bytes in three ticks");
        ends.client().removeFromRateLimitGroup();
        assertNull(ends.client().rateLimitGroup());
        loop.until(() -> server.received.size() == 5000);
        ends.client().addToRateLimitGroup(group);
        ends.client().close(); // leaves at once
        loop.turns(2);
    }

    @Test
    @DisplayName("4.7: an underlying freed by the user ends the TLS layer with one event")
    void freeingTheUnderlyingIsToldOnce() throws IOException {
        final Ends ends = tls.ends(Wiring.OVER_SOCKET, Certificates.TLS_1_3, Options.NONE);
        final Journal client = Journal.of(ends.client());
        final Journal server = Journal.of(ends.server());
        tls.connect(ends, client, server);
        ends.client().underlying().close();
        loop.turns(5);
        assertEquals(List.of("CONNECTED", "READING|WRITING|ERROR"), client.events());
        ends.client().write(bytes(10));
        loop.turns(5);
        assertEquals(2, client.events().size());
    }

    @Test
    void tlsOverTlsWorks() throws IOException {
        final Ends ends = tls.ends(Wiring.SOCKET, Certificates.TLS_1_3, Options.NONE);
        final TlsBufferEvent client = loop.track(TlsBufferEvent.over(
                ends.client(), TlsFixture.client(Certificates.TLS_1_2), TlsState.CONNECTING, Options.NONE));
        final TlsBufferEvent server = loop.track(TlsBufferEvent.over(
                ends.server(), TlsFixture.server(Certificates.TLS_1_2), TlsState.ACCEPTING, Options.NONE));
        final Journal journal = Journal.of(server);
        Journal.of(client);
        client.enable(Directions.READ);
        server.enable(Directions.READ);
        client.write(bytes(200_000));
        client.shutdownOutput();
        loop.until(() -> journal.has("READING|EOF"));
        assertArrayEquals(bytes(200_000), journal.received.toByteArray());
    }
}
