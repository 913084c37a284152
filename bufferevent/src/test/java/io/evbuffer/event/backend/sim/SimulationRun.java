package io.evbuffer.event.backend.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.evbuffer.EvBuffer;
import io.evbuffer.channel.ChannelReader;
import io.evbuffer.channel.ChannelWriter;
import io.evbuffer.channel.ScatterSource;
import io.evbuffer.event.EvWatch;
import io.evbuffer.event.Event;
import io.evbuffer.event.EventBase;
import io.evbuffer.event.EventException;
import io.evbuffer.event.LoopResult;
import io.evbuffer.event.Transport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One run of a program that does everything a reactor offers, in a world of its own: clients send, a server sends back,
 * timers come and go, and a meddler changes priorities, activates by hand, breaks and continues the loop.
 *
 * <p>All its decisions follow from the seed. What must hold whatever happens is checked in every turn and at the end.
 */
final class SimulationRun {
    private static final InetSocketAddress HERE = new InetSocketAddress(InetAddress.getLoopbackAddress(), 7000);
    private static final long IDLE = TimeUnit.SECONDS.toNanos(20);
    private static final int MOST_BYTES = 6000;
    private static final int PATTERN = 251;
    private static final int MOST_ENTRIES = 200;

    private final SplittableRandom plan;
    private final SimWorld world;
    private final EventBase base;
    private final boolean gentle; // nothing breaks a connection
    private final List<Client> clients = new ArrayList<>();
    private final List<Echo> echoes = new ArrayList<>();
    private final List<Timer> timers = new ArrayList<>();
    private Transport listener;
    private Event acceptor;
    private int open;
    private int meddling;
    private boolean prepared;
    private @Nullable AssertionError failure; // of a callback or watcher: the loop itself goes on

    // What the run did, for the test to see that it did something:
    int completed;
    int broken;
    int timersRun;
    int turns;

    SimulationRun(final long seed) {
        plan = new SplittableRandom(~seed);
        gentle = seed % 3 != 0;
        world = SimWorld.builder()
                .seed(seed)
                .faults(seed % 3 == 0 ? SimFaults.ROUGH : seed % 3 == 1 ? SimFaults.SHORT : SimFaults.NONE)
                .capacity(1 + plan.nextInt(2000))
                .latency(0, plan.nextLong(TimeUnit.MILLISECONDS.toNanos(5)) + 1)
                .build();
        base = EventBase.open(world.config().starvationGuard(plan.nextInt(3) * 5));
        base.errorHandler((source, thrown) -> {
            if (failure == null) failure = new AssertionError("in " + source, thrown);
            base.loopBreak();
        });
    }

    /** Runs to the end and returns the trace's hash. */
    long run() throws IOException {
        base.priorityInit(1 + plan.nextInt(3));
        EvWatch.newPrepare(base, (watch, wait) -> prepare(), null);
        EvWatch.newCheck(base, watch -> check(), null);
        listen();
        for (int i = 1 + plan.nextInt(3); i > 0; i--) clients.add(new Client());
        for (int i = plan.nextInt(4); i > 0; i--) timers.add(new Timer());
        meddling = 30;
        meddle();
        for (int i = 0; enter() != LoopResult.EMPTY; i++) {
            assertTrue(i < MOST_ENTRIES, "the loop was left " + i + " times");
        }
        return end();
    }

    private LoopResult enter() {
        final LoopResult result = base.loop(plan.nextInt(4) == 0 ? EventBase.ONCE : 0);
        if (failure != null) throw failure;
        return result;
    }

    private void listen() throws IOException {
        world.faults(noOpenFailures());
        listener = base.openListener(null);
        listener.bind(HERE, 1 + plan.nextInt(3));
        acceptor =
                new Event(base, listener, Event.READ | Event.PERSIST | edgeByChance(), (event, bits) -> accept(), null);
        acceptor.add();
    }

    /** A listener must be there; all else may fail. */
    private SimFaults noOpenFailures() {
        final SimFaults all = world.faults();
        return new SimFaults(
                all.shortRead(),
                all.shortWrite(),
                all.wouldBlock(),
                all.reset(),
                all.refuse(),
                all.lose(),
                all.accept(),
                0,
                all.stall());
    }

