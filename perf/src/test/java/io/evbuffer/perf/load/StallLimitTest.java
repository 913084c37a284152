package io.evbuffer.perf.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A load on a server that has stopped fails and does not hang. */
@Timeout(60)
class StallLimitTest {
    private static final int SHORT_MILLIS = 100;
    private static final int LONG_MILLIS = 3_600_000;

    @Test
    void aWriteThatNobodyReadsEnds() throws IOException {
        try (ServerSocket deaf = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket socket = new Socket(deaf.getInetAddress(), deaf.getLocalPort());
                StallLimit limit = new StallLimit(socket, SHORT_MILLIS)) {
            final byte[] piece = new byte[1 << 20];
            assertThatThrownBy(() -> {
                        while (true) {
                            limit.moved();
                            socket.getOutputStream().write(piece);
                        }
                    })
                    .isInstanceOfSatisfying(
                            IOException.class,
                            failure -> assertThat(limit.explain(failure))
                                    .hasMessage("nothing has moved for 100 ms")
                                    .hasCause(failure));
        }
    }

    @Test
    void aReadOfAChannelToWhichNobodyWritesEnds() throws IOException {
        try (ServerSocket mute = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                SocketChannel channel = SocketChannel.open(mute.getLocalSocketAddress());
                StallLimit limit = new StallLimit(channel, SHORT_MILLIS)) {
            limit.moved();
            assertThatThrownBy(() -> channel.read(ByteBuffer.allocate(1)))
                    .isInstanceOf(AsynchronousCloseException.class);
        }
    }

    @Test
    void whoRestsIsNotEnded() throws InterruptedException {
        final CountDownLatch ended = new CountDownLatch(1);
        final CountDownLatch other = new CountDownLatch(1);
        try (StallLimit resting = new StallLimit(ended::countDown, SHORT_MILLIS);
                StallLimit working = new StallLimit(other::countDown, 4 * SHORT_MILLIS)) {
            resting.moved();
            resting.rest();
            working.moved();
            other.await(); // long after the first one's limit
            assertThat(ended.getCount()).isOne();
        }
    }

    @Test
    void anotherFailureIsWhatItIs() {
        final IOException failure = new IOException("reset by peer");
        try (StallLimit limit = new StallLimit(() -> {}, LONG_MILLIS)) {
            assertThat(limit.explain(failure)).isSameAs(failure);
        }
    }
}
