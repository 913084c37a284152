package io.evbuffer.perf.bench.reactor;

import io.evbuffer.event.Event;
import io.evbuffer.event.EventBase;
import io.evbuffer.perf.bench.NettyJvm;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
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
import org.openjdk.jmh.infra.BenchmarkParams;

/**
 * Cost of an event with its byte, when 100 of many connections are active: the classic benchmark of event loops, after
 * libevent's {@code bench.c}.
 *
 * <pre>
 *   pair 0 ──1 byte──► callback reads it, writes 1 byte to pair 1 ──► callback ... around the ring, 100 bytes at a time
 * </pre>
 *
 * <p>Measured: {@value #EVENTS} bytes, mean ns per byte: one wait shared with those ready at the same time, one read, shared
 * with bytes that have come to the same pair meanwhile, and one write on a Unix socket. RS-153. All use Unix sockets on one thread, which runs the loop itself;
 * nothing is locked, as in libevent where nobody asked for threads.
 * <p>Not measured: setting up, interest that changes. libevent reads and writes without a buffer; ours reads into memory of
 * a buffer and writes from one; Netty's pipeline gives and takes its buffers.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(RingBenchmark.EVENTS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class RingBenchmark {
    /** Bytes under way at a time. */
    public static final int ACTIVE = 100;

    /** How often bytes are passed on. */
    public static final int WRITES = 10_000;

    /** Callbacks of a pass: for each byte put in and each passed on. */
    public static final int EVENTS = ACTIVE + WRITES;

    @Benchmark
    public int evbuffer(final EpollRing ring) {
        return ring.pass();
    }

    @Benchmark
    public int evbufferPoll(final PollRing ring) {
        return ring.pass();
    }

    @Benchmark
    public int evbufferNio(final NioRing ring) {
        return ring.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION, NettyJvm.UNSAFE})
    public int nettyEpoll(final NettyEpollRing ring) {
        return ring.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION, NettyJvm.UNSAFE})
    public int nettyNio(final NettyNioRing ring) {
        return ring.pass();
    }

    /** The work, the same for all. */
    @State(Scope.Thread)
    public abstract static class Ring {
        @Param({"100", "1000", "9000"})
        public int pairs;

        private int writes;
        private int events;

        /** All events of one pass; how many there were. */
        public final int pass() {
            writes = WRITES;
            events = 0;
            for (int i = 0; i < ACTIVE; i++) send(i * (pairs / ACTIVE));
            while (events < EVENTS) turn();
            return events;
        }

        /** A byte has come and was read. */
        final void arrived(final int pair) {
            events++;
            if (writes == 0) return;
            writes--;
            send(pair + 1 < pairs ? pair + 1 : 0);
        }

        @Setup
        public abstract void open() throws IOException;

        /**
         * A pass that does not count. JMH's thread has slept before an iteration, which is no more than a pass, and begins it on
         * empty caches; a loop under load does not, and neither does libevent's harness, which does not sleep. Single shots
         * are for counting system calls: there it would count.
         */
        @Setup(Level.Iteration)
        public final void warmUp(final BenchmarkParams benchmark) {
            if (benchmark.getMode() != Mode.SingleShotTime) pass();
        }

        /** Writes a byte to a pair. */
        abstract void send(int pair);

        /** Runs the loop once, waiting if nothing is ready. */
        abstract void turn();

        @TearDown
        public abstract void close() throws IOException;
    }

    /** Ours, on one of its methods. */
    public abstract static class OurRing extends Ring {
        private final OurPairs sockets;

        OurRing(final String method) {
            sockets = new OurPairs(method);
        }

        @Override
        public void open() throws IOException {
            sockets.open(pairs);
            for (int i = 0; i < pairs; i++) {
                final int pair = i;
                new Event(
                                sockets.base(),
                                sockets.reader(pair),
                                Event.READ | Event.PERSIST,
                                (event, what) -> read(pair),
                                null)
                        .add();
            }
        }

        private void read(final int pair) throws IOException {
            final int bytes = sockets.read(pair);
            for (int i = 0; i < bytes; i++) arrived(pair);
        }

        @Override
        void send(final int pair) {
            sockets.send(pair);
        }

        @Override
        void turn() {
            sockets.base().loop(EventBase.ONCE);
        }

        @Override
        public void close() throws IOException {
            sockets.close();
        }
    }

    public static class EpollRing extends OurRing {
        public EpollRing() {
            super("epoll");
        }
    }

    public static class PollRing extends OurRing {
        public PollRing() {
            super("poll");
        }
    }

    public static class NioRing extends OurRing {
        public NioRing() {
            super("nio");
        }
    }

    /** Netty, on one of its transports. */
    public abstract static class NettyRing extends Ring {
        private final NettyPairs sockets;

        NettyRing(final NettyPairs sockets) {
            this.sockets = sockets;
        }

        @Override
        public void open() throws IOException {
            sockets.open(pairs, true, this::arrived);
        }

        @Override
        void send(final int pair) {
            sockets.send(pair);
        }

        @Override
        void turn() {
            sockets.turn();
        }

        @Override
        public void close() {
            sockets.close();
        }
    }

    public static class NettyEpollRing extends NettyRing {
        public NettyEpollRing() {
            super(NettyPairs.onEpoll());
        }
    }

    public static class NettyNioRing extends NettyRing {
        public NettyNioRing() {
            super(NettyPairs.onNio());
        }
    }
}
