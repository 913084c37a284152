package io.evbuffer.perf.bench;

import io.evbuffer.EvBuffer;
import io.evbuffer.EvBufferReader;
import io.evbuffer.memory.SlabPool;
import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.EOFException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import okio.Buffer;
import org.eclipse.jetty.io.ArrayByteBufferPool;
import org.eclipse.jetty.io.RetainableByteBuffer;
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
 * Cost of a message of 4 KiB that is shown to all outputs, which drain at speeds of their own, by the number of outputs:
 * a chat room with slow members.
 *
 * <p>Measured: the message made from an array, queued for each output, and what the outputs drain until the next one; mean
 * ns per message, all outputs together. An output drains, looking at the first byte each time, 1000, 3000, 4096, 10,000 or
 * 20,000 bytes as soon as so many wait, so that messages are cut at odd places and up to six of them wait. Nobody copies
 * bytes per output. Ours shares a segment among buffers, Okio too; Netty and Jetty queue retained duplicates or slices for
 * each output. NIO is one ring of messages with a place in it for each output: it counts no references, and a slow output would
 * stop or lose what the others get.
 * Not measured: writing the bytes to sockets, outputs on other threads, pool misses ({@code -prof gc} must show 0 B/op for ours).
 * Okio counts no references: it makes a node for each output and leaves these, and the memory of each message, to the collector.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class BroadcastBenchmark {
    /** Bytes of a message. */
    public static final int MESSAGE = 4096;

    private static final int OFFSETS = 64;

    @Benchmark
    public long evbuffer(final OurBroadcast work) {
        return work.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION})
    public long nettyAdaptive(final NettyAdaptiveBroadcast work) {
        return work.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION, NettyJvm.UNSAFE})
    public long nettyAdaptiveUnsafe(final NettyAdaptiveBroadcast work) {
        return work.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION})
    public long nettyPooled(final NettyPooledBroadcast work) {
        return work.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION, NettyJvm.UNSAFE})
    public long nettyPooledUnsafe(final NettyPooledBroadcast work) {
        return work.pass();
    }

    @Benchmark
    public long okio(final OkioBroadcast work) {
        return work.pass();
    }

    @Benchmark
    public long jetty(final JettyBroadcast work) {
        return work.pass();
    }

    @Benchmark
    public long nio(final NioBroadcast work) {
        return work.pass();
    }

    /** The work, the same for all. */
    @State(Scope.Thread)
    public abstract static class Broadcast {
        /** What outputs drain at a time; the outputs have them in turn. */
        private static final int[] DRAINED = {1000, 3000, 4096, 10_000, 20_000};

        @Param({"10", "1000"})
        public int outputs = 10;

        private final byte[] source = Bytes.pattern(MESSAGE + OFFSETS);
        private int offset;
        private int[] waiting = new int[0]; // bytes, for each output

        @Setup
        public final void start() {
            waiting = new int[outputs];
            prepare();
        }

        /** Called once, when the number of outputs is known. */
        abstract void prepare();

        /** A message, and what is drained before the next one; a checksum that knows the order. */
        final long pass() {
            offset = (offset + 1) % OFFSETS;
            send(source, offset);
            long sum = 0;
            for (int i = 0; i < waiting.length; i++) {
                final int drained = drainedBy(i);
                waiting[i] += MESSAGE;
                while (waiting[i] >= drained) {
                    waiting[i] -= drained;
                    sum = 31 * sum + drain(i, drained);
                }
            }
            return sum;
        }

        /** Bytes that an output drains at a time. */
        static int drainedBy(final int output) {
            return DRAINED[output % DRAINED.length];
        }

        /** Makes a message of {@value #MESSAGE} bytes and shows it to all outputs. */
        abstract void send(byte[] source, int offset);

        /** Drains bytes that are there; what was the first of them. */
        abstract byte drain(int output, int count);

        @TearDown
        public abstract void close();
    }

    public static class OurBroadcast extends Broadcast {
        private final SlabPool pool = new SlabPool();
        private final EvBuffer message = new EvBuffer(pool);
        private EvBuffer[] queues = new EvBuffer[0];
        private EvBufferReader[] readers = new EvBufferReader[0];

        @Override
        void prepare() {
            queues = new EvBuffer[outputs];
            readers = new EvBufferReader[outputs];
            Arrays.setAll(queues, i -> new EvBuffer(pool));
            Arrays.setAll(readers, i -> new EvBufferReader(queues[i], ByteOrder.BIG_ENDIAN));
        }

        @Override
        void send(final byte[] source, final int offset) {
            message.add(source, offset, MESSAGE);
            for (final EvBuffer queue : queues) queue.addBufferReference(message);
            message.drain(MESSAGE);
        }

        @Override
        byte drain(final int output, final int count) {
            final byte first = readers[output].getByte(0);
            queues[output].drain(count);
            return first;
        }

        @Override
        public void close() {
            for (final EvBuffer queue : queues) queue.close();
            message.close();
            pool.close();
        }
    }

    /** Queues of pieces that are counted. */
    abstract static class QueuedBroadcast<T> extends Broadcast {
        private ArrayDeque<T>[] queues = queues(0);

        @SuppressWarnings({"unchecked", "rawtypes"}) // Java has no arrays of generic types
        private ArrayDeque<T>[] queues(final int count) {
            final ArrayDeque<T>[] made = new ArrayDeque[count];
            Arrays.setAll(made, i -> new ArrayDeque<>());
            return made;
        }

        @Override
        final void prepare() {
            queues = queues(outputs);
        }

        @Override
        final void send(final byte[] source, final int offset) {
            final T message = make(source, offset);
            for (final ArrayDeque<T> queue : queues) queue.addLast(share(message));
            release(message);
        }

        @Override
        final byte drain(final int output, final int count) {
            final ArrayDeque<T> queue = queues[output];
            final byte first = first(queue.getFirst());
            int left = count;
            while (left > 0) {
                final T front = queue.getFirst();
                final int skipped = Math.min(left, remaining(front));
                skip(front, skipped);
                left -= skipped;
                if (remaining(front) == 0) release(queue.removeFirst());
            }
            return first;
        }

        abstract T make(byte[] source, int offset);

        abstract T share(T message);

        abstract int remaining(T shared);

        abstract byte first(T shared);

        abstract void skip(T shared, int count);

        abstract void release(T counted);

        /** When all is released. */
        void end() {}

        @Override
        public final void close() {
            for (final ArrayDeque<T> queue : queues) queue.forEach(this::release);
            queues = queues(0);
            end();
        }
    }

    abstract static class NettyBroadcast extends QueuedBroadcast<ByteBuf> {
        private final ByteBufAllocator allocator;

        NettyBroadcast(final ByteBufAllocator allocator) {
            this.allocator = allocator;
        }

        @Override
        ByteBuf make(final byte[] source, final int offset) {
            return allocator.directBuffer(MESSAGE).writeBytes(source, offset, MESSAGE);
        }

        @Override
        ByteBuf share(final ByteBuf message) {
            return message.retainedDuplicate();
        }

        @Override
        int remaining(final ByteBuf shared) {
            return shared.readableBytes();
        }

        @Override
        byte first(final ByteBuf shared) {
            return shared.getByte(shared.readerIndex());
        }

        @Override
        void skip(final ByteBuf shared, final int count) {
            shared.skipBytes(count);
        }

        @Override
        void release(final ByteBuf counted) {
            counted.release();
        }
    }

    public static class NettyAdaptiveBroadcast extends NettyBroadcast {
        public NettyAdaptiveBroadcast() {
            super(new AdaptiveByteBufAllocator());
        }
    }

    public static class NettyPooledBroadcast extends NettyBroadcast {
        public NettyPooledBroadcast() {
            super(PooledByteBufAllocator.DEFAULT);
        }
    }

    public static class JettyBroadcast extends QueuedBroadcast<RetainableByteBuffer> {
        private final ArrayByteBufferPool pool = new ArrayByteBufferPool();

        @Override
        RetainableByteBuffer make(final byte[] source, final int offset) {
            final RetainableByteBuffer message = pool.acquire(MESSAGE, true);
            message.getByteBuffer().limit(MESSAGE).put(0, source, offset, MESSAGE);
            return message;
        }

        /** A slice retains what it is of. */
        @Override
        RetainableByteBuffer share(final RetainableByteBuffer message) {
            return message.slice();
        }

        @Override
        int remaining(final RetainableByteBuffer shared) {
            return shared.remaining();
        }

        @Override
        byte first(final RetainableByteBuffer shared) {
            return shared.get(0);
        }

        @Override
        void skip(final RetainableByteBuffer shared, final int count) {
            shared.skip(count);
        }

        @Override
        void release(final RetainableByteBuffer counted) {
            counted.release();
        }

        /** Lent buffers, for a test. */
        final long lent() {
            return pool.getDirectByteBufferCount() - pool.getAvailableDirectByteBufferCount();
        }

        @Override
        void end() {
            pool.clear();
        }
    }

    public static class OkioBroadcast extends Broadcast {
        private final Buffer message = new Buffer();
        private Buffer[] queues = new Buffer[0];

        @Override
        void prepare() {
            queues = new Buffer[outputs];
            Arrays.setAll(queues, i -> new Buffer());
        }

        @Override
        void send(final byte[] source, final int offset) {
            message.write(source, offset, MESSAGE);
            for (final Buffer queue : queues) message.copyTo(queue, 0, MESSAGE);
            message.clear();
        }

        @Override
        byte drain(final int output, final int count) {
            final Buffer queue = queues[output];
            final byte first = queue.getByte(0);
            try {
                queue.skip(count);
            } catch (final EOFException e) {
                throw new AssertionError("the bytes are there", e);
            }
            return first;
        }

        @Override
        public void close() {
            for (final Buffer queue : queues) queue.clear();
        }
    }

    public static class NioBroadcast extends Broadcast {
        private static final int KEPT = 8; // messages; the slowest output is six behind

        private final ByteBuffer ring = ByteBuffer.allocateDirect(KEPT * MESSAGE);
        private int tail;
        private int[] heads = new int[0];

        @Override
        void prepare() {
            heads = new int[outputs];
        }

        @Override
        void send(final byte[] source, final int offset) {
            ring.put(tail, source, offset, MESSAGE);
            tail = (tail + MESSAGE) % (KEPT * MESSAGE);
        }

        @Override
        byte drain(final int output, final int count) {
            final int head = heads[output];
            heads[output] = (head + count) % (KEPT * MESSAGE);
            return ring.get(head);
        }

        @Override
        public void close() {}
    }
}
