package io.evbuffer.perf.bench.reactor;

import io.evbuffer.event.Event;
import io.evbuffer.event.EventBase;
import io.evbuffer.perf.bench.NettyJvm;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Time from asking a sleeping loop for something until it has done it, the asking thread spinning meanwhile.
 *
 * <p>Measured: one wake-up, mean ns: the call, the kernel's waking of the other thread, the callback. RS-157, BTR-24. The
 * loop goes back to sleep between two of them, as the next is asked for some microseconds later.
 * <p>Not measured: how many wake-ups many calls come to; that is counted in tests (BTR-3).
 */
@BenchmarkMode({Mode.AverageTime, Mode.SampleTime}) // a histogram too
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class WakeUpBenchmark {
    private static final long PAUSE_NANOS = 20_000; // long enough for the loop to fall asleep

    @Benchmark
    public long evbuffer(final OurLoop loop) {
        return loop.wake();
    }

    @Benchmark
    public long evbufferNio(final OurNioLoop loop) {
        return loop.wake();
    }

    @Benchmark
    @Fork(jvmArgsAppend = NettyJvm.UNSAFE)
    public long nettyEpoll(final NettyEpollLoop loop) {
        return loop.wake();
    }

    @Benchmark
    @Fork(jvmArgsAppend = NettyJvm.UNSAFE)
    public long nettyNio(final NettyNioLoop loop) {
        return loop.wake();
    }

    /** The work, the same for all. */
    @State(Scope.Thread)
    public abstract static class Loop {
        private volatile long done;
        private long asked; // of the asking thread
        private long answered; // of the loop's thread

        /** Wakes the loop; the pause before is part of every contender's time. */
        public final long wake() {
            final long begin = System.nanoTime();
            while (System.nanoTime() - begin < PAUSE_NANOS) Thread.onSpinWait();
            asked++;
            ask();
            while (done != asked) Thread.onSpinWait();
            return asked;
        }

        final void answer() {
            done = ++answered;
        }

        abstract void ask();

        @TearDown
        public abstract void close() throws InterruptedException;
    }

    public abstract static class AnyLoop extends Loop {
        private final EventBase base;
        private final Event event;
        private final Thread thread;

        AnyLoop(final String method) {
            base = method.isEmpty() ? EventBase.open() : Reactors.base(method);
            event = Event.newUser(base, (self, what) -> answer(), null);
            thread = Thread.ofPlatform().name("loop").daemon().start(() -> base.loop(EventBase.NO_EXIT_ON_EMPTY));
        }

        @Override
        void ask() {
            event.trigger();
        }

        @Override
        public void close() throws InterruptedException {
            base.requestStop();
            thread.join();
            base.close();
        }
    }

    public static class OurLoop extends AnyLoop {
        public OurLoop() {
            super("epoll");
        }
    }

    public static class OurNioLoop extends AnyLoop {
        public OurNioLoop() {
            super("nio");
        }
    }

    public abstract static class NettyLoop extends Loop {
        private final MultiThreadIoEventLoopGroup loops;
        private final Runnable answer = this::answer;

        NettyLoop(final IoHandlerFactory factory) {
            loops = new MultiThreadIoEventLoopGroup(1, factory);
        }

        @Override
        void ask() {
            loops.execute(answer);
        }

        @Override
        public void close() throws InterruptedException {
            loops.shutdownGracefully(0, 0, TimeUnit.SECONDS).sync();
        }
    }

    public static class NettyEpollLoop extends NettyLoop {
        public NettyEpollLoop() {
            super(Reactors.nettyEpoll());
        }
    }

    public static class NettyNioLoop extends NettyLoop {
        public NettyNioLoop() {
            super(Reactors.nettyNio());
        }
    }
}
