package io.evbuffer.perf.bench.channel;

import io.evbuffer.EvBuffer;
import io.evbuffer.EvIovec;
import io.evbuffer.channel.ChannelWriter;
import io.evbuffer.channel.GatherSink;
import io.evbuffer.memory.SlabPool;
import io.evbuffer.perf.bench.Bytes;
import io.evbuffer.perf.bench.NettyJvm;
import io.netty.buffer.AdaptiveByteBufAllocator;
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
 * Cost of sending 1, 16, 64 or 1024 pieces, each in memory of its own, to a socket in one gathering write: answers that were
 * made one by one and leave together.
 *
 * <p>Measured: each piece is copied from an array to memory taken for it and put into an output buffer, which is flushed and
 * gives the memory back; the harness takes the bytes from the other end, as expensive for all; mean ns for all of that. Ours
 * moves each piece from a buffer of its own to the output. Netty hands a pooled buffer for each to its channel's outbound
 * buffer, on an event loop that this thread runs. NIO fills an array of direct buffers that stand ready. Okio has one buffer,
 * whose segments of 8 KiB are written one by one by way of arrays.
 * Not measured: a socket without room, several flushes at once.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class SocketWriteBenchmark {
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

        /** Bytes. For small pieces nobody needs chains of their own: all but NIO and Netty would put them into one. */
        @Param("1024")
        public int piece;

        private @Nullable FarEnd far;
        private byte[] source = {};

        /** Connects. */
        @Setup
        public final void start() throws IOException {
            source = Bytes.pattern(chains * piece);
            far = connect();
        }

        /** Sends all pieces and has them taken; their bytes. */
        final long send() throws IOException {
            final FarEnd taker = farEnd();
            final long total = source.length;
            add(source);
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
            final byte[] bytes = new byte[source.length];
            add(source);
            boolean sent = flush();
            while (!sent) sent = flush();
            farEnd().take(bytes);
            return bytes;
        }

        private FarEnd farEnd() {
            if (far == null) throw new IllegalStateException("not started");
            return far;
        }

        abstract FarEnd connect() throws IOException;

        /** Puts all pieces into the output, each copied to memory of its own. */
        abstract void add(byte[] bytes);

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
        private final EvBuffer one = new EvBuffer(pool);
        private final EvBuffer output = new EvBuffer(pool);
        private final ChannelWriter writer =
                new ChannelWriter(GatherSink.of(connection().near), new EvIovec(ChannelWriter.MAX_VECTORS));

        public OurSocketWrite() {
            super(false);
        }

        @Override
        FarEnd connect() {
            return connection().far;
        }

        @Override
        void add(final byte[] bytes) {
            for (int i = 0; i < chains; i++) {
                one.add(bytes, i * piece, piece);
                output.addBuffer(one);
            }
        }

        @Override
        boolean flush() throws IOException {
            writer.write(output);
            return output.length() == 0;
        }

        @Override
        public void close() throws IOException {
            output.close();
            one.close();
            pool.close();
            super.close();
        }
    }

    abstract static class NettySocketWrite extends SocketWrite {
        private final ByteBufAllocator allocator;
        private @Nullable NettyConnection connection;

        NettySocketWrite(final ByteBufAllocator allocator) {
            this.allocator = allocator;
        }

        @Override
        FarEnd connect() {
            connection = new NettyConnection(allocator);
            return connection.far;
        }

        private NettyConnection connection() {
            if (connection == null) throw new IllegalStateException("not started");
            return connection;
        }

        @Override
        void add(final byte[] bytes) {
            final NettyConnection to = connection();
            for (int i = 0; i < chains; i++) {
                to.write(allocator.directBuffer(piece).writeBytes(bytes, i * piece, piece));
            }
        }

        @Override
        boolean flush() {
            return connection().flush();
        }

        @Override
        public void close() {
            connection().close();
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

        public OkioSocketWrite() {
            super(true);
        }

        @Override
        FarEnd connect() throws IOException {
            sink = Okio.sink(connection().near.socket());
            return connection().far;
        }

        @Override
        void add(final byte[] bytes) {
            for (int i = 0; i < chains; i++) output.write(bytes, i * piece, piece);
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
        FarEnd connect() {
            pieces = new ByteBuffer[chains];
            Arrays.setAll(pieces, i -> ByteBuffer.allocateDirect(piece));
            return connection().far;
        }

        @Override
        void add(final byte[] bytes) {
            for (int i = 0; i < pieces.length; i++)
                pieces[i].clear().put(bytes, i * piece, piece).flip();
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
