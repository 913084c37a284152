package io.evbuffer.event.backend.posix;

/**
 * What a backend knows of a stream that it is told the edges of: the stream tells it what has been used up. So the backend
 * knows at any time whether the stream is ready, and asks nobody.
 */
public abstract class Readiness {
    /** Creates one that knows nothing yet. */
    protected Readiness() {}

    /**
     * The stream has no more to give, or takes no more.
     *
     * @param bits READ or WRITE of {@link io.evbuffer.event.Event}.
     * @param refused whether the system has said so; otherwise it gave or took less than it could have, which is as good
     *     unless the stream has ended or has urgent bytes.
     */
    protected abstract void usedUp(int bits, boolean refused);

    /** The stream connects: what was known is of the past. */
    protected abstract void startsAnew();

    /**
     * The stream is about to be closed, by any thread, or is registered elsewhere from now on.
     *
     * @param elsewhere whether the system still has it registered here.
     */
    protected abstract void ends(boolean elsewhere);
}
