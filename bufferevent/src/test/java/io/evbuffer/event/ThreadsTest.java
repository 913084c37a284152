package io.evbuffer.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Calls from other threads: reactor.md section 12. The clock stands still while the loop sleeps, so whatever makes it go on
 * was not the time.
 */
class ThreadsTest extends ScriptedTest {
    @FunctionalInterface
    private interface Action {
        void run() throws Exception;
    }

    private static FutureTask<Void> inThread(final Action action) {
        final FutureTask<Void> task = new FutureTask<>(() -> {
            action.run();
            return null;
        });
        Thread.ofPlatform().daemon().start(task);
        return task;
    }

    private static void await(final CountDownLatch latch) throws InterruptedException {
        assertTrue(latch.await(60, TimeUnit.SECONDS));
    }

    /** An event whose callback waits until it is let go. */
    private final class Blocking {
        final CountDownLatch started = new CountDownLatch(1);
        final CountDownLatch goOn = new CountDownLatch(1);
        final AtomicInteger runs = new AtomicInteger();
        final Event event;

        Blocking(final int what, final Action after) {
            event = new Event(
                    base,
                    5,
                    what,
                    (self, result) -> {
                        runs.incrementAndGet();
                        started.countDown();
                        await(goOn);
                        after.run();
                    },
                    null);
            event.add();
            backend.ready(5, Event.READ);
        }
    }

    private static void awaitState(final Thread thread, final Thread.State state) {
        while (thread.getState() != state) Thread.onSpinWait();
    }

