package io.evbuffer.perf.load;

import java.io.IOException;

/**
 * A server in a process of its own under a load from this one.
 *
 * <p>Where {@code taskset} is (Linux), the server has the first processor and the load the second one. Time of processors and not of
 * clocks counts, as it says how much a core can serve, whatever the load is able to ask for.
 *
 * <p>Ownership: closing it ends the server. Threads: one.
 */
public interface ServerTrial extends AutoCloseable {
    /**
     * Loads the server for a while.
     *
     * @param nanos how long at least, by the clock.
     * @return nanoseconds of the server's processor time per operation.
     * @throws IOException if anything comes back that should not, or nothing.
     */
    double run(long nanos) throws IOException;

    /**
     * The shortest time for which the load can run, if that is long.
     *
     * @return nanoseconds.
     */
    default long shortestNanos() {
        return 0;
    }

    /** Ends the load and the server, whatever it does. */
    @Override
    void close() throws IOException;
}
