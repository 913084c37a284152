package io.evbuffer.perf.bench;

/**
 * The JVM in which Netty is at its best, as flags of a fork.
 *
 * <p>Its allocators keep caches for its own threads only, so JMH is given such threads. Leak detection is off: ours
 * samples nothing either.
 */
public final class NettyJvm {
    public static final String OWN_THREADS = "-Djmh.executor=CUSTOM";
    public static final String THREADS_CLASS = "-Djmh.executor.class=io.evbuffer.perf.bench.NettyThreads";
    public static final String NO_LEAK_DETECTION = "-Dio.netty.leakDetection.level=disabled";

    /** Since Java 24 Netty goes without Unsafe unless this is said, and is slower then. */
    public static final String UNSAFE = "--sun-misc-unsafe-memory-access=allow";

    private NettyJvm() {}
}
