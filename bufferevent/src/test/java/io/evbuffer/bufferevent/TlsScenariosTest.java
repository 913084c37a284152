package io.evbuffer.bufferevent;

import static io.evbuffer.bufferevent.SocketBasicsTest.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.bufferevent.TlsFixture.Ends;
import io.evbuffer.bufferevent.TlsFixture.Wiring;
import io.evbuffer.event.EachBackend;
import io.evbuffer.event.EventBase;
import io.evbuffer.event.EventConfig;
import io.evbuffer.memory.SlabPool;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Scenarios of all kinds, over TLS: a user of a BufferEvent sees no difference. */
@EachBackend
class TlsScenariosTest {
    private static final String EVERYTHING = "io.evbuffer.bufferevent.TlsFixture#everything";
    private static final String SOCKETS = "io.evbuffer.bufferevent.TlsFixture#sockets";
    private static final long NEVER = BufferEvent.NO_TIMEOUT;
    private static final int RECORD = 16 * 1024;

    @RegisterExtension
    final LoopFixture loop;

    private final TlsFixture tls;
    private Ends ends;
    private Journal client;
    private Journal server;

    TlsScenariosTest(final String method) {
        loop = new LoopFixture(method);
        tls = new TlsFixture(loop);
    }

    private void make(final Wiring wiring, final String protocol, final Options options) throws IOException {
        ends = tls.ends(wiring, protocol, options);
        client = Journal.of(ends.client());
        server = Journal.of(ends.server());
    }

    private void connect(final Wiring wiring, final String protocol, final Options options) throws IOException {
        make(wiring, protocol, options);
        tls.connect(ends, client, server);
        loop.turns(20); // tickets
        client.lines.clear();
        server.lines.clear();
    }

    // ---- data -------------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource(EVERYTHING)
    @DisplayName("SOC-01, SOC-02")
    void whateverTheFlushBytesArriveAndNobodyIsToldAnEnd(final Wiring wiring, final String protocol)
            throws IOException {
        connect(wiring, protocol, Options.NONE);
        int total = 0;
        for (final FlushMode mode : new FlushMode[] {FlushMode.NORMAL, FlushMode.FLUSH}) {
            total += 8333;
            final int expected = total;
            ends.client().write(bytes(8333));
            ends.client().flush(Directions.WRITE, mode);
            loop.until(() -> server.received.size() == expected && client.has("write"));
            assertEquals(0, client.outputs.getLast());
            client.lines.clear();
        }
        loop.turns(20);
        assertEquals(List.of(), server.events());
        assertEquals(List.of(), client.events());
    }

    @ParameterizedTest
    @MethodSource(EVERYTHING)
    @DisplayName("SOC-08")
    void nothingLeavesWhileWriteIsDisabled(final Wiring wiring, final String protocol) throws IOException {
        connect(wiring, protocol, Options.NONE);
        ends.client().disable(Directions.WRITE);
        ends.client().write(bytes(10));
        loop.turns(30);
        assertEquals(0, server.received.size());
        assertEquals(10, ends.client().output().length());
        ends.client().enable(Directions.WRITE);
        ends.client().write(bytes(50_000));
        loop.until(() -> server.received.size() == 50_010);
        final byte[] got = server.received.toByteArray();
        assertArrayEquals(bytes(10), Arrays.copyOf(got, 10));
        assertArrayEquals(bytes(50_000), Arrays.copyOfRange(got, 10, got.length));
    }

    @ParameterizedTest
    @MethodSource(EVERYTHING)
    @DisplayName("SOC-09")
    void anEmptyWriteSaysNothing(final Wiring wiring, final String protocol) throws IOException {
        connect(wiring, protocol, Options.NONE);
        final int said = calls(ends);
        ends.client().write(new byte[0]);
        loop.turns(10);
        assertEquals(List.of(), client.lines);
        assertEquals(said, calls(ends));
    }

