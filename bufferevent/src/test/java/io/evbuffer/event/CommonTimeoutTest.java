package io.evbuffer.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Common timeouts: reactor.md 7.2. */
class CommonTimeoutTest extends ScriptedTest {
    @Test
    @DisplayName("RS-088: a hundred persistent events, some moved between heap and queues before, run at their times")
    void mixed() {
        final CommonTimeout hundred = base.initCommonTimeout(100 * MILLI);
        final CommonTimeout twoHundred = base.initCommonTimeout(200 * MILLI);
        final int[] runs = new int[100];
        final long[] ends = new long[100];
        for (int i = 0; i < 100; i++) {
            final int number = i;
            final Event event = Event.newPeriodic(
                    base,
                    (self, result) -> {
                        assertEquals(Event.TIMEOUT, result);
                        if (++runs[number] < 4) return;
                        ends[number] = time();
                        self.del();
                    },
                    null);
            if (i % 4 == 0) event.add(HOUR); // heap to queue
            if (i % 4 == 1) event.add(i % 2 == 0 ? twoHundred : hundred); // queue to queue
            event.add(i % 2 == 0 ? hundred : twoHundred);
            if (i % 10 == 0) event.add(100 * MILLI); // queue to heap
            if (i % 10 == 2) event.add(hundred); // again to the same
            base.checkIntegrity();
        }
        assertEquals(LoopResult.EMPTY, base.dispatch());
        for (int i = 0; i < 100; i++) {
            assertEquals(4, runs[i]);
            assertEquals(i % 2 == 0 ? 400 : 800, ends[i]);
        }
        assertEquals(7, backend.polls); // one for each of six expiries, one at 500 ms for those that are gone by then
        final Event left = timer("left");
        left.add(hundred);
        final Event other = timer("other");
        other.add(twoHundred);
        base.close(); // with events pending
        assertEquals(0, left.pending(Event.TIMEOUT));
        assertEquals(Event.NO_TIMEOUT, other.remaining());
    }

    @Test
    @DisplayName("RS-089: the same duration is the same handle, a handle is itself, and 257 are too many")
    void identity() {
        final CommonTimeout five = base.initCommonTimeout(Duration.ofSeconds(5).toNanos());
        assertSame(five, base.initCommonTimeout(5_000_000 * 1_000L));
        assertSame(five, base.initCommonTimeout(five));
        assertSame(base, five.base());
        assertEquals(5_000 * MILLI, five.durationNanos());
        for (int i = 1; i < 256; i++) assertNotSame(five, base.initCommonTimeout(i));
        assertThrows(IllegalStateException.class, () -> base.initCommonTimeout(HOUR));
        assertSame(five, base.initCommonTimeout(five.durationNanos()));
        assertThrows(IllegalArgumentException.class, () -> base.initCommonTimeout(-1));
        assertEquals("CommonTimeout[5000000000 ns]", five.toString());
        try (EventBase other = EventBase.open()) {
            assertNotSame(five, other.initCommonTimeout(five));
            final Event event = Event.newTimer(other, (self, result) -> {}, null);
            assertThrows(IllegalArgumentException.class, () -> event.add(five));
        }
    }

