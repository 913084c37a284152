package io.evbuffer.bufferevent;

import static io.evbuffer.bufferevent.SocketBasicsTest.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.EvBuffer;
import io.evbuffer.bufferevent.TlsFixture.Ends;
import io.evbuffer.bufferevent.TlsFixture.Wiring;
import io.evbuffer.channel.ChannelReader;
import io.evbuffer.event.EventBase;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import org.agrona.DirectBuffer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS 1.3 changes its keys in the middle of a stream: an engine asks for it, and the other one has to answer (11.5). */
class TlsKeyUpdateTest {
    private static final int ROUNDS = 40;
    private static final int PIECE = 40_000;
    private static final int FLOOD = 500;
    private static final int MARK = 1000;
    private static final int AT_ONCE = 4096; // what may arrive in the turn in which reading stops

    @RegisterExtension
    final LoopFixture loop = new LoopFixture();

    private final TlsFixture tls = new TlsFixture(loop);

    /** What the JDK's engine does by itself when it has used a key for long enough. */
    private static void changeKeys(final TlsBufferEvent end) throws SSLException {
        final SSLEngine engine = end.engine();
        engine.beginHandshake();
        assertSame(HandshakeStatus.NEED_WRAP, engine.getHandshakeStatus());
    }

    private static boolean isAtRest(final TlsBufferEvent end) {
        return end.engine().getHandshakeStatus() == HandshakeStatus.NOT_HANDSHAKING;
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("BEV-13, 11.5: keys change in the middle of streams, both ways")
    void keysChangeInTheMiddleOfStreams(final Wiring wiring) throws IOException {
        final Random random = new Random(3);
        final Ends ends = tls.ends(wiring, Certificates.TLS_1_3, Options.NONE);
        final Journal client = Journal.of(ends.client());
        final Journal server = Journal.of(ends.server());
        tls.connect(ends, client, server);
        final byte[] sent = bytes(ROUNDS * PIECE);
        for (int round = 0; round < ROUNDS; round++) {
            final byte[] piece = Arrays.copyOfRange(sent, round * PIECE, (round + 1) * PIECE);
            ends.client().write(piece);
            ends.server().write(piece);
            final TlsBufferEvent asks = random.nextBoolean() ? ends.client() : ends.server();
            if (isAtRest(asks)) {
                changeKeys(asks);
            }
            loop.turns(random.nextInt(3));
        }
        loop.until(() -> client.received.size() == sent.length && server.received.size() == sent.length);
        loop.until(() -> isAtRest(ends.client()) && isAtRest(ends.server()));
        assertArrayEquals(sent, server.received.toByteArray());
        assertArrayEquals(sent, client.received.toByteArray());
        assertEquals(List.of("CONNECTED"), client.events());
        assertEquals(List.of("CONNECTED"), server.events());
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("11.5: who is asked to change keys answers although WRITE is disabled and there is nothing to write")
    void anAnswerNeedsNoOutput(final Wiring wiring) throws IOException {
        final Ends ends = tls.ends(wiring, Certificates.TLS_1_3, Options.NONE);
        final Journal client = Journal.of(ends.client());
        final Journal server = Journal.of(ends.server());
        tls.connect(ends, client, server);
        loop.turns(10); // tickets have gone
        ends.server().disable(Directions.WRITE);
        final long before = ends.below(ends.server()).counters().bytesOut();
        changeKeys(ends.client());
        ends.client().write(bytes(10));
        loop.until(() -> server.received.size() == 10 && isAtRest(ends.client()) && isAtRest(ends.server()));
        loop.turns(4);
        assertTrue(ends.below(ends.server()).counters().bytesOut() > before, "no answer");
        assertEquals(0, ends.server().pendingOutput());
        ends.server().enable(Directions.WRITE);
        ends.server().write(bytes(20)); // by the new key
        loop.until(() -> client.received.size() == 20);
        assertArrayEquals(bytes(20), client.received.toByteArray());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("11.5: who asks for new keys without end and never reads the answers is not read any more")
    void aFloodOfRequestsFillsNoMemory(final boolean writes) throws IOException {
        final Ends ends = tls.ends(Wiring.OVER_PAIR, Certificates.TLS_1_3, Options.NONE);
        final Journal client = Journal.of(ends.client());
        final Journal server = Journal.of(ends.server());
        tls.connect(ends, client, server);
        loop.turns(10);
        final BufferEvent below = ends.below(ends.server());
        below.setWatermark(Directions.WRITE, 0, MARK);
        ends.client().disable(Directions.READ);
        if (!writes) {
            ends.server().disable(Directions.WRITE);
        }
        for (int i = 0; i < FLOOD; i++) {
            changeKeys(ends.client());
            ends.client().write(bytes(100));
            loop.turns(1);
            assertTrue(
                    below.output().length() <= MARK, "output " + below.output().length());
            assertTrue(
                    below.input().length() <= AT_ONCE, "input " + below.input().length());
        }
        loop.turns(10);
        assertTrue(server.received.size() < FLOOD * 100, "all was answered");
        ends.client().enable(Directions.READ);
        loop.until(() -> server.received.size() == FLOOD * 100);
        assertEquals(List.of("CONNECTED"), client.events());
        assertEquals(List.of("CONNECTED"), server.events());
    }

    @Test
    @DisplayName("11.5: keys that the JDK's engine changes by itself, as its limit says")
    void keysThatAreUsedForLongChangeByThemselves() throws Exception {
        final Process process =
                new ProcessBuilder(command()).redirectErrorStream(true).start();
        final CompletableFuture<?> patience = CompletableFuture.runAsync(
                process::destroyForcibly, CompletableFuture.delayedExecutor(120, TimeUnit.SECONDS));
        try {
            process.getOutputStream().close();
            final String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            final long changes = said.lines()
                    .filter(line -> line.contains("Produced KeyUpdate"))
                    .count();
            assertTrue(said.contains(KeyLimits.DONE), said);
            assertTrue(changes >= 2 * KeyLimits.LEAST_CHANGES, () -> changes + " changes: " + said);
        } finally {
            patience.cancel(true);
            process.destroy();
            assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        }
    }

    private static List<String> command() throws URISyntaxException {
        final List<String> paths = new ArrayList<>();
        for (final Class<?> each : List.of(
                TlsKeyUpdateTest.class, EventBase.class, ChannelReader.class, EvBuffer.class, DirectBuffer.class)) {
            paths.add(Path.of(each.getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString());
        }
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED",
                "--enable-native-access=ALL-UNNAMED",
                "-Djavax.net.debug=ssl:handshake",
                "-cp",
                String.join(File.pathSeparator, paths),
                KeyLimits.class.getName());
    }
}
