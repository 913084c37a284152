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

import io.evbuffer.EvBuffer;
import io.evbuffer.EvIovec;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Scenarios PAIR, and the rows of the other tables that speak of pairs. No backend takes part in what a pair does. */
class PairTest {
    private static final long NEVER = BufferEvent.NO_TIMEOUT;

    @RegisterExtension
    final LoopFixture loop = new LoopFixture();

    // ---- moving -----------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(strings = {"none", "NORMAL", "FLUSH"})
    @DisplayName("PAIR-01, SOC-01")
    void whatOneEndWritesTheOtherCollects(final String flush) {
        final PairBufferEvent[] ends = loop.pair(Options.NONE);
        final Journal a = Journal.of(ends[0]);
        final Journal b = Journal.of(ends[1]);
        ends[1].enable(Directions.READ);
        ends[0].write(bytes(8333));
        if (!flush.equals("none")) {
            final boolean moved = ends[0].flush(Directions.WRITE, FlushMode.valueOf(flush));
            assertEquals(flush.equals("FLUSH"), moved);
        }
        loop.turns(4);
        assertArrayEquals(bytes(8333), b.received.toByteArray());
        assertEquals(List.of("read"), b.lines);
        assertEquals(List.of("write"), a.lines);
        assertEquals(List.of(0L), a.outputs);
        loop.staysQuiet(ends[0], ends[1]);
    }

    @Test
    @DisplayName("PAIR-02")
    void finishingEndsTheStreamAfterItsBytes() {
        final PairBufferEvent[] ends = loop.pair(Options.NONE);
        Journal.of(ends[0]);
        final Journal b = Journal.of(ends[1]);
        ends[1].enable(Directions.READ);
        ends[0].write(bytes(8333));
        ends[0].flush(Directions.WRITE, FlushMode.FINISHED);
        loop.turns(4);
        assertEquals(List.of("read", "READING|EOF"), b.lines);
        assertArrayEquals(bytes(8333), b.received.toByteArray());
        assertSame(Directions.WRITE, ends[1].enabled());
    }

    @Test
    @DisplayName("PAIR-03")
    void theFlagsOfAnEndMirrorTheDirections() {
        final PairBufferEvent[] ends = loop.pair(Options.NONE);
        final Journal b = Journal.of(ends[1]);
        ends[0].flush(Directions.READ, FlushMode.FINISHED);
        loop.turns(3);
        assertEquals(List.of("WRITING|EOF"), b.lines);
        assertSame(Directions.NONE, ends[1].enabled());
        ends[1].enable(Directions.BOTH);
        ends[0].flush(Directions.BOTH, FlushMode.FINISHED);
        loop.turns(3);
        assertEquals(List.of("WRITING|EOF", "READING|WRITING|EOF"), b.lines);
        assertSame(Directions.NONE, ends[1].enabled());
    }

    @Test
    @DisplayName("PAIR-04, SOC-03, BEV-23")
    void eachEndKnowsTheOtherAndNoTransport() {
        final PairBufferEvent[] ends = loop.pair(Options.NONE);
        assertSame(ends[1], ends[0].partner());
        assertSame(ends[0], ends[1].partner());
        final SocketBufferEvent socket = loop.create(null, Options.NONE);
        assertNull(socket.partner());
        assertNull(socket.underlying());
        assertNull(ends[0].underlying());
        assertNull(ends[0].transport());
        assertThrows(IllegalStateException.class, () -> ends[0].setTransport(null));
        assertThrows(IllegalStateException.class, () -> ends[0].replaceTransport(null));
        assertSame(Directions.WRITE, ends[0].enabled());
        assertSame(Directions.WRITE, ends[1].enabled());
        assertTrue(ends[0].options().has(Options.DEFER_CALLBACKS));
        ends[0].close();
        assertNull(ends[0].partner());
        assertNull(ends[1].partner());
    }