    @Test
    @DisplayName(
            "DEV-13, DEV-23: due timers of both kinds become active in the order of expiry, ties in that of arming")
    void oneOrder() {
        final CommonTimeout ten = base.initCommonTimeout(10 * MILLI);
        final CommonTimeout twenty = base.initCommonTimeout(20 * MILLI);
        final List<String> expected = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            final Event event = timer("" + i);
            if (i % 3 == 0) event.add(ten);
            if (i % 3 == 1) event.add(10 * MILLI);
            if (i % 3 == 2) event.add(twenty);
        }
        for (int i = 0; i < 30; i++) if (i % 3 != 2) expected.add(i + "@25");
        for (int i = 2; i < 30; i += 3) expected.add(i + "@25");
        clock.advanceMillis(25);
        base.dispatch();
        assertEquals(expected, log);
        assertEquals(1, backend.polls); // all in one turn
    }

    @Test
    @DisplayName("DEV-13: who was armed first runs first, too, when the first of the queue has been taken away")
    void oneOrderWithoutTheFirst() {
        final CommonTimeout ten = base.initCommonTimeout(10 * MILLI);
        final Event first = timer("first");
        first.add(ten);
        timer("second").add(10 * MILLI);
        timer("third").add(ten);
        first.del();
        base.dispatch();
        assertEquals(List.of("second@10", "third@10"), log);
    }

    @Test
    @DisplayName("7.2: what random operations leave in queues and heap runs as with ordinary timers")
    void asOrdinaryTimers() {
        final List<String> expected = new ArrayList<>();
        for (final boolean common : new boolean[] {false, true}) {
            final Random same = new Random(7);
            final long[] durations = {3 * MILLI, 5 * MILLI, 8 * MILLI};
            final long began = clock.nanos();
            final Event[] events = new Event[40];
            for (int i = 0; i < events.length; i++) {
                final int number = i;
                events[i] = Event.newPeriodic(
                        base, (self, result) -> log.add(number + "@" + (clock.nanos() - began)), null);
            }
            for (int step = 0; step < 2_000; step++) {
                final Event event = events[same.nextInt(events.length)];
                final long duration = durations[same.nextInt(durations.length)];
                switch (same.nextInt(4)) {
                    case 0 -> event.removeTimer();
                    case 1 -> event.add(same.nextInt(10) * MILLI);
                    default -> {
                        if (common) event.add(base.initCommonTimeout(duration));
                        else event.add(duration);
                    }
                }
                if (step % 3 == 0) clock.advance(same.nextInt(2_000_000));
                base.checkIntegrity();
                if (step % 7 == 0) once();
            }
            for (final Event event : events) event.close();
            if (!common) expected.addAll(takeLog());
        }
        assertTrue(expected.size() > 300, () -> "runs: " + expected.size());
        assertTrue(expected.equals(log));
    }

    @Test
    @DisplayName("7.2: a deleted head leaves an empty turn at most, and arming the others again needs no heap")
    void deletedHead() {
        final CommonTimeout ten = base.initCommonTimeout(10 * MILLI);
        final Event head = timer("head");
        final Event second = timer("second");
        head.add(ten);
        clock.advanceMillis(2);
        second.add(ten);
        assertTrue(head.del());
        base.checkIntegrity();
        base.dispatch();
        assertEquals(List.of("second@12"), log);
        assertEquals(List.of(8 * MILLI, 2 * MILLI), backend.waits);
        assertEquals(1, base.metrics().timersExpired());
    }

    @Test
    @DisplayName("7.2: a handle's representative is internal: it is counted nowhere")
    void internal() {
        final CommonTimeout ten = base.initCommonTimeout(10 * MILLI);
        final Event event = timer("event");
        event.add(ten);
        assertEquals(1, base.countEvents(COUNT_ALL));
        assertEquals(10 * MILLI, event.remaining());
        event.del();
        assertEquals(0, base.countEvents(COUNT_ALL));
        assertEquals(LoopResult.EMPTY, base.dispatch()); // EVT-27
        assertEquals(0, backend.polls);
    }

    @Test
    @Timeout(120)
    @DisplayName("DEV-9: deleting the last event, a common timeout, from another thread ends the loop")
    void lastOne() throws Exception {
        backend.sleepForReal();
        final Event event = timer("never");
        event.add(base.initCommonTimeout(HOUR));
        final FutureTask<LoopResult> loop = start(0);
        backend.awaitSleep();
        event.del();
        assertEquals(LoopResult.EMPTY, await(loop));
        event.add(base.initCommonTimeout(HOUR));
        final FutureTask<LoopResult> again = start(0);
        backend.awaitSleep();
        assertTrue(event.removeTimer());
        assertEquals(LoopResult.EMPTY, await(again));
    }
}
