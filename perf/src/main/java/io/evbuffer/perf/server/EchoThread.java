package io.evbuffer.perf.server;

import io.evbuffer.EvBufferStats;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * An {@link EchoServer} on a reactor and a thread of its own, for a client in the same process.
 *
 * <p>Threads: one thread makes, stops and closes it; memory and counters stand still after {@link #stop()}.
 */
public final class EchoThread implements AutoCloseable {
    private final EvBufferStats stats = new EvBufferStats();
    private final Reactors reactors;

    /**
     * Listens on a port of the loopback interface and starts the loop.
     *
     * @param memoryLimit the most it maps off the heap, in bytes.
     * @throws IOException if it cannot start.
     */
    public EchoThread(final long memoryLimit) throws IOException {
        reactors = new Reactors(
                "echo",
                new ServerOptions(0, null, 1, memoryLimit),
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                base -> new EchoServer(base, stats));
        reactors.start();
    }

    /**
     * Where it listens.
     *
     * @return a port of the loopback interface.
     */
    public int port() {
        return reactors.port();
    }

    /**
     * The segments that are not home; to be asked when the loop has ended.
     *
     * @return 0, unless something was lost.
     */
    public long liveSegments() {
        return reactors.liveSegments();
    }

    /**
     * The most memory it had; to be asked when the loop has ended.
     *
     * @return in bytes.
     */
    public long peakMemory() {
        return reactors.peakMemory();
    }

    /**
     * What its buffers did; to be looked at when the loop has ended.
     *
     * @return always the same counters.
     */
    public EvBufferStats stats() {
        return stats;
    }

    /**
     * Ends the loop and waits for its thread. A second call does nothing more.
     *
     * @throws IllegalStateException with the cause, if something failed on the thread.
     */
    public void stop() {
        reactors.stop();
        if (!reactors.failures().isEmpty()) {
            throw new IllegalStateException(
                    "the echo server failed", reactors.failures().get(0));
        }
    }

    /** Stops, and gives the memory back. */
    @Override
    public void close() {
        try {
            stop();
        } finally {
            reactors.close();
        }
    }
}
