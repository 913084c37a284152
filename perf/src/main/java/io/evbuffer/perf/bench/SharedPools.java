package io.evbuffer.perf.bench;

import io.evbuffer.memory.Segment;
import io.evbuffer.memory.SlabPool;
import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import org.eclipse.jetty.io.ArrayByteBufferPool;
import org.eclipse.jetty.io.RetainableByteBuffer;

/** Memory for all threads, as each contender has it: what {@link ContendedTakeBenchmark} and {@link VirtualTakeBenchmark} ask. */
final class SharedPools {
    /** Bytes of a piece. */
    static final int SIZE = 1024;

    private SharedPools() {}

    /** Pieces of {@value #SIZE} bytes, for any thread. */
    interface SharedPool {
        /** Takes a piece and writes to its first and last byte. */
        Object take(byte content);

        /** Reads both bytes and gives the piece back; their sum. For the thread that took it. */
        long giveBack(Object piece);

        /** The platform threads with which the pool is at its best. */
        default ThreadFactory threads() {
            return Executors.defaultThreadFactory();
        }

        /** When all pieces are back. */
        void close();
    }

    static final class Ours implements SharedPool {
        private final SlabPool pool = SlabPool.shared();

        @Override
        public Object take(final byte content) {
            final Segment segment = pool.take(SIZE);
            segment.memory().putByte(0, content);
            segment.memory().putByte(SIZE - 1, content);
            return segment;
        }

        @Override
        public long giveBack(final Object piece) {
            final Segment segment = (Segment) piece;
            final int sum = segment.memory().getByte(0) + segment.memory().getByte(SIZE - 1);
            segment.release();
            return sum;
        }

        @Override
        public void close() {} // the pool of all threads stays
    }

    static final class Netty implements SharedPool {
        private final ByteBufAllocator allocator;

        private Netty(final ByteBufAllocator allocator) {
            this.allocator = allocator;
        }

        static Netty adaptive() {
            return new Netty(new AdaptiveByteBufAllocator());
        }

        static Netty pooled() {
            return new Netty(PooledByteBufAllocator.DEFAULT);
        }

        @Override
        public Object take(final byte content) {
            return allocator.directBuffer(SIZE, SIZE).setByte(0, content).setByte(SIZE - 1, content);
        }

        @Override
        public long giveBack(final Object piece) {
            final ByteBuf buffer = (ByteBuf) piece;
            final int sum = buffer.getByte(0) + buffer.getByte(SIZE - 1);
            buffer.release();
            return sum;
        }

        /** Its allocators keep caches for these. */
        @Override
        public ThreadFactory threads() {
            return new DefaultThreadFactory("contender");
        }

        @Override
        public void close() {}
    }

    static final class Jetty implements SharedPool {
        private final ArrayByteBufferPool pool = new ArrayByteBufferPool();

        @Override
        public Object take(final byte content) {
            final RetainableByteBuffer piece = pool.acquire(SIZE, true);
            piece.getByteBuffer().limit(SIZE).put(0, content).put(SIZE - 1, content);
            return piece;
        }

        @Override
        public long giveBack(final Object piece) {
            final RetainableByteBuffer buffer = (RetainableByteBuffer) piece;
            final ByteBuffer bytes = buffer.getByteBuffer();
            final int sum = bytes.get(0) + bytes.get(SIZE - 1);
            buffer.release();
            return sum;
        }

        @Override
        public void close() {
            pool.clear();
        }
    }

    /** No pool: an arena for each piece, which clears it and gives it back to the C library. */
    static final class JdkArenas implements SharedPool {
        private record Piece(Arena arena, MemorySegment memory) {}

        @Override
        public Object take(final byte content) {
            final Arena arena = Arena.ofConfined();
            final MemorySegment memory = arena.allocate(SIZE);
            memory.set(ValueLayout.JAVA_BYTE, 0, content);
            memory.set(ValueLayout.JAVA_BYTE, SIZE - 1, content);
            return new Piece(arena, memory);
        }

        @Override
        public long giveBack(final Object piece) {
            final Piece taken = (Piece) piece;
            final int sum =
                    taken.memory.get(ValueLayout.JAVA_BYTE, 0) + taken.memory.get(ValueLayout.JAVA_BYTE, SIZE - 1);
            taken.arena.close();
            return sum;
        }

        @Override
        public void close() {}
    }

    static final class Queue implements SharedPool {
        private final ConcurrentLinkedQueue<ByteBuffer> pool = new ConcurrentLinkedQueue<>();

        @Override
        public Object take(final byte content) {
            ByteBuffer buffer = pool.poll();
            if (buffer == null) buffer = ByteBuffer.allocateDirect(SIZE);
            return buffer.put(0, content).put(SIZE - 1, content);
        }

        @Override
        public long giveBack(final Object piece) {
            final ByteBuffer buffer = (ByteBuffer) piece;
            final int sum = buffer.get(0) + buffer.get(SIZE - 1);
            pool.add(buffer);
            return sum;
        }

        @Override
        public void close() {
            pool.clear();
        }
    }
}
