package io.evbuffer.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.event.Sockets.Pair;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectableChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * What the loop must do on every backend, with real readiness, real sleep and real wake-ups: reactor.md sections 2 to 12. In
 * which order and how often exactly is proven on a backend without a kernel; here, that each backend leaves it so.
 */
abstract class LoopContract extends BackendContract {
    private Event noting(final Transport transport, final int what) {
        return noting(transport, what, "");
    }

    private Event noting(final Transport transport, final int what, final String name) {
        return new Event(base, transport, what, (self, result) -> log.add(name + result), null);
    }

    private Pair readable() throws IOException {
        final Pair pair = sockets.pair();
        sockets.send(pair.a(), "x");
        return pair;
    }

    private boolean has(final int feature) {
        return (base.features() & feature) != 0;
    }

    /** Runs the loop in a thread of its own, and returns when it runs. */
    private FutureTask<LoopResult> running() throws InterruptedException {
        final CountDownLatch running = new CountDownLatch(1);
        base.execute(running::countDown);
        final FutureTask<LoopResult> loop = new FutureTask<>(base::dispatch);
        Thread.ofPlatform().daemon().name("loop").start(loop);
        assertTrue(running.await(60, TimeUnit.SECONDS));
        return loop;
    }

    private static LoopResult await(final FutureTask<LoopResult> loop) throws Exception {
        return loop.get(60, TimeUnit.SECONDS);
    }

    // ---- events ----

