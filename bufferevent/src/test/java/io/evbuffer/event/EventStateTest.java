package io.evbuffer.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What each call does in each state of an event: reactor.md section 2. */
class EventStateTest extends ScriptedTest {
    private static final int ASKABLE = Event.TIMEOUT | Event.READ | Event.WRITE | Event.CLOSED | Event.SIGNAL;

    @Test
    @DisplayName("RS-008: results of several activations are OR-ed into one run")
    void resultsAreOred() {
        final List<Integer> results = new ArrayList<>();
        final Event event = Event.newTimer(base, (self, result) -> results.add(result), null);
        event.active(Event.READ);
        event.active(Event.WRITE);
        assertEquals(Event.READ | Event.WRITE, event.pending(Event.READ | Event.WRITE | Event.TIMEOUT));
        base.dispatch();
        assertEquals(List.of(Event.READ | Event.WRITE), results);
        assertEquals(0, event.pending(ASKABLE));
    }

    @Test
    @DisplayName("RS-010: everything an event was made with can be asked for")
    void getters() {
        final Object attachment = new Object();
        final EventCallback callback = note("x");
        final Event event = new Event(base, 7, Event.READ | Event.PERSIST, callback, attachment);
        assertSame(base, event.base());
        assertEquals(7, event.number());
        assertNull(event.channel());
        assertEquals(Event.READ | Event.PERSIST, event.events());
        assertSame(callback, event.callback());
        assertSame(attachment, event.attachment());
        assertEquals(0, event.priority());
        assertFalse(event.isClosed());
    }

    @Test
    @DisplayName("RS-011: bits that contradict each other, or are unknown, are refused")
    void badMask() {
        assertThrows(
                IllegalArgumentException.class, () -> new Event(base, 5, Event.SIGNAL | Event.READ, note("x"), null));
        assertThrows(IllegalArgumentException.class, () -> new Event(base, 5, 0x1000, note("x"), null));
        assertThrows(IllegalArgumentException.class, () -> new Event(base, -2, Event.READ, note("x"), null));
        assertEquals(0, base.countEvents(COUNT_ALL));
    }

