package io.evbuffer.event.backend.nio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.event.Event;
import io.evbuffer.event.EventBase;
import io.evbuffer.event.EventConfig;
import io.evbuffer.event.LoopResult;
import io.evbuffer.event.backend.Backend;
import io.evbuffer.event.backend.BackendProvider;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A selector that returns at once for no reason is replaced: reactor.md 6.3. */
@Timeout(120)
class SelectorRebuildTest {
    private static final long HOUR = 3_600_000_000_000L;

    /** Makes the first selector it meets return at once, with nothing, and counts the calls. */
    private static final class Broken implements NioBackend.Select, BackendProvider {
        private Selector broken;
        private int calls;
        private boolean wakes;
        private NioBackend backend;

        @Override
        public int select(final Selector selector, final Consumer<SelectionKey> ready, final long millis)
                throws IOException {
            if (broken == null) broken = selector;
            if (broken != selector) return selector.select(ready, millis);
            calls++;
            if (wakes) backend.wakeUp();
            if (calls == 2_000) broken = Selector.open(); // enough of it
            return 0;
        }

        @Override
        public String name() {
            return "broken";
        }

        @Override
        public int features() {
            return 0;
        }

        @Override
        public Backend open(final EventConfig config) throws IOException {
            backend = new NioBackend(this);
            return backend;
        }
    }

    @Test
    @DisplayName("After 512 early returns the selector is replaced, and its channels are waited for as before")
    void rebuilt() throws IOException {
        final Broken broken = new Broken();
        final List<String> log = new ArrayList<>();
        final Pipe pipe = Pipe.open();
        try (EventBase base =
                        EventBase.open(EventConfig.create().ignoreEnvironment().backend(broken));
                Pipe.SourceChannel source = pipe.source();
                Pipe.SinkChannel sink = pipe.sink()) {
            source.configureBlocking(false);
            new Event(base, source, Event.READ, (event, result) -> log.add("read"), null).add(HOUR);
            sink.write(ByteBuffer.allocate(1));
            assertEquals(LoopResult.EMPTY, base.dispatch());
            assertEquals(List.of("read"), log);
            assertEquals(NioBackend.PREMATURE_LIMIT + 1, broken.calls);
            assertEquals(1, base.metrics().backendRebuilds());
            base.checkIntegrity();
            // The new selector knows the channel as the old one did.
            new Event(base, source, Event.READ, (event, result) -> log.add("again"), null).add(HOUR);
            base.dispatch();
            assertEquals(List.of("read", "again"), log);
        }
    }

    @Test
    @DisplayName("Wake-ups are a reason to return early: nothing is replaced")
    void wakeUpsAreNoReason() throws IOException {
        final Broken broken = new Broken();
        broken.wakes = true;
        final Pipe pipe = Pipe.open();
        try (EventBase base =
                        EventBase.open(EventConfig.create().ignoreEnvironment().backend(broken));
                Pipe.SourceChannel source = pipe.source();
                Pipe.SinkChannel sink = pipe.sink()) {
            source.configureBlocking(false);
            new Event(base, source, Event.READ, (event, result) -> {}, null).add(HOUR);
            sink.write(ByteBuffer.allocate(1));
            assertEquals(LoopResult.EMPTY, base.dispatch());
            assertTrue(broken.calls >= 1_999, () -> "calls: " + broken.calls);
            assertEquals(0, base.metrics().backendRebuilds());
        }
    }
}
