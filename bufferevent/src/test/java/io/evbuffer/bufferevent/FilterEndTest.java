package io.evbuffer.bufferevent;

import static io.evbuffer.bufferevent.LoopFixture.MS;
import static io.evbuffer.bufferevent.SocketBasicsTest.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.bufferevent.Filters.Watched;
import io.evbuffer.bufferevent.LoopFixture.Below;
import io.evbuffer.bufferevent.LoopFixture.Connection;
import io.evbuffer.event.EachBackend;
import io.evbuffer.event.EventBase;
import io.evbuffer.event.EventConfig;
import io.evbuffer.memory.SlabPool;
import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.util.List;
import java.util.zip.DataFormatException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Scenarios FLT and the rows of the other tables that speak of filters: connects, ends, failures, and how a filter is freed. */
@EachBackend
class FilterEndTest {
    private static final long NEVER = BufferEvent.NO_TIMEOUT;

    @RegisterExtension
    final LoopFixture loop;

    FilterEndTest(final String method) {
        loop = new LoopFixture(method);
    }

    // ---- events -----------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName("FLT-12: connected, refused")
    void theOutcomeOfAConnectIsToldByTheFilter(final boolean deferred) throws IOException {
        final Options options = deferred ? Options.DEFER_CALLBACKS : Options.NONE;
        final ServerSocketChannel listener = loop.listen();
        final SocketBufferEvent socket = loop.create(null, options);
        final FilterBufferEvent filter = loop.filter(socket, Filters.xor(1), Filters.xor(1), options);
        final Journal journal = Journal.of(filter);
        filter.enable(Directions.READ);
        filter.write(new byte[10]);
        socket.connect(listener.getLocalAddress());
        loop.until(() -> journal.has("write"));
        assertEquals(List.of("CONNECTED"), journal.events());
        final Peer peer = new Peer(loop.closeLater(listener.accept()));
        peer.channel().configureBlocking(false);
        loop.until(() -> peer.received() == 10);

        final SocketBufferEvent lost = loop.create(null, options);
        final Journal refused = Journal.of(loop.filter(lost, null, null, options));
        lost.connect(loop.deadEnd());
        loop.until(() -> !refused.lines.isEmpty());
        loop.turns(3);
        assertEquals(List.of("ERROR"), refused.lines);
        assertInstanceOf(ConnectionException.ConnectRefused.class, refused.lastCause());
        socket.setTransport(null);
    }

