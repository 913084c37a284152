package io.evbuffer.bufferevent;

import static io.evbuffer.bufferevent.LoopFixture.MS;
import static io.evbuffer.bufferevent.SocketBasicsTest.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.bufferevent.LoopFixture.Connection;
import io.evbuffer.bufferevent.LoopFixture.Ends;
import io.evbuffer.event.EachBackend;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Section 6: before a timeout is told the system is asked once more, and what that finds may lead anywhere. A transport that has
 * nothing for the first who asks makes the last look the one that finds it.
 */
@EachBackend
@Timeout(120)
class LastLookTest {
    private static final long NEVER = BufferEvent.NO_TIMEOUT;
    private static final int LIMIT_MILLIS = 128;
    private static final long LIMIT = LIMIT_MILLIS * MS;
    private static final int LATE_MILLIS = 200;
    private static final long NOTHING = 0;
    private static final int MANY = 300; // far more than the first polls report

    @RegisterExtension
    final LoopFixture loop;

    LastLookTest(final String method) {
        loop = new LoopFixture(method);
    }

    /** What the callback of the last look does, and what is told in all. */
    enum Deed {
        NOTHING("read", "READING|TIMEOUT"),
        CLOSE("read"),
        DISABLE("read"),
        DISABLE_AND_ENABLE("read", "READING|TIMEOUT"),
        THROW("read", "READING|TIMEOUT"),
        SHORTER("read", "READING|TIMEOUT"),
        TAKE_OFF("read");

        final List<String> told;

        Deed(final String... told) {
            this.told = List.of(told);
        }

        void on(final BufferEvent one) {
            switch (this) {
                case NOTHING -> {}
                case CLOSE -> one.close();
                case DISABLE -> one.disable(Directions.READ);
                case DISABLE_AND_ENABLE -> {
                    one.disable(Directions.READ);
                    one.enable(Directions.READ);
                }
                case THROW -> throw new IllegalStateException("wanted");
                case SHORTER -> one.setTimeouts(MS, NEVER);
                case TAKE_OFF -> one.setTimeouts(NEVER, NEVER);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("6, BEV-40: whatever the callback of the last look does, a timeout is told once or not at all")
    void callbacksOfTheLastLook(final Deed deed) throws IOException {
        for (int i = 0; i < 10; i++) {
            aTurnOf(20); // heard time differs with the limit from now on
        }
        for (final boolean layered : new boolean[] {false, true}) {
            final Connection c = loop.connection(Options.NONE);
            final BufferEvent one = layered ? loop.filter(c.socket(), null, null, Options.CLOSE_ON_FREE) : c.socket();
            final Journal journal = Journal.of(one);
            journal.onRead(source -> {
                journal.take();
                deed.on(source);
            });
            one.setTimeouts(LIMIT, NEVER);
            one.enable(Directions.READ);
            loop.turns(3);
            c.peer().send(1);
            c.transport().readScript.add(NOTHING);
            loop.late(LATE_MILLIS);
            loop.until(() -> journal.has("read"));
            loop.turns(3);
            assertEquals(deed == Deed.THROW ? 1 : 0, loop.takeFailures().size());
            assertEquals(List.of("read"), journal.lines, "layered: " + layered);
            final long before = loop.base().metrics().timersExpired();
            loop.pass(3 * LIMIT_MILLIS);
            assertEquals(deed.told, journal.lines, "layered: " + layered);
            assertTrue(loop.base().metrics().timersExpired() - before <= 2, "a timer spins");
        }
    }

    @Test
    @DisplayName("6: the write timeout is taken off by the callback of the last look")
    void writeTimeoutTakenOff() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final SocketBufferEvent socket = c.socket();
        socket.setTimeouts(NEVER, LIMIT);
        final Journal journal = Journal.of(socket).onWrite(source -> source.setTimeouts(NEVER, NEVER));
        c.transport().takesNothing = true;
        socket.setWatermark(Directions.WRITE, 8, 0);
        socket.write(bytes(10));
        loop.turns(3);
        c.transport().writeScript.add(NOTHING);
        c.transport().writeScript.add(5L);
        loop.late(LATE_MILLIS);
        loop.until(() -> !journal.lines.isEmpty());
        loop.pass(3 * LIMIT_MILLIS);
        assertEquals(List.of("write"), journal.lines);
    }

    @Test
    @DisplayName("8.4, BEV-14: who connects again when the last look finds a refusal has the full time")
    void whoConnectsAgain() throws IOException {
        final ServerSocketChannel listener = loop.listen();
        final InetSocketAddress live = (InetSocketAddress) listener.getLocalAddress();
        final InetSocketAddress dead = loop.deadEnd();
        final List<Journal> all = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            final SocketBufferEvent one = loop.create(null, Options.CLOSE_ON_FREE);
            all.add(Journal.of(one).onEvent((source, what, cause) -> {
                if (what.has(EventFlags.ERROR)) {
                    one.connect(live);
                    loop.closeLater(listener.accept());
                }
            }));
            one.setTimeouts(NEVER, LIMIT);
            one.connect(dead);
        }
        loop.late(100 * LIMIT_MILLIS);
        loop.until(() -> all.stream().allMatch(each -> each.lines.size() == 2));
        assertEquals(
                Collections.nCopies(MANY, List.of("ERROR", "CONNECTED")),
                all.stream().map(each -> each.lines).toList());
    }

