package io.evbuffer.bufferevent;

import static io.evbuffer.bufferevent.SocketBasicsTest.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.EvBuffer;
import io.evbuffer.event.EachBackend;
import io.evbuffer.event.Transport;
import io.evbuffer.memory.SlabPool;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** BufferEvents that any thread may call: contract 2.6 and 3.4, IMP-16, BEV-22, scenarios DEF-08 to DEF-10 and CON-01. */
@EachBackend
@Timeout(120)
class ThreadSafeTest {
    private static final long PATIENCE = 60; // seconds; nothing here takes a part of it
    private static final Options UNLOCKED =
            Options.THREADSAFE.with(Options.DEFER_CALLBACKS).with(Options.UNLOCK_CALLBACKS);

    private final String method;
    private final List<LoopThread> loops = new ArrayList<>();
    private final List<AutoCloseable> sockets = new ArrayList<>();

    ThreadSafeTest(final String method) {
        this.method = method;
    }

    @BeforeEach
    void openLoop() {
        newLoop();
    }

    @AfterEach
    void closeAll() throws Exception {
        for (final LoopThread each : loops) each.close();
        for (final AutoCloseable each : sockets) each.close();
    }

    private LoopThread newLoop() {
        final LoopThread loop = new LoopThread(method);
        loops.add(loop);
        return loop;
    }

    /** A connected socket of a loop, and the other end in blocking mode. */
    private record Pair(Transport transport, SocketChannel peer) {}

    private Pair connected(final LoopThread loop) throws Exception {
        try (ServerSocketChannel listener =
                ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
            final Transport one = loop.ask(() -> {
                final Transport opened = loop.base.openStream(null);
                if (!opened.connect(listener.getLocalAddress())) {
                    while (!opened.finishConnect()) Thread.onSpinWait();
                }
                return opened;
            });
            final SocketChannel other = listener.accept();
            sockets.add(other);
            return new Pair(one, other);
        }
    }

    private static byte[] receive(final SocketChannel peer, final int count) throws IOException {
        final ByteBuffer bytes = ByteBuffer.allocate(count);
        while (bytes.hasRemaining() && peer.read(bytes) >= 0) Thread.onSpinWait();
        assertEquals(0, bytes.remaining(), "the stream ended early");
        return bytes.array();
    }

    private static void await(final CountDownLatch latch) throws InterruptedException {
        assertTrue(latch.await(PATIENCE, TimeUnit.SECONDS), "it never came");
    }

    /** One step for all threads: none closes it in between. */
    private static void unlessClosed(final BufferEvent source, final Runnable call) {
        source.lock();
        try {
            if (!source.isClosed()) call.run();
        } finally {
            source.unlock();
        }
    }

    // ---- calls of any thread ----------------------------------------------------------------------------------------

    @Test
    @DisplayName("DEF-08")
    void blocksOfFourThreadsStayWholeAndInOrder() throws Exception {
        for (final Options options :
                List.of(Options.THREADSAFE, Options.THREADSAFE.with(Options.DEFER_CALLBACKS), UNLOCKED)) {
            final LoopThread loop = newLoop();
            final Pair ends = connected(loop);
            final SocketBufferEvent s =
                    SocketBufferEvent.create(loop.base, ends.transport(), options.with(Options.CLOSE_ON_FREE));
            s.setCallbacks(null, source -> source.output().length(), null);
            final int blocks = 1000;
            final List<Thread> writers = new ArrayList<>();
            for (int t = 0; t < 4; t++) {
                final int tag = t;
                final Thread writer = new Thread(() -> {
                    for (int i = 0; i < blocks; i++) {
                        final ByteBuffer block = ByteBuffer.allocate(48);
                        while (block.hasRemaining()) block.putInt(tag).putInt(i);
                        if (i % 3 == 0) {
                            try (EvBuffer side = new EvBuffer(SlabPool.shared())) {
                                side.add(block.array());
                                s.writeBuffer(side);
                            }
                        } else {
                            s.write(block.array());
                        }
                    }
                });
                writers.add(writer);
                writer.start();
            }
            final ByteBuffer all = ByteBuffer.wrap(receive(ends.peer(), 4 * blocks * 48));
            for (final Thread each : writers) each.join();
            final int[] next = new int[4];
            while (all.hasRemaining()) {
                final int tag = all.getInt();
                final int number = all.getInt();
                assertEquals(next[tag]++, number, "block of thread " + tag);
                for (int i = 0; i < 5; i++) {
                    assertEquals(tag, all.getInt(), "contiguous");
                    assertEquals(number, all.getInt(), "contiguous");
                }
            }
            assertArrayEquals(new int[] {blocks, blocks, blocks, blocks}, next);
            s.close();
        }
    }

