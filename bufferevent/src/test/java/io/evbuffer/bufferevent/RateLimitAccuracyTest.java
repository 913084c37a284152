package io.evbuffer.bufferevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.event.ConnectionListener;
import io.evbuffer.event.Event;
import io.evbuffer.event.EventBase;
import io.evbuffer.event.backend.sim.SimWorld;
import io.evbuffer.memory.SlabPool;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * How exactly limits hold (contract 13.7): 30 clients that send as much as they may to a server that sends it back, ticks of
 * 100 ms, for 5 s of virtual time.
 */
class RateLimitAccuracyTest {
    private static final InetSocketAddress HERE = new InetSocketAddress(InetAddress.getLoopbackAddress(), 7000);
    private static final int CLIENTS = 30;
    private static final int SECONDS = 5;
    private static final long TICK = TimeUnit.MILLISECONDS.toNanos(100);
    private static final int NONE = 0;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    @DisplayName("RL-02, row 1")
    void aGroupKeepsItsRateAndSpreadsItEvenly(final long seed) throws IOException {
        final long[] rates = run(seed, NONE, 30_000, NONE);
        totalIsNear(30_000, 1000, rates);
        spreadIsBelow(150, rates);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    @DisplayName("RL-03, row 2")
    void eachKeepsItsOwnRate(final long seed) throws IOException {
        final long[] rates = run(seed, 1000, NONE, NONE);
        totalIsNear(30_000, 50 * CLIENTS, rates);
        spreadIsBelow(50, rates);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    @DisplayName("RL-04, row 3")
    void bothLimitsHold(final long seed) throws IOException {
        final long[] rates = run(seed, 1000, 30_000, NONE);
        totalIsNear(30_000, 1000, rates);
        spreadIsBelow(50, rates);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    @DisplayName("RL-05, row 4")
    void whatIsDrainedByHandIsMissing(final long seed) throws IOException {
        final long[] rates = run(seed, 1000, 35_000, 500);
        totalIsNear(30_000, 1000, rates);
        spreadIsBelow(50, rates);
    }

    private static void totalIsNear(final long expected, final long bound, final long[] rates) {
        final long total = Arrays.stream(rates).sum();
        assertTrue(Math.abs(total - expected) <= bound, () -> total + " B/s: " + Arrays.toString(rates));
    }

    private static void spreadIsBelow(final double bound, final long[] rates) {
        final double mean = Arrays.stream(rates).average().orElseThrow();
        final double variance = Arrays.stream(rates)
                .mapToDouble(rate -> (rate - mean) * (rate - mean))
                .average()
                .orElseThrow();
        assertTrue(Math.sqrt(variance) <= bound, () -> Math.sqrt(variance) + " B/s: " + Arrays.toString(rates));
    }

    /** What each client got back, in bytes per second. */
    private static long[] run(final long seed, final long each, final long together, final long drained)
            throws IOException {
        final SimWorld world = SimWorld.builder().seed(seed).build();
        final SlabPool pool = SlabPool.builder().name("accuracy").build();
        final List<Throwable> failures = new ArrayList<>();
        final long[] received = new long[CLIENTS];
        try (EventBase base = EventBase.open(world.config().pool(pool))) {
            base.errorHandler((source, failure) -> failures.add(failure));
            final ConnectionListener server = ConnectionListener.bind(
                    base, HERE, ConnectionListener.CLOSE_ON_FREE, 128, (source, accepted, peer) -> {
                        final SocketBufferEvent echo = SocketBufferEvent.create(base, accepted, Options.CLOSE_ON_FREE);
                        echo.setCallbacks(s -> s.writeBuffer(s.input()), null, (s, what, cause) -> s.close());
                        echo.enable(Directions.READ);
                    });
            final RateLimitGroup group = together == NONE ? null : RateLimitGroup.create(base, perTick(together / 10));
            final @Nullable TokenBucketCfg own = each == NONE ? null : perTick(each / 10);
            for (int i = 0; i < CLIENTS; i++) {
                client(base, received, i, own, group);
            }
            if (group != null && drained != NONE) {
                Event.newPeriodic(base, (event, result) -> group.decrementReadLimit(drained), null)
                        .add(TICK);
            }
            base.loopExit(TimeUnit.SECONDS.toNanos(SECONDS));
            base.dispatch();
            server.close();
        }
        assertEquals(List.of(), failures);
        assertEquals(0, pool.stats().segmentsInUse(), () -> "segments not home: " + pool.liveSegments());
        pool.close();
        return Arrays.stream(received).map(bytes -> bytes / SECONDS).toArray();
    }

    private static TokenBucketCfg perTick(final long bytes) {
        return new TokenBucketCfg(bytes, bytes, bytes, bytes, TICK);
    }

    private static void client(
            final EventBase base,
            final long[] received,
            final int number,
            final @Nullable TokenBucketCfg own,
            final @Nullable RateLimitGroup group)
            throws IOException {
        final byte[] chunk = new byte[1024];
        final SocketBufferEvent client = SocketBufferEvent.create(base, null, Options.CLOSE_ON_FREE);
        client.setCallbacks(
                source -> {
                    received[number] += source.input().length();
                    source.input().drain(source.input().length());
                },
                source -> source.write(chunk),
                (source, what, cause) -> source.write(chunk));
        client.setWatermark(Directions.WRITE, 512, 0);
        client.setRateLimit(own);
        client.addToRateLimitGroup(group);
        client.enable(Directions.READ);
        client.connect(HERE);
    }
}
