package io.evbuffer.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** In which order callbacks run, and what bounds a pass: reactor.md section 4. */
class PriorityTest extends ScriptedTest {
    @ParameterizedTest(name = "{0} priorities: {1} and {2} calls")
    @CsvSource({"1, 3, 3", "2, 3, 1", "3, 3, 0"})
    @DisplayName("RS-041: the most urgent priority runs first, and less urgent ones wait")
    void threeTables(final int priorities, final int urgentCalls, final int otherCalls) {
        base.priorityInit(priorities);
        final int[] calls = new int[2];
        final boolean[] exited = new boolean[1];
        for (int i = 0; i < 2; i++) {
            final int own = i;
            final Event event = Event.newTimer(
                    base,
                    (self, result) -> {
                        if (exited[0]) return;
                        if (calls[own] == 3) {
                            exited[0] = true;
                            base.loopExit();
                            return;
                        }
                        calls[own]++;
                        self.add(0);
                    },
                    null);
            event.priority(i == 0 ? 0 : priorities - 1);
            event.add(0);
        }
        assertEquals(LoopResult.STOPPED, base.dispatch());
        assertEquals(urgentCalls, calls[0]);
        // The exit is of the middle priority: with two it is as urgent as the other event.
        assertTrue(calls[1] <= otherCalls, () -> "calls before the exit: " + calls[1]);
    }

    @Test
    @DisplayName("RS-042: something more urgent runs before the rest of the queue, after a poll")
    void inversion() {
        base.priorityInit(8);
        final Event urgent =
                Event.newUser(base, (event, result) -> log.add("urgent after poll " + backend.polls), null);
        final Event second =
                Event.newUser(base, (event, result) -> log.add("second after poll " + backend.polls), null);
        final Event first = Event.newUser(
                base,
                (event, result) -> {
                    log.add("first after poll " + backend.polls);
                    second.trigger();
                    urgent.trigger();
                },
                null);
        first.priority(4);
        second.priority(4);
        urgent.priority(0);
        first.trigger();
        base.dispatch();
        assertEquals(List.of("first after poll 1", "urgent after poll 2", "second after poll 3"), log);
    }

    @Test
    @DisplayName("RS-043: the table cannot change while something is active or the loop runs")
    void tableSize() {
        assertThrows(IllegalArgumentException.class, () -> base.priorityInit(0));
        assertThrows(IllegalArgumentException.class, () -> base.priorityInit(256));
        base.priorityInit(255);
        assertEquals(255, base.priorities());
        Event.newUser(
                        base,
                        (event, result) -> assertThrows(IllegalStateException.class, () -> base.priorityInit(3)),
                        null)
                .trigger();
        assertThrows(IllegalStateException.class, () -> base.priorityInit(3));
        base.priorityInit(255); // the same: nothing happens
        base.dispatch();
        base.priorityInit(3);
        assertEquals(3, base.priorities());
    }

    @Test
    @DisplayName("DEV-12: an event whose priority does not exist any more is least urgent")
    void shrunkenTable() {
        base.priorityInit(8);
        final Event lost = user("lost");
        lost.priority(7);
        base.priorityInit(2);
        final Event high = user("high");
        high.priority(0);
        lost.trigger();
        high.trigger();
        base.checkIntegrity();
        base.dispatch();
        assertEquals(List.of("high", "lost"), log);
        assertEquals(7, lost.priority());
    }

    @Test
    @DisplayName("RS-045: a new event is of middle priority")
    void middle() {
        base.priorityInit(5);
        assertEquals(2, user("x").priority());
        base.priorityInit(6);
        assertEquals(3, user("x").priority());
    }

    @Test
    @DisplayName("RS-046: a limit on callbacks lets a timer run among a thousand deferred callbacks")
    void limitByCount() {
        reopen(EventConfig.create().maxDispatchInterval(Event.NO_TIMEOUT, 16, 0));
        final int[] ran = new int[1];
        final List<DeferredCallback> callbacks = new ArrayList<>();
        for (int i = 0; i < 1024; i++) {
            callbacks.add(new DeferredCallback(() -> {
                clock.advanceMillis(1);
                ran[0]++;
            }));
        }
        for (final DeferredCallback callback : callbacks) assertTrue(callback.schedule(base));
        final long[] ranAt = new long[1];
        Event.newTimer(base, (event, result) -> ranAt[0] = time(), null).add(1_000 * MILLI);
        base.dispatch();
        assertEquals(1024, ran[0]);
        assertTrue(ranAt[0] >= 1_000 && ranAt[0] <= 1_040, () -> "the timer ran at " + ranAt[0]);
        assertEquals(65, backend.polls); // one after each 16 callbacks
    }

