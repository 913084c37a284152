package io.evbuffer.event.backend.sim;

/** The news on its way to a socket that its connection was broken off. */
final class SimReset extends SimTimer {
    private final SimWorld world;
    private final SimStream target;

    SimReset(final SimWorld world, final SimStream target) {
        this.world = world;
        this.target = target;
    }

    void begin(final long latency) {
        world.clock().at(world.nanos() + latency, this);
    }

    @Override
    void fire() {
        target.fail("Connection reset");
    }
}
