package io.evbuffer.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Prepare and check watchers: reactor.md sections 3 and 9. */
class WatcherTest extends ScriptedTest {
    private EvWatch prepare(final String name) {
        return EvWatch.newPrepare(base, (watch, waitNanos) -> log.add(name + ":" + waitNanos), null);
    }

    private EvWatch check(final String name) {
        return EvWatch.newCheck(base, watch -> log.add(name), null);
    }

    @Test
    @DisplayName("RS-121, EVT-37: prepare watchers run before the poll, check watchers after it, in order")
    void order() {
        prepare("prepare1");
        final EvWatch secondPrepare = prepare("prepare2");
        check("check1");
        final EvWatch secondCheck = check("check2");
        backend.atPoll(() -> log.add("poll"));
        final Event timer = timer("timer");
        timer.add(1_000 * MILLI);
        base.loop(EventBase.ONCE | EventBase.NONBLOCK);
        assertEquals(List.of("prepare1:0", "prepare2:0", "poll", "check1", "check2"), takeLog());

        secondPrepare.close();
        secondCheck.close();
        secondCheck.close(); // the second time nothing happens
        base.dispatch();
        assertEquals(List.of("prepare1:" + 1_000 * MILLI, "check1", "timer@1000"), takeLog());
    }

    @Test
    @DisplayName("RS-121: a watcher hands back what it was given")
    void attachment() {
        final Object mine = new Object();
        final EvWatch watch = EvWatch.newCheck(
                base, self -> log.add(self.attachment() == mine && self.base() == base ? "mine" : "other"), mine);
        assertNull(prepare("prepare").attachment());
        user("user").trigger();
        base.dispatch();
        assertEquals(List.of("prepare:0", "mine", "user"), log);
        assertEquals("EvWatch[check]", watch.toString());
    }

    @Test
    @DisplayName("RS-122: a prepare watcher is told the wait: none, the time to the first timer, or zero")
    void waitTold() {
        prepare("wait");
        backend.atPoll(base::loopBreak);
        base.loop(EventBase.NO_EXIT_ON_EMPTY);
        final Event timer = timer("timer");
        timer.add(1_000 * MILLI);
        backend.atPoll(base::loopBreak);
        base.dispatch();
        backend.atPoll(base::loopBreak);
        base.loop(EventBase.NONBLOCK);
        user("user").trigger();
        backend.atPoll(base::loopBreak);
        base.dispatch();
        assertEquals(List.of("wait:" + Event.NO_TIMEOUT, "wait:" + 1_000 * MILLI, "wait:0", "wait:0"), takeLog());
        assertEquals(List.of(-1L, 1_000 * MILLI, 0L, 0L), backend.waits);
    }

    @Test
    @DisplayName("RS-123: watchers go with their base; using one afterwards throws")
    void goWithTheBase() {
        final EvWatch watch = prepare("prepare");
        assertSame(base, watch.base());
        base.close();
        assertThrows(IllegalStateException.class, watch::base);
        assertThrows(IllegalStateException.class, () -> check("check"));
        watch.close();
    }