    @Test
    @DisplayName("DEF-09, BEV-22")
    void theLockIsHeldInCallbacksUnlessUnlocked() throws Exception {
        for (final Options options :
                List.of(Options.THREADSAFE, Options.THREADSAFE.with(Options.DEFER_CALLBACKS), UNLOCKED)) {
            final LoopThread loop = loops.getFirst();
            final Pair ends = connected(loop);
            final SocketBufferEvent s = SocketBufferEvent.create(loop.base, ends.transport(), options);
            final CountDownLatch inside = new CountDownLatch(1);
            final CountDownLatch probed = new CountDownLatch(1);
            s.setCallbacks(
                    source -> {
                        inside.countDown();
                        ThreadSafeTest.await(probed);
                        source.input().drain(source.input().length());
                    },
                    null,
                    null);
            s.enable(Directions.READ);
            ends.peer().write(ByteBuffer.wrap(new byte[1]));
            await(inside);
            final boolean free = s.sharedLock().tryAcquire();
            if (free) s.sharedLock().release();
            probed.countDown();
            assertEquals(options.has(Options.UNLOCK_CALLBACKS), free, options::toString);
            s.close();
            loop.ask(() -> null); // what was posted has been made up
            ends.transport().close();
        }
    }

    @Test
    @DisplayName("DEF-10")
    void lockingHoldsAReferenceEvenWithoutALock() throws Exception {
        final LoopThread loop = loops.getFirst();
        loop.ask(() -> {
            final SocketBufferEvent s = SocketBufferEvent.create(loop.base, null, Options.NONE);
            s.lock();
            s.close();
            assertEquals(1, s.references());
            s.unlock();
            assertEquals(0, s.references());
            assertThrows(IllegalStateException.class, s::lock);
            assertThrows(IllegalStateException.class, s::unlock);
            return null;
        });
        final SocketBufferEvent shared = SocketBufferEvent.create(loop.base, null, Options.THREADSAFE);
        shared.lock();
        shared.write(bytes(10));
        assertTrue(shared.sharedLock().isMine());
        shared.close();
        assertTrue(shared.isClosed(), "who holds the lock is not made to wait");
        shared.unlock();
        assertFalse(shared.sharedLock().isMine());
        assertEquals(0, shared.references());
    }

    @Test
    @DisplayName("IMP-16: posted in order")
    void whatFindsTheLockBusyIsMadeUpInOrder() throws Exception {
        final LoopThread loop = loops.getFirst();
        final Pair ends = connected(loop);
        final SocketBufferEvent s =
                SocketBufferEvent.create(loop.base, ends.transport(), Options.THREADSAFE.with(Options.CLOSE_ON_FREE));
        final CountDownLatch inside = new CountDownLatch(1);
        final CountDownLatch called = new CountDownLatch(1);
        s.setCallbacks(
                source -> {
                    inside.countDown();
                    ThreadSafeTest.await(called);
                    source.write(new byte[] {1}); // the loop's own thread goes first
                },
                null,
                null);
        s.enable(Directions.READ);
        ends.peer().write(ByteBuffer.wrap(new byte[1]));
        await(inside);
        s.write(new byte[] {2});
        s.write(new byte[] {0, 3, 0}, 1, 1);
        s.write(ByteBuffer.wrap(new byte[] {4}));
        s.setWatermark(Directions.READ, 0, 77);
        s.setTimeouts(BufferEvent.NO_TIMEOUT, 1_000_000_000_000L);
        s.maxSingleRead(1234);
        s.maxSingleWrite(2345);
        s.setRateLimit(new TokenBucketCfg(1 << 20, 1 << 20, 1 << 20, 1 << 20));
        s.decrementReadLimit(24);
        s.disable(Directions.READ);
        assertFalse(s.flush(Directions.WRITE, FlushMode.FLUSH), "I/O is the loop's");
        s.trigger(Directions.WRITE, TriggerOptions.IGNORE_WATERMARKS);
        s.triggerEvent(EventFlags.EOF, TriggerOptions.NONE);
        s.shutdownOutput();
        assertThrows(IllegalArgumentException.class, () -> s.setTimeouts(-7, 1), "misuse is told at once");
        assertTrue(s.enabled().has(Directions.READ), "nothing has happened yet");
        assertEquals(16384, s.maxSingleRead());
        called.countDown();
        assertArrayEquals(new byte[] {1, 2, 3, 4}, receive(ends.peer(), 4));
        assertEquals(-1, ends.peer().read(ByteBuffer.allocate(1)), "shut down behind the last byte");
        loop.ask(() -> null);
        assertEquals(77, s.highWatermark(Directions.READ));
        assertEquals(1234, s.maxSingleRead());
        assertEquals(2345, s.maxSingleWrite());
        assertFalse(s.enabled().has(Directions.READ));
        assertEquals((1 << 20) - 24, s.readLimit());
        s.close();
    }

