package io.evbuffer.perf.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.evbuffer.bufferevent.BufferEvent;
import io.evbuffer.bufferevent.Options;
import io.evbuffer.bufferevent.SocketBufferEvent;
import io.evbuffer.event.ConnectionListener;
import io.evbuffer.event.EventBase;
import io.evbuffer.event.LoopResult;
import io.evbuffer.event.Transport;
import io.evbuffer.event.backend.sim.SimWorld;
import io.evbuffer.memory.SlabPool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * Peers in a simulated world that send and read nothing: what comes from them is tried to be sent when it is much, and not once more
 * with each piece that comes behind it.
 */
class SlowPeersTest {
    private static final InetSocketAddress FRONT = new InetSocketAddress(InetAddress.getLoopbackAddress(), 7000);
    private static final InetSocketAddress BEHIND = new InetSocketAddress(InetAddress.getLoopbackAddress(), 7001);
    private static final int PIECE = 4096;
    private static final int BYTES = 1 << 20;

    private final List<String> trace = new ArrayList<>();
    private final SimWorld world =
            SimWorld.builder().capacity(PIECE).trace(trace::add).build();

    @Test
    void echoTriesToSendMuchOnceAndThenWaits() throws IOException {
        check(EchoServer.HIGH, base -> {
            final EchoServer server = new EchoServer(base, null);
            listen(base, FRONT, server::serve);
            final BufferEvent client = connect(base);
            client.write(new byte[BYTES]);
            return client;
        });
    }

    @Test
    void aProxyTriesToSendMuchOnceAndThenWaits() throws IOException {
        check(ProxyPair.HIGH, base -> {
            final BufferEvent origin = SocketBufferEvent.create(base, null, Options.CLOSE_ON_FREE);
            listen(base, BEHIND, origin::setTransport);
            origin.write(new byte[BYTES]);
            listen(base, FRONT, accepted -> {
                final SocketBufferEvent server = SocketBufferEvent.create(base, null, Options.CLOSE_ON_FREE);
                new ProxyPair(SocketBufferEvent.create(base, accepted, Options.CLOSE_ON_FREE), server)
                        .start(() -> connect(server, BEHIND));
            });
            connect(base);
            return origin;
        });
    }

    /** Somebody who sends to a peer that reads nothing. */
    private interface Scene {
        BufferEvent begin(EventBase base) throws IOException;
    }

    private void check(final long high, final Scene scene) throws IOException {
        try (SlabPool pool = SlabPool.builder().build()) {
            try (EventBase base = EventBase.open(world.config().pool(pool))) {
                final BufferEvent sender = scene.begin(base);
                base.loopExit(TimeUnit.SECONDS.toNanos(10)); // all stand still long before

                assertThat(base.dispatch()).isEqualTo(LoopResult.STOPPED);
                assertThat(sender.pendingOutput()).isPositive();
                assertThat(BYTES - sender.pendingOutput()).isGreaterThan(high);
                assertThat(inVainToTheSlowPeer())
                        .as("writes in vain: one when its buffers are full, one when there is much")
                        .hasSizeBetween(1, 2);
            }
            assertThat(pool.liveSegments()).isEmpty();
        }
    }

    /** The writes of which nothing was taken, on the connection that was accepted first. */
    private List<String> inVainToTheSlowPeer() {
        final String number = trace.stream()
                .map(line -> line.split(" "))
                .filter(words -> words[1].equals("accept"))
                .map(words -> words[3])
                .findFirst()
                .orElseThrow();
        return trace.stream()
                .filter(line -> line.endsWith(" write " + number + " 0"))
                .toList();
    }

    private static void listen(final EventBase base, final InetSocketAddress address, final Accepting accepting)
            throws IOException {
        ConnectionListener.bind(
                base,
                address,
                ConnectionListener.CLOSE_ON_FREE,
                -1,
                (source, accepted, peer) -> accepting.serve(accepted));
    }

    private interface Accepting {
        void serve(Transport accepted) throws IOException;
    }

    private static BufferEvent connect(final EventBase base) {
        final SocketBufferEvent client = SocketBufferEvent.create(base, null, Options.CLOSE_ON_FREE);
        connect(client, FRONT);
        return client;
    }

    private static void connect(final SocketBufferEvent client, final InetSocketAddress address) {
        try {
            client.connect(address);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
