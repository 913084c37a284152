package io.evbuffer.bufferevent;

import static io.evbuffer.bufferevent.LoopFixture.MS;
import static io.evbuffer.bufferevent.SocketBasicsTest.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.bufferevent.LoopFixture.Connection;
import io.evbuffer.bufferevent.LoopFixture.Ends;
import io.evbuffer.event.EachBackend;
import io.evbuffer.event.EventBase;
import io.evbuffer.event.EventConfig;
import io.evbuffer.event.Transport;
import io.evbuffer.memory.SlabPool;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Section 6: a loop that is late cuts nobody off. On a clock that the test moves. */
@EachBackend
@Timeout(120)
class LateLoopTest {
    private static final long NEVER = BufferEvent.NO_TIMEOUT;
    private static final int MANY = 300; // far more than the first polls report
    private static final int FEW = 1; // turns: with each a backend may get room for twice as many reports
    private static final int LIMIT_MILLIS = 128;
    private static final long LIMIT = LIMIT_MILLIS * MS;
    private static final int QUARTER = LIMIT_MILLIS / 4;
    private static final int LATE_MILLIS = 100 * LIMIT_MILLIS;

    @RegisterExtension
    final LoopFixture loop;

    @TempDir
    Path folder;

    private final List<Journal> journals = new ArrayList<>();

    LateLoopTest(final String method) {
        loop = new LoopFixture(method);
    }

    // ---- more is ready than the backend reports at once ----

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName("6, 10: readiness and expiry in one turn, however many others are ready; through a layer too")
    void whoHasSpokenIsHeard(final boolean layered) throws IOException {
        final List<Ends> all = ends();
        for (final Ends each : all) {
            final SocketBufferEvent socket = loop.create(each.transport(), Options.NONE);
            final BufferEvent one = layered ? loop.filter(socket, null, null, Options.NONE) : socket;
            journals.add(Journal.of(one));
            one.setTimeouts(LIMIT, NEVER);
            one.enable(Directions.READ);
        }
        loop.turns(FEW);
        all.forEach(each -> each.peer().send(1));
        loop.late(LATE_MILLIS);
        loop.turns(3);
        assertEquals(allOf("read"), told());
        loop.pass(LIMIT_MILLIS);
        assertEquals(allOf("read", "READING|TIMEOUT"), told());
    }

    @Test
    @DisplayName("6, 11.3: the same in a handshake")
    void whoHasAnsweredInAHandshakeIsHeard() throws IOException {
        final byte[] hello;
        try (RawTls client =
                new RawTls(TlsFixture.client(Certificates.TLS_1_3), loop.ends().peer(), loop)) {
            hello = client.said();
        }
        final List<Runnable> computations = new ArrayList<>();
        final List<Ends> all = ends();
        for (final Ends each : all) {
            final TlsBufferEvent server = server(each, Certificates.TLS_1_3);
            journals.add(Journal.of(server));
            server.delegateTo(computations::add);
            server.enable(Directions.READ);
        }
        loop.turns(FEW);
        all.forEach(each -> each.peer().send(hello));
        loop.late(LATE_MILLIS);
        loop.turns(3);
        assertEquals(allOf(), told());
        assertEquals(MANY, computations.size());
    }

    @Test
    @DisplayName("6: an end that is there is told, not a timeout")
    void whoHasEndedIsNotLate() throws IOException {
        final List<Connection> all = connections();
        for (final Connection each : all) {
            each.socket().setTimeouts(LIMIT, NEVER);
            each.socket().enable(Directions.READ);
        }
        loop.turns(FEW);
        for (final Connection each : all) {
            each.peer().close();
        }
        loop.late(LATE_MILLIS);
        loop.turns(3);
        assertEquals(allOf("READING|EOF"), told());
    }

    @Test
    @DisplayName("6: room and expiry in one turn, however many others are ready")
    void whoHasRoomAgainIsGivenMore() throws IOException {
        final List<Connection> all = connections();
        for (final Connection each : all) {
            each.socket().setTimeouts(NEVER, LIMIT);
            each.transport().takesNothing = true;
            each.socket().write(bytes(10));
        }
        loop.turns(FEW);
        all.forEach(each -> each.transport().takesNothing = false);
        loop.late(LATE_MILLIS);
        loop.turns(3);
        assertEquals(allOf("write"), told());
    }

