package io.evbuffer.perf.bench.channel;

import io.evbuffer.EvBuffer;
import io.evbuffer.EvIovec;
import io.evbuffer.channel.ChannelReader;
import io.evbuffer.channel.ScatterSource;
import io.evbuffer.memory.SlabPool;
import io.evbuffer.perf.bench.Bytes;
import io.evbuffer.perf.bench.NettyJvm;
import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import okio.Buffer;
import okio.Okio;
import okio.Source;
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
 * Cost of reading what waits in a socket, 1, 2 or 8 times {@value #PIECE} bytes, and letting go of it.
 *
 * <p>Measured: the harness sends the bytes, as expensive for all; they are read into a buffer and dropped; mean ns for all
 * of that. Ours reads into as many chains by one scattering read. Netty reads into one pooled buffer of the whole size, as
 * its channels do; NIO into an array of byte buffers that stand ready. Okio reads 8 KiB at a time from its socket's stream.
 * Not measured: waiting for bytes, sizes that are not known in advance.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class ScatterReadBenchmark {
    /** Bytes of a chain. */
    public static final int PIECE = 65_536;

    @Benchmark
    public long evbuffer(final OurScatterRead work) throws IOException {
        return work.read();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION})
    public long nettyAdaptive(final NettyAdaptiveScatterRead work) throws IOException {
        return work.read();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION, NettyJvm.UNSAFE})
    public long nettyAdaptiveUnsafe(final NettyAdaptiveScatterRead work) throws IOException {
        return work.read();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION})
    public long nettyPooled(final NettyPooledScatterRead work) throws IOException {
        return work.read();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION, NettyJvm.UNSAFE})
    public long nettyPooledUnsafe(final NettyPooledScatterRead work) throws IOException {
        return work.read();
    }

    @Benchmark
    public long okio(final OkioScatterRead work) throws IOException {
        return work.read();
    }

    @Benchmark
    public long nio(final NioScatterRead work) throws IOException {
        return work.read();
    }

    /** The work, the same for all. */
    @State(Scope.Thread)
    public abstract static class ScatterRead {
        @Param({"1", "2", "8"})
        public int chains;

        private @Nullable Connection connection;

        /** Connects. */
        @Setup
        public final void start() throws IOException {
            connection = new Connection(blocks());
            connection.far.content(Bytes.pattern(chains * PIECE));
            prepare(connection);
        }

        /** Has the bytes sent and reads them; how many there were. */
        final long read() throws IOException {
            receive();
            return drop();
        }

        /** For the comparison in tests. */
        final byte[] received() throws IOException {
            receive();
            final byte[] content = content();
            drop();
            return content;
        }

        private void receive() throws IOException {
            if (connection == null) throw new IllegalStateException("not started");
            final int total = chains * PIECE;
            connection.far.give(total);
            receive(total);
        }

        /** Whether the channel blocks. */
        boolean blocks() {
            return false;
        }

        /** Makes what is made once for a connection. */
        abstract void prepare(Connection to) throws IOException;

        /** Reads until there are that many bytes. */
        abstract void receive(int total) throws IOException;

        /** What was read. */
        abstract byte[] content();

        /** Lets go of what was read; how many bytes that was. */
        abstract long drop();

        @TearDown
        public void close() {
            if (connection != null) connection.close();
        }
    }

    public static class OurScatterRead extends ScatterRead {
        private final SlabPool pool = new SlabPool();
        private final EvBuffer input = new EvBuffer(pool);
        private @Nullable ChannelReader reader;

        @Override
        void prepare(final Connection to) {
            input.maxRead(chains * PIECE);
            reader = new ChannelReader(ScatterSource.of(to.near), new EvIovec(chains));
        }

        @Override
        void receive(final int total) throws IOException {
            if (reader == null) throw new IllegalStateException("not started");
            while (input.length() < total) reader.read(input, total - input.length());
        }

        @Override
        byte[] content() {
            final byte[] bytes = new byte[(int) input.length()];
            input.copyOut(bytes, 0, bytes.length);
            return bytes;
        }

        @Override
        long drop() {
            return input.drain(input.length());
        }

        @Override
        public void close() {
            input.close();
            pool.close();
            super.close();
        }
    }

    abstract static class NettyScatterRead extends ScatterRead {
        private final ByteBufAllocator allocator;
        private @Nullable Connection connection;
        private @Nullable ByteBuf input;

        NettyScatterRead(final ByteBufAllocator allocator) {
            this.allocator = allocator;
        }

        @Override
        void prepare(final Connection to) {
            connection = to;
        }

        @Override
        void receive(final int total) throws IOException {
            if (connection == null) throw new IllegalStateException("not started");
            final ByteBuf bytes = allocator.directBuffer(total);
            while (bytes.isWritable()) bytes.writeBytes(connection.near, bytes.writableBytes());
            input = bytes;
        }

        private ByteBuf input() {
            if (input == null) throw new IllegalStateException("nothing was read");
            return input;
        }

        @Override
        byte[] content() {
            return ByteBufUtil.getBytes(input());
        }

        @Override
        long drop() {
            final ByteBuf read = input();
            final long length = read.readableBytes();
            read.release();
            return length;
        }
    }

    public static class NettyAdaptiveScatterRead extends NettyScatterRead {
        public NettyAdaptiveScatterRead() {
            super(new AdaptiveByteBufAllocator());
        }
    }

    public static class NettyPooledScatterRead extends NettyScatterRead {
        public NettyPooledScatterRead() {
            super(PooledByteBufAllocator.DEFAULT);
        }
    }

    public static class OkioScatterRead extends ScatterRead {
        private final Buffer input = new Buffer();
        private @Nullable Source source;

        @Override
        boolean blocks() {
            return true;
        }

        @Override
        void prepare(final Connection to) throws IOException {
            source = Okio.source(to.near.socket());
        }

        @Override
        void receive(final int total) throws IOException {
            if (source == null) throw new IllegalStateException("not started");
            while (input.size() < total) source.read(input, total - input.size());
        }

        @Override
        byte[] content() {
            return input.snapshot().toByteArray();
        }

        @Override
        long drop() {
            final long length = input.size();
            input.clear();
            return length;
        }
    }

    public static class NioScatterRead extends ScatterRead {
        private @Nullable Connection connection;
        private ByteBuffer[] input = {};

        @Override
        void prepare(final Connection to) {
            connection = to;
            input = new ByteBuffer[chains];
            for (int i = 0; i < chains; i++) input[i] = ByteBuffer.allocateDirect(PIECE);
        }

        @Override
        void receive(final int total) throws IOException {
            if (connection == null) throw new IllegalStateException("not started");
            final ByteBuffer last = input[input.length - 1];
            while (last.hasRemaining()) {
                if (input.length == 1) {
                    connection.near.read(last);
                } else {
                    connection.near.read(input);
                }
            }
        }

        @Override
        byte[] content() {
            final byte[] bytes = new byte[chains * PIECE];
            for (int i = 0; i < chains; i++) input[i].get(0, bytes, i * PIECE, PIECE);
            return bytes;
        }

        @Override
        long drop() {
            long length = 0;
            for (final ByteBuffer piece : input) {
                length += piece.position();
                piece.clear();
            }
            return length;
        }
    }
}
