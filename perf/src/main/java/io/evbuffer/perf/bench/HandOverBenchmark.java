package io.evbuffer.perf.bench;

import io.evbuffer.memory.Segment;
import io.evbuffer.memory.SlabPool;
import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import okio.Buffer;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.OneToOneConcurrentArrayQueue;
import org.eclipse.jetty.io.ArrayByteBufferPool;
import org.eclipse.jetty.io.RetainableByteBuffer;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Cost of 1 KiB that one thread fills and another one looks at and lets go of.
 *
 * <p>Measured: {@value #PIECES} pieces taken, filled from an array and put into a queue of {@value #QUEUED}, while a second
 * thread takes them out, reads both ends and gives each back; mean ns per piece of the first thread, which waits when the
 * queue is full. The queue is Agrona's for one producer and one consumer, with all contenders; both sides wait by spinning,
 * then yielding, then parking. Ours is a pool that belongs to the first thread; Netty has threads of its own kind; Okio's
 * segments go to the second thread's pool. NIO has a second queue by which its direct buffers come back.
 * Not measured: more threads, pool misses. B/op counts both threads ({@code -prof gc} must show 0 for ours).
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(HandOverBenchmark.PIECES)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class HandOverBenchmark {
    /** Pieces handed over in an invocation. */
    public static final int PIECES = 1024;

    /** Pieces that the queue holds at most. */
    public static final int QUEUED = 512;

    /** Bytes of a piece. */
    static final int LENGTH = 1024;

    private static final int OFFSETS = 64;

    @Benchmark
    public long evbuffer(final OurHandOver work) {
        return work.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION})
    public long nettyAdaptive(final NettyAdaptiveHandOver work) {
        return work.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION, NettyJvm.UNSAFE})
    public long nettyAdaptiveUnsafe(final NettyAdaptiveHandOver work) {
        return work.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION})
    public long nettyPooled(final NettyPooledHandOver work) {
        return work.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION, NettyJvm.UNSAFE})
    public long nettyPooledUnsafe(final NettyPooledHandOver work) {
        return work.pass();
    }

    @Benchmark
    public long okio(final OkioHandOver work) {
        return work.pass();
    }

    @Benchmark
    public long jetty(final JettyHandOver work) {
        return work.pass();
    }

    @Benchmark
    public long nio(final NioHandOver work) {
        return work.pass();
    }

    /**
     * The work, the same for all.
     *
     * @param <T> the kind of piece.
     */
    @State(Scope.Thread)
    public abstract static class HandOver<T> {
        private final byte[] source = Bytes.pattern(LENGTH + OFFSETS);
        private final OneToOneConcurrentArrayQueue<T> queue = new OneToOneConcurrentArrayQueue<>(QUEUED);
        private final IdleStrategy full = waiting();
        private final IdleStrategy empty = waiting();
        private @Nullable Thread consumer;
        private volatile boolean closing;
        private long sum; // the consumer's, till it is joined

        private static IdleStrategy waiting() {
            return new BackoffIdleStrategy(1000, 100, 1_000, 100_000);
        }

        @Setup
        public final void start() {
            consumer = threads().newThread(this::consume);
            consumer.start();
        }

        /** Hands over all pieces; how many those were. */
        final long pass() {
            for (int i = 0; i < PIECES; i++) {
                final T piece = fill(source, i % OFFSETS);
                if (queue.offer(piece)) continue;
                full.reset();
                while (!queue.offer(piece)) full.idle();
            }
            return PIECES;
        }

        private void consume() {
            while (true) {
                final boolean last = closing; // read before the queue is: nothing comes after
                final T piece = queue.poll();
                if (piece != null) {
                    sum = 31 * sum + free(piece);
                    empty.reset();
                } else if (last) {
                    return;
                } else {
                    empty.idle();
                }
            }
        }

        /** The consumer's checksum of all pieces, when it is gone. */
        final long checksum() {
            return sum;
        }

        /** The threads with which the pool is at its best. */
        ThreadFactory threads() {
            return Executors.defaultThreadFactory();
        }

        /** Takes a piece and fills it. */
        abstract T fill(byte[] source, int offset);

        /** Reads the first and the last byte and gives the piece back; their sum. The other thread's. */
        abstract long free(T piece);

        /** When all pieces are back. */
        void end() {}

        @TearDown
        public final void close() throws InterruptedException {
            closing = true;
            Objects.requireNonNull(consumer).join();
            end();
        }
    }

    public static class OurHandOver extends HandOver<Segment> {
        private final SlabPool pool = new SlabPool();

        @Override
        Segment fill(final byte[] source, final int offset) {
            final Segment segment = pool.take(LENGTH);
            segment.memory().putBytes(0, source, offset, LENGTH);
            return segment;
        }

        @Override
        long free(final Segment piece) {
            final int sum = piece.memory().getByte(0) + piece.memory().getByte(LENGTH - 1);
            piece.release();
            return sum;
        }

        @Override
        void end() {
            pool.close();
        }
    }

    abstract static class NettyHandOver extends HandOver<ByteBuf> {
        private final ByteBufAllocator allocator;

        NettyHandOver(final ByteBufAllocator allocator) {
            this.allocator = allocator;
        }

        @Override
        ThreadFactory threads() {
            return new DefaultThreadFactory("consumer");
        }

        @Override
        ByteBuf fill(final byte[] source, final int offset) {
            return allocator.directBuffer(LENGTH).writeBytes(source, offset, LENGTH);
        }

        @Override
        long free(final ByteBuf piece) {
            final int sum = piece.getByte(0) + piece.getByte(LENGTH - 1);
            piece.release();
            return sum;
        }
    }

    public static class NettyAdaptiveHandOver extends NettyHandOver {
        public NettyAdaptiveHandOver() {
            super(new AdaptiveByteBufAllocator());
        }
    }

    public static class NettyPooledHandOver extends NettyHandOver {
        public NettyPooledHandOver() {
            super(PooledByteBufAllocator.DEFAULT);
        }
    }

    public static class OkioHandOver extends HandOver<Buffer> {
        @Override
        Buffer fill(final byte[] source, final int offset) {
            return new Buffer().write(source, offset, LENGTH);
        }

        @Override
        long free(final Buffer piece) {
            final int sum = piece.getByte(0) + piece.getByte(LENGTH - 1);
            piece.clear();
            return sum;
        }
    }

    public static class JettyHandOver extends HandOver<RetainableByteBuffer> {
        private final ArrayByteBufferPool pool = new ArrayByteBufferPool();

        @Override
        RetainableByteBuffer fill(final byte[] source, final int offset) {
            final RetainableByteBuffer piece = pool.acquire(LENGTH, true);
            piece.getByteBuffer().limit(LENGTH).put(0, source, offset, LENGTH);
            return piece;
        }

        @Override
        long free(final RetainableByteBuffer piece) {
            final ByteBuffer bytes = piece.getByteBuffer();
            final int sum = bytes.get(0) + bytes.get(LENGTH - 1);
            piece.release();
            return sum;
        }

        @Override
        void end() {
            pool.clear();
        }
    }

    public static class NioHandOver extends HandOver<ByteBuffer> {
        private final OneToOneConcurrentArrayQueue<ByteBuffer> back = new OneToOneConcurrentArrayQueue<>(2 * QUEUED);

        @Override
        ByteBuffer fill(final byte[] source, final int offset) {
            ByteBuffer buffer = back.poll();
            if (buffer == null) buffer = ByteBuffer.allocateDirect(LENGTH);
            return buffer.put(0, source, offset, LENGTH);
        }

        /** There are never more buffers than fit in both queues. */
        @Override
        long free(final ByteBuffer piece) {
            final int sum = piece.get(0) + piece.get(LENGTH - 1);
            if (!back.offer(piece)) throw new AssertionError("more buffers than places");
            return sum;
        }
    }
}
