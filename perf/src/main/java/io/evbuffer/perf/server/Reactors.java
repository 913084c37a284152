package io.evbuffer.perf.server;

import io.evbuffer.bufferevent.BufferEvent;
import io.evbuffer.event.ConnectionListener;
import io.evbuffer.event.EventBase;
import io.evbuffer.event.EventException;
import io.evbuffer.event.Transport;
import io.evbuffer.memory.PoolStats;
import io.evbuffer.memory.SlabPool;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectableChannel;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reactors that serve one port, each with a thread, a pool and a service of its own.
 *
 * <pre>
 *                    .-- listener --&gt; reactor 0: service, pool           the system spreads connections
 *   one port --------+-- listener --&gt; reactor 1: service, pool           over the listeners (SO_REUSEPORT)
 *
 *   one port ----------- listener --&gt; reactor 0 --.--&gt; reactor 1         where it cannot: the first reactor
 *                                                 '--&gt; reactor 2 ...     hands them out in turn
 * </pre>
 *
 * <p>What a callback of a connection throws ends that connection and is logged; the others go on. What breaks a loop ends all.
 *
 * <p>Ownership: whoever makes it closes it. Threads: {@link #requestStop()} from any; the rest from the maker's. Pools stand
 * still, and can be looked at, after {@link #join()}.
 */
final class Reactors implements AutoCloseable {
    private static final int BACKLOG = 4096;
    private static final int KEPT_FAILURES = 16;
    private static final Logger LOG = System.getLogger(Reactors.class.getName());

    private final List<Reactor> reactors = new ArrayList<>();
    private final List<Throwable> failures = new ArrayList<>(); // guarded by itself
    private final int port;
    private int next; // the reactor that the next connection is handed to; of the first loop's thread

    private final class Reactor {
        final SlabPool pool;
        final EventBase base;
        final Service service;
        final Thread thread;

        @Nullable
        ConnectionListener listener;

        Reactor(final String name, final ServerOptions options, final Service.Factory factory) throws IOException {
            pool = options.pool(name);
            EventBase opened = null;
            try {
                opened = options.base(pool);
                service = factory.open(opened);
            } catch (final IOException | RuntimeException e) {
                if (opened != null) opened.close();
                pool.close();
                throw e;
            }
            base = opened;
            base.errorHandler(this::failed);
            thread = new Thread(this::run, name);
        }

        private void failed(final Object source, final Throwable thrown) {
            keep(thrown);
            LOG.log(Level.WARNING, "a connection is closed: " + source, thrown);
            if (source instanceof final BufferEvent connection) connection.close();
        }

        private void run() {
            try {
                base.loop(EventBase.NO_EXIT_ON_EMPTY);
            } catch (final RuntimeException | Error e) {
                keep(e);
                LOG.log(Level.ERROR, "a reactor has ended", e);
                requestStop();
            } finally {
                putAway();
            }
        }

        /** The thread has ended or never began: all but the pool goes. */
        void putAway() {
            if (base.isClosed()) return;
            if (listener != null) listener.close();
            service.close();
            base.close();
        }

        void serve(final Transport accepted) throws IOException {
            try {
                accepted.option(StandardSocketOptions.TCP_NODELAY, true);
            } catch (final IOException e) {
                accepted.close(); // the peer is gone already
                return;
            }
            try {
                service.serve(accepted);
            } catch (final IOException | RuntimeException e) {
                accepted.close();
                throw e;
            }
        }

        /** On another reactor's thread: the connection becomes one of this reactor's. */
        void take(final Transport accepted) throws IOException {
            final Runnable task = () -> {
                final SelectableChannel channel = accepted.channel();
                try {
                    serve(channel == null ? accepted : base.wrap(channel));
                } catch (final IOException e) {
                    failed(accepted, e);
                }
            };
            try {
                base.execute(task);
            } catch (final IllegalStateException e) {
                accepted.close(); // that reactor has ended, as all will
            }
        }
    }

    /** Listens; nothing runs before {@link #start()}. */
    Reactors(
            final String name,
            final ServerOptions options,
            final InetSocketAddress local,
            final Service.Factory factory)
            throws IOException {
        this(name, options, local, factory, true);
    }

    /** As above, but says whether the system may be asked to spread connections. */
    Reactors(
            final String name,
            final ServerOptions options,
            final InetSocketAddress local,
            final Service.Factory factory,
            final boolean sharedPort)
            throws IOException {
        try {
            for (int i = 0; i < options.threads(); i++) {
                reactors.add(new Reactor(options.threads() == 1 ? name : name + "-" + i, options, factory));
            }
            port = listen(local, sharedPort && options.threads() > 1);
        } catch (final IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    private int listen(final InetSocketAddress local, final boolean sharedPort) {
        if (!sharedPort) return listen(reactors.get(0), local, 0);
        final int shared;
        try {
            shared = listen(reactors.get(0), local, ConnectionListener.REUSEABLE_PORT);
        } catch (final EventException e) {
            if (e.getCause() instanceof UnsupportedOperationException) return listen(local, false);
            throw e;
        }
        for (int i = 1; i < reactors.size(); i++) {
            final InetSocketAddress same = new InetSocketAddress(local.getAddress(), shared);
            listen(reactors.get(i), same, ConnectionListener.REUSEABLE_PORT);
        }
        return shared;
    }

    private int listen(final Reactor reactor, final InetSocketAddress local, final int portFlag) {
        final boolean hands = portFlag == 0 && reactors.size() > 1;
        final ConnectionListener listener = ConnectionListener.bind(
                reactor.base,
                local,
                ConnectionListener.CLOSE_ON_FREE | ConnectionListener.REUSEABLE | portFlag,
                BACKLOG,
                (source, accepted, peer) -> {
                    if (hands) handOut(accepted);
                    else reactor.serve(accepted);
                });
        reactor.listener = listener;
        return ((InetSocketAddress) listener.localAddress()).getPort();
    }

    private void handOut(final Transport accepted) throws IOException {
        final Reactor taker = reactors.get(next);
        next = (next + 1) % reactors.size();
        if (taker.base.inLoopThread()) taker.serve(accepted);
        else taker.take(accepted);
    }

    /** Where it listens, as chosen by the system if it was asked to. */
    int port() {
        return port;
    }

    /** The loops begin. */
    void start() {
        reactors.forEach(reactor -> reactor.thread.start());
    }

    /** The loops end soon; connections end with them. From any thread, also when they have ended. */
    void requestStop() {
        for (final Reactor reactor : reactors) {
            if (!reactor.base.isClosed()) reactor.base.requestStop();
        }
    }

    /** Waits until all have ended. */
    void join() throws InterruptedException {
        for (final Reactor reactor : reactors) reactor.thread.join();
    }

    /** Stops and waits. */
    void stop() {
        requestStop();
        boolean interrupted = false;
        for (final Reactor reactor : reactors) {
            while (reactor.thread.isAlive()) {
                try {
                    reactor.thread.join();
                } catch (final InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) Thread.currentThread().interrupt();
    }

    private void keep(final Throwable thrown) {
        synchronized (failures) {
            if (failures.size() < KEPT_FAILURES) failures.add(thrown);
        }
    }

    /** What callbacks or loops threw first. */
    List<Throwable> failures() {
        synchronized (failures) {
            return List.copyOf(failures);
        }
    }

    long liveSegments() {
        return reactors.stream()
                .map(Reactors::stats)
                .mapToLong(PoolStats::segmentsInUse)
                .sum();
    }

    /** The most that was mapped off the heap, in bytes. */
    long peakMemory() {
        return reactors.stream()
                .map(Reactors::stats)
                .mapToLong(PoolStats::peakBytesMapped)
                .sum();
    }

    private static PoolStats stats(final Reactor reactor) {
        return reactor.pool.stats();
    }

    /** Stops, and gives the memory back. */
    @Override
    public void close() {
        stop();
        for (final Reactor reactor : reactors) {
            reactor.putAway();
            reactor.pool.close();
        }
    }
}
