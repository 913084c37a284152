package io.evbuffer.event;

import io.evbuffer.event.backend.sim.SimWorld;

/**
 * The contract over a simulated network without latency, which waits for other threads.
 *
 * <p>An hour passes at once here, so a loop that is to sleep waits for a virtual event, which has no time.
 */
class SimBackendContractTest extends LoopContract {
    private final SimWorld world =
            SimWorld.builder().latency(0, 0).otherThreads().build();

    @Override
    String method() {
        return "sim";
    }

    @Override
    EventConfig config() {
        return world.config();
    }

    @Override
    Runnable asleep() {
        base.addVirtual();
        return base::delVirtual;
    }
}
