package io.evbuffer.perf.bench;

import io.evbuffer.EvBuffer;
import io.evbuffer.memory.SlabPool;
import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
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
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Cost of appending a few bytes from an array, by their number.
 *
 * <p>Measured: {@value #APPENDS} appends, and a drain of all there is whenever that is 64 KiB, with 4096 bytes an append 1 MiB;
 * mean ns per append. Ours begins with an empty buffer and ends with all segments home, so a take and a return per chain
 * are part of it. Peers keep their memory from call to
 * call, which is the fastest they can do: Netty one grown direct buffer, Okio its segment pool, NIO one direct buffer
 * that is large enough from the start and could not grow.
 * Not measured: pool misses ({@code -prof gc} must show 0 B/op), cache misses on the bytes, a second thread.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(AppendBenchmark.APPENDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class AppendBenchmark {
    /** Appends of one invocation: 64 KiB of the shortest, 16 MiB of the longest. */
    public static final int APPENDS = 4096;

    private static final int SHORT = 64; // appends up to here are drained at 64 KiB, longer ones at 1 MiB
    private static final int KIBI = 1024;

    private static final int OFFSETS = 64;

    @Benchmark
    public long evbuffer(final OurAppend work) {
        return work.appendAndDrain();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION})
    public long nettyAdaptive(final NettyAdaptiveAppend work) {
        return work.appendAndDrain();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION, NettyJvm.UNSAFE})
    public long nettyAdaptiveUnsafe(final NettyAdaptiveAppend work) {
        return work.appendAndDrain();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION})
    public long nettyPooled(final NettyPooledAppend work) {
        return work.appendAndDrain();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION, NettyJvm.UNSAFE})
    public long nettyPooledUnsafe(final NettyPooledAppend work) {
        return work.appendAndDrain();
    }

    @Benchmark
    public long okio(final OkioAppend work) {
        return work.appendAndDrain();
    }

    @Benchmark
    public long nio(final NioAppend work) {
        return work.appendAndDrain();
    }

    /** The work, the same for all. */
    @State(Scope.Thread)
    public abstract static class Append {
        @Param({"16", "64", "4096"})
        public int length;

        private byte[] source = Bytes.pattern(OFFSETS);

        @Setup
        public final void start() {
            source = Bytes.pattern(length + OFFSETS);
            prepare();
        }

        /** Called once, when the length is known. */
        void prepare() {}

        /** Appends between two drains. */
        final int appendsUntilDrained() {
            return (length <= SHORT ? 64 * KIBI : KIBI * KIBI) / length;
        }

        /** All appends of an invocation; the bytes that were drained. */
        final long appendAndDrain() {
            final int untilDrained = appendsUntilDrained();
            long drained = 0;
            for (int i = 0; i < APPENDS; i += untilDrained) {
                appendAll(untilDrained);
                drained += drain();
            }
            return drained;
        }

        /** Each append begins at another place, so that no copy is of known bytes. */
        final void appendAll(final int count) {
            for (int i = 0; i < count; i++) append(source, i % OFFSETS, length);
        }

        abstract void append(byte[] source, int offset, int length);

        /** Empties the buffer; the bytes that were in it. */
        abstract long drain();

        /** For the comparison in tests. */
        abstract byte[] content();

        @TearDown
        public abstract void close();
    }

    public static class OurAppend extends Append {
        private final SlabPool pool = new SlabPool();
        private final EvBuffer buffer = new EvBuffer(pool);

        @Override
        void append(final byte[] source, final int offset, final int length) {
            buffer.add(source, offset, length);
        }

        @Override
        long drain() {
            return buffer.drain(Long.MAX_VALUE);
        }

        @Override
        byte[] content() {
            return buffer.copyToArray();
        }

        @Override
        public void close() {
            buffer.close();
            pool.close();
        }
    }

    abstract static class NettyAppend extends Append {
        private final ByteBuf buffer;

        NettyAppend(final ByteBufAllocator allocator) {
            buffer = allocator.directBuffer();
        }

        @Override
        void append(final byte[] source, final int offset, final int length) {
            buffer.writeBytes(source, offset, length);
        }

        @Override
        long drain() {
            final int drained = buffer.readableBytes();
            buffer.clear();
            return drained;
        }

        @Override
        byte[] content() {
            return ByteBufUtil.getBytes(buffer);
        }

        @Override
        public void close() {
            buffer.release();
        }
    }

    public static class NettyAdaptiveAppend extends NettyAppend {
        public NettyAdaptiveAppend() {
            super(new AdaptiveByteBufAllocator());
        }
    }

    public static class NettyPooledAppend extends NettyAppend {
        public NettyPooledAppend() {
            super(PooledByteBufAllocator.DEFAULT);
        }
    }

    public static class OkioAppend extends Append {
        private final Buffer buffer = new Buffer();

        @Override
        void append(final byte[] source, final int offset, final int length) {
            buffer.write(source, offset, length);
        }

        @Override
        long drain() {
            final long drained = buffer.size();
            buffer.clear();
            return drained;
        }

        @Override
        byte[] content() {
            return buffer.snapshot().toByteArray();
        }

        @Override
        public void close() {
            buffer.clear();
        }
    }

    public static class NioAppend extends Append {
        private ByteBuffer buffer = ByteBuffer.allocateDirect(0);

        @Override
        void prepare() {
            buffer = ByteBuffer.allocateDirect(appendsUntilDrained() * length);
        }

        @Override
        void append(final byte[] source, final int offset, final int length) {
            buffer.put(source, offset, length);
        }

        @Override
        long drain() {
            final int drained = buffer.position();
            buffer.clear();
            return drained;
        }

        @Override
        byte[] content() {
            final byte[] content = new byte[buffer.position()];
            buffer.get(0, content);
            return content;
        }

        @Override
        public void close() {}
    }
}
