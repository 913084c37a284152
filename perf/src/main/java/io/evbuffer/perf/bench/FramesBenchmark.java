package io.evbuffer.perf.bench;

import io.evbuffer.EvBuffer;
import io.evbuffer.EvBufferReader;
import io.evbuffer.memory.SlabPool;
import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.vertx.core.parsetools.RecordParser;
import java.io.EOFException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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
 * Cost of a frame, four bytes of length and 10 to 1000 bytes of body, that arrives in reads of {@value #READ} bytes, as
 * TCP cuts a stream, and is handed on in a buffer of its own.
 *
 * <p>Measured: {@value #FRAMES} frames in, cut, looked at in the first and last byte, and let go; mean ns per frame for all,
 * the copy from an array in the system's place too. Ours moves each body to a second buffer, which it has for that. Netty
 * cumulates reads and cuts retained slices as its {@code LengthFieldBasedFrameDecoder} does. Vert.x has its {@code
 * RecordParser}, Okio moves bodies to a second buffer, as ours. NIO copies each body to a buffer that stands ready, and
 * could not keep two of them.
 * Not measured: frames that stay, frames larger than a segment, pool misses ({@code -prof gc} must show 0 B/op for ours).
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(FramesBenchmark.FRAMES)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class FramesBenchmark {
    /** Frames between two times at which the buffer is empty. */
    public static final int FRAMES = 64;

    /** Bytes of one read: what one TCP segment brings over Ethernet. */
    public static final int READ = 1460;

    private static final int PREFIX = Integer.BYTES;
    private static final int LEAST = 10;
    private static final int MOST = 1000;

    @Benchmark
    public long evbuffer(final OurFrames work) {
        return work.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION})
    public long nettyAdaptive(final NettyAdaptiveFrames work) {
        return work.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION, NettyJvm.UNSAFE})
    public long nettyAdaptiveUnsafe(final NettyAdaptiveFrames work) {
        return work.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION})
    public long nettyPooled(final NettyPooledFrames work) {
        return work.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION, NettyJvm.UNSAFE})
    public long nettyPooledUnsafe(final NettyPooledFrames work) {
        return work.pass();
    }

    @Benchmark
    public long okio(final OkioFrames work) {
        return work.pass();
    }

    @Benchmark
    public long vertx(final VertxFrames work) {
        return work.pass();
    }

    @Benchmark
    public long nio(final NioFrames work) {
        return work.pass();
    }

    /** The work, the same for all. */
    @State(Scope.Thread)
    public abstract static class Frames {
        private final byte[] stream = stream();
        private long sum;

        private static byte[] stream() {
            final int[] lengths = lengths();
            int total = 0;
            for (final int length : lengths) total += PREFIX + length;
            final ByteBuffer stream = ByteBuffer.wrap(Bytes.pattern(total));
            for (final int length : lengths) {
                stream.putInt(length);
                stream.position(stream.position() + length);
            }
            return stream.array();
        }

        /** The bodies' lengths, in order. */
        static int[] lengths() {
            final Sequence sequence = new Sequence();
            final int[] lengths = new int[FRAMES];
            for (int i = 0; i < FRAMES; i++) lengths[i] = LEAST + sequence.below(MOST - LEAST + 1);
            return lengths;
        }

        /** All frames in and out; a checksum that knows their order. */
        final long pass() {
            sum = 0;
            for (int at = 0; at < stream.length; at += READ) read(stream, at, Math.min(READ, stream.length - at));
            return sum;
        }

        /** The bytes of all frames. */
        final byte[] bytes() {
            return stream;
        }

        /** A frame is out. */
        final void frame(final int length, final byte first, final byte last) {
            sum = 31 * sum + length + 7 * first + last;
        }

        /** Takes some bytes in, and calls {@link #frame} for each frame that is complete now. */
        abstract void read(byte[] source, int offset, int length);

        @TearDown
        public abstract void close();
    }

    public static class OurFrames extends Frames {
        private final SlabPool pool = new SlabPool();
        private final EvBuffer input = new EvBuffer(pool);
        private final EvBufferReader lengths = new EvBufferReader(input, ByteOrder.BIG_ENDIAN);
        private final EvBuffer body = new EvBuffer(pool);
        private final EvBufferReader content = new EvBufferReader(body, ByteOrder.BIG_ENDIAN);

        @Override
        void read(final byte[] source, final int offset, final int length) {
            input.add(source, offset, length);
            while (input.length() >= PREFIX) {
                final int bodyLength = lengths.getInt(0);
                if (input.length() < PREFIX + bodyLength) return;
                input.drain(PREFIX);
                input.removeBuffer(body, bodyLength);
                frame(bodyLength, content.getByte(0), content.getByte(bodyLength - 1L));
                body.drain(bodyLength);
            }
        }

        @Override
        public void close() {
            input.close();
            body.close();
            pool.close();
        }
    }

    abstract static class NettyFrames extends Frames {
        private final NettyCumulation input;

        NettyFrames(final ByteBufAllocator allocator) {
            input = new NettyCumulation(allocator);
        }

        @Override
        void read(final byte[] source, final int offset, final int length) {
            final ByteBuf bytes = input.add(source, offset, length);
            while (bytes.readableBytes() >= PREFIX) {
                final int bodyLength = bytes.getInt(bytes.readerIndex());
                if (bytes.readableBytes() < PREFIX + bodyLength) break;
                bytes.skipBytes(PREFIX);
                final ByteBuf body = bytes.readRetainedSlice(bodyLength);
                frame(bodyLength, body.getByte(0), body.getByte(bodyLength - 1));
                body.release();
            }
            input.decoded();
        }

        @Override
        public void close() {
            input.close();
        }
    }

    public static class NettyAdaptiveFrames extends NettyFrames {
        public NettyAdaptiveFrames() {
            super(new AdaptiveByteBufAllocator());
        }
    }

    public static class NettyPooledFrames extends NettyFrames {
        public NettyPooledFrames() {
            super(PooledByteBufAllocator.DEFAULT);
        }
    }

    public static class OkioFrames extends Frames {
        private static final int NONE = -1;

        private final Buffer input = new Buffer();
        private final Buffer body = new Buffer();
        private int bodyLength = NONE; // Okio reads no number without taking it

        @Override
        void read(final byte[] source, final int offset, final int length) {
            input.write(source, offset, length);
            try {
                while (true) {
                    if (bodyLength == NONE) {
                        if (input.size() < PREFIX) return;
                        bodyLength = input.readInt();
                    }
                    if (input.size() < bodyLength) return;
                    body.write(input, bodyLength);
                    frame(bodyLength, body.getByte(0), body.getByte(bodyLength - 1L));
                    body.skip(bodyLength);
                    bodyLength = NONE;
                }
            } catch (final EOFException e) {
                throw new AssertionError("the bytes are there", e);
            }
        }

        @Override
        public void close() {
            input.clear();
            body.clear();
        }
    }

    /** Its buffers are on the heap and the collector's; a read brings one. */
    public static class VertxFrames extends Frames {
        private final RecordParser parser = RecordParser.newFixed(PREFIX);
        private boolean inBody;

        public VertxFrames() {
            parser.handler(this::record);
        }

        private void record(final io.vertx.core.buffer.Buffer record) {
            if (inBody) {
                frame(record.length(), record.getByte(0), record.getByte(record.length() - 1));
                parser.fixedSizeMode(PREFIX);
            } else {
                parser.fixedSizeMode(record.getInt(0));
            }
            inBody = !inBody;
        }

        @Override
        void read(final byte[] source, final int offset, final int length) {
            parser.handle(io.vertx.core.buffer.Buffer.buffer(length).appendBytes(source, offset, length));
        }

        @Override
        public void close() {}
    }

    public static class NioFrames extends Frames {
        private final ByteBuffer input = ByteBuffer.allocateDirect(READ + PREFIX + MOST);
        private final ByteBuffer body = ByteBuffer.allocateDirect(MOST);

        @Override
        void read(final byte[] source, final int offset, final int length) {
            input.put(source, offset, length).flip();
            while (input.remaining() >= PREFIX) {
                final int bodyLength = input.getInt(input.position());
                if (input.remaining() < PREFIX + bodyLength) break;
                final int start = input.position() + PREFIX;
                body.put(0, input, start, bodyLength);
                input.position(start + bodyLength);
                frame(bodyLength, body.get(0), body.get(bodyLength - 1));
            }
            input.compact();
        }

        @Override
        public void close() {}
    }
}
