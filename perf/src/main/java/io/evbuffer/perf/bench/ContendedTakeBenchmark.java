package io.evbuffer.perf.bench;

import io.evbuffer.perf.bench.SharedPools.SharedPool;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
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
 * Cost of taking a piece of memory that all threads share and giving it back, by the number of platform threads that do so
 * at once.
 *
 * <p>Measured: a round in which {@value #TAKES} pieces of 1 KiB are taken, written and read at both ends and given back by
 * the same thread, {@value #HELD} held at a time; the work is split evenly. Mean ns per take of all threads together, so that half
 * of what {@link SharedTakeBenchmark} shows is to be expected on two processors. The threads live all the time and meet at a barrier
 * before and after each round, which is in the time. Ours is {@code SlabPool.shared()}; Netty has threads of its own
 * kind; otherwise as in {@link ChurnBenchmark}, with a concurrent queue for NIO.
 * Not measured: pool misses ({@code -prof gc} must show 0 B/op for ours), return by another thread than took: {@link
 * HandOverBenchmark}.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(ContendedTakeBenchmark.TAKES)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class ContendedTakeBenchmark {
    /** Pieces taken in a round by all threads together. */
    public static final int TAKES = 1 << 18;

    /** Pieces that a thread holds at a time. */
    public static final int HELD = 4;

    @Benchmark
    public long evbuffer(final OurContendedTake work) {
        return work.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION})
    public long nettyAdaptive(final NettyAdaptiveContendedTake work) {
        return work.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION, NettyJvm.UNSAFE})
    public long nettyAdaptiveUnsafe(final NettyAdaptiveContendedTake work) {
        return work.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION})
    public long nettyPooled(final NettyPooledContendedTake work) {
        return work.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION, NettyJvm.UNSAFE})
    public long nettyPooledUnsafe(final NettyPooledContendedTake work) {
        return work.pass();
    }

    @Benchmark
    public long jetty(final JettyContendedTake work) {
        return work.pass();
    }

    @Benchmark
    public long memorySegment(final MemorySegmentContendedTake work) {
        return work.pass();
    }

    @Benchmark
    public long nio(final NioContendedTake work) {
        return work.pass();
    }

    /** The work, the same for all. */
    @State(Scope.Thread)
    public abstract static class ContendedTake {
        private static final int CACHE_LINE = 8; // longs

        @Param({"2", "8", "32"})
        public int threads = 2;

        private final SharedPool pool;
        private CyclicBarrier gate = new CyclicBarrier(1);
        private Thread[] workers = new Thread[0];
        private long[] sums = new long[0];
        private volatile boolean closing;

        ContendedTake(final SharedPool pool) {
            this.pool = pool;
        }

        @Setup
        public final void start() {
            gate = new CyclicBarrier(threads + 1);
            sums = new long[threads * CACHE_LINE];
            workers = new Thread[threads];
            for (int i = 0; i < threads; i++) {
                final int worker = i;
                workers[i] = pool.threads().newThread(() -> work(worker));
                workers[i].start();
            }
        }

        /** A round; the sum of the bytes read by all threads. */
        final long pass() {
            meet();
            meet();
            long sum = 0;
            for (int i = 0; i < threads; i++) sum += sums[i * CACHE_LINE];
            return sum;
        }

        private void work(final int worker) {
            final Object[] held = new Object[HELD];
            meet();
            while (!closing) {
                long sum = 0;
                for (int taken = 0; taken < TAKES / threads; taken += HELD) {
                    for (int i = 0; i < HELD; i++) held[i] = pool.take((byte) (taken + i));
                    for (int i = 0; i < HELD; i++) sum += pool.giveBack(held[i]);
                }
                sums[worker * CACHE_LINE] = sum;
                meet();
                meet();
            }
        }

        private void meet() {
            try {
                gate.await();
            } catch (final InterruptedException | BrokenBarrierException e) {
                throw new IllegalStateException("a worker is gone", e);
            }
        }

        @TearDown
        public final void close() throws InterruptedException {
            closing = true;
            meet();
            for (final Thread worker : workers) worker.join();
            pool.close();
        }
    }

    public static class OurContendedTake extends ContendedTake {
        public OurContendedTake() {
            super(new SharedPools.Ours());
        }
    }

    public static class NettyAdaptiveContendedTake extends ContendedTake {
        public NettyAdaptiveContendedTake() {
            super(SharedPools.Netty.adaptive());
        }
    }

    public static class NettyPooledContendedTake extends ContendedTake {
        public NettyPooledContendedTake() {
            super(SharedPools.Netty.pooled());
        }
    }

    public static class JettyContendedTake extends ContendedTake {
        public JettyContendedTake() {
            super(new SharedPools.Jetty());
        }
    }

    public static class MemorySegmentContendedTake extends ContendedTake {
        public MemorySegmentContendedTake() {
            super(new SharedPools.JdkArenas());
        }
    }

    public static class NioContendedTake extends ContendedTake {
        public NioContendedTake() {
            super(new SharedPools.Queue());
        }
    }
}
