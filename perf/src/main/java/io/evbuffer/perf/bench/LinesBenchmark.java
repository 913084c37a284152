package io.evbuffer.perf.bench;

import io.evbuffer.EolStyle;
import io.evbuffer.EvBuffer;
import io.evbuffer.memory.SlabPool;
import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.EOFException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import okio.Buffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Cost of a line of 64 bytes with its LF: added from an array, found, and read into an array of the caller's.
 *
 * <p>Measured: {@value #LINES} lines in, as many out, mean ns per line for both. Ours begins with an empty buffer and ends
 * with all segments home. Peers keep their memory from call to call: Netty one grown direct buffer, Okio its segment pool,
 * NIO one direct buffer that is large enough from the start and could not grow. Peers find the LF and then read as many
 * bytes, since none of them reads a line into memory that is there.
 * Not measured: lines in several chains, decoding to text, pool misses ({@code -prof gc} must show 0 B/op for ours).
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(LinesBenchmark.LINES)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class LinesBenchmark {
    /** Lines between two times at which the buffer is empty: what one read of 4 KiB brings. */
    public static final int LINES = 64;

    /** Bytes of a line with its LF. */
    public static final int LENGTH = 64;

    private static final byte LF = '\n';
    private static final int OFFSETS = 16;

    @Benchmark
    public long evbuffer(final OurLines work) {
        return work.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION})
    public long nettyAdaptive(final NettyAdaptiveLines work) {
        return work.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION, NettyJvm.UNSAFE})
    public long nettyAdaptiveUnsafe(final NettyAdaptiveLines work) {
        return work.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION})
    public long nettyPooled(final NettyPooledLines work) {
        return work.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION, NettyJvm.UNSAFE})
    public long nettyPooledUnsafe(final NettyPooledLines work) {
        return work.pass();
    }

    @Benchmark
    public long okio(final OkioLines work) {
        return work.pass();
    }

    @Benchmark
    public long nio(final NioLines work) {
        return work.pass();
    }

    /** The work, the same for all. */
    @State(Scope.Thread)
    public abstract static class Lines {
        private final byte[][] sources = sources();
        private final byte[] line = new byte[LENGTH];

        /** Lines that begin with other bytes each, so that no copy is of known ones. */
        private static byte[][] sources() {
            final byte[][] sources = new byte[OFFSETS][];
            for (int i = 0; i < OFFSETS; i++) {
                sources[i] = Bytes.letters(i, LENGTH);
                sources[i][LENGTH - 1] = LF;
            }
            return sources;
        }

        /** All lines in and out; a checksum of them. */
        final long pass() {
            for (int i = 0; i < LINES; i++) add(sources[i % OFFSETS]);
            long sum = 0;
            for (int i = 0; i < LINES; i++) sum += readLine(line) + line[0];
            return sum;
        }

        /** The line that was read last. */
        final byte[] line() {
            return line;
        }

        abstract void add(byte[] line);

        /** Removes the first line and returns its length without the LF. */
        abstract int readLine(byte[] target);

        @TearDown
        public abstract void close();
    }

    public static class OurLines extends Lines {
        private final SlabPool pool = new SlabPool();
        private final EvBuffer buffer = new EvBuffer(pool);

        @Override
        void add(final byte[] line) {
            buffer.add(line, 0, line.length);
        }

        @Override
        int readLine(final byte[] target) {
            return buffer.readLine(EolStyle.LF, target, 0, target.length);
        }

        @Override
        public void close() {
            buffer.close();
            pool.close();
        }
    }

    abstract static class NettyLines extends Lines {
        private final ByteBuf buffer;

        NettyLines(final ByteBufAllocator allocator) {
            buffer = allocator.directBuffer();
        }

        @Override
        void add(final byte[] line) {
            buffer.writeBytes(line);
        }

        @Override
        int readLine(final byte[] target) {
            final int length = buffer.bytesBefore(LF);
            buffer.readBytes(target, 0, length).skipBytes(1);
            if (!buffer.isReadable()) buffer.clear();
            return length;
        }

        @Override
        public void close() {
            buffer.release();
        }
    }

    public static class NettyAdaptiveLines extends NettyLines {
        public NettyAdaptiveLines() {
            super(new AdaptiveByteBufAllocator());
        }
    }

    public static class NettyPooledLines extends NettyLines {
        public NettyPooledLines() {
            super(PooledByteBufAllocator.DEFAULT);
        }
    }

    public static class OkioLines extends Lines {
        private final Buffer buffer = new Buffer();

        @Override
        void add(final byte[] line) {
            buffer.write(line, 0, line.length);
        }

        /** Okio reads at most to the end of a segment. */
        @Override
        int readLine(final byte[] target) {
            final int length = (int) buffer.indexOf(LF);
            int read = 0;
            while (read < length) read += buffer.read(target, read, length - read);
            try {
                buffer.skip(1);
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

    public static class NioLines extends Lines {
        private final ByteBuffer buffer = ByteBuffer.allocateDirect(LINES * LENGTH);
        private int head;

        @Override
        void add(final byte[] line) {
            buffer.put(line, 0, line.length);
        }

        @Override
        int readLine(final byte[] target) {
            int end = head;
            while (buffer.get(end) != LF) end++;
            final int length = end - head;
            buffer.get(head, target, 0, length);
            head = end + 1;
            if (head == buffer.position()) {
                buffer.clear();
                head = 0;
            }
            return length;
        }

        @Override
        public void close() {}
    }
}
