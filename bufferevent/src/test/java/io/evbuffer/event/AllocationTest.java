package io.evbuffer.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.event.backend.Backend;
import io.evbuffer.event.backend.BackendProvider;
import io.evbuffer.event.backend.Descriptor;
import io.evbuffer.event.backend.ReadySink;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.SelectableChannel;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A steady turn leaves no garbage: measured on a backend that makes none itself, so that all there is would be the loop's. */
@Timeout(120)
class AllocationTest {
    private static final int DESCRIPTORS = 64;
    private static final int TURNS = 50_000;
    private static final int WARM_UP = 20_000;

    /** All descriptors are ready at each poll but every hundredth, which sleeps until another thread has woken it. */
    private static final class Quiet implements Backend, BackendProvider {
        private final ManualClock clock;
        private final Descriptor[] registered = new Descriptor[DESCRIPTORS];
        private int polls;
        private boolean ready;
        private volatile int sleeps;
        private volatile boolean woken;

        Quiet(final ManualClock clock) {
            this.clock = clock;
        }

        @Override
        public void poll(final long waitNanos) {
            clock.advance(ManualClock.MILLI);
            ready = ++polls % 100 != 0 || waitNanos == 0;
            if (ready) return;
            woken = false;
            sleeps = sleeps + 1;
            while (!woken) Thread.onSpinWait();
        }

        @Override
        public void report(final ReadySink sink) {
            if (!ready) return;
            for (final Descriptor descriptor : registered) sink.ready(descriptor, Event.READ);
        }

        @Override
        public void wakeUp() {
            woken = true;
        }

        @Override
        public void apply(final Descriptor descriptor, final int before, final int wanted) {
            registered[descriptor.number()] = descriptor;
        }

        @Override
        public String name() {
            return "quiet";
        }

        @Override
        public int features() {
            return EventBase.FEATURE_FDS;
        }

        @Override
        public Backend open(final EventConfig config) {
            return this;
        }

        @Override
        public void admit(final Descriptor descriptor, final int bits) {}

        @Override
        public boolean needReinit() {
            return false;
        }

        @Override
        public Transport openStream(final @Nullable SocketAddress family) throws IOException {
            throw new IOException("no sockets here");
        }

        @Override
        public Transport openListener(final @Nullable SocketAddress family) throws IOException {
            throw new IOException("no sockets here");
        }

        @Override
        public Transport wrap(final SelectableChannel channel) {
            throw new EventException("no sockets here");
        }

        @Override
        public void close() {}
    }

    @Test
    @DisplayName(
            "RS-155, BTR-1: I/O with re-armed timers, all kinds of callbacks and wake-ups allocate nothing in a turn")
    void steadyTurns() throws Exception {
        final ManualClock clock = new ManualClock();
        final Quiet backend = new Quiet(clock);
        final int[] calls = new int[8];
        try (EventBase base = EventBase.open(
                EventConfig.create().ignoreEnvironment().backend(backend).tickSource(clock))) {
            for (int i = 0; i < DESCRIPTORS; i++) {
                new Event(base, i, Event.READ | Event.PERSIST, (event, result) -> calls[0]++, null)
                        .add(ScriptedTest.HOUR);
            }
            final DeferredCallback deferred = new DeferredCallback(() -> calls[1]++);
            final Runnable task = () -> calls[2]++;
            final TurnEndTask turnEnd = () -> calls[3]++;
            Event.newPeriodic(
                            base,
                            (event, result) -> {
                                calls[4]++;
                                deferred.schedule(base);
                                base.execute(task);
                                base.atTurnEnd(turnEnd);
                            },
                            null)
                    .add(7 * ManualClock.MILLI);
            final CommonTimeout common = base.initCommonTimeout(3 * ManualClock.MILLI);
            Event.newPeriodic(base, (event, result) -> calls[6]++, null).add(common);
            final Event idle = Event.newTimer(base, (event, result) -> {}, null);
            final CommonTimeout far = base.initCommonTimeout(ScriptedTest.HOUR);
            EvWatch.newPrepare(base, (watch, waitNanos) -> idle.add(far), null);
            EvWatch.newCheck(base, watch -> calls[7]++, null);
            final Event fromOutside = Event.newUser(base, (event, result) -> calls[5]++, null);
            final Thread waker = Thread.ofPlatform().name("waker").daemon().start(() -> wake(backend, fromOutside));

            for (int i = 0; i < WARM_UP; i++) base.loop(EventBase.ONCE);
            final long before = Allocations.ofThisThread();
            for (int i = 0; i < TURNS; i++) base.loop(EventBase.ONCE);
            final long bytes = Allocations.ofThisThread() - before;
            waker.interrupt();
            waker.join();

            assertTrue(bytes < 4096, "allocated in " + TURNS + " turns: " + bytes); // the measuring itself takes some
            assertEquals(WARM_UP + TURNS, base.metrics().turns());
            assertEquals(backend.sleeps, base.metrics().wakeUpsSent());
            for (final int each : calls) assertTrue(each > TURNS / 200, () -> "calls: " + each);
            base.checkIntegrity();
        }
    }

    private static void wake(final Quiet backend, final Event event) {
        int seen = 0;
        while (!Thread.currentThread().isInterrupted()) {
            if (backend.sleeps == seen) {
                Thread.onSpinWait();
            } else {
                seen = backend.sleeps;
                event.trigger();
            }
        }
    }
}
