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
 * Cost of writing 1, 16, 64 or 1024 pieces, each in memory of its own, to {@code /dev/null} in one gathering write: all that
 * one costs on this side of the kernel, and the system call itself.
 *
 * <p>Measured: each piece is copied from an array to memory taken for it and put into an output buffer, which is written by
 * one call and gives the memory back; mean ns for all of that. Ours moves each piece from a buffer of its own to the output,
 * Netty adds a pooled buffer for each to a composite, NIO fills an array of direct buffers that stand ready. Okio has one
 * buffer, whose segments of 8 KiB are written one by one by way of arrays.
 * Not measured: what a device or a socket does with the bytes.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class NullWriteBenchmark {
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

        /** Bytes. For small pieces nobody needs chains of their own: all but NIO and Netty would put them into one. */
        @Param("1024")
        public int piece;

        FileChannel file;
        private byte[] source = {};

        /** With {@code /dev/null} as the file. */
        NullWrite() {
            try {
                file = FileChannel.open(NULL, StandardOpenOption.WRITE);
            } catch (final IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** Called once, when the numbers are known. */
        @Setup
        public final void start() throws IOException {
            source = Bytes.pattern(chains * piece);
            prepare();
        }

        /** For the comparison in tests: writes to another file from now on. */
        final void redirect(final FileChannel to) throws IOException {
            file.close();
            file = to;
        }

        final long write() throws IOException {
            return write(source);
        }

        /** Makes what is made once for a file. */
        abstract void prepare();

        /** Puts all pieces into the output, each copied to memory of its own, and writes them; their bytes. */
        abstract long write(byte[] bytes) throws IOException;

        @TearDown
        public void close() throws IOException {
            file.close();
        }
    }

    public static class OurNullWrite extends NullWrite {
        private final SlabPool pool = new SlabPool();
        private final EvBuffer one = new EvBuffer(pool);
        private final EvBuffer output = new EvBuffer(pool);
        private final EvIovec vectors = new EvIovec(ChannelWriter.MAX_VECTORS);
        private ChannelWriter writer = new ChannelWriter(GatherSink.of(file), vectors);

        @Override
        void prepare() {
            writer = new ChannelWriter(GatherSink.of(file), vectors);
        }

        @Override
        long write(final byte[] bytes) throws IOException {
            for (int i = 0; i < chains; i++) {
                one.add(bytes, i * piece, piece);
                output.addBuffer(one);
            }
            long written = writer.write(output);
            while (output.length() > 0) written += writer.write(output);
            return written;
        }

        @Override
        public void close() throws IOException {
            output.close();
            one.close();
            pool.close();
            super.close();
        }
    }

    abstract static class NettyNullWrite extends NullWrite {
        private final ByteBufAllocator allocator;
        private final CompositeByteBuf output;

        NettyNullWrite(final ByteBufAllocator allocator) {
            this.allocator = allocator;
            output = allocator.compositeDirectBuffer(ChannelWriter.MAX_VECTORS);
        }

        @Override
        void prepare() {}

        @Override
        long write(final byte[] bytes) throws IOException {
            for (int i = 0; i < chains; i++) {
                output.addComponent(true, allocator.directBuffer(piece).writeBytes(bytes, i * piece, piece));
            }
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

        @Override
        void prepare() {
            sink = Okio.sink(Channels.newOutputStream(file));
        }

        @Override
        long write(final byte[] bytes) throws IOException {
            for (int i = 0; i < chains; i++) output.write(bytes, i * piece, piece);
            final long length = output.size();
            sink.write(output, length);
            return length;
        }
    }

    public static class NioNullWrite extends NullWrite {
        private ByteBuffer[] pieces = {};

        @Override
        void prepare() {
            pieces = new ByteBuffer[chains];
            Arrays.setAll(pieces, i -> ByteBuffer.allocateDirect(piece));
        }

        @Override
        long write(final byte[] bytes) throws IOException {
            for (int i = 0; i < pieces.length; i++)
                pieces[i].clear().put(bytes, i * piece, piece).flip();
            if (pieces.length == 1) return file.write(pieces[0]);
            long written = file.write(pieces);
            while (pieces[pieces.length - 1].hasRemaining()) written += file.write(pieces);
            return written;
        }
    }
}