    @ParameterizedTest
    @MethodSource(EVERYTHING)
    @DisplayName("SOC-27")
    void whatStaysBelowTheLowMarkIsThereAtTheEnd(final Wiring wiring, final String protocol) throws IOException {
        connect(wiring, protocol, Options.NONE);
        ends.server().setWatermark(Directions.READ, 50, 0);
        final List<Long> left = new ArrayList<>();
        server.onEvent((source, what, cause) -> left.add(source.input().length()));
        ends.client().write(bytes(30));
        ends.client().shutdownOutput();
        loop.until(() -> server.has("READING|EOF"));
        assertEquals(List.of("READING|EOF"), server.lines);
        assertEquals(List.of(30L), left);
    }

    @ParameterizedTest
    @MethodSource(SOCKETS)
    @DisplayName("SOC-20")
    void aPriorityIsThatOfAllItsEvents(final Wiring wiring, final String protocol) throws IOException {
        loop.base().priorityInit(4);
        connect(wiring, protocol, Options.NONE);
        final TlsBufferEvent s = ends.server();
        s.priority(0);
        assertEquals(0, s.priority());
        assertThrows(IllegalArgumentException.class, () -> s.priority(4));
        assertThrows(IllegalArgumentException.class, () -> s.priority(-1));
        assertEquals(0, s.priority());
        ends.client().write(bytes(10));
        loop.until(() -> server.received.size() == 10);
    }

    // ---- connection -------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource(EVERYTHING)
    @DisplayName("CON-03")
    void earlyOutputLeavesAfterConnectedAndIsToldOnce(final Wiring wiring, final String protocol) throws IOException {
        make(wiring, protocol, Options.NONE);
        ends.client().write(bytes(1_000));
        ends.client().enable(Directions.READ);
        ends.client().write(bytes(1_000));
        tls.connect(ends, client, server);
        loop.until(() -> server.received.size() == 2_000 && client.has("write"));
        loop.turns(20);
        assertEquals(List.of("CONNECTED", "write"), client.lines);
    }

    @ParameterizedTest
    @MethodSource(EVERYTHING)
    @DisplayName("CON-04")
    void aQuietHandshakeTellsConnectedAlone(final Wiring wiring, final String protocol) throws IOException {
        make(wiring, protocol, Options.NONE);
        tls.connect(ends, client, server);
        loop.turns(20);
        assertEquals(List.of("CONNECTED"), client.lines);
        assertEquals(List.of("CONNECTED"), server.lines);
    }

    @ParameterizedTest
    @MethodSource(EVERYTHING)
    @DisplayName("CON-16, CON-17")
    void outputStaysWhileWriteIsDisabledInConnected(final Wiring wiring, final String protocol) throws IOException {
        make(wiring, protocol, Options.NONE);
        client.onEvent((source, what, cause) -> source.disable(Directions.WRITE));
        ends.client().write(bytes(5_000));
        tls.connect(ends, client, server);
        loop.turns(30);
        assertEquals(0, server.received.size());
        ends.client().enable(Directions.WRITE);
        loop.until(() -> server.received.size() == 5_000);
    }

    // ---- marks ------------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource(EVERYTHING)
    @DisplayName("WM-01, WM-02")
    void callbacksComeWithinTheMarks(final Wiring wiring, final String protocol) throws IOException {
        connect(wiring, protocol, Options.NONE);
        ends.server().setWatermark(Directions.READ, 10, 20);
        ends.client().setWatermark(Directions.WRITE, 100, 0);
        ends.client().write(bytes(65_000));
        loop.until(() -> server.received.size() == 65_000);
        loop.turns(20);
        assertTrue(server.inputs.stream().allMatch(length -> length >= 10 && length <= 20 + RECORD));
        assertTrue(client.outputs.stream().allMatch(length -> length <= 100));
        assertTrue(client.has("write"));
        assertArrayEquals(bytes(65_000), server.received.toByteArray());
        assertEquals(0, ends.client().pendingOutput());
    }

