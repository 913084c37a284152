package io.evbuffer.bufferevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.evbuffer.event.EventBase;
import io.evbuffer.event.EventConfig;
import io.evbuffer.event.Transport;
import io.evbuffer.memory.SlabPool;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A base with its pool and a clock that stands still, and connected sockets. The loop is turned by the test, one pass at a
 * time and without waiting. After each test everything is closed, no callback has failed unexpectedly, and every segment is
 * home (BEV-20).
 */
final class LoopFixture implements BeforeEachCallback, AfterEachCallback {
    static final long MS = 1_000_000;
    private static final int SMALL_SLAB = 64 * 1024;
    private static final long PATIENCE_NANOS = 30_000 * MS; // far more than any test needs

    private final String method;
    private final long memory; // of the pool, or 0
    private final List<BufferEvent> made = new ArrayList<>();
    private final List<AutoCloseable> sockets = new ArrayList<>();
    private final List<Throwable> failures = new ArrayList<>();
    private long now = 1_000 * MS;
    private SlabPool pool;
    private EventBase base;

    /** On the backend that is tried first. */
    LoopFixture() {
        this(EventBase.supportedMethods().getFirst());
    }

    LoopFixture(final String method) {
        this(method, 0);
    }

    /** With a pool of so many bytes and no more. */
    LoopFixture(final String method, final long memory) {
        this.method = method;
        this.memory = memory;
    }

    @Override
    public void beforeEach(final ExtensionContext context) {
        final SlabPool.Builder builder = SlabPool.builder().name(context.getDisplayName());
        pool = memory == 0
                ? builder.build()
                : builder.slabSize(SMALL_SLAB).limit(memory).build();
        base = EventBase.open(EventConfig.create()
                .ignoreEnvironment()
                .onlyMethod(method)
                .tickSource(() -> now)
                .pool(pool));
        base.errorHandler((source, failure) -> failures.add(failure));
    }

    @Override
    public void afterEach(final ExtensionContext context) throws Exception {
        for (final BufferEvent each : made.reversed()) { // layers before what they stand on
            each.close();
        }
        turns(2);
        base.close();
        for (final AutoCloseable each : sockets) {
            each.close();
        }
        assertEquals(List.of(), failures, "exceptions out of callbacks");
        assertEquals(0, pool.stats().segmentsInUse(), () -> "segments not home: " + pool.liveSegments());
        pool.close();
    }

    EventBase base() {
        return base;
    }

    SlabPool pool() {
        return pool;
    }

    /** What the callbacks threw so far; the test has then seen it. */
    List<Throwable> takeFailures() {
        final List<Throwable> taken = List.copyOf(failures);
        failures.clear();
        return taken;
    }

    // ---- time -------------------------------------------------------------------------------------------------------

    /** Turns the loop so many times, without waiting. */
    void turns(final int count) {
        for (int i = 0; i < count; i++) {
            base.loop(EventBase.ONCE | EventBase.NONBLOCK);
        }
    }

    /** Turns the loop until something holds. What it waits for is the kernel; time of the test's clock stands still. */
    void until(final BooleanSupplier holds) {
        final long limit = System.nanoTime() + PATIENCE_NANOS;
        while (!holds.getAsBoolean()) {
            turns(1);
            if (System.nanoTime() - limit > 0) {
                fail("did not come about: " + made);
            }
        }
    }

    /** Lets time pass, a millisecond at a time, with a few turns after each. */
    void pass(final long millis) {
        for (long i = 0; i < millis; i++) {
            now += MS;
            turns(2);
        }
    }

    /** Time passes, and the loop does not turn. */
    void late(final long millis) {
        now += millis * MS;
    }

    long nowMillis() {
        return now / MS;
    }

    // ---- sockets ----------------------------------------------------------------------------------------------------

    SocketBufferEvent create(final Transport transport, final Options options) {
        return track(SocketBufferEvent.create(base, transport, options));
    }

    /** Closed after the test, if the test has not. */
    <T extends BufferEvent> T track(final T one) {
        made.add(one);
        return one;
    }

    <T extends AutoCloseable> T closeLater(final T socket) {
        sockets.add(socket);
        return socket;
    }

