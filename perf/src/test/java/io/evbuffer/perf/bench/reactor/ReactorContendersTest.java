package io.evbuffer.perf.bench.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import io.evbuffer.perf.bench.reactor.CascadeBenchmark.Cascade;
import io.evbuffer.perf.bench.reactor.RingBenchmark.Ring;
import io.evbuffer.perf.bench.reactor.TimersBenchmark.Timers;
import io.evbuffer.perf.bench.reactor.WakeUpBenchmark.Loop;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** All contenders do the work that is measured: each event comes, each timer is changed, each wake-up is answered. */
class ReactorContendersTest {
    private static final int PAIRS = 200;
    private static final int TIMERS = 20_000;

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
    void timersThatAreChangedStayArmed(final Supplier<Timers> maker) {
        for (final String kind : List.of("common", "heap")) {
            for (final String work : List.of("change", "rearm")) {
                final Timers timers = planned(maker, kind, work);

                assertThat(timers.pass()).isBetween(0, TIMERS - 1);
                assertThat(timers.armed()).isEqualTo(TIMERS);
                timers.close();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("timers")
    void timersThatAreDueRunAndTheOthersStayArmed(final Supplier<Timers> maker) {
        for (final String kind : List.of("common", "heap")) {
            final Timers timers = planned(maker, kind, "fire");

            assertThat(timers.pass()).isEqualTo(TimersBenchmark.CHANGES);
            assertThat(timers.pass()).isEqualTo(TimersBenchmark.CHANGES);
            assertThat(timers.armed()).isEqualTo(TIMERS);
            timers.close();
        }
    }

    private static Timers planned(final Supplier<Timers> maker, final String kind, final String work) {
        final Timers timers = maker.get();
        timers.count = TIMERS;
        timers.kind = kind;
        timers.work = work;
        timers.plan();
        return timers;
    }

    static Stream<Named<Supplier<Cascade>>> cascades() {
        return Stream.of(
                Named.of("epoll", CascadeBenchmark.EpollCascade::new),
                Named.of("poll", CascadeBenchmark.PollCascade::new),
                Named.of("nio", CascadeBenchmark.NioCascade::new),
                Named.of("netty epoll", CascadeBenchmark.NettyEpollCascade::new));
    }

    @ParameterizedTest
    @MethodSource("cascades")
    @DisplayName("RS-154: the byte passes all pairs one after the other, and each event comes once")
    void cascade(final Supplier<Cascade> maker) throws Exception {
        final Cascade cascade = maker.get();
        cascade.pairs = PAIRS;
        cascade.open();

        assertThat(cascade.pass()).isEqualTo(CascadeBenchmark.EVENTS);
        assertThat(cascade.pass()).isEqualTo(CascadeBenchmark.EVENTS);

        cascade.close();
    }

    static Stream<Named<Supplier<TriggerBenchmark.Loop>>> triggered() {
        return Stream.of(
                Named.of("ours", TriggerBenchmark.OurLoop::new), Named.of("netty", TriggerBenchmark.NettyLoop::new));
    }

    @ParameterizedTest
    @MethodSource("triggered")
    void everythingThatIsAskedForIsDone(final Supplier<TriggerBenchmark.Loop> maker) throws InterruptedException {
        final TriggerBenchmark.Loop loop = maker.get();

        for (int i = 1; i <= 5; i++) assertThat(loop.pass()).isEqualTo((long) i * TriggerBenchmark.EVENTS);

        loop.close();
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
