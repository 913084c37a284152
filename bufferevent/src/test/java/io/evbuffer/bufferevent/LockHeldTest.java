package io.evbuffer.bufferevent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Who holds the lock, who waits for whom, and whose reference is the last: contract 2.5, 2.6 and IMP-16. */
@Timeout(120)
class LockHeldTest {
    private static final int BATCHES = 20;
    private static final int BATCH = 1_000;

    @RegisterExtension
    final LoopFixture loop = new LoopFixture();

    private final ExecutorService others = Executors.newFixedThreadPool(2);

    @AfterEach
    void endOthers() {
        others.shutdownNow();
    }

    private static byte[] text(final String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Another thread calls while this one has the lock: its call waits for the loop, which does not turn. */
    private void postedBehind(final BufferEvent s, final Runnable call) throws Exception {
        s.lock();
        try {
            others.submit(call).get();
        } finally {
            s.unlock();
        }
    }

    @Test
    void callsWithTheLockAreOneStepWhateverOthersCallMeanwhile() throws Exception {
        final PairBufferEvent[] pair = loop.pair(Options.THREADSAFE);
        final PairBufferEvent s = pair[0];
        final Journal journal = Journal.of(pair[1]);
        pair[1].enable(Directions.READ);
        s.lock();
        try {
            s.write(text("one "));
            others.submit(() -> s.write(text(" another"))).get();
            s.write(text("step"));
        } finally {
            s.unlock();
        }
        loop.until(() -> journal.received.size() >= "one step another".length());
        assertArrayEquals(text("one step another"), journal.received.toByteArray());
    }

    @Test
    void aFlushWhileCallsWaitAndNoLoopRunsEnds() throws Exception {
        final PairBufferEvent[] pair = loop.pair(Options.THREADSAFE);
        final Journal journal = Journal.of(pair[1]);
        pair[1].enable(Directions.READ);
        postedBehind(pair[0], () -> pair[0].write(text("first")));
        pair[0].flush(Directions.WRITE, FlushMode.FLUSH);
        loop.until(() -> journal.received.size() >= "first".length());
        assertArrayEquals(text("first"), journal.received.toByteArray());
    }

    @Test
    void withTheLockAndNothingBeforeItACallTakesEffectAtOnce() throws Exception {
        final SocketBufferEvent s = loop.create(null, Options.THREADSAFE);
        others.submit(() -> {
                    s.lock();
                    try {
                        s.write(text("now"));
                        assertEquals(3, s.output().length());
                        s.close();
                        assertTrue(s.isClosed());
                    } finally {
                        s.unlock();
                    }
                })
                .get();
    }

    @Test
    void errorsOutOfATurnLeaveNoLockWithTheLoop() throws Exception {
        final PairBufferEvent[] pair = loop.pair(Options.NONE);
        final FilterBufferEvent[] filter = new FilterBufferEvent[1];
        loop.base()
                .once(
                        (event, result) -> {
                            loop.base().atTurnEnd(() -> {
                                throw new InternalError("at the end of the turn");
                            });
                            loop.base().atTurnEnd(() -> {
                                throw new InternalError("and another one");
                            });
                            filter[0] = loop.filter(pair[0], null, null, Options.THREADSAFE);
                            throw new InternalError("out of a callback");
                        },
                        null,
                        0);
        for (int errors = 0; errors < 3; errors++) {
            try {
                loop.turns(1);
            } catch (final InternalError e) {
                continue;
            }
            break;
        }
        others.submit(() -> {
                    filter[0].lock(); // would wait for ever
                    filter[0].unlock();
                })
                .get();
    }

    @Test
    void ofTwoThreadsThatReleaseOnceTooOftenOneIsTold() throws Exception {
        final AtomicInteger arrived = new AtomicInteger();
        for (int batch = 0; batch < BATCHES; batch++) {
            final List<SocketBufferEvent> all = new ArrayList<>();
            for (int i = 0; i < BATCH; i++) {
                all.add(SocketBufferEvent.create(loop.base(), null, Options.THREADSAFE));
            }
            final int before = 2 * batch * BATCH;
            final Future<Integer> one = others.submit(() -> releaseEach(all, arrived, before));
            final Future<Integer> other = others.submit(() -> releaseEach(all, arrived, before));
            assertEquals(BATCH, one.get() + other.get(), "each has one reference, which is given back once");
            loop.turns(2);
        }
    }

    /** Releases one after the other, each at the same time as another thread. Returns how many were released. */
    private static int releaseEach(
            final List<SocketBufferEvent> all, final AtomicInteger arrived, final int arrivedBefore) {
        int released = 0;
        int expected = arrivedBefore;
        for (final SocketBufferEvent each : all) {
            expected += 2;
            arrived.incrementAndGet();
            while (arrived.get() < expected) {
                Thread.onSpinWait();
            }
            try {
                each.release();
                released++;
            } catch (final IllegalStateException noneLeft) {
                // the other thread has given it back
            }
        }
        return released;
    }
}
