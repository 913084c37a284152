package io.evbuffer.bufferevent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.BufferEnd;
import io.evbuffer.EvBuffer;
import io.evbuffer.FrozenBufferException;
import io.evbuffer.bufferevent.LoopFixture.Connection;
import io.evbuffer.bufferevent.LoopFixture.Ends;
import io.evbuffer.event.EachBackend;
import io.evbuffer.event.Transport;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Scenarios SOC: bytes through sockets, ends, errors, and what happens to the transport. */
@EachBackend
class SocketBasicsTest {
    @RegisterExtension
    final LoopFixture loop;

    SocketBasicsTest(final String method) {
        loop = new LoopFixture(method);
    }

    @Test
    @DisplayName("SOC-01")
    void whatOneEndWritesTheOtherCollects() throws IOException {
        final SocketBufferEvent[] ends = loop.couple(Options.NONE);
        final Journal a = Journal.of(ends[0]);
        final Journal b = Journal.of(ends[1]);
        ends[1].enable(Directions.READ);

        ends[0].write(bytes(8333));
        loop.until(() -> b.received.size() == 8333);

        assertArrayEquals(bytes(8333), b.received.toByteArray());
        assertEquals(List.of(0L), a.outputs);
        assertEquals(List.of(), a.events());
        assertEquals(List.of(), b.events());
    }

    @ParameterizedTest
    @EnumSource(FlushMode.class)
    @DisplayName("SOC-02")
    void flushingEndsNothing(final FlushMode mode) throws IOException {
        final SocketBufferEvent[] ends = loop.couple(Options.NONE);
        final Journal a = Journal.of(ends[0]);
        final Journal b = Journal.of(ends[1]);
        ends[1].enable(Directions.READ);

        ends[0].write(bytes(8333));
        assertEquals(mode != FlushMode.NORMAL, ends[0].flush(Directions.WRITE, mode));
        assertEquals(mode == FlushMode.NORMAL ? 8333 : 0, ends[0].output().length());
        assertFalse(ends[0].flush(Directions.READ, mode));
        assertEquals(List.of(), a.lines, "BEV-21: no callback inside flush");
        loop.until(() -> b.received.size() == 8333);
        loop.turns(10);

        assertArrayEquals(bytes(8333), b.received.toByteArray());
        assertEquals(List.of("write"), a.lines);
        assertEquals(List.of(), b.events());
    }

    @Test
    @DisplayName("SOC-03")
    void aFreshOneWantsToWriteOnly() throws IOException {
        final Connection c = loop.connection(Options.CLOSE_ON_FREE);
        final SocketBufferEvent s = c.socket();
        assertSame(Directions.WRITE, s.enabled());
        assertSame(loop.base(), s.base());
        assertSame(Options.CLOSE_ON_FREE, s.options());
        assertSame(c.transport(), s.transport());
        assertNull(s.readCallback());
        assertNull(s.writeCallback());
        assertNull(s.eventCallback());
        assertEquals(0, s.lowWatermark(Directions.READ));
        assertEquals(0, s.highWatermark(Directions.WRITE));
        assertEquals(BufferEvent.NO_TIMEOUT, s.readTimeoutNanos());
        assertEquals(BufferEvent.NO_TIMEOUT, s.writeTimeoutNanos());
        assertEquals(16384, s.maxSingleRead());
        assertEquals(16384, s.maxSingleWrite());
        assertFalse(s.isClosed());

        final BufferEventCallback read = source -> {};
        final BufferEventCallback write = source -> {};
        final BufferEventNotice event = (source, what, cause) -> {};
        s.setCallbacks(read, write, event);
        assertSame(read, s.readCallback());
        assertSame(write, s.writeCallback());
        assertSame(event, s.eventCallback());

        s.enable(Directions.READ);
        assertSame(Directions.BOTH, s.enabled());
        s.disable(Directions.WRITE);
        assertSame(Directions.READ, s.enabled());
        s.disable(Directions.BOTH);
        assertSame(Directions.NONE, s.enabled());
        s.enable(Directions.NONE);
        assertSame(Directions.NONE, s.enabled());
    }