    @Test
    @DisplayName("SOC-20: a pair keeps the middle priority")
    void aPairHasNoPriorityOfItsOwn() {
        loop.base().priorityInit(5);
        final PairBufferEvent[] ends = loop.pair(Options.NONE);
        assertEquals(2, ends[0].priority());
        assertThrows(IllegalStateException.class, () -> ends[0].priority(1));
        assertThrows(IllegalArgumentException.class, () -> ends[0].priority(5));
        assertEquals(2, ends[0].priority());
    }

    @ParameterizedTest
    @ValueSource(strings = {"WAB", "WBA", "AWB", "ABW", "BWA", "BAW"})
    @DisplayName("PAIR-05")
    void theOrderOfEnablingDoesNotMatter(final String order) {
        final PairBufferEvent[] ends = loop.pair(Options.NONE);
        final Journal b = Journal.of(ends[1]);
        ends[0].disable(Directions.WRITE);
        for (int i = 0; i < order.length(); i++) {
            assertEquals(0, b.received.size());
            switch (order.charAt(i)) {
                case 'W' -> ends[0].write(bytes(100));
                case 'A' -> ends[0].enable(Directions.WRITE);
                default -> ends[1].enable(Directions.READ);
            }
            loop.turns(3);
        }
        assertArrayEquals(bytes(100), b.received.toByteArray());
        assertEquals(List.of("read"), b.lines);
        loop.staysQuiet(ends[0], ends[1]);
    }

    @Test
    @DisplayName("PAIR-06, WM-09, BEV-24")
    void aFullReaderHoldsTheBytesInTheWriter() {
        final PairBufferEvent[] ends = loop.pair(Options.NONE);
        final Journal a = Journal.of(ends[0]);
        final Journal b = Journal.of(ends[1]).onRead(source -> {});
        ends[1].setWatermark(Directions.READ, 0, 100);
        ends[1].enable(Directions.READ);
        ends[0].write(bytes(1000));
        loop.turns(5);
        assertEquals(100, ends[1].input().length());
        assertEquals(900, ends[0].output().length());
        b.onRead(source -> b.take(30));
        b.take(30);
        loop.until(() -> ends[0].output().isEmpty());
        loop.turns(3);
        b.take();
        assertTrue(Collections.max(b.inputs) <= 100, () -> "input: " + b.inputs);
        assertArrayEquals(bytes(1000), b.received.toByteArray());
        assertEquals(List.of("write"), a.lines, "once, when all was taken");
        assertEquals(List.of(0L), a.outputs);
        loop.staysQuiet(ends[0], ends[1]);
    }

    @Test
    @DisplayName("PAIR-07, BEV-21, DEF-01")
    void nothingIsToldInsideACall() {
        final PairBufferEvent[] ends = loop.pair(Options.NONE);
        final Journal a = Journal.of(ends[0]);
        final Journal b = Journal.of(ends[1]);
        ends[1].enable(Directions.READ);
        for (int i = 0; i < 3; i++) {
            ends[0].write(bytes(10));
            ends[0].flush(Directions.WRITE, FlushMode.FLUSH);
            ends[1].trigger(Directions.READ, TriggerOptions.NONE);
            ends[0].triggerEvent(EventFlags.CONNECTED, TriggerOptions.NONE);
        }
        assertEquals(List.of(), a.lines);
        assertEquals(List.of(), b.lines);
        loop.turns(3);
        assertEquals(List.of("CONNECTED", "write"), a.lines);
        assertEquals(List.of("read"), b.lines);
    }

    @Test
    @DisplayName("PAIR-09")
    void rateLimitsDoNotSlowAPair() {
        final PairBufferEvent[] ends = loop.pair(Options.NONE);
        for (final PairBufferEvent each : ends) {
            each.setRateLimit(new TokenBucketCfg(10, 10, 10, 10));
        }
        ends[1].enable(Directions.READ);
        ends[0].write(bytes(1 << 20));
        loop.turns(1); // the clock stands still
        assertArrayEquals(bytes(1 << 20), ends[1].input().copyToArray());
        assertEquals(BufferEvent.UNLIMITED, ends[0].writeLimit());
        assertEquals(BufferEvent.UNLIMITED, ends[1].readLimit());
    }