    @Test
    @DisplayName("FLT-12: timeout of the underlying, and the way back")
    void aTimeoutBelowIsToldByTheFilter() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final FilterBufferEvent filter = loop.filter(c.socket(), Filters.xor(0), null, Options.NONE);
        final Journal journal = Journal.of(filter);
        c.socket().setTimeouts(100 * MS, NEVER);
        filter.enable(Directions.READ);
        loop.pass(100);
        assertEquals(List.of("READING|TIMEOUT"), journal.lines);
        assertSame(Directions.WRITE, filter.enabled());
        assertSame(Directions.WRITE, c.socket().enabled());
        filter.enable(Directions.READ);
        c.peer().send(7);
        loop.until(() -> journal.received.size() == 7);
        assertEquals(List.of("READING|TIMEOUT", "read"), journal.lines);
    }

    @Test
    @DisplayName("FLT-12: reset and broken pipe")
    void aFailureBelowIsToldByTheFilterAndBytesStay() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final FilterBufferEvent filter = loop.filter(c.socket(), null, Filters.xor(0), Options.NONE);
        final Journal journal = Journal.of(filter);
        c.socket().setWatermark(Directions.WRITE, 0, 10);
        c.transport().writeScript.add(new IOException("Broken pipe"));
        filter.write(bytes(25));
        loop.until(() -> !journal.lines.isEmpty());
        loop.turns(3);
        assertEquals(List.of("WRITING|ERROR"), journal.lines);
        assertInstanceOf(ConnectionException.BrokenPipe.class, journal.lastCause());
        assertEquals(25, filter.pendingOutput());
        assertSame(Directions.NONE, filter.enabled());
        filter.enable(Directions.BOTH);
        loop.until(() -> c.peer().received() == 25);
        c.peer().reset();
        loop.until(() -> journal.has("READING|ERROR"));
        assertInstanceOf(ConnectionException.PeerReset.class, journal.lastCause());
    }

    @ParameterizedTest
    @EnumSource(Below.class)
    @DisplayName("10.6, BEV-28: an end comes after all bytes, those the filter kept too")
    void anEndIsToldAfterTheBytesThatTheFilterKept(final Below kind) throws IOException {
        final BufferEvent[] ends = loop.couple(kind, Options.NONE);
        final Watched watched = new Watched(Directions.READ, keepsTheLast());
        final FilterBufferEvent b = loop.filter(ends[1], watched, null, Options.NONE);
        watched.owner(b);
        final Journal journal = Journal.of(b);
        b.enable(Directions.READ);
        ends[0].write(bytes(50));
        ends[0].shutdownOutput();
        loop.until(() -> journal.has("READING|EOF"));
        loop.turns(3);
        assertArrayEquals(bytes(50), journal.received.toByteArray());
        assertEquals("READING|EOF", journal.lines.getLast());
        assertEquals(
                1,
                watched.modes.stream()
                        .filter(mode -> mode == FlushMode.FINISHED)
                        .count());
        assertEquals(1, journal.count("READING|EOF"));
        assertSame(Directions.WRITE, b.enabled());
        b.enable(Directions.READ);
        loop.until(() -> journal.count("READING|EOF") == 2);
        b.write(bytes(5));
        loop.turns(3);
    }

    /** Keeps the last 10 bytes back until it is told that there are no more. */
    private static BufferFilter keepsTheLast() {
        return (source, target, limit, mode) -> {
            final long kept = mode == FlushMode.FINISHED ? 0 : 10;
            if (source.length() > kept) {
                source.removeBuffer(target, source.length() - kept);
            }
            return FilterResult.NEED_MORE;
        };
    }

    @ParameterizedTest
    @EnumSource(Below.class)
    @DisplayName("10.6: an end waits until reading is possible")
    void anEndWaitsForTheReader(final Below kind) throws IOException {
        final BufferEvent[] ends = loop.couple(kind, Options.NONE);
        final FilterBufferEvent b = loop.filter(ends[1], Filters.xor(0), null, Options.NONE);
        final Journal journal = Journal.of(b).onRead(source -> {});
        b.setWatermark(Directions.READ, 0, 30);
        b.enable(Directions.READ);
        ends[0].write(bytes(50));
        loop.until(() -> b.input().length() == 30);
        ends[0].shutdownOutput();
        loop.turns(10);
        assertEquals(List.of("read"), journal.lines, "full");
        journal.onRead(source -> {
            journal.take();
            source.disable(Directions.READ);
        });
        journal.take();
        loop.until(() -> journal.received.size() == 50);
        loop.turns(10);
        assertFalse(journal.has("READING|EOF"), "disabled");
        b.enable(Directions.READ);
        loop.until(() -> journal.has("READING|EOF"));
        assertArrayEquals(bytes(50), journal.received.toByteArray());
    }

    @Test
    @DisplayName("BEV-15: what was deferred below is told apart by who did not ask for that")
    void endsThatDifferAreToldOneByOne() {
        final PairBufferEvent[] ends = loop.pair(Options.NONE);
        final Journal journal = Journal.of(loop.filter(ends[0], null, null, Options.NONE));
        final Journal union = Journal.of(loop.filter(ends[1], null, null, Options.DEFER_CALLBACKS));
        for (final PairBufferEvent each : ends) {
            each.enable(Directions.READ);
            each.above.enable(Directions.READ);
            each.triggerEvent(EventFlags.WRITING.with(EventFlags.ERROR), TriggerOptions.DEFER);
            each.triggerEvent(EventFlags.READING.with(EventFlags.EOF), TriggerOptions.DEFER);
        }
        loop.turns(4);
        assertEquals(List.of("READING|EOF", "WRITING|ERROR"), journal.events());
        assertEquals(List.of("READING|WRITING|EOF|ERROR"), union.events());
    }

    @Test
    @DisplayName("PAIR-03 through a filter: both directions end at once")
    void anEndOfBothDirectionsKeepsItsFlags() {
        final PairBufferEvent[] ends = loop.pair(Options.NONE);
        final FilterBufferEvent b = loop.filter(ends[1], null, null, Options.NONE);
        final Journal journal = Journal.of(b);
        b.enable(Directions.READ);
        ends[0].flush(Directions.BOTH, FlushMode.FINISHED);
        loop.turns(4);
        assertEquals(List.of("READING|WRITING|EOF"), journal.lines);
        assertSame(Directions.NONE, b.enabled());

        final PairBufferEvent[] more = loop.pair(Options.NONE);
        final FilterBufferEvent idle = loop.filter(more[1], null, null, Options.NONE);
        final Journal parts = Journal.of(idle);
        more[0].flush(Directions.BOTH, FlushMode.FINISHED);
        loop.turns(4);
        assertEquals(List.of("WRITING|EOF"), parts.lines);
        idle.enable(Directions.READ);
        loop.turns(4);
        assertEquals(List.of("WRITING|EOF", "READING|EOF"), parts.lines);
    }

    @ParameterizedTest
    @EnumSource(Below.class)
    @DisplayName("FLT-17, IMP-19")
    void anErrorOfTheOutputFilterEndsWriting(final Below kind) throws IOException {
        final BufferEvent[] ends = loop.couple(kind, Options.NONE);
        final int[] calls = {0};
        final FilterBufferEvent a = loop.filter(
                ends[0],
                Filters.xor(0),
                (source, target, limit, mode) -> {
                    calls[0]++;
                    target.add(Filters.take(source, Integer.MAX_VALUE));
                    return calls[0] == 3 ? FilterResult.ERROR : FilterResult.OK;
                },
                Options.NONE);
        final Journal ja = Journal.of(a);
        final Journal jb = Journal.of(ends[1]);
        ends[1].enable(Directions.READ);
        for (int i = 0; i < 5; i++) {
            a.write(bytes(10));
            loop.turns(5);
        }
        a.flush(Directions.WRITE, FlushMode.FLUSH);
        loop.until(() -> jb.received.size() == 20);
        loop.turns(5);
        assertEquals(3, calls[0]);
        assertEquals(20, jb.received.size());
        assertEquals(List.of("WRITING|ERROR"), ja.events());
        assertInstanceOf(ConnectionException.FilterFailure.class, ja.lastCause());
        assertSame(Directions.NONE, a.enabled());
        a.enable(Directions.READ);
        ends[1].write(bytes(5));
        loop.until(() -> ja.received.size() == 5);
    }

    @ParameterizedTest
    @EnumSource(Below.class)
    @DisplayName("FLT-18, PERF-08: a trailer")
    void aFinishedOutputEndsWithATrailer(final Below kind) throws IOException {
        final BufferEvent[] ends = loop.couple(kind, Options.NONE);
        final FilterBufferEvent a = loop.filter(ends[0], null, trailer(), Options.NONE);
        final Journal b = Journal.of(ends[1]);
        ends[1].enable(Directions.READ);
        assertTrue(a.flush(Directions.WRITE, FlushMode.FINISHED));
        loop.until(() -> b.received.size() == 3);
        ends[1].enable(Directions.READ);
        a.write(new byte[] {'x'});
        assertTrue(a.flush(Directions.WRITE, FlushMode.FINISHED));
        loop.until(() -> b.received.size() == 7);
        ends[1].enable(Directions.READ);
        a.write(new byte[] {'y'});
        a.shutdownOutput();
        a.shutdownOutput();
        assertThrows(IllegalStateException.class, () -> a.write(new byte[1]));
        loop.until(() -> b.received.size() == 11);
        loop.until(() -> b.lines.getLast().equals("READING|EOF"));
        assertEquals("endxendyend", b.text());
    }

    private static BufferFilter trailer() {
        return (source, target, limit, mode) -> {
            if (mode == FlushMode.FINISHED && source.isEmpty()) {
                target.add(new byte[] {'e', 'n', 'd'});
                return FilterResult.OK;
            }
            target.addBuffer(source);
            return FilterResult.OK;
        };
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName("FLT-19, PERF-09")
    void anErrorOfTheInputFilterEndsReading(final boolean throwing) throws IOException {
        final BufferEvent[] ends = loop.couple(Options.NONE);
        final int[] calls = {0};
        final FilterBufferEvent b = loop.filter(
                ends[1],
                (source, target, limit, mode) -> {
                    calls[0]++;
                    source.removeBuffer(target, 10);
                    if (calls[0] == 2) {
                        if (throwing) {
                            throw new DataFormatException("no frame");
                        }
                        return FilterResult.ERROR;
                    }
                    return FilterResult.OK;
                },
                Filters.xor(0),
                Options.NONE);
        final Journal journal = Journal.of(b);
        final Journal other = Journal.of(ends[0]);
        ends[0].enable(Directions.READ);
        b.enable(Directions.READ);
        ends[0].write(bytes(100));
        loop.until(() -> journal.has("READING|ERROR"));
        ends[0].write(bytes(100));
        loop.turns(5);
        b.flush(Directions.READ, FlushMode.FLUSH);
        assertEquals(2, calls[0]);
        assertEquals(List.of("read", "READING|ERROR"), journal.lines);
        assertArrayEquals(bytes(10), journal.received.toByteArray());
        final ConnectionException.FilterFailure failure =
                assertInstanceOf(ConnectionException.FilterFailure.class, journal.lastCause());
        if (throwing) {
            assertInstanceOf(DataFormatException.class, failure.getCause());
        } else {
            assertNull(failure.getCause());
        }
        assertSame(Directions.WRITE, b.enabled());
        b.write(bytes(30));
        loop.until(() -> other.received.size() == 30);
        b.enable(Directions.READ);
        loop.until(() -> journal.received.size() >= 90);
    }

    // ---- life -------------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource(Below.class)
    @DisplayName("FLT-13, FLT-14, BEV-45, FRE-03")
    void freeingAFilterLeavesTheUnderlyingToTheUser(final Below kind) throws IOException {
        final BufferEvent[] ends = loop.couple(kind, Options.NONE);
        final Watched in = new Watched(Directions.READ, Filters.xor(0));
        final FilterBufferEvent first = loop.track(FilterBufferEvent.create(ends[1], in, null, Options.NONE, in::over));
        in.owner(first);
        Journal.of(first);
        first.enable(Directions.READ);
        ends[0].write(bytes(10));
        loop.turns(3);
        first.retain();
        first.close();
        assertFalse(in.isOver());
        assertFalse(ends[1].isReadSuspended(SuspendReason.FILTER));
        assertNull(ends[1].readCallback());
        assertNull(ends[1].eventCallback());
        first.release();
        assertTrue(in.isOver());
        final Journal journal = Journal.of(ends[1]);
        ends[0].write(bytes(10));
        loop.until(() -> !journal.lines.isEmpty());
        assertEquals(1, ends[1].references());

        final FilterBufferEvent second = loop.filter(ends[1], null, null, Options.NONE);
        final Journal mine = Journal.of(ends[1]);
        final BufferEventCallback read = ends[1].readCallback();
        second.close();
        assertSame(read, ends[1].readCallback(), "the user's own slots are untouched");
        ends[0].write(bytes(10));
        loop.until(() -> mine.has("read"));

        final FilterBufferEvent third = loop.filter(ends[1], null, null, Options.CLOSE_ON_FREE);
        third.close();
        third.close();
        assertTrue(ends[1].isClosed());
        assertEquals(0, ends[1].references());
    }

    @ParameterizedTest
    @ValueSource(strings = {"read", "write", "event"})
    @DisplayName("FRE-01, FRE-02, FLT-14: in any callback")
    void aFilterMayBeFreedInAnyCallback(final String where) throws IOException {
        for (final Options options : List.of(Options.CLOSE_ON_FREE, Options.DEFER_CALLBACKS)) {
            final BufferEvent[] ends = loop.couple(options);
            final Watched in = new Watched(Directions.READ, Filters.xor(0));
            final FilterBufferEvent a =
                    loop.track(FilterBufferEvent.create(ends[0], in, Filters.xor(1), options, in::over));
            in.owner(a);
            final Journal journal = Journal.of(a);
            journal.onRead(source -> closeAt(where, "read", a))
                    .onWrite(source -> closeAt(where, "write", a))
                    .onEvent((source, what, cause) -> closeAt(where, "event", a));
            a.enable(Directions.READ);
            ends[1].write(bytes(10));
            ends[1].shutdownOutput();
            a.write(bytes(10));
            loop.until(a::isClosed);
            loop.turns(5);
            assertTrue(in.isOver());
            final int lines = journal.lines.size();
            loop.turns(5);
            assertEquals(lines, journal.lines.size());
        }
    }

    private static void closeAt(final String wanted, final String here, final BufferEvent victim) {
        if (wanted.equals(here)) {
            victim.close();
        }
    }

    @Test
    @DisplayName("FLT-14, BEV-45: a filter that frees its own BufferEvent")
    void aFilterMayFreeItsOwnBufferEvent() {
        final PairBufferEvent[] ends = loop.pair(Options.NONE);
        final FilterBufferEvent[] self = new FilterBufferEvent[1];
        final Watched out = new Watched(Directions.WRITE, (source, target, limit, mode) -> {
            self[0].close();
            target.add(Filters.take(source, 1));
            return FilterResult.OK;
        });
        self[0] = loop.track(FilterBufferEvent.create(ends[0], null, out, Options.CLOSE_ON_FREE, out::over));
        out.owner(self[0]);
        self[0].write(bytes(10));
        loop.turns(3);
        assertEquals(1, out.modes.size());
        assertTrue(out.isOver());
        assertTrue(ends[0].isClosed());
        assertEquals(0, ends[1].input().length());
    }

    @ParameterizedTest
    @EnumSource(Below.class)
    @DisplayName("4.7: the underlying is freed by the user")
    void aFilterWhoseUnderlyingIsFreedIsToldSo(final Below kind) throws IOException {
        final BufferEvent[] ends = loop.couple(kind, Options.NONE);
        final FilterBufferEvent filter = loop.filter(ends[0], null, null, Options.CLOSE_ON_FREE);
        final Journal journal = Journal.of(filter);
        filter.enable(Directions.READ);
        ends[0].close();
        assertEquals(List.of(), journal.lines, "deferred");
        loop.turns(3);
        assertEquals(List.of("READING|WRITING|ERROR"), journal.lines);
        assertInstanceOf(ConnectionException.Io.class, journal.lastCause());
        assertSame(Directions.NONE, filter.enabled());
        filter.write(bytes(10));
        filter.enable(Directions.BOTH);
        filter.flush(Directions.BOTH, FlushMode.FLUSH);
        loop.turns(3);
        assertEquals(1, ends[0].references(), "the filter's");
        filter.close();
        assertEquals(0, ends[0].references());
    }

    @Test
    @DisplayName("FRE-08: the base is closed first")
    void closingTheBaseEndsLayersAndPairs() throws IOException {
        final Watched[] all = new Watched[50];
        try (SlabPool pool = SlabPool.builder().name("FRE-08").build()) {
            final EventBase base = EventBase.open(EventConfig.create()
                    .onlyMethod(loop.base().method())
                    .pool(pool)
                    .tickSource(System::nanoTime));
            for (int i = 0; i < all.length; i++) {
                all[i] = layerAndPair(base, i);
            }
            base.loop(EventBase.ONCE | EventBase.NONBLOCK);
            base.close();
            assertEquals(0, pool.stats().segmentsInUse());
        }
        for (final Watched each : all) {
            assertTrue(each.isOver());
        }
    }

    private static Watched layerAndPair(final EventBase base, final int number) {
        final PairBufferEvent[] ends = PairBufferEvent.create(base, Options.NONE);
        final Watched in = new Watched(Directions.READ, Filters.xor(0));
        final FilterBufferEvent filter = FilterBufferEvent.create(
                ends[0], in, Filters.hex(), number % 3 == 0 ? Options.CLOSE_ON_FREE : Options.NONE, in::over);
        in.owner(filter);
        Journal.of(filter);
        Journal.of(ends[1]);
        filter.enable(Directions.READ);
        ends[number % 2].enable(Directions.READ);
        filter.write(bytes(1000));
        ends[1].write(bytes(1000));
        if (number % 5 == 0) {
            filter.retain();
        }
        return in;
    }

    @ParameterizedTest
    @EnumSource(Below.class)
    @DisplayName("FRE-09, IMP-13: the whole stack is drained first")
    void leavingDrainsTheWholeStack(final Below kind) throws IOException {
        final BufferEvent[] ends = loop.couple(kind, Options.CLOSE_ON_FREE);
        ends[1].setWatermark(Directions.READ, 0, 1000);
        ends[0].setWatermark(Directions.WRITE, 0, 2000);
        final FilterBufferEvent middle = loop.filter(ends[0], null, Filters.hex(), Options.CLOSE_ON_FREE);
        middle.setWatermark(Directions.WRITE, 0, 500);
        final FilterBufferEvent top = loop.filter(middle, null, trailer(), Options.CLOSE_ON_FREE);
        final Journal journal = Journal.of(top);
        final Journal b = Journal.of(ends[1]);
        ends[1].enable(Directions.READ);
        top.write(bytes(5000));
        top.disable(Directions.WRITE);
        top.closeAfterFlush(1000 * MS);
        assertTrue(top.isClosed());
        loop.until(() -> b.has("READING|EOF"));
        assertEquals(2 * 5003, b.received.size());
        assertEquals(List.of(), journal.lines);
        assertTrue(ends[0].isClosed());
        assertEquals(0, top.pendingOutput());
        assertEquals(0, ends[0].references());
    }

    @Test
    @DisplayName("FRE-10, IMP-13: the deadline, an error below, and an underlying that stays")
    void leavingEndsAtItsDeadlineOrWithAnError() throws IOException {
        final PairBufferEvent[] stuck = loop.pair(Options.NONE);
        final FilterBufferEvent late = loop.filter(stuck[0], null, null, Options.CLOSE_ON_FREE);
        late.write(bytes(10));
        late.closeAfterFlush(100 * MS);
        loop.pass(99);
        assertEquals(10, late.pendingOutput());
        loop.pass(1);
        assertTrue(stuck[0].isClosed());

        final Connection c = loop.connection(Options.NONE);
        final FilterBufferEvent broken = loop.filter(c.socket(), null, null, Options.NONE);
        c.transport().writeScript.add(new IOException("Broken pipe"));
        broken.write(bytes(10));
        broken.closeAfterFlush(100 * MS);
        loop.turns(5);
        assertEquals(1, c.socket().references(), "freed at once");

        final Connection kept = loop.connection(Options.NONE);
        final FilterBufferEvent fine = loop.filter(kept.socket(), null, trailer(), Options.NONE);
        fine.write(bytes(10));
        fine.closeAfterFlush(100 * MS);
        loop.until(() -> kept.peer().received() == 13);
        loop.turns(2);
        assertEquals(1, kept.socket().references());
        assertFalse(kept.socket().isClosed());
        assertFalse(kept.peer().sawEnd());
        kept.socket().write(bytes(1));
        loop.until(() -> kept.peer().received() == 14);
    }
}
