package io.evbuffer.bufferevent;

import static io.evbuffer.bufferevent.SocketBasicsTest.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.BufferEnd;
import io.evbuffer.EvBuffer;
import io.evbuffer.bufferevent.TlsFixture.Ends;
import io.evbuffer.bufferevent.TlsFixture.Wiring;
import io.evbuffer.channel.FileSegment;
import io.evbuffer.channel.FileSource;
import io.evbuffer.event.EachBackend;
import io.evbuffer.memory.Segment;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import javax.net.ssl.SSLException;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS over a socket that takes no more, or takes its time: what is held for it, what still goes on, and who is told. */
@EachBackend
@Timeout(120)
class TlsStuckTest {
    private static final int SEGMENT = 64 * 1024;
    private static final int MUCH = 30_000_000; // more than two sockets hold

    @RegisterExtension
    final LoopFixture loop;

    private final TlsFixture tls;
    private Journal client;
    private Journal server;

    TlsStuckTest(final String method) {
        loop = new LoopFixture(method);
        tls = new TlsFixture(loop);
    }

    private Ends connected(final String protocol) throws IOException {
        final Ends ends = tls.ends(Wiring.SOCKET, protocol, Options.NONE);
        client = Journal.of(ends.client());
        server = Journal.of(ends.server());
        tls.connect(ends, client, server);
        loop.turns(5);
        return ends;
    }

    /** Turns the loop until an end can give nothing more to the system. */
    private void untilStuck(final TlsBufferEvent end) {
        final long[] left = {-1};
        loop.until(() -> {
            final long earlier = left[0];
            loop.turns(20);
            left[0] = end.pendingOutput();
            return left[0] == earlier;
        });
        assertTrue(end.below().output().length() > 0, "the system has taken everything");
    }

    // ---- what is held -----------------------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(strings = {Certificates.TLS_1_2, Certificates.TLS_1_3})
    void whoNeverReadsHoldsOneSegmentOfRecordsAndNothingOfAFile(final String protocol, @TempDir final Path directory)
            throws IOException {
        final Ends ends = connected(protocol);
        ends.client().disable(Directions.READ);
        final long before = loop.pool().stats().bytesInUse();
        final EvBuffer output = ends.server().output();
        output.drainsToFd(true);
        output.addReference(new UnsafeBuffer(ByteBuffer.allocateDirect(200)), null, null);
        final FileChannel file = loop.closeLater(FileChannel.open(
                directory.resolve("file"),
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE));
        file.write(ByteBuffer.allocate(1), MUCH - 1);
        try (FileSegment segment =
                new FileSegment(FileSource.of(file), 0, FileSegment.TO_THE_END, Set.of(), loop.pool())) {
            segment.addTo(output);
        }
        untilStuck(ends.server());
        assertTrue(
                loop.pool().stats().bytesInUse() - before <= SEGMENT,
                () -> loop.pool().liveSegments().toString());
    }

    @Test
    void manySmallPiecesAreSealedNoFurtherThanThereIsRoomForTheirRecords() throws IOException {
        final Ends ends = connected(Certificates.TLS_1_3);
        final UnsafeBuffer one = new UnsafeBuffer(ByteBuffer.allocateDirect(1));
        ends.transports().get(1).takesNothing = true;
        final long before = loop.pool().stats().bytesInUse();
        for (int i = 0; i < 50_000; i++) {
            ends.server().output().addReference(one, null, null);
        }
        loop.turns(50);
        assertEquals(0, ends.server().changedOutput());
        assertTrue(
                loop.pool().stats().bytesInUse() - before <= 2 * SEGMENT,
                () -> loop.pool().liveSegments().toString());
        ends.transports().get(1).takesNothing = false;
        loop.until(() -> server.has("WRITING|ERROR") || client.received.size() == 50_000);
        assertEquals(50_000, client.received.size());
    }

    // ---- what goes on -----------------------------------------------------------------------------------------------

