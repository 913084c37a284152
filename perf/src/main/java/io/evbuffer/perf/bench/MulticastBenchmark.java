package io.evbuffer.perf.bench;

import io.evbuffer.EvBuffer;
import io.evbuffer.memory.SlabPool;
import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import okio.Buffer;
import org.jspecify.annotations.Nullable;
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
 * Cost of showing the same 64 KiB, in {@value #CHAINS} pieces, to {@value #TARGETS} buffers, each of which lets go of it
 * again: what a broker does with a message for many subscribers.
 *
 * <p>Measured: a share and a drain per target, no byte is copied; mean ns per target. All targets hold the bytes at once.
 * Ours shares segments. Netty's targets are composites that take a retained duplicate of the source, itself a composite.
 * Okio shares its segments, which hold 8 KiB and so are half as many. NIO is an array of duplicates: it counts no
 * references, so nobody knows when the memory is free.
 * Not measured: writing the bytes to sockets, targets on other threads.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(MulticastBenchmark.TARGETS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class MulticastBenchmark {
    /** Buffers that are shown the bytes. */
    public static final int TARGETS = 8;

    /** Pieces in which the bytes lie. */
    public static final int CHAINS = 16;

    private static final int CHAIN = 4096;

    @Benchmark
    public long evbuffer(final OurMulticast work) {
        return work.shareAndDrain();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION})
    public long nettyAdaptive(final NettyAdaptiveMulticast work) {
        return work.shareAndDrain();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION, NettyJvm.UNSAFE})
    public long nettyAdaptiveUnsafe(final NettyAdaptiveMulticast work) {
        return work.shareAndDrain();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION})
    public long nettyPooled(final NettyPooledMulticast work) {
        return work.shareAndDrain();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION, NettyJvm.UNSAFE})
    public long nettyPooledUnsafe(final NettyPooledMulticast work) {
        return work.shareAndDrain();
    }

    @Benchmark
    public long okio(final OkioMulticast work) {
        return work.shareAndDrain();
    }

    @Benchmark
    public long nio(final NioMulticast work) {
        return work.shareAndDrain();
    }

    /** The work, the same for all. */
    @State(Scope.Thread)
    public abstract static class Multicast {
        /** Shares with all targets, then drains them; the bytes that were in them. */
        final long shareAndDrain() {
            shareAll();
            return drainAll();
        }

        final void shareAll() {
            for (int i = 0; i < TARGETS; i++) share(i);
        }

        final long drainAll() {
            long drained = 0;
            for (int i = 0; i < TARGETS; i++) drained += drain(i);
            return drained;
        }

        /** Adds the source's bytes to a target. */
        abstract void share(int target);

        /** Empties a target; the bytes that were in it. */
        abstract long drain(int target);

        /** For the comparison in tests. */
        abstract byte[] content(int target);

        @TearDown
        public abstract void close();
    }

    public static class OurMulticast extends Multicast {
        private final SlabPool pool = new SlabPool();
        private final EvBuffer source = new EvBuffer(pool);
        private final EvBuffer[] targets = new EvBuffer[TARGETS];

        public OurMulticast() {
            final byte[] bytes = Bytes.pattern(CHAINS * CHAIN);
            for (int i = 0; i < CHAINS; i++) {
                try (EvBuffer piece = new EvBuffer(pool)) {
                    piece.add(bytes, i * CHAIN, CHAIN);
                    source.addBuffer(piece);
                }
            }
            Arrays.setAll(targets, i -> new EvBuffer(pool));
        }

        @Override
        void share(final int target) {
            targets[target].addBufferReference(source);
        }

        @Override
        long drain(final int target) {
            return targets[target].drain(Long.MAX_VALUE);
        }

        @Override
        byte[] content(final int target) {
            return targets[target].copyToArray();
        }

        @Override
        public void close() {
            for (final EvBuffer target : targets) target.close();
            source.close();
            pool.close();
        }
    }

    abstract static class NettyMulticast extends Multicast {
        private final CompositeByteBuf source;
        private final CompositeByteBuf[] targets = new CompositeByteBuf[TARGETS];

        NettyMulticast(final ByteBufAllocator allocator) {
            final byte[] bytes = Bytes.pattern(CHAINS * CHAIN);
            source = allocator.compositeDirectBuffer(CHAINS);
            for (int i = 0; i < CHAINS; i++) {
                source.addComponent(true, allocator.directBuffer(CHAIN).writeBytes(bytes, i * CHAIN, CHAIN));
            }
            Arrays.setAll(targets, i -> allocator.compositeDirectBuffer(CHAINS));
        }

        @Override
        void share(final int target) {
            targets[target].addComponent(true, source.retainedDuplicate());
        }

        @Override
        long drain(final int target) {
            final CompositeByteBuf drained = targets[target];
            final long length = drained.readableBytes();
            drained.removeComponents(0, drained.numComponents());
            drained.clear();
            return length;
        }

        @Override
        byte[] content(final int target) {
            return ByteBufUtil.getBytes(targets[target]);
        }

        @Override
        public void close() {
            for (final ByteBuf target : targets) target.release();
            source.release();
        }
    }

    public static class NettyAdaptiveMulticast extends NettyMulticast {
        public NettyAdaptiveMulticast() {
            super(new AdaptiveByteBufAllocator());
        }
    }

    public static class NettyPooledMulticast extends NettyMulticast {
        public NettyPooledMulticast() {
            super(PooledByteBufAllocator.DEFAULT);
        }
    }

    public static class OkioMulticast extends Multicast {
        private final Buffer source = new Buffer().write(Bytes.pattern(CHAINS * CHAIN));
        private final Buffer[] targets = new Buffer[TARGETS];

        public OkioMulticast() {
            Arrays.setAll(targets, i -> new Buffer());
        }

        @Override
        void share(final int target) {
            source.copyTo(targets[target], 0, source.size());
        }

        @Override
        long drain(final int target) {
            final long drained = targets[target].size();
            targets[target].clear();
            return drained;
        }

        @Override
        byte[] content(final int target) {
            return targets[target].snapshot().toByteArray();
        }

        @Override
        public void close() {
            source.clear();
        }
    }

    public static class NioMulticast extends Multicast {
        private final ByteBuffer[] source = new ByteBuffer[CHAINS];
        private final @Nullable ByteBuffer[][] targets = new ByteBuffer[TARGETS][CHAINS];

        public NioMulticast() {
            final byte[] bytes = Bytes.pattern(CHAINS * CHAIN);
            Arrays.setAll(
                    source,
                    i -> ByteBuffer.allocateDirect(CHAIN)
                            .put(bytes, i * CHAIN, CHAIN)
                            .flip());
        }

        @Override
        void share(final int target) {
            for (int i = 0; i < CHAINS; i++) targets[target][i] = source[i].duplicate();
        }

        @Override
        long drain(final int target) {
            long drained = 0;
            for (int i = 0; i < CHAINS; i++) {
                final ByteBuffer piece = targets[target][i];
                if (piece != null) drained += piece.remaining();
                targets[target][i] = null;
            }
            return drained;
        }

        @Override
        byte[] content(final int target) {
            final ByteBuffer content = ByteBuffer.allocate(CHAINS * CHAIN);
            for (final ByteBuffer piece : targets[target]) {
                if (piece != null) content.put(piece.duplicate());
            }
            return Arrays.copyOf(content.array(), content.position());
        }

        @Override
        public void close() {}
    }
}
