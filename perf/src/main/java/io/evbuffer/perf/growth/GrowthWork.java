package io.evbuffer.perf.growth;

import io.evbuffer.EolStyle;
import io.evbuffer.EvBuffer;
import io.evbuffer.memory.SlabPool;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * One kind of work, done on buffers of any size.
 *
 * <p>A round works on {@value #ROUND_BYTES} bytes at least, on many buffers if they are small, so that the reading of a clock
 * does not matter. Each step of a work is of one size, whatever the size of the buffer, so
 * that the cost of a byte can be compared.
 */
abstract class GrowthWork implements AutoCloseable {
    /** Bytes of an add, a drain, a line. */
    static final int STEP = 64;

    /** Bytes of a piece that is moved. */
    static final int PIECE = 1024;

    static final long ROUND_BYTES = 1 << 20;
    private static final long LIMIT = 1500L << 20;

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final String name;
    final byte[] source = new byte[PIECE];
    final byte[] sink = new byte[PIECE];

    GrowthWork(final String name) {
        this.name = name;
        Arrays.fill(source, (byte) 'x');
        for (int i = STEP - 1; i < PIECE; i += STEP) source[i] = '\n';
    }

    /** All there are, the machine's own growth first. */
    static GrowthWork[] all() {
        return new GrowthWork[] {
            new PlainMemory(false),
            new PlainMemory(true),
            new Add(),
            new Drain(),
            new AddBuffer(),
            new ReadLine(),
            new Aggregate()
        };
    }

    String name() {
        return name;
    }

    /** Whether each byte is written into memory in the part that counts. */
    boolean writes() {
        return false;
    }

    /** Whether each byte is read from memory in the part that counts. */
    boolean reads() {
        return false;
    }

    /** Whether it is about our buffers, and not the machine. */
    boolean isOurs() {
        return true;
    }

    /** The processor time of this thread: what others do on the machine is not in it, but for the caches. */
    static long nanos() {
        return THREADS.getCurrentThreadCpuTime();
    }

    /** Makes what the rounds of one size need. */
    abstract void open(long size, int count);

    /** Does the work on all buffers once; the nanoseconds of the part that counts. */
    abstract long round();

    @Override
    public abstract void close();

    /** A work on buffers of ours. */
    private abstract static class OnBuffers extends GrowthWork {
        private SlabPool pool = newPool();
        EvBuffer[] buffers = {};
        long size;

        OnBuffers(final String name) {
            super(name);
        }

        private static SlabPool newPool() {
            return SlabPool.builder().name("growth").limit(LIMIT).build();
        }

        @Override
        void open(final long bytes, final int count) {
            size = bytes;
            pool.close();
            pool = newPool();
            buffers = new EvBuffer[count];
            for (int i = 0; i < count; i++) buffers[i] = newBuffer();
        }

        final EvBuffer newBuffer() {
            return new EvBuffer(pool);
        }

        final void fill() {
            for (final EvBuffer buffer : buffers) fill(buffer);
        }

        final void fill(final EvBuffer buffer) {
            for (long done = 0; done < size; done += STEP) buffer.add(source, 0, STEP);
        }

        final void drain() {
            for (final EvBuffer buffer : buffers) buffer.drain(Long.MAX_VALUE);
        }

        @Override
        public void close() {
            for (final EvBuffer buffer : buffers) buffer.close();
            buffers = new EvBuffer[0];
            pool.close();
        }
    }

    /** No buffer at all: as many bytes copied into one block of memory, or out of it, in large steps: what size costs by itself. */
    private static final class PlainMemory extends GrowthWork {
        private final boolean read;
        private ByteBuffer block = ByteBuffer.allocate(0);

        PlainMemory(final boolean read) {
            super(read ? "memory, read" : "memory, write");
            this.read = read;
        }

        @Override
        boolean isOurs() {
            return false;
        }

        @Override
        boolean reads() {
            return read;
        }

        @Override
        boolean writes() {
            return !read;
        }

        @Override
        void open(final long size, final int count) {
            block = ByteBuffer.allocateDirect(Math.toIntExact(size * count));
        }

        @Override
        long round() {
            final ByteBuffer memory = block;
            final int end = memory.capacity();
            final long start = nanos();
            if (read) {
                for (int i = 0; i < end; i += PIECE) memory.get(i, sink, 0, PIECE);
            } else {
                for (int i = 0; i < end; i += PIECE) memory.put(i, source, 0, PIECE);
            }
            return nanos() - start;
        }

        @Override
        public void close() {
            block = ByteBuffer.allocate(0);
        }
    }

    private static final class Add extends OnBuffers {
        Add() {
            super("add");
        }

        @Override
        boolean writes() {
            return true;
        }

        @Override
        long round() {
            final long start = nanos();
            fill();
            final long nanos = nanos() - start;
            drain();
            return nanos;
        }
    }

    private static final class Drain extends OnBuffers {
        Drain() {
            super("drain");
        }

        @Override
        long round() {
            fill();
            final long start = nanos();
            for (final EvBuffer buffer : buffers) {
                for (long done = 0; done < size; done += STEP) buffer.drain(STEP);
            }
            return nanos() - start;
        }
    }

    private static final class AddBuffer extends OnBuffers {
        AddBuffer() {
            super("addBuffer");
        }

        @Override
        boolean writes() {
            return true;
        }

        @Override
        long round() {
            final long start = nanos();
            try (EvBuffer piece = newBuffer()) {
                for (final EvBuffer buffer : buffers) {
                    for (long done = 0; done < size; done += PIECE) {
                        piece.add(source, 0, PIECE);
                        buffer.addBuffer(piece);
                    }
                }
            }
            final long nanos = nanos() - start;
            drain();
            return nanos;
        }
    }

    private static final class ReadLine extends OnBuffers {
        ReadLine() {
            super("readLine");
        }

        @Override
        boolean reads() {
            return true;
        }

        @Override
        long round() {
            fill();
            final long start = nanos();
            for (final EvBuffer buffer : buffers) {
                for (long done = 0; done < size; done += STEP) {
                    if (buffer.readLine(EolStyle.LF, sink, 0, STEP) != STEP - 1) throw new AssertionError("no line");
                }
            }
            return nanos() - start;
        }
    }

    /** A body is put together from pieces as they arrive, handed on whole, and read in order. */
    private static final class Aggregate extends OnBuffers {
        Aggregate() {
            super("aggregate");
        }

        @Override
        boolean writes() {
            return true;
        }

        @Override
        boolean reads() {
            return true;
        }

        @Override
        long round() {
            final long start = nanos();
            try (EvBuffer arrived = newBuffer();
                    EvBuffer body = newBuffer()) {
                for (final EvBuffer reader : buffers) {
                    for (long done = 0; done < size; done += PIECE) {
                        arrived.add(source, 0, PIECE);
                        arrived.removeBuffer(body, PIECE);
                    }
                    reader.addBuffer(body);
                    for (long done = 0; done < size; done += PIECE) {
                        if (reader.remove(sink, 0, PIECE) != PIECE) throw new AssertionError("the body is short");
                    }
                }
            }
            return nanos() - start;
        }
    }
}
