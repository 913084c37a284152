package io.evbuffer.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.event.Sockets.Pair;
import io.evbuffer.event.backend.posix.Descriptors;
import io.evbuffer.event.backend.posix.Errno;
import io.evbuffer.event.backend.posix.Seccomp;
import io.evbuffer.event.backend.posix.Seccomp.Call;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a base does where the kernel, or a policy, refuses it calls. */
@EnabledOnOs(OS.LINUX)
@Timeout(120)
class RefusedCallsTest {
    private static final long MILLI = 1_000_000;

    private static EventConfig only(final String method) {
        return EventConfig.create().ignoreEnvironment().onlyMethod(method);
    }

    @Test
    @DisplayName("Where epoll is refused poll serves, and who wants epoll alone is told why")
    void epollRefused() throws Exception {
        final String method = Seccomp.without(
                Errno.EPERM,
                () -> {
                    try (EventBase base = EventBase.open(EventConfig.create().ignoreEnvironment())) {
                        final EventException refused =
                                assertThrows(EventException.class, () -> EventBase.open(only("epoll")));
                        assertTrue(
                                refused.getMessage().contains("epoll_create1: Operation not permitted (EPERM)"),
                                refused.getMessage());
                        base.execute(base::loopBreak);
                        base.loop(EventBase.NO_EXIT_ON_EMPTY);
                        return base.method();
                    }
                },
                Call.EPOLL_CREATE1);
        assertEquals("poll", method);
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "poll"})
    @DisplayName("A backend that cannot have its wake-up is not opened, and leaves nothing behind")
    void wakeUpRefused(final String method) throws Exception {
        EventBase.open(only(method)).close(); // the classes are loaded
        final long before = Descriptors.open();
        final EventException refused = Seccomp.without(
                Errno.EPERM,
                () -> assertThrows(EventException.class, () -> EventBase.open(only(method))),
                Call.EVENTFD2);
        assertTrue(refused.getMessage().contains("eventfd: Operation not permitted (EPERM)"), refused.getMessage());
        assertEquals(before, Descriptors.open());
    }

    @ParameterizedTest
    @ValueSource(ints = {Errno.ENOSYS, Errno.EPERM})
    @DisplayName(
            "Without the wait in nanoseconds epoll waits for milliseconds, rounded up: timers come in one wait, never early")
    void millisecondWaits(final int errno) throws Exception {
        final List<String> log = new ArrayList<>();
        Seccomp.without(
                errno,
                () -> {
                    try (EventBase base = EventBase.open(only("epoll"));
                            Sockets sockets = new Sockets(base)) {
                        final Pair pair = sockets.pair();
                        new Event(base, pair.a(), Event.READ, (event, what) -> log.add("read"), null).add();
                        final long due = base.nowNanos() + 3 * MILLI / 2;
                        Event.newTimer(
                                        base,
                                        (event, what) -> {
                                            log.add(base.nowNanos() >= due ? "due" : "early");
                                            sockets.send(pair.b(), "x");
                                        },
                                        null)
                                .add(3 * MILLI / 2);
                        assertEquals(LoopResult.EMPTY, base.dispatch());
                        assertTrue(
                                base.metrics().turns() <= 3,
                                () -> base.metrics().toString());
                        base.loopExit(1); // a nanosecond is a wait, too
                        assertEquals(LoopResult.STOPPED, base.loop(EventBase.NO_EXIT_ON_EMPTY));
                        return base;
                    }
                },
                Call.EPOLL_PWAIT2);
        assertEquals(List.of("due", "read"), log);
    }

    @Test
    @DisplayName("BTR-18: busy polling needs no help of the kernel")
    void busyPollRefused() throws Exception {
        final List<String> log = new ArrayList<>();
        Seccomp.without(
                Errno.EPERM,
                () -> {
                    try (EventBase base = EventBase.open(only("epoll").busyPoll(MILLI))) {
                        Event.newTimer(base, (event, what) -> log.add("run"), null)
                                .add(2 * MILLI);
                        return base.dispatch();
                    }
                },
                Call.IOCTL);
        assertEquals(List.of("run"), log);
    }
}