    @Test
    @DisplayName("RS-124: a watcher that cannot be made leaves the base as it was")
    void notMade() {
        assertThrows(NullPointerException.class, () -> EvWatch.newPrepare(base, null, null));
        assertThrows(NullPointerException.class, () -> EvWatch.newCheck(base, null, null));
        timer("timer").add(MILLI);
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("timer@1"), log);
    }

    @Test
    @DisplayName("RS-125: a check watcher may add and delete events and ask the time, and what it does counts at once")
    void callsFromCheck() {
        final Event ready = reader(5, "ready");
        ready.add();
        backend.ready(5, Event.READ);
        final Event timer = timer("timer");
        final EvWatch watch = EvWatch.newCheck(
                base,
                self -> {
                    assertTrue(ready.del());
                    timer.add(0);
                    log.add("now:" + (base.nowNanos() - clock.nanos()));
                    base.updateCacheTime();
                    assertTrue(base.inLoopThread());
                    assertNull(base.runningEvent());
                    self.close();
                },
                null);
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("now:0", "timer@0"), log);
        assertEquals(1, backend.polls); // the timer armed with zero was due in the same turn
        watch.close();
    }

    @Test
    @DisplayName("DEV-3: a timer armed and an event activated by a prepare watcher shorten the wait of the same turn")
    void prepareShortensTheWait() {
        final Event late = timer("late");
        late.add(HOUR);
        final Event early = timer("early");
        final Event now = user("now");
        final EvWatch watch = EvWatch.newPrepare(
                base,
                (self, waitNanos) -> {
                    if (backend.polls == 0) early.add(10 * MILLI);
                    else now.trigger();
                },
                null);
        base.loop(EventBase.ONCE);
        base.loop(EventBase.ONCE);
        assertEquals(List.of("early@10", "now"), log);
        assertEquals(List.of(10 * MILLI, 0L), backend.waits);
        watch.close();
        late.close();
    }

    @Test
    @DisplayName("DEV-3: after a stop asked by a prepare watcher nothing waits, the check still runs, and no callback")
    void prepareStops() {
        final Event event = timer("timer");
        event.add(0);
        final EvWatch first = EvWatch.newPrepare(base, (watch, waitNanos) -> base.loopBreak(), null);
        check("check");
        assertEquals(LoopResult.STOPPED, base.dispatch());
        assertEquals(List.of("check"), takeLog());
        assertEquals(List.of(0L), backend.waits);
        assertTrue(base.gotBreak());
        first.close();
        base.dispatch();
        assertEquals(List.of("check", "timer@0"), takeLog());
    }

    @Test
    @DisplayName("DEV-3: a prepare watcher that continues, or leaves nothing to wait for, lets nothing wait")
    void prepareContinues() {
        final Event event = timer("timer");
        event.add(HOUR);
        EvWatch.newPrepare(
                base,
                (watch, waitNanos) -> {
                    log.add("wait:" + waitNanos);
                    if (backend.polls == 0) base.loopContinue();
                    else event.del();
                },
                null);
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("wait:" + HOUR, "wait:" + HOUR), log);
        assertEquals(List.of(0L, 0L), backend.waits);
    }

    @Test
    @DisplayName("DEV-18: a watcher closed by another does not run, one made meanwhile starts with the next turn")
    void changesWhileWalking() {
        final EvWatch[] watches = new EvWatch[3];
        watches[0] = EvWatch.newPrepare(
                base,
                (watch, waitNanos) -> {
                    log.add("first");
                    watch.close();
                    watches[1].close();
                    prepare("new");
                    check("newCheck");
                },
                null);
        watches[1] = prepare("second");
        watches[2] = prepare("third");
        once();
        assertEquals(List.of(), takeLog()); // an empty base leaves before the watchers
        user("user").trigger();
        once();
        assertEquals(List.of("first", "third:0", "user"), takeLog());
        user("user").trigger();
        once();
        assertEquals(List.of("third:0", "new:0", "newCheck", "user"), takeLog());
    }

    @Test
    @DisplayName("DEV-18: all watchers may close each other, the last one too")
    void closesTheLast() {
        final EvWatch[] watches = new EvWatch[2];
        watches[0] = EvWatch.newCheck(
                base,
                watch -> {
                    log.add("first");
                    watches[1].close();
                },
                null);
        watches[1] = check("second");
        user("user").trigger();
        once();
        watches[0].close();
        user("user").trigger();
        once();
        assertEquals(List.of("first", "user", "user"), log);
    }

    @Test
    @DisplayName("Section 13: what a watcher throws goes to the error handler, and the loop goes on")
    void throwing() {
        EvWatch.newPrepare(
                base,
                (watch, waitNanos) -> {
                    throw new Exception("prepare");
                },
                null);
        EvWatch.newCheck(
                base,
                watch -> {
                    throw new IllegalStateException("check");
                },
                null);
        user("user").trigger();
        base.dispatch();
        assertEquals(List.of("user"), log);
        assertEquals(
                List.of("prepare", "check"),
                failures.stream().map(Throwable::getMessage).toList());
        assertEquals(2, base.metrics().failedCallbacks());
        failures.clear();
    }

    @Test
    @DisplayName("Watchers keep no loop alive and are not counted")
    void notCounted() {
        prepare("prepare");
        check("check");
        assertEquals(0, base.countEvents(COUNT_ALL));
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertFalse(base.isRunning());
        assertEquals(List.of(), log);
    }
}
