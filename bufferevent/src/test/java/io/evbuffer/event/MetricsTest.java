package io.evbuffer.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a loop tells of itself: reactor.md BTR-7, BTR-8, BTR-18. */
class MetricsTest extends ScriptedTest {
    @Test
    @DisplayName("BTR-7: turns are measured from poll to poll, with their callbacks; sleep is not in them")
    void turns() {
        final Event slow = Event.newTimer(base, (event, result) -> clock.advanceMillis(7), null);
        final Event slower = Event.newTimer(base, (event, result) -> clock.advanceMillis(12), null);
        slow.add(10 * MILLI);
        slower.add(50 * MILLI);
        final Event same = timer("same");
        same.add(10 * MILLI);
        base.dispatch();
        final LoopMetrics metrics = base.metrics();
        assertEquals(19 * MILLI, metrics.busyNanos());
        assertEquals(12 * MILLI, metrics.longestTurnNanos());
        assertEquals(2, metrics.mostCallbacksInTurn());
        assertEquals(43 * MILLI, metrics.asleepNanos());
        assertEquals(43 * MILLI, metrics.waitAskedNanos());
        assertEquals(0, metrics.callbackNanos()); // not measured unless wanted
    }

    @Test
    @DisplayName("BTR-7: the lateness of timers is counted by powers of two")
    void lateness() {
        timer("on time").add(10);
        base.dispatch();
        for (final long late : new long[] {1, 2, 3, 1_000, HOUR}) {
            timer("late").add(5);
            clock.advance(5 + late);
            base.dispatch();
        }
        final LoopMetrics metrics = base.metrics();
        assertEquals(HOUR, metrics.mostLateNanos());
        assertEquals(1, metrics.timersLate(0));
        assertEquals(1, metrics.timersLate(1));
        assertEquals(2, metrics.timersLate(2)); // 2 and 3
        assertEquals(1, metrics.timersLate(10)); // 512 to 1023
        assertEquals(1, metrics.timersLate(LoopMetrics.LATENESS_CLASSES - 1));
        long all = 0;
        for (int i = 0; i < LoopMetrics.LATENESS_CLASSES; i++) all += metrics.timersLate(i);
        assertEquals(metrics.timersExpired(), all);
        assertThrows(IndexOutOfBoundsException.class, () -> metrics.timersLate(LoopMetrics.LATENESS_CLASSES));
    }

