package io.evbuffer.bufferevent;

import static io.evbuffer.bufferevent.LoopFixture.MS;
import static io.evbuffer.bufferevent.SocketBasicsTest.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.bufferevent.LoopFixture.Connection;
import io.evbuffer.bufferevent.LoopFixture.Ends;
import io.evbuffer.event.EachBackend;
import io.evbuffer.event.EventBase;
import io.evbuffer.event.EventConfig;
import io.evbuffer.memory.SlabPool;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Scenarios FRE: how a BufferEvent ends, and what it refuses then. */
@EachBackend
class LifeTest {
    @RegisterExtension
    final LoopFixture loop;

    LifeTest(final String method) {
        loop = new LoopFixture(method);
    }

    @ParameterizedTest
    @CsvSource({"read,false", "write,false", "event,false", "read,true", "write,true", "event,true"})
    @DisplayName("FRE-01, BEV-2")
    void closingInsideACallbackIsTheEnd(final String where, final boolean deferred) throws IOException {
        final Connection c =
                loop.connection(Options.CLOSE_ON_FREE.with(deferred ? Options.DEFER_CALLBACKS : Options.NONE));
        final SocketBufferEvent s = c.socket();
        final int[] calls = {-1};
        final Journal journal = Journal.of(s)
                .onRead(source -> closeIf(where.equals("read"), c, calls))
                .onWrite(source -> closeIf(where.equals("write"), c, calls))
                .onEvent((source, what, cause) -> closeIf(where.equals("event"), c, calls));
        s.enable(Directions.BOTH);
        c.peer().send(bytes(100_000));
        s.write(bytes(1000));
        if (where.equals("event")) {
            c.peer().shutdownOutput();
        }
        loop.until(s::isClosed);
        final int told = journal.lines.size();
        loop.turns(20);
        assertEquals(told, journal.lines.size());
        assertEquals(calls[0], c.transport().calls());
        assertEquals(1, c.transport().closes);
        assertEquals(0, s.references());
    }

    private static void closeIf(final boolean wanted, final Connection c, final int[] calls) {
        if (wanted) {
            c.socket().close();
            calls[0] = c.transport().calls();
        } else {
            c.socket().input().drain(Long.MAX_VALUE);
        }
    }

    @Test
    @DisplayName("FRE-02")
    void whatIsPendingAtTheCloseIsNotTold() throws IOException {
        final Connection c = loop.connection(Options.DEFER_CALLBACKS);
        final SocketBufferEvent s = c.socket();
        final Journal journal = Journal.of(s);
        loop.base().execute(() -> {
            s.trigger(Directions.BOTH, TriggerOptions.NONE);
            s.triggerEvent(EventFlags.ERROR, TriggerOptions.NONE);
            s.close();
            assertEquals(0, s.references(), "IMP-14: the queued pass does not hold it up");
        });
        loop.turns(5);
        assertEquals(List.of(), journal.lines);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName("FRE-03")
    void theTransportIsClosedOnlyWhereAsked(final boolean asked) throws IOException {
        final Connection c = loop.connection(asked ? Options.CLOSE_ON_FREE : Options.NONE);
        c.socket().enable(Directions.READ);
        loop.turns(2);
        c.socket().close();
        assertEquals(asked, !c.transport().isOpen());
        if (!asked) {
            final SocketBufferEvent next = loop.create(c.transport(), Options.NONE);
            next.write(bytes(3));
            loop.until(() -> c.peer().received() == 3);
        }
    }

    @Test
    @DisplayName("FRE-04")
    void aReferenceKeepsTheInputReadable() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final SocketBufferEvent s = c.socket();
        s.enable(Directions.READ);
        c.peer().send(bytes(9));
        loop.until(() -> s.input().length() == 9);
        s.write(bytes(5));
        s.retain();
        s.close();
        assertTrue(s.output().isEmpty(), "queued output is discarded");
        final byte[] left = new byte[9];
        assertEquals(9, s.read(left, 0, 9));
        assertArrayEquals(bytes(9), left);
        assertThrows(IllegalStateException.class, () -> s.write(bytes(1)));
        assertThrows(IllegalStateException.class, () -> s.output().add(bytes(1)));
        assertTrue(s.release());
        assertThrows(IllegalStateException.class, () -> s.read(left, 0, 1));
    }

    @Test
    @DisplayName("2.5: the last reference frees")
    void releasingTheCreatorsReferenceIsClosing() throws IOException {
        final Connection c = loop.connection(Options.CLOSE_ON_FREE);
        c.socket().retain();
        assertFalse(c.socket().release());
        assertTrue(c.socket().release());
        assertTrue(c.socket().isClosed());
        assertFalse(c.transport().isOpen());
        c.socket().close();
    }