    @Test
    @DisplayName("IMP-16, BEV-20: posted to one that is closed")
    void whatWasPostedToAClosedOneIsGivenBack() throws Exception {
        final LoopThread loop = loops.getFirst();
        final Pair ends = connected(loop);
        final SocketBufferEvent s =
                SocketBufferEvent.create(loop.base, ends.transport(), Options.THREADSAFE.with(Options.CLOSE_ON_FREE));
        final CountDownLatch inside = new CountDownLatch(1);
        final CountDownLatch called = new CountDownLatch(1);
        s.setCallbacks(
                source -> {
                    inside.countDown();
                    ThreadSafeTest.await(called);
                    source.close();
                },
                null,
                null);
        s.enable(Directions.READ);
        ends.peer().write(ByteBuffer.wrap(new byte[1]));
        await(inside);
        for (int i = 0; i < 100; i++) s.write(bytes(100));
        s.enable(Directions.BOTH);
        called.countDown();
        assertEquals(-1, ends.peer().read(ByteBuffer.allocate(1)), "nothing of it was sent");
        loop.ask(() -> null);
        assertEquals(0, s.references());
        assertThrows(IllegalStateException.class, () -> s.write(bytes(1)));
    }

    @Test
    @DisplayName("4.7: closed by another thread")
    void afterCloseOnAnotherThreadAtMostTheRunningCallbackEnds() throws Exception {
        final LoopThread loop = loops.getFirst();
        for (int i = 0; i < 50; i++) {
            final Pair ends = connected(loop);
            final SocketBufferEvent s = SocketBufferEvent.create(
                    loop.base,
                    ends.transport(),
                    i % 2 == 0 ? UNLOCKED.with(Options.CLOSE_ON_FREE) : Options.THREADSAFE);
            s.setTimeouts(1_000_000, 1_000_000);
            s.setCallbacks(
                    source -> unlessClosed(source, () -> source.writeBuffer(source.input())),
                    null,
                    (source, what, cause) -> unlessClosed(source, () -> source.enable(Directions.BOTH)));
            s.enable(Directions.READ);
            ends.peer().write(ByteBuffer.wrap(bytes(100)));
            receive(ends.peer(), i % 3 == 0 ? 0 : 100);
            s.close();
            loop.ask(() -> null);
            loop.ask(() -> null);
            assertTrue(s.isClosed());
            assertEquals(0, s.references());
            ends.transport().close();
        }
    }

    @Test
    @DisplayName("IMP-16: two loops that write into each other")
    void twoLoopsThatWriteIntoEachOtherNeverWaitForEachOther() throws Exception {
        final int rounds = 200;
        for (final Options options : List.of(Options.THREADSAFE, UNLOCKED)) {
            final LoopThread[] both = {newLoop(), newLoop()};
            final Pair[] ends = {connected(both[0]), connected(both[1])};
            final SocketBufferEvent[] s = new SocketBufferEvent[2];
            for (int i = 0; i < 2; i++) {
                s[i] = SocketBufferEvent.create(both[i].base, ends[i].transport(), options.with(Options.CLOSE_ON_FREE));
            }
            final CyclicBarrier insideBoth = new CyclicBarrier(2);
            for (int i = 0; i < 2; i++) {
                final SocketBufferEvent other = s[1 - i];
                s[i].setCallbacks(
                        source -> {
                            insideBoth.await(PATIENCE, TimeUnit.SECONDS); // each in its callback, with its lock
                            other.retain();
                            other.setTimeouts(BufferEvent.NO_TIMEOUT, BufferEvent.NO_TIMEOUT);
                            other.enable(Directions.WRITE);
                            other.writeBuffer(source.input());
                            other.release();
                            insideBoth.await(PATIENCE, TimeUnit.SECONDS); // and neither has waited for the other
                        },
                        null,
                        null);
                s[i].enable(Directions.READ);
            }
            for (int round = 0; round < rounds; round++) {
                ends[0].peer().write(ByteBuffer.wrap(new byte[] {(byte) round}));
                ends[1].peer().write(ByteBuffer.wrap(new byte[] {(byte) ~round}));
                assertArrayEquals(new byte[] {(byte) ~round}, receive(ends[0].peer(), 1));
                assertArrayEquals(new byte[] {(byte) round}, receive(ends[1].peer(), 1));
            }
            s[0].close();
            s[1].close();
        }
    }