    // ---- layers ----

    @Test
    @DisplayName("6, BEV-11: a layer whose output leaves at last has no write timeout")
    void aFilterWithNothingLeft() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        c.transport().takesNothing = true;
        c.socket().setWatermark(Directions.WRITE, 0, 4);
        final FilterBufferEvent layer = loop.filter(c.socket(), null, null, Options.NONE);
        final Journal journal = Journal.of(layer);
        layer.write(bytes(6)); // four wait below, two here
        layer.setTimeouts(NEVER, LIMIT);
        loop.turns(3);
        assertEquals(2, layer.output().length());
        c.transport().writeScript.add(NOTHING);
        c.transport().takesNothing = false;
        loop.late(LATE_MILLIS);
        loop.until(() -> c.peer().received() == 6);
        assertEquals(0, layer.output().length());
        assertFalse(layer.writeTimer.isArmed());
        loop.pass(3 * LIMIT_MILLIS);
        assertEquals(List.of(), journal.events());
    }

    @Test
    @DisplayName("6, BEV-11: the same of TLS")
    void tlsWithNothingLeft() throws IOException {
        final TlsFixture tls = new TlsFixture(loop);
        final TlsFixture.Ends ends = tls.ends(TlsFixture.Wiring.SOCKET, Certificates.TLS_1_3, Options.NONE);
        final Journal client = Journal.of(ends.client());
        final Journal server = Journal.of(ends.server());
        tls.connect(ends, client, server);
        loop.turns(10);
        final RecordingTransport transport = ends.transports().getFirst();
        transport.takesNothing = true;
        ends.client().setTimeouts(NEVER, LIMIT);
        ends.client().write(bytes(100));
        loop.turns(3);
        transport.writeScript.add(NOTHING);
        transport.takesNothing = false;
        loop.late(LATE_MILLIS);
        loop.until(() -> server.received.size() == 100);
        assertFalse(ends.client().writeTimer.isArmed());
        loop.pass(3 * LIMIT_MILLIS);
        assertEquals(List.of("CONNECTED"), client.events());
    }

