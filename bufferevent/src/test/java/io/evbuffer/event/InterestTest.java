package io.evbuffer.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.event.ScriptedBackend.Call;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Events on descriptors and what the backend is told of them: reactor.md section 5. */
class InterestTest extends ScriptedTest {
    private static final int READ = Event.READ;
    private static final int WRITE = Event.WRITE;
    private static final int CLOSED = Event.CLOSED;
    private static final int ET = Event.ET;

    @Test
    @DisplayName("RS-003: two events on one descriptor run once each, each with its own bits")
    void sharedDescriptor() {
        reader(5, "first").add();
        reader(5, "second").add();
        backend.ready(5, READ | WRITE);
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("first:" + READ, "second:" + READ), log);
        assertEquals(List.of(new Call(5, 0, READ), new Call(5, READ, 0)), backend.calls);
    }

    @Test
    @DisplayName("RS-004: events for different conditions of one descriptor do not disturb each other")
    void readAndWrite() {
        final Event write = persistent(5, WRITE, "write");
        final Event read = persistent(5, READ, "read");
        write.add();
        read.add();
        backend.ready(5, WRITE);
        base.loop(EventBase.ONCE);
        assertEquals(List.of("write:" + WRITE), takeLog());
        assertEquals(READ | WRITE, backend.interest(5));

        write.del();
        backend.ready(5, READ | WRITE);
        base.loop(EventBase.ONCE);
        assertEquals(List.of("read:" + READ), takeLog());
        assertEquals(READ, backend.interest(5));
        read.close();
    }

    @Test
    @DisplayName("RS-016: a descriptor takes 65535 events in one direction")
    void manyUsers() {
        final List<Event> events = new ArrayList<>();
        for (int i = 0; i < 65535; i++) {
            final Event event = new Event(base, 5, READ, note("x"), null);
            event.add();
            events.add(event);
        }
        final Event last = reader(5, "last");
        assertThrows(EventException.class, last::add);
        assertEquals(65535, base.countEvents(EventBase.COUNT_ADDED));
        final Event writer = new Event(base, 5, WRITE, note("w"), null);
        writer.add(); // the other direction has room
        events.get(77).del();
        last.add();
        backend.ready(5, READ);
        once();
        assertEquals(65534, log.stream().filter("x"::equals).count());
        assertEquals("last:" + READ, log.get(log.size() - 1));
        writer.del();
    }

    @Test
    @DisplayName("Events without a descriptor have nothing in common: neither a limit nor edges or levels")
    void noDescriptorIsNotShared() {
        final List<Event> events = new ArrayList<>();
        for (int i = 0; i <= IoDescriptor.MAX_EVENTS; i++) {
            final Event event = reader(Event.NO_DESCRIPTOR, "read");
            event.add();
            events.add(event);
        }
        final Event edge = new Event(base, Event.NO_DESCRIPTOR, Event.READ | Event.ET, note("edge"), null);
        edge.add();
        assertEquals(events.size() + 1, base.countEvents(EventBase.COUNT_ADDED));
        edge.active(Event.READ);
        once();
        assertEquals(List.of("edge"), log);
        assertEquals(List.of(), backend.calls);
        events.forEach(Event::del);
    }

    @Test
    @DisplayName("RS-054, DEV-4: edge- and level-triggered events cannot share a descriptor")
    void mixRefused() {
        final Event edge = persistent(5, READ | ET, "edge");
        final Event level = persistent(5, WRITE, "level");
        edge.add();
        assertThrows(EventException.class, () -> level.add(HOUR));
        assertEquals(0, level.pending(WRITE | Event.TIMEOUT));
        assertEquals(READ, edge.pending(READ));
        edge.del();
        level.add();
        assertThrows(EventException.class, edge::add);
        assertEquals(WRITE, level.pending(WRITE));
        level.del();
        edge.add();
        edge.del();
    }

    @Test
    @DisplayName("Removing one of two edge-triggered events leaves the other edge-triggered")
    void edgesStay() {
        final Event read = persistent(5, READ | ET, "read");
        final Event write = persistent(5, WRITE | ET, "write");
        read.add();
        write.add();
        backend.ready(5, READ);
        once();
        assertEquals(READ | WRITE | ET, backend.interest(5));
        write.del();
        once();
        assertEquals(READ | ET, backend.interest(5));
        assertEquals(List.of("read:" + (READ | ET), "read:" + (READ | ET)), log);
        read.del();
    }

    @Test
    @DisplayName("RS-053: without the feature edges are levels, and the result has no ET")
    void edgesWithoutFeature() {
        backend.features = EventBase.FEATURE_FDS;
        final Event event = persistent(5, READ | ET, "read");
        event.add();
        backend.ready(5, READ);
        once();
        once();
        assertEquals(List.of("read:" + READ, "read:" + READ), log);
        assertEquals(READ, backend.interest(5));
        event.close();
    }

    @Test
    @DisplayName("RS-064: interest that comes back within a turn costs no call")
    void backAndForth() {
        final Event write = persistent(5, WRITE, "write");
        final Event read = new Event(
                base,
                5,
                READ | Event.PERSIST,
                (event, result) -> {
                    for (int i = 0; i < 100; i++) {
                        write.add();
                        write.del();
                    }
                },
                null);
        read.add();
        backend.ready(5, READ);
        once();
        final long calls = base.metrics().interestCalls();
        once();
        assertEquals(1, calls);
        assertEquals(1, base.metrics().interestCalls());
        assertEquals(2, base.metrics().interestCallsSaved()); // as the first loop left, and as the second did
        assertEquals(1, backend.calls.size());
        read.close();
    }

    @Test
    @DisplayName(
            "A single event that adds itself again costs one confirming call a turn on a number, as it may be reused")
    void readdedNumber() {
        final Event read = new Event(base, 5, READ, (event, result) -> event.add(), null);
        read.add();
        backend.ready(5, READ);
        once();
        once();
        assertEquals(List.of(new Call(5, 0, READ), new Call(5, READ, READ), new Call(5, READ, READ)), backend.calls);
        read.close();
    }

    @Test
    @DisplayName("RS-065: an event that comes and goes within a turn costs no call")
    void shortLife() {
        Event.newUser(
                        base,
                        (event, result) -> {
                            final Event shortLived = reader(9, "x");
                            shortLived.add();
                            shortLived.del();
                        },
                        null)
                .trigger();
        base.dispatch();
        assertEquals(List.of(), backend.calls);
        assertEquals(0, base.metrics().interestCalls());
        base.checkIntegrity();
    }

    @Test
    @DisplayName("Del and add of different events in one turn are one call for the union of what is wanted")
    void unionOfWishes() {
        final Event read = persistent(5, READ, "read");
        final Event write = persistent(5, WRITE, "write");
        read.add();
        once();
        read.del();
        write.add();
        once();
        assertEquals(List.of(new Call(5, 0, READ), new Call(5, READ, WRITE)), backend.calls);
        write.del();
    }

    @Test
    @DisplayName("RS-066: an event hears only of what it wants")
    void ownBitsOnly() {
        final Event read = persistent(5, READ, "read");
        final Event write = persistent(5, WRITE, "write");
        read.add();
        write.add();
        backend.ready(5, WRITE);
        for (int i = 0; i < 5; i++) once();
        assertEquals(5, log.size());
        assertEquals(List.of("write:" + WRITE), log.stream().distinct().toList());
        read.close();
        write.close();
    }

    @Test
    @DisplayName("RS-067: events can be made active by their descriptor")
    void byDescriptor() {
        final Event readA = reader(5, "readA");
        final Event writeA = new Event(base, 5, WRITE, (event, result) -> log.add("writeA:" + result), null);
        final Event firstB = reader(6, "firstB");
        final Event secondB = reader(6, "secondB");
        readA.add(HOUR);
        writeA.add();
        firstB.add(HOUR);
        secondB.add();
        base.activeByDescriptor(5, WRITE);
        base.activeByDescriptor(6, READ);
        base.activeByDescriptor(6, Event.TIMEOUT | WRITE);
        once();
        assertEquals(List.of("writeA:" + WRITE, "firstB:" + (READ | Event.TIMEOUT), "secondB:" + READ), log);
        assertEquals(READ | Event.TIMEOUT, readA.pending(READ | Event.TIMEOUT));
        readA.close();
    }

    @Test
    @DisplayName("RS-068: making unknown descriptors active does nothing")
    void unknownDescriptors() {
        base.activeByDescriptor(1000, READ);
        base.activeByDescriptor(-1, READ | Event.TIMEOUT);
        assertEquals(0, base.countEvents(COUNT_ALL));
    }

    @Test
    @DisplayName("RS-071, DEV-22: without early close CLOSED alone is refused, and with READ it is left out")
    void earlyCloseMissing() {
        backend.features = EventBase.FEATURE_FDS;
        final Event closed = reader(5, "x");
        final Event alone = persistent(5, CLOSED, "closed");
        assertThrows(EventException.class, alone::add);
        assertEquals(0, base.countEvents(COUNT_ALL));
        final Event both = persistent(5, READ | CLOSED, "both");
        both.add();
        backend.ready(5, READ);
        once();
        assertEquals(List.of("both:" + READ), log);
        assertEquals(READ, backend.interest(5));
        both.close();
        closed.close();
    }

    @Test
    @DisplayName("DEV-2: an error nobody takes is offered as CLOSED")
    void errorAsClosed() {
        final Event closed = persistent(5, CLOSED, "closed");
        closed.add();
        backend.reportUnasked(5, READ | WRITE);
        once();
        assertEquals(List.of("closed:" + CLOSED), log);
        assertEquals(CLOSED, backend.interest(5));
        closed.close();
    }

    @Test
    @DisplayName("DEV-2: a report nobody takes at all silences the descriptor until its interest changes")
    void silenced() {
        final Event write = persistent(5, WRITE, "write");
        write.add();
        backend.reportUnasked(5, READ);
        once();
        assertEquals(List.of(), log);
        assertEquals(0, backend.interest(5));
        final Event read = reader(5, "read");
        read.add();
        once();
        assertEquals(READ | WRITE, backend.interest(5));
        read.close();
        write.close();
    }

    @Test
    @DisplayName("A descriptor that cannot be registered is reported to its events, as one found invalid")
    void refusedLater() {
        backend.refuseToApply = 5;
        reader(5, "read").add(HOUR);
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("read:" + READ), log);
        assertEquals(0, time());
    }

    @Test
    @DisplayName("What a refused change has cost a descriptor is told to the backend again with the next change")
    void refusedChange() {
        final Event read = persistent(5, Event.READ, "read");
        final Event write = persistent(5, Event.WRITE, "write");
        read.add();
        once();
        backend.refuseToApply = 5;
        write.add();
        once();
        assertEquals(List.of("read:" + Event.READ, "write:" + Event.WRITE), takeLog());
        backend.refuseToApply = Integer.MIN_VALUE;
        write.del();
        backend.ready(5, Event.READ);
        once();
        assertEquals(new ScriptedBackend.Call(5, 0, Event.READ), backend.calls.get(backend.calls.size() - 1));
        assertEquals(List.of("read:" + Event.READ), log);
        read.close();
    }

    @Test
    @DisplayName("DEV-5: the timeout of a persistent event leaves its registration alone")
    void timeoutLeavesRegistration() {
        final Event event = persistent(5, READ, "run");
        event.add(10 * MILLI);
        base.loop(EventBase.ONCE);
        base.loop(EventBase.ONCE);
        assertEquals(List.of("run:" + Event.TIMEOUT, "run:" + Event.TIMEOUT), log);
        assertEquals(1, base.metrics().interestCalls());
        event.close();
    }

    @Test
    @DisplayName("EVT-7: what nobody waits for is registered no more when the loop leaves")
    void nothingStaysRegistered() {
        reader(5, "read").add();
        final Event other = persistent(6, READ, "x");
        other.add();
        backend.ready(5, READ);
        once();
        assertEquals(0, backend.interest(5));
        other.del();
        once();
        assertEquals(0, backend.interest(6));
    }

    @Test
    @DisplayName("EVT-42, BTR-19: a descriptor that ends waits with reports nobody takes is silenced, and named")
    void spinning() {
        reopen(EventConfig.create());
        backend.reportsWithoutEnd = Event.ET | Event.WRITE; // a mark alone is no reason to call anyone
        final Event event = persistent(5, Event.READ | Event.ET, "read");
        event.add();
        final Event timer = timer("timer");
        timer.add(10 * MILLI);
        base.loop(EventBase.ONCE);
        assertEquals(List.of("timer@10"), takeLog());
        assertEquals(66, backend.polls); // 65 that came early, and one that slept
        assertEquals(1, failures.size());
        assertTrue(
                failures.get(0).getMessage().startsWith("descriptor 5 "),
                failures.get(0).getMessage());
        assertEquals(1, base.metrics().silencedDescriptors());
        assertEquals(0, backend.interest(5));
        failures.clear();
        backend.reportsWithoutEnd = 0;
        final Event another =
                persistent(5, Event.WRITE | Event.ET, "write"); // interest changes: it is waited for again
        another.add();
        backend.ready(5, Event.READ);
        once();
        assertEquals(List.of("read:" + (Event.READ | Event.ET)), takeLog());
        event.close();
        another.close();
    }

    @Test
    @DisplayName("EVT-42: early returns that something came of, or that nobody can be blamed for, silence nobody")
    void notSpinning() {
        final Event event = persistent(5, Event.READ, "read");
        event.add();
        final Event timer = timer("timer");
        timer.add(HOUR);
        for (int i = 0; i < 200; i++) backend.atPoll(() -> clock.advance(1)); // a poll that returns early, for nothing
        base.loop(EventBase.ONCE);
        assertEquals(List.of("timer@3600000"), log);
        assertEquals(0, base.metrics().silencedDescriptors());
        event.close();
    }

    @Test
    @DisplayName("EVT-40, BTR-12: a report that may be about the former owner of a number reaches no new event")
    void formerOwner() {
        final Event former = persistent(5, Event.READ, "former");
        final Event present = persistent(5, Event.READ, "present");
        former.add();
        once();
        backend.calls.clear();
        backend.ready(5, Event.READ);
        backend.atPoll(
                () -> { // while the loop polls, as another thread would
                    former.close();
                    present.add();
                });
        once();
        assertEquals(List.of(), log);
        once();
        assertEquals(List.of("present:" + Event.READ), log);
        assertEquals(List.of(new ScriptedBackend.Call(5, Event.READ, Event.READ)), backend.calls); // registered anew
        present.close();
    }
}
