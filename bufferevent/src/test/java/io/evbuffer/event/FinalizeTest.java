package io.evbuffer.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Finalizing, and closing a base: reactor.md section 10. */
class FinalizeTest extends ScriptedTest {
    private EventFinalizer end(final String name) {
        return event -> log.add("end of " + name);
    }

    @Test
    @DisplayName(
            "RS-126, EVT-35: idle, pending, active and later events are finalized at once, and only finalizers run")
    void finalizers() {
        final Event idle = user("idle");
        final Event pending = reader(5, "pending");
        pending.add(10_000 * MILLI);
        final Event active = persistent(6, Event.READ, "active");
        active.add(HOUR);
        active.active(Event.READ);
        final Event later = user("later");
        later.activeLater(0);
        final DeferredCallback deferred = new DeferredCallback(() -> log.add("deferred"));
        final DeferredCallback scheduled = new DeferredCallback(() -> log.add("scheduled"));
        scheduled.schedule(base);
        idle.finalizeEvent(end("idle"));
        pending.finalizeEvent(end("pending"));
        active.finalizeEvent(end("active"));
        later.freeFinalize(end("later"));
        deferred.finalizeCallback(base, () -> log.add("end of deferred"));
        scheduled.finalizeCallback(base, () -> log.add("end of scheduled"));
        assertEquals(6, base.countEvents(EventBase.COUNT_ACTIVE));
        base.checkIntegrity();
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(
                List.of(
                        "end of idle",
                        "end of pending",
                        "end of active",
                        "end of later",
                        "end of deferred",
                        "end of scheduled"),
                log);
        assertEquals(List.of(0L), backend.waits);
        assertEquals(0, base.countEvents(COUNT_ALL));
        assertFalse(deferred.schedule(base));
        assertFalse(scheduled.schedule(base));
        assertFalse(deferred.isScheduled());
        assertThrows(IllegalStateException.class, () -> deferred.finalizeCallback(base, () -> {}));
        assertEquals(0, base.countEvents(COUNT_ALL));
    }

