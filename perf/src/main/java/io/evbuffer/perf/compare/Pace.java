package io.evbuffer.perf.compare;

import java.util.concurrent.TimeUnit;

/** How much time a process wants that measures a contender, by what is measured. */
enum Pace {
    /** Loops on memory: compiled within a second. */
    MEMORY(400, 550, 1) {
        @Override
        Timing full() {
            return Timing.LONG_IN_MEMORY;
        }

        @Override
        Timing within(final long nanos) {
            return Timing.within(nanos);
        }
    },

    /** Loops that call the system, whose code is linked late. */
    CALLS(400, 550, 1) {
        @Override
        Timing full() {
            return Timing.LONG;
        }

        @Override
        Timing within(final long nanos) {
            return Timing.within(nanos);
        }
    },

    /** Servers, which have most to compile, on the one processor that they have. */
    SERVERS(700, 4200, 6) {
        @Override
        Timing full() {
            return Timing.LONG_OF_SERVERS;
        }

        @Override
        Timing within(final long nanos) {
            return Timing.ofServerWithin(nanos);
        }
    };

    /** Of the time that workloads of several kinds have together, servers get at most this part. */
    static final double SERVERS_PART = 0.45;

    private final long besideMillis;
    private final long wantedMillis;
    private final int weight;

    Pace(final long besideMillis, final long wantedMillis, final int weight) {
        this.besideMillis = besideMillis;
        this.wantedMillis = wantedMillis;
        this.weight = weight;
    }

    static Pace of(final Workload workload) {
        if (ServerMeasurer.does(workload)) return SERVERS;
        return workload.doesCalls() ? CALLS : MEMORY;
    }

    /** With time for all. */
    abstract Timing full();

    /** As long as this time allows, within what still says something. */
    abstract Timing within(long nanos);

    /** The shortest time in which a process says something. */
    long leastNanos() {
        return within(0).nanos();
    }

    /** What a process takes beside what is measured in it, before any has run. */
    long besideNanos() {
        return TimeUnit.MILLISECONDS.toNanos(besideMillis);
    }

    /** What a process gets in a quick comparison, start and end included, if it can be chosen how many there are. */
    long quickNanos() {
        return TimeUnit.MILLISECONDS.toNanos(besideMillis + wantedMillis);
    }

    /** What it needs there at least. */
    long leastQuickNanos() {
        return besideNanos() + leastNanos();
    }

    /** How long a process takes compared with the others. */
    int weight() {
        return weight;
    }
}