    @Test
    @DisplayName("PAIR-10")
    void segmentsChangeHandsWithoutACopy() {
        final PairBufferEvent[] ends = loop.pair(Options.NONE);
        ends[1].enable(Directions.READ);
        try (EvBuffer piece = new EvBuffer(loop.pool())) {
            for (int i = 0; i < 100; i++) {
                piece.add(bytes(4096));
                ends[0].writeBuffer(piece);
            }
        }
        final List<Long> before = addresses(ends[0].output());
        assertTrue(before.size() >= 100);
        loop.turns(2);
        assertEquals(before, addresses(ends[1].input()));
        assertArrayEquals(bytes(4096), java.util.Arrays.copyOf(ends[1].input().copyToArray(), 4096));
    }

    private static List<Long> addresses(final EvBuffer buffer) {
        final EvIovec vectors = new EvIovec(256);
        buffer.peek(Long.MAX_VALUE, vectors);
        final List<Long> found = new ArrayList<>();
        for (int i = 0; i < vectors.size(); i++) {
            found.add(vectors.address(i));
        }
        return found;
    }

    @Test
    @DisplayName("PAIR-11")
    void tenThousandRoundsKeepTheirOrder() {
        final PairBufferEvent[] ends = loop.pair(Options.NONE);
        final int[] next = {0};
        final int[] deepest = {0};
        for (final PairBufferEvent end : ends) {
            Journal.of(end).onRead(source -> {
                deepest[0] = Math.max(deepest[0], Thread.currentThread().getStackTrace().length);
                final byte[] four = new byte[4];
                assertEquals(4, source.read(four, 0, 4));
                assertEquals(next[0], java.nio.ByteBuffer.wrap(four).getInt());
                next[0]++;
                if (next[0] <= 10_000) {
                    source.write(java.nio.ByteBuffer.allocate(4).putInt(0, next[0]));
                }
            });
            end.enable(Directions.READ);
        }
        ends[0].write(new byte[4]);
        loop.until(() -> next[0] > 10_000);
        assertTrue(deepest[0] < 200, "stack: " + deepest[0]);
    }

    @Test
    @DisplayName("PAIR-12")
    void flushingNeedsAPartner() {
        final PairBufferEvent[] ends = loop.pair(Options.NONE);
        ends[1].close();
        for (final FlushMode mode : FlushMode.values()) {
            assertThrows(IllegalStateException.class, () -> ends[0].flush(Directions.BOTH, mode));
        }
    }

    @Test
    @DisplayName("PAIR-13, IMP-20")
    void anEmptyFlushTellsNobody() {
        final PairBufferEvent[] ends = loop.pair(Options.NONE);
        final Journal a = Journal.of(ends[0]);
        final Journal b = Journal.of(ends[1]);
        ends[0].enable(Directions.BOTH);
        ends[1].enable(Directions.BOTH);
        for (final Directions way : List.of(Directions.READ, Directions.WRITE, Directions.BOTH)) {
            assertFalse(ends[0].flush(way, FlushMode.NORMAL));
            assertFalse(ends[0].flush(way, FlushMode.FLUSH));
        }
        loop.turns(5);
        assertEquals(List.of(), a.lines);
        assertEquals(List.of(), b.lines);
    }

    @Test
    @DisplayName("4.5: FLUSH moves all, whatever holds it back")
    void aFlushMovesBeyondMarksAndWishes() {
        final PairBufferEvent[] ends = loop.pair(Options.NONE);
        final Journal b = Journal.of(ends[1]).onRead(source -> {});
        ends[0].disable(Directions.WRITE);
        ends[1].setWatermark(Directions.READ, 0, 10);
        ends[0].write(bytes(100));
        assertTrue(ends[1].flush(Directions.READ, FlushMode.FLUSH), "the partner's to me");
        assertEquals(100, ends[1].input().length());
        ends[0].write(bytes(50));
        assertTrue(ends[0].flush(Directions.WRITE, FlushMode.FLUSH), "mine to the partner");
        assertEquals(150, ends[1].input().length());
        loop.turns(3);
        assertEquals(List.of("read"), b.lines);
    }

