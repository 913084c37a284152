package io.evbuffer.memory;

/**
 * How much a {@link SlabPool} remembers of each lending, for {@link SlabPool#liveSegments()} and the report at its close.
 *
 * <p>At every level a live segment is named with its place, capacity, holders, age and, if its taker gave one, its owner
 * tag. The levels differ in birth sites: the stack of the thread that took the segment.
 */
public enum LeakTracking {
    /** No birth sites. Costs nothing. */
    OFF,

    /**
     * Birth sites of some lendings: many while the pool grows, as it does when something leaks, and few in a steady state
     * (down to one in 131,072 takes, so that it costs less than can be measured).
     */
    SAMPLED,

    /** The birth site and the exact age of every lending. A take costs a microsecond more and allocates: for debugging. */
    ALL
}