    ServerSocketChannel listen() throws IOException {
        return closeLater(ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)));
    }

    /** An address of this host on which nobody listens. */
    InetSocketAddress deadEnd() throws IOException {
        try (ServerSocketChannel listener =
                ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
            return (InetSocketAddress) listener.getLocalAddress();
        }
    }

    /** A socket of the base that is not connected. */
    Transport unconnected() {
        return closeLater(base.openStream(null));
    }

    /** A connected socket of the base, and the other end. */
    Ends ends() throws IOException {
        return ends(base);
    }

    /** A connected socket of any base, and the other end. */
    Ends ends(final EventBase owner) throws IOException {
        try (ServerSocketChannel listener =
                ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
            final Transport one = closeLater(owner.openStream(null));
            if (!one.connect(listener.getLocalAddress())) {
                while (!one.finishConnect()) {
                    Thread.onSpinWait();
                }
            }
            one.option(StandardSocketOptions.TCP_NODELAY, true);
            final SocketChannel other = closeLater(listener.accept());
            other.configureBlocking(false);
            other.setOption(StandardSocketOptions.TCP_NODELAY, true);
            return new Ends(one, new Peer(other));
        }
    }

    /** Two connected sockets of the base. */
    Transport[] transports() throws IOException {
        try (Transport listener = base.openListener(null)) {
            listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            final Transport one = closeLater(base.openStream(null));
            if (!one.connect(listener.localAddress())) {
                while (!one.finishConnect()) {
                    Thread.onSpinWait();
                }
            }
            Transport other = listener.accept();
            while (other == null) {
                other = listener.accept();
            }
            closeLater(other);
            one.option(StandardSocketOptions.TCP_NODELAY, true);
            other.option(StandardSocketOptions.TCP_NODELAY, true);
            return new Transport[] {one, other};
        }
    }

    /** A BufferEvent on one end of a connection, and the raw other end. */
    Connection connection(final Options options) throws IOException {
        final Ends ends = ends();
        final RecordingTransport transport = new RecordingTransport(ends.transport());
        return new Connection(create(transport, options), transport, ends.peer());
    }

    /** Both ends of a connection of that kind. */
    BufferEvent[] couple(final Below kind, final Options options) throws IOException {
        return kind == Below.SOCKET ? couple(options) : pair(options);
    }

    /** Two BufferEvents that talk to each other. */
    SocketBufferEvent[] couple(final Options options) throws IOException {
        final Transport[] ends = transports();
        return new SocketBufferEvent[] {
            create(new RecordingTransport(ends[0]), options), create(new RecordingTransport(ends[1]), options),
        };
    }

    /** The two ends of a pair. */
    PairBufferEvent[] pair(final Options options) {
        final PairBufferEvent[] ends = PairBufferEvent.create(base, options);
        track(ends[0]);
        track(ends[1]);
        return ends;
    }

    /** A filter, closed after the test. */
    FilterBufferEvent filter(
            final BufferEvent underlying,
            final @Nullable BufferFilter input,
            final @Nullable BufferFilter output,
            final Options options) {
        return track(FilterBufferEvent.create(underlying, input, output, options));
    }

    /** No callback, no change of interest, and the state of each is sound (BEV-41). */
    void staysQuiet(final BufferEvent... all) {
        turns(4);
        for (final BufferEvent each : all) {
            BufferEventInvariants.atRest(each);
        }
        final long changes = base.metrics().interestCalls();
        final long callbacks = base.metrics().callbacks();
        turns(100);
        assertEquals(changes, base.metrics().interestCalls(), "interest changes of idle connections");
        assertEquals(callbacks, base.metrics().callbacks(), "callbacks of idle connections");
        assertTrue(base.checkIntegrity());
    }

    /** Nothing happens any more: no call of the transport, no change of interest, no callback (BEV-41). */
    void staysQuiet(final Connection connection) {
        turns(4);
        BufferEventInvariants.atRest(connection.socket());
        final int calls = connection.transport().calls();
        final long changes = base.metrics().interestCalls();
        final long callbacks = base.metrics().callbacks();
        turns(100);
        assertEquals(calls, connection.transport().calls(), "transport calls of an idle connection");
        assertEquals(changes, base.metrics().interestCalls(), "interest changes of an idle connection");
        assertEquals(callbacks, base.metrics().callbacks(), "callbacks of an idle connection");
        assertTrue(base.checkIntegrity());
    }

    /** A transport and its other end. */
    record Ends(Transport transport, Peer peer) {}

    /** One end under test, with what its transport was asked, and the other end. */
    record Connection(SocketBufferEvent socket, RecordingTransport transport, Peer peer) {}

    /** What a layer stands on. */
    enum Below {
        SOCKET,
        PAIR
    }
}