    // ---- marks ------------------------------------------------------------------------------------------------------

    @Test
    @DisplayName("WM-02")
    void readCallbacksSeeAnAmountBetweenTheMarks() {
        final PairBufferEvent[] ends = loop.pair(Options.NONE);
        final Journal a = Journal.of(ends[0]);
        final Journal b = Journal.of(ends[1]);
        ends[0].setWatermark(Directions.WRITE, 100, 0);
        ends[1].setWatermark(Directions.READ, 10, 20);
        ends[1].enable(Directions.READ);
        ends[0].write(bytes(65_000));
        loop.until(() -> b.received.size() == 65_000);
        loop.turns(5);
        assertTrue(Collections.min(b.inputs) >= 10);
        assertTrue(Collections.max(b.inputs) <= 20);
        assertTrue(Collections.max(a.outputs) <= 100);
        assertTrue(a.count("write") >= 1);
        assertArrayEquals(bytes(65_000), b.received.toByteArray());
        loop.staysQuiet(ends[0], ends[1]);
    }

    @Test
    @DisplayName("WM-05, WM-10: on a pair")
    void aHighMarkThatMovesStopsAndResumes() {
        final PairBufferEvent[] ends = loop.pair(Options.NONE);
        ends[1].setWatermark(Directions.READ, 0, 100);
        ends[0].setWatermark(Directions.WRITE, 0, 5);
        ends[1].enable(Directions.READ);
        ends[0].write(bytes(50));
        loop.turns(2);
        assertEquals(50, ends[1].input().length());
        ends[1].setWatermark(Directions.READ, 0, 50);
        ends[0].write(bytes(30));
        loop.turns(2);
        assertEquals(50, ends[1].input().length());
        ends[1].setWatermark(Directions.READ, 0, 60);
        loop.turns(2);
        assertEquals(60, ends[1].input().length());
        ends[1].setWatermark(Directions.READ, 0, 0);
        loop.turns(2);
        assertEquals(80, ends[1].input().length());
    }

    // ---- timeouts ---------------------------------------------------------------------------------------------------

    @Test
    @DisplayName("TMO-07")
    void eachDirectionTimesOutWhereItHasSomethingToDo() {
        final PairBufferEvent[] ends = loop.pair(Options.NONE);
        final Journal a = Journal.of(ends[0]);
        final Journal b = Journal.of(ends[1]);
        ends[0].setTimeouts(150 * MS, 100 * MS);
        ends[1].setTimeouts(NEVER, 100 * MS);
        ends[0].enable(Directions.READ);
        ends[0].write(bytes(10));
        loop.pass(99);
        assertEquals(List.of(), a.lines);
        loop.pass(1);
        assertEquals(List.of("WRITING|TIMEOUT"), a.lines);
        loop.pass(49);
        assertEquals(1, a.lines.size());
        loop.pass(1);
        assertEquals(List.of("WRITING|TIMEOUT", "READING|TIMEOUT"), a.lines);
        assertInstanceOf(ConnectionException.IdleTimeout.class, a.lastCause());
        loop.pass(1000);
        assertEquals(2, a.lines.size());
        assertEquals(List.of(), b.lines);
    }

