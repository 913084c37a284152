package io.evbuffer.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.UnixOperatingSystemMXBean;
import io.evbuffer.EvIovec;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Accepting connections: bufferevent.md section 14. */
@Timeout(120)
@EachBackend
class ConnectionListenerTest {
    private static final int FREE = ConnectionListener.CLOSE_ON_FREE;
    private static final long MILLI = 1_000_000;
    private static final long HOUR = 3_600_000_000_000L;

    private final List<Transport> accepted = new ArrayList<>();
    private final List<SocketChannel> clients = new ArrayList<>();
    private final List<Throwable> failures = new ArrayList<>();
    private final String method;
    private EventBase base;

    ConnectionListenerTest(final String method) {
        this.method = method;
    }

    @BeforeEach
    void openBase() {
        base = EventBase.open(EventConfig.create().ignoreEnvironment().onlyMethod(method));
        base.errorHandler((source, failure) -> failures.add(failure));
    }

    @AfterEach
    void closeBase() throws IOException {
        base.checkIntegrity();
        for (final SocketChannel client : clients) client.close();
        for (final Transport transport : accepted) transport.close();
        base.close();
        assertEquals(List.of(), failures);
    }

    private ConnectionListener bind(final int flags, final AcceptCallback callback) {
        return ConnectionListener.bind(base, Sockets.loopback(), flags, -1, callback);
    }

    private AcceptCallback acceptUpTo(final int count) {
        return (listener, transport, peer) -> {
            accepted.add(transport);
            if (accepted.size() == count) listener.close();
        };
    }

    private SocketChannel connect(final ConnectionListener listener) throws IOException {
        final SocketChannel client = SocketChannel.open(listener.localAddress());
        clients.add(client);
        return client;
    }

    private static boolean isBlocking(final Transport transport) throws IOException {
        final SelectableChannel channel = transport.channel();
        if (channel != null) return channel.isBlocking();
        for (final String line : Files.readAllLines(Path.of("/proc/self/fdinfo/" + transport.descriptor()))) {
            if (line.startsWith("flags:"))
                return (Integer.parseInt(line.substring(6).strip(), 8) & 04000) == 0;
        }
        throw new AssertionError("no flags of " + transport);
    }

    private LoopResult once() {
        return base.loop(EventBase.ONCE | EventBase.NONBLOCK);
    }

    private static int port(final ConnectionListener listener) {
        return ((InetSocketAddress) listener.localAddress()).getPort();
    }

    @Test
    @DisplayName("LIS-01: two listeners on ports the system chose count their own connections")
    void ports() throws IOException {
        final List<SocketAddress> peers = new ArrayList<>();
        final int[] counts = new int[2];
        final ConnectionListener first = bind(FREE, (listener, transport, peer) -> {
            accepted.add(transport);
            peers.add(peer);
            if (++counts[0] == 2) listener.disable();
        });
        final ConnectionListener second = bind(FREE | ConnectionListener.THREADSAFE, (listener, transport, peer) -> {
            accepted.add(transport);
            counts[1]++;
            listener.disable();
        });
        assertNotEquals(port(first), port(second));
        assertSame(base, first.base());
        assertEquals(first.localAddress(), localAddress(first.transport()));
        connect(first);
        connect(first);
        connect(second);
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(2, counts[0]);
        assertEquals(1, counts[1]);
        assertEquals(clients.get(0).getLocalAddress(), peers.get(0));
        assertEquals(true, accepted.get(0).option(StandardSocketOptions.SO_KEEPALIVE));
        first.close();
        second.close();
    }

    private static @Nullable SocketAddress localAddress(final Transport transport) throws IOException {
        return transport.localAddress();
    }

    @Test
    @DisplayName("LIS-02: a socket that does not listen is an error with its cause")
    void notListening() throws IOException {
        final ConnectionListener server = bind(FREE, acceptUpTo(1));
        final Transport client = base.openStream(null);
        client.connect(server.localAddress());
        base.dispatch();
        accepted.get(0).shutdownOutput(); // the client is readable now
        client.finishConnect();

        final List<IOException> causes = new ArrayList<>();
        final ConnectionListener listener = ConnectionListener.on(base, client, FREE, 0, (l, t, peer) -> {});
        listener.errorCallback((l, cause) -> {
            causes.add(cause);
            l.disable();
        });
        assertEquals(LoopResult.EMPTY, base.dispatch()); // no pause is left to wait for
        assertEquals(1, causes.size());
        assertTrue(causes.get(0).getMessage().startsWith("not a listening socket"), causes::toString);
        listener.close();
        assertFalse(client.isOpen());
    }

