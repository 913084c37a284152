package io.evbuffer.perf.bench;

import io.evbuffer.EvBuffer;
import io.evbuffer.memory.Segment;
import io.evbuffer.memory.SegmentSource;
import io.evbuffer.perf.bench.TypedAccessBenchmark.NettyAccess;
import io.evbuffer.perf.bench.TypedAccessBenchmark.OkioTypedAccess;
import io.evbuffer.perf.bench.TypedAccessBenchmark.OurAccess;
import io.evbuffer.perf.bench.TypedAccessBenchmark.TypedAccess;
import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Warmup;

/**
 * {@link TypedAccessBenchmark} on memory in {@value #FRAGMENTS} pieces of {@value #FRAGMENT} bytes: a prime number, so that edges
 * cut numbers in all places.
 *
 * <p>Measured: the same numbers, written and read, one in 68 across an edge; mean ns per number for both. Ours has
 * memory of such a size lent by a source of its own and gives each piece back as it is read. Netty has a composite of such
 * pieces, that stay. Okio's pieces always have 8 KiB, so that it meets two edges only. NIO is an array of direct buffers; a
 * number that crosses an edge goes byte by byte.
 * Not measured: the making of pieces.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(TypedAccessBenchmark.NUMBERS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class FragmentedAccessBenchmark {
    /** Bytes of a piece. */
    public static final int FRAGMENT = 251;

    /** Pieces that hold all numbers. */
    public static final int FRAGMENTS = (TypedAccessBenchmark.LENGTH + FRAGMENT - 1) / FRAGMENT;

    @Benchmark
    public long evbuffer(final OurFragmentedAccess work) {
        return work.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION})
    public long nettyAdaptive(final NettyAdaptiveFragmentedAccess work) {
        return work.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION, NettyJvm.UNSAFE})
    public long nettyAdaptiveUnsafe(final NettyAdaptiveFragmentedAccess work) {
        return work.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION})
    public long nettyPooled(final NettyPooledFragmentedAccess work) {
        return work.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION, NettyJvm.UNSAFE})
    public long nettyPooledUnsafe(final NettyPooledFragmentedAccess work) {
        return work.pass();
    }

    @Benchmark
    public long okio(final OkioFragmentedAccess work) {
        return work.pass();
    }

    @Benchmark
    public long nio(final NioFragmentedAccess work) {
        return work.pass();
    }

    public static class OurFragmentedAccess extends OurAccess {
        public OurFragmentedAccess() {
            super(new EvBuffer(new OddSegments()));
        }

        @Override
        public void close() {
            buffer.close();
        }
    }

    /** Lends segments of {@value #FRAGMENT} bytes, the last one that came back first. */
    private static final class OddSegments implements SegmentSource {
        private final Segment[] atHome = new Segment[FRAGMENTS + 1];
        private int count;

        OddSegments() {
            for (int i = 0; i <= FRAGMENTS; i++) recycle(new Segment(this, ByteBuffer.allocateDirect(FRAGMENT)));
        }

        @Override
        public Segment take(final int minCapacity) {
            if (minCapacity > FRAGMENT) throw new IllegalArgumentException("no segment of " + minCapacity + " bytes");
            return atHome[--count].lend();
        }

        @Override
        public void recycle(final Segment segment) {
            atHome[count++] = segment;
        }

        @Override
        public int preferredCapacity() {
            return FRAGMENT;
        }
    }

    abstract static class NettyFragmentedAccess extends NettyAccess {
        NettyFragmentedAccess(final ByteBufAllocator allocator) {
            super(composite(allocator));
        }

        private static ByteBuf composite(final ByteBufAllocator allocator) {
            final CompositeByteBuf composite = allocator.compositeDirectBuffer(FRAGMENTS);
            for (int i = 0; i < FRAGMENTS; i++) {
                composite.addComponent(
                        false, allocator.directBuffer(FRAGMENT, FRAGMENT).writeZero(FRAGMENT));
            }
            return composite;
        }
    }

    public static class NettyAdaptiveFragmentedAccess extends NettyFragmentedAccess {
        public NettyAdaptiveFragmentedAccess() {
            super(new AdaptiveByteBufAllocator());
        }
    }

    public static class NettyPooledFragmentedAccess extends NettyFragmentedAccess {
        public NettyPooledFragmentedAccess() {
            super(PooledByteBufAllocator.DEFAULT);
        }
    }

    public static class OkioFragmentedAccess extends OkioTypedAccess {}

    public static class NioFragmentedAccess extends TypedAccess {
        private final ByteBuffer[] fragments = new ByteBuffer[FRAGMENTS];
        private int end;
        private int position;
        private boolean little;

        public NioFragmentedAccess() {
            Arrays.setAll(fragments, i -> ByteBuffer.allocateDirect(FRAGMENT));
        }

        @Override
        void prepare(final ByteOrder chosen) {
            for (final ByteBuffer fragment : fragments) fragment.order(chosen);
            little = chosen == ByteOrder.LITTLE_ENDIAN;
        }

        @Override
        void put(final short first, final int second, final long third) {
            final ByteBuffer fragment = fragments[end / FRAGMENT];
            int at = end % FRAGMENT;
            if (at + Short.BYTES + Integer.BYTES + Long.BYTES <= FRAGMENT) {
                fragment.putShort(at, first)
                        .putInt(at + Short.BYTES, second)
                        .putLong(at + Short.BYTES + Integer.BYTES, third);
            } else {
                at = end;
                putBytes(at, first, Short.BYTES);
                putBytes(at + Short.BYTES, second, Integer.BYTES);
                putBytes(at + Short.BYTES + Integer.BYTES, third, Long.BYTES);
            }
            end += Short.BYTES + Integer.BYTES + Long.BYTES;
        }

        private void putBytes(final int start, final long value, final int bytes) {
            for (int i = 0; i < bytes; i++) {
                final int shift = Byte.SIZE * (little ? i : bytes - 1 - i);
                fragments[(start + i) / FRAGMENT].put((start + i) % FRAGMENT, (byte) (value >>> shift));
            }
        }

        @Override
        long take() {
            final int start = position;
            position = start + Short.BYTES + Integer.BYTES + Long.BYTES;
            final int second = start + Short.BYTES;
            final int third = second + Integer.BYTES;
            final int at = start % FRAGMENT;
            if (at + Short.BYTES + Integer.BYTES + Long.BYTES <= FRAGMENT) {
                final ByteBuffer fragment = fragments[start / FRAGMENT];
                return sum(
                        fragment.getShort(at),
                        fragment.getInt(at + Short.BYTES),
                        fragment.getLong(at + Short.BYTES + Integer.BYTES));
            }
            return sum(
                    (short) getBytes(start, Short.BYTES),
                    (int) getBytes(second, Integer.BYTES),
                    getBytes(third, Long.BYTES));
        }

        private long getBytes(final int start, final int bytes) {
            long value = 0;
            for (int i = 0; i < bytes; i++) {
                final int shift = Byte.SIZE * (little ? i : bytes - 1 - i);
                value |= (fragments[(start + i) / FRAGMENT].get((start + i) % FRAGMENT) & 0xFFL) << shift;
            }
            return value;
        }

        @Override
        void end() {
            end = 0;
            position = 0;
        }

        @Override
        byte[] content() {
            final byte[] content = new byte[end - position];
            for (int i = 0; i < content.length; i++) {
                content[i] = fragments[(position + i) / FRAGMENT].get((position + i) % FRAGMENT);
            }
            return content;
        }

        @Override
        public void close() {}
    }
}
