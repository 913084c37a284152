package io.evbuffer.bufferevent;

import static io.evbuffer.bufferevent.SocketBasicsTest.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.EvBuffer;
import io.evbuffer.bufferevent.LoopFixture.Connection;
import io.evbuffer.event.EachBackend;
import io.evbuffer.event.EventBase;
import io.evbuffer.event.Transport;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Scenarios PERF: what it costs, counted in calls, and the half-close. */
@EachBackend
class EfficiencyTest {
    @RegisterExtension
    final LoopFixture loop;

    EfficiencyTest(final String method) {
        loop = new LoopFixture(method);
    }

    @Test
    @DisplayName("PERF-01, IMP-1")
    void aSmallWriteIsOneCallAndNoInterest() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final Journal journal = Journal.of(c.socket());
        final long changes = loop.base().metrics().interestCalls();
        loop.base().execute(() -> {
            c.socket().write(bytes(100));
            loop.base().execute(() -> journal.lines.add("same turn"));
        });
        loop.turns(5);
        assertEquals(List.of(100L), c.transport().writes);
        assertEquals(changes, loop.base().metrics().interestCalls());
        assertEquals(List.of("same turn", "write"), journal.lines);
        loop.staysQuiet(c);
    }

    @Test
    @DisplayName("IMP-2: what many callbacks of a turn write to very many connections is one write each")
    void whatManyCallbacksWriteToVeryManyIsOneWriteEach() throws IOException {
        final List<Connection> all = new ArrayList<>();
        for (int i = 0; i < 150; i++) {
            all.add(loop.connection(Options.NONE));
        }
        for (int i = 0; i < 300; i++) {
            loop.base().execute(() -> all.forEach(each -> each.socket().write(bytes(10))));
        }
        loop.turns(2);
        for (final Connection each : all) {
            assertEquals(List.of(3000L), each.transport().writes);
        }
    }

    @Test
    @DisplayName("PERF-02, IMP-2")
    void whatATurnAppendsIsOneGatheringWrite() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final List<Long> sentInside = new ArrayList<>();
        loop.base().execute(() -> {
            for (int i = 0; i < 1000; i++) {
                c.socket().write(bytes(10_000), i * 10, 10);
            }
            sentInside.addAll(c.transport().writes);
        });
        loop.turns(3);
        assertEquals(List.of(), sentInside);
        assertEquals(List.of(10_000L), c.transport().writes);
        loop.until(() -> c.peer().received() == 10_000);
        assertArrayEquals(bytes(10_000), c.peer().bytes());
    }

    @Test
    @DisplayName("IMP-2: many chains")
    void manySmallChainsLeaveInFewWrites() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        try (EvBuffer piece = new EvBuffer(loop.pool())) {
            for (int i = 0; i < 200; i++) {
                piece.add(bytes(2000), i * 10, 10);
                c.socket().writeBuffer(piece);
            }
        }
        loop.until(() -> c.peer().received() == 2000);
        assertArrayEquals(bytes(2000), c.peer().bytes());
        assertEquals(2, c.transport().writes.size(), "128 vectors, then the rest in the same turn");
        assertFalse(c.socket().wire().isWatchingWrite());
    }

    @Test
    @DisplayName("PERF-03, IMP-3")
    void aBurstChangesInterestTwice() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final int total = 1024 * 1024;
        for (int i = 0; i < total / 4096; i++) {
            c.transport().writeScript.addAll(List.of(4096L, 0L));
        }
        c.transport().writeScript.removeLast();
        c.socket().enable(Directions.READ); // so that the loop goes on turning
        loop.turns(2);
        final long changes = loop.base().metrics().interestCalls();
        c.socket().write(bytes(total));
        loop.until(() -> c.peer().received() == total);
        loop.turns(3);
        assertEquals(changes + 2, loop.base().metrics().interestCalls());
        assertFalse(c.socket().wire().isWatchingWrite(), "IMP-3: gone two turns after draining");
        loop.staysQuiet(c);
    }

    @Test
    @DisplayName("IMP-3: full and drained in turns")
    void interestThatLingersIsUsedAgain() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final SocketBufferEvent s = c.socket();
        final int[] left = {20};
        final Journal journal = Journal.of(s).onWrite(source -> {
            if (left[0]-- > 0) {
                c.transport().writeScript.addAll(List.of(50L));
                source.write(bytes(100));
            }
        });
        final long changes = loop.base().metrics().interestCalls();
        s.enable(Directions.WRITE);
        loop.until(() -> c.peer().received() == 2000);
        loop.turns(3);
        assertTrue(
                loop.base().metrics().interestCalls() - changes <= 40,
                () -> "changes: " + (loop.base().metrics().interestCalls() - changes));
        assertEquals(21, journal.count("write"));
        assertFalse(s.wire().isWatchingWrite());
    }

    @Test
    @DisplayName("PERF-04, IMP-4")
    void theRoomOfferedFollowsWhatArrives() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final Journal journal = Journal.of(c.socket());
        c.socket().enable(Directions.READ);
        for (int i = 1; i <= 20; i++) {
            c.peer().send(100);
            final int expected = 100 * i;
            loop.until(() -> journal.received.size() == expected);
        }
        assertTrue(c.transport().readRooms.getLast() <= 1024, "small messages: " + c.transport().readRooms);
        assertEquals(20, c.transport().reads.size(), "one read for one message: no size query, no second call");

        final byte[] flood = bytes(1024 * 1024);
        final int[] sent = {0};
        final int[] most = {0};
        final int[] before = {c.transport().reads.size()};
        journal.onRead(source -> {
            most[0] = Math.max(most[0], c.transport().reads.size() - before[0]);
            before[0] = c.transport().reads.size();
            journal.take();
        });
        loop.until(() -> {
            if (sent[0] < flood.length) {
                sent[0] += c.peer().sendSome(flood, sent[0]);
            }
            return journal.received.size() == 2000 + flood.length;
        });
        assertEquals(16384, Collections.max(c.transport().readRooms));
        assertTrue(Collections.max(c.transport().reads) == 16384);
        assertTrue(most[0] > 1, "a full read is repeated in the same turn");
        assertTrue(most[0] <= SocketReader.READS_PER_TURN, "reads in one turn: " + most[0]);

        for (int i = 1; i <= 20; i++) {
            c.peer().send(100);
            final int expected = 2000 + flood.length + 100 * i;
            loop.until(() -> journal.received.size() == expected);
        }
        assertTrue(c.transport().readRooms.getLast() <= 1024, "small again");
    }

    @Test
    @DisplayName("IMP-4, BEV-13: one notice per readiness")
    void oneReadinessIsOneReadCallback() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final Journal journal = Journal.of(c.socket());
        c.peer().send(bytes(60_000));
        c.socket().enable(Directions.READ);
        loop.until(() -> journal.received.size() == 60_000);
        assertArrayEquals(bytes(60_000), journal.received.toByteArray());
        assertEquals(1, journal.count("read"));
        assertTrue(c.transport().reads.size() >= 4);
    }

    @Test
    @DisplayName("PERF-05, BEV-41")
    void idleConnectionsCostNothing() throws IOException {
        final List<Connection> all = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            final Connection c = loop.connection(Options.CLOSE_ON_FREE);
            Journal.of(c.socket());
            c.socket().setTimeouts(60_000 * LoopFixture.MS, 60_000 * LoopFixture.MS);
            c.socket().enable(Directions.READ);
            c.socket().write(bytes(10));
            c.peer().send(10);
            all.add(c);
        }
        loop.until(() -> all.stream()
                .allMatch(c -> c.peer().received() == 10 && !c.transport().reads.isEmpty()));
        loop.turns(5);
        assertEquals(0, loop.pool().stats().segmentsInUse(), "an idle connection holds no segment");
        final long changes = loop.base().metrics().interestCalls();
        final long calls = all.stream().mapToInt(c -> c.transport().calls()).sum();
        loop.pass(50);
        assertEquals(changes, loop.base().metrics().interestCalls());
        assertEquals(calls, all.stream().mapToInt(c -> c.transport().calls()).sum());
    }

    @Test
    @DisplayName("an idle connection holds no segment")
    void aReadThatFindsNothingLeavesNothingBehind() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        c.socket().enable(Directions.READ);
        c.transport().readScript.add(0L);
        c.peer().send(1);
        loop.until(() -> c.transport().reads.size() == 1);
        assertEquals(0, loop.pool().stats().segmentsInUse());
        loop.until(() -> c.socket().input().length() == 1);
        assertEquals(1, loop.pool().stats().segmentsInUse());
    }

    @Test
    @DisplayName("PERF-06, IMP-28")
    void anEchoAllocatesNothingInItsTurns() throws Exception {
        echoWithoutGarbage(Options.NONE, socket -> {});
    }

    @Test
    @DisplayName("IMP-28: under limits")
    void limitsAllocateNothing() throws Exception {
        final long plenty = Long.MAX_VALUE / 2;
        final RateLimitGroup group =
                loop.closeLater(RateLimitGroup.create(loop.base(), new TokenBucketCfg(plenty, plenty, plenty, plenty)));
        echoWithoutGarbage(Options.NONE, socket -> {
            socket.setRateLimit(new TokenBucketCfg(plenty, plenty, plenty, plenty));
            socket.addToRateLimitGroup(group);
            socket.backPressure((source, above) -> {});
        });
    }

    @Test
    @DisplayName("IMP-28: with a lock")
    void theLockAllocatesNothing() throws Exception {
        echoWithoutGarbage(
                Options.THREADSAFE.with(Options.DEFER_CALLBACKS).with(Options.UNLOCK_CALLBACKS), socket -> {});
    }

    private void echoWithoutGarbage(final Options options, final Consumer<SocketBufferEvent> prepare) throws Exception {
        final List<SocketBufferEvent> ends = new ArrayList<>();
        for (final Transport each : loop.transports()) {
            ends.add(loop.create(each, options));
        }
        ends.forEach(prepare);
        final long[] rounds = {0};
        for (final SocketBufferEvent each : ends) {
            each.setTimeouts(1000 * LoopFixture.MS, 1000 * LoopFixture.MS);
            each.setCallbacks(
                    source -> {
                        rounds[0]++;
                        source.writeBuffer(source.input());
                    },
                    null,
                    null);
            each.enable(Directions.READ);
        }
        ends.getFirst().write(bytes(100));
        assertAllocatesNothing(() -> rounds(rounds, 20_000));
    }

    /** Runs 20 000 rounds until they allocate no more than the measuring itself. */
    static void assertAllocatesNothing(final Runnable rounds) throws ReflectiveOperationException {
        rounds.run();
        // What the JDK makes for a system call of our own, the compiler takes away: when it has come to it.
        long bytes = Long.MAX_VALUE;
        for (int i = 0; i < 100 && bytes >= 20_000; i++) {
            final long before = allocatedBytes();
            rounds.run();
            bytes = allocatedBytes() - before;
        }
        assertTrue(bytes < 20_000, "allocated in 20 000 round trips: " + bytes); // the measuring itself takes some
    }

    /** What this thread has allocated so far. By name, as the descriptor of the module does not read java.management. */
    private static long allocatedBytes() throws ReflectiveOperationException {
        final Object threads = Class.forName("java.lang.management.ManagementFactory")
                .getMethod("getThreadMXBean")
                .invoke(null);
        return (long) Class.forName("com.sun.management.ThreadMXBean")
                .getMethod("getCurrentThreadAllocatedBytes")
                .invoke(threads);
    }

    private void rounds(final long[] rounds, final long count) {
        final long end = rounds[0] + count;
        while (rounds[0] < end) {
            loop.base().loop(EventBase.ONCE);
        }
    }

    @Test
    @DisplayName("PERF-07, IMP-25")
    void aFloodDelaysOthersByOneBudget() throws IOException {
        final Connection flood = loop.connection(Options.NONE);
        final Connection ping = loop.connection(Options.NONE);
        final byte[] much = bytes(256 * 1024);
        flood.socket().setCallbacks(source -> source.input().drain(Long.MAX_VALUE), null, null);
        ping.socket().setCallbacks(source -> source.writeBuffer(source.input()), null, null);
        flood.socket().enable(Directions.READ);
        ping.socket().enable(Directions.READ);
        final int[] sent = {0};
        for (int round = 1; round <= 50; round++) {
            sent[0] += flood.peer().sendSome(much, 0);
            ping.peer().send(1);
            final int expected = round;
            final int before = flood.transport().reads.size();
            final int[] pinged = {-1};
            loop.until(() -> {
                if (pinged[0] < 0 && ping.transport().reads.size() >= expected) {
                    pinged[0] = flood.transport().reads.size() - before;
                }
                return ping.peer().received() >= expected;
            });
            assertTrue(
                    pinged[0] <= 2 * SocketReader.READS_PER_TURN, "reads of the flood before the ping: " + pinged[0]);
        }
        assertTrue(sent[0] > much.length);
    }

    @Test
    @DisplayName("IMP-25: writing has a budget as well")
    void oneTurnWritesNoMoreThanItsBudget() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final List<Integer> atTurnEnds = new ArrayList<>();
        loop.base().execute(() -> {
            c.socket().write(bytes(1024 * 1024));
            loop.base().atTurnEnd(() -> atTurnEnds.add(c.transport().writes.size()));
        });
        loop.until(() -> c.peer().received() == 1024 * 1024);
        assertTrue(atTurnEnds.getFirst() <= SocketWriter.TRANSFERS_PER_TURN, "writes in the first turn: " + atTurnEnds);
        assertTrue(c.transport().writes.stream().allMatch(count -> count <= 16384));
        assertArrayEquals(bytes(1024 * 1024), c.peer().bytes());
    }

    @Test
    @DisplayName("PERF-08, IMP-11")
    void halfClosingEndsOneDirectionOnly() throws IOException {
        final SocketBufferEvent[] ends = loop.couple(Options.CLOSE_ON_FREE);
        final SocketBufferEvent client = ends[0];
        final SocketBufferEvent server = ends[1];
        final Journal c = Journal.of(client);
        final Journal s = Journal.of(server).onEvent((source, what, cause) -> {
            source.write(bytes(1024 * 1024));
            ((SocketBufferEvent) source).shutdownOutput();
        });
        client.enable(Directions.READ);
        server.enable(Directions.READ);
        client.write(bytes(500));
        client.shutdownOutput();
        client.shutdownOutput();
        assertThrows(IllegalStateException.class, () -> client.write(bytes(1)));
        assertThrows(IllegalStateException.class, () -> client.output().add(bytes(1)));
        loop.until(() -> c.has("READING|EOF"));
        loop.turns(10);
        assertArrayEquals(bytes(500), s.received.toByteArray());
        assertArrayEquals(bytes(1024 * 1024), c.received.toByteArray());
        assertEquals(List.of("READING|EOF"), c.events());
        assertEquals(List.of("READING|EOF"), s.events());
        assertEquals(1, ((RecordingTransport) client.transport()).shutdowns);
    }

    @Test
    @DisplayName("IMP-11: the half-close waits for the output")
    void halfClosingWaitsForTheOutputAndForWriting() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final SocketBufferEvent s = c.socket();
        s.disable(Directions.WRITE);
        s.write(bytes(10));
        s.shutdownOutput();
        loop.turns(5);
        assertEquals(0, c.transport().shutdowns);
        s.enable(Directions.WRITE);
        loop.until(c.peer()::sawEnd);
        assertEquals(10, c.peer().received());
        c.peer().send(bytes(7));
        s.enable(Directions.READ);
        loop.until(() -> s.input().length() == 7);
    }

    @Test
    @DisplayName("IMP-11: a new transport is a new stream")
    void afterAHalfCloseAnotherTransportTakesOutputAgain() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final SocketBufferEvent s = c.socket();
        s.shutdownOutput();
        loop.until(c.peer()::sawEnd);
        final Connection other = loop.connection(Options.NONE);
        other.socket().close();
        s.setTransport(other.transport());
        s.write(bytes(10));
        loop.until(() -> other.peer().received() == 10);
        assertFalse(other.peer().sawEnd());
    }
}
