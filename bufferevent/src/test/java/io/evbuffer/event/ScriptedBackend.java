package io.evbuffer.event;

import io.evbuffer.event.backend.Backend;
import io.evbuffer.event.backend.BackendProvider;
import io.evbuffer.event.backend.Descriptor;
import io.evbuffer.event.backend.ReadySink;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.SelectableChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A backend without a kernel: a test says what is ready and what is refused, and sees what was asked.
 *
 * <p>Level-triggered: a ready descriptor is reported by each poll while it is registered for its readiness. A poll that is to
 * wait moves the clock to the end of the wait at once; or it really sleeps until it is woken, if {@link #sleepForReal()} was
 * called, and then the clock stands still: what makes the loop go on cannot be the time.
 */
final class ScriptedBackend implements Backend, BackendProvider {
    /** One call of apply. */
    record Call(int number, int before, int wanted) {}

    private final ManualClock clock;
    private final Semaphore wakeUps = new Semaphore(0);
    private final Semaphore sleeps = new Semaphore(0);
    private final Map<Integer, Integer> readiness = new LinkedHashMap<>();
    private final Map<Integer, Descriptor> registered = new LinkedHashMap<>();
    private final Map<Integer, Integer> interest = new LinkedHashMap<>();
    private final List<Integer> unasked = new ArrayList<>();
    private final Deque<Runnable> atPoll = new ArrayDeque<>();
    private volatile boolean sleepsForReal;
    int features = EventBase.FEATURE_ET | EventBase.FEATURE_EARLY_CLOSE | EventBase.FEATURE_FDS;
    int refuseToAdmit = Integer.MIN_VALUE;
    int refuseToApply = Integer.MIN_VALUE;
    int errorsToApply; // so many calls to come find no memory

    int reportsWithoutEnd; // of each registered descriptor, at each poll
    boolean needReinit;
    int reinits;

    @Nullable
    IOException failReinit;

    @Nullable
    IOException failure;

    final List<Long> waits = new ArrayList<>();
    final List<Call> calls = new ArrayList<>();
    int polls;
    volatile int wakeUpsReceived;
    boolean closed;

    ScriptedBackend(final ManualClock clock) {
        this.clock = clock;
    }

    // ---- script ----

    /** From now on a descriptor has these conditions. */
    void ready(final int number, final int bits) {
        readiness.put(number, bits);
    }

    /** The next poll reports this whether it was asked for or not, as kernels do with errors. */
    void reportUnasked(final int number, final int bits) {
        unasked.add(number);
        unasked.add(bits);
    }

    /** Runs within one of the next polls: each poll takes one. */
    void atPoll(final Runnable action) {
        atPoll.add(action);
    }

    void sleepForReal() {
        sleepsForReal = true;
    }

    /** Waits until the loop sleeps once more. */
    void awaitSleep() throws InterruptedException {
        if (!sleeps.tryAcquire(30, TimeUnit.SECONDS)) throw new AssertionError("the loop does not sleep");
    }

    int interest(final int number) {
        return interest.getOrDefault(number, 0);
    }

    long lastWait() {
        return waits.get(waits.size() - 1);
    }

    // ---- BackendProvider ----

    @Override
    public String name() {
        return "scripted";
    }

    @Override
    public int features() {
        return features;
    }

    @Override
    public Backend open(final EventConfig config) {
        return this;
    }

    // ---- Backend ----

    @Override
    public void admit(final Descriptor descriptor, final int bits) {
        if (descriptor.number() == refuseToAdmit) throw new EventException("refused: " + descriptor);
    }

    @Override
    public void apply(final Descriptor descriptor, final int before, final int wanted) throws IOException {
        final int number = descriptor.number();
        calls.add(new Call(number, before, wanted));
        if (errorsToApply > 0 && errorsToApply-- > 0) throw new OutOfMemoryError("test");
        if (before != interest(number)) throw new AssertionError("was " + interest(number) + ", not " + before);
        if (number == refuseToApply) {
            interest.remove(number);
            registered.remove(number);
            throw new IOException("bad descriptor");
        }
        if (wanted == 0) {
            interest.remove(number);
            registered.remove(number);
        } else {
            interest.put(number, wanted);
            registered.put(number, descriptor);
        }
    }

    @Override
    public void poll(final long waitNanos) throws IOException {
        polls++;
        waits.add(waitNanos);
        final Runnable action = atPoll.poll();
        if (action != null) action.run();
        final IOException thrown = failure;
        failure = null;
        if (thrown != null) throw thrown;
        if (waitNanos == 0 || action != null || !unasked.isEmpty() || anythingReady()) return;
        if (sleepsForReal) sleep();
        else if (waitNanos > 0) clock.advance(waitNanos);
        else throw new AssertionError("the loop would sleep for ever");
    }

    private void sleep() {
        sleeps.release();
        try {
            if (!wakeUps.tryAcquire(30, TimeUnit.SECONDS)) throw new AssertionError("nobody wakes the loop");
            wakeUps.drainPermits();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean anythingReady() {
        if (reportsWithoutEnd != 0 && !registered.isEmpty()) return true;
        for (final Map.Entry<Integer, Integer> entry : interest.entrySet()) {
            if ((readiness.getOrDefault(entry.getKey(), 0) & entry.getValue()) != 0) return true;
        }
        return false;
    }

    @Override
    public void report(final ReadySink sink) {
        for (final Descriptor descriptor : List.copyOf(registered.values())) {
            final int bits = readiness.getOrDefault(descriptor.number(), 0) & interest(descriptor.number());
            if (bits != 0) sink.ready(descriptor, bits);
            else if (reportsWithoutEnd != 0) sink.ready(descriptor, reportsWithoutEnd);
        }
        for (int i = 0; i < unasked.size(); i += 2) {
            final Descriptor descriptor = registered.get(unasked.get(i));
            if (descriptor != null) sink.ready(descriptor, unasked.get(i + 1));
        }
        unasked.clear();
    }

    @Override
    public void wakeUp() {
        wakeUpsReceived++;
        wakeUps.release();
    }

    @Override
    public boolean needReinit() {
        return needReinit;
    }

    @Override
    public void reinit() throws IOException {
        if (failReinit != null) throw failReinit;
        reinits++;
        registered.clear();
        interest.clear();
    }

    @Override
    public Transport openStream(final @Nullable SocketAddress family) throws IOException {
        throw new IOException("no sockets here");
    }

    @Override
    public Transport openListener(final @Nullable SocketAddress family) throws IOException {
        throw new IOException("no sockets here");
    }

    @Override
    public Transport wrap(final SelectableChannel channel) {
        throw new EventException("no sockets here");
    }

    @Override
    public void close() {
        closed = true;
    }
}