    /** A listening transport whose accepts go by a script, on an event that runs by hand. */
    private static final class Scripted implements Transport {
        final List<Object> script = new ArrayList<>(); // what accept throws or returns
        boolean open = true;

        @Override
        public @Nullable Transport accept() throws IOException {
            if (script.isEmpty()) return null;
            final Object next = script.remove(0);
            if (next instanceof final IOException failure) throw failure;
            return (Transport) next;
        }

        @Override
        public boolean isOpen() {
            return open;
        }

        @Override
        public boolean connect(final SocketAddress peer) {
            return false;
        }

        @Override
        public boolean finishConnect() {
            return false;
        }

        @Override
        public boolean isConnected() {
            return false;
        }

        @Override
        public void bind(final @Nullable SocketAddress local, final int backlog) {}

        @Override
        public void shutdownOutput() {}

        @Override
        public <T> void option(final SocketOption<T> name, final T value) {}

        @Override
        public <T> @Nullable T option(final SocketOption<T> name) {
            return null;
        }

        @Override
        public @Nullable SocketAddress localAddress() {
            return null;
        }

        @Override
        public SocketAddress remoteAddress() {
            return Sockets.loopback();
        }

        @Override
        public @Nullable SelectableChannel channel() {
            return null;
        }

        @Override
        public int descriptor() {
            return 5;
        }

        @Override
        public long read(final EvIovec vectors) {
            return 0;
        }

        @Override
        public long write(final EvIovec vectors) {
            return 0;
        }

        @Override
        public void close() {
            open = false;
        }
    }

    /** A base on a scripted backend, whose descriptor 5 always has connections waiting. */
    private static EventBase scriptedBase(final ManualClock clock, final ScriptedBackend backend) {
        backend.ready(5, Event.READ);
        return EventBase.open(
                EventConfig.create().ignoreEnvironment().backend(backend).tickSource(clock));
    }

