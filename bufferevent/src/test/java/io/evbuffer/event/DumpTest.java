package io.evbuffer.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Dumps for people: reactor.md section 11. */
class DumpTest extends ScriptedTest {
    private String wall(final long fromNow) {
        final long wall = clock.wallNanos() + fromNow;
        return Instant.ofEpochSecond(wall / 1_000_000_000, wall % 1_000_000_000).toString();
    }

    private static String line(final List<String> lines, final Event event) {
        final String identity = "  " + Integer.toHexString(System.identityHashCode(event)) + " ";
        final List<String> found =
                lines.stream().filter(line -> line.startsWith(identity)).toList();
        assertEquals(1, found.size(), () -> "lines of " + event + " in " + lines);
        return found.get(0).substring(identity.length());
    }

    @Test
    @DisplayName("RS-136: a dump has all that is pending in its first part, and all that is active in its second")
    void dump() throws IOException {
        base.priorityInit(3);
        final CommonTimeout minute = base.initCommonTimeout(60_000 * MILLI);
        final Event read = persistent(5, Event.READ | Event.ET, "read");
        final Event write = persistent(7, Event.WRITE, "write");
        final Event closed = new Event(base, 8, Event.CLOSED, note("closed"), null);
        final Event none = new Event(base, Event.NO_DESCRIPTOR, Event.READ, note("none"), null);
        final Event timer = timer("timer");
        final Event periodic = Event.newPeriodic(base, note("periodic"), null);
        final Event common = timer("common");
        final Event signal = Event.newSignal(base, Signals.number(Signals.free()), note("signal"), null);
        final Event user = user("user");
        final Event later = user("later");
        final Event urgent = reader(9, "urgent");
        final Event both = reader(10, "both");
        final Event idle = user("idle");
        read.add();
        write.add(HOUR);
        closed.add();
        none.add();
        timer.add(1_500 * MILLI);
        periodic.add(2_500 * MILLI);
        common.add(minute);
        signal.add();
        user.active(Event.READ | 0x1000);
        later.activeLater(Event.TIMEOUT);
        urgent.priority(0);
        urgent.active(0);
        both.add(HOUR);
        both.active(Event.READ);
        base.execute(() -> log.add("task"));

        final StringBuilder out = new StringBuilder();
        base.dumpEvents(out);
        final List<String> lines = out.toString().lines().toList();
        final int border = lines.indexOf("Active events:");
        assertEquals("Pending events:", lines.get(0));
        final List<String> pending = lines.subList(1, border);
        final List<String> active = lines.subList(border + 1, lines.size());
        assertEquals("descriptor 5 wants READ PERSIST ET", line(pending, read));
        assertEquals("descriptor 7 wants WRITE PERSIST, expires " + wall(HOUR), line(pending, write));
        assertEquals("descriptor 8 wants CLOSED", line(pending, closed));
        assertEquals("no descriptor wants READ", line(pending, none));
        assertEquals("no descriptor wants nothing, expires " + wall(1_500 * MILLI), line(pending, timer));
        assertEquals("no descriptor wants PERSIST, expires " + wall(2_500 * MILLI), line(pending, periodic));
        assertEquals("no descriptor wants nothing, expires " + wall(60_000 * MILLI), line(pending, common));
        assertEquals("signal " + signal.number() + " wants SIGNAL PERSIST", line(pending, signal));
        assertEquals("descriptor 10 wants READ, expires " + wall(HOUR), line(pending, both));
        assertEquals(10, pending.size()); // and what stands for the common timeout
        assertEquals(
                1, pending.stream().filter(line -> line.endsWith("internal")).count());

        assertEquals("no descriptor result READ 0x1000, priority 1", line(active, user));
        assertEquals("no descriptor result TIMEOUT, priority 1, next turn", line(active, later));
        assertEquals("descriptor 9 result nothing, priority 0", line(active, urgent));
        assertEquals("descriptor 10 result READ, priority 1", line(active, both));
        assertTrue(active.stream().anyMatch(line -> line.endsWith(" TaskActivation, priority 1")));
        assertEquals(5, active.size());
        assertEquals(List.of(), log);
        assertThrows(NullPointerException.class, () -> base.dumpEvents(null));
        for (final Event event : List.of(read, write, closed, none, timer, periodic, common, signal, both, idle)) {
            event.close();
        }
    }

    @Test
    @Timeout(120)
    @DisplayName("BTR-22: neither the visitor of events nor the writer of a dump is called with the lock held")
    void noLock() throws Exception {
        final Event first = timer("first");
        final Event second = timer("second");
        first.add(HOUR);
        second.add(2 * HOUR);
        final List<Event> visited = new ArrayList<>();
        base.forEachEvent(event -> {
            changeElsewhere(second);
            visited.add(event);
            return 0;
        });
        assertEquals(List.of(first, second), visited); // those of the moment of the call
        final StringBuilder out = new StringBuilder();
        base.dumpEvents(new Appendable() {
            @Override
            public Appendable append(final CharSequence text) {
                changeElsewhere(first);
                out.append(text);
                return this;
            }

            @Override
            public Appendable append(final CharSequence text, final int start, final int end) {
                return append(text.subSequence(start, end));
            }

            @Override
            public Appendable append(final char one) {
                return append(String.valueOf(one));
            }
        });
        assertTrue(out.toString().contains("expires"));
        assertEquals(0, base.countEvents(COUNT_ALL));
    }

    private static void changeElsewhere(final Event event) {
        final FutureTask<Boolean> change = new FutureTask<>(event::del);
        Thread.ofPlatform().daemon().start(change);
        try {
            change.get(60, TimeUnit.SECONDS);
        } catch (final Exception e) {
            throw new AssertionError(e);
        }
    }
}