    @ParameterizedTest
    @MethodSource(EVERYTHING)
    @DisplayName("WM-04")
    void triggeringLooksAtTheLowMarkUnlessTold(final Wiring wiring, final String protocol) throws IOException {
        connect(wiring, protocol, Options.NONE);
        server.onRead(source -> {});
        ends.client().write(bytes(10));
        loop.until(() -> server.has("read"));
        server.lines.clear();
        ends.server().setWatermark(Directions.READ, 11, 0);
        loop.base().execute(() -> ends.server().trigger(Directions.READ, TriggerOptions.NONE));
        loop.turns(3);
        assertEquals(List.of(), server.lines);
        loop.base().execute(() -> ends.server().trigger(Directions.READ, TriggerOptions.IGNORE_WATERMARKS));
        loop.turns(3);
        assertEquals(List.of("read"), server.lines);
        ends.server().setWatermark(Directions.READ, 0, 0);
        loop.turns(10);
        assertEquals(List.of("read"), server.lines);
    }

    @ParameterizedTest
    @MethodSource(EVERYTHING)
    @DisplayName("WM-05, WM-09, BEV-6")
    void movingTheHighMarkOrTakingBytesLetsReadingGoOn(final Wiring wiring, final String protocol) throws IOException {
        connect(wiring, protocol, Options.NONE);
        server.onRead(source -> {});
        ends.server().setWatermark(Directions.READ, 0, 100);
        ends.client().write(bytes(4 * RECORD));
        loop.until(() -> ends.server().input().length() >= 100);
        loop.turns(20);
        assertTrue(ends.server().isReadSuspended(SuspendReason.WATERMARK));
        long held = ends.server().input().length();
        assertTrue(held <= 100 + RECORD);
        ends.server().setWatermark(Directions.READ, 0, held + 1);
        assertFalse(ends.server().isReadSuspended(SuspendReason.WATERMARK));
        final long before = held;
        loop.until(() -> ends.server().input().length() > before);
        loop.turns(20);
        assertTrue(ends.server().isReadSuspended(SuspendReason.WATERMARK));
        held = ends.server().input().length();
        loop.base().execute(() -> server.take()); // outside of any callback of its own
        loop.until(() -> !ends.server().input().isEmpty());
        ends.server().setWatermark(Directions.READ, 0, 0);
        loop.until(() -> ends.server().input().length() + server.received.size() == 4 * RECORD);
        server.take();
        assertArrayEquals(bytes(4 * RECORD), server.received.toByteArray());
        assertTrue(held > before);
    }

    @ParameterizedTest
    @MethodSource(EVERYTHING)
    @DisplayName("WM-08")
    void readCallbacksTellOfArrivalNotOfPresence(final Wiring wiring, final String protocol) throws IOException {
        connect(wiring, protocol, Options.NONE);
        server.onRead(source -> {});
        ends.client().write(bytes(10));
        loop.until(() -> server.count("read") == 1);
        loop.turns(50);
        assertEquals(List.of("read"), server.lines);
        ends.client().write(bytes(10));
        loop.until(() -> server.count("read") == 2);
        loop.turns(50);
        assertEquals(List.of("read", "read"), server.lines);
    }

    @ParameterizedTest
    @MethodSource(SOCKETS)
    @DisplayName("WM-11, IMP-12")
    void whoWritesTooFastIsToldAboveAndBelowInTurns(final Wiring wiring, final String protocol) throws IOException {
        connect(wiring, protocol, Options.NONE);
        final int step = 8 * 1024;
        final int high = 64 * 1024;
        final int total = 4 << 20;
        final TlsBufferEvent writer = ends.client();
        final List<Boolean> told = new ArrayList<>();
        writer.setWatermark(Directions.WRITE, RECORD, high);
        writer.backPressure((source, above) -> told.add(above));
        server.onRead(source -> {});
        ends.server().setWatermark(Directions.READ, 0, RECORD);
        final int[] written = {0};
        loop.until(() -> {
            while (written[0] < total && writer.output().length() < high && (told.isEmpty() || !told.getLast())) {
                writer.write(bytes(step));
                written[0] += step;
                assertTrue(writer.output().length() <= high + step);
            }
            server.take();
            return server.received.size() == total;
        });
        loop.turns(5);
        assertTrue(told.size() >= 2);
        for (int i = 0; i < told.size(); i++) {
            assertEquals(i % 2 == 0, told.get(i), "in turns, above first");
        }
    }

