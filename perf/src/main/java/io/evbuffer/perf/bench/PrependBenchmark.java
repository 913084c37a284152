package io.evbuffer.perf.bench;

import io.evbuffer.EvBuffer;
import io.evbuffer.memory.SlabPool;
import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import okio.Buffer;
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
 * Cost of a message whose headers are known after its payload: 1 KiB, then a header of 8 bytes before it and one of 16
 * bytes before that, then all of it let go.
 *
 * <p>Measured: three copies and what the memory costs, mean ns per message. Ours is one buffer that is filled and drained.
 * Netty allocates a buffer a message with room in front, which beats a composite of three buffers. Okio, which cannot
 * prepend, writes the headers into a second buffer and moves the payload behind them. NIO is one direct buffer kept from
 * message to message, with room in front.
 * Not measured: sending, pool misses ({@code -prof gc} must show 0 B/op for ours), a second thread.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class PrependBenchmark {
    /** Bytes of the payload. */
    public static final int PAYLOAD = 1024;

    private static final int INNER = 8;
    private static final int OUTER = 16;
    private static final int HEADROOM = INNER + OUTER;
    private static final int OFFSETS = 64;

    @Benchmark
    public long evbuffer(final OurPrepend work) {
        return work.message();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION})
    public long nettyAdaptive(final NettyAdaptivePrepend work) {
        return work.message();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION, NettyJvm.UNSAFE})
    public long nettyAdaptiveUnsafe(final NettyAdaptivePrepend work) {
        return work.message();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION})
    public long nettyPooled(final NettyPooledPrepend work) {
        return work.message();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION, NettyJvm.UNSAFE})
    public long nettyPooledUnsafe(final NettyPooledPrepend work) {
        return work.message();
    }

    @Benchmark
    public long okio(final OkioPrepend work) {
        return work.message();
    }

    @Benchmark
    public long nio(final NioPrepend work) {
        return work.message();
    }

    /** The work, the same for all. */
    @State(Scope.Thread)
    public abstract static class Prepend {
        private final byte[] source = Bytes.pattern(PAYLOAD + OFFSETS);
        private int offset;

        /** One message, built and let go; its length. */
        final long message() {
            build();
            return drain();
        }

        final void build() {
            offset = (offset + 1) % OFFSETS;
            payload(source, offset, PAYLOAD);
            header(source, offset, INNER);
            header(source, offset + 1, OUTER);
        }

        abstract void payload(byte[] source, int offset, int length);

        /** Puts a header before all that is there. */
        abstract void header(byte[] source, int offset, int length);

        /** Lets go of the message; its length. */
        abstract long drain();

        /** For the comparison in tests. */
        abstract byte[] content();

        @TearDown
        public abstract void close();
    }

    public static class OurPrepend extends Prepend {
        private final SlabPool pool = new SlabPool();
        private final EvBuffer buffer = new EvBuffer(pool);

        @Override
        void payload(final byte[] source, final int offset, final int length) {
            buffer.add(source, offset, length);
        }

        @Override
        void header(final byte[] source, final int offset, final int length) {
            buffer.prepend(source, offset, length);
        }

        @Override
        long drain() {
            return buffer.drain(Long.MAX_VALUE);
        }

        @Override
        byte[] content() {
            return buffer.copyToArray();
        }

        @Override
        public void close() {
            buffer.close();
            pool.close();
        }
    }

    abstract static class NettyPrepend extends Prepend {
        private final ByteBufAllocator allocator;
        private ByteBuf buffer = Unpooled.EMPTY_BUFFER;

        NettyPrepend(final ByteBufAllocator allocator) {
            this.allocator = allocator;
        }

        @Override
        void payload(final byte[] source, final int offset, final int length) {
            buffer = allocator.directBuffer(HEADROOM + length);
            buffer.setIndex(HEADROOM, HEADROOM);
            buffer.writeBytes(source, offset, length);
        }

        @Override
        void header(final byte[] source, final int offset, final int length) {
            final int start = buffer.readerIndex() - length;
            buffer.setBytes(start, source, offset, length);
            buffer.readerIndex(start);
        }

        @Override
        long drain() {
            final int drained = buffer.readableBytes();
            buffer.release();
            return drained;
        }

        @Override
        byte[] content() {
            return ByteBufUtil.getBytes(buffer);
        }

        @Override
        public void close() {}
    }

    public static class NettyAdaptivePrepend extends NettyPrepend {
        public NettyAdaptivePrepend() {
            super(new AdaptiveByteBufAllocator());
        }
    }

    public static class NettyPooledPrepend extends NettyPrepend {
        public NettyPooledPrepend() {
            super(PooledByteBufAllocator.DEFAULT);
        }
    }

    public static class OkioPrepend extends Prepend {
        private Buffer message = new Buffer();
        private Buffer spare = new Buffer();

        @Override
        void payload(final byte[] source, final int offset, final int length) {
            message.write(source, offset, length);
        }

        @Override
        void header(final byte[] source, final int offset, final int length) {
            final Buffer headed = spare.write(source, offset, length);
            headed.write(message, message.size());
            spare = message;
            message = headed;
        }

        @Override
        long drain() {
            final long drained = message.size();
            message.clear();
            return drained;
        }

        @Override
        byte[] content() {
            return message.snapshot().toByteArray();
        }

        @Override
        public void close() {}
    }

    public static class NioPrepend extends Prepend {
        private final ByteBuffer buffer = ByteBuffer.allocateDirect(HEADROOM + PAYLOAD);

        @Override
        void payload(final byte[] source, final int offset, final int length) {
            buffer.put(HEADROOM, source, offset, length);
            buffer.limit(HEADROOM + length);
            buffer.position(HEADROOM);
        }

        @Override
        void header(final byte[] source, final int offset, final int length) {
            final int start = buffer.position() - length;
            buffer.put(start, source, offset, length);
            buffer.position(start);
        }

        @Override
        long drain() {
            final int drained = buffer.remaining();
            buffer.clear();
            return drained;
        }

        @Override
        byte[] content() {
            final byte[] content = new byte[buffer.remaining()];
            buffer.get(buffer.position(), content);
            return content;
        }

        @Override
        public void close() {}
    }
}
