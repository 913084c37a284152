package io.evbuffer.perf.bench.channel;

import io.evbuffer.channel.ChannelRelay;
import io.evbuffer.memory.SlabPool;
import io.evbuffer.perf.bench.Bytes;
import io.evbuffer.perf.bench.NettyJvm;
import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import okio.Buffer;
import okio.Okio;
import okio.Sink;
import okio.Source;
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
 * Cost of relaying a stream from one socket to another, as a proxy does.
 *
 * <p>Measured: the harness sends {@value #STEP} bytes, the contender moves them to its other connection, the harness takes
 * them there; mean ns for each MiB, of which a GiB is 1024, both ends of the harness included, which are as expensive for
 * all. Ours is a {@link ChannelRelay} with its default marks. Netty reads into a pooled buffer, which its other channel's
 * outbound buffer takes, on an event loop that this thread runs; NIO has one direct buffer; each may move a whole step at
 * once. Okio reads and writes 8 KiB at a time by way of its sockets' streams.
 * Not measured: a sink that is slower than the source, waiting, looking at the bytes.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(RelayBenchmark.MEBIBYTES)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class RelayBenchmark {
    /** Of one invocation. */
    public static final int MEBIBYTES = 4;

    /** Bytes that are under way at once. */
    public static final int STEP = 262_144;

    private static final int STEPS = MEBIBYTES * 1024 * 1024 / STEP;

    @Benchmark
    public long evbuffer(final OurRelay work) throws IOException {
        return work.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION})
    public long nettyAdaptive(final NettyAdaptiveRelay work) throws IOException {
        return work.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION, NettyJvm.UNSAFE})
    public long nettyAdaptiveUnsafe(final NettyAdaptiveRelay work) throws IOException {
        return work.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION})
    public long nettyPooled(final NettyPooledRelay work) throws IOException {
        return work.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION, NettyJvm.UNSAFE})
    public long nettyPooledUnsafe(final NettyPooledRelay work) throws IOException {
        return work.pass();
    }

    @Benchmark
    public long okio(final OkioRelay work) throws IOException {
        return work.pass();
    }

    @Benchmark
    public long nio(final NioRelay work) throws IOException {
        return work.pass();
    }

    /** The work, the same for all. */
    @State(Scope.Thread)
    public abstract static class Relay {
        private final Connection from;

        Relay(final boolean blocking) {
            from = new Connection(blocking);
        }

        /** Where the contender reads. */
        final Connection from() {
            return from;
        }

        /** Called once. */
        @Setup
        public final void start() throws IOException {
            from.far.content(Bytes.pattern(STEP));
            connect();
        }

        /** Passes {@value #MEBIBYTES} MiB; how many bytes have come out. */
        final long pass() throws IOException {
            final FarEnd taker = farEnd();
            long total = 0;
            for (int i = 0; i < STEPS; i++) {
                from.far.give(STEP);
                long moved = 0;
                long taken = 0;
                while (taken < STEP) {
                    if (moved < STEP) moved += move();
                    taken += taker.take();
                }
                total += taken;
            }
            return total;
        }

        /** For the comparison in tests: what comes out of one step. */
        final byte[] content() throws IOException {
            final byte[] content = new byte[STEP];
            from.far.give(STEP);
            long moved = 0;
            int taken = 0;
            while (taken < STEP) {
                if (moved < STEP) moved += move();
                taken += farEnd().takeSome(content, taken);
            }
            return content;
        }

        /** Opens the other connection. */
        abstract void connect() throws IOException;

        /** Where the harness takes what was relayed. */
        abstract FarEnd farEnd();

        /** Takes one turn: reads what has come, or some of it, and writes that; how many bytes were written. */
        abstract long move() throws IOException;

        @TearDown
        public void close() throws IOException {
            from.close();
        }
    }

    /** All that write to a channel of NIO's. */
    abstract static class Connected extends Relay {
        private final Connection to;

        Connected(final boolean blocking) {
            super(blocking);
            to = new Connection(blocking);
        }

        final Connection to() {
            return to;
        }

        @Override
        void connect() throws IOException {}

        @Override
        final FarEnd farEnd() {
            return to.far;
        }

        @Override
        public void close() throws IOException {
            to.close();
            super.close();
        }
    }

    public static class OurRelay extends Connected {
        private final SlabPool pool = new SlabPool();
        private final ChannelRelay relay = new ChannelRelay(from().near, to().near, pool);

        public OurRelay() {
            super(false);
        }

        @Override
        long move() throws IOException {
            final long before = relay.bytesWritten();
            relay.relay();
            return relay.bytesWritten() - before;
        }

        @Override
        public void close() throws IOException {
            relay.close();
            pool.close();
            super.close();
        }
    }

    abstract static class NettyRelay extends Relay {
        private final ByteBufAllocator allocator;
        private final NettyConnection to;
        private long unsent;

        NettyRelay(final ByteBufAllocator allocator) {
            super(false);
            this.allocator = allocator;
            to = new NettyConnection(allocator);
        }

        @Override
        void connect() {}

        @Override
        FarEnd farEnd() {
            return to.far;
        }

        @Override
        long move() throws IOException {
            if (unsent == 0) {
                final ByteBuf bytes = allocator.directBuffer(STEP);
                unsent = bytes.writeBytes(from().near, STEP);
                to.write(bytes);
            }
            if (!to.flush()) return 0;
            final long sent = unsent;
            unsent = 0;
            return sent;
        }

        @Override
        public void close() throws IOException {
            to.close();
            super.close();
        }
    }

    public static class NettyAdaptiveRelay extends NettyRelay {
        public NettyAdaptiveRelay() {
            super(new AdaptiveByteBufAllocator());
        }
    }

    public static class NettyPooledRelay extends NettyRelay {
        public NettyPooledRelay() {
            super(PooledByteBufAllocator.DEFAULT);
        }
    }

    public static class OkioRelay extends Connected {
        private final Buffer bytes = new Buffer();
        private Source source = new Buffer();
        private Sink sink = Okio.blackhole();

        public OkioRelay() {
            super(true);
        }

        @Override
        void connect() throws IOException {
            source = Okio.source(from().near.socket());
            sink = Okio.sink(to().near.socket());
        }

        @Override
        long move() throws IOException {
            while (bytes.size() < STEP) source.read(bytes, STEP - bytes.size());
            sink.write(bytes, STEP);
            sink.flush();
            return STEP;
        }
    }

    public static class NioRelay extends Connected {
        private final ByteBuffer bytes = ByteBuffer.allocateDirect(STEP).flip();

        public NioRelay() {
            super(false);
        }

        @Override
        long move() throws IOException {
            if (!bytes.hasRemaining()) {
                from().near.read(bytes.clear());
                bytes.flip();
            }
            return bytes.hasRemaining() ? to().near.write(bytes) : 0;
        }
    }
}
