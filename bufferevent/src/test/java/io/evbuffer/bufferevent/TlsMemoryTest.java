package io.evbuffer.bufferevent;

import static io.evbuffer.bufferevent.SocketBasicsTest.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.bufferevent.TlsFixture.Ends;
import io.evbuffer.bufferevent.TlsFixture.Wiring;
import io.evbuffer.event.EventBase;
import io.evbuffer.memory.BufferLimitException;
import io.evbuffer.memory.Segment;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS when the pool has nothing more to give: it says so, loses nothing, and goes on when it is asked to again. */
class TlsMemoryTest {
    private static final String EVERYTHING = "io.evbuffer.bufferevent.TlsFixture#everything";
    private static final int LARGEST_SEGMENT = 64 * 1024;
    private static final int SMALLEST_SEGMENT = 256;
    private static final int PIECE = 50_000;
    private static final int RECORD = 16_000;
    private static final int ROUNDS = 60;
    private static final int STAGES = 12; // turns after which memory goes: a handshake takes fewer
    private static final int LEFT_OVER = 4; // segments that are there all the same

    @RegisterExtension
    final LoopFixture loop = new LoopFixture(EventBase.supportedMethods().getFirst(), 2 << 20);

    private final TlsFixture tls = new TlsFixture(loop);
    private final Deque<Segment> hoard = new ArrayDeque<>();

    /** Takes all memory there is, but for some segments of the largest size. */
    private void hoard(final int leftOver) {
        for (int size = LARGEST_SEGMENT; size >= SMALLEST_SEGMENT; size /= 2) {
            try {
                while (true) {
                    hoard.add(loop.pool().take(size));
                }
            } catch (final BufferLimitException e) {
                // the next smaller ones
            }
        }
        for (int i = 0; i < leftOver; i++) {
            hoard.removeFirst().release();
        }
    }

    private void giveBack() {
        hoard.forEach(Segment::release);
        hoard.clear();
    }

    private static Throwable root(final Throwable thrown) {
        Throwable root = thrown;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }

    private static void assertToldOnlyOfMemory(final Journal end) {
        final List<String> all = List.of("CONNECTED", "READING|ERROR", "WRITING|ERROR");
        assertTrue(all.containsAll(end.events()), () -> end.events().toString());
        end.causes.forEach(cause -> {
            if (cause != null) {
                assertInstanceOf(BufferLimitException.class, root(cause));
            }
        });
    }

    private static void enable(final Ends ends) {
        ends.client().enable(Directions.BOTH);
        ends.server().enable(Directions.BOTH);
    }

    @ParameterizedTest
    @MethodSource(EVERYTHING)
    @DisplayName("SSL, BEV-13, BEV-20: data that memory stops is told of, and goes on when it is enabled again")
    void nothingIsLostForWantOfMemory(final Wiring wiring, final String protocol) throws IOException {
        final Random random = new Random(7);
        final Ends ends = tls.ends(wiring, protocol, Options.NONE);
        final Journal client = Journal.of(ends.client());
        final Journal server = Journal.of(ends.server());
        tls.connect(ends, client, server);
        final byte[] sent = bytes(ROUNDS * PIECE);
        for (int round = 0; round < ROUNDS; round++) {
            ends.client().write(Arrays.copyOfRange(sent, round * PIECE, (round + 1) * PIECE));
            loop.turns(random.nextInt(4));
            hoard(random.nextInt(LEFT_OVER));
            loop.turns(4);
            giveBack();
            final int expected = (round + 1) * PIECE;
            loop.until(() -> {
                enable(ends); // as often as it is told to have none
                return server.received.size() == expected;
            });
        }
        assertArrayEquals(sent, server.received.toByteArray());
        assertTrue(server.has("READING|ERROR") || client.has("WRITING|ERROR"), "memory was never short");
        assertToldOnlyOfMemory(client);
        assertToldOnlyOfMemory(server);
    }

