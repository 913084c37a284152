package io.evbuffer.perf.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.evbuffer.EvBuffer;
import io.evbuffer.memory.SlabPool;
import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import okio.Buffer;
import okio.ByteString;
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
 * Cost of finding out that some bytes are not in 1 MiB, by what is sought.
 *
 * <p>Measured: one search from the front, mean ns. In small letters are sought one byte, the end of a line; four, the end of an
 * HTTP header; 16, the boundary of a multipart body. The adversary's needle is 15 times the letter of which all bytes are,
 * and another one: it almost matches everywhere. Ours has native access, so that the C library looks for single bytes;
 * {@link PortableSearchBenchmark} is the same without. The bytes lie as each contender keeps them: ours in chains as one
 * {@code add} makes them, Okio in segments of 8 KiB, Netty and NIO in one direct buffer. NIO is a loop over single bytes.
 * Not measured: the first search of a buffer.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class SearchBenchmark {
    /** Bytes to search. */
    public static final int LENGTH = 1 << 20;

    @Benchmark
    public long evbuffer(final OurSearch work) {
        return work.search();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION})
    public long nettyAdaptive(final NettyAdaptiveSearch work) {
        return work.search();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION, NettyJvm.UNSAFE})
    public long nettyAdaptiveUnsafe(final NettyAdaptiveSearch work) {
        return work.search();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION})
    public long nettyPooled(final NettyPooledSearch work) {
        return work.search();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION, NettyJvm.UNSAFE})
    public long nettyPooledUnsafe(final NettyPooledSearch work) {
        return work.search();
    }

    @Benchmark
    public long okio(final OkioSearch work) {
        return work.search();
    }

    @Benchmark
    public long nio(final NioSearch work) {
        return work.search();
    }

    /** The work, the same for all. */
    @State(Scope.Thread)
    public abstract static class Search {
        @Param({"1", "4", "16", "adversarial"})
        public String needle = "4";

        @Setup
        public final void start() {
            prepare(sought());
            add(needle.equals("adversarial") ? "a".repeat(LENGTH).getBytes(US_ASCII) : Bytes.letters(0, LENGTH));
        }

        /** The needle. */
        final byte[] sought() {
            final String text = switch (needle) {
                case "1" -> "\n";
                case "4" -> "\r\n\r\n";
                case "16" -> "\r\n--boundary-421";
                case "adversarial" -> "a".repeat(15) + "b";
                default -> throw new IllegalArgumentException("no such needle: " + needle);
            };
            return text.getBytes(US_ASCII);
        }

        /** Called once, when it is known what is sought. */
        abstract void prepare(byte[] sought);

        /** The first position of the needle from the front on, or -1. */
        abstract long search();

        /** Adds bytes behind those that are there. */
        abstract void add(byte[] bytes);

        @TearDown
        public abstract void close();
    }

    public static class OurSearch extends Search {
        private final SlabPool pool = new SlabPool();
        private final EvBuffer buffer = new EvBuffer(pool);

        private byte[] sought = {};

        @Override
        void prepare(final byte[] what) {
            sought = what;
        }

        @Override
        long search() {
            return buffer.search(sought, 0);
        }

        @Override
        void add(final byte[] bytes) {
            buffer.add(bytes);
        }

        @Override
        public void close() {
            buffer.close();
            pool.close();
        }
    }

    abstract static class NettySearch extends Search {
        private final ByteBuf buffer;
        private ByteBuf sought = Unpooled.EMPTY_BUFFER;

        NettySearch(final ByteBufAllocator allocator) {
            buffer = allocator.directBuffer(2 * LENGTH);
        }

        @Override
        void prepare(final byte[] what) {
            sought = Unpooled.wrappedBuffer(what);
        }

        /** A single byte is not what {@code indexOf} of buffers is for. */
        @Override
        long search() {
            if (sought.readableBytes() == 1) return buffer.bytesBefore(sought.getByte(0));
            return ByteBufUtil.indexOf(sought, buffer);
        }

        @Override
        void add(final byte[] bytes) {
            buffer.writeBytes(bytes);
        }

        @Override
        public void close() {
            buffer.release();
        }
    }

    public static class NettyAdaptiveSearch extends NettySearch {
        public NettyAdaptiveSearch() {
            super(new AdaptiveByteBufAllocator());
        }
    }

    public static class NettyPooledSearch extends NettySearch {
        public NettyPooledSearch() {
            super(PooledByteBufAllocator.DEFAULT);
        }
    }

    public static class OkioSearch extends Search {
        private final Buffer buffer = new Buffer();
        private ByteString sought = ByteString.EMPTY;

        @Override
        void prepare(final byte[] what) {
            sought = ByteString.of(what);
        }

        @Override
        long search() {
            if (sought.size() == 1) return buffer.indexOf(sought.getByte(0));
            try {
                return buffer.indexOf(sought);
            } catch (final IOException e) {
                throw new UncheckedIOException("nothing is read here", e);
            }
        }

        @Override
        void add(final byte[] bytes) {
            buffer.write(bytes);
        }

        @Override
        public void close() {
            buffer.clear();
        }
    }

    public static class NioSearch extends Search {
        private final ByteBuffer buffer = ByteBuffer.allocateDirect(2 * LENGTH);
        private byte[] sought = {};

        @Override
        void prepare(final byte[] what) {
            sought = what;
        }

        @Override
        long search() {
            final byte first = sought[0];
            final int last = buffer.position() - sought.length;
            for (int i = 0; i <= last; i++) {
                if (buffer.get(i) == first && isAt(i)) return i;
            }
            return -1;
        }

        private boolean isAt(final int position) {
            for (int i = 1; i < sought.length; i++) {
                if (buffer.get(position + i) != sought[i]) return false;
            }
            return true;
        }

        @Override
        void add(final byte[] bytes) {
            buffer.put(bytes);
        }

        @Override
        public void close() {}
    }
}
