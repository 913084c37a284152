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

import io.evbuffer.bufferevent.LoopFixture.Ends;
import io.evbuffer.event.EachBackend;
import io.evbuffer.event.Event;
import io.evbuffer.event.Transport;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Scenarios CON: one attempt, one outcome, and nothing before it. */
@EachBackend
class ConnectTest {
    @RegisterExtension
    final LoopFixture loop;

    ConnectTest(final String method) {
        loop = new LoopFixture(method);
    }

    static List<Options> modes() {
        return List.of(
                Options.CLOSE_ON_FREE,
                Options.CLOSE_ON_FREE.with(Options.DEFER_CALLBACKS),
                Options.CLOSE_ON_FREE.with(Options.DEFER_CALLBACKS).with(Options.UNLOCK_CALLBACKS));
    }

    @ParameterizedTest
    @MethodSource("modes")
    @DisplayName("CON-01, CON-08, BEV-14")
    void everyClientIsConnectedThenGreetedThenLeft(final Options options) throws IOException {
        final ServerSocketChannel listener = loop.listen();
        for (int i = 0; i < 2; i++) {
            final SocketBufferEvent s = loop.create(null, options);
            final Journal journal = Journal.of(s);
            s.enable(Directions.BOTH);
            s.connect(listener.getLocalAddress());
            assertEquals(List.of(), journal.lines, "nothing before the call returned");
            final Peer peer = new Peer(loop.closeLater(listener.accept()));
            peer.send(bytes(1000));
            peer.close();
            loop.until(() -> journal.has("READING|EOF"));
            assertEquals("CONNECTED", journal.lines.getFirst());
            assertEquals("READING|EOF", journal.lines.getLast());
            assertTrue(journal.count("read") >= 1);
            assertArrayEquals(bytes(1000), journal.received.toByteArray());
            assertEquals(List.of("CONNECTED", "READING|EOF"), journal.events());
            assertNull(journal.causes.getFirst());
        }
    }

    @ParameterizedTest
    @MethodSource("modes")
    @DisplayName("CON-02, PERF-09")
    void aRefusedConnectionIsOneErrorAndNothingElse(final Options options) throws IOException {
        final SocketBufferEvent s = loop.create(null, options);
        final Journal journal = Journal.of(s);
        s.enable(Directions.BOTH);
        s.write(bytes(10));
        s.connect(loop.deadEnd());
        assertEquals(List.of(), journal.lines);
        loop.until(() -> !journal.lines.isEmpty());
        loop.turns(20);
        assertEquals(List.of("ERROR"), journal.lines);
        assertInstanceOf(ConnectionException.ConnectRefused.class, journal.lastCause());
        assertTrue(journal.lastCause().getMessage().contains("refused"));
        assertSame(Directions.BOTH, s.enabled());
        assertNull(s.transport(), "the channel opened for the attempt is closed and gone");
        assertEquals(10, s.output().length());
        assertEquals(0, loop.base().countEvents(4));
    }

    @Test
    @DisplayName("8.4: refused immediately")
    void whatIsRefusedAtOnceIsToldInALaterTurn() throws IOException {
        final RecordingTransport transport = new RecordingTransport(loop.unconnected());
        transport.connectScript.add(new ConnectException("Connection refused"));
        final SocketBufferEvent s = loop.create(transport, Options.NONE);
        final Journal journal = Journal.of(s);
        loop.base().execute(() -> {
            try {
                s.connect(new InetSocketAddress("127.0.0.1", 9));
            } catch (final IOException e) {
                throw new AssertionError(e);
            }
            loop.base().execute(() -> journal.lines.add("same turn"));
        });
        loop.until(() -> journal.has("ERROR"));
        assertEquals(List.of("same turn", "ERROR"), journal.lines);
        assertInstanceOf(ConnectionException.ConnectRefused.class, journal.lastCause());
        assertSame(transport, s.transport(), "a channel that was given is the user's");
        assertEquals(0, transport.closes);
    }

    @ParameterizedTest
    @MethodSource("modes")
    @DisplayName("8.4: completes immediately")
    void whatStandsAtOnceIsToldInALaterTurn(final Options options) throws IOException {
        final Ends ends = loop.ends();
        final RecordingTransport transport = new RecordingTransport(ends.transport());
        transport.connectScript.add(true);
        final SocketBufferEvent s = loop.create(transport, options);
        final Journal journal = Journal.of(s);
        s.write(bytes(3));
        loop.base().execute(() -> {
            try {
                s.connect(ends.transport().remoteAddress());
            } catch (final IOException e) {
                throw new AssertionError(e);
            }
            loop.base().execute(() -> journal.lines.add("same turn"));
        });
        loop.until(() -> journal.has("write"));
        assertEquals(List.of("same turn", "CONNECTED", "write"), journal.lines);
    }

