package io.evbuffer.perf.bench;

import io.evbuffer.EvBuffer;
import io.evbuffer.memory.SlabPool;
import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
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
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Cost of handing {@value #CHAINS} pieces of 8 KiB from one buffer to another.
 *
 * <p>Measured: one move of all there is, mean ns per call. The two buffers swap roles on each call, so nothing is filled
 * inside the timed part. Ours links the chains over. Netty moves the components of one composite to the other. Okio, whose
 * segments are 8 KiB, moves segments. NIO is what a user without a library has: an array of direct buffers, whose
 * references are copied to another array and cleared.
 * Not measured: cache misses on the bytes, a second thread, a range that ends within a piece.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class MoveBenchmark {
    /** Pieces that are moved. */
    public static final int CHAINS = 64;

    private static final int PIECE = 8192;

    @Benchmark
    public long evbuffer(final OurMove work) {
        return work.move();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION})
    public long nettyAdaptive(final NettyAdaptiveMove work) {
        return work.move();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION, NettyJvm.UNSAFE})
    public long nettyAdaptiveUnsafe(final NettyAdaptiveMove work) {
        return work.move();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION})
    public long nettyPooled(final NettyPooledMove work) {
        return work.move();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION, NettyJvm.UNSAFE})
    public long nettyPooledUnsafe(final NettyPooledMove work) {
        return work.move();
    }

    @Benchmark
    public long okio(final OkioMove work) {
        return work.move();
    }

    @Benchmark
    public long nio(final NioMove work) {
        return work.move();
    }

    /** The work, the same for all. */
    @State(Scope.Thread)
    public abstract static class Move {
        private final byte[] source = Bytes.pattern(CHAINS * PIECE);
        private boolean back;

        @Setup
        public final void fill() {
            for (int i = 0; i < CHAINS; i++) addPiece(source, i * PIECE, PIECE);
        }

        /** Moves everything to the other buffer; the number of bytes there. */
        final long move() {
            back = !back;
            return back ? moveForth() : moveBack();
        }

        /** Adds bytes to the first buffer as a piece of its own. */
        abstract void addPiece(byte[] source, int offset, int length);

        abstract long moveForth();

        abstract long moveBack();

        /** What the first buffer holds, and behind it the second: one of them is empty. */
        abstract byte[] content();

        @TearDown
        public abstract void close();
    }

    public static class OurMove extends Move {
        private final SlabPool pool = new SlabPool();
        private final EvBuffer a = new EvBuffer(pool);
        private final EvBuffer b = new EvBuffer(pool);

        @Override
        void addPiece(final byte[] source, final int offset, final int length) {
            try (EvBuffer piece = new EvBuffer(pool)) {
                piece.add(source, offset, length);
                a.addBuffer(piece);
            }
        }

        @Override
        long moveForth() {
            b.addBuffer(a);
            return b.length();
        }

        @Override
        long moveBack() {
            a.addBuffer(b);
            return a.length();
        }

        @Override
        byte[] content() {
            return (a.isEmpty() ? b : a).copyToArray();
        }

        @Override
        public void close() {
            a.close();
            b.close();
            pool.close();
        }
    }

    abstract static class NettyMove extends Move {
        private final ByteBufAllocator allocator;
        private final CompositeByteBuf a;
        private final CompositeByteBuf b;

        NettyMove(final ByteBufAllocator allocator) {
            this.allocator = allocator;
            a = allocator.compositeDirectBuffer(CHAINS);
            b = allocator.compositeDirectBuffer(CHAINS);
        }

        @Override
        void addPiece(final byte[] source, final int offset, final int length) {
            a.addComponent(true, allocator.directBuffer(length).writeBytes(source, offset, length));
        }

        @Override
        long moveForth() {
            return move(a, b);
        }

        @Override
        long moveBack() {
            return move(b, a);
        }

        private static long move(final CompositeByteBuf from, final CompositeByteBuf to) {
            final int count = from.numComponents();
            for (int i = 0; i < count; i++)
                to.addComponent(true, from.internalComponent(i).retain());
            from.removeComponents(0, count);
            from.clear();
            return to.readableBytes();
        }

        @Override
        byte[] content() {
            return ByteBufUtil.getBytes(a.isReadable() ? a : b);
        }

        @Override
        public void close() {
            a.release();
            b.release();
        }
    }

    public static class NettyAdaptiveMove extends NettyMove {
        public NettyAdaptiveMove() {
            super(new AdaptiveByteBufAllocator());
        }
    }

    public static class NettyPooledMove extends NettyMove {
        public NettyPooledMove() {
            super(PooledByteBufAllocator.DEFAULT);
        }
    }

    public static class OkioMove extends Move {
        private final Buffer a = new Buffer();
        private final Buffer b = new Buffer();

        @Override
        void addPiece(final byte[] source, final int offset, final int length) {
            a.write(source, offset, length);
        }

        @Override
        long moveForth() {
            b.write(a, a.size());
            return b.size();
        }

        @Override
        long moveBack() {
            a.write(b, b.size());
            return a.size();
        }

        @Override
        byte[] content() {
            return (a.exhausted() ? b : a).snapshot().toByteArray();
        }

        @Override
        public void close() {
            a.clear();
            b.clear();
        }
    }

    public static class NioMove extends Move {
        private final Pieces a = new Pieces();
        private final Pieces b = new Pieces();

        @Override
        void addPiece(final byte[] source, final int offset, final int length) {
            a.add(ByteBuffer.allocateDirect(length).put(source, offset, length).flip());
        }

        @Override
        long moveForth() {
            return b.addAll(a);
        }

        @Override
        long moveBack() {
            return a.addAll(b);
        }

        @Override
        byte[] content() {
            return (a.count == 0 ? b : a).content();
        }

        @Override
        public void close() {}
    }

    /** Direct buffers in an array, as NIO's gathering write takes them. */
    private static final class Pieces {
        private final @Nullable ByteBuffer[] buffers = new ByteBuffer[CHAINS];
        private int count;
        private long length;

        void add(final ByteBuffer piece) {
            buffers[count++] = piece;
            length += piece.remaining();
        }

        long addAll(final Pieces source) {
            System.arraycopy(source.buffers, 0, buffers, count, source.count);
            count += source.count;
            length += source.length;
            Arrays.fill(source.buffers, 0, source.count, null);
            source.count = 0;
            source.length = 0;
            return length;
        }

        byte[] content() {
            final ByteBuffer content = ByteBuffer.allocate((int) length);
            for (int i = 0; i < count; i++) {
                content.put(Objects.requireNonNull(buffers[i]).duplicate());
            }
            return content.array();
        }
    }
}
