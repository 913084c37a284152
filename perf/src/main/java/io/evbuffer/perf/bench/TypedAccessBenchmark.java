package io.evbuffer.perf.bench;

import io.evbuffer.EvBuffer;
import io.evbuffer.EvBufferReader;
import io.evbuffer.EvBufferWriter;
import io.evbuffer.memory.SlabPool;
import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.EOFException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.TimeUnit;
import okio.Buffer;
import org.agrona.ExpandableDirectByteBuffer;
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
 * Cost of a number written at the end of a buffer and read from its front, by the byte order.
 *
 * <p>Measured: {@value #RECORDS} times a short, an int and a long written one after the other, then all of them read; mean
 * ns per number for both. The numbers lie in one piece, mostly not aligned; {@link FragmentedAccessBenchmark}
 * is the same across edges. Ours takes its memory for each pass and gives it back as it is read, so does Okio, in pieces of
 * 8 KiB; Netty keeps a grown direct buffer, Agrona an expandable one that it addresses by index, and Vert.x, whose buffers
 * cannot be emptied, begins a new one on the heap. NIO and the JDK's memory segment cannot grow.
 * Not measured: access at random, pool misses ({@code -prof gc} must show 0 B/op for ours).
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(TypedAccessBenchmark.NUMBERS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class TypedAccessBenchmark {
    /** Shorts, ints and longs each. */
    public static final int RECORDS = 1024;

    /** All numbers of a pass. */
    public static final int NUMBERS = 3 * RECORDS;

    /** Their bytes. */
    static final int LENGTH = RECORDS * (Short.BYTES + Integer.BYTES + Long.BYTES);

    private static final ValueLayout.OfShort SHORT_BIG =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt INT_BIG = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong LONG_BIG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfShort SHORT_LITTLE =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT_LITTLE =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG_LITTLE =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    @Benchmark
    public long evbuffer(final OurTypedAccess work) {
        return work.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION})
    public long nettyAdaptive(final NettyAdaptiveTypedAccess work) {
        return work.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION, NettyJvm.UNSAFE})
    public long nettyAdaptiveUnsafe(final NettyAdaptiveTypedAccess work) {
        return work.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION})
    public long nettyPooled(final NettyPooledTypedAccess work) {
        return work.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION, NettyJvm.UNSAFE})
    public long nettyPooledUnsafe(final NettyPooledTypedAccess work) {
        return work.pass();
    }

    @Benchmark
    public long okio(final OkioTypedAccess work) {
        return work.pass();
    }

    @Benchmark
    public long vertx(final VertxTypedAccess work) {
        return work.pass();
    }

    @Benchmark
    public long agrona(final AgronaTypedAccess work) {
        return work.pass();
    }

    @Benchmark
    public long rawMemorySegment(final MemorySegmentTypedAccess work) {
        return work.pass();
    }

    @Benchmark
    public long nio(final NioTypedAccess work) {
        return work.pass();
    }

    /** The work, the same for all. */
    @State(Scope.Thread)
    public abstract static class TypedAccess {
        private static final long STEP = 0x9E3779B97F4A7C15L; // odd, so that all longs differ

        @Param({"big", "little"})
        public String order = "big";

        private long next;

        @Setup
        public final void start() {
            prepare(order.equals("little") ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        }

        /** Called once, when the order is known. */
        abstract void prepare(ByteOrder chosen);

        final long pass() {
            write();
            return read();
        }

        /** Writes all numbers. */
        final void write() {
            begin();
            long value = next;
            for (int i = 0; i < RECORDS; i++) {
                value += STEP;
                put((short) value, (int) (value >>> Short.SIZE), value);
            }
            next = value;
        }

        /** Reads them; a checksum that knows their order. */
        final long read() {
            long sum = 0;
            for (int i = 0; i < RECORDS; i++) sum = 31 * sum + take();
            end();
            return sum;
        }

        /** What {@link #take} makes of a record. */
        static long sum(final short first, final int second, final long third) {
            return first + 3L * second + 7 * third;
        }

        /** Before the first record is written. */
        void begin() {}

        abstract void put(short first, int second, long third);

        abstract long take();

        /** After the last record is read. */
        void end() {}

        /** What was written and not read, as bytes. */
        abstract byte[] content();

        @TearDown
        public abstract void close();
    }

    /** Common to one piece and to many. */
    abstract static class OurAccess extends TypedAccess {
        final EvBuffer buffer;
        private EvBufferWriter writer;
        private EvBufferReader reader;

        OurAccess(final EvBuffer buffer) {
            this.buffer = buffer;
            writer = new EvBufferWriter(buffer, ByteOrder.BIG_ENDIAN);
            reader = new EvBufferReader(buffer, ByteOrder.BIG_ENDIAN);
        }

        @Override
        void prepare(final ByteOrder chosen) {
            writer = new EvBufferWriter(buffer, chosen);
            reader = new EvBufferReader(buffer, chosen);
        }

        @Override
        void put(final short first, final int second, final long third) {
            writer.putShort(first);
            writer.putInt(second);
            writer.putLong(third);
        }

        @Override
        long take() {
            return sum(reader.removeShort(), reader.removeInt(), reader.removeLong());
        }

        @Override
        byte[] content() {
            return buffer.copyToArray();
        }
    }

    public static class OurTypedAccess extends OurAccess {
        private final SlabPool pool;

        public OurTypedAccess() {
            this(new SlabPool());
        }

        private OurTypedAccess(final SlabPool pool) {
            super(new EvBuffer(pool));
            this.pool = pool;
        }

        @Override
        void begin() {
            buffer.expand(LENGTH);
        }

        @Override
        public void close() {
            buffer.close();
            pool.close();
        }
    }

    /** Common to one piece and to many. */
    abstract static class NettyAccess extends TypedAccess {
        private final ByteBuf buffer;
        private boolean little;

        NettyAccess(final ByteBuf buffer) {
            this.buffer = buffer;
        }

        @Override
        void prepare(final ByteOrder chosen) {
            little = chosen == ByteOrder.LITTLE_ENDIAN;
        }

        @Override
        void put(final short first, final int second, final long third) {
            if (little) buffer.writeShortLE(first).writeIntLE(second).writeLongLE(third);
            else buffer.writeShort(first).writeInt(second).writeLong(third);
        }

        @Override
        long take() {
            if (little) return sum(buffer.readShortLE(), buffer.readIntLE(), buffer.readLongLE());
            return sum(buffer.readShort(), buffer.readInt(), buffer.readLong());
        }

        @Override
        void end() {
            buffer.clear();
        }

        @Override
        byte[] content() {
            final byte[] content = new byte[buffer.readableBytes()];
            buffer.getBytes(buffer.readerIndex(), content);
            return content;
        }

        @Override
        public void close() {
            buffer.release();
        }
    }

    abstract static class NettyTypedAccess extends NettyAccess {
        NettyTypedAccess(final ByteBufAllocator allocator) {
            super(allocator.directBuffer(LENGTH));
        }
    }

    public static class NettyAdaptiveTypedAccess extends NettyTypedAccess {
        public NettyAdaptiveTypedAccess() {
            super(new AdaptiveByteBufAllocator());
        }
    }

    public static class NettyPooledTypedAccess extends NettyTypedAccess {
        public NettyPooledTypedAccess() {
            super(PooledByteBufAllocator.DEFAULT);
        }
    }

    public static class OkioTypedAccess extends TypedAccess {
        private final Buffer buffer = new Buffer();
        private boolean little;

        @Override
        void prepare(final ByteOrder chosen) {
            little = chosen == ByteOrder.LITTLE_ENDIAN;
        }

        @Override
        void put(final short first, final int second, final long third) {
            if (little) buffer.writeShortLe(first).writeIntLe(second).writeLongLe(third);
            else buffer.writeShort(first).writeInt(second).writeLong(third);
        }

        @Override
        long take() {
            try {
                if (little) return sum(buffer.readShortLe(), buffer.readIntLe(), buffer.readLongLe());
                return sum(buffer.readShort(), buffer.readInt(), buffer.readLong());
            } catch (final EOFException e) {
                throw new AssertionError("the numbers are there", e);
            }
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

    public static class VertxTypedAccess extends TypedAccess {
        private io.vertx.core.buffer.Buffer buffer = io.vertx.core.buffer.Buffer.buffer();
        private int position;
        private boolean little;

        @Override
        void prepare(final ByteOrder chosen) {
            little = chosen == ByteOrder.LITTLE_ENDIAN;
        }

        @Override
        void begin() {
            buffer = io.vertx.core.buffer.Buffer.buffer(LENGTH);
            position = 0;
        }

        @Override
        void put(final short first, final int second, final long third) {
            if (little) buffer.appendShortLE(first).appendIntLE(second).appendLongLE(third);
            else buffer.appendShort(first).appendInt(second).appendLong(third);
        }

        @Override
        long take() {
            final int at = position;
            position = at + Short.BYTES + Integer.BYTES + Long.BYTES;
            final int second = at + Short.BYTES;
            final int third = second + Integer.BYTES;
            if (little) return sum(buffer.getShortLE(at), buffer.getIntLE(second), buffer.getLongLE(third));
            return sum(buffer.getShort(at), buffer.getInt(second), buffer.getLong(third));
        }

        @Override
        byte[] content() {
            return buffer.getBytes(position, buffer.length());
        }

        @Override
        public void close() {}
    }

    public static class AgronaTypedAccess extends TypedAccess {
        private final ExpandableDirectByteBuffer buffer = new ExpandableDirectByteBuffer(LENGTH);
        private ByteOrder byteOrder = ByteOrder.BIG_ENDIAN;
        private int end;
        private int position;

        @Override
        void prepare(final ByteOrder chosen) {
            byteOrder = chosen;
        }

        @Override
        void put(final short first, final int second, final long third) {
            final int at = end;
            buffer.putShort(at, first, byteOrder);
            buffer.putInt(at + Short.BYTES, second, byteOrder);
            buffer.putLong(at + Short.BYTES + Integer.BYTES, third, byteOrder);
            end = at + Short.BYTES + Integer.BYTES + Long.BYTES;
        }

        @Override
        long take() {
            final int at = position;
            position = at + Short.BYTES + Integer.BYTES + Long.BYTES;
            return sum(
                    buffer.getShort(at, byteOrder),
                    buffer.getInt(at + Short.BYTES, byteOrder),
                    buffer.getLong(at + Short.BYTES + Integer.BYTES, byteOrder));
        }

        @Override
        void end() {
            end = 0;
            position = 0;
        }

        @Override
        byte[] content() {
            final byte[] content = new byte[end - position];
            buffer.getBytes(position, content);
            return content;
        }

        @Override
        public void close() {}
    }

    public static class MemorySegmentTypedAccess extends TypedAccess {
        private final Arena arena = Arena.ofConfined();
        private final MemorySegment memory = arena.allocate(LENGTH);
        private boolean little;
        private long end;
        private long position;

        @Override
        void prepare(final ByteOrder chosen) {
            little = chosen == ByteOrder.LITTLE_ENDIAN;
        }

        @Override
        void put(final short first, final int second, final long third) {
            final long at = end;
            if (little) {
                memory.set(SHORT_LITTLE, at, first);
                memory.set(INT_LITTLE, at + Short.BYTES, second);
                memory.set(LONG_LITTLE, at + Short.BYTES + Integer.BYTES, third);
            } else {
                memory.set(SHORT_BIG, at, first);
                memory.set(INT_BIG, at + Short.BYTES, second);
                memory.set(LONG_BIG, at + Short.BYTES + Integer.BYTES, third);
            }
            end = at + Short.BYTES + Integer.BYTES + Long.BYTES;
        }

        @Override
        long take() {
            final long at = position;
            position = at + Short.BYTES + Integer.BYTES + Long.BYTES;
            final long second = at + Short.BYTES;
            final long third = second + Integer.BYTES;
            if (little) {
                return sum(
                        memory.get(SHORT_LITTLE, at), memory.get(INT_LITTLE, second), memory.get(LONG_LITTLE, third));
            }
            return sum(memory.get(SHORT_BIG, at), memory.get(INT_BIG, second), memory.get(LONG_BIG, third));
        }

        @Override
        void end() {
            end = 0;
            position = 0;
        }

        @Override
        byte[] content() {
            return memory.asSlice(position, end - position).toArray(ValueLayout.JAVA_BYTE);
        }

        @Override
        public void close() {
            arena.close();
        }
    }

    public static class NioTypedAccess extends TypedAccess {
        private final ByteBuffer buffer = ByteBuffer.allocateDirect(LENGTH);
        private int position;

        @Override
        void prepare(final ByteOrder chosen) {
            buffer.order(chosen);
        }

        @Override
        void put(final short first, final int second, final long third) {
            buffer.putShort(first).putInt(second).putLong(third);
        }

        @Override
        long take() {
            final int at = position;
            position = at + Short.BYTES + Integer.BYTES + Long.BYTES;
            return sum(
                    buffer.getShort(at),
                    buffer.getInt(at + Short.BYTES),
                    buffer.getLong(at + Short.BYTES + Integer.BYTES));
        }

        @Override
        void end() {
            buffer.clear();
            position = 0;
        }

        @Override
        byte[] content() {
            final byte[] content = new byte[buffer.position() - position];
            buffer.get(position, content);
            return content;
        }

        @Override
        public void close() {}
    }
}