    @Test
    @DisplayName("LIS-03: failures nobody observes pause accepting, doubling from 10 ms to 1 s, with few log lines")
    void errorUnobserved() {
        final List<LogRecord> lines = new ArrayList<>();
        final Handler handler = new Handler() {
            @Override
            public void publish(final LogRecord line) {
                lines.add(line);
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        final Logger logger = Logger.getLogger(ConnectionListener.class.getName());
        logger.addHandler(handler);
        logger.setUseParentHandlers(false);
        final ManualClock clock = new ManualClock();
        final ScriptedBackend backend = new ScriptedBackend(clock);
        try (EventBase scripted = scriptedBase(clock, backend)) {
            final Scripted transport = new Scripted();
            for (int i = 0; i < 20; i++) transport.script.add(new SocketException("Too many open files"));
            final ConnectionListener listener = ConnectionListener.on(scripted, transport, FREE, 0, (l, t, peer) -> {});
            for (int i = 0; i < 10; i++) scripted.loop(EventBase.ONCE);
            assertEquals(
                    List.of(10L, 20L, 40L, 80L, 160L),
                    backend.waits.stream()
                            .filter(wait -> wait > 0)
                            .map(wait -> wait / MILLI)
                            .toList());
            assertEquals(1, lines.size());
            assertTrue(
                    lines.get(0).getMessage().contains("cannot accept"),
                    lines.get(0).getMessage());
            for (int i = 0; i < 20; i++) scripted.loop(EventBase.ONCE);
            assertEquals(1_000 * MILLI, backend.lastWait());
            assertEquals(2, lines.size()); // after 5 seconds
            listener.close();
            assertFalse(transport.open);
            scripted.checkIntegrity();
        } finally {
            logger.removeHandler(handler);
            logger.setUseParentHandlers(true);
        }
    }

    @Test
    @DisplayName("A pause ends with enable, and starts at 10 ms again after an accept that worked")
    void pauseEnds() {
        final ManualClock clock = new ManualClock();
        final ScriptedBackend backend = new ScriptedBackend(clock);
        try (EventBase scripted = scriptedBase(clock, backend)) {
            final Scripted transport = new Scripted();
            final List<String> log = new ArrayList<>();
            final ConnectionListener listener =
                    ConnectionListener.on(scripted, transport, 0, 0, (l, t, peer) -> log.add("accepted"));
            listener.errorCallback((l, cause) -> log.add(cause.getMessage()));
            transport.script.addAll(List.of(new IOException("full"), new IOException("full")));
            scripted.loop(EventBase.ONCE);
            assertEquals(0, backend.interest(5));
            listener.enable();
            scripted.loop(EventBase.ONCE);
            assertEquals(List.of("full", "full"), log);
            assertEquals(0, clock.nanos() - 1_000); // no pause was waited for
            transport.script.addAll(List.of(new Scripted(), new IOException("full")));
            scripted.loop(EventBase.ONCE); // the pause
            scripted.loop(EventBase.ONCE); // both
            scripted.loop(EventBase.ONCE); // the next pause
            assertEquals(List.of("full", "full", "accepted", "full"), log);
            assertEquals(
                    List.of(10 * MILLI, 10 * MILLI),
                    backend.waits.stream().filter(wait -> wait > 0).toList());
            listener.close();
            assertTrue(transport.open); // not CLOSE_ON_FREE
        }
    }

    @Test
    @DisplayName("LIS-12: failures of a single connection are silent, and the next is accepted")
    void aborted() {
        final ManualClock clock = new ManualClock();
        final ScriptedBackend backend = new ScriptedBackend(clock);
        try (EventBase scripted = scriptedBase(clock, backend)) {
            final Scripted transport = new Scripted();
            final List<String> log = new ArrayList<>();
            final ConnectionListener listener =
                    ConnectionListener.on(scripted, transport, 0, 0, (l, t, peer) -> log.add("accepted"));
            listener.errorCallback((l, cause) -> log.add(cause.getMessage()));
            transport.script.addAll(List.of(
                    new SocketException("Network is unreachable"),
                    new java.net.NoRouteToHostException("No route to host"),
                    new SocketException("Software caused connection abort: aborted"),
                    new Scripted()));
            scripted.loop(EventBase.ONCE);
            assertEquals(List.of("accepted"), log);
            listener.close();
        }
    }

    @Test
    @DisplayName("LIS-12: a connection reset before it was accepted disturbs nobody")
    void resetBeforeAccept() throws IOException {
        final ConnectionListener listener = bind(FREE, acceptUpTo(2));
        final SocketChannel reset = connect(listener);
        reset.setOption(StandardSocketOptions.SO_LINGER, 0);
        reset.close();
        connect(listener);
        once();
        assertTrue(accepted.size() >= 1, accepted::toString);
        listener.close();
    }

    @Test
    @DisplayName("LIS-04: the address of a local socket cannot be reused; without that it works")
    void localSockets(@TempDir final Path folder) throws IOException {
        final SocketAddress path = UnixDomainSocketAddress.of(folder.resolve("socket"));
        for (final int flag : new int[] {ConnectionListener.REUSEABLE, ConnectionListener.REUSEABLE_PORT}) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> ConnectionListener.bind(base, path, FREE | flag, -1, acceptUpTo(1)));
        }
        final ConnectionListener listener = ConnectionListener.bind(base, path, FREE, -1, acceptUpTo(1));
        final SocketChannel client = SocketChannel.open(path);
        clients.add(client);
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(1, accepted.size());
        listener.close();
    }

