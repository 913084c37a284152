package io.evbuffer.perf.bench;

import io.evbuffer.perf.bench.SearchBenchmark.NettyAdaptiveSearch;
import io.evbuffer.perf.bench.SearchBenchmark.NettyPooledSearch;
import io.evbuffer.perf.bench.SearchBenchmark.NioSearch;
import io.evbuffer.perf.bench.SearchBenchmark.OkioSearch;
import io.evbuffer.perf.bench.SearchBenchmark.OurSearch;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Warmup;

/**
 * {@link SearchBenchmark} with ours in the version for Java 17, which asks for no native access and is used wherever that
 * is denied: eight bytes at a time.
 *
 * <p>The JVM of ours is told to look at no versioned classes; that of the peers is as in the other.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class PortableSearchBenchmark {
    private static final String NO_VERSIONED_CLASSES = "-Djdk.util.jar.enableMultiRelease=false";

    /** An archive of classes, as a comparison makes one, has the versioned ones. */
    private static final String NO_ARCHIVED_CLASSES = "-Xshare:off";

    @Benchmark
    @Fork(jvmArgsAppend = {NO_VERSIONED_CLASSES, NO_ARCHIVED_CLASSES})
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
}
