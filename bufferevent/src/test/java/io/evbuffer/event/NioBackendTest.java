package io.evbuffer.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.event.Sockets.Pair;
import java.io.IOException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Pipe;
import java.nio.channels.SelectableChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The contract on NIO selectors, and what only NIO has. */
class NioBackendTest extends LoopContract {
    @Override
    String method() {
        return "nio";
    }

    private Event event(final SelectableChannel channel, final int what) {
        return new Event(base, channel, what, (self, result) -> log.add("" + result), null);
    }

    @Test
    @DisplayName("RS-081: the features of nio")
    void features() {
        assertEquals(EventBase.FEATURE_O1, base.features());
    }

    @Test
    @DisplayName(
            "BTR-6: with more channels ready than the system tells at once none is served twice while another waits")
    void moreReadyThanAreToldAtOnce() throws IOException {
        final int[] calls = new int[1500];
        final List<DatagramChannel> channels = new ArrayList<>();
        final List<Event> events = new ArrayList<>();
        for (int i = 0; i < calls.length; i++) {
            final int index = i;
            final DatagramChannel channel = DatagramChannel.open();
            channels.add(channel);
            channel.configureBlocking(false);
            final Event event =
                    new Event(base, channel, Event.WRITE | Event.PERSIST, (self, result) -> calls[index]++, null);
            event.add();
            events.add(event);
        }
        for (int turn = 0; turn < 20; turn++) {
            base.loop(EventBase.ONCE | EventBase.NONBLOCK);
            final IntSummaryStatistics served = IntStream.of(calls).summaryStatistics();
            assertTrue(served.getMax() - served.getMin() <= 1, served::toString);
        }
        assertTrue(IntStream.of(calls).min().orElseThrow() > 5);
        for (final Event event : events) event.close();
        for (final DatagramChannel channel : channels) channel.close();
    }

    @Test
    @DisplayName("RS-064: a channel is known to be the same one, so its only event may go and come back without a call")
    void onlyEventComesBack() throws IOException {
        try (DatagramChannel channel = DatagramChannel.open()) {
            channel.configureBlocking(false);
            final Event event = event(channel, Event.READ | Event.PERSIST);
            event.add();
            base.loop(EventBase.NONBLOCK);
            event.del();
            event.add();
            base.loop(EventBase.NONBLOCK);
            assertEquals(1, base.metrics().interestCalls());
            event.close();
        }
    }

    @Test
    @DisplayName("RS-074: a channel in blocking mode is refused, with the reason")
    void blockingChannel() throws IOException {
        try (SocketChannel channel = SocketChannel.open()) {
            final EventException refused = assertThrows(
                    EventException.class, () -> event(channel, Event.READ).add(HOUR));
            assertTrue(refused.getMessage().contains("blocking mode"), refused.getMessage());
            assertThrows(EventException.class, () -> base.wrap(channel));
        }
        assertEquals(0, base.countEvents(EventBase.COUNT_ADDED));
    }

    @Test
    @DisplayName("A number is refused, and the backends that take it are named")
    void number() {
        final Event event = new Event(base, 0, Event.READ, (self, result) -> {}, null);
        final EventException refused = assertThrows(EventException.class, event::add);
        assertTrue(refused.getMessage().contains("epoll"), refused.getMessage());
    }

