package io.evbuffer.bufferevent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.EvBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An engine between buffers: records in, records out, whatever the chains look like. */
class TlsEngineTest {
    @RegisterExtension
    final LoopFixture loop = new LoopFixture();

    private EvBuffer clientWire;
    private EvBuffer serverWire;
    private EvBuffer plain;
    private EvBuffer got;

    @BeforeEach
    void open() {
        clientWire = new EvBuffer(loop.pool());
        serverWire = new EvBuffer(loop.pool());
        plain = new EvBuffer(loop.pool());
        got = new EvBuffer(loop.pool());
    }

    @AfterEach
    void close() {
        clientWire.close();
        serverWire.close();
        plain.close();
        got.close();
    }

    /** Each protocol, with the JDK's engine and with one of other habits. */
    static Stream<Arguments> engines() {
        return Stream.of(Certificates.TLS_1_2, Certificates.TLS_1_3)
                .flatMap(protocol -> Stream.of(Arguments.of(protocol, false), Arguments.of(protocol, true)));
    }

    @ParameterizedTest
    @MethodSource("engines")
    void whatOneEndWrapsTheOtherUnwraps(final String protocol, final boolean other) throws SSLException {
        final TlsEngine[] ends = connected(protocol, other);
        final Random random = new Random(7);
        for (int round = 0; round < 50; round++) {
            final byte[] message = new byte[random.nextInt(60_000)];
            random.nextBytes(message);
            fill(message, random);
            while (!plain.isEmpty()) {
                assertTrue(ends[0].wrap(plain, Long.MAX_VALUE, random.nextBoolean(), clientWire));
                if (random.nextInt(4) == 0) {
                    sayWhatIsDue(ends[0]);
                    dribble(ends[1], random);
                }
            }
            sayWhatIsDue(ends[0]);
            while (ends[1].unwrap(clientWire, got)) {}
            assertTrue(clientWire.isEmpty());
            assertArrayEquals(message, got.copyToArray());
            got.drain(got.length());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {Certificates.TLS_1_2, Certificates.TLS_1_3})
    void manySmallPiecesBecomeOneRecordWhereTheyAreJoined(final String protocol) throws SSLException {
        final TlsEngine[] ends = connected(protocol);
        pieces(100, 100);
        assertTrue(ends[0].wrap(plain, Long.MAX_VALUE, false, clientWire));
        assertEquals(800, ends[0].consumed(), "eight pieces are looked at");
        assertTrue(ends[0].wrap(plain, Long.MAX_VALUE, true, clientWire));
        assertEquals(9_200, ends[0].consumed());
        while (ends[1].unwrap(clientWire, got)) {}
        assertEquals(10_000, got.length());
    }

    @ParameterizedTest
    @ValueSource(strings = {Certificates.TLS_1_2, Certificates.TLS_1_3})
    void aLongRecordHoldsAllThatARecordCan(final String protocol) throws SSLException {
        final TlsEngine[] ends = connected(protocol);
        plain.add(new byte[40_000]);
        assertTrue(ends[0].wrap(plain, Long.MAX_VALUE, false, clientWire));
        final int held = ends[0].consumed();
        assertTrue(held > TlsEngine.MOST_PLAIN - 32 && held <= TlsEngine.MOST_PLAIN, () -> held + " bytes");
        assertTrue(ends[1].unwrap(clientWire, got));
        assertEquals(held, ends[1].produced());
    }

    @ParameterizedTest
    @MethodSource("engines")
    void aCorruptedRecordFailsAndTheAlertReachesTheOtherEnd(final String protocol, final boolean other)
            throws SSLException {
        final TlsEngine[] ends = connected(protocol, other);
        plain.add(new byte[1000]);
        ends[0].wrap(plain, Long.MAX_VALUE, false, clientWire);
        sayWhatIsDue(ends[0]);
        final byte[] record = clientWire.copyToArray();
        clientWire.drain(record.length);
        record[500] ^= 1;
        clientWire.add(record);
        final SSLException failure = assertThrows(SSLException.class, () -> ends[1].unwrap(clientWire, got));
        assertEquals("bad_record_mac", new ConnectionException.TlsFailure(failure).alert());
        assertTrue(ends[1].needsWrap());
        assertTrue(ends[1].wrap(plain, 0, false, serverWire));
        assertFalse(ends[1].needsWrap(), "one alert, and no more");
        final SSLException told = assertThrows(SSLException.class, () -> {
            while (ends[0].unwrap(serverWire, got)) {}
        });
        assertEquals("bad_record_mac", new ConnectionException.TlsFailure(told).alert());
        assertTrue(got.isEmpty());
    }

    @ParameterizedTest
    @MethodSource("engines")
    void aFarewellIsSaidOnceAndAnsweredWhereTheEngineDoes(final String protocol, final boolean other)
            throws SSLException {
        final TlsEngine[] ends = connected(protocol, other);
        plain.add(new byte[1000]);
        ends[0].wrap(plain, Long.MAX_VALUE, false, clientWire);
        sayWhatIsDue(ends[0]);
        assertFalse(ends[0].needsWrap());
        ends[0].closeOutput();
        assertTrue(ends[0].needsWrap());
        assertTrue(ends[0].wrap(plain, 0, false, clientWire));
        assertFalse(ends[0].needsWrap());
        assertTrue(ends[0].engine().isOutboundDone());
        while (ends[1].unwrap(clientWire, got) && !ends[1].engine().isInboundDone()) {}
        assertTrue(ends[1].engine().isInboundDone());
        assertEquals(1000, got.length());
        assertTrue(clientWire.isEmpty());
        final boolean answers = protocol.equals(Certificates.TLS_1_2);
        assertEquals(answers, ends[1].needsWrap());
        if (answers) {
            assertTrue(ends[1].wrap(plain, 0, false, serverWire));
            assertFalse(ends[1].needsWrap());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {Certificates.TLS_1_2, Certificates.TLS_1_3})
    void whatAnEngineHoldsBackComesWithoutMoreBytesOfTheWire(final String protocol) throws SSLException {
        final TlsEngine[] ends = connected(protocol, true);
        plain.add(new byte[3 * OtherEngine.PIECE]);
        assertTrue(ends[0].wrap(plain, Long.MAX_VALUE, false, clientWire));
        assertTrue(plain.isEmpty());
        assertFalse(ends[0].needsWrap(), "the record came, although it was counted without room");
        for (int i = 1; i <= 3; i++) {
            assertFalse(i > 1 && !ends[1].holdsBack());
            assertTrue(ends[1].unwrap(clientWire, got));
            assertEquals((long) i * OtherEngine.PIECE, got.length());
            assertTrue(clientWire.isEmpty());
        }
        assertFalse(ends[1].holdsBack());
        assertFalse(ends[1].unwrap(clientWire, got));
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET / HTTP/1.1\r\n\r\n", "12345", "\26\3\3\377\377xxxxxxxx", "\200\0\1\0\0\0\0"})
    void whatIsNoTlsIsRefused(final String said) throws SSLException {
        final TlsEngine server = engine(Certificates.server(Certificates.serverContext(), Certificates.TLS_1_3), false);
        server.engine().beginHandshake();
        final byte[] bytes = said.getBytes(StandardCharsets.ISO_8859_1);
        clientWire.add(bytes, 0, 4);
        assertFalse(server.unwrap(clientWire, got), "less than a header says nothing");
        clientWire.add(bytes, 4, bytes.length - 4);
        assertThrows(SSLException.class, () -> server.unwrap(clientWire, got));
    }

    // ---- help -------------------------------------------------------------------------------------------------------

    /** Gives the reader a few bytes of the wire at a time, so that records span chains. */
    private void dribble(final TlsEngine reader, final Random random) throws SSLException {
        try (EvBuffer some = new EvBuffer(loop.pool());
                EvBuffer piece = new EvBuffer(loop.pool())) {
            while (!clientWire.isEmpty()) {
                clientWire.removeBuffer(piece, 1 + random.nextInt(5_000));
                some.addBuffer(piece);
                while (reader.unwrap(some, got)) {}
            }
            assertTrue(some.isEmpty());
        }
    }

    private void fill(final byte[] message, final Random random) {
        int done = 0;
        while (done < message.length) {
            final int next = Math.min(message.length - done, 1 + random.nextInt(8_000));
            final byte[] piece = Arrays.copyOfRange(message, done, done + next);
            try (EvBuffer one = new EvBuffer(loop.pool())) {
                one.add(piece);
                plain.addBuffer(one);
            }
            done += next;
        }
    }

    private void pieces(final int count, final int length) {
        for (int i = 0; i < count; i++) {
            try (EvBuffer one = new EvBuffer(loop.pool())) {
                one.add(new byte[length]);
                plain.addBuffer(one);
            }
        }
        assertEquals(count, plain.countChains());
    }

    private TlsEngine engine(final SSLEngine engine, final boolean client) {
        engine.setUseClientMode(client);
        return new TlsEngine(engine, TlsScratch.of(loop.base()));
    }

    /** What the engine itself has to say, or has counted already. */
    private void sayWhatIsDue(final TlsEngine writer) throws SSLException {
        try (EvBuffer nothing = new EvBuffer(loop.pool())) {
            while (writer.needsWrap()) {
                assertTrue(writer.wrap(nothing, 0, false, clientWire));
            }
        }
    }

    private TlsEngine[] connected(final String protocol) throws SSLException {
        return connected(protocol, false);
    }

    private TlsEngine[] connected(final String protocol, final boolean other) throws SSLException {
        final SSLEngine one = Certificates.client(Certificates.clientContext(), protocol);
        final SSLEngine two = Certificates.server(Certificates.serverContext(), protocol);
        final TlsEngine client = engine(other ? new OtherEngine(one) : one, true);
        final TlsEngine server = engine(other ? new OtherEngine(two) : two, false);
        client.engine().beginHandshake();
        server.engine().beginHandshake();
        boolean clientFinished = false;
        boolean serverFinished = false;
        for (int step = 0; step < 100; step++) {
            clientFinished |= step(client, serverWire, clientWire);
            serverFinished |= step(server, clientWire, serverWire);
        }
        assertTrue(clientFinished);
        assertTrue(serverFinished);
        assertFalse(client.isShakingHands());
        assertFalse(server.isShakingHands());
        assertTrue(clientWire.isEmpty());
        assertTrue(serverWire.isEmpty());
        assertTrue(got.isEmpty());
        return new TlsEngine[] {client, server};
    }

    private boolean step(final TlsEngine end, final EvBuffer in, final EvBuffer out) throws SSLException {
        if (end.needsTask()) {
            end.engine().getDelegatedTask().run();
            return false;
        }
        if (end.needsWrap()) {
            assertTrue(end.wrap(plain, 0, false, out));
            return end.hasFinished();
        }
        return end.unwrap(in, got) && end.hasFinished();
    }
}
