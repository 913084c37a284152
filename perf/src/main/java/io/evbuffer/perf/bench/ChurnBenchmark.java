package io.evbuffer.perf.bench;

import io.evbuffer.memory.Segment;
import io.evbuffer.memory.SlabPool;
import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.ArrayByteBufferPool;
import org.eclipse.jetty.io.RetainableByteBuffer;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Cost of replacing one of {@value #LIVE} pieces of memory that are alive at once, by their sizes: what a server's buffers do
 * to its pool after hours.
 *
 * <p>Measured: a piece chosen at random read at both ends and given back, another one taken and written at both ends; mean ns
 * for all. Sizes are always 1 KiB ({@code fixed}), 16 to 256 bytes ({@code small}), or 16 bytes to 64 KiB, each power of
 * two as often as the next ({@code mixed}); pieces and sizes are the same for all contenders. Ours are segments of a {@code
 * SlabPool}, Jetty's are of its {@code ArrayByteBufferPool} as it comes. The JDK's memory segments are not pooled: an arena
 * for each, which clears it and gives it back to the C library. NIO has no pool: a stack of direct buffers for each power of
 * two stands for the one that its users write, and gives nothing back.
 * Not measured: pool misses ({@code -prof gc} must show 0 B/op for ours), other bytes of a piece, a second thread.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class ChurnBenchmark {
    /** Pieces that are alive all the time. */
    public static final int LIVE = 1024;

    /** Replacements after which the same ones come again. */
    private static final int PLANNED = 1 << 14;

    private static final int SMALLEST = 16;
    private static final int DOUBLINGS = 12; // from 16 bytes to 64 KiB

    @Benchmark
    public long evbuffer(final OurChurn work) {
        return work.replace();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION})
    public long nettyAdaptive(final NettyAdaptiveChurn work) {
        return work.replace();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION, NettyJvm.UNSAFE})
    public long nettyAdaptiveUnsafe(final NettyAdaptiveChurn work) {
        return work.replace();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION})
    public long nettyPooled(final NettyPooledChurn work) {
        return work.replace();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION, NettyJvm.UNSAFE})
    public long nettyPooledUnsafe(final NettyPooledChurn work) {
        return work.replace();
    }

    @Benchmark
    public long jetty(final JettyChurn work) {
        return work.replace();
    }

    @Benchmark
    public long memorySegment(final MemorySegmentChurn work) {
        return work.replace();
    }

    @Benchmark
    public long nio(final NioChurn work) {
        return work.replace();
    }

    /** The work, the same for all. */
    @State(Scope.Thread)
    public abstract static class Churn {
        @Param({"fixed", "small", "mixed"})
        public String sizes = "fixed";

        private final int[] places = new int[PLANNED];
        private final int[] lengths = new int[PLANNED];
        private int next;

        @Setup
        public final void start() {
            final Sequence sequence = new Sequence();
            for (int i = 0; i < PLANNED; i++) {
                places[i] = sequence.below(LIVE);
                lengths[i] = length(sequence);
            }
            for (int i = 0; i < LIVE; i++) take(i, length(sequence), (byte) i);
        }

        private int length(final Sequence sequence) {
            return switch (sizes) {
                case "fixed" -> 1024;
                case "small" -> SMALLEST + sequence.below(256 - SMALLEST + 1);
                case "mixed" -> mixed(SMALLEST << sequence.below(DOUBLINGS), sequence);
                default -> throw new IllegalArgumentException("no such sizes: " + sizes);
            };
        }

        private static int mixed(final int least, final Sequence sequence) {
            return least + 1 + sequence.below(least);
        }

        /** Replaces the next piece of the plan; the sum of the bytes that were in the old one. */
        final long replace() {
            next = (next + 1) % PLANNED;
            final int place = places[next];
            final long sum = giveBack(place);
            take(place, lengths[next], (byte) next);
            return sum;
        }

        /** Which piece was replaced last. */
        final int replaced() {
            return places[next];
        }

        /** Takes a piece of a length and writes a byte to its first and last place. */
        abstract void take(int place, int length, byte content);

        /** Reads both bytes and lets go of the piece; their sum. */
        abstract long giveBack(int place);

        /** When all pieces are back. */
        void end() {}

        @TearDown
        public final void close() {
            for (int i = 0; i < LIVE; i++) giveBack(i);
            end();
        }
    }

    public static class OurChurn extends Churn {
        private final SlabPool pool = new SlabPool();
        private final @Nullable Segment[] live = new Segment[LIVE];
        private final int[] lengths = new int[LIVE];

        @Override
        void take(final int place, final int length, final byte content) {
            final Segment segment = pool.take(length);
            segment.memory().putByte(0, content);
            segment.memory().putByte(length - 1, content);
            live[place] = segment;
            lengths[place] = length;
        }

        @Override
        long giveBack(final int place) {
            final Segment segment = Objects.requireNonNull(live[place]);
            final int sum = segment.memory().getByte(0) + segment.memory().getByte(lengths[place] - 1);
            segment.release();
            return sum;
        }

        @Override
        void end() {
            pool.close();
        }
    }

    abstract static class NettyChurn extends Churn {
        private final ByteBufAllocator allocator;
        private final @Nullable ByteBuf[] live = new ByteBuf[LIVE];

        NettyChurn(final ByteBufAllocator allocator) {
            this.allocator = allocator;
        }

        @Override
        void take(final int place, final int length, final byte content) {
            final ByteBuf buffer = allocator.directBuffer(length, length);
            buffer.setByte(0, content);
            buffer.setByte(length - 1, content);
            live[place] = buffer;
        }

        @Override
        long giveBack(final int place) {
            final ByteBuf buffer = Objects.requireNonNull(live[place]);
            final int sum = buffer.getByte(0) + buffer.getByte(buffer.capacity() - 1);
            buffer.release();
            return sum;
        }
    }

    public static class NettyAdaptiveChurn extends NettyChurn {
        public NettyAdaptiveChurn() {
            super(new AdaptiveByteBufAllocator());
        }
    }

    public static class NettyPooledChurn extends NettyChurn {
        public NettyPooledChurn() {
            super(PooledByteBufAllocator.DEFAULT);
        }
    }

    public static class JettyChurn extends Churn {
        private final ArrayByteBufferPool pool = new ArrayByteBufferPool();
        private final @Nullable RetainableByteBuffer[] live = new RetainableByteBuffer[LIVE];
        private final int[] lengths = new int[LIVE];

        /** The limit is where a user's bytes would end; the capacity is more. */
        @Override
        void take(final int place, final int length, final byte content) {
            final RetainableByteBuffer piece = pool.acquire(length, true);
            final ByteBuffer bytes = piece.getByteBuffer();
            bytes.limit(length);
            bytes.put(0, content);
            bytes.put(length - 1, content);
            live[place] = piece;
            lengths[place] = length;
        }

        @Override
        long giveBack(final int place) {
            final RetainableByteBuffer piece = Objects.requireNonNull(live[place]);
            final ByteBuffer bytes = piece.getByteBuffer();
            final int sum = bytes.get(0) + bytes.get(lengths[place] - 1);
            piece.release();
            return sum;
        }

        @Override
        void end() {
            pool.clear();
        }
    }

    public static class MemorySegmentChurn extends Churn {
        private final @Nullable Arena[] arenas = new Arena[LIVE];
        private final MemorySegment[] live = new MemorySegment[LIVE];

        @Override
        void take(final int place, final int length, final byte content) {
            final Arena arena = Arena.ofConfined();
            final MemorySegment memory = arena.allocate(length);
            memory.set(ValueLayout.JAVA_BYTE, 0, content);
            memory.set(ValueLayout.JAVA_BYTE, length - 1, content);
            arenas[place] = arena;
            live[place] = memory;
        }

        @Override
        long giveBack(final int place) {
            final MemorySegment memory = live[place];
            final int sum =
                    memory.get(ValueLayout.JAVA_BYTE, 0) + memory.get(ValueLayout.JAVA_BYTE, memory.byteSize() - 1);
            Objects.requireNonNull(arenas[place]).close();
            return sum;
        }
    }

    public static class NioChurn extends Churn {
        private final ByteBuffer[] live = new ByteBuffer[LIVE];
        private final int[] lengths = new int[LIVE];
        private final ArrayDeque<ByteBuffer>[] pools = pools();

        @SuppressWarnings({"unchecked", "rawtypes"}) // Java has no arrays of generic types
        private static ArrayDeque<ByteBuffer>[] pools() {
            final ArrayDeque<ByteBuffer>[] pools = new ArrayDeque[Integer.SIZE];
            Arrays.setAll(pools, i -> new ArrayDeque<>());
            return pools;
        }

        private static int shift(final int length) {
            return Integer.SIZE - Integer.numberOfLeadingZeros(length - 1);
        }

        @Override
        void take(final int place, final int length, final byte content) {
            ByteBuffer buffer = pools[shift(length)].pollLast();
            if (buffer == null) buffer = ByteBuffer.allocateDirect(1 << shift(length));
            buffer.put(0, content);
            buffer.put(length - 1, content);
            live[place] = buffer;
            lengths[place] = length;
        }

        @Override
        long giveBack(final int place) {
            final ByteBuffer buffer = live[place];
            final int length = lengths[place];
            final int sum = buffer.get(0) + buffer.get(length - 1);
            pools[shift(length)].addLast(buffer);
            return sum;
        }
    }
}
