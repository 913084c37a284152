package io.evbuffer.event;

/**
 * The numbers by which a base knows what it has to wait for, with the highest value of each.
 *
 * <p>Invariants: EVT-8, EVT-9, EVT-27. Threads: guarded by the base's lock.
 */
final class Counters {
    private int added; // state bits of user events: inserted, armed, queued
    private int virtual;
    private int maxAdded;
    private int maxVirtual;
    private int maxActive;

    int added() {
        return added;
    }

    int virtual() {
        return virtual;
    }

    void more() {
        if (++added > maxAdded) maxAdded = added;
    }

    void less() {
        added--;
    }

    void moreVirtual() {
        if (++virtual > maxVirtual) maxVirtual = virtual;
    }

    void lessVirtual() {
        virtual--;
    }

    void active(final int now) {
        if (now > maxActive) maxActive = now;
    }

    int max(final int mask) {
        int sum = 0;
        if ((mask & EventBase.COUNT_ACTIVE) != 0) sum += maxActive;
        if ((mask & EventBase.COUNT_VIRTUAL) != 0) sum += maxVirtual;
        if ((mask & EventBase.COUNT_ADDED) != 0) sum += maxAdded;
        return sum;
    }

    void clearMax(final int mask) {
        if ((mask & EventBase.COUNT_ACTIVE) != 0) maxActive = 0;
        if ((mask & EventBase.COUNT_VIRTUAL) != 0) maxVirtual = 0;
        if ((mask & EventBase.COUNT_ADDED) != 0) maxAdded = 0;
    }

    void clear() {
        added = 0;
        virtual = 0;
    }
}