    @ParameterizedTest
    @MethodSource("modes")
    @DisplayName("CON-03")
    void outputFromBeforeLeavesAfterConnected(final Options options) throws IOException {
        final ServerSocketChannel listener = loop.listen();
        final SocketBufferEvent s = loop.create(null, options);
        final long[] waiting = {-1};
        final Journal journal = Journal.of(s)
                .onEvent((source, what, cause) -> waiting[0] = source.output().length());
        s.write(bytes(2000), 0, 1000);
        s.connect(listener.getLocalAddress());
        s.write(bytes(2000), 1000, 1000);
        final Peer peer = new Peer(accepted(listener));
        loop.until(() -> peer.received() == 2000);
        loop.turns(5);
        assertEquals(2000, waiting[0], "nothing had left when CONNECTED was told");
        assertArrayEquals(bytes(2000), peer.bytes());
        assertEquals(List.of("CONNECTED", "write"), journal.lines);
    }

    @ParameterizedTest
    @MethodSource("modes")
    @DisplayName("CON-04")
    void aConnectionWithNothingToSendHasNoWriteCallback(final Options options) throws IOException {
        final ServerSocketChannel listener = loop.listen();
        final SocketBufferEvent s = loop.create(null, options);
        final Journal journal = Journal.of(s);
        s.connect(listener.getLocalAddress());
        loop.until(() -> journal.has("CONNECTED"));
        loop.turns(10);
        assertEquals(List.of("CONNECTED"), journal.lines);
        BufferEventInvariants.atRest(s);
    }

    @ParameterizedTest
    @MethodSource("modes")
    @DisplayName("8.3: enabled in CONNECTED")
    void enablingWriteInConnectedAsksForMore(final Options options) throws IOException {
        final ServerSocketChannel listener = loop.listen();
        final SocketBufferEvent s = loop.create(null, options);
        final Journal journal = Journal.of(s).onEvent((source, what, cause) -> source.enable(Directions.BOTH));
        s.enable(Directions.WRITE);
        s.connect(listener.getLocalAddress());
        s.enable(Directions.WRITE);
        loop.until(() -> journal.has("CONNECTED"));
        loop.turns(10);
        assertEquals(List.of("CONNECTED", "write"), journal.lines);
    }

    @Test
    @DisplayName("CON-05")
    void anAttemptBegunElsewhereIsAdopted() throws IOException {
        final ServerSocketChannel listener = loop.listen();
        final Transport transport = loop.unconnected();
        transport.connect(listener.getLocalAddress());
        final SocketBufferEvent s = loop.create(null, Options.NONE);
        final Journal journal = Journal.of(s);
        journal.endsFrozen = false;
        s.enable(Directions.READ);
        s.setTransport(transport);
        s.connect();
        final Peer peer = new Peer(accepted(listener));
        peer.send(bytes(5));
        loop.until(() -> journal.has("read"));
        assertEquals(List.of("CONNECTED", "read"), journal.lines);
    }

    @ParameterizedTest
    @MethodSource("modes")
    @DisplayName("8.4, BTR-19: waiting for an attempt that nobody has begun is one ERROR, and no turn without end")
    void adoptingATransportThatDoesNotConnectIsOneError(final Options options) throws IOException {
        final SocketBufferEvent s = loop.create(loop.unconnected(), options);
        final Journal journal = Journal.of(s);
        s.connect();
        loop.until(() -> !journal.lines.isEmpty());
        loop.turns(20);
        assertEquals(List.of("ERROR"), journal.lines);
        assertEquals(0, loop.base().countEvents(4));
    }

    @Test
    @DisplayName("CON-06")
    void adoptingNothingFails() {
        final SocketBufferEvent s = loop.create(null, Options.NONE);
        final Journal journal = Journal.of(s);
        assertThrows(IllegalStateException.class, s::connect);
        loop.turns(5);
        assertEquals(List.of(), journal.lines);
        assertEquals(0, loop.base().countEvents(4));
    }