    @Test
    @DisplayName("6, 8.4: an answer to connect that is there is told, not a timeout")
    void whoIsConnectedIsNotLate() throws IOException {
        final ServerSocketChannel listener = loop.listen();
        final InetSocketAddress address = (InetSocketAddress) listener.getLocalAddress();
        for (int i = 0; i < MANY; i++) {
            final SocketBufferEvent one = loop.create(null, Options.CLOSE_ON_FREE);
            journals.add(Journal.of(one));
            one.setTimeouts(NEVER, LIMIT);
            one.connect(address);
            loop.closeLater(listener.accept());
        }
        loop.late(LATE_MILLIS);
        loop.turns(3);
        assertEquals(allOf("CONNECTED"), told());
    }

    // ---- a turn that takes long ----

    @Test
    @DisplayName("6: of a turn a quarter of the time allowed counts at most, an eighth at least")
    void aLongTurnTakesNoTimeFromThePeer() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        c.socket().setTimeouts(LIMIT, NEVER);
        final Journal journal = Journal.of(c.socket());
        c.socket().enable(Directions.READ);
        loop.turns(3);
        c.peer().send(1);
        loop.until(() -> !journal.lines.isEmpty());
        aLateTurn();
        assertEquals(List.of("read"), journal.lines);
        loop.pass(LIMIT_MILLIS - QUARTER - 1);
        assertEquals(List.of("read"), journal.lines);
        loop.pass(QUARTER / 2 + 1);
        assertEquals(List.of("read", "READING|TIMEOUT"), journal.lines);
    }

    @Test
    @DisplayName("6: a loop that is always late still cuts off who is silent")
    void longTurnsOneAfterTheOther() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        c.socket().setTimeouts(LIMIT, NEVER);
        final Journal journal = Journal.of(c.socket());
        c.socket().enable(Directions.READ);
        loop.turns(3);
        for (int turn = 1; turn <= 3; turn++) {
            aLateTurn();
        }
        assertEquals(List.of(), journal.lines);
        for (int turn = 4; turn <= 8; turn++) {
            aLateTurn();
        }
        loop.turns(1);
        assertEquals(List.of("READING|TIMEOUT"), journal.lines);
    }

    @Test
    @DisplayName("6: whatever the limit, a timeout is told once, no timer spins, and the longest is not over")
    void limitsOfEachLengthAndTurnsOfMilliseconds() throws IOException {
        final long hour = 3_600_000 * MS;
        for (final long limit :
                new long[] {1, 1_000, MS, 2 * MS, 5 * MS, 100 * MS, Long.MAX_VALUE / 2 + 1, Long.MAX_VALUE}) {
            final Connection c = loop.connection(Options.NONE);
            c.socket().setTimeouts(limit, NEVER);
            final Journal journal = Journal.of(c.socket());
            c.socket().enable(Directions.READ);
            final long before = loop.base().metrics().timersExpired();
            int turns = 0;
            for (; turns < 200 && journal.lines.isEmpty(); turns++) {
                loop.base().atTurnEnd(() -> loop.late(5));
                loop.turns(1);
            }
            assertTrue(loop.base().metrics().timersExpired() - before <= turns, "a timer spins: " + limit);
            loop.pass(10);
            assertEquals(limit > hour ? List.of() : List.of("READING|TIMEOUT"), journal.lines, "limit " + limit);
            c.socket().disable(Directions.READ);
        }
    }

    @Test
    @DisplayName("6: a stamp of another thread in the midst of a long turn prolongs nothing")
    void anotherThreadInALongTurn() throws IOException {
        final Connection c = loop.connection(Options.THREADSAFE);
        final Journal journal = Journal.of(c.socket());
        loop.base().execute(() -> {
            loop.late(LATE_MILLIS);
            final Thread other = new Thread(() -> {
                c.socket().setTimeouts(LIMIT, NEVER);
                c.socket().enable(Directions.READ);
            });
            other.start();
            try {
                other.join();
            } catch (final InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        loop.turns(3);
        assertEquals(List.of(), journal.lines);
        loop.pass(LIMIT_MILLIS);
        assertEquals(List.of("READING|TIMEOUT"), journal.lines);
    }

    @Test
    @DisplayName("6: heard time never goes back, and counts a quarter of a turn that goes on, without cached time too")
    void heardTimeInTheMidstOfATurn() {
        final long[] now = {LATE_MILLIS * MS};
        final List<Long> heard = new ArrayList<>();
        try (SlabPool pool = SlabPool.builder().build();
                EventBase base = EventBase.open(EventConfig.create()
                        .ignoreEnvironment()
                        .onlyMethod(loop.base().method())
                        .flags(EventConfig.NO_CACHE_TIME)
                        .tickSource(() -> now[0])
                        .pool(pool))) {
            base.loop(EventBase.NONBLOCK);
            heard.add(base.heardNanos(LIMIT));
            base.atTurnEnd(() -> {
                heard.add(base.heardNanos(LIMIT));
                now[0] += LATE_MILLIS * MS;
                heard.add(base.heardNanos(LIMIT));
            });
            base.loop(EventBase.NONBLOCK | EventBase.ONCE);
            heard.add(base.heardNanos(LIMIT));
        }
        final long counted = 1L << 24; // the power of two between an eighth and a quarter of the limit
        assertEquals(
                List.of(0L, 0L, counted, counted),
                heard.stream().map(each -> each - heard.getFirst()).toList());
    }

    @ParameterizedTest
    @ValueSource(strings = {Certificates.TLS_1_2, Certificates.TLS_1_3})
    @DisplayName("11.3: what is said in a long turn leaves at its end, and the peer's time begins then")
    void aLongTurnOfAHandshake(final String protocol) throws IOException {
        final Ends ends = loop.ends();
        final TlsBufferEvent server = server(ends, protocol);
        server.delegateTo(Runnable::run);
        final Journal journal = Journal.of(server);
        server.enable(Directions.READ);
        loop.turns(3);
        try (RawTls peer = new RawTls(TlsFixture.client(protocol), ends.peer(), loop)) {
            peer.exchange();
            while (ends.peer().received() == 0) {
                aLateTurn();
            }
            peer.shakeHands(() -> {
                aLateTurn();
                return journal.has("CONNECTED");
            });
        }
        assertEquals(List.of("CONNECTED"), journal.lines);
    }

    // ---- helpers ----

    private void aLateTurn() {
        loop.base().atTurnEnd(() -> loop.late(LATE_MILLIS));
        loop.turns(1);
    }

    /** A server with each of the times of a handshake limited. */
    private TlsBufferEvent server(final Ends ends, final String protocol) {
        final TlsBufferEvent server = loop.track(TlsBufferEvent.create(
                loop.base(), ends.transport(), TlsFixture.server(protocol), TlsState.ACCEPTING, Options.NONE));
        server.handshakeTimeout(LIMIT);
        server.setTimeouts(LIMIT, LIMIT);
        return server;
    }

    private List<Connection> connections() throws IOException {
        final List<Connection> all = new ArrayList<>();
        for (final Ends each : ends()) {
            final RecordingTransport transport = new RecordingTransport(each.transport());
            final SocketBufferEvent socket = loop.create(transport, Options.NONE);
            journals.add(Journal.of(socket));
            all.add(new Connection(socket, transport, each.peer()));
        }
        return all;
    }

    /** Sockets of the Unix domain: what one end does has come to the other when the call returns. */
    private List<Ends> ends() throws IOException {
        final SocketAddress path = UnixDomainSocketAddress.of(folder.resolve("socket"));
        final List<Ends> all = new ArrayList<>();
        try (ServerSocketChannel listener =
                ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(path, MANY)) {
            for (int i = 0; i < MANY; i++) {
                final Transport end = loop.closeLater(loop.base().openStream(path));
                end.connect(path);
                final SocketChannel other = loop.closeLater(listener.accept());
                other.configureBlocking(false);
                all.add(new Ends(end, new Peer(other)));
            }
        }
        return all;
    }

    private List<List<String>> told() {
        return journals.stream().map(each -> List.copyOf(each.lines)).toList();
    }

    private static List<List<String>> allOf(final String... lines) {
        return Collections.nCopies(MANY, List.of(lines));
    }
}