    @Test
    @DisplayName("TMO-03, TMO-04, IMP-20: the reader's timer and the writer's restart with each move")
    void movesRestartBothTimers() {
        final PairBufferEvent[] ends = loop.pair(Options.NONE);
        final Journal a = Journal.of(ends[0]);
        final Journal b = Journal.of(ends[1]);
        ends[0].setTimeouts(NEVER, 100 * MS);
        ends[1].setTimeouts(100 * MS, NEVER);
        ends[1].setWatermark(Directions.READ, 0, 10);
        b.onRead(source -> {});
        ends[1].enable(Directions.READ);
        ends[0].write(bytes(40));
        for (int i = 0; i < 3; i++) {
            loop.pass(60);
            ends[1].input().drain(10);
        }
        loop.pass(60);
        ends[1].input().drain(10);
        assertEquals(List.of("write"), a.lines);
        assertFalse(b.has("READING|TIMEOUT"), "a full input suspends the timer");
        loop.pass(99);
        assertFalse(b.has("READING|TIMEOUT"));
        loop.pass(1);
        assertTrue(b.has("READING|TIMEOUT"));
        loop.pass(300);
        assertEquals(List.of("write"), a.lines, "nothing to write, nothing to miss");
        ends[1].enable(Directions.READ);
        loop.pass(99);
        assertEquals(1, b.count("READING|TIMEOUT"));
        loop.pass(1);
        assertEquals(2, b.count("READING|TIMEOUT"));
    }

    @Test
    @DisplayName("section 6: bytes and expiry in one turn are bytes")
    void bytesWrittenInTheTurnOfTheExpiryCount() {
        final PairBufferEvent[] ends = loop.pair(Options.NONE);
        final Journal a = Journal.of(ends[0]);
        final Journal b = Journal.of(ends[1]);
        ends[1].setTimeouts(100 * MS, NEVER);
        ends[0].setTimeouts(NEVER, 100 * MS);
        loop.base().once((event, result) -> ends[0].write(bytes(1)), null, 100 * MS);
        ends[1].enable(Directions.READ);
        loop.pass(100);
        loop.turns(2);
        assertEquals(List.of("read"), b.lines);
        assertEquals(List.of("write"), a.lines);
        loop.pass(100);
        assertEquals(List.of("read", "READING|TIMEOUT"), b.lines);
    }

    // ---- ends -------------------------------------------------------------------------------------------------------

