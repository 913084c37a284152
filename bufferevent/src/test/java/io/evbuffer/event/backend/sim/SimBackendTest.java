package io.evbuffer.event.backend.sim;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.EvBuffer;
import io.evbuffer.channel.ChannelReader;
import io.evbuffer.channel.ChannelWriter;
import io.evbuffer.channel.ScatterSource;
import io.evbuffer.event.Event;
import io.evbuffer.event.EventBase;
import io.evbuffer.event.EventException;
import io.evbuffer.event.LoopResult;
import io.evbuffer.event.Transport;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class SimBackendTest {
    private static final InetSocketAddress HERE = new InetSocketAddress(InetAddress.getLoopbackAddress(), 7000);
    private static final long LATENCY = TimeUnit.MILLISECONDS.toNanos(10);
    private static final int CAPACITY = 3000;

    private final SimWorld world = SimWorld.builder()
            .latency(LATENCY, LATENCY)
            .capacity(CAPACITY)
            .descriptors(8)
            .build();
    private final EventBase base = EventBase.open(world.config());
    private final EvBuffer bytes = new EvBuffer(base.pool());
    private final List<Integer> results = new ArrayList<>();
    private Transport listener;
    private Transport client;
    private Transport server;

    @AfterEach
    void nothingIsLeft() throws IOException {
        bytes.close();
        assertEquals(0, base.pool().stats().segmentsInUse());
        base.checkIntegrity();
        base.close();
        for (final Transport transport : new Transport[] {client, server, listener}) {
            if (transport != null) transport.close();
        }
        assertEquals(0, world.openSockets());
    }

    private void listen(final int backlog) throws IOException {
        listener = base.openListener(null);
        listener.bind(HERE, backlog);
    }

    private void connectPair() throws IOException {
        listen(0);
        client = base.openStream(null);
        assertFalse(client.connect(HERE));
        world.advance(2 * LATENCY);
        assertTrue(client.finishConnect());
        server = listener.accept();
        assertNotNull(server);
    }

    private void send(final Transport from, final String text) throws IOException {
        bytes.add(text.getBytes(US_ASCII));
        assertEquals(text.length(), new ChannelWriter(from).write(bytes));
    }

    private String receive(final Transport at) throws IOException {
        final long count = new ChannelReader(at).read(bytes, CAPACITY);
        if (count < 0) return "end";
        final String text = new String(bytes.copyToArray(), US_ASCII);
        bytes.drain(bytes.length());
        return text;
    }

    private Event watch(final Transport transport, final int what) {
        final Event event = new Event(base, transport, what, (self, result) -> results.add(result), null);
        event.add();
        return event;
    }

    private void pass() {
        base.loop(EventBase.ONCE | EventBase.NONBLOCK);
    }

    // ---- connecting ----

    @Test
    void aConnectIsAnsweredAfterTheWayThereAndBack() throws IOException {
        listen(0);
        client = base.openStream(null);
        client.connect(HERE);

        world.advance(2 * LATENCY - 1);
        assertFalse(client.finishConnect());
        assertEquals(ScatterSource.WOULD_BLOCK, new ChannelReader(client).read(bytes));
        server = listener.accept(); // the listener knows already

        world.advance(1);
        assertTrue(client.finishConnect());
        assertTrue(client.isConnected());
        assertEquals(HERE, client.remoteAddress());
        assertEquals(client.localAddress(), server.remoteAddress());
        assertEquals(HERE, server.localAddress());
        assertNull(listener.accept());
    }

    @Test
    void theLoopWaitsForAConnectInNoTime() throws IOException {
        listen(0);
        client = base.openStream(null);
        client.connect(HERE);
        watch(client, Event.WRITE);
        final long before = world.nanos();

        assertEquals(LoopResult.EMPTY, base.dispatch());

        assertEquals(List.of(Event.WRITE), results);
        assertEquals(2 * LATENCY, world.nanos() - before);
    }

    @Test
    void whereNobodyListensAConnectIsRefused() throws IOException {
        client = base.openStream(null);
        client.connect(HERE);
        watch(client, Event.WRITE);
        base.dispatch();

        assertEquals(List.of(Event.WRITE), results);
        final ConnectException refused = assertThrows(ConnectException.class, client::finishConnect);
        assertEquals("Connection refused", refused.getMessage());
        assertFalse(client.isConnected());
    }

    @Test
    void aFullQueueOfConnectionsMakesClientsAskAgain() throws IOException {
        listen(1);
        final Transport first = base.openStream(null);
        first.connect(HERE);
        world.advance(LATENCY);
        client = base.openStream(null);
        client.connect(HERE);
        world.advance(2 * LATENCY);
        assertFalse(client.finishConnect());

        final Transport accepted = listener.accept();
        world.advance(TimeUnit.SECONDS.toNanos(1) + LATENCY);
        assertTrue(client.finishConnect());
        server = listener.accept();

        world.advance(LATENCY);
        first.close();
        accepted.close();
    }

    @Test
    void whoIsNeverTakenGivesUpInTheEnd() throws IOException {
        listen(1);
        final Transport first = base.openStream(null);
        first.connect(HERE);
        world.advance(LATENCY);
        client = base.openStream(null);
        client.connect(HERE);

        world.advance(TimeUnit.SECONDS.toNanos(10));

        assertEquals(
                "Connection timed out",
                assertThrows(ConnectException.class, client::finishConnect).getMessage());
        first.close();
    }

    @Test
    void closingAListenerResetsWhoWaits() throws IOException {
        listen(0);
        client = base.openStream(null);
        client.connect(HERE);
        world.advance(2 * LATENCY);
        listener.close();
        world.advance(LATENCY);

        assertThrows(IOException.class, () -> receive(client));
    }

    @Test
    void addressesAreTakenOnceAndUnknownHostsAreTold() throws IOException {
        listen(0);
        client = base.openListener(null);

        assertThrows(BindException.class, () -> client.bind(HERE, 0));
        assertThrows(BindException.class, () -> client.bind(new InetSocketAddress(HERE.getPort()), 0));
        server = base.openStream(null);
        assertThrows(
                UnknownHostException.class,
                () -> server.connect(InetSocketAddress.createUnresolved("nowhere.invalid", 1)));
        client.bind(null, 0);
        assertTrue(((InetSocketAddress) client.localAddress()).getPort() > 0);
    }

    @Test
    void descriptorsEnd() throws IOException {
        final List<Transport> opened = new ArrayList<>();
        for (int i = 0; i < 8; i++) opened.add(base.openStream(null));

        final EventException none = assertThrows(EventException.class, () -> base.openStream(null));
        assertTrue(String.valueOf(none.getMessage()).contains("Too many open files"), none::getMessage);
        for (final Transport transport : opened) transport.close();
    }

    // ---- bytes ----

    @Test
    void bytesArriveInOrderAfterTheLatency() throws IOException {
        connectPair();
        send(client, "one ");
        world.advance(LATENCY / 2);
        send(client, "two");

        assertEquals("", receive(server));
        world.advance(LATENCY / 2);
        assertEquals("one ", receive(server));
        world.advance(LATENCY / 2);
        assertEquals("two", receive(server));
    }

    @Test
    void aFullConnectionTakesNoMoreUntilAThirdIsFree() throws IOException {
        connectPair();
        final EvBuffer much = new EvBuffer(base.pool());
        much.add(new byte[CAPACITY + 1]);
        assertEquals(CAPACITY, new ChannelWriter(client).write(much));
        assertEquals(0, new ChannelWriter(client).write(much));
        much.close();
        watch(client, Event.WRITE);
        pass();
        assertEquals(List.of(), results);
        world.advance(LATENCY);

        new ChannelReader(server).read(bytes, CAPACITY / 3 - 1);
        pass();
        assertEquals(List.of(), results);
        new ChannelReader(server).read(bytes, 1);
        pass();
        assertEquals(List.of(Event.WRITE), results);
        bytes.drain(bytes.length());
    }

    @Test
    @DisplayName("after its end in one direction a connection goes on in the other")
    void halfClose() throws IOException {
        connectPair();
        send(client, "last");
        client.shutdownOutput();
        client.shutdownOutput();
        assertThrows(IOException.class, () -> send(client, "more"));
        bytes.drain(bytes.length());
        watch(server, Event.CLOSED);
        base.dispatch();

        assertEquals(List.of(Event.CLOSED), results);
        assertEquals("last", receive(server));
        assertEquals("end", receive(server));
        send(server, "answer");
        world.advance(LATENCY);
        assertEquals("answer", receive(client));
    }

    @Test
    void closingWithUnreadBytesResetsThePeer() throws IOException {
        connectPair();
        send(client, "never read");
        server.close();
        world.advance(LATENCY);

        assertEquals(
                "Connection reset",
                assertThrows(IOException.class, () -> receive(client)).getMessage());
    }

    @Test
    void closingWithoutLingeringResetsThePeer() throws IOException {
        connectPair();
        server.option(StandardSocketOptions.SO_LINGER, 0);
        server.close();
        world.advance(LATENCY);

        assertThrows(IOException.class, () -> receive(client));
    }

    @Test
    void whatWasWrittenBeforeTheCloseStillArrives() throws IOException {
        connectPair();
        send(server, "farewell");
        server.close();
        world.advance(LATENCY);

        assertEquals("farewell", receive(client));
        assertEquals("end", receive(client));
    }

    @Test
    void writingToWhoIsGoneIsAnsweredByAReset() throws IOException {
        connectPair();
        server.close();
        world.advance(LATENCY);
        send(client, "anybody there?");
        watch(client, Event.WRITE);
        pass();
        world.advance(2 * LATENCY);

        assertEquals(
                "Connection reset",
                assertThrows(IOException.class, () -> send(client, "no")).getMessage());
        bytes.drain(bytes.length());
        assertEquals(List.of(Event.WRITE), results);
    }

    @Test
    @DisplayName("DEV-2: a broken connection is reported to who waits for CLOSED only, once and not for ever")
    void aBreakIsReportedUnasked() throws IOException {
        connectPair();
        final Event event = watch(client, Event.CLOSED | Event.PERSIST);
        world.reset(server);
        for (int i = 0; i < 5; i++) {
            world.advance(LATENCY);
            pass();
        }

        assertFalse(results.isEmpty());
        for (final int result : results) assertEquals(Event.CLOSED, result);
        event.close();
    }

    // ---- readiness ----

    @Test
    void levelsAreReportedByEachPollAndEdgesOnce() throws IOException {
        connectPair();
        send(client, "data");
        world.advance(LATENCY);
        final Event level = watch(server, Event.READ | Event.PERSIST);
        pass();
        pass();
        assertEquals(List.of(Event.READ, Event.READ), results);
        level.close();
        results.clear();

        final Event edge = watch(server, Event.READ | Event.PERSIST | Event.ET);
        pass();
        pass();
        assertEquals(List.of(Event.READ | Event.ET), results);
        send(client, "more");
        world.advance(LATENCY);
        pass();
        pass();
        assertEquals(List.of(Event.READ | Event.ET, Event.READ | Event.ET), results);
        edge.close();
    }

    @Test
    @DisplayName("BTR-12: a number that was closed and opened anew does not get what was meant for the former socket")
    void numbersAreUsedAgain() throws IOException {
        connectPair();
        final int number = server.descriptor();
        final Event former = watch(server, Event.READ | Event.PERSIST);
        pass();
        send(client, "late");
        former.close();
        server.close();
        server = base.openStream(null);
        assertEquals(number, server.descriptor());
        watch(server, Event.READ);
        world.advance(LATENCY);
        pass();

        assertEquals(List.of(), results);
    }

    @Test
    void anEventStaysOnAClosedSocketInSilence() throws IOException {
        connectPair();
        final Event event = watch(server, Event.READ | Event.CLOSED | Event.PERSIST);
        pass();
        server.close();
        pass();

        assertEquals(List.of(), results);
        event.close();
    }

    @Test
    void whatIsOfAnotherWorldIsRefused() throws IOException {
        try (SocketChannel channel = SocketChannel.open()) {
            channel.configureBlocking(false);
            final Event event = new Event(base, channel, Event.READ, (self, result) -> {}, null);
            assertTrue(String.valueOf(
                            assertThrows(EventException.class, event::add).getMessage())
                    .contains("nio"));
            assertThrows(EventException.class, () -> base.wrap(channel));
        }
        assertThrows(EventException.class, () -> watch(new SimBackend(world).openStream(null), Event.READ));
        final Event none = new Event(base, 99, Event.READ, (self, result) -> {}, null);
        assertThrows(EventException.class, none::add);
        world.giveNumberBack(3); // the socket of the other base was never given an owner
    }

    @Test
    void optionsAreKeptAndUnknownOnesRefused() throws IOException {
        connectPair();
        client.option(StandardSocketOptions.TCP_NODELAY, true);

        assertEquals(true, client.option(StandardSocketOptions.TCP_NODELAY));
        assertEquals(false, server.option(StandardSocketOptions.TCP_NODELAY));
        assertEquals(CAPACITY, server.option(StandardSocketOptions.SO_SNDBUF));
        assertThrows(UnsupportedOperationException.class, () -> client.option(StandardSocketOptions.IP_TOS));
    }

    // ---- the world ----

    @Test
    void aLoopThatWouldWaitForEverIsTold() throws IOException {
        connectPair();
        final Event event = watch(server, Event.READ);

        final EventException dead = assertThrows(EventException.class, base::dispatch);
        assertTrue(String.valueOf(dead.getMessage()).contains("nothing will happen"), dead::getMessage);
        event.close();
    }

    @Test
    void withOtherThreadsALoopReallyWaits() throws InterruptedException {
        final SimWorld shared = SimWorld.builder().otherThreads().build();
        try (EventBase waiting = EventBase.open(shared.config())) {
            final Event event = Event.newUser(waiting, (self, result) -> waiting.loopBreak(), null);
            final Thread other = Thread.ofPlatform().start(() -> {
                while (waiting.metrics().turns() == 0 && !waiting.isRunning()) Thread.onSpinWait();
                event.trigger();
            });
            waiting.loop(EventBase.NO_EXIT_ON_EMPTY);
            other.join();
            assertTrue(waiting.gotBreak());
        }
    }

    @Test
    void badSettingsAreRefusedWithTheirValues() {
        assertThrows(IllegalArgumentException.class, () -> SimWorld.builder().latency(2, 1));
        assertThrows(IllegalArgumentException.class, () -> SimWorld.builder().latency(-1, 1));
        assertThrows(IllegalArgumentException.class, () -> SimWorld.builder().capacity(0));
        assertThrows(IllegalArgumentException.class, () -> SimWorld.builder().descriptors(-1));
        assertThrows(IllegalArgumentException.class, () -> SimWorld.builder().stall(-1));
        assertThrows(IllegalArgumentException.class, () -> world.advance(-1));
        final IllegalArgumentException probability =
                assertThrows(IllegalArgumentException.class, () -> new SimFaults(0, 0, 0, 1.5, 0, 0, 0, 0, 0));
        assertEquals("reset is 1.5, not between 0 and 1", probability.getMessage());
        assertThrows(IllegalArgumentException.class, () -> new SimFaults(Double.NaN, 0, 0, 0, 0, 0, 0, 0, 0));
    }
}
