package io.evbuffer.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.UnixOperatingSystemMXBean;
import io.evbuffer.event.Sockets.Pair;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What every backend must do with real sockets: reactor.md sections 5 and 6. Extended for each.
 *
 * <p>A bound in time is proven by its cause: other deadlines lie an hour away.
 */
@Timeout(120)
abstract class BackendContract {
    static final long HOUR = 3_600_000_000_000L;
    static final long MILLI = 1_000_000;

    final List<String> log = new ArrayList<>();
    final List<Throwable> failures = new ArrayList<>();
    EventBase base;
    Sockets sockets;

    /** The method under test. */
    abstract String method();

    /** What a base under test is opened with. */
    EventConfig config() {
        return EventConfig.create().ignoreEnvironment().onlyMethod(method());
    }

    /**
     * Makes the loop sleep without an end in sight.
     *
     * @return takes back what keeps it asleep.
     */
    Runnable asleep() {
        final Event hour = Event.newTimer(base, (event, result) -> log.add("late"), null);
        hour.add(HOUR);
        return hour::del;
    }

    @BeforeEach
    final void openBase() {
        base = EventBase.open(config());
        base.errorHandler((source, failure) -> failures.add(failure));
        sockets = new Sockets(base);
    }

    @AfterEach
    final void closeBase() throws IOException {
        base.checkIntegrity();
        sockets.close();
        assertEquals(0, base.pool().stats().segmentsInUse());
        base.close();
        assertEquals(List.of(), failures);
    }

    @Test
    @DisplayName("The base uses the method under test")
    void rightMethod() {
        assertEquals(method(), base.method());
    }

