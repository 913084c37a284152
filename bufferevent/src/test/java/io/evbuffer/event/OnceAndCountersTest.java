package io.evbuffer.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.channels.Pipe;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Events of the base's own, counters, and looking at what there is: reactor.md sections 9 and 11. */
class OnceAndCountersTest extends ScriptedTest {
    @Test
    @DisplayName("RS-118: immediate single runs come in the order of the calls, timed ones at their time")
    void singleRuns() throws IOException {
        base.once((event, result) -> log.add("timed:" + result + "@" + time()), null, 50 * MILLI);
        base.once((event, result) -> log.add("first:" + result), null, Event.NO_TIMEOUT);
        base.once((event, result) -> log.add("second:" + result), null, 0);
        final Pipe pipe = Pipe.open();
        try (Pipe.SourceChannel source = pipe.source();
                Pipe.SinkChannel sink = pipe.sink()) {
            for (final int what : new int[] {0, Event.SIGNAL, Event.PERSIST, Event.READ | Event.PERSIST}) {
                assertThrows(
                        IllegalArgumentException.class,
                        () -> base.once(source, what, note("x"), null, Event.NO_TIMEOUT));
            }
            assertTrue(sink.isOpen());
        }
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("first:1", "second:1", "timed:1@50"), log);
        assertThrows(IllegalArgumentException.class, () -> base.once(note("x"), null, -2));
    }

    @Test
    @DisplayName("RS-119: a single run that never comes goes with its base")
    void onceNever() {
        base.once(note("never"), null, 10_000 * MILLI);
        base.loopExit(75 * MILLI);
        assertEquals(LoopResult.STOPPED, base.dispatch());
        assertEquals(1, base.countEvents(EventBase.COUNT_ADDED));
        base.close();
        assertEquals(List.of(), log);
    }

    @Test
    @DisplayName("RS-132: the counters count state bits, queued runs and virtual events")
    void counters() {
        final Event event = reader(5, "read");
        event.add(HOUR);
        assertEquals(2, base.countEvents(EventBase.COUNT_ADDED));
        assertEquals(0, base.countEvents(EventBase.COUNT_ACTIVE));
        event.active(Event.READ);
        assertEquals(3, base.countEvents(EventBase.COUNT_ADDED));
        assertEquals(1, base.countEvents(EventBase.COUNT_ACTIVE));
        assertEquals(4, base.countEvents(EventBase.COUNT_ACTIVE | EventBase.COUNT_ADDED));
        base.dispatch();
        assertEquals(0, base.countEvents(COUNT_ALL));
        base.addVirtual();
        assertEquals(1, base.countEvents(EventBase.COUNT_VIRTUAL));
        base.delVirtual();
        assertThrows(IllegalStateException.class, base::delVirtual);
    }

    @Test
    @DisplayName("RS-133: the highest counts stay until they are cleared")
    void marks() {
        final Event first = reader(5, "first");
        final Event second = reader(6, "second");
        first.add(HOUR);
        second.add(HOUR);
        assertEquals(4, base.maxEvents(EventBase.COUNT_ADDED, false));
        first.del();
        assertEquals(4, base.maxEvents(EventBase.COUNT_ADDED, false));
        second.active(Event.READ);
        base.dispatch();
        assertEquals(4, base.maxEvents(EventBase.COUNT_ADDED, true));
        assertEquals(1, base.maxEvents(COUNT_ALL, true));
        assertEquals(0, base.maxEvents(COUNT_ALL, false));
    }

    @Test
    @DisplayName("RS-134, DEV-19: each event that is armed or queued is visited once, others not")
    void forEach() {
        final Event armed = timer("armed");
        final Event both = timer("both");
        final Event active = user("active");
        final Event later = user("later");
        final Event inserted = persistent(5, Event.READ, "read");
        timer("untouched");
        armed.add(HOUR);
        both.add(HOUR - 1);
        both.active(Event.TIMEOUT);
        active.trigger();
        later.activeLater(0);
        inserted.add(HOUR);
        final List<Event> visited = new ArrayList<>();
        assertEquals(0, base.forEachEvent(event -> {
            visited.add(event);
            return 0;
        }));
        assertEquals(List.of(inserted, both, armed, active, later), visited);

        visited.clear();
        assertEquals(101, base.forEachEvent(event -> {
            visited.add(event);
            return 101;
        }));
        assertEquals(1, visited.size());
        assertThrows(NullPointerException.class, () -> base.forEachEvent(null));
        for (final Event event : List.of(armed, both, active, later, inserted)) event.close();
    }

    @Test
    @DisplayName("RS-135: a visitor may ask and not change")
    void visitorChanges() {
        final Event event = reader(5, "read");
        event.add();
        assertThrows(
                IllegalStateException.class,
                () -> base.forEachEvent(visited -> {
                    assertEquals(Event.READ, visited.pending(Event.READ));
                    visited.del();
                    return 0;
                }));
        base.checkIntegrity();
        assertEquals(Event.READ, event.pending(Event.READ));
        assertTrue(event.del());
    }

    @Test
    @DisplayName("A base and an event say what they are")
    void texts() {
        final Event event = reader(5, "read");
        event.add(HOUR);
        assertEquals("Event[descriptor 5, wants 0x2, inserted, armed]", event.toString());
        event.active(Event.READ);
        assertEquals("EventBase[scripted, 3 added, 1 active]", base.toString());
        event.close();
        assertEquals("Event[descriptor 5, wants 0x2, closed]", event.toString());
        assertTrue(base.metrics().toString().startsWith("LoopMetrics[turns 0"));
    }

    @Test
    @DisplayName("RS-137: the metrics tell turns, sleeps and callbacks")
    void metrics() {
        timer("timer").add(10 * MILLI);
        user("user").trigger();
        base.dispatch();
        final LoopMetrics metrics = base.metrics();
        assertEquals(2, metrics.turns());
        assertEquals(0, metrics.emptyTurns());
        assertEquals(2, metrics.callbacks());
        assertEquals(1, metrics.timersExpired());
        assertEquals(1, metrics.sleeps());
        assertEquals(10 * MILLI, metrics.waitAskedNanos());
        assertEquals(10 * MILLI, metrics.asleepNanos());
        assertEquals(0, metrics.interestCalls());
        assertEquals(0, metrics.backendRebuilds());
    }
}