    @Test
    @DisplayName("9.6, IMP-20")
    void freeingOneEndEndsTheOther() {
        final PairBufferEvent[] ends = loop.pair(Options.NONE);
        final Journal a = Journal.of(ends[0]);
        final Journal b = Journal.of(ends[1]);
        ends[1].enable(Directions.READ);
        ends[0].write(bytes(10));
        ends[0].flush(Directions.WRITE, FlushMode.FLUSH);
        ends[0].write(bytes(10));
        ends[0].close();
        loop.turns(3);
        assertEquals(List.of(), a.lines);
        assertEquals(List.of("read", "READING|EOF"), b.lines);
        assertArrayEquals(bytes(10), b.received.toByteArray());
        loop.turns(5);
        ends[1].write(bytes(10));
        ends[1].write(bytes(10));
        loop.turns(3);
        assertEquals(List.of("read", "READING|EOF", "WRITING|ERROR"), b.lines);
        assertInstanceOf(ConnectionException.BrokenPipe.class, b.lastCause());
        assertEquals(20, ends[1].output().length());
        ends[1].write(bytes(10));
        loop.turns(3);
        assertEquals(3, b.lines.size());
        ends[1].enable(Directions.READ);
        loop.turns(3);
        assertEquals(List.of("read", "READING|EOF", "WRITING|ERROR", "READING|EOF"), b.lines, "SOC-16");
        loop.staysQuiet(ends[1]);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    @DisplayName("FRE-01, FRE-02, FRE-07, FRE-11: on a pair")
    void anEndMayBeFreedInAnyCallback(final int first) {
        for (final String where : List.of("read", "write", "event")) {
            final PairBufferEvent[] ends = loop.pair(Options.NONE);
            final PairBufferEvent victim = ends[first];
            final Journal a = Journal.of(ends[0]);
            final Journal b = Journal.of(ends[1]);
            for (final Journal each : List.of(a, b)) {
                each.onRead(source -> closeAt(where, "read", victim))
                        .onWrite(source -> closeAt(where, "write", victim))
                        .onEvent((source, what, cause) -> closeAt(where, "event", victim));
            }
            ends[0].enable(Directions.READ);
            ends[1].enable(Directions.READ);
            ends[0].write(bytes(100));
            ends[1].write(bytes(100));
            ends[first].triggerEvent(EventFlags.CONNECTED, TriggerOptions.DEFER);
            loop.turns(6);
            assertTrue(victim.isClosed(), where);
            final int before = (first == 0 ? a : b).lines.size();
            ends[1 - first].write(bytes(5));
            loop.turns(3);
            assertEquals(before, (first == 0 ? a : b).lines.size(), "after close");
            ends[0].close();
            ends[1].close();
            ends[1].close();
        }
    }

    private static void closeAt(final String wanted, final String here, final BufferEvent victim) {
        if (wanted.equals(here)) {
            victim.close();
        }
    }

    @Test
    @DisplayName("FRE-04, BEV-19: on a pair")
    void aReferenceKeepsWhatArrived() {
        final PairBufferEvent[] ends = loop.pair(Options.NONE);
        ends[1].enable(Directions.READ);
        ends[0].write(bytes(10));
        loop.turns(2);
        ends[1].retain();
        ends[1].close();
        final byte[] ten = new byte[10];
        assertEquals(10, ends[1].read(ten, 0, 10));
        assertThrows(IllegalStateException.class, () -> ends[1].write(ten));
        assertTrue(ends[1].release());
    }

    @Test
    @DisplayName("IMP-11, PERF-08: on a pair")
    void aHalfClosedPairStillReads() {
        final PairBufferEvent[] ends = loop.pair(Options.NONE);
        final Journal a = Journal.of(ends[0]);
        final Journal b = Journal.of(ends[1]).onEvent((source, what, cause) -> source.write(bytes(1000)));
        ends[0].enable(Directions.READ);
        ends[1].setWatermark(Directions.READ, 0, 100);
        ends[0].write(bytes(500));
        ends[0].shutdownOutput();
        ends[0].shutdownOutput();
        assertThrows(IllegalStateException.class, () -> ends[0].write(bytes(1)));
        loop.turns(3);
        assertEquals(List.of(), b.lines, "nothing is read, so nothing has ended");
        ends[1].enable(Directions.READ);
        loop.until(() -> b.has("READING|EOF"));
        assertTrue(b.lines.lastIndexOf("read") < b.lines.indexOf("READING|EOF"));
        loop.until(() -> a.received.size() == 1000);
        assertArrayEquals(bytes(500), b.received.toByteArray());
        assertEquals(1, b.count("READING|EOF"));
        assertEquals(List.of("write", "read"), a.lines);
        ends[1].shutdownOutput();
        loop.turns(3);
        assertEquals(1, a.count("READING|EOF"));
        loop.staysQuiet(ends[0], ends[1]);
    }

    @Test
    @DisplayName("FRE-09, FRE-10, IMP-13: on a pair")
    void leavingWaitsForTheReader() {
        final PairBufferEvent[] ends = loop.pair(Options.NONE);
        final Journal a = Journal.of(ends[0]);
        final Journal b = Journal.of(ends[1]);
        ends[1].setWatermark(Directions.READ, 0, 100);
        ends[1].enable(Directions.READ);
        ends[0].write(bytes(1000));
        ends[0].disable(Directions.WRITE);
        ends[0].closeAfterFlush(10_000 * MS);
        loop.until(() -> b.has("READING|EOF"));
        assertArrayEquals(bytes(1000), b.received.toByteArray());
        assertEquals(List.of(), a.lines);
        assertEquals(0, ends[0].pendingOutput());

        final PairBufferEvent[] stuck = loop.pair(Options.NONE);
        stuck[0].write(bytes(10));
        stuck[0].closeAfterFlush(100 * MS);
        loop.pass(99);
        assertSame(stuck[0], stuck[1].partner());
        assertEquals(10, stuck[0].pendingOutput());
        loop.pass(1);
        assertNull(stuck[1].partner());

        final PairBufferEvent[] broken = loop.pair(Options.NONE);
        broken[0].write(bytes(10));
        broken[0].closeAfterFlush(100 * MS);
        broken[1].close();
        loop.turns(3);
        assertEquals(0, broken[0].pendingOutput(), "an error frees at once");
    }

    @Test
    @DisplayName("BEV-12, BEV-13: a listener that throws loses nothing")
    void aListenerThatThrowsLosesNothing() {
        final PairBufferEvent[] ends = loop.pair(Options.NONE);
        final Journal b = Journal.of(ends[1]);
        ends[1].enable(Directions.READ);
        ends[1].input().addListener((buffer, change) -> {
            if (change.added() > 0) {
                throw new IllegalStateException("listener");
            }
        });
        ends[0].write(bytes(100));
        loop.turns(3);
        assertArrayEquals(bytes(100), b.received.toByteArray());
        assertEquals(1, loop.takeFailures().size());
    }

    @Test
    @DisplayName("a reader whose input is limited fails as a socket does")
    void aReaderThatCannotTakeIsToldSo() {
        final PairBufferEvent[] ends = loop.pair(Options.NONE);
        final Journal b = Journal.of(ends[1]);
        ends[1].input().maxLength(50);
        ends[1].enable(Directions.READ);
        ends[0].write(bytes(100));
        loop.turns(3);
        assertEquals(List.of("READING|ERROR"), b.lines);
        assertInstanceOf(ConnectionException.Io.class, b.lastCause());
        assertEquals(100, ends[0].output().length());
    }

    // ---- cost -------------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource(Timed.class)
    @DisplayName("IMP-28, PERF-06: on a pair")
    void anEchoAllocatesNothing(final Timed timed) throws Exception {
        final PairBufferEvent[] ends = loop.pair(Options.NONE);
        final long[] rounds = {0};
        final long[] end = {0};
        for (final PairBufferEvent each : ends) {
            if (timed == Timed.YES) {
                each.setTimeouts(1000 * MS, 1000 * MS);
            }
            each.setCallbacks(
                    source -> {
                        source.writeBuffer(source.input());
                        if (++rounds[0] == end[0]) {
                            loop.base().loopBreak(); // there is always something to do: no turn is the last one
                        }
                    },
                    source -> {},
                    null);
            each.enable(Directions.READ);
        }
        ends[0].write(bytes(100));
        EfficiencyTest.assertAllocatesNothing(() -> {
            end[0] = rounds[0] + 20_000;
            loop.base().loop(0);
        });
    }

    /** Whether timeouts are set. */
    enum Timed {
        YES,
        NO
    }

    @Test
    @DisplayName("SOC-25: on a pair")
    void bytesInFlightBothWaysKeepTheirOrder() {
        final PairBufferEvent[] ends = loop.pair(Options.NONE);
        final byte[] all = bytes(300_000);
        final ByteArrayOutputStream[] got = {new ByteArrayOutputStream(), new ByteArrayOutputStream()};
        final int[] sent = new int[2];
        for (int i = 0; i < 2; i++) {
            final int me = i;
            Journal.of(ends[i])
                    .onRead(source -> got[me].writeBytes(drained(source)))
                    .onWrite(source -> {
                        final int n = Math.min(all.length - sent[me], 1 + (sent[me] % 977) * 5);
                        source.write(all, sent[me], n);
                        sent[me] += n;
                    });
            ends[i].setWatermark(Directions.READ, 0, 1000 + 3000 * i);
            ends[i].enable(Directions.READ);
            ends[i].trigger(Directions.WRITE, TriggerOptions.NONE);
        }
        loop.until(() -> got[0].size() == all.length && got[1].size() == all.length);
        assertArrayEquals(all, got[0].toByteArray());
        assertArrayEquals(all, got[1].toByteArray());
    }

    private static byte[] drained(final BufferEvent source) {
        final byte[] bytes = source.input().copyToArray();
        source.input().drain(bytes.length);
        return bytes;
    }
}