    @Test
    @DisplayName("RS-001: a reader sees the data, then the end of the stream")
    void read() throws IOException {
        final Pair pair = sockets.pair();
        sockets.send(pair.a(), "data");
        pair.a().shutdownOutput();
        new Event(
                        base,
                        pair.b(),
                        Event.READ,
                        (event, result) -> {
                            assertEquals(Event.READ, result);
                            final String text = sockets.receive(pair.b(), 512);
                            log.add(text == null ? "end" : text);
                            if (text != null) event.add();
                        },
                        null)
                .add();
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("data", "end"), log);
    }

    @Test
    @DisplayName("RS-002: a fresh connection is writable")
    void write() throws IOException {
        final Pair pair = sockets.pair();
        final Event event = new Event(base, pair.a(), Event.WRITE, (self, result) -> log.add("" + result), null);
        event.add();
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("" + Event.WRITE), log);
        assertEquals(0, event.pending(Event.WRITE));
    }

    @Test
    @DisplayName("RS-003, RS-004: events on one descriptor run by their own conditions")
    void sharedDescriptor() throws IOException {
        final Pair pair = sockets.pair();
        final Event write = new Event(
                base, pair.b(), Event.WRITE | Event.PERSIST, (event, result) -> log.add("write:" + result), null);
        final Event first = new Event(
                base, pair.b(), Event.READ | Event.PERSIST, (event, result) -> log.add("first:" + result), null);
        final Event second = new Event(
                base, pair.b(), Event.READ | Event.PERSIST, (event, result) -> log.add("second:" + result), null);
        write.add();
        first.add();
        second.add();
        base.loop(EventBase.ONCE);
        assertEquals(List.of("write:" + Event.WRITE), log);
        write.close();
        sockets.send(pair.a(), "x");
        log.clear();
        base.loop(EventBase.ONCE);
        assertEquals(List.of("first:" + Event.READ, "second:" + Event.READ), log);
        first.close();
        second.close();
    }

    @Test
    @DisplayName("RS-005: an event that is not persistent runs once, though more data comes")
    void notPersistent() throws IOException {
        final Pair pair = sockets.pair();
        sockets.send(pair.a(), "one");
        new Event(
                        base,
                        pair.b(),
                        Event.READ,
                        (event, result) -> {
                            log.add("run");
                            sockets.send(pair.a(), "two");
                        },
                        null)
                .add();
        base.loopExit(20 * MILLI);
        assertEquals(LoopResult.STOPPED, base.dispatch());
        assertEquals(List.of("run"), log);
    }

    @Test
    @DisplayName("RS-006: persistent events copy 4096 bytes in pieces of 128 and end")
    void persistent() throws IOException {
        final Pair pair = sockets.pair();
        final int[] sent = new int[1];
        final StringBuilder received = new StringBuilder();
        new Event(
                        base,
                        pair.a(),
                        Event.WRITE | Event.PERSIST,
                        (event, result) -> {
                            sent[0] += sockets.send(pair.a(), text(sent[0], 128));
                            if (sent[0] == 4096) {
                                pair.a().shutdownOutput();
                                event.del();
                            }
                        },
                        null)
                .add();
        new Event(
                        base,
                        pair.b(),
                        Event.READ | Event.PERSIST,
                        (event, result) -> {
                            final String text = sockets.receive(pair.b(), 128);
                            if (text == null) event.del();
                            else received.append(text);
                        },
                        null)
                .add();
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(text(0, 4096), received.toString());
    }

    private static String text(final int from, final int length) {
        final StringBuilder text = new StringBuilder();
        for (int i = from; i < from + length; i++) text.append((char) ('a' + i % 26));
        return text.toString();
    }

    @Test
    @DisplayName("RS-007: both directions of a connection at once")
    void bothDirections() throws IOException {
        final Pair pair = sockets.pair();
        final int[] received = new int[2];
        copy(pair.a(), pair.b(), 4096, received, 0);
        copy(pair.b(), pair.a(), 8192, received, 1);
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(4096, received[0]);
        assertEquals(8192, received[1]);
    }

    private void copy(
            final Transport from, final Transport to, final int total, final int[] received, final int index) {
        final int[] sent = new int[1];
        new Event(
                        base,
                        from,
                        Event.WRITE,
                        (event, result) -> {
                            sent[0] += sockets.send(from, text(sent[0], Math.min(1024, total - sent[0])));
                            if (sent[0] < total) event.add();
                        },
                        null)
                .add();
        new Event(
                        base,
                        to,
                        Event.READ,
                        (event, result) -> {
                            received[index] += Objects.requireNonNull(sockets.receive(to, 512))
                                    .length();
                            if (received[index] < total) event.add();
                        },
                        null)
                .add();
    }

    @Test
    @DisplayName("RS-053: a level-triggered event runs as long as there is data, an edge-triggered one once")
    void edges() throws IOException {
        final Pair pair = sockets.pair();
        sockets.send(pair.a(), "twelve bytes");
        pair.a().shutdownOutput();
        final Event event = new Event(
                base,
                pair.b(),
                Event.READ | Event.PERSIST | Event.ET,
                (self, result) -> log.add(result + ":" + sockets.receive(pair.b(), 1)),
                null);
        event.add();
        final boolean hasEdges = (base.features() & EventBase.FEATURE_ET) != 0;
        base.loop(EventBase.ONCE);
        base.loop(EventBase.ONCE | EventBase.NONBLOCK);
        final String first = (hasEdges ? Event.READ | Event.ET : Event.READ) + ":t";
        assertEquals(hasEdges ? List.of(first) : List.of(first, Event.READ + ":w"), log);
        event.close();
    }

    @Test
    @DisplayName("RS-057: a close by the peer wakes a reader, and a writer whose connection is full")
    void closeWakesBoth() throws IOException {
        final Pair idle = sockets.pair();
        final Pair full = sockets.pair();
        sockets.fill(full.a());
        new Event(base, idle.a(), Event.READ, (event, result) -> log.add("read:" + result), null).add(HOUR);
        new Event(base, full.a(), Event.WRITE, (event, result) -> log.add("write:" + result), null).add(HOUR);
        base.loop(EventBase.NONBLOCK);
        assertEquals(List.of(), log);
        idle.b().close();
        full.b().option(StandardSocketOptions.SO_LINGER, 0);
        full.b().close();
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertTrue(log.containsAll(List.of("read:" + Event.READ, "write:" + Event.WRITE)), log::toString);
    }

    @Test
    @DisplayName("RS-058: the end of the stream comes before a timeout far away")
    void endOfStream() throws IOException {
        final Pair pair = sockets.pair();
        sockets.send(pair.a(), "data");
        pair.a().shutdownOutput();
        new Event(
                        base,
                        pair.b(),
                        Event.READ,
                        (event, result) -> {
                            log.add(result + ":" + sockets.receive(pair.b(), 100));
                            if (log.size() < 2) event.add(HOUR);
                        },
                        null)
                .add(HOUR);
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of(Event.READ + ":data", Event.READ + ":null"), log);
    }

    @Test
    @DisplayName("RS-059: writing to a closed peer is an exception of the write, and the event runs for it")
    void deadPeer() throws IOException {
        final Pair pair = sockets.pair();
        new Event(
                        base,
                        pair.a(),
                        Event.WRITE,
                        (event, result) -> {
                            if (log.isEmpty()) {
                                log.add("sent " + sockets.send(pair.a(), "x"));
                                pair.b().option(StandardSocketOptions.SO_LINGER, 0);
                                pair.b().close();
                                event.add();
                                return;
                            }
                            try {
                                sockets.send(pair.a(), "y");
                                event.add(); // the reset is on its way
                            } catch (final IOException e) {
                                log.add("failed");
                            }
                        },
                        null)
                .add();
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("sent 1", "failed"), log);
    }

    @Test
    @DisplayName("RS-060: an event that deletes, adds and deletes itself leaves the loop asleep")
    void changeOfMind() throws IOException {
        final Pair pair = sockets.pair();
        new Event(
                        base,
                        pair.a(),
                        Event.WRITE | Event.PERSIST,
                        (event, result) -> {
                            log.add("run");
                            event.del();
                            event.add();
                            event.del();
                        },
                        null)
                .add();
        Event.newTimer(base, (event, result) -> log.add("timer"), null).add(30 * MILLI);
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("run", "timer"), log);
        assertTrue(base.metrics().turns() <= 6, () -> base.metrics().toString());
    }

    @Test
    @DisplayName("RS-061: many ready descriptors run once each, and each time anew when persistent")
    void manyReady() throws IOException {
        final Transport listener = sockets.listen();
        final List<Event> events = new ArrayList<>();
        final int[] calls = new int[70];
        for (int i = 0; i < 70; i++) {
            final int own = i;
            final Transport transport = sockets.pair(listener).a();
            final Event event =
                    new Event(base, transport, Event.WRITE | Event.PERSIST, (self, result) -> calls[own]++, null);
            event.add();
            base.loop(EventBase.ONCE | EventBase.NONBLOCK);
            events.add(event);
        }
        for (int i = 0; i < 70; i++) assertEquals(70 - i, calls[i]);
        for (final Event event : events) event.close();
    }

    @Test
    @DisplayName("RS-062: four thousand short connections need few descriptors at a time")
    void noDescriptorLeak() throws IOException {
        final UnixOperatingSystemMXBean system =
                (UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        final Transport listening = sockets.listen();
        final SocketAddress address = Objects.requireNonNull(listening.localAddress());
        final int[] left = {4000};
        final long[] most = new long[1];
        final long before = system.getOpenFileDescriptorCount();
        final Event accept = new Event(
                base,
                listening,
                Event.READ | Event.PERSIST,
                (event, result) -> {
                    for (Transport t = listening.accept(); t != null; t = listening.accept()) t.close();
                },
                null);
        accept.add();
        connectAgain(address, left, most, system, accept);
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(0, left[0]);
        assertTrue(most[0] - before <= 20, () -> before + " descriptors before, " + most[0] + " at most");
    }

    private void connectAgain(
            final SocketAddress address,
            final int[] left,
            final long[] most,
            final UnixOperatingSystemMXBean system,
            final Event accept)
            throws IOException {
        final Transport client = base.openStream(null);
        client.connect(address);
        new Event(
                        base,
                        client,
                        Event.READ,
                        (event, result) -> {
                            if (left[0] % 100 == 0) most[0] = Math.max(most[0], system.getOpenFileDescriptorCount());
                            final String text = sockets.receive(client, 10);
                            if (text != null) { // not closed by the server yet
                                assertEquals("", text);
                                event.add();
                                return;
                            }
                            client.close();
                            if (--left[0] > 0) connectAgain(address, left, most, system, accept);
                            else accept.del();
                        },
                        null)
                .add();
    }

    @Test
    @DisplayName("RS-066: an event does not hear of conditions it does not want")
    void ownBitsOnly() throws IOException {
        final Pair pair = sockets.pair();
        final Event event =
                new Event(base, pair.a(), Event.READ | Event.PERSIST, (self, result) -> log.add("" + result), null);
        event.add();
        for (int i = 0; i < 5; i++) base.loop(EventBase.ONCE | EventBase.NONBLOCK);
        assertEquals(List.of(), log);
        event.close();
    }

    @Test
    @DisplayName("RS-064: interest that comes back within a turn is not told to the backend")
    void backAndForth() throws IOException {
        final Pair pair = sockets.pair();
        sockets.send(pair.a(), "x");
        final Event write = new Event(base, pair.b(), Event.WRITE, (event, result) -> log.add("write"), null);
        new Event(
                        base,
                        pair.b(),
                        Event.READ | Event.PERSIST,
                        (event, result) -> {
                            for (int i = 0; i < 100; i++) {
                                write.add();
                                write.del();
                            }
                            if (base.metrics().turns() == 3) event.close();
                        },
                        null)
                .add();
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(2, base.metrics().interestCalls()); // in and out
        assertEquals(List.of(), log);
    }

    @Test
    @DisplayName("A descriptor that is added again after its registration was taken back is waited for again")
    void addedAgain() throws IOException {
        final Pair pair = sockets.pair();
        sockets.send(pair.a(), "x");
        final Event event = new Event(base, pair.b(), Event.READ, (self, result) -> log.add("run"), null);
        for (int i = 0; i < 3; i++) {
            event.add();
            assertEquals(LoopResult.EMPTY, base.dispatch()); // takes the registration back as it leaves
        }
        assertEquals(List.of("run", "run", "run"), log);

        event.add();
        event.del();
        event.add();
        base.loop(EventBase.ONCE);
        assertEquals(4, log.size());
    }

    @Test
    @DisplayName("RS-073: interest and tasks from another thread reach a loop that sleeps for an hour")
    void fromAnotherThread() throws Exception {
        final Pair pair = sockets.pair();
        sockets.send(pair.a(), "x");
        final CountDownLatch running = new CountDownLatch(1);
        final Runnable awake = asleep();
        base.execute(running::countDown);
        final FutureTask<LoopResult> loop = start();
        assertTrue(running.await(60, TimeUnit.SECONDS));
        final Event read = new Event(
                base,
                pair.b(),
                Event.READ,
                (event, result) -> {
                    log.add("read");
                    base.once((self, why) -> log.add("once"), null, 0);
                },
                null);
        read.add();
        for (int i = 0; i < 100; i++) {
            final CountDownLatch ran = new CountDownLatch(1);
            base.execute(ran::countDown);
            assertTrue(ran.await(60, TimeUnit.SECONDS));
        }
        awake.run();
        assertEquals(LoopResult.EMPTY, loop.get(60, TimeUnit.SECONDS));
        assertEquals(List.of("read", "once"), log);
    }

    private FutureTask<LoopResult> start() {
        final FutureTask<LoopResult> loop = new FutureTask<>(base::dispatch);
        Thread.ofPlatform().daemon().name("loop").start(loop);
        return loop;
    }

    @Test
    @DisplayName("RS-150: an interrupt wakes the loop once; it sleeps on and keeps the status for its caller")
    void interrupt() throws Exception {
        final Runnable awake = asleep();
        final CountDownLatch running = new CountDownLatch(1);
        base.execute(running::countDown);
        final boolean[] kept = new boolean[1];
        final FutureTask<LoopResult> loop = new FutureTask<>(() -> {
            final LoopResult result = base.dispatch();
            kept[0] = Thread.interrupted();
            return result;
        });
        final Thread thread = Thread.ofPlatform().daemon().start(loop);
        assertTrue(running.await(60, TimeUnit.SECONDS));
        thread.interrupt();
        final CountDownLatch ran = new CountDownLatch(1);
        base.execute(ran::countDown);
        assertTrue(ran.await(60, TimeUnit.SECONDS));
        awake.run();
        assertEquals(LoopResult.EMPTY, loop.get(60, TimeUnit.SECONDS));
        assertTrue(kept[0]);
        assertTrue(base.metrics().turns() <= 6, () -> base.metrics().toString());
    }

    @Test
    @DisplayName("A timer waits in the backend, not by turning, and is not early")
    void timerSleeps() {
        final long[] lateness = new long[1];
        final long due = base.nowNanos() + 25 * MILLI + 300_000;
        Event.newTimer(base, (event, result) -> lateness[0] = base.nowNanos() - due, null)
                .add(due - base.nowNanos());
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertTrue(lateness[0] >= 0, () -> "early by " + -lateness[0] + " ns");
        assertTrue(base.metrics().turns() <= 2, () -> base.metrics().toString());
    }

    @Test
    @DisplayName("Transports connect, tell their addresses and options, and end their streams")
    void transports() throws IOException {
        final Transport listener = sockets.listen();
        final SocketAddress address = Objects.requireNonNull(listener.localAddress());
        assertNull(listener.accept());
        assertFalse(listener.isConnected());
        assertNull(listener.remoteAddress());

        final Transport client = sockets.open();
        assertTrue(listener.isListener());
        assertFalse(client.isListener());
        assertFalse(client.isConnected());
        assertNull(client.remoteAddress());
        final Event connected = new Event(
                base,
                client,
                Event.WRITE,
                (event, result) -> {
                    assertTrue(client.finishConnect());
                    log.add("connected");
                },
                null);
        if (!client.connect(address)) connected.add();
        else log.add("connected");
        final List<Transport> accepted = new ArrayList<>();
        new Event(base, listener, Event.READ, (event, result) -> accepted.add(listener.accept()), null).add();
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("connected"), log);
        final Transport server = sockets.keep(assertNotNull(accepted.get(0), "nothing was accepted"));
        assertTrue(client.isConnected() && server.isConnected());
        assertEquals(address, client.remoteAddress());
        assertEquals(client.localAddress(), server.remoteAddress());
        client.option(StandardSocketOptions.TCP_NODELAY, true);
        assertEquals(true, client.option(StandardSocketOptions.TCP_NODELAY));
        assertEquals("", sockets.receive(server, 10)); // would block
        assertThrows(IOException.class, client::accept);
        assertThrows(IOException.class, () -> sockets.receive(listener, 10));
        assertThrows(IOException.class, () -> sockets.send(listener, "x"));
        assertThrows(IOException.class, listener::shutdownOutput);
        assertThrows(IOException.class, () -> listener.connect(address));
        assertThrows(IOException.class, listener::finishConnect);

        client.close();
        client.close();
        assertFalse(client.isOpen());
        assertThrows(IOException.class, () -> sockets.send(client, "x"));
        assertThrows(IOException.class, client::localAddress);
        assertThrows(EventException.class, () -> new Event(base, client, Event.READ, (e, r) -> {}, null).add());
    }

    private static <T> T assertNotNull(final T value, final String message) {
        org.junit.jupiter.api.Assertions.assertNotNull(value, message);
        return value;
    }

    @Test
    @DisplayName("A refused connect makes its transport writable, and finishing tells why")
    void refusedConnect() throws IOException {
        final Transport gone = sockets.listen();
        final SocketAddress address = Objects.requireNonNull(gone.localAddress());
        gone.close();
        final Transport client = sockets.open();
        try {
            assertFalse(client.connect(address));
            new Event(
                            base,
                            client,
                            Event.WRITE,
                            (event, result) -> {
                                assertThrows(ConnectException.class, client::finishConnect);
                                log.add("refused");
                            },
                            null)
                    .add(HOUR);
        } catch (final ConnectException atOnce) {
            log.add("refused");
        }
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("refused"), log);
        final Transport other = sockets.open();
        assertThrows(
                UnknownHostException.class,
                () -> other.connect(InetSocketAddress.createUnresolved("no.such.host.invalid", 80)));
    }

    @Test
    @DisplayName("A reader on a transport that connects gets what comes, and the loop sleeps meanwhile")
    void readerOnAConnect() throws IOException {
        final Transport listener = sockets.listen();
        final Transport client = sockets.open();
        client.connect(Objects.requireNonNull(listener.localAddress()));
        new Event(
                        base,
                        client,
                        Event.READ | Event.PERSIST,
                        (event, result) -> {
                            final String text = sockets.receive(client, 10);
                            if (text == null) event.close();
                            else if (!text.isEmpty()) log.add(text);
                        },
                        null)
                .add(HOUR);
        new Event(
                        base,
                        listener,
                        Event.READ,
                        (event, result) -> {
                            final Transport server = sockets.keep(assertNotNull(listener.accept(), "no connection"));
                            base.once(
                                    (timer, why) -> {
                                        sockets.send(server, "late");
                                        server.shutdownOutput();
                                    },
                                    null,
                                    20 * MILLI);
                        },
                        null)
                .add();
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("late"), log);
        assertTrue(client.isConnected());
        assertTrue(base.metrics().turns() <= 10, () -> base.metrics().toString());
    }

    @Test
    @DisplayName("A reader on a refused connect learns why from its read")
    void readerOnARefusedConnect() throws IOException {
        final Transport gone = sockets.listen();
        final SocketAddress address = Objects.requireNonNull(gone.localAddress());
        gone.close();
        final Transport client = sockets.open();
        try {
            client.connect(address);
        } catch (final ConnectException atOnce) {
            return; // some systems refuse before there is anything to wait for
        }
        new Event(
                        base,
                        client,
                        Event.READ,
                        (event, result) -> {
                            assertThrows(ConnectException.class, () -> sockets.receive(client, 10));
                            log.add("refused");
                        },
                        null)
                .add(HOUR);
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("refused"), log);
    }

    @Test
    @DisplayName("A transport closed after its event was deleted, while no loop runs, is closed at once")
    void closedWithoutALoop() throws IOException {
        final Transport listener = sockets.listen();
        final InetSocketAddress address = (InetSocketAddress) Objects.requireNonNull(listener.localAddress());
        final Event event = new Event(base, listener, Event.READ | Event.PERSIST, (self, result) -> {}, null);
        event.add();
        base.loop(EventBase.NONBLOCK);
        event.close();
        listener.close();
        final Transport again = sockets.keep(base.openListener(null));
        again.bind(address, 1);
        assertEquals(address, again.localAddress());
    }

    @Test
    @DisplayName("RS-082: after reinit what is registered, timers and wake-ups work as before")
    void reinit() throws Exception {
        final Pair first = sockets.pair();
        final Pair second = sockets.pair();
        final Event read = new Event(
                base, first.b(), Event.READ, (event, result) -> log.add(sockets.receive(first.b(), 16)), null);
        final Event later = new Event(
                base, second.b(), Event.READ, (event, result) -> log.add(sockets.receive(second.b(), 16)), null);
        read.add();
        base.loop(EventBase.NONBLOCK); // registered
        later.add(); // and this one not yet
        sockets.send(first.a(), "before");
        base.reinit();
        base.reinit();
        base.checkIntegrity();
        sockets.send(second.a(), "after");
        base.once((event, result) -> log.add("timer"), null, MILLI);
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("after", "before", "timer"), log.stream().sorted().toList());
        base.addVirtual();
        final FutureTask<LoopResult> loop = new FutureTask<>(base::dispatch);
        Thread.ofPlatform().daemon().start(loop);
        base.execute(() -> {
            log.add("task");
            base.delVirtual();
        });
        assertEquals(LoopResult.EMPTY, loop.get(60, TimeUnit.SECONDS));
        assertEquals("task", log.get(3));
    }

    @Test
    @DisplayName("RS-082: after reinit transports that are left registered are waited for, and only by who wants to")
    void reinitOfLeftTransports() throws IOException {
        final Pair now = leftPair();
        final Pair later = leftPair();
        final Pair never = leftPair();
        final Event reader = reader(now);
        final Event pausing = reader(later);
        final Event leaving = reader(never);
        reader.add();
        pausing.add();
        leaving.add();
        base.loop(EventBase.NONBLOCK); // registered
        pausing.del();
        base.loop(EventBase.NONBLOCK); // left, and nobody wants it
        leaving.del(); // which the backend was not told yet
        base.reinit();
        sockets.send(now.a(), "now");
        sockets.send(later.a(), "later");
        sockets.send(never.a(), "never");
        assertEquals(LoopResult.STOPPED, base.loop(EventBase.ONCE));
        assertEquals(List.of("now"), log);
        pausing.add();
        assertEquals(LoopResult.STOPPED, base.loop(EventBase.ONCE));
        assertEquals(List.of("now", "later"), log);
        reader.close();
        pausing.close();
        leaving.close();
        final Runnable awake = asleep();
        base.loop(EventBase.NONBLOCK);
        assertEquals(List.of("now", "later"), log);
        awake.run();
    }

    private Pair leftPair() throws IOException {
        final Pair pair = sockets.pair();
        base.leaveRegistered(pair.b());
        return pair;
    }

    private Event reader(final Pair pair) {
        return new Event(
                base,
                pair.b(),
                Event.READ | Event.PERSIST,
                (event, result) -> log.add(sockets.receive(pair.b(), 16)),
                null);
    }
}
