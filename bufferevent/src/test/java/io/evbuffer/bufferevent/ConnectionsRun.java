package io.evbuffer.bufferevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.event.ConnectionListener;
import io.evbuffer.event.EvWatch;
import io.evbuffer.event.EventBase;
import io.evbuffer.event.LoopResult;
import io.evbuffer.event.Transport;
import io.evbuffer.event.backend.sim.SimFaults;
import io.evbuffer.event.backend.sim.SimWorld;
import io.evbuffer.memory.BufferLimitException;
import io.evbuffer.memory.SlabPool;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/**
 * One run of a program of many connections in a world of its own: clients and server ends all send a stream of bytes that
 * can be told from any other, meddle with their BufferEvents meanwhile, and end in one way or another. All decisions follow
 * from the seed.
 *
 * <table>
 * <caption>Manners of a run</caption>
 * <tr><th>manner</th><th>network</th><th>application</th><th>every stream arrives</th></tr>
 * <tr><td>CALM</td><td>works</td><td>half-closes and waits</td><td>whole</td></tr>
 * <tr><td>SLOW</td><td>short operations, stalls</td><td>the same, and pauses</td><td>whole</td></tr>
 * <tr><td>ROUGH</td><td>resets, refusals, losses, no descriptors</td><td>closes, throws, wants memory</td><td>up to some
 * byte; whole, where its end is told and its sender meant it</td></tr>
 * </table>
 *
 * <p>Connections stand on the network or on pairs, under filters or none, with TLS on top or not. TLS has random numbers of its
 * own, so that the same seed gives about the same run then.
 */
final class ConnectionsRun {
    private static final InetSocketAddress HERE = new InetSocketAddress(InetAddress.getLoopbackAddress(), 7000);
    private static final long MS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final int TURNS_IN_A_MOMENT = 10_000; // far more than any connection needs without time passing

    final SplittableRandom plan;
    final EventBase base;
    final Manner manner;
    final int mostBytes;
    private final Ground ground;
    private final SimWorld world;
    private final SlabPool pool;
    private final int layers; // of filters, on both ends
    private final boolean scarce; // memory runs out now and then
    private final List<Stream> streams = new ArrayList<>();
    private final List<Speaker> speakers = new ArrayList<>();
    private final int clients;
    private ConnectionListener listener;
    private int clientsOpen;
    private long moment;
    private int turnsInMoment;
    private @Nullable AssertionError failure;

    // What the run did, for the test to see that it did something:
    int whole; // streams that arrived whole
    int cut;
    int unconnected;
    int refused; // accepts, for want of descriptors
    int meddled;
    long bytes;

    ConnectionsRun(final long seed, final Ground ground, final int clients, final int mostBytes) {
        this.ground = ground;
        this.clients = clients;
        this.mostBytes = mostBytes;
        plan = new SplittableRandom(~seed);
        manner = Manner.values()[(int) Long.remainderUnsigned(seed, Manner.values().length)];
        layers = Math.max(0, plan.nextInt(5) - 2);
        scarce = manner == Manner.ROUGH && plan.nextInt(3) == 0;
        world = SimWorld.builder()
                .seed(seed)
                .faults(manner.faults)
                .capacity(1 + plan.nextInt(8000))
                .latency(0, plan.nextLong(5 * MS) + 1)
                .stall(1 + plan.nextLong(1000 * MS))
                .build();
        pool = scarce
                ? SlabPool.builder().slabSize(64 * 1024).limit(256 * 1024).build()
                : SlabPool.builder().build();
        base = EventBase.open(world.config().pool(pool));
        base.errorHandler((source, thrown) -> {
            if (!(thrown instanceof Speaker.Tantrum) && !(scarce && thrown instanceof BufferLimitException)) {
                fail(new AssertionError("in " + source, thrown));
            }
        });
    }

    /** Runs to the end and returns the trace's hash. */
    long run() throws IOException {
        EvWatch.newPrepare(base, (watch, wait) -> turn(), null);
        listen();
        clientsOpen = clients;
        for (int i = 0; i < clients; i++) {
            base.once((event, bits) -> call(), null, plan.nextLong(50 * MS));
        }
        final LoopResult result = base.dispatch();
        if (failure != null) {
            throw failure;
        }
        assertEquals(LoopResult.EMPTY, result);
        return end();
    }

    private void listen() throws IOException {
        world.faults(SimFaults.NONE); // the listener must be there; all else may fail
        listener = ConnectionListener.bind(
                base, HERE, ConnectionListener.CLOSE_ON_FREE, -1, (source, accepted, peer) -> answer(accepted));
        listener.errorCallback((source, cause) -> refused++);
        world.faults(manner.faults);
    }

    private void call() {
        if (ground.pairs) {
            final PairBufferEvent[] ends = PairBufferEvent.create(base, options());
            begin(layered(ends[0], true), true);
            begin(layered(ends[1], false), false);
            return;
        }
        final SocketBufferEvent socket;
        final BufferEvent top;
        final TlsBufferEvent own;
        if (hasOwnSocket()) {
            own = tasksAtOnce(TlsBufferEvent.create(base, null, engine(true), TlsState.CONNECTING, options()));
            socket = null;
            top = own;
        } else {
            own = null;
            socket = SocketBufferEvent.create(base, null, options());
            top = layered(socket, true);
        }
        final Speaker speaker = begin(top, true);
        try {
            if (own != null) {
                own.connect(HERE);
            } else {
                socket.connect(HERE);
            }
        } catch (final IOException e) { // no descriptor
            assertTrue(manner == Manner.ROUGH, () -> "connect failed: " + e);
            unconnected++;
            speaker.abandon();
        }
    }