    @Test
    @DisplayName("RS-138: a hundred threads arm timers and wait for them, on one loop")
    void manyTimers() throws Exception {
        base.close();
        final AtomicInteger runs = new AtomicInteger();
        try (EventBase real = EventBase.open()) {
            real.addVirtual();
            final FutureTask<LoopResult> loop = new FutureTask<>(real::dispatch);
            Thread.ofPlatform().daemon().start(loop);
            final List<FutureTask<Void>> threads = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                threads.add(inThread(() -> {
                    for (int round = 0; round < 100; round++) {
                        final CountDownLatch ran = new CountDownLatch(1);
                        final Event timer = Event.newTimer(
                                real,
                                (event, result) -> {
                                    runs.incrementAndGet();
                                    ran.countDown();
                                },
                                null);
                        timer.add(3 * MILLI);
                        await(ran);
                    }
                }));
            }
            for (final FutureTask<Void> thread : threads) thread.get(120, TimeUnit.SECONDS);
            real.delVirtual();
            assertEquals(LoopResult.EMPTY, await(loop));
            real.checkIntegrity();
        }
        assertEquals(10_000, runs.get());
    }

    @Test
    @DisplayName("RS-139, EVT-14: a del from another thread waits for the callback that runs")
    void delWaits() throws Exception {
        final Blocking blocking = new Blocking(Event.READ | Event.PERSIST, () -> {});
        final FutureTask<LoopResult> loop = start(0);
        await(blocking.started);
        final FutureTask<Boolean> del = new FutureTask<>(blocking.event::del);
        final Thread deleter = Thread.ofPlatform().start(del);
        awaitState(deleter, Thread.State.WAITING);
        assertFalse(del.isDone());
        assertEquals(0, blocking.event.pending(Event.READ)); // taken back first, waited for second
        blocking.goOn.countDown();
        assertTrue(await(del));
        assertNull(base.runningEvent());
        assertEquals(LoopResult.EMPTY, await(loop));
        assertEquals(1, blocking.runs.get());
    }

    @Test
    @DisplayName("EVT-14: a del that is interrupted waits all the same, sleeping, and leaves the interrupt to be seen")
    void interruptedDelWaits() throws Exception {
        final Blocking blocking = new Blocking(Event.READ | Event.PERSIST, () -> {});
        final FutureTask<LoopResult> loop = start(0);
        await(blocking.started);
        final FutureTask<Boolean> seen = new FutureTask<>(() -> {
            Thread.currentThread().interrupt();
            blocking.event.del();
            return Thread.interrupted() && blocking.goOn.getCount() == 0;
        });
        final Thread deleter = Thread.ofPlatform().start(seen);
        awaitState(deleter, Thread.State.WAITING);
        deleter.interrupt();
        while (deleter.isInterrupted()) Thread.onSpinWait(); // until it has seen that one too
        awaitState(deleter, Thread.State.WAITING);
        assertFalse(seen.isDone());
        blocking.goOn.countDown();
        assertTrue(await(seen));
        assertEquals(LoopResult.EMPTY, await(loop));
        assertEquals(1, blocking.runs.get());
    }

    @Test
    @DisplayName("DEV-20: what the callback adds again, a waiting del takes back")
    void delTakesBackWhatTheCallbackAdds() throws Exception {
        final Event[] self = new Event[1];
        final Blocking blocking = new Blocking(Event.READ, () -> {
            self[0].add(HOUR);
            self[0].active(Event.READ);
        });
        self[0] = blocking.event;
        final FutureTask<LoopResult> loop = start(0);
        await(blocking.started);
        final Thread deleter = Thread.ofPlatform().start(blocking.event::del);
        awaitState(deleter, Thread.State.WAITING);
        blocking.goOn.countDown();
        deleter.join();
        assertEquals(0, blocking.event.pending(Event.READ | Event.TIMEOUT));
        assertEquals(LoopResult.EMPTY, await(loop));
        assertEquals(1, blocking.runs.get());
    }

    @Test
    @DisplayName("RS-146: an event with FINALIZE, and delNoblock, do not wait; delBlock does, or gives up")
    void delVariants() throws Exception {
        final Blocking blocking = new Blocking(Event.READ | Event.PERSIST | Event.FINALIZE, () -> {});
        final FutureTask<LoopResult> loop = start(0);
        await(blocking.started);
        assertTrue(blocking.event.del());
        assertFalse(blocking.event.delNoblock());
        assertFalse(blocking.event.delBlock(1));
        final FutureTask<Boolean> block = new FutureTask<>(() -> blocking.event.delBlock(HOUR));
        final Thread blocked = Thread.ofPlatform().start(block);
        awaitState(blocked, Thread.State.TIMED_WAITING);
        blocking.goOn.countDown();
        assertTrue(await(block));
        assertEquals(LoopResult.EMPTY, await(loop));
    }

    @Test
    @DisplayName("RS-147: in its own callback no del waits")
    void ownThread() {
        final Event event = Event.newPeriodic(
                base,
                (self, result) -> {
                    assertTrue(self.del());
                    assertFalse(self.delNoblock());
                    self.delBlock();
                    assertTrue(self.delBlock(HOUR));
                    log.add("run");
                },
                null);
        event.add(MILLI);
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("run"), log);
    }

    @Test
    @DisplayName("DEV-21: adding and asking do not wait for a callback that runs")
    void othersNeverWait() throws Exception {
        final Blocking blocking = new Blocking(Event.READ, () -> backend.ready(5, 0));
        final FutureTask<LoopResult> loop = start(0);
        await(blocking.started);
        blocking.event.add(HOUR);
        assertEquals(Event.READ | Event.TIMEOUT, blocking.event.pending(Event.READ | Event.TIMEOUT));
        assertTrue(blocking.event.removeTimer());
        blocking.event.priority(0);
        backend.sleepForReal(); // first: from here on the loop may come to its next poll at any time
        blocking.goOn.countDown();
        blocking.event.del();
        assertEquals(LoopResult.EMPTY, await(loop));
    }

    /** A loop asleep on something an hour away must leave with {@code expected} when another thread acts. */
    private void wakes(final Event keepsAlive, final Action action, final LoopResult expected) throws Exception {
        backend.sleepForReal();
        if (keepsAlive != null) keepsAlive.add(HOUR);
        final FutureTask<LoopResult> loop = start(0);
        backend.awaitSleep();
        action.run();
        assertEquals(expected, await(loop));
        assertEquals(1, base.metrics().wakeUpsSent());
        assertEquals(1, backend.wakeUpsReceived);
    }

    @Test
    @DisplayName("RS-140: deleting the last event wakes the loop, which leaves")
    void lastEvent() throws Exception {
        final Event sentinel = reader(Event.NO_DESCRIPTOR, "sentinel");
        backend.sleepForReal();
        sentinel.add();
        final FutureTask<LoopResult> loop = start(0);
        backend.awaitSleep();
        sentinel.del();
        assertEquals(LoopResult.EMPTY, await(loop));
    }

    @Test
    @DisplayName("RS-141, DEV-9: so does deleting the last timer")
    void lastTimer() throws Exception {
        final Event timer = Event.newPeriodic(base, note("x"), null);
        wakes(timer, timer::del, LoopResult.EMPTY);
    }

    @Test
    @DisplayName("DEV-9: so does removing the timer of the last event")
    void lastRemovedTimer() throws Exception {
        final Event timer = timer("x");
        wakes(timer, timer::removeTimer, LoopResult.EMPTY);
    }

    @Test
    @DisplayName("RS-142: a break wakes the loop")
    void breakWakes() throws Exception {
        wakes(timer("x"), base::loopBreak, LoopResult.STOPPED);
        assertEquals(1, base.countEvents(COUNT_ALL));
    }

    @Test
    @DisplayName("A requested stop and an exit wake the loop")
    void stopWakes() throws Exception {
        wakes(timer("x"), base::requestStop, LoopResult.STOPPED);
        assertEquals(LoopResult.STOPPED, startAndAct(base::loopExit));
    }

    private LoopResult startAndAct(final Action action) throws Exception {
        final FutureTask<LoopResult> loop = start(0);
        backend.awaitSleep();
        action.run();
        return await(loop);
    }

    @Test
    @DisplayName("RS-143: an earlier timer shortens the sleep")
    void earlierTimer() throws Exception {
        backend.sleepForReal();
        final Event late = timer("late");
        late.add(10_000 * MILLI);
        final FutureTask<LoopResult> loop = start(EventBase.ONCE);
        backend.awaitSleep();
        timer("early").add(20 * MILLI);
        backend.awaitSleep();
        assertEquals(20 * MILLI, backend.lastWait());
        clock.advanceMillis(20);
        backend.wakeUp(); // the end of the wait
        assertEquals(LoopResult.STOPPED, await(loop));
        assertEquals(List.of("early@20"), log);
        late.del();
    }

    @Test
    @DisplayName("RS-144, BTR-3: later timers send no wake-up")
    void laterTimers() throws Exception {
        backend.sleepForReal();
        final Event first = timer("first");
        first.add(100 * MILLI);
        final FutureTask<LoopResult> loop = start(0);
        backend.awaitSleep();
        final List<Event> timers = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            final Event event = timer("x");
            event.add(1_000 * MILLI);
            timers.add(event);
        }
        first.add(2_000 * MILLI); // losing the earliest one neither
        for (final Event event : timers) event.del();
        assertEquals(0, base.metrics().wakeUpsSent());
        first.del();
        assertEquals(LoopResult.EMPTY, await(loop));
        assertEquals(1, base.metrics().wakeUpsSent());
    }

    @Test
    @DisplayName("A timer added while the earliest is overdue wakes the loop")
    void overdueTimer() throws Exception {
        backend.sleepForReal();
        final Event first = timer("first");
        first.add(100 * MILLI);
        final FutureTask<LoopResult> loop = start(EventBase.ONCE);
        backend.awaitSleep();
        clock.advanceMillis(500); // the machine was suspended
        final Event second = timer("second");
        second.add(HOUR);
        assertEquals(LoopResult.STOPPED, await(loop));
        assertEquals(List.of("first@500"), log);
        second.del();
    }

    @Test
    @DisplayName("RS-145, BTR-3: while the loop is busy no wake-up is sent, and every activation runs")
    void merging() throws Exception {
        final CountDownLatch busy = new CountDownLatch(1);
        final CountDownLatch goOn = new CountDownLatch(1);
        base.execute(() -> {
            busy.countDown();
            try {
                await(goOn);
            } catch (final InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        final AtomicInteger runs = new AtomicInteger();
        final FutureTask<LoopResult> loop = start(0);
        await(busy);
        final List<FutureTask<Void>> threads = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            threads.add(inThread(() -> {
                for (int n = 0; n < 125; n++) {
                    Event.newUser(base, (event, result) -> runs.incrementAndGet(), null)
                            .trigger();
                }
            }));
        }
        for (final FutureTask<Void> thread : threads) thread.get(60, TimeUnit.SECONDS);
        assertEquals(0, base.metrics().wakeUpsSent());
        goOn.countDown();
        assertEquals(LoopResult.EMPTY, await(loop));
        assertEquals(1000, runs.get());
        assertEquals(0, base.metrics().wakeUpsSent());
    }

    @Test
    @DisplayName("EVT-29, EVT-30: one wake-up is sent per sleep, whatever is asked")
    void onePerSleep() throws Exception {
        backend.sleepForReal();
        final CountDownLatch inPoll = new CountDownLatch(1);
        final CountDownLatch leavePoll = new CountDownLatch(1);
        backend.atPoll(() -> {
            inPoll.countDown();
            try {
                await(leavePoll);
            } catch (final InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        final Event timer = timer("x");
        timer.add(HOUR);
        final FutureTask<LoopResult> loop = start(0);
        await(inPoll);
        user("first").trigger();
        user("second").trigger();
        base.execute(() -> log.add("third"));
        new DeferredCallback(() -> log.add("fourth")).schedule(base);
        base.loopContinue();
        base.atTurnEnd(() -> log.add("turn end"));
        timer.del();
        leavePoll.countDown();
        assertEquals(LoopResult.EMPTY, await(loop));
        assertEquals(1, base.metrics().wakeUpsSent());
        assertTrue(base.metrics().wakeUpsMerged() >= 5);
        // loopContinue ends the pass after its first callback
        assertEquals(List.of("first", "turn end", "second", "third", "fourth"), log);
    }

    @Test
    @DisplayName("RS-073: interest from another thread is applied at once")
    void interestFromOutside() throws Exception {
        final Event keeps = timer("x");
        backend.sleepForReal();
        keeps.add(HOUR);
        backend.ready(5, Event.READ);
        final FutureTask<LoopResult> loop = start(EventBase.ONCE);
        backend.awaitSleep();
        reader(5, "read").add();
        assertEquals(LoopResult.STOPPED, await(loop));
        assertEquals(List.of("read:" + Event.READ), log);
        keeps.del();
    }

    @Test
    @DisplayName("Interest that makes no difference to the backend sends no wake-up")
    void sameInterest() throws Exception {
        backend.sleepForReal();
        final Event first = persistent(5, Event.READ, "first");
        first.add();
        final FutureTask<LoopResult> loop = start(0);
        backend.awaitSleep();
        final Event second = persistent(5, Event.READ, "second");
        second.add();
        second.del();
        assertEquals(0, base.metrics().wakeUpsSent());
        first.del();
        assertEquals(LoopResult.EMPTY, await(loop));
    }

    @Test
    @DisplayName("RS-152: taking back the last virtual event wakes the loop")
    void virtual() throws Exception {
        backend.sleepForReal();
        base.addVirtual();
        base.addVirtual();
        final FutureTask<LoopResult> loop = start(0);
        backend.awaitSleep();
        base.delVirtual();
        assertEquals(0, base.metrics().wakeUpsSent());
        base.delVirtual();
        assertEquals(LoopResult.EMPTY, await(loop));
    }

    @Test
    @DisplayName("RS-148: twenty threads each with a base of their own do not disturb each other")
    void parallelBases() throws Exception {
        final List<FutureTask<Void>> threads = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            threads.add(inThread(() -> {
                for (int round = 0; round < 5; round++) {
                    final AtomicInteger runs = new AtomicInteger();
                    try (EventBase own = EventBase.open()) {
                        own.execute(runs::incrementAndGet);
                        Event.newTimer(own, (event, result) -> runs.incrementAndGet(), null)
                                .add(1);
                        assertEquals(LoopResult.EMPTY, own.dispatch());
                    }
                    assertEquals(2, runs.get());
                }
            }));
        }
        for (final FutureTask<Void> thread : threads) thread.get(60, TimeUnit.SECONDS);
    }

    @Test
    @DisplayName("EVT-10: callbacks of one base never overlap, however many threads activate")
    void noOverlap() throws Exception {
        final AtomicInteger inside = new AtomicInteger();
        final AtomicInteger overlaps = new AtomicInteger();
        final AtomicInteger runs = new AtomicInteger();
        base.addVirtual();
        backend.sleepForReal();
        final FutureTask<LoopResult> loop = start(0);
        final List<FutureTask<Void>> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            threads.add(inThread(() -> {
                for (int n = 0; n < 2_000; n++) {
                    base.execute(() -> {
                        if (inside.incrementAndGet() != 1) overlaps.incrementAndGet();
                        runs.incrementAndGet();
                        inside.decrementAndGet();
                    });
                }
            }));
        }
        for (final FutureTask<Void> thread : threads) thread.get(60, TimeUnit.SECONDS);
        base.delVirtual();
        assertEquals(LoopResult.EMPTY, await(loop));
        assertEquals(8_000, runs.get());
        assertEquals(0, overlaps.get());
    }

    @Test
    @DisplayName("RS-150, BTR-15: an interrupt neither ends the loop nor makes it spin, and is kept for the caller")
    void interrupt() throws Exception {
        backend.sleepForReal();
        final Event timer = timer("timer");
        timer.add(1_000 * MILLI);
        final boolean[] kept = new boolean[1];
        final FutureTask<LoopResult> loop = new FutureTask<>(() -> {
            final LoopResult result = base.dispatch();
            kept[0] = Thread.interrupted();
            return result;
        });
        final Thread thread = Thread.ofPlatform().daemon().start(loop);
        backend.awaitSleep();
        thread.interrupt();
        backend.awaitSleep();
        clock.advanceMillis(1_000);
        backend.wakeUp();
        assertEquals(LoopResult.EMPTY, await(loop));
        assertEquals(2, backend.polls);
        assertTrue(kept[0]);
        assertEquals(List.of("timer@1000"), log);
    }

    @Test
    @DisplayName("With NOLOCK everything works on one thread")
    void noLock() {
        reopen(EventConfig.create().flags(EventConfig.NOLOCK));
        timer("timer").add(10 * MILLI);
        reader(5, "read").add();
        backend.ready(5, Event.READ);
        base.execute(() -> log.add("task"));
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("task", "read:" + Event.READ, "timer@10"), log);
    }

    @Test
    @DisplayName("BTR-20: activating from another thread allocates nothing, and waits for no callback")
    void activationAllocatesNothing() throws Exception {
        final CountDownLatch inCallback = new CountDownLatch(1);
        final CountDownLatch mayEnd = new CountDownLatch(1);
        final Event busy = Event.newUser(
                base,
                (event, result) -> {
                    inCallback.countDown();
                    assertTrue(mayEnd.await(60, TimeUnit.SECONDS));
                },
                null);
        final Event event = user("event");
        busy.trigger();
        final FutureTask<LoopResult> loop = start(0);
        assertTrue(inCallback.await(60, TimeUnit.SECONDS));
        for (int i = 0; i < 20_000; i++) activateAndTakeBack(event);
        final long before = Allocations.ofThisThread();
        for (int i = 0; i < 20_000; i++) activateAndTakeBack(event);
        final long bytes = Allocations.ofThisThread() - before;
        mayEnd.countDown();
        await(loop);
        assertTrue(bytes < 4096, "allocated: " + bytes);
        assertEquals(List.of("event"), log);
    }

    private static void activateAndTakeBack(final Event event) {
        event.trigger();
        event.active(Event.READ);
        event.delNoblock();
        event.activeLater(0);
    }
}
