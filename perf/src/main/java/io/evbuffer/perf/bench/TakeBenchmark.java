package io.evbuffer.perf.bench;

import io.evbuffer.memory.Segment;
import io.evbuffer.memory.SlabPool;
import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.ArrayByteBufferPool;
import org.eclipse.jetty.io.RetainableByteBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Cost of taking one piece of pooled memory and giving it back, by its size.
 *
 * <p>Measured: take, one byte written and read, return; mean ns for all. Ours is a segment of a {@code SlabPool}, Jetty's
 * a buffer of its {@code ArrayByteBufferPool}. Okio
 * lends its segments to its own buffers only ({@link CreateBenchmark} shows that). NIO has no pool: a stack of direct
 * buffers stands for the one that its users write.
 * Not measured: pool misses ({@code -prof gc} must show 0 B/op for ours), return from another thread.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class TakeBenchmark {
    @Benchmark
    public long evbuffer(final OurTake work) {
        return work.takeAndReturn();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION})
    public long nettyAdaptive(final NettyAdaptiveTake work) {
        return work.takeAndReturn();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION, NettyJvm.UNSAFE})
    public long nettyAdaptiveUnsafe(final NettyAdaptiveTake work) {
        return work.takeAndReturn();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION})
    public long nettyPooled(final NettyPooledTake work) {
        return work.takeAndReturn();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION, NettyJvm.UNSAFE})
    public long nettyPooledUnsafe(final NettyPooledTake work) {
        return work.takeAndReturn();
    }

    @Benchmark
    public long jetty(final JettyTake work) {
        return work.takeAndReturn();
    }

    @Benchmark
    public long nio(final NioTake work) {
        return work.takeAndReturn();
    }

    /** The work, the same for all. */
    @State(Scope.Thread)
    public abstract static class Take {
        @Param({"1024", "4096", "65536"})
        public int size;

        private byte next;

        /** Takes, touches and returns one piece; the byte read from it. */
        final long takeAndReturn() {
            return takeAndReturn(++next);
        }

        abstract long takeAndReturn(byte content);

        /** Writes, reads and returns what was taken. */
        static long touch(final Segment segment, final byte content) {
            segment.memory().putByte(0, content);
            final byte read = segment.memory().getByte(0);
            segment.release();
            return read;
        }

        @TearDown
        public abstract void close();
    }

    public static class OurTake extends Take {
        private final SlabPool pool = new SlabPool();

        @Override
        long takeAndReturn(final byte content) {
            return touch(pool.take(size), content);
        }

        @Override
        public void close() {
            pool.close();
        }
    }

    abstract static class NettyTake extends Take {
        private final ByteBufAllocator allocator;

        NettyTake(final ByteBufAllocator allocator) {
            this.allocator = allocator;
        }

        @Override
        long takeAndReturn(final byte content) {
            final ByteBuf buffer = allocator.directBuffer(size);
            buffer.setByte(0, content);
            final byte read = buffer.getByte(0);
            buffer.release();
            return read;
        }

        @Override
        public void close() {}
    }

    public static class NettyAdaptiveTake extends NettyTake {
        public NettyAdaptiveTake() {
            super(new AdaptiveByteBufAllocator());
        }
    }

    public static class NettyPooledTake extends NettyTake {
        public NettyPooledTake() {
            super(PooledByteBufAllocator.DEFAULT);
        }
    }

    public static class JettyTake extends Take {
        private final ArrayByteBufferPool pool;

        public JettyTake() {
            this(new ArrayByteBufferPool());
        }

        JettyTake(final ArrayByteBufferPool pool) {
            this.pool = pool;
        }

        @Override
        long takeAndReturn(final byte content) {
            final RetainableByteBuffer piece = pool.acquire(size, true);
            final ByteBuffer bytes = piece.getByteBuffer();
            bytes.limit(size);
            bytes.put(0, content);
            final byte read = bytes.get(0);
            piece.release();
            return read;
        }

        @Override
        public void close() {
            pool.clear();
        }
    }

    public static class NioTake extends Take {
        private final ArrayDeque<ByteBuffer> pool = new ArrayDeque<>();

        @Override
        long takeAndReturn(final byte content) {
            ByteBuffer buffer = pool.pollLast();
            if (buffer == null) buffer = ByteBuffer.allocateDirect(size);
            buffer.put(0, content);
            final byte read = buffer.get(0);
            pool.addLast(buffer);
            return read;
        }

        @Override
        public void close() {}
    }
}
