package io.evbuffer.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class TimerHeapTest {
    private static EventBase base;

    @BeforeAll
    @BeforeContainer
    static void openBase() {
        base = EventBase.open();
    }

    @AfterAll
    @AfterContainer
    static void closeBase() {
        base.close();
    }

    private static Event event() {
        return Event.newTimer(base, (event, result) -> {}, null);
    }

    private static void add(final TimerHeap heap, final Event event, final long expiry) {
        heap.reserve();
        heap.add(event, expiry);
    }

    @Test
    @DisplayName("RS-091: 1024 random expiries with 512 removed leave in order, and the heap is sound throughout")
    void randomExpiries() {
        final TimerHeap heap = new TimerHeap();
        final Random random = new Random(3);
        final List<Event> events = new ArrayList<>();
        for (int i = 0; i < 1024; i++) {
            events.add(event());
            add(heap, events.get(i), random.nextInt(10_000));
        }
        heap.checkInvariants();
        for (int i = 0; i < 512; i++) {
            heap.remove(events.remove(random.nextInt(events.size())));
            if (i % 32 == 0) heap.checkInvariants();
        }
        long last = 0;
        for (int left = 512; left > 0; left--) {
            assertEquals(left, heap.size());
            assertTrue(heap.topExpiry() >= last);
            last = heap.topExpiry();
            heap.remove(heap.top());
            if (left % 32 == 0) heap.checkInvariants();
        }
        assertEquals(0, heap.size());
    }

    /** Operation: 0 to 5 add or move the event of that number mod 16, 6 and 7 remove it, 8 pops the first. */
    @Property(tries = 1_000)
    void anySequenceLeavesInTheOrderOfASortedList(
            @ForAll @Size(max = 60) final List<@IntRange(max = 8 * 16 * 8 - 1) Integer> steps) {
        final TimerHeap heap = new TimerHeap();
        final List<Event> model = new ArrayList<>(); // in the order of arming
        final List<Long> expiries = new ArrayList<>();
        final Event[] events = new Event[16];
        for (int i = 0; i < events.length; i++) events[i] = event();
        for (final int step : steps) {
            final Event event = events[step % 16];
            final long expiry = step / 16 % 8;
            final int action = step / 128;
            final int at = model.indexOf(event);
            if (at >= 0) {
                model.remove(at);
                expiries.remove(at);
            }
            if (action < 6) {
                model.add(event);
                expiries.add(expiry);
                if (at >= 0) heap.move(event, expiry);
                else add(heap, event, expiry);
            } else if (at >= 0) {
                heap.remove(event);
            }
            heap.checkInvariants();
            assertEquals(model.size(), heap.size());
        }
        final List<Event> expected = new ArrayList<>(model);
        expected.sort(Comparator.comparingLong(event -> expiries.get(model.indexOf(event)))); // stable
        final List<Event> actual = new ArrayList<>();
        while (heap.size() > 0) {
            actual.add(heap.top());
            heap.remove(heap.top());
        }
        assertEquals(expected, actual);
    }
}
