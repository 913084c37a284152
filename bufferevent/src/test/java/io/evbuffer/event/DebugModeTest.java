package io.evbuffer.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Mistakes that debug mode finds: reactor.md BTR-13. */
@Timeout(120)
class DebugModeTest extends ScriptedTest {
    @Test
    @DisplayName("BTR-13: in debug mode a second thread on a base without a lock is refused while the loop runs")
    void secondThread() {
        reopen(EventConfig.create().flags(EventConfig.DEBUG | EventConfig.NOLOCK));
        final FutureTask<Boolean> other = new FutureTask<>(() -> base.isClosed());
        Event.newUser(
                        base,
                        (event, result) -> {
                            Thread.ofPlatform().daemon().start(other);
                            final ExecutionException refusal =
                                    assertThrows(ExecutionException.class, () -> await(other));
                            assertInstanceOf(IllegalStateException.class, refusal.getCause());
                            log.add("refused");
                        },
                        null)
                .trigger();
        base.dispatch();
        assertEquals(1, log.size());
    }

    @Test
    @DisplayName("BTR-13: in debug mode two loops that would wait for each other's callbacks are told, and go on")
    void waitingForEachOther() throws Exception {
        base.close();
        final EventConfig config = EventConfig.create().flags(EventConfig.DEBUG).avoidMethod("epoll");
        final CountDownLatch bothRun = new CountDownLatch(2);
        final CountDownLatch told = new CountDownLatch(1);
        try (EventBase first = EventBase.open(config);
                EventBase second = EventBase.open(config)) {
            final Event[] events = new Event[2];
            for (int i = 0; i < 2; i++) {
                final Event[] all = events;
                final int other = 1 - i;
                events[i] = Event.newUser(
                        i == 0 ? first : second,
                        (event, result) -> {
                            bothRun.countDown();
                            assertTrue(bothRun.await(60, TimeUnit.SECONDS));
                            try {
                                all[other].del();
                            } catch (final IllegalStateException e) {
                                assertTrue(e.getMessage().contains("wait for ever"), e.getMessage());
                                told.countDown();
                            }
                        },
                        null);
                events[i].trigger();
            }
            final FutureTask<LoopResult> loop = new FutureTask<>(first::dispatch);
            Thread.ofPlatform().daemon().start(loop);
            assertEquals(LoopResult.EMPTY, second.dispatch());
            assertEquals(LoopResult.EMPTY, await(loop));
            assertEquals(0, told.getCount());
        }
    }
}
