package io.evbuffer.perf.bench;

import io.evbuffer.EvBuffer;
import io.evbuffer.memory.SlabPool;
import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
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
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Cost of a message body that is taken in whole, in pieces of 8 KiB, before it is read in pieces of 8 KiB, by its length.
 *
 * <p>Measured: 200 MiB in all, as one body or as several; mean ns per piece, for its way in and out. Where the numbers of
 * the three lengths are the same, the cost is linear; what memory costs that is in no cache is part of it. Everybody gives
 * memory back as it is read. Netty has a queue of buffers, one a piece, or the composite that its decoders and aggregators
 * make, which lets go of what was read every {@value #READS_BEFORE_DISCARD} reads, as they do. NIO is one direct buffer
 * that is large enough from the start.
 * Not measured: memory that is not there yet; after the first body the pools have it.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(BodyBenchmark.PIECES)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class BodyBenchmark {
    /** Pieces of one invocation: 200 MiB. */
    public static final int PIECES = 25_600;

    /** Bytes of a piece. */
    static final int PIECE = 8192;

    static final int READS_BEFORE_DISCARD = 16;

    private static final int MEBI = 1024 * 1024;
    private static final long LIMIT = 512L * MEBI;
    private static final int OFFSETS = 64;

    @Benchmark
    public long evbuffer(final OurBody work) {
        return work.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION})
    public long nettyAdaptive(final NettyAdaptiveBody work) {
        return work.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION})
    public long nettyPooled(final NettyPooledBody work) {
        return work.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION})
    public long nettyComposite(final NettyCompositeBody work) {
        return work.pass();
    }

    @Benchmark
    public long okio(final OkioBody work) {
        return work.pass();
    }

    @Benchmark
    public long nio(final NioBody work) {
        return work.pass();
    }

    /** The work, the same for all. */
    @State(Scope.Thread)
    public abstract static class Body {
        @Param({"2", "20", "200"})
        public int mebibytes;

        private final byte[] source = Bytes.pattern(PIECE + OFFSETS);
        private final byte[] sink = new byte[PIECE];

        /** Called once, when the length is known. */
        @Setup
        public void prepare() {}

        final long pass() {
            return pass(PIECES);
        }

        /** Bodies in and out until so many pieces have passed; a checksum. */
        final long pass(final int pieces) {
            final int pieceCount = mebibytes * (MEBI / PIECE);
            long sum = 0;
            for (int done = 0; done < pieces; done += pieceCount) {
                for (int i = 0; i < pieceCount; i++) add(source, i % OFFSETS);
                for (int i = 0; i < pieceCount; i++) {
                    remove(sink);
                    sum += sink[0] + sink[PIECE - 1];
                }
            }
            return sum;
        }

        /** The piece that was read last. */
        final byte[] lastRead() {
            return sink;
        }

        /** Puts a piece behind all that is there. */
        abstract void add(byte[] source, int offset);

        /** Reads the first piece and lets go of it. */
        abstract void remove(byte[] target);

        @TearDown
        public abstract void close();
    }

    public static class OurBody extends Body {
        private final SlabPool pool = SlabPool.builder().limit(LIMIT).build();
        private final EvBuffer body = new EvBuffer(pool);

        @Override
        void add(final byte[] source, final int offset) {
            body.add(source, offset, PIECE);
        }

        @Override
        void remove(final byte[] target) {
            body.remove(target, 0, PIECE);
        }

        @Override
        public void close() {
            body.close();
            pool.close();
        }
    }

    abstract static class NettyBody extends Body {
        private final ByteBufAllocator allocator;
        private final ArrayDeque<ByteBuf> body = new ArrayDeque<>();

        NettyBody(final ByteBufAllocator allocator) {
            this.allocator = allocator;
        }

        @Override
        void add(final byte[] source, final int offset) {
            body.addLast(allocator.directBuffer(PIECE).writeBytes(source, offset, PIECE));
        }

        @Override
        void remove(final byte[] target) {
            final ByteBuf piece = body.removeFirst();
            piece.readBytes(target);
            piece.release();
        }

        @Override
        public void close() {
            body.forEach(ByteBuf::release);
            body.clear();
        }
    }

    public static class NettyAdaptiveBody extends NettyBody {
        public NettyAdaptiveBody() {
            super(new AdaptiveByteBufAllocator());
        }
    }

    public static class NettyPooledBody extends NettyBody {
        public NettyPooledBody() {
            super(PooledByteBufAllocator.DEFAULT);
        }
    }

    public static class NettyCompositeBody extends Body {
        private final ByteBufAllocator allocator = PooledByteBufAllocator.DEFAULT;
        private final CompositeByteBuf body = allocator.compositeDirectBuffer(Integer.MAX_VALUE);
        private int reads;

        @Override
        void add(final byte[] source, final int offset) {
            body.addComponent(true, allocator.directBuffer(PIECE).writeBytes(source, offset, PIECE));
        }

        @Override
        void remove(final byte[] target) {
            body.readBytes(target);
            if (++reads % READS_BEFORE_DISCARD == 0) body.discardReadComponents();
        }

        @Override
        public void close() {
            body.release();
        }
    }

    public static class OkioBody extends Body {
        private final Buffer body = new Buffer();

        @Override
        void add(final byte[] source, final int offset) {
            body.write(source, offset, PIECE);
        }

        @Override
        void remove(final byte[] target) {
            int read = 0;
            while (read < PIECE) read += body.read(target, read, PIECE - read);
        }

        @Override
        public void close() {
            body.clear();
        }
    }

    public static class NioBody extends Body {
        private ByteBuffer body = ByteBuffer.allocateDirect(0);
        private int head;

        @Override
        public void prepare() {
            body = ByteBuffer.allocateDirect(mebibytes * MEBI);
        }

        @Override
        void add(final byte[] source, final int offset) {
            body.put(source, offset, PIECE);
        }

        @Override
        void remove(final byte[] target) {
            body.get(head, target);
            head += PIECE;
            if (head == body.position()) {
                body.clear();
                head = 0;
            }
        }

        @Override
        public void close() {}
    }
}
