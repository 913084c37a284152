package io.evbuffer.event.backend.sim;

import io.evbuffer.event.EventBase;
import io.evbuffer.event.EventException;
import io.evbuffer.event.Transport;
import io.evbuffer.event.backend.Backend;
import io.evbuffer.event.backend.Descriptor;
import io.evbuffer.event.backend.ReadySink;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.SelectableChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.agrona.collections.Int2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The backend of one base in a world. A wait moves the world's time on, to when something becomes ready or to its end.
 *
 * <p>Sockets that may be ready stand in a list in the order in which that came about, so a poll costs what is ready and what
 * happens meanwhile, and a run can be repeated.
 */
final class SimBackend implements Backend {
    static final int FEATURES = EventBase.FEATURE_ET | EventBase.FEATURE_O1 | EventBase.FEATURE_EARLY_CLOSE;

    private final SimWorld world;
    private final Int2ObjectHashMap<SimSocket> sockets = new Int2ObjectHashMap<>();
    private List<SimSocket> maybeReady = new ArrayList<>();
    private List<SimSocket> spare = new ArrayList<>();
    private final Semaphore wakeUps = new Semaphore(0);
    private volatile boolean woken;
    private boolean closed;

    SimBackend(final SimWorld world) {
        this.world = world;
    }

    SimWorld world() {
        return world;
    }

    @Override
    public int features() {
        return FEATURES;
    }

    // ---- interest ----

    @Override
    public void admit(final Descriptor descriptor, final int bits) {
        if (descriptor.channel() != null) {
            throw new EventException("a simulated network waits for its own transports only, not for "
                    + descriptor.channel() + ": channels need nio");
        }
        if (!sockets.containsKey(descriptor.number())) {
            throw new EventException("no open socket of this simulated network: " + descriptor);
        }
    }

    @Override
    public void apply(final Descriptor descriptor, final int before, final int wanted) throws IOException {
        final SimSocket socket = sockets.get(descriptor.number());
        if (wanted == 0) {
            if (socket != null) socket.unregister();
        } else if (socket == null) {
            throw new IOException("no open socket of this simulated network: " + descriptor);
        } else {
            socket.register(descriptor, wanted);
        }
    }

    /** A socket may be ready from now on. */
    void list(final SimSocket socket) {
        if (socket.listed) return;
        socket.listed = true;
        maybeReady.add(socket);
    }

    // ---- poll ----

    @Override
    public void poll(final long waitNanos) throws IOException {
        final SimClock clock = world.clock();
        final long end = waitNanos < 0 ? Long.MAX_VALUE : saturatedSum(clock.now(), waitNanos);
        clock.moveTo(clock.now());
        while (!isReady() && !woken && clock.now() < end) {
            final long next = Math.min(clock.next(), end);
            if (next == Long.MAX_VALUE) {
                waitForOtherThread();
                break;
            }
            clock.moveTo(next);
        }
        woken = false;
        wakeUps.drainPermits();
    }

    private static long saturatedSum(final long time, final long wait) {
        return wait > Long.MAX_VALUE - time ? Long.MAX_VALUE : time + wait;
    }

    private boolean isReady() {
        for (int i = 0; i < maybeReady.size(); i++) {
            if (maybeReady.get(i).reportable() != 0) return true;
        }
        return false;
    }

    private void waitForOtherThread() throws IOException {
        if (!world.hasOtherThreads()) {
            throw new IOException(
                    "the loop would wait for ever: in this simulated network nothing will happen any more");
        }
        try {
            wakeUps.acquire();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void report(final ReadySink sink) {
        final List<SimSocket> listed = maybeReady;
        maybeReady = spare;
        for (int i = 0; i < listed.size(); i++) {
            final SimSocket socket = listed.get(i);
            socket.listed = false;
            if (socket.report(sink)) list(socket);
        }
        listed.clear();
        spare = listed;
    }

    @Override
    public void wakeUp() {
        woken = true;
        wakeUps.release();
    }

    @Override
    public boolean needReinit() {
        return false;
    }

    // ---- sockets ----

    @Override
    public Transport openStream(final @Nullable SocketAddress family) throws IOException {
        final SimStream stream =
                new SimStream(this, world.takeNumber(world.faults().open()));
        opened(stream);
        return stream;
    }

    @Override
    public Transport openListener(final @Nullable SocketAddress family) throws IOException {
        final SimListener listener =
                new SimListener(this, world.takeNumber(world.faults().open()));
        opened(listener);
        return listener;
    }

    @Override
    public Transport wrap(final SelectableChannel channel) {
        throw new EventException("a simulated network has no channels: " + channel + " needs nio");
    }

    /** A socket has its number. */
    void opened(final SimSocket socket) {
        sockets.put(socket.number, socket);
    }

    /** A socket was closed: its number may be another's from now on. */
    void closed(final SimSocket socket) {
        if (socket.number == SimWorld.NO_NUMBER) return;
        sockets.remove(socket.number);
        world.giveNumberBack(socket.number);
    }

    @Override
    public void close() {
        if (closed) return;
        closed = true;
        maybeReady.clear();
    }
}