    @Test
    @DisplayName("BTR-7: the queue of each priority can be seen")
    void queues() {
        base.priorityInit(3);
        final LoopMetrics metrics = base.metrics();
        final List<Event> events = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            final Event event = user("" + i);
            event.priority(i < 2 ? 0 : 2);
            event.trigger();
            events.add(event);
        }
        final Event later = user("later");
        later.activeLater(0);
        assertEquals(2, metrics.queueLength(0));
        assertEquals(0, metrics.queueLength(1));
        assertEquals(4, metrics.queueLength(2));
        assertEquals(0, metrics.queueLength(3));
        events.get(0).del();
        later.trigger();
        assertEquals(1, metrics.queueLength(0));
        assertEquals(1, metrics.queueLength(1));
        later.activeLater(0);
        base.dispatch();
        for (int i = 0; i < 3; i++) assertEquals(0, metrics.queueLength(i));
    }

    @Test
    @Timeout(120)
    @DisplayName("RS-137, BTR-7: another thread reads all metrics without allocation, while the loop runs")
    void readElsewhere() throws Exception {
        backend.sleepForReal();
        final FutureTask<LoopResult> loop = start(EventBase.NO_EXIT_ON_EMPTY);
        backend.awaitSleep();
        final LoopMetrics metrics = base.metrics();
        long sum = 0;
        for (int i = 0; i < 20_000; i++) sum += readAll(metrics);
        final long before = Allocations.ofThisThread();
        for (int i = 0; i < 20_000; i++) sum += readAll(metrics);
        final long bytes = Allocations.ofThisThread() - before;
        assertTrue(bytes < 4096, "allocated: " + bytes);
        assertTrue(sum >= 0);
        base.loopBreak();
        await(loop);
        assertEquals(1, metrics.turns());
        assertEquals(1, metrics.sleeps());
        assertEquals(1, metrics.wakeUpsSent());
    }

    private static long readAll(final LoopMetrics metrics) {
        long sum = metrics.turns()
                + metrics.emptyTurns()
                + metrics.callbacks()
                + metrics.failedCallbacks()
                + metrics.timersExpired()
                + metrics.sleeps()
                + metrics.waitAskedNanos()
                + metrics.asleepNanos()
                + metrics.wakeUpsSent()
                + metrics.wakeUpsMerged()
                + metrics.interestCalls()
                + metrics.interestCallsSaved()
                + metrics.passesCut()
                + metrics.backendRebuilds()
                + metrics.busyNanos()
                + metrics.longestTurnNanos()
                + metrics.mostCallbacksInTurn()
                + metrics.callbackNanos()
                + metrics.longestCallbackNanos()
                + metrics.slowCallbacks()
                + metrics.mostLateNanos()
                + metrics.busyPolls()
                + metrics.silencedDescriptors();
        for (int i = 0; i < LoopMetrics.LATENESS_CLASSES; i++) sum += metrics.timersLate(i);
        for (int i = 0; i < 3; i++) sum += metrics.queueLength(i);
        return sum;
    }

    @Test
    @DisplayName("BTR-8: a listener is told of each callback that takes longer than it accepts, and of its source")
    void slowCallbacks() {
        reopen(EventConfig.create().slowCallbacks(5 * MILLI, (source, nanos) -> log.add(source + " " + nanos)));
        final Event quick = Event.newUser(base, (event, result) -> clock.advance(5 * MILLI - 1), null);
        final Event slow = new Event(base, 5, Event.READ, (event, result) -> clock.advanceMillis(5), null);
        quick.trigger();
        slow.active(Event.READ);
        final Runnable task = new Runnable() {
            @Override
            public void run() {
                clock.advanceMillis(6);
            }

            @Override
            public String toString() {
                return "task";
            }
        };
        base.execute(task);
        base.dispatch();
        assertEquals(List.of("Event[descriptor 5, wants 0x2] 5000000", "task 6000000"), log);
        assertEquals(2, base.metrics().slowCallbacks());
        assertEquals(16 * MILLI - 1, base.metrics().callbackNanos());
        assertEquals(6 * MILLI, base.metrics().longestCallbackNanos());
        assertThrows(
                IllegalArgumentException.class, () -> EventConfig.create().slowCallbacks(-1, (source, nanos) -> {}));
    }

    @Test
    @DisplayName(
            "BTR-8: a callback that throws is slow as well, and what the listener throws reaches the error handler")
    void slowAndThrowing() {
        reopen(EventConfig.create().slowCallbacks(0, (source, nanos) -> {
            throw new IllegalStateException("listener");
        }));
        Event.newUser(
                        base,
                        (event, result) -> {
                            throw new IllegalStateException("callback");
                        },
                        null)
                .trigger();
        user("next").trigger();
        base.dispatch();
        assertEquals(List.of("next"), log);
        assertEquals(
                List.of("callback", "listener", "listener"),
                failures.stream().map(Throwable::getMessage).toList());
        failures.clear();
    }

    @Test
    @DisplayName("BTR-7: with MEASURE_CALLBACKS the time in callbacks is known")
    void measured() {
        reopen(EventConfig.create().flags(EventConfig.MEASURE_CALLBACKS));
        for (int i = 1; i <= 3; i++) {
            final int millis = i;
            base.execute(() -> clock.advanceMillis(millis));
        }
        base.dispatch();
        assertEquals(6 * MILLI, base.metrics().callbackNanos());
        assertEquals(3 * MILLI, base.metrics().longestCallbackNanos());
        assertEquals(0, base.metrics().slowCallbacks());
    }

    @Test
    @DisplayName(
            "BTR-18: with busy polling the loop polls without waiting for its time before it sleeps, after each run")
    void busyPoll() {
        reopen(EventConfig.create().busyPoll(3 * MILLI));
        for (int i = 0; i < 20; i++) backend.atPoll(() -> clock.advanceMillis(1));
        final Event first = timer("first");
        first.add(HOUR);
        user("user").trigger();
        backend.atPoll(base::loopBreak);
        base.dispatch();
        assertEquals(List.of("user"), takeLog());
        assertEquals(
                List.of(0L, 0L, 0L, 0L), backend.waits.subList(0, 4)); // one with something active, three busy ones
        assertTrue(backend.waits.get(4) > 0);
        assertEquals(3, base.metrics().busyPolls());
        first.close();
        assertThrows(IllegalArgumentException.class, () -> EventConfig.create().busyPoll(-1));
        assertEquals(3 * MILLI, EventConfig.create().busyPoll(3 * MILLI).busyPollNanos());
    }

    @Test
    @DisplayName("BTR-18: each run begins the busy polling anew")
    void busyPollAgain() {
        reopen(EventConfig.create().busyPoll(2 * MILLI));
        final Event hour = timer("hour");
        final Event user = user("user");
        hour.add(HOUR);
        for (int i = 0; i < 2; i++) backend.atPoll(() -> clock.advanceMillis(1));
        backend.atPoll(user::trigger); // in the first sleep
        for (int i = 0; i < 3; i++) backend.atPoll(() -> clock.advanceMillis(1));
        backend.atPoll(base::loopBreak); // in the second one
        base.dispatch();
        assertEquals(List.of("user"), log);
        assertEquals(List.of(0L, 0L), backend.waits.subList(0, 2));
        assertTrue(backend.waits.get(2) > 0);
        assertEquals(List.of(0L, 0L), backend.waits.subList(3, 5));
        assertTrue(backend.waits.get(5) > 0);
        assertEquals(4, base.metrics().busyPolls());
        hour.close();
    }

    @Test
    @DisplayName("BTR-18: a timer that comes due ends the busy polling in time")
    void busyPollAndTimer() {
        reopen(EventConfig.create().busyPoll(HOUR));
        for (int i = 0; i < 20; i++) backend.atPoll(() -> clock.advanceMillis(1));
        final Event timer = timer("timer");
        timer.add(5 * MILLI);
        base.dispatch();
        assertEquals(1, log.size());
        assertEquals(5, backend.polls);
        assertEquals(0, base.metrics().sleeps());
    }
}