    @Test
    @DisplayName("RS-021: of two ready events that add each other only the one that ran first is pending afterwards")
    void eachAddsTheOther() throws IOException {
        final Pair pair = sockets.pair();
        final Event[] events = new Event[2];
        final List<Event> ran = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            final int other = 1 - i;
            events[i] = new Event(
                    base,
                    i == 0 ? pair.a() : pair.b(),
                    Event.WRITE,
                    (self, result) -> {
                        ran.add(self);
                        events[other].add();
                    },
                    null);
        }
        for (final Event event : events) event.add();
        assertEquals(LoopResult.STOPPED, base.loop(EventBase.ONCE));
        assertEquals(2, ran.size());
        assertEquals(Event.WRITE, ran.get(0).pending(Event.WRITE));
        assertEquals(0, ran.get(1).pending(Event.WRITE));
        for (final Event event : events) event.close();
    }

    @Test
    @DisplayName("RS-022, RS-023: a ready event that another one deletes does not run; one may close itself")
    void deletedWhileReady() throws IOException {
        final Pair pair = readable();
        final Event[] events = new Event[2];
        for (int i = 0; i < 2; i++) {
            final int other = 1 - i;
            events[i] = new Event(
                    base,
                    pair.b(),
                    Event.READ | Event.PERSIST,
                    (self, result) -> {
                        log.add("run");
                        events[other].del();
                        self.close();
                    },
                    null);
            events[i].add(HOUR);
        }
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("run"), log);
        assertEquals(0, events[0].pending(-1) | events[1].pending(-1));
    }

    @Test
    @DisplayName("Section 5: a condition and the timeout that come in one turn are one callback with both bits")
    void readyAndOverdue() throws IOException {
        noting(sockets.pair().b(), Event.WRITE).add(0);
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("" + (Event.WRITE | Event.TIMEOUT)), log);
    }

    @Test
    @DisplayName(
            "DEV-5, RS-103: the timeout of a persistent event leaves its registration, and what is ready comes first")
    void timeoutsLeaveTheRegistration() throws IOException {
        final Pair pair = sockets.pair();
        final Event event = new Event(
                base,
                pair.b(),
                Event.READ | Event.PERSIST,
                (self, result) -> {
                    log.add("" + result);
                    if (log.size() == 3) sockets.send(pair.a(), "x");
                    if ((result & Event.READ) != 0) self.close();
                },
                null);
        event.add(MILLI);
        assertEquals(LoopResult.EMPTY, base.dispatch());
        final String timeout = "" + Event.TIMEOUT;
        assertEquals(List.of(timeout, timeout, timeout), log.subList(0, 3));
        assertTrue((Integer.parseInt(log.get(log.size() - 1)) & Event.READ) != 0);
        assertEquals(2, base.metrics().interestCalls()); // in and out
        noting(pair.b(), Event.READ).add(HOUR);
        log.clear();
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("" + Event.READ), log);
    }

    @Test
    @DisplayName("RS-054: edges and levels do not share a descriptor, in either order")
    void mixRefused() throws IOException {
        final Pair pair = sockets.pair();
        for (final int first : new int[] {0, Event.ET}) {
            final Event one = noting(pair.a(), Event.READ | first);
            final Event other = noting(pair.a(), Event.READ | (first ^ Event.ET));
            one.add();
            assertThrows(EventException.class, other::add);
            assertEquals(Event.READ, one.pending(Event.READ));
            assertEquals(0, other.pending(Event.READ));
            one.del();
            other.add();
            other.del();
        }
        assertEquals(LoopResult.EMPTY, base.dispatch());
    }

    @Test
    @DisplayName("RS-055, RS-071: a close by the peer is CLOSED, whatever kind of event waits, or that is refused")
    void closedByClose() throws IOException {
        for (final int kind : new int[] {0, Event.PERSIST, Event.ET, Event.PERSIST | Event.ET}) {
            final Pair pair = sockets.pair();
            final Event event = noting(pair.a(), Event.CLOSED | kind);
            if (!has(EventBase.FEATURE_EARLY_CLOSE)) {
                assertThrows(EventException.class, event::add);
                assertEquals(0, event.pending(Event.CLOSED));
                continue;
            }
            event.add();
            base.loop(EventBase.NONBLOCK);
            assertEquals(List.of(), log);
            pair.b().close();
            assertEquals(LoopResult.STOPPED, base.loop(EventBase.ONCE));
            final int marks = (kind & Event.ET) != 0 && has(EventBase.FEATURE_ET) ? Event.ET : 0;
            assertEquals(List.of("" + (Event.CLOSED | marks)), log);
            log.clear();
            event.close();
        }
    }

    @Test
    @DisplayName("RS-056, RS-071: a half-close is CLOSED where that can be told, and its data stays readable")
    void closedByShutdown() throws IOException {
        final Pair pair = sockets.pair();
        sockets.send(pair.b(), "unread");
        pair.b().shutdownOutput();
        final boolean early = has(EventBase.FEATURE_EARLY_CLOSE);
        noting(pair.a(), early ? Event.CLOSED : Event.CLOSED | Event.READ).add(HOUR);
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("" + (early ? Event.CLOSED : Event.READ)), log);
        assertEquals("unread", sockets.receive(pair.a(), 100));
        assertNull(sockets.receive(pair.a(), 100));
    }

    @Test
    @DisplayName("DEV-2: a reset by the peer reaches an event for CLOSED alone, or for READ where that is all there is")
    void resetByThePeer() throws IOException {
        final Pair pair = sockets.pair();
        final int what = has(EventBase.FEATURE_EARLY_CLOSE) ? Event.CLOSED : Event.READ;
        final Event event = noting(pair.a(), what | Event.PERSIST | Event.ET);
        event.add();
        base.loop(EventBase.NONBLOCK);
        pair.b().option(StandardSocketOptions.SO_LINGER, 0);
        pair.b().close();
        assertEquals(LoopResult.STOPPED, base.loop(EventBase.ONCE));
        assertTrue((Integer.parseInt(log.get(0)) & what) != 0, log::toString);
        event.close();
    }

    @Test
    @DisplayName("RS-072: an event that ran for one of two conditions waits for neither any more")
    void halfBits() throws IOException {
        final Pair pair = sockets.pair();
        sockets.fill(pair.a());
        sockets.send(pair.b(), "x");
        final Event event = noting(pair.a(), Event.READ | Event.WRITE);
        event.add();
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("" + Event.READ), log);
        assertEquals(0, event.pending(Event.READ | Event.WRITE));
    }

    @Test
    @DisplayName("RS-065: a transport's event that comes and goes within a turn is not told to the backend")
    void comesAndGoes() throws IOException {
        final Event event = noting(readable().b(), Event.READ);
        event.add();
        event.del();
        base.loop(EventBase.NONBLOCK);
        assertEquals(0, base.metrics().interestCalls());
        assertEquals(List.of(), log);
    }

    @Test
    @DisplayName("RS-067: events can be made active by their descriptor, by what they want or by their timers")
    void byHand() throws IOException {
        final Transport transport = sockets.pair().b();
        noting(transport, Event.READ, "read").add(HOUR);
        final Event write = noting(transport, Event.CLOSED | Event.READ, "other");
        write.add();
        activate(transport, Event.WRITE);
        assertEquals(0, base.countEvents(EventBase.COUNT_ACTIVE));
        activate(transport, Event.TIMEOUT);
        assertEquals(1, base.countEvents(EventBase.COUNT_ACTIVE));
        activate(transport, Event.READ);
        assertEquals(2, base.countEvents(EventBase.COUNT_ACTIVE));
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(
                List.of("other" + Event.READ, "read" + (Event.READ | Event.TIMEOUT)),
                log.stream().sorted().toList());
    }

    private void activate(final Transport transport, final int what) {
        final SelectableChannel channel = transport.channel();
        if (channel != null) base.activeByChannel(channel, what);
        else base.activeByDescriptor(transport.descriptor(), what);
    }

    // ---- the loop ----

    @Test
    @DisplayName("RS-025, RS-031: an empty loop leaves at once, one without anything ready when it may not wait")
    void nothingToDo() throws IOException {
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(LoopResult.EMPTY, base.loop(EventBase.ONCE));
        assertEquals(LoopResult.EMPTY, base.loop(EventBase.NONBLOCK));
        assertEquals(0, base.metrics().turns());
        final Event event = noting(sockets.pair().b(), Event.READ);
        event.add();
        assertEquals(LoopResult.STOPPED, base.loop(EventBase.NONBLOCK));
        assertEquals(0, base.metrics().sleeps());
        assertEquals(List.of(), log);
        event.close();
    }

    @Test
    @DisplayName("RS-030: each pass calls an event once that never drains its descriptor")
    void singlePasses() throws IOException {
        final Event event = noting(sockets.pair().b(), Event.WRITE | Event.PERSIST);
        event.add();
        for (int i = 1; i <= 5; i++) {
            assertEquals(LoopResult.STOPPED, base.loop(EventBase.ONCE | EventBase.NONBLOCK));
            assertEquals(i, log.size());
        }
        event.close();
    }

    @Test
    @DisplayName("RS-026, RS-029, RS-032: exits stop a loop that would wait, one with nothing to do, and after a time")
    void exits() {
        final Runnable awake = asleep();
        base.loopExit(MILLI);
        assertEquals(LoopResult.STOPPED, base.dispatch());
        assertTrue(base.gotExit());
        assertFalse(base.gotBreak());
        awake.run();
        base.loopExit();
        assertEquals(LoopResult.STOPPED, base.loop(EventBase.NO_EXIT_ON_EMPTY));
        base.loopExit(MILLI);
        assertEquals(LoopResult.STOPPED, base.dispatch());
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of(), log);
    }

    @Test
    @DisplayName("RS-028, RS-034: a break leaves the others active, and a continue polls before them")
    void breakAndContinue() throws IOException {
        final List<Long> turns = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            final int number = i;
            base.execute(() -> {
                turns.add(base.metrics().turns());
                if (number == 0) base.loopBreak();
                if (number == 2) base.loopContinue();
            });
        }
        assertEquals(LoopResult.STOPPED, base.dispatch());
        assertTrue(base.gotBreak());
        assertEquals(List.of(1L), turns);
        noting(readable().b(), Event.READ).add();
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of(1L, 2L, 2L, 3L), turns);
        assertEquals(List.of("" + Event.READ), log);
    }

    @Test
    @DisplayName(
            "RS-042, EVT-21, EVT-22: of ready descriptors the urgent ones are served first, one priority in each turn")
    void priorities() throws IOException {
        base.priorityInit(3);
        for (final int priority : new int[] {2, 0, 1, 0}) {
            final Event event = new Event(
                    base,
                    sockets.pair().b(),
                    Event.WRITE,
                    (self, result) ->
                            log.add(priority + " in turn " + base.metrics().turns()),
                    null);
            event.priority(priority);
            event.add();
        }
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("0 in turn 1", "0 in turn 1", "1 in turn 2", "2 in turn 3"), log);
    }

    @Test
    @DisplayName("RS-070: always-ready descriptors are served alike when callbacks are limited")
    void fairness() throws IOException {
        final int[] calls = new int[100];
        try (EventBase limited = EventBase.open(config().maxDispatchInterval(-1, 10, 0));
                Sockets own = new Sockets(limited)) {
            final Transport listener = own.listen();
            for (int i = 0; i < 100; i++) {
                final int index = i;
                new Event(
                                limited,
                                own.pair(listener).a(),
                                Event.WRITE | Event.PERSIST,
                                (self, result) -> {
                                    calls[index]++;
                                    if (limited.metrics().callbacks() == 1005) limited.loopBreak();
                                },
                                null)
                        .add();
            }
            limited.dispatch();
            assertTrue(limited.metrics().turns() >= 100, () -> limited.metrics().toString());
            limited.checkIntegrity();
        }
        int least = Integer.MAX_VALUE;
        int most = 0;
        for (final int each : calls) {
            least = Math.min(least, each);
            most = Math.max(most, each);
        }
        assertTrue(most - least <= 1 && most > 0, least + " to " + most);
    }

    @Test
    @DisplayName("RS-121, RS-122, EVT-37: watchers stand before and after each poll, and know how long it may wait")
    void watchers() throws IOException {
        final List<Long> waits = new ArrayList<>();
        final EvWatch prepare = EvWatch.newPrepare(
                base,
                (watch, wait) -> {
                    log.add("prepare");
                    waits.add(wait);
                },
                null);
        final EvWatch check = EvWatch.newCheck(base, watch -> log.add("check"), null);
        noting(sockets.pair().b(), Event.WRITE).add();
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("prepare", "check", "" + Event.WRITE), log);
        noting(sockets.pair().b(), Event.WRITE).add(HOUR);
        base.loop(EventBase.ONCE);
        base.addVirtual();
        base.loop(EventBase.NONBLOCK);
        base.delVirtual();
        assertEquals(Event.NO_TIMEOUT, waits.get(0));
        assertTrue(waits.get(1) > HOUR - HOUR / 60 && waits.get(1) <= HOUR, waits::toString);
        assertEquals(0, waits.get(2));
        prepare.close();
        check.close();
    }

    @Test
    @DisplayName("RS-149: a callback that throws costs no other event its run")
    void throwing() throws IOException {
        final Pair pair = readable();
        for (int i = 0; i < 3; i++) {
            new Event(
                            base,
                            pair.b(),
                            Event.READ,
                            (self, result) -> {
                                log.add("run");
                                throw new IOException("of the test");
                            },
                            null)
                    .add();
        }
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("run", "run", "run"), log);
        assertEquals(3, failures.size());
        failures.clear();
    }

    @Test
    @DisplayName("RS-118, RS-119: a single run on a transport happens once, or never and leaves nothing")
    void once() throws IOException {
        final Pair pair = readable();
        base.once(pair.b(), Event.READ, (event, result) -> log.add("once" + result), null, Event.NO_TIMEOUT);
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("once" + Event.READ), log);
        base.once(sockets.pair().b(), Event.READ, (event, result) -> log.add("never"), null, HOUR);
        assertEquals(LoopResult.STOPPED, base.loop(EventBase.NONBLOCK));
        assertEquals(2, base.countEvents(EventBase.COUNT_ADDED));
    }

    @Test
    @DisplayName("RS-126, RS-131: ready events that are finalized only run their finalizers, also when the base closes")
    void finalizers() throws IOException {
        final Pair pair = readable();
        final Event first = noting(pair.b(), Event.READ | Event.PERSIST, "never");
        first.add(HOUR);
        base.loop(EventBase.ONCE);
        assertEquals(List.of("never" + Event.READ), log);
        log.clear();
        first.freeFinalize(event -> log.add("end"));
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("end"), log);
        final EventBase closing = EventBase.open(config());
        final Transport stream = closing.openStream(null);
        final Event second = new Event(closing, stream, Event.READ, (self, result) -> log.add("never"), null);
        second.add();
        second.finalizeEvent(event -> log.add("end of the second"));
        closing.close();
        stream.close();
        assertEquals(List.of("end", "end of the second"), log);
    }

    @Test
    @DisplayName("RS-132, RS-134: events on transports are counted by their conditions, times and runs, and shown once")
    void counted() throws IOException {
        final Event event = noting(sockets.pair().b(), Event.READ);
        event.add(HOUR);
        assertEquals(2, base.countEvents(EventBase.COUNT_ADDED));
        event.active(Event.READ);
        assertEquals(3, base.countEvents(EventBase.COUNT_ADDED));
        assertEquals(4, base.countEvents(EventBase.COUNT_ADDED | EventBase.COUNT_ACTIVE));
        final List<Event> shown = new ArrayList<>();
        assertEquals(0, base.forEachEvent(each -> shown.add(each) ? 0 : 1));
        assertEquals(List.of(event), shown);
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(0, base.countEvents(EventBase.COUNT_ADDED | EventBase.COUNT_ACTIVE));
    }

    // ---- other threads, and signals ----

    @Test
    @DisplayName("RS-140: deleting the last event from another thread ends a loop that sleeps")
    void lastEventDeleted() throws Exception {
        final Event event = noting(sockets.pair().b(), Event.READ | Event.PERSIST);
        event.add();
        final FutureTask<LoopResult> loop = running();
        assertTrue(event.del());
        assertEquals(LoopResult.EMPTY, await(loop));
    }

    @Test
    @DisplayName("RS-142, RS-152: a break, and the end of the last virtual event, reach a loop that sleeps")
    void breakAndVirtual() throws Exception {
        base.addVirtual();
        final FutureTask<LoopResult> first = running();
        base.loopBreak();
        assertEquals(LoopResult.STOPPED, await(first));
        final FutureTask<LoopResult> second = running();
        base.delVirtual();
        assertEquals(LoopResult.EMPTY, await(second));
    }

    @Test
    @DisplayName("RS-143: a timer armed by another thread runs, though the loop sleeps longer")
    void earlierTimer() throws Exception {
        final Runnable awake = asleep();
        final FutureTask<LoopResult> loop = running();
        final CountDownLatch ran = new CountDownLatch(1);
        Event.newTimer(base, (event, result) -> ran.countDown(), null).add(MILLI);
        assertTrue(ran.await(60, TimeUnit.SECONDS));
        awake.run();
        assertEquals(LoopResult.EMPTY, await(loop));
        assertEquals(List.of(), log);
    }

    @Test
    @DisplayName("RS-145, EVT-30: what other threads ask of a loop that is busy costs no wake-up")
    void askedWhileBusy() throws Exception {
        final CountDownLatch busy = new CountDownLatch(1);
        final CountDownLatch asked = new CountDownLatch(1);
        final Event[] events = new Event[100];
        for (int i = 0; i < events.length; i++) {
            events[i] = Event.newUser(base, (event, result) -> log.add("run"), null);
        }
        base.execute(() -> {
            busy.countDown();
            assertTrue(awaitLatch(asked));
        });
        final FutureTask<LoopResult> loop = new FutureTask<>(base::dispatch);
        Thread.ofPlatform().daemon().name("loop").start(loop);
        assertTrue(awaitLatch(busy));
        final Thread[] threads = new Thread[4];
        for (int t = 0; t < threads.length; t++) {
            final int from = t * 25;
            threads[t] = Thread.ofPlatform().start(() -> {
                for (int i = from; i < from + 25; i++) events[i].trigger();
            });
        }
        for (final Thread thread : threads) thread.join();
        asked.countDown();
        assertEquals(LoopResult.EMPTY, await(loop));
        assertEquals(100, log.size());
        assertEquals(0, base.metrics().wakeUpsSent());
    }

    private static boolean awaitLatch(final CountDownLatch latch) {
        try {
            return latch.await(60, TimeUnit.SECONDS);
        } catch (final InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    @DisplayName("RS-139, EVT-14: a del from another thread waits for the callback of a ready event")
    void delWaits() throws Exception {
        final CountDownLatch started = new CountDownLatch(1);
        final CountDownLatch goOn = new CountDownLatch(1);
        final Event event = new Event(
                base,
                readable().b(),
                Event.READ | Event.PERSIST,
                (self, result) -> {
                    started.countDown();
                    assertTrue(awaitLatch(goOn));
                    log.add("run");
                },
                null);
        event.add();
        final FutureTask<LoopResult> loop = new FutureTask<>(base::dispatch);
        Thread.ofPlatform().daemon().name("loop").start(loop);
        assertTrue(awaitLatch(started));
        final FutureTask<Boolean> del = new FutureTask<>(event::del);
        final Thread deleter = Thread.ofPlatform().start(del);
        while (deleter.getState() != Thread.State.WAITING) Thread.onSpinWait();
        goOn.countDown();
        assertTrue(del.get(60, TimeUnit.SECONDS));
        assertEquals(LoopResult.EMPTY, await(loop));
        assertEquals(List.of("run"), log);
    }

    @Test
    @DisplayName(
            "RS-105, RS-107, RS-115: a signal wakes a loop that sleeps, and is told to each event and to each base")
    void signals() throws Exception {
        final String name = Signals.free();
        final CountDownLatch told = new CountDownLatch(2);
        final List<Event> events = new ArrayList<>();
        try (EventBase other = EventBase.open(config())) {
            final Event elsewhere = Event.newSignal(other, Signals.number(name), (event, result) -> event.del(), null);
            elsewhere.add();
            for (int i = 0; i < 2; i++) {
                final Event event = Event.newSignal(
                        base,
                        Signals.number(name),
                        (self, result) -> {
                            assertEquals(Event.SIGNAL, result);
                            self.del();
                            told.countDown();
                        },
                        null);
                event.add();
                events.add(event);
            }
            final FutureTask<LoopResult> loop = running();
            Signals.raise(name);
            assertTrue(awaitLatch(told));
            assertEquals(LoopResult.EMPTY, await(loop));
            assertEquals(LoopResult.EMPTY, other.loop(EventBase.NONBLOCK));
            assertEquals(0, elsewhere.pending(Event.SIGNAL));
            elsewhere.close();
        }
        for (final Event event : events) event.close();
    }
}
