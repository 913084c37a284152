package io.evbuffer.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;

/**
 * Random programs on a base without a kernel: events of all kinds that add, delete, activate, finalize and close each other in
 * their callbacks, and throw. The invariants that can be seen at rest are checked within every callback, the others as it runs.
 */
class LoopProperties {
    private static final int EVENTS = 14;
    private static final int PRIORITIES = 3;

    /** One run of a program. */
    private static final class Program {
        private final ManualClock clock = new ManualClock();
        private final ScriptedBackend backend = new ScriptedBackend(clock);
        private final Random random;
        private final StringBuilder trace = new StringBuilder();
        private final Event[] events = new Event[EVENTS];
        private final boolean[] mayRun = new boolean[EVENTS]; // asked for since the last del
        private final int[] handGiven = new int[EVENTS];
        private final int[] finalizers = new int[EVENTS]; // asked for, less those that ran
        private final List<Throwable> broken = new ArrayList<>();
        private EventBase base;
        private int thrown;
        private int failed;
        private int running = -1;
        private int passPriority = -1; // of the callbacks of this turn
        private int left = 300; // operations

        Program(final long seed) {
            random = new Random(seed);
        }

        String run() {
            base = EventBase.open(EventConfig.create()
                    .ignoreEnvironment()
                    .backend(backend)
                    .tickSource(clock)
                    .chainGuard(50, 0));
            base.errorHandler((source, failure) -> {
                if (failure instanceof AssertionError) broken.add(failure);
                else failed++;
            });
            base.priorityInit(PRIORITIES);
            EvWatch.newPrepare(base, (watch, waitNanos) -> passPriority = -1, null);
            final CommonTimeout common = base.initCommonTimeout(3);
            for (int i = 0; i < EVENTS; i++) make(i);
            for (int round = 0; round < 60 && broken.isEmpty(); round++) {
                for (int i = random.nextInt(4); i > 0; i--) act(common);
                for (int number = 0; number < 4; number++) {
                    backend.ready(number, random.nextInt(3) == 0 ? random.nextInt(4) * Event.READ : 0);
                }
                clock.advance(random.nextInt(5));
                final LoopResult result = base.loop(EventBase.ONCE | EventBase.NONBLOCK);
                if (result == LoopResult.EMPTY) { // EVT-26, EVT-27
                    assertEquals(0, base.countEvents(EventBase.COUNT_ADDED | EventBase.COUNT_ACTIVE));
                }
                base.checkIntegrity();
            }
            for (final Event event : events) event.close();
            for (int number = 0; number < 4; number++) backend.ready(number, 0);
            base.loop(EventBase.NONBLOCK);
            base.checkIntegrity();
            base.close();
            for (int i = 0; i < EVENTS; i++) assertEquals(0, finalizers[i]); // EVT-35
            assertEquals(thrown, failed); // EVT-39: all of it reached the handler, and the loop went on
            if (!broken.isEmpty()) throw (AssertionError) broken.get(0);
            return trace.toString();
        }

        private void make(final int which) {
            final int[] kinds = {0, Event.PERSIST, Event.READ, Event.READ | Event.PERSIST, Event.WRITE | Event.PERSIST};
            final int what = kinds[random.nextInt(kinds.length)];
            final boolean io = (what & Event.IO) != 0;
            final int number = io ? random.nextInt(5) - 1 : Event.NO_DESCRIPTOR;
            events[which] = new Event(base, number, what, (event, result) -> callback(which, result), which);
            events[which].priority(random.nextInt(PRIORITIES));
        }

        private void callback(final int which, final int result) {
            final Event event = events[which];
            trace.append(which)
                    .append(':')
                    .append(result)
                    .append('@')
                    .append(clock.nanos())
                    .append(' ');
            assertEquals(-1, running, "EVT-10");
            running = which;
            if (event.number() >= 0)
                backend.ready(event.number(), 0); // or a more urgent one starves the others for ever
            try {
                assertTrue(mayRun[which], () -> "EVT-13: " + event);
                if ((event.events() & Event.PERSIST) == 0) { // EVT-11
                    assertEquals(0, event.pending(-1), () -> "EVT-11: " + event);
                    mayRun[which] = false;
                }
                final int allowed = event.events() | Event.TIMEOUT | handGiven[which]; // EVT-15
                assertEquals(0, result & ~allowed, () -> "EVT-15: " + event + " got " + result);
                assertEquals(handGiven[which], result & handGiven[which], () -> "EVT-16: " + event + " got " + result);
                handGiven[which] = 0;
                final int priority = event.priority();
                for (int p = 0; p < priority; p++) {
                    assertEquals(0, base.metrics().queueLength(p), "EVT-21");
                }
                assertTrue(passPriority == -1 || passPriority == priority, "EVT-22");
                passPriority = priority;
                base.checkIntegrity();
                final CommonTimeout common = base.initCommonTimeout(3);
                for (int i = random.nextInt(3); i > 0; i--) act(common);
                base.checkIntegrity();
            } finally {
                running = -1;
            }
            if (random.nextInt(20) == 0) {
                thrown++;
                throw new IllegalStateException("of the program");
            }
        }

        private void act(final CommonTimeout common) {
            if (--left < 0) return;
            final int which = random.nextInt(EVENTS);
            final Event event = events[which];
            final int action = random.nextInt(14);
            trace.append('(').append(which).append(',').append(action).append(") ");
            switch (action) {
                case 0, 1 -> {
                    mayRun[which] = true;
                    event.add();
                }
                case 2, 3 -> {
                    mayRun[which] = true;
                    event.add(random.nextInt(6));
                }
                case 4, 5 -> {
                    mayRun[which] = true;
                    event.add(common);
                }
                case 6 -> {
                    mayRun[which] = false;
                    handGiven[which] = 0;
                    event.del();
                    assertEquals(0, event.pending(-1), "EVT-13");
                }
                case 7 -> event.removeTimer();
                case 8, 9 -> activate(which, action == 8);
                case 10 -> base.loopContinue();
                case 11 -> {
                    if (running != which) finalizeAndRenew(which, event);
                }
                case 12 -> {
                    event.close();
                    mayRun[which] = false;
                    handGiven[which] = 0;
                    if (running != which) make(which);
                    else events[which] = spare(which);
                }
                default -> base.execute(() -> trace.append("task "));
            }
        }

        private Event spare(final int which) {
            final Event event = Event.newUser(base, (self, result) -> callback(which, result), which);
            event.priority(random.nextInt(PRIORITIES));
            return event;
        }

        private void activate(final int which, final boolean now) {
            final Event event = events[which];
            final int bits = 0x1000 << random.nextInt(3);
            mayRun[which] = true;
            handGiven[which] |= bits;
            if (now) event.active(bits);
            else event.activeLater(bits);
        }

        private void finalizeAndRenew(final int which, final Event event) {
            finalizers[which]++;
            mayRun[which] = false;
            handGiven[which] = 0;
            event.freeFinalize(ended -> {
                finalizers[which]--;
                assertEquals(-1, running, "EVT-35");
                trace.append("end").append(which).append(' ');
            });
            make(which);
        }
    }

    @Property(tries = 300)
    @Label(
            "EVT-1 to 11, 13, 15, 16, 21, 22, 26, 27, 35, 39, 41: random programs keep the invariants, and run the same twice")
    void randomPrograms(@ForAll final long seed) {
        final String first = new Program(seed).run();
        assertEquals(first, new Program(seed).run());
    }
}