    @Test
    @DisplayName("RS-047: a limit of 0 acts like 1: a poll between each two, order kept")
    void limitZero() {
        reopen(EventConfig.create().maxDispatchInterval(Event.NO_TIMEOUT, 0, 0));
        for (int i = 1; i <= 4; i++) {
            final int number = i;
            Event.newUser(base, (event, result) -> log.add(number + " after poll " + backend.polls), null)
                    .trigger();
        }
        base.dispatch();
        assertEquals(List.of("1 after poll 1", "2 after poll 2", "3 after poll 3", "4 after poll 4"), log);
        assertEquals(List.of(0L, 0L, 0L, 0L), backend.waits);
        assertEquals(3, base.metrics().passesCut());
    }

    @Test
    @DisplayName("RS-048: a limit on time lets I/O be served after a few slow callbacks")
    void limitByTime() {
        reopen(EventConfig.create().maxDispatchInterval(5 * MILLI, -1, 0));
        base.priorityInit(2);
        final int[] slow = new int[1];
        for (int i = 0; i < 100; i++) {
            final Event event = Event.newUser(
                    base,
                    (self, result) -> {
                        slow[0]++;
                        clock.advanceMillis(2);
                    },
                    null);
            event.priority(1);
            event.trigger();
        }
        final Event io = new Event(base, 5, Event.READ, (event, result) -> log.add("slow before: " + slow[0]), null);
        io.priority(0);
        io.add();
        backend.atPoll(() -> {}); // not ready yet in the first turn
        backend.atPoll(() -> backend.ready(5, Event.READ));
        base.dispatch();
        assertEquals(List.of("slow before: 3"), log);
        assertEquals(100, slow[0]);
    }

    @Test
    @DisplayName("A limit on time beyond the range of the clock is no limit")
    void hugeLimit() {
        reopen(EventConfig.create().maxDispatchInterval(Long.MAX_VALUE, -1, 0));
        for (int i = 0; i < 10; i++) base.execute(() -> log.add("task"));
        base.dispatch();
        assertEquals(10, log.size());
        assertEquals(1, backend.polls);
    }

    @Test
    @DisplayName("Limits bind only the priorities they are set for")
    void limitsFromAPriority() {
        reopen(EventConfig.create().maxDispatchInterval(Event.NO_TIMEOUT, 1, 1));
        base.priorityInit(2);
        for (int i = 0; i < 4; i++) {
            final int priority = i / 2;
            final Event event =
                    Event.newUser(base, (self, result) -> log.add(priority + " after poll " + backend.polls), null);
            event.priority(priority);
            event.trigger();
        }
        base.dispatch();
        assertEquals(List.of("0 after poll 1", "0 after poll 1", "1 after poll 2", "1 after poll 3"), log);
    }

    @Test
    @DisplayName("RS-049: two events that make each other active for later take turns with I/O")
    void laterPair() {
        final int[] calls = new int[2];
        final Event[] pair = new Event[2];
        for (int i = 0; i < 2; i++) {
            final int own = i;
            pair[i] = Event.newUser(
                    base,
                    (event, result) -> {
                        calls[own]++;
                        pair[1 - own].activeLater(0);
                    },
                    null);
        }
        final Event writer = persistent(5, Event.WRITE, "write");
        writer.add();
        backend.ready(5, Event.WRITE);
        pair[0].activeLater(0);
        for (int i = 0; i < 300; i++) backend.atPoll(() -> {});
        backend.atPoll(base::loopBreak);
        base.dispatch();
        assertEquals(300, calls[0] + calls[1]);
        assertEquals(calls[0], calls[1]);
        assertEquals(300, log.size());
        pair[0].del();
        pair[1].del();
        writer.close();
    }

