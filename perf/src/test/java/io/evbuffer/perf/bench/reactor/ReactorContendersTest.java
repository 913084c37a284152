package io.evbuffer.perf.bench.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import io.evbuffer.perf.bench.reactor.RingBenchmark.Ring;
import io.evbuffer.perf.bench.reactor.TimersBenchmark.Timers;
import io.evbuffer.perf.bench.reactor.WakeUpBenchmark.Loop;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** All contenders do the work that is measured: each event comes, each timer is changed, each wake-up is answered. */
class ReactorContendersTest {
    private static final int PAIRS = 200;

    static Stream<Named<Supplier<Ring>>> rings() {
        return Stream.of(
                Named.of("epoll", RingBenchmark.EpollRing::new),
                Named.of("poll", RingBenchmark.PollRing::new),
                Named.of("nio", RingBenchmark.NioRing::new),
                Named.of("netty epoll", RingBenchmark.NettyEpollRing::new),
                Named.of("netty nio", RingBenchmark.NettyNioRing::new));
    }

    @ParameterizedTest
    @MethodSource("rings")
    void everyByteGoesAroundTheRing(final Supplier<Ring> maker) throws Exception {
        final Ring ring = maker.get();
        ring.pairs = PAIRS;
        ring.open();

        assertThat(ring.pass()).isEqualTo(RingBenchmark.EVENTS);
        assertThat(ring.pass()).isEqualTo(RingBenchmark.EVENTS);

        ring.close();
    }

    static Stream<Named<Supplier<Timers>>> timers() {
        return Stream.of(
                Named.of("evbuffer", TimersBenchmark.OurTimers::new),
                Named.of("netty", TimersBenchmark.NettyTimers::new));
    }

    @ParameterizedTest
    @MethodSource("timers")
    void changedTimersStayArmed(final Supplier<Timers> maker) {
        final Timers timers = maker.get();
        timers.kind = "common";
        timers.plan();

        final int last = timers.pass();

        assertThat(timers.armed()).isEqualTo(TimersBenchmark.TIMERS);
        assertThat(last).isBetween(0, TimersBenchmark.TIMERS - 1);
        timers.close();
    }

    static Stream<Named<Supplier<Loop>>> loops() {
        return Stream.of(
                Named.of("epoll", WakeUpBenchmark.OurLoop::new),
                Named.of("nio", WakeUpBenchmark.OurNioLoop::new),
                Named.of("netty epoll", WakeUpBenchmark.NettyEpollLoop::new),
                Named.of("netty nio", WakeUpBenchmark.NettyNioLoop::new));
    }

    @ParameterizedTest
    @MethodSource("loops")
    void everyWakeUpIsAnswered(final Supplier<Loop> maker) throws InterruptedException {
        final Loop loop = maker.get();

        for (int i = 1; i <= 50; i++) assertThat(loop.wake()).isEqualTo(i);

        loop.close();
    }
}
