package io.evbuffer.perf.bench;

import io.evbuffer.EvBuffer;
import io.evbuffer.memory.SlabPool;
import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import okio.Buffer;
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
 * Cost of passing 1500 bytes, a full Ethernet frame, through a queue of bytes, by the number of such packets that stand in
 * it all the time.
 *
 * <p>Measured: one add from an array at the end and one remove into an array at the front, mean ns for both. Netty has no
 * queue of bytes that gives memory back as it is read; its users keep a queue of buffers, one a packet, and so does it
 * here. NIO is a ring on one direct buffer, large enough from the start and unable to grow.
 * Not measured: pool misses ({@code -prof gc} must show 0 B/op for ours), a second thread.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class FifoBenchmark {
    /** Bytes of one packet. */
    public static final int PACKET = 1500;

    private static final int OFFSETS = 64;

    @Benchmark
    public long evbuffer(final OurFifo work) {
        return work.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION})
    public long nettyAdaptive(final NettyAdaptiveFifo work) {
        return work.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION, NettyJvm.UNSAFE})
    public long nettyAdaptiveUnsafe(final NettyAdaptiveFifo work) {
        return work.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION})
    public long nettyPooled(final NettyPooledFifo work) {
        return work.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION, NettyJvm.UNSAFE})
    public long nettyPooledUnsafe(final NettyPooledFifo work) {
        return work.pass();
    }

    @Benchmark
    public long okio(final OkioFifo work) {
        return work.pass();
    }

    @Benchmark
    public long nio(final NioFifo work) {
        return work.pass();
    }

    /** The work, the same for all. */
    @State(Scope.Thread)
    public abstract static class Fifo {
        @Param({"0", "64"})
        public int backlog;

        private final byte[] source = Bytes.pattern(PACKET + OFFSETS);
        private final byte[] sink = new byte[PACKET];
        private int offset;

        @Setup
        public final void start() {
            prepare();
            for (int i = 0; i < backlog; i++) addNext();
        }

        /** Called once, when the backlog is known. */
        void prepare() {}

        /** Adds a packet at the end and removes one at the front; a checksum of it. */
        final long pass() {
            addNext();
            final long removed = remove(sink, 0, PACKET);
            return removed + sink[0] + sink[PACKET - 1];
        }

        /** The packet that {@link #pass} removed. */
        final byte[] removed() {
            return sink;
        }

        private void addNext() {
            offset = (offset + 1) % OFFSETS;
            add(source, offset, PACKET);
        }

        abstract void add(byte[] source, int offset, int length);

        abstract int remove(byte[] target, int offset, int length);

        @TearDown
        public abstract void close();
    }

    public static class OurFifo extends Fifo {
        private final SlabPool pool = new SlabPool();
        private final EvBuffer buffer = new EvBuffer(pool);

        @Override
        void add(final byte[] source, final int offset, final int length) {
            buffer.add(source, offset, length);
        }

        @Override
        int remove(final byte[] target, final int offset, final int length) {
            return buffer.remove(target, offset, length);
        }

        @Override
        public void close() {
            buffer.close();
            pool.close();
        }
    }

    abstract static class NettyFifo extends Fifo {
        private final ByteBufAllocator allocator;
        private final ArrayDeque<ByteBuf> queue = new ArrayDeque<>();

        NettyFifo(final ByteBufAllocator allocator) {
            this.allocator = allocator;
        }

        @Override
        void add(final byte[] source, final int offset, final int length) {
            final ByteBuf packet = allocator.directBuffer(length);
            packet.writeBytes(source, offset, length);
            queue.addLast(packet);
        }

        @Override
        int remove(final byte[] target, final int offset, final int length) {
            final ByteBuf packet = queue.removeFirst();
            packet.readBytes(target, offset, length);
            packet.release();
            return length;
        }

        @Override
        public void close() {
            queue.forEach(ByteBuf::release);
            queue.clear();
        }
    }

    public static class NettyAdaptiveFifo extends NettyFifo {
        public NettyAdaptiveFifo() {
            super(new AdaptiveByteBufAllocator());
        }
    }

    public static class NettyPooledFifo extends NettyFifo {
        public NettyPooledFifo() {
            super(PooledByteBufAllocator.DEFAULT);
        }
    }

    public static class OkioFifo extends Fifo {
        private final Buffer buffer = new Buffer();

        @Override
        void add(final byte[] source, final int offset, final int length) {
            buffer.write(source, offset, length);
        }

        /** Okio removes at most to the end of a segment. */
        @Override
        int remove(final byte[] target, final int offset, final int length) {
            int removed = 0;
            while (removed < length) removed += buffer.read(target, offset + removed, length - removed);
            return removed;
        }

        @Override
        public void close() {
            buffer.clear();
        }
    }

    public static class NioFifo extends Fifo {
        private ByteBuffer ring = ByteBuffer.allocateDirect(0);
        private int head;
        private int tail;

        @Override
        void prepare() {
            ring = ByteBuffer.allocateDirect(Integer.highestOneBit((backlog + 2) * PACKET) * 2);
        }

        @Override
        void add(final byte[] source, final int offset, final int length) {
            final int mask = ring.capacity() - 1;
            final int place = tail & mask;
            final int behind = Math.min(length, ring.capacity() - place);
            ring.put(place, source, offset, behind);
            if (behind < length) ring.put(0, source, offset + behind, length - behind);
            tail += length;
        }

        @Override
        int remove(final byte[] target, final int offset, final int length) {
            final int mask = ring.capacity() - 1;
            final int place = head & mask;
            final int behind = Math.min(length, ring.capacity() - place);
            ring.get(place, target, offset, behind);
            if (behind < length) ring.get(0, target, offset + behind, length - behind);
            head += length;
            return length;
        }

        @Override
        public void close() {}
    }
}
