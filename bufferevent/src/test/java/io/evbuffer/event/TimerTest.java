package io.evbuffer.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Timers and time, to the nanosecond: reactor.md section 7. */
class TimerTest extends ScriptedTest {
    private Event periodic(final String name, final int runs) {
        final int[] left = {runs};
        return Event.newPeriodic(
                base,
                (event, result) -> {
                    log.add(name + "@" + time());
                    if (--left[0] == 0) event.del();
                },
                null);
    }

    @Test
    @DisplayName("RS-084: a timer runs once, at its time")
    void oneShot() {
        timer("timer").add(200 * MILLI);
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("timer@200"), log);
        assertEquals(List.of(200 * MILLI), backend.waits);
    }

    @Test
    @DisplayName("RS-085: a periodic timer runs at each interval")
    void periodicTimer() {
        final int[] runs = new int[1];
        final Event event = Event.newPeriodic(
                base,
                (self, result) -> {
                    log.add("@" + time());
                    if (++runs[0] == 6) base.loopExit();
                },
                null);
        event.add(10 * MILLI);
        assertEquals(LoopResult.STOPPED, base.dispatch());
        assertEquals(List.of("@10", "@20", "@30", "@40", "@50", "@60"), log);
        event.close();
    }

    @Test
    @DisplayName("RS-086: rounds missed by a stall are dropped, not replayed")
    void stall() {
        final Event event = Event.newPeriodic(base, (self, result) -> log.add("@" + time()), null);
        event.add(100 * MILLI);
        clock.advanceMillis(300);
        base.loopExit(50 * MILLI);
        assertEquals(LoopResult.STOPPED, base.dispatch());
        assertEquals(List.of("@300"), log);
        assertEquals(50 * MILLI, event.remaining()); // 300 + 100 - 350
        event.close();
    }

    @Test
    @DisplayName("A periodic timer does not drift when its callbacks are a little late")
    void noDrift() {
        final Event event = periodic("run", 3);
        event.add(100 * MILLI);
        backend.atPoll(() -> clock.advanceMillis(130));
        base.dispatch();
        assertEquals(List.of("run@130", "run@200", "run@300"), log);
    }

    @Test
    @DisplayName("A round that is due just when the one before it runs is not missed")
    void roundDueNow() {
        final Event periodic = Event.newPeriodic(
                base,
                (event, result) -> {
                    log.add("round@" + time());
                    if (log.size() == 3) event.del();
                },
                null);
        periodic.add(10 * MILLI);
        clock.advanceMillis(20);
        base.dispatch();
        assertEquals(List.of("round@20", "round@20", "round@30"), log);
    }

    @Test
    @DisplayName("DEV-15: a run that was deleted leaves nothing for the rounds of the next life")
    void deletedRoundIsForgotten() {
        base.priorityInit(2);
        final Event periodic = Event.newPeriodic(base, note("run"), null);
        final Event first = Event.newTimer(
                base,
                (event, result) -> {
                    periodic.del(); // its time is over, and it is queued
                    periodic.add(50 * MILLI);
                    periodic.active(Event.READ);
                },
                null);
        first.priority(0);
        first.add(10 * MILLI);
        periodic.add(10 * MILLI);
        clock.advanceMillis(25);
        base.loop(EventBase.ONCE);
        assertEquals(List.of("run"), log);
        assertEquals(50 * MILLI, periodic.remaining());
        periodic.close();
    }

    @Test
    @DisplayName("RS-087: a run for another reason starts the interval anew")
    void mixedReasons() {
        final Event event = Event.newPeriodic(base, (self, result) -> log.add(result + "@" + time()), null);
        event.add(200 * MILLI);
        Event.newTimer(base, (self, result) -> event.active(Event.READ), null).add(100 * MILLI);
        base.loopExit(600 * MILLI);
        base.dispatch();
        assertEquals(List.of(Event.READ + "@100", Event.TIMEOUT + "@300", Event.TIMEOUT + "@500"), log);
        event.close();
    }

    @Test
    @DisplayName("DEV-15: a timeout by hand starts the interval anew, from now")
    void timeoutByHand() {
        final Event event = periodic("run", 2);
        event.add(200 * MILLI);
        Event.newTimer(base, (self, result) -> event.active(Event.TIMEOUT), null)
                .add(50 * MILLI);
        base.dispatch();
        assertEquals(List.of("run@50", "run@250"), log);
    }

    @Test
    @DisplayName("RS-090: removing timers leaves the conditions")
    void removeTimer() {
        final Event reader = new Event(
                base,
                5,
                Event.READ,
                (self, result) -> {
                    log.add(result + "@" + time());
                    backend.ready(5, 0);
                    if (log.size() == 1) self.add();
                },
                null);
        final Event timer = timer("timer");
        reader.add(75 * MILLI);
        timer.add(75 * MILLI);
        Event.newTimer(
                        base,
                        (self, result) -> {
                            assertTrue(reader.removeTimer());
                            assertTrue(timer.removeTimer());
                            assertFalse(timer.removeTimer());
                        },
                        null)
                .add(25 * MILLI);
        base.once((self, result) -> backend.ready(5, Event.READ), null, 40 * MILLI);
        base.once((self, result) -> backend.ready(5, Event.READ), null, 125 * MILLI);
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of(Event.READ + "@40", Event.READ + "@125"), log);
    }

    @Test
    @DisplayName("DEV-8: removing the timer of an event that has expired cancels the next round, not this run")
    void removeTimerAfterExpiry() {
        final Event periodic = Event.newPeriodic(base, (self, result) -> log.add("run"), null);
        Event.newTimer(base, (self, result) -> periodic.removeTimer(), null).add(10 * MILLI);
        periodic.add(10 * MILLI);
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("run"), log);
        assertEquals(Event.NO_TIMEOUT, periodic.remaining());
    }

    @Test
    @DisplayName("RS-092, EVT-38: all callbacks of a turn see the same time, unless it is refreshed")
    void cachedTime() {
        assertEquals(1, distinctTimes(0, false));
        assertEquals(1, distinctTimes(30, false));
        assertEquals(3, distinctTimes(30, true));
        reopen(EventConfig.create().flags(EventConfig.NO_CACHE_TIME));
        assertEquals(3, distinctTimes(30, false));
    }

    private long distinctTimes(final long sleepMillis, final boolean refresh) {
        final List<Long> times = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            base.once(
                    (event, result) -> {
                        clock.advanceMillis(sleepMillis);
                        if (refresh) base.updateCacheTime();
                        times.add(base.nowNanos());
                    },
                    null,
                    0);
        }
        base.dispatch();
        assertEquals(clock.nanos(), base.nowNanos());
        return times.stream().distinct().count();
    }

    @Test
    @DisplayName("RS-093: the time left is never more than was armed, nor negative")
    void remaining() {
        final Event event = timer("timer");
        final Random random = new Random(1);
        for (int i = 0; i < 1000; i++) {
            event.add(100_000);
            assertEquals(100_000, event.remaining());
            clock.advance(random.nextInt(200_000));
            assertTrue(event.remaining() >= 0 && event.remaining() <= 100_000);
        }
        event.del();
        assertEquals(Event.NO_TIMEOUT, event.remaining());
    }

    @Test
    @DisplayName("RS-094: an interval of zero is one run")
    void zeroInterval() {
        final Event event = Event.newPeriodic(base, (self, result) -> log.add("run"), null);
        event.add(0);
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("run"), log);
        assertEquals(0, base.countEvents(COUNT_ALL));
    }

    @Test
    @DisplayName("RS-095, EVT-17, EVT-18: 100,000 timers run in the order of their expiry, none early")
    void scale() {
        final int count = 100_000;
        final Random random = new Random(7);
        final long[] last = {0, 0};
        final EventCallback callback = (event, result) -> {
            final long due = (Long) event.attachment();
            assertTrue(clock.nanos() >= due);
            assertTrue(due >= last[0]);
            last[0] = due;
            last[1]++;
        };
        for (int i = 0; i < count; i++) {
            final long timeout = (1 + random.nextInt(500)) * MILLI;
            Event.newTimer(base, callback, clock.nanos() + timeout).add(timeout);
        }
        base.checkIntegrity();
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(count, last[1]);
        assertEquals(count, base.metrics().timersExpired());
    }

    @Test
    @DisplayName("RS-096: a huge duration is for ever and hurts nobody")
    void huge() {
        final Event event = timer("huge");
        event.add(Long.MAX_VALUE);
        assertTrue(event.remaining() > Long.MAX_VALUE / 2);
        timer("short").add(20 * MILLI);
        base.loop(EventBase.ONCE);
        assertEquals(List.of("short@20"), log);
        event.del();
        assertThrows(IllegalArgumentException.class, () -> event.add(-2));
    }

    @Test
    @DisplayName("RS-097: steps of the wall clock move no timer; the time of day follows them")
    void wallStep() {
        timer("timer").add(50 * MILLI);
        final long before = base.wallNanos();
        clock.stepWall(24 * HOUR);
        assertEquals(before + 24 * HOUR, base.wallNanos());
        clock.stepWall(-48 * HOUR);
        base.dispatch();
        assertEquals(List.of("timer@50"), log);
        assertEquals(before - 24 * HOUR + 50 * MILLI, base.wallNanos());

        final List<Long> walls = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            base.once(
                    (event, result) -> {
                        walls.add(base.wallNanos());
                        clock.stepWall(HOUR);
                    },
                    null,
                    0);
        }
        base.dispatch();
        assertEquals(walls.get(0), walls.get(1)); // of one turn
    }

    @Test
    @DisplayName("RS-098: a clock that goes back is held, and timers run once")
    void ticksBackwards() {
        timer("timer").add(50 * MILLI);
        backend.atPoll(() -> clock.advanceMillis(50));
        base.dispatch();
        final long seen = base.nowNanos();
        clock.advanceMillis(-30);
        assertEquals(seen, base.nowNanos());
        final Event next = timer("next");
        next.add(10 * MILLI);
        base.dispatch();
        assertEquals(2, log.size());
        assertTrue(base.nowNanos() >= seen + 10 * MILLI);
    }

    @Test
    @DisplayName("RS-099: an add without a duration leaves an armed timer")
    void addWithoutTimeout() {
        final Event event = timer("timer");
        event.add(50 * MILLI);
        event.add(Event.NO_TIMEOUT);
        event.add();
        base.dispatch();
        assertEquals(List.of("timer@50"), log);
    }

    @Test
    @DisplayName("RS-100: a new duration counts from now")
    void rearm() {
        final Event event = timer("timer");
        event.add(50 * MILLI);
        base.once((self, result) -> event.add(200 * MILLI), null, 20 * MILLI);
        base.dispatch();
        assertEquals(List.of("timer@220"), log);
    }

    @Test
    @DisplayName("RS-101: a new interval set by the callback counts from then on")
    void newInterval() {
        final int[] runs = new int[1];
        final Event event = Event.newPeriodic(
                base,
                (self, result) -> {
                    log.add("@" + time());
                    if (++runs[0] == 3) self.add(100 * MILLI);
                    if (runs[0] == 5) self.del();
                },
                null);
        event.add(20 * MILLI);
        base.dispatch();
        assertEquals(List.of("@20", "@40", "@60", "@160", "@260"), log);
    }

    @Test
    @DisplayName("RS-102, DEV-13: equal expiries run in the order of arming")
    void ties() {
        final List<String> expected = new ArrayList<>();
        final List<Event> events = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            events.add(timer("" + i));
            events.get(i).add(10 * MILLI);
        }
        events.get(3).add(10 * MILLI); // armed anew: last of all
        for (int i = 0; i < 20; i++) if (i != 3) expected.add(i + "@10");
        expected.add("3@10");
        base.dispatch();
        assertEquals(expected, log);
    }

    @Test
    @DisplayName("RS-103: I/O before the timeout is the only run")
    void ioBeatsTimeout() {
        final Event event = new Event(base, 5, Event.READ, (self, result) -> log.add(result + "@" + time()), null);
        event.add(100 * MILLI);
        base.once((self, result) -> backend.ready(5, Event.READ), null, 20 * MILLI);
        base.loopExit(300 * MILLI);
        base.dispatch();
        assertEquals(List.of(Event.READ + "@20"), log);
    }

    @Test
    @DisplayName("RS-104: waits are asked to the nanosecond")
    void fineWaits() {
        final Event event = Event.newPeriodic(base, (self, result) -> log.add("" + clock.nanos()), null);
        event.add(200_123);
        for (int i = 0; i < 5; i++) base.loop(EventBase.ONCE);
        assertEquals(List.of(200_123L, 200_123L, 200_123L, 200_123L, 200_123L), backend.waits);
        event.close();
    }

    @Test
    @DisplayName("EVT-19: all due timers are active before the first callback, so one can delete the next")
    void dueTimersAreActiveTogether() {
        final Event second = timer("second");
        Event.newTimer(
                        base,
                        (self, result) -> {
                            assertEquals(Event.TIMEOUT, second.pending(Event.TIMEOUT));
                            assertEquals(Event.NO_TIMEOUT, second.remaining());
                            second.del();
                        },
                        null)
                .add(10 * MILLI);
        second.add(5 * MILLI + 5 * MILLI);
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of(), log);
    }

    @Test
    @DisplayName("DEV-14: a timer armed by another thread counts from a fresh reading")
    void freshClockForOthers() {
        final Event event = timer("timer");
        base.once(
                (self, result) -> {
                    clock.advanceMillis(30); // the turn's time stays at 0
                    final Thread other = Thread.ofPlatform().start(() -> event.add(10 * MILLI));
                    other.join();
                },
                null,
                0);
        base.dispatch();
        assertEquals(List.of("timer@40"), log);
    }

    @Test
    @DisplayName("In a callback a timer counts from the turn's time; updateCacheTime makes it now")
    void cachedTimeArms() {
        final Event cached = timer("cached");
        final Event refreshed = timer("refreshed");
        base.once(
                (self, result) -> {
                    clock.advanceMillis(30);
                    cached.add(40 * MILLI);
                    base.updateCacheTime();
                    refreshed.add(40 * MILLI);
                },
                null,
                0);
        base.updateCacheTime(); // no loop runs: nothing happens
        base.dispatch();
        assertEquals(List.of("cached@40", "refreshed@70"), log);
    }
}
