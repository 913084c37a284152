package io.evbuffer.perf.bench.reactor;

import io.evbuffer.event.Event;
import io.evbuffer.event.EventBase;
import io.evbuffer.perf.bench.NettyJvm;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
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
 * Cost of an event that is added, waits with a timeout and comes once, when a byte goes through all connections one after the
 * other: after libevent's {@code bench_cascade.c}.
 *
 * <pre>
 *   add all events, for one byte each, with 60 s
 *   pair 0 ──1 byte──► callback reads it, writes 1 byte to pair 1 ──► callback ... to the last pair
 * </pre>
 *
 * <p>Measured: {@value #EVENTS} events in chains of all pairs, mean ns per event: registered, armed, a wait of its own, a read
 * and a write of a byte, taken back. RS-154. All use Unix sockets on one thread, which runs the loop itself. Netty is asked for
 * one read at a time, and its timeouts are scheduled and cancelled.
 * <p>Not measured: making sockets and events.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(CascadeBenchmark.EVENTS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class CascadeBenchmark {
    /** Callbacks of a pass: one chain of all pairs, or several of fewer. */
    public static final int EVENTS = 1000;

    private static final long TIMEOUT_SECONDS = 60;

    @Benchmark
    public int evbuffer(final EpollCascade cascade) throws IOException {
        return cascade.pass();
    }

    @Benchmark
    public int evbufferPoll(final PollCascade cascade) throws IOException {
        return cascade.pass();
    }

    @Benchmark
    public int evbufferNio(final NioCascade cascade) throws IOException {
        return cascade.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.NO_LEAK_DETECTION, NettyJvm.UNSAFE})
    public int nettyEpoll(final NettyEpollCascade cascade) throws IOException {
        return cascade.pass();
    }

    /** The work, the same for all. */
    @State(Scope.Thread)
    public abstract static class Cascade {
        @Param({"100", "1000"})
        public int pairs;

        private int arrived;

        /** All events of one pass; how many there were. */
        public final int pass() throws IOException {
            int events = 0;
            while (events < EVENTS) {
                arrived = 0;
                for (int i = 0; i < pairs; i++) arm(i);
                send(0);
                while (arrived < pairs) turn();
                events += arrived;
            }
            return events;
        }

        /** A byte has come and was read. */
        final void arrived(final int pair) {
            arrived++;
            if (pair + 1 < pairs) send(pair + 1);
        }

        @Setup
        public abstract void open() throws IOException;

        /** Waits once for a byte of a pair, or for the timeout. */
        abstract void arm(int pair);

        /** Writes a byte to a pair. */
        abstract void send(int pair);

        /** Runs the loop once, waiting if nothing is ready. */
        abstract void turn();

        @TearDown
        public abstract void close() throws IOException;
    }

    /** Ours, on one of its methods. */
    public abstract static class OurCascade extends Cascade {
        private static final long TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS);

        private final OurPairs sockets;
        private Event[] events = {};

        OurCascade(final String method) {
            sockets = new OurPairs(method);
        }

        @Override
        public void open() throws IOException {
            sockets.open(pairs);
            events = new Event[pairs];
            for (int i = 0; i < pairs; i++) {
                final int pair = i;
                events[i] = new Event(
                        sockets.base(), sockets.reader(pair), Event.READ, (event, what) -> read(pair, what), null);
            }
        }

        private void read(final int pair, final int what) throws IOException {
            if (what == Event.READ && sockets.read(pair) > 0) arrived(pair);
        }

        @Override
        void arm(final int pair) {
            events[pair].add(TIMEOUT_NANOS);
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

    public static class EpollCascade extends OurCascade {
        public EpollCascade() {
            super("epoll");
        }
    }

    public static class PollCascade extends OurCascade {
        public PollCascade() {
            super("poll");
        }
    }

    public static class NioCascade extends OurCascade {
        public NioCascade() {
            super("nio");
        }
    }

    public static class NettyEpollCascade extends Cascade {
        private final NettyPairs sockets = NettyPairs.onEpoll();
        private ScheduledFuture<?>[] timeouts = {};

        @SuppressWarnings("UnnecessaryLambda") // one object for all timers
        private final Runnable nothing = () -> {};

        @Override
        public void open() throws IOException {
            timeouts = new ScheduledFuture<?>[pairs];
            sockets.open(pairs, false, this::read);
        }

        private void read(final int pair) {
            timeouts[pair].cancel(false);
            arrived(pair);
        }

        @Override
        void arm(final int pair) {
            sockets.reader(pair).read();
            timeouts[pair] = sockets.loop().schedule(nothing, TIMEOUT_SECONDS, TimeUnit.SECONDS);
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
}
