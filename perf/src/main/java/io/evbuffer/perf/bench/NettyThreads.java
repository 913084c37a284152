package io.evbuffer.perf.bench;

import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The executor that JMH makes by name in the forks of Netty's contenders: its threads are Netty's own kind. */
public final class NettyThreads extends ThreadPoolExecutor {
    /**
     * As JMH calls it.
     *
     * @param threads their number.
     * @param prefix the beginning of their names.
     */
    public NettyThreads(final int threads, final String prefix) {
        super(threads, threads, 1, TimeUnit.DAYS, new LinkedBlockingQueue<>(), new DefaultThreadFactory(prefix));
    }
}
