package io.evbuffer.perf.bench.channel;

import io.evbuffer.EvBuffer;
import io.evbuffer.EvIovec;
import io.evbuffer.channel.ChannelWriter;
import io.evbuffer.channel.GatherSink;
import io.evbuffer.memory.SlabPool;
import io.evbuffer.perf.bench.Bytes;
import io.evbuffer.perf.bench.NettyJvm;
import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import okio.Buffer;
import okio.Okio;
import okio.Sink;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Cost of sending what lies in 1, 16, 64 or 1024 pieces of {@value #PIECE} bytes to a socket in one gathering write.
 *
 * <p>Measured: the pieces, which are there already and stay, are put into an output buffer, it is flushed, and the harness
 * takes the bytes from the other end, as expensive for all; mean ns per flush. Ours shares the segments of a source, Netty
 * retains slices and hands each to its channel's outbound buffer, on an event loop that this thread runs; NIO is an array
 * of byte buffers, rewound. Okio copies the pieces into its segments, and these once more into its socket's stream.
 * Not measured: a socket without room, several flushes at once.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class SocketWriteBenchmark {
    /** Bytes of a piece. */
    public static final int PIECE = 128;

    @Benchmark
    public long evbuffer(final OurSocketWrite work) throws IOException {
        return work.send();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION})
    public long nettyAdaptive(final NettyAdaptiveSocketWrite work) throws IOException {
        return work.send();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION, NettyJvm.UNSAFE})
    public long nettyAdaptiveUnsafe(final NettyAdaptiveSocketWrite work) throws IOException {
        return work.send();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION})
    public long nettyPooled(final NettyPooledSocketWrite work) throws IOException {
        return work.send();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION, NettyJvm.UNSAFE})
    public long nettyPooledUnsafe(final NettyPooledSocketWrite work) throws IOException {
        return work.send();
    }

    @Benchmark
    public long okio(final OkioSocketWrite work) throws IOException {
        return work.send();
    }

    @Benchmark
    public long nio(final NioSocketWrite work) throws IOException {
        return work.send();
    }

    /** The work, the same for all. */
    @State(Scope.Thread)
    public abstract static class SocketWrite {
        @Param({"1", "16", "64", "1024"})
        public int chains;

        private @Nullable FarEnd far;

        /** Connects and makes the pieces. */
        @Setup
        public final void start() throws IOException {
            far = connect(Bytes.pattern(chains * PIECE));
        }

        /** Sends all pieces and has them taken; their bytes. */
        final long send() throws IOException {
            final FarEnd taker = farEnd();
            final long total = (long) chains * PIECE;
            add();
            boolean sent = flush();
            long taken = 0;
            while (taken < total) {
                if (!sent) sent = flush();
                taken += taker.take();
            }
            return taken;
        }

        /** For the comparison in tests. */
        final byte[] content() throws IOException {
            final byte[] bytes = new byte[chains * PIECE];
            add();
            boolean sent = flush();
            while (!sent) sent = flush();
            farEnd().take(bytes);
            return bytes;
        }

        private FarEnd farEnd() {
            if (far == null) throw new IllegalStateException("not started");
            return far;
        }

        /** Connects, and cuts bytes into pieces that stay. */
        abstract FarEnd connect(byte[] bytes) throws IOException;

        /** Puts all pieces into the output. */
        abstract void add() throws IOException;

        /** Sends what the kernel takes; whether that is all there was. */
        abstract boolean flush() throws IOException;

        @TearDown
        public abstract void close() throws IOException;
    }

    /** All that have a channel of NIO's. */
    abstract static class Connected extends SocketWrite {
        private final Connection connection;

        Connected(final boolean blocking) {
            connection = new Connection(blocking);
        }

        final Connection connection() {
            return connection;
        }

        @Override
        public void close() throws IOException {
            connection.close();
        }
    }

    public static class OurSocketWrite extends Connected {
        private final SlabPool pool = new SlabPool();
        private final EvBuffer source = new EvBuffer(pool);
        private final EvBuffer output = new EvBuffer(pool);
        private final ChannelWriter writer =
                new ChannelWriter(GatherSink.of(connection().near), new EvIovec(ChannelWriter.MAX_VECTORS));

        public OurSocketWrite() {
            super(false);
        }

        @Override
        FarEnd connect(final byte[] bytes) {
            for (int i = 0; i < chains; i++) {
                try (EvBuffer piece = new EvBuffer(pool)) {
                    piece.add(bytes, i * PIECE, PIECE);
                    source.addBuffer(piece);
                }
            }
            return connection().far;
        }

        @Override
        void add() {
            output.addBufferReference(source);
        }

        @Override
        boolean flush() throws IOException {
            writer.write(output);
            return output.length() == 0;
        }

        @Override
        public void close() throws IOException {
            output.close();
            source.close();
            pool.close();
            super.close();
        }
    }

    abstract static class NettySocketWrite extends SocketWrite {
        private final ByteBufAllocator allocator;
        private @Nullable NettyConnection connection;
        private ByteBuf[] pieces = {};

        NettySocketWrite(final ByteBufAllocator allocator) {
            this.allocator = allocator;
        }

        @Override
        FarEnd connect(final byte[] bytes) {
            pieces = new ByteBuf[chains];
            for (int i = 0; i < chains; i++) {
                pieces[i] = allocator.directBuffer(PIECE).writeBytes(bytes, i * PIECE, PIECE);
            }
            connection = new NettyConnection(allocator);
            return connection.far;
        }

        private NettyConnection connection() {
            if (connection == null) throw new IllegalStateException("not started");
            return connection;
        }

        @Override
        void add() {
            final NettyConnection to = connection();
            for (final ByteBuf piece : pieces) to.write(piece.retainedDuplicate());
        }

        @Override
        boolean flush() {
            return connection().flush();
        }

        @Override
        public void close() {
            connection().close();
            for (final ByteBuf piece : pieces) piece.release();
        }
    }

    public static class NettyAdaptiveSocketWrite extends NettySocketWrite {
        public NettyAdaptiveSocketWrite() {
            super(new AdaptiveByteBufAllocator());
        }
    }

    public static class NettyPooledSocketWrite extends NettySocketWrite {
        public NettyPooledSocketWrite() {
            super(PooledByteBufAllocator.DEFAULT);
        }
    }

    public static class OkioSocketWrite extends Connected {
        private final Buffer output = new Buffer();
        private Sink sink = Okio.blackhole();
        private byte[] source = {};

        public OkioSocketWrite() {
            super(true);
        }

        @Override
        FarEnd connect(final byte[] bytes) throws IOException {
            sink = Okio.sink(connection().near.socket());
            source = bytes;
            return connection().far;
        }

        @Override
        void add() {
            for (int i = 0; i < chains; i++) output.write(source, i * PIECE, PIECE);
        }

        @Override
        boolean flush() throws IOException {
            sink.write(output, output.size());
            sink.flush();
            return true;
        }
    }

    public static class NioSocketWrite extends Connected {
        private ByteBuffer[] pieces = {};
        private int first;

        public NioSocketWrite() {
            super(false);
        }

        @Override
        FarEnd connect(final byte[] bytes) {
            pieces = new ByteBuffer[chains];
            Arrays.setAll(pieces, i -> ByteBuffer.allocateDirect(PIECE).put(bytes, i * PIECE, PIECE));
            return connection().far;
        }

        @Override
        void add() {
            for (final ByteBuffer piece : pieces) piece.clear();
            first = 0;
        }

        @Override
        boolean flush() throws IOException {
            if (pieces.length == 1) {
                connection().near.write(pieces[0]);
            } else {
                connection().near.write(pieces, first, pieces.length - first);
            }
            while (first < pieces.length && !pieces[first].hasRemaining()) first++;
            return first == pieces.length;
        }
    }
}
