package io.evbuffer.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Signals: reactor.md section 8. Real ones, of a number that this virtual machine gives away. */
@Timeout(120)
class SignalTest extends ScriptedTest {
    private static final String NAME = Signals.free();
    private static final int NUMBER = Signals.number(NAME);

    private Event signal(final EventBase on, final String name) {
        return Event.newSignal(on, NUMBER, (event, result) -> log.add(name + ":" + result), null);
    }

    private Event signal(final String name) {
        return signal(base, name);
    }

    /** Raises the signal and waits until the virtual machine has told the base, though no loop runs. */
    private void raise(final int times) {
        final SignalTable signals = base.signals();
        final int before = signals.arrivals(NUMBER);
        for (int i = 1; i <= times; i++) {
            Signals.raise(NAME);
            while (signals.arrivals(NUMBER) < before + i || !signals.hasArrivals()) Thread.onSpinWait();
        }
    }

    @Test
    @DisplayName("RS-105: a signal wakes the loop and runs its event, which deletes itself")
    void simple() throws Exception {
        backend.sleepForReal();
        final Event event = Event.newSignal(
                base,
                NUMBER,
                (self, result) -> {
                    log.add("signal:" + result);
                    self.del();
                },
                null);
        event.add();
        assertEquals(NUMBER, event.signal());
        assertEquals(NUMBER, event.number());
        assertEquals(Event.SIGNAL, event.pending(Event.SIGNAL | Event.READ));
        final FutureTask<LoopResult> loop = start(0);
        backend.awaitSleep();
        Signals.raise(NAME);
        assertEquals(LoopResult.EMPTY, await(loop));
        assertEquals(List.of("signal:" + Event.SIGNAL), log);
        assertEquals("sun.misc.Signal", base.signalMethod());
    }

    @Test
    @DisplayName("RS-106: added, deleted and added again, the signal is caught")
    void delAndAdd() {
        final Event event = signal("caught");
        event.add();
        assertTrue(event.del());
        event.add();
        event.add();
        raise(1);
        once();
        assertEquals(List.of("caught:" + Event.SIGNAL), log);
        event.close();
    }

    @Test
    @DisplayName("RS-107: two events of one signal both run, in the order in which they were added")
    void twoEvents() {
        final Event first = signal("first");
        final Event second = signal("second");
        final Event third = signal("third");
        first.add();
        second.add();
        third.add();
        second.del();
        raise(1);
        once();
        assertEquals(List.of("first:" + Event.SIGNAL, "third:" + Event.SIGNAL), log);
        first.close();
        third.close();
    }

    @Test
    @DisplayName("RS-108: a signal raised before the loop starts is not lost")
    void beforeTheLoop() {
        final Event event = signal("signal");
        event.add();
        raise(1);
        base.loop(EventBase.NONBLOCK);
        assertEquals(List.of("signal:" + Event.SIGNAL), log);
        event.close();
    }

    @Test
    @DisplayName("RS-109, EVT-34: when the last event goes, what was there before is put back")
    void restored() throws Exception {
        final CountDownLatch own = new CountDownLatch(1);
        final Object mine = Signals.handler(own::countDown);
        final Object original = Signals.handle(NAME, mine);
        try {
            final Event first = signal("first");
            final Event second = signal("second");
            first.add();
            second.add();
            first.close();
            raise(1);
            once();
            assertEquals(List.of("second:" + Event.SIGNAL), log);
            assertEquals(1, own.getCount());
            second.close();
            Signals.raise(NAME);
            assertTrue(own.await(60, TimeUnit.SECONDS));
            assertSame(mine, Signals.handle(NAME, mine));
        } finally {
            assertSame(mine, Signals.handle(NAME, original));
        }
    }

    @Test
    @DisplayName("RS-110: a callback that raises its signal again is called again, five times in all")
    void raisedByTheCallback() {
        final int[] runs = {0};
        final Event event = Event.newSignal(
                base,
                NUMBER,
                (self, result) -> {
                    if (++runs[0] < 5) raise(1);
                    else self.del();
                },
                null);
        event.add();
        raise(1);
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(5, runs[0]);
    }

