package io.evbuffer.perf;

import io.evbuffer.EvBufferStats;
import io.evbuffer.event.EventBase;
import io.evbuffer.event.EventConfig;
import io.evbuffer.memory.SlabPool;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * An {@link EchoServer} on a reactor and a thread of its own, for a client in the same process.
 *
 * <p>Threads: one thread makes, stops and closes it; pool and counters are its own until {@link #stop()}.
 */
final class EchoThread implements AutoCloseable {
    private final SlabPool pool;
    private final EvBufferStats stats = new EvBufferStats();
    private final EventBase base;
    private final int port;
    private final Thread thread;
    private @Nullable Throwable failure; // written before the thread ends

    /** Listens on a port of the loopback interface and starts the loop; the pool is limited to some bytes. */
    EchoThread(final long memoryLimit) {
        pool = SlabPool.builder().name("echo").limit(memoryLimit).build();
        base = EventBase.open(EventConfig.create().pool(pool));
        final EchoServer server;
        try {
            server = new EchoServer(base, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), stats);
        } catch (final RuntimeException e) {
            base.close();
            pool.close();
            throw e;
        }
        base.errorHandler((source, thrown) -> {
            failure = thrown;
            base.loopBreak();
        });
        port = server.port();
        thread = new Thread(() -> run(server), "echo");
        thread.start();
    }

    private void run(final EchoServer server) {
        try {
            base.dispatch();
        } catch (final RuntimeException | Error e) {
            failure = e;
        } finally {
            server.close();
            base.close();
        }
    }

    int port() {
        return port;
    }

    /** The memory of its loop, to be looked at when the loop has ended. */
    SlabPool pool() {
        return pool;
    }

    /** What its buffers did, to be looked at when the loop has ended. */
    EvBufferStats stats() {
        return stats;
    }

    /**
     * Ends the loop and waits for its thread: pool and counters stand still then. A second call does nothing.
     *
     * @throws IllegalStateException with the cause, if something failed on the thread.
     */
    void stop() {
        if (!base.isClosed()) base.requestStop();
        try {
            thread.join();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (failure != null) throw new IllegalStateException("the echo server failed", failure);
    }

    /** Stops, and gives the memory back. */
    @Override
    public void close() {
        try {
            stop();
        } finally {
            pool.close();
        }
    }
}