    @Test
    @DisplayName("RS-012: an event on no descriptor keeps the loop alive and runs by hand")
    void noDescriptor() {
        final Event event = reader(Event.NO_DESCRIPTOR, "read");
        event.add();
        base.loopExit(50 * MILLI);
        assertEquals(LoopResult.STOPPED, base.dispatch());
        assertEquals(50, time());
        assertEquals(List.of(), log);

        event.active(Event.READ);
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("read:" + Event.READ), log);
    }

    @Test
    @DisplayName("RS-014: a closed base leaves orphans: quiet when asked, refusing when told")
    void closedBase() {
        final Event pending = reader(5, "pending");
        final Event armed = timer("armed");
        final Event active = user("active");
        final Event later = user("later");
        final DeferredCallback deferred = new DeferredCallback(() -> log.add("deferred"));
        pending.add(HOUR);
        armed.add(HOUR);
        active.trigger();
        later.activeLater(0);
        deferred.schedule(base);
        base.execute(() -> log.add("task"));
        base.atTurnEnd(() -> log.add("turn end"));
        base.addVirtual();
        base.checkIntegrity();
        base.close();
        base.close();

        for (final Event event : List.of(pending, armed, active, later)) {
            assertEquals(0, event.pending(ASKABLE));
            assertEquals(Event.NO_TIMEOUT, event.remaining());
            assertFalse(event.del());
            assertFalse(event.delNoblock());
            assertFalse(event.removeTimer());
            assertTrue(event.isClosed());
            assertThrows(IllegalStateException.class, event::add);
            assertThrows(IllegalStateException.class, () -> event.add(1));
            assertThrows(IllegalStateException.class, event::trigger);
            assertThrows(IllegalStateException.class, () -> event.activeLater(0));
            event.close();
        }
        assertFalse(deferred.isScheduled());
        deferred.cancel(base);
        assertThrows(IllegalStateException.class, () -> deferred.schedule(base));
        assertThrows(IllegalStateException.class, base::dispatch);
        assertThrows(IllegalStateException.class, () -> base.atTurnEnd(() -> {}));
        assertThrows(RejectedExecutionException.class, () -> base.execute(() -> {}));
        assertThrows(IllegalStateException.class, base::loopExit);
        base.delVirtual();
        base.loopBreak();
        assertEquals(0, base.countEvents(COUNT_ALL));
        assertEquals(List.of(), log);
        base.checkIntegrity();
    }

    @Test
    @DisplayName("RS-015, EVT-33: an add that the backend refuses changes nothing")
    void failingAdd() {
        backend.refuseToAdmit = 1 << 30;
        final Event event = reader(1 << 30, "read");
        assertThrows(EventException.class, () -> event.add(HOUR));
        assertEquals(0, event.pending(ASKABLE));
        assertEquals(Event.NO_TIMEOUT, event.remaining());
        assertEquals(0, base.countEvents(COUNT_ALL));
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of(), backend.calls);
    }

    @Test
    @DisplayName("RS-017: what was never added, or is deleted already, can be deleted")
    void delTwice() {
        final Event event = reader(5, "read");
        assertFalse(event.del());
        event.add();
        assertTrue(event.del());
        assertFalse(event.del());
    }

    @Test
    @DisplayName("RS-018: after close an event refuses to work and answers quietly")
    void closedEvent() {
        final Event event = reader(5, "read");
        event.add(HOUR);
        event.close();
        event.close();
        assertTrue(event.isClosed());
        assertEquals(0, event.pending(ASKABLE));
        assertThrows(IllegalStateException.class, event::add);
        assertThrows(IllegalStateException.class, () -> event.add(5));
        assertThrows(IllegalStateException.class, event::trigger);
        assertThrows(IllegalStateException.class, () -> event.activeLater(0));
        assertFalse(event.del());
        assertFalse(event.removeTimer());
        assertEquals(LoopResult.EMPTY, base.dispatch());
    }

    @Test
    @DisplayName("RS-019: pending tells conditions, the timer and the queued result")
    void pending() {
        final Event both = new Event(base, 5, Event.READ | Event.WRITE, note("x"), null);
        final Event idle = new Event(base, 6, Event.WRITE, note("x"), null);
        both.add(500 * MILLI);
        assertEquals(Event.READ, both.pending(Event.READ));
        assertEquals(Event.READ | Event.WRITE | Event.TIMEOUT, both.pending(ASKABLE));
        assertEquals(0, both.pending(Event.PERSIST | Event.CLOSED));
        assertEquals(500 * MILLI, both.remaining());
        assertEquals(0, idle.pending(ASKABLE));

        idle.active(Event.READ); // made by hand
        assertEquals(Event.READ, idle.pending(ASKABLE));
        both.del();
        idle.del();
    }

    @Test
    @DisplayName("RS-021: a callback's add of an event that is active by I/O is used up by that event's run")
    void readdOfActiveEvent() {
        final Event[] events = new Event[2];
        for (int i = 0; i < 2; i++) {
            final int own = i;
            events[i] = new Event(
                    base,
                    5 + i,
                    Event.READ,
                    (event, result) -> {
                        log.add("event " + own);
                        events[1 - own].add();
                    },
                    null);
            events[i].add();
            backend.ready(5 + i, Event.READ);
        }
        once();
        assertEquals(List.of("event 0", "event 1"), log);
        assertEquals(Event.READ, events[0].pending(Event.READ));
        assertEquals(0, events[1].pending(Event.READ));
        events[0].close();
    }

    @Test
    @DisplayName("RS-022: an event deleted while it is queued does not run")
    void delInQueue() {
        final Event second = reader(5, "second");
        final Event first = new Event(
                base,
                5,
                Event.READ,
                (event, result) -> {
                    log.add("first");
                    assertTrue(second.del());
                    assertEquals(0, second.pending(ASKABLE));
                },
                null);
        first.add();
        second.add();
        backend.ready(5, Event.READ);
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("first"), log);
    }

    @Test
    @DisplayName("RS-023: an event may be closed by its own callback")
    void closeInCallback() {
        final Event event = new Event(
                base,
                5,
                Event.READ | Event.PERSIST,
                (self, result) -> {
                    log.add("run");
                    self.close();
                },
                null);
        event.add(HOUR);
        backend.ready(5, Event.READ);
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("run"), log);
        assertEquals(0, base.countEvents(COUNT_ALL));
    }

    @Test
    @DisplayName("RS-024: a persistent event made active by hand and never added is idle after its run")
    void handActivatedPersistent() {
        final Event event = persistent(5, Event.READ, "run");
        event.active(Event.READ);
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("run:" + Event.READ), log);
        assertEquals(0, event.pending(ASKABLE));
    }

    @Test
    @DisplayName("EVT-11, EVT-12: an event is idle when its callback starts, a persistent one pending")
    void pendingInCallback() {
        final int[] pending = new int[2];
        final Event single =
                new Event(base, 5, Event.READ, (event, result) -> pending[0] = event.pending(ASKABLE), null);
        final Event lasting = new Event(
                base, 6, Event.READ | Event.PERSIST, (event, result) -> pending[1] = event.pending(ASKABLE), null);
        single.add(HOUR);
        lasting.add(HOUR);
        backend.ready(5, Event.READ);
        backend.ready(6, Event.READ);
        once();
        assertEquals(0, pending[0]);
        assertEquals(Event.READ | Event.TIMEOUT, pending[1]);
        lasting.close();
    }

    @Test
    @DisplayName("RS-072: an event for two conditions that runs by one gives up both")
    void halfBits() {
        final List<Integer> results = new ArrayList<>();
        final Event event = new Event(base, 5, Event.READ | Event.WRITE, (self, result) -> results.add(result), null);
        event.add();
        backend.ready(5, Event.READ);
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of(Event.READ), results);
        assertEquals(0, backend.interest(5));
        assertEquals(0, event.pending(ASKABLE));
    }

    @Test
    @DisplayName("RS-120: a user event triggered twice runs once with result 0")
    void trigger() {
        final List<Integer> results = new ArrayList<>();
        final Event event = Event.newUser(base, (self, result) -> results.add(result), null);
        event.trigger();
        event.trigger();
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of(0), results);
    }

    @Test
    @DisplayName("From its own callback an event can be made active again, in the same turn")
    void activeFromCallback() {
        final Event event = Event.newUser(
                base,
                (self, result) -> {
                    log.add("run in poll " + backend.polls);
                    if (log.size() < 3) self.active(0);
                },
                null);
        event.trigger();
        base.dispatch();
        assertEquals(List.of("run in poll 1", "run in poll 1", "run in poll 1"), log);
    }

    @Test
    @DisplayName("DEV-6: an add on an event that is active by hand waits for all its conditions")
    void addWhileActive() {
        final Event event = persistent(5, Event.READ, "read");
        event.active(Event.WRITE);
        event.add(HOUR);
        once();
        assertEquals(List.of("read:" + Event.WRITE), takeLog());
        assertEquals(Event.READ | Event.TIMEOUT, event.pending(ASKABLE));
        backend.ready(5, Event.READ);
        once();
        assertEquals(List.of("read:" + Event.READ), log);
        event.close();
    }

    @Test
    @DisplayName("A new duration leaves an event that waits for the next turn as it is")
    void readdLeavesWhatWaitsForTheNextTurn() {
        final Event event = Event.newTimer(base, (self, result) -> log.add("run:" + result + "@" + time()), null);
        event.activeLater(Event.TIMEOUT);
        event.add(HOUR);
        assertEquals(Event.TIMEOUT, event.pending(ASKABLE));
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("run:" + Event.TIMEOUT + "@0"), log);
    }

    @Test
    @DisplayName("DEV-7: of a timeout that was withdrawn the next round knows nothing")
    void withdrawnTimeoutHasNoNextRound() {
        base.priorityInit(2);
        final Event both = persistent(5, Event.READ, "both");
        final Event first = Event.newTimer(base, (event, result) -> both.add(50 * MILLI), null);
        first.priority(0);
        first.add(10 * MILLI);
        both.add(10 * MILLI);
        backend.atPoll(() -> {
            clock.advanceMillis(12);
            backend.ready(5, Event.READ);
        });
        backend.atPoll(() -> backend.ready(5, 0));
        base.loop(EventBase.ONCE);
        assertEquals(List.of("both:" + Event.READ), log);
        assertEquals(50 * MILLI, both.remaining()); // from the run on, not from the round that was withdrawn
        both.close();
    }

    @Test
    @DisplayName("DEV-7: a new duration withdraws the timeout that is queued, and no other bit")
    void readdWithdrawsTimeout() {
        base.priorityInit(2);
        final Event both = new Event(base, 5, Event.READ, (event, result) -> log.add("both:" + result), null);
        final Event timeout = Event.newTimer(base, (event, result) -> log.add("timeout:" + result), null);
        final Event first = Event.newTimer(
                base,
                (event, result) -> {
                    assertEquals(Event.READ | Event.TIMEOUT, both.pending(ASKABLE));
                    both.add(HOUR);
                    timeout.add(20 * MILLI);
                    assertEquals(Event.READ | Event.TIMEOUT, both.pending(ASKABLE));
                },
                null);
        first.priority(0);
        first.add(10 * MILLI);
        both.add(10 * MILLI);
        timeout.add(10 * MILLI);
        backend.atPoll(() -> {
            clock.advanceMillis(10);
            backend.ready(5, Event.READ);
        });
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("both:" + Event.READ, "timeout:" + Event.TIMEOUT), log);
        assertEquals(30, time());
    }

    @Test
    @DisplayName("I/O and timeout in one turn are one run with both bits")
    void ioAndTimeoutTogether() {
        final Event event = new Event(base, 5, Event.READ, (self, result) -> log.add("run:" + result), null);
        event.add(10 * MILLI);
        backend.atPoll(() -> {
            clock.advanceMillis(10);
            backend.ready(5, Event.READ);
        });
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("run:" + (Event.READ | Event.TIMEOUT)), log);
    }

    @Test
    @DisplayName("RS-044: the priority of an active event cannot change, nor to one that does not exist")
    void setPriority() {
        base.priorityInit(3);
        final Event event = reader(5, "read");
        event.add();
        event.priority(2);
        assertEquals(2, event.priority());
        assertThrows(IllegalArgumentException.class, () -> event.priority(3));
        assertThrows(IllegalArgumentException.class, () -> event.priority(-1));
        event.active(Event.READ);
        assertThrows(IllegalStateException.class, () -> event.priority(1));
        event.del();
        event.activeLater(Event.READ);
        event.priority(1);
        assertEquals(1, event.priority());
        event.close();
    }

    @Test
    @DisplayName("RS-050: an event for the next turn that is made active runs in this one, once")
    void promotion() {
        final Event event = Event.newUser(base, (self, result) -> log.add("run:" + result), null);
        event.activeLater(Event.READ);
        event.activeLater(Event.CLOSED);
        event.active(Event.WRITE);
        event.activeLater(0x1000);
        base.checkIntegrity();
        once();
        assertEquals(List.of("run:" + (Event.READ | Event.CLOSED | Event.WRITE | 0x1000)), log);
    }

    @Test
    @DisplayName("EVT-28: an event made active for later does not run before the next poll")
    void laterRunsAfterAPoll() {
        final Event later = Event.newUser(base, (self, result) -> log.add("later after poll " + backend.polls), null);
        Event.newUser(
                        base,
                        (self, result) -> {
                            later.activeLater(0);
                            log.add("now after poll " + backend.polls);
                        },
                        null)
                .trigger();
        base.dispatch();
        assertEquals(List.of("now after poll 1", "later after poll 2"), log);
        assertEquals(List.of(0L, 0L), backend.waits);
    }
}
