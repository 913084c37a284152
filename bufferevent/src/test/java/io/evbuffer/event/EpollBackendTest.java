package io.evbuffer.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.event.Sockets.Pair;
import io.evbuffer.event.backend.SystemCalls.Kind;
import io.evbuffer.event.backend.posix.Descriptors;
import io.evbuffer.event.backend.posix.PosixNative;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The contract on epoll, and what only epoll has. */
class EpollBackendTest extends NativeBackendContract {
    @Override
    String method() {
        return "epoll";
    }

    @Test
    @DisplayName("RS-081: the features of epoll")
    void features() {
        assertEquals(EventBase.FEATURE_ET | EventBase.FEATURE_O1 | EventBase.FEATURE_EARLY_CLOSE, base.features());
    }

    @Test
    @DisplayName("RS-069: a regular file is refused, and the message names poll")
    void regularFile() throws IOException {
        final Path file = Files.writeString(folder.resolve("file"), "text");
        try (FileChannel channel = FileChannel.open(file)) {
            assertTrue(channel.isOpen());
            final Event event = event(Descriptors.numberOf(file), Event.READ);
            final EventException refused = assertThrows(EventException.class, event::add);
            assertTrue(refused.getMessage().contains("poll can"), refused.getMessage());
        }
    }

    @Test
    @DisplayName("A descriptor closed without del is forgotten by the kernel: only the timeout runs")
    void closedWithoutDel() throws IOException {
        final Pair pair = sockets.pair();
        final Event event = event(pair.a(), Event.READ);
        event.add(20 * MILLI);
        base.loop(EventBase.NONBLOCK);
        pair.a().close();
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("" + Event.TIMEOUT), log);
    }

    @Test
    @DisplayName(
            "EVT-42: an epoll that tells of nothing but a file no number leads to any more is replaced by a new one")
    void rebuilt() throws Throwable {
        final Pair lost = sockets.pair();
        final Pair kept = sockets.pair();
        final Pair left = sockets.pair();
        final Event event = event(lost.a(), Event.READ | Event.PERSIST);
        event.add();
        event(kept.a(), Event.READ).add();
        base.leaveRegistered(left.a());
        event(left.a(), Event.READ).add();
        base.loop(EventBase.NONBLOCK);
        final MethodHandle dup = PosixNative.call("dup", ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
        final int duplicate =
                (int) dup.invokeExact(PosixNative.newCallState(), lost.a().descriptor());
        lost.a().close(); // the file stays open by its other number, and registered
        event.close();
        sockets.send(lost.b(), "x");
        final Event hour = Event.newTimer(base, (self, result) -> {}, null);
        hour.add(HOUR);
        for (int i = 0; i < 70; i++) base.loop(EventBase.NONBLOCK);
        PosixNative.get().close(duplicate);
        hour.del();
        assertEquals(List.of(), log);

        sockets.send(kept.b(), "x");
        sockets.send(left.b(), "x");
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("" + Event.READ, "" + Event.READ), log);
        assertEquals(1, base.metrics().backendRebuilds(), () -> base.metrics().toString());
    }

    @Test
    @DisplayName("RS-064, BTR-2: interest that comes back within a turn costs no system call")
    void noCallForAChangeOfMind() throws IOException {
        final Pair pair = sockets.pair();
        final Event read = event(pair.a(), Event.READ | Event.PERSIST);
        final Event write = event(pair.a(), Event.WRITE | Event.PERSIST);
        read.add();
        base.loop(EventBase.NONBLOCK);
        final long before = base.systemCalls().of(Kind.INTEREST);
        for (int i = 0; i < 100; i++) {
            write.add();
            write.del();
        }
        base.loop(EventBase.NONBLOCK);
        assertEquals(before, base.systemCalls().of(Kind.INTEREST));
        write.add();
        base.loop(EventBase.ONCE | EventBase.NONBLOCK);
        assertEquals(before + 1, base.systemCalls().of(Kind.INTEREST));
        read.close();
        write.close();
    }

    @Test
    @DisplayName("More descriptors ready than one wait can tell are all told, and the room for them grows")
    void manyAtOnce() throws IOException {
        final Transport listener = sockets.listen();
        final int[] calls = new int[100];
        for (int i = 0; i < 100; i++) {
            final int index = i;
            new Event(base, sockets.pair(listener).a(), Event.WRITE, (self, result) -> calls[index]++, null).add();
        }
        assertEquals(LoopResult.EMPTY, base.dispatch());
        for (final int each : calls) assertEquals(1, each);
        assertTrue(base.metrics().turns() <= 6, () -> base.metrics().toString());
    }
}
