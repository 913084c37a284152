package io.evbuffer.perf.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.Socket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class StreamServerTest {
    private static byte[] stream(final int length) {
        final byte[] stream = new byte[length];
        for (int i = 0; i < length; i++) stream[i] = (byte) (i % StreamServer.PERIOD);
        return stream;
    }

    @ParameterizedTest
    @MethodSource("io.evbuffer.event.EventBase#supportedMethods")
    void upwardsItSaysHowManyBytesThereWereAfterEachBlock(final String backend) throws IOException {
        try (RunningServer server = new RunningServer(backend, StreamServer.services("up"));
                Socket socket = server.connect()) {
            final DataInputStream in = new DataInputStream(socket.getInputStream());
            final byte[] twoBlocks = stream(2 * StreamServer.BLOCK);

            socket.getOutputStream().write(twoBlocks, 0, StreamServer.BLOCK);
            assertThat(in.readLong()).isEqualTo(StreamServer.BLOCK);
            socket.getOutputStream().write(twoBlocks, StreamServer.BLOCK, StreamServer.BLOCK);
            assertThat(in.readLong()).isEqualTo(2L * StreamServer.BLOCK);
        }
    }

    @Test
    void upwardsAnotherByteEndsTheStream() throws IOException {
        try (RunningServer server = new RunningServer(null, StreamServer.services("up"));
                Socket socket = server.connect()) {
            socket.getOutputStream().write(7);

            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }

    @ParameterizedTest
    @MethodSource("io.evbuffer.event.EventBase#supportedMethods")
    void downwardsItSendsAsManyAsAreAskedFor(final String backend) throws IOException {
        final int first = 3 * StreamServer.PIECE + 100;
        final int second = 2 * StreamServer.HIGH + 1;
        try (RunningServer server = new RunningServer(backend, StreamServer.services("down"));
                Socket socket = server.connect()) {
            final DataOutputStream out = new DataOutputStream(socket.getOutputStream());
            out.writeLong(first);
            out.writeLong(second);

            assertThat(socket.getInputStream().readNBytes(first + second)).isEqualTo(stream(first + second));
            socket.shutdownOutput();
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void aClientThatGoesAwayInTheMiddleLeavesNothing() throws IOException {
        try (RunningServer server = new RunningServer(null, StreamServer.services("down"))) {
            try (Socket socket = server.connect()) {
                new DataOutputStream(socket.getOutputStream()).writeLong(Long.MAX_VALUE);
                assertThat(socket.getInputStream().read()).isZero();
                socket.setSoLinger(true, 0);
            }
            try (Socket other = server.connect()) {
                new DataOutputStream(other.getOutputStream()).writeLong(1);
                assertThat(other.getInputStream().read()).isZero();
            }
            assertThat(server.peakMemory()).isLessThanOrEqualTo(RunningServer.MEMORY);
        }
    }

    @Test
    void anotherDirectionIsMisuse() {
        final ByteArrayOutputStream err = new ByteArrayOutputStream();
        final PrintStream said = new PrintStream(err, true, UTF_8);

        assertThat(StreamServer.run(new String[] {"--port", "0", "--direction", "left"}, said, said))
                .isEqualTo(2);
        assertThat(StreamServer.run(new String[] {"--port", "0"}, said, said)).isEqualTo(2);
        assertThat(err.toString(UTF_8))
                .contains("neither up nor down: 'left'", "--direction is missing", "usage: StreamServer");
    }
}
