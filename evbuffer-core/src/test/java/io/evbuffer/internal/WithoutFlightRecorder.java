package io.evbuffer.internal;

import io.evbuffer.memory.SlabPool;

/** Run in a runtime of its own, which has {@code java.base} and nothing else. */
final class WithoutFlightRecorder {
    private WithoutFlightRecorder() {}

    public static void main(final String[] arguments) {
        final SlabPool pool = new SlabPool();
        final var segment = pool.take(1);
        MemoryEvents.pullUpCopied(1, 1);
        final int capacity = segment.capacity();
        segment.release();
        pool.trim(System.nanoTime());
        pool.close();
        System.out.println("events: " + MemoryEvents.areAvailable() + ", segments: " + capacity + ", left: "
                + pool.stats().bytesMapped());
    }
}