    @Test
    @DisplayName("LIS-05: a disabled listener leaves connections waiting until it is enabled")
    void disabled() throws IOException {
        final ConnectionListener listener = bind(FREE | ConnectionListener.DISABLED, acceptUpTo(1));
        assertFalse(listener.isEnabled());
        final SocketChannel client = connect(listener);
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of(), accepted);
        listener.enable();
        assertTrue(listener.isEnabled());
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(1, accepted.size());
        assertTrue(client.isConnected());
        assertThrows(IllegalStateException.class, listener::enable);
    }

    @Test
    @DisplayName("LIS-06: accepted sockets are non-blocking unless asked otherwise")
    void blockingFlag() throws IOException {
        final ConnectionListener usual = bind(FREE, acceptUpTo(1));
        connect(usual);
        base.dispatch();
        final ConnectionListener blocking = bind(FREE | ConnectionListener.LEAVE_SOCKETS_BLOCKING, acceptUpTo(2));
        connect(blocking);
        base.dispatch();
        assertFalse(isBlocking(accepted.get(0)));
        assertTrue(isBlocking(accepted.get(1)));
    }

    @Test
    @DisplayName("LIS-07: closing a listener closes its socket only with CLOSE_ON_FREE")
    void closing() throws IOException {
        final ConnectionListener own = bind(FREE, acceptUpTo(1));
        final SocketAddress address = own.localAddress();
        once();
        own.close();
        own.close();
        assertFalse(own.transport().isOpen());
        assertThrows(IOException.class, () -> SocketChannel.open(address));
        assertThrows(EventException.class, own::localAddress);

        final ConnectionListener kept = bind(0, acceptUpTo(1));
        kept.close();
        assertTrue(kept.transport().isOpen());
        connect(kept);
        kept.transport().close();
    }

    @Test
    @DisplayName("LIS-08: a backlog of 0 is for sockets that listen already")
    void backlog() throws IOException {
        assertThrows(
                IllegalArgumentException.class,
                () -> ConnectionListener.bind(base, Sockets.loopback(), FREE, 0, acceptUpTo(1)));
        bind(FREE, acceptUpTo(1)).close();
        final Transport listening = base.openListener(null);
        listening.bind(Sockets.loopback(), 5);
        final ConnectionListener on = ConnectionListener.on(base, listening, FREE, 0, acceptUpTo(1));
        connect(on);
        base.dispatch();
        assertEquals(1, accepted.size());

        final ConnectionListener unbound =
                ConnectionListener.on(base, base.openListener(null), FREE, -1, acceptUpTo(2));
        assertNotEquals(0, port(unbound));
        unbound.close();
    }

    @Test
    @DisplayName("LIS-09: an occupied port fails with the cause of the bind, and no descriptor is left")
    void occupiedPort() {
        final UnixOperatingSystemMXBean system =
                (UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        final ConnectionListener first = bind(FREE, acceptUpTo(1));
        final SocketAddress taken = first.localAddress();
        assertThrows(EventException.class, () -> ConnectionListener.bind(base, taken, FREE, -1, acceptUpTo(1)));
        final long before = system.getOpenFileDescriptorCount();
        for (int i = 0; i < 50; i++) {
            final EventException refused = assertThrows(
                    EventException.class, () -> ConnectionListener.bind(base, taken, FREE, -1, acceptUpTo(1)));
            assertInstanceOf(BindException.class, refused.getCause());
            assertTrue(refused.getMessage().contains(taken.toString()), refused.getMessage());
        }
        final long after = system.getOpenFileDescriptorCount();
        assertTrue(after <= before + 5, () -> before + " descriptors before, " + after + " after");
        assertEquals(1, base.countEvents(EventBase.COUNT_ADDED));
        first.close();
    }

    @Test
    @DisplayName("LIS-10: a callback that installs another hands the next connection to it")
    void otherCallback() throws IOException {
        final List<String> log = new ArrayList<>();
        final ConnectionListener listener = bind(FREE, (l, transport, peer) -> {
            log.add("first");
            accepted.add(transport);
            l.callback((l2, transport2, peer2) -> {
                log.add("second");
                accepted.add(transport2);
                l2.close();
            });
        });
        connect(listener);
        connect(listener);
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("first", "second"), log);
    }

    @Test
    @DisplayName("LIS-11: a listener takes both kinds of IP, or IPv6 only, where nio says that it cannot")
    void versionsOfIp() throws IOException {
        final InetSocketAddress any = new InetSocketAddress("::", 0);
        final int six = FREE | ConnectionListener.BIND_IPV6ONLY;
        if (method.equals("nio")) {
            final EventException refused = assertThrows(
                    EventException.class, () -> ConnectionListener.bind(base, any, six, -1, acceptUpTo(1)));
            assertTrue(refused.getMessage().contains("IPv6 only"), refused.getMessage());
        } else {
            final ConnectionListener only = ConnectionListener.bind(base, any, six, -1, acceptUpTo(1));
            final InetSocketAddress four = new InetSocketAddress("127.0.0.1", port(only));
            assertThrows(IOException.class, () -> SocketChannel.open(four));
            clients.add(SocketChannel.open(new InetSocketAddress("::1", port(only))));
            assertEquals(LoopResult.EMPTY, base.dispatch());
            accepted.removeFirst().close();
        }
        final ConnectionListener both = ConnectionListener.bind(
                base, new InetSocketAddress(0), FREE | ConnectionListener.BIND_IPV4_AND_IPV6, -1, acceptUpTo(1));
        clients.add(SocketChannel.open(new InetSocketAddress("127.0.0.1", port(both))));
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(1, accepted.size());
    }

    @Test
    @DisplayName("LIS-11: IPv6 only and IPv4 share a port, each with its own connections")
    void versionsOfIpOnOnePort() throws IOException {
        if (method.equals("nio")) return; // says above that it cannot
        final List<String> log = new ArrayList<>();
        final ConnectionListener six = ConnectionListener.bind(
                base,
                new InetSocketAddress("::", 0),
                FREE | ConnectionListener.BIND_IPV6ONLY,
                -1,
                (listener, transport, peer) -> {
                    accepted.add(transport);
                    log.add("six");
                });
        // An address of its own: at 127.0.0.1 the port, which is free for IPv6, may be that of somebody else's
        // connection.
        final InetSocketAddress address = new InetSocketAddress("127.11.11.11", port(six));
        final ConnectionListener four =
                ConnectionListener.bind(base, address, FREE, -1, (listener, transport, peer) -> {
                    accepted.add(transport);
                    log.add("four");
                });
        clients.add(SocketChannel.open(address));
        while (log.isEmpty()) base.loop(EventBase.ONCE);
        clients.add(SocketChannel.open(new InetSocketAddress("::1", port(six))));
        while (log.size() < 2) base.loop(EventBase.ONCE);
        assertEquals(List.of("four", "six"), log);
        six.close();
        four.close();
    }

    @Test
    @DisplayName("LIS-13: two listeners share a port, and every connection comes to one of them")
    void sharedPort() throws IOException {
        final int[] counts = new int[2];
        final int shared = FREE | ConnectionListener.REUSEABLE | ConnectionListener.REUSEABLE_PORT;
        final ConnectionListener first = bind(shared, (l, transport, peer) -> {
            accepted.add(transport);
            counts[0]++;
        });
        final ConnectionListener second =
                ConnectionListener.bind(base, first.localAddress(), shared, -1, (l, transport, peer) -> {
                    accepted.add(transport);
                    counts[1]++;
                });
        for (int i = 0; i < 200; i++) {
            connect(first);
            if (i % 20 == 19) base.loop(EventBase.NONBLOCK);
        }
        while (counts[0] + counts[1] < 200) base.loop(EventBase.ONCE);
        assertEquals(200, accepted.size());
        assertTrue(counts[0] > 0 && counts[1] > 0, () -> counts[0] + " and " + counts[1]);
        first.close();
        second.close();
    }

    @Test
    @DisplayName("LIS-14: a connection without data is kept back, but where the backend cannot")
    void deferredAccept() throws IOException {
        final ConnectionListener listener = bind(FREE | ConnectionListener.DEFERRED_ACCEPT, acceptUpTo(1));
        connect(listener);
        if (!method.equals("nio")) {
            for (int i = 0; i < 100; i++) base.loop(EventBase.ONCE | EventBase.NONBLOCK);
            assertEquals(List.of(), accepted);
            clients.getLast().write(ByteBuffer.wrap(new byte[] {1}));
        }
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(1, accepted.size());
    }

    @Test
    @DisplayName("LIS-15: at most 64 connections are accepted in a turn, so that timers run in between")
    void budget() {
        final ManualClock clock = new ManualClock();
        final ScriptedBackend backend = new ScriptedBackend(clock);
        try (EventBase scripted = scriptedBase(clock, backend)) {
            final Scripted transport = new Scripted();
            for (int i = 0; i < 1000; i++) transport.script.add(new Scripted());
            final int[] count = new int[1];
            final List<Integer> atTimer = new ArrayList<>();
            final ConnectionListener listener = ConnectionListener.on(scripted, transport, 0, 0, (l, t, peer) -> {
                clock.advance(MILLI / 10);
                if (++count[0] == 1000) l.close();
            });
            assertSame(scripted, listener.base());
            final Event timer = Event.newPeriodic(
                    scripted,
                    (event, result) -> {
                        atTimer.add(count[0]);
                        if (count[0] == 1000) event.close();
                    },
                    null);
            timer.add(MILLI);
            assertEquals(LoopResult.EMPTY, scripted.dispatch());
            assertEquals(1000, count[0]);
            // Due within a turn, the timer runs at the end of the next, behind the connections of that.
            for (int i = 0; i < 14; i++) assertEquals(64 * (i + 2), atTimer.get(i));
        }
    }

    @Test
    @DisplayName("LIS-16: a callback that disables gets no second connection")
    void disableInCallback() throws IOException {
        final ConnectionListener listener = bind(FREE, (l, transport, peer) -> {
            accepted.add(transport);
            transport.close();
            l.disable();
        });
        connect(listener);
        connect(listener);
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(1, accepted.size());
        listener.enable();
        once();
        assertEquals(2, accepted.size());
        listener.close();
    }

    @Test
    @DisplayName("LIS-17: without a callback connections wait in the backlog, alive")
    void nullSlot() throws IOException {
        final ConnectionListener listener = bind(FREE, (l, transport, peer) -> {});
        listener.callback(null);
        final SocketChannel client = connect(listener);
        assertEquals(LoopResult.EMPTY, base.dispatch());
        listener.callback(acceptUpTo(1));
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(client.getLocalAddress(), accepted.get(0).remoteAddress());

        final ConnectionListener later = ConnectionListener.bind(base, Sockets.loopback(), FREE, -1, null);
        assertEquals(LoopResult.EMPTY, base.dispatch());
        later.close();
    }

    @Test
    @DisplayName("LIS-18: contradictory and unknown flags are refused before anything is opened")
    void contradiction() {
        assertThrows(
                IllegalArgumentException.class,
                () -> bind(ConnectionListener.BIND_IPV6ONLY | ConnectionListener.BIND_IPV4_AND_IPV6, acceptUpTo(1)));
        assertThrows(IllegalArgumentException.class, () -> bind(1 << 20, acceptUpTo(1)));
    }

    @Test
    @DisplayName("A listener closed by its callback leaves the accepted connection open")
    void closeInCallback() throws IOException {
        final ConnectionListener listener = bind(FREE, acceptUpTo(1));
        connect(listener);
        connect(listener);
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(1, accepted.size());
        assertTrue(accepted.get(0).isOpen());
        assertNotNull(accepted.get(0).remoteAddress());
    }

    @Test
    @DisplayName("What a callback throws goes to the error handler; the connection stays the callback's")
    void throwingCallback() throws IOException {
        final ConnectionListener listener = bind(FREE, (l, transport, peer) -> {
            accepted.add(transport);
            if (accepted.size() == 1) throw new IOException("thrown");
            l.close();
        });
        connect(listener);
        connect(listener);
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(2, accepted.size());
        assertEquals("thrown", failures.remove(0).getMessage());
        assertTrue(accepted.get(0).isOpen());
    }

    @Test
    @DisplayName("Disabling and closing from another thread while a callback runs wait for nothing")
    void otherThread() throws Exception {
        final CountDownLatch inside = new CountDownLatch(1);
        final CountDownLatch goOn = new CountDownLatch(1);
        final ConnectionListener listener = bind(FREE, (l, transport, peer) -> {
            accepted.add(transport);
            inside.countDown();
            assertTrue(goOn.await(60, TimeUnit.SECONDS));
        });
        connect(listener);
        connect(listener);
        final FutureTask<LoopResult> loop = new FutureTask<>(base::dispatch);
        Thread.ofPlatform().daemon().start(loop);
        assertTrue(inside.await(60, TimeUnit.SECONDS));
        listener.disable();
        listener.enable();
        listener.close();
        goOn.countDown();
        assertEquals(LoopResult.EMPTY, loop.get(60, TimeUnit.SECONDS));
        assertEquals(1, accepted.size());
    }

    @Test
    @DisplayName(
            "A listener that cannot be enabled stays disabled, and one that cannot start keeps its callback slot empty")
    void enablingFails() throws IOException {
        try (ConnectionListener listener =
                ConnectionListener.bind(base, Sockets.loopback(), ConnectionListener.DISABLED, -1, null)) {
            listener.transport().close();
            listener.enable(); // waits for a callback
            assertThrows(EventException.class, () -> listener.callback((source, accepted, peer) -> accepted.close()));
            listener.disable();
            listener.enable(); // so there is none yet
            listener.disable();
            listener.callback((source, accepted, peer) -> accepted.close());
            assertThrows(EventException.class, listener::enable);
            assertFalse(listener.isEnabled());
        }
    }

    @Test
    @DisplayName("A listener whose socket was closed behind its back says so after its pause, and can be closed")
    void socketClosedBehindItsBack() throws IOException {
        final List<IOException> causes = new ArrayList<>();
        final ConnectionListener listener = bind(0, (l, transport, peer) -> accepted.add(transport));
        listener.errorCallback((l, cause) -> {
            causes.add(cause);
            if (causes.size() == 2) l.close();
        });
        connect(listener);
        once();
        listener.disable();
        listener.transport().close();
        assertThrows(EventException.class, listener::enable);
        assertNull(listener.transport().remoteAddress());
        listener.close();
        assertEquals(LoopResult.EMPTY, base.dispatch());
        Event.newTimer(base, (event, result) -> {}, null).add(HOUR);
        assertEquals(List.of(), causes);
    }
}