    @Test
    @DisplayName("6, BEV-11: the look of a layer arms no timer below it that has nothing to watch")
    void aFilterBelowTls() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final FilterBufferEvent filter = loop.filter(c.socket(), null, null, Options.NONE);
        filter.setTimeouts(NEVER, 1_000 * LIMIT);
        final TlsBufferEvent client = loop.track(TlsBufferEvent.over(
                filter, TlsFixture.client(Certificates.TLS_1_3), TlsState.CONNECTING, Options.NONE));
        final Journal journal = Journal.of(client);
        client.enable(Directions.READ);
        loop.until(() -> c.peer().received() > 0);
        client.handshakeTimeout(LIMIT);
        loop.pass(LIMIT_MILLIS + 2);
        assertEquals(List.of("TIMEOUT"), journal.lines);
        assertEquals(0, filter.output().length());
        assertFalse(filter.writeTimer.isArmed());
    }

    @Test
    @DisplayName("6: the look of a layer gives no timeout to what is below and has none")
    void whoHasNoTimeoutBelow() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        c.transport().takesNothing = true;
        c.socket().setTimeouts(NEVER, 100_000 * LIMIT);
        c.socket().setWatermark(Directions.WRITE, 0, 4);
        final FilterBufferEvent layer = loop.filter(c.socket(), null, null, Options.NONE);
        final Journal journal = Journal.of(layer);
        for (int i = 0; i < 50; i++) {
            aTurnOf(20);
        }
        layer.write(bytes(6));
        loop.turns(3);
        c.socket().setTimeouts(NEVER, NEVER);
        layer.setTimeouts(NEVER, LIMIT);
        loop.pass(LATE_MILLIS);
        assertFalse(c.socket().writeTimer.isArmed());
        loop.pass(20 * LIMIT_MILLIS);
        assertEquals(List.of("WRITING|TIMEOUT"), journal.events());
    }

    @Test
    @DisplayName("6: timeouts of both layers that are due in one turn are both told")
    void bothLayersAreDue() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        c.transport().takesNothing = true;
        c.socket().setWatermark(Directions.WRITE, 0, 4);
        final FilterBufferEvent layer = loop.filter(c.socket(), null, null, Options.NONE);
        final Journal journal = Journal.of(layer);
        layer.setTimeouts(NEVER, LIMIT);
        layer.write(bytes(6));
        loop.turns(2);
        c.socket().setTimeouts(NEVER, LIMIT);
        loop.turns(3);
        loop.late(LATE_MILLIS);
        loop.turns(5);
        loop.pass(3 * LIMIT_MILLIS);
        assertEquals(List.of("WRITING|TIMEOUT", "WRITING|TIMEOUT"), journal.events());
    }

    // ---- handshakes ----

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("11.3: a connection that begins when the last look has found the end of another has its own time")
    void theNextPeerOfAServer(final boolean byFlight) throws IOException {
        final Ends first = loop.ends();
        final Ends second = loop.ends();
        final RecordingTransport transport = new RecordingTransport(first.transport());
        final TlsBufferEvent server = loop.track(TlsBufferEvent.create(
                loop.base(),
                transport,
                () -> TlsFixture.server(Certificates.TLS_1_3),
                TlsState.ACCEPTING,
                Options.NONE));
        if (byFlight) {
            server.handshakeTimeout(LIMIT);
        } else {
            server.setTimeouts(LIMIT, NEVER);
        }
        final Journal journal = Journal.of(server);
        journal.endsFrozen = false;
        journal.onEvent((source, what, cause) -> {
            if (journal.lines.size() == 1) {
                server.setTransport(second.transport());
                server.enable(Directions.BOTH);
            }
        });
        server.enable(Directions.READ);
        loop.turns(5);
        first.peer().close();
        transport.readScript.add(NOTHING);
        loop.late(LATE_MILLIS);
        loop.until(() -> !journal.lines.isEmpty());
        loop.pass(LIMIT_MILLIS - 20);
        assertEquals(List.of("READING|ERROR"), journal.lines);
        loop.pass(40);
        assertEquals(List.of("READING|ERROR", "TIMEOUT"), journal.lines);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 20})
    @DisplayName(
            "11.3: a handshake that is not taken times out; if a part is taken in the last look it has its full time again")
    void aHandshakeThatIsNotTaken(final long part) throws IOException {
        final Ends ends = loop.ends();
        final RecordingTransport transport = new RecordingTransport(ends.transport());
        transport.takesNothing = true;
        final TlsBufferEvent client = loop.track(TlsBufferEvent.create(
                loop.base(), transport, TlsFixture.client(Certificates.TLS_1_3), TlsState.CONNECTING, Options.NONE));
        client.setTimeouts(NEVER, LIMIT);
        final Journal journal = Journal.of(client);
        loop.turns(5);
        if (part > 0) {
            transport.writeScript.add(NOTHING);
            transport.writeScript.add(part);
        }
        loop.late(LATE_MILLIS);
        loop.turns(5);
        final List<String> soon = part == 0 ? List.of("TIMEOUT") : List.of();
        assertEquals(soon, journal.lines);
        assertEquals(part, ends.peer().received());
        loop.pass(LIMIT_MILLIS - 1);
        assertEquals(soon, journal.lines);
        loop.pass(10);
        assertEquals(List.of("TIMEOUT"), journal.lines);
        loop.pass(3 * LIMIT_MILLIS);
        assertEquals(List.of("TIMEOUT"), journal.lines);
    }

    // ---- helpers ----

    private void aTurnOf(final long millis) {
        loop.base().atTurnEnd(() -> loop.late(millis));
        loop.turns(1);
    }
}
