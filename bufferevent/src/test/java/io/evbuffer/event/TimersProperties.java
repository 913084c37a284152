package io.evbuffer.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;

/** EVT-3, EVT-4, EVT-5: heap and queues of common timeouts together behave as one sorted list. */
class TimersProperties {
    private static final int EVENTS = 100; // some blocks of a queue
    private static final int QUEUES = 3;
    private static final int STEPS = 600;

    private record Armed(Event event, long expiry, long arming) {}

    @Property(tries = 200)
    void anyArmingLeavesInTheOrderOfASortedList(@ForAll final long seed) {
        final SplittableRandom random = new SplittableRandom(seed);
        try (EventBase base = EventBase.open()) {
            final Timers timers = new Timers();
            final CommonTimeout[] queues = new CommonTimeout[QUEUES];
            for (int i = 0; i < QUEUES; i++) queues[i] = timers.commonTimeout(base, i);
            final Event[] events = new Event[EVENTS];
            for (int i = 0; i < EVENTS; i++) events[i] = Event.newTimer(base, (event, result) -> {}, null);
            final List<Armed> model = new ArrayList<>();
            final int spread = random.nextInt(2, EVENTS); // few events are armed again and again, many stay
            long now = 0;
            for (int step = 0; step < STEPS; step++) {
                final Event event = events[random.nextInt(spread)];
                final int action = random.nextInt(16);
                if (action < 12) {
                    // mostly in order, as where every timer of a queue has the same duration
                    final long expiry = now + 40 + (random.nextInt(8) == 0 ? -random.nextInt(40) : 0);
                    final CommonTimeout queue = action < 3 ? null : queues[random.nextInt(QUEUES)];
                    arm(timers, event, queue, expiry);
                    model.removeIf(armed -> armed.event() == event);
                    model.add(new Armed(event, expiry, step));
                } else if (action < 15) {
                    if (event.isArmed()) timers.disarm(event);
                    model.removeIf(armed -> armed.event() == event);
                    assertFalse(event.isArmed());
                } else {
                    now += random.nextInt(30);
                    takeAllDue(timers, now, model);
                }
                timers.checkInvariants();
                assertEquals(
                        model.size(),
                        timers.snapshot().stream()
                                .filter(each -> !each.internal)
                                .count());
            }
            takeAllDue(timers, Long.MAX_VALUE, model);
            assertTrue(timers.isEmpty());
        }
    }

    private static void arm(
            final Timers timers, final Event event, final @Nullable CommonTimeout queue, final long expiry) {
        timers.reserve();
        timers.arm(event, queue, expiry);
        assertTrue(event.isArmed());
        assertEquals(expiry, timers.expiryOf(event));
    }

    private static void takeAllDue(final Timers timers, final long now, final List<Armed> model) {
        model.sort((a, b) ->
                a.expiry() != b.expiry() ? Long.compare(a.expiry(), b.expiry()) : Long.compare(a.arming(), b.arming()));
        while (!model.isEmpty() && model.get(0).expiry() <= now) {
            final Armed next = model.remove(0);
            final Event due = timers.takeDue(now);
            assertEquals(next.event(), due);
            assertEquals(next.expiry(), next.event().expiry);
            assertFalse(next.event().isArmed());
        }
        assertNull(timers.takeDue(now));
    }
}
