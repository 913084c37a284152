package io.evbuffer.bufferevent;

import static io.evbuffer.bufferevent.SocketBasicsTest.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.bufferevent.LoopFixture.Connection;
import io.evbuffer.event.EachBackend;
import io.evbuffer.event.EventBase;
import io.evbuffer.event.EventConfig;
import io.evbuffer.memory.SlabPool;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A BufferEvent that moves to another base: contract 4.6, scenario SOC-21. */
@EachBackend
@Timeout(120)
class BaseChangeTest {
    @RegisterExtension
    final LoopFixture loop;

    private final String method;
    private SlabPool pool;
    private EventBase other;

    BaseChangeTest(final String method) {
        this.method = method;
        loop = new LoopFixture(method);
    }

    @BeforeEach
    void openOther() {
        pool = SlabPool.builder().name("the other base's").build();
        other = EventBase.open(
                EventConfig.create().ignoreEnvironment().onlyMethod(method).pool(pool));
    }

    @AfterEach
    void closeOther() {
        other.close();
        assertEquals(0, pool.stats().segmentsInUse(), () -> "segments not home: " + pool.liveSegments());
        pool.close();
    }

    private void turnOther() {
        other.loop(EventBase.ONCE | EventBase.NONBLOCK);
    }

    private void refused(final BufferEvent s) {
        final EventBase before = s.base();
        final Directions enabled = s.enabled();
        assertThrows(IllegalStateException.class, () -> s.base(other));
        assertSame(before, s.base());
        assertEquals(enabled, s.enabled());
    }

    @Test
    @DisplayName("SOC-21: idle")
    void anIdleOneMovesAndRunsOnTheOtherBase() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final SocketBufferEvent s = c.socket();
        final Journal journal = Journal.of(s);
        s.enable(Directions.READ);
        c.peer().send(bytes(10));
        loop.until(() -> journal.received.size() == 10); // registered there once
        s.disable(Directions.BOTH);
        loop.turns(3);
        journal.lines.clear();
        s.write(bytes(7));
        s.setTimeouts(1000 * LoopFixture.MS, 1000 * LoopFixture.MS);
        s.setRateLimit(new TokenBucketCfg(1 << 20, 1 << 20, 1 << 20, 1 << 20));