    @Test
    @DisplayName("CON-07")
    void anAttemptThatCannotBeginThrowsAndLeavesTheObjectUsable() throws IOException {
        final RecordingTransport transport = new RecordingTransport(loop.unconnected());
        transport.connectScript.add(new NoRouteToHostException("No route to host"));
        final SocketBufferEvent s = loop.create(transport, Options.NONE);
        final Journal journal = Journal.of(s);
        s.enable(Directions.READ);
        assertThrows(NoRouteToHostException.class, () -> s.connect(new InetSocketAddress("127.0.0.1", 9)));
        assertThrows(IOException.class, () -> s.connect(InetSocketAddress.createUnresolved("nowhere.invalid", 1)));
        assertThrows(
                IllegalArgumentException.class,
                () -> s.connect(new SocketAddress() {
                    private static final long serialVersionUID = 1;
                }));
        loop.turns(5);
        assertEquals(List.of(), journal.lines);

        final ServerSocketChannel listener = loop.listen();
        s.setTransport(null);
        journal.endsFrozen = false;
        s.connect(listener.getLocalAddress());
        loop.until(() -> journal.has("CONNECTED"));
    }

    @Test
    @DisplayName("CON-07")
    void aChannelOpenedForAnAttemptThatCannotBeginIsClosed() {
        final SocketBufferEvent s = loop.create(null, Options.NONE);
        assertThrows(IOException.class, () -> s.connect(InetSocketAddress.createUnresolved("nowhere.invalid", 1)));
        assertNull(s.transport());
    }

    @ParameterizedTest
    @MethodSource("modes")
    @DisplayName("CON-08, BEV-14")
    void nothingIsReadBeforeConnected(final Options options) throws IOException {
        final Ends ends = loop.ends();
        ends.peer().send(bytes(50));
        final RecordingTransport transport = new RecordingTransport(ends.transport());
        transport.connectScript.add(true);
        final SocketBufferEvent s = loop.create(transport, options);
        final int[] readBefore = {-1};
        final Journal journal = Journal.of(s).onEvent((source, what, cause) -> readBefore[0] = transport.reads.size());
        s.connect(ends.transport().remoteAddress());
        s.enable(Directions.READ);
        loop.until(() -> journal.has("read"));
        assertEquals(List.of("CONNECTED", "read"), journal.lines);
        assertEquals(0, readBefore[0]);
    }

    @Test
    @DisplayName("CON-14")
    void aSecondAttemptFailsAndTheFirstGoesOn() throws IOException {
        final ServerSocketChannel listener = loop.listen();
        final SocketBufferEvent s = loop.create(null, Options.NONE);
        final Journal journal = Journal.of(s);
        s.connect(listener.getLocalAddress());
        assertThrows(IllegalStateException.class, () -> s.connect(listener.getLocalAddress()));
        assertThrows(IllegalStateException.class, s::connect);
        loop.until(() -> journal.has("CONNECTED"));
        loop.turns(10);
        assertEquals(List.of("CONNECTED"), journal.lines);
    }

    @ParameterizedTest
    @MethodSource("modes")
    @DisplayName("CON-15")
    void afterARefusalTheSameObjectConnects(final Options options) throws IOException {
        final ServerSocketChannel listener = loop.listen();
        final SocketBufferEvent s = loop.create(null, options);
        final Journal journal = Journal.of(s);
        s.write(bytes(4));
        s.connect(loop.deadEnd());
        loop.until(() -> journal.has("ERROR"));
        s.connect(listener.getLocalAddress());
        final Peer peer = new Peer(accepted(listener));
        loop.until(() -> peer.received() == 4);
        assertEquals(List.of("ERROR", "CONNECTED"), journal.events());
        assertNull(journal.lastCause());
    }

    @ParameterizedTest
    @MethodSource("modes")
    @DisplayName("CON-16")
    void disablingWriteInConnectedHoldsTheOutput(final Options options) throws IOException {
        final ServerSocketChannel listener = loop.listen();
        final SocketBufferEvent s = loop.create(null, options);
        final Journal journal = Journal.of(s).onEvent((source, what, cause) -> source.disable(Directions.WRITE));
        s.write(bytes(100));
        s.connect(listener.getLocalAddress());
        final Peer peer = new Peer(accepted(listener));
        loop.until(() -> journal.has("CONNECTED"));
        loop.turns(20);
        assertEquals(100, s.output().length());
        assertEquals(0, peer.received());
        s.enable(Directions.WRITE);
        loop.until(() -> peer.received() == 100);
    }