    @Test
    @DisplayName("RS-127, DEV-11: a finalized event cannot be added, deleted, activated, nor finalized again")
    void afterwards() {
        final Event event = reader(5, "read");
        event.add();
        event.finalizeEvent(end("first"));
        assertThrows(IllegalStateException.class, event::add);
        assertThrows(IllegalStateException.class, () -> event.add(HOUR));
        assertFalse(event.del());
        assertFalse(event.removeTimer());
        event.delBlock();
        event.active(Event.READ);
        event.activeLater(Event.READ);
        event.trigger();
        assertThrows(IllegalStateException.class, () -> event.finalizeEvent(end("second")));
        assertThrows(IllegalStateException.class, () -> event.freeFinalize(end("second")));
        assertThrows(IllegalStateException.class, () -> event.assign(base, 5, Event.READ, note("other"), null));
        assertThrows(IllegalStateException.class, () -> base.set(event));
        assertEquals(0, event.pending(-1));
        final List<Event> seen = new ArrayList<>();
        base.forEachEvent(visited -> seen.add(visited) ? 0 : 1);
        assertEquals(List.of(event), seen);
        assertTrue(event.toString().contains("finalized"));
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("end of first"), log);
        assertThrows(IllegalStateException.class, event::add);
    }

    @Test
    @DisplayName("RS-128: a callback that finalizes itself and another ends first; the other never runs")
    void fromACallback() {
        for (final int bits : new int[] {0, Event.PERSIST}) {
            final Event[] events = new Event[2];
            events[0] = new Event(
                    base,
                    Event.NO_DESCRIPTOR,
                    Event.READ | bits,
                    (self, result) -> {
                        events[0].finalizeEvent(end("first"));
                        events[1].finalizeEvent(end("second"));
                        log.add("first");
                    },
                    null);
            events[1] = new Event(base, Event.NO_DESCRIPTOR, Event.READ | bits, note("second"), null);
            for (final Event event : events) {
                event.add();
                event.active(Event.READ);
            }
            assertEquals(LoopResult.EMPTY, base.dispatch());
            assertEquals(List.of("first", "end of first", "end of second"), takeLog());
        }
    }

    @Test
    @DisplayName("RS-129: freeFinalize closes the event after its finalizer, finalizeEvent leaves it to its owner")
    void storage() {
        final Event freed = user("freed");
        final Event kept = user("kept");
        freed.freeFinalize(event -> log.add("closed: " + event.isClosed()));
        kept.finalizeEvent(event -> log.add("closed: " + event.isClosed()));
        final Event closedMeanwhile = user("closed");
        closedMeanwhile.finalizeEvent(event -> log.add("closed: " + event.isClosed()));
        closedMeanwhile.close();
        base.dispatch();
        assertEquals(List.of("closed: false", "closed: false", "closed: false"), log);
        assertTrue(freed.isClosed());
        assertTrue(closedMeanwhile.isClosed());
        assertFalse(kept.isClosed());
        assertThrows(IllegalStateException.class, () -> freed.assign(base, 5, Event.READ, note("x"), null));
        kept.assign(base, 5, Event.READ, (event, result) -> log.add("assigned"), null);
        kept.add();
        assertEquals(Event.READ, kept.pending(Event.READ));
        kept.close();
        assertTrue(kept.isClosed());
    }

    @Test
    @DisplayName("RS-130: a finalizer may assign its event anew, which then lives and is finalized once more")
    void reuse() {
        final Event event = timer("first");
        for (int i = 0; i < 2; i++) {
            event.add(MILLI);
            event.finalizeEvent(self -> {
                log.add("end");
                self.assign(base, Event.NO_DESCRIPTOR, 0, note("second"), null);
            });
            assertEquals(LoopResult.EMPTY, base.dispatch());
            event.add(0);
            assertEquals(LoopResult.EMPTY, base.dispatch());
            assertEquals(List.of("end", "second"), takeLog());
        }
        event.freeFinalize(self -> self.assign(base, Event.NO_DESCRIPTOR, 0, note("again"), null));
        base.dispatch();
        assertFalse(event.isClosed()); // it began a new life in its finalizer
        event.close();
    }

    @Test
    @DisplayName("RS-131: closing a base runs the finalizers that wait, and those they ask for; closeNoFinalize none")
    void closing() {
        final Event first = user("first");
        final Event second = reader(5, "second");
        second.add(HOUR);
        final Event never = user("never");
        never.trigger();
        final DeferredCallback deferred = new DeferredCallback(() -> log.add("deferred"));
        deferred.schedule(base);
        first.finalizeEvent(event -> {
            log.add("first");
            assertTrue(base.isClosed());
            assertThrows(IllegalStateException.class, () -> never.add(MILLI));
            second.freeFinalize(end("second"));
            deferred.finalizeCallback(base, () -> log.add("end of deferred"));
            throw new IllegalStateException("counts as run");
        });
        base.close();
        assertEquals(List.of("first", "end of second", "end of deferred"), takeLog());
        assertEquals(1, failures.size());
        failures.clear();
        assertTrue(second.isClosed());
        assertThrows(IllegalStateException.class, () -> never.finalizeEvent(end("never")));

        final EventBase other = EventBase.open();
        final Event event = Event.newUser(other, note("event"), null);
        event.finalizeEvent(end("event"));
        other.closeNoFinalize();
        other.close();
        assertEquals(List.of(), log);
    }

    @Test
    @DisplayName("Section 10: a group is taken back at once, and has one finalizer when none of it runs any more")
    void group() {
        final DeferredCallback deferred = new DeferredCallback(() -> log.add("deferred"));
        final Event other = reader(5, "other");
        final Event[] self = new Event[1];
        self[0] = Event.newPeriodic(
                base,
                (event, result) -> {
                    base.finalizeAll(List.of(self[0], other), List.of(deferred), () -> log.add("end of all"));
                    log.add("callback");
                },
                null);
        self[0].add(MILLI);
        other.add(HOUR);
        other.active(Event.READ);
        self[0].active(Event.TIMEOUT);
        other.del();
        other.add(HOUR);
        deferred.schedule(base);
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("callback", "end of all"), log);
        assertThrows(IllegalStateException.class, () -> other.add(1));
        assertFalse(deferred.schedule(base));
        other.close();
        assertTrue(other.isClosed());
    }

    @Test
    @DisplayName("Section 10: a group with a member that cannot be finalized changes nothing")
    void groupRefused() {
        final Event good = timer("good");
        good.add(MILLI);
        final Event ended = timer("ended");
        ended.finalizeEvent(end("ended"));
        final Event closed = timer("closed");
        closed.close();
        for (final Event bad : List.of(ended, closed)) {
            assertThrows(
                    IllegalStateException.class,
                    () -> base.finalizeAll(List.of(good, bad), List.of(), () -> log.add("never")));
        }
        try (EventBase elsewhere = EventBase.open()) {
            final Event foreign = Event.newTimer(elsewhere, note("foreign"), null);
            assertThrows(
                    IllegalArgumentException.class,
                    () -> base.finalizeAll(List.of(good, foreign), List.of(), () -> log.add("never")));
        }
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("end of ended", "good@1"), log);
    }

    @Test
    @DisplayName("Section 13: a finalizer that throws counts as run")
    void throwing() {
        final Event event = user("user");
        event.freeFinalize(self -> {
            throw new Exception("thrown");
        });
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals("thrown", failures.get(0).getMessage());
        failures.clear();
        assertTrue(event.isClosed());
        assertNull(base.runningEvent());
    }

    @Test
    @Timeout(120)
    @DisplayName("EVT-35: finalized by another thread, the finalizer runs in the loop's thread after the callback")
    void fromAnotherThread() throws Exception {
        backend.sleepForReal();
        final CountDownLatch inCallback = new CountDownLatch(1);
        final CountDownLatch mayEnd = new CountDownLatch(1);
        final Thread[] threads = new Thread[2];
        final Event event = persistent(5, Event.READ, "unused");
        event.assign(
                base,
                5,
                Event.READ | Event.PERSIST | Event.FINALIZE,
                (self, result) -> {
                    threads[0] = Thread.currentThread();
                    inCallback.countDown();
                    assertTrue(mayEnd.await(60, TimeUnit.SECONDS));
                    log.add("callback");
                },
                null);
        event.add();
        event.active(Event.READ);
        final FutureTask<LoopResult> loop = start(0);
        assertTrue(inCallback.await(60, TimeUnit.SECONDS));
        event.finalizeEvent(self -> {
            threads[1] = Thread.currentThread();
            log.add("end");
        });
        assertFalse(event.del()); // waits neither for the callback nor for the finalizer
        mayEnd.countDown();
        assertEquals(LoopResult.EMPTY, await(loop));
        assertEquals(List.of("callback", "end"), log);
        assertSame(threads[0], threads[1]);
    }
}