    private int edgeByChance() {
        return plan.nextBoolean() ? Event.ET : 0;
    }

    private void accept() {
        for (int failures = 0; failures < 50; ) {
            try {
                final Transport accepted = listener.accept();
                if (accepted == null) return;
                echoes.add(new Echo(accepted));
            } catch (final IOException e) {
                failures++; // no descriptors: again
            }
        }
    }

    // ---- what holds in every turn ----

    private void prepare() {
        assertTrue(!prepared, "EVT-37: two prepares in a row");
        prepared = true;
        turns++;
        base.checkIntegrity();
    }

    private void check() {
        assertTrue(prepared, "EVT-37: a check without prepare");
        prepared = false;
        base.checkIntegrity();
    }

    // ---- meddling ----

    private void meddle() {
        if (meddling-- <= 0) return;
        switch (plan.nextInt(10)) {
            case 0 -> base.loopBreak();
            case 1 -> base.loopContinue();
            case 2 -> base.loopExit(plan.nextLong(1_000_000));
            case 3 -> timers.add(new Timer());
            case 4 -> aTimer().event.del();
            case 5 -> {
                final Timer timer = aTimer();
                timer.byHand = true;
                timer.event.active(Event.TIMEOUT);
            }
            case 6 -> aTimer().event.activeLater(Event.READ);
            case 7 -> echoes.forEach(Echo::restart);
            case 8 -> acceptor.activeLater(Event.READ);
            default -> base.execute(this::meddle);
        }
        base.once((event, bits) -> meddle(), null, plan.nextLong(TimeUnit.MILLISECONDS.toNanos(20)));
    }

    private Timer aTimer() {
        if (timers.isEmpty()) timers.add(new Timer());
        return timers.get(plan.nextInt(timers.size()));
    }

    /** A timer that may be periodic, and never runs before its time. */
    private final class Timer {
        private final Event event;
        private final long interval = plan.nextLong(TimeUnit.MILLISECONDS.toNanos(30));
        private long earliest;
        private boolean byHand;
        private int left = 1 + plan.nextInt(5);

        Timer() {
            event = plan.nextBoolean()
                    ? Event.newPeriodic(base, (self, bits) -> fired(bits), null)
                    : Event.newTimer(base, (self, bits) -> fired(bits), null);
            event.priority(plan.nextInt(base.priorities()));
            arm();
        }

        private void arm() {
            earliest = base.nowNanos() + interval;
            if (plan.nextInt(4) == 0) {
                event.add(base.initCommonTimeout(interval));
            } else {
                event.add(interval);
            }
        }

        private void fired(final int bits) {
            timersRun++;
            final long now = base.nowNanos();
            if (bits == Event.TIMEOUT && !byHand)
                assertTrue(now >= earliest, "EVT-17: " + (earliest - now) + " ns early");
            byHand = false;
            earliest = Math.min(now, earliest) + interval; // if it is periodic
            if (--left <= 0) {
                event.del();
            } else if (event.pending(Event.TIMEOUT) == 0) {
                arm();
            }
        }
    }

    // ---- the server ----

    /** Sends back what it gets. */
    private final class Echo {
        private final Transport stream;
        private final EvBuffer bytes = new EvBuffer(base.pool());
        private final ChannelReader reader;
        private final ChannelWriter writer;
        private final int edge = edgeByChance();
        private final Event input;
        private final Event output;
        private boolean ended;
        private boolean closed;

        Echo(final Transport stream) {
            this.stream = stream;
            reader = new ChannelReader(stream);
            writer = new ChannelWriter(stream);
            input = new Event(base, stream, Event.READ | Event.PERSIST | edge, (event, bits) -> transfer(bits), null);
            output = new Event(base, stream, Event.WRITE | Event.PERSIST | edge, (event, bits) -> transfer(bits), null);
            input.add(IDLE);
        }

        private void transfer(final int bits) {
            try {
                long count = 1;
                while (!ended && count > 0) {
                    count = reader.read(bytes);
                    if (count == ScatterSource.END_OF_STREAM) ended = true;
                }
                while (bytes.length() > 0 && writer.write(bytes) > 0) assertTrue(bytes.length() >= 0);
                if (bytes.length() > 0) {
                    output.add();
                } else {
                    output.del();
                }
                if (ended) input.del();
                if (ended && bytes.length() == 0) close();
                else if ((bits & Event.TIMEOUT) != 0) close();
            } catch (final IOException e) {
                close();
            }
        }