    @Test
    @DisplayName("DEV-10, BTR-11: each arrival is counted, also while the event is queued")
    void counted() {
        final Event event = signal("signal");
        event.add();
        raise(3);
        final Event first = Event.newUser(base, (self, result) -> log.add("first"), null);
        first.trigger();
        once();
        assertEquals(List.of("first", "signal:8", "signal:8", "signal:8"), takeLog());
        event.active(Event.SIGNAL);
        raise(2); // while it is queued
        once();
        assertEquals(List.of("signal:8", "signal:8", "signal:8"), takeLog());
        event.close();
    }

    @Test
    @DisplayName("RS-111: a callback that closes its event drops the other arrivals; so does a break")
    void closedByTheCallback() {
        final Event event = Event.newSignal(
                base,
                NUMBER,
                (self, result) -> {
                    log.add("call");
                    self.close();
                },
                null);
        event.add();
        raise(2);
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("call"), takeLog());

        final Event breaking = Event.newSignal(
                base,
                NUMBER,
                (self, result) -> {
                    log.add("break");
                    base.loopBreak();
                },
                null);
        breaking.add();
        raise(3);
        assertEquals(LoopResult.STOPPED, base.dispatch());
        once();
        assertEquals(List.of("break"), takeLog());
        breaking.close();
    }

    @Test
    @DisplayName("RS-112, EVT-33: there are signals 1 to 64; another number is refused and changes nothing")
    void range() {
        for (final int number : new int[] {-1, 0, 65, 1_000}) {
            final Event event = Event.newSignal(base, number, (self, result) -> {}, null);
            assertThrows(EventException.class, event::add);
            assertThrows(EventException.class, () -> event.add(HOUR));
            assertEquals(0, event.pending(Event.SIGNAL | Event.TIMEOUT));
        }
        assertEquals(0, base.countEvents(COUNT_ALL));
        assertThrows(
                IllegalArgumentException.class,
                () -> new Event(base, 1, Event.SIGNAL | Event.READ, (self, result) -> {}, null));
    }

    @Test
    @DisplayName("RS-113: what the virtual machine keeps, or cannot name, is refused with the reason")
    void kept() {
        for (final String name : new String[] {"SEGV", "QUIT", "KILL", "STOP"}) {
            final Event event = Event.newSignal(base, Signals.number(name), (self, result) -> {}, null);
            final EventException refusal = assertThrows(EventException.class, event::add);
            assertTrue(
                    refusal.getMessage().contains(name) && refusal.getMessage().contains("used by VM or OS"),
                    refusal.getMessage());
        }
        final Event realTime = Event.newSignal(base, 50, (self, result) -> {}, null);
        assertTrue(
                assertThrows(EventException.class, realTime::add).getMessage().contains("no name for signal 50"));
        assertEquals(0, base.countEvents(COUNT_ALL));
    }

    @Test
    @DisplayName("RS-114: closing the base puts the handler back, though an event is left")
    void closedBase() throws Exception {
        final CountDownLatch own = new CountDownLatch(1);
        final Object original = Signals.handle(NAME, Signals.handler(own::countDown));
        try {
            signal("left").add();
            signal("other").add();
            base.close();
            Signals.raise(NAME);
            assertTrue(own.await(60, TimeUnit.SECONDS));
        } finally {
            Signals.handle(NAME, original);
        }
        assertEquals(List.of(), log);
    }

    @Test
    @DisplayName("RS-115, DEV-17, BTR-11: a signal reaches every base that waits for it")
    void twoBases() {
        try (EventBase other = EventBase.open(EventConfig.create().flags(EventConfig.NOLOCK))) {
            final Event first = signal("here");
            final Event second = signal(other, "there");
            first.add();
            second.add();
            raise(1);
            while (!other.signals().hasArrivals()) Thread.onSpinWait();
            once();
            assertEquals(List.of("here:" + Event.SIGNAL), takeLog());
            other.loop(EventBase.ONCE);
            assertEquals(List.of("there:" + Event.SIGNAL), takeLog());
            first.close();
            Signals.raise(NAME);
            other.loop(EventBase.ONCE); // sleeps until it has come, or finds it
            assertEquals(List.of("there:" + Event.SIGNAL), takeLog());
            second.close();
        }
    }

    @Test
    @DisplayName("RS-116: made active by hand, a signal event is called as often as it is said")
    void countsByHand() {
        final Event event = signal("signal");
        event.add();
        event.active(Event.SIGNAL, 3);
        event.active(Event.SIGNAL, 7); // it is queued: its number stays
        once();
        assertEquals(List.of("signal:8", "signal:8", "signal:8"), takeLog());
        event.active(Event.SIGNAL, 0);
        once();
        assertEquals(List.of(), log);
        assertThrows(IllegalArgumentException.class, () -> event.active(Event.SIGNAL, -1));
        final Event user = user("user");
        user.active(0, 3); // without meaning for it
        once();
        assertEquals(List.of("user"), takeLog());
        event.close();
    }

    @Test
    @DisplayName("RS-117: a signal event's timeout runs it once; DEV-16: a persistent one stays and is armed anew")
    void timeout() {
        final Event once = new Event(base, NUMBER, Event.SIGNAL, (self, result) -> log.add("once:" + result), null);
        once.add(10 * MILLI);
        base.loop(EventBase.ONCE);
        assertEquals(List.of("once:" + Event.TIMEOUT), takeLog());
        assertEquals(0, once.pending(Event.SIGNAL));

        final Event event = signal("signal");
        event.add(10 * MILLI);
        base.loop(EventBase.ONCE);
        base.loop(EventBase.ONCE);
        assertEquals(List.of("signal:1", "signal:1"), takeLog());
        assertEquals(Event.SIGNAL | Event.TIMEOUT, event.pending(Event.SIGNAL | Event.TIMEOUT));
        clock.advanceMillis(5);
        raise(1);
        once();
        assertEquals(List.of("signal:8"), takeLog());
        assertEquals(10 * MILLI, event.remaining());
        clock.advanceMillis(10);
        raise(2); // both at once: every arrival with both bits
        once();
        assertEquals(List.of("signal:9", "signal:9"), takeLog());
        event.close();
    }

    @Test
    @DisplayName("Section 8: an event that is not persistent leaves its signal before its calls, and runs all of them")
    void notPersistent() {
        final Object original = Signals.handle(NAME, Signals.handler(() -> {}));
        final Event event = new Event(
                base, NUMBER, Event.SIGNAL, (self, result) -> log.add("left:" + self.pending(Event.SIGNAL)), null);
        event.add();
        raise(2);
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("left:0", "left:0"), log);
        Signals.handle(NAME, original);
    }

    @Test
    @DisplayName("Section 13: a call that throws costs no other call of the same run")
    void throwing() {
        final Event event = Event.newSignal(
                base,
                NUMBER,
                (self, result) -> {
                    log.add("call");
                    if (log.size() == 1) throw new IllegalStateException("first");
                },
                null);
        event.add();
        event.active(Event.SIGNAL, 3);
        once();
        assertEquals(List.of("call", "call", "call"), log);
        assertEquals(1, failures.size());
        failures.clear();
        event.close();
    }

    @Test
    @DisplayName("Section 13: nor the calls of what has come during it")
    void throwingWhileMoreCome() {
        final Event event = Event.newSignal(
                base,
                NUMBER,
                (self, result) -> {
                    log.add("call");
                    if (log.size() > 1) return;
                    self.active(Event.SIGNAL, 2);
                    throw new IllegalStateException("first");
                },
                null);
        event.add();
        event.active(Event.SIGNAL, 3);
        once();
        assertEquals(List.of("call", "call", "call", "call", "call"), log);
        assertEquals(1, failures.size());
        failures.clear();
        event.close();
    }

    @Test
    @DisplayName("RS-067, RS-068: events of a signal can be made active by its number, unknown numbers do nothing")
    void byHand() {
        final Event event = signal("signal");
        event.add();
        base.activeBySignal(NUMBER);
        base.activeBySignal(1_000);
        base.activeBySignal(-1);
        once();
        assertEquals(List.of("signal:" + Event.SIGNAL), log);
        event.close();
        base.activeBySignal(NUMBER);
        assertFalse(base.countEvents(COUNT_ALL) > 0);
    }
}
