package io.evbuffer.perf.bench.reactor;

import io.evbuffer.event.CommonTimeout;
import io.evbuffer.event.Event;
import io.evbuffer.event.EventBase;
import io.evbuffer.perf.bench.NettyJvm;
import io.netty.channel.ManualIoEventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
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

/**
 * Cost of timers while a million are armed.
 *
 * <p>Measured: {@value #CHANGES} operations, mean ns of one. {@code change} takes back a timer, one of the million at random,
 * and arms it anew; {@code rearm} arms it anew without that, as each read of a connection with a timeout does; {@code fire}
 * arms one more that is due at once, and runs it. With {@code common} all have the same duration and stand in a queue, where
 * the reactor has such, those due at once in another; with {@code heap} each has its own, between a minute and an hour. RS-156,
 * BTR-9. The timers have lived through a collection, as those of a process that has run for long: what they refer to is
 * work for the collector from then on. One thread does it all, so no reactor locks anything. Netty has no common timeouts and no re-arming: it cancels and schedules.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(TimersBenchmark.CHANGES)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class TimersBenchmark {
    /** Timers that are armed all the time. */
    public static final int TIMERS = 1_000_000;

    /** Changes of a pass. */
    public static final int CHANGES = 1000;

    private static final long SHORTEST = TimeUnit.MINUTES.toNanos(1);
    private static final long LONGEST = TimeUnit.HOURS.toNanos(1);
    private static final int PLANNED = 1 << 16;

    @Benchmark
    public int evbuffer(final OurTimers timers) {
        return timers.pass();
    }

    @Benchmark
    @Fork(jvmArgsAppend = {NettyJvm.OWN_THREADS, NettyJvm.THREADS_CLASS, NettyJvm.UNSAFE})
    public int nettyEpoll(final NettyTimers timers) {
        return timers.pass();
    }

    /** The work, the same for all. */
    @State(Scope.Thread)
    public abstract static class Timers {
        @Param({"heap", "common"})
        public String kind;

        @Param({"change", "rearm", "fire"})
        public String work;

        /** How many are armed all the time; tests are content with fewer. */
        int count = TIMERS;

        private final int[] which = new int[PLANNED];
        private final long[] durations = new long[PLANNED];
        private int next;
        private int fired;

        final boolean isCommon() {
            return kind.equals("common");
        }

        @Setup
        public final void plan() {
            final SplittableRandom random = new SplittableRandom(1);
            for (int i = 0; i < PLANNED; i++) {
                which[i] = random.nextInt(count);
                durations[i] = isCommon() ? LONGEST : random.nextLong(SHORTEST, LONGEST);
            }
            open();
            for (int i = 0; i < count; i++) arm(i, durations[i % PLANNED]);
            System.gc();
        }

        /** All operations; the last timer that was changed, or how many have run. */
        final int pass() {
            return switch (work) {
                case "change" -> change();
                case "rearm" -> rearmSome();
                default -> fire();
            };
        }

        private int change() {
            int last = 0;
            for (int i = 0; i < CHANGES; i++) {
                next = (next + 1) % PLANNED;
                last = which[next];
                cancel(last);
                arm(last, durations[next]);
            }
            return last;
        }

        private int rearmSome() {
            int last = 0;
            for (int i = 0; i < CHANGES; i++) {
                next = (next + 1) % PLANNED;
                last = which[next];
                rearm(last, durations[next]);
            }
            return last;
        }

        private int fire() {
            fired = 0;
            for (int i = 0; i < CHANGES; i++) armDue(i);
            while (fired < CHANGES) turn();
            return fired;
        }

        final void fired() {
            fired++;
        }

        abstract void open();

        abstract void arm(int timer, long nanos);

        abstract void cancel(int timer);

        /** Of one that is armed. */
        abstract void rearm(int timer, long nanos);

        /** Arms a timer that is not one of the million, to run in the next turn. */
        abstract void armDue(int timer);

        /** Runs the loop once, without waiting. */
        abstract void turn();

        /** How many are armed. */
        abstract long armed();

        @TearDown(Level.Trial)
        public abstract void close();
    }

    public static class OurTimers extends Timers {
        private final EventBase base = Reactors.singleThreadedBase("epoll");
        private final Event[] events = new Event[TIMERS];
        private final Event[] due = new Event[CHANGES];
        private @Nullable CommonTimeout common;
        private @Nullable CommonTimeout commonDue;

        @Override
        void open() {
            if (isCommon()) {
                common = base.initCommonTimeout(LONGEST);
                commonDue = base.initCommonTimeout(0);
            }
            for (int i = 0; i < count; i++) events[i] = Event.newTimer(base, (event, what) -> {}, null);
            for (int i = 0; i < CHANGES; i++) due[i] = Event.newTimer(base, (event, what) -> fired(), null);
        }

        @Override
        void arm(final int timer, final long nanos) {
            if (common != null) events[timer].add(common);
            else events[timer].add(nanos);
        }

        @Override
        void cancel(final int timer) {
            events[timer].del();
        }

        @Override
        void rearm(final int timer, final long nanos) {
            arm(timer, nanos);
        }

        @Override
        void armDue(final int timer) {
            if (commonDue != null) due[timer].add(commonDue);
            else due[timer].add(0);
        }

        @Override
        void turn() {
            base.loop(EventBase.ONCE | EventBase.NONBLOCK);
        }

        @Override
        long armed() {
            return base.countEvents(EventBase.COUNT_ADDED);
        }

        @Override
        public void close() {
            base.close();
        }
    }

    public static class NettyTimers extends Timers {
        private final ManualIoEventLoop loop = Reactors.nettyLoop(Reactors.nettyEpoll());
        private final ScheduledFuture<?>[] futures = new ScheduledFuture<?>[TIMERS];

        @SuppressWarnings("UnnecessaryLambda") // one object for all timers
        private final Runnable nothing = () -> {};

        private final Runnable fired = this::fired;

        @Override
        void open() {}

        @Override
        void arm(final int timer, final long nanos) {
            futures[timer] = loop.schedule(nothing, nanos, TimeUnit.NANOSECONDS);
        }

        @Override
        void cancel(final int timer) {
            futures[timer].cancel(false);
        }

        @Override
        void rearm(final int timer, final long nanos) {
            cancel(timer);
            arm(timer, nanos);
        }

        @Override
        @SuppressWarnings("FutureReturnValueIgnored") // it runs at once
        void armDue(final int timer) {
            loop.schedule(fired, 0, TimeUnit.NANOSECONDS);
        }

        @Override
        void turn() {
            loop.runNow();
        }

        @Override
        long armed() {
            return Arrays.stream(futures, 0, count)
                    .filter(future -> !future.isDone())
                    .count();
        }

        @Override
        public void close() {
            final Future<?> end = loop.shutdownGracefully(0, 0, TimeUnit.SECONDS);
            while (!end.isDone()) loop.runNow();
        }
    }
}
