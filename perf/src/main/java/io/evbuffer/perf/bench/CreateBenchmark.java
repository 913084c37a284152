package io.evbuffer.perf.bench;

import io.evbuffer.EvBuffer;
import io.evbuffer.memory.SlabPool;
import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import okio.Buffer;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Cost of the shortest life of a buffer: made, one byte added, one byte read, closed.
 *
 * <p>Measured: mean ns for all of it. This is the one workload in which we allocate on the heap: the {@code EvBuffer}
 * itself, as {@code -prof gc} shows. Each contender keeps its last buffer in a field, or the compiler would prove that
 * nobody sees it and make none.
 * Not measured: pool misses, a second thread. NIO is {@code allocateDirect}, which is why nobody works like that.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class CreateBenchmark {
    /** What peers are asked for: the smallest of our segments. */
    private static final int SIZE = 256;

    @Benchmark
    public long evbuffer(final OurCreate work) {
        return work.live();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION})
    public long nettyAdaptive(final NettyAdaptiveCreate work) {
        return work.live();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION, NettyJvm.UNSAFE})
    public long nettyAdaptiveUnsafe(final NettyAdaptiveCreate work) {
        return work.live();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION})
    public long nettyPooled(final NettyPooledCreate work) {
        return work.live();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION, NettyJvm.UNSAFE})
    public long nettyPooledUnsafe(final NettyPooledCreate work) {
        return work.live();
    }

    @Benchmark
    public long okio(final OkioCreate work) {
        return work.live();
    }

    @Benchmark
    public long nio(final NioCreate work) {
        return work.live();
    }

    /** The work, the same for all. */
    @State(Scope.Thread)
    public abstract static class Create {
        private final byte[] sink = new byte[1];
        private final byte[] source = new byte[1];

        @Nullable
        Object last;

        /** One buffer's life; the byte read from it. */
        final long live() {
            source[0]++;
            live(source, sink);
            return sink[0];
        }

        abstract void live(byte[] source, byte[] target);

        @TearDown
        public abstract void close();
    }

    public static class OurCreate extends Create {
        private final SlabPool pool = new SlabPool();

        @Override
        void live(final byte[] source, final byte[] target) {
            try (EvBuffer buffer = new EvBuffer(pool)) {
                last = buffer;
                buffer.add(source, 0, 1);
                buffer.remove(target, 0, 1);
            }
        }

        @Override
        public void close() {
            pool.close();
        }
    }

    abstract static class NettyCreate extends Create {
        private final ByteBufAllocator allocator;

        NettyCreate(final ByteBufAllocator allocator) {
            this.allocator = allocator;
        }

        @Override
        void live(final byte[] source, final byte[] target) {
            final ByteBuf buffer = allocator.directBuffer(SIZE);
            last = buffer;
            buffer.writeBytes(source, 0, 1);
            buffer.readBytes(target, 0, 1);
            buffer.release();
        }

        @Override
        public void close() {}
    }

    public static class NettyAdaptiveCreate extends NettyCreate {
        public NettyAdaptiveCreate() {
            super(new AdaptiveByteBufAllocator());
        }
    }

    public static class NettyPooledCreate extends NettyCreate {
        public NettyPooledCreate() {
            super(PooledByteBufAllocator.DEFAULT);
        }
    }

    public static class OkioCreate extends Create {
        @Override
        void live(final byte[] source, final byte[] target) {
            final Buffer buffer = new Buffer();
            last = buffer;
            buffer.write(source, 0, 1);
            buffer.read(target, 0, 1);
            buffer.clear();
        }

        @Override
        public void close() {}
    }

    public static class NioCreate extends Create {
        @Override
        void live(final byte[] source, final byte[] target) {
            final ByteBuffer buffer = ByteBuffer.allocateDirect(SIZE);
            last = buffer;
            buffer.put(source, 0, 1).flip();
            buffer.get(target, 0, 1);
        }

        @Override
        public void close() {}
    }
}
