package io.evbuffer.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.EvBuffer;
import io.evbuffer.EvIovec;
import io.evbuffer.event.Sockets.Pair;
import io.evbuffer.event.backend.SystemCalls.Kind;
import io.evbuffer.event.backend.posix.Descriptors;
import io.evbuffer.event.backend.posix.Errno;
import io.evbuffer.event.backend.posix.Seccomp;
import io.evbuffer.event.backend.posix.Seccomp.Call;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What the backends that call the kernel themselves have in common beyond the contract. */
@EnabledOnOs(OS.LINUX)
abstract class NativeBackendContract extends LoopContract {
    @TempDir
    Path folder;

    final Event event(final int number, final int what) {
        return new Event(base, number, what, (self, result) -> log.add("" + result), null);
    }

    final Event event(final Transport transport, final int what) {
        return new Event(base, transport, what, (self, result) -> log.add("" + result), null);
    }

    @Test
    @DisplayName("EVT-36: a base leaves no descriptor behind")
    void descriptorsGoHome() throws IOException {
        final EventConfig config = EventConfig.create().ignoreEnvironment().onlyMethod(method());
        EventBase.open(config).close(); // the classes are loaded
        final long before = Descriptors.open();
        for (int i = 0; i < 20; i++) {
            try (EventBase other = EventBase.open(config);
                    Sockets own = new Sockets(other)) {
                final Pair pair = own.pair();
                new Event(other, pair.a(), Event.WRITE, (self, result) -> {}, null).add();
                other.dispatch();
            }
        }
        assertEquals(before, Descriptors.open());
    }

    @Test
    @DisplayName("RS-015: numbers that are no descriptors are refused, and nothing has changed")
    void badNumbers() {
        for (final int number : new int[] {Integer.MAX_VALUE, 1 << 30}) {
            final Event event = event(number, Event.READ);
            final EventException refused = assertThrows(EventException.class, () -> event.add(HOUR));
            assertTrue(refused.getMessage().contains("EBADF"), refused.getMessage());
            assertEquals(0, event.pending(Event.READ | Event.TIMEOUT));
        }
        assertEquals(0, base.countEvents(EventBase.COUNT_ADDED));
        assertEquals(LoopResult.EMPTY, base.dispatch());
    }