    // ---- timeouts ---------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource(EVERYTHING)
    @DisplayName("TMO-03, TMO-04")
    void theTimeCountsFromTheLastByteAndFromTheNextEnable(final Wiring wiring, final String protocol)
            throws IOException {
        connect(wiring, protocol, Options.NONE);
        ends.server().setTimeouts(100 * LoopFixture.MS, NEVER);
        for (int i = 1; i <= 5; i++) {
            loop.pass(60);
            ends.client().write(bytes(1));
            final int expected = i;
            loop.until(() -> server.received.size() == expected);
        }
        assertEquals(List.of(), server.events());
        loop.pass(99);
        assertEquals(List.of(), server.events());
        loop.pass(1);
        assertEquals(List.of("READING|TIMEOUT"), server.events());
        assertSame(Directions.WRITE, ends.server().enabled());
        loop.pass(500);
        ends.server().enable(Directions.READ);
        loop.pass(99);
        assertEquals(1, server.events().size());
        loop.pass(1);
        assertEquals(List.of("READING|TIMEOUT", "READING|TIMEOUT"), server.events());
    }

    @ParameterizedTest
    @MethodSource(EVERYTHING)
    @DisplayName("TMO-05, TMO-06, TMO-09, TMO-10")
    void aTimeoutThatIsSetCountsFromThen(final Wiring wiring, final String protocol) throws IOException {
        connect(wiring, protocol, Options.NONE);
        final TlsBufferEvent s = ends.server();
        s.setTimeouts(150 * LoopFixture.MS, 150 * LoopFixture.MS);
        loop.pass(100);
        s.setTimeouts(300 * LoopFixture.MS, NEVER);
        loop.pass(200);
        s.enable(Directions.READ);
        loop.pass(299);
        assertEquals(List.of(), server.events());
        s.setTimeouts(NEVER, NEVER);
        loop.pass(1_000);
        s.disable(Directions.READ);
        s.setTimeouts(100 * LoopFixture.MS, NEVER);
        loop.pass(500);
        assertEquals(List.of(), server.events());
        s.enable(Directions.READ);
        loop.pass(99);
        assertEquals(List.of(), server.events());
        loop.pass(1);
        assertEquals(List.of("READING|TIMEOUT"), server.events());
    }

    // ---- deferred callbacks -----------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource(EVERYTHING)
    @DisplayName("DEF-01, DEF-06, DEF-13")
    void noticesThatWaitCollapseAndAreTakenBackWithTheirSlots(final Wiring wiring, final String protocol)
            throws IOException {
        connect(wiring, protocol, Options.DEFER_CALLBACKS);
        loop.base().execute(() -> {
            for (int i = 0; i < 3; i++) {
                ends.server().trigger(Directions.READ, TriggerOptions.IGNORE_WATERMARKS);
            }
            ends.server().disable(Directions.READ);
        });
        loop.turns(10);
        assertEquals(List.of("read"), server.lines, "disable does not recall");
        ends.server().enable(Directions.READ);
        loop.base().execute(() -> {
            ends.server().trigger(Directions.READ, TriggerOptions.IGNORE_WATERMARKS);
            ends.server().setCallbacks(null, null, null);
        });
        loop.turns(10);
        assertEquals(List.of("read"), server.lines);
    }

    // ---- life -------------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @CsvSource({"read, false", "read, true", "write, false", "write, true", "event, false", "event, true"})
    @DisplayName("FRE-01, FRE-03, BEV-2")
    void closingInsideACallbackIsTheEnd(final String where, final boolean deferred) throws IOException {
        for (final Wiring wiring : new Wiring[] {Wiring.SOCKET, Wiring.OVER_SOCKET, Wiring.OVER_PAIR}) {
            connect(
                    wiring,
                    Certificates.TLS_1_3,
                    Options.CLOSE_ON_FREE.with(deferred ? Options.DEFER_CALLBACKS : Options.NONE));
            final int[] calls = {0};
            final BufferEventCallback end = source -> {
                source.close();
                calls[0] = calls(ends);
            };
            switch (where) {
                case "read" -> server.onRead(end);
                case "write" -> server.onWrite(end);
                default -> server.onEvent((source, what, cause) -> end.on(source));
            }
            ends.client().write(bytes(100_000));
            ends.server().write(bytes(1_000));
            if (where.equals("event")) {
                ends.client().shutdownOutput();
            }
            loop.until(ends.server()::isClosed);
            final List<String> told = List.copyOf(server.lines);
            loop.turns(20);
            assertEquals(told, server.lines);
            assertEquals(calls[0], calls(ends));
            assertEquals(0, ends.server().references());
            if (wiring == Wiring.SOCKET) {
                assertEquals(1, ends.transports().getLast().closes);
            }
        }
    }

