package io.evbuffer.perf.bench.reactor;

import io.evbuffer.event.Event;
import io.evbuffer.event.EventBase;
import io.evbuffer.perf.bench.NettyJvm;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Cost of asking a loop for something from another thread while it does what it was asked for before: both want the lock, or
 * the queue, all the time.
 *
 * <p>Measured: {@value #EVENTS} events that are asked for one after the other, and the end of the last callback, mean ns of
 * one; what both threads allocate. BTR-20. With ours and libevent these are as many events, with Netty as many tasks.
 * <p>Not measured: to wake a loop that sleeps, {@link WakeUpBenchmark} does that; it happens once or a few times in a pass.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(TriggerBenchmark.EVENTS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class TriggerBenchmark {
    /** Events of a pass. */
    public static final int EVENTS = 1000;

    @Benchmark
    public long evbuffer(final OurLoop loop) {
        return loop.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = NettyJvm.UNSAFE)
    public long nettyEpoll(final NettyLoop loop) {
        return loop.pass();
    }

    /** The work, the same for all. */
    @State(Scope.Thread)
    public abstract static class Loop {
        private volatile long done;
        private long asked; // of the asking thread
        private long answered; // of the loop's thread

        /** Asks for all, and waits until all are done; how many there were until now. */
        public final long pass() {
            for (int i = 0; i < EVENTS; i++) ask(i);
            asked += EVENTS;
            while (done != asked) Thread.onSpinWait();
            return asked;
        }

        final void answer() {
            done = ++answered;
        }

        abstract void ask(int event);

        @TearDown
        public abstract void close() throws InterruptedException;
    }

    public static class OurLoop extends Loop {
        private final EventBase base = Reactors.base("epoll");
        private final Event[] events = new Event[EVENTS];
        private final Thread thread;

        public OurLoop() {
            for (int i = 0; i < EVENTS; i++) events[i] = Event.newUser(base, (event, what) -> answer(), null);
            thread = Thread.ofPlatform().name("loop").daemon().start(() -> base.loop(EventBase.NO_EXIT_ON_EMPTY));
        }

        @Override
        void ask(final int event) {
            events[event].trigger();
        }

        @Override
        public void close() throws InterruptedException {
            base.requestStop();
            thread.join();
            base.close();
        }
    }

    public static class NettyLoop extends Loop {
        private final MultiThreadIoEventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, Reactors.nettyEpoll());
        private final Runnable answer = this::answer;

        @Override
        void ask(final int event) {
            loops.execute(answer);
        }

        @Override
        public void close() throws InterruptedException {
            loops.shutdownGracefully(0, 0, TimeUnit.SECONDS).sync();
        }
    }
}