        /** Takes its interest back and asks again: what is ready must be told anew. */
        void restart() {
            if (closed || ended) return;
            input.del();
            input.add(IDLE);
        }

        void close() {
            if (closed) return;
            closed = true;
            input.close();
            output.close();
            bytes.close();
            try {
                stream.close();
            } catch (final IOException e) {
                throw new AssertionError(e);
            }
        }
    }

    // ---- clients ----

    /** Sends a pattern, wants it back, and closes. */
    private final class Client {
        private final EvBuffer unsent = new EvBuffer(base.pool());
        private final EvBuffer received = new EvBuffer(base.pool());
        private final int total = 1 + plan.nextInt(MOST_BYTES);
        private final boolean halfCloses = plan.nextBoolean();
        private final Transport stream;
        private final ChannelReader reader;
        private final ChannelWriter writer;
        private final Event input;
        private final Event output;
        private int checked;
        private boolean closed;

        Client() throws IOException {
            final byte[] pattern = new byte[total];
            for (int i = 0; i < total; i++) pattern[i] = (byte) (i % PATTERN);
            unsent.add(pattern);
            stream = base.openStream(null);
            reader = new ChannelReader(stream);
            writer = new ChannelWriter(stream);
            final int edge = edgeByChance();
            input = new Event(base, stream, Event.READ | Event.PERSIST | edge, (event, bits) -> receive(bits), null);
            output = new Event(base, stream, Event.WRITE | Event.PERSIST | edge, (event, bits) -> send(), null);
            open++;
            stream.connect(HERE);
            input.add(IDLE);
            output.add();
        }

        private void send() {
            try {
                if (!stream.finishConnect()) return;
                while (unsent.length() > 0 && writer.write(unsent) > 0) assertTrue(unsent.length() < total);
                if (unsent.length() > 0) return;
                output.del();
                if (halfCloses) stream.shutdownOutput();
            } catch (final IOException e) {
                close(false);
            }
        }

        private void receive(final int bits) {
            try {
                long count = 1;
                while (count > 0) {
                    count = reader.read(received);
                    verify();
                }
                if (checked == total) close(true);
                else if (count == ScatterSource.END_OF_STREAM || (bits & Event.TIMEOUT) != 0) close(false);
            } catch (final IOException e) {
                close(false);
            }
        }

        private void verify() {
            final byte[] bytes = received.copyToArray();
            received.drain(bytes.length);
            for (final byte each : bytes) assertEquals((byte) (checked++ % PATTERN), each);
            assertTrue(checked <= total - unsent.length(), "more came back than was sent");
        }

        void close(final boolean whole) {
            if (closed) return;
            closed = true;
            if (whole) completed++;
            else broken++;
            assertTrue(whole || !gentle, () -> "lost " + (total - checked) + " of " + total + " bytes");
            input.close();
            output.close();
            unsent.close();
            received.close();
            try {
                stream.close();
            } catch (final IOException e) {
                throw new AssertionError(e);
            }
            if (--open == 0) acceptor.del();
        }
    }

    private long end() throws IOException {
        assertEquals(0, open, "the loop ended before the clients");
        assertEquals(clients.size(), completed + broken);
        echoes.forEach(Echo::close);
        acceptor.close();
        listener.close();
        timers.forEach(timer -> timer.event.close());
        assertEquals(0, base.countEvents(EventBase.COUNT_ADDED | EventBase.COUNT_ACTIVE | EventBase.COUNT_VIRTUAL));
        assertEquals(0, base.pool().stats().segmentsInUse());
        base.checkIntegrity();
        base.close();
        assertEquals(0, world.openSockets(), "EVT-36");
        return world.traceHash();
    }

    /** What an unexpected end is told with. */
    static AssertionError failure(final long seed, final Throwable cause) {
        final String what = cause instanceof EventException ? "the loop failed" : "a rule was broken";
        return new AssertionError(what + " in the run of seed " + seed, cause);
    }
}
