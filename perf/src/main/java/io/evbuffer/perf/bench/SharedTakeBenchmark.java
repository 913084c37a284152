package io.evbuffer.perf.bench;

import io.evbuffer.memory.SlabPool;
import io.evbuffer.perf.bench.TakeBenchmark.NettyPooledTake;
import io.evbuffer.perf.bench.TakeBenchmark.NettyTake;
import io.evbuffer.perf.bench.TakeBenchmark.Take;
import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.ArrayByteBufferPool;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Cost of taking one piece of memory from the pool of all threads and giving it back, on two threads at once.
 *
 * <p>Measured: the work of {@link TakeBenchmark}; mean ns of a thread for all. Ours is {@code SlabPool.shared()}, whose
 * stripes are chosen by thread; Netty's allocators are shared too and keep caches or magazines for each thread, and Jetty has
 * one pool. NIO has none: a concurrent queue of direct buffers stands for the one that its users write.
 * Not measured: more threads than processors, pool misses, return by another thread than took.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Threads(2)
@Fork(3)
public class SharedTakeBenchmark {
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

    public static class OurTake extends Take {
        private final SlabPool pool = SlabPool.shared();

        @Override
        long takeAndReturn(final byte content) {
            return touch(pool.take(size), content);
        }

        @Override
        public void close() {} // the pool of all threads stays
    }

    public static class NettyAdaptiveTake extends NettyTake {
        private static final ByteBufAllocator SHARED = new AdaptiveByteBufAllocator();

        public NettyAdaptiveTake() {
            super(SHARED);
        }
    }

    public static class JettyTake extends TakeBenchmark.JettyTake {
        private static final ArrayByteBufferPool SHARED = new ArrayByteBufferPool();

        public JettyTake() {
            super(SHARED);
        }
    }

    public static class NioTake extends Take {
        private static final ConcurrentLinkedQueue<ByteBuffer> SHARED = new ConcurrentLinkedQueue<>();

        @Override
        long takeAndReturn(final byte content) {
            ByteBuffer buffer = SHARED.poll();
            if (buffer == null) buffer = ByteBuffer.allocateDirect(size);
            buffer.put(0, content);
            final byte read = buffer.get(0);
            SHARED.add(buffer);
            return read;
        }

        @Override
        public void close() {
            SHARED.clear();
        }
    }
}
