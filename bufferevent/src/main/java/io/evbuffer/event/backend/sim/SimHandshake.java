package io.evbuffer.event.backend.sim;

import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A connect on its way: to the listener, and its answer back.
 *
 * <pre>
 *   client                          listener
 *     | ── asks, a latency ──────────► | no room: asks again after a second, six times
 *     | ◄── answer, a latency ──────── | nobody there, or by chance: refused
 * </pre>
 */
final class SimHandshake extends SimTimer {
    private static final int TRIES = 6;
    private static final long AGAIN = TimeUnit.SECONDS.toNanos(1);

    /** As long as a Linux system waits with its defaults: tcp(7), tcp_syn_retries. */
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(127);

    private final SimWorld world;
    private final SimStream client;
    private final InetSocketAddress target;
    private int tries;
    private boolean answered; // the answer is on its way
    private @Nullable String refusal;

    SimHandshake(final SimWorld world, final SimStream client, final InetSocketAddress target) {
        this.world = world;
        this.client = client;
        this.target = target;
    }

    void begin() {
        if (world.chance(world.faults().lose())) {
            answer("Connection timed out", PATIENCE);
        } else {
            world.clock().at(world.nanos() + world.latency(), this);
        }
    }

    private void answer(final @Nullable String failure, final long delay) {
        answered = true;
        refusal = failure;
        world.clock().at(world.nanos() + delay, this);
    }

    @Override
    void fire() {
        if (!answered) {
            ask();
        } else if (refusal != null) {
            client.fail(refusal);
        } else {
            client.connected();
        }
    }

    private void ask() {
        final SimListener listener = world.network().find(target);
        if (listener == null || world.chance(world.faults().refuse())) {
            answer("Connection refused", world.latency());
        } else if (listener.hasRoom()) {
            final long latency = world.latency();
            final SimStream server = new SimStream(listener.backend, SimWorld.NO_NUMBER);
            client.joined(server, target, world.nanos() + latency);
            answer(null, latency);
            listener.arrived(server);
        } else if (++tries < TRIES) {
            world.clock().at(world.nanos() + AGAIN, this);
        } else {
            answer("Connection timed out", 0);
        }
    }

    void abandon() {
        world.clock().cancel(this);
    }
}