    @Test
    @DisplayName("BTR-13: debug mode refuses a descriptor in blocking mode, and nothing has changed")
    void blockingDescriptor() throws IOException {
        try (EventBase strict = EventBase.open(config().flags(EventConfig.DEBUG));
                Sockets own = new Sockets(strict)) {
            final Pair pair = own.pair();
            pair.a().blocking(true);
            final int number = pair.a().descriptor();
            final Event event = new Event(strict, number, Event.READ, (self, result) -> log.add("" + result), null);
            final EventException refused = assertThrows(EventException.class, event::add);
            assertTrue(refused.getMessage().contains("blocking mode"), refused.getMessage());
            assertEquals(0, strict.countEvents(EventBase.COUNT_ADDED));
            pair.a().blocking(false);
            event.add();
            own.send(pair.b(), "x");
            assertEquals(LoopResult.EMPTY, strict.dispatch());
        }
        final Pair trusted = sockets.pair();
        trusted.a().blocking(true);
        event(trusted.a().descriptor(), Event.READ).add();
        sockets.send(trusted.b(), "x");
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("" + Event.READ, "" + Event.READ), log);
    }

    @Test
    @DisplayName("RS-012: an event on no descriptor waits, and runs by hand")
    void noDescriptor() {
        final Event event = event(Event.NO_DESCRIPTOR, Event.READ);
        event.add();
        base.loopExit(10 * MILLI);
        assertEquals(LoopResult.STOPPED, base.dispatch());
        assertEquals(List.of(), log);
        event.active(Event.READ);
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("" + Event.READ), log);
    }

    @Test
    @DisplayName("A number is waited for as its transport is, and both share the descriptor")
    void numbers() throws IOException {
        final Pair pair = sockets.pair();
        final int number = pair.a().descriptor();
        final Event byNumber = event(number, Event.READ);
        final Event byTransport = event(pair.a(), Event.READ);
        byNumber.add();
        byTransport.add();
        sockets.send(pair.b(), "x");
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("" + Event.READ, "" + Event.READ), log);
    }

    @Test
    @DisplayName("RS-067, RS-068: events can be made active by their number; unknown ones do nothing")
    void activeByNumber() throws IOException {
        final Pair pair = sockets.pair();
        final int number = pair.a().descriptor();
        final Event read = event(number, Event.READ);
        read.add(HOUR);
        base.activeByDescriptor(number, Event.WRITE);
        base.activeByDescriptor(1000, Event.READ);
        base.activeByDescriptor(-1, Event.READ);
        assertEquals(0, base.countEvents(EventBase.COUNT_ACTIVE));
        base.activeByDescriptor(number, Event.READ);
        base.activeByDescriptor(number, Event.TIMEOUT);
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("" + (Event.READ | Event.TIMEOUT)), log);
    }

    @Test
    @DisplayName("RS-065: a descriptor added and deleted within a turn costs no call")
    void shortLife() throws IOException {
        final Pair pair = sockets.pair();
        final Event event = event(pair.a(), Event.READ);
        final long before = base.systemCalls().of(Kind.INTEREST);
        event.add();
        event.del();
        base.loop(EventBase.NONBLOCK);
        assertEquals(0, base.metrics().interestCalls());
        assertEquals(before, base.systemCalls().of(Kind.INTEREST));
    }

    @Test
    @DisplayName("RS-118: a single run on a number happens once; signals, persistence and nothing at all are refused")
    void onceOnANumber() throws IOException {
        final Pair pair = sockets.pair();
        final int number = pair.a().descriptor();
        final EventCallback callback = (event, result) -> log.add("once" + result);
        base.once(number, Event.READ | Event.ET, callback, null, HOUR);
        sockets.send(pair.b(), "xy");
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("once" + Event.READ), log);
        for (final int what : new int[] {0, Event.SIGNAL, Event.READ | Event.PERSIST}) {
            assertThrows(
                    IllegalArgumentException.class, () -> base.once(number, what, callback, null, Event.NO_TIMEOUT));
        }
        assertEquals(0, base.countEvents(EventBase.COUNT_ADDED));
    }

    @Test
    @DisplayName("RS-035: a wait that a signal ends early has found nothing ready, and the loop goes on")
    void interruptedWait() throws Exception {
        final Runnable awake = asleep();
        final int[] polls = new int[1];
        EvWatch.newCheck(
                base,
                watch -> {
                    if (++polls[0] == 5) base.loopBreak();
                },
                null);
        final LoopResult result = Seccomp.without(
                Errno.EINTR, base::dispatch, Call.EPOLL_PWAIT2, Call.EPOLL_WAIT, Call.EPOLL_PWAIT, Call.PPOLL);
        assertEquals(LoopResult.STOPPED, result);
        assertEquals(5, base.metrics().sleeps());
        assertEquals(List.of(), log);
        awake.run();
    }

    @Test
    @DisplayName("BTR-12: a number that is closed and opened again within a turn is waited for as what it is now")
    void numberUsedAgain() throws IOException {
        final Pair first = sockets.pair();
        final int number = first.a().descriptor();
        final Event old = event(first.a(), Event.READ | Event.PERSIST);
        old.add();
        base.loop(EventBase.NONBLOCK);
        old.close();
        first.a().close();
        final Transport listener = sockets.listen();
        final List<Transport> opened = new ArrayList<>(List.of(listener));
        Pair second = sockets.pair(listener);
        while (second.a().descriptor() != number
                && second.b().descriptor() != number
                && listener.descriptor() != number
                && opened.size() < 50) {
            opened.add(second.a());
            second = sockets.pair(listener);
        }
        final Transport reader = second.b().descriptor() == number ? second.b() : second.a();
        final Transport writer = reader == second.a() ? second.b() : second.a();
        event(reader, Event.READ).add();
        sockets.send(writer, "x");
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("" + Event.READ), log);
    }

    @Test
    @DisplayName("An NIO channel is refused, and the message names nio")
    void channelsRefused() throws IOException {
        try (SocketChannel channel = SocketChannel.open()) {
            channel.configureBlocking(false);
            final EventException wrap = assertThrows(EventException.class, () -> base.wrap(channel));
            assertTrue(wrap.getMessage().contains("need nio"), wrap.getMessage());
            final EventException add = assertThrows(
                    EventException.class, () -> new Event(base, channel, Event.READ, (e, r) -> {}, null).add());
            assertTrue(add.getMessage().contains("need nio"), add.getMessage());
        }
    }

    @Test
    @DisplayName("Local sockets and both kinds of IP connect and tell their addresses")
    void families() throws IOException {
        final UnixDomainSocketAddress path = UnixDomainSocketAddress.of(folder.resolve("socket"));
        final Transport local = sockets.keep(base.openListener(path));
        local.bind(path, 0);
        assertEquals(path, local.localAddress());
        final Transport client = sockets.keep(base.openStream(path));
        assertTrue(client.connect(path));
        assertEquals(path, client.remoteAddress());
        final Transport server = sockets.keep(Objects.requireNonNull(local.accept()));
        sockets.send(client, "by path");
        assertEquals("by path", sockets.receive(server, 100));
        assertThrows(IOException.class, () -> base.openListener(path).bind(path, 0));

        for (final String host : List.of("127.0.0.1", "::1")) {
            final InetSocketAddress any = new InetSocketAddress(host, 0);
            final Transport listener = sockets.keep(base.openListener(any));
            listener.bind(any, 0);
            final InetSocketAddress bound = (InetSocketAddress) Objects.requireNonNull(listener.localAddress());
            assertEquals(any.getAddress(), bound.getAddress());
            final Pair pair = sockets.pair(listener);
            assertEquals(pair.a().localAddress(), pair.b().remoteAddress());
        }
        final Transport both = sockets.keep(base.openListener(null));
        both.bind(null, 0);
        final int port = ((InetSocketAddress) Objects.requireNonNull(both.localAddress())).getPort();
        for (final String host : List.of("127.0.0.1", "::1")) {
            final Transport reaches = sockets.keep(base.openStream(new InetSocketAddress(host, port)));
            if (!reaches.connect(new InetSocketAddress(host, port))) {
                while (!reaches.finishConnect()) Thread.onSpinWait();
            }
            assertTrue(reaches.isConnected());
        }
    }

    @Test
    @DisplayName("Options are set and told as on NIO channels; unknown ones are refused")
    void options() throws IOException {
        final Transport stream = sockets.open();
        stream.option(StandardSocketOptions.SO_REUSEADDR, true);
        stream.option(StandardSocketOptions.SO_REUSEPORT, true);
        stream.option(StandardSocketOptions.SO_KEEPALIVE, true);
        stream.option(StandardSocketOptions.TCP_NODELAY, true);
        stream.option(StandardSocketOptions.SO_RCVBUF, 8192);
        stream.option(StandardSocketOptions.SO_SNDBUF, 16384);
        stream.option(StandardSocketOptions.IP_TOS, 0x10);
        assertEquals(true, stream.option(StandardSocketOptions.SO_REUSEADDR));
        assertEquals(true, stream.option(StandardSocketOptions.SO_REUSEPORT));
        assertEquals(true, stream.option(StandardSocketOptions.SO_KEEPALIVE));
        assertEquals(true, stream.option(StandardSocketOptions.TCP_NODELAY));
        assertEquals(8192, stream.option(StandardSocketOptions.SO_RCVBUF));
        assertEquals(16384, stream.option(StandardSocketOptions.SO_SNDBUF));
        assertEquals(0x10, stream.option(StandardSocketOptions.IP_TOS));
        assertEquals(-1, stream.option(StandardSocketOptions.SO_LINGER));
        stream.option(StandardSocketOptions.SO_LINGER, 3);
        assertEquals(3, stream.option(StandardSocketOptions.SO_LINGER));
        stream.option(StandardSocketOptions.SO_LINGER, -1);
        assertEquals(-1, stream.option(StandardSocketOptions.SO_LINGER));
        assertThrows(
                UnsupportedOperationException.class,
                () -> stream.option(StandardSocketOptions.IP_MULTICAST_LOOP, true));
        stream.close();
        assertThrows(ClosedChannelException.class, () -> stream.option(StandardSocketOptions.TCP_NODELAY));
        assertFalse(stream.isOpen());
    }

    @Test
    @DisplayName("BTR-2: a steady turn is one wait, one read and one write, and nothing else")
    void systemCallsOfATurn() throws IOException {
        final Pair pair = sockets.pair();
        final Event echo = new Event(
                base,
                pair.b(),
                Event.READ | Event.PERSIST,
                (self, result) -> sockets.send(pair.b(), Objects.requireNonNull(sockets.receive(pair.b(), 100))),
                null);
        final Event client = new Event(
                base,
                pair.a(),
                Event.READ | Event.PERSIST,
                (self, result) -> sockets.send(pair.a(), Objects.requireNonNull(sockets.receive(pair.a(), 100))),
                null);
        echo.add();
        client.add();
        sockets.send(pair.a(), "ball");
        for (int i = 0; i < 10; i++) base.loop(EventBase.ONCE);
        final long before = base.systemCalls().total();
        final long waits = base.systemCalls().of(Kind.WAIT);
        for (int i = 0; i < 100; i++) base.loop(EventBase.ONCE);
        assertEquals(
                300,
                base.systemCalls().total() - before,
                () -> base.systemCalls().toString());
        assertEquals(100, base.systemCalls().of(Kind.WAIT) - waits);
        echo.close();
        client.close();
    }

    @Test
    @DisplayName("RS-155, BTR-1: echoing pairs, a timer that is re-armed and wake-ups allocate nothing in a turn")
    void steadyTurnsAllocateNothing() throws Exception {
        final Transport listener = sockets.listen();
        try (EvBuffer buffer = new EvBuffer(base.pool())) {
            final EvIovec vectors = new EvIovec(2);
            final EventCallback echo = (event, result) -> {
                final Transport own = (Transport) Objects.requireNonNull(event.attachment());
                buffer.reserveSpace(512, vectors);
                buffer.commitSpace(vectors, Math.max(0, own.read(vectors)));
                if (buffer.isEmpty()) return;
                buffer.peek(512, vectors);
                buffer.drain(own.write(vectors));
            };
            final List<Event> events = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                final Pair pair = sockets.pair(listener);
                for (final Transport each : List.of(pair.a(), pair.b())) {
                    events.add(new Event(base, each, Event.READ | Event.PERSIST, echo, each));
                }
                sockets.send(pair.a(), "ball");
            }
            for (final Event each : events) each.add(HOUR); // armed again by each run
            events.add(Event.newPeriodic(base, (event, result) -> {}, null));
            events.getLast().add(MILLI);
            final Semaphore woken = new Semaphore(0);
            final Event fromOutside = Event.newUser(base, (event, result) -> woken.release(), null);
            final Thread waker = Thread.ofPlatform().daemon().start(() -> {
                while (!Thread.currentThread().isInterrupted()) {
                    fromOutside.trigger();
                    woken.acquireUninterruptibly();
                }
            });

            long bytes = Long.MAX_VALUE;
            for (int i = 0; i < 100 && bytes >= 4096; i++) { // until the compiler has seen all of it
                final long before = Allocations.ofThisThread();
                for (int turn = 0; turn < 10_000; turn++) base.loop(EventBase.ONCE);
                bytes = Allocations.ofThisThread() - before;
            }
            waker.interrupt();
            woken.release();
            waker.join();
            fromOutside.close();
            for (final Event each : events) each.close();
            assertTrue(bytes < 4096, "allocated in 10 000 turns: " + bytes); // the measuring itself takes some
        }
    }
}
