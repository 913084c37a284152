package io.evbuffer.perf.memory;

import io.evbuffer.EvBuffer;
import io.evbuffer.memory.SlabPool;
import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.netty.buffer.PooledByteBufAllocator;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Arrays;
import okio.Buffer;

/**
 * A burst of messages in one library: {@value #MESSAGES} of them, of {@value #LENGTH} bytes each, in memory all at once.
 *
 * <p>Every message has a buffer of its own, as if it were one connection's.
 */
abstract class Burst {
    static final int MESSAGES = 64 * 1024;
    static final int LENGTH = 8 * 1024;

    /** For how long our pool keeps what is idle. */
    static final Duration IDLE_AGE = Duration.ofSeconds(1);

    final byte[] message = new byte[LENGTH];

    Burst() {
        Arrays.fill(message, (byte) 'x');
    }

    /** The burst of a contender, by its name. */
    static Burst of(final String name) {
        return switch (name) {
            case "evbuffer" -> new OurBurst();
            case "netty-adaptive" -> new NettyBurst<>(new AdaptiveByteBufAllocator());
            case "netty-pooled" -> new NettyBurst<>(PooledByteBufAllocator.DEFAULT);
            case "okio" -> new OkioBurst();
            default -> throw new IllegalArgumentException("no contender '" + name + "'");
        };
    }

    /** Takes a message in. */
    abstract void add(int index);

    /** Lets go of a message. */
    abstract void remove(int index);

    /** What the library offers to a program that has nothing to do; called four times a second. */
    void idle() {}

    /** The bytes that the library says it has from the system. */
    abstract long mapped();

    private static final class OurBurst extends Burst {
        private final SlabPool pool = SlabPool.builder().idleAge(IDLE_AGE).build();
        private final EvBuffer[] buffers = new EvBuffer[MESSAGES];

        @Override
        void add(final int index) {
            buffers[index] = new EvBuffer(pool);
            buffers[index].add(message);
        }

        @Override
        void remove(final int index) {
            buffers[index].close();
        }

        /** As an event loop does. */
        @Override
        void idle() {
            pool.trim();
        }

        @Override
        long mapped() {
            return pool.stats().bytesMapped();
        }
    }

    private static final class NettyBurst<A extends ByteBufAllocator & ByteBufAllocatorMetricProvider> extends Burst {
        private final A allocator;
        private final ByteBuf[] buffers = new ByteBuf[MESSAGES];

        NettyBurst(final A allocator) {
            this.allocator = allocator;
        }

        @Override
        void add(final int index) {
            buffers[index] = allocator.directBuffer(LENGTH).writeBytes(message);
        }

        @Override
        void remove(final int index) {
            buffers[index].release();
        }

        /** The pooled one has caches of threads that can be emptied; the adaptive one has nothing like it. */
        @Override
        void idle() {
            if (allocator instanceof PooledByteBufAllocator pooled) pooled.trimCurrentThreadCache();
        }

        @Override
        long mapped() {
            return allocator.metric().usedDirectMemory();
        }
    }

    /** On the heap: what is mapped is the heap, whose size is the collector's affair. */
    private static final class OkioBurst extends Burst {
        private final Buffer[] buffers = new Buffer[MESSAGES];

        @Override
        void add(final int index) {
            buffers[index] = new Buffer().write(message);
        }

        @Override
        void remove(final int index) {
            buffers[index].clear();
        }

        @Override
        long mapped() {
            return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getCommitted();
        }
    }
}
