package io.evbuffer.perf.bench;

import io.evbuffer.EvBuffer;
import io.evbuffer.memory.SlabPool;
import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.Arrays;
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
 * Cost of copying 1 KiB out of the middle of 1 MiB that lies in {@value #CHAINS} pieces of 4 KiB.
 *
 * <p>Measured: {@value #PLACES} copies into an array, each from another place, in an order that nothing can foresee; mean
 * ns per copy. A quarter of them cross a border of pieces. Netty has a composite of direct buffers. Okio, in segments of
 * 8 KiB, shares the range with a second buffer and reads that. NIO has an array of direct buffers of one size, so that a
 * shift finds the piece.
 * Not measured: the same places on a buffer that changes in between, which costs ours its index of chains.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(RandomCopyOutBenchmark.PLACES)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class RandomCopyOutBenchmark {
    /** Copies of one invocation. */
    public static final int PLACES = 1024;

    /** Pieces in which the bytes lie. */
    public static final int CHAINS = 256;

    /** Bytes of a copy. */
    static final int COPIED = 1024;

    private static final int CHAIN = 4096;
    private static final int CHAIN_BITS = 12;

    @Benchmark
    public long evbuffer(final OurRandomCopyOut work) {
        return work.copyAll();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION})
    public long nettyAdaptive(final NettyAdaptiveRandomCopyOut work) {
        return work.copyAll();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION, NettyJvm.UNSAFE})
    public long nettyAdaptiveUnsafe(final NettyAdaptiveRandomCopyOut work) {
        return work.copyAll();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION})
    public long nettyPooled(final NettyPooledRandomCopyOut work) {
        return work.copyAll();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION, NettyJvm.UNSAFE})
    public long nettyPooledUnsafe(final NettyPooledRandomCopyOut work) {
        return work.copyAll();
    }

    @Benchmark
    public long okio(final OkioRandomCopyOut work) {
        return work.copyAll();
    }

    @Benchmark
    public long nio(final NioRandomCopyOut work) {
        return work.copyAll();
    }

    /** The work, the same for all. */
    @State(Scope.Thread)
    public abstract static class RandomCopyOut {
        private final int[] places = places();
        private final byte[] sink = new byte[COPIED];

        /** By Marsaglia's xorshift, as libevent_peer.c has them. */
        static int[] places() {
            final int[] places = new int[PLACES];
            int state = 1;
            for (int i = 0; i < PLACES; i++) {
                state ^= state << 13;
                state ^= state >>> 17;
                state ^= state << 5;
                places[i] = Integer.remainderUnsigned(state, CHAINS * CHAIN - COPIED);
            }
            return places;
        }

        /** A copy from each place; a checksum of them. */
        final long copyAll() {
            long sum = 0;
            for (final int place : places) {
                copyOut(place, sink);
                sum += sink[0] + sink[COPIED - 1];
            }
            return sum;
        }

        /** Copies as many bytes as fill the target. */
        abstract void copyOut(int position, byte[] target);

        @TearDown
        public abstract void close();
    }

    public static class OurRandomCopyOut extends RandomCopyOut {
        private final SlabPool pool = new SlabPool();
        private final EvBuffer buffer = new EvBuffer(pool);

        public OurRandomCopyOut() {
            final byte[] bytes = Bytes.pattern(CHAINS * CHAIN);
            for (int i = 0; i < CHAINS; i++) {
                try (EvBuffer piece = new EvBuffer(pool)) {
                    piece.add(bytes, i * CHAIN, CHAIN);
                    buffer.addBuffer(piece);
                }
            }
        }

        @Override
        void copyOut(final int position, final byte[] target) {
            buffer.copyOut(position, target, 0, COPIED);
        }

        @Override
        public void close() {
            buffer.close();
            pool.close();
        }
    }

    abstract static class NettyRandomCopyOut extends RandomCopyOut {
        private final CompositeByteBuf buffer;

        NettyRandomCopyOut(final ByteBufAllocator allocator) {
            final byte[] bytes = Bytes.pattern(CHAINS * CHAIN);
            buffer = allocator.compositeDirectBuffer(CHAINS);
            for (int i = 0; i < CHAINS; i++) {
                buffer.addComponent(true, allocator.directBuffer(CHAIN).writeBytes(bytes, i * CHAIN, CHAIN));
            }
        }

        @Override
        void copyOut(final int position, final byte[] target) {
            buffer.getBytes(position, target, 0, COPIED);
        }

        @Override
        public void close() {
            buffer.release();
        }
    }

    public static class NettyAdaptiveRandomCopyOut extends NettyRandomCopyOut {
        public NettyAdaptiveRandomCopyOut() {
            super(new AdaptiveByteBufAllocator());
        }
    }

    public static class NettyPooledRandomCopyOut extends NettyRandomCopyOut {
        public NettyPooledRandomCopyOut() {
            super(PooledByteBufAllocator.DEFAULT);
        }
    }

    public static class OkioRandomCopyOut extends RandomCopyOut {
        private final Buffer buffer = new Buffer().write(Bytes.pattern(CHAINS * CHAIN));
        private final Buffer range = new Buffer();

        @Override
        void copyOut(final int position, final byte[] target) {
            buffer.copyTo(range, position, COPIED);
            int read = 0;
            while (read < COPIED) read += range.read(target, read, COPIED - read);
        }

        @Override
        public void close() {
            buffer.clear();
        }
    }

    public static class NioRandomCopyOut extends RandomCopyOut {
        private final ByteBuffer[] buffer = new ByteBuffer[CHAINS];

        public NioRandomCopyOut() {
            final byte[] bytes = Bytes.pattern(CHAINS * CHAIN);
            Arrays.setAll(buffer, i -> ByteBuffer.allocateDirect(CHAIN).put(bytes, i * CHAIN, CHAIN));
        }

        @Override
        void copyOut(final int position, final byte[] target) {
            final int index = position >>> CHAIN_BITS;
            final int start = position & (CHAIN - 1);
            final int inFirst = Math.min(COPIED, CHAIN - start);
            buffer[index].get(start, target, 0, inFirst);
            if (inFirst < COPIED) buffer[index + 1].get(0, target, inFirst, COPIED - inFirst);
        }

        @Override
        public void close() {}
    }
}
