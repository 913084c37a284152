package io.evbuffer.event;

import io.evbuffer.event.backend.sim.SimWorld;

/**
 * The contract over a simulated network without latency, which waits for other threads.
 *
 * <p>Two scenarios are of real sleep: here an hour passes at once. {@code SimBackendTest} has a loop that really waits.
 */
class SimBackendContractTest extends BackendContract {
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
    void fromAnotherThread() {}

    @Override
    void interrupt() {}
}