        s.base(other);
        assertSame(other, s.base());
        s.enable(Directions.BOTH);
        c.peer().send(bytes(20));
        loop.turns(10);
        assertEquals(10, journal.received.size(), "the old base has no part in it");
        assertEquals(0, c.peer().received());
        while (journal.received.size() < 30 || c.peer().received() < 7) turnOther();
        assertTrue(pool.stats().taken() > 0, "its memory is the other base's");
        s.close();
    }

    @Test
    @DisplayName("SOC-21: READ enabled")
    void oneThatReadsStaysAndGoesOn() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final Journal journal = Journal.of(c.socket());
        c.socket().enable(Directions.READ);
        refused(c.socket());
        c.peer().send(bytes(10));
        loop.until(() -> journal.received.size() == 10);
        assertArrayEquals(bytes(10), journal.received.toByteArray());
    }

    @Test
    @DisplayName("4.6: whatever is registered")
    void whatIsUnderWayKeepsIt() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final SocketBufferEvent s = c.socket();
        s.write(bytes(10));
        refused(s); // its output leaves at the end of the turn
        loop.until(() -> c.peer().received() == 10);
        loop.turns(3);
        s.probePeerClose(true);
        if ((loop.base().features() & EventBase.FEATURE_EARLY_CLOSE) != 0) refused(s);
        s.probePeerClose(false);
        s.setCallbacks(source -> {}, null, null);
        s.trigger(Directions.READ, TriggerOptions.DEFER);
        refused(s); // a notice waits
        loop.turns(2);
        s.backPressure((source, above) -> {});
        s.disable(Directions.WRITE);
        s.setWatermark(Directions.WRITE, 0, 5);
        s.write(bytes(5));
        refused(s); // and another one
        loop.turns(2);

        final SocketBufferEvent without = loop.track(SocketBufferEvent.create(loop.base(), null, Options.NONE));
        without.setTimeouts(1000 * LoopFixture.MS, BufferEvent.NO_TIMEOUT);
        without.enable(Directions.READ);
        refused(without); // its read timer runs
        without.disable(Directions.READ);
        final SocketBufferEvent connecting =
                loop.track(SocketBufferEvent.create(loop.base(), null, Options.CLOSE_ON_FREE));
        connecting.connect(loop.listen().getLocalAddress());
        refused(connecting);

        s.base(other);
        without.base(other);
        assertSame(other, s.base());
        assertSame(other, without.base());
        s.close();
        without.close();
    }

    @Test
    @DisplayName("4.6: other kinds, closed ones")
    void onlyALiveSocketOnItsOwnMoves() throws IOException {
        final PairBufferEvent[] pair = loop.pair(Options.NONE);
        refused(pair[0]);
        final Connection c = loop.connection(Options.NONE);
        final FilterBufferEvent filter = loop.filter(c.socket(), null, null, Options.NONE);
        loop.turns(3);
        refused(filter);
        refused(c.socket());
        filter.close();
        loop.turns(3);
        c.socket().disable(Directions.READ);
        final SlabPool spare = SlabPool.builder().build();
        final EventBase closed = EventBase.open(
                EventConfig.create().ignoreEnvironment().onlyMethod(method).pool(spare));
        closed.close();
        assertThrows(IllegalStateException.class, () -> c.socket().base(closed));
        assertSame(loop.base(), c.socket().base());
        spare.close();
        c.socket().close();
        assertThrows(IllegalStateException.class, () -> c.socket().base(other));
    }

    @Test
    @DisplayName("4.6: priorities")
    void thePriorityIsTheMiddleOneUnlessAnotherWasSet() throws IOException {
        loop.base().priorityInit(8);
        final SocketBufferEvent usual = loop.connection(Options.NONE).socket();
        final SocketBufferEvent low = loop.connection(Options.NONE).socket();
        low.priority(7);
        assertThrows(IllegalArgumentException.class, () -> low.base(other));
        assertSame(loop.base(), low.base());
        other.priorityInit(3);
        low.priority(2);
        low.base(other);
        usual.base(other);
        assertEquals(2, low.priority());
        assertEquals(1, usual.priority());
        low.close();
        usual.close();
    }

    @Test
    @DisplayName("4.6: a loop on another thread")
    void aLoopOfAnotherThreadTakesItOver() throws Exception {
        final Connection c = loop.connection(Options.NONE);
        final SocketBufferEvent s = c.socket();
        final CountDownLatch echoed = new CountDownLatch(1);
        final Thread thread = new Thread(() -> other.loop(EventBase.NO_EXIT_ON_EMPTY));
        other.addVirtual();
        thread.start();
        s.setCallbacks(source -> source.writeBuffer(source.input()), source -> echoed.countDown(), null);
        s.base(other);
        other.execute(() -> s.enable(Directions.READ));
        c.peer().send(bytes(100));
        assertTrue(echoed.await(60, TimeUnit.SECONDS));
        final CountDownLatch closed = new CountDownLatch(1);
        other.execute(() -> {
            s.close();
            closed.countDown();
        });
        assertTrue(closed.await(60, TimeUnit.SECONDS));
        loop.until(() -> c.peer().received() == 100);
        other.requestStop();
        other.loopBreak();
        thread.join();
        assertFalse(other.isRunning());
        assertEquals(List.of(), loop.takeFailures());
    }

    @Test
    @DisplayName("4.6: the old base is closed")
    void theOldBaseMayGo() throws IOException {
        final SlabPool oldPool = SlabPool.builder().build();
        final EventBase old = EventBase.open(
                EventConfig.create().ignoreEnvironment().onlyMethod(method).pool(oldPool));
        final LoopFixture.Ends ends = loop.ends(old);
        final SocketBufferEvent s = SocketBufferEvent.create(old, ends.transport(), Options.NONE);
        s.base(other);
        old.close();
        oldPool.close();
        assertFalse(s.isClosed());
        s.write(bytes(10));
        while (ends.peer().received() < 10) turnOther();
        s.close();
    }

    private static void onAnotherThread(final Runnable call) {
        final Thread thread = new Thread(call);
        thread.start();
        try {
            thread.join();
        } catch (final InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    @DisplayName("4.6, IMP-16: calls of another thread meet the change")
    void whatOthersAskForMeanwhileIsTheNewLoops() throws IOException {
        final Connection c = loop.connection(Options.THREADSAFE);
        final SocketBufferEvent s = c.socket();
        loop.base().execute(() -> {
            c.transport().whenAsked =
                    () -> onAnotherThread(() -> s.write(bytes(7))); // the lock is busy with the change
            s.base(other);
            onAnotherThread(() -> s.write(bytes(5)));
        });
        loop.turns(5);
        assertSame(other, s.base());
        assertEquals(0, s.output().length(), "the old loop has made it up");
        while (c.peer().received() < 12) turnOther();
        onAnotherThread(() -> s.write(bytes(3)));
        while (c.peer().received() < 15) turnOther();
        s.close();
    }

    @Test
    @DisplayName("4.6: another thread than that of the loop")
    void onlyTheLoopOfTheOldBaseGivesItAway() throws IOException {
        final SocketBufferEvent s = loop.connection(Options.THREADSAFE).socket();
        loop.base().execute(() -> onAnotherThread(() -> refused(s)));
        loop.turns(3);
        assertSame(loop.base(), s.base());
    }
}