    @Test
    @DisplayName("CON-17")
    void disablingWriteDoesNotDisableTheAttempt() throws IOException {
        final ServerSocketChannel listener = loop.listen();
        final SocketBufferEvent s = loop.create(null, Options.NONE);
        final Journal journal = Journal.of(s);
        s.write(bytes(100));
        s.connect(listener.getLocalAddress());
        s.disable(Directions.WRITE);
        final Peer peer = new Peer(accepted(listener));
        loop.until(() -> journal.has("CONNECTED"));
        loop.turns(20);
        assertEquals(100, s.output().length());
        s.enable(Directions.WRITE);
        loop.until(() -> peer.received() == 100);
    }

    @Test
    @DisplayName("3.4: close in CONNECTED")
    void closingInConnectedSendsNothing() throws IOException {
        final ServerSocketChannel listener = loop.listen();
        final SocketBufferEvent s = loop.create(null, Options.CLOSE_ON_FREE);
        final Journal journal = Journal.of(s).onEvent((source, what, cause) -> source.close());
        s.write(bytes(100));
        s.enable(Directions.READ);
        s.connect(listener.getLocalAddress());
        final Peer peer = new Peer(accepted(listener));
        loop.until(peer::sawEnd);
        assertEquals(0, peer.received());
        assertEquals(List.of("CONNECTED"), journal.lines);
    }

    @Test
    @DisplayName("3.4: another transport in CONNECTED")
    void anotherTransportInConnectedGetsTheOutput() throws IOException {
        final ServerSocketChannel listener = loop.listen();
        final Ends ends = loop.ends();
        final Transport next = ends.transport();
        final SocketBufferEvent s = loop.create(null, Options.NONE);
        Journal.of(s).onEvent((source, what, cause) -> loop.closeLater(s.transport())).endsFrozen = false;
        final BufferEventNotice journal = s.eventCallback();
        s.setCallbacks(null, null, (source, what, cause) -> {
            journal.on(source, what, cause);
            s.setTransport(next);
        });
        s.write(bytes(100));
        s.connect(listener.getLocalAddress());
        final Peer first = new Peer(accepted(listener));
        final Peer second = ends.peer();
        loop.until(() -> second.received() == 100);
        assertEquals(0, first.received());
    }

    @Test
    @DisplayName("2.4: connecting, then setTransport")
    void anAbandonedAttemptTellsNothing() throws IOException {
        final ServerSocketChannel listener = loop.listen();
        final SocketBufferEvent s = loop.create(null, Options.NONE);
        final Journal journal = Journal.of(s);
        s.connect(listener.getLocalAddress());
        final Transport attempt = s.transport();
        assertNotNull(attempt);
        s.setTransport(null);
        assertFalse(attempt.isOpen(), "nobody else could close it");
        loop.turns(20);
        assertEquals(List.of(), journal.lines);
        assertEquals(0, loop.base().countEvents(4));
    }

    @Test
    @DisplayName("4.7: close while connecting")
    void closingEndsTheAttempt() throws IOException {
        final ServerSocketChannel listener = loop.listen();
        final SocketBufferEvent s = loop.create(null, Options.NONE);
        final Journal journal = Journal.of(s);
        s.connect(listener.getLocalAddress());
        final Transport attempt = s.transport();
        s.close();
        assertFalse(attempt.isOpen());
        loop.turns(20);
        assertEquals(List.of(), journal.lines);
    }

    @ParameterizedTest
    @MethodSource("modes")
    @DisplayName("IMP-8, PERF-09: connect timeout")
    void theWriteTimeoutEndsAnAttemptOnce(final Options options) throws IOException {
        final RecordingTransport transport = new RecordingTransport(loop.unconnected());
        transport.connectScript.add(false);
        transport.silent = true;
        final SocketBufferEvent s = loop.create(transport, options);
        final Journal journal = Journal.of(s);
        s.setTimeouts(20 * LoopFixture.MS, 100 * LoopFixture.MS);
        s.enable(Directions.BOTH);
        s.connect(new InetSocketAddress("127.0.0.1", 9));
        loop.pass(99);
        assertEquals(List.of(), journal.lines, "no read timeout before CONNECTED");
        loop.pass(1);
        assertEquals(List.of("WRITING|TIMEOUT"), journal.lines);
        assertInstanceOf(ConnectionException.ConnectTimeout.class, journal.lastCause());
        assertSame(Directions.READ, s.enabled());
        loop.pass(300);
        assertEquals(1, journal.count("WRITING|TIMEOUT"));
        assertFalse(journal.has("CONNECTED"));
    }