    @Test
    @DisplayName("RS-051: an always active priority starves the others, unless a guard is set")
    void starvation() {
        assertEquals(0, starvedCalls());
        reopen(EventConfig.create().starvationGuard(10));
        assertEquals(5, starvedCalls());
    }

    @Test
    @DisplayName("BTR-5: a priority that has run waits anew before the starvation guard feeds it")
    void guardCountsFromTheLastRun() {
        reopen(EventConfig.create().starvationGuard(3));
        base.priorityInit(2);
        final int[] turns = new int[1];
        final Event urgent = Event.newUser(
                base,
                (event, result) -> {
                    turns[0]++;
                    if (turns[0] != 2 && turns[0] < 7) event.activeLater(0);
                },
                null);
        final Event other = Event.newUser(
                base,
                (event, result) -> {
                    log.add("fed after " + turns[0]);
                    if (turns[0] == 2) urgent.activeLater(0);
                    if (turns[0] < 7) event.activeLater(0);
                },
                null);
        urgent.priority(0);
        other.priority(1);
        urgent.trigger();
        other.trigger();
        base.dispatch();
        // Two turns of waiting, a turn of its own, then three turns of waiting.
        assertEquals(List.of("fed after 2", "fed after 5", "fed after 7"), log);
    }

    @Test
    @DisplayName("EVT-25: after the exit the starvation guard feeds nobody")
    void guardAfterExit() {
        reopen(EventConfig.create().starvationGuard(1));
        base.priorityInit(3);
        final Event starved = user("starved");
        starved.priority(2);
        starved.trigger();
        base.loopExit();
        user("same priority").trigger();
        assertEquals(LoopResult.STOPPED, base.dispatch());
        assertEquals(List.of("same priority"), takeLog());
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("starved"), log);
    }

    private int starvedCalls() {
        base.priorityInit(2);
        final int[] turns = new int[1];
        final int[] calls = new int[1];
        final Event urgent = Event.newUser(
                base,
                (event, result) -> {
                    if (++turns[0] == 51) base.loopBreak();
                    event.activeLater(0);
                },
                null);
        final Event starved = Event.newUser(
                base,
                (event, result) -> {
                    calls[0]++;
                    event.activeLater(0);
                },
                null);
        urgent.priority(0);
        starved.priority(1);
        urgent.trigger();
        starved.trigger();
        base.dispatch();
        urgent.del();
        starved.del();
        return calls[0];
    }

    @Test
    @DisplayName("RS-052, EVT-23: within a priority callbacks run in the order of activation")
    void orderOfActivation() {
        final List<Integer> numbers = new ArrayList<>();
        for (int i = 0; i < 50; i++) numbers.add(i);
        Collections.shuffle(numbers, new Random(42));
        final List<Event> events = new ArrayList<>();
        for (int i = 0; i < 50; i++) events.add(user("" + i));
        for (final int number : numbers) events.get(number).trigger();
        base.dispatch();
        assertEquals(numbers.stream().map(String::valueOf).toList(), log);
    }

    @Test
    @DisplayName("RS-070: with a limit on callbacks all ready descriptors are served in turn")
    void fairness() {
        reopen(EventConfig.create().maxDispatchInterval(Event.NO_TIMEOUT, 10, 0));
        final int[] calls = new int[100];
        final List<Event> events = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            final int own = i;
            final Event event =
                    new Event(base, 10 + i, Event.READ | Event.PERSIST, (self, result) -> calls[own]++, null);
            event.add();
            events.add(event);
            backend.ready(10 + i, Event.READ);
        }
        for (int i = 0; i < 100; i++) backend.atPoll(() -> {});
        backend.atPoll(base::loopBreak);
        base.dispatch();
        int most = 0;
        int least = Integer.MAX_VALUE;
        for (final int count : calls) {
            most = Math.max(most, count);
            least = Math.min(least, count);
        }
        assertEquals(10, most);
        assertTrue(most - least <= 1, least + " to " + most);
        for (final Event event : events) event.close();
    }

    @Test
    @DisplayName("BTR-4: callbacks that make each other active are cut after 4096, and a poll is made")
    void chainGuardByCount() {
        final int[] runs = new int[1];
        final Event chained = Event.newUser(
                base,
                (event, result) -> {
                    if (++runs[0] < 10_000) event.active(0);
                },
                null);
        chained.trigger();
        base.dispatch();
        assertEquals(10_000, runs[0]);
        // The first run of the first pass was no chain: 1 + 4096, then 1 + 4096, then the rest.
        assertEquals(3, backend.polls);
        assertEquals(List.of(0L, 0L, 0L), backend.waits);
    }

    @Test
    @DisplayName("BTR-4: the guard cuts a chain after just as many callbacks as it was told")
    void chainGuardIsExact() {
        reopen(EventConfig.create().chainGuard(3, 0));
        final int[] runs = new int[1];
        final Event chained = Event.newUser(
                base,
                (event, result) -> {
                    log.add("poll " + backend.polls);
                    if (++runs[0] < 6) event.active(0);
                },
                null);
        chained.trigger();
        base.dispatch();
        assertEquals(List.of("poll 1", "poll 1", "poll 1", "poll 1", "poll 2", "poll 2"), log);
    }

    @Test
    @DisplayName("BTR-4: a chain is cut after 10 ms, while callbacks that were active before are not")
    void chainGuardByTime() {
        for (int i = 0; i < 20; i++)
            Event.newUser(base, (event, result) -> clock.advanceMillis(5), null).trigger();
        final int[] runs = new int[1];
        final Event chained = Event.newUser(
                base,
                (event, result) -> {
                    clock.advanceMillis(4);
                    log.add("poll " + backend.polls);
                    if (++runs[0] < 5) event.active(0);
                },
                null);
        chained.trigger();
        base.dispatch();
        assertEquals(List.of("poll 1", "poll 1", "poll 1", "poll 1", "poll 2"), log);
    }

    @Test
    @DisplayName("BTR-4: the guard on chains can be switched off")
    void chainGuardOff() {
        reopen(EventConfig.create().chainGuard(0, 0));
        final int[] runs = new int[1];
        final Event chained = Event.newUser(
                base,
                (event, result) -> {
                    clock.advanceMillis(1);
                    if (++runs[0] < 10_000) event.active(0);
                },
                null);
        chained.trigger();
        base.dispatch();
        assertEquals(1, backend.polls);
    }

    // ---- deferred callbacks ----

    @Test
    @DisplayName("A deferred callback is queued once, counts as active, and runs once")
    void deferredOnce() {
        final DeferredCallback callback = new DeferredCallback(() -> log.add("deferred"));
        assertTrue(callback.schedule(base));
        assertFalse(callback.schedule(base));
        assertTrue(callback.isScheduled());
        assertEquals(1, base.countEvents(EventBase.COUNT_ACTIVE));
        assertEquals(1, base.countEvents(EventBase.COUNT_ADDED));
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("deferred"), log);
        assertFalse(callback.isScheduled());
    }

    @Test
    @DisplayName("A cancelled deferred callback does not run; cancelling again changes nothing")
    void deferredCancel() {
        final DeferredCallback callback = new DeferredCallback(() -> log.add("deferred"));
        callback.schedule(base);
        callback.cancel(base);
        callback.cancel(base);
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of(), log);
        assertTrue(callback.schedule(base));
        callback.cancel(base);
    }

    @Test
    @DisplayName("The first 33 deferred callbacks of a turn run in it, further ones in the next")
    void deferredQuota() {
        final List<DeferredCallback> callbacks = new ArrayList<>();
        final int[] runs = new int[8];
        for (int i = 0; i < 80; i++) callbacks.add(new DeferredCallback(() -> runs[backend.polls]++));
        Event.newUser(
                        base,
                        (event, result) -> {
                            for (final DeferredCallback callback : callbacks) callback.schedule(base);
                        },
                        null)
                .trigger();
        base.dispatch();
        assertEquals(33, runs[1]);
        assertEquals(47, runs[2]); // all that waited are moved; they use the quota of that turn up
    }

    @Test
    @DisplayName("Scheduling one that waits for the next turn promotes it if the quota has room")
    void deferredPromotion() {
        final DeferredCallback early = new DeferredCallback(() -> log.add("early in poll " + backend.polls));
        final DeferredCallback late = new DeferredCallback(() -> log.add("late in poll " + backend.polls));
        final List<DeferredCallback> fill = new ArrayList<>();
        for (int i = 0; i < 33; i++) fill.add(new DeferredCallback(() -> {}));
        // Before the loop the quota is used up; the first turn starts it again.
        for (final DeferredCallback callback : fill) callback.schedule(base);
        early.schedule(base);
        late.schedule(base);
        assertFalse(late.schedule(base)); // no room: stays for later
        base.dispatch();
        assertEquals(List.of("early in poll 1", "late in poll 1"), log);
    }

    @Test
    @DisplayName("Those that come from the turn before count against the quota of this one")
    void deferredQuotaCountsThePromoted() {
        final DeferredCallback last = new DeferredCallback(() -> log.add("last in poll " + backend.polls));
        final DeferredCallback first = new DeferredCallback(() -> {
            if (backend.polls != 1) return;
            for (int i = 0; i < 33; i++) new DeferredCallback(() -> {}).schedule(base); // this turn's quota
            final DeferredCallback promoted = new DeferredCallback(() -> {
                for (int i = 0; i < 32; i++) new DeferredCallback(() -> {}).schedule(base);
                last.schedule(base);
            });
            promoted.schedule(base); // for the next turn
        });
        base.execute(() -> first.schedule(base));
        base.dispatch();
        assertEquals(List.of("last in poll 3"), log);
    }

    @Test
    @DisplayName("The priority of a deferred callback cannot change while it is scheduled")
    void deferredPriority() {
        base.priorityInit(3);
        final DeferredCallback low = new DeferredCallback(() -> log.add("low"));
        final DeferredCallback high = new DeferredCallback(() -> log.add("high"));
        low.priority(2);
        high.priority(0);
        low.schedule(base);
        high.schedule(base);
        assertThrows(IllegalStateException.class, () -> low.priority(0));
        assertThrows(IllegalArgumentException.class, () -> high.priority(-1));
        base.dispatch();
        assertEquals(List.of("high", "low"), log);
        low.priority(0);
    }

    @Test
    @DisplayName("A deferred callback is on one base at a time")
    void deferredOnOneBase() {
        final DeferredCallback callback = new DeferredCallback(() -> {});
        try (EventBase other = EventBase.open()) {
            callback.schedule(base);
            assertThrows(IllegalStateException.class, () -> callback.schedule(other));
            callback.cancel(other);
            assertTrue(callback.isScheduled());
            callback.cancel(base);
            assertTrue(callback.schedule(other));
        }
        assertFalse(callback.isScheduled());
    }

    @Test
    @DisplayName("Of two threads that schedule a deferred callback on two bases at the same time, one is refused")
    void deferredRacesForABase() throws Exception {
        final int rounds = 2_000;
        final DeferredCallback[] callbacks = new DeferredCallback[rounds];
        for (int i = 0; i < rounds; i++) callbacks[i] = new DeferredCallback(() -> log.add("ran"));
        final AtomicInteger arrived = new AtomicInteger();
        try (EventBase other = EventBase.open()) {
            final FutureTask<Integer> rival = new FutureTask<>(() -> scheduleAll(callbacks, other, arrived));
            Thread.ofPlatform().name("rival").daemon().start(rival);
            final int mine = scheduleAll(callbacks, base, arrived);
            assertEquals(rounds, mine + await(rival));
            base.checkIntegrity();
            other.checkIntegrity();
            assertEquals(mine, base.countEvents(EventBase.COUNT_ACTIVE));
            for (final DeferredCallback callback : callbacks) callback.cancel(base);
        }
    }

    private static int scheduleAll(
            final DeferredCallback[] callbacks, final EventBase on, final AtomicInteger arrived) {
        int accepted = 0;
        for (int i = 0; i < callbacks.length; i++) {
            arrived.incrementAndGet();
            while (arrived.get() < 2 * (i + 1)) Thread.onSpinWait(); // both begin together
            try {
                if (callbacks[i].schedule(on)) accepted++;
            } catch (final IllegalStateException takenByTheOther) {
                assertTrue(callbacks[i].isScheduled());
            }
        }
        return accepted;
    }

    @Test
    @DisplayName("Tasks run in the order given, among events of middle priority")
    void tasks() {
        base.priorityInit(3);
        base.execute(() -> log.add("first"));
        user("event").trigger();
        base.execute(() -> {
            log.add("second");
            base.execute(() -> log.add("third"));
        });
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("first", "event", "second", "third"), log);
    }
}
