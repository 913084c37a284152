package io.evbuffer.memory;

class SlabPoolContractTest extends SegmentSourceContract {
    private final SlabPool pool = new SlabPool();

    @Override
    SegmentSource source() {
        return pool;
    }

    @Override
    long inUse() {
        return pool.stats().segmentsInUse();
    }

    @Override
    void close() {
        pool.close();
    }
}
