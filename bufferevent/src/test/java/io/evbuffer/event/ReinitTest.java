package io.evbuffer.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Making the kernel objects anew: reactor.md 6.2. */
@Timeout(120)
class ReinitTest extends ScriptedTest {
    @Test
    @DisplayName("RS-082: after reinit descriptors, timers, signals and wake-ups work, and nothing was lost")
    void reinit() throws Exception {
        backend.needReinit = true;
        final String name = Signals.free();
        final Event read = persistent(5, Event.READ, "read");
        final Event write = persistent(6, Event.WRITE, "write");
        final Event timer = timer("timer");
        final Event signal = Event.newSignal(base, Signals.number(name), (event, result) -> log.add("signal"), null);
        read.add();
        once(); // registered; the next one only waits to be
        write.add();
        timer.add(10 * MILLI);
        signal.add();
        final Object ours = Signals.handle(name, Signals.handler(() -> {})); // somebody takes it away
        base.reinit();
        assertEquals(1, backend.reinits);
        assertEquals(ours, Signals.handle(name, ours));
        assertEquals(Event.READ, backend.interest(5));
        assertEquals(Event.WRITE, backend.interest(6));
        base.checkIntegrity();

        backend.ready(5, Event.READ);
        backend.ready(6, Event.WRITE);
        once();
        assertEquals(List.of("read:2", "write:4"), takeLog());
        backend.ready(5, 0);
        backend.ready(6, 0);
        base.loop(EventBase.ONCE);
        assertEquals(List.of("timer@10"), takeLog());
        backend.sleepForReal();
        final FutureTask<LoopResult> loop = start(EventBase.ONCE);
        backend.awaitSleep();
        Signals.raise(name);
        await(loop);
        assertEquals(List.of("signal"), takeLog());
        final FutureTask<LoopResult> again = start(EventBase.ONCE);
        backend.awaitSleep();
        read.active(Event.READ);
        await(again);
        assertEquals(List.of("read:2"), takeLog());
        for (final Event event : List.of(read, write, signal)) event.close();
    }

    @Test
    @DisplayName("RS-082: what cannot be registered again is named, and its event stays")
    void refused() {
        backend.needReinit = true;
        final Event read = persistent(5, Event.READ, "read");
        read.add();
        once();
        backend.refuseToApply = 5;
        final EventException refusal = assertThrows(EventException.class, base::reinit);
        assertTrue(refusal.getMessage().contains("descriptor 5"), refusal.getMessage());
        assertEquals(Event.READ, read.pending(Event.READ));
        backend.failReinit = new IOException("no more of them");
        assertTrue(assertThrows(EventException.class, base::reinit).getMessage().contains("no more of them"));
        read.close();
    }

    @Test
    @DisplayName("Reinit is refused while the loop runs in another thread, and allowed in a callback")
    void threads() throws Exception {
        backend.sleepForReal();
        final FutureTask<LoopResult> loop = start(EventBase.NO_EXIT_ON_EMPTY);
        backend.awaitSleep();
        assertThrows(IllegalStateException.class, base::reinit);
        base.execute(() -> {
            base.reinit();
            base.loopBreak();
        });
        await(loop);
        assertEquals(0, backend.reinits); // which this backend does not need
        base.close();
        assertThrows(IllegalStateException.class, base::reinit);
    }
}
