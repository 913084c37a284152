package io.evbuffer.perf.bench;

import io.evbuffer.perf.bench.SharedPools.SharedPool;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
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
 * Cost of a virtual thread's memory, by the number of virtual threads that are alive at once.
 *
 * <p>Measured: {@value #THREADS} virtual threads, so many at a time, each of which is started, takes a piece of 1 KiB, writes and
 * reads it at both ends and gives it back, {@value #TAKES} times, and is joined; mean ns per take, an eighth of a thread's life
 * included. {@code bareThreads} is that life alone. Pools are those of {@link ContendedTakeBenchmark}; Netty keeps no caches
 * for virtual threads, by its own choice.
 * Not measured: threads that wait while they hold memory. Threads are objects: B/op is theirs, and that of the floor; the
 * pool of ours adds none.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(VirtualTakeBenchmark.THREADS * VirtualTakeBenchmark.TAKES)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class VirtualTakeBenchmark {
    /** Threads that live in an invocation. */
    public static final int THREADS = 10_000;

    /** Pieces that each takes. */
    public static final int TAKES = 8;

    @Benchmark
    public long evbuffer(final OurVirtualTake work) throws InterruptedException {
        return work.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION})
    public long nettyAdaptive(final NettyAdaptiveVirtualTake work) throws InterruptedException {
        return work.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION, NettyJvm.UNSAFE})
    public long nettyAdaptiveUnsafe(final NettyAdaptiveVirtualTake work) throws InterruptedException {
        return work.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION})
    public long nettyPooled(final NettyPooledVirtualTake work) throws InterruptedException {
        return work.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION, NettyJvm.UNSAFE})
    public long nettyPooledUnsafe(final NettyPooledVirtualTake work) throws InterruptedException {
        return work.pass();
    }

    @Benchmark
    public long jetty(final JettyVirtualTake work) throws InterruptedException {
        return work.pass();
    }

    @Benchmark
    public long memorySegment(final MemorySegmentVirtualTake work) throws InterruptedException {
        return work.pass();
    }

    @Benchmark
    public long nio(final NioVirtualTake work) throws InterruptedException {
        return work.pass();
    }

    @Benchmark
    public long bareThreads(final NoVirtualTake work) throws InterruptedException {
        return work.pass();
    }

    /** The work, the same for all. */
    @State(Scope.Thread)
    public abstract static class VirtualTake {
        @Param({"1000", "10000"})
        public int threads = 1000;

        private final LongAdder sum = new LongAdder();
        private final Runnable life = this::live;
        private Thread[] alive = new Thread[0];

        @Setup
        public final void start() {
            alive = new Thread[threads];
        }

        /** All threads' lives; the sum of the bytes that they read. */
        final long pass() throws InterruptedException {
            for (int done = 0; done < THREADS; done += threads) {
                for (int i = 0; i < threads; i++) alive[i] = Thread.startVirtualThread(life);
                for (int i = 0; i < threads; i++) alive[i].join();
            }
            return sum.sumThenReset();
        }

        private void live() {
            sum.add(takeAll());
        }

        /** What a thread does; the sum of the bytes read. */
        abstract long takeAll();

        @TearDown
        public abstract void close();
    }

    /** With a pool. */
    abstract static class PoolVirtualTake extends VirtualTake {
        private final SharedPool pool;

        PoolVirtualTake(final SharedPool pool) {
            this.pool = pool;
        }

        @Override
        final long takeAll() {
            long sum = 0;
            for (int i = 0; i < TAKES; i++) sum += pool.giveBack(pool.take((byte) i));
            return sum;
        }

        @Override
        public final void close() {
            pool.close();
        }
    }

    public static class OurVirtualTake extends PoolVirtualTake {
        public OurVirtualTake() {
            super(new SharedPools.Ours());
        }
    }

    public static class NettyAdaptiveVirtualTake extends PoolVirtualTake {
        public NettyAdaptiveVirtualTake() {
            super(SharedPools.Netty.adaptive());
        }
    }

    public static class NettyPooledVirtualTake extends PoolVirtualTake {
        public NettyPooledVirtualTake() {
            super(SharedPools.Netty.pooled());
        }
    }

    public static class JettyVirtualTake extends PoolVirtualTake {
        public JettyVirtualTake() {
            super(new SharedPools.Jetty());
        }
    }

    public static class MemorySegmentVirtualTake extends PoolVirtualTake {
        public MemorySegmentVirtualTake() {
            super(new SharedPools.JdkArenas());
        }
    }

    public static class NioVirtualTake extends PoolVirtualTake {
        public NioVirtualTake() {
            super(new SharedPools.Queue());
        }
    }

    /** Reads the bytes that others read from memory. */
    public static class NoVirtualTake extends VirtualTake {
        @Override
        long takeAll() {
            long sum = 0;
            for (int i = 0; i < TAKES; i++) sum += 2L * i;
            return sum;
        }

        @Override
        public void close() {}
    }
}