    private static int calls(final Ends ends) {
        return ends.transports().isEmpty() ? 0 : ends.transports().getLast().calls();
    }

    @ParameterizedTest
    @MethodSource(SOCKETS)
    @DisplayName("FRE-05, FRE-07")
    void whatIsNotSentAtTheEndIsNotSentLater(final Wiring wiring, final String protocol) throws IOException {
        connect(wiring, protocol, Options.CLOSE_ON_FREE);
        final RecordingTransport wire = ends.transports().getFirst();
        wire.takesNothing = true;
        ends.client().write(bytes(1 << 20));
        loop.turns(10);
        final int before = wire.calls();
        ends.client().close();
        ends.client().close();
        wire.takesNothing = false;
        loop.until(() -> server.has("READING|ERROR"));
        loop.turns(20);
        assertEquals(before, wire.calls());
        assertEquals(1, wire.closes);
        assertEquals(0, ends.client().references());
        assertEquals(0, server.received.size());
    }

    @ParameterizedTest
    @MethodSource(SOCKETS)
    @DisplayName("FRE-10, IMP-13")
    void leavingEndsAtItsDeadline(final Wiring wiring, final String protocol) throws IOException {
        connect(wiring, protocol, Options.CLOSE_ON_FREE);
        ends.transports().getFirst().takesNothing = true;
        ends.client().write(bytes(1 << 20));
        ends.client().closeAfterFlush(100 * LoopFixture.MS);
        loop.pass(99);
        assertTrue(ends.transports().getFirst().isOpen());
        loop.pass(1);
        assertFalse(ends.transports().getFirst().isOpen());
        assertEquals(List.of(), client.lines);
    }

    @Test
    @DisplayName("FRE-08: of all kinds, in all states")
    void closingTheBaseEndsAllThatIsLeft() throws IOException {
        try (SlabPool pool = new SlabPool()) {
            final EventBase base = EventBase.open(EventConfig.create()
                    .ignoreEnvironment()
                    .onlyMethod(loop.base().method())
                    .pool(pool));
            final List<BufferEvent> all = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                final PairBufferEvent[] pair = PairBufferEvent.create(base, Options.NONE);
                final LoopFixture.Ends socket = loop.ends(base);
                all.add(TlsBufferEvent.create(
                        base,
                        socket.transport(),
                        TlsFixture.server(Certificates.TLS_1_3),
                        TlsState.ACCEPTING,
                        i % 2 == 0 ? Options.NONE : Options.CLOSE_ON_FREE));
                all.add(FilterBufferEvent.create(pair[0], null, null, Options.CLOSE_ON_FREE));
                all.add(TlsBufferEvent.over(
                        pair[1], TlsFixture.client(Certificates.TLS_1_2), TlsState.CONNECTING, Options.NONE));
                all.add(pair[1]);
                socket.peer().send(bytes(10_000));
            }
            for (final BufferEvent each : all) {
                if (each.underlying() != null || !(each instanceof PairBufferEvent)) {
                    each.setCallbacks(source -> {}, source -> {}, (source, what, cause) -> {});
                    each.setTimeouts(1_000 * LoopFixture.MS, 1_000 * LoopFixture.MS);
                    each.write(bytes(10_000));
                    each.enable(Directions.READ);
                }
            }
            base.loop(EventBase.ONCE | EventBase.NONBLOCK);
            assertTrue(pool.stats().segmentsInUse() > 0);
            base.close();
            for (final BufferEvent each : all) {
                assertTrue(each.isClosed());
            }
            assertEquals(0, pool.stats().segmentsInUse(), () -> "segments not home: " + pool.liveSegments());
        }
    }
}
