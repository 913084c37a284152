package io.evbuffer.perf.bench;

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
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Cost of finding out that four bytes, the end of an HTTP header, are not in 1 MiB of small letters.
 *
 * <p>Measured: one search from the front, mean ns. Ours has native access, so that the C library looks for single bytes;
 * {@link PortableSearchBenchmark} is the same without. The bytes lie as each contender keeps them: ours in chains as one
 * {@code add} makes them, Okio in segments of 8 KiB, Netty and NIO in one direct buffer. NIO is a loop over single bytes.
 * Not measured: needles that almost match, the first search of a buffer.
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
        /** What is sought. */
        static final byte[] NEEDLE = {'\r', '\n', '\r', '\n'};

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

        public OurSearch() {
            buffer.add(Bytes.letters(0, LENGTH));
        }

        @Override
        long search() {
            return buffer.search(NEEDLE, 0);
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
        private final ByteBuf needle = Unpooled.wrappedBuffer(NEEDLE);
        private final ByteBuf buffer;

        NettySearch(final ByteBufAllocator allocator) {
            buffer = allocator.directBuffer(2 * LENGTH);
            buffer.writeBytes(Bytes.letters(0, LENGTH));
        }

        @Override
        long search() {
            return ByteBufUtil.indexOf(needle, buffer);
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
        private final ByteString needle = ByteString.of(NEEDLE);
        private final Buffer buffer = new Buffer().write(Bytes.letters(0, LENGTH));

        @Override
        long search() {
            try {
                return buffer.indexOf(needle);
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
        private final ByteBuffer buffer = ByteBuffer.allocateDirect(2 * LENGTH).put(Bytes.letters(0, LENGTH));

        @Override
        long search() {
            final int last = buffer.position() - NEEDLE.length;
            for (int i = 0; i <= last; i++) {
                if (buffer.get(i) == NEEDLE[0]
                        && buffer.get(i + 1) == NEEDLE[1]
                        && buffer.get(i + 2) == NEEDLE[2]
                        && buffer.get(i + 3) == NEEDLE[3]) return i;
            }
            return -1;
        }

        @Override
        void add(final byte[] bytes) {
            buffer.put(bytes);
        }

        @Override
        public void close() {}
    }
}