    @Test
    @DisplayName("RS-071: CLOSED alone is refused, with READ it is left out")
    void earlyClose() throws IOException {
        final Pair pair = sockets.pair();
        final SelectableChannel channel = Objects.requireNonNull(pair.a().channel());
        assertThrows(EventException.class, () -> event(channel, Event.CLOSED).add());
        event(channel, Event.READ | Event.CLOSED).add();
        pair.b().close();
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("" + Event.READ), log);
    }

    @Test
    @DisplayName("Channels that cannot do what is wanted, or are closed, are refused")
    void wrongOperations() throws IOException {
        final Pipe pipe = Pipe.open();
        pipe.source().configureBlocking(false);
        pipe.sink().configureBlocking(false);
        assertThrows(
                EventException.class, () -> event(pipe.source(), Event.WRITE).add());
        assertThrows(EventException.class, () -> event(pipe.sink(), Event.READ).add());
        event(pipe.sink(), Event.WRITE).add();
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("" + Event.WRITE), log);
        assertThrows(EventException.class, () -> base.wrap(pipe.source()));
        pipe.source().close();
        pipe.sink().close();
        assertThrows(
                EventException.class, () -> event(pipe.source(), Event.READ).add());
        assertThrows(EventException.class, () -> base.wrap(pipe.sink()));
    }

    @Test
    @DisplayName("RS-061: seventy datagram sockets, all writable")
    void datagrams() throws IOException {
        final List<DatagramChannel> channels = new ArrayList<>();
        for (int i = 0; i < 70; i++) {
            final DatagramChannel channel = DatagramChannel.open();
            channel.configureBlocking(false);
            channels.add(channel);
            event(channel, Event.WRITE).add();
        }
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(70, log.size());
        for (final DatagramChannel channel : channels) channel.close();
    }

    @Test
    @DisplayName("RS-067: events can be made active by their channel")
    void activeByChannel() throws IOException {
        final Pair pair = sockets.pair();
        final SelectableChannel channel = Objects.requireNonNull(pair.a().channel());
        final Event read = event(channel, Event.READ);
        read.add(HOUR);
        base.activeByChannel(channel, Event.WRITE);
        base.activeByChannel(Objects.requireNonNull(pair.b().channel()), Event.READ);
        assertEquals(0, base.countEvents(EventBase.COUNT_ACTIVE));
        base.activeByChannel(channel, Event.READ);
        base.activeByChannel(channel, Event.TIMEOUT);
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("" + (Event.READ | Event.TIMEOUT)), log);
    }

    @Test
    @DisplayName("The user's own channels become transports")
    void wrap() throws IOException {
        final ServerSocketChannel server = ServerSocketChannel.open();
        server.configureBlocking(false);
        final Transport listener = sockets.keep(base.wrap(server));
        assertSame(server, listener.channel());
        assertEquals(Event.NO_DESCRIPTOR, listener.descriptor());
        listener.bind(Sockets.loopback(), 0);
        final SocketChannel channel = SocketChannel.open();
        channel.configureBlocking(false);
        final Transport client = sockets.keep(base.wrap(channel));
        client.bind(Sockets.loopback(), 0);
        if (!client.connect(Objects.requireNonNull(listener.localAddress()))) {
            while (!client.finishConnect()) Thread.onSpinWait();
        }
        assertTrue(channel.isConnected());
        client.close();
        assertFalse(channel.isOpen());
    }

    @Test
    @DisplayName("A channel closed behind the base's back is silent: only its timeout runs")
    void closedWithoutDel() throws IOException {
        final Pair pair = sockets.pair();
        final Event event = event(Objects.requireNonNull(pair.a().channel()), Event.READ);
        event.add(20 * MILLI);
        base.loop(EventBase.NONBLOCK);
        pair.a().close();
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("" + Event.TIMEOUT), log);
    }

    @Test
    @DisplayName("A channel closed before it was registered makes its event run")
    void closedBeforeRegistration() throws IOException {
        final Pair pair = sockets.pair();
        final Event event = event(Objects.requireNonNull(pair.a().channel()), Event.READ);
        event.add(HOUR);
        pair.a().close();
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("" + Event.READ), log);
    }

    @Test
    @DisplayName("One channel may have events on two bases")
    void twoBases() throws IOException {
        final Pair pair = sockets.pair();
        sockets.send(pair.b(), "x");
        final SelectableChannel channel = Objects.requireNonNull(pair.a().channel());
        event(channel, Event.READ).add();
        try (EventBase other =
                EventBase.open(EventConfig.create().ignoreEnvironment().onlyMethod(method()))) {
            new Event(other, channel, Event.READ, (self, result) -> log.add("other"), null).add();
            assertEquals(LoopResult.EMPTY, other.dispatch());
        }
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(List.of("other", "" + Event.READ), log);
    }

    @Test
    @DisplayName("BTR-10: waits are rounded up to a millisecond, so timers that lie close together share a wake-up")
    void closeTimers() {
        for (int i = 1; i <= 4; i++) base.once((event, result) -> log.add("timer"), null, i * 10_000L);
        assertEquals(LoopResult.EMPTY, base.dispatch());
        assertEquals(4, log.size());
        assertTrue(
                base.metrics().sleeps() <= 1, () -> "sleeps: " + base.metrics().sleeps());
    }
}