    @Test
    @DisplayName("4.2: written before connect, shut down before connect")
    void aHalfCloseAskedBeforeConnectFollowsTheOutput() throws IOException {
        final ServerSocketChannel listener = loop.listen();
        final SocketBufferEvent s = loop.create(null, Options.NONE);
        final Journal journal = Journal.of(s);
        s.write(bytes(10));
        s.shutdownOutput();
        s.connect(listener.getLocalAddress());
        final Peer peer = new Peer(accepted(listener));
        loop.until(peer::sawEnd);
        assertEquals(10, peer.received());
        assertEquals(List.of("CONNECTED"), journal.events());
    }

    @Test
    @DisplayName("IMP-13: leaving while connecting")
    void leavingWaitsForTheConnection() throws IOException {
        final ServerSocketChannel listener = loop.listen();
        final SocketBufferEvent s = loop.create(null, Options.CLOSE_ON_FREE);
        final Journal journal = Journal.of(s);
        s.write(bytes(100));
        s.connect(listener.getLocalAddress());
        s.closeAfterFlush(1000 * LoopFixture.MS);
        final Peer peer = new Peer(accepted(listener));
        loop.until(peer::sawEnd);
        assertEquals(100, peer.received());
        assertEquals(List.of(), journal.lines);

        final SocketBufferEvent refused = loop.create(null, Options.CLOSE_ON_FREE);
        refused.write(bytes(100));
        refused.connect(loop.deadEnd());
        refused.closeAfterFlush(1000 * LoopFixture.MS);
        loop.until(() -> refused.references() == 0);
    }

    @Test
    @DisplayName("IMP-13: leaving while CONNECTED waits to be told")
    void leavingBeforeConnectedIsToldSendsTheOutput() throws IOException {
        final ServerSocketChannel listener = loop.listen();
        final SocketBufferEvent s = loop.create(null, Options.CLOSE_ON_FREE.with(Options.DEFER_CALLBACKS));
        final Journal journal = Journal.of(s);
        final Event neighbour = Event.newTimer(
                loop.base(),
                (event, result) -> {
                    if (s.notices.isQueued()) {
                        s.closeAfterFlush(1000 * LoopFixture.MS);
                    } else {
                        event.active(Event.TIMEOUT);
                    }
                },
                null);
        s.write(bytes(100));
        s.connect(listener.getLocalAddress());
        neighbour.active(Event.TIMEOUT); // runs in each turn, so also between the outcome and its notice
        final Peer peer = new Peer(accepted(listener));
        loop.until(s::isClosed);
        loop.until(peer::sawEnd);
        assertArrayEquals(bytes(100), peer.bytes());
        assertEquals(List.of(), journal.lines);
        neighbour.close();
    }

    @ParameterizedTest
    @MethodSource("modes")
    @DisplayName("3.4, 8.4: an error of the virtual machine in CONNECTED")
    void anErrorThatEndsTheLoopInConnectedLeavesTheConnectionUsable(final Options options) throws IOException {
        final ServerSocketChannel listener = loop.listen();
        final SocketBufferEvent s = loop.create(null, options);
        final Journal journal = Journal.of(s).onEvent((source, what, cause) -> {
            throw new StackOverflowError("in " + what);
        });
        s.write(bytes(100));
        s.enable(Directions.READ);
        s.connect(listener.getLocalAddress());
        final Peer peer = new Peer(accepted(listener));
        assertThrows(StackOverflowError.class, () -> loop.until(() -> false));
        loop.until(() -> peer.received() == 100);
        peer.send(bytes(10));
        loop.until(() -> journal.received.size() == 10);
        assertEquals(List.of("CONNECTED"), journal.events());
    }

    @Test
    @DisplayName("4.3: replaced while connecting")
    void replacingTheTransportOfAnAttemptClosesItOnce() throws IOException {
        final RecordingTransport attempt = new RecordingTransport(loop.unconnected());
        attempt.connectScript.add(false);
        attempt.silent = true;
        final SocketBufferEvent s = loop.create(attempt, Options.NONE);
        final Journal journal = Journal.of(s);
        s.connect(new InetSocketAddress("127.0.0.1", 9));
        s.replaceTransport(null);
        assertEquals(1, attempt.closes);
        loop.turns(5);
        assertEquals(List.of(), journal.lines);
    }

    private SocketChannel accepted(final ServerSocketChannel listener) throws IOException {
        final SocketChannel channel = loop.closeLater(listener.accept());
        channel.configureBlocking(false);
        return channel;
    }
}
