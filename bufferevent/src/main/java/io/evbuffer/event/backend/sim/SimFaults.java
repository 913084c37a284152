package io.evbuffer.event.backend.sim;

import java.util.Locale;

/**
 * How often things go wrong in a {@link SimWorld}: probabilities between 0 and 1, each drawn anew for every call.
 *
 * <p>Immutable, so safe for all threads.
 *
 * @param shortRead a read brings fewer bytes than are there.
 * @param shortWrite a write takes fewer bytes than have room.
 * @param wouldBlock a read or write that could go on does nothing this time.
 * @param reset the connection breaks at a read or write: both ends lose what is under way.
 * @param refuse a connect is refused though somebody listens.
 * @param lose a connect is never answered.
 * @param accept an accept fails for want of descriptors; the connection waits on.
 * @param open a socket cannot be opened for want of descriptors.
 * @param stall what a write sends arrives late, by the world's stall.
 */
public record SimFaults(
        double shortRead,
        double shortWrite,
        double wouldBlock,
        double reset,
        double refuse,
        double lose,
        double accept,
        double open,
        double stall) {
    /** A network that always works. */
    public static final SimFaults NONE = new SimFaults(0, 0, 0, 0, 0, 0, 0, 0, 0);

    /** Short operations, as every network has them, and nothing that loses a connection. */
    public static final SimFaults SHORT = new SimFaults(0.2, 0.2, 0.1, 0, 0, 0, 0, 0, 0.02);

    /** Everything, often enough that a run of some hundred operations meets most of it. */
    public static final SimFaults ROUGH = new SimFaults(0.2, 0.2, 0.1, 0.01, 0.05, 0.02, 0.05, 0.02, 0.02);

    /**
     * Checks the probabilities.
     *
     * @throws IllegalArgumentException if one is not between 0 and 1.
     */
    public SimFaults {
        check("shortRead", shortRead);
        check("shortWrite", shortWrite);
        check("wouldBlock", wouldBlock);
        check("reset", reset);
        check("refuse", refuse);
        check("lose", lose);
        check("accept", accept);
        check("open", open);
        check("stall", stall);
    }

    private static void check(final String name, final double probability) {
        if (!(probability >= 0 && probability <= 1)) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "%s is %s, not between 0 and 1", name, probability));
        }
    }
}