    @Test
    @DisplayName("11.5: both ends change keys while neither socket takes more, and nothing stands still")
    void keysChangeWhileBothDirectionsAreStuck() throws IOException {
        final Ends ends = connected(Certificates.TLS_1_3);
        final List<TlsBufferEvent> both = List.of(ends.client(), ends.server());
        for (final TlsBufferEvent each : both) {
            each.disable(Directions.READ);
        }
        loop.turns(3);
        for (final TlsBufferEvent each : both) {
            each.write(bytes(MUCH));
        }
        both.forEach(this::untilStuck);
        for (final TlsBufferEvent each : both) {
            changeKeys(each);
            each.enable(Directions.READ);
        }
        loop.until(() -> client.received.size() == MUCH && server.received.size() == MUCH);
    }

    @Test
    @DisplayName("11.5: what comes in is read although writing has failed, and asks for an answer")
    void readingGoesOnAfterWritingFailed() throws IOException {
        final Ends ends = connected(Certificates.TLS_1_3);
        ends.transports().get(1).writeScript.add(new IOException("broken pipe"));
        ends.server().write(bytes(3 * TlsEngine.MOST_PLAIN));
        loop.until(() -> server.has("WRITING|ERROR"));
        changeKeys(ends.client());
        ends.client().write(bytes(10));
        loop.until(() -> server.received.size() == 10);
    }

    private static void changeKeys(final TlsBufferEvent end) {
        try {
            end.engine().beginHandshake();
        } catch (final SSLException e) {
            throw new AssertionError(e);
        }
    }

    // ---- who is told ------------------------------------------------------------------------------------------------

    @Test
    @DisplayName(
            "5: the write callback comes when no more than the low mark waits, though the socket still has some of it")
    void theWriteCallbackComesAtTheLowMark() throws IOException {
        final Ends ends = connected(Certificates.TLS_1_3);
        final RecordingTransport wire = ends.transports().get(1);
        final int low = 30_000;
        ends.server().setWatermark(Directions.WRITE, low, 0);
        server.lines.clear();
        wire.writeScript.addAll(List.of(20_000L, 20_000L));
        wire.takesNothing = true;
        ends.server().write(bytes(3 * TlsEngine.MOST_PLAIN));
        loop.turns(50);
        final long pending = ends.server().pendingOutput();
        assertTrue(pending > 0 && pending <= low, () -> pending + " bytes wait");
        assertTrue(server.has("write"));
    }

    @Test
    @DisplayName("BEV-12, 11.4: a source of a file that throws is an error of writing")
    void aSourceThatThrowsIsAnErrorOfWriting() throws IOException {
        final Ends ends = connected(Certificates.TLS_1_3);
        final FileSource broken = new FileSource() {
            @Override
            public long size() {
                return 100_000;
            }

            @Override
            public int read(final long position, final Segment target, final int offset, final int length) {
                throw new IllegalStateException("broken");
            }

            @Override
            public void close() {}
        };
        ends.server().output().drainsToFd(true);
        try (FileSegment segment = new FileSegment(broken, 0, 100_000, Set.of(), loop.pool())) {
            segment.addTo(ends.server().output());
        }
        loop.until(() -> server.has("WRITING|ERROR"));
        assertTrue(ends.server().output().isFrozen(BufferEnd.START));
    }

    @Test
    @DisplayName("IMP-4: a socket that has refused is not asked again in the same turn")
    void whoRefusesIsAskedOnce() throws IOException {
        final Ends ends = connected(Certificates.TLS_1_3);
        ends.client().disable(Directions.READ);
        ends.server().write(bytes(MUCH));
        untilStuck(ends.server());
        ends.client().enable(Directions.READ);
        loop.until(() -> client.received.size() == MUCH);
        final List<Long> writes = ends.transports().get(1).writes;
        assertEquals(0, writes.stream().filter(taken -> taken == 0).count(), writes::toString);
    }
}
