package io.evbuffer.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a closed base leaves behind: nothing. */
class CloseTest {
    static List<String> methods() {
        return EventBase.supportedMethods();
    }

    private static long openDescriptors() {
        return ((UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getOpenFileDescriptorCount();
    }

    private static void useAndClose(final String method) throws IOException {
        final EventBase base =
                EventBase.open(EventConfig.create().ignoreEnvironment().onlyMethod(method));
        final Transport transport = base.openListener(null);
        final Event event = new Event(base, transport, Event.READ | Event.PERSIST, (self, result) -> {}, null);
        event.add(base.initCommonTimeout(1_000));
        EvWatch.newCheck(base, watch -> {}, null);
        final Event signal = Event.newSignal(base, Signals.number(Signals.free()), (self, result) -> {}, null);
        signal.add();
        base.loop(EventBase.ONCE);
        base.close();
        transport.close();
    }

    @ParameterizedTest
    @MethodSource("methods")
    @DisplayName("EVT-36: a base that was used and closed leaves no descriptor and no thread")
    void nothingLeft(final String method) throws IOException {
        useAndClose(method); // what is opened once per process
        final long descriptors = openDescriptors();
        final int threads = ManagementFactory.getThreadMXBean().getThreadCount();
        for (int i = 0; i < 20; i++) useAndClose(method);
        assertTrue(openDescriptors() < descriptors + 20, () -> descriptors + " grew to " + openDescriptors());
        assertTrue(
                ManagementFactory.getThreadMXBean().getThreadCount() < threads + 20,
                () -> threads + " threads grew to "
                        + ManagementFactory.getThreadMXBean().getThreadCount());
    }

    @ParameterizedTest
    @MethodSource("methods")
    @DisplayName("A close that is refused, in a visitor or while the loop runs, has ended nothing")
    void refusedCloseEndsNothing(final String method) {
        final EventBase base =
                EventBase.open(EventConfig.create().ignoreEnvironment().onlyMethod(method));
        final AtomicInteger ends = new AtomicInteger();
        base.part(Part.class, () -> new Part(ends));
        final Event event =
                Event.newTimer(base, (self, result) -> assertThrows(IllegalStateException.class, base::close), null);
        event.add(0);
        base.forEachEvent(visited -> {
            assertThrows(IllegalStateException.class, base::close);
            return 0;
        });
        base.errorHandler((source, failure) -> {
            throw new AssertionError(failure);
        });
        base.dispatch();
        assertEquals(0, ends.get());
        base.close();
        assertEquals(1, ends.get());
        base.close();
        assertEquals(1, ends.get());
    }

    private record Part(AtomicInteger ends) implements AutoCloseable {
        @Override
        public void close() {
            ends.incrementAndGet();
        }
    }

    @ParameterizedTest
    @MethodSource("methods")
    @DisplayName("A closed base opens no sockets, and takes no channels")
    void closedBaseOpensNothing(final String method) throws IOException {
        final EventBase base =
                EventBase.open(EventConfig.create().ignoreEnvironment().onlyMethod(method));
        base.close();
        assertThrows(IllegalStateException.class, () -> base.openStream(null));
        assertThrows(IllegalStateException.class, () -> base.openListener(null));
        try (SocketChannel channel = SocketChannel.open()) {
            channel.configureBlocking(false);
            assertThrows(IllegalStateException.class, () -> base.wrap(channel));
        }
    }

    @Test
    @DisplayName("BTR-21: the table of descriptors holds what is registered, however high the numbers are")
    void sparseNumbers() {
        final ManualClock clock = new ManualClock();
        final ScriptedBackend backend = new ScriptedBackend(clock);
        try (EventBase base = EventBase.open(
                EventConfig.create().ignoreEnvironment().backend(backend).tickSource(clock))) {
            for (int i = 0; i < 1_000; i++) {
                final Event event =
                        new Event(base, Integer.MAX_VALUE - 1_000_000 * i, Event.READ, (self, result) -> {}, null);
                event.add();
                base.loop(EventBase.NONBLOCK);
                assertEquals(1, base.descriptors().size());
                event.close();
                base.loop(EventBase.NONBLOCK);
                assertEquals(0, base.descriptors().size());
            }
        }
    }
}
