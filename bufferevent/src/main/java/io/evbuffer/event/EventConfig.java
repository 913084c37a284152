package io.evbuffer.event;

import io.evbuffer.event.backend.BackendProvider;
import io.evbuffer.memory.SlabPool;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an {@link EventBase} is to be like. A base takes what it needs when it is opened; later changes do not reach it.
 *
 * <p>The environment has a say, too, in variables or in system properties of the same name, whatever their value unless one is
 * named here; {@link #ignoreEnvironment()} ends that, except for EVENT_SHOW_METHOD:
 *
 * <pre>
 *   EVBUFFER_BACKEND=epoll                          only that method; if it cannot be had, opening a base fails
 *   EVENT_NOEPOLL, EVENT_NOPOLL, EVENT_NONIO        that method is not used, unless it is forced
 *   EVENT_SHOW_METHOD                               the method of each base is logged
 *   EVENT_PRECISE_TIMER                             as the flag
 *   EVENT_EPOLL_USE_CHANGELIST, EVENT_USE_SIGNALFD  as the flags, so without effect
 * </pre>
 *
 * <p><b>Threads:</b> one at a time.
 */
public final class EventConfig {
    /** Only one thread uses the base and its events; nothing is locked. */
    public static final int NOLOCK = 0x01;

    /** The environment is not asked, {@code EVENT_SHOW_METHOD} excepted. */
    public static final int IGNORE_ENV = 0x02;

    /** Every question for the time reads the clock. */
    public static final int NO_CACHE_TIME = 0x08;

    /** Accepted, without effect: changes of interest are always collected. */
    public static final int EPOLL_USE_CHANGELIST = 0x10;

    /** Waits are as fine as the backend can. */
    public static final int PRECISE_TIMER = 0x20;

    /** Accepted, without effect: no backend waits with a timer's descriptor. */
    public static final int EPOLL_DISALLOW_TIMERFD = 0x40;

    /** Accepted, without effect: signals come from the virtual machine. */
    public static final int USE_SIGNALFD = 0x80;

    /**
     * Looks for mistakes that cost time to find: a second thread on a base without a lock, and a waiting del that would wait
     * for ever, as two loops wait for each other, throw {@link IllegalStateException}; adding an event for a descriptor in
     * blocking mode throws {@link EventException}.
     */
    public static final int DEBUG = 0x100;

    /** Measures each callback, at two readings of the clock: {@link LoopMetrics#callbackNanos()}. */
    public static final int MEASURE_CALLBACKS = 0x200;

    private static final int ALL_FLAGS = NOLOCK
            | IGNORE_ENV
            | NO_CACHE_TIME
            | EPOLL_USE_CHANGELIST
            | PRECISE_TIMER
            | EPOLL_DISALLOW_TIMERFD
            | USE_SIGNALFD
            | DEBUG
            | MEASURE_CALLBACKS;
    private static final String PRECISE_TIMER_SWITCH = "EVENT_PRECISE_TIMER";
    private static final int GUARD_CALLBACKS = 4096;
    private static final long GUARD_NANOS = 10_000_000;
    private static final long ORIGIN = System.nanoTime(); // so that our clock starts near 0 and never wraps
    private static final TickSource SYSTEM_TICKS = () -> System.nanoTime() - ORIGIN;

    private final Set<String> avoided = new HashSet<>();
    private int requiredFeatures;
    private int flags;
    private long dispatchInterval = Event.NO_TIMEOUT;
    private int dispatchCallbacks = Integer.MAX_VALUE;
    private int dispatchMinPriority;
    private int guardCallbacks = GUARD_CALLBACKS;
    private long guardNanos = GUARD_NANOS;
    private int starvationTurns;
    private long busyPollNanos;
    private long slowNanos = Long.MAX_VALUE;
    private @Nullable SlowCallbackListener slowListener;
    private TickSource ticks = SYSTEM_TICKS;
    private @Nullable BackendProvider backend;
    private @Nullable SlabPool pool;

    private EventConfig() {}

    /**
     * Starts with the defaults.
     *
     * @return a new configuration.
     */
    public static EventConfig create() {
        return new EventConfig();
    }

    /**
     * Leaves a method out. May be called for several.
     *
     * @param method its name; an unknown one is harmless.
     * @return this configuration.
     */
    public EventConfig avoidMethod(final String method) {
        avoided.add(Objects.requireNonNull(method, "method"));
        return this;
    }

    /**
     * Leaves all methods out but one. A backend that is added ({@link #backend}) is still tried before it.
     *
     * @param method its name, one of {@link EventBase#supportedMethods()}.
     * @return this configuration.
     * @throws IllegalArgumentException if there is no such method.
     */
    public EventConfig onlyMethod(final String method) {
        final List<String> methods = EventBase.supportedMethods();
        if (!methods.contains(method)) {
            throw new IllegalArgumentException(
                    "unknown method '" + method + "', there is " + String.join(", ", methods));
        }
        for (final String other : methods) {
            if (!other.equals(method)) avoidMethod(other);
        }
        return this;
    }

    /**
     * Takes only methods that have all these features. Replaces what was required before.
     *
     * @param features FEATURE bits of {@link EventBase}, 0 for none.
     * @return this configuration.
     */
    public EventConfig requireFeatures(final int features) {
        requiredFeatures = features;
        return this;
    }

    /**
     * Sets flags, in addition to those that are set.
     *
     * @param more any of the flags of this class.
     * @return this configuration.
     * @throws IllegalArgumentException if there is an unknown one.
     */
    public EventConfig flags(final int more) {
        if ((more & ~ALL_FLAGS) != 0)
            throw new IllegalArgumentException("unknown flags: 0x" + Integer.toHexString(more));
        flags |= more;
        return this;
    }

    /**
     * Sets {@link #IGNORE_ENV}.
     *
     * @return this configuration.
     */
    public EventConfig ignoreEnvironment() {
        return flags(IGNORE_ENV);
    }

    /**
     * Makes the loop poll again when the callbacks of one priority have run for some time, or some number of them has run.
     * What is left runs after that, in order.
     *
     * @param intervalNanos the time, {@link Event#NO_TIMEOUT} for no limit.
     * @param maxCallbacks their number, negative for no limit; 0 acts like 1.
     * @param minPriority the limits are for this and less urgent priorities, which are greater numbers.
     * @return this configuration.
     * @throws IllegalArgumentException if {@code minPriority} is negative.
     */
    public EventConfig maxDispatchInterval(final long intervalNanos, final int maxCallbacks, final int minPriority) {
        if (minPriority < 0) throw new IllegalArgumentException("negative priority: " + minPriority);
        dispatchInterval = intervalNanos < 0 ? Event.NO_TIMEOUT : intervalNanos;
        dispatchCallbacks = maxCallbacks < 0 ? Integer.MAX_VALUE : Math.max(1, maxCallbacks);
        dispatchMinPriority = minPriority;
        return this;
    }

    /**
     * Bounds how long callbacks of one priority may make each other active before the loop polls again. Callbacks that were
     * active when their pass began do not count.
     *
     * @param maxCallbacks their number, 0 for no limit; 4096 unless set.
     * @param maxNanos their time, 0 for no limit; 10 ms unless set.
     * @return this configuration.
     * @throws IllegalArgumentException if one is negative.
     */
    public EventConfig chainGuard(final int maxCallbacks, final long maxNanos) {
        if (maxCallbacks < 0 || maxNanos < 0) {
            throw new IllegalArgumentException("negative limit: " + maxCallbacks + " callbacks, " + maxNanos + " ns");
        }
        guardCallbacks = maxCallbacks;
        guardNanos = maxNanos;
        return this;
    }

    /**
     * Runs one callback of a priority that had work waiting for some turns because of more urgent ones.
     *
     * @param turns how many, 0 for never, as is the default.
     * @return this configuration.
     * @throws IllegalArgumentException if it is negative.
     */
    public EventConfig starvationGuard(final int turns) {
        if (turns < 0) throw new IllegalArgumentException("negative number of turns: " + turns);
        starvationTurns = turns;
        return this;
    }

    /**
     * Has the loop poll again and again without waiting for some time before it sleeps: it notices the next event sooner, and
     * keeps a processor busy for that. Where the kernel can poll network devices for an epoll (Linux 6.9), it is told to do so
     * for as long.
     *
     * @param nanos how long after the last callback, 0 for not at all, as is the default.
     * @return this configuration.
     * @throws IllegalArgumentException if it is negative.
     */
    public EventConfig busyPoll(final long nanos) {
        if (nanos < 0) throw new IllegalArgumentException("negative time: " + nanos);
        busyPollNanos = nanos;
        return this;
    }

    /**
     * Tells a listener of callbacks that take long.
     *
     * @param thresholdNanos from this time on.
     * @param listener called after each of them, on the loop's thread.
     * @return this configuration.
     * @throws IllegalArgumentException if the threshold is negative.
     */
    public EventConfig slowCallbacks(final long thresholdNanos, final SlowCallbackListener listener) {
        if (thresholdNanos < 0) throw new IllegalArgumentException("negative time: " + thresholdNanos);
        slowListener = Objects.requireNonNull(listener, "listener");
        slowNanos = thresholdNanos;
        return this;
    }

    /**
     * Sets the clock, for tests.
     *
     * @param source read instead of the system's clock.
     * @return this configuration.
     */
    public EventConfig tickSource(final TickSource source) {
        ticks = Objects.requireNonNull(source, "source");
        return this;
    }

    /**
     * Adds a backend that this library does not have, to be tried before all others.
     *
     * @param provider opens it.
     * @return this configuration.
     */
    public EventConfig backend(final BackendProvider provider) {
        backend = Objects.requireNonNull(provider, "provider");
        return this;
    }

    /**
     * Gives the base a pool instead of its own. The base claims it for the thread of its loop, and does not close it.
     *
     * @param memory an open pool, for one base only.
     * @return this configuration.
     */
    public EventConfig pool(final SlabPool memory) {
        pool = Objects.requireNonNull(memory, "memory");
        return this;
    }

    /**
     * Tells whether a flag is set.
     *
     * @param flag one or more flags.
     * @return true if all of them are.
     */
    public boolean has(final int flag) {
        return (flags & flag) == flag || (flag == PRECISE_TIMER && isSwitchedOn(PRECISE_TIMER_SWITCH));
    }

    /** A switch is a system property or a variable of the environment. */
    private boolean isSwitchedOn(final String name) {
        return (flags & IGNORE_ENV) == 0 && (System.getProperty(name) != null || System.getenv(name) != null);
    }

    /**
     * How long the loop polls without waiting before it sleeps, for backends whose kernel can do the same.
     *
     * @return nanoseconds, 0 for not at all.
     */
    public long busyPollNanos() {
        return busyPollNanos;
    }

    boolean avoids(final String method) {
        return avoided.contains(method);
    }

    int requiredFeatures() {
        return requiredFeatures;
    }

    long dispatchInterval() {
        return dispatchInterval;
    }

    int dispatchCallbacks() {
        return dispatchCallbacks;
    }

    int dispatchMinPriority() {
        return dispatchMinPriority;
    }

    int guardCallbacks() {
        return guardCallbacks;
    }

    long guardNanos() {
        return guardNanos;
    }

    int starvationTurns() {
        return starvationTurns;
    }

    long slowNanos() {
        return slowNanos;
    }

    @Nullable
    SlowCallbackListener slowListener() {
        return slowListener;
    }

    TickSource ticks() {
        return ticks;
    }

    @Nullable
    BackendProvider backend() {
        return backend;
    }

    @Nullable
    SlabPool pool() {
        return pool;
    }
}
