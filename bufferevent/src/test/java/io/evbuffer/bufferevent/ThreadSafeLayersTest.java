package io.evbuffer.bufferevent;

import static io.evbuffer.bufferevent.SocketBasicsTest.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.EvBuffer;
import io.evbuffer.event.EachBackend;
import io.evbuffer.event.Transport;
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
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Layers and pairs that any thread may call: contract 2.6, scenarios PAIR-08 and, for these kinds, DEF-08 and DEF-09. */
@EachBackend
@Timeout(120)
class ThreadSafeLayersTest {
    private static final long PATIENCE = 60; // seconds; nothing here takes a part of it
    private static final int BLOCK = 48;
    private static final int BLOCKS = 500; // of each thread
    private static final Options DEFERRED = Options.THREADSAFE.with(Options.DEFER_CALLBACKS);
    private static final Options UNLOCKED = DEFERRED.with(Options.UNLOCK_CALLBACKS);
    private static final List<Options> ALL = List.of(Options.THREADSAFE, DEFERRED, UNLOCKED);

    private final String method;
    private final List<AutoCloseable> sockets = new ArrayList<>();
    private LoopThread loop;

    ThreadSafeLayersTest(final String method) {
        this.method = method;
    }

    @BeforeEach
    void openLoop() {
        loop = new LoopThread(method);
    }

    @AfterEach
    void closeAll() throws Exception {
        loop.close();
        for (final AutoCloseable each : sockets) each.close();
    }

    private static void await(final CountDownLatch latch) throws InterruptedException {
        assertTrue(latch.await(PATIENCE, TimeUnit.SECONDS), "it never came");
    }

    /** A connected socket of the loop, and the other end in blocking mode. */
    private record Ends(Transport transport, SocketChannel peer) {}

