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
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import okio.Buffer;
import okio.Okio;
import okio.Sink;
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
 * Cost of writing what lies in 1, 16, 64 or 1024 pieces of {@value #PIECE} bytes to {@code /dev/null}: all that a gathering
 * write costs on this side of the kernel, and the system call itself.
 *
 * <p>Measured: the pieces, which are there already and stay, are put into an output buffer and written by one call; mean ns
 * per call. Ours shares the segments of a source, Netty retains duplicates in a composite, NIO is an array of byte buffers,
 * rewound. Okio copies the pieces into its segments.
 * Not measured: what a device or a socket does with the bytes.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class NullWriteBenchmark {
    /** Bytes of a piece. */
    public static final int PIECE = 128;

    private static final Path NULL = Path.of("/dev/null");

    @Benchmark
    public long evbuffer(final OurNullWrite work) throws IOException {
        return work.write();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION})
    public long nettyAdaptive(final NettyAdaptiveNullWrite work) throws IOException {
        return work.write();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION, NettyJvm.UNSAFE})
    public long nettyAdaptiveUnsafe(final NettyAdaptiveNullWrite work) throws IOException {
        return work.write();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION})
    public long nettyPooled(final NettyPooledNullWrite work) throws IOException {
        return work.write();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION, NettyJvm.UNSAFE})
    public long nettyPooledUnsafe(final NettyPooledNullWrite work) throws IOException {
        return work.write();
    }

    @Benchmark
    public long okio(final OkioNullWrite work) throws IOException {
        return work.write();
    }

    @Benchmark
    public long nio(final NioNullWrite work) throws IOException {
        return work.write();
    }

    /** The work, the same for all. */
    @State(Scope.Thread)
    public abstract static class NullWrite {
        @Param({"1", "16", "64", "1024"})
        public int chains;

        FileChannel file;

        /** With {@code /dev/null} as the file. */
        NullWrite() {
            try {
                file = FileChannel.open(NULL, StandardOpenOption.WRITE);
            } catch (final IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** Makes the pieces. */
        @Setup
        public final void start() throws IOException {
            cut(Bytes.pattern(chains * PIECE));
        }

        /** For the comparison in tests: writes to another file from now on. */
        final void redirect(final FileChannel to) throws IOException {
            file.close();
            file = to;
        }

        /** Cuts bytes into pieces that stay. */
        abstract void cut(byte[] bytes) throws IOException;

        /** Puts all pieces into the output and writes them; their bytes. */
        abstract long write() throws IOException;

        @TearDown
        public void close() throws IOException {
            file.close();
        }
    }

    public static class OurNullWrite extends NullWrite {
        private final SlabPool pool = new SlabPool();
        private final EvBuffer source = new EvBuffer(pool);
        private final EvBuffer output = new EvBuffer(pool);
        private final EvIovec vectors = new EvIovec(ChannelWriter.MAX_VECTORS);
        private ChannelWriter writer = new ChannelWriter(GatherSink.of(file), vectors);

        @Override
        void cut(final byte[] bytes) {
            writer = new ChannelWriter(GatherSink.of(file), vectors);
            for (int i = 0; i < chains; i++) {
                try (EvBuffer piece = new EvBuffer(pool)) {
                    piece.add(bytes, i * PIECE, PIECE);
                    source.addBuffer(piece);
                }
            }
        }

        @Override
        long write() throws IOException {
            output.addBufferReference(source);
            long written = writer.write(output);
            while (output.length() > 0) written += writer.write(output);
            return written;
        }

        @Override
        public void close() throws IOException {
            output.close();
            source.close();
            pool.close();
            super.close();
        }
    }

    abstract static class NettyNullWrite extends NullWrite {
        private final ByteBufAllocator allocator;
        private final CompositeByteBuf output;
        private ByteBuf[] pieces = {};

        NettyNullWrite(final ByteBufAllocator allocator) {
            this.allocator = allocator;
            output = allocator.compositeDirectBuffer(ChannelWriter.MAX_VECTORS);
        }

        @Override
        void cut(final byte[] bytes) {
            pieces = new ByteBuf[chains];
            for (int i = 0; i < chains; i++) {
                pieces[i] = allocator.directBuffer(PIECE).writeBytes(bytes, i * PIECE, PIECE);
            }
        }

        @Override
        long write() throws IOException {
            for (final ByteBuf piece : pieces) output.addComponent(true, piece.retainedDuplicate());
            long written = 0;
            while (output.isReadable()) written += output.readBytes(file, output.readableBytes());
            output.clear();
            output.discardReadComponents();
            output.removeComponents(0, output.numComponents());
            return written;
        }

        @Override
        public void close() throws IOException {
            output.release();
            for (final ByteBuf piece : pieces) piece.release();
            super.close();
        }
    }

    public static class NettyAdaptiveNullWrite extends NettyNullWrite {
        public NettyAdaptiveNullWrite() {
            super(new AdaptiveByteBufAllocator());
        }
    }

    public static class NettyPooledNullWrite extends NettyNullWrite {
        public NettyPooledNullWrite() {
            super(PooledByteBufAllocator.DEFAULT);
        }
    }

    public static class OkioNullWrite extends NullWrite {
        private final Buffer output = new Buffer();
        private Sink sink = Okio.sink(Channels.newOutputStream(file));
        private byte[] source = {};

        @Override
        void cut(final byte[] bytes) {
            sink = Okio.sink(Channels.newOutputStream(file));
            source = bytes;
        }

        @Override
        long write() throws IOException {
            for (int i = 0; i < chains; i++) output.write(source, i * PIECE, PIECE);
            final long length = output.size();
            sink.write(output, length);
            return length;
        }
    }

    public static class NioNullWrite extends NullWrite {
        private ByteBuffer[] pieces = {};

        @Override
        void cut(final byte[] bytes) {
            pieces = new ByteBuffer[chains];
            Arrays.setAll(pieces, i -> ByteBuffer.allocateDirect(PIECE).put(bytes, i * PIECE, PIECE));
        }

        @Override
        long write() throws IOException {
            for (final ByteBuffer piece : pieces) piece.clear();
            if (pieces.length == 1) return file.write(pieces[0]);
            long written = file.write(pieces);
            while (pieces[pieces.length - 1].hasRemaining()) written += file.write(pieces);
            return written;
        }
    }
}
