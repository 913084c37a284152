package io.evbuffer.perf.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import org.jspecify.annotations.Nullable;

/** A server on the loopback interface, in this process. Closing it proves that nothing was thrown and all segments are home. */
final class RunningServer implements AutoCloseable {
    static final long MEMORY = 64L << 20;

    private final Reactors reactors;
    private long peak = -1;

    RunningServer(final @Nullable String backend, final Service.Factory services) throws IOException {
        this(new ServerOptions(0, backend, 1, MEMORY), true, services);
    }

    RunningServer(final ServerOptions options, final boolean sharedPort, final Service.Factory services)
            throws IOException {
        final InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), options.port());
        reactors = new Reactors("server", options, any, services, sharedPort);
        reactors.start();
    }

    int port() {
        return reactors.port();
    }

    InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port());
    }

    /** A plain client's connection. Waits for half a minute at most. */
    Socket connect() throws IOException {
        final Socket socket = new Socket(InetAddress.getLoopbackAddress(), port());
        socket.setSoTimeout(30_000);
        return socket;
    }

    /** The most memory it had; ends it. */
    long peakMemory() {
        stop();
        return peak;
    }

    void stop() {
        if (peak >= 0) return;
        reactors.stop();
        peak = reactors.peakMemory();
        assertThat(reactors.failures()).isEmpty();
        assertThat(reactors.liveSegments()).isZero();
    }

    @Override
    public void close() {
        try {
            stop();
        } finally {
            reactors.close();
        }
    }
}
