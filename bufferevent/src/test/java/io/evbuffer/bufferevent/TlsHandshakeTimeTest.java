package io.evbuffer.bufferevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.bufferevent.TlsFixture.Ends;
import io.evbuffer.bufferevent.TlsFixture.Wiring;
import io.evbuffer.event.EachBackend;
import io.evbuffer.event.Event;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whose time a handshake takes: the peer's is limited, what is computed here is not. */
@EachBackend
@Timeout(120)
class TlsHandshakeTimeTest {
    private static final String EVERYTHING = "io.evbuffer.bufferevent.TlsFixture#everything";
    private static final long LIMIT_MILLIS = 1_000;
    private static final long LIMIT = LIMIT_MILLIS * LoopFixture.MS;

    @RegisterExtension
    final LoopFixture loop;

    private final TlsFixture tls;
    private final List<Runnable> kept = new ArrayList<>(); // computations that wait for their turn

    TlsHandshakeTimeTest(final String method) {
        loop = new LoopFixture(method);
        tls = new TlsFixture(loop);
    }

    @ParameterizedTest
    @MethodSource(EVERYTHING)
    void computationsThatWaitForTheirTurnTakeNoTimeOfThePeer(final Wiring wiring, final String protocol)
            throws IOException {
        final Ends ends = tls.ends(wiring, protocol, Options.NONE);
        ends.server().delegateTo(kept::add);
        ends.server().handshakeTimeout(LIMIT);
        final Journal client = Journal.of(ends.client());
        final Journal server = Journal.of(ends.server());
        ends.client().enable(Directions.READ);
        ends.server().enable(Directions.READ);
        while (!server.has("CONNECTED")) {
            loop.until(() -> !kept.isEmpty() || server.has("CONNECTED"));
            loop.pass(kept.isEmpty() ? 0 : 3 * LIMIT_MILLIS);
            List.copyOf(kept).forEach(Runnable::run);
            kept.clear();
        }
        loop.until(() -> client.has("CONNECTED"));
        loop.pass(3 * LIMIT_MILLIS);
        assertEquals(List.of("CONNECTED"), server.lines);
    }

    @Test
    void bytesThatTrickleInDoNotProlongAFlight() throws IOException {
        final LoopFixture.Ends ends = loop.ends();
        final TlsBufferEvent server = server(ends, Certificates.TLS_1_3);
        server.setTimeouts(LIMIT, LIMIT); // they see progress
        final Journal journal = Journal.of(server);
        server.enable(Directions.READ);
        final byte[] hello = hello(Certificates.TLS_1_3);
        for (int i = 0; i < 9; i++) {
            ends.peer().send(Arrays.copyOfRange(hello, i, i + 1));
            loop.pass(LIMIT_MILLIS / 10);
        }
        assertEquals(List.of(), journal.lines);
        loop.pass(LIMIT_MILLIS / 10 + 1);
        assertEquals(List.of("TIMEOUT"), journal.lines);
        assertInstanceOf(ConnectionException.ConnectTimeout.class, journal.lastCause());
        assertSame(Directions.NONE, server.enabled());
        loop.pass(3 * LIMIT_MILLIS);
        assertEquals(List.of("TIMEOUT"), journal.lines);
    }

