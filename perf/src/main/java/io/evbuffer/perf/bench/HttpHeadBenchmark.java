package io.evbuffer.perf.bench;

import io.evbuffer.EolStyle;
import io.evbuffer.EvBuffer;
import io.evbuffer.memory.SlabPool;
import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.vertx.core.parsetools.RecordParser;
import java.io.EOFException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import okio.Buffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Cost of the head of an HTTP request, about 500 bytes in 12 lines, read line by line as it arrives, by the length of the
 * fragments in which the requests come one after the other.
 *
 * <p>Measured: {@value #HEADS} heads in, their lines found and read into an array of the caller's, without their CR LF, after
 * each fragment as many as are complete; mean ns per head for all, the copy from an array in the system's place too.
 * Everybody remembers how far it has looked. Netty cumulates reads as its decoders do, Vert.x has its {@code RecordParser},
 * which makes a buffer of each line; Okio, Netty and NIO find the LF and then read as many bytes. NIO has one direct buffer
 * that could not grow.
 * Not measured: the meaning of a line, limits to its length, pool misses ({@code -prof gc} must show 0 B/op for ours).
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(HttpHeadBenchmark.HEADS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class HttpHeadBenchmark {
    /** Requests between two times at which the buffer is empty: 32 KiB. */
    public static final int HEADS = 64;

    /** Bytes of the longest line, and more. */
    static final int LONGEST_LINE = 256;

    private static final byte LF = '\n';
    private static final byte CR = '\r';
    private static final int NONE = -1;

    private static final String HEAD = """
            GET /library/books/NN/chapters?from=1&to=20 HTTP/1.1
            Host: www.example.org
            User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0
            Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8
            Accept-Language: en-GB,en;q=0.7,de;q=0.3
            Accept-Encoding: gzip, deflate, br
            Referer: https://www.example.org/library/
            Cookie: session=5d41402abc4b2a76b9719d911017c592
            Connection: keep-alive
            Upgrade-Insecure-Requests: 1
            Cache-Control: max-age=0

            """;

    @Benchmark
    public long evbuffer(final OurHttpHead work) {
        return work.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION})
    public long nettyAdaptive(final NettyAdaptiveHttpHead work) {
        return work.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION, NettyJvm.UNSAFE})
    public long nettyAdaptiveUnsafe(final NettyAdaptiveHttpHead work) {
        return work.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION})
    public long nettyPooled(final NettyPooledHttpHead work) {
        return work.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION, NettyJvm.UNSAFE})
    public long nettyPooledUnsafe(final NettyPooledHttpHead work) {
        return work.pass();
    }

    @Benchmark
    public long okio(final OkioHttpHead work) {
        return work.pass();
    }

    @Benchmark
    public long vertx(final VertxHttpHead work) {
        return work.pass();
    }

    @Benchmark
    public long nio(final NioHttpHead work) {
        return work.pass();
    }

    /** The work, the same for all. */
    @State(Scope.Thread)
    public abstract static class HttpHead {
        @Param({"1", "7", "1460", "16384"})
        public int fragment = 1460;

        private final byte[] stream = stream();
        private final byte[] line = new byte[LONGEST_LINE];

        private static byte[] stream() {
            final StringBuilder text = new StringBuilder();
            for (int i = 0; i < HEADS; i++)
                text.append(HEAD.replace("NN", Integer.toString(10 + i)).replace("\n", "\r\n"));
            return text.toString().getBytes(StandardCharsets.US_ASCII);
        }

        /** Called once, when the fragment is known. */
        @Setup
        public void prepare() {}

        /** All heads in and out; a checksum that knows their order. */
        final long pass() {
            long sum = 0;
            for (int at = 0; at < stream.length; at += fragment) {
                add(stream, at, Math.min(fragment, stream.length - at));
                for (int length = readLine(line); length != NONE; length = readLine(line)) {
                    sum = 31 * sum + length + line[0];
                }
                done();
            }
            return sum;
        }

        /** All heads, one after the other. */
        final byte[] bytes() {
            return stream;
        }

        abstract void add(byte[] source, int offset, int length);

        /** Removes the first line and returns its length without its end; -1 if there is none. */
        abstract int readLine(byte[] target);

        /** All lines of a fragment are out. */
        void done() {}

        @TearDown
        public abstract void close();
    }

    public static class OurHttpHead extends HttpHead {
        private final SlabPool pool = new SlabPool();
        private final EvBuffer buffer = new EvBuffer(pool);

        @Override
        void add(final byte[] source, final int offset, final int length) {
            buffer.add(source, offset, length);
        }

        @Override
        int readLine(final byte[] target) {
            return buffer.readLine(EolStyle.CRLF, target, 0, target.length);
        }

        @Override
        public void close() {
            buffer.close();
            pool.close();
        }
    }

    abstract static class NettyHttpHead extends HttpHead {
        private final NettyCumulation input;
        private ByteBuf bytes = Unpooled.EMPTY_BUFFER;
        private int looked; // bytes behind the reader index without an LF

        NettyHttpHead(final ByteBufAllocator allocator) {
            input = new NettyCumulation(allocator);
        }

        @Override
        void add(final byte[] source, final int offset, final int length) {
            bytes = input.add(source, offset, length);
        }

        /** As its {@code LineBasedFrameDecoder} does. */
        @Override
        int readLine(final byte[] target) {
            final int start = bytes.readerIndex();
            final int end = bytes.indexOf(start + looked, bytes.writerIndex(), LF);
            if (end < 0) {
                looked = bytes.readableBytes();
                return NONE;
            }
            looked = 0;
            final int length = end > start && bytes.getByte(end - 1) == CR ? end - 1 - start : end - start;
            bytes.readBytes(target, 0, length).readerIndex(end + 1);
            return length;
        }

        @Override
        void done() {
            input.decoded();
        }

        @Override
        public void close() {
            input.close();
        }
    }

    public static class NettyAdaptiveHttpHead extends NettyHttpHead {
        public NettyAdaptiveHttpHead() {
            super(new AdaptiveByteBufAllocator());
        }
    }

    public static class NettyPooledHttpHead extends NettyHttpHead {
        public NettyPooledHttpHead() {
            super(PooledByteBufAllocator.DEFAULT);
        }
    }

    public static class OkioHttpHead extends HttpHead {
        private final Buffer buffer = new Buffer();
        private long looked;

        @Override
        void add(final byte[] source, final int offset, final int length) {
            buffer.write(source, offset, length);
        }

        /** Okio reads at most to the end of a segment. */
        @Override
        int readLine(final byte[] target) {
            final long end = buffer.indexOf(LF, looked);
            if (end < 0) {
                looked = buffer.size();
                return NONE;
            }
            looked = 0;
            final int length = (int) (end > 0 && buffer.getByte(end - 1) == CR ? end - 1 : end);
            int read = 0;
            while (read < length) read += buffer.read(target, read, length - read);
            try {
                buffer.skip(end + 1 - length);
            } catch (final EOFException e) {
                throw new AssertionError("the LF is there", e);
            }
            return length;
        }

        @Override
        public void close() {
            buffer.clear();
        }
    }

    /** Its parser hands each line to a handler, where it waits to be read. Its buffers are on the heap and the collector's. */
    public static class VertxHttpHead extends HttpHead {
        private final ArrayDeque<io.vertx.core.buffer.Buffer> lines = new ArrayDeque<>();
        private final RecordParser parser = RecordParser.newDelimited("\r\n", lines::addLast);

        @Override
        void add(final byte[] source, final int offset, final int length) {
            parser.handle(io.vertx.core.buffer.Buffer.buffer(length).appendBytes(source, offset, length));
        }

        @Override
        int readLine(final byte[] target) {
            final io.vertx.core.buffer.Buffer line = lines.pollFirst();
            if (line == null) return NONE;
            line.getBytes(target);
            return line.length();
        }

        @Override
        public void close() {}
    }

    public static class NioHttpHead extends HttpHead {
        private ByteBuffer buffer = ByteBuffer.allocateDirect(0);
        private int head;
        private int looked;

        @Override
        public void prepare() {
            buffer = ByteBuffer.allocateDirect(fragment + LONGEST_LINE);
        }

        @Override
        void add(final byte[] source, final int offset, final int length) {
            buffer.put(source, offset, length);
        }

        @Override
        int readLine(final byte[] target) {
            int end = looked;
            while (end < buffer.position() && buffer.get(end) != LF) end++;
            looked = end;
            if (end == buffer.position()) return NONE;
            final int length = end > head && buffer.get(end - 1) == CR ? end - 1 - head : end - head;
            buffer.get(head, target, 0, length);
            head = end + 1;
            looked = head;
            return length;
        }

        /** Makes room when the next fragment might not fit. */
        @Override
        void done() {
            if (buffer.remaining() >= fragment) return;
            buffer.flip().position(head);
            buffer.compact();
            looked -= head;
            head = 0;
        }

        @Override
        public void close() {}
    }
}
