package io.evbuffer.perf.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Against servers of plain Java that serve one connection at a time. */
class ChurnClientTest {
    private static final int BYTES = 100;

    private interface Answer {
        void to(Socket peer, byte[] message) throws IOException;
    }

    private final AtomicInteger ended = new AtomicInteger();

    /** Has some connections made, three at a time, to a server that answers in its own way. */
    private void churn(final int count, final Answer answer) throws Exception {
        final ServerSocket listener = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
        final Thread server = Thread.ofVirtual().start(() -> {
            try {
                while (!listener.isClosed()) serve(listener.accept(), answer);
            } catch (final IOException e) {
                // the test is over
            }
        });
        try (ChurnClient client = new ChurnClient((InetSocketAddress) listener.getLocalSocketAddress(), 3, BYTES)) {
            client.churn(count / 2);
            client.churn(count - count / 2);
        } finally {
            listener.close();
            server.join();
        }
    }

    private void serve(final Socket accepted, final Answer answer) {
        try (Socket peer = accepted) {
            answer.to(peer, peer.getInputStream().readNBytes(BYTES));
            if (peer.getInputStream().read() == -1) ended.incrementAndGet();
        } catch (final IOException e) {
            // the client has had enough
        }
    }

    @Test
    void eachConnectionSaysOneThingAndEndsItsStream() throws Exception {
        churn(25, (peer, message) -> peer.getOutputStream().write(message));

        assertThat(ended).hasValue(25);
    }

    @Test
    void anAnswerInPiecesIsAnAnswer() throws Exception {
        churn(4, (peer, message) -> {
            peer.setTcpNoDelay(true);
            for (final byte one : message) peer.getOutputStream().write(one);
        });

        assertThat(ended).hasValue(4);
    }

    @Test
    void anotherByteIsAFailure() {
        assertThatThrownBy(() -> churn(2, (peer, message) -> {
                    message[BYTES - 1]++;
                    peer.getOutputStream().write(message);
                }))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("connection 0, 0 bytes back: other bytes");
    }

    @Test
    void aByteTooManyIsAFailure() {
        assertThatThrownBy(() -> churn(2, (peer, message) -> {
                    peer.getOutputStream().write(message);
                    peer.getOutputStream().write(1);
                }))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("too many bytes");
    }

    @Test
    void anEarlyEndIsAFailure() {
        assertThatThrownBy(() -> churn(2, (peer, message) -> {
                    peer.getOutputStream().write(message, 0, BYTES - 1);
                    peer.shutdownOutput();
                }))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("99 bytes back: an early end");
    }
}