    @ParameterizedTest
    @ValueSource(strings = {Certificates.TLS_1_2, Certificates.TLS_1_3})
    void eachFlightHasItsOwnTime(final String protocol) throws IOException {
        final LoopFixture.Ends ends = loop.ends();
        final TlsBufferEvent server = server(ends, protocol);
        server.delegateTo(Runnable::run);
        final Journal journal = Journal.of(server);
        server.enable(Directions.READ);
        loop.pass(LIMIT_MILLIS - 10);
        try (RawTls peer = new RawTls(TlsFixture.client(protocol), ends.peer(), loop)) {
            peer.exchange();
            loop.until(() -> ends.peer().received() > 0);
            loop.pass(LIMIT_MILLIS - 10);
            assertEquals(
                    List.of(), journal.lines, "the first flight was answered, and the second one's time is not over");
            peer.shakeHands(() -> journal.has("CONNECTED"));
            loop.pass(3 * LIMIT_MILLIS);
            assertEquals(List.of("CONNECTED"), journal.lines);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {Certificates.TLS_1_2, Certificates.TLS_1_3})
    void whoDoesNotAnswerIsCutOffInAnyFlightAndMayBeGivenTheSameTimeAgain(final String protocol) throws IOException {
        final LoopFixture.Ends ends = loop.ends();
        final TlsBufferEvent server = server(ends, protocol);
        server.delegateTo(Runnable::run);
        final Journal journal = Journal.of(server);
        server.enable(Directions.READ);
        try (RawTls peer = new RawTls(TlsFixture.client(protocol), ends.peer(), loop)) {
            peer.exchange();
            loop.until(() -> ends.peer().received() > 0);
            loop.pass(LIMIT_MILLIS + 1);
            assertEquals(List.of("TIMEOUT"), journal.lines);
            server.enable(Directions.BOTH);
            loop.pass(LIMIT_MILLIS - 10);
            assertEquals(List.of("TIMEOUT"), journal.lines);
            peer.shakeHands(() -> journal.has("CONNECTED"));
            assertEquals(List.of("TIMEOUT", "CONNECTED"), journal.lines);
        }
    }

    @Test
    void whatHasComeWhileTheLoopWasLateIsNotTooLate() throws IOException {
        final LoopFixture.Ends ends = loop.ends();
        final TlsBufferEvent server = server(ends, Certificates.TLS_1_3);
        server.delegateTo(kept::add);
        final Journal journal = Journal.of(server);
        server.enable(Directions.READ);
        loop.turns(3);
        ends.peer().send(hello(Certificates.TLS_1_3));
        loop.late(5 * LIMIT_MILLIS);
        loop.until(() -> !kept.isEmpty());
        assertEquals(List.of(), journal.lines);
        server.close();
    }

    @Test
    void aFlightThatComesMessageByMessageHasItsTimeOnceAndComputationsStopIt() throws IOException {
        for (final boolean inTime : new boolean[] {true, false}) {
            final LoopFixture.Ends ends = loop.ends();
            final TlsBufferEvent server = server(ends, Certificates.TLS_1_2);
            server.delegateTo(kept::add);
            final Journal journal = Journal.of(server);
            server.enable(Directions.READ);
            loop.pass(6 * LIMIT_MILLIS / 10); // the first flight's
            try (RawTls peer = new RawTls(TlsFixture.client(Certificates.TLS_1_2), ends.peer(), loop)) {
                peer.exchange();
                compute(journal);
                loop.until(() -> ends.peer().received() > 0);
                final List<byte[]> flight = peer.answer(); // the key, whose agreement is computed; two more records
                assertEquals(3, flight.size());
                loop.pass(6 * LIMIT_MILLIS / 10);
                ends.peer().send(flight.get(0));
                compute(journal);
                loop.pass(2 * LIMIT_MILLIS / 10);
                ends.peer().send(flight.get(1));
                loop.pass(2 * LIMIT_MILLIS / 10 - 10);
                assertEquals(List.of(), journal.lines);
                if (inTime) {
                    ends.peer().send(flight.get(2));
                    loop.until(() -> journal.has("CONNECTED"));
                    loop.pass(3 * LIMIT_MILLIS);
                    assertEquals(List.of("CONNECTED"), journal.lines);
                } else {
                    loop.pass(20);
                    assertEquals(List.of("TIMEOUT"), journal.lines);
                }
            }
            server.close();
        }
    }

    @Test
    void whatComesInTheLastMomentIsComputedAndTheRestOfTheFlightThatIsThereCounts() throws IOException {
        final LoopFixture.Ends ends = loop.ends();
        final TlsBufferEvent server = server(ends, Certificates.TLS_1_2);
        server.delegateTo(kept::add);
        final Journal journal = Journal.of(server);
        server.enable(Directions.READ);
        try (RawTls peer = new RawTls(TlsFixture.client(Certificates.TLS_1_2), ends.peer(), loop)) {
            peer.exchange();
            compute(journal);
            loop.until(() -> ends.peer().received() > 0);
            final List<byte[]> flight = peer.answer();
            loop.turns(3);
            ends.peer().send(flight.get(0));
            loop.late(5 * LIMIT_MILLIS);
            loop.until(() -> !kept.isEmpty());
            ends.peer().send(flight.get(1)); // nothing is left of the time; they are there when it goes on
            ends.peer().send(flight.get(2));
            loop.pass(3 * LIMIT_MILLIS);
            assertEquals(List.of(), journal.lines);
            compute(journal);
            loop.until(() -> !journal.lines.isEmpty());
            assertEquals(List.of("CONNECTED"), journal.lines);
        }
    }

    @Test
    void ofAConnectionThatIsGoneNothingIsComputed() throws IOException {
        final Ends ends = tls.ends(Wiring.SOCKET, Certificates.TLS_1_3, Options.CLOSE_ON_FREE);
        ends.server().delegateTo(kept::add);
        ends.client().enable(Directions.READ);
        ends.server().enable(Directions.READ);
        loop.until(() -> !kept.isEmpty());
        final var engine = ends.server().engine();
        ends.server().close();
        kept.removeFirst().run();
        assertNotNull(engine.getDelegatedTask(), "the computation is still where it was");
    }

    @Test
    void asManyComputationsRunAtOnceAsThereAreProcessorsInThreadsOfThePlatform() throws InterruptedException {
        final int processors = Runtime.getRuntime().availableProcessors();
        final CountDownLatch begun = new CountDownLatch(processors);
        final CountDownLatch over = new CountDownLatch(1);
        final CountDownLatch done = new CountDownLatch(processors + 1);
        final Queue<Thread> threads = new ConcurrentLinkedQueue<>();
        for (int i = 0; i <= processors; i++) {
            TlsTasks.ELSEWHERE.execute(() -> {
                threads.add(Thread.currentThread());
                begun.countDown();
                try {
                    over.await();
                } catch (final InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                done.countDown();
            });
        }
        begun.await();
        assertEquals(1, TlsTasks.ELSEWHERE.getQueue().size(), "it waits for its turn");
        over.countDown();
        done.await();
        for (final Thread each : threads) {
            assertFalse(each.isVirtual());
            assertTrue(each.isDaemon());
        }
    }

    @Test
    void theLimitIsToldAndChecked() throws IOException {
        final TlsBufferEvent server = server(loop.ends(), Certificates.TLS_1_3);
        assertEquals(LIMIT, server.handshakeTimeoutNanos());
        for (final long wrong : new long[] {0, -2}) {
            assertThrows(IllegalArgumentException.class, () -> server.handshakeTimeout(wrong));
        }
        assertEquals(LIMIT, server.handshakeTimeoutNanos());
        final Journal journal = Journal.of(server);
        server.enable(Directions.READ);
        loop.pass(LIMIT_MILLIS / 2);
        server.handshakeTimeout(BufferEvent.NO_TIMEOUT);
        loop.pass(3 * LIMIT_MILLIS);
        assertTrue(journal.lines.isEmpty());
        server.handshakeTimeout(LIMIT);
        loop.pass(LIMIT_MILLIS + 1);
        assertEquals(List.of("TIMEOUT"), journal.lines);
    }

    @Test
    void theLimitHasThePriorityOfTheConnection() throws IOException {
        loop.base().priorityInit(4);
        final TlsBufferEvent server = server(loop.ends(), Certificates.TLS_1_3);
        server.enable(Directions.READ);
        loop.turns(3);
        server.priority(3);
        final List<Event> events = new ArrayList<>();
        server.collectEvents(events);
        assertEquals(
                1,
                events.stream().filter(each -> each.pending(Event.TIMEOUT) != 0).count());
        for (final Event each : events) {
            assertEquals(3, each.priority());
        }
    }

    /** What is asked for is computed, three times the limit later. */
    private void compute(final Journal journal) {
        loop.until(() -> !kept.isEmpty());
        loop.pass(3 * LIMIT_MILLIS);
        assertEquals(List.of(), journal.lines);
        List.copyOf(kept).forEach(Runnable::run);
        kept.clear();
        loop.turns(5);
    }

    private TlsBufferEvent server(final LoopFixture.Ends ends, final String protocol) {
        final TlsBufferEvent server = loop.track(TlsBufferEvent.create(
                loop.base(), ends.transport(), TlsFixture.server(protocol), TlsState.ACCEPTING, Options.NONE));
        server.handshakeTimeout(LIMIT);
        return server;
    }

    /** The first flight of a client. */
    private byte[] hello(final String protocol) throws IOException {
        final LoopFixture.Ends other = loop.ends();
        try (RawTls client = new RawTls(TlsFixture.client(protocol), other.peer(), loop)) {
            return client.said();
        } catch (final SSLException e) {
            throw new IOException(e);
        }
    }
}
