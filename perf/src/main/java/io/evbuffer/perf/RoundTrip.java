package io.evbuffer.perf;

import io.evbuffer.EvBuffer;
import io.evbuffer.EvBufferStats;
import io.evbuffer.bufferevent.BufferEvent;
import io.evbuffer.bufferevent.Directions;
import io.evbuffer.bufferevent.EventFlags;
import io.evbuffer.bufferevent.Options;
import io.evbuffer.bufferevent.SocketBufferEvent;
import io.evbuffer.channel.ChannelReader;
import io.evbuffer.channel.ChannelWriter;
import io.evbuffer.channel.ScatterSource;
import io.evbuffer.event.EventBase;
import io.evbuffer.event.EventConfig;
import io.evbuffer.memory.PoolStats;
import io.evbuffer.memory.SlabPool;
import io.evbuffer.perf.server.EchoThread;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Sends a file through a connection to an echo server and writes what comes back to another file, on two reactors in two
 * threads.
 *
 * <pre>
 *   source file --scattering reads--&gt; [ output ] --gathering writes--&gt; socket --&gt;\
 *                                                                                 EchoThread
 *   target file &lt;--gathering writes-- [ arrived ] &lt;--[ input ]&lt;-- socket &lt;-------/
 * </pre>
 *
 * <p>Bytes are in chains from the first read to the last write and are never copied between them. Memory is bounded by
 * back-pressure: the file is read while less than {@link #HIGH} bytes wait in the output, and again when they are down to
 * {@link #LOW}; the server does the same. Both pools are limited, so that a leak would end the run.
 */
final class RoundTrip {
    private static final long HIGH = 1024 * 1024;
    private static final long LOW = 256 * 1024;

    /** What arrived is written to the file in pieces of at least this size. */
    private static final long STORE_AT = 256 * 1024;

    private static final long MEMORY_LIMIT = 16 * 1024 * 1024;
    private static final int MAX_SINGLE = 256 * 1024;
    private static final long IDLE_LIMIT_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final FileChannel from;
    private final ChannelReader reader;
    private final ChannelWriter writer;
    private final EvBuffer loaded;
    private final EvBuffer arrived;
    private final EvBufferStats stats = new EvBufferStats();
    private final EventBase base;
    private boolean allRead;
    private boolean allBack;
    private @Nullable Throwable failure;

    private RoundTrip(final EventBase base, final FileChannel from, final FileChannel to) {
        this.base = base;
        this.from = from;
        reader = new ChannelReader(from);
        writer = new ChannelWriter(to);
        loaded = counted(new EvBuffer(base.pool()));
        loaded.maxRead(MAX_SINGLE);
        arrived = counted(new EvBuffer(base.pool()));
        base.errorHandler((source, thrown) -> fail(thrown));
    }

    private EvBuffer counted(final EvBuffer buffer) {
        buffer.stats(stats);
        return buffer;
    }

    /**
     * What it took.
     *
     * @param bytes of the source file, each of which went both ways.
     * @param nanos from connecting to the last write.
     * @param reads calls that read the source file.
     * @param writes calls that wrote the target file.
     * @param copied bytes that any buffer of either side copied.
     * @param moved bytes that changed hands between buffers of either side without a copy.
     * @param peakMemory the most that both pools had mapped.
     * @param liveSegments segments that nobody gave back: a leak, unless 0.
     */
    record Result(
            long bytes,
            long nanos,
            long reads,
            long writes,
            long copied,
            long moved,
            long peakMemory,
            long liveSegments) {}

    /**
     * Sends {@code source} round and writes it to {@code target}, which is created or overwritten.
     *
     * @throws IOException if a file or the connection fails; the cause says more.
     */
    static Result run(final Path source, final Path target) throws IOException {
        try (SlabPool pool =
                        SlabPool.builder().name("client").limit(MEMORY_LIMIT).build();
                EchoThread echo = new EchoThread(MEMORY_LIMIT);
                FileChannel from = FileChannel.open(source, StandardOpenOption.READ);
                FileChannel to = FileChannel.open(
                        target,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING)) {
            final RoundTrip trip;
            final long nanos;
            try (EventBase base = EventBase.open(EventConfig.create().pool(pool))) {
                trip = new RoundTrip(base, from, to);
                final long start = System.nanoTime();
                trip.go(new InetSocketAddress(InetAddress.getLoopbackAddress(), echo.port()));
                nanos = System.nanoTime() - start;
            }
            echo.stop();
            final PoolStats mine = pool.stats();
            return new Result(
                    from.position(),
                    nanos,
                    trip.reader.reads(),
                    trip.writer.writes(),
                    trip.stats.copied() + echo.stats().copied(),
                    trip.stats.moved() + echo.stats().moved(),
                    mine.peakBytesMapped() + echo.peakMemory(),
                    mine.segmentsInUse() + echo.liveSegments());
        }
    }

    private void go(final InetSocketAddress server) throws IOException {
        try (loaded;
                arrived;
                SocketBufferEvent connection = SocketBufferEvent.create(base, null, Options.CLOSE_ON_FREE)) {
            counted(connection.input());
            counted(connection.output());
            connection.maxSingleRead(MAX_SINGLE);
            connection.maxSingleWrite((int) HIGH);
            connection.setWatermark(Directions.WRITE, LOW, 0);
            connection.setTimeouts(IDLE_LIMIT_NANOS, IDLE_LIMIT_NANOS);
            connection.setCallbacks(
                    this::store, source -> send(connection), (source, what, cause) -> told(connection, what, cause));
            connection.connect(server);
            base.dispatch();
        }
        if (failure != null) throw new IOException("the round trip failed: " + failure, failure);
        if (!allBack) throw new IOException("the round trip ended early, " + from.position() + " bytes were read");
    }

    private void told(final SocketBufferEvent connection, final EventFlags what, final @Nullable Throwable cause)
            throws IOException {
        if (what.has(EventFlags.CONNECTED)) {
            connection.enable(Directions.READ);
            send(connection);
        } else if (what.has(EventFlags.EOF)) {
            storeAll();
            allBack = allRead;
            base.loopExit();
        } else {
            fail(cause != null ? cause : new IOException(what.toString()));
        }
    }

    /** The output is at or below the low mark. */
    private void send(final SocketBufferEvent connection) throws IOException {
        while (!allRead && connection.output().length() < HIGH) {
            if (reader.read(loaded) == ScatterSource.END_OF_STREAM) {
                allRead = true;
                loaded.trim();
                connection.shutdownOutput();
            } else {
                connection.writeBuffer(loaded);
            }
        }
    }

    private void store(final BufferEvent connection) throws IOException {
        arrived.addBuffer(connection.input());
        if (arrived.length() >= STORE_AT) storeAll();
    }

    private void storeAll() throws IOException {
        while (!arrived.isEmpty()) writer.write(arrived);
    }

    private void fail(final Throwable cause) {
        if (failure == null) failure = cause;
        base.loopBreak();
    }
}