    private void answer(final Transport accepted) {
        begin(
                hasOwnSocket()
                        ? tasksAtOnce(
                                TlsBufferEvent.create(base, accepted, engine(false), TlsState.ACCEPTING, options()))
                        : layered(SocketBufferEvent.create(base, accepted, options()), false),
                false);
    }

    private Speaker begin(final BufferEvent top, final boolean client) {
        final Speaker speaker = new Speaker(this, top, client, ground.tls || (client && !ground.pairs));
        speakers.add(speaker);
        speaker.begin();
        return speaker;
    }

    private BufferEvent layered(final BufferEvent bottom, final boolean client) {
        BufferEvent top = bottom;
        for (int i = 1; i <= layers; i++) {
            top = FilterBufferEvent.create(top, Filters.xor(i), Filters.xor(i), options());
        }
        return ground.tls
                ? tasksAtOnce(TlsBufferEvent.over(
                        top, engine(client), client ? TlsState.CONNECTING : TlsState.ACCEPTING, options()))
                : top;
    }

    private boolean hasOwnSocket() {
        return ground.tls && layers == 0 && plan.nextBoolean();
    }

    private static SSLEngine engine(final boolean client) {
        return client ? TlsFixture.client(Certificates.TLS_1_3) : TlsFixture.server(Certificates.TLS_1_3);
    }

    /** Its computations are done at once: the world has no other thread. */
    private static TlsBufferEvent tasksAtOnce(final TlsBufferEvent secure) {
        secure.delegateTo(Runnable::run);
        return secure;
    }

    private Options options() {
        return plan.nextBoolean() ? Options.CLOSE_ON_FREE : Options.CLOSE_ON_FREE.with(Options.DEFER_CALLBACKS);
    }

    /** What is closed at one end of a pair is closed for the other one at once, which then cannot flush. */
    boolean standsOnPairs() {
        return ground.pairs;
    }

    Stream newStream() {
        final Stream stream = new Stream(streams.size(), Stream.HEADER + plan.nextInt(mostBytes));
        streams.add(stream);
        return stream;
    }

    Stream stream(final int id) {
        assertTrue(id >= 0 && id < streams.size(), () -> "a stream begins with the id " + id);
        return streams.get(id);
    }

    /** Any of those that live, or none. */
    @Nullable
    Speaker anyone() {
        final Speaker any = speakers.get(plan.nextInt(speakers.size()));
        return any.isClosed() ? null : any;
    }

    /** A client is gone. The last one takes the listener along. */
    void clientClosed() {
        if (--clientsOpen == 0) {
            // those whose connection was never taken from the queue, or lost on its way, end with the listener
            base.once((event, bits) -> listener.close(), null, 100 * MS);
        }
    }

    void fail(final AssertionError why) {
        if (failure == null) {
            failure = why;
        }
        base.loopBreak();
    }

    private void turn() {
        final long now = world.nanos();
        turnsInMoment = now == moment ? turnsInMoment + 1 : 0;
        moment = now;
        if (turnsInMoment > TURNS_IN_A_MOMENT) {
            fail(new AssertionError("BEV-41: the loop spins"));
        }
    }

    private long end() {
        assertEquals(0, clientsOpen, "clients left");
        for (final Speaker each : speakers) {
            each.atEnd();
        }
        for (final Stream each : streams) {
            if (each.isWhole()) {
                whole++;
            } else {
                cut++;
                assertTrue(manner == Manner.ROUGH, () -> "lost the end of " + each);
            }
            bytes += each.received();
        }
        assertEquals(
                0,
                base.countEvents(EventBase.COUNT_ADDED | EventBase.COUNT_ACTIVE | EventBase.COUNT_VIRTUAL),
                "BEV-20: events");
        final long most = ground.tls ? 1 : 0; // the base keeps one for all TLS on it
        assertTrue(pool.stats().segmentsInUse() <= most, () -> "BEV-20: " + pool.liveSegments());
        assertTrue(base.checkIntegrity());
        base.close();
        assertEquals(0, pool.stats().segmentsInUse(), () -> "BEV-20: " + pool.liveSegments());
        assertEquals(0, world.openSockets(), "BEV-20: sockets");
        pool.close();
        return world.traceHash();
    }

    /** What an unexpected end is told with. */
    static AssertionError failure(final long seed, final Throwable cause) {
        return new AssertionError("a rule was broken in the run of seed " + seed, cause);
    }

    /** What connections stand on. */
    enum Ground {
        NETWORK(false, false),
        TLS(false, true),
        PAIRS(true, false),
        TLS_ON_PAIRS(true, true);

        private final boolean pairs;
        private final boolean tls;

        Ground(final boolean pairs, final boolean tls) {
            this.pairs = pairs;
            this.tls = tls;
        }
    }

    enum Manner {
        CALM(SimFaults.NONE),
        SLOW(SimFaults.SHORT),
        ROUGH(SimFaults.ROUGH);

        private final SimFaults faults;

        Manner(final SimFaults faults) {
            this.faults = faults;
        }
    }
}
