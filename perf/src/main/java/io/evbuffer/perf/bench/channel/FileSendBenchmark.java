package io.evbuffer.perf.bench.channel;

import io.evbuffer.EvBuffer;
import io.evbuffer.channel.ChannelWriter;
import io.evbuffer.channel.FileSegment;
import io.evbuffer.memory.SlabPool;
import io.evbuffer.perf.bench.Bytes;
import io.evbuffer.perf.bench.NettyJvm;
import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.DefaultFileRegion;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import okio.Buffer;
import okio.Okio;
import okio.Sink;
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
 * Cost of sending a header of {@value #HEADER} bytes and a file of 4 KiB to 16 MiB to a socket.
 *
 * <p>Measured: header and file are put into an output buffer, which is flushed until the kernel has taken all, while the
 * harness takes the bytes from the other end, as expensive for all; mean ns for all of that. The file stays open and is in
 * the system's cache. Ours is a file segment behind the header, Netty's a file region in its channel's outbound buffer, on
 * an event loop that this thread runs; NIO is a write and {@code transferTo}; all three end in {@code sendfile}. Okio reads
 * the file and copies it to its socket's stream.
 * Not measured: opening the file, disks.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class FileSendBenchmark {
    /** Bytes of the header. */
    public static final int HEADER = 200;

    @Benchmark
    public long evbuffer(final OurFileSend work) throws IOException {
        return work.send();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION})
    public long nettyAdaptive(final NettyAdaptiveFileSend work) throws IOException {
        return work.send();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION, NettyJvm.UNSAFE})
    public long nettyAdaptiveUnsafe(final NettyAdaptiveFileSend work) throws IOException {
        return work.send();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION})
    public long nettyPooled(final NettyPooledFileSend work) throws IOException {
        return work.send();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION, NettyJvm.UNSAFE})
    public long nettyPooledUnsafe(final NettyPooledFileSend work) throws IOException {
        return work.send();
    }

    @Benchmark
    public long okio(final OkioFileSend work) throws IOException {
        return work.send();
    }

    @Benchmark
    public long nio(final NioFileSend work) throws IOException {
        return work.send();
    }

    /** The work, the same for all. */
    @State(Scope.Thread)
    public abstract static class FileSend {
        @Param({"4096", "65536", "1048576", "16777216"})
        public int bytes;

        private @Nullable Path path;
        private @Nullable FileChannel file;
        private @Nullable FarEnd far;

        /** Makes and opens the file, and connects. */
        @Setup
        public final void start() throws IOException {
            path = Files.createTempFile("evbuffer-file-send-", ".bin");
            Files.write(path, Bytes.pattern(bytes));
            file = FileChannel.open(path, StandardOpenOption.READ);
            far = connect(Bytes.letters(0, HEADER), file);
        }

        /** Sends header and file and has them taken; their bytes. */
        final long send() throws IOException {
            final FarEnd taker = farEnd();
            final long total = HEADER + (long) bytes;
            add();
            boolean sent = flush();
            long taken = 0;
            while (taken < total) {
                if (!sent) sent = flush();
                taken += taker.take();
            }
            return taken;
        }

        /** For the comparison in tests, of a file that the socket has room for. */
        final byte[] content() throws IOException {
            final byte[] content = new byte[HEADER + bytes];
            add();
            boolean sent = flush();
            while (!sent) sent = flush();
            farEnd().take(content);
            return content;
        }

        private FarEnd farEnd() {
            if (far == null) throw new IllegalStateException("not started");
            return far;
        }

        /** Connects. The header's bytes and the file stay as they are. */
        abstract FarEnd connect(byte[] header, FileChannel file) throws IOException;

        /** Puts header and file into the output. */
        abstract void add() throws IOException;

        /** Sends what the kernel takes, or some of it; whether that is all there was. */
        abstract boolean flush() throws IOException;

        /** Ends what {@link #connect} began. */
        abstract void disconnect() throws IOException;

        @TearDown
        public final void close() throws IOException {
            disconnect();
            if (file != null) file.close();
            if (path != null) Files.delete(path);
        }
    }

    public static class OurFileSend extends FileSend {
        private final Connection connection = new Connection(false);
        private final SlabPool pool = new SlabPool();
        private final EvBuffer output = new EvBuffer(pool);
        private final ChannelWriter writer = new ChannelWriter(connection.near);
        private byte[] header = {};
        private @Nullable FileSegment segment;

        @Override
        FarEnd connect(final byte[] headerBytes, final FileChannel file) throws IOException {
            header = headerBytes;
            segment = new FileSegment(file, 0, FileSegment.TO_THE_END, Set.of());
            output.drainsToFd(true);
            return connection.far;
        }

        @Override
        void add() throws IOException {
            if (segment == null) throw new IllegalStateException("not started");
            output.add(header, 0, header.length);
            segment.addTo(output);
        }

        @Override
        boolean flush() throws IOException {
            while (output.length() > 0) {
                if (writer.write(output) == 0) return false;
            }
            return true;
        }

        @Override
        void disconnect() {
            output.close();
            if (segment != null) segment.close();
            pool.close();
            connection.close();
        }
    }

    abstract static class NettyFileSend extends FileSend {
        private final ByteBufAllocator allocator;
        private @Nullable NettyConnection connection;
        private @Nullable FileChannel file;
        private byte[] header = {};

        NettyFileSend(final ByteBufAllocator allocator) {
            this.allocator = allocator;
        }

        @Override
        FarEnd connect(final byte[] headerBytes, final FileChannel channel) {
            header = headerBytes;
            file = channel;
            connection = new NettyConnection(allocator);
            return connection.far;
        }

        private NettyConnection connection() {
            if (connection == null) throw new IllegalStateException("not started");
            return connection;
        }

        @Override
        void add() {
            final ByteBuf bytesBefore = allocator.directBuffer(header.length).writeBytes(header);
            connection().write(bytesBefore);
            connection().write(new OpenFile(file, bytes));
        }

        @Override
        boolean flush() {
            return connection().flush();
        }

        @Override
        void disconnect() {
            connection().close();
        }

        /** A region of a file that stays open: Netty's own would close it, and open it again for the next one. */
        private static final class OpenFile extends DefaultFileRegion {
            OpenFile(final @Nullable FileChannel file, final long length) {
                super(file, 0, length);
            }

            @Override
            protected void deallocate() {}
        }
    }

    public static class NettyAdaptiveFileSend extends NettyFileSend {
        public NettyAdaptiveFileSend() {
            super(new AdaptiveByteBufAllocator());
        }
    }

    public static class NettyPooledFileSend extends NettyFileSend {
        public NettyPooledFileSend() {
            super(PooledByteBufAllocator.DEFAULT);
        }
    }

    public static class OkioFileSend extends FileSend {
        /** As much as the socket surely has room for: a blocking stream says nothing else. */
        private static final int STEP = 256 * 1024;

        private final Connection connection = new Connection(true);
        private final Buffer output = new Buffer();
        private Sink sink = Okio.blackhole();
        private byte[] header = {};
        private @Nullable FileChannel file;
        private @Nullable Source source;

        @Override
        FarEnd connect(final byte[] headerBytes, final FileChannel channel) throws IOException {
            header = headerBytes;
            file = channel;
            sink = Okio.sink(connection.near.socket());
            return connection.far;
        }

        @Override
        void add() throws IOException {
            if (file == null) throw new IllegalStateException("not started");
            file.position(0);
            source = Okio.source(Channels.newInputStream(file));
            output.write(header);
        }

        @Override
        boolean flush() throws IOException {
            if (source == null) throw new IllegalStateException("nothing was added");
            boolean ended = false;
            while (!ended && output.size() < STEP) ended = source.read(output, STEP) < 0;
            sink.write(output, output.size());
            sink.flush();
            return ended;
        }

        @Override
        void disconnect() {
            connection.close();
        }
    }

    public static class NioFileSend extends FileSend {
        private final Connection connection = new Connection(false);
        private final ByteBuffer header = ByteBuffer.allocateDirect(HEADER);
        private @Nullable FileChannel file;
        private long position;

        @Override
        FarEnd connect(final byte[] headerBytes, final FileChannel channel) {
            header.put(headerBytes);
            file = channel;
            return connection.far;
        }

        @Override
        void add() {
            header.clear();
            position = 0;
        }

        @Override
        boolean flush() throws IOException {
            if (file == null) throw new IllegalStateException("not started");
            if (header.hasRemaining()) connection.near.write(header);
            if (header.hasRemaining()) return false;
            position += file.transferTo(position, bytes - position, connection.near);
            return position == bytes;
        }

        @Override
        void disconnect() {
            connection.close();
        }
    }
}
