package io.evbuffer.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A base on a scripted backend and a manual clock: everything happens at exact times. After each test it is sound. */
abstract class ScriptedTest {
    static final int COUNT_ALL = EventBase.COUNT_ADDED | EventBase.COUNT_ACTIVE | EventBase.COUNT_VIRTUAL;
    static final long MILLI = ManualClock.MILLI;
    static final long HOUR = 3_600_000 * MILLI;

    final ManualClock clock = new ManualClock();
    final ScriptedBackend backend = new ScriptedBackend(clock);
    final List<String> log = new ArrayList<>();
    final List<Throwable> failures = new ArrayList<>();
    EventBase base;
    private long start;

    @BeforeEach
    final void openBase() {
        base = open(EventConfig.create());
        start = clock.nanos();
    }

    /** Opens a base on the scripted backend in place of the one before. */
    final EventBase reopen(final EventConfig config) {
        base.close();
        base = open(config);
        return base;
    }

    private EventBase open(final EventConfig config) {
        final EventBase opened =
                EventBase.open(config.ignoreEnvironment().backend(backend).tickSource(clock));
        opened.errorHandler((source, failure) -> failures.add(failure));
        return opened;
    }

    @AfterEach
    final void closeBase() {
        if (!base.isClosed()) {
            base.checkIntegrity();
            assertEquals(0, base.pool().stats().segmentsInUse());
            base.close();
        }
        assertTrue(backend.closed);
        assertTrue(base.pool().isClosed());
        assertEquals(List.of(), failures);
    }

    /** Milliseconds since the test began. */
    final long time() {
        return (clock.nanos() - start) / MILLI;
    }

    /** A callback that notes a name. */
    final EventCallback note(final String name) {
        return (event, result) -> log.add(name);
    }

    final Event user(final String name) {
        return Event.newUser(base, note(name), null);
    }

    final Event timer(final String name) {
        return Event.newTimer(base, (event, result) -> log.add(name + "@" + time()), null);
    }

    final Event reader(final int number, final String name) {
        return new Event(base, number, Event.READ, (event, result) -> log.add(name + ":" + result), null);
    }

    final Event persistent(final int number, final int what, final String name) {
        return new Event(base, number, what | Event.PERSIST, (event, result) -> log.add(name + ":" + result), null);
    }

    /** One pass: what is ready or active now. */
    final LoopResult once() {
        return base.loop(EventBase.ONCE | EventBase.NONBLOCK);
    }

    final List<String> takeLog() {
        final List<String> taken = List.copyOf(log);
        log.clear();
        return taken;
    }

    /** Runs the loop in a thread of its own. */
    final FutureTask<LoopResult> start(final int flags) {
        final FutureTask<LoopResult> loop = new FutureTask<>(() -> base.loop(flags));
        Thread.ofPlatform().name("loop").daemon().start(loop);
        return loop;
    }

    static <T> T await(final FutureTask<T> task) throws Exception {
        return task.get(60, TimeUnit.SECONDS);
    }
}
