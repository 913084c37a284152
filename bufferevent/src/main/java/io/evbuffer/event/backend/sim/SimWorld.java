package io.evbuffer.event.backend.sim;

import io.evbuffer.event.EventConfig;
import io.evbuffer.event.TickSource;
import io.evbuffer.event.Transport;
import io.evbuffer.event.backend.Backend;
import io.evbuffer.event.backend.BackendProvider;
import java.io.IOException;
import java.net.SocketException;
import java.util.BitSet;
import java.util.Locale;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A network in memory, its clock, and its chance: whatever a base does in it, the same seed gives the same run.
 *
 * <pre>{@code
 * SimWorld world = SimWorld.builder().seed(42).faults(SimFaults.ROUGH).build();
 * try (EventBase base = EventBase.open(world.config())) {
 *     // listen, connect, run the loop: hours pass in no time
 * }
 * }</pre>
 *
 * <p>Time stands still while callbacks run. A loop that waits moves it on to what happens next, a timer of its own or an
 * arrival; if nothing will ever happen the loop fails and says so, unless other threads are expected.
 *
 * <p>Sockets behave as on Linux where programs can tell: bytes arrive in order after a latency, a full socket takes no more,
 * closing with unread bytes or without lingering resets the connection, writing to who is gone does so too, a full queue of
 * connections makes a client ask again after a second. What goes wrong besides is drawn by {@link SimFaults}.
 *
 * <p>Ownership: a world owns the memory of its connections, {@link Builder#capacity} bytes a direction, until both ends are
 * closed. <b>Threads:</b> one, that of the loop; the time may be read by any. <b>Cost:</b> no allocation by reads, writes
 * and polls once lists have grown, and while no trace is written.
 */
public final class SimWorld implements BackendProvider, TickSource {
    static final int NO_NUMBER = -1;

    private static final int FIRST_NUMBER = 3; // as in a process whose standard streams are open
    private static final long START = TimeUnit.HOURS.toNanos(1);
    private static final long EPOCH = TimeUnit.DAYS.toNanos(20_000); // October 2024
    private static final long HASH_FACTOR = 0x9E3779B97F4A7C15L; // 2^64 by the golden ratio, as in Fibonacci hashing
    private static final int HASH_SHIFT = 29;

    private final long seed;
    private final SplittableRandom random;
    private final SimClock clock = new SimClock(START);
    private final SimNetwork network = new SimNetwork();
    private final BitSet numbers = new BitSet();
    private final long shortest;
    private final long longest;
    private final long stall;
    private final int capacity;
    private final int descriptors;
    private final boolean otherThreads;
    private final @Nullable Consumer<String> trace;
    private SimFaults faults;
    private long traceHash;

    private SimWorld(final Builder builder) {
        seed = builder.seed;
        random = new SplittableRandom(seed);
        shortest = builder.shortest;
        longest = builder.longest;
        stall = builder.stall;
        capacity = builder.capacity;
        descriptors = builder.descriptors;
        otherThreads = builder.otherThreads;
        trace = builder.trace;
        faults = builder.faults;
    }

    /**
     * Begins a world.
     *
     * @return a builder with seed 0, no faults, a latency of 50 to 150 microseconds, and 64 KiB for each direction.
     */
    public static Builder builder() {
        return new Builder();
    }

    // ---- of a base ----

    /**
     * What a base in this world is opened with. One base is the rule; several need {@link io.evbuffer.event.EventBase#NONBLOCK} and {@link
     * #advance}.
     *
     * @return a new configuration with this backend and this clock, and the environment ignored.
     */
    public EventConfig config() {
        return EventConfig.create().backend(this).tickSource(this).ignoreEnvironment();
    }

    @Override
    public String name() {
        return "sim";
    }

    @Override
    public int features() {
        return SimBackend.FEATURES;
    }

    @Override
    public Backend open(final EventConfig config) {
        return new SimBackend(this);
    }

    // ---- time ----

    @Override
    public long nanos() {
        return clock.now();
    }

    @Override
    public long wallNanos() {
        return EPOCH + clock.now();
    }

    /**
     * Lets time pass without a loop.
     *
     * @param nanos 0 or more.
     * @throws IllegalArgumentException if it is negative.
     */
    public void advance(final long nanos) {
        if (nanos < 0) throw new IllegalArgumentException(nanos + " ns back in time");
        clock.moveTo(Math.addExact(clock.now(), nanos));
    }

    // ---- chance ----

    /**
     * The seed, to be told when a run fails.
     *
     * @return as given.
     */
    public long seed() {
        return seed;
    }

    /**
     * What goes wrong from now on.
     *
     * @return the probabilities.
     */
    public SimFaults faults() {
        return faults;
    }

    /**
     * Changes what goes wrong from now on.
     *
     * @param newFaults the probabilities.
     */
    public void faults(final SimFaults newFaults) {
        faults = Objects.requireNonNull(newFaults, "newFaults");
    }

    /**
     * Breaks a connection off: this end knows at once, the other after a latency.
     *
     * @param stream a stream of this world.
     * @throws IllegalArgumentException if it is none.
     */
    public void reset(final Transport stream) {
        if (!(stream instanceof final SimStream own) || own.world != this) {
            throw new IllegalArgumentException("not a stream of this world: " + stream);
        }
        own.reset();
    }

    /**
     * A number that tells runs apart: two that did the same have the same.
     *
     * @return a hash of everything that has happened and when.
     */
    public long traceHash() {
        return traceHash;
    }

    /**
     * How many sockets are open, so that a test can see that none was left.
     *
     * @return 0 or more.
     */
    public int openSockets() {
        return numbers.cardinality();
    }

    // ---- of the sockets ----

    SimClock clock() {
        return clock;
    }

    SimNetwork network() {
        return network;
    }

    int capacity() {
        return capacity;
    }

    boolean hasOtherThreads() {
        return otherThreads;
    }

    boolean chance(final double probability) {
        return probability > 0 && random.nextDouble() < probability;
    }

    int below(final int bound) {
        return random.nextInt(bound);
    }

    /** How long the next bytes, or the next word of a handshake, are under way. */
    long latency() {
        final long usual = shortest == longest ? shortest : random.nextLong(shortest, longest + 1);
        return chance(faults.stall()) ? usual + stall : usual;
    }

    /** The lowest free number of a descriptor. */
    int takeNumber(final double failure) throws IOException {
        if (numbers.cardinality() >= descriptors || chance(failure)) throw new SocketException("Too many open files");
        final int number = numbers.nextClearBit(FIRST_NUMBER);
        numbers.set(number);
        return number;
    }

    void giveNumberBack(final int number) {
        numbers.clear(number);
    }

    void trace(final String what, final int number, final long value) {
        long hash = traceHash;
        hash = (hash ^ what.hashCode()) * HASH_FACTOR;
        hash = (hash ^ number ^ (hash >>> HASH_SHIFT)) * HASH_FACTOR;
        hash = (hash ^ value ^ (hash >>> HASH_SHIFT)) * HASH_FACTOR;
        traceHash = (hash ^ clock.now() ^ (hash >>> HASH_SHIFT)) * HASH_FACTOR;
        if (trace != null) trace.accept(String.format(Locale.ROOT, "%d %s %d %d", clock.now(), what, number, value));
    }

    @Override
    public String toString() {
        return "SimWorld[seed " + seed + ", " + openSockets() + " sockets open]";
    }

    /** What a world is to be like. */
    public static final class Builder {
        private static final long SHORTEST = TimeUnit.MICROSECONDS.toNanos(50);
        private static final long LONGEST = TimeUnit.MICROSECONDS.toNanos(150);
        private static final long STALL = TimeUnit.SECONDS.toNanos(1);
        private static final int CAPACITY = 64 * 1024;

        private long seed;
        private long shortest = SHORTEST;
        private long longest = LONGEST;
        private long stall = STALL;
        private int capacity = CAPACITY;
        private int descriptors = Integer.MAX_VALUE;
        private boolean otherThreads;
        private @Nullable Consumer<String> trace;
        private SimFaults faults = SimFaults.NONE;

        private Builder() {}

        /**
         * Sets what all chance follows from.
         *
         * @param value any number.
         * @return this.
         */
        public Builder seed(final long value) {
            seed = value;
            return this;
        }

        /**
         * Sets how long bytes are under way. With no latency at all they are there when the write returns, as on a loopback
         * device.
         *
         * @param shortestNanos 0 or more.
         * @param longestNanos not less than the shortest.
         * @return this.
         * @throws IllegalArgumentException if they are not in order.
         */
        public Builder latency(final long shortestNanos, final long longestNanos) {
            if (shortestNanos < 0 || longestNanos < shortestNanos || longestNanos == Long.MAX_VALUE) {
                throw new IllegalArgumentException("latency from " + shortestNanos + " to " + longestNanos + " ns");
            }
            shortest = shortestNanos;
            longest = longestNanos;
            return this;
        }

        /**
         * Sets how much longer than usual a stalled delivery takes.
         *
         * @param nanos 0 or more.
         * @return this.
         * @throws IllegalArgumentException if it is negative.
         */
        public Builder stall(final long nanos) {
            if (nanos < 0) throw new IllegalArgumentException("a stall of " + nanos + " ns");
            stall = nanos;
            return this;
        }

        /**
         * Sets how many bytes a direction of a connection holds that were written and not read yet.
         *
         * @param bytes 1 or more.
         * @return this.
         * @throws IllegalArgumentException if it is less.
         */
        public Builder capacity(final int bytes) {
            if (bytes < 1) throw new IllegalArgumentException("a capacity of " + bytes + " bytes");
            capacity = bytes;
            return this;
        }

        /**
         * Limits the sockets that may be open at a time.
         *
         * @param limit 0 or more.
         * @return this.
         * @throws IllegalArgumentException if it is negative.
         */
        public Builder descriptors(final int limit) {
            if (limit < 0) throw new IllegalArgumentException("a limit of " + limit + " descriptors");
            descriptors = limit;
            return this;
        }

        /**
         * Sets what goes wrong.
         *
         * @param value the probabilities.
         * @return this.
         */
        public Builder faults(final SimFaults value) {
            faults = Objects.requireNonNull(value, "value");
            return this;
        }

        /**
         * Lets a loop that would wait for ever really wait, for another thread to wake it. Such runs cannot be repeated exactly.
         *
         * @return this.
         */
        public Builder otherThreads() {
            otherThreads = true;
            return this;
        }

        /**
         * Has everything that happens told, a line each: time, what, number, value.
         *
         * @param lines called on the loop's thread.
         * @return this.
         */
        public Builder trace(final Consumer<String> lines) {
            trace = Objects.requireNonNull(lines, "lines");
            return this;
        }

        /**
         * Makes the world.
         *
         * @return a new one.
         */
        public SimWorld build() {
            return new SimWorld(this);
        }
    }
}
