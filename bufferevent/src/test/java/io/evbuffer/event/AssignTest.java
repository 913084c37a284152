package io.evbuffer.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.channels.Pipe;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Events that are made anew, or move to another base: reactor.md 2.3. */
class AssignTest extends ScriptedTest {
    @Test
    @DisplayName(
            "RS-009, RS-018, DEV-1: an idle event is made anew; a pending or active one refuses and goes on working")
    void assign() {
        base.priorityInit(4);
        final Event event = reader(5, "read");
        event.add();
        assertThrows(IllegalStateException.class, () -> event.assign(base, 6, Event.READ, note("other"), null));
        event.active(Event.READ);
        once();
        assertEquals(List.of("read:2"), takeLog());
        event.trigger();
        assertThrows(IllegalStateException.class, () -> event.assign(base, 6, Event.READ, note("other"), null));
        event.del();
        event.priority(0);
        event.assign(base, 6, Event.WRITE | Event.PERSIST, (self, result) -> log.add("new:" + result), "mine");
        assertEquals(6, event.number());
        assertEquals(Event.WRITE | Event.PERSIST, event.events());
        assertEquals("mine", event.attachment());
        assertEquals(2, event.priority());
        event.add();
        backend.ready(6, Event.WRITE);
        once();
        assertEquals(List.of("new:" + Event.WRITE), takeLog());
        event.del();
        assertThrows(
                IllegalArgumentException.class,
                () -> event.assign(base, 6, Event.SIGNAL | Event.READ, note("other"), null));
        assertEquals(6, event.number());
        event.close();
        assertThrows(IllegalStateException.class, () -> event.assign(base, 6, 0, note("other"), null));
    }

    @Test
    @DisplayName("Section 2.3: in its own callback an event that is not persistent may be assigned anew")
    void inItsOwnCallback() {
        final Event event = Event.newUser(
                base,
                (self, result) -> {
                    log.add("first");
                    self.assign(base, Event.NO_DESCRIPTOR, 0, note("second"), null);
                    self.trigger();
                },
                null);
        event.trigger();
        base.dispatch();
        assertEquals(List.of("first", "second"), log);
    }

    @Test
    @DisplayName("An event can be assigned to a channel, and a signal is named by its number only")
    void channel() throws Exception {
        final Event event = user("user");
        final Pipe pipe = Pipe.open();
        try (Pipe.SourceChannel source = pipe.source();
                Pipe.SinkChannel sink = pipe.sink();
                EventBase nio =
                        EventBase.open(EventConfig.create().avoidMethod("epoll").avoidMethod("poll"))) {
            source.configureBlocking(false);
            assertThrows(
                    IllegalArgumentException.class, () -> event.assign(nio, source, Event.SIGNAL, note("x"), null));
            assertThrows(IllegalArgumentException.class, () -> new Event(nio, source, Event.SIGNAL, note("x"), null));
            event.assign(nio, source, Event.READ, note("read"), null);
            assertSame(nio, event.base());
            assertSame(source, event.channel());
            sink.write(java.nio.ByteBuffer.wrap(new byte[1]));
            event.add();
            assertEquals(LoopResult.EMPTY, nio.dispatch());
            assertEquals(List.of("read"), log);
        }
    }

    @Test
    @DisplayName("RS-020: only an idle event moves to another base, where it gets the middle priority")
    void set() {
        try (EventBase other = EventBase.open(EventConfig.create().ignoreEnvironment())) {
            other.priorityInit(5);
            final Event idle = timer("idle");
            final Event pending = timer("pending");
            final Event active = user("active");
            pending.add(HOUR);
            active.trigger();
            assertThrows(IllegalStateException.class, () -> other.set(pending));
            assertThrows(IllegalStateException.class, () -> other.set(active));
            assertSame(base, pending.base());
            other.set(idle);
            assertSame(other, idle.base());
            assertEquals(2, idle.priority());
            idle.add(0);
            assertEquals(LoopResult.EMPTY, other.dispatch());
            assertTrue(log.get(0).startsWith("idle@"));
            takeLog();
            base.set(idle);
            idle.add(MILLI);
            pending.del();
            base.dispatch();
            assertEquals(List.of("active", "idle@1"), log);
            idle.close();
            assertThrows(IllegalStateException.class, () -> other.set(idle));
        }
    }

    @Test
    @DisplayName("RS-020: an event with a descriptor, and an orphan, can move")
    void setWithDescriptor() {
        final EventBase gone = EventBase.open();
        final Event event = new Event(gone, 5, Event.READ, (self, result) -> log.add("read:" + result), null);
        gone.close();
        base.set(event);
        event.add();
        backend.ready(5, Event.READ);
        base.dispatch();
        assertEquals(List.of("read:" + Event.READ), log);
        assertEquals(5, event.number());
    }
}