    @Test
    @DisplayName("FRE-05")
    void outputThatWaitsIsNotSentAfterTheClose() throws IOException {
        final Connection c = loop.connection(Options.CLOSE_ON_FREE);
        c.transport().writeScript.add(1000L);
        c.transport().takesNothing = true;
        c.socket().write(bytes(1024 * 1024));
        loop.until(() -> c.transport().writes.size() > 1);
        c.socket().close();
        c.transport().takesNothing = false;
        final int writes = c.transport().writes.size();
        loop.until(c.peer()::sawEnd);
        assertEquals(1000, c.peer().received());
        assertEquals(writes, c.transport().writes.size());
    }

    @Test
    @DisplayName("FRE-06")
    void closingWhenDrainedDeliversEverything() throws IOException {
        final List<Connection> clients = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            final Connection c = loop.connection(Options.CLOSE_ON_FREE);
            c.socket().setCallbacks(null, BufferEvent::close, null);
            c.socket().write(bytes(200_000));
            clients.add(c);
        }
        loop.until(() -> clients.stream().allMatch(c -> c.peer().sawEnd()));
        for (final Connection c : clients) {
            assertArrayEquals(bytes(200_000), c.peer().bytes());
        }
    }

    @Test
    @DisplayName("FRE-07")
    void closingTwiceIsClosingOnce() throws IOException {
        final Connection c = loop.connection(Options.CLOSE_ON_FREE);
        c.socket().close();
        c.socket().close();
        assertEquals(0, c.socket().references());
        assertEquals(1, c.transport().closes);
    }

    @Test
    @DisplayName("FRE-08")
    void closingTheBaseEndsAllThatIsLeft() throws IOException {
        try (SlabPool pool = new SlabPool()) {
            final EventBase base = EventBase.open(EventConfig.create()
                    .ignoreEnvironment()
                    .onlyMethod(loop.base().method())
                    .pool(pool));
            final List<SocketBufferEvent> all = new ArrayList<>();
            final List<RecordingTransport> transports = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                final Ends ends = loop.ends(base);
                final RecordingTransport transport = new RecordingTransport(ends.transport());
                final SocketBufferEvent s = SocketBufferEvent.create(base, transport, options(i));
                s.setTimeouts(1000 * MS, 1000 * MS);
                s.setCallbacks(source -> {}, source -> {}, (source, what, cause) -> {});
                s.enable(Directions.READ);
                ends.peer().send(bytes(10_000));
                s.write(bytes(10_000));
                if (i % 3 == 0) {
                    s.retain();
                }
                if (i % 7 == 0) {
                    s.close();
                }
                transports.add(transport);
                all.add(s);
            }
            base.loop(EventBase.ONCE | EventBase.NONBLOCK);
            assertTrue(pool.stats().segmentsInUse() > 0);
            for (final SocketBufferEvent s : all) {
                if (!s.isClosed()) {
                    s.trigger(Directions.READ, TriggerOptions.DEFER);
                }
            }
            base.close();
            assertEquals(0, pool.stats().segmentsInUse(), () -> "not home: " + pool.liveSegments());
            for (int i = 0; i < 50; i++) {
                assertTrue(all.get(i).isClosed());
                assertEquals(
                        options(i).has(Options.CLOSE_ON_FREE),
                        !transports.get(i).isOpen());
                all.get(i).close();
            }
            assertThrows(IllegalStateException.class, () -> SocketBufferEvent.create(base, null, Options.NONE));
            assertThrows(IllegalStateException.class, () -> all.get(1).enable(Directions.READ));
        }
    }

    @Test
    @DisplayName("FRE-08: a listener that throws")
    void aThrowingListenerKeepsNobodyAlive() throws IOException {
        try (SlabPool pool = new SlabPool()) {
            final EventBase base = EventBase.open(EventConfig.create()
                    .ignoreEnvironment()
                    .onlyMethod(loop.base().method())
                    .pool(pool));
            final List<Throwable> failures = new ArrayList<>();
            base.errorHandler((source, failure) -> failures.add(failure));
            for (int i = 0; i < 3; i++) {
                final SocketBufferEvent s = SocketBufferEvent.create(base, null, Options.NONE);
                s.write(bytes(10));
                s.output().addListener((buffer, change) -> {
                    throw new IllegalStateException("listener");
                });
                if (i == 0) {
                    assertThrows(IllegalStateException.class, s::close);
                    assertEquals(0, s.references());
                }
            }
            base.close();
            assertEquals(2, failures.size());
            assertEquals(0, pool.stats().segmentsInUse());
        }
    }

    private static Options options(final int i) {
        return (i % 2 == 0 ? Options.CLOSE_ON_FREE : Options.NONE)
                .with(i % 4 < 2 ? Options.DEFER_CALLBACKS : Options.NONE);
    }

    @Test
    @DisplayName("FRE-09, IMP-13")
    void leavingSendsEverythingWithoutAnyCallback() throws IOException {
        final Connection c = loop.connection(Options.CLOSE_ON_FREE);
        final SocketBufferEvent s = c.socket();
        final Journal journal = Journal.of(s);
        s.enable(Directions.READ);
        c.transport().writeScript.addAll(List.of(1000L, 0L, 0L, 5000L, 0L));
        s.write(bytes(1024 * 1024));
        s.disable(Directions.WRITE);
        s.closeAfterFlush(10_000 * MS);
        assertTrue(s.isClosed());
        assertThrows(IllegalStateException.class, () -> s.write(bytes(1)));
        assertThrows(IllegalStateException.class, () -> s.output().add(bytes(1)));
        assertThrows(IllegalStateException.class, () -> s.enable(Directions.READ));
        loop.until(c.peer()::sawEnd);
        assertArrayEquals(bytes(1024 * 1024), c.peer().bytes());
        assertEquals(List.of(), journal.lines);
        assertEquals(0, s.references());
        assertEquals(0, loop.base().countEvents(4));
    }

    @Test
    @DisplayName("FRE-09: nothing to send")
    void leavingWithoutOutputIsClosing() throws IOException {
        final Connection c = loop.connection(Options.CLOSE_ON_FREE);
        assertThrows(IllegalArgumentException.class, () -> c.socket().closeAfterFlush(0));
        c.socket().closeAfterFlush(1);
        assertEquals(0, c.socket().references());
        assertFalse(c.transport().isOpen());
    }

    @Test
    @DisplayName("FRE-10")
    void leavingEndsWithTheTimeGiven() throws IOException {
        final Connection c = loop.connection(Options.CLOSE_ON_FREE);
        c.transport().takesNothing = true;
        c.socket().write(bytes(1000));
        c.socket().closeAfterFlush(100 * MS);
        loop.pass(99);
        assertTrue(c.transport().isOpen());
        loop.pass(1);
        assertFalse(c.transport().isOpen());
        assertEquals(0, c.socket().references());
    }

    @Test
    @DisplayName("IMP-13: an error frees at once")
    void leavingEndsWithAnError() throws IOException {
        final Connection c = loop.connection(Options.CLOSE_ON_FREE);
        c.transport().writeScript.addAll(List.of(10L, 0L, new IOException("Broken pipe")));
        c.socket().write(bytes(1000));
        c.socket().closeAfterFlush(100 * MS);
        loop.until(() -> !c.transport().isOpen());
        assertEquals(0, c.socket().references());
    }

    @Test
    @DisplayName("IMP-13: a close while leaving")
    void leavingCanBeCutShort() throws IOException {
        final Connection c = loop.connection(Options.CLOSE_ON_FREE);
        c.transport().takesNothing = true;
        c.socket().write(bytes(1000));
        c.socket().closeAfterFlush(100 * MS);
        c.socket().close();
        assertFalse(c.transport().isOpen());
        assertEquals(0, loop.base().countEvents(4));
    }

    @Test
    @DisplayName("FRE-11")
    void aNeighbourClosedInACallbackGetsNothing() throws IOException {
        final Connection a = loop.connection(Options.NONE);
        final Connection b = loop.connection(Options.NONE);
        final List<String> told = new ArrayList<>();
        a.socket()
                .setCallbacks(
                        source -> {
                            told.add("a");
                            b.socket().close();
                        },
                        null,
                        null);
        b.socket()
                .setCallbacks(
                        source -> {
                            told.add("b");
                            a.socket().close();
                        },
                        null,
                        null);
        a.peer().send(1);
        b.peer().send(1);
        a.socket().enable(Directions.READ);
        b.socket().enable(Directions.READ);
        loop.until(() -> !told.isEmpty());
        loop.turns(20);
        assertEquals(1, told.size());
    }

    @Test
    @DisplayName("bad input: use after close")
    void everyCallOnAClosedOneIsRefused() throws IOException {
        final Connection c = loop.connection(Options.CLOSE_ON_FREE);
        final SocketBufferEvent s = c.socket();
        s.close();
        final InetSocketAddress address = new InetSocketAddress("127.0.0.1", 9);
        assertRefused("enable", () -> s.enable(Directions.READ));
        assertRefused("disable", () -> s.disable(Directions.READ));
        assertRefused("setCallbacks", () -> s.setCallbacks(null, null, null));
        assertRefused("trigger", () -> s.trigger(Directions.READ, TriggerOptions.NONE));
        assertRefused("triggerEvent", () -> s.triggerEvent(EventFlags.EOF, TriggerOptions.NONE));
        assertRefused("write", () -> s.write(bytes(1)));
        assertRefused("writeBuffer", () -> s.writeBuffer(s.input()));
        assertRefused("readBuffer", () -> s.readBuffer(s.output()));
        assertRefused("flush", () -> s.flush(Directions.WRITE, FlushMode.FLUSH));
        assertRefused("setWatermark", () -> s.setWatermark(Directions.READ, 0, 0));
        assertRefused("setTimeouts", () -> s.setTimeouts(1, 1));
        assertRefused("maxSingleRead", () -> s.maxSingleRead(1));
        assertRefused("maxSingleWrite", () -> s.maxSingleWrite(1));
        assertRefused("priority", () -> s.priority(0));
        assertRefused("setTransport", () -> s.setTransport(null));
        assertRefused("replaceTransport", () -> s.replaceTransport(null));
        assertRefused("connect", () -> s.connect(address));
        assertRefused("connect", s::connect);
        assertRefused("shutdownOutput", s::shutdownOutput);
        assertRefused("closeAfterFlush", () -> s.closeAfterFlush(1));
        assertEquals(Directions.NONE, s.enabled());
        assertTrue(s.toString().contains("FINALIZED"), s.toString());
    }

    private static void assertRefused(final String operation, final org.junit.jupiter.api.function.Executable call) {
        final IllegalStateException refusal = assertThrows(IllegalStateException.class, call, operation);
        assertTrue(refusal.getMessage().contains(operation), refusal.getMessage());
    }

    @Test
    @DisplayName("2.6: loop-confined")
    void anotherThreadIsRefusedWhileTheLoopRuns() throws Exception {
        final Connection c = loop.connection(Options.NONE);
        final SocketBufferEvent s = c.socket();
        final CountDownLatch inside = new CountDownLatch(1);
        final CountDownLatch done = new CountDownLatch(1);
        final AtomicReference<Throwable> seen = new AtomicReference<>();
        final Thread stranger = Thread.ofPlatform().start(() -> {
            try {
                assertTrue(inside.await(30, TimeUnit.SECONDS));
                assertThrows(IllegalStateException.class, () -> s.write(bytes(1)));
                // Told too late to prevent it; the loop stands still meanwhile, so the byte is in its place.
                assertThrows(IllegalStateException.class, () -> s.output().add(bytes(1)));
                assertThrows(IllegalStateException.class, () -> s.enable(Directions.READ));
                assertThrows(IllegalStateException.class, () -> s.read(new byte[1], 0, 1));
                assertThrows(IllegalStateException.class, s::retain);
                assertThrows(IllegalStateException.class, s::close);
                assertThrows(
                        IllegalStateException.class, () -> SocketBufferEvent.create(loop.base(), null, Options.NONE));
            } catch (final Throwable failure) {
                seen.set(failure);
            } finally {
                done.countDown();
            }
        });
        loop.base().execute(() -> {
            inside.countDown();
            try {
                assertTrue(done.await(30, TimeUnit.SECONDS));
            } catch (final InterruptedException e) {
                throw new AssertionError(e);
            }
            s.write(bytes(2));
        });
        loop.until(() -> c.peer().received() == 3);
        stranger.join();
        assertEquals(null, seen.get());
    }

    @Test
    void aPoolThatRefusesEndsReadingWithItsReason() throws IOException {
        try (SlabPool pool =
                        SlabPool.builder().limit(SlabPool.DEFAULT_SLAB_SIZE).build();
                EventBase base = EventBase.open(EventConfig.create()
                        .ignoreEnvironment()
                        .onlyMethod(loop.base().method())
                        .pool(pool))) {
            final Ends ends = loop.ends(base);
            final SocketBufferEvent s = SocketBufferEvent.create(base, ends.transport(), Options.NONE);
            final Journal journal = Journal.of(s).onRead(source -> {});
            ends.peer().send(bytes(100));
            s.disable(Directions.WRITE);
            assertThrows(RuntimeException.class, () -> s.write(new byte[SlabPool.DEFAULT_SLAB_SIZE + 1]));
            assertEquals(0, s.output().length(), "nothing was appended");
            for (boolean room = true; room; ) {
                try {
                    s.write(new byte[64 * 1024]);
                } catch (final RuntimeException full) {
                    room = false;
                }
            }
            for (boolean room = true; room; ) {
                try {
                    s.write(new byte[16]);
                } catch (final RuntimeException full) {
                    room = false;
                }
            }
            s.enable(Directions.READ);
            while (journal.lines.isEmpty()) {
                base.loop(EventBase.ONCE | EventBase.NONBLOCK);
            }
            assertEquals(List.of("READING|ERROR"), journal.lines);
            assertInstanceOf(ConnectionException.Io.class, journal.lastCause());
            assertInstanceOf(RuntimeException.class, journal.lastCause().getCause());
        }
    }
}