    private Ends connected() throws Exception {
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
            return new Ends(one, other);
        }
    }

    /** Takes what arrives, and knows when it is enough; for the loop's thread. */
    private static final class Collector {
        final ByteBuffer bytes;
        final CountDownLatch full = new CountDownLatch(1);

        Collector(final int expected) {
            bytes = ByteBuffer.allocate(expected);
        }

        void take(final BufferEvent source) {
            source.read(bytes);
            if (!bytes.hasRemaining()) full.countDown();
        }
    }

    /** Four threads write numbered blocks into one BufferEvent. */
    private static void writeFromFourThreads(final BufferEvent to) throws InterruptedException {
        final List<Thread> writers = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            final int tag = t;
            final Thread writer = new Thread(() -> {
                for (int i = 0; i < BLOCKS; i++) {
                    final ByteBuffer block = ByteBuffer.allocate(BLOCK);
                    while (block.hasRemaining()) block.putInt(tag).putInt(i);
                    to.write(block.array());
                }
            });
            writers.add(writer);
            writer.start();
        }
        for (final Thread each : writers) each.join();
    }

    /** Each block whole, and those of one thread in its order. */
    private static void checkBlocks(final byte[] received) {
        final ByteBuffer all = ByteBuffer.wrap(received);
        final int[] next = new int[4];
        while (all.hasRemaining()) {
            final int tag = all.getInt();
            final int number = all.getInt();
            assertEquals(next[tag]++, number, "block of thread " + tag);
            for (int i = 0; i < BLOCK / 8 - 1; i++) {
                assertEquals(tag, all.getInt(), "contiguous");
                assertEquals(number, all.getInt(), "contiguous");
            }
        }
        assertArrayEquals(new int[] {BLOCKS, BLOCKS, BLOCKS, BLOCKS}, next);
    }

    // ---- one lock for all that works together -----------------------------------------------------------------------

    @Test
    @DisplayName("2.6: who shares a lock")
    void layersAndPartnersShareOneLock() throws Exception {
        loop.ask(() -> {
            final SocketBufferEvent plain = SocketBufferEvent.create(loop.base, null, Options.NONE);
            final FilterBufferEvent low = FilterBufferEvent.create(plain, null, null, Options.CLOSE_ON_FREE);
            assertNull(low.sharedLock());
            final FilterBufferEvent high =
                    FilterBufferEvent.create(low, null, null, Options.CLOSE_ON_FREE.with(Options.THREADSAFE));
            assertNotNull(high.sharedLock());
            assertSame(high.sharedLock(), low.sharedLock(), "an underlying without one receives it");
            assertSame(high.sharedLock(), plain.sharedLock());

            final SocketBufferEvent locked = SocketBufferEvent.create(loop.base, null, Options.THREADSAFE);
            final FilterBufferEvent over = FilterBufferEvent.create(locked, null, null, Options.CLOSE_ON_FREE);
            assertSame(locked.sharedLock(), over.sharedLock(), "that of the underlying");

            final PairBufferEvent[] pair = PairBufferEvent.create(loop.base, Options.NONE);
            final FilterBufferEvent left = FilterBufferEvent.create(pair[0], null, null, Options.CLOSE_ON_FREE);
            final FilterBufferEvent right =
                    FilterBufferEvent.create(pair[1], null, null, Options.CLOSE_ON_FREE.with(Options.THREADSAFE));
            assertSame(right.sharedLock(), pair[1].sharedLock());
            assertSame(right.sharedLock(), pair[0].sharedLock());
            assertSame(right.sharedLock(), left.sharedLock());

            final TlsBufferEvent tls = TlsBufferEvent.create(
                    loop.base,
                    null,
                    TlsFixture.client(Certificates.TLS_1_3),
                    TlsState.CONNECTING,
                    Options.CLOSE_ON_FREE.with(Options.THREADSAFE));
            assertSame(tls.sharedLock(), tls.below().sharedLock());
            for (final BufferEvent each : List.of(high, over, left, right, tls)) each.close();
            return null;
        });
        loop.ask(() -> null);
    }

    @Test
    @DisplayName("PAIR-08, IMP-20: both orders of freeing")
    void theLockOfAPairIsGivenBackWhoeverGoesFirst() throws Exception {
        for (int first = 0; first < 2; first++) {
            final int[] uses = {0};
            final ReentrantLock spy = new ReentrantLock() {
                @Override
                public void lock() {
                    uses[0]++;
                    super.lock();
                }

                @Override
                public boolean tryLock() {
                    uses[0]++;
                    return super.tryLock();
                }
            };
            final PairBufferEvent[] pair = PairBufferEvent.create(loop.base, Options.THREADSAFE, new SharedLock(spy));
            final PairBufferEvent gone = pair[first];
            final PairBufferEvent stays = pair[1 - first];
            final CountDownLatch ended = new CountDownLatch(1);
            stays.setCallbacks(null, null, (source, what, cause) -> {
                if (what.has(EventFlags.EOF)) ended.countDown();
            });
            stays.enable(Directions.READ);
            gone.write(bytes(10));
            loop.ask(() -> gone.flush(Directions.WRITE, FlushMode.FLUSH)); // unless a turn has moved them already
            gone.close();
            await(ended);
            loop.ask(() -> null);
            assertEquals(0, gone.references());
            assertArrayEquals(bytes(10), stays.input().copyToArray(), "the lock outlives the first of the two");
            stays.retain();
            stays.close();
            loop.ask(() -> null);
            assertEquals(10, stays.read(new byte[20], 0, 20), "and works while somebody holds the second");
            stays.release();
            loop.endTurn(); // what was queued for the end of a turn looks at the lock once more
            assertEquals(0, stays.references());
            final int last = uses[0];
            loop.ask(() -> null);
            loop.ask(() -> null);
            assertEquals(last, uses[0], "used after its last owner");
            assertFalse(spy.isLocked());
        }
    }

    @Test
    @DisplayName("DEF-09, BEV-22: pair, filter and TLS")
    void theLockIsHeldInCallbacksOfAllKindsUnlessUnlocked() throws Exception {
        for (final Options options : ALL) {
            final boolean[] held = new boolean[3];
            final CountDownLatch told = new CountDownLatch(3);
            loop.ask(() -> {
                for (int kind = 0; kind < 3; kind++) {
                    final int number = kind;
                    final PairBufferEvent[] pair = PairBufferEvent.create(loop.base, options);
                    final BufferEvent one;
                    final BufferEvent other;
                    if (kind == 0) {
                        one = pair[0];
                        other = pair[1];
                    } else if (kind == 1) {
                        one = FilterBufferEvent.create(pair[0], null, null, options.with(Options.CLOSE_ON_FREE));
                        other = FilterBufferEvent.create(pair[1], null, null, options.with(Options.CLOSE_ON_FREE));
                    } else {
                        one = TlsBufferEvent.over(
                                pair[0],
                                TlsFixture.client(Certificates.TLS_1_3),
                                TlsState.CONNECTING,
                                options.with(Options.CLOSE_ON_FREE));
                        other = TlsBufferEvent.over(
                                pair[1],
                                TlsFixture.server(Certificates.TLS_1_3),
                                TlsState.ACCEPTING,
                                options.with(Options.CLOSE_ON_FREE));
                    }
                    other.setCallbacks(
                            source -> {
                                held[number] = source.sharedLock().isMine();
                                source.close();
                                one.close();
                                told.countDown();
                            },
                            null,
                            null);
                    one.enable(Directions.READ);
                    other.enable(Directions.READ);
                    one.write(bytes(1));
                }
                return null;
            });
            await(told);
            for (int kind = 0; kind < 3; kind++) {
                assertEquals(!options.has(Options.UNLOCK_CALLBACKS), held[kind], options + ", kind " + kind);
            }
            loop.ask(() -> null);
        }
    }

    // ---- calls of any thread ----------------------------------------------------------------------------------------

    @Test
    @DisplayName("DEF-08: pair")
    void blocksCrossAPairWholeAndInOrder() throws Exception {
        for (final Options options : ALL) {
            final PairBufferEvent[] pair = PairBufferEvent.create(loop.base, options);
            final Collector collector = new Collector(4 * BLOCKS * BLOCK);
            pair[1].setWatermark(Directions.READ, 0, 1000);
            pair[1].setCallbacks(collector::take, null, null);
            pair[1].enable(Directions.READ);
            writeFromFourThreads(pair[0]);
            await(collector.full);
            checkBlocks(collector.bytes.array());
            pair[0].close();
            pair[1].close();
        }
        loop.ask(() -> null);
    }

    @Test
    @DisplayName("DEF-08: filter")
    void blocksCrossFiltersWholeAndInOrder() throws Exception {
        for (final Options options : ALL) {
            final Ends ends = connected();
            final SocketBufferEvent socket =
                    SocketBufferEvent.create(loop.base, ends.transport(), options.with(Options.CLOSE_ON_FREE));
            final FilterBufferEvent low =
                    FilterBufferEvent.create(socket, null, null, options.with(Options.CLOSE_ON_FREE));
            final FilterBufferEvent filter =
                    FilterBufferEvent.create(low, null, null, options.with(Options.CLOSE_ON_FREE));
            socket.setWatermark(Directions.WRITE, 500, 5000);
            final Thread writer = new Thread(() -> {
                try {
                    writeFromFourThreads(filter);
                } catch (final InterruptedException e) {
                    throw new AssertionError(e);
                }
            });
            writer.start();
            final ByteBuffer all = ByteBuffer.allocate(4 * BLOCKS * BLOCK);
            while (all.hasRemaining() && ends.peer().read(all) >= 0) Thread.onSpinWait();
            writer.join();
            checkBlocks(all.array());
            filter.closeAfterFlush(TimeUnit.SECONDS.toNanos(PATIENCE));
            assertEquals(-1, ends.peer().read(ByteBuffer.allocate(1)), "closed down to the socket");
        }
        loop.ask(() -> null);
    }

    @Test
    @DisplayName("DEF-08: TLS")
    void blocksCrossTlsWholeAndInOrder() throws Exception {
        for (final Options options : ALL) {
            final Options both = options.with(Options.CLOSE_ON_FREE);
            final Collector collector = new Collector(4 * BLOCKS * BLOCK);
            final CountDownLatch ended = new CountDownLatch(1);
            final TlsBufferEvent[] ends = new TlsBufferEvent[2];
            final Transport listening = loop.ask(() -> {
                final Transport opened = loop.base.openListener(null);
                opened.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 5);
                return opened;
            });
            sockets.add(listening);
            ends[0] = TlsBufferEvent.create(
                    loop.base, null, TlsFixture.client(Certificates.TLS_1_3), TlsState.CONNECTING, both);
            ends[0].enable(Directions.READ);
            ends[0].connect(listening.localAddress());
            final Transport accepted = loop.ask(() -> {
                Transport one = listening.accept();
                while (one == null) one = listening.accept();
                return one;
            });
            ends[1] = TlsBufferEvent.create(
                    loop.base, accepted, TlsFixture.server(Certificates.TLS_1_3), TlsState.ACCEPTING, both);
            ends[1].setCallbacks(collector::take, null, (source, what, cause) -> {
                if (what.has(EventFlags.EOF)) ended.countDown();
            });
            ends[1].enable(Directions.READ);
            writeFromFourThreads(ends[0]);
            await(collector.full);
            checkBlocks(collector.bytes.array());
            assertEquals(TlsFlags.NONE, ends[0].setFlags(TlsFlags.BATCH_WRITE));
            ends[0].closeAfterFlush(TimeUnit.SECONDS.toNanos(PATIENCE));
            await(ended);
            ends[1].close();
        }
        loop.ask(() -> null);
    }

    @Test
    @DisplayName("2.6: a lock that comes with a layer, inside a callback")
    void aLayerMadeInACallbackMakesAllOfItSafeAtOnce() throws Exception {
        final Ends ends = connected();
        final CountDownLatch made = new CountDownLatch(1);
        final FilterBufferEvent[] filter = {null};
        final SocketBufferEvent socket = loop.ask(() -> {
            final SocketBufferEvent plain =
                    SocketBufferEvent.create(loop.base, ends.transport(), Options.CLOSE_ON_FREE);
            plain.setCallbacks(
                    source -> {
                        filter[0] = FilterBufferEvent.create(source, null, null, UNLOCKED.with(Options.CLOSE_ON_FREE));
                        assertTrue(source.sharedLock().isMine(), "nobody comes in between before the turn is over");
                        made.countDown();
                    },
                    null,
                    null);
            plain.enable(Directions.READ);
            return plain;
        });
        ends.peer().write(ByteBuffer.wrap(new byte[1]));
        await(made);
        filter[0].write(bytes(10));
        socket.setTimeouts(BufferEvent.NO_TIMEOUT, 1_000_000_000_000L);
        final ByteBuffer answer = ByteBuffer.allocate(10);
        while (answer.hasRemaining() && ends.peer().read(answer) >= 0) Thread.onSpinWait();
        assertArrayEquals(bytes(10), answer.array());
        final Lock lock = socket.sharedLock().forBuffers();
        assertTrue(lock.tryLock(PATIENCE, TimeUnit.SECONDS), "free after the turn");
        lock.unlock();
        filter[0].close();
        assertEquals(-1, ends.peer().read(ByteBuffer.allocate(1)));
    }

    @Test
    @DisplayName("1842: a buffer outlives its BufferEvent")
    void aBufferThatSomebodyKeepsStillHasItsLock() throws Exception {
        final PairBufferEvent[] pair = PairBufferEvent.create(loop.base, Options.THREADSAFE);
        pair[0].write(bytes(10));
        pair[1].enable(Directions.READ);
        loop.ask(() -> pair[0].flush(Directions.WRITE, FlushMode.FLUSH));
        final EvBuffer kept = pair[1].input();
        pair[1].retain();
        pair[0].close();
        pair[1].close();
        loop.ask(() -> null);
        assertArrayEquals(bytes(10), kept.copyToArray());
        kept.drain(10);
        pair[1].release();
        loop.ask(() -> null);
    }

    @Test
    @DisplayName("BEV-19, L1: the last reference is given back while another thread has the lock")
    void whoeverIsLastEndsALayerOnce() throws Exception {
        final PairBufferEvent[] pair = PairBufferEvent.create(loop.base, Options.THREADSAFE);
        final FilterBufferEvent filter = FilterBufferEvent.create(pair[0], null, null, Options.THREADSAFE);
        filter.retain();
        filter.close();
        loop.ask(() -> null);
        pair[0].lock();
        final Thread last = new Thread(filter::release);
        last.start();
        while (filter.references() != 0) Thread.onSpinWait(); // it waits for the lock now, or has left it to the loop
        filter.lock();
        filter.unlock();
        pair[0].unlock();
        last.join();
        loop.ask(() -> null);
        assertFalse(pair[0].isClosed(), "the reference of the layer was given back twice");
        assertEquals(1, pair[0].references());
        pair[0].close();
        pair[1].close();
        loop.ask(() -> null);
    }

    @Test
    @DisplayName("IMP-16: the last references, given back crosswise in callbacks of two loops")
    void givingBackTheLastReferenceWaitsForNobody() throws Exception {
        final LoopThread other = new LoopThread(method);
        try {
            final CyclicBarrier both = new CyclicBarrier(2);
            final CountDownLatch done = new CountDownLatch(2);
            final PairBufferEvent[][] pairs = {
                PairBufferEvent.create(loop.base, Options.THREADSAFE),
                PairBufferEvent.create(other.base, Options.THREADSAFE),
            };
            for (int i = 0; i < 2; i++) {
                final PairBufferEvent theirs = pairs[1 - i][1];
                theirs.retain();
                theirs.close();
                pairs[i][0].setCallbacks(
                        source -> {
                            both.await(PATIENCE, TimeUnit.SECONDS);
                            theirs.release();
                            done.countDown();
                        },
                        null,
                        null);
            }
            for (final PairBufferEvent[] pair : pairs) {
                pair[0].trigger(Directions.READ, TriggerOptions.DEFER.with(TriggerOptions.IGNORE_WATERMARKS));
            }
            await(done);
            for (final PairBufferEvent[] pair : pairs) pair[0].close();
            loop.ask(() -> null);
            other.ask(() -> null);
            for (final PairBufferEvent[] pair : pairs) assertEquals(0, pair[1].references());
        } finally {
            other.close();
        }
    }
}