    @ParameterizedTest
    @MethodSource(EVERYTHING)
    @DisplayName(
            "SSL 11.1, BEV-20: a handshake that memory stops at any stage is told of, and goes on when it is enabled")
    void aHandshakeGoesOnAfterWantOfMemoryAtAnyStage(final Wiring wiring, final String protocol) throws IOException {
        int stopped = 0;
        for (int stage = 0; stage < STAGES; stage++) {
            for (int leftOver = 0; leftOver <= LEFT_OVER; leftOver++) {
                stopped += shakeHands(tls.ends(wiring, protocol, Options.CLOSE_ON_FREE), stage, leftOver);
            }
        }
        assertTrue(stopped > 0, "memory was never short");
    }

    /** Returns how often the ends were told that there is no memory. */
    private int shakeHands(final Ends ends, final int stage, final int leftOver) {
        final Journal client = Journal.of(ends.client());
        final Journal server = Journal.of(ends.server());
        ends.client().delegateTo(Runnable::run); // so that the stage depends on nothing but the turns
        ends.server().delegateTo(Runnable::run);
        ends.client().write(bytes(100));
        enable(ends);
        loop.turns(stage);
        hoard(leftOver);
        loop.turns(STAGES);
        giveBack();
        loop.until(() -> {
            enable(ends);
            return server.received.size() == 100 && client.has("CONNECTED");
        });
        assertArrayEquals(bytes(100), server.received.toByteArray());
        assertToldOnlyOfMemory(client);
        assertToldOnlyOfMemory(server);
        final List<String> told = new ArrayList<>(client.events());
        told.addAll(server.events());
        assertEquals(2, Collections.frequency(told, "CONNECTED"));
        ends.client().close();
        ends.server().close();
        loop.turns(2);
        return told.size() - 2;
    }

    @ParameterizedTest
    @MethodSource(EVERYTHING)
    @DisplayName("SSL, IMP-11: the end of the output waits for memory to say so")
    void closeNotifyIsNotLostForWantOfMemory(final Wiring wiring, final String protocol) throws IOException {
        final Ends ends = tls.ends(wiring, protocol, Options.NONE);
        final Journal client = Journal.of(ends.client());
        final Journal server = Journal.of(ends.server());
        tls.connect(ends, client, server);
        loop.turns(STAGES); // tickets have gone
        ends.client().shutdownOutput();
        hoard(0);
        loop.until(() -> client.has("WRITING|ERROR"));
        giveBack();
        assertInstanceOf(BufferLimitException.class, root(client.lastCause()));
        assertEquals(List.of("CONNECTED"), server.events());
        ends.client().enable(Directions.WRITE);
        loop.until(() -> server.has("READING|EOF"));
        assertEquals(List.of("CONNECTED", "READING|EOF"), server.events());
    }

    @ParameterizedTest
    @ValueSource(strings = {Certificates.TLS_1_2, Certificates.TLS_1_3})
    @DisplayName(
            "SSL: who never reads holds one segment of records, also if there is more for it before the first left")
    void whoNeverReadsHoldsOneSegment(final String protocol) throws IOException {
        final Ends ends = tls.ends(Wiring.SOCKET, protocol, Options.NONE);
        final Journal client = Journal.of(ends.client());
        final Journal server = Journal.of(ends.server());
        tls.connect(ends, client, server);
        server.onRead(source -> {
            ends.transports().forEach(each -> each.takesNothing = true);
            source.write(bytes(RECORD)); // sealed when this has returned, and leaves at the end of the turn
            loop.base().execute(() -> {
                source.write(bytes(PIECE));
                source.flush(Directions.WRITE, FlushMode.FLUSH);
            });
        });
        ends.client().write(bytes(1));
        loop.until(() -> server.has("read"));
        loop.turns(4);
        assertEquals(1, ends.below(ends.server()).output().countChains());
        assertEquals(PIECE, ends.server().output().length());
        ends.transports().forEach(each -> each.takesNothing = false);
        loop.until(() -> client.received.size() == RECORD + PIECE);
    }
}
