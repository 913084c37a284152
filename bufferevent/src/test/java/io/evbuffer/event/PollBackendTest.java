package io.evbuffer.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.event.Sockets.Pair;
import io.evbuffer.event.backend.posix.Descriptors;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The contract on poll, and what only poll has. */
class PollBackendTest extends NativeBackendContract {
    @Override
    String method() {
        return "poll";
    }

    @Test
    @DisplayName("RS-081: the features of poll")
    void features() {
        assertEquals(EventBase.FEATURE_FDS | EventBase.FEATURE_EARLY_CLOSE, base.features());
    }

    @Test
    @DisplayName("RS-069: a regular file is always readable")
    void regularFile() throws IOException {
        final Path file = Files.writeString(folder.resolve("file"), "text");
        try (FileChannel channel = FileChannel.open(file)) {
            assertTrue(channel.isOpen());
            event(Descriptors.numberOf(file), Event.READ).add(HOUR);
            assertEquals(LoopResult.EMPTY, base.dispatch());
            assertEquals(List.of("" + Event.READ), log);
        }
    }

    @Test
    @DisplayName("BTR-13: in debug mode, too, a regular file is waited for: it has no mode, as it never waits")
    void regularFileInDebugMode() throws IOException {
        final Path file = Files.writeString(folder.resolve("file"), "text");
        try (FileChannel channel = FileChannel.open(file);
                EventBase strict = EventBase.open(config().flags(EventConfig.DEBUG))) {
            assertTrue(channel.isOpen());
            new Event(strict, Descriptors.numberOf(file), Event.READ, (self, result) -> log.add("" + result), null)
                    .add();
            assertEquals(LoopResult.EMPTY, strict.dispatch());
            assertEquals(List.of("" + Event.READ), log);
        }
    }

    @Test
    @DisplayName("RS-063: a descriptor closed without del is told at once, and the loop does not spin")
    void closedWithoutDel() throws IOException {
        final Pair pair = sockets.pair();
        event(pair.a(), Event.READ).add(HOUR);
        base.loop(EventBase.NONBLOCK);
        pair.a().close();
        assertEquals(LoopResult.STOPPED, base.loop(EventBase.ONCE));
        assertEquals(List.of("" + Event.READ), log);
        assertEquals(LoopResult.EMPTY, base.dispatch());
    }

    @Test
    @DisplayName("DEV-2: a descriptor that is silenced is told no more, until its interest changes")
    void silenced() throws IOException {
        final Pair pair = sockets.pair();
        final Event read = event(pair.a(), Event.READ | Event.PERSIST);
        read.add();
        base.loop(EventBase.NONBLOCK);
        sockets.send(pair.b(), "x");
        base.acquire();
        base.reports()
                .silence(Objects.requireNonNull(base.descriptors().find(pair.a().descriptor())));
        base.release();
        base.loop(EventBase.ONCE | EventBase.NONBLOCK);
        assertEquals(List.of(), log);
        assertEquals(1, base.metrics().silencedDescriptors());
        final Event write = event(pair.a(), Event.WRITE);
        write.add();
        base.loop(EventBase.ONCE);
        assertEquals(2, log.size(), log::toString);
        read.close();
    }

    @Test
    @DisplayName("DEV-2: a closed descriptor that nobody hears of is disarmed, so the loop does not spin")
    void closedAndUnheard() throws IOException {
        final Pair pair = sockets.pair();
        final Pair kept = sockets.pair();
        final Event closed = event(pair.a(), Event.CLOSED | Event.PERSIST);
        closed.add();
        base.loop(EventBase.NONBLOCK);
        pair.a().close();
        base.loop(EventBase.ONCE); // told as CLOSED
        assertEquals(List.of("" + Event.CLOSED), log);
        closed.close();
        event(kept.a(), Event.READ).add(20 * MILLI);
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertTrue(base.metrics().turns() <= 8, () -> base.metrics().toString());
    }
}