    @Test
    @DisplayName("SOC-04")
    void readingTakesWhatThereIsAndNothingFromAFrozenFront() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final SocketBufferEvent s = c.socket();
        s.enable(Directions.READ);
        c.peer().send(bytes(9));
        loop.until(() -> s.input().length() == 9);

        assertEquals(8, s.read(new byte[10], 1, 8));
        s.input().freeze(BufferEnd.START);
        assertEquals(0, s.read(new byte[1], 0, 1));
        assertEquals(0, s.read(ByteBuffer.allocate(1)));
        assertEquals(0, s.read(new UnsafeBuffer(new byte[1]), 0, 1));
        assertEquals(1, s.input().length());
        try (EvBuffer side = new EvBuffer(loop.pool())) {
            assertThrows(FrozenBufferException.class, () -> s.readBuffer(side));
        }
        s.input().unfreeze(BufferEnd.START);
        final ByteBuffer last = ByteBuffer.allocate(4);
        assertEquals(1, s.read(last));
        assertEquals(bytes(9)[8], last.get(0));
        assertEquals(0, s.read(new byte[1], 0, 1));
        assertThrows(IndexOutOfBoundsException.class, () -> s.read(new byte[1], 1, 1));
    }

    @Test
    @DisplayName("SOC-05")
    void wholeBuffersMoveWithoutCopy() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final SocketBufferEvent s = c.socket();
        s.maxSingleRead(64 * 1024);
        s.enable(Directions.READ);
        c.peer().send(bytes(40_000));
        loop.until(() -> s.input().length() == 40_000);
        try (EvBuffer side = new EvBuffer(loop.pool())) {
            final int chains = s.input().countChains();
            final long segments = loop.pool().stats().segmentsInUse();

            s.readBuffer(side);
            assertTrue(s.input().isEmpty());
            assertEquals(chains, side.countChains());
            assertTrue(loop.pool().stats().segmentsInUse() <= segments, "a copy would have taken segments");

            s.writeBuffer(side);
            assertTrue(side.isEmpty());
            assertEquals(chains, s.output().countChains());
            s.writeBuffer(s.output());
            assertEquals(40_000, s.output().length());
            assertArrayEquals(bytes(40_000), copy(s.output()));
        }
        loop.until(() -> c.peer().received() == 40_000);
        assertArrayEquals(bytes(40_000), c.peer().bytes());
    }

    @Test
    @DisplayName("SOC-06")
    void aFrozenSourceStaysAsItIs() throws IOException {
        final SocketBufferEvent s = loop.connection(Options.NONE).socket();
        try (EvBuffer side = new EvBuffer(loop.pool())) {
            side.add(bytes(10));
            side.freeze(BufferEnd.START);
            assertThrows(FrozenBufferException.class, () -> s.writeBuffer(side));
            assertEquals(10, side.length());
            assertEquals(0, s.output().length());
        }
    }

    @Test
    @DisplayName("SOC-07")
    void outputWaitsForATransport() throws IOException {
        final Ends ends = loop.ends();
        final Peer peer = ends.peer();
        final SocketBufferEvent s = loop.create(null, Options.NONE);
        assertNull(s.transport());
        s.write(bytes(100));
        loop.turns(3);
        assertEquals(100, s.output().length());

        s.setTransport(ends.transport());
        loop.until(() -> peer.received() == 100);
        assertArrayEquals(bytes(100), peer.bytes());
    }

    @Test
    @DisplayName("SOC-08")
    void outputWaitsWhileWritingIsDisabled() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final SocketBufferEvent s = c.socket();
        s.disable(Directions.WRITE);
        s.write(bytes(10), 0, 6);
        s.write(ByteBuffer.wrap(bytes(10), 6, 4));
        loop.turns(10);
        assertEquals(0, c.transport().calls());

        s.enable(Directions.WRITE);
        s.write(new UnsafeBuffer(bytes(20)), 10, 10);
        loop.until(() -> c.peer().received() == 20);
        assertArrayEquals(bytes(20), c.peer().bytes());
        loop.staysQuiet(c);
    }

    @Test
    @DisplayName("SOC-09")
    void writingNothingDoesNothing() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final Journal journal = Journal.of(c.socket());
        final long changes = loop.base().metrics().interestCalls();
        c.socket().write(new byte[0]);
        c.socket().write(ByteBuffer.allocate(0));
        loop.turns(5);
        assertEquals(0, c.transport().calls());
        assertEquals(changes, loop.base().metrics().interestCalls());
        assertEquals(List.of(), journal.lines);
    }

    @Test
    @DisplayName("SOC-10, SOC-16, BEV-28")
    void theEndOfTheStreamIsToldOncePerEnableAndLeavesWritingAlone() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final SocketBufferEvent s = c.socket();
        final Journal journal = Journal.of(s);
        s.enable(Directions.READ);
        c.peer().send(bytes(10));
        loop.until(() -> journal.has("read"));
        assertEquals(List.of(10L), journal.inputs);

        c.peer().shutdownOutput();
        loop.until(() -> journal.has("READING|EOF"));
        assertNull(journal.lastCause());
        assertEquals(List.of("read", "READING|EOF"), journal.lines);
        assertSame(Directions.WRITE, s.enabled());

        s.write(bytes(5));
        loop.until(() -> c.peer().received() == 5);
        loop.staysQuiet(c);

        s.enable(Directions.READ);
        loop.until(() -> journal.count("READING|EOF") == 2);
        s.enable(Directions.READ);
        loop.until(() -> journal.count("READING|EOF") == 3);
        loop.turns(20);
        assertEquals(3, journal.count("READING|EOF"));
    }

    @Test
    @DisplayName("SOC-11, PERF-09")
    void aResetIsAnErrorWithItsCause() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final Journal journal = Journal.of(c.socket());
        c.socket().enable(Directions.READ);
        c.peer().reset();
        loop.until(() -> !journal.events().isEmpty());
        assertEquals(List.of("READING|ERROR"), journal.lines);
        assertInstanceOf(ConnectionException.PeerReset.class, journal.lastCause());
        assertInstanceOf(IOException.class, journal.lastCause().getCause());
        assertSame(Directions.WRITE, c.socket().enabled());
    }

    @Test
    @DisplayName("SOC-12, PERF-09")
    void aBrokenPipeEndsWritingAndLeavesUnreadInput() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final SocketBufferEvent s = c.socket();
        final Journal journal = Journal.of(s);
        c.peer().send(bytes(50));
        c.transport().writeScript.add(new IOException("Broken pipe"));
        s.write(bytes(100));
        loop.until(() -> journal.has("WRITING|ERROR"));
        assertInstanceOf(ConnectionException.BrokenPipe.class, journal.lastCause());
        assertSame(Directions.NONE, s.enabled());
        assertEquals(100, s.output().length(), "unsent bytes stay");

        s.enable(Directions.READ);
        loop.until(() -> journal.received.size() == 50);
        c.peer().close();
        loop.until(() -> journal.events().size() == 2);
        assertEquals("READING|EOF", journal.events().get(1));
        loop.staysQuiet(c);
    }

    @Test
    @DisplayName("SOC-12")
    void writingToAPeerThatIsGoneFailsInTheEnd() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final SocketBufferEvent s = c.socket();
        final Journal journal = Journal.of(s);
        c.peer().close();
        loop.until(() -> {
            if (s.enabled().has(Directions.WRITE)) {
                s.write(bytes(1000));
            }
            return !journal.events().isEmpty();
        });
        assertEquals(List.of("WRITING|ERROR"), journal.events());
        assertInstanceOf(ConnectionException.class, journal.lastCause());
        assertSame(Directions.NONE, s.enabled());
    }

    @Test
    @DisplayName("SOC-13")
    void partialWritesLoseAndRepeatNothing() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final Journal journal = Journal.of(c.socket());
        c.transport().writeScript.addAll(List.of(1L, 7L, 0L, 100L));
        c.socket().write(bytes(5000));
        loop.until(() -> c.peer().received() == 5000);
        loop.turns(5);
        assertArrayEquals(bytes(5000), c.peer().bytes());
        assertEquals(List.of(1L, 7L, 0L, 100L, 4892L), c.transport().writes);
        assertEquals(List.of("write"), journal.lines);
        loop.staysQuiet(c);
    }

    @Test
    @DisplayName("SOC-14")
    void transfersThatMoveNothingAreNoEvents() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final Journal journal = Journal.of(c.socket());
        c.socket().enable(Directions.READ);
        c.socket().maxSingleRead(1000);
        c.socket().maxSingleWrite(1000);
        for (int i = 0; i < 50; i++) {
            c.transport().readScript.addAll(List.of(0L, RecordingTransport.ALL));
            c.transport().writeScript.addAll(List.of(0L, RecordingTransport.ALL));
        }
        c.peer().send(bytes(10_000));
        c.socket().write(bytes(10_000));
        loop.until(() -> journal.received.size() == 10_000 && c.peer().received() == 10_000);
        assertArrayEquals(bytes(10_000), journal.received.toByteArray());
        assertArrayEquals(bytes(10_000), c.peer().bytes());
        assertEquals(List.of(), journal.events());
        c.transport().readScript.clear();
        c.transport().writeScript.clear();
        loop.staysQuiet(c);
    }

    @Test
    @DisplayName("SOC-15")
    void readinessThatProvesFalseChangesNothing() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final Journal journal = Journal.of(c.socket());
        c.socket().enable(Directions.READ);
        c.transport().readScript.add(0L);
        c.peer().send(1);
        loop.until(() -> c.transport().reads.size() == 1);
        assertEquals(List.of(), journal.lines);
        assertTrue(c.socket().wire().isWatchingRead());
        loop.until(() -> journal.has("read"));
        assertEquals(List.of(0L, 1L), c.transport().reads);
    }

    @Test
    @DisplayName("SOC-17")
    void theTransportsEndsAreFrozenInEveryCallback() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final SocketBufferEvent s = c.socket();
        final List<String> seen = new ArrayList<>();
        s.setCallbacks(
                source -> ends(source, "read", seen),
                source -> ends(source, "write", seen),
                (source, what, cause) -> ends(source, what.toString(), seen));
        s.enable(Directions.READ);
        ends(s, "idle", seen);
        loop.until(() -> seen.contains("write"));
        c.peer().send(100);
        loop.until(() -> seen.contains("read"));
        c.peer().shutdownOutput();
        loop.until(() -> seen.contains("READING|EOF"));
    }

    private static void ends(final BufferEvent s, final String when, final List<String> seen) {
        if (seen.contains(when)) {
            return;
        }
        seen.add(when);
        assertThrows(FrozenBufferException.class, () -> s.input().add(bytes(1)), when);
        assertThrows(FrozenBufferException.class, () -> s.output().prepend(bytes(1)), when);
        s.output().add(bytes(3));
        assertThrows(FrozenBufferException.class, () -> s.output().drain(1), when);
        s.input().drain(1);
    }

    @Test
    @DisplayName("SOC-18, BEV-35")
    void oneTransferIsNeverLargerThanAsked() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final SocketBufferEvent s = c.socket();
        final Journal journal = Journal.of(s);
        s.maxSingleRead(1000);
        s.maxSingleWrite(1000);
        s.enable(Directions.READ);
        c.peer().send(bytes(50_000));
        s.write(bytes(50_000));
        loop.until(() -> journal.received.size() == 50_000 && c.peer().received() == 50_000);
        assertTrue(Collections.max(c.transport().reads) <= 1000);
        assertTrue(Collections.max(c.transport().writes) <= 1000);
        assertArrayEquals(bytes(50_000), journal.received.toByteArray());
        assertArrayEquals(bytes(50_000), c.peer().bytes());
        s.maxSingleRead(0);
        s.maxSingleWrite(-5);
        assertEquals(16384, s.maxSingleRead());
        assertEquals(16384, s.maxSingleWrite());
    }

    @Test
    @DisplayName("SOC-19")
    void enablingAnEmptyOutputAsksForMoreOnce() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final Journal journal = Journal.of(c.socket());
        loop.base().execute(() -> {
            for (int i = 0; i < 5; i++) {
                c.socket().enable(Directions.WRITE);
            }
            loop.base().execute(() -> journal.lines.add("same turn"));
        });
        loop.turns(5);
        assertEquals(List.of("same turn", "write"), journal.lines);
        assertEquals(0, c.transport().calls());
    }

    @Test
    @DisplayName("SOC-20")
    void aPriorityIsKeptByAllItsEvents() throws IOException {
        loop.base().priorityInit(4);
        final Connection c = loop.connection(Options.NONE);
        final SocketBufferEvent s = c.socket();
        assertEquals(2, s.priority());
        s.priority(0);
        assertEquals(0, s.priority());
        assertThrows(IllegalArgumentException.class, () -> s.priority(4));
        assertThrows(IllegalArgumentException.class, () -> s.priority(-1));
        assertEquals(0, s.priority());

        final Connection other = loop.connection(Options.NONE);
        final List<String> order = new ArrayList<>();
        s.setCallbacks(source -> order.add("urgent"), null, null);
        other.socket().setCallbacks(source -> order.add("other"), null, null);
        other.socket().enable(Directions.READ);
        s.enable(Directions.READ);
        other.peer().send(1);
        c.peer().send(1);
        loop.until(() -> order.size() == 2);
        assertEquals("urgent", order.getFirst());
    }

    @Test
    @DisplayName("SOC-22")
    void anotherTransportLeavesAllElseAsItWas() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final SocketBufferEvent s = c.socket();
        final Journal journal = Journal.of(s).onRead(source -> {});
        s.setWatermark(Directions.READ, 3, 4000);
        s.setTimeouts(5 * LoopFixture.MS, 6 * LoopFixture.MS);
        s.enable(Directions.READ);
        c.peer().send(bytes(10));
        loop.until(() -> s.input().length() == 10);

        final Ends next = loop.ends();
        final Peer peer = next.peer();
        journal.endsFrozen = false;
        s.setTransport(next.transport());
        assertTrue(c.transport().isOpen());
        assertEquals(0, c.transport().closes);
        assertEquals(10, s.input().length());
        assertEquals(3, s.lowWatermark(Directions.READ));
        assertEquals(4000, s.highWatermark(Directions.READ));
        assertEquals(5 * LoopFixture.MS, s.readTimeoutNanos());
        assertEquals(6 * LoopFixture.MS, s.writeTimeoutNanos());
        assertSame(Directions.BOTH, s.enabled());
        journal.onRead(source -> journal.take());
        peer.send(bytes(5));
        s.write(bytes(7));
        loop.until(() -> journal.received.size() == 15 && peer.received() == 7);
        c.peer().send(1);
        loop.turns(5);
        assertEquals(15, journal.received.size(), "BEV-39: the old transport has no say");

        final Ends third = loop.ends();
        final RecordingTransport second = new RecordingTransport(third.transport());
        s.setTransport(second);
        s.replaceTransport(null);
        assertEquals(1, second.closes);
        assertFalse(second.isOpen());
        assertNull(s.transport());
    }

    @Test
    @DisplayName("SOC-22")
    void aTransportThatCannotBeClosedIsNotReplaced() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        c.transport().closeFailure = new IOException("no");
        final Ends next = loop.ends();
        assertThrows(IOException.class, () -> c.socket().replaceTransport(next.transport()));
        assertSame(c.transport(), c.socket().transport());
        c.transport().closeFailure = null;
    }

    @Test
    @DisplayName("SOC-23")
    void withoutATransportNothingIsWatchedAndNothingTimesOut() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final SocketBufferEvent s = c.socket();
        final Journal journal = Journal.of(s);
        s.setTimeouts(5 * LoopFixture.MS, 5 * LoopFixture.MS);
        s.enable(Directions.READ);
        loop.turns(3);
        journal.lines.clear();
        journal.endsFrozen = false;
        s.setTransport(null);
        s.write(bytes(10));
        loop.pass(100);
        assertEquals(List.of(), journal.lines);
        assertEquals(0, loop.base().countEvents(4), "nothing is added");

        s.setTransport(c.transport());
        loop.until(() -> c.peer().received() == 10);
        assertArrayEquals(bytes(10), c.peer().bytes());
    }

    @Test
    @DisplayName("SOC-24")
    void staleBytesCanBeDiscardedBeforeTheFirstTransfer() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final SocketBufferEvent s = c.socket();
        s.enable(Directions.READ);
        c.peer().send(bytes(10));
        loop.until(() -> s.input().length() == 10);
        s.disable(Directions.WRITE);
        s.write(bytes(20));

        final Ends next = loop.ends();
        final Peer peer = next.peer();
        s.setTransport(next.transport());
        s.output().drain(20);
        s.input().drain(10);
        s.input().add(bytes(1));
        s.input().drain(1);
        s.enable(Directions.WRITE);
        s.write(bytes(4));
        peer.send(bytes(3));
        loop.until(() -> peer.received() == 4 && s.input().length() == 3);
        assertTrue(s.input().isFrozen(BufferEnd.END));
        assertTrue(s.output().isFrozen(BufferEnd.START));
    }

    @Test
    @DisplayName("SOC-25, BEV-13")
    void megabytesBothWaysArriveWholeAndInOrder() throws IOException {
        final SocketBufferEvent[] ends = loop.couple(Options.NONE);
        final SocketBufferEvent a = ends[0];
        final SocketBufferEvent b = ends[1];
        final int total = 10 * 1024 * 1024;
        final Random random = new Random(42);
        final byte[] sent = new byte[total];
        random.nextBytes(sent);
        final int[] written = {0};
        b.setCallbacks(source -> source.writeBuffer(source.input()), null, null);
        final Journal journal = Journal.of(a);
        journal.onWrite(source -> {
            while (written[0] < total && source.output().length() < 256 * 1024) {
                final int next = Math.min(total - written[0], 1 + random.nextInt(100_000));
                source.write(sent, written[0], next);
                written[0] += next;
            }
        });
        a.enable(Directions.BOTH);
        b.enable(Directions.BOTH);
        loop.until(() -> journal.received.size() == total);
        assertTrue(Arrays.equals(sent, journal.received.toByteArray()));
        assertEquals(List.of(), journal.events());
    }

    @Test
    @DisplayName("8.1, 8.2: a class that cannot be loaded, for want of descriptors for example")
    void anErrorOfLinkageEndsTheDirectionAndDoesNotSpin() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final SocketBufferEvent s = c.socket();
        final Journal journal = Journal.of(s);
        c.transport().readScript.add(new NoClassDefFoundError("of reading"));
        c.transport().writeScript.add(new NoClassDefFoundError("of writing"));
        s.enable(Directions.READ);
        c.peer().send(bytes(10));
        s.write(bytes(20));
        loop.until(() -> journal.lines.size() == 2);
        assertEquals(Set.of("READING|ERROR", "WRITING|ERROR"), Set.copyOf(journal.lines));
        loop.staysQuiet(c);

        s.enable(Directions.BOTH);
        loop.until(() -> journal.received.size() == 10 && c.peer().received() == 20);
    }

    @Test
    @DisplayName("SOC-26")
    void aBlockingChannelIsRefused() throws IOException {
        final RecordingTransport transport = new RecordingTransport(loop.ends().transport());
        transport.blocking(true);
        final IllegalArgumentException refusal =
                assertThrows(IllegalArgumentException.class, () -> loop.create(transport, Options.CLOSE_ON_FREE));
        assertTrue(refusal.getMessage().contains("non-blocking"), refusal.getMessage());
        assertTrue(transport.isOpen());
        final SocketBufferEvent s = loop.create(null, Options.NONE);
        assertThrows(IllegalArgumentException.class, () -> s.setTransport(transport));
        assertThrows(IllegalArgumentException.class, () -> s.replaceTransport(transport));
        assertNull(s.transport());
    }

    @Test
    @DisplayName("Section 4.1: a socket that listens is no stream, and nothing would ever happen")
    void aListeningSocketIsRefused() throws IOException {
        try (Transport listening = loop.base().openListener(null)) {
            final IllegalArgumentException refusal =
                    assertThrows(IllegalArgumentException.class, () -> loop.create(listening, Options.CLOSE_ON_FREE));
            assertTrue(refusal.getMessage().contains("listens"), refusal.getMessage());
            assertTrue(listening.isOpen());
            final SocketBufferEvent s = loop.create(null, Options.NONE);
            assertThrows(IllegalArgumentException.class, () -> s.setTransport(listening));
            assertThrows(IllegalArgumentException.class, () -> s.replaceTransport(listening));
            assertNull(s.transport());
        }
    }

    @Test
    @DisplayName("SOC-27")
    void whatIsBelowTheLowMarkAtTheEndIsLeftForTheEventCallback() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final SocketBufferEvent s = c.socket();
        final long[] found = {-1};
        final Journal journal = Journal.of(s)
                .onEvent((source, what, cause) -> found[0] = source.input().length());
        s.setWatermark(Directions.READ, 50, 0);
        s.enable(Directions.READ);
        c.peer().send(bytes(30));
        c.peer().close();
        loop.until(() -> !journal.lines.isEmpty());
        assertEquals(List.of("READING|EOF"), journal.lines);
        assertEquals(30, found[0]);
    }

    @Test
    @DisplayName("8.1: data and end found together")
    void anEndBehindBytesWaitsWhileTheReadCallbackHasDisabledReading() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final SocketBufferEvent s = c.socket();
        final Journal journal = Journal.of(s).onRead(source -> source.disable(Directions.READ));
        s.maxSingleRead(512);
        c.peer().send(bytes(512));
        c.peer().close();
        s.enable(Directions.READ);
        loop.until(() -> journal.has("read"));
        loop.turns(20);
        assertEquals(List.of("read"), journal.lines);
        assertEquals(List.of(512L, -1L), c.transport().reads, "the end was found behind the bytes");

        s.setCallbacks(null, null, s.eventCallback());
        s.enable(Directions.READ);
        loop.until(() -> journal.has("READING|EOF"));
        assertEquals(2, c.transport().reads.size(), "the end was remembered, not asked for again");
        assertEquals(512, s.input().length());
    }

    @Test
    @DisplayName("8.1: an error behind bytes")
    void anErrorBehindBytesComesAfterThem() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final SocketBufferEvent s = c.socket();
        final Journal journal = Journal.of(s);
        s.maxSingleRead(512);
        c.transport().readScript.addAll(List.of(512L, new IOException("Connection reset by peer")));
        c.peer().send(bytes(600));
        s.enable(Directions.READ);
        loop.until(() -> journal.lines.size() == 2);
        assertEquals(List.of("read", "READING|ERROR"), journal.lines);
        assertInstanceOf(ConnectionException.PeerReset.class, journal.lastCause());
    }

    @Test
    void aTransportThatWasClosedUnderItIsAnErrorOfBothDirections() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final SocketBufferEvent s = c.socket();
        final Journal journal = Journal.of(s);
        c.transport().close();
        s.enable(Directions.READ);
        s.write(bytes(1));
        assertEquals(List.of(), journal.lines, "BEV-21");
        loop.until(() -> journal.lines.size() == 2);
        assertTrue(journal.has("READING|ERROR"));
        assertTrue(journal.has("WRITING|ERROR"));
        for (final Throwable cause : journal.causes) {
            assertInstanceOf(ConnectionException.Io.class, cause);
        }
        assertSame(Directions.NONE, s.enabled());
    }

    static byte[] bytes(final int count) {
        final byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++) {
            bytes[i] = (byte) (i * 31 + (i >> 8));
        }
        return bytes;
    }

    private static byte[] copy(final EvBuffer buffer) {
        buffer.unfreeze(BufferEnd.START);
        final byte[] bytes = buffer.copyToArray();
        buffer.freeze(BufferEnd.START);
        return bytes;
    }
}