    // ---- connecting -------------------------------------------------------------------------------------------------

    @Test
    @DisplayName("CON-01")
    void clientsOfAllOptionsAreGreetedFromAnyThread() throws Exception {
        final LoopThread loop = loops.getFirst();
        try (ServerSocketChannel server =
                ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
            final int port = ((InetSocketAddress) server.getLocalAddress()).getPort();
            for (final Options options :
                    List.of(Options.THREADSAFE, Options.THREADSAFE.with(Options.DEFER_CALLBACKS), UNLOCKED)) {
                for (int client = 0; client < 2; client++) {
                    final SocketBufferEvent s =
                            SocketBufferEvent.create(loop.base, null, options.with(Options.CLOSE_ON_FREE));
                    final CountDownLatch ended = new CountDownLatch(1);
                    final Journal journal = Journal.of(s).onEvent((source, what, cause) -> {
                        if (what.has(EventFlags.EOF)) ended.countDown();
                    });
                    s.enable(Directions.READ);
                    if (client == 0) {
                        s.connect(server.getLocalAddress());
                    } else {
                        s.connectHostname("127.0.0.1", port);
                    }
                    try (SocketChannel accepted = server.accept()) {
                        accepted.write(ByteBuffer.wrap(bytes(20)));
                    }
                    await(ended);
                    s.close();
                    loop.ask(() -> null);
                    assertEquals("CONNECTED", journal.lines.getFirst());
                    assertTrue(journal.count("read") >= 1);
                    assertArrayEquals(bytes(20), journal.received.toByteArray());
                    assertEquals("READING|EOF", journal.lines.getLast());
                }
            }
        }
    }

    @Test
    @DisplayName("4.3: another transport from another thread")
    void aTransportCanBeGivenByAnotherThread() throws Exception {
        final LoopThread loop = loops.getFirst();
        final Pair one = connected(loop);
        final Pair two = connected(loop);
        final SocketBufferEvent s =
                SocketBufferEvent.create(loop.base, null, Options.THREADSAFE.with(Options.CLOSE_ON_FREE));
        s.write(bytes(10));
        s.setTransport(one.transport());
        assertArrayEquals(bytes(10), receive(one.peer(), 10));
        loop.ask(() -> null);
        s.replaceTransport(two.transport());
        assertEquals(-1, one.peer().read(ByteBuffer.allocate(1)), "closed");
        s.write(bytes(5));
        assertArrayEquals(bytes(5), receive(two.peer(), 5));
        s.closeAfterFlush(1_000_000_000_000L);
        assertEquals(-1, two.peer().read(ByteBuffer.allocate(1)));
    }

    @Test
    @DisplayName("13.4: a group over two loops")
    void membersOnTwoLoopsShareOneLimit() throws Exception {
        final LoopThread[] both = {loops.getFirst(), newLoop()};
        final RateLimitGroup group = RateLimitGroup.create(
                both[0].base, new TokenBucketCfg(5000, 5000, 5000, 5000, TimeUnit.MILLISECONDS.toNanos(1)));
        final List<SocketBufferEvent> members = new ArrayList<>();
        final List<Pair> ends = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            final LoopThread loop = both[i % 2];
            final Pair pair = connected(loop);
            final SocketBufferEvent s = SocketBufferEvent.create(
                    loop.base, pair.transport(), Options.THREADSAFE.with(Options.CLOSE_ON_FREE));
            s.addToRateLimitGroup(group);
            s.write(bytes(20_000));
            members.add(s);
            ends.add(pair);
        }
        for (final Pair each : ends) assertArrayEquals(bytes(20_000), receive(each.peer(), 20_000));
        for (int i = 0; i < 8; i++) both[i % 2].ask(() -> null); // the last write has been counted
        assertEquals(160_000, group.totalWritten(), "BEV-36");
        members.forEach(SocketBufferEvent::close);
        for (int i = 0; i < 2; i++) both[i].ask(() -> null);
        assertEquals(0, group.members(), "BEV-34");
        group.close();
    }
}
