package io.evbuffer.bufferevent;

import static io.evbuffer.bufferevent.SocketBasicsTest.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.EvBuffer;
import io.evbuffer.bufferevent.LoopFixture.Connection;
import io.evbuffer.bufferevent.LoopFixture.Ends;
import io.evbuffer.channel.ChannelReader;
import io.evbuffer.event.Event;
import io.evbuffer.event.backend.SystemCalls.Kind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.RegisterExtension;

/** On epoll a connection is registered once, for edges, and its interest is a matter of memory: design, section 6. */
@EnabledOnOs(OS.LINUX)
class RegisteredOnceTest {
    @RegisterExtension
    final LoopFixture loop = new LoopFixture("epoll");

    private long interestCalls() {
        return loop.base().systemCalls().of(Kind.INTEREST);
    }

    @Test
    @DisplayName("One call registers a connection; suspended reading and refused writing cost none")
    void aConnectionIsRegisteredOnce() throws IOException {
        final long before = interestCalls();
        final Connection c = loop.connection(Options.NONE);
        final SocketBufferEvent s = c.socket();
        final Journal journal = Journal.of(s);
        s.enable(Directions.READ);
        int sent = 0;
        for (int i = 0; i < 10; i++) {
            c.peer().send(bytes(100));
            sent += 100;
            final int all = sent;
            loop.until(() -> journal.received.size() == all);
            s.disable(Directions.READ);
            c.peer().send(bytes(7));
            sent += 7;
            loop.turns(3);
            assertEquals(all, journal.received.size());
            s.enable(Directions.READ);
        }
        final int all = sent;
        loop.until(() -> journal.received.size() == all);

        final byte[] much = bytes(8 << 20);
        s.write(much);
        loop.turns(20);
        assertTrue(s.output().length() > 0, "the kernel took it all");
        loop.until(() -> c.peer().received() == much.length && s.output().isEmpty());
        assertArrayEquals(much, c.peer().bytes());
        assertEquals(before + 1, interestCalls());
        loop.staysQuiet(c);
    }

    @Test
    @DisplayName("An end that came while nobody read is told when somebody does, after the bytes before it")
    void anEdgeThatNobodyAskedForIsKept() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final Journal journal = Journal.of(c.socket());
        c.socket().enable(Directions.READ);
        loop.turns(2);
        c.socket().disable(Directions.READ);
        c.peer().send(bytes(10));
        c.peer().shutdownOutput();
        loop.turns(5);
        assertEquals(List.of(), journal.lines);
        c.socket().enable(Directions.READ);
        loop.until(() -> journal.has("READING|EOF"));
        assertEquals(List.of("read", "READING|EOF"), journal.lines);
        assertEquals(10, journal.received.size());
        loop.staysQuiet(c);
    }

    @Test
    @DisplayName("Bytes and the end that come together are read by a short read and one more")
    void anEndBehindAShortReadIsSeen() throws IOException {
        final Connection c = loop.connection(Options.NONE);
        final Journal journal = Journal.of(c.socket());
        c.socket().enable(Directions.READ);
        loop.turns(2);
        c.peer().send(bytes(10));
        c.peer().close();
        loop.until(() -> journal.has("READING|EOF"));
        assertEquals(10, journal.received.size());
        assertEquals(
                List.of(10L, -1L),
                c.transport().reads.stream().filter(read -> read != 0).toList());
    }

    @Test
    @DisplayName("A transport that was a BufferEvent's serves plain events as before: with levels, and without a call")
    void plainEventsOnALeftTransport() throws IOException {
        final Ends ends = loop.ends();
        final SocketBufferEvent s = loop.create(ends.transport(), Options.NONE);
        s.enable(Directions.READ);
        loop.turns(2);
        s.setTransport(null);
        final long before = interestCalls();
        final int[] runs = {0};
        try (EvBuffer buffer = new EvBuffer(loop.pool());
                Event event = new Event(
                        loop.base(),
                        ends.transport(),
                        Event.READ | Event.PERSIST,
                        (self, result) -> {
                            runs[0]++;
                            new ChannelReader(ends.transport()).read(buffer, 1);
                        },
                        null)) {
            event.add();
            ends.peer().send(bytes(5));
            loop.until(() -> runs[0] >= 5 && buffer.length() == 5);
            loop.turns(10);
            assertTrue(
                    runs[0] <= 6, "runs: " + runs[0]); // the last byte was asked for alone, so that nobody knew it was
        }
        assertEquals(before, interestCalls());
    }

    @Test
    @DisplayName("BTR-12: numbers that are used again belong to their new connection alone")
    void numbersAreUsedAgain() throws IOException {
        final long before = interestCalls();
        final List<Integer> numbers = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            final Connection c = loop.connection(Options.CLOSE_ON_FREE);
            numbers.add(c.transport().descriptor());
            final Journal journal = Journal.of(c.socket());
            c.socket().enable(Directions.READ);
            c.peer().send(bytes(1 + i));
            final int all = 1 + i;
            loop.until(() -> journal.received.size() == all);
            c.socket().close();
            c.peer().close();
        }
        assertTrue(numbers.stream().distinct().count() < 50, numbers::toString);
        assertEquals(before + 50, interestCalls());
    }
}
